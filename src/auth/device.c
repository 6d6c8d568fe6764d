/* SPDX-License-Identifier: MIT */
/* device.c - the installations that may log in again without the password. */
#include "auth/device.h"

#include "auth/account_check.h"
#include "auth/device_token.h"
#include "auth/peer.h"
#include "auth/stamps.h"
#include "base/xalloc.h"
#include "seal/seal.h"

#include <openssl/crypto.h>
#include <parley/await.h>
#include <parley/json.h>
#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEN_EVERY ((int64_t)10 * 60 * 1000)
#define DAY        ((int64_t)24 * 60 * 60 * 1000)

static const struct parley_field fields[] = {
	{ "account", PARLEY_FIELD_TEXT },
	{ "seen", PARLEY_FIELD_INT },
	{ "expires", PARLEY_FIELD_INT },
	{ 0 },
};
static const struct parley_index indexes[] = {
	{ .fields = { "account", "seen" } },
	{ .fields = { NULL } },
};
/* Where somebody was, and what they call their devices, is not for whoever finds the database. */
static const char *const device_secret[] = { "name", "peer", NULL };
const struct parley_collection device_collection = {
	.name = "devices",
	.version = 1,
	.fields = fields,
	.indexes = indexes,
	.expires = "expires",
	.secret = device_secret,
};

static struct {
	unsigned per_account;
	int64_t life;       /* ms */
	struct stamps seen; /* account and device -> when that was last written, ms since 1970 */
	uint64_t revoked;   /* how many have been signed out */
	struct device_stats stats;
} devices;

void
device_reload(const struct device_config *c)
{
	devices.per_account = c->per_account > 0 ? c->per_account : 50;
	devices.life = (c->token_days > 0 ? c->token_days : 90) * DAY;
	parley_assert(devices.per_account < PARLEY_FIND_LIMIT);
}

void
device_start(const struct device_config *c)
{
	device_stop();
	device_reload(c);
	stamps_init(&devices.seen, c->entries > 0 ? c->entries : 8192);
}

void
device_stop(void)
{
	stamps_fini(&devices.seen);
	memset(&devices, 0, sizeof devices);
}

/* ---- documents ----------------------------------------------------------------------------- */

static void
make_key(const char *account, const char *id, char key[PARLEY_KEY_MAX])
{
	snprintf(key, PARLEY_KEY_MAX, "%s/%s", account, id);
}

/* Those of before the store kept secrets are sealed in a way of their own, and longer than any
 * address. */
static void
read_peer(const struct parley_doc *doc, char peer[DEVICE_PEER_SIZE])
{
	const struct parley_json *v = parley_json_get(doc->root, "peer");
	char context[PARLEY_KEY_MAX + 32];
	struct parley_text plain = { 0 };

	snprintf(peer, DEVICE_PEER_SIZE, "%s", parley_json_string_or(v, ""));
	if (parley_json_len(v) < DEVICE_PEER_SIZE)
		return;
	peer[0] = '\0';
	snprintf(context, sizeof context, "devices/%s/peer", doc->key);
	if (seal_get(context, parley_json_string(v), parley_json_len(v), &plain, NULL) == 0)
		snprintf(peer, DEVICE_PEER_SIZE, "%s", plain.s);
	parley_text_fini(&plain);
}

static void
put_seen(struct parley_writer *w, const char *peer, int64_t now)
{
	parley_put_int(w, "seen", now);
	parley_put_int(w, "expires", now + devices.life);
	parley_put_string(w, "peer", peer);
}

static void
read_device(const struct parley_doc *doc, struct device *out)
{
	const char *slash = strchr(doc->key, '/');

	*out = (struct device){ 0 };
	snprintf(out->id, sizeof out->id, "%s", slash != NULL ? slash + 1 : "");
	snprintf(out->name, sizeof out->name, "%s",
	    parley_json_string_or(parley_json_get(doc->root, "name"), ""));
	out->created = parley_json_int(parley_json_get(doc->root, "created"), 0);
	out->seen = parley_json_int(parley_json_get(doc->root, "seen"), 0);
	read_peer(doc, out->peer);
}

/* All devices of account, last seen first or last. */
static int
find(const char *account, bool newest_first, struct parley_docs *out, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = account } },
		.order_by = "seen",
		.descending = newest_first,
		.limit = PARLEY_FIND_LIMIT,
	};

	return parley_store_find(&device_collection, &query, out, err);
}

/* ---- logging in ---------------------------------------------------------------------------- */

/* Room for one device more: the longest unseen have to go. */
static int
make_room(const char *account, struct parley_error *err)
{
	struct parley_docs docs = { 0 };
	int rc = find(account, false, &docs, err);

	for (uint32_t i = 0; rc == 0 && i + devices.per_account <= docs.count; i++) {
		struct parley_error why = { 0 };

		rc = parley_store_remove(&device_collection, docs.docs[i]->key, NULL, &why);
		devices.stats.dropped += rc == 0;
		if (rc < 0 && why.code == PARLEY_NOT_FOUND)
			rc = 0;
		else if (rc < 0 && err != NULL)
			*err = why;
	}
	parley_docs_fini(&docs);
	return rc;
}

/* A device that logs in by its owner's password. */
struct entry {
	const char *account, *name, *peer; /* name: NULL when it tells none that is good */
	int64_t logins, now;
	char id[PARLEY_DEVICE_MAX + 1];
	char key[PARLEY_KEY_MAX];
	char token[DEVICE_TOKEN_SIZE];
};

static void
put_token(struct parley_writer *w, const struct entry *e)
{
	char unused[PARLEY_DEVICE_MAX + 1];
	struct parley_text hash = { 0 };

	device_token_hash(device_token_parse(e->token, unused), &hash);
	parley_put_string(w, "token", hash.s);
	parley_text_fini(&hash);
	parley_put_int(w, "logins", e->logins);
	put_seen(w, e->peer, e->now);
}

/* One that is known gets a new token. It need not be read for that. */
static int
renew(const struct entry *e, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "name", e->name);
	put_token(&w, e);
	parley_put_end(&w);
	rc = parley_store_patch(&device_collection, e->key, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

static int
create(const struct entry *e, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc = make_room(e->account, err);

	if (rc < 0)
		return -1;
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "account", e->account);
	parley_put_string(&w, "name", e->name != NULL ? e->name : "");
	parley_put_int(&w, "created", e->now);
	put_token(&w, e);
	parley_put_end(&w);
	rc = parley_store_put(&device_collection, e->key, &json, err);
	parley_text_fini(&json);
	return rc;
}

static int
renew_or_create(const struct entry *e, bool is_known, struct parley_error *err)
{
	struct parley_error why = { .code = PARLEY_NOT_FOUND };

	if (is_known && renew(e, &why) == 0)
		return 0;
	if (why.code == PARLEY_NOT_FOUND)
		return create(e, err);
	if (err != NULL)
		*err = why;
	return -1;
}

int
device_login(const char *account, const char *wanted, const char *name, const char *peer,
    int64_t logins, char id[PARLEY_DEVICE_MAX + 1], char token[DEVICE_TOKEN_SIZE],
    struct parley_error *err)
{
	struct entry e = {
		.account = account, .peer = peer, .logins = logins, .now = parley_now()
	};
	bool is_known = wanted != NULL && device_id_valid(wanted);
	int rc;

	if (name != NULL && parley_utf8_is_line(name, DEVICE_NAME_MAX))
		e.name = name;
	if (is_known)
		snprintf(e.id, sizeof e.id, "%s", wanted);
	else
		device_id_make(e.id);
	make_key(account, e.id, e.key);
	device_token_make(e.id, e.token);
	rc = renew_or_create(&e, is_known, err);
	if (rc == 0) {
		devices.stats.logins++;
		stamps_put(&devices.seen, stamps_key(account, e.id), e.now);
		memcpy(id, e.id, sizeof e.id);
		memcpy(token, e.token, sizeof e.token);
	}
	OPENSSL_cleanse(&e, sizeof e);
	return rc;
}

static bool
token_fits(const struct parley_doc *doc, const char *secret)
{
	const struct parley_json *stored = parley_json_get(doc->root, "token");
	struct parley_text hash = { 0 };
	bool fits;

	device_token_hash(secret, &hash);
	fits = parley_json_len(stored) == hash.len &&
	       CRYPTO_memcmp(parley_json_string_or(stored, ""), hash.s, hash.len) == 0;
	parley_text_fini(&hash);
	return fits;
}

static int
refuse(struct parley_error *err)
{
	return parley_fail(err, PARLEY_NOT_AUTHORIZED, NULL, "this login has ended: log in again");
}

int
device_check(const char *account, const char *token, const char *peer,
    char id[PARLEY_DEVICE_MAX + 1], int64_t *logins_r, struct parley_error *err)
{
	char key[PARLEY_KEY_MAX], named[PARLEY_DEVICE_MAX + 1];
	const char *secret = device_token_parse(token, named);
	struct parley_error why = { 0 };
	struct parley_doc *doc;
	int64_t seen, logins;
	bool fits;

	if (secret == NULL)
		return refuse(err);
	make_key(account, named, key);
	doc = parley_store_get(&device_collection, key, &why);
	if (doc == NULL && why.code != PARLEY_NOT_FOUND && err != NULL)
		*err = why;
	if (doc == NULL)
		return why.code == PARLEY_NOT_FOUND ? refuse(err) : -1;
	fits = token_fits(doc, secret);
	seen = parley_json_int(parley_json_get(doc->root, "seen"), 0);
	logins = parley_json_int(parley_json_get(doc->root, "logins"), 0);
	parley_doc_free(&doc);
	if (!fits)
		return refuse(err);
	devices.stats.checks++;
	if (stamps_get(&devices.seen, stamps_key(account, named)) < seen)
		stamps_put(&devices.seen, stamps_key(account, named), seen);
	device_seen(account, named, peer);
	memcpy(id, named, sizeof named);
	*logins_r = logins;
	return 0;
}

int
device_keep(const char *account, const char *id, int64_t logins, struct parley_error *err)
{
	struct parley_text json = { 0 };
	char key[PARLEY_KEY_MAX];
	struct parley_writer w;
	int rc;

	make_key(account, id, key);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_int(&w, "logins", logins);
	parley_put_end(&w);
	rc = parley_store_patch(&device_collection, key, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

/* ---- seen ---------------------------------------------------------------------------------- */

static void
note_seen(const char *account, const char *id, const char *peer, int64_t now)
{
	struct parley_text json = { 0 };
	struct parley_error err = { 0 };
	char key[PARLEY_KEY_MAX];
	struct parley_writer w;

	make_key(account, id, key);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	put_seen(&w, peer, now);
	parley_put_end(&w);
	if (parley_store_note_patch(&device_collection, key, &json, &err) < 0)
		parley_log_debug("device", "cannot note that a device was seen: %s", err.text);
}

void
device_seen(const char *account, const char *id, const char *peer)
{
	uint64_t stamp = stamps_key(account, id);
	int64_t now = parley_now(), last = stamps_get(&devices.seen, stamp);

	if (now >= last && now - last < SEEN_EVERY)
		return;
	note_seen(account, id, peer, now);
	devices.stats.notes++;
	stamps_put(&devices.seen, stamp, now);
}

bool
device_knows_network(const char *account, const char *peer)
{
	char wanted[PEER_NETWORK_SIZE], network[PEER_NETWORK_SIZE], was[DEVICE_PEER_SIZE];
	struct parley_docs docs = { 0 };
	bool known = false;

	peer_network(peer, wanted);
	if (find(account, true, &docs, NULL) < 0)
		return false;
	for (uint32_t i = 0; i < docs.count && !known; i++) {
		read_peer(docs.docs[i], was);
		peer_network(was, network);
		known = strcmp(network, wanted) == 0;
	}
	parley_docs_fini(&docs);
	return known;
}

/* ---- the owner's list ---------------------------------------------------------------------- */

int
device_list(const char *account, struct device **out_r, unsigned *count_r, struct parley_error *err)
{
	struct parley_docs docs = { 0 };
	struct device *list;

	if (find(account, true, &docs, err) < 0)
		return -1;
	list = xcalloc(docs.count, sizeof *list);
	for (uint32_t i = 0; i < docs.count; i++)
		read_device(docs.docs[i], &list[i]);
	*out_r = list;
	*count_r = docs.count;
	parley_docs_fini(&docs);
	return 0;
}

int
device_revoke(const char *account, const char *id, struct parley_error *err)
{
	struct parley_error why = { .code = PARLEY_NOT_FOUND };
	char key[PARLEY_KEY_MAX];
	int rc = -1;

	if (device_id_valid(id)) {
		make_key(account, id, key);
		rc = parley_store_remove(&device_collection, key, NULL, &why);
	}
	if (rc == 0) {
		devices.revoked++;
		stamps_put(&devices.seen, stamps_key(account, id), 0);
	} else if (why.code == PARLEY_NOT_FOUND)
		parley_fail(err, PARLEY_NOT_FOUND, "/params/device", "there is no such device");
	else if (err != NULL)
		*err = why;
	return rc;
}

uint64_t
device_revoked(void)
{
	return devices.revoked;
}

int
device_revoke_others(const char *account, const char *but, struct parley_error *err)
{
	struct device *list;
	unsigned count;
	int rc = 0;

	if (device_list(account, &list, &count, err) < 0)
		return -1;
	for (unsigned i = 0; i < count && rc == 0; i++) {
		struct parley_error why = { 0 };

		if (strcmp(list[i].id, but) == 0)
			continue;
		rc = device_revoke(account, list[i].id, &why);
		if (rc < 0 && why.code == PARLEY_NOT_FOUND)
			rc = 0;
		else if (rc < 0 && err != NULL)
			*err = why;
	}
	free(list);
	return rc;
}

struct device_stats
device_stats(void)
{
	return devices.stats;
}
