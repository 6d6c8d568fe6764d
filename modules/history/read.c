/* SPDX-License-Identifier: MIT */
/* read.c - reading a chat: pages of messages, and the read position. */
#include "history.h"

#include <stdio.h>
#include <string.h>

int
history_chat_param(struct parley_request *r, char name[PARLEY_NAME_MAX + 1])
{
	const struct parley_json *chat = parley_json_get(parley_request_params(r), "chat");
	struct parley_address address;
	struct parley_error err = { 0 };

	if (parley_address_parse(parley_json_string(chat), &address, &err) != 0) {
		parley_refuse(r, PARLEY_BAD_REQUEST, "/params/chat", "%s", err.text);
		return -1;
	}
	if (strcmp(address.domain, parley_domain()) != 0) {
		parley_refuse(r, PARLEY_NOT_FOUND, "/params/chat", "there is no such chat");
		return -1;
	}
	snprintf(name, PARLEY_NAME_MAX + 1, "%s", address.name);
	return 0;
}

/* ---- pages -------------------------------------------------------------------------------- */

/* after ascends from there; before, or neither, descends from there or from the end. */
static void
page_query(const struct parley_json *params, const char *stream, struct parley_query *q)
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
	char other[PARLEY_NAME_MAX + 1], stream[PARLEY_KEY_MAX];
	struct parley_query q;
	struct parley_docs docs = { 0 };
	struct parley_error err = { 0 };
	struct parley_writer *w;
	uint32_t count;

	if (history_chat_param(r, other) != 0)
		return;
	parley_chat_key(account, other, stream); /* one's own chat by construction */
	page_query(parley_request_params(r), stream, &q);
	if (parley_store_find(&messages_collection, &q, &docs, &err) != 0) {
		parley_refuse_error(r, &err);
		return;
	}
	w = parley_answer(r);
	count = page_count(&docs, q.limit - 1);
	parley_put_array(w, "messages");
	for (uint32_t i = 0; i < count; i++) {
		const struct parley_doc *doc = docs.docs[q.descending ? count - 1 - i : i];

		document_put(w, NULL, doc->root, doc->seq, account);
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
read_tell(const struct chat *c, const struct member *m, parley_session_id but)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;
	char address[PARLEY_ADDRESS_SIZE];

	snprintf(address, sizeof address, "%s@%s", chat_peer(c, m->name)->name, parley_domain());
	parley_event_open(&w, &text, "read");
	parley_put_string(&w, "chat", address);
	parley_put_int(&w, "seq", chat_read(m));
	parley_put_int(&w, "unread", chat_unread(c, m));
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(m->name, p, but);
	parley_payload_unref(&p);
}

void
history_read(void *self, struct parley_request *r)
{
	int64_t seq = parley_json_int(parley_json_get(parley_request_params(r), "seq"), 0);
	char other[PARLEY_NAME_MAX + 1];
	struct parley_error err = { 0 };
	struct parley_writer *w;
	struct member *m;
	struct chat *c;
	int rc = 0;

	if (history_chat_param(r, other) != 0)
		return;
	c = chat_get(self, parley_request_account(r), other, &err);
	if (c == NULL) {
		parley_refuse_error(r, &err);
		return;
	}
	m = chat_member(c, parley_request_account(r));
	if (seq > c->head)
		seq = c->head;
	if (m->stored && seq > m->read) {
		rc = read_move(c, m, seq, &err);
		if (rc == 0)
			read_tell(c, m, parley_request_session(r));
	}
	if (rc == 0) {
		w = parley_answer(r);
		parley_put_int(w, "read", chat_read(m));
		parley_put_int(w, "unread", chat_unread(c, m));
	} else {
		parley_refuse_error(r, &err);
	}
	chat_put(self, &c);
}
