/* SPDX-License-Identifier: MIT */
/* offline.h - what parleyd does to a whole store instead of running a node. Main thread, alone. */
#ifndef OFFLINE_H
#define OFFLINE_H

#include "core/config.h"

enum offline_task {
	OFFLINE_CHECK,
	OFFLINE_RECOVER,
	OFFLINE_BACKUP, /* to file */
	OFFLINE_VERIFY, /* file */
	OFFLINE_RESTORE /* of file */
};

/* config's modules are open. Prints what there is to tell; replace: a store that is there may be
 * put aside. Returns the exit status of the process: 1 for damage, or when it could not be done. */
int offline_run(
    const struct config *config, enum offline_task task, const char *file, bool replace);

#endif
