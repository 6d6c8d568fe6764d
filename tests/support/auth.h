/* SPDX-License-Identifier: MIT */
/* auth.h - accounts, devices and logins on a store in memory, with cheap passwords. On a fiber. */
#ifndef TEST_AUTH_H
#define TEST_AUTH_H

#include <stdint.h>

/* Group or test fixtures of cmocka. */
int auth_up(void **state);
int auth_down(void **state);

/* Both clocks stand still at a time of their own, from auth_clocks on (before test_on_fiber), until
 * this moves them. auth_up sets them back. */
void auth_clocks(void);
void auth_advance(int64_t ms);

/* An account; fails the test when that does. */
void auth_account(const char *name, const char *password);

#endif
