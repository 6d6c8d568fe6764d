/* SPDX-License-Identifier: MIT */
/* runtime.h - what the files of the runtime share: a task is a fiber with a scope, something that
 * it waits for, and a place in the queue of those that may run. Router thread only. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include "runtime/fiber.h"
#include "runtime/task.h"

#include <event2/event_struct.h>
#include <parley/error.h>

/* One for each fiber, and as long-lived as its stack. */
struct task {
	struct fiber *fiber;
	void (*fn)(void *arg);
	void *arg;
	struct scope *scope;
	struct task *scope_before, *scope_after;
	struct task *ready_after;
	struct task_context context;

	bool waiting;      /* cleared by the first reason to wake up */
	unsigned shielded; /* calls of parley_shield(true) */
	bool timer_made;
	int wake_rc;
	const char *wait_why;       /* static, for the dump */
	struct parley_event *event; /* what it waits for, */
	struct work *job;           /* if not for that */
	struct event timer;

	unsigned noawait, tickets; /* open parley_noawait_begin; tickets on its own stack */
	int64_t born; /* when it first ran; 0 until then */
};

struct runtime {
	struct loop *loop;
	struct task *tasks; /* by number of the fiber */
	struct task *ready, **ready_end;
	bool turning; /* inside runtime_run, which looks at the queue again by itself */
	struct timer *trim;
	uint64_t spawned, refused;
};
extern struct runtime runtime;

/* task.c */

/* The task that runs on this thread, or NULL. Any thread. */
struct task *task_self(void);
/* Its name, for the watchdog; NULL on the bare loop. Any thread. */
const char *task_running_name(void);

/* The running task, which is about to suspend: aborts on the bare loop, and where awaiting is
 * forbidden. */
struct task *task_awaiting(void);

/* True when an await of t has to return PARLEY_CANCELED. */
bool task_is_canceled(const struct task *t);

/* Suspends t, which runs, until task_wake, and returns the rc given there. why is static. */
int task_wait(struct task *t, const char *why);

/* Lets t go on at the next runtime_run. Only the first call after task_wait counts. */
void task_wake(struct task *t, int rc);

/* Wakes t with PARLEY_CANCELED, unless it is shielded or its job runs already. */
void task_cancel(struct task *t);

/* Runs what is ready, up to a bound that lets the loop have its turn. */
void tasks_run(void);

/* scope.c */

void scope_add(struct scope *s, struct task *t);
void scope_remove(struct task *t);
bool scope_is_canceled(const struct scope *s);

/* await.c: parley_await_event under another name in the dump. */
int await_event(struct parley_event *event, int timeout_ms, const char *why);

/* Something came up outside runtime_run: let the loop call it. */
static inline void
runtime_want_run(void)
{
	if (!runtime.turning)
		loop_want_drain(runtime.loop);
}

#endif
