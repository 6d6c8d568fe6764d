/* SPDX-License-Identifier: MIT */
/* main.c - parleyctl: what an operator asks a node on its own machine. */
#include "base/dumps.h"
#include "ctl/ctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
help(FILE *out)
{
	fputs("parleyctl - asks and tells a Parley node on this machine\n"
	      "\n"
	      "usage: parleyctl [--socket PATH] [--config FILE] [--json] COMMAND\n"
	      "\n"
	      "  --socket PATH  the node's control socket (or PARLEY_SOCKET in the environment;\n"
	      "                 " PARLEY_CONTROL_SOCKET ")\n"
	      "  --config FILE  the node's configuration, for what is done to its store\n"
	      "                 (" PARLEY_CONFIG_FILE ")\n"
	      "  --json         print the node's answers as JSON, one a line\n"
	      "\n",
	    out);
	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++)
		fprintf(out, "  %s%s%s\n      %s\n", c->words, c->usage[0] != '\0' ? " " : "",
		    c->usage, c->summary);
	fputs("\nExit status: 0 done, 1 refused or mistakes found, 2 no node, 64 wrong usage.\n",
	    out);
}

/* How many arguments the command's words take, or 0 when they are others. */
static int
words_match(const char *words, int argc, char **argv)
{
	const char *space = strchr(words, ' ');
	size_t first = space != NULL ? (size_t)(space - words) : strlen(words);

	if (argc < 1 || strlen(argv[0]) != first || strncmp(argv[0], words, first) != 0)
		return 0;
	if (space == NULL)
		return 1;
	return argc >= 2 && strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

/* Says what can follow a word that is the first half of commands; false when it is of none. */
static bool
half_command(const char *word)
{
	size_t len = strlen(word);
	bool found = false;

	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++) {
		if (strncmp(c->words, word, len) != 0 || c->words[len] != ' ')
			continue;
		if (!found)
			fprintf(stderr, "parleyctl: \"%s\" is followed by", word);
		fprintf(stderr, "%s \"%s\"", found ? " or" : "", c->words + len + 1);
		found = true;
	}
	if (found)
		fputs("; see parleyctl --help\n", stderr);
	return found;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	if (strcmp(argv[0], "help") == 0 || strcmp(argv[argc - 1], "--help") == 0) {
		help(stdout);
		return 0;
	}
	for (const struct ctl_command *c = ctl_commands; c->words != NULL; c++) {
		int taken = words_match(c->words, argc, argv);

		if (taken > 0)
			return c->run(ctl, argc - taken, argv + taken);
	}
	if (half_command(argv[0]))
		return CTL_USAGE;
	fprintf(stderr, "parleyctl: there is no command \"%s%s%s\"; see parleyctl --help\n",
	    argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	return CTL_USAGE;
}

int
main(int argc, char **argv)
{
	struct ctl ctl = { .socket = getenv("PARLEY_SOCKET"), .fd = -1 };
	int at = 1, status;

	dumps_forbid();
	if (ctl.socket == NULL || ctl.socket[0] == '\0')
		ctl.socket = PARLEY_CONTROL_SOCKET;
	for (; at < argc && argv[at][0] == '-'; at++) {
		if (strcmp(argv[at], "--json") == 0) {
			ctl.json = true;
		} else if (strcmp(argv[at], "--help") == 0 || strcmp(argv[at], "-h") == 0) {
			help(stdout);
			return 0;
		} else if (strcmp(argv[at], "--socket") == 0 && at + 1 < argc) {
			ctl.socket = argv[++at];
		} else if (strcmp(argv[at], "--config") == 0 && at + 1 < argc) {
			ctl.config = argv[++at];
		} else {
			fprintf(stderr,
			    "parleyctl: \"%s\" is not understood%s; see parleyctl --help\n",
			    argv[at],
			    strcmp(argv[at], "--socket") == 0 || strcmp(argv[at], "--config") == 0
				? " without a path"
				: "");
			return CTL_USAGE;
		}
	}
	if (at == argc) {
		help(stderr);
		return CTL_USAGE;
	}
	status = run(&ctl, argc - at, argv + at);
	ctl_close(&ctl);
	/* A full disk or a closed pipe must not look like success. */
	if (fflush(stdout) != 0 && status == 0) {
		perror("parleyctl");
		status = CTL_UNREACHABLE;
	}
	return status;
}
