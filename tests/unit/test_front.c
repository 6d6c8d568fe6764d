/* SPDX-License-Identifier: MIT */
/* test_front.c - what conn.h promises to front ends, told by a toy that obeys one word a line. */
#include "support/test.h"

#include "base/xalloc.h"
#include "net/conn.h"
#include "net/guests.h"
#include "support/client.h"
#include "support/rig.h"

#include <parley/text.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PIECE 65536

static const struct front toy, second;
static struct net_config config;
static _Atomic(unsigned) ends, drains;

/* ---- the toy: a static front end, and one to switch to ---- */

struct toy {
	size_t left; /* of a large answer */
	bool greedy; /* consumes nothing any more */
	bool patient;
};

static void
say(struct conn *c, const char *text)
{
	conn_write(c, text, strlen(text));
	conn_write(c, "\n", 1);
}

static void
toy_open(struct conn *c)
{
	conn_set_state(c, xcalloc(1, sizeof(struct toy)));
	say(c, "open");
}

static void
toy_call(struct conn *c, const char *path)
{
	struct http_call *call = xcalloc(1, sizeof *call);

	snprintf(call->path, sizeof call->path, "%s", path);
	conn_pause(c);
	conn_call(c, call);
}

static void
toy_answered(struct conn *c, struct http_call *call)
{
	conn_write(c, call->answer.s, call->answer.len);
	http_call_free(&call);
	conn_resume(c);
}

static void
toy_drained(struct conn *c)
{
	static char piece[PIECE];
	struct toy *t = conn_state(c);
	size_t n = t->left < PIECE ? t->left : PIECE;

	atomic_fetch_add(&drains, 1);
	if (n == 0) {
		say(c, "\ndone");
		return;
	}
	memset(piece, 'x', n);
	conn_write(c, piece, n);
	t->left -= n;
	conn_want_drained(c);
}

/* True when it was one of these words. */
static bool
toy_obey_deadlines(struct conn *c, const char *word)
{
	struct toy *t = conn_state(c);

	if (strncmp(word, "deadline ", 9) == 0)
		conn_deadline(c, atoi(word + 9));
	else if (strcmp(word, "patient") == 0)
		t->patient = true;
	else if (strcmp(word, "close") == 0)
		conn_close(c);
	else if (strcmp(word, "drop") == 0)
		conn_drop(c, "the test says so");
	else
		return false;
	return true;
}

static void
toy_obey(struct conn *c, const char *word)
{
	struct toy *t = conn_state(c);

	if (toy_obey_deadlines(c, word))
		return;
	if (strncmp(word, "call ", 5) == 0) {
		toy_call(c, word + 5);
	} else if (strncmp(word, "big ", 4) == 0) {
		t->left = (size_t)atol(word + 4);
		conn_want_drained(c);
	} else if (strncmp(word, "peer ", 5) == 0) {
		say(c, conn_set_peer(c, word + 5) ? conn_facts(c)->peer : "refused");
	} else if (strncmp(word, "proxy ", 6) == 0) {
		say(c, conn_is_proxy(c, word + 6) ? "yes" : "no");
	} else if (strcmp(word, "greedy") == 0) {
		t->greedy = true;
	} else {
		say(c, word);
	}
}

static ssize_t
toy_input(struct conn *c, char *bytes, size_t len, size_t seen)
{
	struct toy *t = conn_state(c);
	size_t at = 0;
	char *end;

	while (
	    conn_may_read(c) && !t->greedy && (end = memchr(bytes + at, '\n', len - at)) != NULL) {
		const char *word = bytes + at;

		*end = '\0';
		at = (size_t)(end - bytes) + 1;
		if (strcmp(word, "fail") == 0)
			return -1;
		if (strcmp(word, "switch") == 0) {
			conn_switch(c, &second);
			break;
		}
		toy_obey(c, word);
	}
	return (ssize_t)at;
}

static void
toy_send(struct conn *c, struct parley_payload *p)
{
	conn_write_payload(c, "<", 1, p, 0, p->len, ">");
	conn_write_payload(c, NULL, 0, p, 1, 2, "\n");
}

static void
toy_expired(struct conn *c)
{
	struct toy *t = conn_state(c);

	say(c, "late");
	if (t->patient)
		conn_deadline(c, 10);
	t->patient = false;
}

static void
toy_goodbye(struct conn *c)
{
	say(c, "goodbye");
}

static void
toy_eof(struct conn *c)
{
	say(c, "eof");
	conn_close(c);
}

static void
toy_end(struct conn *c)
{
	free(conn_state(c));
	atomic_fetch_add(&ends, 1);
}

static const struct front toy = { "toy", toy_open, toy_input, toy_send, toy_drained, toy_expired,
	toy_answered, toy_goodbye, toy_eof, toy_end };

/* Says each byte count that it is offered, and takes lines. */
static ssize_t
second_input(struct conn *c, char *bytes, size_t len, size_t seen)
{
	char text[60];
	char *end = memchr(bytes, '\n', len);

	parley_assert(conn_state(c) == NULL);
	snprintf(text, sizeof text, "second %zu seen %zu", len, seen);
	say(c, text);
	return end != NULL ? end - bytes + 1 : 0;
}

static const struct front second = { .name = "second", .input = second_input, .send = toy_send };

/* ---- the tests' side ---- */

static int
setup(void **state)
{
	static const struct listen_config http[] = { { LISTEN_HTTP, "127.0.0.1", 0 } };
	static const char *const proxies[] = { "192.0.2.0/24", "2001:db8::1", NULL };

	config = rig_config();
	config.listeners = http;
	config.threads = 1;
	config.http = &toy;
	config.proxies = proxies;
	ends = drains = 0;
	return 0;
}

static int
teardown(void **state)
{
	rig_stop();
	return 0;
}

static struct client *
opened(void)
{
	static const struct client_options plain = { .plain = true };
	struct client *c = client_open(net_port(0), &plain);

	assert_string_equal(client_line(c), "open");
	return c;
}

static struct client *
start(void)
{
	assert_int_equal(rig_start(&config, NULL), 0);
	return opened();
}

static void
check_says(struct client *c, const char *word, const char *answer)
{
	client_puts(c, word);
	assert_string_equal(client_line(c), answer);
}

static void
check_gone(struct client *c)
{
	assert_null(client_line(c));
	client_close(&c);
	assert_true(rig_until(rig_is_empty));
	assert_int_equal(ends, 1);
}

/* ---- input ---- */

static void
a_pause_holds_back_what_follows_until_the_answer(void **state)
{
	struct client *c = start();
	struct http_call *call;

	client_puts(c, "call /a\none\ncall /b\ntwo\n");
	call = rig_http();
	assert_string_equal(call->path, "/a");
	assert_string_equal(call->facts->peer, "127.0.0.1");
	parley_text_puts(&call->answer, "A\n");
	rig_answer(call);
	assert_string_equal(client_line(c), "A");
	assert_string_equal(client_line(c), "one");
	call = rig_http();
	assert_string_equal(call->path, "/b");
	parley_text_puts(&call->answer, "B\n");
	rig_answer(call);
	assert_string_equal(client_line(c), "B");
	assert_string_equal(client_line(c), "two");
	client_close(&c);
}

static void
an_answer_to_one_who_has_left_is_freed(void **state)
{
	struct client *c = start();
	struct http_call *call;

	client_puts(c, "call /a\n");
	call = rig_http();
	client_abort(&c);
	c = opened();
	parley_text_puts(&call->answer, "A\n");
	rig_answer(call);
	check_says(c, "hello\n", "hello");
	client_close(&c);
}

static void
a_switch_hands_the_rest_to_the_next_front_end(void **state)
{
	struct client *c = start();

	client_puts(c, "switch\nabc\nde");
	assert_string_equal(client_line(c), "second 6 seen 0");
	assert_int_equal(ends, 1);
	client_puts(c, "f\n");
	assert_string_equal(client_line(c), "second 4 seen 2");
	client_close(&c);
}

static void
input_that_nobody_takes_is_bounded(void **state)
{
	struct client *c = start();
	char *flood = xmalloc(1000000);

	memset(flood, 'x', 1000000);
	client_puts(c, "greedy\n");
	client_write(c, flood, 1000000);
	free(flood);
	assert_true(client_ended(c));
	assert_int_equal(rig_stats().refused[NET_REFUSED_INPUT], 1);
	client_close(&c);
}

/* ---- output ---- */

static void
a_large_answer_is_written_as_it_drains(void **state)
{
	size_t want = 20 * 1024 * 1024, got = 0;
	struct client *c;
	char piece[4096];

	config.out_queue = 2 * PIECE;
	c = start();
	client_puts(c, "big 20971520\n");
	while (got < want + 6) {
		size_t n = client_read(c, piece, sizeof piece);

		assert_true(n > 0);
		got += n;
	}
	assert_int_equal(got, want + 6);
	assert_int_equal(drains, want / PIECE + 1);
	check_says(c, "after\n", "after");
	client_close(&c);
}

static void
parts_of_a_payload_are_sent_with_head_and_tail(void **state)
{
	struct client *c = start();
	struct http_call *call;

	client_puts(c, "call /\n");
	call = rig_http();
	rig_send(call->conn, "abcd", 1);
	assert_string_equal(client_line(c), "<abcd>bc");
	rig_answer(call);
	client_close(&c);
}

/* ---- peers ---- */

static void
a_proxy_may_say_for_whom_it_speaks(void **state)
{
	struct netaddr before, after;
	struct client *c = start(), *d;

	assert_true(netaddr_parse("127.0.0.1", &before) && netaddr_parse("203.0.113.7", &after));
	check_says(c, "proxy 192.0.2.77\n", "yes");
	check_says(c, "proxy 2001:db8::1\n", "yes");
	check_says(c, "proxy 127.0.0.1\n", "no");
	check_says(c, "proxy unix\n", "no");
	check_says(c, "proxy evil\n", "no");
	assert_int_equal(guests_count(&before), 1);
	check_says(c, "peer ::ffff:203.0.113.7\n", "203.0.113.7");
	assert_int_equal(guests_count(&before), 0);
	assert_int_equal(guests_count(&after), 1);
	check_says(c, "peer unknown\n", "refused");
	d = opened();
	client_puts(d, "peer 203.0.113.7\n");
	assert_string_equal(client_line(d), "203.0.113.7");
	client_close(&d);
	client_close(&c);
	assert_true(rig_until(rig_is_empty));
	assert_int_equal(guests_count(&after), 0);
}

static void
guests_behind_a_proxy_are_counted_where_they_are(void **state)
{
	struct client *c, *d;

	config.guests_per_address = 1;
	config.proxies = (const char *const[]){ "127.0.0.1", NULL };
	c = start();
	d = opened();
	check_says(c, "peer 203.0.113.7\n", "203.0.113.7");
	check_says(d, "peer 203.0.113.7\n", "refused");
	check_says(d, "peer 203.0.113.8\n", "203.0.113.8");
	client_close(&c);
	client_close(&d);
}

/* ---- ends ---- */

static void
closing_sends_what_is_pending_and_hears_no_more(void **state)
{
	struct client *c = start();

	client_puts(c, "one\nclose\ntwo\n");
	assert_string_equal(client_line(c), "one");
	check_gone(c);
}

static void
failing_is_closing(void **state)
{
	struct client *c = start();

	client_puts(c, "one\nfail\ntwo\n");
	assert_string_equal(client_line(c), "one");
	check_gone(c);
}

static void
dropping_sends_nothing(void **state)
{
	struct client *c = start();

	client_puts(c, "one\ndrop\ntwo\n");
	check_gone(c);
}

static void
the_end_of_input_is_told(void **state)
{
	struct client *c = start();

	shutdown(c->fd, SHUT_WR);
	assert_string_equal(client_line(c), "eof");
	check_gone(c);
}

static void
the_router_closes_with_a_goodbye(void **state)
{
	struct client *c = start();
	struct http_call *call;

	client_puts(c, "call /\n");
	call = rig_http();
	rig_close(call->conn, "last");
	assert_string_equal(client_line(c), "<last>as");
	assert_string_equal(client_line(c), "goodbye");
	rig_answer(call);
	assert_true(rig_closed() != 0);
	check_gone(c);
}

static void
a_deadline_may_be_put_off(void **state)
{
	struct client *c = start();

	check_says(c, "deadline 5\npatient\nready\n", "ready");
	rig_pass(6);
	assert_string_equal(client_line(c), "late");
	rig_pass(6);
	check_says(c, "still\n", "still");
	rig_pass(6);
	assert_string_equal(client_line(c), "late");
	check_gone(c);
}

static void
without_http_there_are_no_such_listeners(void **state)
{
	struct parley_error err = { 0 };

	config.http = NULL;
	assert_int_equal(rig_start(&config, &err), -1);
	assert_non_null(strstr(err.text, "needs HTTP"));
	config.http = &toy;
	assert_int_equal(rig_start(&config, &err), 0);
}

#define FRONT_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		FRONT_TEST(a_pause_holds_back_what_follows_until_the_answer),
		FRONT_TEST(an_answer_to_one_who_has_left_is_freed),
		FRONT_TEST(a_switch_hands_the_rest_to_the_next_front_end),
		FRONT_TEST(input_that_nobody_takes_is_bounded),
		FRONT_TEST(a_large_answer_is_written_as_it_drains),
		FRONT_TEST(parts_of_a_payload_are_sent_with_head_and_tail),
		FRONT_TEST(a_proxy_may_say_for_whom_it_speaks),
		FRONT_TEST(guests_behind_a_proxy_are_counted_where_they_are),
		FRONT_TEST(closing_sends_what_is_pending_and_hears_no_more),
		FRONT_TEST(failing_is_closing),
		FRONT_TEST(dropping_sends_nothing),
		FRONT_TEST(the_end_of_input_is_told),
		FRONT_TEST(the_router_closes_with_a_goodbye),
		FRONT_TEST(a_deadline_may_be_put_off),
		FRONT_TEST(without_http_there_are_no_such_listeners),
	};

	return cmocka_run_group_tests_name("front", tests, NULL, NULL);
}
