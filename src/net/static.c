/* SPDX-License-Identifier: MIT */
/* static.c - reads the web client into memory, within limits, and finds its files by path. */
#include "net/static.h"

#include "base/base64.h"
#include "base/xalloc.h"
#include "net/payload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <parley/log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ETAG_BYTES 16 /* of the SHA-256: enough to tell files apart */

struct static_tree {
	struct static_file *files; /* by path */
	size_t count;
};

/* A tree while it is being read: every file on its own, FILE.br like any other. */
struct gathering {
	struct static_file *files;
	size_t count, bytes;
	struct parley_error *err;
};

/* ---- what a name says ---- */

static const struct {
	const char *ending, *type;
} types[] = {
	{ ".css", "text/css; charset=utf-8" },
	{ ".gif", "image/gif" },
	{ ".html", "text/html; charset=utf-8" },
	{ ".ico", "image/vnd.microsoft.icon" },
	{ ".jpg", "image/jpeg" },
	{ ".js", "text/javascript; charset=utf-8" },
	{ ".json", "application/json" },
	{ ".map", "application/json" },
	{ ".mjs", "text/javascript; charset=utf-8" },
	{ ".mp3", "audio/mpeg" },
	{ ".oga", "audio/ogg" },
	{ ".png", "image/png" },
	{ ".svg", "image/svg+xml" },
	{ ".txt", "text/plain; charset=utf-8" },
	{ ".wasm", "application/wasm" },
	{ ".wav", "audio/wav" },
	{ ".webmanifest", "application/manifest+json" },
	{ ".webp", "image/webp" },
	{ ".woff2", "font/woff2" },
	{ ".xml", "application/xml" },
};

static bool
ends_with(const char *s, const char *ending)
{
	size_t len = strlen(s), tail = strlen(ending);

	return len > tail && strcmp(s + len - tail, ending) == 0;
}

static const char *
type_of(const char *path)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (ends_with(path, types[i].ending))
			return types[i].type;
	return "application/octet-stream";
}

/* True for "/assets/NAME-HASH.ENDING" with a hash of at least eight hexadecimal digits. */
static bool
is_hashed(const char *path)
{
	static const char folder[] = "/assets/";
	const char *dash = strrchr(path, '-');
	size_t digits;

	if (strncmp(path, folder, sizeof folder - 1) != 0 || dash == NULL)
		return false;
	digits = strspn(dash + 1, "0123456789abcdef");
	return digits >= 8 && dash[1 + digits] == '.';
}

/* ---- reading ---- */

static int
read_failed(struct gathering *g, const char *path, const char *why)
{
	return parley_fail(g->err, PARLEY_INTERNAL, NULL, "web client: %s: %s", path, why);
}

static int
read_bytes(int fd, struct parley_text *out, size_t len)
{
	char *to = parley_text_reserve(out, len);

	while (out->len < len) {
		ssize_t n = read(fd, to + out->len, len - out->len);

		if (n <= 0)
			return -1;
		out->len += (size_t)n;
	}
	to[len] = '\0';
	return 0;
}

static void
name_content(char etag[25], const struct parley_text *bytes)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	struct parley_text text = { 0 };
	int ok = EVP_Digest(bytes->s, bytes->len, digest, NULL, EVP_sha256(), NULL);

	parley_assert(ok == 1);
	parley_text_putc(&text, '"');
	base64_encode(&text, digest, ETAG_BYTES, true);
	parley_text_putc(&text, '"');
	parley_assert(text.len == 24);
	memcpy(etag, text.s, 25);
	parley_text_fini(&text);
}

/* Takes fd. */
static int
gather_file(struct gathering *g, int fd, const struct stat *st, const char *path)
{
	struct parley_text bytes = { 0 };
	struct static_file *f;
	int rc;

	if (g->count == STATIC_FILES_MAX || st->st_size > (off_t)(STATIC_BYTES_MAX - g->bytes)) {
		close(fd);
		return read_failed(g, path, "too many files, or more than 32 MiB together");
	}
	rc = read_bytes(fd, &bytes, (size_t)st->st_size);
	close(fd);
	if (rc != 0) {
		parley_text_fini(&bytes);
		return read_failed(g, path, "cannot be read");
	}
	g->bytes += bytes.len;
	f = &g->files[g->count++];
	*f = (struct static_file){ .path = xstrdup(path) };
	name_content(f->variants[STATIC_IDENTITY].etag, &bytes);
	f->variants[STATIC_IDENTITY].payload = parley_payload_new(&bytes);
	return 0;
}

static int gather_folder(struct gathering *g, int fd, const char *path, unsigned depth);

/* O_NONBLOCK: opening a pipe must not wait for whoever writes to it. */
static int
gather_entry(struct gathering *g, int folder, const char *name, const char *path, unsigned depth)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0 && errno != ELOOP)
		return read_failed(g, path, strerror(errno));
	if (fd >= 0 && fstat(fd, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return gather_folder(g, fd, path, depth + 1);
		if (S_ISREG(st.st_mode))
			return gather_file(g, fd, &st, path);
	}
	if (fd >= 0)
		close(fd);
	parley_log_warn("web", "%s is not served: it is no regular file", path);
	return 0;
}

/* Takes fd. */
static int
gather_folder(struct gathering *g, int fd, const char *path, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	int rc = 0;

	if (dir == NULL || depth > STATIC_DEPTH_MAX) {
		if (dir != NULL)
			closedir(dir);
		else
			close(fd);
		return read_failed(g, path, "cannot be listed, or is too deep");
	}
	while (rc == 0 && (entry = readdir(dir)) != NULL) {
		struct parley_text inside = { 0 };

		if (entry->d_name[0] == '.')
			continue;
		parley_text_printf(&inside, "%s/%s", path, entry->d_name);
		rc = gather_entry(g, dirfd(dir), entry->d_name, inside.s, depth);
		parley_text_fini(&inside);
	}
	closedir(dir);
	return rc;
}

/* ---- the tree ---- */

static int
by_path(const void *a, const void *b)
{
	const struct static_file *left = a, *right = b;

	return strcmp(left->path, right->path);
}

static struct static_file *
find(struct static_file *files, size_t count, const char *path)
{
	struct static_file key = { .path = path };

	return count > 0 ? bsearch(&key, files, count, sizeof key, by_path) : NULL;
}

static void
file_fini(struct static_file *f)
{
	for (size_t i = 0; i < STATIC_CODINGS; i++)
		parley_payload_unref(&f->variants[i].payload);
	free((void *)(uintptr_t)f->path);
	f->path = NULL;
}

/* When f is FILE.br or FILE.gz beside a FILE, moves its bytes there. */
static bool
become_variant(struct gathering *g, struct static_file *f)
{
	static const char *const endings[] = { [STATIC_BROTLI] = ".br", [STATIC_GZIP] = ".gz" };
	struct static_variant *own = &f->variants[STATIC_IDENTITY];

	for (size_t i = 0; i < STATIC_IDENTITY; i++) {
		struct static_file *base;
		char *stem;

		if (!ends_with(f->path, endings[i]))
			continue;
		stem = xstrndup(f->path, strlen(f->path) - 3);
		base = find(g->files, g->count, stem);
		free(stem);
		if (base == NULL)
			return false;
		base->variants[i] = *own;
		own->payload = NULL;
		return true;
	}
	return false;
}

static struct static_tree *
tree_new(struct gathering *g)
{
	struct static_tree *t = xcalloc(1, sizeof *t);
	bool *moved = xcalloc(g->count + 1, sizeof *moved);

	qsort(g->files, g->count, sizeof g->files[0], by_path);
	for (size_t i = 0; i < g->count; i++)
		moved[i] = become_variant(g, &g->files[i]);
	t->files = xcalloc(g->count + 1, sizeof *t->files);
	for (size_t i = 0; i < g->count; i++) {
		struct static_file *f = &g->files[i];

		if (moved[i]) {
			file_fini(f);
			continue;
		}
		f->type = type_of(f->path);
		f->immutable = is_hashed(f->path);
		t->files[t->count++] = *f;
	}
	free(moved);
	return t;
}

struct static_tree *
static_load(const char *root, struct parley_error *err)
{
	struct gathering g = { .err = err };
	struct static_tree *t = NULL;
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		parley_fail(
		    err, PARLEY_INTERNAL, NULL, "web client: %s: %s", root, strerror(errno));
		return NULL;
	}
	g.files = xcalloc(STATIC_FILES_MAX, sizeof *g.files);
	if (gather_folder(&g, fd, "", 1) == 0) {
		t = tree_new(&g);
		parley_log_info(
		    "web", "the web client is loaded files=%zu bytes=%zu", t->count, g.bytes);
	} else {
		for (size_t i = 0; i < g.count; i++)
			file_fini(&g.files[i]);
	}
	free(g.files);
	return t;
}

void
static_free(struct static_tree **t)
{
	struct static_tree *gone = *t;

	*t = NULL;
	if (gone == NULL)
		return;
	for (size_t i = 0; i < gone->count; i++)
		file_fini(&gone->files[i]);
	free(gone->files);
	free(gone);
}

const struct static_file *
static_find(const struct static_tree *t, const char *path)
{
	return t != NULL ? find(t->files, t->count, path) : NULL;
}
