/* SPDX-License-Identifier: MIT */
/* store_faulty.c - a back end for tests: SQLite's, but what the file "faults" beside the database
 * names fails. Its lines are OPERATION COLLECTION: "read accounts", "write *". To read is to get,
 * find and count; "write" is refused like a full disk, "break" like a disk that has gone, "away"
 * refuses declarations and reads like a database that cannot be reached, "hold" lets reads wait
 * until it is no longer said, and "kill names 3" ends the process at the third commit with that
 * collection, before anything of it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <parley/backend.h>
#include <parley/module.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct faulty {
	void *inner;
	char faults[1000];
	int commits; /* that "kill" has counted */
};

struct reader {
	const struct faulty *of;
	void *inner;
};

static const struct parley_backend *sqlite;

/* ---- faults -------------------------------------------------------------------------------- */

/* The number behind it, 1 when there is none, or 0 when no line names it. */
static int
is_named(const struct faulty *f, const char *operation, const char *collection)
{
	FILE *file = fopen(f->faults, "re");
	char line[200], named[100], of[100];
	int found = 0;

	while (file != NULL && found == 0 && fgets(line, sizeof line, file) != NULL) {
		int number = 1;

		if (sscanf(line, "%99s %99s %d", named, of, &number) >= 2 &&
		    strcmp(named, operation) == 0 &&
		    (strcmp(of, "*") == 0 || strcmp(of, collection) == 0))
			found = number;
	}
	if (file != NULL)
		fclose(file);
	return found;
}

static int
check_read(const struct reader *r, const struct parley_collection *c, struct parley_error *err)
{
	while (is_named(r->of, "hold", c->name))
		usleep(10 * 1000);
	if (is_named(r->of, "away", c->name))
		return parley_fail(err, PARLEY_BUSY, NULL, "the database is away");
	if (!is_named(r->of, "read", c->name))
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "the disk cannot be read");
}

/* ---- SQLite -------------------------------------------------------------------------------- */

static int
look_for_sqlite(struct dl_phdr_info *info, size_t size, void *path)
{
	const char *slash = strrchr(info->dlpi_name, '/');

	if (slash == NULL || strcmp(slash, "/store_sqlite.so") != 0)
		return 0;
	snprintf(path, 1000, "%s", info->dlpi_name);
	return 1;
}

/* Modules do not see each other's symbols, but the one that is needed has been loaded. */
static void
find_sqlite(void)
{
	const struct parley_module *(*entry)(void);
	char path[1000] = "";
	void *symbol;

	dl_iterate_phdr(look_for_sqlite, path);
	symbol = dlsym(dlopen(path, RTLD_NOW | RTLD_NOLOAD), "parley_module");
	memcpy(&entry, &symbol, sizeof entry);
	sqlite = entry()->backend;
}

/* ---- the back end -------------------------------------------------------------------------- */

static int
faulty_open(const char *location, void **state_r, struct parley_error *err)
{
	struct faulty *f = calloc(1, sizeof *f);

	find_sqlite();
	snprintf(f->faults, sizeof f->faults, "%s/faults", location);
	*state_r = f;
	if (sqlite->open(location, &f->inner, err) == 0)
		return 0;
	free(f);
	return -1;
}

static int
faulty_declare(void *state, const struct parley_collection *c, struct parley_error *err)
{
	struct faulty *f = state;

	if (is_named(f, "away", c->name))
		return parley_fail(err, PARLEY_BUSY, NULL, "the database is away");
	return sqlite->declare(f->inner, c, err);
}

static int
faulty_write(void *state, struct parley_write *batch, struct parley_error *err)
{
	struct faulty *f = state;

	for (const struct parley_write *w = batch; w != NULL; w = w->next) {
		int deadly = is_named(f, "kill", w->collection->name);

		if (deadly > 0 && ++f->commits == deadly)
			kill(getpid(), SIGKILL);
		if (is_named(f, "write", w->collection->name))
			return parley_fail(err, PARLEY_LIMIT, NULL, "the disk is full");
		if (is_named(f, "break", w->collection->name))
			return parley_fail(err, PARLEY_INTERNAL, NULL, "the disk has gone");
	}
	return sqlite->write(f->inner, batch, err);
}

static int
faulty_reader_open(void *state, void **reader_r, struct parley_error *err)
{
	struct reader *r = calloc(1, sizeof *r);

	r->of = state;
	*reader_r = r;
	if (sqlite->reader_open(r->of->inner, &r->inner, err) == 0)
		return 0;
	free(r);
	return -1;
}

static int
faulty_get(void *reader, const struct parley_collection *c, const char *key,
    const struct parley_found *found, struct parley_error *err)
{
	struct reader *r = reader;

	return check_read(r, c, err) == 0 ? sqlite->get(r->inner, c, key, found, err) : -1;
}

static int
faulty_find(void *reader, const struct parley_collection *c, const struct parley_query *query,
    const struct parley_found *found, struct parley_error *err)
{
	struct reader *r = reader;

	return check_read(r, c, err) == 0 ? sqlite->find(r->inner, c, query, found, err) : -1;
}

static int64_t
faulty_count(void *reader, const struct parley_collection *c, const struct parley_query *query,
    uint32_t max, struct parley_error *err)
{
	struct reader *r = reader;

	return check_read(r, c, err) == 0 ? sqlite->count(r->inner, c, query, max, err) : -1;
}

static void
faulty_reader_close(void *reader)
{
	struct reader *r = reader;

	sqlite->reader_close(r->inner);
	free(r);
}

static void
faulty_close(void *state)
{
	struct faulty *f = state;

	sqlite->close(f->inner);
	free(f);
}

static const struct parley_backend faulty = {
	.name = "faulty",
	.open = faulty_open,
	.declare = faulty_declare,
	.write = faulty_write,
	.reader_open = faulty_reader_open,
	.get = faulty_get,
	.find = faulty_find,
	.count = faulty_count,
	.reader_close = faulty_reader_close,
	.close = faulty_close,
};

/* ---- the module ---------------------------------------------------------------------------- */

static const char *const needs[] = { "store_sqlite", NULL };

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "store_faulty",
	.summary = "SQLite with failures, for tests",
	.needs = needs,
	.backend = &faulty,
};
