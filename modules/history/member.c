/* SPDX-License-Identifier: MIT */
/* member.c - who takes part in a chat, and how far each has read it. */
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_LIMIT PARLEY_FIND_LIMIT /* unread messages that are looked through for own ones */

struct member *
chat_member(struct chat *c, const char *name)
{
	if (chat_is_group(c))
		return parley_table_get(c->members, name);
	for (unsigned i = 0; i < c->side_count; i++)
		if (strcmp(c->sides[i].name, name) == 0)
			return &c->sides[i];
	return NULL;
}

void
chat_free_members(struct history *h, struct chat *c)
{
	struct member *m;
	uint32_t at = 0;

	if (!chat_is_group(c))
		return;
	while ((m = parley_table_each(c->members, &at)) != NULL) {
		free(m);
		h->members_in_memory--;
	}
	parley_table_free(&c->members);
}

/* ---- reading them from the store ---------------------------------------------------------- */

void
member_key(char key[PARLEY_KEY_MAX], const char *name, const struct chat *c)
{
	snprintf(key, PARLEY_KEY_MAX, "%s/%.180s", name, c->key);
}

static void
apply_leaving(const struct chat *c, struct member *m)
{
	if (c->left > m->joined && m->ended == 0 && strcmp(c->leaver, m->name) == 0)
		m->ended = c->left;
}

int
member_load(struct chat *c, struct member *m, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	char key[PARLEY_KEY_MAX];
	struct parley_doc *doc;

	member_key(key, m->name, c);
	doc = parley_store_get(&members_collection, key, &missing);
	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	m->named = -1;
	if (doc != NULL) {
		m->stored = true;
		m->read = parley_json_int(parley_json_get(doc->root, "read"), 0);
		m->received = parley_json_int(parley_json_get(doc->root, "received"), 0);
		m->saved = m->received;
		m->changed = parley_json_int(parley_json_get(doc->root, "changed"), 0);
		m->from = parley_json_int(parley_json_get(doc->root, "from"), 0);
		m->since = parley_json_int(parley_json_get(doc->root, "since"), 0);
		m->joined = parley_json_int(parley_json_get(doc->root, "joined"), 0);
		m->ended = parley_json_int(parley_json_get(doc->root, "ended"), 0);
		m->marked = parley_json_int(parley_json_get(doc->root, "marked"), 0);
		m->marked_to = parley_json_int(parley_json_get(doc->root, "marked_to"), 0);
	}
	parley_doc_free(&doc);
	apply_leaving(c, m);
	return 0;
}

/* False when it has found what m wrote last. */
static bool
is_not_own(void *arg, const struct parley_doc *entry)
{
	struct member *m = arg;
	const struct parley_json *from = parley_json_get(entry->root, "from");

	if (document_is_change(entry) || strcmp(parley_json_string_or(from, ""), m->name) != 0)
		return true;
	if (entry->seq > m->own)
		m->own = entry->seq;
	return false;
}

int
member_load_own(struct chat *c, struct member *m, struct parley_error *err)
{
	if (member_read(m) >= c->last)
		return 0;
	return entries_scan(c, m->read, INT64_MAX, SCAN_LIMIT, is_not_own, m, err);
}

static struct member *
member_new(struct history *h, struct chat *c, const char *name)
{
	struct member *m = parley_alloc(sizeof *m);

	snprintf(m->name, sizeof m->name, "%s", name);
	parley_table_put(c->members, m->name, m);
	h->members_in_memory++;
	return m;
}

static void
member_forget(struct history *h, struct chat *c, struct member *m)
{
	parley_table_remove(c->members, m->name);
	free(m);
	h->members_in_memory--;
}

/* Reads one of a group. It is in the table from the beginning, so that what is sent meanwhile is
 * noted. */
static int
member_read_in(
    struct history *h, struct chat *c, const char *name, bool new, struct parley_error *err)
{
	struct member *m = chat_member(c, name);
	bool made = m == NULL;
	int rc = 0;

	if (made)
		m = member_new(h, c, name);
	if (!m->loaded) {
		rc = member_load(c, m, err);
		if (rc == 0 && m->stored)
			rc = member_load_own(c, m, err);
		m->loaded = rc == 0;
	}
	if (rc == 0 && !m->stored && !new)
		rc = parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such chat");
	if (rc != 0 && made)
		member_forget(h, c, m);
	return rc;
}

/* new: make one that never took part. */
static struct member *
member_find(struct history *h, struct chat *c, const char *name, bool new, struct parley_error *err)
{
	struct parley_ticket ticket = { 0 };
	struct member *m = chat_member(c, name);
	int rc;

	if (m != NULL && m->loaded && (m->stored || new || !chat_is_group(c)))
		return m;
	if (!chat_is_group(c)) {
		parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such chat");
		return NULL;
	}
	parley_lane_join(&c->loading, &ticket); /* who comes second finds it read */
	rc = parley_await_turn(&ticket);
	if (rc != 0)
		parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	else
		rc = member_read_in(h, c, name, new, err);
	parley_lane_leave(&ticket);
	return rc == 0 ? chat_member(c, name) : NULL;
}

struct member *
member_get(struct history *h, struct chat *c, const char *name, struct parley_error *err)
{
	return member_find(h, c, name, false, err);
}

struct member *
member_reader(struct history *h, struct chat *c, const char *name, struct parley_error *err)
{
	struct member *m = member_get(h, c, name, err);

	if (m == NULL || m->ended == 0)
		return m;
	parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such chat");
	return NULL;
}

int
member_still(const struct member *m, struct parley_error *err)
{
	if (m->ended == 0)
		return 0;
	return parley_fail(err, PARLEY_NOT_FOUND, "/params/chat", "there is no such chat");
}

/* ---- writing them to the store ------------------------------------------------------------ */

static int
member_insert(struct history *h, const struct chat *c, struct member *m, struct parley_error *err)
{
	struct parley_error failed = { 0 };
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];
	int rc;

	member_key(key, m->name, c);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "account", m->name);
	parley_put_string(&w, "peer", chat_peer(c, m->name));
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
	shelf_member_changed(h, c, m);
	return 0;
}

int
chat_store_members(struct history *h, struct chat *c, struct parley_error *err)
{
	for (unsigned i = 0; i < c->side_count; i++)
		if (!c->sides[i].stored && member_insert(h, c, &c->sides[i], err) != 0)
			return -1;
	return 0;
}

/* Stores where a member of a group stands, as draft has it; then that is so. */
static int
member_put(struct history *h, struct chat *c, struct member *m, const struct member *draft,
    struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];
	int rc;

	member_key(key, m->name, c);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "account", m->name);
	parley_put_string(&w, "peer", c->key);
	parley_put_int(&w, "read", draft->read);
	parley_put_int(&w, "changed", draft->changed);
	parley_put_int(&w, "from", draft->from);
	parley_put_int(&w, "since", draft->since);
	parley_put_int(&w, "joined", draft->joined);
	if (draft->ended != 0)
		parley_put_int(&w, "ended", draft->ended);
	else if (m->stored)
		parley_put_null(&w, "ended");
	if (m->stored)
		member_put_mark(&w, draft);
	parley_put_end(&w);
	rc = m->stored ? parley_store_patch(&members_collection, key, &json, NULL, err)
		       : parley_store_put(&members_collection, key, &json, err);
	parley_text_fini(&json);
	if (rc != 0)
		return -1;
	m->stored = true;
	m->read = draft->read > m->read ? draft->read : m->read;
	m->changed = draft->changed;
	m->from = draft->from;
	m->since = draft->since;
	m->joined = draft->joined;
	m->ended = draft->ended;
	m->marked = draft->marked;
	m->marked_to = draft->marked_to;
	shelf_member_changed(h, c, m);
	return 0;
}

int
history_join(void *self, const char *key, const char *account, int64_t seq, bool whole,
    struct parley_error *err)
{
	struct chat *c = chat_get(self, account, key, err);
	struct member *m = c != NULL ? member_find(self, c, account, true, err) : NULL, draft;
	int rc = m != NULL ? 0 : -1;

	if (m != NULL && seq > m->joined && seq > m->ended) {
		draft = *m;
		draft.from = whole ? 0 : seq;
		draft.joined = seq;
		draft.ended = draft.marked = draft.marked_to = 0;
		draft.changed = draft.since = parley_now();
		if (draft.read < seq) /* what was before is not new to them */
			draft.read = seq;
		rc = member_put(self, c, m, &draft, err);
	}
	chat_put(self, &c);
	return rc;
}

void
member_leaves(struct history *h, struct chat *c, const char *name, int64_t seq)
{
	struct member *m = chat_member(c, name);

	snprintf(c->leaver, sizeof c->leaver, "%s", name);
	c->left = seq;
	if (m == NULL || !m->loaded || !m->stored)
		return;
	apply_leaving(c, m);
	shelf_member_changed(h, c, m);
}

int
history_leave(
    void *self, const char *key, const char *account, int64_t seq, struct parley_error *err)
{
	struct chat *c = chat_get(self, account, key, err);
	struct member *m = c != NULL ? member_find(self, c, account, true, err) : NULL, draft;
	int rc = m != NULL ? 0 : -1;

	if (m != NULL && m->stored && seq > m->joined && (m->ended == 0 || m->ended == seq)) {
		draft = *m;
		draft.ended = seq;
		draft.changed = parley_now();
		rc = member_put(self, c, m, &draft, err);
	}
	chat_put(self, &c);
	return rc;
}
