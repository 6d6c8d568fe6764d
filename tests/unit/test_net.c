/* SPDX-License-Identifier: MIT */
/* test_net.c - JSON lines over TLS, from a client's socket to the router and back. */
#include "support/test.h"

#include "base/xalloc.h"
#include "runtime/task.h"
#include "support/client.h"
#include "support/rig.h"

#include <openssl/ssl.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

/* ---- frames ---- */

static void
says_hello_and_answers_a_ping_by_itself(void **state)
{
	struct client *c;
	const char *line;

	rig_up();
	c = client_open(net_port(0), NULL);
	line = client_line(c);
	assert_non_null(strstr(line, "{\"type\":\"hello\",\"domain\":\"localhost\",\"protocol\":1,"
				     "\"stream\":\""));
	assert_non_null(strstr(line, "\"auth\":[\"SCRAM-SCRYPT-SHA-256-PLUS\",\"PLAIN\"]}"));

	client_puts(c, "{\"type\":\"ping\",\"id\":\"p\"}\n");

	assert_string_equal(client_line(c), "{\"type\":\"pong\",\"id\":\"p\"}");
	client_close(&c);
}

static const char three_frames[] = "{\"type\":\"ping\",\"id\":\"a\"}\r\n\n"
				   "{\"type\":\"ack\",\"count\":7}\n"
				   "{\"type\":\"ping\",\"id\":\"b\"}\n";

static void
check_three_frames(struct client *c)
{
	struct stanza *s = rig_stanza();

	assert_int_equal(s->type, STANZA_ACK);
	assert_int_equal(parley_json_int(parley_json_get(s->root, "count"), 0), 7);
	rig_free(s);
	assert_string_equal(client_line(c), "{\"type\":\"pong\",\"id\":\"a\"}");
	assert_string_equal(client_line(c), "{\"type\":\"pong\",\"id\":\"b\"}");
}

static void
r34_frames_may_be_cut_anywhere(void **state)
{
	size_t len = sizeof three_frames - 1;
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	for (size_t at = 1; at < len; at++) {
		rig_put(c, three_frames, at);
		rig_put(c, three_frames + at, len - at);
		check_three_frames(c);
	}
	client_close(&c);
}

static void
r34_frames_may_come_in_three_pieces_cut_anywhere(void **state)
{
	size_t len = sizeof three_frames - 1;
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	for (size_t first = 1; first < len - 1; first += 7)
		for (size_t second = first + 1; second < len; second += 5) {
			rig_put(c, three_frames, first);
			rig_put(c, three_frames + first, second - first);
			rig_put(c, three_frames + second, len - second);
			check_three_frames(c);
		}
	client_close(&c);
}

/* The nth of many frames that differ in type, length and bytes. */
static size_t
some_frame(unsigned n, char *out, size_t size)
{
	static const char *const texts[] = { "", "\xc3\xa5", "\xf0\x9f\x8c\xb1", "\\u00e5\\n",
		"\\\\" };
	int len, blank = (int)(n / 3 % 7);

	if (n % 3 == 0)
		len = snprintf(out, size, "{\"type\":\"ack\",%*s\"count\":%u}\n", blank, "", n * n);
	else if (n % 3 == 1)
		len = snprintf(out, size, "{\"id\":\"%u\"%*s,\"type\":\"ping\"}\r\n", n, blank, "");
	else
		len = snprintf(out, size,
		    "{\"type\":\"request\",\"id\":\"%u\",%*s\"method\":\"no.such\",\"params\":"
		    "{\"text\":\"%s%u\"}}\n",
		    n, blank, "", texts[n % 5], n);
	return (size_t)len;
}

/* What came of it: a pong, or what the router gets. */
static void
check_some_frame(struct client *c, unsigned n)
{
	char wanted[60];
	struct stanza *s;

	if (n % 3 == 1) {
		snprintf(wanted, sizeof wanted, "{\"type\":\"pong\",\"id\":\"%u\"}", n);
		assert_string_equal(client_line(c), wanted);
		return;
	}
	s = rig_stanza();
	if (n % 3 == 0) {
		assert_int_equal(parley_json_int(parley_json_get(s->root, "count"), -1), n * n);
	} else {
		snprintf(wanted, sizeof wanted, "%u", n);
		assert_int_equal(s->type, STANZA_REQUEST);
		assert_string_equal(s->id, wanted);
	}
	rig_free(s);
}

/* Places between those where frames are cut: all in one way to receive, some in the other. */
static size_t stride = 8;

/* Each of a hundred frames in three pieces: at every place it is cut once first, and once second.
 */
static void
r34_a_hundred_frames_may_be_cut_in_three_anywhere(void **state)
{
	rig_up();
	for (unsigned n = 1; n <= 100; n++) {
		struct client *c = rig_guest(NULL); /* one has to log in at last */
		char frame[200];
		size_t len = some_frame(n, frame, sizeof frame);

		for (size_t at = 1 + n % stride; at < len; at += stride) {
			size_t other = 1 + (at * 31 + n) % (len - 1);
			size_t first = at < other ? at : other, second = at < other ? other : at;

			rig_put(c, frame, first);
			if (second > first)
				rig_put(c, frame + first, second - first);
			rig_put(c, frame + second, len - second);
			check_some_frame(c, n);
		}
		client_close(&c);
	}
}

static void
r34_frames_may_come_byte_by_byte(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	for (size_t at = 0; at < sizeof three_frames - 1; at++)
		rig_put(c, three_frames + at, 1);
	check_three_frames(c);
	client_close(&c);
}

static void
a_request_arrives_with_its_facts(void **state)
{
	struct client *c;
	struct stanza *s;

	rig_up();
	c = rig_guest(NULL);
	client_puts(c, "{\"type\":\"request\",\"id\":\"c-1\",\"method\":\"register.check\","
		       "\"params\":{\"name\":\"alice\"}}\n");
	s = rig_stanza();
	assert_int_equal(s->type, STANZA_REQUEST);
	assert_string_equal(s->id, "c-1");
	assert_string_equal(s->facts->peer, "127.0.0.1");
	assert_int_equal(strlen(s->facts->stream), 26);
	assert_true(s->facts->secure);
	assert_false(s->facts->control);
	rig_free(s);
	client_close(&c);
}

static void
an_unknown_method_is_left_to_the_router(void **state)
{
	struct client *c;
	struct stanza *s;

	rig_up();
	c = rig_guest(NULL);
	client_puts(c, "{\"type\":\"request\",\"id\":\"c-1\",\"method\":\"no.such\"}\n");
	s = rig_stanza();
	assert_int_equal(s->type, STANZA_REQUEST);
	rig_free(s);
	client_close(&c);
}

/* ---- what is wrong ---- */

static const struct {
	const char *frame;
	enum parley_code code;
	const char *where, *id;
	bool fatal;
} wrong[] = {
	{ "{\"type\":\"dance\",\"id\":\"x\"}", PARLEY_NOT_IMPLEMENTED, "/type", "x", false },
	{ "{\"id\":\"x\"}", PARLEY_BAD_REQUEST, "/type", "x", false },
	{ "{\"type\":7}", PARLEY_BAD_REQUEST, "/type", NULL, false },
	{ "{\"type\":\"ack\",\"count\":\"1\"}", PARLEY_BAD_REQUEST, "/count", NULL, false },
	{ "{\"type\":\"ack\",\"count\":1,\"more\":2}", PARLEY_BAD_REQUEST, "/more", NULL, false },
	{ "{\"type\":\"ping\",\"id\":\"not an id\"}", PARLEY_BAD_REQUEST, "/id", NULL, false },
	{ "{\"type\":\"request\",\"id\":\"r\",\"method\":\"register.check\"}", PARLEY_BAD_REQUEST,
	    "/params/name", "r", false },
	{ "{\"type\":\"request\",\"id\":\"r\",\"method\":\"register.check\",\"params\":"
	  "{\"name\":\"alice\",\"age\":3}}",
	    PARLEY_BAD_REQUEST, "/params/age", "r", false },
	{ "[]", PARLEY_BAD_REQUEST, NULL, NULL, true },
	{ "hello", PARLEY_BAD_REQUEST, NULL, NULL, true },
	{ "{\"type\":\"ack\",\"type\":\"ack\"}", PARLEY_BAD_REQUEST, NULL, NULL, true },
	{ "{\"type\":\"\xff\"}", PARLEY_BAD_REQUEST, NULL, NULL, true },
	{ "{\"type\":\"\\u0001\"}", PARLEY_BAD_REQUEST, NULL, NULL, true },
	{ "[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]", PARLEY_TOO_LARGE, NULL, NULL, true },
};

static void
wrong_frames_are_refused_and_say_where(void **state)
{
	rig_up();
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct client *c = rig_guest(NULL);
		struct stanza *s;

		client_puts(c, wrong[i].frame);
		client_puts(c, "\n");
		s = rig_stanza();
		if (s->type != STANZA_REFUSED || s->error.code != wrong[i].code ||
		    s->fatal != wrong[i].fatal)
			print_message("case %zu: %s: %s\n", i, wrong[i].frame, s->error.text);
		assert_int_equal(s->type, STANZA_REFUSED);
		assert_int_equal(s->error.code, wrong[i].code);
		assert_int_equal(s->fatal, wrong[i].fatal);
		if (wrong[i].where != NULL)
			assert_string_equal(s->error.where, wrong[i].where);
		if (wrong[i].id != NULL)
			assert_string_equal(s->id, wrong[i].id);
		else
			assert_null(s->id);
		if (wrong[i].fatal)
			rig_close(s->conn, NULL);
		else
			rig_synced(c);
		rig_free(s);
		client_close(&c);
		rig_closed();
	}
}

/* A frame of exactly len bytes, with its LF; spaces fill it. */
static char *
frame_of(size_t len)
{
	static const char head[] = "{\"type\":\"ack\",", tail[] = "\"count\":1}\n";
	char *frame = xmalloc(len + 2);

	memset(frame, ' ', len + 1);
	memcpy(frame, head, sizeof head - 1);
	memcpy(frame + len + 2 - sizeof tail, tail, sizeof tail);
	return frame;
}

static void
check_size(struct client *c, size_t len, enum stanza_type type)
{
	char *frame = frame_of(len);
	struct stanza *s;

	client_puts(c, frame);
	free(frame);
	s = rig_stanza();
	assert_int_equal(s->type, type);
	if (type == STANZA_REFUSED) {
		assert_int_equal(s->error.code, PARLEY_TOO_LARGE);
		assert_true(s->fatal);
	}
	rig_free(s);
}

static void
t01_a_guest_may_send_ten_thousand_bytes_and_no_more(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	check_size(c, 10000, STANZA_ACK);
	check_size(c, 10001, STANZA_REFUSED);
	client_close(&c);
}

static void
a_user_may_send_a_quarter_of_a_megabyte_and_no_more(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	rig_user(c);
	check_size(c, 262144, STANZA_ACK);
	check_size(c, 262145, STANZA_REFUSED);
	client_close(&c);
}

static void
a_line_without_end_is_refused_at_the_limit(void **state)
{
	char flood[10002];
	struct client *c;
	struct stanza *s;

	memset(flood, 'x', sizeof flood);
	rig_up();
	c = rig_guest(NULL);
	client_write(c, flood, sizeof flood);
	s = rig_stanza();
	assert_int_equal(s->error.code, PARLEY_TOO_LARGE);
	assert_true(s->fatal);
	rig_free(s);
	client_close(&c);
}

static void
the_last_word_reaches_a_client_that_is_still_sending(void **state)
{
	char *flood = xmalloc(200000);
	struct client *c;
	struct stanza *s;

	memset(flood, 'x', 200000);
	rig_up();
	c = rig_guest(NULL);
	client_write(c, flood, 200000);
	s = rig_stanza();
	rig_close(s->conn, "{\"type\":\"error\"}");
	assert_string_equal(client_line(c), "{\"type\":\"error\"}");
	assert_null(client_line(c));
	rig_free(s);
	client_close(&c);
	free(flood);
}

/* ---- back-pressure ---- */

static void
a_full_window_stops_reading_until_stanzas_are_freed(void **state)
{
	struct stanza *kept[4];
	struct client *c, *other;

	rig_settings.window = 4;
	rig_settings.threads = 1;
	rig_up();
	c = rig_guest(NULL);
	other = rig_guest(NULL);
	for (int i = 0; i < 100; i++) {
		char frame[60];

		snprintf(frame, sizeof frame, "{\"type\":\"ack\",\"count\":%d}\n", i);
		client_puts(c, frame);
	}
	for (int i = 0; i < 4; i++)
		kept[i] = rig_stanza();
	/* The same thread has heard others meanwhile, and nothing more of this one. */
	for (int i = 0; i < 5; i++)
		rig_synced(other);
	assert_int_equal(rig_waiting(), 0);

	for (int i = 0; i < 4; i++) {
		assert_int_equal(parley_json_int(parley_json_get(kept[i]->root, "count"), -1), i);
		rig_free(kept[i]);
	}
	for (int i = 4; i < 100; i++) {
		struct stanza *s = rig_stanza();

		assert_int_equal(parley_json_int(parley_json_get(s->root, "count"), -1), i);
		rig_free(s);
	}
	client_close(&c);
	client_close(&other);
}

static char *
answer_ack(const struct stanza *s)
{
	char *json = xmalloc(60);

	snprintf(
	    json, 60, "{\"n\":%d}", (int)parley_json_int(parley_json_get(s->root, "count"), -1));
	return json;
}

static void
a_window_of_one_loses_nothing_under_a_flood(void **state)
{
	char frame[60], expected[60];
	struct client *c;

	rig_settings.window = 1;
	rig_up();
	rig_answer_with(answer_ack);
	c = rig_guest(NULL);
	for (int i = 0; i < 3000; i++) {
		snprintf(frame, sizeof frame, "{\"type\":\"ack\",\"count\":%d}\n", i);
		client_puts(c, frame);
	}
	for (int i = 0; i < 3000; i++) {
		snprintf(expected, sizeof expected, "{\"n\":%d}", i);
		assert_string_equal(client_line(c), expected);
	}
	client_close(&c);
}

static char *
large_text(size_t len)
{
	char *text = xmalloc(len + 1);

	memset(text, 'x', len);
	text[len] = '\0';
	return text;
}

static void
r16_a_slow_consumer_is_dropped_and_the_router_told(void **state)
{
	static const struct client_options small = { .receive_buffer = 4096 };
	char *text = large_text(64 * 1024);
	struct client *c;
	conn_id id;

	rig_settings.out_queue = 256 * 1024;
	rig_up();
	c = rig_guest(&small);
	id = rig_user(c);

	rig_send(id, text, 400);

	assert_true(rig_closed() == id);
	assert_int_equal(rig_stats().refused[NET_REFUSED_SLOW], 1);
	assert_true(client_ended(c));
	client_close(&c);
	free(text);
}

static void
one_frame_may_be_larger_than_the_queue(void **state)
{
	char *text = large_text(3 * 1024 * 1024);
	struct client *c;
	conn_id id;
	size_t got = 0;

	rig_settings.out_queue = 64 * 1024;
	rig_up();
	c = rig_guest(NULL);
	id = rig_user(c);
	rig_send(id, text, 1);
	while (got < 3 * 1024 * 1024 + 1) {
		char piece[4096];
		size_t n = client_read(c, piece, sizeof piece);

		assert_true(n > 0);
		got += n;
	}
	rig_synced(c);
	client_close(&c);
	free(text);
}

/* A client that floods with pings and never reads is not read either, so its answers stay bounded.
 */
static void
answers_that_nobody_reads_stop_the_questions(void **state)
{
	static const struct client_options small = { .receive_buffer = 4096 };
	static const char ping[] =
	    "{\"type\":\"ping\",\"id\":\"0123456789012345678901234567890123456789\"}\n";
	struct timeval brief = { 1, 0 };
	struct client *c, *other;
	struct parley_text flood = { 0 };
	uint64_t before, after;

	rig_settings.threads = 1;
	rig_up();
	c = rig_guest(&small);
	other = rig_guest(NULL);
	for (int i = 0; i < 16000; i++)
		parley_text_puts(&flood, ping);
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &brief, sizeof brief);
	for (int i = 0; i < 20 && client_write(c, flood.s, flood.len); i++)
		continue;
	rig_synced(other);
	before = rig_stats().frames_in;
	for (int i = 0; i < 20; i++)
		rig_synced(other);
	after = rig_stats().frames_in;
	assert_int_equal(after - before, 20);
	parley_text_fini(&flood);
	client_abort(&c);
	client_close(&other);
}

/* ---- sending ---- */

static unsigned records;

static void
count_record(int writing, int version, int type, const void *buf, size_t len, SSL *ssl, void *arg)
{
	const unsigned char *head = buf;

	if (!writing && type == SSL3_RT_HEADER && head[0] == SSL3_RT_APPLICATION_DATA)
		records++;
}

static void
what_a_drain_sends_to_one_connection_leaves_in_one_record(void **state)
{
	struct client *c;
	conn_id id;

	rig_up();
	c = rig_guest(NULL);
	id = rig_known(c);
	rig_synced(c);
	SSL_set_msg_callback(c->ssl, count_record);
	records = 0;

	rig_send(id, "{\"n\":1}", 100);

	for (int i = 0; i < 100; i++)
		assert_string_equal(client_line(c), "{\"n\":1}");
	assert_int_equal(records, 1);
	client_close(&c);
}

/* A result, that may wait, then work for others, and then a frame that may not. */
struct courier {
	struct post post;
	conn_id patient, other;
	int step;
};

static void
courier_sends(conn_id to, const char *json, bool patient)
{
	struct parley_text text = { 0 };
	struct parley_payload *p;

	parley_text_puts(&text, json);
	p = parley_payload_new(&text);
	p->patient = patient;
	link_send(to, p);
	parley_payload_unref(&p);
}

static void
courier_goes_on(struct post *post)
{
	struct courier *courier = (struct courier *)post;

	if (courier->step == 0)
		courier_sends(courier->patient, "{\"n\":1}", true);
	else if (courier->step == 2)
		courier_sends(courier->patient, "{\"n\":2}", false);
	courier_sends(courier->other, "{\"busy\":true}", false);
	if (++courier->step < 3)
		loop_post(runtime_loop(), &courier->post);
}

static void
courier_starts(void *arg)
{
	struct courier *courier = arg;

	courier_goes_on(&courier->post);
}

static void
a_result_waits_for_company_while_there_is_other_work(void **state)
{
	struct courier courier = { .post.fn = courier_goes_on };
	struct client *c, *other;

	rig_settings.threads = 0; /* only there are rounds of the router and of the net the same */
	rig_up();
	c = rig_guest(NULL);
	other = rig_guest(NULL);
	courier.patient = rig_known(c);
	courier.other = rig_known(other);
	rig_synced(c);
	SSL_set_msg_callback(c->ssl, count_record);
	records = 0;

	rig_call(courier_starts, &courier);

	assert_string_equal(client_line(c), "{\"n\":1}");
	assert_string_equal(client_line(c), "{\"n\":2}");
	assert_int_equal(records, 1);
	client_close(&c);
	client_close(&other);
}

static void
send_patiently(void *arg)
{
	courier_sends(*(conn_id *)arg, "{\"n\":1}", true);
}

static void
a_result_does_not_wait_when_there_is_nothing_else_to_do(void **state)
{
	struct client *c;
	conn_id id;

	rig_up();
	c = rig_guest(NULL);
	id = rig_known(c);

	rig_call(send_patiently, &id);

	assert_string_equal(client_line(c), "{\"n\":1}");
	client_close(&c);
}

static void
send_to_many(void *arg)
{
	const conn_id *ids = arg;
	struct parley_text text = { 0 };
	struct parley_payload *p;

	parley_text_puts(&text, "{\"hello\":\"all\"}");
	p = parley_payload_new(&text);
	for (int i = 0; i < 15; i++)
		link_send(ids[i], p);
	parley_payload_unref(&p);
}

static void
a_payload_goes_to_many_connections(void **state)
{
	struct client *c[15];
	conn_id ids[15];

	rig_up();
	for (int i = 0; i < 15; i++) {
		c[i] = rig_guest(NULL);
		ids[i] = rig_known(c[i]);
	}
	rig_call(send_to_many, ids);
	for (int i = 0; i < 15; i++) {
		assert_string_equal(client_line(c[i]), "{\"hello\":\"all\"}");
		client_close(&c[i]);
	}
}

static void
what_is_sent_to_a_connection_that_has_gone_is_lost_quietly(void **state)
{
	struct client *c;
	conn_id id;

	rig_up();
	c = rig_guest(NULL);
	id = rig_known(c);
	client_abort(&c);
	assert_true(rig_closed() == id);
	assert_true(rig_until(rig_is_empty));
	c = rig_guest(NULL); /* in the same slot */

	rig_send(id, "{\"lost\":true}", 1);
	rig_close(id, NULL);
	rig_live(id);

	assert_true(rig_known(c) != id);
	rig_synced(c);
	client_close(&c);
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(says_hello_and_answers_a_ping_by_itself),
		NET_TEST(r34_frames_may_be_cut_anywhere),
		NET_TEST(r34_frames_may_come_in_three_pieces_cut_anywhere),
		NET_TEST(r34_a_hundred_frames_may_be_cut_in_three_anywhere),
		NET_TEST(r34_frames_may_come_byte_by_byte),
		NET_TEST(a_request_arrives_with_its_facts),
		NET_TEST(an_unknown_method_is_left_to_the_router),
		NET_TEST(wrong_frames_are_refused_and_say_where),
		NET_TEST(t01_a_guest_may_send_ten_thousand_bytes_and_no_more),
		NET_TEST(a_user_may_send_a_quarter_of_a_megabyte_and_no_more),
		NET_TEST(a_line_without_end_is_refused_at_the_limit),
		NET_TEST(the_last_word_reaches_a_client_that_is_still_sending),
		NET_TEST(a_full_window_stops_reading_until_stanzas_are_freed),
		NET_TEST(a_window_of_one_loses_nothing_under_a_flood),
		NET_TEST(r16_a_slow_consumer_is_dropped_and_the_router_told),
		NET_TEST(one_frame_may_be_larger_than_the_queue),
		NET_TEST(answers_that_nobody_reads_stop_the_questions),
		NET_TEST(what_a_drain_sends_to_one_connection_leaves_in_one_record),
		NET_TEST(a_result_waits_for_company_while_there_is_other_work),
		NET_TEST(a_result_does_not_wait_when_there_is_nothing_else_to_do),
		NET_TEST(a_payload_goes_to_many_connections),
		NET_TEST(what_is_sent_to_a_connection_that_has_gone_is_lost_quietly),
	};

	int failed;

	if (getenv("PARLEY_EVERY") != NULL)
		stride = 1;
	failed = cmocka_run_group_tests_name("net", tests, NULL, NULL);

	rig_on_router(true);
	stride *= 4;
	return failed + cmocka_run_group_tests_name("net_on_router", tests, NULL, NULL);
}
