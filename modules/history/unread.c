/* SPDX-License-Identifier: MIT */
/* unread.c - how many messages are unread: those behind the read position, or those from the one on
 * that the account has marked as unread, without its own. */
#include "shelf.h"

#include <string.h>

#define MARK_MOST PARLEY_FIND_LIMIT /* entries that may be marked: they are looked through */

/* ---- where it begins ---------------------------------------------------------------------- */

int64_t
member_read(const struct member *m)
{
	return m->read > m->own ? m->read : m->own;
}

int64_t
member_behind(const struct chat *c, const struct member *m)
{
	int64_t read = member_read(m);

	return read >= c->keep.first ? read : c->keep.first - 1;
}

/* Who has written since has read. */
int64_t
member_marked(const struct chat *c, const struct member *m)
{
	int64_t from = m->marked;

	if (from == 0 || m->own > m->marked_to)
		return 0;
	if (from < c->keep.first)
		from = c->keep.first;
	return from <= member_read(m) ? from : 0;
}

static int64_t
unread_behind(const struct chat *c, const struct member *m)
{
	int64_t marked = member_marked(c, m);

	return marked > 0 ? marked - 1 : member_behind(c, m);
}

/* ---- counting ----------------------------------------------------------------------------- */

/* How many changes there were up to seq: the next one tells, since those before may be gone. */
static int
count_changes(struct chat *c, struct member *m, int64_t seq, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "change", .op = PARLEY_OP_EQ, .integer = 1 },
		    { .field = "seq", .op = PARLEY_OP_GT, .integer = seq } },
		.order_by = "seq",
		.limit = 1,
	};
	struct parley_docs docs = { 0 };

	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	m->counted = docs.count > 0
			 ? parley_json_int(parley_json_get(docs.docs[0]->root, "nth"), 1) - 1
			 : c->changes;
	m->counted_to = seq;
	parley_docs_fini(&docs);
	return 0;
}

/* Messages of a part of a chat: own ones, and those of others. */
struct tally {
	const char *account;
	int64_t own, others;
};

static bool
tally_add(void *arg, const struct parley_doc *entry)
{
	struct tally *t = arg;
	const struct parley_json *from = parley_json_get(entry->root, "from");

	if (!document_is_change(entry))
		++*(strcmp(parley_json_string_or(from, ""), t->account) == 0 ? &t->own
									     : &t->others);
	return true;
}

/* How many messages are behind a place and up to another. */
static int
count_own(const struct chat *c, const char *account, int64_t behind, int64_t to, struct tally *out,
    struct parley_error *err)
{
	*out = (struct tally){ .account = account };
	return entries_scan(c, behind, to, MARK_MOST, tally_add, out, err);
}

/* Sees to it that what is to be subtracted behind a place is known. 1 when it was, 0, or -1. */
static int
count_behind(struct chat *c, struct member *m, int64_t behind, struct parley_error *err)
{
	int64_t to = m->marked_to;
	struct tally tally;

	if (behind < c->last_change && m->counted_to != behind)
		return count_changes(c, m, behind, err);
	if (member_marked(c, m) == 0 || (m->own_behind == behind && m->own_to == to))
		return 1;
	if (count_own(c, m->name, behind, to, &tally, err) != 0)
		return -1;
	m->own_behind = behind;
	m->own_to = to;
	m->own_count = tally.own;
	return 0;
}

int64_t
member_unread(struct chat *c, struct member *m, struct parley_error *err)
{
	int64_t behind, count;
	int rc = 0;

	if (unread_behind(c, m) >= c->last)
		return 0;
	if (chat_count_changes(c, err) != 0)
		return -1;
	behind = unread_behind(c, m);
	while ((rc = count_behind(c, m, behind, err)) == 0)
		behind = unread_behind(c, m); /* it may have moved meanwhile */
	if (rc < 0)
		return -1;
	if (behind >= c->last)
		return 0;
	count = c->head - behind - (behind < c->last_change ? c->changes - m->counted : 0);
	return member_marked(c, m) > 0 ? count - m->own_count : count;
}

/* ---- moving it ---------------------------------------------------------------------------- */

void
member_put_mark(struct parley_writer *w, const struct member *m)
{
	if (m->marked > 0) {
		parley_put_int(w, "marked", m->marked);
		parley_put_int(w, "marked_to", m->marked_to);
	} else {
		parley_put_null(w, "marked");
		parley_put_null(w, "marked_to");
	}
}

static int
position_store(const struct chat *c, const struct member *m, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];
	int rc;

	member_key(key, m->name, c);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_int(&w, "read", m->read);
	parley_put_int(&w, "changed", m->changed);
	member_put_mark(&w, m);
	parley_put_end(&w);
	rc = parley_store_patch(&members_collection, key, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

/* Two devices may tell in any order; the later one's write is the later one. When it fails all is
 * as it was. */
int
member_move(struct history *h, const struct chat *c, struct member *m, int64_t read, int64_t marked,
    int64_t marked_to, struct parley_error *err)
{
	const struct member before = *m;

	m->read = read;
	m->marked = marked;
	m->marked_to = marked_to;
	m->changed = parley_now();
	shelf_member_changed(h, c, m);
	if (position_store(c, m, err) == 0)
		return 0;
	if (m->read == read && m->marked == marked) {
		m->read = before.read;
		m->marked = before.marked;
		m->marked_to = before.marked_to;
		m->changed = before.changed;
	}
	return -1;
}

/* ---- telling it --------------------------------------------------------------------------- */

void
position_put(struct parley_writer *w, const struct chat *c, const struct member *m, int64_t unread)
{
	int64_t marked = member_marked(c, m);

	parley_put_int(w, "unread", unread);
	if (marked > 0)
		parley_put_int(w, "unread_from", marked);
}

void
position_tell(const struct chat *c, const struct member *m, int64_t unread, parley_session_id but)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;
	char address[PARLEY_ADDRESS_SIZE];

	peer_address(address, chat_peer(c, m->name));
	parley_event_open(&w, &text, "read");
	parley_put_string(&w, "chat", address);
	parley_put_int(&w, "seq", member_read(m));
	position_put(&w, c, m, unread);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(m->name, p, but);
	parley_payload_unref(&p);
}

/* ---- history.unread ----------------------------------------------------------------------- */

static int
unread_mark(
    struct history *h, struct chat *c, struct member *m, int64_t from, struct parley_error *err)
{
	int64_t to = c->head, marked = m->marked;
	struct tally tally;

	if (to - from >= MARK_MOST)
		return parley_fail(err, PARLEY_TOO_LARGE, "/params/mid",
		    "there are more than %d entries from there on", MARK_MOST);
	if (count_own(c, m->name, from - 1, to, &tally, err) != 0)
		return -1;
	if (tally.others == 0)
		return parley_fail(err, PARLEY_BAD_REQUEST, "/params/mid",
		    "nobody else wrote anything from there on");
	if (marked == from && member_marked(c, m) > 0)
		return 0;
	if (from > member_read(m)) { /* it is unread, perhaps among others */
		if (marked == 0)
			return 0;
		from = 0;
	}
	return member_move(h, c, m, m->read, from, from > 0 ? to : 0, err);
}

static int
unread_answer(struct history *h, struct chat *c, struct member *m, struct parley_request *r,
    int64_t from, struct parley_error *err)
{
	struct parley_writer *w;
	int64_t unread;

	if (unread_mark(h, c, m, from, err) != 0)
		return -1;
	unread = member_unread(c, m, err);
	if (unread < 0)
		return -1;
	position_tell(c, m, unread, parley_request_session(r));
	w = parley_answer(r);
	parley_put_int(w, "read", member_read(m));
	position_put(w, c, m, unread);
	return 0;
}

void
history_unread(void *self, struct parley_request *r)
{
	struct parley_error err = { 0 };
	struct parley_doc *message;
	struct member *m;
	struct chat *c = history_message_get(self, r, &m, &message);

	if (c == NULL)
		return;
	if (unread_answer(self, c, m, r, message->seq, &err) != 0)
		parley_refuse_error(r, &err);
	parley_doc_free(&message);
	chat_put(self, &c);
}
