/* SPDX-License-Identifier: MIT */
/* account.h - the people of this node. Router thread. Names are the lower-case form throughout;
 * "shown" is the name as its owner wrote it. */
#ifndef PARLEY_ACCOUNT_H
#define PARLEY_ACCOUNT_H

#include <parley/address.h>
#include <parley/api.h>
#include <parley/error.h>
#include <stdbool.h>
#include <stdint.h>

#define PARLEY_DISPLAY_MAX 64 /* characters of a display name */

enum parley_who { PARLEY_WHO_EVERYONE, PARLEY_WHO_CONTACTS, PARLEY_WHO_NOBODY };

/* What others may do and see. */
struct parley_privacy {
	enum parley_who groups; /* who may add the account to a group without asking */
	bool receipts;          /* others see what it has read, and it what others have */
	bool typing;            /* the same for who is typing */
};

struct parley_account {
	char name[PARLEY_NAME_MAX + 1];
	char shown[PARLEY_NAME_MAX + 1];
	char display[PARLEY_DISPLAY_MAX * 4 + 1]; /* "" when not set */
	bool admin;
	bool disabled;
	bool hidden;     /* does not want to be found by search */
	int64_t created; /* ms since 1970 */
	struct parley_privacy privacy;
};

struct parley_account_new {
	const char *name;     /* as written; must be valid, unused, not reserved */
	const char *password; /* 8 to 256 bytes; strength is the caller's business */
	const char *display;  /* or NULL */
	const char *email;    /* or NULL; stored, not verified */
	const char *terms;    /* the version of the terms and privacy policy agreed to, or NULL */
	const char *peer;     /* network address of who asks, for the share in scrypt; or NULL */
	bool admin;
};

/* The service "password/1", of the module register: whether a password is good enough. check awaits;
 * name and display (or NULL) are what a person might use in it. 0, or -1 with PARLEY_BAD_REQUEST or
 * PARLEY_BUSY. */
struct parley_password {
	int (*check)(void *self, const char *password, const char *name, const char *display,
		struct parley_error *err);
};

/* Reads an account (kept in a bounded cache, so mostly without suspending). 0, or -1 with err:
 * PARLEY_NOT_FOUND, or as the store. Any case of name. */
PARLEY_API int parley_account_get(
    const char *name, struct parley_account *out, struct parley_error *err);

/* Creates it: runs scrypt on the password pool, seals the verifier, stores. Then fires the hook
 * account-created. Awaits. 0, or -1 with err: PARLEY_BAD_REQUEST with where "/params/name",
 * "/params/password", "/params/display", "/params/email" or "/params/terms"; PARLEY_CONFLICT when the
 * name is taken or reserved; PARLEY_BUSY; or as the store. */
PARLEY_API int parley_account_create(
    const struct parley_account_new *what, struct parley_error *err);

/* What to change of an account; start from PARLEY_ACCOUNT_AS_IT_IS. */
struct parley_account_change {
	const char *display; /* NULL: leave */
	int hidden;          /* of all the following: -1: leave */
	int groups;          /* of enum parley_who */
	int receipts, typing;
};
#define PARLEY_ACCOUNT_AS_IT_IS                                                                    \
	((struct parley_account_change){ .hidden = -1, .groups = -1, .receipts = -1, .typing = -1 })

/* Changes it; fires account-changed. Awaits. 0, or -1 with err: PARLEY_BAD_REQUEST with where
 * "/params/display", PARLEY_NOT_FOUND, or as the store. */
PARLEY_API int parley_account_update(
    const char *name, const struct parley_account_change *change, struct parley_error *err);

/* "everyone", "contacts", "nobody", static; and back, -1 when it is none of them. */
PARLEY_API const char *parley_who_name(enum parley_who who);
PARLEY_API int parley_who_find(const char *name);

/* True when the name is on the node's list of reserved names, in any case. */
PARLEY_API bool parley_name_reserved(const char *name);

#endif
