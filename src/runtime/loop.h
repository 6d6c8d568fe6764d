/* SPDX-License-Identifier: MIT */
/* loop.h - one event loop per thread, and the only way to speak to another thread. */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event_base;
struct loop;

/* What is posted: embed it as the first member of what travels. */
struct post {
	struct post *next;
	void (*fn)(struct post *p); /* runs on the receiving thread, takes p */
};

/* New: a loop that belongs to the thread that will call loop_run. name is static. */
struct loop *loop_new(const char *name);
/* Forgets what is still queued: first join the senders and call loop_drain. */
void loop_free(struct loop **l);

/* Runs until loop_stop. after_drain (may be NULL) runs after each batch of posts and after each
 * round of events: where a thread sends out in one go what the round has gathered. */
void loop_run(struct loop *l, void (*after_drain)(void *arg), void *arg);

/* Any thread. Takes p. Order per sender is kept. Wakes the receiver only when its queue was empty,
 * and itself never: p runs later in the same round or in the next. */
void loop_post(struct loop *l, struct post *p);

/* The same for a chain: newest leads by next to the one posted before it, and so on to oldest. Any
 * thread. Takes them. */
void loop_post_chain(struct loop *l, struct post *newest, struct post *oldest);

/* Any thread. The loop returns from loop_run after the posts that are already queued. */
void loop_stop(struct loop *l);

/* Runs the posts that are queued now, without waiting: for the end, when loop_run has returned, or
 * for after_drain. The loop's own thread. */
void loop_drain(struct loop *l);

/* The libevent base, for events of this thread only (made with EVENT_BASE_FLAG_NOLOCK). */
struct event_base *loop_base(struct loop *l);

/* Makes after_drain run soon although nothing was posted: a timer or socket event made work.
 * The loop's own thread. */
void loop_want_drain(struct loop *l);

/* True when this round has found nothing to do: no event and no post. Within after_drain. */
bool loop_was_quiet(const struct loop *l);

/* Aborts unless called on the loop's thread. In release builds too. */
void loop_assert(const struct loop *l);
bool loop_is_here(const struct loop *l);

/* For the watchdog. loop_busy: an event callback that may take long says that the thread works now;
 * posts and after_drain do so by themselves. loop_pulse (any thread): odd while the thread works,
 * even while it waits, another number in every round. */
void loop_busy(struct loop *l);
uint64_t loop_pulse(const struct loop *l);

/* Statistics since start: posts received, batches they came in, wake-ups written by
 * senders to this loop. Any thread. */
struct loop_stats {
	uint64_t posts, drains, wakes;
};
struct loop_stats loop_stats(const struct loop *l);

#endif
