/* SPDX-License-Identifier: MIT */
/* account_check.h - what a name, a password, a display name, an e-mail address may be. Router
 * thread. */
#ifndef ACCOUNT_CHECK_H
#define ACCOUNT_CHECK_H

#include <parley/account.h>

/* Each: 0, or -1 with PARLEY_BAD_REQUEST and where. */
int account_check_new(const struct parley_account_new *what, struct parley_error *err);
int account_check_password(const char *password, struct parley_error *err);
int account_check_display(const char *display, struct parley_error *err);

/* The node's own reserved names; ends with NULL; or NULL. Copied. */
void account_reserve(const char *const *names);

#endif
