/* SPDX-License-Identifier: MIT */
/* test_order.c - many sessions write to few chats, several messages at once each, while jobs take
 * random times, some waits time out and some sessions go away: what is archived is delivered, once,
 * in one order per chat, which keeps the order of each sender. */
#include "support/test.h"

#include "support/router.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { SESSIONS = 40, CHATS = 4, MESSAGES = 100, IN_FLIGHT = 8 };

struct chat {
	struct parley_lane delivery;
	int archived, delivered;
};

struct session {
	struct scope scope;
	struct parley_lane arrival;
	struct chat *chat;
	int id, sent, in_flight, last_archived, last_delivered;
};

struct message {
	struct session *from;
	int number;
};

/* One append to the archive; a thread commits all that it finds at once. */
struct append {
	struct append *next;
	struct event_post committed;
	struct parley_event done;
	int seq;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct append *first, **end;
	bool stop;
	pthread_t thread;
} archive = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER };

static struct chat chats[CHATS];
static struct session sessions[SESSIONS];
static int archived, delivered, canceled, timed_out;

static void
spend_microseconds(long us)
{
	struct timespec t = { 0, us * 1000 };

	nanosleep(&t, NULL);
}

static void *
commit_in_groups(void *arg)
{
	pthread_mutex_lock(&archive.lock);
	for (;;) {
		struct append *group, *next;

		while (archive.first == NULL && !archive.stop)
			pthread_cond_wait(&archive.more, &archive.lock);
		group = archive.first;
		if (group == NULL)
			break;
		archive.first = NULL;
		archive.end = &archive.first;
		pthread_mutex_unlock(&archive.lock);
		spend_microseconds(300);
		for (; group != NULL; group = next) {
			next = group->next;
			event_post(&group->committed, &group->done, 0);
		}
		pthread_mutex_lock(&archive.lock);
	}
	pthread_mutex_unlock(&archive.lock);
	return NULL;
}

static void
archive_start(void)
{
	archive.first = NULL;
	archive.end = &archive.first;
	archive.stop = false;
	pthread_create(&archive.thread, NULL, commit_in_groups, NULL);
}

static void
archive_stop(void)
{
	pthread_mutex_lock(&archive.lock);
	archive.stop = true;
	pthread_cond_signal(&archive.more);
	pthread_mutex_unlock(&archive.lock);
	pthread_join(archive.thread, NULL);
}

static void
archive_put(struct append *a)
{
	pthread_mutex_lock(&archive.lock);
	*archive.end = a;
	archive.end = &a->next;
	pthread_cond_signal(&archive.more);
	pthread_mutex_unlock(&archive.lock);
}

static void
check_permission(void *arg)
{
	unsigned *seed = arg;

	if (*seed % 3 == 0)
		spend_microseconds(*seed % 200);
	*seed = *seed * 1103515245 + 12345;
}

/* Everything that may fail: 0 when the message may be archived, and it is its turn. */
static int
admit(struct session *s, int number, struct parley_ticket *arrival)
{
	unsigned seed = (unsigned)(s->id * 7919 + number * 31);
	struct parley_event never = { 0 };
	int rc = parley_await_work(check_permission, &seed);

	if (rc == 0 && number % 10 == 3) {
		rc = parley_await_event(&never, 1);
		if (rc == PARLEY_TIMEDOUT) {
			timed_out++;
			rc = 0;
		}
	}
	if (rc == 0)
		rc = parley_await_turn(arrival);
	return rc;
}

/* From here on the message stays, whatever becomes of its sender. */
static void
archive_and_deliver(struct session *s, int number, struct parley_ticket *arrival)
{
	struct chat *c = s->chat;
	struct append a = { .seq = ++c->archived };
	struct parley_ticket delivery;

	assert_true(number > s->last_archived);
	s->last_archived = number;
	archived++;
	parley_shield(true);
	archive_put(&a);
	parley_lane_join(&c->delivery, &delivery);
	parley_lane_leave(arrival);
	assert_int_equal(parley_await_event(&a.done, -1), 0);
	if (number % 7 == 0)
		parley_await_sleep(1); /* somebody waits between commit and delivery */
	assert_int_equal(parley_await_turn(&delivery), 0);
	assert_int_equal(a.seq, c->delivered + 1);
	assert_true(number > s->last_delivered);
	c->delivered = a.seq;
	s->last_delivered = number;
	delivered++;
	parley_lane_leave(&delivery);
}

static void
on_message(void *arg)
{
	struct message m = *(struct message *)arg;
	struct parley_ticket arrival;

	free(arg);
	parley_lane_join(&m.from->arrival, &arrival);
	if (admit(m.from, m.number, &arrival) == 0) {
		archive_and_deliver(m.from, m.number, &arrival);
	} else {
		canceled++;
		parley_lane_leave(&arrival);
	}
	m.from->in_flight--;
}

/* Stands for the session's socket, which is read while fewer than IN_FLIGHT are on the way. */
static void
send_more(struct session *s)
{
	while (s->sent < MESSAGES && s->in_flight < IN_FLIGHT && !s->scope.canceled) {
		struct message *m = malloc(sizeof *m);

		assert_non_null(m);
		*m = (struct message){ s, s->sent + 1 };
		if (task_spawn(&s->scope, "message", on_message, m) != 0) {
			free(m);
			return;
		}
		s->sent++;
		s->in_flight++;
	}
}

static bool
all_sent(void)
{
	for (int i = 0; i < SESSIONS; i++)
		if (sessions[i].in_flight > 0 ||
		    (sessions[i].sent < MESSAGES && !sessions[i].scope.canceled))
			return false;
	return true;
}

static void
sessions_open(struct scope *node)
{
	archived = delivered = canceled = timed_out = 0;
	for (int i = 0; i < CHATS; i++)
		chats[i] = (struct chat){ 0 };
	for (int i = 0; i < SESSIONS; i++) {
		sessions[i] = (struct session){ .id = i, .chat = &chats[i % CHATS] };
		scope_open(&sessions[i].scope, node);
	}
}

static void
sessions_close(void)
{
	for (int i = 0; i < SESSIONS; i++)
		scope_close(&sessions[i].scope);
}

/* Stops after so many rounds, at the latest when all is sent; five sessions go away in round 20. */
static void
talk(int rounds)
{
	for (int round = 1; round <= rounds && !all_sent(); round++) {
		for (int i = 0; i < SESSIONS; i++)
			send_more(&sessions[i]);
		if (round == 20)
			for (int i = 0; i < 5; i++)
				scope_cancel(&sessions[i * 7].scope);
		parley_await_sleep(1);
	}
}

static void
talk_to_the_end(struct router *r)
{
	archive_start();
	sessions_open(&r->others);
	talk(100000);
	archive_stop();
	sessions_close();
	assert_int_equal(archived, delivered);
	assert_true(archived + canceled <= SESSIONS * MESSAGES);
	assert_true(archived >= (SESSIONS - 5) * MESSAGES);
	assert_true(timed_out > 0);
}

static const struct runtime_config config = { .fibers = 400, .workers = 3, .worker_queue = 400 };

static void
what_is_archived_is_delivered_in_order(void **state)
{
	router_run(&config, talk_to_the_end);
}

static void
shut_down_while_talking(struct router *r)
{
	archive_start();
	sessions_open(&r->others);
	talk(12);
	assert_true(r->others.count > 0);
	scope_cancel(&r->others);
	assert_int_equal(await_scope_idle(&r->others, 60000), 0);
	archive_stop();
	sessions_close();
	assert_int_equal(archived, delivered);
}

static void
a_shutdown_loses_nothing_that_is_archived(void **state)
{
	router_run(&config, shut_down_while_talking);
}

static const struct runtime_config scarce = { .fibers = 50, .workers = 1, .worker_queue = 400 };

static void
a_lack_of_fibers_only_delays(void **state)
{
	router_run(&scarce, talk_to_the_end);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_archived_is_delivered_in_order),
		cmocka_unit_test(a_shutdown_loses_nothing_that_is_archived),
		cmocka_unit_test(a_lack_of_fibers_only_delays),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
