/* SPDX-License-Identifier: MIT */
/* await.h - time and order for module code, which runs on fibers of the router thread.
 *
 * Every handler may suspend, and does so only in functions named await_* and in the store, account
 * and request calls that say so. After each of them the world may have changed: look sessions,
 * rooms and settings up again. Router thread only, unless said otherwise.
 *
 * A suspended fiber can be cancelled (its session or module goes away, the node stops). Nothing is
 * unwound: the await returns PARLEY_CANCELED, and so does every later one; release what you hold
 * and return. */
#ifndef PARLEY_AWAIT_H
#define PARLEY_AWAIT_H

#include <parley/api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PARLEY_CANCELED = -125, PARLEY_TIMEDOUT = -110, PARLEY_AGAIN = -11 };

/* Runs fn(arg) on a worker thread and waits for it. For what blocks or needs over 2 ms of CPU. fn
 * touches nothing but arg, which may lie on the caller's stack. Returns 0 when fn ran,
 * PARLEY_CANCELED when it has not run and never will, PARLEY_AGAIN when the worker queue is full
 * (answer "busy"). */
PARLEY_API int parley_await_work(void (*fn)(void *arg), void *arg);

/* Returns 0 after ms milliseconds, or PARLEY_CANCELED. */
PARLEY_API int parley_await_sleep(int ms);

/* Something that happens once and that at most one fiber waits for. Starts as { 0 }; the owner
 * keeps it alive while a fiber waits. */
struct parley_event {
	struct task *waiter;
	void (*then)(struct parley_event *event); /* the core's: called instead; no await */
	int rc;
	bool set;
};

/* Waits until the event is set and returns its rc (0 or more by convention), or PARLEY_TIMEDOUT
 * after timeout_ms (negative: no timeout), or PARLEY_CANCELED. Returns at once when it is set. */
PARLEY_API int parley_await_event(struct parley_event *event, int timeout_ms);

/* Sets the event; the first call wins. Never suspends. */
PARLEY_API void parley_event_set(struct parley_event *event, int rc);

/* A lane is a first-come-first-served order that fibers keep while they work side by side. Both
 * start as { 0 }; a ticket must not move and its lane must outlive it. */
struct parley_ticket {
	struct parley_ticket *prev, *next;
	struct parley_lane *lane;
	struct parley_event turn;
};
struct parley_lane {
	struct parley_ticket *head, *tail;
};

/* Takes the next number. Never suspends. */
PARLEY_API void parley_lane_join(struct parley_lane *lane, struct parley_ticket *ticket);

/* Waits until every earlier ticket has left. 0 or PARLEY_CANCELED. */
PARLEY_API int parley_await_turn(struct parley_ticket *ticket);

/* Gives the number back, at any time, also before its turn. Twice is harmless. */
PARLEY_API void parley_lane_leave(struct parley_ticket *ticket);

/* From here to on == false cancellation does not reach this fiber: for what must not stop half
 * way, such as "archived implies delivered". Calls nest. */
PARLEY_API void parley_shield(bool on);

/* Starts fn(arg) on a fiber of its own, which belongs to the module of the running fiber and ends
 * before that module is unloaded. name is static. The fiber starts after the caller suspends or
 * ends. 0, or PARLEY_AGAIN when no fiber is free. */
PARLEY_API int parley_spawn(const char *name, void (*fn)(void *arg), void *arg);

/* Between these two, an await on this fiber is a bug and aborts. They nest. Use them around the
 * walk over a container that other fibers may change. */
PARLEY_API void parley_noawait_begin(void);
PARLEY_API void parley_noawait_end(void);

/* Milliseconds since 1970, and milliseconds that never jump. Any thread. Tests can set both. */
PARLEY_API int64_t parley_now(void);
PARLEY_API int64_t parley_monotonic(void);

#endif
