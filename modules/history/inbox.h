/* SPDX-License-Identifier: MIT */
/* inbox.h - the inbox: which chats (inbox.c), and what is told of each (row.c). */
#ifndef HISTORY_INBOX_H
#define HISTORY_INBOX_H

#include "history.h"

#include <parley/notify.h>

/* A chat that belongs into the answer. */
struct row {
	char peer[PEER_SIZE];
	char order[37]; /* the mid of the last message; mids are in the order of time */
	bool set;       /* the account has set something for it */
	bool gone;
	int64_t seq, read, time; /* of one that is gone */
};

struct inbox {
	struct history *history;
	struct parley_request *request;
	struct parley_writer *w;
	const struct parley_roster_1 *roster;
	const struct parley_groups_1 *groups;
	const struct parley_notify_1 *notify;
	void *roster_self, *groups_self, *notify_self;
	int64_t since;    /* ms since 1970; 0: everything */
	int64_t sync;     /* what since will be when all parts have been told */
	struct row after; /* only those behind this one in the order; order "": all */
	struct row *rows;
	uint32_t count, room;
};

/* What is read of several rows at once, before they are written. */
#define ROWS_AHEAD (FINDS_MAX / 2)
struct ahead {
	struct ahead_row {
		struct chat *chat; /* pinned; NULL: of one that is gone */
		struct member *member;
		uint64_t revision;                /* of the chat before it was looked for */
		int64_t seq;                      /* of its last message; 0: none was looked for */
		const struct find *message, *own; /* or NULL */
	} rows[ROWS_AHEAD];
	struct find finds[FINDS_MAX];
	unsigned count;
};

/* Reads ahead for count rows, at most ROWS_AHEAD. Awaits. 0 or -1; call rows_done either way. */
int rows_look(struct inbox *in, struct ahead *ahead, const struct row *rows, unsigned count,
    const char *account, struct parley_error *err);
void rows_done(struct inbox *in, struct ahead *ahead);
/* Writes one of them. Awaits. 0 or -1. */
int row_put(struct inbox *in, const struct row *row, const struct ahead_row *ahead,
    struct parley_error *err);

/* The last message that m may read; 0 when there is none. */
int64_t last_for(const struct chat *c, const struct member *m);
/* Whether there was one, although it may be too old to be read now. */
bool had_last(const struct chat *c, const struct member *m);

#endif
