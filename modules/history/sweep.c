/* SPDX-License-Identifier: MIT */
/* sweep.c - takes away what is too old in one chat. */
#include "keep.h"
#include "shelf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH    64 /* entries that are removed at once */
#define REST_MAX 1000

/* ---- removing ----------------------------------------------------------------------------- */

struct batch;

struct removal {
	struct batch *all;
	const struct parley_doc *doc;
	bool husk;
};

/* Removals that run side by side, so that they share commits. */
struct batch {
	struct history *history;
	struct removal list[BATCH];
	unsigned open;
	int rc;
	struct parley_error err;
	struct parley_event done;
};

static void
removal_run(void *arg)
{
	struct removal *r = arg;
	struct batch *b = r->all;
	struct parley_error err = { 0 };

	parley_shield(true);
	if (apply_remove(b->history, r->doc, r->husk, &err) != 0) {
		b->rc = -1;
		b->err = err;
	} else if (!r->husk) {
		b->history->removed++;
		b->history->keeper->walk_removed++;
	}
	parley_shield(false);
	if (--b->open == 0)
		parley_event_set(&b->done, 0);
}

/* The first count of docs. head: the seq of the last entry of the chat, which leaves a husk. */
static int
remove_docs(struct history *h, const struct parley_docs *docs, unsigned count, int64_t head,
    struct parley_error *err)
{
	struct batch *b = parley_alloc(sizeof *b);
	int rc;

	b->history = h;
	b->open = count;
	for (unsigned i = 0; i < count; i++) {
		b->list[i] = (struct removal){ b, docs->docs[i], docs->docs[i]->seq >= head };
		if (parley_spawn("history-sweep", removal_run, &b->list[i]) != 0)
			removal_run(&b->list[i]);
	}
	parley_shield(true); /* the fibers write into it */
	parley_await_event(&b->done, -1);
	parley_shield(false);
	rc = b->rc;
	if (rc != 0)
		*err = b->err;
	free(b);
	return rc;
}

/* ---- from where on there are messages
 * ----------------------------------------------------------------------------- */

static const char *
mid_of(const struct parley_doc *doc)
{
	return parley_json_string_or(parley_json_get(doc->root, "mid"), "");
}

/* How many at the beginning of docs have to go: those that nobody reads any more, and those that
 * are too old, unless something that they tell is yet to be done. */
static unsigned
count_old(const struct chat *c, const struct parley_docs *docs, int64_t cutoff)
{
	unsigned n = 0;

	for (; n < docs->count; n++) {
		const struct parley_doc *doc = docs->docs[n];

		if (doc->seq >= c->keep.first &&
		    (entry_time(doc) >= cutoff || parley_json_get(doc->root, "todo") != NULL))
			break;
		if (doc->seq == c->head && document_is_husk(doc))
			break;
	}
	return n;
}

/* From here on nobody reads what is before. With the chat's turn. */
static int
move_first(struct history *h, struct chat *c, const struct parley_docs *docs, unsigned count,
    struct parley_error *err)
{
	struct keep_state state = c->keep;

	state.first = docs->docs[count - 1]->seq + 1;
	if (state.first <= c->keep.first)
		return 0;
	state.swept = parley_now();
	for (unsigned i = 0; i < count; i++)
		if (strcmp(mid_of(docs->docs[i]), state.until) > 0)
			snprintf(state.until, sizeof state.until, "%s", mid_of(docs->docs[i]));
	if (keep_store(h, c->key, &state, err) != 0)
		return -1;
	c->keep = state;
	c->revision++;
	c->mention_revision++;
	c->changed = state.swept > c->changed ? state.swept : c->changed;
	shelf_chat_changed(h, c);
	return 0;
}

/* The oldest entries: *limit of them, or fewer when what is behind them cannot be read; then *limit
 * is that. */
static int
find_oldest(
    const struct chat *c, uint32_t *limit, struct parley_docs *docs, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq", .op = PARLEY_OP_GE, .integer = 1 } },
		.order_by = "seq",
	};
	struct parley_error why = { 0 };

	for (;; *limit /= 2) {
		query.limit = *limit;
		if (parley_store_find(&messages_collection, &query, docs, &why) == 0)
			return 0;
		if (why.code != PARLEY_INTERNAL || *limit == 1)
			break;
	}
	*err = why;
	return -1;
}

/* Finds the oldest entries and moves the beginning of the chat behind those that have to go: so
 * many of docs, or -1. */
static int
pass_by(struct history *h, struct chat *c, uint32_t *limit, struct parley_docs *docs,
    struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int count = -1;

	parley_lane_join(&c->lane, &turn);
	if (parley_await_turn(&turn) != 0)
		parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	else if (owed_apply(h, c, err) == 0 && find_oldest(c, limit, docs, err) == 0)
		count = (int)count_old(c, docs, keep_cutoff(h, c->key, &c->keep));
	if (count > 0 && move_first(h, c, docs, (unsigned)count, err) != 0)
		count = -1;
	parley_lane_leave(&turn);
	return count;
}

static struct parley_payload *
begins_payload(const struct chat *c, const char *peer)
{
	char address[PARLEY_ADDRESS_SIZE];
	struct parley_text text = { 0 };
	struct parley_writer w;

	peer_address(address, peer);
	parley_event_open(&w, &text, "history.begins");
	parley_put_string(&w, "chat", address);
	parley_put_int(&w, "seq", c->keep.first);
	parley_put_end(&w);
	return parley_payload_new(&text);
}

/* Tells those who are connected from where on there are messages. */
static void
tell_begins(const struct chat *c)
{
	const struct parley_groups_1 *groups;
	const struct parley_channel *channel;
	struct parley_payload *p;
	void *self = NULL;

	for (unsigned i = 0; i < c->side_count; i++) {
		p = begins_payload(c, chat_peer(c, c->sides[i].name));
		parley_send_account(c->sides[i].name, p, 0);
		parley_payload_unref(&p);
	}
	groups = chat_is_group(c) ? parley_service_find("groups/1", &self) : NULL;
	channel = groups != NULL ? groups->channel(self, c->key + 1, NULL) : NULL;
	if (channel == NULL)
		return;
	p = begins_payload(c, c->key);
	parley_send_channel(channel, p, 0);
	parley_payload_unref(&p);
}

int
sweep_rest(int64_t began)
{
	int64_t took = parley_monotonic() - began;

	return parley_await_sleep(took < 1          ? 1
				  : took > REST_MAX ? REST_MAX
						    : (int)took) == 0
		   ? 0
		   : -1;
}

/* Who asks for what has changed looks at the last entry of each chat. Before anything is removed:
 * so who does it after a kill does this, too. */
static int
note_swept(const struct chat *c, struct parley_error *err)
{
	struct parley_text json = { 0 };
	char key[PARLEY_KEY_MAX + 24];
	int rc;

	snprintf(key, sizeof key, "%s/%" PRId64, c->key, c->head);
	parley_text_printf(&json, "{\"swept\":%" PRId64 "}", c->keep.swept);
	rc = parley_store_patch(&messages_collection, key, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

int
sweep_chat(struct history *h, struct chat *c, struct parley_error *err)
{
	int64_t first = c->keep.first;
	uint32_t limit = BATCH;
	int count = BATCH;

	while (count == (int)limit) {
		int64_t began = parley_monotonic();
		struct parley_docs docs = { 0 };

		count = pass_by(h, c, &limit, &docs, err);
		if (count > 0 && (note_swept(c, err) != 0 ||
				     remove_docs(h, &docs, (unsigned)count, c->head, err) != 0))
			count = -1;
		parley_docs_fini(&docs);
		if (count > 0 && sweep_rest(began) != 0)
			count = -1;
	}
	if (c->keep.first > first)
		tell_begins(c);
	return count < 0 ? -1 : 0;
}
