/* SPDX-License-Identifier: MIT */
/* module_trust.c - code of a file that somebody else can change is not run. */
#include "core/module_trust.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_ours(const struct stat *st)
{
	struct stat program;

	if (stat("/proc/self/exe", &program) != 0)
		program = (struct stat){ 0 };
	if (st->st_uid != 0 && st->st_uid != geteuid() && st->st_uid != program.st_uid)
		return false;
	if ((st->st_mode & S_IWOTH) != 0)
		return false;
	return (st->st_mode & S_IWGRP) == 0 || st->st_gid == 0 || st->st_gid == getegid() ||
	       st->st_gid == program.st_gid;
}

int
module_trust(const char *name, const char *path, struct parley_error *err)
{
	char *real = realpath(path, NULL), *slash = real != NULL ? strrchr(real, '/') : NULL;
	struct stat file, directory;
	bool known, good;

	known = slash != NULL && lstat(real, &file) == 0;
	if (known) {
		slash[slash == real] = '\0';
		known = stat(real, &directory) == 0;
	}
	good = known && S_ISREG(file.st_mode) && is_ours(&file) && is_ours(&directory);
	free(real);
	if (!known)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "module %s: %.150s: %s", name, path,
		    strerror(errno));
	if (!good)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "module %s: %.150s or its directory can be changed by others than root and "
		    "the node's user",
		    name, path);
	return 0;
}
