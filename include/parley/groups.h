/* SPDX-License-Identifier: MIT */
/* groups.h - what the module groups offers others: the service "groups/1". Router thread.
 *
 * A group is named by the first part of its address, in lower case: "f7k2m9x4qa". Its chat has the
 * key "#f7k2m9x4qa". What a group is and who is in it changes in the order of its chat's journal. */
#ifndef PARLEY_GROUPS_H
#define PARLEY_GROUPS_H

#include <parley/module.h>

/* What a member may do, or may not. */
enum parley_group_act {
	PARLEY_GROUP_READ, /* is in it */
	PARLEY_GROUP_POST,
	PARLEY_GROUP_PIN,
	PARLEY_GROUP_MENTION, /* everybody at once: @all and @here */
	PARLEY_GROUP_DELETE,  /* a message of somebody else */
	PARLEY_GROUP_KEEP     /* say how long messages are kept */
};

struct parley_groups_1 {
	/* 0 when account may; else -1 with err in words for a client: PARLEY_NOT_FOUND where it may
	 * not know of the group, PARLEY_NOT_ALLOWED, or as the store. whose: whom the message is by
	 * that is to be deleted, else NULL. Awaits when the group is not in memory; never when it
	 * was used since the last await. */
	int (*may)(void *self, const char *group, const char *account, enum parley_group_act act,
	    const char *whose, struct parley_error *err);

	/* The channel of the members, borrowed until the next await. Awaits as may. NULL with err:
	 * PARLEY_NOT_FOUND, or as the store. */
	struct parley_channel *(*channel)(void *self, const char *group, struct parley_error *err);

	/* Calls fn for each member, without awaiting in between. Awaits as may. How many there are,
	 * or -1; fn may be NULL. */
	int (*each)(void *self, const char *group, void (*fn)(void *arg, const char *account),
	    void *arg, struct parley_error *err);

	/* 1 when account, in lower case, is in it; 0; or -1. Awaits as may. */
	int (*is_member)(
	    void *self, const char *group, const char *account, struct parley_error *err);

	/* Writes the object "group" of docs/protocol.md section 12 under key, as viewer sees it,
	 * also when viewer is no longer in it. Awaits. 0, or -1; then nothing is written. */
	int (*put_group)(void *self, struct parley_writer *w, const char *key, const char *viewer,
	    const char *group, struct parley_error *err);

	/* Takes account out of all its groups, for one that is erased: those that it alone owns are
	 * handed on. Awaits. 0 or -1. What a crash has cut short is done by calling it again; who
	 * owns a group is put right without that. */
	int (*forget)(void *self, const char *account, struct parley_error *err);
};

#endif
