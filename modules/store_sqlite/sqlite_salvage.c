/* SPDX-License-Identifier: MIT */
/* sqlite_salvage.c - reads what rows are left of a damaged data base, page by page: no page is
 * needed to find another. */
#include "sqlite_salvage.h"

#include "sqlite_log.h"

#include <stdlib.h>
#include <string.h>

/* ---- columns ------------------------------------------------------------------------------ */

static void
note_column(struct sq_source *s, const char *name, size_t len, int at)
{
	static const char *const names[] = { "key", "stream", "seq", "origin", "doc", "docs" };
	int *const places[] = { &s->key, &s->key, &s->seq, &s->origin, &s->doc, &s->doc };
	unsigned fields = parley_field_count(s->c);

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
			*places[i] = at;
	for (unsigned i = 0; i < fields; i++) {
		const char *field = s->c->fields[i].name;

		if (len == strlen(field) + 4 && memcmp(name, "\"f.", 3) == 0 &&
		    memcmp(name + 3, field, len - 4) == 0)
			s->fields[i] = at;
	}
}

/* Of "CREATE TABLE "x"(id INTEGER PRIMARY KEY, key TEXT ...)", as we and SQLite write it. */
static void
read_columns(struct sq_source *s, const char *sql)
{
	const char *at = strchr(sql, '(');

	s->columns = 0;
	while (at != NULL && s->columns < SQ_COLUMNS_MAX) {
		at += 1 + strspn(at + 1, " \n\t");
		note_column(s, at, strcspn(at, " ,)"), s->columns++);
		at = strchr(at, ',');
	}
}

/* How the table would be made today. */
static void
put_own_sql(struct parley_text *sql, const struct sq_source *s)
{
	if (s->kind == SQ_OF_RUNS)
		parley_text_puts(sql, "(id, stream, seq, last, docs)");
	else if (s->kind == SQ_OF_JOURNAL)
		parley_text_puts(sql, "(id, docs)");
	else
		sq_put_rows_table(sql, s->c);
}

void
sq_source_open(struct sq_source *s, const struct sq_pages *p)
{
	static const char *const prefixes[] = { "docs", "log", "runs", "journal" };
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };

	s->tree = s->key = s->seq = s->origin = s->doc = -1;
	memset(s->fields, -1, sizeof s->fields);
	parley_text_printf(&s->table, "%s.%s", prefixes[s->kind], s->c->name);
	for (int tree = 1; tree < p->tree_count; tree++)
		if (strcmp(p->trees[tree].name, s->table.s) == 0)
			s->tree = tree;
	if (s->tree < 0)
		put_own_sql(&sql, s);
	read_columns(s, s->tree >= 0 ? p->trees[s->tree].sql : sql.s);
}

void
sq_source_close(struct sq_source *s)
{
	parley_text_fini(&s->table);
	free(s->ids);
}

/* ---- whose a row is ----------------------------------------------------------------------- */

static bool
is_same(const struct sq_datum *d, const struct parley_value *v, enum parley_field_type type)
{
	if (!v->present)
		return d->type == SQ_NULL;
	if (type == PARLEY_FIELD_INT)
		return d->type == SQ_INTEGER && d->integer == v->integer;
	return d->type == SQ_TEXT && d->len == v->len && memcmp(d->bytes, v->text, v->len) == 0;
}

/* Whether the columns hold what the document's members say; those of packed rows have none. */
static bool
fields_fit(const struct sq_source *s, const struct sq_datum *d)
{
	const struct sq_datum *doc = &d[s->doc];
	struct parley_value values[PARLEY_FIELDS_MAX];
	unsigned fields = parley_field_count(s->c);
	void *scratch = NULL;
	bool fit = true;

	if (doc->type == SQ_BLOB)
		return true;
	if (parley_fields(s->c, doc->bytes, doc->len, values, &scratch, NULL) != 0)
		return false;
	for (unsigned i = 0; i < fields && fit; i++)
		fit =
		    s->fields[i] < 0 || is_same(&d[s->fields[i]], &values[i], s->c->fields[i].type);
	parley_merge_free(&scratch);
	return fit;
}

static bool
is_name(const struct sq_datum *d)
{
	return d->type == SQ_TEXT && d->len > 0 && d->len < PARLEY_KEY_MAX &&
	       parley_utf8_valid(d->bytes, d->len);
}

/* Whether the row has all that a row of the source has. */
static bool
is_whole(const struct sq_source *s, const struct sq_datum *d, int columns)
{
	bool packed = s->kind == SQ_OF_RUNS || s->kind == SQ_OF_JOURNAL;
	bool in_order = s->kind == SQ_OF_RUNS || s->kind == SQ_OF_ROWS;

	if (columns != s->columns || s->doc < 0 || d[s->doc].type != (packed ? SQ_BLOB : SQ_TEXT))
		return false;
	if (s->kind != SQ_OF_JOURNAL && (s->key < 0 || !is_name(&d[s->key])))
		return false;
	if (in_order && (s->seq < 0 || d[s->seq].type != SQ_INTEGER || d[s->seq].integer <= 0))
		return false;
	return s->kind != SQ_OF_ROWS ||
	       (s->origin >= 0 && (d[s->origin].type == SQ_NULL || is_name(&d[s->origin])));
}

static struct sq_source *
source_of(
    struct sq_salvage *s, const struct sq_page_note *note, const struct sq_datum *d, int columns)
{
	struct sq_source *found = NULL;

	for (unsigned i = 0; i < s->count; i++) {
		struct sq_source *source = &s->sources[i];

		if (note->kind == SQ_TREE) {
			if (source->tree == note->tree)
				return is_whole(source, d, columns) ? source : NULL;
			continue;
		}
		if (!is_whole(source, d, columns) || !fields_fit(source, d))
			continue;
		if (found != NULL)
			return NULL; /* who knows */
		found = source;
	}
	return found;
}

/* ---- rows --------------------------------------------------------------------------------- */

/* Whether a row that cannot be used may have held a document. */
static bool
is_of_collection(const struct sq_pages *p, const struct sq_page_note *note)
{
	const char *name = p->trees[note->tree].name;

	return note->kind == SQ_UNKNOWN || strncmp(name, "docs.", 5) == 0 ||
	       strncmp(name, "runs.", 5) == 0 || strncmp(name, "journal.", 8) == 0;
}

static void
note_id(struct sq_source *source, int64_t id)
{
	if (source->count == source->room) {
		source->room = source->room == 0 ? 256 : 2 * source->room;
		source->ids = realloc(source->ids, source->room * sizeof *source->ids);
		parley_assert(source->ids != NULL);
	}
	source->ids[source->count++] = id;
}

static int
salvage_cell(struct sq_salvage *s, const struct sq_page_note *note, const struct sq_cell *cell,
    struct parley_text *record, bool journal)
{
	struct sq_datum d[SQ_COLUMNS_MAX];
	struct sq_source *source;
	int columns;

	if (!sq_record_read(s->pages, cell, record))
		return 0;
	columns = sq_data_of(record, d, SQ_COLUMNS_MAX);
	source = columns > 0 ? source_of(s, note, d, columns) : NULL;
	if (source == NULL) {
		s->strange += !journal && is_of_collection(s->pages, note);
		return 0;
	}
	if ((source->kind == SQ_OF_JOURNAL) != journal)
		return 0;
	note_id(source, cell->id);
	return s->row(s->context, source, d);
}

static int
salvage_page(struct sq_salvage *s, uint32_t page, struct parley_text *record, bool journal)
{
	const struct sq_page_note *note = &s->pages->notes[page];
	unsigned char bytes[SQ_PAGE];
	struct sq_node node;
	struct sq_cell cell;
	int rc = 0;

	if ((note->kind != SQ_TREE && note->kind != SQ_UNKNOWN) ||
	    !sq_page_read(s->pages, page, bytes) ||
	    !sq_node_open(&node, bytes, page, s->pages->usable) || node.type != SQ_TABLE_LEAF)
		return 0;
	for (uint32_t n = 0; n < node.cells && rc == 0; n++)
		if (sq_cell_at(&node, n, &cell))
			rc = salvage_cell(s, note, &cell, record, journal);
	return rc;
}

int
sq_salvage_rows(struct sq_salvage *s, bool journal)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text record = { 0 };
	int rc = 0;

	for (uint32_t page = 2; page <= s->pages->count && rc == 0; page++) {
		rc = salvage_page(s, page, &record, journal);
		s->told->progress(
		    s->told->context, (int64_t)page * SQ_PAGE, (int64_t)s->pages->count * SQ_PAGE);
	}
	return rc;
}

/* ---- what is missing ---------------------------------------------------------------------- */

static int
ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The index that knows every row: by key, or by stream and seq. */
static int
index_of(const struct sq_source *source, const struct sq_pages *p)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text name = { 0 };

	if (source->kind == SQ_OF_DOCS)
		parley_text_printf(&name, "sqlite_autoindex_%s_1", source->table.s);
	else if (source->kind == SQ_OF_RUNS)
		parley_text_printf(&name, "%s.seq", source->table.s);
	else if (source->kind == SQ_OF_ROWS)
		parley_text_printf(&name, "seq.%s", source->c->name);
	for (int tree = 1; name.len > 0 && tree < p->tree_count; tree++)
		if (strcmp(p->trees[tree].name, name.s) == 0)
			return tree;
	return -1;
}

static bool
was_read(const struct sq_source *source, int64_t id)
{
	return source->count > 0 &&
	       bsearch(&id, source->ids, source->count, sizeof id, ascending) != NULL;
}

/* How many rows on a page of the index were not read. */
static uint64_t
missing_on_page(struct sq_source *source, const struct sq_pages *p, const struct sq_node *node,
    void (*tell)(void *context, const struct sq_source *source, const struct sq_datum *data),
    void *context)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text record = { 0 };
	struct sq_datum d[4];
	struct sq_cell cell;
	uint64_t missing = 0;
	int columns;

	for (uint32_t n = 0; n < node->cells; n++) {
		if (!sq_cell_at(node, n, &cell) || !sq_record_read(p, &cell, &record))
			continue;
		columns = sq_data_of(&record, d, 4);
		if (columns < 2 || d[columns - 1].type != SQ_INTEGER ||
		    was_read(source, d[columns - 1].integer))
			continue;
		tell(context, source, d);
		missing++;
	}
	return missing;
}

struct sq_missing
sq_salvage_missing(struct sq_source *source, const struct sq_pages *p,
    void (*tell)(void *context, const struct sq_source *source, const struct sq_datum *data),
    void *context)
{
	int tree = index_of(source, p);
	struct sq_missing missing = { .whole = tree >= 0 };
	unsigned char bytes[SQ_PAGE];
	struct sq_node node;

	if (source->count > 0)
		qsort(source->ids, source->count, sizeof(int64_t), ascending);
	for (uint32_t page = 1; tree >= 0 && page <= p->count; page++) {
		if (p->notes[page].kind == SQ_UNKNOWN || p->notes[page].tree != tree)
			continue;
		if (p->notes[page].bad)
			missing.whole = false;
		else if (p->notes[page].kind == SQ_TREE && sq_page_read(p, page, bytes) &&
			 sq_node_open(&node, bytes, page, p->usable))
			missing.rows += missing_on_page(source, p, &node, tell, context);
	}
	return missing;
}
