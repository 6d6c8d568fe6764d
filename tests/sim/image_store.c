/* SPDX-License-Identifier: MIT */
/* image_store.c - a node's store: the real SQLite back end, on the simulation's disk. What it does
 * can be spoilt on purpose. */
#include "sim/image.h"

#include "core/module.h"

#include <parley/backend.h>
#include <stdio.h>
#include <string.h>

/* ---- the file system: each life has its own between SQLite and the simulation's ------------- */

sqlite3_vfs *__wrap_sqlite3_vfs_find(const char *name);
int __wrap_sqlite3_vfs_register(sqlite3_vfs *vfs, int is_default);
int __wrap_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs);
sqlite3_vfs *__real_sqlite3_vfs_find(const char *name);
int __real_sqlite3_vfs_register(sqlite3_vfs *vfs, int is_default);
int __real_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs);

/* Names are the process's. */
static const char *
own_name(const char *name)
{
	static char own[64];

	snprintf(own, sizeof own, "%s-%u", name, host->number);
	return own;
}

sqlite3_vfs *
__wrap_sqlite3_vfs_find(const char *name)
{
	return __real_sqlite3_vfs_find(name != NULL ? own_name(name) : host->disk);
}

int
__wrap_sqlite3_vfs_register(sqlite3_vfs *vfs, int is_default)
{
	vfs->zName = own_name(vfs->zName);
	return __real_sqlite3_vfs_register(vfs, is_default);
}

int
__wrap_sqlite3_open_v2(const char *path, sqlite3 **db, int flags, const char *vfs)
{
	return __real_sqlite3_open_v2(path, db, flags, own_name(vfs));
}

/* ---- the back end ------------------------------------------------------------------------- */

static const struct parley_backend *sqlite;

/* PLANT_LOSES_COMMITS */
static void
lose(void *state, const struct parley_write *append)
{
	char key[PARLEY_LOG_KEY_MAX];
	struct parley_write w = { .op = PARLEY_WRITE_REMOVE, .collection = append->collection };

	parley_log_key(key, append->key, strlen(append->key), append->seq);
	w.key = key;
	sqlite->write(state, &w, NULL);
}

/* Of a patch that gives something to this member nothing is left. */
static void
empty(struct parley_write *w, const char *member)
{
	const char *at;

	if (w->op != PARLEY_WRITE_PATCH)
		return;
	at = memmem(w->json, w->json_len, member, strlen(member));
	if (at == NULL || at[strlen(member)] == 'n')
		return;
	w->json = "{}";
	w->json_len = 2;
}

static void
spoil(struct parley_write *w)
{
	if (host->plant == PLANT_FORGETS_IDS && w->op == PARLEY_WRITE_APPEND)
		w->origin = "";
	else if (host->plant == PLANT_LOSES_EDITS)
		empty(w, "\"edited\":");
	else if (host->plant == PLANT_LOSES_DELETIONS)
		empty(w, "\"deleted\":");
	else if (host->plant == PLANT_KEEPS_GONE)
		empty(w, "\"ended\":");
}

static int
spoilt_write(void *state, struct parley_write *batch, struct parley_error *err)
{
	int rc;

	for (struct parley_write *w = batch; w != NULL; w = w->next)
		spoil(w);
	rc = sqlite->write(state, batch, err);
	for (struct parley_write *w = batch; w != NULL && rc == 0; w = w->next)
		if (host->plant == PLANT_LOSES_COMMITS && w->op == PARLEY_WRITE_APPEND &&
		    image_once_in(50))
			lose(state, w);
	return rc;
}

const struct parley_backend *__wrap_modules_backend(
    const char *name, const struct config *config, struct parley_error *err);
const struct parley_backend *__real_modules_backend(
    const char *name, const struct config *config, struct parley_error *err);

const struct parley_backend *
__wrap_modules_backend(const char *name, const struct config *config, struct parley_error *err)
{
	static struct parley_backend spoilt;

	sqlite = __real_modules_backend(name, config, err);
	if (sqlite == NULL)
		return NULL;
	spoilt = *sqlite;
	spoilt.write = spoilt_write;
	return &spoilt;
}
