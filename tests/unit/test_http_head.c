/* SPDX-License-Identifier: MIT */
/* test_http_head.c - heads of requests: what is read, and every way of smuggling that is refused.
 */
#include "support/test.h"

#include "base/xalloc.h"
#include "net/http_head.h"

#include <parley/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "Host: localhost\r\n"
#define GET  "GET /nope HTTP/1.1\r\n" HOST
#define PUT  "PUT /up/x HTTP/1.1\r\n" HOST
#define WS   HOST "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"

/* A literal with NUL bytes inside. */
#define BYTES(s) s, sizeof(s) - 1

struct row {
	const char *bytes;
	size_t len;
	int status; /* to refuse with; 0: it is accepted whole; 1: accepted, with bytes behind */
};

static const struct row rows[] = {
	/* whole and right */
	{ BYTES("GET / HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("GET / HTTP/1.0\r\n\r\n"), 0 },
	{ BYTES(GET "Connection: close\r\n\r\n"), 0 },
	{ BYTES(GET "X:\r\n\r\n"), 0 },
	{ BYTES(GET "X: \t \r\n\r\n"), 0 },
	{ BYTES(GET "X:a\tb \t\r\n\r\n"), 0 },
	{ BYTES(GET "X: \xc3\xa9\r\n\r\n"), 0 },
	{ BYTES(GET "!#$%&'*+-.^_`|~aZ09: x\r\n\r\n"), 0 },
	{ BYTES(PUT "Content-Length: 0\r\n\r\n"), 0 },
	{ BYTES(PUT "content-length: 4\r\n\r\nabcd"), 1 },
	{ BYTES(PUT "Content-Length: 999999999999999999\r\n\r\n"), 0 },
	{ BYTES(PUT "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 1 },
	{ BYTES(PUT "Transfer-Encoding:\tChunked\r\n\r\n"), 0 },
	{ BYTES(PUT "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n"), 0 },
	{ BYTES("GET http://localhost/nope HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("GET HTTPS://LocalHost HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("GET http://localhost?a HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("TRACE /nope HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("GET /a?b=/../%zz|{}\\ HTTP/1.1\r\n" HOST "\r\n"), 0 },
	{ BYTES("GET / HTTP/1.1\r\nHost: [2001:db8::1]:8443\r\n\r\n"), 0 },
	{ BYTES("GET / HTTP/1.1\r\nHost: a_b.example-1:1\r\n\r\n"), 0 },
	{ BYTES("GET / HTTP/1.1\r\n" HOST "\r\nGET / HTTP/1.1\r\n"), 1 },
	{ BYTES("GET /ws HTTP/1.1\r\n" WS "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
	    0 },

	/* two lengths, or one that can be read in two ways */
	{ BYTES(PUT "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"), 400 },
	{ BYTES(PUT "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"), 400 },
	{ BYTES(PUT "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd"), 400 },
	{ BYTES(PUT "Content-Length: 4, 4\r\n\r\nabcd"), 400 },
	{ BYTES(PUT "Content-Length: +4\r\n\r\nabcd"), 400 },
	{ BYTES(PUT "Content-Length: -4\r\n\r\nabcd"), 400 },
	{ BYTES(PUT "Content-Length: 0x4\r\n\r\nabcd"), 400 },
	{ BYTES(PUT "Content-Length: 4 4\r\n\r\nabcd"), 400 },
	{ BYTES(PUT "Content-Length: \r\n\r\n"), 400 },
	{ BYTES(PUT "Content-Length: 4\t\r\n\r\n"), 400 },
	{ BYTES(PUT "Content-Length: 9999999999999999999\r\n\r\n"), 400 },
	{ BYTES(PUT "Content-Length: 99999999999999999999999\r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding: \"chunked\"\r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding: \x0b"
		    "chunked\r\n\r\n"),
	    400 },
	{ BYTES(PUT "Transfer-Encoding: \r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ BYTES(PUT "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ BYTES(PUT "Content-Length : 4\r\n\r\nabcd"), 400 },
	{ BYTES("PUT /up/x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400 },
	{ BYTES(PUT "Expect: foo\r\nContent-Length: 4\r\n\r\nabcd"), 417 },

	{ BYTES(GET "Connection: keep-alive close\r\n\r\n"), 400 },
	{ BYTES(GET "Connection: a, \"close\"\r\n\r\n"), 400 },

	{ BYTES(GET "Connection: a,,close\r\n\r\n"), 400 },
	{ BYTES(GET "Connection:\r\n\r\n"), 400 },

	/* lines */
	{ BYTES("GET /nope HTTP/1.1\nHost: localhost\n\n"), 400 },
	{ BYTES("GET /nope HTTP/1.1\r\nHost: localhost\n\r\n"), 400 },
	{ BYTES(GET "\n"), 400 },
	{ BYTES("\nGET /nope HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("\r\n\r\nGET /nope HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES(GET "X: a\rb: c\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\r\r\n\r\n"), 400 },
	{ BYTES("GET /nope HTTP/1.1\r\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /no\rpe HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES(GET "X: a\0b\r\n\r\n"), 400 },
	{ BYTES(GET "X\0: a\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\x01"
		    "b\r\n\r\n"),
	    400 },
	{ BYTES(GET "X: a\x7f\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\r\n b\r\n\r\n"), 400 },
	{ BYTES(GET "X: a\r\n\tb\r\n\r\n"), 400 },
	{ BYTES("GET /nope HTTP/1.1\r\n " HOST "\r\n"), 400 },
	{ BYTES(GET "X y: a\r\n\r\n"), 400 },
	{ BYTES(GET "Xy\r\n\r\n"), 400 },
	{ BYTES(GET ": a\r\n\r\n"), 400 },
	{ BYTES(GET "X\xc3\xa9: a\r\n\r\n"), 400 },
	{ BYTES(GET "X(y): a\r\n\r\n"), 400 },

	/* hosts */
	{ BYTES("GET /nope HTTP/1.1\r\n\r\n"), 400 },
	{ BYTES(GET HOST "\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost:\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: a:\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: a:0\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: a:99999999999\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: a:8a\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: []\r\n\r\n"), 400 },
	{ BYTES("GET / HTTP/1.1\r\nHost: [::1]8\r\n\r\n"), 400 },
	{ BYTES("GET http://other/ HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET http://localhost:80/ HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET http://u@localhost/ HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET http:///nope HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET http:// HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET ftp://localhost/ HTTP/1.1\r\n" HOST "\r\n"), 400 },

	/* versions and methods */
	{ BYTES("GET /nope\r\n\r\n"), 400 },
	{ BYTES("GET /nope HTTP/2.0\r\n" HOST "\r\n"), 505 },
	{ BYTES("GET /nope HTTP/1.9\r\n" HOST "\r\n"), 505 },
	{ BYTES("GET /nope HTTP/0.9\r\n" HOST "\r\n"), 505 },
	{ BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505 },
	{ BYTES("GET /nope HTTP/1.10\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /nope HTTP/1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /nope http/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /nope HTTP/1.1 \r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /nope HTTP/1.1\t\r\n" HOST "\r\n"), 400 },
	{ BYTES("G=T /nope HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("get /nope HTTP/1.1\r\n" HOST "\r\n"), 501 },
	{ BYTES("GETX /nope HTTP/1.1\r\n" HOST "\r\n"), 501 },
	{ BYTES("CONNECT localhost:1 HTTP/1.1\r\n" HOST "\r\n"), 501 },
	{ BYTES(" GET /nope HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET\t/nope HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET  /nope  HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET \r\n" HOST "\r\n"), 400 },
	{ BYTES("GET  HTTP/1.1\r\n" HOST "\r\n"), 400 },

	/* targets */
	{ BYTES("GET * HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET nope HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /nope%00x HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /n\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /n\x01 HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /nope#x HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /nope?a#x HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /n\x7f HTTP/1.1\r\n" HOST "\r\n"), 400 },
	{ BYTES("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), 400 },
};

/* What the parser may write to: exactly the bytes, so that a sanitizer sees it look further. */
static char *
copy_of(const char *bytes, size_t len)
{
	char *copy = xmalloc(len > 0 ? len : 1);

	memcpy(copy, bytes, len);
	return copy;
}

static int
read_once(const char *bytes, size_t len)
{
	char *copy = copy_of(bytes, len);
	struct http_head h;
	int n = http_head_read(&h, copy, len, 0);

	if (n < 0)
		assert_non_null(h.why);
	free(copy);
	return n;
}

static bool
is_as_expected(const struct row *row, int n)
{
	if (row->status >= 100)
		return n == -row->status;
	return n > 0 && (row->status == 0) == ((size_t)n == row->len);
}

static void
t09_t76_the_table_is_decided_as_it_says(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int n = read_once(rows[i].bytes, rows[i].len);

		if (!is_as_expected(&rows[i], n))
			fail_msg("row %zu gives %d: %s", i, n, rows[i].bytes);
	}
}

/* The first part and then all. Whatever the first part gives but "more" is the answer. */
static int
read_in_two(const struct row *row, size_t cut)
{
	int n = read_once(row->bytes, cut);
	struct http_head h;
	char *copy;

	if (n != 0)
		return n;
	copy = copy_of(row->bytes, row->len);
	n = http_head_read(&h, copy, row->len, cut);
	free(copy);
	return n;
}

static void
a_head_may_be_cut_anywhere(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int whole = read_once(rows[i].bytes, rows[i].len);

		for (size_t cut = 0; cut <= rows[i].len; cut++)
			if (read_in_two(&rows[i], cut) != whole)
				fail_msg("row %zu cut at %zu: %s", i, cut, rows[i].bytes);
	}
}

static void
a_head_may_come_byte_by_byte(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int whole = read_once(rows[i].bytes, rows[i].len), n = 0;
		char *copy = copy_of(rows[i].bytes, rows[i].len);
		struct http_head h;

		for (size_t len = 1; n == 0 && len <= rows[i].len; len++)
			n = http_head_read(&h, copy, len, len - 1);
		free(copy);
		if (n != whole)
			fail_msg("row %zu: %d, not %d: %s", i, n, whole, rows[i].bytes);
	}
}

/* ---- what is read ---- */

/* Reads a head that must be right. Its bytes stay until the next call. */
static const struct http_head *
head_of(const char *text)
{
	static struct http_head h;
	static char *copy;
	size_t len = strlen(text);

	free(copy);
	copy = copy_of(text, len);
	if (http_head_read(&h, copy, len, 0) != (int)len)
		fail_msg("refused: %s: %s", h.why, text);
	return &h;
}

static void
assert_span(struct http_span s, const char *text)
{
	assert_int_equal(s.len, strlen(text));
	assert_memory_equal(s.s, text, s.len);
}

static void
the_parts_of_a_head_are_found(void **state)
{
	const struct http_head *h = head_of("POST /a/b?c=d&e HTTP/1.1\r\nHost: Example.org:8443\r\n"
					    "Content-Length: 12\r\nX-One:  first \r\nx-ONE: second"
					    "\r\nExpect: 100-Continue\r\n\r\n");
	struct http_span value;

	assert_int_equal(h->method, METHOD_POST);
	assert_string_equal(h->path, "/a/b");
	assert_span(h->query, "c=d&e");
	assert_span(h->host, "Example.org:8443");
	assert_int_equal(h->minor, 1);
	assert_int_equal(h->length, 12);
	assert_false(h->chunked);
	assert_true(h->keep_alive);
	assert_true(h->expects);
	assert_false(h->upgrades);
	assert_int_equal(h->count, 5);
	assert_int_equal(http_head_find(h, "x-one", &value), 2);
	assert_span(value, "first");
	assert_int_equal(http_head_find(h, "x-two", &value), 0);
}

static const struct {
	const char *target, *path, *query;
} targets[] = {
	{ "/", "/", NULL },
	{ "/?", "/", "" },
	{ "/a%20b", "/a b", NULL },
	{ "/%41%7a", "/Az", NULL },
	{ "/n%C3%a9", "/n\xc3\xa9", NULL },
	{ "/100%25", "/100%", NULL },
	{ "/%2525", "/%25", NULL },
	{ "/a?%2f%00", "/a", "%2f%00" },
	{ "/a//b", "/a//b", NULL },
	{ "/a/...", "/a/...", NULL },
	{ "/.well-known/x", "/.well-known/x", NULL },
	{ "/..a/b..", "/..a/b..", NULL },
	{ "/:@!$&'()*+,;=-._~", "/:@!$&'()*+,;=-._~", NULL },
	{ "http://localhost", "/", NULL },
	{ "http://localhost/", "/", NULL },
	{ "http://localhost/a%20b?c", "/a b", "c" },
	{ "https://localhost?c/d", "/", "c/d" },
};

static void
targets_are_reduced_to_a_decoded_path(void **state)
{
	char text[200];

	for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
		const struct http_head *h;

		snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
		    targets[i].target);
		h = head_of(text);
		assert_string_equal(h->path, targets[i].path);
		if (targets[i].query != NULL)
			assert_span(h->query, targets[i].query);
		else
			assert_null(h->query.s);
	}
}

static const char *const traps[] = {
	"/..",
	"/.",
	"/../",
	"/./a",
	"/a/..",
	"/a/../b",
	"/a/.",
	"/a/./b",
	"//..",
	"/%2e%2e",
	"/%2E%2e/etc/passwd",
	"/.%2e/a",
	"/%2e./a",
	"/%2e",
	"/a/%2e%2e/b",
	"/%2f",
	"/a%2Fb",
	"/..%2f..",
	"/%5c",
	"/a\\b",
	"/..\\..",
	"/..%5c..",
	"/%00",
	"/a%00.html",
	"/%0a",
	"/%0d%0aX:%20y",
	"/%1f",
	"/%7f",
	"/%",
	"/%2",
	"/%zz",
	"/%u002e",
	"/%2>",
	"/%+1",
	"/% 1",
	"/%-1",
	"/..%c0%af",
	"/%c0%ae",
	"/%ff",
	"/%c3",
	"/%ed%a0%80",
	"/%f4%90%80%80",
	"/\"",
	"/<a>",
	"/{a}",
	"/a|b",
	"/a^b",
	"/`",
	"http://localhost/../a",
	"http://localhost/%2e%2e",
};

static void
traps_in_paths_are_refused(void **state)
{
	char text[200];

	for (size_t i = 0; i < sizeof traps / sizeof traps[0]; i++) {
		snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", traps[i]);
		if (read_once(text, strlen(text)) != -400)
			fail_msg("accepted: %s", traps[i]);
	}
}

static const struct {
	const char *line, *fields;
	bool keep, upgrades;
} wishes[] = {
	{ "GET / HTTP/1.1", "", true, false },
	{ "GET / HTTP/1.0", "", false, false },
	{ "GET / HTTP/1.0", "Connection: keep-alive\r\n", false, false },
	{ "GET / HTTP/1.1", "Connection: close\r\n", false, false },
	{ "GET / HTTP/1.1", "Connection: CLOSE\r\n", false, false },
	{ "GET / HTTP/1.1", "Connection: a, close ,b\r\n", false, false },
	{ "GET / HTTP/1.1", "Connection: a\r\nConnection: close\r\n", false, false },
	{ "GET / HTTP/1.1", "Connection: closed\r\n", true, false },
	{ "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: WebSocket\r\n", true, true },
	{ "GET / HTTP/1.1", "Upgrade: h2c, websocket\r\nConnection: x,upgrade\r\n", true, true },
	{ "GET / HTTP/1.1", "Upgrade: websocket\r\n", true, false },
	{ "GET / HTTP/1.1", "Connection: Upgrade\r\n", true, false },
	{ "GET / HTTP/1.1", "Connection: Upgrade\r\nUpgrade: h2c\r\n", true, false },
	{ "GET / HTTP/1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n", false, false },
};

static void
wishes_for_the_connection_are_understood(void **state)
{
	char text[200];

	for (size_t i = 0; i < sizeof wishes / sizeof wishes[0]; i++) {
		const struct http_head *h;

		snprintf(text, sizeof text, "%s\r\nHost: localhost\r\n%s\r\n", wishes[i].line,
		    wishes[i].fields);
		h = head_of(text);
		if (h->keep_alive != wishes[i].keep || h->upgrades != wishes[i].upgrades)
			fail_msg("row %zu: %s", i, text);
	}
}

static void
an_old_client_expects_nothing(void **state)
{
	assert_false(head_of("PUT / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")->expects);
}

static void
lists_are_taken_apart(void **state)
{
	const struct http_head *h = head_of(
	    GET "Accept: text/html ;q=1,,\t*/*\r\nAccept:  , image/png \r\nEmpty: ,\r\n\r\n");
	struct http_span rest, item;

	assert_int_equal(http_head_find(h, "accept", &rest), 2);
	assert_true(http_list_next(&rest, &item));
	assert_span(item, "text/html ;q=1");
	assert_true(http_list_next(&rest, &item));
	assert_span(item, "*/*");
	assert_false(http_list_next(&rest, &item));
	assert_true(http_head_has(h, "ACCEPT", "IMAGE/png"));
	assert_false(http_head_has(h, "accept", "image/gif"));
	assert_false(http_head_has(h, "empty", ""));
}

/* ---- limits ---- */

static struct parley_text
request_line_of(size_t len)
{
	struct parley_text t = { 0 };

	parley_text_puts(&t, "GET /");
	while (t.len < len - strlen(" HTTP/1.1\r\n"))
		parley_text_putc(&t, 'a');
	parley_text_puts(&t, " HTTP/1.1\r\n");
	return t;
}

static void
a_line_may_have_so_many_bytes(void **state)
{
	struct parley_text t = request_line_of(HTTP_LINE_MAX);

	parley_text_puts(&t, HOST "\r\n");
	assert_int_equal(read_once(t.s, t.len), t.len);
	parley_text_fini(&t);

	t = request_line_of(HTTP_LINE_MAX + 1);
	assert_int_equal(read_once(t.s, HTTP_LINE_MAX), 0);
	assert_int_equal(read_once(t.s, t.len), -414);
	parley_text_fini(&t);
}

static struct parley_text
field_of(size_t len)
{
	struct parley_text t = { 0 };

	parley_text_puts(&t, "X: ");
	while (t.len < len - 2)
		parley_text_putc(&t, 'a');
	parley_text_puts(&t, "\r\n");
	return t;
}

static void
put_field(struct parley_text *head, size_t len)
{
	struct parley_text t = field_of(len);

	parley_text_add(head, t.s, t.len);
	parley_text_fini(&t);
}

static void
a_field_may_have_so_many_bytes(void **state)
{
	struct parley_text t = { 0 };

	parley_text_puts(&t, GET);
	put_field(&t, HTTP_LINE_MAX);
	parley_text_puts(&t, "\r\n");
	assert_int_equal(read_once(t.s, t.len), t.len);

	parley_text_clear(&t);
	parley_text_puts(&t, GET);
	put_field(&t, HTTP_LINE_MAX + 1);
	parley_text_puts(&t, "\r\n");
	assert_int_equal(read_once(t.s, t.len), -431);
	parley_text_fini(&t);
}

static void
a_head_may_have_so_many_bytes(void **state)
{
	for (size_t more = 0; more < 2; more++) {
		struct parley_text t = { 0 };

		parley_text_puts(&t, GET);
		put_field(&t, HTTP_LINE_MAX);
		put_field(&t, HTTP_HEAD_MAX - t.len - 2 + more);
		parley_text_puts(&t, "\r\n");
		assert_int_equal(t.len, HTTP_HEAD_MAX + more);
		assert_int_equal(read_once(t.s, t.len), more == 0 ? (int)t.len : -431);
		parley_text_fini(&t);
	}
}

static void
t08_a_head_that_never_ends_is_refused_at_the_limit(void **state)
{
	struct parley_text t = { 0 };

	parley_text_puts(&t, GET);
	put_field(&t, HTTP_LINE_MAX);
	put_field(&t, HTTP_HEAD_MAX - t.len + 1);
	assert_int_equal(read_once(t.s, HTTP_HEAD_MAX), 0);
	assert_int_equal(read_once(t.s, t.len), -431);
	parley_text_fini(&t);
}

static void
t08_there_may_be_so_many_fields(void **state)
{
	for (size_t more = 0; more < 2; more++) {
		struct parley_text t = { 0 };

		parley_text_puts(&t, GET);
		for (size_t i = 1; i < HTTP_FIELDS_MAX + more; i++)
			parley_text_puts(&t, "X: a\r\n");
		parley_text_puts(&t, "\r\n");
		assert_int_equal(read_once(t.s, t.len), more == 0 ? (int)t.len : -431);
		parley_text_fini(&t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t09_t76_the_table_is_decided_as_it_says),
		cmocka_unit_test(a_head_may_be_cut_anywhere),
		cmocka_unit_test(a_head_may_come_byte_by_byte),
		cmocka_unit_test(the_parts_of_a_head_are_found),
		cmocka_unit_test(targets_are_reduced_to_a_decoded_path),
		cmocka_unit_test(traps_in_paths_are_refused),
		cmocka_unit_test(wishes_for_the_connection_are_understood),
		cmocka_unit_test(an_old_client_expects_nothing),
		cmocka_unit_test(lists_are_taken_apart),
		cmocka_unit_test(a_line_may_have_so_many_bytes),
		cmocka_unit_test(a_field_may_have_so_many_bytes),
		cmocka_unit_test(a_head_may_have_so_many_bytes),
		cmocka_unit_test(t08_a_head_that_never_ends_is_refused_at_the_limit),
		cmocka_unit_test(t08_there_may_be_so_many_fields),
	};

	return cmocka_run_group_tests_name("http_head", tests, NULL, NULL);
}
