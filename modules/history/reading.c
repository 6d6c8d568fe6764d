/* SPDX-License-Identifier: MIT */
/* reading.c - reads that no change slips past, single messages, and entries one after the other. */
#include "history.h"

#include <stdio.h>
#include <string.h>

#define STEP                                                                                       \
	64 /* entries that are read at once: one find returns so many, however large they are */

/* Nobody changes the chat until reading_end. */
static int
reading_alone(struct reading *rd, struct parley_error *err)
{
	parley_lane_join(&rd->chat->lane, &rd->turn);
	if (parley_await_turn(&rd->turn) != 0)
		return parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	rd->alone = true;
	return owed_apply(rd->history, rd->chat, err);
}

int
reading_begin(struct reading *rd, struct history *h, struct chat *c, struct parley_error *err)
{
	*rd = (struct reading){ .history = h, .chat = c };
	if ((c->applying || c->stuck) && reading_alone(rd, err) != 0)
		return -1;
	rd->revision = c->revision;
	return 0;
}

bool
reading_again(struct reading *rd)
{
	struct parley_error err = { 0 };

	if (rd->alone || (!rd->chat->applying && rd->chat->revision == rd->revision))
		return false;
	return reading_alone(rd, &err) == 0; /* else the node ends, or the disk is full */
}

void
reading_end(struct reading *rd)
{
	parley_lane_leave(&rd->turn);
}

struct parley_doc *
message_find(const struct chat *c, const struct member *m, const char *mid, const char *where,
    struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "mid", .op = PARLEY_OP_EQ, .text = mid } },
		.limit = 1,
	};
	struct parley_docs docs = { 0 };
	struct parley_doc *doc = NULL;
	size_t len = strlen(c->key);

	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return NULL;
	if (docs.count == 1) {
		doc = docs.docs[0];
		docs.docs[0] = NULL;
	}
	parley_docs_fini(&docs);
	if (doc != NULL && strncmp(doc->key, c->key, len) == 0 && doc->key[len] == '/' &&
	    doc->seq >= chat_floor(c, m) && !document_is_change(doc))
		return doc;
	if ((doc == NULL || doc->seq < c->keep.first) && keep_is_gone(c, mid))
		parley_fail(err, PARLEY_GONE, where,
		    "messages of that time are not kept any more in this chat");
	else
		parley_fail(err, PARLEY_NOT_FOUND, where, "there is no such message in this chat");
	parley_doc_free(&doc);
	return NULL;
}

/* As many as there are, or, when they are large, as one find returns. */
static int
scan_find(struct parley_query *query, struct parley_docs *docs, struct parley_error *err)
{
	struct parley_error failed = { 0 };

	while (parley_store_find(&messages_collection, query, docs, &failed) != 0) {
		if (failed.code != PARLEY_TOO_LARGE || query->limit == 1) {
			*err = failed;
			return -1;
		}
		query->limit /= 2;
	}
	return 0;
}

int
entries_scan(const struct chat *c, int64_t behind, int64_t to, unsigned most,
    bool (*fn)(void *arg, const struct parley_doc *entry), void *arg, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq", .op = PARLEY_OP_GT, .integer = behind },
		    { .field = "seq", .op = PARLEY_OP_LE, .integer = to } },
		.order_by = "seq",
		.descending = true,
		.limit = most,
	};
	struct parley_docs docs = { 0 };
	uint32_t count;
	bool on = true;

	do {
		if (query.limit > most)
			query.limit = most;
		if (scan_find(&query, &docs, err) != 0)
			return -1;
		count = docs.count;
		most -= count;
		if (count > 0)
			query.where[2].integer = docs.docs[count - 1]->seq - 1;
		for (uint32_t i = 0; i < count && on; i++)
			on = fn(arg, docs.docs[i]);
		parley_docs_fini(&docs);
	} while (on && most > 0 && count == query.limit);
	return 0;
}
