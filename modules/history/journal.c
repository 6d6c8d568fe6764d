/* SPDX-License-Identifier: MIT */
/* journal.c - changes of a chat, one at a time: durable first, then sent, then put in force.
 *
 * An entry says what still has to be done in its member "todo", the name of a module, until that
 * has been done; what a crash has interrupted is done when the node starts. */
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
entry_begin(struct history *h, struct entry *e, struct parley_error *err)
{
	e->chat->pins++;
	parley_lane_join(&e->chat->lane, &e->turn);
	if (parley_await_turn(&e->turn) != 0)
		return parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	if (owed_apply(h, e->chat, err) != 0 || owed_settle(h, e->chat, err) != 0)
		return -1;
	return chat_count_changes(e->chat, err);
}

void
entry_end(struct history *h, struct entry *e)
{
	struct chat *c = e->chat;

	parley_lane_leave(&e->turn);
	owed_leave(h, e);
	if (e->seq > 0) {
		c->applying = false;
		parley_shield(false);
	}
	e->chat = NULL;
	chat_put(h, &c);
}

/* The document. nth, prev and last tell who reads the chat later what it would have to count. */
static void
entry_write(const struct entry *e, struct parley_text *out)
{
	const struct chat *c = e->chat;
	struct parley_writer w;

	parley_writer_init(&w, out);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "mid", e->mid);
	parley_put_string(&w, "from", e->from);
	parley_put_string(&w, "device", e->device);
	parley_put_int(&w, "time", e->time);
	parley_put_int(&w, "change", 1);
	parley_put_int(&w, "nth", c->changes + 1);
	parley_put_int(&w, "prev", c->last_change);
	parley_put_int(&w, "last", c->last);
	change_put_document(&w, &e->change);
	parley_put_string(&w, "todo", e->todo);
	parley_put_end(&w);
}

int
entry_append(struct history *h, struct entry *e, struct parley_error *err)
{
	struct chat *c = e->chat;
	struct parley_append a = { 0 };
	int rc;

	if (owed_admit(h, e, err) != 0)
		return -1;
	parley_shield(true);
	c->applying = true;
	parley_mid_new(e->mid);
	e->time = parley_now();
	memcpy(a.stream, c->key, sizeof a.stream);
	entry_write(e, &a.json);
	parley_store_append(&messages_collection, &a);
	rc = parley_await_event(&a.done, -1);
	if (rc != 0) {
		c->applying = false;
		parley_shield(false);
		*err = a.err;
		return -1;
	}
	e->seq = a.seq;
	chat_note_change(c, e->mid, e->seq, e->time);
	shelf_chat_changed(h, c);
	history_note(h, e->mid);
	c->revision++;
	h->changed++;
	return 0;
}

struct parley_payload *
entry_frame(const struct entry *e, const char *account, int64_t from)
{
	const struct heading heading = {
		.mid = e->mid,
		.from = e->from,
		.device = e->device,
		.to = chat_peer(e->chat, e->from[0] != '\0' ? e->from : account),
		.group = chat_is_group(e->chat),
		.seq = e->seq,
		.time = e->time,
	};
	struct parley_text text = { 0 };
	struct parley_payload *p;
	struct parley_writer w;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	heading_put(&w, &heading, account);
	change_put_frame(&w, &e->change, from);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_payload_set_mid(p, e->mid);
	return p;
}

/* ---- an edit of what not all members may read ----------------------------------------------- */

/* The members of a group who are connected. */
struct here {
	char (*names)[PARLEY_NAME_MAX + 1];
	unsigned count;
};

static void
here_add(void *arg, const char *account)
{
	struct here *here = arg;

	snprintf(here->names[here->count++], sizeof here->names[0], "%s", account);
}

static void
here_collect(struct here *here, const struct parley_channel *channel)
{
	*here = (struct here){ .names = parley_alloc(
				   (parley_channel_here(channel) + 1) * sizeof *here->names) };
	parley_channel_each_here(channel, here_add, here);
}

/* Who is not known has come just now, and gets it with the next page. */
static bool
is_blind(const struct entry *e, const char *account)
{
	const struct member *m = chat_member(e->chat, account);

	return m == NULL || !m->loaded || m->from > e->change.place;
}

/* Sends each what it may read. False when that is the same for all: then nothing was sent. */
static bool
send_apart(
    const struct entry *e, const struct parley_channel *channel, struct parley_payload *frame)
{
	struct parley_payload *blind = NULL;
	struct here here;

	here_collect(&here, channel);
	for (unsigned i = 0; i < here.count && blind == NULL; i++)
		if (is_blind(e, here.names[i]))
			blind = entry_frame(e, "", INT64_MAX);
	for (unsigned i = 0; i < here.count && blind != NULL; i++)
		parley_send_account(here.names[i], is_blind(e, here.names[i]) ? blind : frame, 0);
	free(here.names);
	if (blind == NULL)
		return false;
	parley_payload_unref(&blind);
	return true;
}

int
entry_meet(struct history *h, const struct entry *e, struct parley_error *err)
{
	const struct parley_groups_1 *groups;
	const struct parley_channel *channel;
	void *self = NULL;
	struct here here;
	int rc = 0;

	groups = chat_is_group(e->chat) ? parley_service_find("groups/1", &self) : NULL;
	channel = groups != NULL ? groups->channel(self, e->chat->key + 1, err) : NULL;
	if (channel == NULL)
		return groups != NULL ? -1 : 0;
	here_collect(&here, channel);
	for (unsigned i = 0; i < here.count && rc == 0; i++) {
		struct parley_error missing = { 0 };

		if (member_get(h, e->chat, here.names[i], &missing) == NULL &&
		    missing.code != PARLEY_NOT_FOUND) {
			*err = missing;
			rc = -1;
		}
	}
	free(here.names);
	return rc;
}

void
entry_send(const struct entry *e)
{
	const struct chat *c = e->chat;
	const struct parley_groups_1 *groups;
	const struct parley_channel *channel;
	struct parley_payload *frame;
	void *groups_self = NULL;

	for (unsigned i = 0; i < c->side_count; i++) {
		frame = entry_frame(e, c->sides[i].name, 0);
		parley_send_account(c->sides[i].name, frame, 0);
		parley_payload_unref(&frame);
	}
	groups = chat_is_group(c) ? parley_service_find("groups/1", &groups_self) : NULL;
	channel = groups != NULL ? groups->channel(groups_self, c->key + 1, NULL) : NULL;
	if (channel == NULL)
		return;
	frame = entry_frame(e, "", 0);
	if (e->change.place == 0 || !send_apart(e, channel, frame))
		parley_send_channel(channel, frame, 0);
	parley_payload_unref(&frame);
}

int
journal_clear_todo(const char *key, struct parley_error *err)
{
	struct parley_text json = { 0 };
	int rc;

	parley_text_puts(&json, "{\"todo\":null}");
	rc = parley_store_patch(&messages_collection, key, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

int
entry_done(const struct entry *e, struct parley_error *err)
{
	char key[PARLEY_KEY_MAX + 24];

	snprintf(key, sizeof key, "%s/%lld", e->chat->key, (long long)e->seq);
	return journal_clear_todo(key, err);
}

/* ---- after a crash ------------------------------------------------------------------------ */

typedef int todo_fn(void *arg, const struct parley_doc *doc, struct parley_error *err);

static int
redo_found(const struct parley_docs *docs, todo_fn *fn, void *arg, struct parley_error *err)
{
	for (uint32_t i = 0; i < docs->count; i++)
		if (fn(arg, docs->docs[i], err) != 0 ||
		    journal_clear_todo(docs->docs[i]->key, err) != 0)
			return -1;
	return 0;
}

int
journal_redo(
    const char *module, const char *stream, todo_fn *fn, void *arg, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "todo", .op = PARLEY_OP_EQ, .text = module },
		    { .field = stream != NULL ? "stream" : NULL,
			.op = stream != NULL ? PARLEY_OP_EQ : PARLEY_OP_END,
			.text = stream } },
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs docs = { 0 };
	uint32_t count, all = 0;
	int rc = 0;

	do { /* those that are done are no longer found */
		if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
			return -1;
		count = docs.count;
		all += count;
		rc = redo_found(&docs, fn, arg, err);
		parley_docs_fini(&docs);
	} while (rc == 0 && count == PARLEY_FIND_LIMIT);
	if (all > 0)
		parley_log_info("history", "module=%s changes=%u that were cut short are %s",
		    module, all, rc == 0 ? "done" : "not all done");
	return rc;
}
