/* SPDX-License-Identifier: MIT */
/* offline.c - checks, backs up, restores and recovers the store that a configuration names. */
#include "core/offline.h"

#include "auth/device.h"
#include "base/log.h"
#include "core/module.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define COLLECTIONS_MAX 200
#define NICE            10 /* a node beside it goes first */

/* Shown on a terminal alone, over and over in one line. */
struct shown {
	bool terminal;
	int percent; /* that is shown; -1: none */
};

static void
show_clear(struct shown *shown)
{
	if (shown->percent >= 0)
		fputs("\r     \r", stderr);
	shown->percent = -1;
}

/* What is read of a damaged store must not control the terminal. */
static void
show_line(void *context, const char *text)
{
	show_clear(context);
	for (; *text != '\0'; text++)
		putchar((unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
	putchar('\n');
}

static void
show_progress(void *context, int64_t done, int64_t total)
{
	struct shown *shown = context;
	int percent = total > 0 ? (int)(done * 100 / total) : 100;

	if (!shown->terminal || percent == shown->percent)
		return;
	shown->percent = percent;
	fprintf(stderr, "\r%3d %%", percent);
}

/* All that loaded modules keep; ends with NULL. */
static void
collect(const struct parley_collection **out)
{
	const struct parley_module *m;
	unsigned n = 0;

	for (unsigned i = 0; (m = modules_nth(i, NULL)) != NULL; i++)
		for (const struct parley_collection *const *c = m->collections;
		     c != NULL && *c != NULL && n < COLLECTIONS_MAX; c++)
			out[n++] = *c;
	out[n] = NULL;
}

static int
recover(const struct parley_upkeep *upkeep, const char *location, const struct parley_told *told,
    struct parley_error *err)
{
	const struct parley_collection *collections[COLLECTIONS_MAX + 1];

	collect(collections);
	return upkeep->recover(location, collections, told, err);
}

/* Who was logged in when the backup was made may have been signed out since, and what clients know
 * of chats may be newer than the store: all devices log in anew. */
static int
restore(const struct parley_upkeep *upkeep, const char *file, const char *location, bool replace,
    const struct parley_told *told, struct parley_error *err)
{
	const char *const forget[] = { device_collection.name, NULL };

	return upkeep->restore(file, location, forget, replace, told, err);
}

static int
run(const struct parley_upkeep *upkeep, const struct config *config, enum offline_task task,
    const char *file, bool replace, const struct parley_told *told, struct parley_error *err)
{
	const char *location = config->store.location;

	switch (task) {
	case OFFLINE_CHECK:
		return upkeep->check(location, told, err);
	case OFFLINE_RECOVER:
		return recover(upkeep, location, told, err);
	case OFFLINE_BACKUP:
		return upkeep->backup(location, file, told, err);
	case OFFLINE_VERIFY:
		return upkeep->verify(file, told, err);
	case OFFLINE_RESTORE:
		return restore(upkeep, file, location, replace, told, err);
	}
	parley_assert(!"known task");
}

static void
conclude(const struct config *config, enum offline_task task, const char *file, int rc)
{
	static const char *const good[] = {
		[OFFLINE_CHECK] = "no damage was found",
		[OFFLINE_RECOVER] = "the store was made anew of what could be read",
		[OFFLINE_BACKUP] = "the backup is whole; the node key is not in it",
		[OFFLINE_VERIFY] = "the backup is as it was written",
		[OFFLINE_RESTORE] = "restored; everybody has to log in anew",
	};

	if (rc > 0 && task == OFFLINE_CHECK)
		puts("damage was found: parleyctl store recover, or restore a backup");
	else if (rc > 0)
		puts("the backup is damaged");
	else if (rc == 0)
		printf("%s: %s\n", file != NULL ? file : config->store.location, good[task]);
}

int
offline_run(const struct config *config, enum offline_task task, const char *file, bool replace)
{
	struct shown shown = { .terminal = isatty(STDERR_FILENO) != 0, .percent = -1 };
	struct parley_told told = { &shown, show_line, show_progress };
	const struct parley_backend *backend;
	struct parley_error err = { 0 };
	int rc = -1;

	umask(077);
	log_set_level(PARLEY_LOG_WARN);
	setpriority(PRIO_PROCESS, 0, NICE);
	backend = modules_backend(config->store.backend, config, &err);
	if (backend != NULL && backend->upkeep == NULL)
		parley_fail(&err, PARLEY_INTERNAL, NULL,
		    "the back end %s has nothing to check, back up or restore", backend->name);
	else if (backend != NULL)
		rc = run(backend->upkeep, config, task, file, replace, &told, &err);
	show_clear(&shown);
	conclude(config, task, file, rc);
	if (rc < 0)
		fprintf(stderr, "parleyd: %s\n", err.text);
	return rc == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
