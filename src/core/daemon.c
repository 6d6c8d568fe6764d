/* SPDX-License-Identifier: MIT */
/* daemon.c - what parleyd does with its flags: runs the node, checks or prints a configuration. */
#include "core/daemon.h"

#include "base/clock.h"
#include "base/dumps.h"
#include "core/config.h"
#include "core/hook_print.h"
#include "core/module.h"
#include "core/offline.h"
#include "core/server.h"
#include "core/settings.h"
#include "version.h"
#include "json/schema.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_CONFIG 78 /* EX_CONFIG of sysexits.h */

static const char usage[] =
    "parleyd - a chat server\n"
    "\n"
    "usage: parleyd [-c FILE] [-n]\n"
    "       parleyd [-c FILE] --store-check | --store-recover | --backup FILE |\n"
    "               --verify FILE | --restore FILE [--replace] |\n"
    "               --store-copy FROM --to TO [--without NAMES] |\n"
    "               --store-compare FROM --to TO [--without NAMES]\n"
    "\n"
    "  -c, --config FILE   the configuration (" PARLEY_CONFIG_FILE ")\n"
    "  -n, --check         check the configuration, list every mistake, and exit\n"
    "      --print-config  print a configuration with every option and its default; with -c,\n"
    "                      those of the modules that are named there\n"
    "      --print-options the same as a reference, in Markdown\n"
    "      --print-hooks   print the reference of all hooks, in Markdown\n"
    "      --store-check   read the whole store and tell what is damaged; also while a node runs\n"
    "      --store-recover put what can be read of a damaged store into a new one\n"
    "      --backup FILE   write all that is stored to a new file; also while a node runs\n"
    "      --verify FILE   tell whether a backup is as it was written, and what is in it\n"
    "      --restore FILE  make the store of a backup\n"
    "      --replace       with --restore: put a store that is there aside\n"
    "      --store-copy FROM --to TO  copy all of one store to an empty one, while no node runs:\n"
    "                      sqlite:FOLDER, the URI of a MongoDB deployment, or \"configured\" for "
    "the\n"
    "                      one that the configuration names; --without leaves collections behind\n"
    "      --store-compare FROM --to TO  tell whether both have the same, while no node runs\n"
    "  -V, --version       print the version and the libraries in use\n"
    "  -h, --help          print this\n"
    "\n"
    "Signals: TERM and INT stop the node in order, HUP reads the configuration again, USR1 logs "
    "what\n"
    "every suspended fiber waits for. Exit status: 0 in order, 1 failed, 64 wrong usage, 78 wrong\n"
    "configuration.\n";

enum mode { RUN, CHECK, PRINT_CONFIG, PRINT_OPTIONS, PRINT_HOOKS, STORE };

/* What the arguments say. */
struct arguments {
	const char *config; /* or NULL */
	enum mode mode;
	struct offline_order order; /* of STORE */
};

/* At the start they are read anyway. */
static void
check_files(const struct config *config, struct option_errors *errors)
{
	struct parley_error err = { 0 };
	struct schema_set *schemas =
	    schema_set_load((const char *const *)config->schema_paths, &err);

	if (schemas == NULL)
		config_mistake(config, "node", "schemas", errors, "%s", err.text);
	schema_set_free(&schemas);
	settings_check_files(config, errors);
}

/* The configuration and those of its modules, which are open then; NULL with every mistake. */
static struct config *
load(const char *file, enum mode mode, struct option_errors *errors)
{
	static const char plain[] = "node { domain = localhost }\nlisten control { }\n";
	struct config *config;

	/* What is printed does not need a configuration, but for modules that are not the usual
	 * ones. */
	if (file == NULL && mode != RUN && mode != CHECK && mode != STORE)
		config = config_draft_text("built-in configuration", plain, strlen(plain), errors);
	else
		config = config_draft(file != NULL ? file : PARLEY_CONFIG_FILE, errors);
	if (config != NULL) {
		modules_open(config, errors);
		modules_check(config, errors);
		if (mode == CHECK)
			check_files(config, errors);
	}
	if (errors->count == 0)
		return config;
	modules_close();
	config_free(&config);
	return NULL;
}

static void
print_hooks(struct parley_text *out)
{
	const struct parley_module *modules[MODULES_MAX + 1] = { NULL };

	for (unsigned n = 0; n < MODULES_MAX; n++)
		modules[n] = modules_nth(n, NULL);
	hooks_print_reference(out, modules);
}

static void
print_one(struct parley_text *out, enum mode mode)
{
	struct config_doc *docs = modules_docs();

	if (mode == PRINT_HOOKS)
		print_hooks(out);
	else if (mode == PRINT_CONFIG)
		config_print_example(out, docs);
	else
		config_print_reference(out, docs);
	free(docs);
}

static void
print(enum mode mode)
{
	struct parley_text out = { 0 };

	print_one(&out, mode);
	fwrite(out.s, 1, out.len, stdout);
	parley_text_fini(&out);
}

/* For tests of what takes days. */
static int
follow_test_clock(void)
{
	const char *file = getenv("PARLEY_TEST_CLOCK");

	if (file == NULL || clock_follow(file) == 0)
		return 0;
	fprintf(stderr, "parleyd: PARLEY_TEST_CLOCK %s: %s\n", file, strerror(errno));
	return -1;
}

static int
run(const struct arguments *a)
{
	struct option_errors errors = { 0 };
	struct config *config;
	int status = EXIT_SUCCESS;

	/* systemd sets it for the node; a certificate that lies there is not looked at here */
	if (a->mode == STORE)
		setenv("CREDENTIALS_DIRECTORY", "/run/credentials", 0);
	config = load(a->config, a->mode, &errors);
	if (config == NULL) {
		fputs(errors.text.s, stderr);
		option_errors_fini(&errors);
		return EXIT_CONFIG;
	}
	if (a->mode == RUN)
		return follow_test_clock() == 0 ? server_run(config) : EXIT_FAILURE;
	if (a->mode == STORE)
		status = offline_run(config, &a->order);
	else if (a->mode == CHECK)
		printf("%s: no mistakes\n", config->file);
	else
		print(a->mode);
	modules_close();
	config_free(&config);
	return status;
}

static void
set_task(struct arguments *a, enum offline_task task, const char *file)
{
	a->mode = STORE;
	a->order.task = task;
	a->order.file = file;
}

/* -1: the option is not one of these. */
static int
take_store_option(struct arguments *a, int option)
{
	switch (option) {
	case 'S':
		set_task(a, OFFLINE_CHECK, NULL);
		return 0;
	case 'R':
		set_task(a, OFFLINE_RECOVER, NULL);
		return 0;
	case 'B':
		set_task(a, OFFLINE_BACKUP, optarg);
		return 0;
	case 'Y':
		set_task(a, OFFLINE_VERIFY, optarg);
		return 0;
	case 'T':
		set_task(a, OFFLINE_RESTORE, optarg);
		return 0;
	case 'P':
		a->order.replace = true;
		return 0;
	case 'Q':
		set_task(a, OFFLINE_COPY, optarg);
		return 0;
	case 'C':
		set_task(a, OFFLINE_COMPARE, optarg);
		return 0;
	case 'O':
		a->order.to = optarg;
		return 0;
	case 'W':
		a->order.without = optarg;
		return 0;
	default:
		return -1;
	}
}

static bool
wants_two(const struct arguments *a)
{
	return a->mode == STORE &&
	       (a->order.task == OFFLINE_COPY || a->order.task == OFFLINE_COMPARE);
}

int
parley_daemon(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'n' },
		{ "print-config", no_argument, NULL, 'p' },
		{ "print-options", no_argument, NULL, 'o' },
		{ "print-hooks", no_argument, NULL, 'k' },
		{ "store-check", no_argument, NULL, 'S' },
		{ "store-recover", no_argument, NULL, 'R' },
		{ "backup", required_argument, NULL, 'B' },
		{ "verify", required_argument, NULL, 'Y' },
		{ "restore", required_argument, NULL, 'T' },
		{ "replace", no_argument, NULL, 'P' },
		{ "store-copy", required_argument, NULL, 'Q' },
		{ "store-compare", required_argument, NULL, 'C' },
		{ "to", required_argument, NULL, 'O' },
		{ "without", required_argument, NULL, 'W' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct arguments a = { .mode = RUN };
	int option;

	dumps_forbid();
	while ((option = getopt_long(argc, argv, "c:nVh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			a.config = optarg;
			break;
		case 'n':
			a.mode = CHECK;
			break;
		case 'p':
			a.mode = PRINT_CONFIG;
			break;
		case 'o':
			a.mode = PRINT_OPTIONS;
			break;
		case 'k':
			a.mode = PRINT_HOOKS;
			break;
		case 'V':
			version_print(stdout);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			if (take_store_option(&a, option) == 0)
				break;
			fputs("parleyd: see parleyd --help\n", stderr);
			return 64;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "parleyd: \"%s\" is not understood; see parleyd --help\n",
		    argv[optind]);
		return 64;
	}
	if (wants_two(&a) != (a.order.to != NULL) ||
	    (a.order.without != NULL && a.order.to == NULL)) {
		fputs("parleyd: --store-copy and --to go together; see parleyd --help\n", stderr);
		return 64;
	}
	return run(&a);
}
