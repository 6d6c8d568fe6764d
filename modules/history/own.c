/* SPDX-License-Identifier: MIT */
/* own.c - what somebody has set for a chat and nobody else sees: archived, pinned, marked as
 * unread, and what they were about to write. */
#include "shelf.h"

#include <stdio.h>
#include <string.h>

/* "alice/bob", "alice/#club". Only chats with settings have one. */
static const char *const own_secret[] = { "draft", NULL };
const struct parley_collection own_collection = {
	.name = "own",
	.version = 1,
	.secret = own_secret,
};

/* ---- telling ------------------------------------------------------------------------------ */

/* A chat is archived until a message comes that was not there then. */
static bool
is_archived(const struct parley_json *own, int64_t last)
{
	const struct parley_json *archived = parley_json_get(own, "archived");

	return archived != NULL && parley_json_int(archived, -1) >= last;
}

static bool
is_on(const struct parley_json *own, const char *name)
{
	return parley_json_bool(parley_json_get(own, name), false);
}

void
own_put(struct parley_writer *w, const struct parley_json *own, int64_t last)
{
	if (is_archived(own, last))
		parley_put_bool(w, "archived", true);
	if (is_on(own, "pinned"))
		parley_put_bool(w, "pinned", true);
	if (is_on(own, "marked"))
		parley_put_bool(w, "marked", true);
	parley_put_json(w, "draft", parley_json_get(own, "draft"));
}

static void
own_tell(const char *account, const char *peer, const struct parley_json *own, int64_t last,
    parley_session_id but)
{
	char address[PARLEY_ADDRESS_SIZE];
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	peer_address(address, peer);
	parley_event_open(&w, &text, "chat.changed");
	parley_put_string(&w, "chat", address);
	parley_put_bool(&w, "archived", is_archived(own, last));
	parley_put_bool(&w, "pinned", is_on(own, "pinned"));
	parley_put_bool(&w, "marked", is_on(own, "marked"));
	parley_put_json(&w, "draft", parley_json_get(own, "draft"));
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(account, p, but);
	parley_payload_unref(&p);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Moves the documents of page behind those of own. */
static void
own_take(struct own *own, struct parley_docs *page)
{
	for (uint32_t i = 0; i < page->count; i++) {
		const char *peer = strchr(page->docs[i]->key, '/');

		parley_table_put(own->by_peer, peer + 1, page->docs[i]);
		page->docs[i] = NULL;
	}
	parley_docs_fini(page);
}

int
own_load(struct own *own, const char *account, struct parley_error *err)
{
	char after[PARLEY_KEY_MAX], end[PARLEY_KEY_MAX];
	const struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GT, .text = after },
		    { .field = "key", .op = PARLEY_OP_LT, .text = end } },
		.order_by = "key",
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs page;
	uint32_t count;

	own->by_peer = parley_table_new();
	snprintf(after, sizeof after, "%s/", account);
	snprintf(end, sizeof end, "%s%c", account, '/' + 1);
	do {
		page = (struct parley_docs){ 0 };
		if (parley_store_find(&own_collection, &query, &page, err) != 0)
			return -1;
		count = page.count;
		if (count > 0)
			snprintf(after, sizeof after, "%s", page.docs[count - 1]->key);
		own_take(own, &page);
	} while (count == PARLEY_FIND_LIMIT);
	return 0;
}

void
own_fini(struct own *own)
{
	struct parley_doc *doc;
	uint32_t at = 0;

	if (own->by_peer == NULL)
		return;
	while ((doc = parley_table_each(own->by_peer, &at)) != NULL)
		parley_doc_free(&doc);
	parley_table_free(&own->by_peer);
}

/* ---- history.set -------------------------------------------------------------------------- */

/* Of a draft without a text nothing is kept. */
static void
put_draft(struct parley_writer *w, const struct parley_json *draft)
{
	if (draft == NULL)
		return;
	if (parley_json_len(parley_json_get(draft, "text")) == 0)
		parley_put_null(w, "draft");
	else
		parley_put_json(w, "draft", draft);
}

static void
put_setting(struct parley_writer *w, const char *name, const struct parley_json *on, int64_t value)
{
	if (on == NULL)
		return;
	if (!parley_json_bool(on, false))
		parley_put_null(w, name);
	else if (value >= 0)
		parley_put_int(w, name, value);
	else
		parley_put_bool(w, name, true);
}

static void
own_write(struct parley_text *out, const struct parley_json *params, int64_t last)
{
	struct parley_writer w;

	parley_writer_init(&w, out);
	parley_put_object(&w, NULL);
	parley_put_int(&w, "changed", parley_now());
	put_setting(&w, "archived", parley_json_get(params, "archived"), last);
	put_setting(&w, "pinned", parley_json_get(params, "pinned"), -1);
	put_setting(&w, "marked", parley_json_get(params, "marked"), -1);
	put_draft(&w, parley_json_get(params, "draft"));
	parley_put_end(&w);
}

/* The first setting of a chat makes its document; two may do so at once. */
static int
own_store(const char *key, const struct parley_text *json, struct parley_error *err)
{
	static char nothing[] = "{}";
	const struct parley_text empty = { .s = nothing, .len = 2 };
	struct parley_error failed = { 0 };

	if (parley_store_patch(&own_collection, key, json, NULL, &failed) == 0)
		return 0;
	if (failed.code == PARLEY_NOT_FOUND) {
		failed = (struct parley_error){ 0 };
		if (parley_store_insert(&own_collection, key, &empty, &failed) == 0 ||
		    failed.code == PARLEY_CONFLICT)
			return parley_store_patch(&own_collection, key, json, NULL, err);
	}
	*err = failed;
	return -1;
}

static int
own_change(struct history *h, struct parley_request *r, const char *peer, int64_t last,
    struct parley_error *err)
{
	const char *account = parley_request_account(r);
	struct parley_text json = { 0 };
	char key[PARLEY_KEY_MAX];
	struct parley_doc *doc;
	int rc;

	snprintf(key, sizeof key, "%s/%s", account, peer);
	own_write(&json, parley_request_params(r), last);
	rc = own_store(key, &json, err);
	parley_text_fini(&json);
	if (rc != 0)
		return -1;
	shelf_set(h, account, peer, parley_now());
	doc = parley_store_get(&own_collection, key, err);
	if (doc == NULL)
		return -1;
	own_tell(account, peer, doc->root, last, parley_request_session(r));
	parley_doc_free(&doc);
	return 0;
}

void
history_set(void *self, struct parley_request *r)
{
	struct parley_error err = { 0 };
	struct parley_account account;
	char peer[PEER_SIZE];
	struct member *m;
	struct chat *c;
	int rc = 0;

	if (history_chat_param(r, peer) != 0)
		return;
	if (peer[0] != '#')
		rc = parley_account_get(peer, &account, &err);
	c = rc == 0 ? chat_get(self, parley_request_account(r), peer, &err) : NULL;
	m = c != NULL ? member_reader(self, c, parley_request_account(r), &err) : NULL;
	if (m == NULL || own_change(self, r, peer, c->last, &err) != 0) {
		history_no_chat(&err);
		parley_refuse_error(r, &err);
	}
	chat_put(self, &c);
}
