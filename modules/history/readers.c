/* SPDX-License-Identifier: MIT */
/* readers.c - who has received and read a message, and when. */
#include "history.h"

#include <parley/groups.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define READERS_MAX  200 /* the schema's, of each list */
#define ANSWERS_SEEN 200 /* entries that are looked through for what a reader wrote */

/* ---- who there is ------------------------------------------------------------------------- */

static void
people_add(void *arg, const char *account)
{
	struct people *p = arg;

	if (p->count < p->room)
		snprintf(p->names[p->count++], sizeof p->names[0], "%s", account);
}

int
people_of(
    struct people *p, const struct chat *c, const char *account, int max, struct parley_error *err)
{
	const struct parley_groups_1 *groups;
	void *self;
	int count;

	*p = (struct people){ 0 };
	if (!chat_is_group(c)) {
		p->names = parley_alloc(sizeof p->names[0]);
		p->room = 1;
		people_add(p, chat_peer(c, account));
		return 2;
	}
	groups = parley_service_find("groups/1", &self);
	count = groups != NULL ? groups->each(self, c->key + 1, NULL, NULL, err) : 0;
	if (count <= 0 || count > max)
		return count;
	p->names = parley_alloc((size_t)count * sizeof p->names[0]);
	p->room = (unsigned)count;
	return groups->each(self, c->key + 1, people_add, p, err);
}

/* ---- who has come how far ----------------------------------------------------------------- */

struct reader {
	char name[PARLEY_NAME_MAX + 1];
	bool read;  /* else received */
	int64_t at; /* ms since 1970; 0: not known */
};

/* Those who tell and have got the message. */
struct readers {
	struct chat *chat;
	int64_t seq; /* of the message */
	unsigned count, read, received;
	struct reader list[2 * READERS_MAX];
};

static void
readers_take(struct readers *rs, const struct member *m)
{
	struct reader *r = &rs->list[rs->count];

	*r = (struct reader){ .read = member_read(m) >= rs->seq };
	if (!r->read && m->received < rs->seq)
		return;
	if (r->read ? rs->read >= READERS_MAX : rs->received >= READERS_MAX)
		return;
	if (!r->read && m->saved < rs->seq)
		r->at = m->received_at; /* it has yet to be noted */
	memcpy(r->name, m->name, sizeof r->name);
	(*(r->read ? &rs->read : &rs->received))++;
	rs->count++;
}

/* Takes one of the chat, if there is something to tell. 0 or -1. Awaits. */
static int
reader_look(struct history *h, struct readers *rs, const char *name, struct parley_error *err)
{
	int tells = tells_receipts(name, err);
	struct member *m;

	if (tells <= 0)
		return tells;
	m = member_get(h, rs->chat, name, err);
	if (m == NULL)
		return err->code == PARLEY_NOT_FOUND ? 0 : -1;
	readers_take(rs, m);
	return 0;
}

/* Everybody but who asks and who wrote it. Who does not tell is not told. */
static int
readers_find(struct history *h, struct readers *rs, const char *account, const char *author,
    struct parley_error *err)
{
	int own = tells_receipts(account, err), rc = 0;
	struct people people = { 0 };

	if (own <= 0)
		return own;
	if (people_of(&people, rs->chat, account, INT32_MAX, err) < 0)
		rc = -1;
	for (unsigned i = 0; i < people.count && rc == 0 && rs->read < READERS_MAX; i++)
		if (strcmp(people.names[i], account) != 0 && strcmp(people.names[i], author) != 0)
			rc = reader_look(h, rs, people.names[i], err);
	free(people.names);
	return rc;
}

/* ---- and when ----------------------------------------------------------------------------- */

/* Takes the times of some readers from what was noted. */
static int
moments_take(struct readers *rs, struct reader *list, unsigned count, struct parley_error *err)
{
	struct find finds[FINDS_MAX] = { 0 };
	char keys[FINDS_MAX][PARLEY_KEY_MAX];
	struct moments moments;

	for (unsigned i = 0; i < count; i++) {
		member_key(keys[i], list[i].name, rs->chat);
		finds[i].collection = &moments_collection;
		finds[i].key = keys[i];
	}
	if (find_many(finds, count, err) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		moments_read(
		    &moments, finds[i].doc, list[i].read ? MOMENTS_READ : MOMENTS_RECEIVED);
		if (list[i].at == 0)
			list[i].at = moment_of(&moments, rs->seq);
	}
	finds_fini(finds, count);
	return 0;
}

static void
answer_take(struct readers *rs, const struct parley_doc *doc)
{
	const char *from = parley_json_string_or(parley_json_get(doc->root, "from"), "");

	if (document_is_change(doc))
		return;
	for (unsigned i = 0; i < rs->count; i++)
		if (rs->list[i].read && rs->list[i].at == 0 && strcmp(rs->list[i].name, from) == 0)
			rs->list[i].at = parley_json_int(parley_json_get(doc->root, "time"), 0);
}

/* Who writes has read: where no time was noted, it is that of the first they wrote behind. */
static int
answers_take(struct readers *rs, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = rs->chat->key },
		    { .field = "seq", .op = PARLEY_OP_GT, .integer = rs->seq } },
		.order_by = "seq",
		.limit = ANSWERS_SEEN,
	};
	struct parley_docs docs = { 0 };
	bool wanted = false;

	for (unsigned i = 0; i < rs->count; i++)
		wanted = wanted || (rs->list[i].read && rs->list[i].at == 0);
	if (!wanted)
		return 0;
	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	for (uint32_t i = 0; i < docs.count; i++)
		answer_take(rs, docs.docs[i]);
	parley_docs_fini(&docs);
	return 0;
}

static int
readers_times(struct readers *rs, struct parley_error *err)
{
	for (unsigned i = 0; i < rs->count; i += FINDS_MAX) {
		unsigned left = rs->count - i;

		if (moments_take(rs, rs->list + i, left < FINDS_MAX ? left : FINDS_MAX, err) != 0)
			return -1;
	}
	return answers_take(rs, err);
}

/* ---- history.readers ---------------------------------------------------------------------- */

static void
put_readers(struct parley_writer *w, const char *key, const struct readers *rs, bool read)
{
	char address[PARLEY_ADDRESS_SIZE];

	parley_put_array(w, key);
	for (unsigned i = 0; i < rs->count; i++) {
		if (rs->list[i].read != read)
			continue;
		peer_address(address, rs->list[i].name);
		parley_put_object(w, NULL);
		parley_put_string(w, "address", address);
		if (rs->list[i].at > 0)
			parley_put_time(w, "at", rs->list[i].at);
		parley_put_end(w);
	}
	parley_put_end(w);
}

static int
readers_answer(struct history *h, struct chat *c, struct parley_request *r,
    const struct parley_doc *message, struct parley_error *err)
{
	const char *author = parley_json_string_or(parley_json_get(message->root, "from"), "");
	struct readers *rs = parley_alloc(sizeof *rs);
	int rc;

	rs->chat = c;
	rs->seq = message->seq;
	rc = readers_find(h, rs, parley_request_account(r), author, err);
	if (rc == 0)
		rc = readers_times(rs, err);
	if (rc == 0) {
		struct parley_writer *w = parley_answer(r);

		put_readers(w, "read", rs, true);
		put_readers(w, "delivered", rs, false);
	}
	free(rs);
	return rc;
}

void
history_readers(void *self, struct parley_request *r)
{
	struct parley_error err = { 0 };
	struct parley_doc *message;
	struct member *m;
	struct chat *c = history_message_get(self, r, &m, &message);

	if (c == NULL)
		return;
	if (readers_answer(self, c, r, message, &err) != 0)
		parley_refuse_error(r, &err);
	parley_doc_free(&message);
	chat_put(self, &c);
}
