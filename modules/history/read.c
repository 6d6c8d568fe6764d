/* SPDX-License-Identifier: MIT */
/* read.c - how far somebody has read. */
#include "shelf.h"

#include <stdio.h>
#include <string.h>

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
read_move(struct history *h, const struct chat *c, struct member *m, int64_t seq,
    struct parley_error *err)
{
	int64_t before = m->read, changed = m->changed;

	m->read = seq;
	m->changed = parley_now();
	shelf_member_changed(h, c, m);
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

/* Who does not tell what they have read keeps no times of it either. */
static void
note_moment(const struct chat *c, const struct member *m, int64_t before, int64_t seq)
{
	struct parley_error err = { 0 };
	bool tells = tells_receipts(m->name, &err) > 0;

	if (seq > before)
		moments_add(c, m, MOMENTS_READ, before, seq, tells ? parley_now() : 0);
}

/* Moves the position and answers. 0 or -1. */
static int
read_answer(struct history *h, struct chat *c, struct member *m, struct parley_request *r,
    int64_t seq, struct parley_error *err)
{
	bool moved = m->stored && seq > m->read;
	int64_t before = member_read(m);
	struct parley_writer *w;
	int64_t unread;

	if (moved && read_move(h, c, m, seq, err) != 0)
		return -1;
	unread = member_unread(c, m, err);
	if (unread < 0)
		return -1;
	if (moved && mentioned_read(c, m, err) != 0)
		return -1;
	if (moved) {
		read_tell(c, m, unread, parley_request_session(r));
		receipts_read(c, m->name, member_read(m));
		note_moment(c, m, before, seq);
	}
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
	struct member *m;
	struct chat *c = history_chat_get(self, r, &m);

	if (c == NULL)
		return;
	if (read_answer(self, c, m, r, seq > c->head ? c->head : seq, &err) != 0)
		parley_refuse_error(r, &err);
	chat_put(self, &c);
}
