/* SPDX-License-Identifier: MIT */
/* test_loop.c - posts between threads arrive, in order, and wake the loop no more than they must.
 */
#include "support/test.h"

#include "runtime/loop.h"
#include "support/death.h"

#include <event2/event.h>
#include <pthread.h>

enum { SENDERS = 4, POSTS = 3000 };

struct numbered {
	struct post post;
	int sender, number;
};

struct sender {
	struct loop *loop;
	struct numbered posts[POSTS];
};

static int last_of[SENDERS];
static int received;
static struct loop *current;

static void
on_numbered(struct post *p)
{
	struct numbered *n = (struct numbered *)p;

	assert_int_equal(n->number, last_of[n->sender] + 1);
	last_of[n->sender] = n->number;
	if (++received == SENDERS * POSTS)
		loop_stop(current);
}

static void *
send_all(void *arg)
{
	struct sender *s = arg;

	for (int i = 0; i < POSTS; i++)
		loop_post(s->loop, &s->posts[i].post);
	return NULL;
}

static void
posts_of_each_sender_arrive_in_order(void **state)
{
	static struct sender senders[SENDERS];
	pthread_t threads[SENDERS];
	struct loop_stats stats;

	current = loop_new("test");
	for (int s = 0; s < SENDERS; s++) {
		senders[s].loop = current;
		for (int i = 0; i < POSTS; i++)
			senders[s].posts[i] = (struct numbered){
				.post.fn = on_numbered, .sender = s, .number = i + 1
			};
		pthread_create(&threads[s], NULL, send_all, &senders[s]);
	}
	loop_run(current, NULL, NULL);
	for (int s = 0; s < SENDERS; s++)
		pthread_join(threads[s], NULL);

	stats = loop_stats(current);
	assert_int_equal(stats.posts, SENDERS * POSTS + 1); /* and the one that stops */
	assert_in_range(stats.drains, 1, stats.wakes + 1);  /* the stop needs none */
	loop_free(&current);
	assert_null(current);
}

static int order[8], order_len;

static void
on_order(struct post *p)
{
	order[order_len++] = ((struct numbered *)p)->number;
}

static void
posts_before_the_stop_still_run(void **state)
{
	struct loop *l = loop_new("test");
	struct numbered posts[3];

	order_len = 0;
	for (int i = 0; i < 3; i++) {
		posts[i] = (struct numbered){ .post.fn = on_order, .number = i };
		loop_post(l, &posts[i].post);
	}
	loop_stop(l);
	loop_stop(l);
	loop_run(l, NULL, NULL);

	assert_int_equal(order_len, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(order[i], i);
	loop_free(&l);
}

static void
only_the_first_of_a_batch_wakes_the_loop(void **state)
{
	struct loop *l = loop_new("test");
	struct numbered posts[5];

	order_len = 0;
	for (int i = 0; i < 5; i++) {
		posts[i] = (struct numbered){ .post.fn = on_order, .number = i };
		loop_post(l, &posts[i].post);
	}
	assert_int_equal(loop_stats(l).wakes, 1);

	loop_drain(l);

	assert_int_equal(order_len, 5);
	assert_int_equal(loop_stats(l).drains, 1);
	assert_int_equal(loop_stats(l).posts, 5);
	loop_free(&l);
}

static void
a_chain_arrives_in_order_between_other_posts(void **state)
{
	struct loop *l = loop_new("test");
	struct numbered posts[6];

	order_len = 0;
	for (int i = 0; i < 6; i++)
		posts[i] = (struct numbered){ .post.fn = on_order, .number = i };
	posts[4].post.next = &posts[3].post;
	posts[3].post.next = &posts[2].post;
	loop_post(l, &posts[0].post);
	loop_post(l, &posts[1].post);
	loop_post_chain(l, &posts[4].post, &posts[2].post);
	loop_post(l, &posts[5].post);
	loop_drain(l);

	assert_int_equal(order_len, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(order[i], i);
	assert_int_equal(loop_stats(l).wakes, 1);
	loop_free(&l);
}

static void
a_stopped_loop_can_run_again(void **state)
{
	struct loop *l = loop_new("test");
	struct numbered post = { .post.fn = on_order, .number = 1 };

	order_len = 0;
	loop_stop(l);
	loop_run(l, NULL, NULL);
	assert_int_equal(order_len, 0);

	loop_post(l, &post.post);
	loop_stop(l);
	loop_run(l, NULL, NULL);
	assert_int_equal(order_len, 1);
	loop_free(&l);
}

static struct numbered hops[3];

static void
on_hop(struct post *p)
{
	int next = ((struct numbered *)p)->number + 1;

	order[order_len++] = next - 1;
	if (next < 3)
		loop_post(current, &hops[next].post);
	else
		loop_stop(current);
}

static void
a_thread_that_posts_to_itself_wakes_nobody(void **state)
{
	current = loop_new("test");
	order_len = 0;
	for (int i = 0; i < 3; i++)
		hops[i] = (struct numbered){ .post.fn = on_hop, .number = i };
	loop_post(current, &hops[0].post);
	loop_run(current, NULL, NULL);

	assert_int_equal(order_len, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(order[i], i);
	assert_int_equal(loop_stats(current).wakes, 1); /* the one before it ran */
	loop_free(&current);
}

static int rounds;

static void
want_three_rounds(void *arg)
{
	struct loop *l = arg;

	assert_true(loop_pulse(l) % 2 == 1);
	if (++rounds < 3)
		loop_want_drain(l);
	else
		loop_stop(l);
}

static void
who_wants_a_drain_gets_it_without_a_post(void **state)
{
	struct loop *l = loop_new("test");

	rounds = 0;
	loop_want_drain(l);
	loop_run(l, want_three_rounds, l);

	assert_int_equal(rounds, 4); /* the stop makes one more */
	assert_true(loop_pulse(l) % 2 == 0);
	loop_free(&l);
}

static int events;

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	events++;
}

static void
stop_after_an_event(void *arg)
{
	if (events > 0)
		loop_stop(arg);
}

static void
after_drain_follows_events_too(void **state)
{
	struct loop *l = loop_new("test");
	struct timeval now = { 0, 0 };

	events = 0;
	event_base_once(loop_base(l), -1, EV_TIMEOUT, on_event, NULL, &now);
	loop_run(l, stop_after_an_event, l);

	assert_int_equal(events, 1);
	loop_free(&l);
}

static void *
is_elsewhere(void *arg)
{
	struct loop *l = arg;

	return loop_is_here(l) ? l : NULL;
}

static void
a_loop_knows_its_thread(void **state)
{
	struct loop *l = loop_new("test");
	pthread_t thread;
	void *here;

	loop_assert(l);
	pthread_create(&thread, NULL, is_elsewhere, l);
	pthread_join(thread, &here);
	assert_null(here);
	loop_free(&l);
}

static void *
run_and_stop(void *arg)
{
	loop_stop(arg);
	loop_run(arg, NULL, NULL);
	return NULL;
}

static void
use_from_the_wrong_thread(void)
{
	struct loop *l = loop_new("test");
	pthread_t thread;

	pthread_create(&thread, NULL, run_and_stop, l);
	pthread_join(thread, NULL);
	loop_assert(l);
}

static void
the_wrong_thread_aborts(void **state)
{
	assert_dies(use_from_the_wrong_thread, "loop_is_here");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posts_of_each_sender_arrive_in_order),
		cmocka_unit_test(posts_before_the_stop_still_run),
		cmocka_unit_test(only_the_first_of_a_batch_wakes_the_loop),
		cmocka_unit_test(a_chain_arrives_in_order_between_other_posts),
		cmocka_unit_test(a_stopped_loop_can_run_again),
		cmocka_unit_test(a_thread_that_posts_to_itself_wakes_nobody),
		cmocka_unit_test(who_wants_a_drain_gets_it_without_a_post),
		cmocka_unit_test(after_drain_follows_events_too),
		cmocka_unit_test(a_loop_knows_its_thread),
		cmocka_unit_test(the_wrong_thread_aborts),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
