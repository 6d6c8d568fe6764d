/* SPDX-License-Identifier: MIT */
/* sqlite_tool.c - the small steps that every statement needs. */
#include "sqlite.h"
#include "sqlite_vfs.h"

#include <errno.h>
#include <parley/log.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DAMAGED "the file of the store is damaged"
#define ADVICE  "; parleyctl store check tells more"
#define TELL_MS 60000 /* between lines that say the same */

void *
sq_alloc(size_t size)
{
	void *p = calloc(1, size);

	if (p != NULL)
		return p;
	parley_log_error("memory", "out of memory asking for %zu bytes", size);
	abort();
}

/* True when the operation failed for want of room alone, and left no doubt about what is stored. */
static bool
is_full(sqlite3 *db)
{
	int code = sqlite3_errcode(db), system = sqlite3_system_errno(db);

	if ((code & 0xff) == SQLITE_FULL)
		return true;
	if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
		return false;
	return (code & 0xff) == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT);
}

static int
refuse_for(struct parley_error *err, enum parley_code code, uint32_t seconds, const char *why)
{
	parley_fail(err, code, NULL, "%s", why);
	if (err != NULL)
		err->retry_after = seconds;
	return -1;
}

int
sq_fail(sqlite3 *db, const char *what, struct parley_error *err)
{
	int code = sqlite3_errcode(db) & 0xff;

	if (sqlite3_errcode(db) == SQLITE_IOERR_DATA)
		return parley_fail(err, PARLEY_INTERNAL, NULL, DAMAGED " at page %lld" ADVICE,
		    (long long)sq_bad_page());
	if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, DAMAGED " (%s)" ADVICE, sqlite3_errmsg(db));
	if (is_full(db))
		return refuse_for(err, PARLEY_LIMIT, 60,
		    "the disk of this server is full: nothing can be stored until there is room "
		    "again");
	if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
		return refuse_for(err, PARLEY_BUSY, 10, "another program has locked the store");
	return parley_fail(err, PARLEY_INTERNAL, NULL, "sqlite cannot %s: %s (%d, errno %d)", what,
	    sqlite3_errmsg(db), sqlite3_extended_errcode(db), sqlite3_system_errno(db));
}

int
sq_step_fail(const struct sq_step *p)
{
	return sq_fail(p->s->db, "write", p->err);
}

int
sq_conflict(const struct sq_step *p, const char *why)
{
	p->w->rc = parley_fail(&p->w->err, PARLEY_CONFLICT, NULL, "%s", why);
	return 0;
}

int
sq_exec(sqlite3 *db, const char *sql, struct parley_error *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return sq_fail(db, "run a statement", err);
}

sqlite3_stmt *
sq_prepare(sqlite3 *db, const char *sql, struct parley_error *err)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK)
		sq_fail(db, "prepare a statement", err);
	return st;
}

void
sq_put_for(struct parley_text *sql, const char *pattern, const char *name)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '@')
			parley_text_puts(sql, name);
		else
			parley_text_putc(sql, *pattern);
	}
}

sqlite3_stmt *
sq_prepare_for(sqlite3 *db, const char *pattern, const char *name, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	sq_put_for(&sql, pattern, name);
	return sq_prepare(db, sql.s, err);
}

int
sq_run(sqlite3_stmt *st)
{
	int rc;

	do
		rc = sqlite3_step(st);
	while (rc == SQLITE_ROW);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : rc;
}

const char *
sq_text(sqlite3_stmt *st, int column, size_t *len_r)
{
	const unsigned char *s = sqlite3_column_text(st, column);

	if (len_r != NULL)
		*len_r = s != NULL ? (size_t)sqlite3_column_bytes(st, column) : 0;
	return s != NULL ? (const char *)s : "";
}

int
sq_damaged(struct parley_error *err)
{
	return parley_fail(err, PARLEY_INTERNAL, NULL, DAMAGED ADVICE);
}

void
sq_tell_failed(const struct parley_collection *c, const struct parley_error *why)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char told[sizeof why->text];
	static int64_t again; /* from then on */
	bool known;

	pthread_mutex_lock(&lock);
	known = strcmp(told, why->text) == 0 && parley_monotonic() < again;
	if (!known) {
		memcpy(told, why->text, sizeof told);
		again = parley_monotonic() + TELL_MS;
	}
	pthread_mutex_unlock(&lock);
	if (!known)
		parley_log_error("store", "collection=%s %s", c->name, why->text);
}

void
sq_put_table(struct parley_text *sql, const struct parley_collection *c)
{
	parley_text_printf(sql, "\"%s.%s\"", c->log ? "log" : "docs", c->name);
}

void
sq_put_floors(struct parley_text *sql, const struct parley_collection *c)
{
	parley_text_printf(sql, "\"floors.%s\"", c->name);
}

void
sq_put_column(struct parley_text *sql, const struct parley_collection *c, int field)
{
	switch (field) {
	case PARLEY_KEY_FIELD:
		parley_text_puts(sql, "key");
		break;
	case PARLEY_STREAM_FIELD:
		parley_text_puts(sql, "stream");
		break;
	case PARLEY_SEQ_FIELD:
		parley_text_puts(sql, "seq");
		break;
	default:
		parley_text_printf(sql, "\"f.%s\"", c->fields[field].name);
		break;
	}
}

void
sq_bind_text(sqlite3_stmt *st, int at, const char *s, size_t len)
{
	parley_assert(len <= INT32_MAX);
	sqlite3_bind_text(st, at, s, (int)len, SQLITE_STATIC);
}

void
sq_bind_values(sqlite3_stmt *st, const struct parley_collection *c, unsigned fields,
    const struct parley_value *values)
{
	for (unsigned i = 0; i < fields; i++) {
		const struct parley_value *v = &values[i];

		if (!v->present)
			sqlite3_bind_null(st, SQ_FIELD + (int)i);
		else if (c->fields[i].type == PARLEY_FIELD_INT)
			sqlite3_bind_int64(st, SQ_FIELD + (int)i, v->integer);
		else
			sq_bind_text(st, SQ_FIELD + (int)i, v->text, v->len);
	}
}
