/* SPDX-License-Identifier: MIT */
/* password.h - scrypt on its own bounded pool: 97 ms and 32 MiB a try, so never on the router, nor
 * on the workers that the store needs. Router thread; what awaits runs on a fiber. */
#ifndef PASSWORD_H
#define PASSWORD_H

#include "auth/scram.h"

#include <parley/error.h>
#include <stdint.h>

#define PASSWORD_MIN 8 /* bytes */
#define PASSWORD_MAX 256

/* threads: tries at once (each takes 32 MiB); queue: tries that may wait besides; log_n: of scrypt,
 * 15, tests use 4. After runtime_start. 0, or -1 with errno when a thread could not be started. */
int password_start(unsigned threads, unsigned queue, unsigned log_n);

/* The node stops: tries that wait for their turn, and all later ones, end with PARLEY_BUSY at once.
 * Accepts not started. */
void password_quiesce(void);

/* Joins the threads. No fiber may be in password_make or password_check. Accepts not started. */
void password_stop(void);

/* What new passwords get. */
uint8_t password_log_n(void);

/* New salt, then scrypt, then keys. Awaits. 0, or -1 with PARLEY_BUSY (the queue is full, or this
 * peer's network has its share of it already; see retry_after). peer: network address, or "" for
 * the node's own needs, which have no share. */
int password_make(
    const char *password, const char *peer, struct scram_keys *out, struct parley_error *err);

/* 0 when the password fits the keys; else -1: PARLEY_NOT_AUTHORIZED or PARLEY_BUSY. Awaits. The
 * password has at most PASSWORD_MAX bytes. */
int password_check(const char *password, const char *peer, const struct scram_keys *keys,
    struct parley_error *err);

struct password_stats {
	unsigned waiting, waiting_max, running, threads;
	uint64_t tries, refused;
	uint64_t work; /* blocks that scrypt has computed or will: N * r * p of each try */
};
struct password_stats password_stats(void);

#endif
