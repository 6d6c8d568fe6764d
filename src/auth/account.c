/* SPDX-License-Identifier: MIT */
/* account.c - the people of this node. */
#include "auth/account_internal.h"

#include "auth/account_cache.h"
#include "auth/account_check.h"
#include "auth/account_doc.h"
#include "auth/password.h"
#include "base/table.h"
#include "base/xalloc.h"

#include <openssl/crypto.h>
#include <parley/await.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sign-ups with one name go one after the other: the second learns at once that it is taken, and
 * scrypt runs once. */
struct naming {
	char name[PARLEY_NAME_MAX + 1];
	struct parley_lane lane;
	unsigned users;
};

static struct {
	struct account_hooks hooks;
	struct table namings; /* by name */
	unsigned cached;
	uint64_t hits, misses, created;
} accounts;

void
account_set_hooks(const struct account_hooks *hooks)
{
	accounts.hooks = *hooks;
}

const struct account_hooks *
account_hooks(void)
{
	return &accounts.hooks;
}

void
account_reload(const struct account_config *config)
{
	account_reserve(config->reserved);
}

void
account_start(const struct account_config *config)
{
	account_stop();
	accounts.cached = config->cached > 0 ? config->cached : 4096;
	account_cache_start(accounts.cached);
	account_reload(config);
}

void
account_stop(void)
{
	parley_assert(table_count(&accounts.namings) == 0);
	table_fini(&accounts.namings);
	account_cache_stop();
	account_reserve(NULL);
}

struct account_stats
account_stats(void)
{
	return (struct account_stats){
		.cached = account_cache_count(),
		.cached_max = accounts.cached,
		.hits = accounts.hits,
		.misses = accounts.misses,
		.created = accounts.created,
	};
}

/* ---- reading ------------------------------------------------------------------------------- */

static int
no_account(struct parley_error *err)
{
	return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such account");
}

/* The key of name, or -1 for what cannot be one. */
static int
make_key(const char *name, char key[PARLEY_NAME_MAX + 1])
{
	if (!parley_name_valid(name))
		return -1;
	parley_ascii_lower(key, name, strlen(name));
	return 0;
}

/* New; NULL with err as the store, but in words that fit. */
static struct parley_doc *
read_doc(const char *key, struct parley_error *err)
{
	struct parley_error why = { 0 };
	struct parley_doc *doc = parley_store_get(&account_collection, key, &why);

	if (doc == NULL && why.code == PARLEY_NOT_FOUND)
		no_account(err);
	else if (doc == NULL && err != NULL)
		*err = why;
	return doc;
}

static int
get(const char *name, struct parley_account *out, int64_t *logins_r, struct parley_error *err)
{
	char key[PARLEY_NAME_MAX + 1];
	uint64_t age = account_cache_age();
	struct parley_doc *doc;

	if (make_key(name, key) < 0)
		return no_account(err);
	if (account_cache_get(key, out, logins_r)) {
		accounts.hits++;
		return 0;
	}
	accounts.misses++;
	doc = read_doc(key, err);
	if (doc == NULL)
		return -1;
	account_doc_read(doc, out);
	*logins_r = account_doc_read_logins(doc);
	parley_doc_free(&doc);
	account_cache_put(out, *logins_r, age);
	return 0;
}

int
parley_account_get(const char *name, struct parley_account *out, struct parley_error *err)
{
	int64_t logins;

	return get(name, out, &logins, err);
}

int
account_get_now(
    const char *name, struct parley_account *out, int64_t *logins_r, struct parley_error *err)
{
	uint64_t age;
	int rc;

	do {
		age = account_cache_age();
		rc = get(name, out, logins_r, err);
	} while (rc == 0 && age != account_cache_age());
	return rc;
}

int
account_get_keys(const char *name, struct parley_account *out, struct scram_keys *keys,
    int64_t *logins_r, struct parley_error *err)
{
	char key[PARLEY_NAME_MAX + 1];
	struct parley_doc *doc;
	int rc;

	if (make_key(name, key) < 0)
		return no_account(err);
	doc = read_doc(key, err);
	if (doc == NULL)
		return -1;
	account_doc_read(doc, out);
	*logins_r = account_doc_read_logins(doc);
	rc = account_doc_read_keys(doc, keys, err);
	parley_doc_free(&doc);
	return rc;
}

int
account_list(const char *after, unsigned limit, struct parley_account *out, unsigned *count_r,
    bool *more_r, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GT, .text = after } },
		.order_by = "key",
	};
	struct parley_docs docs = { 0 };

	parley_assert(limit > 0);
	if (limit >= PARLEY_FIND_LIMIT)
		limit = PARLEY_FIND_LIMIT - 1;
	query.limit = limit + 1; /* whether there are more */
	if (parley_store_find(&account_collection, &query, &docs, err) < 0)
		return -1;
	*more_r = docs.count > limit;
	*count_r = docs.count > limit ? limit : docs.count;
	for (unsigned i = 0; i < *count_r; i++)
		account_doc_read(docs.docs[i], &out[i]);
	parley_docs_fini(&docs);
	return 0;
}

void
account_write_own(struct parley_writer *w, const char *key, const struct parley_account *a)
{
	parley_put_object(w, key);
	parley_put_string(w, "name", a->name);
	parley_put_string(w, "shown", a->shown);
	parley_put_string(w, "display", a->display);
	parley_put_bool(w, "admin", a->admin);
	parley_put_bool(w, "hidden", a->hidden);
	parley_put_object(w, "privacy");
	parley_put_string(w, "groups", parley_who_name(a->privacy.groups));
	parley_put_bool(w, "receipts", a->privacy.receipts);
	parley_put_bool(w, "typing", a->privacy.typing);
	parley_put_end(w);
	parley_put_end(w);
}

void
account_forget(const char *name)
{
	account_cache_drop(name);
}

/* ---- making -------------------------------------------------------------------------------- */

static struct naming *
naming_join(const char *name, struct parley_ticket *ticket)
{
	struct naming *n = table_get(&accounts.namings, name);

	if (n == NULL) {
		n = xcalloc(1, sizeof *n);
		snprintf(n->name, sizeof n->name, "%s", name);
		table_put(&accounts.namings, n->name, n);
	}
	n->users++;
	parley_lane_join(&n->lane, ticket);
	return n;
}

static void
naming_leave(struct naming *n, struct parley_ticket *ticket)
{
	parley_lane_leave(ticket);
	if (--n->users > 0)
		return;
	table_remove(&accounts.namings, n->name);
	free(n);
}

static int
name_taken(struct parley_error *err)
{
	return parley_fail(err, PARLEY_CONFLICT, "/params/name", "this name is taken");
}

/* 0 when nobody has the name yet; only the insert can tell for sure. */
static int
check_free(const char *name, struct parley_error *err)
{
	struct parley_error why = { 0 };
	struct parley_doc *doc = parley_store_get(&account_collection, name, &why);

	if (doc != NULL) {
		parley_doc_free(&doc);
		return name_taken(err);
	}
	if (why.code == PARLEY_NOT_FOUND)
		return 0;
	if (err != NULL)
		*err = why;
	return -1;
}

/* Not to be stopped half way: once the account is stored, the hooks run. */
static int
insert(
    const struct parley_account *account, const struct parley_text *doc, struct parley_error *err)
{
	struct parley_error why = { 0 };
	int rc;

	parley_shield(true);
	rc = parley_store_insert(&account_collection, account->name, doc, &why);
	account_cache_drop(account->name);
	if (rc == 0) {
		accounts.created++;
		if (accounts.hooks.created != NULL)
			accounts.hooks.created(account);
	}
	parley_shield(false);
	if (rc < 0 && why.code == PARLEY_CONFLICT)
		return name_taken(err);
	if (rc < 0 && err != NULL)
		*err = why;
	return rc;
}

static int
create(
    struct parley_account *account, const struct parley_account_new *what, struct parley_error *err)
{
	struct parley_text doc = { 0 };
	struct scram_keys keys;
	int rc;

	if (check_free(account->name, err) < 0)
		return -1;
	if (password_make(what->password, what->peer != NULL ? what->peer : "", &keys, err) < 0)
		return -1;
	account->created = parley_now();
	account_doc_write(&doc, account, what, &keys);
	OPENSSL_cleanse(&keys, sizeof keys);
	rc = insert(account, &doc, err);
	parley_text_fini(&doc);
	return rc;
}

int
account_create(const struct parley_account_new *what, bool reserved, struct parley_error *err)
{
	struct parley_account account = { .admin = what->admin,
		.privacy = { PARLEY_WHO_CONTACTS, .receipts = true, .typing = true } };
	struct parley_ticket ticket = { 0 };
	struct naming *naming;
	int rc;

	if (account_check_new(what, err) < 0)
		return -1;
	if (!reserved && parley_name_reserved(what->name))
		return parley_fail(err, PARLEY_CONFLICT, "/params/name", "this name is reserved");
	make_key(what->name, account.name);
	snprintf(account.shown, sizeof account.shown, "%s", what->name);
	if (what->display != NULL)
		snprintf(account.display, sizeof account.display, "%s", what->display);

	naming = naming_join(account.name, &ticket);
	if (parley_await_turn(&ticket) == 0)
		rc = create(&account, what, err);
	else
		rc = parley_fail(err, PARLEY_BUSY, NULL, "the connection ended");
	naming_leave(naming, &ticket);
	return rc;
}

int
parley_account_create(const struct parley_account_new *what, struct parley_error *err)
{
	return account_create(what, false, err);
}
