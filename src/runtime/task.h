/* SPDX-License-Identifier: MIT */
/* task.h - what the router thread runs: fibers with scopes, cancellation, events, timers, workers.
 * The module-facing half of the same thing is parley/await.h. Router thread unless said otherwise.
 */
#ifndef TASK_H
#define TASK_H

#include "base/clock.h"
#include "runtime/loop.h"

#include <parley/await.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A group of fibers that ends together: node > module > ..., node > session. Zeroed, then opened.
 */
struct scope {
	struct task *first;
	struct scope *parent, *child, *before, *after;
	unsigned count; /* fibers of this scope and of those below */
	bool canceled;
	struct parley_event *idle;
};

/* 0 anywhere: the default. */
struct runtime_config {
	unsigned fibers;  /* at most so many at once; 16,384, and never over 4,000 under TSan */
	unsigned workers; /* threads for await_work; 4 */
	unsigned worker_queue; /* jobs that may wait; more are refused with PARLEY_AGAIN; 1,024 */
	unsigned stall_ms;     /* the router's absence from its loop that is worth a warning; 50 */
};

/* Makes the router's runtime on the loop of the calling thread, and gives log lines the context of
 * the fiber. One at a time, after log_catch_crashes. 0 or -1 (errno). */
int runtime_start(struct loop *router, const struct runtime_config *config);
/* Waits for the jobs that are queued, calls their done, and frees everything but the loop; no
 * fiber may be left. */
void runtime_stop(void);

/* Runs what has become ready, hands jobs to the workers; the router's after_drain calls it. */
void runtime_run(void);

/* The router's loop; and an assertion that this is its thread. */
struct loop *runtime_loop(void);
void assert_router(void);

void scope_open(struct scope *s, struct scope *parent);
/* Every await of its fibers, and of the scopes below, returns PARLEY_CANCELED from now on. */
void scope_cancel(struct scope *s);
/* Waits until no fiber of it, or below it, is left: 0, PARLEY_TIMEDOUT or PARLEY_CANCELED. */
int await_scope_idle(struct scope *s, int timeout_ms);
/* Something goes on in the scope without a fiber: who waits until it is idle waits for this, too.
 */
void scope_hold(struct scope *s);
void scope_release(struct scope *s);
/* Takes the scope out of its parent; no fiber may be left in it. */
void scope_close(struct scope *s);
/* The scope of the running fiber. */
struct scope *scope_current(void);

/* Starts fn(arg) on a fiber, from the loop or from another fiber; it runs at the next
 * runtime_run, in the order of the calls. name is static. 0 or PARLEY_AGAIN (no fiber free: keep
 * it queued). In a cancelled scope it runs too, and its first await says so. */
int task_spawn(struct scope *s, const char *name, void (*fn)(void *arg), void *arg);

/* The same on the fiber that is kept in reserve, so it never fails: for one at a time, without
 * which those that have all the others might wait for ever. */
void task_spawn_reserved(struct scope *s, const char *name, void (*fn)(void *arg), void *arg);

/* On a fiber: lets everything run first that is ready by now. */
void task_yield(void);

/* True on a fiber, false on the bare loop. Any thread. */
bool task_here(void);

/* Context for log lines of the running fiber: borrowed strings, until the fiber ends or changes
 * them. Workers take over the context of the job's fiber. */
struct task_context {
	const char *module;
	const char *stanza; /* its id */
	uint64_t session;
	struct scope *scope; /* for parley_spawn; NULL: that of the fiber */
};
struct task_context *task_context(
    void); /* never NULL; on the bare loop a static one. Any thread. */

/* What task_context returns on this thread from now on, one of the workers; NULL: a blank one. */
void task_context_set(struct task_context *context);

/* The callback form, for the core's own hot paths: runs job->fn on a worker, then job->done on the
 * router. The caller keeps job until done. False when the queue is full, and nothing happens. */
struct work {
	struct post post;
	struct work *prev, *next;
	void (*fn)(void *arg);
	void (*done)(struct work *w);
	void *arg;
	struct task *waiter;
	struct task_context context;
	int state;
};
bool work_submit(struct work *w);

/* A timer on the router's loop that calls fn there, off any fiber. */
struct timer;
struct timer *timer_new(void (*fn)(void *arg), void *arg);
void timer_start(struct timer *t, int ms, bool repeat);
void timer_stop(struct timer *t);
void timer_free(struct timer **t);

/* Sets an event from any thread. post_r is memory for the trip and lives as long as the event. */
struct event_post {
	struct post post;
	struct parley_event *event;
	int rc;
};
void event_post(struct event_post *p, struct parley_event *e, int rc);

/* parleyctl debug fibers: name, age, what it waits for and the backtrace of each suspended fiber,
 * to fd: a file, for the router waits for it. From the loop or from a fiber. */
void runtime_dump(int fd);

struct runtime_stats {
	unsigned fibers_live, fibers_max, fibers_peak, jobs_queued, jobs_max, workers_busy;
	uint64_t spawned, jobs;
	uint64_t refused;              /* spawns and jobs answered with PARLEY_AGAIN */
	uint64_t stalls;               /* how often the router was away for over stall_ms */
	size_t stack_size, stack_peak; /* bytes; the deepest seen when stacks were last trimmed */
};
struct runtime_stats runtime_stats(void);

#endif
