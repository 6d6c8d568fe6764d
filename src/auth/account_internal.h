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

/* What to call. The first two may await. */
struct account_hooks {
	void (*created)(const struct parley_account *a);
	/* its display name, visibility or rights */
	void (*changed)(const struct parley_account *a);
	/* Its logins are void but that of the device keep ("": none): for its sessions. */
	void (*ended)(const char *account, const char *keep, const char *reason);
};
void account_set_hooks(const struct account_hooks *hooks);
const struct account_hooks *account_hooks(void);

/* parley_account_create, and with reserved set also for reserved names: for the operator. */
int account_create(const struct parley_account_new *what, bool reserved, struct parley_error *err);

/* An account as it is when this returns, and not only when it was asked for; and which logins are
 * good: those that bear the number *logins_r. 0 or -1 as parley_account_get. */
int account_get_now(
    const char *name, struct parley_account *out, int64_t *logins_r, struct parley_error *err);

/* An account with the keys of its password, and which logins were good with these, read from the
 * store: awaits. 0, or -1 with PARLEY_NOT_FOUND, or as the store. Wipe the keys after use. */
int account_get_keys(const char *name, struct parley_account *out, struct scram_keys *keys,
    int64_t *logins_r, struct parley_error *err);

/* A new password. All logins end, but that of the device keep ("": none). 0, or -1 as
 * parley_account_create with PARLEY_NOT_FOUND. */
int account_set_password(const char *name, const char *password, const char *peer, const char *keep,
    struct parley_error *err);

/* Rights: 1, 0, or -1 to leave. All logins of a disabled account end. Fires account-changed. */
int account_set_rights(const char *name, int admin, int disabled, struct parley_error *err);

/* Up to limit accounts, and fewer than PARLEY_FIND_LIMIT, whose names come behind after ("": all),
 * in order: into out, their number into *count_r, whether there are more into *more_r. 0 or -1. */
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
