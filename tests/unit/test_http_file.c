/* SPDX-License-Identifier: MIT */
/* test_http_file.c - files over HTTP: coded, in part, not at all, and how long they may be kept. */
#include "support/test.h"

#include "support/client.h"
#include "support/rig.h"
#include "support/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SCRIPT "/assets/main-0123456789ab.js"
#define ASK    "GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n"

static struct net_config config;
static struct client *c;

static int
setup(void **state)
{
	config = web_config();
	if (rig_start(&config, NULL) != 0)
		return -1;
	c = web_dial(WEB_PLAIN);
	return 0;
}

static int
teardown(void **state)
{
	client_close(&c);
	rig_stop();
	return 0;
}

static struct web_answer
get(const char *path, const char *fields)
{
	char request[2000];

	snprintf(request, sizeof request, ASK, path, fields);
	return web_ask(c, request);
}

static void
assert_field(const struct web_answer *a, const char *name, const char *value)
{
	const char *got = web_field(a, name);

	if (got == NULL)
		fail_msg("no %s in %s", name, a->head.s);
	assert_string_equal(got, value);
}

static void
the_page_is_checked_each_time(void **state)
{
	struct web_answer a = get("/", "");

	assert_int_equal(a.status, 200);
	assert_string_equal(a.body.s, "<!doctype html>");
	assert_field(&a, "Content-Type", "text/html; charset=utf-8");
	assert_field(&a, "Cache-Control", "no-cache");
	assert_field(&a, "Vary", "Accept-Encoding");
	assert_field(&a, "Accept-Ranges", "bytes");
	assert_null(web_field(&a, "Content-Encoding"));
	web_answer_fini(&a);
}

static void
a_hashed_name_is_kept_for_a_year(void **state)
{
	struct web_answer a = get(SCRIPT, "");

	assert_field(&a, "Cache-Control", "public, max-age=31536000, immutable");
	assert_field(&a, "Content-Type", "text/javascript; charset=utf-8");
	web_answer_fini(&a);
}

static void
the_coding_is_negotiated(void **state)
{
	static const struct {
		const char *accept, *coding, *body;
	} rows[] = {
		{ "", NULL, "the script as it is" },
		{ "Accept-Encoding: gzip, deflate, br\r\n", "br", "in brotli" },
		{ "Accept-Encoding: gzip\r\n", "gzip", "in gzip" },
		{ "Accept-Encoding: gzip\r\nAccept-Encoding: br\r\n", "br", "in brotli" },
		{ "Accept-Encoding: gzip\r\nAccept-Encoding: gzip;q=0\r\n", NULL,
		    "the script as it is" },
		{ "Accept-Encoding: br;q=0.1, gzip;q=0.2\r\n", "gzip", "in gzip" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct web_answer a = get(SCRIPT, rows[i].accept);

		assert_string_equal(a.body.s, rows[i].body);
		assert_field(&a, "Vary", "Accept-Encoding");
		if (rows[i].coding != NULL)
			assert_field(&a, "Content-Encoding", rows[i].coding);
		else
			assert_null(web_field(&a, "Content-Encoding"));
		web_answer_fini(&a);
	}
}

/* ---- conditions ---- */

static void
etag_of(const char *path, const char *fields, char out[30])
{
	struct web_answer a = get(path, fields);

	snprintf(out, 30, "%s", web_field(&a, "ETag"));
	web_answer_fini(&a);
}

static void
what_the_browser_has_is_not_sent_again(void **state)
{
	static const struct {
		const char *before, *after; /* of the mark */
		int status;
	} rows[] = {
		{ "If-None-Match: ", "", 304 },
		{ "If-None-Match: W/", "", 304 },
		{ "If-None-Match: \"x\", ", "", 304 },
		{ "If-None-Match: \"x\"\r\nIf-None-Match: ", "", 304 },
		{ "If-None-Match: *\r\nX: ", "", 304 },
		{ "If-None-Match: x", "", 200 },
		{ "If-None-Match: ", "x", 200 },
		{ "If-None-Match: \"x\"\r\nX: ", "", 200 },
		{ "Range: bytes=0-1\r\nIf-None-Match: ", "", 304 },
	};
	char etag[30], fields[200];

	etag_of("/", "", etag);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct web_answer a;

		snprintf(fields, sizeof fields, "%s%s%s\r\n", rows[i].before, etag, rows[i].after);
		a = get("/", fields);
		assert_int_equal(a.status, rows[i].status);
		assert_field(&a, "ETag", etag);
		assert_field(&a, "Cache-Control", "no-cache");
		assert_field(&a, "Vary", "Accept-Encoding");
		if (a.status == 304)
			assert_null(web_field(&a, "Content-Length"));
		web_answer_fini(&a);
	}
}

static void
each_coding_has_a_mark_of_its_own(void **state)
{
	char plain[30], gzip[30], fields[200];
	struct web_answer a;

	etag_of(SCRIPT, "", plain);
	etag_of(SCRIPT, "Accept-Encoding: gzip\r\n", gzip);
	assert_string_not_equal(plain, gzip);
	snprintf(fields, sizeof fields, "Accept-Encoding: gzip\r\nIf-None-Match: %s\r\n", plain);
	a = get(SCRIPT, fields);
	assert_int_equal(a.status, 200);
	web_answer_fini(&a);
}

/* ---- parts: /index.html is "<!doctype html>", 15 bytes ---- */

static const struct {
	const char *range;
	int status;
	const char *body, *content_range;
} ranges[] = {
	{ "bytes=0-1", 206, "<!", "bytes 0-1/15" },
	{ "bytes=0-0", 206, "<", "bytes 0-0/15" },
	{ "bytes=14-14", 206, ">", "bytes 14-14/15" },
	{ "bytes=10-", 206, "html>", "bytes 10-14/15" },
	{ "bytes=10-99", 206, "html>", "bytes 10-14/15" },
	{ "bytes=10-999999999999999999", 206, "html>", "bytes 10-14/15" },
	{ "bytes=-5", 206, "html>", "bytes 10-14/15" },
	{ "bytes=-15", 206, "<!doctype html>", "bytes 0-14/15" },
	{ "bytes=-99", 206, "<!doctype html>", "bytes 0-14/15" },
	{ "bytes=-999999999999999999", 206, "<!doctype html>", "bytes 0-14/15" },
	{ "BYTES=0-1", 206, "<!", "bytes 0-1/15" },
	{ "bytes=15-", 416, NULL, "bytes */15" },
	{ "bytes=15-20", 416, NULL, "bytes */15" },
	{ "bytes=-0", 416, NULL, "bytes */15" },
	{ "bytes=999999999999999999-", 416, NULL, "bytes */15" },
	{ "bytes=9999999999999999999-", 200, NULL, NULL },
	{ "bytes=-9223372036854775808", 200, NULL, NULL },
	{ "bytes=0-18446744073709551616", 200, NULL, NULL },
	{ "bytes=1-0", 200, NULL, NULL },
	{ "bytes=0-0,2-2", 200, NULL, NULL },
	{ "bytes=", 200, NULL, NULL },
	{ "bytes=-", 200, NULL, NULL },
	{ "bytes=a-b", 200, NULL, NULL },
	{ "bytes=0-1x", 200, NULL, NULL },
	{ "bytes=--1", 200, NULL, NULL },
	{ "bytes= 0-1", 200, NULL, NULL },
	{ "bytes 0-1", 200, NULL, NULL },
	{ "lines=0-1", 200, NULL, NULL },
	{ "", 200, NULL, NULL },
};

static void
a_part_is_sent_when_it_is_one_and_there(void **state)
{
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
		char fields[200];
		struct web_answer a;

		snprintf(fields, sizeof fields, "Range: %s\r\n", ranges[i].range);
		a = get("/index.html", fields);
		if (a.status != ranges[i].status)
			fail_msg("%s gives %d", ranges[i].range, a.status);
		if (ranges[i].body != NULL)
			assert_string_equal(a.body.s, ranges[i].body);
		if (ranges[i].content_range != NULL)
			assert_field(&a, "Content-Range", ranges[i].content_range);
		else
			assert_null(web_field(&a, "Content-Range"));
		web_answer_fini(&a);
	}
}

static void
a_thousand_ranges_are_none(void **state)
{
	struct parley_text fields = { 0 };
	struct web_answer a;
	char request[9000];

	parley_text_puts(&fields, "Range: bytes=0-");
	for (int i = 0; i < 1000; i++)
		parley_text_puts(&fields, ",0-");
	parley_text_puts(&fields, "\r\n");
	snprintf(request, sizeof request, ASK, "/index.html", fields.s);
	a = web_ask(c, request);
	assert_int_equal(a.status, 200);
	web_answer_fini(&a);
	parley_text_fini(&fields);
}

static void
a_part_is_of_what_the_client_has_the_rest_of(void **state)
{
	char etag[30], fields[200];
	struct web_answer a;

	etag_of("/", "", etag);
	snprintf(fields, sizeof fields, "Range: bytes=0-1\r\nIf-Range: %s\r\n", etag);
	a = get("/", fields);
	assert_int_equal(a.status, 206);
	web_answer_fini(&a);
	a = get("/", "Range: bytes=0-1\r\nIf-Range: \"other\"\r\n");
	assert_int_equal(a.status, 200);
	web_answer_fini(&a);
	snprintf(fields, sizeof fields, "Range: bytes=0-1\r\nIf-Range: W/%s\r\n", etag);
	a = get("/", fields);
	assert_int_equal(a.status, 200);
	web_answer_fini(&a);
	a = get("/", "Range: bytes=0-1\r\nIf-Range: Sun, 22 Nov 2026 13:28:58 GMT\r\n");
	assert_int_equal(a.status, 200);
	web_answer_fini(&a);
	a = get("/", "Range: bytes=0-1\r\nRange: bytes=2-3\r\n");
	assert_int_equal(a.status, 200);
	web_answer_fini(&a);
}

static void
a_head_has_no_body(void **state)
{
	struct web_answer a =
	    web_ask(c, "HEAD /large.txt HTTP/1.1\r\nHost: localhost\r\nRange: bytes=0-1\r\n\r\n");

	assert_int_equal(a.status, 200);
	assert_int_equal(atoi(web_field(&a, "Content-Length")), WEB_LARGE);
	web_answer_fini(&a);
	web_expect(c, 404, NULL, "HEAD /nope HTTP/1.1\r\nHost: localhost\r\n\r\n");
	web_expect(c, 200, "<!doctype html>", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

/* ---- paths ---- */

static const struct {
	const char *path, *accept;
	int status;
} paths[] = {
	{ "/chat/alice@example.org", "text/html", 404 }, /* a dot makes it a file */
	{ "/chat/alice", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", 200 },
	{ "/chat/alice?x=y.z", "application/xml, text/html;q=0.5", 200 },
	{ "/settings", "TEXT/HTML", 200 },
	{ "/settings", "*/*", 404 },
	{ "/settings", "application/json", 404 },
	{ "/settings", "", 404 },
	{ "/favicon.ico", "*/*", 200 },
	{ "/nope.js", "text/html", 404 },
	{ "/assets/nope-0123456789ab.js", "text/html", 404 },
	{ "/", "image/png", 200 },
	{ "/assets/main-0123456789ab.js.br", "*/*", 404 },
	{ "/INDEX.HTML", "*/*", 404 },
	{ "/index.html/", "*/*", 404 },
	{ "/%69ndex.html", "*/*", 200 },
};

static void
unknown_pages_are_the_client_s_own(void **state)
{
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		web_expect(c, paths[i].status, NULL,
		    "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\n\r\n", paths[i].path,
		    paths[i].accept);
}

static void
nothing_outside_is_ever_served(void **state)
{
	static const char *const out[] = { "/../cert.pem", "/%2e%2e/cert.pem", "/..%2fcert.pem",
		"/assets/../../cert.pem", "/assets/..%5c..%5ccert.pem", "//etc/passwd",
		"/etc/passwd", "/.%00./cert.pem", "/%252e%252e/cert.pem", "/%c0%ae%c0%ae/cert.pem",
		"/%u002e%u002e/cert.pem", "/..;/cert.pem", "/key.pem" };

	for (size_t i = 0; i < sizeof out / sizeof out[0]; i++) {
		struct client *other = web_dial(WEB_PLAIN);
		char request[200];
		struct web_answer a;

		snprintf(request, sizeof request, ASK, out[i], "Accept: text/html\r\n");
		a = web_ask(other, request);
		if (a.status != 400 && a.status != 404 && strcmp(a.body.s, "<!doctype html>") != 0)
			fail_msg("%s gives %d", out[i], a.status);
		web_answer_fini(&a);
		client_close(&other);
	}
}

/* ---- reloading, and long bodies ---- */

/* Asks for the page until it is what is expected: the threads learn one after the other. */
static void
wait_for_page(int status, const char *body)
{
	for (int tries = 0; tries < 10000; tries++) {
		struct web_answer a = get("/", "");
		bool done = a.status == status && (body == NULL || strcmp(a.body.s, body) == 0);

		web_answer_fini(&a);
		if (done)
			return;
	}
	fail_msg("the page has not changed");
}

static void
a_reload_brings_new_files_and_lets_old_ones_finish(void **state)
{
	static const struct client_options small = { .plain = true, .receive_buffer = 4096 };
	struct client *slow = client_open(net_port(WEB_PLAIN), &small);
	struct web_answer a;
	char root[120], first;

	client_puts(slow, "GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_int_equal(client_read(slow, &first, 1), 1);
	assert_int_equal(first, 'H'); /* it has begun */
	slow->in[slow->in_len++] = first;

	snprintf(root, sizeof root, "%s/../web2", config.web_root);
	mkdir(root, 0700);
	web_write(root, "index.html", "new", 3);
	config.web_root = root;
	assert_int_equal(rig_reload(&config, NULL), 0);
	wait_for_page(200, "new");
	web_expect(c, 404, NULL, "GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");

	a = web_read(slow, false);
	assert_int_equal(a.body.len, WEB_LARGE);
	for (size_t at = 0; at < WEB_LARGE; at++)
		assert_int_equal(a.body.s[at], web_byte(at));
	web_answer_fini(&a);
	client_close(&slow);
}

static void
a_node_without_a_client_has_no_files(void **state)
{
	config.web_root = "/nowhere/at/all";
	assert_int_equal(rig_reload(&config, NULL), 0);
	wait_for_page(404, NULL);
	web_expect(c, 404, NULL, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	web_expect(c, 204, NULL, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

static void
large_files_come_whole_one_after_the_other(void **state)
{
	struct client *tls = web_dial(WEB_TLS);

	for (int i = 0; i < 5; i++)
		client_puts(tls, "GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
	for (int i = 0; i < 5; i++) {
		struct web_answer a = web_read(tls, false);

		assert_int_equal(a.body.len, WEB_LARGE);
		for (size_t at = 0; at < WEB_LARGE; at++)
			assert_int_equal(a.body.s[at], web_byte(at));
		web_answer_fini(&a);
	}
	client_close(&tls);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_page_is_checked_each_time),
		TEST(a_hashed_name_is_kept_for_a_year),
		TEST(the_coding_is_negotiated),
		TEST(what_the_browser_has_is_not_sent_again),
		TEST(each_coding_has_a_mark_of_its_own),
		TEST(a_part_is_sent_when_it_is_one_and_there),
		TEST(a_thousand_ranges_are_none),
		TEST(a_part_is_of_what_the_client_has_the_rest_of),
		TEST(a_head_has_no_body),
		TEST(unknown_pages_are_the_client_s_own),
		TEST(nothing_outside_is_ever_served),
		TEST(a_reload_brings_new_files_and_lets_old_ones_finish),
		TEST(a_node_without_a_client_has_no_files),
		TEST(large_files_come_whole_one_after_the_other),
	};

	return cmocka_run_group_tests_name("http_file", tests, NULL, NULL);
}
