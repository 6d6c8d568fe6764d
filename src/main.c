/* SPDX-License-Identifier: MIT */
/* main.c - parleyd. All of it is in libparley.so, which the modules link too. */
#include "core/daemon.h"

int
main(int argc, char **argv)
{
	return parley_daemon(argc, argv);
}
