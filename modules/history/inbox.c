/* SPDX-License-Identifier: MIT */
/* inbox.c - every chat of an account with its last message and what is unread. */
#include "history.h"

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
	char after[PARLEY_NAME_MAX + 1] = "";
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
struct entry {
	char peer[PARLEY_NAME_MAX + 1];
	char mid[37]; /* of its last message: the order of mids is that of the archive */
};

struct inbox {
	struct history *history;
	struct parley_request *request;
	struct parley_writer *w;
	const struct parley_roster_1 *roster;
	void *roster_self;
	int64_t since;   /* ms since 1970; 0: everything */
	int64_t sync;    /* what since will be when all parts have been told */
	char before[37]; /* only chats whose last message is before this mid; "": all */
	struct entry *entries;
	uint32_t count;
};

/* A cursor is "SYNC", or "SYNC.SINCE.MID" when there are more parts, those before MID. */
static void
cursor_read(struct inbox *in, const char *cursor)
{
	char *end;

	in->sync = parley_now() - CURSOR_SLACK_MS;
	if (cursor == NULL)
		return;
	in->since = strtoll(cursor, &end, 10);
	if (*end != '.')
		return;
	in->sync = in->since;
	in->since = strtoll(end + 1, &end, 10);
	snprintf(in->before, sizeof in->before, "%s", *end == '.' ? end + 1 : "");
}

static void
cursor_write(const struct inbox *in, uint32_t told)
{
	char cursor[96];

	if (told < in->count)
		snprintf(cursor, sizeof cursor, "%" PRId64 ".%" PRId64 ".%s", in->sync, in->since,
		    in->entries[told - 1].mid);
	else
		snprintf(cursor, sizeof cursor, "%" PRId64, in->sync);
	parley_put_string(in->w, "cursor", cursor);
}

static int
put_last(struct inbox *in, const struct chat *c, int64_t seq, const char *account,
    struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq", .op = PARLEY_OP_EQ, .integer = seq } },
		.limit = 1,
	};
	struct parley_docs docs = { 0 };

	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	if (docs.count == 1)
		document_put(in->w, "last", docs.docs[0]->root, docs.docs[0]->seq, account);
	parley_docs_fini(&docs);
	return 0;
}

static int
put_chat(struct inbox *in, struct chat *c, const char *account, struct parley_error *err)
{
	const char *peer = chat_peer(c, account)->name;
	char address[PARLEY_ADDRESS_SIZE];
	int64_t seq, read, time;
	int rc;

	snprintf(address, sizeof address, "%s@%s", peer, parley_domain());
	parley_put_object(in->w, NULL);
	parley_put_string(in->w, "chat", address);
	rc = in->roster->put_person(in->roster_self, in->w, "person", account, peer, err);
	seq = c->head; /* the chat goes on while its last message is read */
	time = c->head_time;
	read = chat_read(chat_member(c, account));
	if (rc == 0)
		rc = put_last(in, c, seq, account, err);
	parley_put_int(in->w, "seq", seq);
	parley_put_int(in->w, "read", read);
	parley_put_int(in->w, "unread", seq - read);
	parley_put_time(in->w, "time", time);
	parley_put_end(in->w);
	return rc;
}

/* Notes a chat when it has changed, and was not told in an earlier part. */
static int
entry_add(struct inbox *in, const char *account, const char *peer, struct parley_error *err)
{
	struct chat *c = chat_get(in->history, account, peer, err);
	struct entry *e = &in->entries[in->count];

	if (c == NULL)
		return -1;
	if (c->head > 0 && (in->before[0] == '\0' || strcmp(c->head_mid, in->before) < 0) &&
	    (c->changed >= in->since || chat_member(c, account)->changed >= in->since)) {
		snprintf(e->peer, sizeof e->peer, "%s", peer);
		memcpy(e->mid, c->head_mid, sizeof e->mid);
		in->count++;
	}
	chat_put(in->history, &c);
	return 0;
}

static int
newest_first(const void *a, const void *b)
{
	return strcmp(((const struct entry *)b)->mid, ((const struct entry *)a)->mid);
}

static int
inbox_collect(struct inbox *in, const char *account, struct parley_error *err)
{
	struct parley_docs members = { 0 };
	int rc = history_members(account, &members, err);

	in->entries = parley_alloc((members.count + 1) * sizeof *in->entries);
	for (uint32_t i = 0; i < members.count && rc == 0; i++)
		rc = entry_add(in, account,
		    parley_json_string_or(parley_json_get(members.docs[i]->root, "peer"), ""), err);
	parley_docs_fini(&members);
	qsort(in->entries, in->count, sizeof *in->entries, newest_first);
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
	while (rc == 0 && told < in->count && told < limit && in->w->out->len < ANSWER_BYTES) {
		struct chat *c = chat_get(in->history, account, in->entries[told++].peer, err);

		rc = c != NULL ? put_chat(in, c, account, err) : -1;
		chat_put(in->history, &c);
	}
	parley_put_end(in->w);
	cursor_write(in, told);
	parley_put_bool(in->w, "full", in->since == 0 && in->before[0] == '\0');
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
	cursor_read(&in, parley_json_string(parley_json_get(params, "since")));
	if (inbox_collect(&in, account, &err) != 0 ||
	    inbox_write(&in, account, (uint32_t)limit, &err) != 0)
		parley_refuse_error(r, &err);
	free(in.entries);
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
		struct chat *c = chat_get(self, account, peer, err);
		int64_t head = c != NULL ? c->head : 0;

		chat_put(self, &c);
		fn(arg, peer, head);
	}
	parley_docs_fini(&members);
	return 0;
}
