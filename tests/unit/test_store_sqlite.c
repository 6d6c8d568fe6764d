/* SPDX-License-Identifier: MIT */
/* test_store_sqlite.c - the SQLite back end does what every back end does, and keeps it: through
 * restarts, killed processes, lost power, full disks, failed syncs and changed declarations. */
#include "unit/store_conformance.h"

#include "base/log.h"
#include "modules/store_sqlite/sqlite.h"
#include "store/store.h"
#include "support/faulty_vfs.h"

#include <fcntl.h>
#include <ftw.h>
#include <parley/await.h>
#include <parley/module.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const struct parley_module *parley_module(void);

static char top[64]; /* a directory for all of the tests */

static const char *
fresh(void)
{
	static char path[96];
	static unsigned n;

	snprintf(path, sizeof path, "%s/%u", top, n++);
	return path;
}

static const struct parley_backend *
backend(void)
{
	return parley_module()->backend;
}

static const char *
file_in(const char *directory, const char *name)
{
	static char path[160];

	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static char here[96]; /* the directory of the test that runs */

static void
choose_directory(void)
{
	snprintf(here, sizeof here, "%s", fresh());
}

static void
declare_all(void)
{
	struct parley_error err = { 0 };

	if (store_declare(&people, &err) != 0 || store_declare(&notes, &err) != 0)
		fail_msg("not declared: %s", err.text);
}

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
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file_in(directory, "parley.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* ---- restarts ----------------------------------------------------------------------------- */

static void
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

static void
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

static void
documents_survive_a_restart(void **state)
{
	struct stat st;

	choose_directory();
	with_store_at(here, body_before);
	with_store_at(here, body_after);
	assert_int_equal(stat(here, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(file_in(here, "parley.db"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

/* ---- sudden ends -------------------------------------------------------------------------- */

static int acks; /* a pipe from the child, one int64_t for each acknowledged append */

/* Appends for ever, 10 in flight, and tells what was acknowledged. */
static void
body_append_for_ever(void)
{
	struct parley_append a[10];
	int64_t n = 0, acked;

	declare_all();
	memset(a, 0, sizeof a);
	for (unsigned i = 0;; i = (i + 1) % 10) {
		if (n >= 10) {
			parley_await_event(&a[i].done, -1);
			acked = a[i].done.rc == 0 ? a[i].seq : -1;
			if (write(acks, &acked, sizeof acked) != sizeof acked)
				_exit(1);
		}
		a[i] = (struct parley_append){ .stream = "s" };
		snprintf(a[i].origin, sizeof a[i].origin, "o%lld", (long long)n);
		parley_text_printf(&a[i].json, "{\"kind\":\"%lld\"}", (long long)n++);
		parley_store_append(&notes, &a[i]);
	}
}

/* Runs fn on the store in a child that does not return by itself. */
static pid_t
spawn_child(void (*fn)(void))
{
	pid_t child;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(fds[0]);
		acks = fds[1];
		with_store_at(here, fn);
		_exit(0);
	}
	close(fds[1]);
	acks = fds[0];
	return child;
}

/* Reads acknowledgements up to a number, or to the end of the child. Returns the highest. */
static int64_t
read_acks(unsigned max)
{
	int64_t seq, highest = 0;

	while (max-- > 0 && read(acks, &seq, sizeof seq) == sizeof seq) {
		assert_int_equal(seq, highest + 1);
		highest = seq;
	}
	return highest;
}

static int64_t acked;

/* Everything acknowledged is there; what is there is whole and in order. */
static void
body_check_appended(void)
{
	char key[32], kind[32];
	struct parley_doc *doc;
	int64_t seq = 1;

	declare_all();
	for (;; seq++) {
		snprintf(key, sizeof key, "s/%lld", (long long)seq);
		snprintf(kind, sizeof kind, "%lld", (long long)(seq - 1));
		doc = get(&notes, key);
		if (doc == NULL)
			break;
		assert_string_equal(parley_json_string(parley_json_get(doc->root, "kind")), kind);
		parley_doc_free(&doc);
	}
	assert_true(seq > acked);
	assert_int_equal(
	    parley_store_count(&notes, &(struct parley_query){ 0 }, UINT32_MAX, NULL), seq - 1);
	assert_int_equal(append("s", "", "{}"), seq);
}

static void
acknowledged_appends_survive_kill_9(void **state)
{
	for (unsigned round = 0; round < 4; round++) {
		pid_t child;
		int status;

		choose_directory();
		child = spawn_child(body_append_for_ever);
		acked = read_acks(50 + round * 150);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		close(acks);
		assert_true(acked >= 50);
		with_store_at(here, body_check_appended);
	}
}

static unsigned power_off_after;

static void
body_lose_power(void)
{
	faulty_power_off_after(power_off_after, power_off_after);
	body_append_for_ever();
}

/* Runs fn in a child until the power goes off, and has what it wrote read back by check. */
static void
lose_power(void (*fn)(void), void (*check)(void))
{
	pid_t child = spawn_child(fn);
	int status;

	faulty_power_off_after(0, 0); /* the child has its own */
	acked = read_acks(UINT32_MAX);
	close(acks);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	unlink(file_in(here, "parley.db-shm"));
	with_store_at(here, check);
}

static void
acknowledged_appends_survive_lost_power(void **state)
{
	for (unsigned round = 0; round < 25; round++) {
		power_off_after = 1 + round * round;
		choose_directory();
		lose_power(body_lose_power, body_check_appended);
	}
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
body_fill(void)
{
	char key[16], json[100];

	declare_all();
	for (int i = 0; i < 50; i++) {
		snprintf(key, sizeof key, "k%02d", i);
		snprintf(json, sizeof json, "{'age':%d,'name':'n%d','town':'t%d','city':'c'}", i, i,
		    i % 2);
		assert_int_equal(put(key, json), PARLEY_OK);
	}
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

static void
body_migrate_and_lose_power(void)
{
	faulty_power_off_after(power_off_after, power_off_after);
	store_declare(&second, NULL);
	kill(getpid(), SIGKILL);
}

static void
an_interrupted_migration_is_done_again(void **state)
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
an_interrupted_first_start_is_done_again(void **state)
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
a_newer_layout_is_refused_and_left_alone(void **state)
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
a_second_process_is_refused(void **state)
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

/* ---- disks that fail ---------------------------------------------------------------------- */

static void
body_full(void)
{
	declare_all();
	assert_int_equal(put("a", "{'name':'Ann'}"), PARLEY_OK);
	faulty_set_full(true);
	assert_int_equal(put("a", "{'name':'Bea'}"), PARLEY_LIMIT);
	assert_int_equal(append("s", "o", "{}"), -PARLEY_LIMIT);
	expect_text(&people, "a", "name", "Ann");
	faulty_set_full(false);
	assert_int_equal(append("s", "o", "{}"), 1);
	assert_int_equal(put("a", "{'name':'Bea'}"), PARLEY_OK);
	expect_text(&people, "a", "name", "Bea");
}

static void
a_full_disk_refuses_writes_until_there_is_room(void **state)
{
	choose_directory();
	with_store_at(here, body_full);
}

static unsigned fatal_calls;

static void
on_fatal(const char *why)
{
	assert_true(why[0] != '\0');
	fatal_calls++;
}

static void
body_sync_error(void)
{
	declare_all();
	assert_int_equal(put("a", "{'name':'Ann'}"), PARLEY_OK);
	faulty_set_sync_error(true);
	assert_int_equal(put("b", "{'name':'Bea'}"), PARLEY_INTERNAL);
	faulty_set_sync_error(false);
	assert_int_equal(put("c", "{'name':'Cem'}"), PARLEY_INTERNAL);
	assert_int_equal(append("s", "", "{}"), -PARLEY_INTERNAL);
	assert_int_equal(fatal_calls, 1);
	expect_text(&people, "a", "name", "Ann");
}

static void
body_after_sync_error(void)
{
	declare_all();
	expect_text(&people, "a", "name", "Ann");
	expect_none(&people, "c");
	assert_int_equal(put("c", "{'name':'Cem'}"), PARLEY_OK);
}

static void
a_failed_sync_ends_all_writing(void **state)
{
	choose_directory();
	fatal_calls = 0;
	store_set_fatal(on_fatal);
	with_store_at(here, body_sync_error);
	with_store_at(here, body_after_sync_error);
	store_set_fatal(NULL);
}

static void
body_checkpoints(void)
{
	struct parley_text doc = { 0 };
	struct parley_error err = { 0 };
	struct stat st;
	char key[16];

	declare_all();
	parley_text_puts(&doc, "{\"pad\":\"");
	memset(parley_text_reserve(&doc, 1 << 19), 'x', 1 << 19);
	doc.len += 1 << 19;
	parley_text_puts(&doc, "\"}");
	for (int i = 0; i < 60; i++) {
		snprintf(key, sizeof key, "k%d", i % 10);
		assert_int_equal(parley_store_put(&people, key, &doc, &err), 0);
	}
	parley_text_fini(&doc);
	assert_int_equal(stat(file_in(here, "parley.db-wal"), &st), 0);
	assert_true(st.st_size < 24 << 20); /* of 30 MiB written */
}

static void
checkpoints_keep_the_log_short(void **state)
{
	choose_directory();
	with_store_at(here, body_checkpoints);
}

#define LARGE 50 /* of half a megabyte each, in one transaction: the page cache holds 16 MiB */

static void
body_large_batch(void)
{
	struct parley_append *a = calloc(LARGE, sizeof *a);

	declare_all();
	for (int i = 0; i < LARGE; i++) {
		strcpy(a[i].stream, "s");
		parley_text_printf(&a[i].json, "{\"kind\":\"%d\",\"pad\":\"", i);
		memset(parley_text_reserve(&a[i].json, 1 << 19), 'a' + i % 26, 1 << 19);
		a[i].json.len += 1 << 19;
		parley_text_puts(&a[i].json, "\"}");
		parley_store_append(&notes, &a[i]);
	}
	for (int i = 0; i < LARGE; i++)
		assert_int_equal(parley_await_event(&a[i].done, -1), 0);
	free(a);
}

static void
body_check_large_batch(void)
{
	char key[16], kind[16];

	declare_all();
	for (int i = 0; i < LARGE; i++) {
		PARLEY_AUTO(parley_doc_free) struct parley_doc *doc = NULL;
		const char *pad;

		snprintf(key, sizeof key, "s/%d", i + 1);
		snprintf(kind, sizeof kind, "%d", i);
		doc = get(&notes, key);
		assert_non_null(doc);
		assert_string_equal(parley_json_string(parley_json_get(doc->root, "kind")), kind);
		pad = parley_json_string(parley_json_get(doc->root, "pad"));
		assert_int_equal(strlen(pad), 1 << 19);
		for (int k = 0; k < 1 << 19; k += 100)
			assert_int_equal(pad[k], 'a' + i % 26);
	}
}

static void
body_large_then_check(void)
{
	body_large_batch();
	body_check_large_batch();
}

static void
a_batch_larger_than_the_cache_is_stored_whole(void **state)
{
	choose_directory();
	with_store_at(here, body_large_then_check);
	with_store_at(here, body_check_large_batch);
}

static void
body_checkpoint_sync_error(void)
{
	body_checkpoints();
	faulty_set_sync_error(true);
	while (put("a", "{'name':'Ann'}") == PARLEY_OK)
		fail_msg("acknowledged without a sync");
	faulty_set_sync_error(false);
}

static void
nothing_is_acknowledged_while_syncs_fail(void **state)
{
	choose_directory();
	store_set_fatal(on_fatal);
	with_store_at(here, body_checkpoint_sync_error);
	store_set_fatal(NULL);
}

static void
body_fill_both(void)
{
	char stream[16];

	body_fill();
	for (int i = 0; i < 100; i++) {
		snprintf(stream, sizeof stream, "s%d", i % 7);
		assert_true(append(stream, "", "{'kind':'k'}") > 0);
	}
}

/* Bytes in the middle of the file have gone bad: reads and writes say so, and nothing crashes. */
static void
body_damaged(void)
{
	struct parley_query all = { .limit = 1000 };
	struct parley_docs docs = { 0 };
	struct parley_append a = { .stream = "s1", .origin = "o" };
	struct parley_error err = { 0 };

	if (store_declare(&people, &err) == 0 && parley_store_find(&people, &all, &docs, &err) == 0)
		parley_docs_fini(&docs);
	if (err.code == PARLEY_OK && store_declare(&notes, &err) == 0) {
		if (parley_store_find(&notes, &all, &docs, &err) == 0)
			parley_docs_fini(&docs);
		parley_text_puts(&a.json, "{}");
		parley_store_append(&notes, &a);
		if (parley_await_event(&a.done, -1) != 0)
			assert_int_equal(a.err.code, PARLEY_INTERNAL);
	}
	if (err.code != PARLEY_OK)
		assert_int_equal(err.code, PARLEY_INTERNAL);
}

static void
a_damaged_file_is_noticed(void **state)
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

/* Fails when SQLite would look at more than the index gives, or sort. */
static void
expect_index_used(const struct parley_collection *c, const struct parley_query *q, bool count)
{
	struct parley_text sql = { 0 };
	struct parley_plan plan;
	sqlite3_stmt *st;

	assert_int_equal(parley_plan_query(c, q, &plan), 0);
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
expect_index_serves(const struct parley_collection *c, const char *const *fields, unsigned count)
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
			expect_index_used(c, &q, false);
			expect_index_used(c, &q, true);
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
		expect_index_serves(c, fields, n);
	}
}

static void
every_query_is_served_by_an_index(void **state)
{
	choose_directory();
	with_store_at(here, body_before);
	assert_int_equal(sqlite3_open(file_in(here, "parley.db"), &plans_db), SQLITE_OK);
	expect_indexes_serve(&people);
	expect_indexes_serve(&notes);
	expect_index_serves(&people, (const char *[]){ "key" }, 1);
	expect_index_serves(&notes, (const char *[]){ "stream", "seq" }, 2);
	sqlite3_close(plans_db);
}

/* ---- the group ---------------------------------------------------------------------------- */

static int
remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_survive_a_restart),
		cmocka_unit_test(acknowledged_appends_survive_kill_9),
		cmocka_unit_test(acknowledged_appends_survive_lost_power),
		cmocka_unit_test(a_migration_changes_columns_and_keeps_documents),
		cmocka_unit_test(an_interrupted_migration_is_done_again),
		cmocka_unit_test(an_interrupted_first_start_is_done_again),
		cmocka_unit_test(a_changed_declaration_needs_a_new_version),
		cmocka_unit_test(a_newer_layout_is_refused_and_left_alone),
		cmocka_unit_test(another_programs_file_is_refused),
		cmocka_unit_test(garbage_is_refused),
		cmocka_unit_test(a_directory_that_cannot_be_made_is_refused),
		cmocka_unit_test(a_second_process_is_refused),
		cmocka_unit_test(a_full_disk_refuses_writes_until_there_is_room),
		cmocka_unit_test(a_failed_sync_ends_all_writing),
		cmocka_unit_test(checkpoints_keep_the_log_short),
		cmocka_unit_test(a_batch_larger_than_the_cache_is_stored_whole),
		cmocka_unit_test(nothing_is_acknowledged_while_syncs_fail),
		cmocka_unit_test(a_damaged_file_is_noticed),
		cmocka_unit_test(every_query_is_served_by_an_index),
		{ 0 },
	};
	struct conformance c = { "store_sqlite", backend(), fresh };
	const char *tmp = getenv("TMPDIR");
	int failed;

	snprintf(top, sizeof top, "%s/parley-store-XXXXXX",
	    tmp != NULL && strlen(tmp) < 30 ? tmp : "/tmp");
	if (mkdtemp(top) == NULL)
		return 1;
	log_set_level(PARLEY_LOG_ERROR);
	faulty_install();
	failed = conformance_run(&c, tests);
	nftw(top, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	return failed;
}
