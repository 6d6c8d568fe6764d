/* SPDX-License-Identifier: MIT */
/* test_net_life.c - how connections end: asked to, in time, too late, or in the middle of anything.
 */
#include "support/test.h"

#include "base/xalloc.h"
#include "net/payload.h"
#include "support/client.h"
#include "support/rig.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- ends ---- */

static void
the_router_closes_with_a_last_word(void **state)
{
	struct client *c;
	conn_id id;

	rig_up();
	c = rig_guest(NULL);
	id = rig_known(c);
	rig_close(id, "{\"type\":\"bye\"}");
	assert_string_equal(client_line(c), "{\"type\":\"bye\"}");
	assert_null(client_line(c));
	assert_int_equal(SSL_get_shutdown(c->ssl), SSL_RECEIVED_SHUTDOWN);
	assert_true(rig_closed() == id);
	client_close(&c);
	assert_true(rig_until(rig_is_empty));
}

static void
the_router_is_told_once_when_a_client_leaves(void **state)
{
	struct client *c, *other;
	conn_id id, second;

	rig_up();
	c = rig_guest(NULL);
	id = rig_known(c);
	client_close(&c);
	assert_true(rig_closed() == id);
	other = rig_guest(NULL);
	second = rig_known(other);
	client_abort(&other);
	assert_true(rig_closed() == second);
}

static void
what_was_asked_before_leaving_is_answered(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	client_puts(c, "{\"type\":\"ping\",\"id\":\"z\"}\n");
	SSL_shutdown(c->ssl);
	assert_string_equal(client_line(c), "{\"type\":\"pong\",\"id\":\"z\"}");
	client_close(&c);
}

static void
stopping_ends_everything(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	rig_known(c);
	rig_stop();
	assert_true(client_ended(c));
	client_close(&c);
	rig_up(); /* and it can be started again, for the teardown to stop */
}

/* ---- deadlines ---- */

static void
t06_logging_in_has_an_absolute_deadline(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	rig_pass(25);
	rig_synced(c);
	rig_pass(6);
	assert_non_null(
	    strstr(client_line(c), "\"code\":\"limit\",\"text\":\"not logged in within 30"));
	assert_null(client_line(c));
	assert_int_equal(rig_stats().refused[NET_REFUSED_DEADLINE], 1);
	client_close(&c);
}

static void
t06_the_handshake_has_a_deadline(void **state)
{
	static const struct client_options plain = { .plain = true };
	struct client *c;
	char byte;

	rig_up();
	c = client_open(net_port(0), &plain);
	client_write(c, "\x16\x03\x01", 3); /* the beginning of a ClientHello */
	rig_pass(11);
	assert_int_equal(client_read(c, &byte, 1), 0);
	assert_int_equal(rig_stats().refused[NET_REFUSED_DEADLINE], 1);
	client_close(&c);
}

static void
a_user_who_is_silent_too_long_is_told_and_closed(void **state)
{
	struct client *c;
	conn_id id;

	rig_up();
	c = rig_guest(NULL);
	id = rig_user(c);
	rig_pass(290);
	rig_synced(c);
	rig_pass(290);
	rig_synced(c);
	rig_pass(301);
	assert_non_null(strstr(client_line(c), "nothing heard for 300 seconds"));
	assert_null(client_line(c));
	assert_true(rig_closed() == id);
	assert_int_equal(rig_stats().refused[NET_REFUSED_IDLE], 1);
	client_close(&c);
}

static void
a_peer_that_never_closes_does_not_stay(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	rig_close(rig_known(c), NULL);
	rig_closed();
	rig_pass(3);
	assert_true(rig_until(rig_is_empty));
	client_close(&c);
}

static void
a_user_whose_request_takes_long_is_not_idle(void **state)
{
	struct client *c;
	struct stanza *s;

	rig_settings.window = 1;
	rig_up();
	c = rig_guest(NULL);
	rig_user(c);
	client_puts(c, "{\"type\":\"ack\",\"count\":1}\n");
	s = rig_stanza();
	rig_pass(301);
	rig_send(s->conn, "{\"still\":\"there\"}", 1);
	assert_string_equal(client_line(c), "{\"still\":\"there\"}");
	rig_pass(301);
	rig_free(s);
	rig_synced(c);
	client_close(&c);
}

/* ---- all at once ---- */

#define VISITORS 4
#define VISITS   120

/* What the router does with the visitors: it answers, lets in, and throws out, as the count says.
 */
static char *
receive_visitor(const struct stanza *s)
{
	int64_t count = parley_json_int(parley_json_get(s->root, "count"), 0);

	if (count % 3 == 0)
		link_live(s->conn);
	if (s->fatal || count % 4 == 1)
		link_close(s->conn, NULL);
	return xstrdup("{\"type\":\"result\"}");
}

/* Leaves in the middle of whatever step says. */
static void
visit(unsigned step, unsigned count)
{
	static const struct client_options plain = { .plain = true };
	struct client *c = client_open(net_port(0), step < 2 ? &plain : NULL);
	char frame[60];

	snprintf(frame, sizeof frame, "{\"type\":\"ack\",\"count\":%u}\n", count);
	if (step == 1)
		client_write(c, "\x16\x03\x01\x02\x00\x01\x00", 7);
	if (step >= 3)
		client_line(c);
	if (step == 3)
		client_write(c, frame, 7);
	if (step >= 4)
		client_puts(c, frame);
	if (step >= 5)
		client_line(c);
	if (step == 6)
		client_puts(c, "what?\n");
	if (step == 7)
		client_close(&c);
	else
		client_abort(&c);
}

static void *
visitor(void *arg)
{
	unsigned count = *(unsigned *)arg;

	for (unsigned i = 0; i < VISITS; i++) {
		count = count * 1103515245 + 12345; /* the same steps in every run */
		visit((count >> 16) % 8, (count >> 8) % 1000);
	}
	return NULL;
}

/* Some may have left before they were let in. */
static bool
all_came_and_went(const struct net_stats *s)
{
	return s->accepted == VISITORS * VISITS && rig_is_empty(s);
}

static void
t07_visitors_who_leave_at_any_moment_leave_nothing_behind(void **state)
{
	unsigned seeds[VISITORS] = { 1, 2, 3, 4 };
	pthread_t threads[VISITORS];
	struct net_stats stats;

	rig_settings.window = 1;
	rig_up();
	rig_answer_with(receive_visitor);
	for (int i = 0; i < VISITORS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, visitor, &seeds[i]), 0);
	for (int i = 0; i < VISITORS; i++)
		pthread_join(threads[i], NULL);
	assert_true(rig_until(all_came_and_went));
	stats = rig_stats();
	assert_int_equal(stats.guests, 0);
	assert_int_equal(stats.refused[NET_REFUSED_DEADLINE], 0);
}

/* ---- results that wait for company ---- */

static void
expect_many(void *arg)
{
	net_expect(1);
}

/* Longer than any result rests. */
static void
expect_slow(void *arg)
{
	net_expect(1000);
}

static void
expect_few(void *arg)
{
	net_expect(0);
}

/* A result that may wait, alone or with more behind it. */
static void
send_patient(void *arg)
{
	struct parley_text text = { 0 };
	struct parley_payload *p;
	const conn_id *to = arg;

	parley_text_puts(&text, "{\"n\":1}");
	p = parley_payload_new(&text);
	p->patient = true;
	link_send(*to, p);
	parley_payload_unref(&p);
}

static void
what_may_wait_arrives_all_the_same(void **state)
{
	struct client *c;
	conn_id id;

	rig_up();
	c = rig_guest(NULL);
	id = rig_user(c);
	for (int i = 0; i < 20; i++) {
		rig_call(i % 2 == 0 ? expect_many : expect_few, NULL);
		rig_call(send_patient, &id);
		if (i % 3 == 0)
			rig_call(send_patient, &id);
		if (i % 5 == 0)
			rig_send(id, "{\"n\":2}", 1);
		assert_string_equal(client_line(c), "{\"n\":1}");
		if (i % 3 == 0)
			assert_string_equal(client_line(c), "{\"n\":1}");
		if (i % 5 == 0)
			assert_string_equal(client_line(c), "{\"n\":2}");
	}
	client_close(&c);
}

static void
many_that_may_wait_arrive_all(void **state)
{
	struct client *c;
	conn_id id;

	rig_up();
	c = rig_guest(NULL);
	id = rig_user(c);
	rig_call(expect_slow, NULL);
	for (int i = 0; i < 300; i++)
		rig_call(send_patient, &id);
	for (int i = 0; i < 300; i++)
		assert_string_equal(client_line(c), "{\"n\":1}");
	client_close(&c);
}

static void
who_waits_may_go(void **state)
{
	struct client *clients[100];
	conn_id id;

	rig_settings.guests_per_address = 200;
	rig_up();
	rig_call(expect_many, NULL);
	for (int i = 0; i < 100; i++) {
		clients[i] = rig_guest(NULL);
		id = rig_user(clients[i]);
		rig_call(send_patient, &id);
		if (i % 4 == 0)
			rig_close(id, NULL);
		if (i % 4 == 1)
			client_close(&clients[i]);
	}
	rig_call(expect_few, NULL);
	for (int i = 0; i < 100; i++) {
		if (clients[i] == NULL)
			continue;
		assert_string_equal(client_line(clients[i]), "{\"n\":1}");
		client_close(&clients[i]);
	}
	assert_true(rig_until(rig_is_empty));
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(the_router_closes_with_a_last_word),
		NET_TEST(the_router_is_told_once_when_a_client_leaves),
		NET_TEST(what_was_asked_before_leaving_is_answered),
		NET_TEST(stopping_ends_everything),
		NET_TEST(t06_logging_in_has_an_absolute_deadline),
		NET_TEST(t06_the_handshake_has_a_deadline),
		NET_TEST(a_user_who_is_silent_too_long_is_told_and_closed),
		NET_TEST(a_peer_that_never_closes_does_not_stay),
		NET_TEST(a_user_whose_request_takes_long_is_not_idle),
		NET_TEST(t07_visitors_who_leave_at_any_moment_leave_nothing_behind),
		NET_TEST(what_may_wait_arrives_all_the_same),
		NET_TEST(many_that_may_wait_arrive_all),
		NET_TEST(who_waits_may_go),
	};

	int failed = cmocka_run_group_tests_name("net_life", tests, NULL, NULL);

	rig_on_router(true);
	return failed + cmocka_run_group_tests_name("net_life_on_router", tests, NULL, NULL);
}
