/* SPDX-License-Identifier: MIT */
/* account_cache.h - the accounts that were asked for last, in bounded memory. Router thread. */
#ifndef ACCOUNT_CACHE_H
#define ACCOUNT_CACHE_H

#include <parley/account.h>
#include <stdbool.h>
#include <stdint.h>

void account_cache_start(unsigned max);
void account_cache_stop(void);

/* name in lower case. */
bool account_cache_get(const char *name, struct parley_account *out, int64_t *logins_r);

/* What was read from the store while waiting may be old by the time it arrives. So: take the age
 * before reading, and give it with what was read; when anything was dropped meanwhile, it is not
 * kept. */
uint64_t account_cache_age(void);
void account_cache_put(const struct parley_account *account, int64_t logins, uint64_t age);

/* After each write. */
void account_cache_drop(const char *name);

unsigned account_cache_count(void);

#endif
