/* SPDX-License-Identifier: MIT */
/* args.c - what stands behind a command, and what to say when that is wrong. */
#include "ctl/ctl.h"

#include <stdio.h>
#include <string.h>

int
ctl_usage(const char *what)
{
	fprintf(stderr, "parleyctl: %s; see parleyctl --help\n", what);
	return CTL_USAGE;
}

int
ctl_take_options(int argc, char **argv, const char *const *known, const char **values)
{
	int at = 0;

	while (at < argc && strncmp(argv[at], "--", 2) == 0) {
		size_t i = 0;
		bool flag;

		while (
		    known[i] != NULL && strcmp(known[i] + (known[i][0] == '!'), argv[at] + 2) != 0)
			i++;
		if (known[i] == NULL)
			return -1;
		flag = known[i][0] == '!';
		if (!flag && at + 1 >= argc)
			return -1;
		values[i] = flag ? "" : argv[at + 1];
		at += flag ? 1 : 2;
	}
	return at;
}

bool
ctl_is_number(const char *s)
{
	return s[0] != '\0' && strlen(s) <= 18 && strspn(s, "0123456789") == strlen(s);
}
