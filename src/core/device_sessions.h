/* SPDX-License-Identifier: MIT */
/* device_sessions.h - who may no longer log in loses the session too. Router thread. */
#ifndef DEVICE_SESSIONS_H
#define DEVICE_SESSIONS_H

#include <parley/account.h>

/* Revokes the device's token, then ends its session if there is one. Awaits. 0 or -1, as
 * device_revoke. */
int device_end(const char *account, const char *device, struct parley_error *err);

/* Ends all sessions of the account but that of the device keep ("": none); reason is for the
 * person.
 */
void account_end_sessions(const char *account, const char *keep, const char *reason);

/* The roles of who is logged in to it. */
unsigned account_roles(const struct parley_account *a);

#endif
