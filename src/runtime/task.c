/* SPDX-License-Identifier: MIT */
/* task.c - starts fibers, runs those that may go on, and stops those that wait. */
#include "runtime/runtime.h"
#include "runtime/workers.h"

#include <stdatomic.h>
#include <stddef.h>

/* After so many the loop looks at its sockets and posts again. */
enum { RUN_BOUND = 256 };

/* A fiber stays on its thread, so this and the address of errno survive suspension. */
#define THREAD_LOCAL _Thread_local __attribute__((tls_model("initial-exec")))

static THREAD_LOCAL struct task *running;
static THREAD_LOCAL struct task_context *context;
static THREAD_LOCAL struct task_context blank;
static _Atomic(const char *) running_name;

struct task *
task_self(void)
{
	return running;
}

bool
task_here(void)
{
	return running != NULL;
}

const char *
task_running_name(void)
{
	return atomic_load_explicit(&running_name, memory_order_relaxed);
}

struct task_context *
task_context(void)
{
	return context != NULL ? context : &blank;
}

void
task_context_set(struct task_context *c)
{
	context = c;
}

struct task *
task_awaiting(void)
{
	struct task *t = running;

	parley_assert(t != NULL);
	parley_assert(t->noawait == 0);
	return t;
}

bool
task_is_canceled(const struct task *t)
{
	return t->shielded == 0 && scope_is_canceled(t->scope);
}

static void
make_ready(struct task *t)
{
	t->ready_after = NULL;
	*runtime.ready_end = t;
	runtime.ready_end = &t->ready_after;
	runtime_want_run();
}

static struct task *
take_ready(void)
{
	struct task *t = runtime.ready;

	runtime.ready = t->ready_after;
	if (runtime.ready == NULL)
		runtime.ready_end = &runtime.ready;
	return t;
}

int
task_wait(struct task *t, const char *why)
{
	t->wait_why = why;
	t->waiting = true;
	fiber_suspend();
	return t->wake_rc;
}

/* The event is forgotten here and not by the fiber: its owner may free it once it is set. */
void
task_wake(struct task *t, int rc)
{
	if (!t->waiting)
		return;
	t->waiting = false;
	t->wake_rc = rc;
	if (t->event != NULL)
		t->event->waiter = NULL;
	t->event = NULL;
	make_ready(t);
}

void
task_cancel(struct task *t)
{
	if (t->shielded > 0 || !t->waiting)
		return;
	if (t->job != NULL && !workers_withdraw(t->job))
		return;
	task_wake(t, PARLEY_CANCELED);
}

static void
task_main(void *arg)
{
	struct task *t = running;

	t->fn(t->arg);
	parley_assert(t->noawait == 0);
	parley_assert(t->tickets == 0); /* still in a lane, and about to vanish */
	scope_remove(t);
}

static int
spawn(struct scope *s, const char *name, void (*fn)(void *arg), void *arg, bool reserved)
{
	struct fiber *f;
	struct task *t;

	assert_router();
	f = fiber_take(name, task_main, NULL, reserved);
	if (f == NULL) {
		runtime.refused++;
		return PARLEY_AGAIN;
	}
	t = &runtime.tasks[fiber_number(f)];
	t->fiber = f;
	t->fn = fn;
	t->arg = arg;
	t->context = (struct task_context){ 0 };
	t->shielded = 0;
	t->wait_why = "its start";
	t->born = 0;
	scope_add(s, t);
	make_ready(t);
	runtime.spawned++;
	return 0;
}

int
task_spawn(struct scope *s, const char *name, void (*fn)(void *arg), void *arg)
{
	return spawn(s, name, fn, arg, false);
}

void
task_spawn_reserved(struct scope *s, const char *name, void (*fn)(void *arg), void *arg)
{
	int rc = spawn(s, name, fn, arg, true);

	parley_assert(rc == 0);
}

void
task_yield(void)
{
	make_ready(task_awaiting());
	fiber_suspend();
}

/* The stanza's id belongs to the fiber that handles it, which may end before the new one. */
int
parley_spawn(const char *name, void (*fn)(void *arg), void *arg)
{
	struct task *parent = running;
	struct task *child;
	struct scope *s;
	int rc;

	parley_assert(parent != NULL);
	s = parent->context.scope != NULL ? parent->context.scope : parent->scope;
	rc = task_spawn(s, name, fn, arg);
	if (rc != 0)
		return rc;
	child = s->first;
	child->context.module = parent->context.module;
	child->context.session = parent->context.session;
	return 0;
}

/* now: as tasks_run keeps it, 0 until one look at the clock serves for all that begin. */
static void
run(struct task *t, int64_t *now)
{
	if (t->born == 0) {
		*now = *now != 0 ? *now : parley_monotonic();
		t->born = *now;
	}
	running = t;
	context = &t->context;
	atomic_store_explicit(&running_name, fiber_name(t->fiber), memory_order_relaxed);
	fiber_resume(t->fiber);
}

void
tasks_run(void)
{
	int64_t now = 0;

	for (unsigned done = 0; done < RUN_BOUND && runtime.ready != NULL; done++)
		run(take_ready(), &now);
	running = NULL;
	context = NULL;
	atomic_store_explicit(&running_name, NULL, memory_order_relaxed);
}

void
parley_shield(bool on)
{
	parley_assert(running != NULL);
	parley_assert(on || running->shielded > 0);
	running->shielded = on ? running->shielded + 1 : running->shielded - 1;
}

void
parley_noawait_begin(void)
{
	if (running != NULL)
		running->noawait++;
}

void
parley_noawait_end(void)
{
	if (running == NULL)
		return;
	parley_assert(running->noawait > 0);
	running->noawait--;
}
