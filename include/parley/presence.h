/* SPDX-License-Identifier: MIT */
/* presence.h - what the module presence offers others: the service "presence/1". Router thread. */
#ifndef PARLEY_PRESENCE_H
#define PARLEY_PRESENCE_H

#include <parley/module.h>

struct parley_presence_1 {
	/* What an account shows to those who may see it: "available", "away", "busy" or "offline".
	 * Static. Who may see it is for the caller to know. Does not await. */
	const char *(*show)(void *self, const char *account);
};

#endif
