/* SPDX-License-Identifier: MIT */
/* store_note.c - writes that can wait. However many documents are noted at once, the writer is
 * given some at a time, so that writes that somebody waits for find room and small commits. */
#include "store/note.h"

#include "base/table.h"
#include "base/xalloc.h"
#include "runtime/task.h"
#include "store/writer.h"

#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DELAY_MS  2000        /* what comes for a document meanwhile is one write with it */
#define STEP_MS   500         /* between batches that are not full */
#define AT_ONCE   64          /* given to the writer together */
#define BYTES_MAX (16U << 20) /* of all that wait */

/* "COLLECTION/KEY", by which a note is found. */
#define ID_SIZE (32 + PARLEY_KEY_MAX)

/* A collection of which something was noted, ever. */
struct noted {
	const struct parley_collection *collection;
	unsigned count; /* of notes that are not written yet */
};

struct note {
	struct note *before, *after; /* while it waits, in the order of since */
	struct noted *noted;
	enum parley_write_op op;
	struct parley_text json;
	struct store_job *job; /* on its way; it stays in the table until it is written, or another
				  one for the same document is */
	int64_t since;
	size_t bytes;
	char id[];
};

struct note_job {
	struct store_job job;
	struct note *note;
};

static struct {
	struct table by_id;
	struct table collections; /* of struct noted, by address */
	struct note *first, *last;
	struct timer *timer;
	bool timer_runs, stopping, told;
	unsigned running;
	struct notes_stats stats;
} N;

static void
make_id(const struct parley_collection *c, const char *key, char id[ID_SIZE])
{
	snprintf(id, ID_SIZE, "%s/%s", c->name, key);
}

/* NULL when nothing was ever noted of the collection. */
static struct noted *
noted_find(const struct parley_collection *c)
{
	return table_get_number(&N.collections, (uintptr_t)c);
}

static struct noted *
noted_get(const struct parley_collection *c)
{
	struct noted *noted = noted_find(c);

	if (noted == NULL) {
		noted = xcalloc(1, sizeof *noted);
		noted->collection = c;
		table_put_number(&N.collections, (uintptr_t)c, noted);
	}
	return noted;
}

static struct note *
find(const struct parley_collection *c, const char *key)
{
	const struct noted *noted = noted_find(c);
	char id[ID_SIZE];

	if (noted == NULL || noted->count == 0)
		return NULL;
	make_id(c, key, id);
	return table_get(&N.by_id, id);
}

static void
note_free(struct note *n)
{
	n->noted->count--;
	N.stats.bytes -= n->bytes;
	parley_text_fini(&n->json);
	free(n->job);
	free(n);
}

static void
unlink_waiting(struct note *n)
{
	*(n->before != NULL ? &n->before->after : &N.first) = n->after;
	*(n->after != NULL ? &n->after->before : &N.last) = n->before;
}

static void
link_last(struct note *n)
{
	n->before = N.last;
	n->after = NULL;
	*(N.last != NULL ? &N.last->after : &N.first) = n;
	N.last = n;
}

/* ---- to the writer ------------------------------------------------------------------------ */

static void give_due(void);

static void
tell_failure(const struct parley_error *err)
{
	if (N.told || err->code == PARLEY_NOT_FOUND) /* a patch of what is gone */
		return;
	N.told = true;
	parley_log_warn("store", "what was noted is not stored, going on: %s", err->text);
}

static void
start_timer(int64_t ms)
{
	if (N.timer_runs)
		return;
	N.timer_runs = true;
	timer_start(N.timer, (int)ms, false);
}

/* Nothing was done, and nobody has to know: it waits again, unless there is a newer one. */
static bool
keep(struct note *n)
{
	if (N.stopping || table_get(&N.by_id, n->id) != n)
		return false;
	free(n->job);
	n->job = NULL;
	n->since = parley_monotonic();
	link_last(n);
	return true;
}

static void
on_written(struct store_job *job)
{
	struct note *n = ((struct note_job *)job)->note;

	N.stats.written += job->write.rc == 0;
	if (job->write.rc != 0 && job->write.err.code == PARLEY_BUSY && keep(n)) {
		N.running--;
		start_timer(STEP_MS);
		return;
	}
	if (job->write.rc != 0)
		tell_failure(&job->write.err);
	if (table_get(&N.by_id, n->id) == n)
		table_remove(&N.by_id, n->id);
	note_free(n);
	if (--N.running == 0 && !N.stopping)
		give_due();
}

static void
give(struct note *n)
{
	struct note_job *job = xcalloc(1, sizeof *job);

	unlink_waiting(n);
	n->job = &job->job;
	job->note = n;
	job->job.done = on_written;
	job->job.write.op = n->op;
	job->job.write.collection = n->noted->collection;
	job->job.write.key = n->id + strlen(n->noted->collection->name) + 1;
	job->job.write.json = n->json.s;
	job->job.write.json_len = n->json.len;
	N.running++;
	writer_push(&job->job);
}

/* The next batch, when none is on its way: what has waited long enough. */
static void
give_due(void)
{
	int64_t now = parley_monotonic(), left;

	if (store_is_away()) {
		start_timer(STEP_MS);
		return;
	}
	for (unsigned i = 0; i < AT_ONCE && N.first != NULL && N.first->since + DELAY_MS <= now;
	     i++)
		give(N.first);
	if (N.running > 0 || N.first == NULL || N.timer_runs)
		return;
	left = N.first->since + DELAY_MS - now;
	N.told = false;
	start_timer(left > STEP_MS ? left : STEP_MS);
}

static void
on_timer(void *arg)
{
	N.timer_runs = false;
	if (N.running == 0)
		give_due();
}

/* ---- noting ------------------------------------------------------------------------------- */

static struct note *
note_new(const struct parley_collection *c, const char *id)
{
	size_t size = strlen(id) + 1;
	struct note *n = xcalloc(1, sizeof *n + size);

	memcpy(n->id, id, size);
	n->noted = noted_get(c);
	n->noted->count++;
	n->since = parley_monotonic();
	n->bytes = sizeof *n + size;
	N.stats.bytes += n->bytes;
	table_put(&N.by_id, n->id, n);
	return n;
}

/* The note of the document that json can be put into. */
static struct note *
note_for(enum parley_write_op op, const struct parley_collection *c, const char *id)
{
	struct note *n = table_get(&N.by_id, id);

	if (n != NULL && n->job == NULL && n->op == PARLEY_WRITE_PUT && op == PARLEY_WRITE_PATCH)
		give(n); /* what is patched comes first */
	if (n != NULL && n->job == NULL)
		return n;
	n = note_new(c, id);
	link_last(n);
	return n;
}

int
note_add(enum parley_write_op op, const struct parley_collection *c, const char *key,
    struct parley_text *json, struct parley_error *err)
{
	char id[ID_SIZE];
	struct note *n;

	if (N.stats.bytes + json->cap > BYTES_MAX) {
		N.stats.refused++;
		parley_text_fini(json);
		return parley_fail(
		    err, PARLEY_BUSY, NULL, "too many notes are waiting for the store");
	}
	make_id(c, key, id);
	n = note_for(op, c, id);
	n->op = op;
	N.stats.bytes -= n->json.cap;
	n->bytes -= n->json.cap;
	parley_text_fini(&n->json);
	n->json = *json;
	n->bytes += json->cap;
	N.stats.bytes += json->cap;
	N.stats.noted++;
	*json = (struct parley_text){ 0 };
	if (N.running == 0)
		give_due();
	return 0;
}

void
note_hurry(const struct parley_collection *c, const char *key)
{
	struct note *n = find(c, key);

	if (n != NULL && n->job == NULL)
		give(n);
}

bool
note_peek(const struct parley_collection *c, const char *key, const struct parley_text **json_r)
{
	const struct note *n = find(c, key);

	*json_r = n != NULL && n->op == PARLEY_WRITE_PUT ? &n->json : NULL;
	return n != NULL;
}

bool
notes_hurry(const struct parley_collection *c)
{
	const struct noted *noted = noted_find(c);
	struct note *after;

	if (noted == NULL || noted->count == 0)
		return false;
	for (struct note *n = N.first; n != NULL; n = after) {
		after = n->after;
		if (n->noted == noted)
			give(n);
	}
	return true;
}

/* ---- starting and stopping ---------------------------------------------------------------- */

void
notes_start(void)
{
	N.timer = timer_new(on_timer, NULL);
	N.stats.bytes_max = BYTES_MAX;
}

void
notes_hand_over(void)
{
	N.stopping = true;
	while (N.first != NULL)
		give(N.first);
}

void
notes_stop(void)
{
	struct noted *noted;
	uint32_t at = 0;

	parley_assert(N.running == 0 && N.first == NULL);
	timer_free(&N.timer);
	while ((noted = table_each(&N.collections, &at)) != NULL)
		free(noted);
	table_fini(&N.collections);
	table_fini(&N.by_id);
	memset(&N, 0, sizeof N);
}

struct notes_stats
notes_stats(void)
{
	struct notes_stats stats = N.stats;

	stats.running = N.running;
	return stats;
}
