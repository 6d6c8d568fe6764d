/* SPDX-License-Identifier: MIT */
/* owner.h - the module behind a hook or method, as those who call it need to know it. Router
 * thread. */
#ifndef OWNER_H
#define OWNER_H

#include "runtime/task.h"

struct owner {
	const char *module;  /* its name, for log lines */
	void *self;          /* its state */
	struct scope *scope; /* what its handlers start belongs here; NULL: to who calls them */
};

/* Whose code the running fiber is in. */
static inline struct owner
owner_running(void)
{
	const struct task_context *context = task_context();

	return (struct owner){ .module = context->module, .scope = context->scope };
}

/* It enters this one's code, or goes back to what owner_running said before. */
static inline void
owner_enter(const struct owner *o)
{
	struct task_context *context = task_context();

	context->module = o->module;
	context->scope = o->scope;
}

#endif
