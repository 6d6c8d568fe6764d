/* SPDX-License-Identifier: MIT */
/* history.h - what the module history offers others: the service "history/1". Router thread.
 *
 * A chat is named by its key: "alice+bob" for two accounts (parley_chat_key), "#name" for a group.
 * Everything that happens in it is an entry of one journal with one order; an entry that is not a
 * message is a change. Only the module history reads and writes the journal and who takes part. */
#ifndef PARLEY_HISTORY_H
#define PARLEY_HISTORY_H

#include <parley/module.h>

/* Something that happens to a group, to be told to everybody in it: see docs/protocol.md section
 * 11. What is NULL is left out. All is borrowed for the call. */
struct parley_change {
	const char *chat;   /* the key of the group */
	const char *from;   /* the account that did it, or of whom it is told */
	const char *device; /* of from; NULL: the node did it by itself */
	const char *kind;   /* "created", "added", ... */
	const char *who;    /* an account */
	const char *role;
	const char *text;
	const char *leaver; /* the account that reads nothing more from this entry on, also while store
			     * has not told of it by leave; NULL: none */

	/* Called when the entry is durable, in the order of the journal and before any later entry
	 * is sent to anybody: put in force what is kept in memory, and send frame to whom it
	 * concerns (it is shared by all of them). Must not await. */
	void (*apply)(void *arg, int64_t seq, struct parley_payload *frame);

	/* Called next: store what is kept elsewhere. May await. While it has not returned 0, the
	 * entry is marked as not yet done, and redo finds it after a crash. May be NULL. */
	int (*store)(void *arg, int64_t seq, struct parley_error *err);
	const char *module; /* with store: whose entry it is, for redo */
	void *arg;
};

/* An entry that redo has found: the same words. */
struct parley_undone {
	const char *chat, *from, *device, *kind, *who, *role, *text;
	int64_t seq;
	int64_t time; /* ms since 1970 */
};

struct parley_history_1 {
	/* Calls fn for the entries of account's chats that were archived after the message mid,
	 * oldest first over all chats, at most limit of them, and fewer when they are long (but one
	 * when there is any); with mid NULL, for those behind the read position of each chat.
	 * device is account's own that it came from, "" when somebody else has made it. frame is
	 * the message frame as account sees it, up to but without its closing brace, so that
	 * members can be added. Awaits before the first call, not in between. What is archived
	 * meanwhile is not among them: all that are told come before all that will be. Returns how
	 * many there were, with *more_r when there are more behind the last, or -1. */
	int (*missed)(void *self, const char *account, const char *mid, unsigned limit,
	    void (*fn)(void *arg, const char *mid, const char *device, struct parley_text *frame),
	    void *arg, bool *more_r, struct parley_error *err);

	/* The mid of the last entry of any chat that was archived, behind all that are; "" when
	 * there is none. Until the next await. */
	const char *(*latest)(void *self);

	/* Calls fn for everybody account has a chat with; messages is the seq of the last one. May
	 * await between calls. 0 or -1. */
	int (*peers)(void *self, const char *account,
	    void (*fn)(void *arg, const char *peer, int64_t messages), void *arg,
	    struct parley_error *err);

	/* The account takes part in the group from the entry seq on, which tells of it; it may read
	 * what is from there on, or everything when whole. Says nothing to anybody. Harmless when
	 * it was done already, also when the account has left since. Awaits. 0 or -1. */
	int (*join)(void *self, const char *chat, const char *account, int64_t seq, bool whole,
	    struct parley_error *err);

	/* The account no longer takes part: the entry seq tells of it. It reads nothing more.
	 * Otherwise like join. */
	int (*leave)(void *self, const char *chat, const char *account, int64_t seq,
	    struct parley_error *err);

	/* Appends an entry to the journal of a group, and sees to it that what->apply and
	 * what->store are called. One at a time for each chat, also those that history makes by
	 * itself; so neither they nor what they wait for may call this for the same chat. Cannot be
	 * cancelled once it is on its way. Returns its seq, also when what->store has failed (which
	 * is logged; the function of redo is called for it until it returns 0, and before that nothing
	 * else changes the chat), or -1 when nothing has happened. */
	int64_t (*change)(void *self, const struct parley_change *what, struct parley_error *err);

	/* Calls fn for each entry of a module whose store has not returned 0, in the order of the
	 * journal of each chat; when fn returns 0 the entry is marked as done. For load; module, fn
	 * and arg are kept, for entries whose store fails later. Awaits; fn may, too. 0, or -1 when
	 * fn or the store has failed. */
	int (*redo)(void *self, const char *module,
	    int (*fn)(void *arg, const struct parley_undone *entry, struct parley_error *err),
	    void *arg, struct parley_error *err);

	/* Sees to it that no change of the chat waits to be done, before what it may rely on is
	 * changed. Awaits, only when one does. 0, or -1 when it still cannot be done. */
	int (*settle)(void *self, const char *chat, struct parley_error *err);

	/* Writes the member "keep" of docs/protocol.md section 13: how long messages of the chat are
	 * kept. Awaits. 0 or -1. */
	int (*put_keep)(
	    void *self, struct parley_writer *w, const char *chat, struct parley_error *err);
};

#endif
