/* SPDX-License-Identifier: MIT */
/* roster.h - what the module roster offers others: the service "roster/1". Router thread. */
#ifndef PARLEY_ROSTER_H
#define PARLEY_ROSTER_H

#include <parley/module.h>

/* How viewer stands to another account. */
enum parley_relation {
	PARLEY_RELATION_NONE,
	PARLEY_RELATION_REQUESTED, /* viewer has asked to chat */
	PARLEY_RELATION_ASKS,      /* the other has asked viewer */
	PARLEY_RELATION_CONTACT,
	PARLEY_RELATION_BLOCKED,    /* viewer has blocked the other */
	PARLEY_RELATION_BLOCKED_BY, /* the other has blocked viewer, who must not be told */
	PARLEY_RELATION_SELF
};

struct parley_roster_1 {
	/* 0 with *out, or -1 with err when the store fails. Awaits when it is not in memory. */
	int (*relation)(void *self, const char *viewer, const char *other,
	    enum parley_relation *out, struct parley_error *err);

	/* Writes the object "person" of docs/protocol.md section 7 under key, as viewer sees other.
	 * Awaits. An account that no longer exists is written with its name alone. 0 or -1, then
	 * nothing is written. */
	int (*put_person)(void *self, struct parley_writer *w, const char *key, const char *viewer,
	    const char *other, struct parley_error *err);

	/* Calls fn for each contact of account, without awaiting in between. Awaits before the
	 * first call. 0 or -1. */
	int (*contacts)(void *self, const char *account, void (*fn)(void *arg, const char *contact),
	    void *arg, struct parley_error *err);
};

#endif
