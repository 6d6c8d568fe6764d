/* SPDX-License-Identifier: MIT */
/* account_internal.h - what the core and the logins need of accounts beyond parley/account.h.
 * Router thread. */
#ifndef ACCOUNT_INTERNAL_H
#define ACCOUNT_INTERNAL_H

#include "auth/scram.h"

#include <parley/account.h>
#include <parley/json.h>
#include <parley/store.h>

/* For store_declare, before the first call. Keys are names in lower case. */
extern const struct parley_collection account_collection;

struct account_config {
	const char *const
	    *reserved;   /* names besides those built in; ends with NULL; or NULL. Copied. */
	unsigned cached; /* accounts kept in memory; 0: 4,096 */
};
void account_start(const struct account_config *config);
void account_reload(const struct account_config *config);
void account_stop(void);

/* What to call after an account was made, and after its display name, visibility or rights changed.
 * Both may await. */
void account_set_hooks(void (*created)(const struct parley_account *a),
    void (*changed)(const struct parley_account *a));

/* parley_account_create, and with reserved set also for reserved names: for the operator. */
int account_create(const struct parley_account_new *what, bool reserved, struct parley_error *err);

/* An account with the keys of its password, read from the store: awaits. 0, or -1 with
 * PARLEY_NOT_FOUND, or as the store. Wipe the keys after use. */
int account_get_keys(const char *name, struct parley_account *out, struct scram_keys *keys,
    struct parley_error *err);

/* A new password; devices stay logged in (device_revoke_others). 0, or -1 as parley_account_create
 * with PARLEY_NOT_FOUND. */
int account_set_password(
    const char *name, const char *password, const char *peer, struct parley_error *err);

/* Rights: 1, 0, or -1 to leave. Fires account-changed. */
int account_set_rights(const char *name, int admin, int disabled, struct parley_error *err);

/* Up to limit accounts whose names come behind after ("": all), in order: into out, their number
 * into *count_r, whether there are more into *more_r. 0 or -1. */
int account_list(const char *after, unsigned limit, struct parley_account *out, unsigned *count_r,
    bool *more_r, struct parley_error *err);

/* Writes {name, shown, display, admin, hidden}: an account as its owner sees it. */
void account_write_own(struct parley_writer *w, const char *key, const struct parley_account *a);

/* Drops what is cached of name: another node has changed it. */
void account_forget(const char *name);

struct account_stats {
	unsigned cached, cached_max;
	uint64_t hits, misses, created;
};
struct account_stats account_stats(void);

#endif
