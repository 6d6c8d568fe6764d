/* SPDX-License-Identifier: MIT */
/* chat.c - the chats that are in use, in memory: where each ends, and how far each side has read.
 */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_LIMIT PARLEY_FIND_LIMIT /* unread messages that are looked through for own ones */

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
	parley_table_remove(h->chats, c->key);
	free(c);
	h->chats_in_memory--;
}

static void
chat_evict(struct history *h)
{
	struct chat *c = h->oldest, *newer;

	for (; c != NULL && (int64_t)h->chats_in_memory > h->chats_cached; c = newer) {
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
chat_new(struct history *h, const char *key, const char *a, const char *b)
{
	struct chat *c = parley_alloc(sizeof *c);
	bool swap = strcmp(a, b) > 0;

	snprintf(c->key, sizeof c->key, "%s", key);
	snprintf(c->members[0].name, sizeof c->members[0].name, "%s", swap ? b : a);
	snprintf(c->members[1].name, sizeof c->members[1].name, "%s", swap ? a : b);
	parley_table_put(h->chats, c->key, c);
	chat_link_newest(h, c);
	h->chats_in_memory++;
	return c;
}

struct chat *
chat_known(struct history *h, const char *key)
{
	return parley_table_get(h->chats, key);
}

/* ---- reading it from the store ------------------------------------------------------------ */

static int
load_member(struct chat *c, struct member *m, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	char key[PARLEY_KEY_MAX];
	struct parley_doc *doc;

	snprintf(key, sizeof key, "%s/%.180s", m->name, c->key);
	doc = parley_store_get(&members_collection, key, &missing);
	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	if (doc != NULL) {
		m->stored = true;
		m->read = parley_json_int(parley_json_get(doc->root, "read"), 0);
		m->changed = parley_json_int(parley_json_get(doc->root, "changed"), 0);
	}
	parley_doc_free(&doc);
	return 0;
}

static int
load_head(struct chat *c, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key } },
		.order_by = "seq",
		.descending = true,
		.limit = 1,
	};
	struct parley_docs docs = { 0 };

	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	if (docs.count == 1) {
		const struct parley_json *doc = docs.docs[0]->root;
		int64_t time = parley_json_int(parley_json_get(doc, "time"), 0);

		chat_note(c, parley_json_string_or(parley_json_get(doc, "mid"), ""),
		    parley_json_string_or(parley_json_get(doc, "from"), ""), docs.docs[0]->seq,
		    time, time);
	}
	parley_docs_fini(&docs);
	return 0;
}

/* What a side wrote it has read, also when its read position was stored before. */
static int
load_own(struct chat *c, struct parley_error *err)
{
	int64_t read0 = c->members[0].read, read1 = c->members[1].read;
	struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq",
			.op = PARLEY_OP_GT,
			.integer = read0 < read1 ? read0 : read1 } },
		.order_by = "seq",
		.descending = true,
		.limit = SCAN_LIMIT,
	};
	struct parley_docs docs = { 0 };

	if (chat_read(&c->members[0]) == c->head && chat_read(&c->members[1]) == c->head)
		return 0;
	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	for (uint32_t i = 0; i < docs.count; i++) {
		const struct parley_doc *doc = docs.docs[i];
		struct member *m =
		    chat_member(c, parley_json_string_or(parley_json_get(doc->root, "from"), ""));

		if (m != NULL && doc->seq > m->own)
			m->own = doc->seq;
	}
	parley_docs_fini(&docs);
	return 0;
}

static int
chat_load(struct chat *c, struct parley_error *err)
{
	if (load_member(c, &c->members[0], err) != 0 || load_member(c, &c->members[1], err) != 0 ||
	    load_head(c, err) != 0 || load_own(c, err) != 0)
		return -1;
	c->loaded = true;
	return 0;
}

struct chat *
chat_get(struct history *h, const char *a, const char *b, struct parley_error *err)
{
	struct parley_ticket ticket = { 0 };
	char key[PARLEY_KEY_MAX];
	struct chat *c;
	int rc = 0;

	parley_chat_key(a, b, key);
	c = parley_table_get(h->chats, key);
	if (c == NULL)
		c = chat_new(h, key, a, b);
	c->pins++;
	if (!c->loaded) {
		parley_lane_join(&c->loading, &ticket); /* who comes second finds it loaded */
		rc = parley_await_turn(&ticket);
		if (rc != 0)
			parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
		else if (!c->loaded)
			rc = chat_load(c, err);
		parley_lane_leave(&ticket);
		h->chats_loaded++;
	}
	if (rc != 0) {
		chat_put(h, &c);
		return NULL;
	}
	if (c != h->newest) {
		chat_unlink(h, c);
		chat_link_newest(h, c);
	}
	return c;
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

/* ---- the two sides ------------------------------------------------------------------------ */

struct member *
chat_member(struct chat *c, const char *name)
{
	for (int i = 0; i < 2; i++)
		if (strcmp(c->members[i].name, name) == 0)
			return &c->members[i];
	return NULL;
}

const struct member *
chat_peer(const struct chat *c, const char *name)
{
	return &c->members[strcmp(c->members[0].name, name) == 0 ? 1 : 0];
}

int64_t
chat_read(const struct member *m)
{
	return m->read > m->own ? m->read : m->own;
}

int64_t
chat_unread(const struct chat *c, const struct member *m)
{
	return c->head - chat_read(m);
}

static int
store_member(const struct chat *c, struct member *m, struct parley_error *err)
{
	struct parley_error failed = { 0 };
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];
	int rc;

	snprintf(key, sizeof key, "%s/%.180s", m->name, c->key);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "account", m->name);
	parley_put_string(&w, "peer", chat_peer(c, m->name)->name);
	parley_put_int(&w, "read", m->read);
	parley_put_int(&w, "changed", m->changed);
	parley_put_end(&w);
	rc = parley_store_insert(&members_collection, key, &json, &failed);
	parley_text_fini(&json);
	if (rc != 0 && failed.code != PARLEY_CONFLICT) { /* two messages may begin a chat at once */
		*err = failed;
		return -1;
	}
	m->stored = true;
	return 0;
}

int
chat_store_members(struct chat *c, struct parley_error *err)
{
	for (int i = 0; i < 2; i++)
		if (!c->members[i].stored && store_member(c, &c->members[i], err) != 0)
			return -1;
	return 0;
}

void
chat_note(
    struct chat *c, const char *mid, const char *from, int64_t seq, int64_t time, int64_t changed)
{
	struct member *m = chat_member(c, from);

	if (seq <= c->head)
		return;
	c->head = seq;
	c->head_time = time;
	c->changed = changed;
	snprintf(c->head_mid, sizeof c->head_mid, "%s", mid);
	if (m != NULL)
		m->own = seq;
}
