/* SPDX-License-Identifier: MIT */
/* device_sessions.h - a device that may no longer log in loses its session too. Router thread. */
#ifndef DEVICE_SESSIONS_H
#define DEVICE_SESSIONS_H

#include <parley/error.h>

/* Revokes the device's token, then ends its session if there is one. Awaits. 0 or -1, as
 * device_revoke. */
int device_end(const char *account, const char *device, struct parley_error *err);

#endif
