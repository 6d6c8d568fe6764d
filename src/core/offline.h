/* SPDX-License-Identifier: MIT */
/* offline.h - what parleyd does to a whole store instead of running a node. Main thread, alone. */
#ifndef OFFLINE_H
#define OFFLINE_H

#include "core/config.h"

enum offline_task {
	OFFLINE_CHECK,
	OFFLINE_RECOVER,
	OFFLINE_BACKUP,  /* to file */
	OFFLINE_VERIFY,  /* file */
	OFFLINE_RESTORE, /* of file */
	OFFLINE_COPY,    /* the store that file names, as BACKEND:LOCATION, to that of to */
	OFFLINE_COMPARE  /* them */
};

/* What is to be done: of the others those that the task needs. */
struct offline_order {
	enum offline_task task;
	const char *file, *to; /* or NULL */
	const char *without;   /* collections that are left behind, in words; or NULL */
	bool replace;          /* a store that is there may be put aside */
};

/* config's modules are open. Prints what there is to tell. Returns the exit status of the process:
 * 1 for damage, or when it could not be done. */
int offline_run(const struct config *config, const struct offline_order *order);

#endif
