/* SPDX-License-Identifier: MIT */
/* sqlite_statement.c - the writer's statements for one collection. */
#include "sqlite.h"

#include <stdio.h>

void
sq_put_insert(struct parley_text *sql, const struct parley_collection *c)
{
	unsigned fields = parley_field_count(c);

	parley_text_puts(sql, "INSERT INTO ");
	sq_put_table(sql, c);
	parley_text_puts(sql, c->log ? "(stream, seq, origin, " : "(key, ");
	for (unsigned i = 0; i < fields; i++) {
		sq_put_column(sql, c, (int)i);
		parley_text_puts(sql, ", ");
	}
	parley_text_printf(sql, "doc) VALUES(?%d, ", SQ_KEY);
	if (c->log)
		parley_text_printf(sql, "?%d, ?%d, ", SQ_SEQ, SQ_ORIGIN);
	for (unsigned i = 0; i < fields; i++)
		parley_text_printf(sql, "?%u, ", SQ_FIELD + i);
	parley_text_printf(sql, "?%d)", SQ_DOC);
}

static void
put_put(struct parley_text *sql, const struct sq_collection *sc)
{
	sq_put_insert(sql, sc->c);
	parley_text_puts(sql, " ON CONFLICT(key) DO UPDATE SET ");
	for (unsigned i = 0; i < sc->fields; i++) {
		sq_put_column(sql, sc->c, (int)i);
		parley_text_puts(sql, " = excluded.");
		sq_put_column(sql, sc->c, (int)i);
		parley_text_puts(sql, ", ");
	}
	parley_text_puts(sql, "doc = excluded.doc");
}

static void
put_find(struct parley_text *sql, const struct sq_collection *sc, bool by_origin)
{
	parley_text_puts(sql, "SELECT id, ");
	if (sc->expires != PARLEY_NO_FIELD)
		sq_put_column(sql, sc->c, sc->expires);
	else
		parley_text_puts(sql, "NULL");
	parley_text_puts(sql, sc->c->log ? ", doc, seq, stream FROM " : ", doc, 0, key FROM ");
	sq_put_table(sql, sc->c);
	if (by_origin)
		parley_text_printf(sql, " WHERE origin = ?%d", SQ_ORIGIN);
	else if (sc->c->log)
		parley_text_printf(sql, " WHERE stream = ?%d AND seq = ?%d", SQ_KEY, SQ_SEQ);
	else
		parley_text_printf(sql, " WHERE key = ?%d", SQ_KEY);
}

static void
put_update(struct parley_text *sql, const struct sq_collection *sc)
{
	parley_text_puts(sql, "UPDATE ");
	sq_put_table(sql, sc->c);
	parley_text_puts(sql, " SET ");
	for (unsigned i = 0; i < sc->fields; i++) {
		sq_put_column(sql, sc->c, (int)i);
		parley_text_printf(sql, " = ?%u, ", SQ_FIELD + i);
	}
	parley_text_printf(sql, "doc = ?%d WHERE id = ?%d", SQ_DOC, SQ_ID);
}

static void
put_unique(
    struct parley_text *sql, const struct sq_collection *sc, const struct parley_index *index)
{
	parley_text_puts(sql, " OR (");
	for (unsigned i = 0; i < 4 && index->fields[i] != NULL; i++) {
		int field = parley_field_number(sc->c, index->fields[i]);

		parley_text_puts(sql, i > 0 ? " AND " : "");
		sq_put_column(sql, sc->c, field);
		if (field >= 0)
			parley_text_printf(sql, " = ?%d", SQ_FIELD + field);
		else
			parley_text_printf(
			    sql, " = ?%d", field == PARLEY_SEQ_FIELD ? SQ_SEQ : SQ_KEY);
	}
	parley_text_puts(sql, ")");
}

/* One document that has expired; with in_way only one that shares a unique value. */
static void
put_expired(struct parley_text *sql, const struct sq_collection *sc, bool in_way)
{
	unsigned indexes = parley_index_count(sc->c);

	parley_text_puts(
	    sql, sc->c->log ? "SELECT id, stream, seq FROM " : "SELECT id, key, 0 FROM ");
	sq_put_table(sql, sc->c);
	parley_text_puts(sql, " WHERE ");
	sq_put_column(sql, sc->c, sc->expires);
	parley_text_printf(sql, " <= ?%d", SQ_NOW);
	if (in_way) {
		parley_text_puts(sql, sc->c->log ? " AND (origin" : " AND (key");
		parley_text_printf(sql, " = ?%d", sc->c->log ? SQ_ORIGIN : SQ_KEY);
		for (unsigned i = 0; i < indexes; i++)
			if (sc->c->indexes[i].unique)
				put_unique(sql, sc, &sc->c->indexes[i]);
		parley_text_puts(sql, ")");
	}
	parley_text_puts(sql, " LIMIT 1");
}

static void
put_top(struct parley_text *sql, const struct sq_collection *sc)
{
	parley_text_puts(sql, "SELECT max(coalesce((SELECT seq FROM ");
	sq_put_table(sql, sc->c);
	parley_text_printf(sql, " WHERE stream = ?%d ORDER BY seq DESC LIMIT 1), 0), ", SQ_KEY);
	parley_text_puts(sql, "coalesce((SELECT seq FROM ");
	sq_put_floors(sql, sc->c);
	parley_text_printf(sql, " WHERE stream = ?%d), 0))", SQ_KEY);
}

static void
put_floor(struct parley_text *sql, const struct sq_collection *sc)
{
	parley_text_puts(sql, "INSERT INTO ");
	sq_put_floors(sql, sc->c);
	parley_text_printf(sql, "(stream, seq) VALUES(?%d, ?%d) ", SQ_KEY, SQ_SEQ);
	parley_text_puts(sql, "ON CONFLICT(stream) DO UPDATE SET seq = max(seq, excluded.seq)");
}

static void
put_statement(struct parley_text *sql, const struct sq_collection *sc, enum sq_statement which)
{
	switch (which) {
	case SQ_PUT:
		put_put(sql, sc);
		break;
	case SQ_INSERT:
		sq_put_insert(sql, sc->c);
		break;
	case SQ_FIND:
	case SQ_BY_ORIGIN:
		put_find(sql, sc, which == SQ_BY_ORIGIN);
		break;
	case SQ_UPDATE:
		put_update(sql, sc);
		break;
	case SQ_DELETE:
		parley_text_puts(sql, "DELETE FROM ");
		sq_put_table(sql, sc->c);
		parley_text_printf(sql, " WHERE id = ?%d", SQ_ID);
		break;
	case SQ_CLEAR:
	case SQ_EXPIRED:
		put_expired(sql, sc, which == SQ_CLEAR);
		break;
	case SQ_TOP:
		put_top(sql, sc);
		break;
	case SQ_FLOOR:
		put_floor(sql, sc);
		break;
	case SQ_STATEMENTS:
		break;
	}
}

sqlite3_stmt *
sq_statement(
    struct sq_store *s, struct sq_collection *sc, enum sq_statement which, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	if (sc->statements[which] != NULL)
		return sc->statements[which];
	put_statement(&sql, sc, which);
	sc->statements[which] = sq_prepare(s->db, sql.s, err);
	return sc->statements[which];
}
