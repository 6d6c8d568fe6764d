/* SPDX-License-Identifier: MIT */
/* keep.h - how long messages are kept: the rules, and who takes away what is too old. Router
 * thread.
 *
 * What the operator has said for a chat holds there; else the shorter one of what its people have
 * said and of the node's rule for chats of its kind. A rule takes nothing away in its first day, so
 * that it can be taken back.
 *
 * What is too old goes from the beginning of a chat on. First it is stored where the chat begins
 * from now on (keep_state.first), so that nobody reads what is before; then that is removed, some
 * at a time. A kill in between leaves entries that nobody reads, which the next round removes. The
 * last entry of a chat stays as a husk, without anything that somebody wrote, so that its places go
 * on. */
#ifndef HISTORY_KEEP_H
#define HISTORY_KEEP_H

#include "history.h"

#define KEEP_GRACE_MS (86400 * 1000LL)
#define DAY_MS        (86400 * 1000LL)

/* Ages, in days, by which messages are counted; the last one has all that are older. */
#define AGES        16
#define LARGEST_MAX 50

/* Chats that cannot be read of which that is said, each once. */
#define DAMAGED_TOLD 50

struct amount {
	int64_t messages; /* changes too: entries */
	int64_t bytes;    /* of their documents, about */
};
struct large {
	char key[PARLEY_KEY_MAX];
	struct amount amount;
	int64_t oldest; /* ms since 1970 */
};

/* What a walk over all chats has found. */
struct sizes {
	int64_t time; /* ms since 1970: when the walk ended; 0: not yet */
	int64_t chats, oldest;
	struct amount all;
	struct amount older[AGES]; /* between this age and the next */
	struct large largest[LARGEST_MAX];
	unsigned largest_count;
};

/* Who waits for the end of a walk. */
struct walk_waiter {
	struct walk_waiter *next;
	struct parley_event ended;
};

struct keeper {
	struct keep_rule node[2]; /* of chats of two, and of groups */
	bool unsaved;             /* they are other than what is stored */
	bool any;                 /* some chat has a document */
	bool some_rule;           /* and in some of them is a rule */
	bool asked;               /* by an operator: all is looked at, and measured */
	bool measure;             /* the walk measures */
	struct parley_event wake;
	struct walk_waiter *waiters;
	char position[PARLEY_KEY_MAX]; /* the walk has come so far */
	uint64_t walk_removed;         /* by this walk */
	uint64_t walk_damaged;         /* chats that it had to pass by */
	char told[DAMAGED_TOLD][PARLEY_KEY_MAX];
	unsigned told_count;
	int64_t offset;           /* of the time of day to the clock that never jumps */
	int64_t held_until;       /* on that clock: nothing is removed before */
	struct sizes sizes, next; /* as last measured; and what is being measured */
};

/* keep.c. keep_load reads the node's rules; awaits. keep_reload: they may have changed; does not
 * await. */
int keep_load(struct history *h, struct parley_error *err);
void keep_reload(struct history *h);
void keep_unload(struct history *h);
/* Stores the node's rules and the position. 0 or -1. */
int keep_save(struct history *h, struct parley_error *err);
/* Stores what is kept of a chat. With the chat's turn. 0 or -1. */
int keep_store(
    struct history *h, const char *key, const struct keep_state *k, struct parley_error *err);
/* What was written before this, in ms since 1970, goes now; 0: nothing does. */
int64_t keep_cutoff(const struct history *h, const char *key, const struct keep_state *k);
/* The rule that holds in a chat with this key, and whose it is: "operator", "chat" or "node". */
const struct keep_rule *keep_rule_of(
    const struct history *h, const char *key, const struct keep_state *k, const char **by_r);
/* The members "days", "by" and "starts" of a rule. */
void keep_put_rule(struct parley_writer *w, const struct keep_rule *rule, const char *by);
/* Whether anything may have to go at all. */
bool keep_has_rules(const struct history *h);

/* Writes "keep", also when messages are kept for ever, and "begins", when some are gone. */
void keep_put_all(const struct history *h, struct parley_writer *w, const struct chat *c);

/* sweep.c: takes away what is too old in a chat, and tells those who are connected. What is damaged
 * stays, and what is behind it. Awaits. 0 or -1. sweep_rest: waits as long as the work since began
 * took, so that half of the time is left to others; -1 when the node stops. */
int sweep_chat(struct history *h, struct chat *c, struct parley_error *err);
int sweep_rest(int64_t began);

/* walk.c: the fiber that walks over all chats. 0 or -1. walk_wake has it begin now; asked: by an
 * operator, who wants all to be looked at. */
int walk_begin(struct history *h, struct parley_error *err);
void walk_wake(struct history *h, bool asked);

/* damaged.c: damaged_find: the first chat behind a key, of which the oldest entry is damaged;
 * awaits. 0 or -1. damaged_note: the walk passes a chat by; said once for each. */
int damaged_find(const char *after, char key[PARLEY_KEY_MAX], struct parley_error *err);
void damaged_note(struct history *h, const char *key, const struct parley_error *why);

/* sizes.c: sizes_add measures one chat, whose oldest entry is given; awaits. sizes_done: that was
 * the last. */
void sizes_begin(struct history *h);
int sizes_add(
    struct history *h, const char *key, const struct parley_doc *oldest, struct parley_error *err);
void sizes_done(struct history *h);

#endif
