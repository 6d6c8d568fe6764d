/* SPDX-License-Identifier: MIT */
/* owed.h - what follows from a change of a chat once it is archived and sent: the history, or the
 * module that made it, stores it, at once or, when the store fails in between, later.
 *
 * Until it is, the chat is owed something: it stays in memory, and nothing else changes it, since
 * what is done later would undo that. A fiber tries now and then, whoever wants to change the chat
 * does it first (or to read it, when messages were changed), and after a crash it is done when the
 * node starts. When OWED_MOST chats are owed something, further changes are refused with
 * PARLEY_BUSY before anything has happened. */
#ifndef HISTORY_OWED_H
#define HISTORY_OWED_H

#include <parley/history.h>

struct chat;
struct entry;
struct history;

#define REDOERS   4
#define OWED_MOST 1000 /* chats; each has a fiber, and stays in memory */

/* How another module does what is left of its entries. */
struct redoer {
	const char *module;
	int (*fn)(void *arg, const struct parley_undone *entry, struct parley_error *err);
	void *arg;
};

/* Of a struct history. Starts as { 0 }. */
struct owed {
	struct redoer redoers[REDOERS];
	unsigned redoer_count;
	unsigned under_way; /* changes that may yet leave something to be done */
	uint64_t refused;
};

/* Sees to it that there is a place for what the entry may leave to be done; owed_leave gives it
 * back. 0 or -1. */
int owed_admit(struct history *h, struct entry *e, struct parley_error *err);
void owed_leave(struct history *h, struct entry *e);

/* What is left of the entry, which is the history's own, could not be done. */
void owed_fail(struct history *h, struct entry *e, const struct parley_error *why);

/* Has done what the chat is owed by the history, and by other modules. With its turn. Awaits. 0 or
 * -1. */
int owed_apply(struct history *h, struct chat *c, struct parley_error *err);
int owed_settle(struct history *h, struct chat *c, struct parley_error *err);

/* Of parley_history_1: see there. */
int64_t history_change(void *self, const struct parley_change *what, struct parley_error *err);
int history_settle(void *self, const char *chat, struct parley_error *err);
int history_redo(void *self, const char *module,
    int (*fn)(void *arg, const struct parley_undone *entry, struct parley_error *err), void *arg,
    struct parley_error *err);

#endif
