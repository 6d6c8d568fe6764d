/* SPDX-License-Identifier: MIT */
/* server.h - owns everything: builds it up in stages, and takes it down backwards. Main thread,
 * which is the router's. */
#ifndef SERVER_H
#define SERVER_H

#include "core/config.h"

#include <stdint.h>

/* Takes config, whose modules are open and checked. Runs the node until it is told to stop; returns
 * the exit status of the process: 0 after an orderly stop, 1 when it could not start or stop
 * cleanly (the log says why). */
int server_run(struct config *config);

/* The configuration in force. Borrowed until the next reload. */
const struct config *server_config(void);

/* Reads the configuration file again and puts it in force, or leaves everything as it is with every
 * mistake in errors. What it changes and only a restart can put in force is named in waiting:
 * " node.modules listen". 0 or -1. Does not await. */
int server_reload(struct option_errors *errors, struct parley_text *waiting);

/* Only checks it. 0 or -1. */
int server_check(struct option_errors *errors);

/* Begins an orderly stop: at most 20 s, then the node goes down hard. */
void server_stop(void);

int64_t server_started(void); /* ms since 1970 */

#endif
