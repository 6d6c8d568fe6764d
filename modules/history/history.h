/* SPDX-License-Identifier: MIT */
/* history.h - the archive of one-to-one chats: the parts of the module history among themselves. */
#ifndef HISTORY_H
#define HISTORY_H

#include <parley/history.h>
#include <parley/memory.h>
#include <parley/module.h>
#include <parley/roster.h>
#include <parley/table.h>

/* An answer ends behind the message that makes it longer: what is much longer would fill the queue of
 * a slow connection, and could not be kept for a resume. */
#define ANSWER_BYTES (256 * 1024)

/* One side of a chat. */
struct member {
	char name[PARLEY_NAME_MAX + 1];
	int64_t read; /* the read position as it is stored */
	int64_t own;  /* seq of the last message this side wrote: it has read at least that far */
	int64_t changed; /* ms since 1970: when read last moved */
	bool stored;     /* has its document in members_collection */
};

/* A chat in memory. Names its stream in the archive. */
struct chat {
	char key[PARLEY_KEY_MAX]; /* parley_chat_key */
	struct member
	    members[2];    /* in the order of the key; both the same in a chat with oneself */
	int64_t head;      /* seq of the last message; 0: none yet */
	int64_t head_time; /* its time */
	int64_t changed;   /* ms since 1970: when it was archived */
	char head_mid[37];
	bool loaded;
	unsigned pins; /* in use: not evicted */
	struct parley_lane loading;
	struct chat *newer, *older; /* by use, for eviction */
};

struct history {
	int64_t chats_cached;                             /* option */
	uint64_t appended, chats_in_memory, chats_loaded; /* metrics */
	struct parley_table *chats;
	struct chat *newest, *oldest;
};

extern const struct parley_collection messages_collection, members_collection;

/* chat.c: the cache. chat_get awaits and pins; NULL with err. chat_put unpins and clears the
 * pointer. */
struct chat *chat_get(struct history *h, const char *a, const char *b, struct parley_error *err);
struct chat *chat_known(struct history *h, const char *key); /* or NULL; maybe not yet loaded */
void chat_put(struct history *h, struct chat **c);
void chat_free_all(struct history *h);
struct member *chat_member(struct chat *c, const char *name);
const struct member *chat_peer(const struct chat *c, const char *name);
int64_t chat_read(const struct member *m);
int64_t chat_unread(const struct chat *c, const struct member *m);
/* Makes the members' documents, once in the life of a chat. Awaits. */
int chat_store_members(struct chat *c, struct parley_error *err);
/* Takes note of a message that is archived, unless a later one is known. A chat that is still being
 * read must be told too: its query may have run before the commit. */
void chat_note(
    struct chat *c, const char *mid, const char *from, int64_t seq, int64_t time, int64_t changed);

/* document.c: documents of the archive, and frames made of them. */
void document_write(struct parley_text *out, const struct parley_message *m);
/* The frame without its closing brace as account sees it: see parley_history_1. */
void document_frame(
    struct parley_text *out, const struct parley_json *doc, int64_t seq, const char *account);
/* The same as a member of an answer. */
void document_put(struct parley_writer *w, const char *key, const struct parley_json *doc,
    int64_t seq, const char *account);

/* The methods and the service. */
void history_page(void *self, struct parley_request *r);
void history_inbox(void *self, struct parley_request *r);
void history_read(void *self, struct parley_request *r);
int history_missed(void *self, const char *account, const char *mid, unsigned limit,
    void (*fn)(void *arg, const char *mid, const char *device, struct parley_text *frame),
    void *arg, bool *more_r, struct parley_error *err);

int history_peers(void *self, const char *account,
    void (*fn)(void *arg, const char *peer, int64_t messages), void *arg, struct parley_error *err);

/* Reads the documents of account's side of all its chats. 0 or -1. */
int history_members(const char *account, struct parley_docs *out, struct parley_error *err);

/* The account that an address of this node names, in lower case; else refuses the request and
 * returns -1. */
int history_chat_param(struct parley_request *r, char name[PARLEY_NAME_MAX + 1]);

#endif
