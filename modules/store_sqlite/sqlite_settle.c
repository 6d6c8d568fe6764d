/* SPDX-License-Identifier: MIT */
/* sqlite_settle.c - moves the tail of a log from its journal into runs and maps, where it stays. */
#include "sqlite_log.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define TAIL_BYTES (4 << 20)  /* a tail of so many bytes is long */
#define RUN_BYTES  (16 << 10) /* a run takes no more documents from then on */
#define STEP_MIN   64         /* documents that a commit settles at least, when it settles */
#define STEP_EACH  4          /* and for each that it appends: a tail is settled before the next */

unsigned sq_tail_max = 8192;
_Atomic(unsigned) sq_tail_docs;

/* ---- runs -------------------------------------------------------------------------------------
 */

int
sq_run_add(struct sq_log *log, const char *stream, int64_t seq, int64_t last,
    const struct parley_text *docs, int64_t *id_r, struct parley_error *err)
{
	sqlite3_stmt *st = sq_log_statement(log, SQ_RUN_ADD, err);

	if (st == NULL)
		return -1;
	sq_bind_text(st, SQ_KEY, stream, strlen(stream));
	sqlite3_bind_int64(st, SQ_SEQ, seq);
	sqlite3_bind_int64(st, SQ_LAST, last);
	sqlite3_bind_blob(st, SQ_DOC, docs->s, (int)docs->len, SQLITE_STATIC);
	if (sq_run(st) != 0)
		return sq_fail(log->s->db, "write", err);
	*id_r = sqlite3_last_insert_rowid(log->s->db);
	return 0;
}

void
sq_run_put_doc(struct parley_text *docs, const struct sq_record *r)
{
	struct sq_record part = *r;
	size_t size;

	part.stream = "";
	part.stream_len = 0;
	size = sq_record_size(&part);
	sq_record_put(parley_text_reserve(docs, size), &part, NULL);
	docs->len += size;
}

bool
sq_run_is_full(const struct parley_text *docs)
{
	return docs->len >= RUN_BYTES;
}

/* Writes a run of the first documents of docs, which are in no run yet: those of one stream.
 * *done_r: how many. */
static int
write_run(struct sq_log *log, struct sq_fresh *const *docs, unsigned count, unsigned *done_r,
    struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text bytes = { 0 };
	const struct sq_record *first = &docs[0]->r;
	unsigned n = 0;
	int64_t id;

	while (n < count && docs[n]->run == 0 && !sq_run_is_full(&bytes) &&
	       strcmp(docs[n]->r.stream, first->stream) == 0)
		sq_run_put_doc(&bytes, &docs[n++]->r);
	*done_r = n;
	if (sq_run_add(log, first->stream, first->seq, docs[n - 1]->r.seq, &bytes, &id, err) != 0)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		docs[i]->run = id;
		sq_touch(log, docs[i]);
	}
	return 0;
}

static int
write_runs(
    struct sq_log *log, struct sq_fresh *const *docs, unsigned count, struct parley_error *err)
{
	unsigned n;

	for (; count > 0; docs += n, count -= n) {
		n = 1;
		if (docs[0]->run == 0 && write_run(log, docs, count, &n, err) != 0)
			return -1;
	}
	return 0;
}

/* Those of the batch under way follow what the tail has. */
int
sq_settle_stream(struct sq_log *log, const char *name, struct parley_error *err)
{
	const struct sq_stream *stream = parley_table_get(log->streams, name);
	unsigned count = log->now != NULL ? log->now->count : 0, n = 0;
	struct sq_fresh **docs;
	int rc = 0;

	if (stream != NULL)
		rc = write_runs(log, stream->docs, stream->count, err);
	if (rc != 0 || count == 0)
		return rc;
	docs = sq_alloc(count * sizeof *docs);
	for (unsigned i = 0; i < count; i++)
		if (strcmp(log->now->docs[i].r.stream, name) == 0)
			docs[n++] = &log->now->docs[i];
	rc = write_runs(log, docs, n, err);
	free(docs);
	return rc;
}

/* ---- maps -------------------------------------------------------------------------------------
 */

#define KEYS_MAX 64

/* Keys on their way into a map. */
struct keys {
	struct sq_map *map;
	struct sq_key keys[KEYS_MAX];
	unsigned count;
	struct parley_text texts; /* of origins, which are made */
};

static int
keys_flush(struct keys *k, struct parley_error *err)
{
	int rc = sq_map_put(k->map, k->keys, k->count, err);

	k->count = 0;
	parley_text_clear(&k->texts);
	return rc;
}

static int
keys_add(struct keys *k, const char *text, size_t len, const struct sq_fresh *doc,
    struct parley_error *err)
{
	k->keys[k->count++] = (struct sq_key){ text, len, { doc->run, doc->r.seq } };
	return k->count == KEYS_MAX ? keys_flush(k, err) : 0;
}

static int
put_origins(
    struct sq_log *log, struct sq_fresh *const *docs, unsigned count, struct parley_error *err)
{
	struct keys k = { .map = &log->origins };
	size_t from;
	int rc = 0;

	parley_text_reserve(&k.texts, KEYS_MAX * (PARLEY_KEY_MAX + 3)); /* it must not move */
	for (unsigned i = 0; i < count && rc == 0; i++) {
		if (docs[i]->noted || docs[i]->r.origin_len == 0)
			continue;
		from = k.texts.len;
		sq_origin_key(&k.texts, docs[i]->r.origin, docs[i]->r.origin_len);
		rc = keys_add(&k, k.texts.s + from, k.texts.len - from, docs[i], err);
	}
	if (rc == 0)
		rc = keys_flush(&k, err);
	parley_text_fini(&k.texts);
	return rc;
}

static int
put_names(
    struct sq_log *log, struct sq_fresh *const *docs, unsigned count, struct parley_error *err)
{
	struct keys k = { 0 };
	int rc = 0;

	for (unsigned f = 0; f < log->name_count && rc == 0; f++) {
		k.map = &log->maps[f];
		for (unsigned i = 0; i < count && rc == 0; i++) {
			const char *name = docs[i]->names[f];

			if (!docs[i]->noted && name != NULL)
				rc = keys_add(&k, name, strlen(name), docs[i], err);
		}
		if (rc == 0)
			rc = keys_flush(&k, err);
	}
	return rc;
}

/* Their origins are in the map. */
static int
note_names(
    struct sq_log *log, struct sq_fresh *const *docs, unsigned count, struct parley_error *err)
{
	if (put_names(log, docs, count, err) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		if (docs[i]->noted)
			continue;
		sq_touch(log, docs[i]);
		docs[i]->noted = true;
	}
	return 0;
}

int
sq_settle_doc(struct sq_log *log, struct sq_fresh *doc, struct parley_error *err)
{
	if (doc->noted)
		return 0;
	return put_origins(log, &doc, 1, err) == 0 ? note_names(log, &doc, 1, err) : -1;
}

/* ---- all of a tail, part by part ---------------------------------------------------------------
 */

static void
collect_by_stream(struct sq_log *log, struct sq_settling *settling)
{
	const struct sq_stream *stream;
	uint32_t at = 0;
	unsigned n = 0;

	while ((stream = parley_table_each(log->streams, &at)) != NULL) {
		memcpy(settling->runs + n, stream->docs, stream->count * sizeof *stream->docs);
		n += stream->count;
	}
	parley_assert(n == settling->count);
}

/* Those of a head as they came, which is mostly the order of their numbers. */
static void
collect_by_origin(struct sq_log *log, struct sq_settling *settling)
{
	const struct sq_head *head;
	uint32_t at = 0;
	unsigned n = 0, before, i;

	while ((head = parley_table_each(log->heads, &at)) != NULL) {
		before = n;
		for (const struct sq_fresh *doc = head->newest; doc != NULL; doc = doc->older)
			n += doc->block != log->now;
		i = n;
		for (struct sq_fresh *doc = head->newest; i > before; doc = doc->older)
			if (doc->block != log->now)
				settling->origins[--i] = doc;
	}
	settling->origin_count = n;
}

static void
collect_by_time(struct sq_log *log, struct sq_settling *settling)
{
	unsigned n = 0;

	for (struct sq_block *block = log->first; block != NULL; block = block->next) {
		for (unsigned i = 0; i < block->count; i++)
			settling->names[n++] = &block->docs[i];
		settling->last = block->id;
	}
}

static void
begin(struct sq_log *log)
{
	struct sq_settling *settling = &log->settling;

	for (const struct sq_block *block = log->first; block != NULL; block = block->next)
		settling->count += block->count;
	if (settling->count == 0)
		return;
	settling->runs = sq_alloc(settling->count * sizeof(struct sq_fresh *));
	settling->origins = sq_alloc(settling->count * sizeof(struct sq_fresh *));
	settling->names = sq_alloc(settling->count * sizeof(struct sq_fresh *));
	collect_by_stream(log, settling);
	collect_by_origin(log, settling);
	collect_by_time(log, settling);
	log->docs = 0;
	log->bytes = 0;
}

/* How many of the documents from done on are settled now: at most what is left of the budget, which
 * is lowered. */
static unsigned
part(unsigned done, unsigned count, unsigned *budget)
{
	unsigned n = count - done < *budget ? count - done : *budget;

	*budget -= n;
	return n;
}

static int
end(struct sq_log *log, struct parley_error *err)
{
	sqlite3_stmt *st = sq_log_statement(log, SQ_JOURNAL_DROP, err);

	if (st == NULL)
		return -1;
	sqlite3_bind_int64(st, SQ_ID, log->settling.last);
	if (sq_run(st) != 0)
		return sq_fail(log->s->db, "write", err);
	log->settling.now.ended = true;
	return 0;
}

/* Goes on with what was begun. First the runs, which the maps point into. */
static int
settle(struct sq_log *log, unsigned budget, struct parley_error *err)
{
	struct sq_settling *s = &log->settling;
	unsigned n = part(s->now.runs, s->count, &budget);

	if (write_runs(log, s->runs + s->now.runs, n, err) != 0)
		return -1;
	s->now.runs += n;
	n = part(s->now.origins, s->origin_count, &budget);
	if (put_origins(log, s->origins + s->now.origins, n, err) != 0)
		return -1;
	s->now.origins += n;
	n = part(s->now.names, s->count, &budget);
	if (note_names(log, s->names + s->now.names, n, err) != 0)
		return -1;
	s->now.names += n;
	return s->now.names == s->count && !s->now.ended ? end(log, err) : 0;
}

/* For the count of all logs. */
static void
tell(struct sq_log *log)
{
	unsigned docs = log->docs + log->settling.count;

	atomic_fetch_add_explicit(&sq_tail_docs, docs - log->told, memory_order_relaxed);
	log->told = docs;
}

int
sq_settle_some(struct sq_log *log, struct parley_error *err)
{
	unsigned appended = log->now != NULL ? log->now->count : 0;

	tell(log);
	if (log->settling.count == 0 && log->docs < sq_tail_max && log->bytes < TAIL_BYTES)
		return 0;
	if (log->settling.count == 0)
		begin(log);
	if (log->settling.count == 0 || log->settling.now.ended)
		return 0;
	return settle(log, STEP_MIN + STEP_EACH * appended, err);
}

int
sq_settle_now(struct sq_log *log, struct parley_error *err)
{
	if (log->settling.count == 0)
		begin(log);
	return log->settling.count > 0 && !log->settling.now.ended ? settle(log, UINT32_MAX, err)
								   : 0;
}
