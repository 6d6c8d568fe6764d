/* SPDX-License-Identifier: MIT */
/* receipts.c - tells those who wrote how far the others have come: received, by the
 * acknowledgements of their devices, and read, by their read positions, unless they do not want
 * that told. */
#include "history.h"

#include <parley/groups.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PENDING_MAX  32   /* people who wrote to somebody and wait for the acknowledgement */
#define GROUP_MAX    50   /* in larger groups nobody is told as it happens */
#define SAVE_WAIT_MS 2000 /* between looks for what is to be stored */

/* ---- who may know ------------------------------------------------------------------------- */

int
tells_receipts(const char *name, struct parley_error *err)
{
	struct parley_account account;

	if (parley_account_get(name, &account, err) != 0)
		return err->code == PARLEY_NOT_FOUND ? 0 : -1;
	return account.privacy.receipts;
}

bool
receipts_between(const char *a, const char *b)
{
	struct parley_error err = { 0 };

	return tells_receipts(a, &err) > 0 && tells_receipts(b, &err) > 0;
}

/* ---- received ----------------------------------------------------------------------------- */

#define MARKS 8

/* What somebody wrote to one who has not acknowledged it yet: the last message, and some before. */
struct sent {
	char from[PARLEY_NAME_MAX + 1];
	unsigned count;
	struct mark {
		char mid[37];
		int64_t seq;
	} marks[MARKS]; /* oldest first */
	struct sent *next;
};

/* One who has a session. */
struct awaited {
	char account[PARLEY_NAME_MAX + 1];
	unsigned count;
	struct sent *first;
};

static void
awaited_free(struct history *h, struct awaited *a)
{
	while (a->first != NULL) {
		struct sent *gone = a->first;

		a->first = gone->next;
		free(gone);
	}
	parley_table_remove(h->awaited, a->account);
	free(a);
}

static void
receipt_send(const char *to, const char *chat, const char *from, const char *kind, int64_t seq)
{
	char address[PARLEY_ADDRESS_SIZE];
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	if (parley_account_session(to, 0) == 0)
		return;
	parley_event_open(&w, &text, "receipt");
	peer_address(address, chat);
	parley_put_string(&w, "chat", address);
	peer_address(address, from);
	parley_put_string(&w, "from", address);
	parley_put_string(&w, "kind", kind);
	parley_put_int(&w, "seq", seq);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(to, p, 0);
	parley_payload_unref(&p);
}

static struct awaited *
awaited_get(struct history *h, const char *account)
{
	struct awaited *a = parley_table_get(h->awaited, account);

	if (a != NULL)
		return a;
	a = parley_alloc(sizeof *a);
	snprintf(a->account, sizeof a->account, "%s", account);
	parley_table_put(h->awaited, a->account, a);
	return a;
}

/* NULL when too many others are awaited: they learn of it when it is read. */
static struct sent *
sent_get(struct awaited *a, const char *from)
{
	struct sent *s = a->first;

	while (s != NULL && strcmp(s->from, from) != 0)
		s = s->next;
	if (s != NULL || a->count >= PENDING_MAX)
		return s;
	s = parley_alloc(sizeof *s);
	snprintf(s->from, sizeof s->from, "%s", from);
	s->next = a->first;
	a->first = s;
	a->count++;
	return s;
}

static void
sent_mark(struct sent *s, const char *mid, int64_t seq)
{
	struct mark *m;

	if (s->count == MARKS) { /* every second will do */
		s->count = 0;
		for (unsigned i = 1; i < MARKS; i += 2)
			s->marks[s->count++] = s->marks[i];
	}
	m = &s->marks[s->count++];
	parley_assert(strlen(mid) < sizeof m->mid);
	memcpy(m->mid, mid, strlen(mid) + 1); /* not snprintf: for every message */
	m->seq = seq;
}

enum parley_verdict
receipts_delivered(void *self, struct parley_message *m)
{
	struct sent *s;

	if (parley_message_to_group(m) || strcmp(m->from.name, m->to.name) == 0 ||
	    parley_account_session(m->to.name, 0) == 0)
		return PARLEY_PASS;
	s = sent_get(awaited_get(self, m->to.name), m->from.name);
	if (s != NULL)
		sent_mark(s, m->mid, m->seq);
	return PARLEY_PASS;
}

/* Notes it where the inbox finds it. */
static void
note_received(struct history *h, const char *account, const char *from, int64_t seq)
{
	char key[PARLEY_KEY_MAX];
	struct member *m;
	struct chat *c;

	parley_chat_key(account, from, key);
	c = chat_known(h, key);
	m = c != NULL ? chat_member(c, account) : NULL;
	if (m == NULL || m->received >= seq)
		return;
	m->received = seq;
	m->received_at = parley_now();
	if (c->unsaved)
		return;
	c->unsaved = true;
	c->pins++; /* until it is stored */
	c->next_unsaved = h->unsaved;
	h->unsaved = c;
}

/* Takes away the marks up to mid. The seq of the last of them, or 0. */
static int64_t
sent_acked(struct sent *s, const char *mid)
{
	unsigned done = 0;
	int64_t seq = 0;

	while (done < s->count && strcmp(s->marks[done].mid, mid) <= 0)
		seq = s->marks[done++].seq;
	s->count -= done;
	memmove(s->marks, s->marks + done, s->count * sizeof s->marks[0]);
	return seq;
}

enum parley_verdict
receipts_acked(void *self, parley_session_id session, const char *mid)
{
	struct history *h = self;
	const char *account = parley_session_account(parley_session_find(session));
	struct awaited *a = parley_table_get(h->awaited, account);
	struct sent **at = a != NULL ? &a->first : NULL, *s;

	while (at != NULL && (s = *at) != NULL) {
		int64_t seq = sent_acked(s, mid);

		if (seq > 0) {
			note_received(h, account, s->from, seq);
			receipt_send(s->from, account, account, "delivered", seq);
		}
		if (s->count > 0) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		free(s);
		a->count--;
	}
	if (a != NULL && a->first == NULL)
		awaited_free(h, a); /* who is idle costs nothing */
	return PARLEY_PASS;
}

enum parley_verdict
receipts_ended(void *self, parley_session_id session, const struct parley_json *frame, bool resumed)
{
	struct history *h = self;
	const char *account = parley_session_account(parley_session_find(session));
	struct awaited *a = parley_table_get(h->awaited, account);

	if (a != NULL && parley_account_session(account, 0) == 0)
		awaited_free(h, a);
	return PARLEY_PASS;
}

/* ---- storing what was received ------------------------------------------------------------ */

static void
save_member(const struct chat *c, struct member *m)
{
	struct parley_error err = { 0 };
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];
	int64_t before = m->saved, received = m->received, at = m->received_at;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	m->saved = received;
	parley_put_int(&w, "received", received);
	parley_put_end(&w);
	member_key(key, m->name, c);
	if (parley_store_patch(&members_collection, key, &json, NULL, &err) != 0)
		parley_log_warn("history", "a receipt was not stored, going on: %s", err.text);
	parley_text_fini(&json);
	moments_add(c, m, MOMENTS_RECEIVED, before, received, at);
}

/* Stores those of one chat. Awaits. */
static void
save_chat(struct history *h)
{
	struct chat *c = h->unsaved;

	h->unsaved = c->next_unsaved;
	c->unsaved = false;
	for (unsigned i = 0; i < c->side_count; i++)
		if (c->sides[i].received > c->sides[i].saved)
			save_member(c, &c->sides[i]);
	chat_put(h, &c);
}

void
receipts_save(void *history)
{
	struct history *h = history;

	bool ends;

	do {
		ends = parley_await_sleep(SAVE_WAIT_MS) != 0;
		parley_shield(true);
		while (h->unsaved != NULL)
			save_chat(h);
		parley_shield(false);
	} while (!ends);
}

void
receipts_free(struct history *h)
{
	struct awaited *a;
	uint32_t at = 0;

	if (h->awaited == NULL)
		return;
	while ((a = parley_table_each(h->awaited, &at)) != NULL)
		awaited_free(h, a);
	parley_table_free(&h->awaited);
}

/* ---- read --------------------------------------------------------------------------------- */

void
receipts_read(struct chat *c, const char *account, int64_t seq)
{
	struct parley_error err = { 0 };
	struct people people = { 0 };

	if (tells_receipts(account, &err) > 0 &&
	    people_of(&people, c, account, GROUP_MAX, &err) > 0)
		for (unsigned i = 0; i < people.count; i++) {
			const char *name = people.names[i];

			if (strcmp(name, account) != 0 && parley_account_session(name, 0) != 0 &&
			    tells_receipts(name, &err) > 0)
				receipt_send(name, chat_is_group(c) ? c->key : account, account,
				    "read", seq);
		}
	free(people.names);
}
