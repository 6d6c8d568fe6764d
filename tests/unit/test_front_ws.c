/* SPDX-License-Identifier: MIT */
/* test_front_ws.c - a WebSocket from the upgrade to the last word. */
#include "support/test.h"

#include "base/xalloc.h"
#include "net/websocket.h"
#include "support/client.h"
#include "support/rig.h"
#include "support/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct client *
greeted(void)
{
	struct client *c = web_dial(WEB_TLS);

	web_upgrade(c, "");
	return c;
}

static void
expect_frame(struct client *c, unsigned first, const char *bytes)
{
	struct web_frame f = web_frame_read(c);

	if (f.first != first || strcmp(f.bytes.s, bytes) != 0)
		fail_msg("%02x %s", f.first, f.bytes.s != NULL ? f.bytes.s : "the end");
	web_frame_fini(&f);
}

/* A close frame with that code, and then the end. */
static void
expect_close(struct client *c, unsigned code)
{
	struct web_frame f = web_frame_read(c);
	unsigned got = 0;

	if (f.bytes.len >= 2)
		got = (unsigned char)f.bytes.s[0] << 8 | (unsigned char)f.bytes.s[1];
	if (f.first != 0x88 || got != code)
		fail_msg("%02x %u, not %u: %s", f.first, got, code, f.bytes.s);
	web_frame_fini(&f);
	assert_int_equal(web_frame_read(c).first, 0);
}

/* The id of its connection. */
static conn_id
known(struct client *c)
{
	struct stanza *s;
	conn_id id;

	web_text_send(c, "{\"type\":\"ack\",\"count\":0}");
	s = rig_stanza();
	assert_int_equal(s->type, STANZA_ACK);
	id = s->conn;
	rig_free(s);
	return id;
}

static void
synced(struct client *c)
{
	web_text_send(c, "{\"type\":\"ping\"}");
	expect_frame(c, 0x81, "{\"type\":\"pong\"}");
}

/* ---- the upgrade ---- */

#define KEY      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION  "Sec-WebSocket-Version: 13\r\n"
#define PROTOCOL "Sec-WebSocket-Protocol: parley.v1\r\n"
#define UPGRADE  "Upgrade: websocket\r\nConnection: Upgrade\r\n"

static const struct {
	int status;
	const char *fields;
} upgrades[] = {
	{ 101, UPGRADE VERSION KEY PROTOCOL },
	{ 101, UPGRADE VERSION KEY "Sec-WebSocket-Protocol: a, parley.v1 ,b\r\n" },
	{ 101, UPGRADE VERSION KEY "Sec-WebSocket-Protocol: a\r\n" PROTOCOL },
	{ 101, UPGRADE VERSION KEY PROTOCOL "Sec-WebSocket-Extensions: permessage-deflate\r\n" },
	{ 101, UPGRADE VERSION KEY PROTOCOL "Origin: https://localhost\r\n" },
	{ 101, UPGRADE VERSION KEY PROTOCOL "Origin: https://listed.example\r\n" },
	{ 101, UPGRADE VERSION KEY PROTOCOL
	    "Origin: https://localhost\r\nCookie: __Host-parley=x\r\n" },
	{ 403, UPGRADE VERSION KEY PROTOCOL "Cookie: __Host-parley=x\r\n" },
	{ 403, UPGRADE VERSION KEY PROTOCOL "Origin: https://evil.test\r\n" },
	{ 403, UPGRADE VERSION KEY PROTOCOL "Origin: http://localhost\r\n" },
	{ 403, UPGRADE VERSION KEY PROTOCOL "Origin: null\r\n" },
	{ 403, UPGRADE VERSION KEY PROTOCOL
	    "Origin: https://localhost\r\nOrigin: https://evil.test\r\n" },
	{ 400, UPGRADE VERSION KEY },
	{ 400, UPGRADE VERSION KEY "Sec-WebSocket-Protocol: parley.v2, Parley.v1\r\n" },
	{ 400, UPGRADE VERSION PROTOCOL },
	{ 400, UPGRADE VERSION KEY KEY PROTOCOL },
	{ 400, UPGRADE VERSION PROTOCOL "Sec-WebSocket-Key: short\r\n" },
	{ 400, UPGRADE VERSION KEY PROTOCOL "Content-Length: 4\r\n" },
	{ 426, UPGRADE KEY PROTOCOL },
	{ 426, UPGRADE KEY PROTOCOL "Sec-WebSocket-Version: 8\r\n" },
	{ 426, UPGRADE KEY PROTOCOL "Sec-WebSocket-Version: 13, 8\r\n" },
	{ 426, UPGRADE KEY PROTOCOL VERSION VERSION },
	{ 426, VERSION KEY PROTOCOL "Upgrade: websocket\r\n" },
	{ 426, VERSION KEY PROTOCOL "Connection: Upgrade\r\n" },
	{ 426, VERSION KEY PROTOCOL "Connection: Upgrade\r\nUpgrade: h2c\r\n" },
	{ 426, "" },
};

static void
an_upgrade_must_be_one_that_may(void **state)
{
	static const char *const listed[] = { "https://listed.example", NULL };

	rig_settings.origins = listed;
	rig_up();
	for (size_t i = 0; i < sizeof upgrades / sizeof upgrades[0]; i++) {
		struct client *c = web_dial(WEB_TLS);
		char request[600];
		struct web_answer a;

		snprintf(request, sizeof request, "GET /ws HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
		    upgrades[i].fields);
		a = web_ask(c, request);
		if (a.status != upgrades[i].status)
			fail_msg("%d: %s", a.status, request);
		if (a.status == 426) {
			assert_string_equal(web_field(&a, "Upgrade"), "websocket");
			assert_string_equal(web_field(&a, "Sec-WebSocket-Version"), "13");
		}
		web_answer_fini(&a);
		client_close(&c);
	}
}

static void
the_upgrade_is_answered_as_the_rfc_has_it(void **state)
{
	struct client *c;
	struct web_answer a;
	struct web_frame hello;

	rig_up();
	c = web_dial(WEB_TLS);
	a = web_ask(c, "GET /ws HTTP/1.1\r\nHost: localhost\r\n" UPGRADE VERSION KEY PROTOCOL
		       "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
	assert_string_equal(web_field(&a, "Upgrade"), "websocket");
	assert_string_equal(web_field(&a, "Connection"), "Upgrade");
	assert_string_equal(web_field(&a, "Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	assert_string_equal(web_field(&a, "Sec-WebSocket-Protocol"), "parley.v1");
	assert_null(web_field(&a, "Sec-WebSocket-Extensions"));
	web_answer_fini(&a);
	hello = web_frame_read(c);
	assert_int_equal(hello.first, 0x81);
	assert_non_null(strstr(hello.bytes.s, "{\"type\":\"hello\",\"domain\":\"localhost\""));
	web_frame_fini(&hello);
	client_close(&c);
}

static void
an_old_version_of_http_cannot_upgrade(void **state)
{
	struct client *c;

	rig_up();
	c = web_dial(WEB_PLAIN);
	web_expect(c, 426, NULL,
	    "GET /ws HTTP/1.0\r\nHost: localhost\r\n" UPGRADE VERSION KEY PROTOCOL "\r\n");
	client_close(&c);
}

static void
the_router_learns_that_it_is_a_browser(void **state)
{
	struct client *c;
	struct stanza *s;

	rig_up();
	c = web_dial(WEB_TLS);
	web_upgrade(c, "Origin: https://localhost\r\nCookie: a=b; __Host-parley=alice:d:x\r\n");
	web_text_send(c, "{\"type\":\"ack\",\"count\":7}");
	s = rig_stanza();
	assert_true(s->facts->browser);
	assert_true(s->facts->secure);
	assert_string_equal(s->facts->cookie, "alice:d:x");
	rig_free(s);
	client_close(&c);
}

static void
frames_may_follow_the_upgrade_at_once(void **state)
{
	struct parley_text t = { 0 };
	struct client *c;
	struct web_answer a;
	struct web_frame hello;

	rig_up();
	c = web_dial(WEB_TLS);
	parley_text_puts(&t,
	    "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
	    "GET /ws HTTP/1.1\r\nHost: localhost\r\n" UPGRADE VERSION KEY PROTOCOL "\r\n");
	web_frame_put(&t, 0x81, "{\"type\":\"ping\"}", 15);
	client_write(c, t.s, t.len);
	parley_text_fini(&t);
	a = web_read(c, false);
	assert_int_equal(a.status, 200);
	web_answer_fini(&a);
	a = web_read(c, false);
	assert_int_equal(a.status, 101);
	web_answer_fini(&a);
	hello = web_frame_read(c);
	web_frame_fini(&hello);
	expect_frame(c, 0x81, "{\"type\":\"pong\"}");
	client_close(&c);
}

/* ---- frames ---- */

static void
r34_frames_may_be_cut_anywhere(void **state)
{
	struct parley_text t = { 0 };
	struct client *c;

	rig_up();
	c = greeted();
	web_frame_put(&t, 0x81, "{\"type\":\"ping\",\"id\":\"a\"}", 24);
	web_frame_put(&t, 0x01, "{\"type\":\"pi", 11);
	web_frame_put(&t, 0x80, "ng\",\"id\":\"b\"}", 13);
	for (size_t at = 1; at < t.len; at++) {
		rig_put(c, t.s, at);
		rig_put(c, t.s + at, t.len - at);
		expect_frame(c, 0x81, "{\"type\":\"pong\",\"id\":\"a\"}");
		expect_frame(c, 0x81, "{\"type\":\"pong\",\"id\":\"b\"}");
	}
	for (size_t at = 0; at < t.len; at++)
		rig_put(c, t.s + at, 1);
	expect_frame(c, 0x81, "{\"type\":\"pong\",\"id\":\"a\"}");
	expect_frame(c, 0x81, "{\"type\":\"pong\",\"id\":\"b\"}");
	parley_text_fini(&t);
	client_close(&c);
}

static void
t10_only_the_newest_ping_is_answered(void **state)
{
	struct parley_text t = { 0 };
	struct client *c;

	rig_up();
	c = greeted();
	for (int i = 0; i < 5; i++)
		web_frame_put(&t, 0x89, &"abcde"[i], 1);
	client_write(c, t.s, t.len);
	parley_text_fini(&t);
	expect_frame(c, 0x8a, "e");
	web_frame_send(c, 0x8a, "unasked", 7);
	synced(c);
	client_close(&c);
}

static void
t10_a_flood_of_control_frames_ends_it(void **state)
{
	for (unsigned opcode = 0x89; opcode <= 0x8a; opcode++) {
		struct parley_text t = { 0 };
		struct client *c;

		if (opcode == 0x89)
			rig_up();
		c = greeted();
		/* Twice what a second may have, in case a new one begins between. */
		for (int i = 0; i < 21; i++)
			web_frame_put(&t, opcode, "x", 1);
		client_write(c, t.s, t.len);
		parley_text_fini(&t);
		expect_close(c, WS_CLOSE_POLICY);
		client_close(&c);
	}
}

static void
a_long_frame_comes_in_its_own_form(void **state)
{
	static const size_t lengths[] = { 125, 126, 65535, 65536, 200000 };
	struct client *c;
	conn_id id;

	rig_up();
	c = greeted();
	id = known(c);
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		char *json = xmalloc(lengths[i] + 1);

		memset(json, 'x', lengths[i]);
		json[lengths[i]] = '\0';
		rig_send(id, json, 1);
		expect_frame(c, 0x81, json);
		free(json);
	}
	client_close(&c);
}

/* ---- what is wrong ---- */

static const struct {
	unsigned code;
	const char *bytes;
	size_t len;
} wrong[] = {
#define ROW(code, b)                                                                               \
	{                                                                                          \
		code, b, sizeof(b) - 1                                                             \
	}
	ROW(WS_CLOSE_PROTOCOL, "\x81\x05hello"),
	ROW(WS_CLOSE_PROTOCOL, "\xc1\x80\0\0\0\0"),
	ROW(WS_CLOSE_PROTOCOL, "\x83\x80\0\0\0\0"),
	ROW(WS_CLOSE_PROTOCOL, "\x80\x80\0\0\0\0"),
	ROW(WS_CLOSE_PROTOCOL, "\x09\x80\0\0\0\0"),
	ROW(WS_CLOSE_PROTOCOL, "\x89\xfe\x00\x7e"),
	ROW(WS_CLOSE_PROTOCOL, "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
	ROW(WS_CLOSE_PROTOCOL, "\x88\x82\0\0\0\0\x03\xee"),
	ROW(WS_CLOSE_TEXT, "\x81\x82\0\0\0\0\xc0\xaf"),
	ROW(1000, "\x88\x82\0\0\0\0\x03\xe8"),
	ROW(4000, "\x88\x85\0\0\0\0\x0f\xa0"
		  "bye"),
#undef ROW
};

static void
t10_what_is_wrong_ends_it_with_a_code(void **state)
{
	rig_up();
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct client *c = greeted();
		conn_id id = known(c);

		client_write(c, wrong[i].bytes, wrong[i].len);
		web_text_send(c, "{\"type\":\"ack\",\"count\":9}"); /* never heard */
		expect_close(c, wrong[i].code);
		assert_true(rig_closed() == id);
		client_close(&c);
	}
	assert_int_equal(rig_waiting(), 0);
}

static void
a_close_without_a_code_is_answered_without_one(void **state)
{
	struct client *c;

	rig_up();
	c = greeted();
	web_frame_send(c, 0x88, "", 0);
	expect_frame(c, 0x88, "");
	assert_int_equal(web_frame_read(c).first, 0);
	client_close(&c);
}

static void
t10_too_many_fragments_end_it(void **state)
{
	struct client *c;

	rig_up();
	c = greeted();
	for (int i = 0; i < WS_FRAGMENTS_MAX + 1; i++)
		web_frame_send(c, i == 0 ? 0x01 : 0x00, "x", 1);
	expect_close(c, WS_CLOSE_POLICY);
	client_close(&c);
}

/* The router is told, says why, and closes; the code follows. */
static void
check_refused(struct client *c, enum parley_code code, unsigned close)
{
	struct stanza *s = rig_stanza();

	assert_int_equal(s->type, STANZA_REFUSED);
	assert_int_equal(s->error.code, code);
	assert_true(s->fatal);
	rig_close(s->conn, "{\"type\":\"error\"}");
	rig_free(s);
	expect_frame(c, 0x81, "{\"type\":\"error\"}");
	expect_close(c, close);
	client_close(&c);
}

static void
a_binary_message_is_refused(void **state)
{
	struct client *c;

	rig_up();
	c = greeted();
	web_frame_send(c, 0x82, "{\"type\":\"ping\"}", 15);
	check_refused(c, PARLEY_BAD_REQUEST, WS_CLOSE_TYPE);
}

static void
text_that_is_no_frame_is_refused(void **state)
{
	struct client *c;

	rig_up();
	c = greeted();
	web_text_send(c, "hello");
	check_refused(c, PARLEY_BAD_REQUEST, WS_CLOSE_NORMAL);
	c = greeted();
	web_text_send(c, "");
	check_refused(c, PARLEY_BAD_REQUEST, WS_CLOSE_NORMAL);
}

/* A frame of that many bytes: spaces fill it. */
static char *
frame_of(size_t len)
{
	static const char tail[] = "{\"type\":\"ack\",\"count\":1}";
	char *frame = xmalloc(len + 1);

	memset(frame, ' ', len);
	memcpy(frame + len + 1 - sizeof tail, tail, sizeof tail);
	return frame;
}

static void
send_in_fragments(struct client *c, const char *text, size_t len)
{
	size_t half = len / 2;

	web_frame_send(c, 0x01, text, half);
	web_frame_send(c, 0x80, text + half, len - half);
}

static void
check_limit(size_t most, bool user, bool cut)
{
	for (size_t more = 0; more < 2; more++) {
		struct client *c = greeted();
		char *frame = frame_of(most + more);
		struct stanza *s;

		if (user)
			rig_live(known(c));
		synced(c);
		if (cut)
			send_in_fragments(c, frame, most + more);
		else
			web_frame_send(c, 0x81, frame, most + more);
		free(frame);
		if (more == 1) {
			check_refused(c, PARLEY_TOO_LARGE, WS_CLOSE_SIZE);
			continue;
		}
		s = rig_stanza();
		assert_int_equal(s->type, STANZA_ACK);
		rig_free(s);
		client_close(&c);
	}
}

static void
a_message_may_have_as_many_bytes_as_a_line(void **state)
{
	rig_up();
	check_limit(10000, false, false);
	check_limit(10000, false, true);
	check_limit(262144, true, false);
	check_limit(262144, true, true);
}

static void
t10_t76_a_huge_length_is_refused_at_its_head(void **state)
{
	struct client *c;

	rig_up();
	c = greeted();
	client_write(c, "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 10);
	check_refused(c, PARLEY_TOO_LARGE, WS_CLOSE_SIZE);
}

/* ---- ends ---- */

static void
the_router_closes_with_a_last_word(void **state)
{
	struct client *c;
	conn_id id;

	rig_up();
	c = greeted();
	id = known(c);
	rig_close(id, "{\"type\":\"bye\"}");
	expect_frame(c, 0x81, "{\"type\":\"bye\"}");
	expect_close(c, WS_CLOSE_NORMAL);
	assert_true(rig_closed() == id);
	client_close(&c);
}

static void
who_does_not_log_in_is_told_so(void **state)
{
	struct client *c;

	rig_up();
	c = greeted();
	rig_pass(31);
	expect_frame(c, 0x81,
	    "{\"type\":\"error\",\"code\":\"limit\",\"text\":\"not logged in within 30 "
	    "seconds\",\"fatal\":true}");
	expect_close(c, WS_CLOSE_POLICY);
	client_close(&c);
}

static void
the_time_to_log_in_begins_with_the_upgrade(void **state)
{
	struct client *c;

	rig_up();
	c = web_dial(WEB_TLS);
	web_expect(c, 200, NULL, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	rig_pass(50);
	web_upgrade(c, "");
	rig_pass(20);
	synced(c);
	client_close(&c);
}

static void
a_user_who_is_silent_is_told_so(void **state)
{
	struct client *c;

	rig_up();
	c = greeted();
	rig_live(known(c));
	synced(c);
	rig_pass(200);
	synced(c);
	rig_pass(301);
	expect_frame(c, 0x81,
	    "{\"type\":\"error\",\"code\":\"limit\",\"text\":\"nothing heard for 300 seconds; "
	    "send ping\",\"fatal\":true}");
	expect_close(c, WS_CLOSE_POLICY);
	client_close(&c);
}

static void
a_full_window_stops_reading(void **state)
{
	struct client *c;

	rig_settings.window = 2;
	rig_up();
	c = greeted();
	for (int i = 0; i < 100; i++) {
		char frame[60];

		snprintf(frame, sizeof frame, "{\"type\":\"ack\",\"count\":%d}", i);
		if (i % 3 == 0)
			send_in_fragments(c, frame, strlen(frame));
		else
			web_text_send(c, frame);
	}
	for (int i = 0; i < 100; i++) {
		struct stanza *s = rig_stanza();

		assert_int_equal(parley_json_int(parley_json_get(s->root, "count"), -1), i);
		rig_free(s);
	}
	client_close(&c);
}

static void
who_leaves_in_the_middle_of_a_message_leaves_nothing_behind(void **state)
{
	struct client *c;
	conn_id id;

	rig_up();
	c = greeted();
	id = known(c);
	web_frame_send(c, 0x01, "{\"type\"", 7);
	client_write(c, "\x00\x85", 2);
	client_abort(&c);
	assert_true(rig_closed() == id);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, web_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(an_upgrade_must_be_one_that_may),
		TEST(the_upgrade_is_answered_as_the_rfc_has_it),
		TEST(an_old_version_of_http_cannot_upgrade),
		TEST(the_router_learns_that_it_is_a_browser),
		TEST(frames_may_follow_the_upgrade_at_once),
		TEST(r34_frames_may_be_cut_anywhere),
		TEST(t10_only_the_newest_ping_is_answered),
		TEST(t10_a_flood_of_control_frames_ends_it),
		TEST(a_long_frame_comes_in_its_own_form),
		TEST(t10_what_is_wrong_ends_it_with_a_code),
		TEST(a_close_without_a_code_is_answered_without_one),
		TEST(t10_too_many_fragments_end_it),
		TEST(a_binary_message_is_refused),
		TEST(text_that_is_no_frame_is_refused),
		TEST(a_message_may_have_as_many_bytes_as_a_line),
		TEST(t10_t76_a_huge_length_is_refused_at_its_head),
		TEST(the_router_closes_with_a_last_word),
		TEST(who_does_not_log_in_is_told_so),
		TEST(the_time_to_log_in_begins_with_the_upgrade),
		TEST(a_user_who_is_silent_is_told_so),
		TEST(a_full_window_stops_reading),
		TEST(who_leaves_in_the_middle_of_a_message_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("front_ws", tests, NULL, NULL);
}
