/* SPDX-License-Identifier: MIT */
/* offline.c - what is done to a store as a whole: parleyd does it, in a process of its own, whether
 * a node runs or not. */
#include "ctl/ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 10

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

static int
with_two_stores(struct ctl *ctl, const char *option, int argc, char **argv)
{
	static const char *const known[] = { "without", NULL };
	const char *values[1] = { NULL };
	int at = ctl_take_options(argc, argv, known, values);
	const char *arguments[] = { option, NULL, "--to", NULL, NULL, NULL, NULL };

	if (at < 0 || argc - at != 2)
		return ctl_usage("this takes --without NAMES and two stores, each as "
				 "sqlite:FOLDER, the URI of a MongoDB deployment, or configured");
	arguments[1] = argv[at];
	arguments[3] = argv[at + 1];
	arguments[4] = values[0] != NULL ? "--without" : NULL;
	arguments[5] = values[0];
	return ctl_daemon(ctl, arguments);
}

int
ctl_store_copy(struct ctl *ctl, int argc, char **argv)
{
	return with_two_stores(ctl, "--store-copy", argc, argv);
}

int
ctl_store_compare(struct ctl *ctl, int argc, char **argv)
{
	return with_two_stores(ctl, "--store-compare", argc, argv);
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
