/* SPDX-License-Identifier: MIT */
/* offline.c - checks, backs up, restores, recovers and copies the store that a configuration names.
 */
#include "core/offline.h"

#include "auth/device.h"
#include "base/log.h"
#include "core/keyring.h"
#include "core/module.h"
#include "store/store_copy.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
run(const struct parley_upkeep *upkeep, const struct config *config,
    const struct offline_order *order, const struct parley_told *told, struct parley_error *err)
{
	const char *location = config->store.location, *file = order->file;

	switch (order->task) {
	case OFFLINE_CHECK:
		return upkeep->check(location, told, err);
	case OFFLINE_RECOVER:
		return recover(upkeep, location, told, err);
	case OFFLINE_BACKUP:
		return upkeep->backup(location, file, told, err);
	case OFFLINE_VERIFY:
		return upkeep->verify(file, told, err);
	case OFFLINE_RESTORE:
		return restore(upkeep, file, location, order->replace, told, err);
	case OFFLINE_COPY:
	case OFFLINE_COMPARE:
		break;
	}
	parley_assert(!"known task");
}

/* ---- copying ------------------------------------------------------------------------------ */

/* The store of the configuration: so that a password need not be among the arguments, which
 * everybody on the machine can read. */
#define CONFIGURED "configured"

/* "BACKEND:LOCATION", where an empty location is the data folder; a URI that a back end knows; or
 * CONFIGURED. */
static int
parse_end(
    const char *text, const struct config *config, struct store_end *end, struct parley_error *err)
{
	char name[64];
	size_t len = strcspn(text, ":");

	if (strcmp(text, CONFIGURED) == 0) {
		end->backend = modules_backend(config->store.backend, config, err);
		end->location = config->store.location;
		return end->backend != NULL ? 0 : -1;
	}
	end->backend = strncmp(text + len, "://", 3) == 0 ? modules_backend_of(text, config) : NULL;
	end->location = text;
	if (end->backend != NULL)
		return 0;
	if (text[len] != ':' || len == 0 || len >= sizeof name)
		return parley_fail(err, PARLEY_BAD_REQUEST, NULL,
		    "\"%.60s\" is no store: say " CONFIGURED
		    ", sqlite:FOLDER, or the URI of a MongoDB "
		    "deployment",
		    text);
	snprintf(name, sizeof name, "%.*s", (int)len, text);
	end->location = text + len + 1;
	if (end->location[0] == '\0')
		end->location = config->node.data;
	end->backend = modules_backend(name, config, err);
	return end->backend != NULL ? 0 : -1;
}

/* What root makes would be root's: the owner of the data folder does it. */
static int
become_owner(const struct config *config, struct parley_error *err)
{
	struct stat data;

	if (geteuid() != 0 || stat(config->node.data, &data) != 0 || data.st_uid == 0)
		return 0;
	if (setgroups(0, NULL) == 0 && setgid(data.st_gid) == 0 && setuid(data.st_uid) == 0)
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "cannot become the owner of %s: %s",
	    config->node.data, strerror(errno));
}

/* A node needs the keyring to begin with, so that comes last. */
static void
put_last(const struct parley_collection **all, const struct parley_collection *last)
{
	const struct parley_collection **to = all;

	for (const struct parley_collection **at = all; *at != NULL; at++)
		if (*at != last)
			*to++ = *at;
	if (*to != NULL)
		*to = last;
}

static int
copy(const struct config *config, const struct offline_order *order, const struct parley_told *told,
    struct parley_error *err)
{
	const struct parley_collection *collections[COLLECTIONS_MAX + 1];
	struct store_order what = { .collections = collections,
		.without = order->without,
		.compare = order->task == OFFLINE_COMPARE };

	if (parse_end(order->file, config, &what.from, err) != 0 ||
	    parse_end(order->to, config, &what.to, err) != 0 || become_owner(config, err) != 0)
		return -1;
	if (what.from.backend == what.to.backend &&
	    strcmp(what.from.location, what.to.location) == 0)
		return parley_fail(
		    err, PARLEY_BAD_REQUEST, NULL, "both are the same store: name another one");
	collect(collections);
	put_last(collections, &keyring_collection);
	return store_copy(&what, told, err);
}

/* ---- what came of it ---------------------------------------------------------------------- */

/* Prints what was worked on, but not the user and the password of a URI. */
static void
print_name(const char *name)
{
	const char *hosts = strstr(name, "://");
	size_t at = hosts != NULL ? strcspn(hosts, "?") : 0;

	while (at > 0 && hosts[at] != '@')
		at--;
	if (at == 0)
		printf("%s", name);
	else
		printf("%.*s...%s", (int)(hosts + 3 - name), name, hosts + at);
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
		[OFFLINE_COPY] = "copied, and found to be the same",
		[OFFLINE_COMPARE] = "the other one is the same",
	};

	if (rc > 0 && task == OFFLINE_CHECK)
		puts("damage was found: parleyctl store recover, or restore a backup");
	else if (rc > 0 && task == OFFLINE_COPY)
		puts("the copy is not the same: has a node run on one of them? Begin again with an "
		     "empty store");
	else if (rc > 0 && task == OFFLINE_COMPARE)
		puts("they are not the same");
	else if (rc > 0)
		puts("the backup is damaged");
	if (rc != 0)
		return;
	print_name(file != NULL ? file : config->store.location);
	printf(": %s\n", good[task]);
}

int
offline_run(const struct config *config, const struct offline_order *order)
{
	struct shown shown = { .terminal = isatty(STDERR_FILENO) != 0, .percent = -1 };
	struct parley_told told = { &shown, show_line, show_progress };
	const struct parley_backend *backend = NULL;
	struct parley_error err = { 0 };
	int rc = -1;

	umask(077);
	log_set_level(PARLEY_LOG_WARN);
	setpriority(PRIO_PROCESS, 0, NICE);
	if (order->task == OFFLINE_COPY || order->task == OFFLINE_COMPARE)
		rc = copy(config, order, &told, &err);
	else
		backend = modules_backend(config->store.backend, config, &err);
	/* a backup can be read wherever the node keeps its data now */
	if (backend != NULL && backend->upkeep == NULL && order->task == OFFLINE_VERIFY)
		backend = modules_backend("sqlite", config, &err);
	if (backend != NULL && backend->upkeep == NULL)
		parley_fail(&err, PARLEY_INTERNAL, NULL,
		    "the configuration has its store in %s, and this is for SQLite: see section 10 "
		    "of docs/operating.md",
		    backend->name);
	else if (backend != NULL)
		rc = run(backend->upkeep, config, order, &told, &err);
	show_clear(&shown);
	conclude(config, order->task, order->file, rc);
	if (rc < 0)
		fprintf(stderr, "parleyd: %s\n", err.text);
	return rc == 0 && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
