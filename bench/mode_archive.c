/* SPDX-License-Identifier: MIT */
/* mode_archive.c - does a full archive cost more than an empty one? Appends and pages are measured,
 * then it is filled, then they are measured again. */
#include "pairs.h"
#include "speak.h"

#include <stdio.h>
#include <stdlib.h>

#define PAIRS 100
#define FIRST 10000 /* messages of an archive that counts as empty, so that pages are full */

static uint64_t pages;
static bool stopped;

static void
page_ask(struct user *u)
{
	unsigned have = (unsigned)(load.received / PAIRS); /* at least, in each chat */
	unsigned before = have > 51 ? 51 + (unsigned)random() % (have - 51) : have;

	speaker->page(u, u->index ^ 1, before);
}

static void
page_done(struct user *u)
{
	pages++;
	if (!stopped)
		page_ask(u);
}

static void
pages_measure(const char *extra)
{
	struct measure m;
	uint64_t before;

	stopped = false;
	load.on.done = page_done;
	for (unsigned i = 0; i < 2 * PAIRS; i += 8)
		page_ask(&load.users[i]);
	load_wait(options.warmup);
	for (unsigned i = 0; i < options.repeat; i++) {
		measure_begin(&m);
		before = pages;
		load_wait(options.seconds);
		measure_end(&m, "pages", pages - before, extra);
	}
	stopped = true;
	load_wait(0.2);
	load.on.done = NULL;
}

static void
archive_measure(void)
{
	char extra[40];

	snprintf(extra, sizeof extra, ",\"stored\":%llu", (unsigned long long)load.received);
	pairs_measure("appends", extra);
	pages_measure(extra);
}

void
mode_archive(int argc, char **argv)
{
	unsigned count = number_of(argc > 0 ? argv[0] : NULL, 1, 1000000000, "N");
	unsigned window = options.window;

	if (speaker->page == NULL)
		load_die("this server has no archive to page through");
	srandom(1);
	users_make(2 * PAIRS);
	pairs_prepare(PAIRS);
	pairs_fill(FIRST);
	archive_measure();
	options.window = 8; /* fills faster */
	if (load.received < count)
		pairs_fill(count - (unsigned)load.received);
	options.window = window;
	archive_measure();
}
