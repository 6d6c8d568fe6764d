/* SPDX-License-Identifier: MIT */
/* sqlite_collection.c - the collections that the writer has open: their statements, the ends of
 * their streams and their logs. */
#include "sqlite_log.h"

#include <parley/log.h>
#include <stdlib.h>
#include <string.h>

static void
collection_fini(struct sq_collection *sc)
{
	for (unsigned i = 0; i < SQ_STATEMENTS; i++) {
		sqlite3_finalize(sc->statements[i]);
		sc->statements[i] = NULL;
	}
	sq_tops_clear(sc);
	free(sc->tops);
	sc->tops = NULL;
}

/* The collection of this name, or NULL. */
static struct sq_collection *
collection_named(const struct sq_store *s, const char *name)
{
	struct sq_collection *sc = s->collections;

	while (sc != NULL && strcmp(sc->c->name, name) != 0)
		sc = sc->next;
	return sc;
}

/* Gives it its log, or none. What a crash left in the journal is settled. */
static int
set_log(struct sq_store *s, struct sq_collection *sc, struct parley_error *err)
{
	int rc;

	if (!sq_in_runs(sc->c)) {
		sq_log_free(&sc->log);
		return 0;
	}
	if (sc->log == NULL)
		sc->log = sq_log_new(s);
	if (sq_log_set(sc->log, sc->c, true, err) != 0)
		return -1;
	if (sq_run(s->begin) != 0)
		return sq_fail(s->db, "begin a transaction", err);
	rc = sq_log_recover(sc->log, err);
	sq_tail_clear(sc->log);
	if (rc == 0 && sq_run(s->commit) == 0)
		return 0;
	if (rc == 0)
		sq_fail(s->db, "commit", err);
	sq_run(s->rollback);
	return -1;
}

int
sq_collection_set(struct sq_store *s, const struct parley_collection *c, struct parley_error *err)
{
	struct sq_collection *sc = collection_named(s, c->name);

	if (sc == NULL) {
		sc = sq_alloc(sizeof *sc);
		sc->next = s->collections;
		s->collections = sc;
	}
	collection_fini(sc);
	sc->c = c;
	sc->fields = parley_field_count(c);
	sc->expires = c->expires != NULL ? parley_field_number(c, c->expires) : PARLEY_NO_FIELD;
	if (c->log)
		sc->tops = sq_alloc(SQ_TOPS * sizeof *sc->tops);
	return set_log(s, sc, err);
}

struct sq_collection *
sq_collection(struct sq_store *s, const struct parley_collection *c)
{
	struct sq_collection *sc;

	for (sc = s->collections; sc != NULL; sc = sc->next)
		if (sc->c == c)
			return sc;
	sc = collection_named(s, c->name);
	parley_assert(sc != NULL);
	return sc;
}

void
sq_collections_free(struct sq_store *s)
{
	struct sq_collection *sc = s->collections, *next;

	for (; sc != NULL; sc = next) {
		next = sc->next;
		collection_fini(sc);
		sq_log_free(&sc->log);
		free(sc);
	}
	s->collections = NULL;
}

int
sq_collection_flush(struct sq_store *s, const char *name, struct parley_error *err)
{
	struct sq_collection *sc = collection_named(s, name);

	return sc != NULL && sc->log != NULL ? sq_log_flush(sc->log, err) : 0;
}
