/* SPDX-License-Identifier: MIT */
/* keyring.c - the keyring in the store: one document with the ring, wrapped under the node key, and
 * with what is known of the collections. */
#include "core/keyring.h"

#include "auth/account_internal.h"
#include "base/xalloc.h"
#include "seal/seal.h"
#include "store/store.h"
#include "store/store_copy.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <parley/await.h>
#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT "keyring"
#define USES_MAX 256 /* collections */

const struct parley_collection keyring_collection = { .name = "keyring", .version = 1 };

static struct {
	struct node_key node_key;
	struct ring ring;
	char pending[RING_PRINT]; /* "" or of the node key that is to come */
	struct parley_text pending_wrapped;
	struct keyring_use uses[USES_MAX];
	unsigned use_count;
	struct parley_lane lane; /* of those who change it */
} K;

const struct ring *
keyring_ring(void)
{
	return &K.ring;
}

const struct node_key *
keyring_node_key(void)
{
	return &K.node_key;
}

const char *
keyring_pending(void)
{
	return K.pending;
}

const struct keyring_use *
keyring_uses(unsigned *count_r)
{
	*count_r = K.use_count;
	return K.uses;
}

/* ---- the document ------------------------------------------------------------------------- */

static void
put_wrap(struct parley_writer *w, const char *print, const struct parley_text *wrapped)
{
	parley_put_object(w, NULL);
	parley_put_string(w, "node_key", print);
	parley_put_string(w, "ring", wrapped->s);
	parley_put_end(w);
}

static void
put_uses(struct parley_writer *w)
{
	parley_put_object(w, "collections");
	for (unsigned i = 0; i < K.use_count; i++) {
		parley_put_object(w, K.uses[i].collection);
		parley_put_int(w, "key", K.uses[i].key);
		parley_put_string(w, "secret", K.uses[i].secret);
		parley_put_end(w);
	}
	parley_put_end(w);
}

static int
write_document(struct parley_error *err)
{
	struct parley_text json = { 0 }, wrapped = { 0 };
	struct parley_writer w;
	int rc;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_array(&w, "wraps");
	ring_wrap(&K.ring, K.node_key.key, &wrapped);
	put_wrap(&w, K.node_key.print, &wrapped);
	if (K.pending[0] != '\0')
		put_wrap(&w, K.pending, &K.pending_wrapped);
	parley_put_end(&w);
	put_uses(&w);
	parley_put_end(&w);
	rc = parley_store_put(&keyring_collection, DOCUMENT, &json, err);
	parley_text_fini(&wrapped);
	parley_text_fini(&json);
	return rc;
}

static struct keyring_use *
use_of(const char *collection)
{
	for (unsigned i = 0; i < K.use_count; i++)
		if (strcmp(K.uses[i].collection, collection) == 0)
			return &K.uses[i];
	return NULL;
}

static struct keyring_use *
use_add(const char *collection, uint32_t key, const char *secret)
{
	struct keyring_use *use;

	if (K.use_count == USES_MAX)
		return NULL;
	use = &K.uses[K.use_count++];
	snprintf(use->collection, sizeof use->collection, "%s", collection);
	use->key = key;
	use->secret = xstrdup(secret);
	return use;
}

static void
read_uses(const struct parley_json *uses)
{
	for (const struct parley_json *name = parley_json_first(uses); name != NULL;
	     name = parley_json_next(uses, name)) {
		const struct parley_json *use = parley_json_value(name);

		use_add(name->string, (uint32_t)parley_json_int(parley_json_get(use, "key"), 0),
		    parley_json_string_or(parley_json_get(use, "secret"), ""));
	}
}

/* ---- opening ------------------------------------------------------------------------------ */

int
keyring_find_key(const char *file, struct parley_error *err)
{
	return node_key_read(file, &K.node_key, err);
}

/* Builds before there was a keyring sealed under the node key itself. What that does not open is of
 * a store that has lost its keyring. */
static int
take_up(struct parley_error *err)
{
	const struct parley_query first = { .limit = 1 };
	struct parley_error why = { 0 };
	struct parley_docs docs = { 0 };
	int rc;

	if (K.node_key.made)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "there are accounts, but there was no node key, and %s was made just now: put "
		    "the "
		    "right one there",
		    K.node_key.from);
	ring_of_node_key(&K.ring, K.node_key.key, parley_now());
	seal_open_ring(&K.ring);
	rc = parley_store_find(&account_collection, &first, &docs, &why);
	parley_docs_fini(&docs);
	if (rc == 0)
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL,
	    "the store has accounts and no keyring to read them with: restore a backup");
}

static int
make_ring(struct parley_error *err)
{
	int64_t accounts;

	if (store_declare(&account_collection, err) != 0)
		return -1;
	accounts = parley_store_count(&account_collection, &(struct parley_query){ 0 }, 1, err);
	if (accounts < 0)
		return -1;
	if (accounts > 0 && take_up(err) != 0)
		return -1;
	if (accounts == 0)
		ring_make(&K.ring, parley_now());
	if (write_document(err) != 0)
		return -1;
	parley_log_info("key", "made the keyring of this store, under node key %s from %s",
	    K.node_key.print, K.node_key.from);
	return 0;
}

/* A node that starts with the key that was to come has no need of the one before. */
static int
take_wrap(const struct parley_json *wraps, const struct parley_json *mine, struct parley_error *err)
{
	const struct parley_json *first = parley_json_first(wraps);
	const struct parley_json *second = parley_json_next(wraps, first);
	const char *ring = parley_json_string_or(parley_json_get(mine, "ring"), "");

	if (ring_unwrap(&K.ring, K.node_key.key, ring, strlen(ring)) != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the keyring in the store is damaged: restore a backup");
	if (mine == first && second != NULL) {
		snprintf(K.pending, sizeof K.pending, "%s",
		    parley_json_string_or(parley_json_get(second, "node_key"), ""));
		parley_text_puts(
		    &K.pending_wrapped, parley_json_string_or(parley_json_get(second, "ring"), ""));
		parley_log_warn("key",
		    "the keyring waits for node key %s; this node was started with %s", K.pending,
		    K.node_key.print);
	}
	return 0;
}

static int
read_ring(const struct parley_json *root, struct parley_error *err)
{
	const struct parley_json *wraps = parley_json_get(root, "wraps");
	const struct parley_json *wrap = parley_json_first(wraps);
	const char *print = "";

	read_uses(parley_json_get(root, "collections"));
	for (; wrap != NULL; wrap = parley_json_next(wraps, wrap)) {
		print = parley_json_string_or(parley_json_get(wrap, "node_key"), "");
		if (strcmp(print, K.node_key.print) == 0)
			break;
	}
	if (wrap == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the data belongs to node key %.16s, and %.80s is %s: nothing can be read with "
		    "it; put the right key there",
		    print, K.node_key.from, K.node_key.print);
	if (take_wrap(wraps, wrap, err) != 0)
		return -1;
	if (wrap == parley_json_first(wraps))
		return 0;
	parley_log_info("key", "the keyring is under node key %s alone now", K.node_key.print);
	return write_document(err);
}

int
keyring_open(struct parley_error *err)
{
	struct parley_error why = { 0 };
	struct parley_doc *doc;
	int rc;

	if (store_is_half_copied(err) != 0 || store_declare(&keyring_collection, err) != 0)
		return -1;
	doc = parley_store_get(&keyring_collection, DOCUMENT, &why);
	if (doc == NULL && why.code != PARLEY_NOT_FOUND) {
		*err = why;
		return -1;
	}
	rc = doc == NULL ? make_ring(err) : read_ring(doc->root, err);
	parley_doc_free(&doc);
	if (rc == 0)
		seal_open_ring(&K.ring);
	return rc;
}

void
keyring_close(void)
{
	for (unsigned i = 0; i < K.use_count; i++)
		free(K.uses[i].secret);
	parley_text_fini(&K.pending_wrapped);
	OPENSSL_cleanse(&K, sizeof K);
}

/* ---- changing ----------------------------------------------------------------------------- */

static int
check_rotate(struct parley_error *err)
{
	if (K.pending[0] != '\0')
		return parley_fail(err, PARLEY_CONFLICT, NULL,
		    "the keyring waits for node key %s: start the node with that first", K.pending);
	if (K.ring.count == RING_KEYS)
		return parley_fail(err, PARLEY_LIMIT, NULL,
		    "there are %d data keys still in use: see parleyctl key status", RING_KEYS);
	return 0;
}

static int
rotate(struct parley_error *err)
{
	struct ring before = K.ring;
	const struct ring_key *key;
	int rc = check_rotate(err);

	if (rc == 0) {
		ring_add(&K.ring, parley_now());
		rc = write_document(err);
	}
	key = &K.ring.keys[K.ring.count - 1];
	if (rc == 0 && seal_key_add(key->id, key->key) != 0)
		rc = parley_fail(err, PARLEY_LIMIT, NULL,
		    "too many data keys since the node was started: restart it");
	if (rc == 0)
		seal_key_use(key->id);
	else
		K.ring = before;
	OPENSSL_cleanse(&before, sizeof before);
	return rc;
}

int
keyring_rotate(struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int rc;

	parley_lane_join(&K.lane, &turn);
	parley_shield(true);
	parley_await_turn(&turn);
	rc = rotate(err);
	parley_shield(false);
	parley_lane_leave(&turn);
	return rc;
}

static int
rewrap(const struct node_key *key, struct parley_error *err)
{
	char before[RING_PRINT];
	int rc;

	memcpy(before, K.pending, sizeof before);
	parley_text_clear(&K.pending_wrapped);
	ring_wrap(&K.ring, key->key, &K.pending_wrapped);
	memcpy(K.pending, key->print, sizeof K.pending);
	rc = write_document(err);
	if (rc != 0) /* what waited before is forgotten: it is asked for anew */
		K.pending[0] = '\0';
	return rc;
}

int
keyring_rewrap(const char *file, char print_r[RING_PRINT], struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	struct node_key key;
	int rc;

	if (node_key_read_file(file, &key, err) != 0)
		return -1;
	memcpy(print_r, key.print, RING_PRINT);
	if (strcmp(key.print, K.node_key.print) == 0) {
		OPENSSL_cleanse(&key, sizeof key);
		return parley_fail(
		    err, PARLEY_CONFLICT, NULL, "%.150s is the node key that is in use", file);
	}
	parley_lane_join(&K.lane, &turn);
	parley_shield(true);
	parley_await_turn(&turn);
	rc = rewrap(&key, err);
	parley_shield(false);
	parley_lane_leave(&turn);
	OPENSSL_cleanse(&key, sizeof key);
	return rc;
}

/* ---- which documents are under which keys --------------------------------------------------- */

static void
put_names(const struct parley_collection *c, struct parley_text *out)
{
	parley_text_reserve(out, 1)[0] = '\0';
	for (const char *const *s = c->secret; s != NULL && *s != NULL; s++)
		parley_text_printf(out, "%s%s", out->len > 0 ? " " : "", *s);
}

bool
keyring_wants_walk(const struct parley_collection *c)
{
	struct keyring_use *use = use_of(c->name);
	struct parley_text names = { 0 };
	bool wants;

	put_names(c, &names);
	wants = use != NULL && (use->key != K.ring.current || strcmp(use->secret, names.s) != 0);
	parley_text_fini(&names);
	return wants;
}

int
keyring_note(const struct parley_collection *c, struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int rc = 0;

	if (K.ring.count == 0 || c->secret == NULL || use_of(c->name) != NULL)
		return 0;
	parley_lane_join(&K.lane, &turn);
	parley_await_turn(&turn);
	if (use_add(c->name, 0, "") == NULL)
		rc =
		    parley_fail(err, PARLEY_LIMIT, NULL, "there are over %d collections", USES_MAX);
	if (rc == 0)
		rc = write_document(err);
	parley_lane_leave(&turn);
	return rc;
}

/* The least key that some collection may need. */
static uint32_t
least_key(void)
{
	uint32_t least = K.ring.current;

	for (unsigned i = 0; i < K.use_count; i++)
		if (K.uses[i].key < least)
			least = K.uses[i].key;
	return least;
}

static int
note_walked(struct keyring_use *use, const struct parley_collection *c, uint32_t key,
    struct parley_error *err)
{
	struct ring before = K.ring;
	struct parley_text names = { 0 };
	unsigned dropped = 0;
	int rc;

	put_names(c, &names);
	free(use->secret);
	use->secret = xstrdup(names.s);
	use->key = key;
	parley_text_fini(&names);
	if (K.pending[0] == '\0') /* else the ring is under two node keys, and one is not at hand */
		dropped = ring_drop_below(&K.ring, least_key());
	rc = write_document(err);
	if (rc != 0)
		K.ring = before;
	else if (dropped > 0)
		parley_log_info("key", "%u data keys are no longer needed and gone", dropped);
	OPENSSL_cleanse(&before, sizeof before);
	return rc;
}

int
keyring_walked(const struct parley_collection *c, uint32_t key, struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	struct keyring_use *use = use_of(c->name);
	int rc;

	parley_assert(use != NULL);
	parley_lane_join(&K.lane, &turn);
	parley_shield(true);
	parley_await_turn(&turn);
	rc = note_walked(use, c, key, err);
	parley_shield(false);
	parley_lane_leave(&turn);
	return rc;
}
