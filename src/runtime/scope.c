/* SPDX-License-Identifier: MIT */
/* scope.c - groups of fibers that are cancelled, and waited for, together. */
#include "runtime/runtime.h"

#include <stddef.h>

void
scope_open(struct scope *s, struct scope *parent)
{
	assert_router();
	*s = (struct scope){ .parent = parent };
	if (parent == NULL)
		return;
	s->after = parent->child;
	if (s->after != NULL)
		s->after->before = s;
	parent->child = s;
}

void
scope_close(struct scope *s)
{
	assert_router();
	parley_assert(s->count == 0 && s->child == NULL && s->idle == NULL);
	if (s->before != NULL)
		s->before->after = s->after;
	else if (s->parent != NULL)
		s->parent->child = s->after;
	if (s->after != NULL)
		s->after->before = s->before;
	*s = (struct scope){ 0 };
}

bool
scope_is_canceled(const struct scope *s)
{
	for (; s != NULL; s = s->parent)
		if (s->canceled)
			return true;
	return false;
}

void
scope_cancel(struct scope *s)
{
	assert_router();
	s->canceled = true;
	for (struct task *t = s->first; t != NULL; t = t->scope_after)
		task_cancel(t);
	for (struct scope *below = s->child; below != NULL; below = below->after)
		scope_cancel(below);
}

void
scope_hold(struct scope *s)
{
	assert_router();
	for (; s != NULL; s = s->parent)
		s->count++;
}

void
scope_release(struct scope *s)
{
	assert_router();
	for (; s != NULL; s = s->parent) {
		parley_assert(s->count > 0);
		if (--s->count == 0 && s->idle != NULL)
			parley_event_set(s->idle, 0);
	}
}

void
scope_add(struct scope *s, struct task *t)
{
	t->scope = s;
	t->scope_before = NULL;
	t->scope_after = s->first;
	if (s->first != NULL)
		s->first->scope_before = t;
	s->first = t;
	scope_hold(s);
}

void
scope_remove(struct task *t)
{
	struct scope *s = t->scope;

	if (t->scope_before != NULL)
		t->scope_before->scope_after = t->scope_after;
	else
		s->first = t->scope_after;
	if (t->scope_after != NULL)
		t->scope_after->scope_before = t->scope_before;
	t->scope = NULL;
	scope_release(s);
}

static bool
scope_contains(const struct scope *s, const struct task *t)
{
	for (const struct scope *of = t->scope; of != NULL; of = of->parent)
		if (of == s)
			return true;
	return false;
}

int
await_scope_idle(struct scope *s, int timeout_ms)
{
	struct task *t = task_awaiting();
	struct parley_event idle = { 0 };
	int rc;

	parley_assert(!scope_contains(s, t)); /* it would wait for itself */
	parley_assert(s->idle == NULL);
	if (s->count == 0)
		return task_is_canceled(t) ? PARLEY_CANCELED : 0;
	s->idle = &idle;
	rc = await_event(&idle, timeout_ms, "scope idle");
	s->idle = NULL;
	return rc;
}

struct scope *
scope_current(void)
{
	struct task *t = task_self();

	parley_assert(t != NULL);
	return t->scope;
}
