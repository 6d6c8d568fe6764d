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

int
history_members(const char *account, struct parley_docs *out, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = account } },
		.limit = PARLEY_FIND_LIMIT,
	};

	return parley_store_find(&members_collection, &query, out, err);
}

/* ---- the inbox ---------------------------------------------------------------------------- */

struct inbox {
	struct history *history;
	struct parley_request *request;
	struct parley_writer *w;
	const struct parley_roster_1 *roster;
	void *roster_self;
	int64_t since; /* ms since 1970; 0: everything */
};

static int
put_last(struct inbox *in, const struct chat *c, const char *account, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq", .op = PARLEY_OP_EQ, .integer = c->head } },
		.limit = 1,
	};
	struct parley_docs docs = { 0 };

	if (c->head == 0)
		return 0;
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
	const struct member *m = chat_member(c, account);
	const char *peer = chat_peer(c, account)->name;
	char address[PARLEY_ADDRESS_SIZE];
	int rc;

	snprintf(address, sizeof address, "%s@%s", peer, parley_domain());
	parley_put_object(in->w, NULL);
	parley_put_string(in->w, "chat", address);
	rc = in->roster->put_person(in->roster_self, in->w, "person", account, peer, err);
	if (rc == 0)
		rc = put_last(in, c, account, err);
	parley_put_int(in->w, "seq", c->head);
	parley_put_int(in->w, "read", chat_read(m));
	parley_put_int(in->w, "unread", chat_unread(c, m));
	parley_put_time(in->w, "time", c->head_time);
	parley_put_end(in->w);
	return rc;
}

static int
inbox_chats(struct inbox *in, const struct parley_docs *members, struct parley_error *err)
{
	const char *account = parley_request_account(in->request);
	int rc = 0;

	for (uint32_t i = 0; i < members->count && rc == 0; i++) {
		const char *peer =
		    parley_json_string_or(parley_json_get(members->docs[i]->root, "peer"), "");
		struct chat *c = chat_get(in->history, account, peer, err);

		if (c == NULL)
			return -1;
		if (c->head > 0 &&
		    (c->changed >= in->since || chat_member(c, account)->changed >= in->since))
			rc = put_chat(in, c, account, err);
		chat_put(in->history, &c);
	}
	return rc;
}

void
history_inbox(void *self, struct parley_request *r)
{
	const char *since = parley_json_string(parley_json_get(parley_request_params(r), "since"));
	struct inbox in = { .history = self, .request = r };
	struct parley_docs members = { 0 };
	struct parley_error err = { 0 };
	int64_t now = parley_now();
	char cursor[32];
	int rc;

	in.roster = parley_service_find("roster/1", &in.roster_self);
	in.since = since != NULL ? strtoll(since, NULL, 10) : 0;
	rc = history_members(parley_request_account(r), &members, &err);
	if (rc == 0) {
		in.w = parley_answer(r);
		parley_put_array(in.w, "chats");
		rc = inbox_chats(&in, &members, &err);
		parley_put_end(in.w);
		snprintf(cursor, sizeof cursor, "%" PRId64, now - CURSOR_SLACK_MS);
		parley_put_string(in.w, "cursor", cursor);
		parley_put_bool(in.w, "full", in.since == 0);
	}
	parley_docs_fini(&members);
	if (rc != 0)
		parley_refuse_error(r, &err);
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
