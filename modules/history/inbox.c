/* SPDX-License-Identifier: MIT */
/* inbox.c - every chat of an account with its last message and what is unread. */
#include "history.h"

#include <inttypes.h>
#include <parley/notify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A commit may follow the moment its message was stamped with: changes this old are told once more,
 * which does no harm. */
#define CURSOR_SLACK_MS 60000

/* Moves the documents of more behind those of all. */
static void
docs_append(struct parley_docs *all, struct parley_docs *more)
{
	struct parley_doc **docs;

	if (all->count == 0) {
		*all = *more;
		return;
	}
	docs = parley_alloc((all->count + more->count) * sizeof(*docs));
	memcpy(docs, all->docs, all->count * sizeof(*docs));
	memcpy(docs + all->count, more->docs, more->count * sizeof(*docs));
	free(all->docs);
	free(more->docs);
	all->docs = docs;
	all->count += more->count;
}

int
history_members(const char *account, struct parley_docs *out, struct parley_error *err)
{
	char after[PEER_SIZE] = "";
	const struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = account },
		    { .field = "peer", .op = PARLEY_OP_GT, .text = after } },
		.order_by = "peer",
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs page = { .count = PARLEY_FIND_LIMIT };

	*out = (struct parley_docs){ 0 };
	while (page.count == PARLEY_FIND_LIMIT) {
		const struct parley_doc *last;

		page = (struct parley_docs){ 0 };
		if (parley_store_find(&members_collection, &query, &page, err) != 0) {
			parley_docs_fini(out);
			return -1;
		}
		if (page.count == 0)
			break;
		last = page.docs[page.count - 1];
		snprintf(after, sizeof after, "%s",
		    parley_json_string_or(parley_json_get(last->root, "peer"), ""));
		docs_append(out, &page);
	}
	return 0;
}

/* ---- the inbox ---------------------------------------------------------------------------- */

/* A chat that belongs into the answer. */
struct row {
	char peer[PEER_SIZE];
	char order[37]; /* the mid of the last message; mids are in the order of time */
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
	struct own own;   /* what the account has set */
	struct row *rows;
	uint32_t count;
};

/* A cursor is "SYNC", or "SYNC.SINCE.ORDER.PEER" when there are more parts, those behind that row.
 */
static void
cursor_read(struct inbox *in, const char *cursor)
{
	const char *dot;
	char *end;

	in->sync = parley_now() - CURSOR_SLACK_MS;
	if (cursor == NULL)
		return;
	in->since = strtoll(cursor, &end, 10);
	if (*end != '.')
		return;
	in->sync = in->since;
	in->since = strtoll(end + 1, &end, 10);
	dot = *end == '.' ? strchr(end + 1, '.') : NULL;
	if (dot == NULL)
		return;
	snprintf(in->after.order, sizeof in->after.order, "%.*s", (int)(dot - end - 1), end + 1);
	snprintf(in->after.peer, sizeof in->after.peer, "%s", dot + 1);
}

static void
cursor_write(const struct inbox *in, uint32_t told)
{
	const struct row *last = &in->rows[told - (told > 0)];
	char cursor[120];

	if (told < in->count)
		snprintf(cursor, sizeof cursor, "%" PRId64 ".%" PRId64 ".%s.%s", in->sync,
		    in->since, last->order, last->peer);
	else
		snprintf(cursor, sizeof cursor, "%" PRId64, in->sync);
	parley_put_string(in->w, "cursor", cursor);
}

/* ---- one chat ----------------------------------------------------------------------------- */

/* The last message that m may read; 0 when there is none. */
static int64_t
last_for(const struct chat *c, const struct member *m)
{
	return c->last >= m->from ? c->last : 0;
}

/* What a row tells of a chat, all of it at one moment. */
struct look {
	struct reading rd;
	struct parley_docs last;
	int64_t head, read, time;
	int64_t unread, mentions;
};

static int
look_once(struct look *l, struct chat *c, struct member *m, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq", .op = PARLEY_OP_EQ } },
		.limit = 1,
	};

	l->unread = member_unread(c, m, err);
	/* messages may come during what is awaited below: the row is of the moment of this count */
	l->head = c->head;
	l->read = member_read(m);
	l->time = last_for(c, m) > 0 ? c->last_time : m->since;
	query.where[1].integer = last_for(c, m);
	l->mentions = l->unread > 0 ? mentioned_count(c, m, err) : l->unread;
	if (l->mentions < 0)
		return -1;
	parley_docs_fini(&l->last);
	if (query.where[1].integer == 0)
		return 0;
	return parley_store_find(&messages_collection, &query, &l->last, err);
}

static int
put_look(
    struct inbox *in, struct chat *c, struct member *m, struct look *l, struct parley_error *err)
{
	if (reading_begin(&l->rd, in->history, c, err) != 0)
		return -1;
	do
		if (look_once(l, c, m, err) != 0)
			return -1;
	while (reading_again(&l->rd));
	if (l->last.count == 1)
		document_put(in->w, "last", l->last.docs[0], m->name);
	parley_put_int(in->w, "seq", l->head);
	parley_put_int(in->w, "read", l->read);
	parley_put_int(in->w, "unread", l->unread);
	if (l->mentions > 0)
		parley_put_int(in->w, "mentions", l->mentions);
	parley_put_time(in->w, "time", l->time);
	return 0;
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

static int
put_members(struct inbox *in, struct chat *c, struct member *m, struct parley_error *err)
{
	struct look l = { 0 };
	int rc;

	if (put_peer(in, m->name, chat_peer(c, m->name), err) != 0)
		return -1;
	rc = put_look(in, c, m, &l, err);
	reading_end(&l.rd);
	parley_docs_fini(&l.last);
	if (rc == 0)
		own_put(in->w, own_find(&in->own, chat_peer(c, m->name)), last_for(c, m));
	if (rc == 0 && !chat_is_group(c) && c->side_count == 2)
		put_receipts(in, m->name, chat_member(c, chat_peer(c, m->name)));
	return rc;
}

static int
put_row(struct inbox *in, const struct row *row, const char *account, struct parley_error *err)
{
	char address[PARLEY_ADDRESS_SIZE];
	struct chat *c = NULL;
	struct member *m;
	int rc = 0;

	peer_address(address, row->peer);
	parley_put_object(in->w, NULL);
	parley_put_string(in->w, "chat", address);
	if (row->gone) {
		parley_put_int(in->w, "seq", row->seq);
		parley_put_int(in->w, "read", row->read);
		parley_put_int(in->w, "unread", 0);
		parley_put_bool(in->w, "gone", true);
		parley_put_time(in->w, "time", row->time);
	} else {
		c = chat_get(in->history, account, row->peer, err);
		m = c != NULL ? member_get(in->history, c, account, err) : NULL;
		rc = m != NULL ? put_members(in, c, m, err) : -1;
		chat_put(in->history, &c);
	}
	parley_put_end(in->w);
	return rc;
}

/* ---- which chats -------------------------------------------------------------------------- */

/* Newest first. */
static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int sign = strcmp(y->order, x->order);

	return sign != 0 ? sign : strcmp(x->peer, y->peer);
}

/* A group without a message that may be read stands where its member joined: as an id of then. */
static void
row_order(struct row *row, const struct chat *c, const struct member *m)
{
	uint64_t ms = (uint64_t)m->since;

	if (last_for(c, m) > 0)
		memcpy(row->order, c->last_mid, sizeof row->order);
	else
		snprintf(row->order, sizeof row->order, "%08x-%04x-7000-8000-000000000000",
		    (unsigned)(ms >> 16), (unsigned)(ms & 0xffff));
}

/* What somebody who has left is told of the chat: nothing, but once. */
static bool
row_gone(const struct inbox *in, struct row *row, const struct parley_json *doc)
{
	int64_t ended = parley_json_int(parley_json_get(doc, "ended"), 0);

	if (ended == 0)
		return false;
	row->gone = true;
	row->seq = ended;
	row->read = parley_json_int(parley_json_get(doc, "read"), 0);
	row->time = parley_json_int(parley_json_get(doc, "changed"), 0);
	snprintf(row->order, sizeof row->order, "0");
	return true;
}

/* Whether the chat has changed since. 1, 0, or -1. */
static int
row_look(struct inbox *in, struct row *row, const char *account, struct parley_error *err)
{
	struct chat *c = chat_get(in->history, account, row->peer, err);
	struct member *m = c != NULL ? member_get(in->history, c, account, err) : NULL;
	int rc = -1;

	if (m != NULL) {
		row_order(row, c, m);
		rc = c->head > 0 && (c->changed >= in->since || m->changed >= in->since ||
					own_changed(&in->own, row->peer, in->since));
	}
	chat_put(in->history, &c);
	return rc;
}

/* Notes a chat when it has changed, and was not told in an earlier part. */
static int
row_add(
    struct inbox *in, const char *account, const struct parley_json *doc, struct parley_error *err)
{
	struct row row = { 0 };
	int wanted;

	snprintf(row.peer, sizeof row.peer, "%s",
	    parley_json_string_or(parley_json_get(doc, "peer"), ""));
	if (row_gone(in, &row, doc))
		wanted = in->since > 0 && row.time >= in->since;
	else
		wanted = row_look(in, &row, account, err);
	if (wanted > 0 && (in->after.order[0] == '\0' || compare_rows(&in->after, &row) < 0))
		in->rows[in->count++] = row;
	return wanted < 0 ? -1 : 0;
}

static int
inbox_collect(struct inbox *in, const char *account, struct parley_error *err)
{
	struct parley_docs members = { 0 };
	int rc = history_members(account, &members, err);

	in->rows = parley_alloc((members.count + 1) * sizeof *in->rows);
	for (uint32_t i = 0; i < members.count && rc == 0; i++)
		rc = row_add(in, account, members.docs[i]->root, err);
	parley_docs_fini(&members);
	qsort(in->rows, in->count, sizeof *in->rows, compare_rows);
	return rc;
}

/* Writes chats until there are limit, or enough for one answer; the rest is for the next. */
static int
inbox_write(struct inbox *in, const char *account, uint32_t limit, struct parley_error *err)
{
	uint32_t told = 0;
	int rc = 0;

	in->w = parley_answer(in->request);
	parley_put_array(in->w, "chats");
	while (rc == 0 && told < in->count && told < limit && in->w->out->len < ANSWER_BYTES)
		rc = put_row(in, &in->rows[told++], account, err);
	parley_put_end(in->w);
	cursor_write(in, told);
	parley_put_bool(in->w, "full", in->since == 0 && in->after.order[0] == '\0');
	parley_put_bool(in->w, "more", told < in->count);
	return rc;
}

void
history_inbox(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const char *account = parley_request_account(r);
	int64_t limit = parley_json_int(parley_json_get(params, "limit"), UINT32_MAX);
	struct inbox in = { .history = self, .request = r };
	struct parley_error err = { 0 };

	in.roster = parley_service_find("roster/1", &in.roster_self);
	in.groups = parley_service_find("groups/1", &in.groups_self);
	in.notify = parley_service_find("notify/1", &in.notify_self);
	cursor_read(&in, parley_json_string(parley_json_get(params, "since")));
	if (own_load(&in.own, account, &err) != 0 || inbox_collect(&in, account, &err) != 0 ||
	    inbox_write(&in, account, (uint32_t)limit, &err) != 0)
		parley_refuse_error(r, &err);
	free(in.rows);
	own_fini(&in.own);
}

/* ---- for other modules -------------------------------------------------------------------- */

int
history_peers(void *self, const char *account,
    void (*fn)(void *arg, const char *peer, int64_t messages), void *arg, struct parley_error *err)
{
	struct parley_docs members = { 0 };

	if (history_members(account, &members, err) != 0)
		return -1;
	for (uint32_t i = 0; i < members.count; i++) {
		const char *peer =
		    parley_json_string_or(parley_json_get(members.docs[i]->root, "peer"), "");
		struct chat *c;
		int64_t head;

		if (peer[0] == '#' || strcmp(peer, account) == 0)
			continue;
		c = chat_get(self, account, peer, err);
		head = c != NULL ? c->head : 0;
		chat_put(self, &c);
		fn(arg, peer, head);
	}
	parley_docs_fini(&members);
	return 0;
}
