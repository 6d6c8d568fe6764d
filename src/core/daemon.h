/* SPDX-License-Identifier: MIT */
/* daemon.h - the daemon as a function of libparley.so. Main thread. */
#ifndef DAEMON_H
#define DAEMON_H

#include <parley/api.h>

/* Runs parleyd with these arguments; returns its exit status (see parleyd --help). */
PARLEY_API int parley_daemon(int argc, char **argv);

#endif
