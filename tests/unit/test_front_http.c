/* SPDX-License-Identifier: MIT */
/* test_front_http.c - HTTP from a client's socket: files, sessions, metrics, and what is refused.
 */
#include "support/test.h"

#include "base/xalloc.h"
#include "net/conn.h"
#include "support/client.h"
#include "support/rig.h"
#include "support/web.h"

#include <stdio.h>
#include <string.h>

static struct net_config config;
static const struct client_options plain = { .plain = true };
static const struct listen_config listeners[] = {
	{ LISTEN_HTTP, "127.0.0.1", 0 },
	{ LISTEN_HTTPS, "127.0.0.1", 0 },
	{ LISTEN_METRICS, "127.0.0.1", 0 },
};

static int
setup(void **state)
{
	config = rig_config();
	config.listeners = listeners;
	config.listener_count = 3;
	config.web_root = web_root();
	config.http = &front_http;
	return 0;
}

static int
teardown(void **state)
{
	rig_stop();
	return 0;
}

static void
start(void)
{
	assert_int_equal(rig_start(&config, NULL), 0);
}

static struct client *
dial(void)
{
	return client_open(net_port(0), &plain);
}

static void
check(struct client *c, const char *request, int status, const char *body)
{
	struct web_answer a = web_ask(c, request);

	if (a.status != status)
		print_message("%s%s", request, a.head.s);
	assert_int_equal(a.status, status);
	if (body != NULL)
		assert_string_equal(a.body.s, body);
	web_answer_fini(&a);
}

static void
serves_the_page(void **state)
{
	struct client *c;

	start();
	c = dial();
	check(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 200, "<!doctype html>");
	check(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 204, NULL);
	check(c, "GET /nope.js HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, NULL);
	client_close(&c);
}

static void
a_large_file_comes_whole(void **state)
{
	struct client *c;
	struct web_answer a;

	start();
	c = client_open(net_port(1), NULL);
	for (int round = 0; round < 3; round++) {
		a = web_ask(c, "GET /large.txt HTTP/1.1\r\nHost: localhost\r\n\r\n");
		assert_int_equal(a.body.len, WEB_LARGE);
		for (size_t i = 0; i < WEB_LARGE; i++)
			assert_int_equal(a.body.s[i], web_byte(i));
		web_answer_fini(&a);
	}
	client_close(&c);
}

static char *
router_cookie(const char *value)
{
	return value != NULL ? xstrdup(value) : NULL;
}

struct answering {
	struct http_call *call;
	int status;
	const char *cookie, *json;
};

static void
answer_call(void *arg)
{
	struct answering *a = arg;

	a->call->status = a->status;
	a->call->set_cookie = router_cookie(a->cookie);
	if (a->json != NULL)
		parley_text_puts(&a->call->answer, a->json);
	link_http_answer(a->call);
}

static void
answer(int status, const char *cookie, const char *json)
{
	struct answering a = { rig_http(), status, cookie, json };

	rig_call(answer_call, &a);
}

static void
the_router_sets_a_cookie(void **state)
{
	struct client *c;
	struct web_answer a;

	start();
	c = client_open(net_port(1), NULL);
	client_puts(c,
	    "POST /session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	    "Origin: https://localhost\r\nContent-Length: 14\r\n\r\n{\"ticket\":\"t\"}");
	answer(204, "secret", NULL);
	a = web_read(c, false);
	assert_int_equal(a.status, 204);
	assert_string_equal(web_field(&a, "Set-Cookie"),
	    "__Host-parley=secret; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=34560000");
	web_answer_fini(&a);
	client_close(&c);
}

static void
metrics_are_served_on_their_listener_alone(void **state)
{
	struct client *c;
	struct web_answer a;

	start();
	c = client_open(net_port(2), &plain);
	client_puts(c, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
	answer(200, NULL, "parley_up 1\n");
	a = web_read(c, false);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body.s, "parley_up 1\n");
	web_answer_fini(&a);
	check(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, NULL);
	client_close(&c);
	c = dial();
	check(c, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 404, NULL);
	client_close(&c);
}

static void
a_websocket_speaks_frames(void **state)
{
	struct client *c;
	struct web_frame f;
	struct stanza *s;

	start();
	c = client_open(net_port(1), NULL);
	web_upgrade(c, "Origin: https://localhost\r\nCookie: __Host-parley=tok\r\n");
	web_text_send(c, "{\"type\":\"ping\",\"id\":\"p\"}");
	f = web_frame_read(c);
	assert_string_equal(f.bytes.s, "{\"type\":\"pong\",\"id\":\"p\"}");
	web_frame_fini(&f);
	web_text_send(c, "{\"type\":\"ack\",\"count\":1}");
	s = rig_stanza();
	assert_int_equal(s->type, STANZA_ACK);
	assert_true(s->facts->browser);
	assert_string_equal(s->facts->cookie, "tok");
	rig_close(s->conn, "{\"type\":\"bye\"}");
	rig_free(s);
	f = web_frame_read(c);
	assert_string_equal(f.bytes.s, "{\"type\":\"bye\"}");
	web_frame_fini(&f);
	f = web_frame_read(c);
	assert_int_equal(f.first, 0x88);
	assert_int_equal(f.bytes.len, 2);
	web_frame_fini(&f);
	client_close(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(serves_the_page, setup, teardown),
		cmocka_unit_test_setup_teardown(a_large_file_comes_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(the_router_sets_a_cookie, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    metrics_are_served_on_their_listener_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(a_websocket_speaks_frames, setup, teardown),
	};

	return cmocka_run_group_tests_name("front_http", tests, NULL, NULL);
}
