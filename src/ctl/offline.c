/* SPDX-License-Identifier: MIT */
/* offline.c - what is done to a store as a whole: parleyd does it, in a process of its own, whether
 * a node runs or not. */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 8

/* The parleyd beside this program, if there is one; else where it is installed. */
static void
find_daemon(struct parley_text *path)
{
	char own[4096];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
	char *slash;

	own[n > 0 ? n : 0] = '\0';
	slash = strrchr(own, '/');
	if (slash != NULL) {
		parley_text_add(path, own, (size_t)(slash - own));
		parley_text_puts(path, "/parleyd");
		if (access(path->s, X_OK) == 0)
			return;
	}
	parley_text_clear(path);
	parley_text_puts(path, PARLEY_DAEMON);
}

int
ctl_daemon(const struct ctl *ctl, const char *const *arguments)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text path = { 0 };
	const char *argv[ARGUMENTS_MAX];
	union {
		const char **from;
		char *const *to;
	} cast = { argv };
	int n = 0;

	find_daemon(&path);
	argv[n++] = path.s;
	if (ctl->config != NULL) {
		argv[n++] = "--config";
		argv[n++] = ctl->config;
	}
	while (n < ARGUMENTS_MAX - 1 && *arguments != NULL)
		argv[n++] = *arguments++;
	argv[n] = NULL;
	fflush(NULL);
	execv(path.s, cast.to);
	fprintf(stderr, "parleyctl: cannot run %s: %s\n", path.s, strerror(errno));
	return CTL_UNREACHABLE;
}

int
ctl_store_check(struct ctl *ctl, int argc, char **argv)
{
	static const char *const arguments[] = { "--store-check", NULL };

	return argc == 0 ? ctl_daemon(ctl, arguments) : ctl_usage("store check takes no arguments");
}

int
ctl_store_recover(struct ctl *ctl, int argc, char **argv)
{
	static const char *const arguments[] = { "--store-recover", NULL };

	return argc == 0 ? ctl_daemon(ctl, arguments)
			 : ctl_usage("store recover takes no arguments");
}

int
ctl_store_copy(struct ctl *ctl, int argc, char **argv)
{
	const char *arguments[] = { "--store-copy", NULL, "--to", NULL, NULL };

	if (argc != 2 || argv[0][0] == '-' || argv[1][0] == '-')
		return ctl_usage(
		    "store copy takes two stores, each as sqlite:FOLDER or the URI of a "
		    "MongoDB deployment");
	arguments[1] = argv[0];
	arguments[3] = argv[1];
	return ctl_daemon(ctl, arguments);
}

int
ctl_backup(struct ctl *ctl, int argc, char **argv)
{
	const char *arguments[] = { "--backup", argc == 1 ? argv[0] : NULL, NULL };

	if (argc != 1 || argv[0][0] == '-')
		return ctl_usage("backup takes the name of a file that does not exist yet");
	return ctl_daemon(ctl, arguments);
}

int
ctl_restore(struct ctl *ctl, int argc, char **argv)
{
	const char *file = NULL, *arguments[4] = { NULL };
	bool verify = false, replace = false;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--verify") == 0)
			verify = true;
		else if (strcmp(argv[i], "--replace") == 0)
			replace = true;
		else if (argv[i][0] != '-' && file == NULL)
			file = argv[i];
		else
			return ctl_usage("restore takes --verify, --replace and one file");
	}
	if (file == NULL || (verify && replace))
		return ctl_usage("restore takes a backup, and --verify or --replace");
	arguments[0] = verify ? "--verify" : "--restore";
	arguments[1] = file;
	arguments[2] = replace ? "--replace" : NULL;
	return ctl_daemon(ctl, arguments);
}
