/* SPDX-License-Identifier: MIT */
/* throttle.h - how many guesses strangers get, by network and by account. Router thread.
 *
 * Each network and each account has a bucket that failures fill and time empties. A full account
 * bucket keeps strangers out, never the networks that have logged in to this account before: an
 * attack must not lock the owner out. A full network bucket keeps that network out of every
 * account. The same holds for accounts that do not exist, so that nobody can tell. */
#ifndef THROTTLE_H
#define THROTTLE_H

#include <parley/error.h>
#include <stdbool.h>
#include <stdint.h>

/* 0 anywhere: the default. */
struct throttle_config {
	unsigned account_failures; /* 10, of strangers, in account_seconds */
	unsigned account_seconds;  /* 900 */
	unsigned network_failures; /* 50 in network_seconds */
	unsigned network_seconds;  /* 900 */
	unsigned entries; /* 8,192 accounts and as many networks at most; fixed at the start */
};

void throttle_start(const struct throttle_config *config);
/* New limits; the failures so far stay. */
void throttle_reload(const struct throttle_config *config);
void throttle_stop(void);

/* One guess under way: it takes room that failures have not taken, and gives it back when it ends.
 * Each that was begun ends with one of passed, failed and undo. Plain memory. */
struct throttle_try {
	uint64_t account, network; /* keys of the buckets it is counted in; 0: in none */
	uint64_t crowd; /* not begun: others that are under way take all the room; 0: failures do */
	bool by_account; /* not begun for the account's sake alone: known would let it in */
};

/* Begins a guess at account from peer. known: the caller knows that this peer is the owner's. 0, or
 * -1 and nothing is begun: PARLEY_LIMIT with retry_after, or PARLEY_BUSY with t->crowd set. */
int throttle_begin(struct throttle_try *t, const char *account, const char *peer, bool known,
    struct parley_error *err);

/* With t->crowd set: waits until one of those in the way has ended; then begin again. Awaits. 0, or
 * -1 when it took too long, too many wait, or the fiber was cancelled. */
int throttle_await(const struct throttle_try *t);

/* It was the owner, whose network is known from now on. */
void throttle_passed(struct throttle_try *t, const char *account, const char *peer);

/* It was wrong, and counts. */
void throttle_failed(struct throttle_try *t);

/* It was no guess after all (the node was too busy to tell). */
void throttle_undo(struct throttle_try *t);

/* The owner of account came from peer, by a way that needs no throttling. */
void throttle_know(const char *account, const char *peer);

struct throttle_stats {
	uint64_t refused_account, refused_network;
	uint64_t evicted;              /* buckets forgotten for want of room */
	unsigned counted, counted_max; /* accounts and networks with failures, and known ones */
	unsigned waiting, waiting_max;
};
struct throttle_stats throttle_stats(void);

#endif
