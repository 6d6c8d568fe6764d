/* SPDX-License-Identifier: MIT */
/* test_store_mongo.c - the MongoDB back end does what every back end does, on the deployment that
 * PARLEY_TEST_MONGODB names. */
#include "base/clock.h"
#include "base/log.h"
#include "modules/store_mongo/mongo.h"
#include "store/store.h"
#include "unit/store_conformance.h"

#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SKIPPED 77 /* for automake */

const struct parley_module *parley_module(void);

static const char *deployment;
static unsigned databases;

static void
name_database(char *out, size_t size, unsigned n)
{
	snprintf(out, size, "parley_test_%d_%u", (int)getpid(), n);
}

/* The URI with a data base in it: what was behind the host stays behind that. */
static void
put_location(char *out, size_t size, unsigned n)
{
	const char *host = strstr(deployment, "://");
	size_t hosts = strcspn(host + 3, "/?");
	const char *rest = strchr(host + 3 + hosts, '?');
	char name[64];

	name_database(name, sizeof name, n);
	snprintf(out, size, "%.*s/%s%s", (int)(host + 3 + hosts - deployment), deployment, name,
	    rest != NULL ? rest : "");
}

static void
drop_database(unsigned n)
{
	mongoc_client_t *client = mongoc_client_new(deployment);
	mongoc_database_t *database;
	char name[64];

	name_database(name, sizeof name, n);
	database = mongoc_client_get_database(client, name);
	mongoc_database_drop(database, NULL);
	mongoc_database_destroy(database);
	mongoc_client_destroy(client);
}

static const char *
fresh(void)
{
	static char location[600];

	if (databases > 1) /* some tests have two */
		drop_database(databases - 2);
	put_location(location, sizeof location, databases++);
	return location;
}

/* ---- restarts and declarations ------------------------------------------------------------ */

static void
documents_survive_a_restart(void **state)
{
	char here[600];

	snprintf(here, sizeof here, "%s", fresh());
	with_store_at(here, body_before);
	with_store_at(here, body_after);
}

static const struct parley_index by_name[] = { { .fields = { "name" } }, { 0 } };
static struct parley_collection changed;

static void
body_newer(void)
{
	struct parley_query q = { .order_by = "name" };
	struct parley_error err = { 0 };

	assert_int_equal(store_declare(&changed, &err), 0);
	expect_found(&changed, &q, "a");
}

static void
body_older(void)
{
	struct parley_error err = { 0 };

	assert_int_equal(store_declare(&people, &err), -1);
	assert_non_null(strstr(err.text, "newer"));
}

static void
body_same_version(void)
{
	struct parley_error err = { 0 };

	assert_int_equal(store_declare(&changed, &err), -1);
	assert_non_null(strstr(err.text, "raise its version"));
}

static void
a_newer_declaration_migrates_and_an_older_one_is_refused(void **state)
{
	char here[600];

	changed = people;
	changed.indexes = by_name;
	snprintf(here, sizeof here, "%s", fresh());
	with_store_at(here, body_before);
	with_store_at(here, body_same_version);
	changed.version = 2;
	with_store_at(here, body_newer);
	with_store_at(here, body_newer);
	with_store_at(here, body_older);
}

/* ---- the back end by itself --------------------------------------------------------------- */

static _Atomic int64_t ahead; /* of the clock, in ms */

static int64_t
ahead_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000 + atomic_load(&ahead);
}

static struct mg_store *
open_here(const char *here)
{
	struct parley_error err = { 0 };
	void *s;

	clock_replace(NULL, ahead_clock); /* other tests have theirs */
	if (mg_open(here, &s, &err) != 0)
		fail_msg("not opened: %s", err.text);
	assert_int_equal(mg_declare(s, &people, &err), 0);
	return s;
}

/* The code of what the write, or its batch, was told. */
static enum parley_code
write_it(struct mg_store *s, enum parley_write_op op, const char *key, const char *json)
{
	struct parley_write w = {
		.op = op, .collection = &people, .key = key, .json = json, .json_len = strlen(json)
	};
	struct parley_value values[PARLEY_FIELDS_MAX];
	struct parley_error err = { 0 };
	void *scratch = NULL;
	int rc;

	if (op != PARLEY_WRITE_REMOVE)
		assert_int_equal(
		    parley_fields(&people, json, w.json_len, values, &scratch, &err), 0);
	w.values = values;
	rc = mg_write(s, &w, &err);
	parley_merge_free(&scratch);
	return rc != 0 ? err.code : w.rc != 0 ? w.err.code : PARLEY_OK;
}

static void
count_found(
    void *context, const char *key, size_t key_len, int64_t seq, const char *json, size_t json_len)
{
	++*(int *)context;
}

static bool
is_there(struct mg_store *s, const char *key)
{
	int n = 0;
	struct parley_found found = { .context = &n, .add = count_found };
	struct parley_error err = { 0 };
	void *reader;

	assert_int_equal(mg_reader_open(s, &reader, &err), 0);
	assert_int_equal(mg_get(reader, &people, key, &found, &err), 0);
	mg_reader_close(reader);
	return n > 0;
}

/* As something that came late would. */
static void
insert_behind(struct mg_store *s, const char *collection, bson_t *doc)
{
	mongoc_client_t *client = mongoc_client_pool_pop(s->pool);
	mongoc_collection_t *docs = mongoc_client_get_collection(client, s->database, collection);

	assert_true(mongoc_collection_insert_one(docs, doc, NULL, NULL, NULL));
	mongoc_collection_destroy(docs);
	mongoc_client_pool_push(s->pool, client);
	bson_destroy(doc);
}

/* The hold is renewed as soon as the keeper sees what time it is. */
static void
let_time_pass(struct mg_store *s)
{
	atomic_fetch_add(&ahead, 150000);
	while (!mg_may_ask(&s->breaker, NULL))
		mg_await_closed(&s->breaker, 0);
}

static const struct parley_index by_flag[] = {
	{ .fields = { "stream", "flag", "seq" }, .sparse = true }, { 0 }
};

static void
declare_anew(struct mg_store *s, const struct parley_collection *c)
{
	bson_t *filter = BCON_NEW("_id", BCON_UTF8(c->name));
	struct parley_error err = { 0 };

	assert_true(mongoc_collection_delete_one(s->versions, filter, NULL, NULL, NULL));
	if (mg_declare(s, c, &err) != 0)
		fail_msg("not declared: %s", err.text);
	bson_destroy(filter);
}

static void
add_index(struct mg_store *s, const char *name)
{
	bson_t *command = BCON_NEW("createIndexes", BCON_UTF8("notes"), "indexes", "[", "{", "key",
	    "{", name, BCON_INT32(1), "}", "name", BCON_UTF8(name), "}", "]");

	assert_true(
	    mongoc_client_command_simple(s->client, s->database, command, NULL, NULL, NULL));
	bson_destroy(command);
}

static bool
has_index(struct mg_store *s, const char *name)
{
	mongoc_collection_t *docs = mongoc_client_get_collection(s->client, s->database, "notes");
	mongoc_cursor_t *cursor = mongoc_collection_find_indexes_with_opts(docs, NULL);
	bool has = false;
	const bson_t *spec;
	bson_iter_t at;

	while (mongoc_cursor_next(cursor, &spec))
		if (bson_iter_init_find(&at, spec, "name"))
			has = has || strcmp(bson_iter_utf8(&at, NULL), name) == 0;
	mongoc_cursor_destroy(cursor);
	mongoc_collection_destroy(docs);
	return has;
}

/* What a program leaves that was ended before it could note them. */
static void
indexes_that_nothing_tells_of_are_made_anew(void **state)
{
	struct mg_store *s = open_here(fresh());
	struct parley_error err = { 0 };

	assert_int_equal(mg_declare(s, &notes, &err), 0);
	declare_anew(s, &notes);
	add_index(s, "administrators");
	assert_true(has_index(s, "i4"));
	changed = notes;
	changed.indexes = by_flag;
	changed.version++;
	declare_anew(s, &changed);
	assert_true(has_index(s, "i0"));
	assert_false(has_index(s, "i4"));
	assert_true(has_index(s, "administrators"));
	mg_close(s);
}

static void
what_may_come_late_is_not_removed_until_it_cannot(void **state)
{
	struct mg_store *s = open_here(fresh());

	assert_int_equal(write_it(s, PARLEY_WRITE_PUT, "a", "{\"name\":\"Ann\"}"), PARLEY_OK);
	mg_doubt(s, "people", "a", s->flush, false);
	assert_int_equal(write_it(s, PARLEY_WRITE_REMOVE, "a", ""), PARLEY_BUSY);
	assert_true(is_there(s, "a"));
	assert_int_equal(write_it(s, PARLEY_WRITE_PUT, "a", "{\"name\":\"Bea\"}"), PARLEY_OK);
	let_time_pass(s);
	assert_int_equal(write_it(s, PARLEY_WRITE_REMOVE, "a", ""), PARLEY_OK);
	assert_false(is_there(s, "a"));
	mg_close(s);
}

static void
what_was_given_up_and_came_late_is_cleared_away(void **state)
{
	struct mg_store *s = open_here(fresh());

	assert_int_equal(write_it(s, PARLEY_WRITE_PUT, "a", "{\"name\":\"Ann\"}"), PARLEY_OK);
	mg_doubt(s, "people", "a", 7, true);
	mg_doubt(s, "people", "b", 7, true);
	insert_behind(
	    s, "people", BCON_NEW("_id", BCON_UTF8("b"), "v", BCON_INT64(7), "j", BCON_UTF8("{}")));
	let_time_pass(s);
	assert_int_equal(write_it(s, PARLEY_WRITE_PUT, "c", "{}"), PARLEY_OK);
	assert_false(is_there(s, "b"));
	assert_true(is_there(s, "a")); /* since put there by a later flush */
	mg_close(s);
}

/* A hold by a process that nobody here can look at, for so long from now. */
static bson_t *
hold_elsewhere(int64_t ms)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return BCON_NEW("_id", BCON_UTF8("node"), "epoch", BCON_INT64(5), "until",
	    BCON_INT64(now.tv_sec * 1000 + ms), "pid", BCON_INT64(1), "name",
	    BCON_UTF8("process 1 on elsewhere"), "place", BCON_UTF8("elsewhere"), "begun",
	    BCON_UTF8("1"));
}

static void
set_hold(const char *here, bson_t *hold)
{
	mongoc_client_t *client = mongoc_client_new(here);
	mongoc_uri_t *uri = mongoc_uri_new(here);
	mongoc_collection_t *nodes =
	    mongoc_client_get_collection(client, mongoc_uri_get_database(uri), "parley.node");
	bson_t *which = BCON_NEW("_id", BCON_UTF8("node")),
	       *opts = BCON_NEW("upsert", BCON_BOOL(true));

	assert_true(mongoc_collection_replace_one(nodes, which, hold, opts, NULL, NULL));
	bson_destroy(which);
	bson_destroy(opts);
	bson_destroy(hold);
	mongoc_collection_destroy(nodes);
	mongoc_uri_destroy(uri);
	mongoc_client_destroy(client);
}

static void
a_hold_that_is_not_renewed_runs_out(void **state)
{
	const char *here = fresh();
	struct mg_store *s;

	mongoc_init();
	set_hold(here, hold_elsewhere(2000));
	s = open_here(here);
	assert_int_equal(s->epoch, 6);
	mg_close(s);
	s = open_here(here); /* it was given back */
	assert_int_equal(s->epoch, 7);
	mg_close(s);
}

static void
nothing_is_written_to_what_another_node_has_taken(void **state)
{
	const char *here = fresh();
	struct mg_store *s = open_here(here);

	set_hold(here, hold_elsewhere(60000));
	while (mg_await_closed(&s->breaker, 1000))
		assert_int_equal(mg_health(&s->breaker, NULL), 0);
	assert_int_equal(write_it(s, PARLEY_WRITE_PUT, "a", "{}"), PARLEY_INTERNAL);
	mg_close(s);
}

/* ---- the group ---------------------------------------------------------------------------- */

int
main(void)
{
	static const struct CMUnitTest own_tests[] = {
		cmocka_unit_test(documents_survive_a_restart),
		cmocka_unit_test(a_newer_declaration_migrates_and_an_older_one_is_refused),
		cmocka_unit_test(indexes_that_nothing_tells_of_are_made_anew),
		cmocka_unit_test(what_may_come_late_is_not_removed_until_it_cannot),
		cmocka_unit_test(what_was_given_up_and_came_late_is_cleared_away),
		cmocka_unit_test(a_hold_that_is_not_renewed_runs_out),
		cmocka_unit_test(nothing_is_written_to_what_another_node_has_taken),
		{ 0 },
	};
	const struct CMUnitTest *const more[] = { own_tests, copy_tests, NULL };
	struct conformance c = { "store_mongo", parley_module()->backend, fresh };
	int failed;

	deployment = getenv("PARLEY_TEST_MONGODB");
	if (deployment == NULL || strstr(deployment, "://") == NULL) {
		fprintf(stderr, "SKIPPED: PARLEY_TEST_MONGODB names no MongoDB deployment\n");
		return getenv("CI") != NULL ? 1 : SKIPPED;
	}
	log_set_level(getenv("PARLEY_TEST_LOG") != NULL ? PARLEY_LOG_INFO : PARLEY_LOG_ERROR);
	failed = conformance_run(&c, more);
	for (unsigned n = databases > 2 ? databases - 2 : 0; n < databases; n++)
		drop_database(n);
	return failed;
}
