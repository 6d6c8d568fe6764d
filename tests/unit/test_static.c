/* SPDX-License-Identifier: MIT */
/* test_static.c - the web client in memory: what is taken in, what is left out, what is chosen. */
#include "support/test.h"

#include "net/payload.h"
#include "net/static.h"
#include "support/certificate.h"
#include "support/web.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new empty folder. Until the next but seven. */
static const char *
new_folder(void)
{
	static unsigned count;
	char name[20];
	const char *path;

	snprintf(name, sizeof name, "folder%u", count++);
	path = test_path(name);
	assert_int_equal(mkdir(path, 0700), 0);
	return path;
}

static struct static_tree *
load(const char *root)
{
	struct parley_error err = { 0 };
	struct static_tree *t = static_load(root, &err);

	if (t == NULL)
		fail_msg("%s", err.text);
	return t;
}

static void
put(const char *root, const char *path)
{
	web_write(root, path, path, strlen(path));
}

static void
assert_refused(const char *root, const char *word)
{
	struct parley_error err = { 0 };

	assert_null(static_load(root, &err));
	if (strstr(err.text, word) == NULL)
		fail_msg("%s", err.text);
}

static const struct {
	const char *path, *type;
	bool immutable;
} files[] = {
	{ "/index.html", "text/html; charset=utf-8", false },
	{ "/favicon.ico", "image/vnd.microsoft.icon", false },
	{ "/robots.txt", "text/plain; charset=utf-8", false },
	{ "/a/b/c/thing", "application/octet-stream", false },
	{ "/a/b/thing.exe", "application/octet-stream", false },
	{ "/assets/main-0123456789ab.js", "text/javascript; charset=utf-8", true },
	{ "/assets/main-01234567.css", "text/css; charset=utf-8", true },
	{ "/assets/two-words-deadbeef0.svg", "image/svg+xml", true },
	{ "/assets/app-0123456789ab.webmanifest", "application/manifest+json", true },
	{ "/assets/font-0123456789ab.woff2", "font/woff2", true },
	{ "/assets/main-0123456.js", "text/javascript; charset=utf-8", false },
	{ "/assets/main-0123456g.js", "text/javascript; charset=utf-8", false },
	{ "/assets/0123456789ab.js", "text/javascript; charset=utf-8", false },
	{ "/assets/main-0123456789ab", "application/octet-stream", false },
	{ "/other/main-0123456789ab.js", "text/javascript; charset=utf-8", false },
};

static void
files_are_found_with_their_types(void **state)
{
	const char *root = new_folder();
	struct static_tree *t;

	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
		put(root, files[i].path);
	t = load(root);
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		const struct static_file *f = static_find(t, files[i].path);

		if (f == NULL)
			fail_msg("%s is not there", files[i].path);
		assert_string_equal(f->type, files[i].type);
		if (f->immutable != files[i].immutable)
			fail_msg("%s is taken for the other kind", f->path);
		assert_string_equal(f->variants[STATIC_IDENTITY].payload->json, files[i].path);
		assert_null(f->variants[STATIC_GZIP].payload);
	}
	static_free(&t);
	assert_null(t);
}

static void
other_paths_are_not_found(void **state)
{
	static const char *const paths[] = { "", "/", "/assets", "/assets/", "index.html",
		"/INDEX.HTML", "/index.html/", "//index.html", "/index.htm", "/index.html.br" };
	struct static_tree *t = load(web_root());

	assert_non_null(static_find(t, "/index.html"));
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (static_find(t, paths[i]) != NULL)
			fail_msg("found: %s", paths[i]);
	static_free(&t);
	assert_null(static_find(NULL, "/index.html"));
}

static void
variants_belong_to_their_file(void **state)
{
	const char *root = new_folder();
	const struct static_file *f;
	struct static_tree *t;

	put(root, "a.js");
	put(root, "a.js.br");
	put(root, "a.js.gz");
	put(root, "b.gz");
	put(root, "a.js.gz.br");
	t = load(root);
	f = static_find(t, "/a.js");
	assert_string_equal(f->variants[STATIC_BROTLI].payload->json, "a.js.br");
	assert_string_equal(f->variants[STATIC_GZIP].payload->json, "a.js.gz");
	assert_string_equal(f->variants[STATIC_IDENTITY].payload->json, "a.js");
	assert_null(static_find(t, "/a.js.br"));
	assert_null(static_find(t, "/a.js.gz"));
	assert_non_null(static_find(t, "/b.gz"));
	static_free(&t);
}

static void
marks_tell_contents_apart(void **state)
{
	const char *root = new_folder();
	const struct static_file *one, *two, *three;
	struct static_tree *t;

	web_write(root, "one", "same", 4);
	web_write(root, "two", "same", 4);
	web_write(root, "three", "other", 5);
	web_write(root, "empty", "", 0);
	t = load(root);
	one = static_find(t, "/one");
	two = static_find(t, "/two");
	three = static_find(t, "/three");
	assert_string_equal(
	    one->variants[STATIC_IDENTITY].etag, two->variants[STATIC_IDENTITY].etag);
	assert_string_not_equal(
	    one->variants[STATIC_IDENTITY].etag, three->variants[STATIC_IDENTITY].etag);
	assert_int_equal(strlen(one->variants[STATIC_IDENTITY].etag), 24);
	assert_int_equal(static_find(t, "/empty")->variants[STATIC_IDENTITY].payload->len, 0);
	static_free(&t);
}

static void
what_is_no_plain_file_is_left_out(void **state)
{
	const char *root = new_folder();
	char path[200];
	struct static_tree *t;

	put(root, "index.html");
	put(root, ".hidden");
	put(root, ".git/config");
	snprintf(path, sizeof path, "%s/outside", root);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	snprintf(path, sizeof path, "%s/inside", root);
	assert_int_equal(symlink("index.html", path), 0);
	snprintf(path, sizeof path, "%s/folder", root);
	assert_int_equal(symlink("/etc", path), 0);
	snprintf(path, sizeof path, "%s/pipe", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	t = load(root);
	assert_non_null(static_find(t, "/index.html"));
	assert_null(static_find(t, "/.hidden"));
	assert_null(static_find(t, "/.git/config"));
	assert_null(static_find(t, "/outside"));
	assert_null(static_find(t, "/inside"));
	assert_null(static_find(t, "/folder/passwd"));
	assert_null(static_find(t, "/pipe"));
	static_free(&t);
}

static void
a_root_must_be_a_folder(void **state)
{
	const char *root = new_folder();
	char path[200];

	put(root, "file");
	snprintf(path, sizeof path, "%s/file", root);
	assert_refused(path, "Not a directory");
	snprintf(path, sizeof path, "%s/nothing", root);
	assert_refused(path, "No such file");
}

static void
truncate_to(const char *root, const char *name, off_t size)
{
	char path[200];

	put(root, name);
	snprintf(path, sizeof path, "%s/%s", root, name);
	assert_int_equal(truncate(path, size), 0);
}

static void
there_may_be_so_many_bytes(void **state)
{
	const char *root = new_folder();
	struct static_tree *t;

	truncate_to(root, "a", STATIC_BYTES_MAX / 2);
	truncate_to(root, "b", STATIC_BYTES_MAX / 2);
	t = load(root);
	static_free(&t);
	put(root, "c");
	assert_refused(root, "32 MiB");
}

static void
there_may_be_so_many_files(void **state)
{
	const char *root = new_folder();
	struct static_tree *t;
	char name[20];

	for (unsigned i = 0; i < STATIC_FILES_MAX; i++) {
		snprintf(name, sizeof name, "%u", i);
		web_write(root, name, "", 0);
	}
	t = load(root);
	assert_non_null(static_find(t, "/4095"));
	static_free(&t);
	web_write(root, "more", "", 0);
	assert_refused(root, "too many files");
}

static void
folders_may_be_so_deep(void **state)
{
	const char *root = new_folder();
	struct static_tree *t;

	put(root, "2/3/4/5/6/7/8/file");
	t = load(root);
	assert_non_null(static_find(t, "/2/3/4/5/6/7/8/file"));
	static_free(&t);
	put(root, "2/3/4/5/6/7/8/9/file");
	assert_refused(root, "too deep");
}

static const struct {
	const char *accept;
	enum static_coding both, gzip; /* what is sent of a file with both codings, and with gzip */
} choices[] = {
	{ "", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "gzip, deflate, br", STATIC_BROTLI, STATIC_GZIP },
	{ "gzip, deflate, br, zstd", STATIC_BROTLI, STATIC_GZIP },
	{ "gzip", STATIC_GZIP, STATIC_GZIP },
	{ "x-gzip", STATIC_GZIP, STATIC_GZIP },
	{ "BR", STATIC_BROTLI, STATIC_IDENTITY },
	{ "br;q=0", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;q=0, gzip", STATIC_GZIP, STATIC_GZIP },
	{ "br;q=0.5, gzip;q=0.8", STATIC_GZIP, STATIC_GZIP },
	{ "br;q=0.8, gzip;q=0.5", STATIC_BROTLI, STATIC_GZIP },
	{ "br ; q=0.001 , gzip\t;\tQ=0.002", STATIC_GZIP, STATIC_GZIP },
	{ "identity, br;q=0.9", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "identity;q=0.5, gzip;q=0.4", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "*", STATIC_BROTLI, STATIC_GZIP },
	{ "*;q=0", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "gzip, *;q=0", STATIC_GZIP, STATIC_GZIP },
	{ "identity;q=0", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "identity;q=0, *", STATIC_BROTLI, STATIC_GZIP },
	{ "deflate", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "brotli, gzipped", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;q=1.000", STATIC_BROTLI, STATIC_IDENTITY },
	{ "br;q=1.001", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;q=2", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;q=0.0001", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;q=", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;q=-1", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;q=.5", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;q=0x1", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;q=0.5x", STATIC_IDENTITY, STATIC_IDENTITY },
	{ "br;level=3", STATIC_IDENTITY, STATIC_IDENTITY },
	{ ";q=1", STATIC_IDENTITY, STATIC_IDENTITY },
	{ ",,,", STATIC_IDENTITY, STATIC_IDENTITY },
};

static void
the_coding_is_what_the_client_likes_best(void **state)
{
	const char *root = new_folder();
	struct static_tree *t;

	put(root, "both");
	put(root, "both.br");
	put(root, "both.gz");
	put(root, "one");
	put(root, "one.gz");
	t = load(root);
	for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
		const char *accept = choices[i].accept;
		size_t len = strlen(accept);

		if (static_choose(static_find(t, "/both"), accept, len) != choices[i].both ||
		    static_choose(static_find(t, "/one"), accept, len) != choices[i].gzip)
			fail_msg("%s", accept);
	}
	static_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_found_with_their_types),
		cmocka_unit_test(other_paths_are_not_found),
		cmocka_unit_test(variants_belong_to_their_file),
		cmocka_unit_test(marks_tell_contents_apart),
		cmocka_unit_test(what_is_no_plain_file_is_left_out),
		cmocka_unit_test(a_root_must_be_a_folder),
		cmocka_unit_test(there_may_be_so_many_bytes),
		cmocka_unit_test(there_may_be_so_many_files),
		cmocka_unit_test(folders_may_be_so_deep),
		cmocka_unit_test(the_coding_is_what_the_client_likes_best),
	};

	return cmocka_run_group_tests_name("static", tests, NULL, NULL);
}
