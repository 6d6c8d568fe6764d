/* SPDX-License-Identifier: MIT */
/* device.h - the installations that may log in again without the password: each has a token, of
 * which only a hash is stored. Router thread; what says so awaits. */
#ifndef DEVICE_H
#define DEVICE_H

#include <parley/address.h>
#include <parley/error.h>
#include <parley/store.h>
#include <stdbool.h>
#include <stdint.h>

#define DEVICE_NAME_MAX  64 /* characters */
#define DEVICE_PEER_SIZE 46

/* Sizes with the NUL. A token is DEVICE:SECRET, the secret 32 random bytes in base64url; a cookie
 * is ACCOUNT:TOKEN. To clients both are opaque. */
#define DEVICE_TOKEN_SIZE  (PARLEY_DEVICE_MAX + 1 + 43 + 1)
#define DEVICE_COOKIE_SIZE (PARLEY_NAME_MAX + 1 + DEVICE_TOKEN_SIZE)

/* For store_declare, before the first call. Keys are ACCOUNT/DEVICE. */
extern const struct parley_collection device_collection;

/* 0 anywhere: the default. */
struct device_config {
	unsigned per_account; /* 50: one more and the longest unseen is forgotten */
	unsigned token_days;  /* 90: unused so long, a login ends */
	unsigned entries; /* 8,192: devices whose last write is remembered; fixed at the start */
};
void device_start(const struct device_config *config);
void device_reload(const struct device_config *config);
void device_stop(void);

struct device {
	char id[PARLEY_DEVICE_MAX + 1];
	char name[DEVICE_NAME_MAX * 4 + 1];
	int64_t created, seen; /* ms since 1970 */
	char peer[DEVICE_PEER_SIZE];
};

/* The owner has proved who they are: makes the device, or renews the one that is wanted. wanted: an
 * id from an earlier login or NULL; name: as the client calls itself or NULL (keeps the earlier
 * one). logins: the number that good logins of the account bear. Gives id and the new token; the
 * earlier token is void. Awaits. 0 or -1. */
int device_login(const char *account, const char *wanted, const char *name, const char *peer,
    int64_t logins, char id[PARLEY_DEVICE_MAX + 1], char token[DEVICE_TOKEN_SIZE],
    struct parley_error *err);

/* It logs in with the others gone: its token bears another number. Awaits. 0 or -1. */
int device_keep(const char *account, const char *id, int64_t logins, struct parley_error *err);

/* Whether token is that of a device of account; gives its id, and the number that this login bears
 * (account_get_now tells which is good). Notes when and from where it was seen. Awaits. 0, or -1:
 * PARLEY_NOT_AUTHORIZED, or as the store. */
int device_check(const char *account, const char *token, const char *peer,
    char id[PARLEY_DEVICE_MAX + 1], int64_t *logins_r, struct parley_error *err);

/* New: all devices of account, last seen first; free() it. Awaits. 0 or -1. */
int device_list(
    const char *account, struct device **out_r, unsigned *count_r, struct parley_error *err);

/* The device's token is void from now on. Awaits. 0, or -1 with PARLEY_NOT_FOUND. */
int device_revoke(const char *account, const char *id, struct parley_error *err);

/* How often that has been done: what was read of a device before it rose may be void. */
uint64_t device_revoked(void);

/* The same for all but one ("": for all): after a new password. Awaits. 0 or -1. */
int device_revoke_others(const char *account, const char *but, struct parley_error *err);

/* It is connected, from peer. Notes so at most once in ten minutes for a device; failures are not
 * told. */
void device_seen(const char *account, const char *id, const char *peer);

/* Whether one of the account's devices was last seen in peer's network. Awaits. */
bool device_knows_network(const char *account, const char *peer);

/* The cookie that logs in as token does, and back: 0, or -1 for text that is none. */
void device_cookie(const char *account, const char *token, char out[DEVICE_COOKIE_SIZE]);
int device_cookie_parse(
    const char *cookie, char account[PARLEY_NAME_MAX + 1], char token[DEVICE_TOKEN_SIZE]);

struct device_stats {
	uint64_t logins, checks; /* new tokens; logins with a token */
	uint64_t dropped;        /* devices that had to make room for another of the account */
	uint64_t notes;          /* times seen that were noted */
};
struct device_stats device_stats(void);

#endif
