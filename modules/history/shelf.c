/* SPDX-License-Identifier: MIT */
/* shelf.c - the chats of accounts in the order in which they last changed. */
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- who is told of a chat ---------------------------------------------------------------- */

static void
key_of(const struct spot *p, char key[PARLEY_KEY_MAX])
{
	if (p->peer[0] == '#')
		snprintf(key, PARLEY_KEY_MAX, "%s", p->peer);
	else
		parley_chat_key(p->shelf->account, p->peer, key);
}

static struct watch *
watch_new(struct history *h, const char *key)
{
	size_t len = strlen(key);
	struct watch *w = parley_alloc(sizeof *w + len + 1);

	memcpy(w->key, key, len + 1);
	w->chat = chat_known(h, key);
	if (w->chat != NULL)
		w->chat->watch = w;
	parley_table_put(h->watches, w->key, w);
	return w;
}

static void
watch_free(struct history *h, struct watch *w)
{
	if (w->chat != NULL)
		w->chat->watch = NULL;
	parley_table_remove(h->watches, w->key);
	free(w);
}

static void
watch_join(struct history *h, struct spot *p)
{
	char key[PARLEY_KEY_MAX];

	key_of(p, key);
	p->watch = parley_table_get(h->watches, key);
	if (p->watch == NULL)
		p->watch = watch_new(h, key);
	p->watch_before = NULL;
	p->watch_after = p->watch->first;
	if (p->watch_after != NULL)
		p->watch_after->watch_before = p;
	p->watch->first = p;
}

static void
watch_leave(struct history *h, struct spot *p)
{
	struct watch *w = p->watch;

	if (w == NULL)
		return;
	*(p->watch_before != NULL ? &p->watch_before->watch_after : &w->first) = p->watch_after;
	if (p->watch_after != NULL)
		p->watch_after->watch_before = p->watch_before;
	p->watch = NULL;
	p->watch_before = p->watch_after = NULL;
	if (w->first == NULL)
		watch_free(h, w);
}

void
shelf_chat_here(struct history *h, struct chat *c)
{
	c->watch = parley_table_get(h->watches, c->key);
	if (c->watch != NULL)
		c->watch->chat = c;
}

void
shelf_chat_gone(struct chat *c)
{
	if (c->watch != NULL)
		c->watch->chat = NULL;
	c->watch = NULL;
}

/* ---- places ------------------------------------------------------------------------------- */

static bool
is_placed(const struct spot *p)
{
	return p->newer != NULL || p->shelf->newest == p;
}

static void
spot_out(struct spot *p)
{
	struct shelf *s = p->shelf;

	if (!is_placed(p))
		return;
	*(p->newer != NULL ? &p->newer->older : &s->newest) = p->older;
	*(p->older != NULL ? &p->older->newer : &s->oldest) = p->newer;
	p->newer = p->older = NULL;
}

/* Newer ones first. */
static struct spot *
merge(struct spot *a, struct spot *b)
{
	struct spot *list = NULL, **end = &list;

	while (a != NULL && b != NULL) {
		struct spot **from = a->at >= b->at ? &a : &b;

		*end = *from;
		*from = (*from)->older;
		end = &(*end)->older;
	}
	*end = a != NULL ? a : b;
	return list;
}

static struct spot *
sort(struct spot *list)
{
	struct spot *middle = list, *rest;

	if (list == NULL || list->older == NULL)
		return list;
	for (rest = list->older; rest != NULL && rest->older != NULL; rest = rest->older->older)
		middle = middle->older;
	rest = middle->older;
	middle->older = NULL;
	return merge(sort(list), sort(rest));
}

/* Puts each where its time is: few steps from the new end, when they have just changed. */
static void
spots_in(struct shelf *s, struct spot *list)
{
	struct spot *older = s->newest, *p;

	for (list = sort(list); (p = list) != NULL;) {
		list = p->older;
		while (older != NULL && older->at > p->at)
			older = older->older;
		p->older = older;
		p->newer = older != NULL ? older->newer : s->oldest;
		*(p->newer != NULL ? &p->newer->older : &s->newest) = p;
		*(older != NULL ? &older->newer : &s->oldest) = p;
	}
}

static void
stir(struct history *h, struct spot *p)
{
	if (p->stirred)
		return;
	spot_out(p);
	watch_leave(h, p);
	p->stirred = true;
	p->older = p->shelf->stirred;
	p->shelf->stirred = p;
}

/* The place for peer; a new one is stirred. */
static struct spot *
spot_get(struct history *h, struct shelf *s, const char *peer)
{
	struct spot *p = parley_table_get(s->spots, peer);

	if (p != NULL)
		return p;
	p = parley_alloc(sizeof *p);
	snprintf(p->peer, sizeof p->peer, "%s", peer);
	p->shelf = s;
	parley_table_put(s->spots, p->peer, p);
	h->spots_in_memory++;
	stir(h, p);
	return p;
}

/* ---- shelves in memory -------------------------------------------------------------------- */

static void
shelf_unlink(struct history *h, struct shelf *s)
{
	*(s->newer != NULL ? &s->newer->older : &h->newest_shelf) = s->older;
	*(s->older != NULL ? &s->older->newer : &h->oldest_shelf) = s->newer;
	s->newer = s->older = NULL;
}

static void
shelf_link_newest(struct history *h, struct shelf *s)
{
	s->older = h->newest_shelf;
	*(s->older != NULL ? &s->older->newer : &h->oldest_shelf) = s;
	h->newest_shelf = s;
}

static void
shelf_free(struct history *h, struct shelf *s)
{
	struct spot *p;
	uint32_t at = 0;

	while ((p = parley_table_each(s->spots, &at)) != NULL) {
		watch_leave(h, p);
		free(p);
		h->spots_in_memory--;
	}
	parley_table_free(&s->spots);
	shelf_unlink(h, s);
	parley_table_remove(h->shelves, s->account);
	free(s);
}

void
shelf_free_all(struct history *h)
{
	while (h->newest_shelf != NULL)
		shelf_free(h, h->newest_shelf);
}

static void
shelf_evict(struct history *h)
{
	struct shelf *s = h->oldest_shelf, *newer;

	for (; s != NULL && (int64_t)h->spots_in_memory > h->chats_cached * SPOTS_PER_CHAT;
	     s = newer) {
		newer = s->newer;
		if (s->pins == 0)
			shelf_free(h, s);
	}
}

static struct shelf *
shelf_new(struct history *h, const char *account)
{
	struct shelf *s = parley_alloc(sizeof *s);

	snprintf(s->account, sizeof s->account, "%s", account);
	s->spots = parley_table_new();
	parley_table_put(h->shelves, s->account, s);
	shelf_link_newest(h, s);
	return s;
}

/* ---- filling them ------------------------------------------------------------------------- */

static int64_t
doc_int(const struct parley_doc *doc, const char *name)
{
	return parley_json_int(parley_json_get(doc->root, name), 0);
}

/* What is noted while the documents are read is newer than they are. */
static void
take_member(struct history *h, struct shelf *s, const struct parley_doc *doc)
{
	const char *peer = parley_json_string_or(parley_json_get(doc->root, "peer"), "");
	struct spot *p = spot_get(h, s, peer);

	if (p->changed >= doc_int(doc, "changed") && p->changed > 0)
		return;
	p->changed = doc_int(doc, "changed");
	p->seq = doc_int(doc, "ended");
	p->gone = p->seq != 0;
	p->read = doc_int(doc, "read");
}

static int
shelf_load(struct history *h, struct shelf *s, struct parley_error *err)
{
	struct parley_docs members = { 0 };
	struct own own = { 0 };
	const struct parley_doc *doc;
	uint32_t at = 0;
	int rc = history_members(s->account, &members, err);

	if (rc == 0)
		rc = own_load(&own, s->account, err);
	for (uint32_t i = 0; i < members.count && rc == 0; i++)
		take_member(h, s, members.docs[i]);
	while (rc == 0 && (doc = parley_table_each(own.by_peer, &at)) != NULL) {
		struct spot *p = spot_get(h, s, strchr(doc->key, '/') + 1);

		if (doc_int(doc, "changed") > p->set)
			p->set = doc_int(doc, "changed");
	}
	own_fini(&own);
	parley_docs_fini(&members);
	s->loaded = rc == 0;
	return rc;
}

/* Takes its time, and goes into the list. chat: when that changed last; -1: there is nothing in it.
 */
static void
spot_settle(struct spot *p, int64_t chat, struct spot **list)
{
	p->at = p->gone ? p->changed : chat;
	if (p->at >= 0 && p->changed > p->at)
		p->at = p->changed;
	if (p->at >= 0 && p->set > p->at && !p->gone)
		p->at = p->set;
	p->older = *list;
	*list = p;
}

/* Takes one that is stirred, which from now on is told of changes. */
static struct spot *
unstir(struct history *h, struct shelf *s)
{
	struct spot *p = s->stirred;

	s->stirred = p->older;
	p->older = NULL;
	p->stirred = false;
	if (!p->gone)
		watch_join(h, p);
	return p;
}

/* Chats that are not in memory are asked for their last entry, many at once. */
struct cold {
	struct spot *spots[FINDS_MAX];
	char keys[FINDS_MAX][PARLEY_KEY_MAX];
	struct find finds[FINDS_MAX];
	unsigned count;
};

static void
cold_add(struct cold *cold, struct spot *p)
{
	unsigned i = cold->count++;

	cold->spots[i] = p;
	key_of(p, cold->keys[i]);
	cold->finds[i] = (struct find){
		.collection = &messages_collection,
		.query = {
			.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = cold->keys[i] } },
			.order_by = "seq",
			.descending = true,
			.limit = 1,
		},
	};
}

/* Those that were stirred meanwhile have yet to be looked at again. */
static int
cold_settle(struct history *h, struct shelf *s, struct cold *cold, struct parley_error *err)
{
	int rc = find_many(cold->finds, cold->count, err);
	struct spot *list = NULL;

	for (unsigned i = 0; i < cold->count; i++) {
		struct parley_docs *docs = &cold->finds[i].docs;
		struct spot *p = cold->spots[i];

		if (rc != 0)
			stir(h, p);
		else if (!p->stirred)
			spot_settle(p, docs->count > 0 ? entry_changed(docs->docs[0]) : -1, &list);
		parley_docs_fini(docs);
	}
	spots_in(s, list);
	cold->count = 0;
	return rc;
}

/* Some of those that are stirred: until there are none, or enough that are not in memory. */
static void
settle_known(struct history *h, struct shelf *s, struct cold *cold)
{
	struct spot *list = NULL;

	while (s->stirred != NULL && cold->count < FINDS_MAX) {
		struct spot *p = unstir(h, s);
		const struct chat *c = p->gone ? NULL : p->watch->chat;

		if (p->gone || (c != NULL && c->loaded))
			spot_settle(p, c != NULL && c->head > 0 ? c->changed : -1, &list);
		else
			cold_add(cold, p);
	}
	spots_in(s, list);
}

static int
shelf_settle(struct history *h, struct shelf *s, struct parley_error *err)
{
	struct cold *cold;
	int rc = 0;

	if (s->stirred == NULL)
		return 0;
	cold = parley_alloc(sizeof *cold);
	while (rc == 0 && s->stirred != NULL) {
		settle_known(h, s, cold);
		rc = cold_settle(h, s, cold, err);
	}
	free(cold);
	return rc;
}

static int
shelf_fill(struct history *h, struct shelf *s, struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int rc = 0;

	parley_lane_join(&s->filling, &turn);
	if (parley_await_turn(&turn) != 0)
		rc = parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	if (rc == 0 && !s->loaded)
		rc = shelf_load(h, s, err);
	if (rc == 0)
		rc = shelf_settle(h, s, err);
	parley_lane_leave(&turn);
	return rc;
}

struct shelf *
shelf_get(struct history *h, const char *account, struct parley_error *err)
{
	struct shelf *s = parley_table_get(h->shelves, account);

	if (s == NULL)
		s = shelf_new(h, account);
	s->pins++;
	if (shelf_fill(h, s, err) != 0) {
		shelf_put(h, &s);
		return NULL;
	}
	shelf_unlink(h, s);
	shelf_link_newest(h, s);
	return s;
}

void
shelf_put(struct history *h, struct shelf **s)
{
	if (*s == NULL)
		return;
	(*s)->pins--;
	if ((*s)->pins == 0 && !(*s)->loaded)
		shelf_free(h, *s);
	*s = NULL;
	shelf_evict(h);
}

/* ---- what changes ------------------------------------------------------------------------- */

static void
watch_stir(struct history *h, struct watch *w)
{
	struct spot *p = w->first, *after;

	for (; p != NULL; p = after) { /* the last one takes w with it */
		after = p->watch_after;
		stir(h, p);
	}
}

void
shelf_chat_changed(struct history *h, struct chat *c)
{
	if (c->watch != NULL)
		watch_stir(h, c->watch);
}

void
shelf_key_changed(struct history *h, const char *key)
{
	struct watch *w = parley_table_get(h->watches, key);

	if (w != NULL)
		watch_stir(h, w);
}

void
shelf_member_changed(struct history *h, const struct chat *c, const struct member *m)
{
	struct shelf *s = parley_table_get(h->shelves, m->name);
	struct spot *p = s != NULL ? spot_get(h, s, chat_peer(c, m->name)) : NULL;

	if (p == NULL)
		return;
	p->changed = m->changed;
	p->gone = m->ended != 0;
	p->seq = m->ended;
	p->read = m->read;
	stir(h, p);
}

void
shelf_set(struct history *h, const char *account, const char *peer, int64_t changed)
{
	struct shelf *s = parley_table_get(h->shelves, account);
	struct spot *p = s != NULL ? spot_get(h, s, peer) : NULL;

	if (p == NULL)
		return;
	p->set = changed;
	stir(h, p);
}
