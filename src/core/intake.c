/* SPDX-License-Identifier: MIT */
/* intake.c - work that waits for a free fiber, in order. */
#include "core/intake.h"

#include "base/xalloc.h"

#include <stdlib.h>

struct waiting {
	struct waiting *next;
	const char *name;
	void (*fn)(void *arg);
	void *arg;
};

static struct {
	struct scope *scope;
	struct waiting *head, **tail;
	unsigned count;
} I;

void
intake_start(struct scope *scope)
{
	I.scope = scope;
	I.head = NULL;
	I.tail = &I.head;
	I.count = 0;
}

static struct waiting *
intake_pop(void)
{
	struct waiting *w = I.head;

	I.head = w->next;
	if (I.head == NULL)
		I.tail = &I.head;
	I.count--;
	return w;
}

void
intake_stop(void)
{
	while (I.head != NULL)
		free(intake_pop());
}

void
intake_run(const char *name, void (*fn)(void *arg), void *arg)
{
	struct waiting *w;

	if (I.head == NULL && task_spawn(I.scope, name, fn, arg) == 0)
		return;
	w = xcalloc(1, sizeof *w);
	w->name = name;
	w->fn = fn;
	w->arg = arg;
	*I.tail = w;
	I.tail = &w->next;
	I.count++;
}

void
intake_retry(void)
{
	while (I.head != NULL && task_spawn(I.scope, I.head->name, I.head->fn, I.head->arg) == 0)
		free(intake_pop());
}

unsigned
intake_waiting(void)
{
	return I.count;
}
