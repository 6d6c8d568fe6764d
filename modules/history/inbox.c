/* SPDX-License-Identifier: MIT */
/* inbox.c - every chat of an account with its last message and what is unread. */
#include "inbox.h"
#include "shelf.h"

#include <inttypes.h>
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

/* ---- which chats -------------------------------------------------------------------------- */

/* Newest first. */
static int
compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int sign = strcmp(y->order, x->order);

	return sign != 0 ? sign : strcmp(x->peer, y->peer);
}

/* Where the chat stands: a group without a message that may be read, where its member joined, as an
 * id of then. Awaits. 1, or 0 when it has become empty, or -1. */
static int
row_order(struct inbox *in, struct row *row, const char *account, struct parley_error *err)
{
	struct chat *c = chat_get(in->history, account, row->peer, err);
	struct member *m = c != NULL ? member_get(in->history, c, account, err) : NULL;
	int rc = m != NULL ? c->head > 0 : -1;

	if (rc > 0 && had_last(c, m))
		memcpy(row->order, c->last_mid, sizeof row->order);
	else if (rc > 0)
		snprintf(row->order, sizeof row->order, "%08x-%04x-7000-8000-000000000000",
		    (unsigned)((uint64_t)m->since >> 16), (unsigned)(m->since & 0xffff));
	chat_put(in->history, &c);
	return rc;
}

static void
rows_grow(struct inbox *in)
{
	struct row *rows;

	in->room = in->room == 0 ? 16 : in->room * 2;
	rows = parley_alloc(in->room * sizeof *rows);
	if (in->count > 0)
		memcpy(rows, in->rows, in->count * sizeof *rows);
	free(in->rows);
	in->rows = rows;
}

/* Who has left a group is told nothing of the chat but that, and that once. */
static void
row_add(struct inbox *in, const struct spot *p)
{
	struct row *row;

	if (p->gone && in->since == 0)
		return;
	if (in->count == in->room)
		rows_grow(in);
	row = &in->rows[in->count++];
	*row = (struct row){ .set = p->set > 0, .gone = p->gone };
	memcpy(row->peer, p->peer, sizeof row->peer);
	if (p->gone) {
		row->seq = p->seq;
		row->read = p->read;
		row->time = p->changed;
		snprintf(row->order, sizeof row->order, "0");
	}
}

/* Takes the order of each chat, and leaves out those that were told in an earlier part. */
static int
rows_order(struct inbox *in, const char *account, struct parley_error *err)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < in->count; i++) {
		struct row *row = &in->rows[i];
		int rc = row->gone ? 1 : row_order(in, row, account, err);

		if (rc < 0)
			return -1;
		if (rc > 0 && (in->after.order[0] == '\0' || compare_rows(&in->after, row) < 0))
			in->rows[kept++] = *row;
	}
	in->count = kept;
	if (kept > 0)
		qsort(in->rows, kept, sizeof *in->rows, compare_rows);
	return 0;
}

static int
inbox_collect(struct inbox *in, const char *account, struct parley_error *err)
{
	struct shelf *s = shelf_get(in->history, account, err);

	if (s == NULL)
		return -1;
	for (const struct spot *p = s->newest; p != NULL && p->at >= in->since; p = p->older)
		row_add(in, p);
	shelf_put(in->history, &s);
	return rows_order(in, account, err);
}

/* Writes some chats, until there are limit, or enough for one answer. How many, or -1. */
static int
rows_write(struct inbox *in, struct ahead *ahead, const char *account, const struct row *rows,
    uint32_t limit, struct parley_error *err)
{
	int rc = rows_look(in, ahead, rows, limit < ROWS_AHEAD ? limit : ROWS_AHEAD, account, err);
	uint32_t told = 0;

	while (rc == 0 && told < ahead->count && in->w->out->len < ANSWER_BYTES) {
		rc = row_put(in, &rows[told], &ahead->rows[told], err);
		told++;
	}
	rows_done(in, ahead);
	return rc == 0 ? (int)told : -1;
}

/* Writes chats until there are limit, or enough for one answer; the rest is for the next. */
static int
inbox_write(struct inbox *in, const char *account, uint32_t limit, struct parley_error *err)
{
	struct ahead *ahead = parley_alloc(sizeof *ahead);
	uint32_t told = 0;
	int rc = 0;

	if (limit > in->count)
		limit = in->count;
	in->w = parley_answer(in->request);
	parley_put_array(in->w, "chats");
	while (rc >= 0 && told < limit && in->w->out->len < ANSWER_BYTES) {
		rc = rows_write(in, ahead, account, in->rows + told, limit - told, err);
		told += rc > 0 ? (uint32_t)rc : 0;
	}
	free(ahead);
	parley_put_end(in->w);
	cursor_write(in, told);
	parley_put_bool(in->w, "full", in->since == 0 && in->after.order[0] == '\0');
	parley_put_bool(in->w, "more", told < in->count);
	return rc < 0 ? -1 : 0;
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
	if (inbox_collect(&in, account, &err) != 0 ||
	    inbox_write(&in, account, (uint32_t)limit, &err) != 0)
		parley_refuse_error(r, &err);
	free(in.rows);
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
