/* SPDX-License-Identifier: MIT */
/* device_sessions.c - who may no longer log in loses the session too. */
#include "core/device_sessions.h"

#include "auth/device.h"

#include <parley/session.h>
#include <string.h>

int
device_end(const char *account, const char *device, struct parley_error *err)
{
	parley_session_id id;

	if (device_revoke(account, device, err) != 0)
		return -1;
	for (unsigned n = 0; (id = parley_account_session(account, n)) != 0; n++) {
		if (strcmp(parley_session_device(parley_session_find(id)), device) != 0)
			continue;
		parley_session_end(id, PARLEY_GONE, "this device was signed out");
		break;
	}
	return 0;
}

void
account_end_sessions(const char *account, const char *keep, const char *reason)
{
	parley_session_id id;
	unsigned n = 0;

	while ((id = parley_account_session(account, n)) != 0) {
		if (strcmp(parley_session_device(parley_session_find(id)), keep) == 0)
			n++;
		else
			parley_session_end(id, PARLEY_GONE, reason);
	}
}

unsigned
account_roles(const struct parley_account *a)
{
	return PARLEY_ROLE_USER | (a->admin ? PARLEY_ROLE_ADMIN : 0);
}
