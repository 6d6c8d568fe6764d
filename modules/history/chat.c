/* SPDX-License-Identifier: MIT */
/* chat.c - the chats that are in use, in memory: where each ends, and what is new in it. */
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the cache ---------------------------------------------------------------------------- */

static void
chat_unlink(struct history *h, struct chat *c)
{
	*(c->newer != NULL ? &c->newer->older : &h->newest) = c->older;
	*(c->older != NULL ? &c->older->newer : &h->oldest) = c->newer;
	c->newer = c->older = NULL;
}

static void
chat_link_newest(struct history *h, struct chat *c)
{
	c->older = h->newest;
	if (h->newest != NULL)
		h->newest->newer = c;
	else
		h->oldest = c;
	h->newest = c;
}

static void
chat_free(struct history *h, struct chat *c)
{
	chat_unlink(h, c);
	chat_free_members(h, c);
	shelf_chat_gone(c);
	parley_table_remove(h->chats, c->key);
	free(c);
	h->chats_in_memory--;
}

static bool
is_full(const struct history *h)
{
	return (int64_t)h->chats_in_memory > h->chats_cached ||
	       (int64_t)h->members_in_memory > h->chats_cached * MEMBERS_PER_CHAT;
}

static void
chat_evict(struct history *h)
{
	struct chat *c = h->oldest, *newer;

	for (; c != NULL && is_full(h); c = newer) {
		newer = c->newer;
		if (c->pins == 0)
			chat_free(h, c);
	}
}

void
chat_free_all(struct history *h)
{
	while (h->newest != NULL)
		chat_free(h, h->newest);
}

static struct chat *
chat_new(struct history *h, const char *key, const char *account, const char *peer)
{
	struct chat *c = parley_alloc(sizeof *c);
	int order = strcmp(account, peer);

	snprintf(c->key, sizeof c->key, "%s", key);
	c->keep.first = 1;
	if (key[0] == '#') {
		c->members = parley_table_new();
	} else {
		snprintf(
		    c->sides[0].name, sizeof c->sides[0].name, "%s", order <= 0 ? account : peer);
		snprintf(
		    c->sides[1].name, sizeof c->sides[1].name, "%s", order <= 0 ? peer : account);
		c->side_count = order == 0 ? 1 : 2;
	}
	parley_table_put(h->chats, c->key, c);
	shelf_chat_here(h, c);
	chat_link_newest(h, c);
	h->chats_in_memory++;
	return c;
}

struct chat *
chat_known(struct history *h, const char *key)
{
	return parley_table_get(h->chats, key);
}

bool
chat_is_group(const struct chat *c)
{
	return c->members != NULL;
}

const char *
chat_peer(const struct chat *c, const char *account)
{
	if (chat_is_group(c))
		return c->key;
	return c->sides[strcmp(c->sides[0].name, account) == 0 ? c->side_count - 1 : 0].name;
}

/* ---- reading it from the store ------------------------------------------------------------ */

static int64_t
doc_int(const struct parley_doc *doc, const char *name)
{
	return parley_json_int(parley_json_get(doc->root, name), 0);
}

static const char *
doc_text(const struct parley_doc *doc, const char *name)
{
	return parley_json_string_or(parley_json_get(doc->root, name), "");
}

/* Finds the last entry up to seq. 1, or 0 when there is none, or -1. */
static int
find_entry(const struct chat *c, int64_t seq, struct parley_docs *docs, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq", .op = PARLEY_OP_LE, .integer = seq } },
		.order_by = "seq",
		.descending = true,
		.limit = 1,
	};

	*docs = (struct parley_docs){ 0 };
	if (parley_store_find(&messages_collection, &query, docs, err) != 0)
		return -1;
	return docs->count > 0;
}

int64_t
entry_time(const struct parley_doc *doc)
{
	return doc_int(doc, "time");
}

int64_t
entry_changed(const struct parley_doc *doc)
{
	int64_t time = doc_int(doc, "time"), swept = doc_int(doc, "swept");

	return swept > time ? swept : time;
}

static void
note_doc(struct chat *c, const struct parley_doc *doc)
{
	int64_t time = doc_int(doc, "time");

	if (document_is_change(doc)) {
		chat_note_change(c, doc_text(doc, "mid"), doc->seq, time);
		c->last = doc_int(doc, "last");
		c->changes = doc_int(doc, "nth");
		c->counted = true;
	} else {
		chat_note(c, doc_text(doc, "mid"), doc_text(doc, "from"), doc->seq, time, time);
	}
	c->changed = entry_changed(doc);
}

/* The last message before the head, which is a change. What that says of it was known when it was
 * queued: messages that were on their way then came between. */
static int
load_last(struct chat *c, int64_t prev, struct parley_error *err)
{
	int64_t seq = c->head - 1 > prev ? c->head - 1 : c->last;
	struct parley_docs docs = { 0 };
	int found = seq > 0 ? find_entry(c, seq, &docs, err) : 0;

	if (found > 0) {
		c->last = docs.docs[0]->seq;
		c->last_time = doc_int(docs.docs[0], "time");
		snprintf(c->last_mid, sizeof c->last_mid, "%s", doc_text(docs.docs[0], "mid"));
	} else if (found == 0 &&
		   seq > 0) { /* it was too old: its chat stands where it stood, about */
		c->last_time = c->head_time;
		memcpy(c->last_mid, c->head_mid, sizeof c->last_mid);
	}
	parley_docs_fini(&docs);
	return found < 0 ? -1 : 0;
}

static int
load_head(struct chat *c, struct parley_error *err)
{
	struct parley_docs docs = { 0 };
	int found = find_entry(c, INT64_MAX, &docs, err), rc = 0;

	/* what has been noted meanwhile is newer */
	if (found > 0 && docs.docs[0]->seq > c->head) {
		note_doc(c, docs.docs[0]);
		if (c->last < c->head)
			rc = load_last(c, doc_int(docs.docs[0], "prev"), err);
	}
	parley_docs_fini(&docs);
	return found < 0 ? -1 : rc;
}

static int
chat_load(struct history *h, struct chat *c, struct parley_error *err)
{
	for (unsigned i = 0; i < c->side_count; i++)
		if (member_load(c, &c->sides[i], err) != 0)
			return -1;
	if (load_head(c, err) != 0 || keep_read(h, c->key, &c->keep, err) != 0)
		return -1;
	for (unsigned i = 0; i < c->side_count; i++)
		if (member_load_own(c, &c->sides[i], err) != 0)
			return -1;
	for (unsigned i = 0; i < c->side_count; i++)
		c->sides[i].loaded = true;
	c->named = c->head;
	c->loaded = true;
	return 0;
}

/* Waits until it is loaded; who comes second finds it so. */
static int
chat_await_load(struct history *h, struct chat *c, struct parley_error *err)
{
	struct parley_ticket ticket = { 0 };
	int rc;

	if (c->loaded)
		return 0;
	parley_lane_join(&c->loading, &ticket);
	rc = parley_await_turn(&ticket);
	if (rc != 0)
		parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	else if (!c->loaded)
		rc = chat_load(h, c, err);
	parley_lane_leave(&ticket);
	h->chats_loaded++;
	return rc;
}

struct chat *
chat_get(struct history *h, const char *account, const char *peer, struct parley_error *err)
{
	char key[PARLEY_KEY_MAX];
	struct chat *c;

	if (peer[0] == '#')
		snprintf(key, sizeof key, "%s", peer);
	else
		parley_chat_key(account, peer, key);
	c = parley_table_get(h->chats, key);
	if (c == NULL)
		c = chat_new(h, key, account, peer);
	c->pins++;
	if (chat_await_load(h, c, err) != 0) {
		chat_put(h, &c);
		return NULL;
	}
	if (c != h->newest) {
		chat_unlink(h, c);
		chat_link_newest(h, c);
	}
	return c;
}

struct chat *
chat_get_key(struct history *h, const char *key, struct parley_error *err)
{
	char account[PARLEY_NAME_MAX + 1];
	const char *plus = strchr(key, '+');

	if (key[0] == '#')
		return chat_get(h, "", key, err);
	if (plus == NULL || strlen(plus + 1) > PARLEY_NAME_MAX) {
		parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such chat");
		return NULL;
	}
	snprintf(account, sizeof account, "%.*s", (int)(plus - key), key);
	return chat_get(h, account, plus + 1, err);
}

void
chat_put(struct history *h, struct chat **c)
{
	if (*c == NULL)
		return;
	(*c)->pins--;
	*c = NULL;
	chat_evict(h);
}

int64_t
chat_floor(const struct chat *c, const struct member *m)
{
	return m->from > c->keep.first ? m->from : c->keep.first;
}

/* ---- what is new -------------------------------------------------------------------------- */

void
chat_note(
    struct chat *c, const char *mid, const char *from, int64_t seq, int64_t time, int64_t changed)
{
	struct member *m;

	if (seq <= c->head)
		return;
	c->head = c->last = seq;
	c->head_time = c->last_time = time;
	c->changed = changed;
	parley_assert(strlen(mid) < sizeof c->head_mid);
	memcpy(c->head_mid, mid,
	    strlen(mid) + 1); /* not snprintf: it is on the way of every message */
	memcpy(c->last_mid, c->head_mid, sizeof c->last_mid);
	m = chat_member(c, from);
	if (m != NULL)
		m->own = seq;
}

void
chat_note_change(struct chat *c, const char *mid, int64_t seq, int64_t time)
{
	if (seq <= c->head)
		return;
	c->head = c->last_change = seq;
	c->head_time = c->changed = time;
	c->changes++;
	snprintf(c->head_mid, sizeof c->head_mid, "%s", mid);
}

void
history_note(struct history *h, const char *mid)
{
	size_t len = strlen(mid);

	parley_assert(len < sizeof h->latest);
	if (strcmp(mid, h->latest) > 0)
		memcpy(h->latest, mid, len + 1);
}

int
chat_count_changes(struct chat *c, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "change", .op = PARLEY_OP_EQ, .integer = 1 } },
		.order_by = "seq",
		.descending = true,
		.limit = 1,
	};
	struct parley_docs docs = { 0 };

	if (c->counted)
		return 0;
	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	if (!c->counted && docs.count > 0) {
		c->changes = doc_int(docs.docs[0], "nth");
		c->last_change = docs.docs[0]->seq;
	}
	c->counted = true;
	parley_docs_fini(&docs);
	return 0;
}
