/* SPDX-License-Identifier: MIT */
/* account_check.h - what a name, a password, a display name, an e-mail address may be. Router
 * thread. */
#ifndef ACCOUNT_CHECK_H
#define ACCOUNT_CHECK_H

#include <parley/account.h>
#include <stdbool.h>

/* Each: 0, or -1 with PARLEY_BAD_REQUEST and where. */
int account_check_new(const struct parley_account_new *what, struct parley_error *err);
int account_check_password(const char *password, struct parley_error *err);
int account_check_display(const char *display, struct parley_error *err);

/* Valid UTF-8 of at most max characters on one line, without control characters and without those
 * that turn the direction of what follows: such a name cannot pretend to be something else. */
bool text_is_line(const char *s, size_t max);

/* The node's own reserved names; ends with NULL; or NULL. Copied. */
void account_reserve(const char *const *names);

#endif
