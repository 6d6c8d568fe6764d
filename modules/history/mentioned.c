/* SPDX-License-Identifier: MIT */
/* mentioned.c - who is mentioned where and has not read it yet: one small document for each, so
 * that they can be counted. "*" stands for everybody in a group, "@" for those of them who were
 * here when it was written: their names are in the document. It names nobody whom another document
 * of the same message names, so that the counts can be added up. */
#include "history.h"

#include <inttypes.h>
#include <parley/notify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERYBODY   "*"
#define HERE        "@"
#define COUNT_MAX   1000
#define HERE_MAX    100 /* calls of those who were here that are counted; they can be long */
#define KEEP_MS     (90LL * 86400 * 1000) /* of what nobody in particular has to read */
#define REMOVE_MANY 100

static const struct parley_field mention_fields[] = {
	{ "account", PARLEY_FIELD_TEXT },
	{ "chat", PARLEY_FIELD_TEXT },
	{ "at", PARLEY_FIELD_INT },    /* the seq of the message */
	{ "until", PARLEY_FIELD_INT }, /* ms since 1970; of EVERYBODY and HERE */
	{ 0 },
};
static const struct parley_index mention_indexes[] = {
	{ .fields = { "account", "chat", "at" } },
	{ .fields = { NULL } },
};
const struct parley_collection mentions_collection = {
	.name = "mentions",
	.version = 1,
	.fields = mention_fields,
	.indexes = mention_indexes,
	.expires = "until",
};

static void
mention_key(char key[PARLEY_KEY_MAX], const char *account, const char *chat, int64_t at)
{
	snprintf(key, PARLEY_KEY_MAX, "%s/%.150s/%" PRId64, account, chat, at);
}

static bool
is_collective(const char *account)
{
	return strcmp(account, EVERYBODY) == 0 || strcmp(account, HERE) == 0;
}

/* What was counted of a chat in memory is not right any more. */
static void
note_again(struct history *h, const char *chat, const char *account, int64_t at)
{
	struct chat *c = chat_known(h, chat);
	struct member *m = c != NULL ? chat_member(c, account) : NULL;

	if (c != NULL) {
		c->mention_revision++;
		c->named = at > c->named ? at : c->named;
	}
	if (m != NULL && at > m->named)
		m->named = at;
}

/* ---- when a message is archived ----------------------------------------------------------- */

/* who: of HERE, else NULL. */
static int
mention_put(struct history *h, const char *account, const char *chat, int64_t at, const char *who,
    struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];
	int rc;

	mention_key(key, account, chat, at);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "account", account);
	parley_put_string(&w, "chat", chat);
	parley_put_int(&w, "at", at);
	if (is_collective(account))
		parley_put_int(&w, "until", parley_now() + KEEP_MS);
	parley_put_string(&w, "who", who);
	parley_put_end(&w);
	rc = parley_store_put(&mentions_collection, key, &json, err);
	parley_text_fini(&json);
	note_again(h, chat, account, at);
	return rc;
}

static const char *
whose(const struct mention *m)
{
	if (m->who[0] != '@')
		return m->who;
	return strcmp(m->who, "@here") == 0 ? HERE : EVERYBODY;
}

static bool
is_named(const struct mentions *mentions, const char *account)
{
	for (unsigned i = 0; i < mentions->count; i++)
		if (strcmp(whose(&mentions->list[i]), account) == 0)
			return true;
	return false;
}

static void
stream_of(const struct parley_doc *doc, char stream[PARLEY_KEY_MAX])
{
	snprintf(
	    stream, PARLEY_KEY_MAX, "%.*s", (int)(strrchr(doc->key, '/') - doc->key), doc->key);
}

/* Those of who, ",alice,bob,", whom nothing else in the message names. */
static void
here_only(
    const char *who, const struct mentions *mentions, const char *from, struct parley_text *out)
{
	char name[PARLEY_NAME_MAX + 1];

	parley_text_putc(out, ',');
	for (const char *end; *who != '\0' && (end = strchr(who + 1, ',')) != NULL; who = end) {
		snprintf(name, sizeof name, "%.*s", (int)(end - who - 1), who + 1);
		if (strcmp(name, from) != 0 && !is_named(mentions, name))
			parley_text_printf(out, "%s,", name);
	}
}

/* Who was here is known only at the moment itself: after a crash nobody is. */
static int
here_put(struct history *h, const struct mentions *mentions, const char *from, const char *chat,
    int64_t at, const char *who, struct parley_error *err)
{
	struct parley_text names = { 0 };
	int rc = 0;

	if (who == NULL || is_named(mentions, EVERYBODY))
		return 0;
	here_only(who, mentions, from, &names);
	if (names.len > 1)
		rc = mention_put(h, HERE, chat, at, names.s, err);
	parley_text_fini(&names);
	return rc;
}

int
mentioned_add(
    struct history *h, const struct parley_doc *message, const char *here, struct parley_error *err)
{
	const char *from = parley_json_string_or(parley_json_get(message->root, "from"), "");
	struct mentions mentions;
	char chat[PARLEY_KEY_MAX];

	stream_of(message, chat);
	mentions_read(&mentions, parley_json_get(message->root, "mentions"));
	for (unsigned i = 0; i < mentions.count; i++) {
		const char *account = whose(&mentions.list[i]);
		int rc = 0;

		if (strcmp(account, HERE) == 0)
			rc = here_put(h, &mentions, from, chat, message->seq, here, err);
		else if (strcmp(account, from) != 0)
			rc = mention_put(h, account, chat, message->seq, NULL, err);
		if (rc != 0)
			return -1;
	}
	return 0;
}

/* A message whose mentions are to be kept. */
struct keeping {
	struct history *history;
	struct chat *chat;             /* or NULL */
	char key[PARLEY_KEY_MAX + 24]; /* of the document */
	struct parley_text here;       /* who was, ",alice,bob,", when that is asked for */
	struct parley_ticket turn;
};

static void
keeping_free(struct keeping *k)
{
	parley_lane_leave(&k->turn);
	chat_put(k->history, &k->chat);
	parley_text_fini(&k->here);
	free(k);
}

static void
keeping_run(void *arg)
{
	struct keeping *k = arg;
	struct parley_error err = { 0 };
	struct parley_doc *doc;

	parley_shield(true);
	doc = parley_store_get(&messages_collection, k->key, &err);
	if (doc == NULL || mentioned_add(k->history, doc, k->here.s, &err) != 0 ||
	    journal_clear_todo(k->key, &err) != 0)
		parley_log_warn("history",
		    "entry=%s its mentions are counted from the next start on: %s", k->key,
		    err.text);
	parley_doc_free(&doc);
	keeping_free(k);
	parley_shield(false);
}

static void
add_name(void *arg, const char *account)
{
	struct parley_text *names = arg;

	parley_text_puts(names, account);
	parley_text_putc(names, ',');
}

void
mentioned_keep(struct history *h, struct chat *c, const struct parley_message *m)
{
	struct keeping *k = parley_alloc(sizeof *k);

	k->history = h;
	k->chat = c;
	snprintf(k->key, sizeof k->key, "%s/%" PRId64, m->chat, m->seq);
	if (m->channel != NULL && strstr(m->kept.s, "\"@here\"") != NULL) {
		parley_text_putc(&k->here, ',');
		parley_channel_each_here(m->channel, add_name, &k->here);
	}
	if (c != NULL) {
		c->pins++;
		c->named = m->seq;
		parley_lane_join(&c->mentioning, &k->turn);
	}
	if (parley_spawn("history-mentions", keeping_run, k) == 0)
		return;
	parley_log_warn("history", "entry=%s its mentions are counted from the next start on: %s",
	    k->key, "no fiber is free");
	keeping_free(k);
}

/* ---- when it changes ---------------------------------------------------------------------- */

int
mentioned_drop(struct history *h, const struct parley_doc *message, const struct mentions *still,
    struct parley_error *err)
{
	struct mentions before;
	char chat[PARLEY_KEY_MAX], key[PARLEY_KEY_MAX];

	stream_of(message, chat);
	mentions_read(&before, parley_json_get(message->root, "mentions"));
	for (unsigned i = 0; i < before.count; i++) {
		struct parley_error failed = { 0 };

		if (is_named(still, whose(&before.list[i])))
			continue;
		mention_key(key, whose(&before.list[i]), chat, message->seq);
		if (parley_store_remove(&mentions_collection, key, NULL, &failed) != 0 &&
		    failed.code != PARLEY_NOT_FOUND) {
			*err = failed;
			return -1;
		}
		note_again(h, chat, whose(&before.list[i]), 0);
	}
	return 0;
}

/* ---- when it is read ---------------------------------------------------------------------- */

static int
remove_found(const struct parley_docs *docs, struct parley_error *err)
{
	for (uint32_t i = 0; i < docs->count; i++) {
		struct parley_error failed = { 0 };

		if (parley_store_remove(&mentions_collection, docs->docs[i]->key, NULL, &failed) !=
			0 &&
		    failed.code != PARLEY_NOT_FOUND) {
			*err = failed;
			return -1;
		}
	}
	return 0;
}

int
mentioned_read(struct chat *c, struct member *m, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = m->name },
		    { .field = "chat", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "at", .op = PARLEY_OP_LE, .integer = member_read(m) } },
		.limit = REMOVE_MANY,
	};
	struct parley_docs docs = { 0 };
	int64_t named = m->named;
	uint32_t count;
	int rc = 0;

	if (named == 0)
		return 0;
	do {
		if (parley_store_find(&mentions_collection, &query, &docs, err) != 0)
			return -1;
		count = docs.count;
		rc = remove_found(&docs, err);
		parley_docs_fini(&docs);
	} while (rc == 0 && count == REMOVE_MANY);
	if (rc == 0 && m->named == named && query.where[2].integer >= c->last)
		m->named = 0; /* there are none left */
	return rc;
}

/* ---- counting ----------------------------------------------------------------------------- */

static struct parley_query
unread_query(const struct chat *c, const char *account, int64_t behind)
{
	return (struct parley_query){
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = account },
		    { .field = "chat", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "at", .op = PARLEY_OP_GT, .integer = behind } },
		.order_by = "at",
		.limit = COUNT_MAX,
	};
}

static int64_t
count_of(const struct chat *c, const char *account, int64_t behind, struct parley_error *err)
{
	const struct parley_query query = unread_query(c, account, behind);

	return parley_store_count(&mentions_collection, &query, COUNT_MAX, err);
}

static int64_t
place_of(const struct parley_doc *doc)
{
	return parley_json_int(parley_json_get(doc->root, "at"), 0);
}

/* How many messages name the account and everybody; both are in order. -1 with err. */
static int64_t
count_both(const struct chat *c, const char *account, int64_t behind, struct parley_error *err)
{
	const struct parley_query own = unread_query(c, account, behind);
	const struct parley_query all = unread_query(c, EVERYBODY, behind);
	struct parley_docs x = { 0 }, y = { 0 };
	int64_t count = -1;

	if (parley_store_find(&mentions_collection, &own, &x, err) == 0 &&
	    parley_store_find(&mentions_collection, &all, &y, err) == 0) {
		count = 0;
		for (uint32_t i = 0, k = 0; i < x.count; i++) {
			while (k < y.count && place_of(y.docs[k]) < place_of(x.docs[i]))
				k++;
			count += k < y.count && place_of(y.docs[k]) == place_of(x.docs[i]);
		}
	}
	parley_docs_fini(&x);
	parley_docs_fini(&y);
	return count;
}

/* How many of the newest that call those who were here call the account. -1 with err. */
static int64_t
count_here(const struct chat *c, const char *account, int64_t behind, struct parley_error *err)
{
	struct parley_query query = unread_query(c, HERE, behind);
	struct parley_docs docs = { 0 };
	char name[PARLEY_NAME_MAX + 3];
	int64_t count = 0;

	query.descending = true;
	query.limit = HERE_MAX;
	if (parley_store_find(&mentions_collection, &query, &docs, err) != 0)
		return -1;
	snprintf(name, sizeof name, ",%s,", account);
	for (uint32_t i = 0; i < docs.count; i++) {
		const struct parley_json *who = parley_json_get(docs.docs[i]->root, "who");

		count += strstr(parley_json_string_or(who, ""), name) != NULL;
	}
	parley_docs_fini(&docs);
	return count;
}

/* How many messages behind a place name the account, or, unless it is deaf to that, everybody. -1
 * with err. */
static int64_t
count_all(
    const struct chat *c, const char *account, int64_t behind, bool deaf, struct parley_error *err)
{
	int64_t own = count_of(c, account, behind, err), all = 0, both = 0, here = 0;

	if (own >= 0 && chat_is_group(c) && !deaf) {
		all = count_of(c, EVERYBODY, behind, err);
		here = all >= 0 ? count_here(c, account, behind, err) : -1;
	}
	if (own > 0 && all > 0)
		both = count_both(c, account, behind, err);
	return own < 0 || all < 0 || here < 0 || both < 0 ? -1 : own + all - both + here;
}

/* Waits for those that are being kept. */
static int
await_kept(struct chat *c, struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int rc = 0;

	if (c->mentioning.head == NULL)
		return 0;
	parley_lane_join(&c->mentioning, &turn);
	if (parley_await_turn(&turn) != 0)
		rc = parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	parley_lane_leave(&turn);
	return rc;
}

/* Whether m wants to hear nothing of @all and @here. */
static bool
is_deaf(const struct chat *c, const struct member *m)
{
	const struct parley_notify_1 *notify;
	void *self;

	if (!chat_is_group(c))
		return false;
	notify = parley_service_find("notify/1", &self);
	return notify != NULL && notify->ignores_everybody(self, m->name, c->key);
}

int64_t
mentioned_count(struct chat *c, struct member *m, struct parley_error *err)
{
	int64_t behind = member_behind(c, m), count;
	uint64_t revision;
	bool deaf;

	if (behind >= c->last || behind >= c->named)
		return 0;
	if (await_kept(c, err) != 0)
		return -1;
	revision = c->mention_revision + 1;
	deaf = is_deaf(c, m);
	if (m->mentions_revision == revision && m->mentions_behind == behind &&
	    m->mentions_deaf == deaf)
		return m->mentions;
	count = count_all(c, m->name, behind, deaf, err);
	if (count < 0)
		return -1;
	m->mentions = count;
	m->mentions_behind = behind;
	m->mentions_deaf = deaf;
	m->mentions_revision = revision;
	return count;
}
