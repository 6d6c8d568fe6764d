/* SPDX-License-Identifier: MIT */
/* read.c - reading a chat: pages of messages, and the read position. */
#include "history.h"

#include <stdio.h>
#include <string.h>

int
history_chat_param(struct parley_request *r, char peer[PEER_SIZE])
{
	const struct parley_json *chat = parley_json_get(parley_request_params(r), "chat");
	struct parley_address address;
	struct parley_error err = { 0 };
	bool group;

	if (parley_address_parse(parley_json_string(chat), &address, &err) != 0) {
		parley_refuse(r, PARLEY_BAD_REQUEST, "/params/chat", "%s", err.text);
		return -1;
	}
	group = strncmp(address.domain, "rooms.", 6) == 0;
	if (strcmp(address.domain + (group ? 6 : 0), parley_domain()) != 0) {
		parley_refuse(r, PARLEY_NOT_FOUND, "/params/chat", "there is no such chat");
		return -1;
	}
	snprintf(peer, PEER_SIZE, "%s%s", group ? "#" : "", address.name);
	return 0;
}

/* ---- pages -------------------------------------------------------------------------------- */

/* after ascends from there; before, or neither, descends from there or from the end. */
static void
page_query(
    const struct parley_json *params, const char *stream, int64_t from, struct parley_query *q)
{
	const struct parley_json *after = parley_json_get(params, "after");
	const struct parley_json *before = parley_json_get(params, "before");

	*q = (struct parley_query){ .order_by = "seq" };
	q->where[0] = (struct parley_cond){ .field = "stream", .op = PARLEY_OP_EQ, .text = stream };
	if (after != NULL)
		q->where[1] = (struct parley_cond){
			.field = "seq", .op = PARLEY_OP_GT, .integer = parley_json_int(after, 0)
		};
	else if (before != NULL)
		q->where[1] = (struct parley_cond){
			.field = "seq", .op = PARLEY_OP_LT, .integer = parley_json_int(before, 0)
		};
	else
		q->where[1] = (struct parley_cond){
			.field = "seq", .op = PARLEY_OP_LT, .integer = INT64_MAX
		};
	if (after != NULL && q->where[1].integer < from - 1)
		q->where[1].integer = from - 1;
	if (after == NULL)
		q->where[2] =
		    (struct parley_cond){ .field = "seq", .op = PARLEY_OP_GE, .integer = from };
	q->descending = after == NULL;
	q->limit = (uint32_t)parley_json_int(parley_json_get(params, "limit"), 50) + 1;
}

/* How many of what was found, in the order of the query, make up the page. */
static uint32_t
page_count(const struct parley_docs *docs, uint32_t limit)
{
	uint32_t count = 0;
	size_t bytes = 0;

	while (count < docs->count && count < limit && bytes < ANSWER_BYTES)
		bytes += parley_json_len(parley_json_get(docs->docs[count++]->root, "text"));
	return count;
}

void
history_page(void *self, struct parley_request *r)
{
	const char *account = parley_request_account(r);
	char other[PEER_SIZE], stream[PARLEY_KEY_MAX];
	struct parley_query q;
	struct parley_docs docs = { 0 };
	struct parley_error err = { 0 };
	struct parley_writer *w;
	int64_t from = 0;
	uint32_t count;

	if (history_chat_param(r, other) != 0)
		return;
	if (other[0] == '#') {
		struct chat *c = chat_get(self, account, other, &err);
		struct member *m = c != NULL ? member_reader(self, c, account, &err) : NULL;

		from = m != NULL ? m->from : -1;
		chat_put(self, &c);
	}
	if (from < 0) {
		parley_refuse_error(r, &err);
		return;
	}
	snprintf(stream, sizeof stream, "%s", other);
	if (other[0] != '#')
		parley_chat_key(account, other, stream); /* one's own chat by construction */
	page_query(parley_request_params(r), stream, from, &q);
	if (parley_store_find(&messages_collection, &q, &docs, &err) != 0) {
		parley_refuse_error(r, &err);
		return;
	}
	w = parley_answer(r);
	count = page_count(&docs, q.limit - 1);
	parley_put_array(w, "messages");
	for (uint32_t i = 0; i < count; i++) {
		const struct parley_doc *doc = docs.docs[q.descending ? count - 1 - i : i];

		document_put(w, NULL, doc, account);
	}
	parley_put_end(w);
	parley_put_int(w, "first", count > 0 ? docs.docs[q.descending ? count - 1 : 0]->seq : 0);
	parley_put_int(w, "last", count > 0 ? docs.docs[q.descending ? 0 : count - 1]->seq : 0);
	parley_put_bool(w, "more", docs.count > count);
	parley_docs_fini(&docs);
}

/* ---- the read position -------------------------------------------------------------------- */

static int
read_store(const struct chat *c, const struct member *m, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];
	int rc;

	snprintf(key, sizeof key, "%s/%.180s", m->name, c->key);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_int(&w, "read", m->read);
	parley_put_int(&w, "changed", m->changed);
	parley_put_end(&w);
	rc = parley_store_patch(&members_collection, key, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

/* Forward only: two devices may tell in any order, and the later one's write is the later one. When
 * it fails the position is where it was. */
static int
read_move(const struct chat *c, struct member *m, int64_t seq, struct parley_error *err)
{
	int64_t before = m->read, changed = m->changed;

	m->read = seq;
	m->changed = parley_now();
	if (read_store(c, m, err) == 0)
		return 0;
	if (m->read == seq) {
		m->read = before;
		m->changed = changed;
	}
	return -1;
}

static void
read_tell(const struct chat *c, const struct member *m, int64_t unread, parley_session_id but)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;
	char address[PARLEY_ADDRESS_SIZE];

	peer_address(address, chat_peer(c, m->name));
	parley_event_open(&w, &text, "read");
	parley_put_string(&w, "chat", address);
	parley_put_int(&w, "seq", member_read(m));
	parley_put_int(&w, "unread", unread);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(m->name, p, but);
	parley_payload_unref(&p);
}

/* Moves the position and answers. 0 or -1. */
static int
read_answer(struct chat *c, struct member *m, struct parley_request *r, int64_t seq,
    struct parley_error *err)
{
	bool moved = m->stored && seq > m->read;
	struct parley_writer *w;
	int64_t unread;

	if (moved && read_move(c, m, seq, err) != 0)
		return -1;
	unread = member_unread(c, m, err);
	if (unread < 0)
		return -1;
	if (moved)
		read_tell(c, m, unread, parley_request_session(r));
	w = parley_answer(r);
	parley_put_int(w, "read", member_read(m));
	parley_put_int(w, "unread", unread);
	return 0;
}

void
history_read(void *self, struct parley_request *r)
{
	int64_t seq = parley_json_int(parley_json_get(parley_request_params(r), "seq"), 0);
	struct parley_error err = { 0 };
	char other[PEER_SIZE];
	struct member *m;
	struct chat *c;

	if (history_chat_param(r, other) != 0)
		return;
	c = chat_get(self, parley_request_account(r), other, &err);
	m = c != NULL ? member_reader(self, c, parley_request_account(r), &err) : NULL;
	if (m == NULL || read_answer(c, m, r, seq > c->head ? c->head : seq, &err) != 0)
		parley_refuse_error(r, &err);
	chat_put(self, &c);
}
