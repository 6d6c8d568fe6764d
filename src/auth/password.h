/* SPDX-License-Identifier: MIT */
/* password.h - scrypt on its own bounded pool: 97 ms and 32 MiB a try, so never on the router. */
#ifndef PASSWORD_H
#define PASSWORD_H

#include "auth/scram.h"

#include <parley/error.h>

/* threads: at once (each takes 32 MiB); queue: tries that may wait. log_n: 15, tests use 4. */
int password_start(unsigned threads, unsigned queue, unsigned log_n);
void password_stop(void);

/* New salt, then scrypt, then keys. Awaits. 0, or -1 with PARLEY_BUSY (the queue is full, or this
 * peer has its share of it already). peer: network address, or "" for the node's own needs. */
int password_make(const char *password, const char *peer, struct scram_keys *out,
	struct parley_error *err);

/* 0 when the password fits the keys; else -1: PARLEY_NOT_AUTHORIZED or PARLEY_BUSY. Awaits. */
int password_check(const char *password, const char *peer, const struct scram_keys *keys,
	struct parley_error *err);

#endif
