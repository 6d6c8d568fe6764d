/* SPDX-License-Identifier: MIT */
/* store.c - the store as module code sees it: checks what is asked, hands writes to the writer
 * thread and reads to the workers, and lets the fiber wait. */
#include "store/store.h"

#include "base/table.h"
#include "base/xalloc.h"
#include "runtime/task.h"
#include "store/append.h"
#include "store/call.h"
#include "store/doc.h"
#include "store/expire.h"
#include "store/health.h"
#include "store/note.h"
#include "store/reader.h"
#include "store/writer.h"

#include <limits.h>
#include <parley/log.h>
#include <stdlib.h>
#include <string.h>

#define FIND_BYTES_MAX (64U << 20) /* documents that one find returns, together */
#define AGAIN_MS       250

static struct {
	const struct parley_backend *backend;
	void *state;
	struct store_config config;
	struct table declared;                   /* by address, each its own value */
	const struct parley_collection *checked; /* the last one that was looked for there */
	unsigned queued;
	int64_t patient_until; /* parley_monotonic(); 0: who is refused is told so */
	bool waited;
	uint64_t writes, refused;
} store;

/* ---- checks ------------------------------------------------------------------------------- */

void
store_check_call(const struct parley_collection *c)
{
	union {
		const struct parley_collection *c;
		uintptr_t address;
	} key = { c };

	assert_router();
	if (c == store.checked)
		return;
	parley_assert(table_get_number(&store.declared, key.address) != NULL);
	store.checked = c;
}

bool
store_is_key(const char *s, size_t max)
{
	size_t len = s != NULL ? strnlen(s, max) : 0;

	return len > 0 && len < max && parley_utf8_valid(s, len);
}

/* True when a document could have this key. */
static bool
may_exist(const struct parley_collection *c, const char *key)
{
	char stream[PARLEY_KEY_MAX];
	int64_t seq;

	if (!c->log)
		return store_is_key(key, PARLEY_KEY_MAX);
	return store_is_key(key, PARLEY_LOG_KEY_MAX) && parley_log_key_split(key, stream, &seq);
}

static int
not_found(struct parley_error *err)
{
	return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such document");
}

static int
check_new_key(const char *key, struct parley_error *err)
{
	if (store_is_key(key, PARLEY_KEY_MAX))
		return 0;
	if (key != NULL && strlen(key) >= PARLEY_KEY_MAX)
		return parley_fail(
		    err, PARLEY_TOO_LARGE, NULL, "a key has at most %d bytes", PARLEY_KEY_MAX - 1);
	return parley_fail(err, PARLEY_BAD_REQUEST, NULL, "a key is a text that is not empty");
}

int
store_check_size(const struct parley_text *json, struct parley_error *err)
{
	if (json->len <= PARLEY_DOC_MAX)
		return 0;
	return parley_fail(
	    err, PARLEY_TOO_LARGE, NULL, "a document has at most %d bytes", PARLEY_DOC_MAX);
}

int
store_check_room(struct parley_error *err)
{
	if (health_check(err) != 0)
		return -1;
	if (store.queued < store.config.write_queue)
		return 0;
	store.refused++;
	parley_fail(err, PARLEY_BUSY, NULL, "too many writes are waiting for the store");
	if (err != NULL)
		err->retry_after = 1;
	return -1;
}

int
store_check_write(const char *key, const struct parley_text *json, struct parley_error *err)
{
	if (check_new_key(key, err) != 0 || store_check_size(json, err) != 0)
		return -1;
	return store_check_room(err);
}

/* ---- writing ------------------------------------------------------------------------------ */

void
store_push(struct store_job *job)
{
	store.queued++;
	writer_push(job);
}

void
store_taken_off(void)
{
	store.queued--;
}

void
store_written(const struct store_job *job)
{
	store_taken_off();
	store.writes += !job->fence;
}

static void
on_written(struct store_job *job)
{
	store_written(job);
	parley_event_set(&job->event, 0);
}

/* Waits a moment and is true when the back end should be asked again. */
static bool
try_again(struct parley_error *why)
{
	if (why->code != PARLEY_BUSY || parley_monotonic() >= store.patient_until)
		return false;
	if (!store.waited)
		parley_log_warn("store", "the start waits for the store: %s", why->text);
	store.waited = true;
	return parley_await_sleep(AGAIN_MS) == 0;
}

void
store_be_patient(int ms)
{
	store.patient_until = ms > 0 ? parley_monotonic() + ms : 0;
}

/* Waits for the commit, also when the fiber is canceled: the job lies on its stack. */
static int
push_and_wait(struct store_job *job, struct parley_error *err)
{
	job->done = on_written;
	store_push(job);
	parley_shield(true);
	parley_await_event(&job->event, -1);
	parley_shield(false);
	if (job->write.rc != 0 && err != NULL)
		*err = job->write.err;
	return job->write.rc;
}

static int
write_doc(enum parley_write_op op, const struct parley_collection *c, const char *key,
    const struct parley_text *json, struct parley_error *err)
{
	struct store_job job = { 0 };

	store_check_call(c);
	parley_assert(!c->log);
	if (store_check_write(key, json, err) != 0)
		return -1;
	note_hurry(c, key);
	job.write.op = op;
	job.write.collection = c;
	job.write.key = key;
	job.write.json = json->s != NULL ? json->s : "";
	job.write.json_len = json->len;
	return push_and_wait(&job, err);
}

int
parley_store_put(const struct parley_collection *c, const char *key, const struct parley_text *json,
    struct parley_error *err)
{
	return write_doc(PARLEY_WRITE_PUT, c, key, json, err);
}

int
parley_store_insert(const struct parley_collection *c, const char *key,
    const struct parley_text *json, struct parley_error *err)
{
	return write_doc(PARLEY_WRITE_INSERT, c, key, json, err);
}

/* Patches, or with a NULL json removes, a document that is there. */
static int
change_doc(enum parley_write_op op, const struct parley_collection *c, const char *key,
    const struct parley_text *json, const struct parley_cond *when, struct parley_error *err)
{
	struct store_job job = { 0 };

	store_check_call(c);
	parley_assert(store_when_is_valid(c, when));
	if (!may_exist(c, key))
		return not_found(err);
	if ((json != NULL && store_check_size(json, err) != 0) || store_check_room(err) != 0)
		return -1;
	note_hurry(c, key);
	job.write.op = op;
	job.write.collection = c;
	job.write.key = key;
	job.write.json = json != NULL && json->s != NULL ? json->s : "";
	job.write.json_len = json != NULL ? json->len : 0;
	job.write.when = when;
	return push_and_wait(&job, err);
}

int
parley_store_patch(const struct parley_collection *c, const char *key,
    const struct parley_text *json, const struct parley_cond *when, struct parley_error *err)
{
	return change_doc(PARLEY_WRITE_PATCH, c, key, json, when, err);
}

int
parley_store_remove(const struct parley_collection *c, const char *key,
    const struct parley_cond *when, struct parley_error *err)
{
	return change_doc(PARLEY_WRITE_REMOVE, c, key, NULL, when, err);
}

void
store_write_jobs(const struct parley_collection *c, struct store_job *jobs, unsigned count)
{
	store_check_call(c);
	for (unsigned i = 0; i < count; i++) {
		jobs[i].write.collection = c;
		jobs[i].done = on_written;
		store_push(&jobs[i]);
	}
	parley_shield(true);
	for (unsigned i = 0; i < count; i++)
		parley_await_event(&jobs[i].event, -1);
	parley_shield(false);
}

const struct parley_collection *
store_each_declared(uint32_t *at)
{
	return table_each(&store.declared, at);
}

static int
note(enum parley_write_op op, const struct parley_collection *c, const char *key,
    struct parley_text *json, struct parley_error *err)
{
	store_check_call(c);
	parley_assert(!c->log);
	if (check_new_key(key, err) == 0 && store_check_size(json, err) == 0)
		return note_add(op, c, key, json, err);
	parley_text_fini(json);
	return -1;
}

int
parley_store_note(const struct parley_collection *c, const char *key, struct parley_text *json,
    struct parley_error *err)
{
	return note(PARLEY_WRITE_PUT, c, key, json, err);
}

int
parley_store_note_patch(const struct parley_collection *c, const char *key,
    struct parley_text *json, struct parley_error *err)
{
	return note(PARLEY_WRITE_PATCH, c, key, json, err);
}

/* ---- reading ------------------------------------------------------------------------------ */

/* Until all that the writer was given is written. */
int
store_fence(struct parley_error *err)
{
	struct store_job job = { .fence = true };

	return push_and_wait(&job, err);
}

/* What one read wants, and what it finds. */
struct read {
	const struct parley_collection *c;
	const char *key;
	const struct parley_query *query;
	uint32_t max;
	int64_t count;
	struct parley_docs docs;
	const struct parley_found *raw; /* gets what is found instead, as it is stored */
	uint32_t room;
	size_t bytes;
	int rc;
	struct parley_error err;
};

/* On a worker. After the first failure nothing more is taken. */
static void
read_add(
    void *context, const char *key, size_t key_len, int64_t seq, const char *json, size_t json_len)
{
	struct read *r = context;
	struct parley_doc *doc;

	r->bytes += json_len;
	if (r->rc == 0 && r->bytes > FIND_BYTES_MAX)
		r->rc = parley_fail(&r->err, PARLEY_TOO_LARGE, NULL,
		    "more than %u bytes were found: ask for fewer documents", FIND_BYTES_MAX);
	if (r->rc != 0)
		return;
	doc = store_doc_new(r->c, key, key_len, seq, json, json_len, &r->err);
	if (doc == NULL) {
		r->rc = -1;
		return;
	}
	if (r->docs.count == r->room) {
		r->room = r->room == 0 ? 4 : r->room * 2;
		r->docs.docs = xrealloc(r->docs.docs, r->room * sizeof *r->docs.docs);
	}
	r->docs.docs[r->docs.count++] = doc;
}

static void
read_get(void *arg, void *reader)
{
	struct read *r = arg;
	struct parley_found found = { .context = r, .add = read_add };

	if (store.backend->get(reader, r->c, r->key, &found, &r->err) != 0)
		r->rc = -1;
}

static void
read_find(void *arg, void *reader)
{
	struct read *r = arg;
	struct parley_found found = { .context = r, .add = read_add };

	if (store.backend->find(
		reader, r->c, r->query, r->raw != NULL ? r->raw : &found, &r->err) != 0)
		r->rc = -1;
}

static void
read_count(void *arg, void *reader)
{
	struct read *r = arg;

	r->count = store.backend->count(reader, r->c, r->query, r->max, &r->err);
	r->rc = r->count < 0 ? -1 : 0;
}

/* What was noted of the collection is written first. 0 or -1. */
static int
hurry_notes(const struct parley_collection *c, struct parley_error *err)
{
	if (store.patient_until == 0 && health_check(err) != 0)
		return -1;
	return notes_hurry(c) ? store_fence(err) : 0;
}

/* Runs it; on failure nothing is left in r. */
static int
read_once(struct read *r, void (*fn)(void *arg, void *reader))
{
	r->rc = 0;
	if (health_check(&r->err) != 0 || readers_run(fn, r, &r->err) != 0)
		r->rc = -1;
	if (r->rc != 0) {
		parley_docs_fini(&r->docs);
		r->room = 0;
		r->bytes = 0;
	}
	return r->rc;
}

static int
read_run(struct read *r, void (*fn)(void *arg, void *reader), struct parley_error *err)
{
	while (read_once(r, fn) != 0)
		if (r->raw != NULL || !try_again(&r->err)) {
			if (err != NULL)
				*err = r->err;
			return -1;
		}
	return 0;
}

struct parley_doc *
parley_store_get(const struct parley_collection *c, const char *key, struct parley_error *err)
{
	struct read r = { .c = c, .key = key };
	const struct parley_text *noted;
	struct parley_doc *doc;

	store_check_call(c);
	if (!may_exist(c, key)) {
		not_found(err);
		return NULL;
	}
	if (note_peek(c, key, &noted)) {
		if (noted != NULL)
			return store_doc_new(c, key, strlen(key), 0, noted->s, noted->len, err);
		if (health_check(err) != 0)
			return NULL;
		note_hurry(c, key);
		if (store_fence(err) != 0)
			return NULL;
	}
	if (read_run(&r, read_get, err) != 0)
		return NULL;
	if (r.docs.count == 0) {
		not_found(err);
		return NULL;
	}
	doc = r.docs.docs[0];
	free(r.docs.docs);
	return doc;
}

/* Aborts when no index serves the query. */
static void
check_query(const struct parley_collection *c, const struct parley_query *query)
{
	struct parley_plan plan;

	store_check_call(c);
	parley_assert(parley_plan_query(c, query, &plan) == 0);
}

int
parley_store_find(const struct parley_collection *c, const struct parley_query *query,
    struct parley_docs *out, struct parley_error *err)
{
	struct read r = { .c = c, .query = query };

	check_query(c, query);
	if (hurry_notes(c, err) != 0)
		return -1;
	if (!store_conds_are_void(c, query->where, STORE_CONDS_MAX) &&
	    read_run(&r, read_find, err) != 0)
		return -1;
	*out = r.docs;
	return 0;
}

int
store_find_raw(const struct parley_collection *c, const struct parley_query *query,
    const struct parley_found *found, struct parley_error *err)
{
	struct read r = { .c = c, .query = query, .raw = found };

	check_query(c, query);
	return read_run(&r, read_find, err);
}

int64_t
parley_store_count(const struct parley_collection *c, const struct parley_query *query,
    uint32_t max, struct parley_error *err)
{
	struct read r = { .c = c, .query = query, .max = max };

	check_query(c, query);
	if (max == 0 || store_conds_are_void(c, query->where, STORE_CONDS_MAX))
		return 0;
	if (hurry_notes(c, err) != 0)
		return -1;
	return read_run(&r, read_count, err) == 0 ? r.count : -1;
}

/* ---- starting and stopping ---------------------------------------------------------------- */

static struct store_config
with_defaults(const struct store_config *config)
{
	struct store_config c = *config;

	if (c.readers == 0)
		c.readers = 2;
	if (c.read_queue == 0)
		c.read_queue = UINT_MAX;
	if (c.write_queue == 0)
		c.write_queue = 4096;
	if (c.batch == 0)
		c.batch = 256;
	return c;
}

int
store_start(const struct parley_backend *backend, const struct store_config *config,
    struct parley_error *err)
{
	assert_router();
	parley_assert(store.backend == NULL);
	store.config = with_defaults(config);
	if (backend->open(config->location, &store.state, err) != 0)
		return -1;
	if (writer_start(backend, store.state, store.config.batch, err) != 0) {
		backend->close(store.state);
		return -1;
	}
	readers_start(backend, store.state, store.config.readers, store.config.read_queue);
	notes_start();
	appends_start();
	health_start(backend, store.state);
	store.backend = backend;
	expiry_start();
	return 0;
}

bool
store_round(bool quiet)
{
	if (store.backend == NULL)
		return false;
	writer_gather();
	return writer_round(quiet);
}

unsigned
store_pace(void)
{
	return store.backend != NULL ? writer_pace() : 0;
}

void
store_set_fatal(void (*fn)(const char *why))
{
	writer_set_fatal(fn);
}

void
store_hurry(void)
{
	writer_hurry();
}

int
store_declare(const struct parley_collection *c, struct parley_error *err)
{
	union {
		const struct parley_collection *c;
		uintptr_t address;
		void *value;
	} key = { c };
	struct parley_error why = { 0 };

	assert_router();
	parley_assert(store.backend != NULL);
	if (store_check_collection(c, err) != 0)
		return -1;
	while (push_and_wait(&(struct store_job){ .declare = c }, &why) != 0)
		if (!try_again(&why)) {
			if (err != NULL)
				*err = why;
			return -1;
		}
	table_put_number(&store.declared, key.address, key.value);
	if (c->expires != NULL)
		expiry_add(c);
	return 0;
}

void
store_stop(void)
{
	assert_router();
	if (store.backend == NULL)
		return;
	appends_settle();
	expiry_end();
	store_hurry();
	notes_hand_over();
	writer_stop();
	health_stop();
	notes_stop();
	readers_stop();
	store.backend->close(store.state);
	expiry_stop();
	table_fini(&store.declared);
	appends_stop();
	memset(&store, 0, sizeof store);
}

struct store_stats
store_stats(void)
{
	struct readers_stats r = readers_stats();
	struct writer_stats w = writer_stats();
	struct notes_stats n = notes_stats();
	struct health_stats h = health_stats();

	return (struct store_stats){
		.queued = store.queued + n.running,
		.queue_max = store.config.write_queue,
		.readers_busy = r.busy,
		.readers_max = r.max,
		.reads_waiting = r.waiting,
		.reads_waiting_max = r.waiting_max,
		.commits = w.commits,
		.writes = store.writes + n.written,
		.reads = r.reads,
		.refused = store.refused + r.refused,
		.expired = expiry_count(),
		.batch_largest = w.batch_largest,
		.note_bytes = n.bytes,
		.note_bytes_max = n.bytes_max,
		.notes = n.noted,
		.notes_refused = n.refused,
		.away = h.away,
		.away_times = h.times,
		.away_refused = h.refused,
	};
}
