/* SPDX-License-Identifier: MIT */
/* shelf.h - the chats of an account in the order in which they last changed, in memory: what has
 * changed since a moment is found without a look at what has not.
 *
 * A chat stands in its place on the shelf until it changes: then it is stirred, in constant time,
 * once however often it changes, and gets its new place when the shelf is next asked for. So a
 * message costs nothing for those who do not look, and who looks pays for what has changed. */
#ifndef HISTORY_SHELF_H
#define HISTORY_SHELF_H

#include "history.h"

/* Places that may be in memory, for each chat that may. */
#define SPOTS_PER_CHAT 8

/* One chat of an account. */
struct spot {
	char peer[PEER_SIZE];
	struct shelf *shelf;
	int64_t at; /* ms since 1970: when it last changed for the account; -1: nothing is in it */
	int64_t changed; /* the same: when its member moved; */
	int64_t set;     /* when the account last set something for it; 0: never */
	bool gone;       /* the account is no longer in the group: */
	int64_t seq;     /* the entry that told of it, */
	int64_t read;    /* and how far was read then */
	bool stirred;
	struct spot *newer, *older; /* on the shelf, or among those that are stirred */
	struct watch *watch;        /* where it is told of changes of the chat; NULL: nowhere */
	struct spot *watch_before, *watch_after;
};

struct shelf {
	char account[PARLEY_NAME_MAX + 1];
	struct parley_table *spots; /* by peer */
	struct spot *newest, *oldest;
	struct spot *stirred;
	bool loaded;
	unsigned pins;              /* in use: not evicted */
	struct parley_lane filling; /* of those who look */
	struct shelf *newer, *older;
};

/* Those who stand on shelves for one chat, which need not be in memory. */
struct watch {
	struct chat *chat; /* or NULL */
	struct spot *first;
	char key[];
};

/* The shelf of account, pinned, with everything that had changed in its place: those that change
 * during the call may be on their way to it. Awaits, but mostly not. NULL with err. */
struct shelf *shelf_get(struct history *h, const char *account, struct parley_error *err);
/* Unpins it and clears the pointer. */
void shelf_put(struct history *h, struct shelf **s);
void shelf_free_all(struct history *h);

/* What is told to shelves, when there are any. shelf_chat_here, shelf_chat_gone: the chat is in
 * memory from now on, or no longer. */
void shelf_chat_here(struct history *h, struct chat *c);
void shelf_chat_gone(struct chat *c);
/* The chat has a new entry. */
void shelf_chat_changed(struct history *h, struct chat *c);
void shelf_key_changed(struct history *h, const char *key); /* of one that is not in memory */
/* m moved, joined or left. */
void shelf_member_changed(struct history *h, const struct chat *c, const struct member *m);
/* The account has set something for the chat with peer. */
void shelf_set(struct history *h, const char *account, const char *peer, int64_t changed);

#endif
