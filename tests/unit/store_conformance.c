/* SPDX-License-Identifier: MIT */
/* store_conformance.c - the store around a test, and short forms for using it. */
#include "unit/store_conformance.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "runtime/task.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct conformance *conformance_in_use;

/* ---- what the back end gets and has --------------------------------------------------------- */

static struct {
	struct parley_backend backend; /* the one under test, with these on its way */
	pthread_mutex_t lock;
	struct parley_text seen, planted;
	char key[PARLEY_KEY_MAX];
	const struct parley_found *found; /* of the get under way */
} spy = { .lock = PTHREAD_MUTEX_INITIALIZER };

const char *
seen(void)
{
	return spy.seen.s != NULL ? spy.seen.s : "";
}

void
plant(const char *key, const char *bytes)
{
	snprintf(spy.key, sizeof spy.key, "%s", key);
	parley_text_clear(&spy.planted);
	parley_text_puts(&spy.planted, bytes);
}

static int
spy_write(void *state, struct parley_write *batch, struct parley_error *err)
{
	for (struct parley_write *w = batch; w != NULL; w = w->next) {
		if (w->key == NULL || spy.key[0] == '\0' || strcmp(w->key, spy.key) != 0)
			continue;
		w->json = spy.planted.s;
		w->json_len = spy.planted.len;
		spy.key[0] = '\0';
	}
	return conformance_in_use->backend->write(state, batch, err);
}

static void
spy_add(
    void *context, const char *key, size_t key_len, int64_t seq, const char *json, size_t json_len)
{
	parley_text_add(&spy.seen, json, json_len);
	spy.found->add(spy.found->context, key, key_len, seq, json, json_len);
}

static int
spy_get(void *reader, const struct parley_collection *c, const char *key,
    const struct parley_found *found, struct parley_error *err)
{
	struct parley_found on_the_way = { .add = spy_add };
	int rc;

	pthread_mutex_lock(&spy.lock);
	parley_text_clear(&spy.seen);
	spy.found = found;
	rc = conformance_in_use->backend->get(reader, c, key, &on_the_way, err);
	pthread_mutex_unlock(&spy.lock);
	return rc;
}

static const struct parley_backend *
spied(void)
{
	spy.backend = *conformance_in_use->backend;
	spy.backend.write = spy_write;
	spy.backend.get = spy_get;
	return &spy.backend;
}

/* ---- the store around a test -------------------------------------------------------------- */

static const struct parley_field people_fields[] = {
	{ "name", PARLEY_FIELD_TEXT },
	{ "age", PARLEY_FIELD_INT },
	{ "city", PARLEY_FIELD_TEXT },
	{ "nick", PARLEY_FIELD_TEXT },
	{ "until", PARLEY_FIELD_INT },
	{ 0 },
};
static const struct parley_index people_indexes[] = {
	{ .fields = { "age" } },
	{ .fields = { "city", "age", "name" } },
	{ .fields = { "nick" }, .unique = true },
	{ 0 },
};
const struct parley_collection people = {
	.name = "people",
	.version = 1,
	.fields = people_fields,
	.indexes = people_indexes,
	.expires = "until",
};

static const struct parley_field notes_fields[] = {
	{ "kind", PARLEY_FIELD_TEXT },
	{ "mid", PARLEY_FIELD_TEXT },
	{ "flag", PARLEY_FIELD_INT },
	{ 0 },
};
static const struct parley_index notes_indexes[] = {
	{ .fields = { "mid" }, .unique = true },
	{ .fields = { "stream", "kind", "seq" } },
	{ .fields = { "kind" } },
	{ .fields = { "flag", "kind" }, .sparse = true },
	{ .fields = { "stream", "flag", "seq" }, .sparse = true },
	{ 0 },
};
const struct parley_collection notes = {
	.name = "notes",
	.version = 1,
	.fields = notes_fields,
	.indexes = notes_indexes,
	.log = true,
};

/* What needs no order by members: a back end may keep such a log in another way. */
static const struct parley_index letters_indexes[] = {
	{ .fields = { "mid" }, .unique = true },
	{ .fields = { "flag", "kind" }, .sparse = true },
	{ .fields = { "stream", "flag", "seq" }, .sparse = true },
	{ 0 },
};
const struct parley_collection letters = {
	.name = "letters",
	.version = 1,
	.fields = notes_fields,
	.indexes = letters_indexes,
	.log = true,
};

const struct parley_collection *log_in_use = &notes;

static _Atomic int64_t ahead;

static int64_t
test_monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + atomic_load(&ahead);
}

void
monotonic_advance(int64_t ms)
{
	atomic_fetch_add(&ahead, ms);
}

struct session {
	struct loop *loop;
	struct scope scope;
	bool declare, gathers;
	void (*fn)(void);
};

bool router_is_busy;

/* It only moves when a test says so. */
static _Atomic int64_t clock_now = 1800000000000;

static int64_t
test_now(void)
{
	return atomic_load(&clock_now);
}

void
clock_advance(int64_t ms)
{
	atomic_fetch_add(&clock_now, ms);
}

static void
on_fiber(void *arg)
{
	struct session *s = arg;
	struct parley_error err = { 0 };

	if (s->declare) {
		assert_int_equal(store_declare(&people, &err), 0);
		assert_int_equal(store_declare(&notes, &err), 0);
		assert_int_equal(store_declare(&letters, &err), 0);
	}
	s->fn();
	loop_stop(s->loop);
}

static void
after_drain(void *arg)
{
	const struct session *s = arg;

	runtime_run();
	if (s->gathers && store_round(!router_is_busy))
		loop_want_drain(s->loop);
}

static void
run_session(struct session *s, const char *location)
{
	struct runtime_config runtime = { .fibers = 600, .workers = 4, .worker_queue = 64 };
	struct store_config config = {
		.location = location,
		.readers = 3,
		.read_queue = 100,
		.write_queue = 2000,
	};
	struct parley_error err = { 0 };

	clock_replace(test_now, s->gathers ? test_now : test_monotonic);
	s->loop = loop_new("router");
	assert_int_equal(runtime_start(s->loop, &runtime), 0);
	scope_open(&s->scope, NULL);
	if (store_start(spied(), &config, &err) != 0)
		fail_msg("the store does not start: %s", err.text);
	assert_int_equal(task_spawn(&s->scope, "test", on_fiber, s), 0);
	loop_run(s->loop, after_drain, s);
	store_stop();
	parley_text_fini(&spy.seen);
	parley_text_fini(&spy.planted);
	scope_close(&s->scope);
	runtime_stop();
	loop_free(&s->loop);
}

void
with_store(void (*fn)(void))
{
	struct session s = { .fn = fn, .declare = true };

	run_session(&s, conformance_in_use->location());
}

void
with_gathering_store(void (*fn)(void))
{
	struct session s = { .fn = fn, .declare = true, .gathers = true };

	router_is_busy = false;
	run_session(&s, conformance_in_use->location());
}

void
with_each_log(void (*fn)(void))
{
	with_store(fn);
	log_in_use = &letters;
	with_store(fn);
	log_in_use = &notes;
}

void
with_store_at(const char *location, void (*fn)(void))
{
	struct session s = { .fn = fn };

	run_session(&s, location);
}

void
declare_all(void)
{
	struct parley_error err = { 0 };

	if (store_declare(&people, &err) != 0 || store_declare(&notes, &err) != 0 ||
	    store_declare(&letters, &err) != 0)
		fail_msg("not declared: %s", err.text);
}

/* ---- short forms -------------------------------------------------------------------------- */

static struct parley_text
quoted(const char *json)
{
	struct parley_text t = { 0 };

	parley_text_puts(&t, json);
	for (size_t i = 0; i < t.len; i++)
		if (t.s[i] == '\'')
			t.s[i] = '"';
	return t;
}

static enum parley_code
code_of(int rc, const struct parley_error *err)
{
	assert_int_equal(rc, err->code == PARLEY_OK ? 0 : -1);
	return err->code;
}

enum parley_code
put(const char *key, const char *json)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text t = quoted(json);
	struct parley_error err = { 0 };
	int rc = parley_store_put(&people, key, &t, &err);

	return code_of(rc, &err);
}

enum parley_code
insert(const char *key, const char *json)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text t = quoted(json);
	struct parley_error err = { 0 };
	int rc = parley_store_insert(&people, key, &t, &err);

	return code_of(rc, &err);
}

enum parley_code
patch(const char *key, const char *json, const struct parley_cond *when)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text t = quoted(json);
	struct parley_error err = { 0 };
	int rc = parley_store_patch(&people, key, &t, when, &err);

	return code_of(rc, &err);
}

enum parley_code
note(const char *key, const char *json)
{
	struct parley_text t = quoted(json);
	struct parley_error err = { 0 };
	int rc = parley_store_note(&people, key, &t, &err);

	assert_null(t.s);
	return code_of(rc, &err);
}

enum parley_code
note_patch(const char *key, const char *json)
{
	struct parley_text t = quoted(json);
	struct parley_error err = { 0 };
	int rc = parley_store_note_patch(&people, key, &t, &err);

	return code_of(rc, &err);
}

enum parley_code
discard(const char *key, const struct parley_cond *when)
{
	struct parley_error err = { 0 };
	int rc = parley_store_remove(&people, key, when, &err);

	return code_of(rc, &err);
}

struct parley_doc *
get(const struct parley_collection *c, const char *key)
{
	struct parley_error err = { 0 };
	struct parley_doc *doc = parley_store_get(c, key, &err);

	assert_int_equal(err.code, doc != NULL ? PARLEY_OK : PARLEY_NOT_FOUND);
	return doc;
}

int64_t
append(const char *stream, const char *origin, const char *json)
{
	struct parley_append a = { .json = quoted(json) };
	int rc;

	snprintf(a.stream, sizeof a.stream, "%s", stream);
	snprintf(a.origin, sizeof a.origin, "%s", origin);
	parley_store_append(log_in_use, &a);
	rc = parley_await_event(&a.done, -1);
	parley_doc_free(&a.earlier);
	assert_null(a.json.s);
	assert_int_equal(rc, a.err.code == PARLEY_OK ? 0 : -1);
	return rc == 0 ? a.seq : -(int64_t)a.err.code;
}

static struct {
	void (*one)(unsigned i);
	unsigned next, end, fibers;
	struct parley_event done;
} work;

static void
work_fiber(void *arg)
{
	while (work.next < work.end)
		work.one(work.next++);
	if (--work.fibers == 0)
		parley_event_set(&work.done, 0);
}

void
side_by_side(unsigned n, void (*one)(unsigned i))
{
	work.one = one;
	work.next = 0;
	work.end = n;
	work.fibers = 50;
	work.done = (struct parley_event){ 0 };
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(task_spawn(scope_current(), "work", work_fiber, NULL), 0);
	parley_await_event(&work.done, -1);
}

void
expect_found(const struct parley_collection *c, const struct parley_query *q, const char *expected)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text keys = { 0 };
	struct parley_error err = { 0 };
	struct parley_docs docs;

	if (parley_store_find(c, q, &docs, &err) != 0)
		fail_msg("find failed: %s", err.text);
	for (uint32_t i = 0; i < docs.count; i++)
		parley_text_printf(&keys, "%s%s", i > 0 ? " " : "", docs.docs[i]->key);
	parley_docs_fini(&docs);
	assert_string_equal(keys.s != NULL ? keys.s : "", expected);
}

void
expect_text(
    const struct parley_collection *c, const char *key, const char *member, const char *text)
{
	PARLEY_AUTO(parley_doc_free) struct parley_doc *doc = get(c, key);

	assert_non_null(doc);
	assert_string_equal(doc->key, key);
	if (text == NULL)
		assert_null(parley_json_get(doc->root, member));
	else
		assert_string_equal(
		    parley_json_string_or(parley_json_get(doc->root, member), "none"), text);
}

void
expect_none(const struct parley_collection *c, const char *key)
{
	assert_null(get(c, key));
}

/* ---- the group ---------------------------------------------------------------------------- */

static size_t
count_tests(const struct CMUnitTest *tests)
{
	size_t n = 0;

	while (tests[n].name != NULL)
		n++;
	return n;
}

/* Appends the tests of a part to all, which has n. */
static struct CMUnitTest *
add_part(struct CMUnitTest *all, size_t *n, const struct CMUnitTest *part)
{
	size_t count = count_tests(part);

	all = xrealloc(all, (*n + count) * sizeof *all);
	memcpy(all + *n, part, count * sizeof *all);
	*n += count;
	return all;
}

int
conformance_run(const struct conformance *c, const struct CMUnitTest *const *more)
{
	const struct CMUnitTest *const parts[] = { document_tests, log_tests, note_tests,
		secret_tests, random_tests };
	struct CMUnitTest *all = NULL;
	size_t n = 0;
	int failed;

	conformance_in_use = c;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		all = add_part(all, &n, parts[i]);
	for (; more != NULL && *more != NULL; more++)
		all = add_part(all, &n, *more);
	failed = _cmocka_run_group_tests(c->name, all, n, NULL, NULL);
	free(all);
	return failed;
}

/* ---- before and after a restart ------------------------------------------------------------ */

void
body_before(void)
{
	struct parley_error err = { 0 };

	declare_all();
	assert_int_equal(put("a", "{'name':'Ann','nick':'x'}"), PARLEY_OK);
	assert_int_equal(append("s", "o1", "{'kind':'one'}"), 1);
	assert_int_equal(append("s", "o2", "{'kind':'two'}"), 2);
	assert_int_equal(append("s", "o3", "{'kind':'three'}"), 3);
	assert_int_equal(parley_store_remove(&notes, "s/3", NULL, &err), 0);
}

void
body_after(void)
{
	declare_all();
	expect_text(&people, "a", "name", "Ann");
	assert_int_equal(put("b", "{'nick':'x'}"), PARLEY_CONFLICT);
	expect_text(&notes, "s/2", "kind", "two");
	expect_none(&notes, "s/3");
	assert_int_equal(append("s", "o2", "{}"), 2);
	assert_int_equal(append("s", "", "{}"), 4);
}
