/* SPDX-License-Identifier: MIT */
/* row.c - what the inbox tells of a chat: whom it is with, its last message, and what is unread. */
#include "inbox.h"

#include <stdio.h>
#include <string.h>

int64_t
last_for(const struct chat *c, const struct member *m)
{
	return c->last >= chat_floor(c, m) ? c->last : 0;
}

bool
had_last(const struct chat *c, const struct member *m)
{
	return c->last > 0 && c->last >= m->from;
}

/* ---- reading ahead ------------------------------------------------------------------------ */

static struct parley_query
message_query(const struct chat *c, int64_t seq)
{
	return (struct parley_query){
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq", .op = PARLEY_OP_EQ, .integer = seq } },
		.limit = 1,
	};
}

/* Its last message, unless that is being changed. */
static void
look_for_message(struct ahead *ahead, struct ahead_row *row, unsigned *finds)
{
	const struct chat *c = row->chat;

	row->seq = last_for(c, row->member);
	row->revision = c->revision;
	if (row->seq == 0 || c->applying || c->stuck)
		return;
	ahead->finds[*finds] = (struct find){
		.collection = &messages_collection,
		.query = message_query(c, row->seq),
	};
	row->message = &ahead->finds[(*finds)++];
}

static int
row_open(struct inbox *in, struct ahead_row *row, const char *account, const char *peer,
    struct parley_error *err)
{
	row->chat = chat_get(in->history, account, peer, err);
	if (row->chat != NULL)
		row->member = member_get(in->history, row->chat, account, err);
	return row->member != NULL ? 0 : -1;
}

int
rows_look(struct inbox *in, struct ahead *ahead, const struct row *rows, unsigned count,
    const char *account, struct parley_error *err)
{
	char own_keys[ROWS_AHEAD][PARLEY_KEY_MAX];
	unsigned finds = 0;

	memset(ahead->rows, 0, sizeof ahead->rows);
	ahead->count = count;
	for (unsigned i = 0; i < count; i++)
		if (!rows[i].gone && row_open(in, &ahead->rows[i], account, rows[i].peer, err) != 0)
			return -1;
	for (unsigned i = 0; i < count; i++) { /* nothing awaits from here on */
		if (rows[i].gone)
			continue;
		look_for_message(ahead, &ahead->rows[i], &finds);
		if (!rows[i].set)
			continue;
		snprintf(own_keys[i], sizeof own_keys[i], "%s/%s", account, rows[i].peer);
		ahead->finds[finds] =
		    (struct find){ .collection = &own_collection, .key = own_keys[i] };
		ahead->rows[i].own = &ahead->finds[finds++];
	}
	return find_many(ahead->finds, finds, err);
}

void
rows_done(struct inbox *in, struct ahead *ahead)
{
	for (unsigned i = 0; i < ahead->count; i++)
		chat_put(in->history, &ahead->rows[i].chat);
	finds_fini(ahead->finds, FINDS_MAX);
}

/* ---- one chat ----------------------------------------------------------------------------- */

/* What a row tells of a chat, all of it at one moment. */
struct look {
	struct reading rd;
	const struct parley_docs *last; /* the message, if any */
	struct parley_docs own;         /* when it was not read ahead */
	int64_t head, read, time;
	int64_t unread, marked, mentions;
};

/* What was read ahead, when it is still so. */
static const struct parley_docs *
still_so(const struct ahead_row *ahead, int64_t seq)
{
	const struct chat *c = ahead->chat;

	if (ahead->message == NULL || ahead->seq != seq || ahead->revision != c->revision ||
	    c->applying)
		return NULL;
	return &ahead->message->docs;
}

static int
look_once(struct look *l, const struct ahead_row *ahead, struct parley_error *err)
{
	struct chat *c = ahead->chat;
	struct member *m = ahead->member;
	struct parley_query query;
	int64_t last;

	l->unread = member_unread(c, m, err);
	/* messages may come during what is awaited below: the row is of the moment of this count */
	l->head = c->head;
	l->read = member_read(m);
	l->marked = member_marked(c, m);
	last = last_for(c, m);
	l->time = had_last(c, m) ? c->last_time : m->since;
	l->mentions = l->unread > 0 ? mentioned_count(c, m, err) : l->unread;
	if (l->mentions < 0)
		return -1;
	l->last = still_so(ahead, last);
	if (l->last != NULL)
		return 0;
	parley_docs_fini(&l->own);
	l->last = &l->own;
	if (last == 0)
		return 0;
	query = message_query(c, last);
	return parley_store_find(&messages_collection, &query, &l->own, err);
}

static int
look(struct inbox *in, const struct ahead_row *ahead, struct look *l, struct parley_error *err)
{
	if (reading_begin(&l->rd, in->history, ahead->chat, err) != 0)
		return -1;
	do
		if (look_once(l, ahead, err) != 0)
			return -1;
	while (reading_again(&l->rd));
	return 0;
}

static void
put_look(struct inbox *in, const struct ahead_row *ahead, const struct look *l)
{
	if (l->last->count == 1)
		document_put(
		    in->w, "last", l->last->docs[0], ahead->member->name, ahead->member->from);
	parley_put_int(in->w, "seq", l->head);
	parley_put_int(in->w, "read", l->read);
	parley_put_int(in->w, "unread", l->unread);
	if (l->marked > 0)
		parley_put_int(in->w, "unread_from", l->marked);
	if (l->mentions > 0)
		parley_put_int(in->w, "mentions", l->mentions);
	parley_put_time(in->w, "time", l->time);
}

/* Whom it is with, and what its reader is notified of there. */
static int
put_peer(struct inbox *in, const char *account, const char *peer, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	int rc = 0;

	if (peer[0] != '#')
		rc = in->roster->put_person(in->roster_self, in->w, "person", account, peer, err);
	else if (in->groups != NULL && in->groups->put_group(in->groups_self, in->w, "group",
					   account, peer + 1, &missing) != 0)
		rc = missing.code == PARLEY_NOT_FOUND
			 ? 0
			 : parley_fail(err, missing.code, NULL, "%s", missing.text);
	if (rc == 0 && in->notify != NULL)
		rc =
		    in->notify->put_effective(in->notify_self, in->w, "notify", account, peer, err);
	return rc;
}

/* How far the other has come. */
static void
put_receipts(struct inbox *in, const char *account, const struct member *other)
{
	int64_t received = other->received, read = member_read(other);

	if (receipts_between(account, other->name)) {
		if (read > received)
			received = read;
		if (read > 0)
			parley_put_int(in->w, "seen", read);
	}
	if (received > 0)
		parley_put_int(in->w, "delivered", received);
}

static void
put_gone(struct inbox *in, int64_t seq, int64_t read, int64_t time)
{
	parley_put_int(in->w, "seq", seq);
	parley_put_int(in->w, "read", read);
	parley_put_int(in->w, "unread", 0);
	parley_put_bool(in->w, "gone", true);
	parley_put_time(in->w, "time", time);
}

/* What is the reader's own there, and how far the other has come. May await. */
static void
put_rest(struct inbox *in, const struct ahead_row *ahead)
{
	struct chat *c = ahead->chat;
	struct member *m = ahead->member;

	if (ahead->own != NULL && ahead->own->doc != NULL)
		own_put(in->w, ahead->own->doc->root, last_for(c, m));
	keep_put(in->history, in->w, c);
	if (!chat_is_group(c) && c->side_count == 2)
		put_receipts(in, m->name, chat_member(c, chat_peer(c, m->name)));
}

/* Who has left the group while this was looked for is told that, and nothing of what came after. */
static int
put_members(struct inbox *in, const struct ahead_row *ahead, struct parley_error *err)
{
	const struct member *m = ahead->member;
	struct look l = { 0 };
	bool gone;
	int rc;

	if (put_peer(in, m->name, chat_peer(ahead->chat, m->name), err) != 0)
		return -1;
	rc = look(in, ahead, &l, err);
	gone = m->ended != 0;
	if (rc == 0 && gone)
		put_gone(in, m->ended, l.read, m->changed);
	else if (rc == 0)
		put_look(in, ahead, &l);
	reading_end(&l.rd);
	parley_docs_fini(&l.own);
	if (rc == 0 && !gone)
		put_rest(in, ahead);
	return rc;
}

int
row_put(struct inbox *in, const struct row *row, const struct ahead_row *ahead,
    struct parley_error *err)
{
	char address[PARLEY_ADDRESS_SIZE];
	int rc = 0;

	peer_address(address, row->peer);
	parley_put_object(in->w, NULL);
	parley_put_string(in->w, "chat", address);
	if (row->gone)
		put_gone(in, row->seq, row->read, row->time);
	else
		rc = put_members(in, ahead, err);
	parley_put_end(in->w);
	return rc;
}
