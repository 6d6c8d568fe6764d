/* SPDX-License-Identifier: MIT */
/* test_http_call.c - requests that the router answers: the browser's login cookie, and metrics. */
#include "support/test.h"

#include "base/xalloc.h"
#include "support/client.h"
#include "support/rig.h"
#include "support/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POST "POST /session HTTP/1.1\r\nHost: localhost\r\n"
#define JSON "Content-Type: application/json\r\n"

static struct net_config config;

static int
setup(void **state)
{
	config = web_config();
	return rig_start(&config, NULL);
}

static int
teardown(void **state)
{
	rig_stop();
	return 0;
}

static struct web_answer
answered(struct client *c, int status, const char *cookie, const char *text)
{
	struct http_call *call = rig_http();

	call->status = status;
	if (cookie != NULL)
		call->set_cookie = xstrdup(cookie);
	if (text != NULL)
		parley_text_puts(&call->answer, text);
	rig_answer(call);
	return web_read(c, false);
}

static void
the_router_sees_what_was_sent(void **state)
{
	struct client *c = web_dial(WEB_TLS);
	struct http_call *call;
	struct web_answer a;

	client_puts(c, POST JSON "Origin: https://localhost\r\nContent-Length: 14\r\n"
				 "Cookie: __Host-parley=old\r\n\r\n{\"ticket\":\"t\"}");
	call = rig_http();
	assert_string_equal(call->method, "POST");
	assert_string_equal(call->path, "/session");
	assert_string_equal(call->body, "{\"ticket\":\"t\"}");
	assert_int_equal(call->body_len, 14);
	assert_string_equal(call->facts->cookie, "old");
	assert_string_equal(call->facts->peer, "127.0.0.1");
	call->status = 204;
	call->set_cookie = xstrdup("alice:d:secret");
	rig_answer(call);
	a = web_read(c, false);
	assert_int_equal(a.status, 204);
	assert_string_equal(web_field(&a, "Set-Cookie"),
	    "__Host-parley=alice:d:secret; Path=/; Secure; HttpOnly; SameSite=Strict; "
	    "Max-Age=34560000");
	assert_string_equal(web_field(&a, "Cache-Control"), "no-store");
	assert_null(web_field(&a, "Content-Length"));
	assert_null(web_field(&a, "Content-Type"));
	web_answer_fini(&a);
	client_close(&c);
}

static void
the_cookie_is_cleared(void **state)
{
	struct client *c = web_dial(WEB_TLS);
	struct web_answer a;

	client_puts(c, "DELETE /session HTTP/1.1\r\nHost: localhost\r\n"
		       "Sec-Fetch-Site: same-origin\r\n\r\n");
	a = answered(c, 204, "", NULL);
	assert_string_equal(web_field(&a, "Set-Cookie"),
	    "__Host-parley=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
	web_answer_fini(&a);
	client_close(&c);
}

static void
on_plain_loopback_the_cookie_has_a_plain_name(void **state)
{
	struct client *c = web_dial(WEB_PLAIN);
	struct web_answer a;

	client_puts(c, POST JSON "Content-Length: 2\r\n\r\n{}");
	a = answered(c, 204, "x", NULL);
	assert_string_equal(web_field(&a, "Set-Cookie"),
	    "parley=x; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=34560000");
	web_answer_fini(&a);
	client_close(&c);
}

static void
a_refusal_by_the_router_is_passed_on(void **state)
{
	struct client *c = web_dial(WEB_PLAIN);
	struct web_answer a;

	client_puts(c, POST JSON "Content-Length: 2\r\n\r\n{}");
	a = answered(c, 403, NULL, "{\"code\":\"not-authorized\"}");
	assert_int_equal(a.status, 403);
	assert_string_equal(a.body.s, "{\"code\":\"not-authorized\"}");
	assert_string_equal(web_field(&a, "Content-Type"), "application/json");
	assert_null(web_field(&a, "Set-Cookie"));
	web_answer_fini(&a);

	client_puts(c, POST JSON "Content-Length: 2\r\n\r\n{}");
	a = answered(c, 401, NULL, NULL);
	assert_int_equal(a.status, 401);
	assert_non_null(strstr(a.body.s, "\"code\":\"not-authorized\""));
	web_answer_fini(&a);

	client_puts(c, POST JSON "Content-Length: 2\r\n\r\n{}");
	a = answered(c, 499, NULL, NULL); /* which is none */
	assert_int_equal(a.status, 500);
	web_answer_fini(&a);
	client_close(&c);
}

static const struct {
	const char *type;
	bool allowed;
} types[] = {
	{ "Content-Type: application/json\r\n", true },
	{ "Content-Type: Application/JSON\r\n", true },
	{ "Content-Type: application/json; charset=utf-8\r\n", true },
	{ "Content-Type: application/json ;charset=utf-8\r\n", true },
	{ "", false },
	{ "Content-Type: text/plain\r\n", false },
	{ "Content-Type: application/x-www-form-urlencoded\r\n", false },
	{ "Content-Type: multipart/form-data; boundary=application/json\r\n", false },
	{ "Content-Type: text/plain; application/json\r\n", false },
	{ "Content-Type: application/jsonp\r\n", false },
	{ "Content-Type: application/json, text/plain\r\n", false },
	{ "Content-Type: application/json\r\nContent-Type: application/json\r\n", false },
	{ "Content-Type: application/json\r\nContent-Encoding: identity\r\n", true },
	{ "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", false },
	{ "Content-Type: application/json\r\nContent-Encoding: identity, br\r\n", false },
};

static void
t11_t46_only_json_is_taken(void **state)
{
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct client *c = web_dial(WEB_PLAIN);
		char request[300];
		struct web_answer a;

		snprintf(
		    request, sizeof request, POST "%sContent-Length: 2\r\n\r\n{}", types[i].type);
		client_puts(c, request);
		a = types[i].allowed ? answered(c, 204, NULL, NULL) : web_read(c, false);
		if (a.status != (types[i].allowed ? 204 : 415))
			fail_msg("%d: %s", a.status, types[i].type);
		web_answer_fini(&a);
		client_close(&c);
	}
}

static void
t46_a_page_of_another_site_cannot_log_in(void **state)
{
	struct client *c = web_dial(WEB_PLAIN);

	web_expect(
	    c, 403, NULL, POST JSON "Origin: http://evil.test\r\nContent-Length: 2\r\n\r\n{}");
	client_close(&c);
}

static void
frames_are_not_for_http(void **state)
{
	struct client *c = web_dial(WEB_PLAIN);
	struct http_call *call;

	client_puts(c, "DELETE /session HTTP/1.1\r\nHost: localhost\r\n\r\n");
	call = rig_http();
	rig_send(call->conn, "{}", 1);
	assert_null(client_line(c));
	call->status = 204;
	rig_answer(call);
	client_close(&c);
}

static void
a_body_may_have_16_kibibytes(void **state)
{
	struct client *c = web_dial(WEB_TLS);
	char *body = xmalloc(16385);
	struct http_call *call;
	struct web_answer a;

	memset(body, 'x', 16384);
	body[16384] = '\0';
	client_puts(c, POST JSON "Content-Length: 16384\r\n\r\n");
	client_puts(c, body);
	call = rig_http();
	assert_string_equal(call->body, body);
	call->status = 204;
	rig_answer(call);
	a = web_read(c, false);
	assert_int_equal(a.status, 204);
	web_answer_fini(&a);
	web_expect(c, 413, NULL, POST JSON "Content-Length: 16385\r\n\r\n");
	free(body);
	client_close(&c);
}

static void
a_body_has_a_length(void **state)
{
	static const char *const lengths[] = { "", "Content-Length: 0\r\n",
		"Transfer-Encoding: chunked\r\n" };

	for (size_t i = 0; i < 3; i++) {
		struct client *c = web_dial(WEB_PLAIN);

		web_expect(c, 411, NULL, POST JSON "%s\r\n", lengths[i]);
		client_close(&c);
	}
}

static void
who_asks_whether_to_go_on_is_told_so(void **state)
{
	struct client *c = web_dial(WEB_PLAIN);
	struct web_answer a;

	client_puts(c, POST JSON "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	a = web_read(c, true);
	assert_int_equal(a.status, 100);
	web_answer_fini(&a);
	client_puts(c, "{}");
	a = answered(c, 204, NULL, NULL);
	assert_int_equal(a.status, 204);
	web_answer_fini(&a);
	web_expect(c, 413, NULL, POST JSON "Content-Length: 99999\r\nExpect: 100-continue\r\n\r\n");
	client_close(&c);
}

static void
metrics_are_plain_text_of_their_own_version(void **state)
{
	struct client *c = web_dial(WEB_METRICS);
	struct http_call *call;
	struct web_answer a;

	client_puts(c, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
	call = rig_http();
	assert_string_equal(call->method, "GET");
	assert_string_equal(call->path, "/metrics");
	call->status = 200;
	for (int i = 0; i < 20000; i++)
		parley_text_printf(&call->answer, "parley_thing{n=\"%d\"} 1\n", i);
	rig_answer(call);
	a = web_read(c, false);
	assert_int_equal(a.status, 200);
	assert_string_equal(web_field(&a, "Content-Type"), "text/plain; version=0.0.4");
	assert_string_equal(web_field(&a, "Cache-Control"), "no-store");
	assert_true(a.body.len > 400000);
	assert_non_null(strstr(a.body.s, "parley_thing{n=\"19999\"} 1\n"));
	web_answer_fini(&a);
	client_close(&c);
}

static void
metrics_are_served_on_their_listener_and_nothing_else_is(void **state)
{
	static const char *const others[] = { "/", "/healthz", "/session", "/ws", "/metrics/",
		"/index.html" };
	struct client *c = web_dial(WEB_METRICS);

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		web_expect(c, 404, NULL,
		    "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n", others[i]);
	web_expect(c, 405, NULL, "POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
	client_close(&c);
	for (int i = WEB_PLAIN; i <= WEB_TLS; i++) {
		c = web_dial(i);
		web_expect(c, 404, NULL, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
		client_close(&c);
	}
}

static void
who_leaves_before_the_answer_is_no_trouble(void **state)
{
	struct client *c = web_dial(WEB_TLS);
	struct http_call *call;

	client_puts(c, POST JSON "Content-Length: 2\r\n\r\n{}");
	call = rig_http();
	client_abort(&c);
	call->status = 204;
	rig_answer(call);
	c = web_dial(WEB_TLS);
	web_expect(c, 204, NULL, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
	client_close(&c);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_router_sees_what_was_sent),
		TEST(the_cookie_is_cleared),
		TEST(on_plain_loopback_the_cookie_has_a_plain_name),
		TEST(a_refusal_by_the_router_is_passed_on),
		TEST(t11_t46_only_json_is_taken),
		TEST(t46_a_page_of_another_site_cannot_log_in),
		TEST(frames_are_not_for_http),
		TEST(a_body_may_have_16_kibibytes),
		TEST(a_body_has_a_length),
		TEST(who_asks_whether_to_go_on_is_told_so),
		TEST(metrics_are_plain_text_of_their_own_version),
		TEST(metrics_are_served_on_their_listener_and_nothing_else_is),
		TEST(who_leaves_before_the_answer_is_no_trouble),
	};

	return cmocka_run_group_tests_name("http_call", tests, NULL, NULL);
}
