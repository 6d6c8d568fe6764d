/* SPDX-License-Identifier: MIT */
/* store_sqlite_files.c - the file of the SQLite back end: migrations, files that are not ours or
 * are damaged, and how queries are answered from it. */
#include "unit/store_sqlite.h"

#include "base/log.h"
#include "modules/store_sqlite/sqlite.h"
#include "store/store.h"
#include "support/faulty_vfs.h"

#include <parley/await.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What opening the directory is refused with. */
static struct parley_error
open_refused(const char *directory)
{
	struct parley_error err = { 0 };
	void *state = NULL;

	assert_int_equal(backend()->open(directory, &state, &err), -1);
	assert_null(state);
	return err;
}

static void
expect_opens(const char *directory)
{
	struct parley_error err = { 0 };
	void *state = NULL;

	if (backend()->open(directory, &state, &err) != 0)
		fail_msg("%s does not open: %s", directory, err.text);
	backend()->close(state);
}

/* Runs SQL on the file behind the store's back. */
static void
tamper(const char *directory, const char *sql)
{
	sqlite3 *db = open_file(directory);

	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- migrations --------------------------------------------------------------------------- */

static const struct parley_field second_fields[] = {
	{ "name", PARLEY_FIELD_TEXT },
	{ "age", PARLEY_FIELD_TEXT },  /* another type */
	{ "town", PARLEY_FIELD_TEXT }, /* a new one; city and nick are no longer declared */
	{ "until", PARLEY_FIELD_INT },
	{ 0 },
};
static const struct parley_index second_indexes[] = {
	{ .fields = { "town", "name" } },
	{ .fields = { "age" } },
	{ 0 },
};
static const struct parley_collection second = {
	.name = "people",
	.version = 2,
	.fields = second_fields,
	.indexes = second_indexes,
	.expires = "until",
};

static void
put_person(unsigned i)
{
	char key[16], json[100];

	snprintf(key, sizeof key, "k%02u", i);
	snprintf(json, sizeof json, "{'age':%u,'name':'n%u','town':'t%u','city':'c'}", i, i, i % 2);
	assert_int_equal(put(key, json), PARLEY_OK);
}

static void
body_fill(void)
{
	declare_all();
	side_by_side(50, put_person);
	assert_int_equal(put("k49", "{'age':'old','town':'t9'}"), PARLEY_OK);
}

static void
body_check_second(void)
{
	struct parley_query q = { .where = { { "town", PARLEY_OP_EQ, .text = "t1" } } };
	struct parley_query old = { .order_by = "age" };
	struct parley_error err = { 0 };

	if (store_declare(&second, &err) != 0)
		fail_msg("not declared: %s", err.text);
	assert_int_equal(parley_store_count(&second, &q, 1000, NULL), 24);
	expect_found(&second, &old, "k49");
	assert_int_equal(parley_store_count(&second, &(struct parley_query){ 0 }, 1000, NULL), 50);
	assert_int_equal(store_declare(&people, &err), -1);
	assert_non_null(strstr(err.text, "newer"));
}

static void
a_migration_changes_columns_and_keeps_documents(void **state)
{
	choose_directory();
	with_store_at(here, body_fill);
	with_store_at(here, body_check_second);
	with_store_at(here, body_check_second);
}

static unsigned power_off_after;

static void
body_migrate_and_lose_power(void)
{
	faulty_power_off_after(power_off_after, power_off_after);
	store_declare(&second, NULL);
	kill(getpid(), SIGKILL);
}

static void
r25_an_interrupted_migration_is_done_again(void **state)
{
	for (power_off_after = 1; power_off_after < 14; power_off_after++) {
		choose_directory();
		with_store_at(here, body_fill);
		lose_power(body_migrate_and_lose_power, body_check_second);
	}
}

static void
body_start_and_lose_power(void)
{
	declare_all();
	kill(getpid(), SIGKILL);
}

static void
r25_an_interrupted_first_start_is_done_again(void **state)
{
	for (unsigned n = 1; n < 30; n++) {
		choose_directory();
		faulty_power_off_after(n, n);
		lose_power(body_start_and_lose_power, body_before);
	}
}

static void
body_declare(void)
{
	declare_all();
}

static void
body_changed_declaration(void)
{
	struct parley_collection changed = people, log = people;
	struct parley_error err = { 0 };

	changed.expires = NULL;
	assert_int_equal(store_declare(&changed, &err), -1);
	assert_non_null(strstr(err.text, "raise its version"));
	log.log = true;
	log.version = 7;
	assert_int_equal(store_declare(&log, &err), -1);
	assert_non_null(strstr(err.text, "log"));
	declare_all();
}

static void
a_changed_declaration_needs_a_new_version(void **state)
{
	choose_directory();
	with_store_at(here, body_declare);
	with_store_at(here, body_changed_declaration);
}

/* ---- files that are not ours -------------------------------------------------------------- */

static void
r25_a_newer_layout_is_refused_and_left_alone(void **state)
{
	struct parley_error err;

	choose_directory();
	with_store_at(here, body_before);
	tamper(here, "PRAGMA user_version = 99");
	err = open_refused(here);
	assert_non_null(strstr(err.text, "newer"));
	assert_non_null(strstr(err.text, "99"));
	tamper(here, "PRAGMA user_version = 1");
	with_store_at(here, body_after);
}

static void
another_programs_file_is_refused(void **state)
{
	struct parley_error err;

	choose_directory();
	assert_int_equal(mkdir(here, 0700), 0);
	tamper(here, "CREATE TABLE theirs(x)");
	err = open_refused(here);
	assert_non_null(strstr(err.text, "no store of parley"));
}

static void
garbage_is_refused(void **state)
{
	struct parley_error err;
	FILE *f;

	choose_directory();
	assert_int_equal(mkdir(here, 0700), 0);
	f = fopen(file_in(here, "parley.db"), "w");
	for (int i = 0; i < 5000; i++)
		fputs("garbage ", f);
	fclose(f);
	err = open_refused(here);
	assert_int_equal(err.code, PARLEY_INTERNAL);
	assert_non_null(strstr(err.text, "not a database"));
}

static void
a_directory_that_cannot_be_made_is_refused(void **state)
{
	assert_non_null(strstr(open_refused("/proc/no/where").text, "/proc/no/where"));
}

static void
r06_a_second_process_is_refused(void **state)
{
	struct parley_error err = { 0 };
	void *first = NULL, *other = NULL;
	int status;
	pid_t child;

	choose_directory();
	assert_int_equal(backend()->open(here, &first, &err), 0);
	child = fork();
	if (child == 0) {
		char pid[32];

		snprintf(pid, sizeof pid, "(pid %ld)", (long)getppid());
		_exit(backend()->open(here, &other, &err) == -1 && strstr(err.text, pid) != NULL
			  ? 0
			  : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	backend()->close(first);
	expect_opens(here);
}

static void
append_note(unsigned i)
{
	char stream[16];

	snprintf(stream, sizeof stream, "s%u", i % 7);
	assert_true(append(stream, "", "{'kind':'k'}") > 0);
}

static void
body_fill_both(void)
{
	body_fill();
	side_by_side(100, append_note);
	log_in_use = &letters;
	side_by_side(100, append_note);
	log_in_use = &notes;
}

/* Bytes in the middle of the file have gone bad: reads and writes say so, and nothing crashes. */
static void
body_damaged(void)
{
	struct parley_query all = { .limit = 1000 };
	struct parley_docs docs = { 0 };
	const struct parley_collection *const logs[] = { &notes, &letters };
	struct parley_error err = { 0 };

	if (store_declare(&people, &err) == 0 && parley_store_find(&people, &all, &docs, &err) == 0)
		parley_docs_fini(&docs);
	for (unsigned i = 0; i < 2 && err.code == PARLEY_OK; i++) {
		struct parley_append a = { .stream = "s1", .origin = "o" };

		if (store_declare(logs[i], &err) != 0)
			break;
		if (parley_store_find(logs[i], &all, &docs, &err) == 0)
			parley_docs_fini(&docs);
		parley_text_puts(&a.json, "{}");
		parley_store_append(logs[i], &a);
		if (parley_await_event(&a.done, -1) != 0)
			assert_int_equal(a.err.code, PARLEY_INTERNAL);
	}
	if (err.code != PARLEY_OK)
		assert_int_equal(err.code, PARLEY_INTERNAL);
}

static void
r07_a_damaged_file_is_noticed(void **state)
{
	log_set_level(PARLEY_LOG_ERROR - 1); /* these errors are wanted */
	store_set_fatal(on_fatal);
	for (unsigned i = 0; i < 15; i++) {
		struct stat st;
		FILE *f;

		choose_directory();
		with_store_at(here, body_fill_both);
		f = fopen(file_in(here, "parley.db"), "r+");
		assert_int_equal(fstat(fileno(f), &st), 0);
		for (int k = 0; k < 30; k++) {
			fseek(f, 4096 + rand() % ((int)st.st_size - 4096), SEEK_SET);
			fputc(rand() % 256, f);
		}
		fclose(f);
		with_store_at(here, body_damaged);
	}
	store_set_fatal(NULL);
	log_set_level(PARLEY_LOG_ERROR);
}

/* ---- plans -------------------------------------------------------------------------------- */

static sqlite3 *plans_db;

/* Fails when SQLite would look at more than the index gives, or sort. A sparse index may not serve.
 */
static void
expect_index_used(
    const struct parley_collection *c, const struct parley_query *q, bool count, bool sparse)
{
	struct parley_text sql = { 0 };
	struct parley_plan plan;
	sqlite3_stmt *st;

	if (parley_plan_query(c, q, &plan) != 0) {
		assert_true(sparse);
		return;
	}
	parley_text_puts(&sql, "EXPLAIN QUERY PLAN ");
	sq_find_sql(&sql, c, q, &plan, count);
	assert_int_equal(sqlite3_prepare_v2(plans_db, sql.s, -1, &st, NULL), SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(st, 3);
		bool scans = strncmp(step, "SCAN", 4) == 0 && strstr(step, "INDEX") == NULL &&
			     strstr(step, "subquery") == NULL;

		if ((scans && q->where[0].op != PARLEY_OP_END) ||
		    (strstr(step, "TEMP B-TREE") != NULL &&
			!(plan.index >= 0 && c->indexes[plan.index].unique)))
			fail_msg("%s: %s", sql.s, step);
	}
	sqlite3_finalize(st);
	parley_text_fini(&sql);
}

/* Every number of leading equalities of an index, followed by nothing, each range, or an order. */
static void
expect_index_serves(
    const struct parley_collection *c, const char *const *fields, unsigned count, bool sparse)
{
	for (unsigned n = 0; n <= count; n++) {
		for (int op = PARLEY_OP_END; op <= PARLEY_OP_PREFIX + 1; op++) {
			struct parley_query q = { .descending = op % 2 };

			for (unsigned i = 0; i < n; i++)
				q.where[i] =
				    (struct parley_cond){ fields[i], PARLEY_OP_EQ, .text = "x" };
			if (n < count && op > PARLEY_OP_PREFIX)
				q.order_by = fields[n];
			else if (n < count && op > PARLEY_OP_EQ)
				q.where[n] = (struct parley_cond){ fields[n], (enum parley_op)op,
					.text = "x" };
			if (op == PARLEY_OP_PREFIX && n < count &&
			    parley_field_type(c, parley_field_number(c, fields[n])) ==
				PARLEY_FIELD_INT)
				continue;
			expect_index_used(c, &q, false, sparse);
			expect_index_used(c, &q, true, sparse);
		}
	}
}

static void
expect_indexes_serve(const struct parley_collection *c)
{
	unsigned indexes = parley_index_count(c);

	for (unsigned i = 0; i < indexes; i++) {
		const char *const *fields = c->indexes[i].fields;
		unsigned n = 0;

		while (n < 4 && fields[n] != NULL)
			n++;
		expect_index_serves(c, fields, n, c->indexes[i].sparse);
	}
}

static void
every_query_is_served_by_an_index(void **state)
{
	choose_directory();
	with_store_at(here, body_before);
	plans_db = open_file(here);
	expect_indexes_serve(&people);
	expect_indexes_serve(&notes);
	expect_index_serves(&people, (const char *[]){ "key" }, 1, false);
	expect_index_serves(&notes, (const char *[]){ "stream", "seq" }, 2, false);
	sqlite3_close(plans_db);
}

/* ---- what was noted ----------------------------------------------------------------------- */

static void
note_person(unsigned i)
{
	char key[16];

	snprintf(key, sizeof key, "k%u", i);
	assert_int_equal(note(key, "{'name':'Ann'}"), PARLEY_OK);
}

static void
body_note_and_stop(void)
{
	uint64_t before;

	declare_all();
	before = store_stats().writes;
	side_by_side(3000, note_person);
	assert_int_equal(store_stats().writes, before);
}

static void
body_notes_are_there(void)
{
	declare_all();
	assert_int_equal(
	    parley_store_count(&people, &(struct parley_query){ 0 }, 5000, NULL), 3000);
}

static void
what_was_noted_is_written_before_the_store_closes(void **state)
{
	choose_directory();
	with_store_at(here, body_note_and_stop);
	with_store_at(here, body_notes_are_there);
}

const struct CMUnitTest file_tests[] = {
	cmocka_unit_test(a_migration_changes_columns_and_keeps_documents),
	cmocka_unit_test(r25_an_interrupted_migration_is_done_again),
	cmocka_unit_test(r25_an_interrupted_first_start_is_done_again),
	cmocka_unit_test(a_changed_declaration_needs_a_new_version),
	cmocka_unit_test(r25_a_newer_layout_is_refused_and_left_alone),
	cmocka_unit_test(another_programs_file_is_refused),
	cmocka_unit_test(garbage_is_refused),
	cmocka_unit_test(a_directory_that_cannot_be_made_is_refused),
	cmocka_unit_test(r06_a_second_process_is_refused),
	cmocka_unit_test(r07_a_damaged_file_is_noticed),
	cmocka_unit_test(every_query_is_served_by_an_index),
	cmocka_unit_test(what_was_noted_is_written_before_the_store_closes),
	{ 0 },
};
