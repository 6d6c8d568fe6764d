/* SPDX-License-Identifier: MIT */
/* test_front_http.c - a connection that speaks HTTP: one request after the other, what ends it, and
 * what every answer has. */
#include "support/test.h"

#include "base/xalloc.h"
#include "net/http_head.h"
#include "support/client.h"
#include "support/rig.h"
#include "support/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST "Host: localhost\r\n"
#define PAGE "GET / HTTP/1.1\r\n" HOST "\r\n"
#define NEXT "GET /healthz HTTP/1.1\r\n" HOST "\r\n"

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

static void
redial(int listener)
{
	client_close(&c);
	c = web_dial(listener);
}

/* ---- one after the other ---- */

static void
requests_share_a_connection(void **state)
{
	for (int i = 0; i < 10; i++) {
		web_expect(c, 200, "<!doctype html>", PAGE);
		web_expect(c, 404, NULL, "GET /nope HTTP/1.1\r\n" HOST "\r\n");
		web_expect(c, 405, NULL, "PUT / HTTP/1.1\r\n" HOST "\r\n");
		web_expect(c, 204, NULL, NEXT);
	}
}

static void
requests_may_wait_in_the_pipe(void **state)
{
	struct parley_text many = { 0 };

	for (int i = 0; i < 400; i++)
		parley_text_puts(
		    &many, i % 40 == 7 ? "GET /large.txt HTTP/1.1\r\n" HOST "\r\n" : PAGE);
	client_write(c, many.s, many.len);
	parley_text_fini(&many);
	for (int i = 0; i < 400; i++) {
		struct web_answer a = web_read(c, false);

		assert_int_equal(a.status, 200);
		assert_int_equal(a.body.len, i % 40 == 7 ? WEB_LARGE : 15);
		web_answer_fini(&a);
	}
}

static void
an_answer_by_the_router_keeps_its_place(void **state)
{
	struct web_answer a;
	struct http_call *call;

	client_puts(c, NEXT "DELETE /session HTTP/1.1\r\n" HOST "\r\n" PAGE);
	a = web_read(c, false);
	assert_int_equal(a.status, 204);
	web_answer_fini(&a);
	call = rig_http();
	call->status = 409;
	rig_answer(call);
	a = web_read(c, false);
	assert_int_equal(a.status, 409);
	web_answer_fini(&a);
	a = web_read(c, false);
	assert_int_equal(a.status, 200);
	web_answer_fini(&a);
}

static const char cut_here[] =
    "POST /session HTTP/1.1\r\n" HOST
    "Content-Type: application/json\r\nContent-Length: 4\r\n\r\n{  }" NEXT;

static void
check_cut_answers(void)
{
	struct http_call *call = rig_http();
	struct web_answer a;

	assert_string_equal(call->body, "{  }");
	call->status = 204;
	rig_answer(call);
	for (int i = 0; i < 2; i++) {
		a = web_read(c, false);
		assert_int_equal(a.status, 204);
		web_answer_fini(&a);
	}
}

static void
requests_may_be_cut_anywhere(void **state)
{
	size_t len = sizeof cut_here - 1;

	for (size_t at = 1; at < len; at++) {
		/* What comes behind the first request is read when that is answered. */
		if (at < len - (sizeof NEXT - 1))
			rig_put(c, cut_here, at);
		else
			client_write(c, cut_here, at);
		client_write(c, cut_here + at, len - at);
		check_cut_answers();
	}
}

static void
requests_may_come_byte_by_byte(void **state)
{
	size_t first = sizeof cut_here - sizeof NEXT;

	for (size_t at = 0; at < first; at++)
		rig_put(c, cut_here + at, 1);
	for (size_t at = first; at < sizeof cut_here - 1; at++)
		client_write(c, cut_here + at, 1);
	check_cut_answers();
}

/* ---- what ends it ---- */

static void
who_asks_for_the_end_gets_it(void **state)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
		struct web_answer a = web_ask(c, requests[i]);

		assert_int_equal(a.status, 200);
		assert_string_equal(a.body.s, "<!doctype html>");
		assert_string_equal(web_field(&a, "Connection"), "close");
		web_answer_fini(&a);
		assert_null(client_line(c));
		redial(WEB_PLAIN);
	}
}

/* Each is answered once, and what stands behind it is never read. */
static const struct {
	int status;
	const char *request;
} bad[] = {
	{ 400, "GET / HTTP/1.1\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n" },
	{ 400, "GET / HTTP/1.1\nHost: localhost\n\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "X : y\r\n\r\n" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "X: y\r\n z\r\n\r\n" },
	{ 400, "GET /%2e%2e/ HTTP/1.1\r\n" HOST "\r\n" },
	{ 400, "PUT /x HTTP/1.1\r\n" HOST
	       "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 400, "PUT /x HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd" },
	{ 400, "PUT /x HTTP/1.1\r\n" HOST "Content-Length: +4\r\n\r\nabcd" },
	{ 400, "PUT /x HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" },
	{ 400, "PUT /x HTTP/1.1\r\n" HOST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" },
	{ 505, "GET / HTTP/2.0\r\n" HOST "\r\n" },
	{ 505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
	{ 501, "BREW / HTTP/1.1\r\n" HOST "\r\n" },
	{ 501, "CONNECT localhost:1 HTTP/1.1\r\n" HOST "\r\n" },
	{ 417, "GET / HTTP/1.1\r\n" HOST "Expect: miracles\r\n\r\n" },
	/* Heads that are right, with bodies that nobody reads. */
	{ 400, "GET / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc" },
	{ 400, "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 400, "DELETE /session HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc" },
	{ 405, "PUT /x HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabcd" },
	{ 405, "POST / HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabcd" },
	{ 411, "POST /session HTTP/1.1\r\n" HOST
	       "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" },
	{ 413, "POST /session HTTP/1.1\r\n" HOST
	       "Content-Type: application/json\r\nContent-Length: 16385\r\n\r\nabcd" },
	{ 413, "POST /session HTTP/1.1\r\n" HOST
	       "Content-Type: application/json\r\nContent-Length: 999999999999999999\r\n\r\nabcd" },
	{ 415, "POST /session HTTP/1.1\r\n" HOST "Content-Length: 4\r\n\r\nabcd" },
};

static void
t09_nothing_is_read_behind_a_bad_request(void **state)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct web_answer a;

		client_puts(c, bad[i].request);
		client_puts(c, NEXT);
		a = web_read(c, false);
		if (a.status != bad[i].status)
			fail_msg("%d, not %d: %s", a.status, bad[i].status, bad[i].request);
		assert_string_equal(web_field(&a, "Connection"), "close");
		assert_string_equal(web_field(&a, "Content-Type"), "application/json");
		assert_non_null(strstr(a.body.s, "{\"code\":\""));
		web_answer_fini(&a);
		if (client_line(c) != NULL)
			fail_msg("more than one answer: %s", bad[i].request);
		redial(WEB_PLAIN);
	}
}

static void
t08_what_is_too_long_is_refused_before_it_ends(void **state)
{
	char *long_one = xmalloc(100001);
	struct web_answer a;

	memset(long_one, 'a', 100000);
	long_one[100000] = '\0';
	client_puts(c, "GET /");
	client_puts(c, long_one);
	a = web_read(c, false);
	assert_int_equal(a.status, 414);
	web_answer_fini(&a);

	redial(WEB_PLAIN);
	client_puts(c, "GET / HTTP/1.1\r\n" HOST "Cookie: ");
	client_puts(c, long_one);
	a = web_read(c, false);
	assert_int_equal(a.status, 431);
	web_answer_fini(&a);

	redial(WEB_PLAIN);
	client_puts(c, "GET /ws HTTP/1.1\r\n" HOST "Upgrade: websocket\r\n");
	for (int i = 0; i < 2000; i++)
		client_puts(c, "X: a\r\n");
	client_puts(c, "\r\n");
	a = web_read(c, false);
	assert_int_equal(a.status, 431);
	web_answer_fini(&a);
	free(long_one);
}

/* ---- time ---- */

static bool
nobody_is_connected(const struct net_stats *s)
{
	return s->connections == 0;
}

/* A second passes each time one looks. */
static bool
nobody_is_connected_in_time(const struct net_stats *s)
{
	rig_pass(1);
	return s->connections == 0;
}

static void
expect_end(int status)
{
	struct web_answer a = web_read(c, false);

	assert_int_equal(a.status, status);
	assert_string_equal(web_field(&a, "Connection"), "close");
	web_answer_fini(&a);
	assert_null(client_line(c));
}

static void
a_head_must_come_in_ten_seconds(void **state)
{
	rig_put(c, "GET / HT", 8);
	rig_pass(5);
	rig_put(c, "TP/1.1\r\n", 8);
	rig_pass(6);
	expect_end(408);
}

static void
a_body_must_come_in_ten_seconds(void **state)
{
	rig_put(c, cut_here, sizeof cut_here - sizeof NEXT - 1);
	rig_pass(11);
	expect_end(408);
}

static void
who_says_nothing_is_closed_without_a_word(void **state)
{
	rig_pass(11);
	assert_null(client_line(c));
}

static void
an_idle_connection_is_kept_for_a_minute(void **state)
{
	web_expect(c, 204, NULL, NEXT);
	rig_pass(40);
	web_expect(c, 204, NULL, NEXT);
	rig_pass(61);
	assert_null(client_line(c));
}

static void
a_router_that_is_late_is_not_waited_for(void **state)
{
	struct http_call *call;

	client_puts(c, "DELETE /session HTTP/1.1\r\n" HOST "\r\n");
	call = rig_http();
	rig_pass(31);
	expect_end(503);
	client_close(&c);
	assert_true(rig_until(nobody_is_connected));
	call->status = 204;
	rig_answer(call); /* to nobody */
	c = web_dial(WEB_PLAIN);
	web_expect(c, 204, NULL, NEXT);
}

static void
who_takes_nothing_is_let_go(void **state)
{
	static const struct client_options small = { .plain = true, .receive_buffer = 4096 };
	struct parley_text many = { 0 };

	client_close(&c);
	c = client_open(net_port(WEB_PLAIN), &small);
	for (int i = 0; i < 60; i++)
		parley_text_puts(&many, "GET /large.txt HTTP/1.1\r\n" HOST "\r\n");
	rig_put(c, many.s, many.len);
	parley_text_fini(&many);
	assert_true(rig_until(nobody_is_connected_in_time));
}

/* ---- what every answer has ---- */

static const char *const everywhere[][2] = {
	{ "Content-Security-Policy",
	    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
	    "media-src 'self' blob:; connect-src 'self'; font-src 'self'; worker-src 'self'; "
	    "manifest-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
	    "require-trusted-types-for 'script'; trusted-types parley" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
};

static const struct {
	int status;
	const char *start, *fields;
} all[] = {
	{ 200, "GET / HTTP/1.1", "" },
	{ 200, "HEAD / HTTP/1.1", "" },
	{ 204, "GET /healthz HTTP/1.1", "" },
	{ 206, "GET / HTTP/1.1", "Range: bytes=0-1\r\n" },
	{ 304, "GET / HTTP/1.1", "If-None-Match: *\r\n" },
	{ 400, "GET /%00 HTTP/1.1", "" },
	{ 403, "DELETE /session HTTP/1.1", "Origin: https://evil.example\r\n" },
	{ 404, "GET /nope HTTP/1.1", "" },
	{ 405, "POST / HTTP/1.1", "" },
	{ 411, "POST /session HTTP/1.1", "Content-Type: application/json\r\n" },
	{ 413, "POST /session HTTP/1.1",
	    "Content-Type: application/json\r\nContent-Length: 99999\r\n" },
	{ 415, "POST /session HTTP/1.1", "Content-Length: 1\r\n" },
	{ 416, "GET / HTTP/1.1", "Range: bytes=99-\r\n" },
	{ 417, "GET / HTTP/1.1", "Expect: x\r\n" },
	{ 426, "GET /ws HTTP/1.1", "" },
	{ 501, "NOPE / HTTP/1.1", "" },
	{ 505, "GET / HTTP/1.2", "" },
};

static void
check_everywhere(const struct web_answer *a, bool hsts)
{
	const char *value;

	for (size_t i = 0; i < sizeof everywhere / sizeof everywhere[0]; i++) {
		value = web_field(a, everywhere[i][0]);
		if (value == NULL || strcmp(value, everywhere[i][1]) != 0)
			fail_msg("%d has no %s", a->status, everywhere[i][0]);
	}
	assert_non_null(strstr(web_field(a, "Permissions-Policy"), "camera=()"));
	assert_non_null(strstr(web_field(a, "Permissions-Policy"), "geolocation=()"));
	assert_non_null(web_field(a, "Cache-Control"));
	assert_int_equal(strlen(web_field(a, "Date")), 29);
	value = web_field(a, "Strict-Transport-Security");
	if (hsts)
		assert_string_equal(value, "max-age=31536000");
	else
		assert_null(value);
}

static void
check_all_statuses(int listener, const char *host, bool hsts)
{
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct web_answer a;
		char request[400];

		redial(listener);
		snprintf(request, sizeof request, "%s\r\nHost: %s\r\n%s\r\n", all[i].start, host,
		    all[i].fields);
		a = web_ask(c, request);
		if (a.status != all[i].status)
			fail_msg("%d: %s", a.status, request);
		/* Of a head that could not be read the host is not known. */
		if (a.status < 417 && a.status != 400)
			check_everywhere(&a, hsts);
		web_answer_fini(&a);
	}
}

static void
every_answer_tells_the_browser_what_is_forbidden(void **state)
{
	config.domain = "chat.example";
	assert_int_equal(rig_reload(&config, NULL), 0);
	check_all_statuses(WEB_PLAIN, "chat.example", false);
	check_all_statuses(WEB_TLS, "chat.example", true);
	check_all_statuses(WEB_TLS, "localhost", false);
	check_all_statuses(WEB_TLS, "a.localhost:8443", false);
	check_all_statuses(WEB_TLS, "notlocalhost", true);
}

static void
methods_that_are_allowed_are_named(void **state)
{
	static const char *const rows[][3] = {
		{ "POST", "/", "GET, HEAD" },
		{ "OPTIONS", "*", "GET, HEAD" },
		{ "DELETE", "/favicon.ico", "GET, HEAD" },
		{ "TRACE", "/healthz", "GET, HEAD" },
		{ "GET", "/session", "POST, DELETE" },
		{ "HEAD", "/session", "POST, DELETE" },
		{ "PATCH", "/session", "POST, DELETE" },
		{ "POST", "/ws", "GET" },
		{ "HEAD", "/ws", "GET" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct web_answer a;
		char request[200];

		snprintf(request, sizeof request, "%s %s HTTP/1.1\r\n" HOST "\r\n", rows[i][0],
		    rows[i][1]);
		a = web_ask(c, request);
		assert_int_equal(a.status, 405);
		assert_string_equal(web_field(&a, "Allow"), rows[i][2]);
		web_answer_fini(&a);
	}
}

static void
absolute_targets_are_served(void **state)
{
	web_expect(
	    c, 200, "<!doctype html>", "GET http://localhost/index.html HTTP/1.1\r\n" HOST "\r\n");
	web_expect(c, 200, "<!doctype html>", "GET http://localhost HTTP/1.1\r\n" HOST "\r\n");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(requests_share_a_connection),
		TEST(requests_may_wait_in_the_pipe),
		TEST(an_answer_by_the_router_keeps_its_place),
		TEST(requests_may_be_cut_anywhere),
		TEST(requests_may_come_byte_by_byte),
		TEST(who_asks_for_the_end_gets_it),
		TEST(t09_nothing_is_read_behind_a_bad_request),
		TEST(t08_what_is_too_long_is_refused_before_it_ends),
		TEST(a_head_must_come_in_ten_seconds),
		TEST(a_body_must_come_in_ten_seconds),
		TEST(who_says_nothing_is_closed_without_a_word),
		TEST(an_idle_connection_is_kept_for_a_minute),
		TEST(a_router_that_is_late_is_not_waited_for),
		TEST(who_takes_nothing_is_let_go),
		TEST(every_answer_tells_the_browser_what_is_forbidden),
		TEST(methods_that_are_allowed_are_named),
		TEST(absolute_targets_are_served),
	};

	return cmocka_run_group_tests_name("front_http", tests, NULL, NULL);
}
