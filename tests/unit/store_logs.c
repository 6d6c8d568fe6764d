/* SPDX-License-Identifier: MIT */
/* store_logs.c - logs, queues and declarations. */
#include "unit/store_conformance.h"

#include "base/xalloc.h"
#include "runtime/task.h"
#include "runtime/workers.h"
#include "store/reader.h"
#include "store/store.h"
#include "support/death.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- logs --------------------------------------------------------------------------------- */

static void
body_log(void)
{
	struct parley_query q = { .where = { { "stream", PARLEY_OP_EQ, .text = "s" },
				      { "seq", PARLEY_OP_GE, .integer = 2 } } };

	assert_int_equal(append("s", "", "{'kind':'a'}"), 1);
	assert_int_equal(append("s", "", "{'kind':'b'}"), 2);
	assert_int_equal(append("s/1", "", "{'kind':'c'}"), 1);
	assert_int_equal(append("s", "", "{'kind':'a'}"), 3);
	expect_text(log_in_use, "s/2", "kind", "b");
	expect_text(log_in_use, "s/1/1", "kind", "c");
	expect_none(log_in_use, "s/4");
	expect_none(log_in_use, "s/02");
	expect_none(log_in_use, "s/0");
	expect_none(log_in_use, "s/");
	expect_none(log_in_use, "s");
	expect_none(log_in_use, "/1");
	expect_none(log_in_use, "s/99999999999999999999");
	expect_found(log_in_use, &q, "s/2 s/3");
	q.order_by = "seq";
	q.descending = true;
	expect_found(log_in_use, &q, "s/3 s/2");
	expect_found(log_in_use, &(struct parley_query){ 0 }, "s/1 s/2 s/3 s/1/1");
	if (log_in_use != &notes)
		return;
	q.where[1] = (struct parley_cond){ "kind", PARLEY_OP_EQ, .text = "a" };
	expect_found(log_in_use, &q, "s/3 s/1");
	expect_found(log_in_use,
	    &(struct parley_query){ .where = { { "kind", PARLEY_OP_PREFIX, .text = "" } } },
	    "s/1 s/3 s/2 s/1/1");
}

static void
each_stream_counts_from_one(void **state)
{
	with_each_log(body_log);
}

static void
body_sparse(void)
{
	struct parley_query q = { .where = { { "stream", PARLEY_OP_EQ, .text = "s" },
				      { "flag", PARLEY_OP_EQ, .integer = 1 } } };
	PARLEY_AUTO(parley_text_fini) struct parley_text json = { 0 };
	struct parley_error err = { 0 };

	append("s", "", "{'kind':'a'}");
	append("s", "", "{'flag':1}");
	append("t", "", "{'flag':1,'kind':'b'}");
	append("s", "", "{'flag':2,'kind':'c'}");
	expect_found(log_in_use, &q, "s/2");
	q.where[1] = (struct parley_cond){ "flag", PARLEY_OP_GE, .integer = 1 };
	q.order_by = "flag";
	expect_found(log_in_use, &q, "s/2 s/3");
	expect_found(log_in_use,
	    &(struct parley_query){
		.where = { { "flag", PARLEY_OP_EQ, .integer = 1 } }, .order_by = "kind" },
	    "t/1");
	parley_text_puts(&json, "{\"flag\":null}");
	assert_int_equal(parley_store_patch(log_in_use, "s/2", &json, NULL, &err), 0);
	parley_text_clear(&json);
	parley_text_puts(&json, "{\"flag\":7}");
	assert_int_equal(parley_store_patch(log_in_use, "s/1", &json, NULL, &err), 0);
	expect_found(log_in_use, &q, "s/3 s/1");
}

static void
a_sparse_index_has_only_documents_with_all_of_its_members(void **state)
{
	with_each_log(body_sparse);
}

static void
body_origin(void)
{
	struct parley_append a = { .stream = "t", .origin = "o" };

	assert_int_equal(append("s", "", "{}"), 1);
	assert_int_equal(append("s", "o", "{'kind':'first'}"), 2);
	assert_int_equal(append("s", "o", "{'kind':'again'}"), 2);
	assert_int_equal(append("s", "", "{}"), 3);
	parley_text_puts(&a.json, "{\"kind\":\"elsewhere\"}");
	parley_store_append(log_in_use, &a);
	assert_int_equal(parley_await_event(&a.done, -1), 0);
	assert_int_equal(a.seq, 2);
	assert_string_equal(a.earlier->key, "s/2");
	assert_int_equal(a.earlier->seq, 2);
	assert_string_equal(parley_json_string(parley_json_get(a.earlier->root, "kind")), "first");
	parley_doc_free(&a.earlier);
	assert_int_equal(append("t", "", "{}"), 1);
}

static void
an_origin_is_appended_once(void **state)
{
	with_each_log(body_origin);
}

/* The seq that an origin has in the log; 0: none. */
static int64_t
seek(const char *origin)
{
	struct parley_append a = { .seek = true };
	int rc;

	snprintf(a.origin, sizeof a.origin, "%s", origin);
	parley_store_append(log_in_use, &a);
	rc = parley_await_event(&a.done, -1);
	assert_int_equal(rc != 0, a.earlier == NULL);
	assert_int_equal(rc == 0 ? PARLEY_OK : PARLEY_NOT_FOUND, a.err.code);
	if (rc == 0)
		assert_int_equal(a.earlier->seq, a.seq);
	parley_doc_free(&a.earlier);
	return rc == 0 ? a.seq : 0;
}

static void
body_seek(void)
{
	struct parley_append first = { .stream = "s", .origin = "o2" };
	struct parley_append after = { .origin = "o2", .seek = true };

	assert_int_equal(seek("o1"), 0);
	assert_int_equal(append("s", "o1", "{}"), 1);
	parley_text_puts(&first.json, "{\"kind\":\"second\"}");
	parley_store_append(log_in_use, &first);
	parley_store_append(log_in_use, &after);
	assert_int_equal(parley_await_event(&first.done, -1), 0);
	assert_int_equal(parley_await_event(&after.done, -1), 0);
	assert_int_equal(after.seq, 2);
	assert_string_equal(after.earlier->key, "s/2");
	parley_doc_free(&after.earlier);
	assert_int_equal(seek("o1"), 1);
	assert_int_equal(seek("o3"), 0);
	assert_int_equal(seek(""), 0);
	assert_int_equal(append("s", "o3", "{}"), 3);
}

static void
an_origin_is_looked_for_without_appending(void **state)
{
	with_each_log(body_seek);
}

static void
body_log_changes(void)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text json = { 0 };
	struct parley_error err = { 0 };

	assert_int_equal(append("s", "o1", "{'kind':'a','mid':'m1'}"), 1);
	assert_int_equal(append("s", "o2", "{'kind':'a','mid':'m1'}"), -PARLEY_CONFLICT);
	assert_int_equal(append("s", "o2", "{'kind':'a','mid':'m2'}"), 2);
	parley_text_puts(&json, "{\"kind\":\"edited\"}");
	assert_int_equal(parley_store_patch(log_in_use, "s/1", &json, NULL, &err), 0);
	expect_text(log_in_use, "s/1", "kind", "edited");
	assert_int_equal(parley_store_patch(log_in_use, "s/7", &json, NULL, &err), -1);
	assert_int_equal(err.code, PARLEY_NOT_FOUND);
	assert_int_equal(append("s", "o1", "{}"), 1);
	assert_int_equal(parley_store_remove(log_in_use, "s/2", NULL, &err), 0);
	expect_none(log_in_use, "s/2");
	assert_int_equal(append("s", "o2", "{'mid':'m2'}"), 3);
	assert_int_equal(parley_store_remove(log_in_use, "s/1", NULL, &err), 0);
	assert_int_equal(parley_store_remove(log_in_use, "s/3", NULL, &err), 0);
	assert_int_equal(append("s", "", "{}"), 4);
}

static void
a_removed_seq_is_not_used_again(void **state)
{
	with_each_log(body_log_changes);
}

#define MANY 500

static void
body_many(void)
{
	struct parley_append *a = xcalloc(MANY, sizeof *a);
	int64_t last[7] = { 0 };

	for (int i = 0; i < MANY; i++) {
		snprintf(a[i].stream, sizeof a[i].stream, "s%d", i % 7);
		snprintf(a[i].origin, sizeof a[i].origin, "o%d", i - (i % 10 == 9));
		parley_text_printf(&a[i].json, "{\"n\":%d}", i);
		parley_store_append(log_in_use, &a[i]);
	}
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(parley_await_event(&a[i].done, -1), 0);
		if (i % 10 == 9) {
			assert_non_null(a[i].earlier);
			assert_int_equal(a[i].seq, a[i - 1].seq);
		} else {
			assert_null(a[i].earlier);
			assert_int_equal(a[i].seq, ++last[i % 7]);
		}
		parley_doc_free(&a[i].earlier);
	}
	assert_true(store_stats().batch_largest <= 256);
	free(a);
}

static void
appends_are_committed_in_the_order_of_the_calls(void **state)
{
	with_each_log(body_many);
}

/* ---- queues, fibers, declarations --------------------------------------------------------- */

static unsigned readers_left;
static struct parley_event readers_done;

static void
one_reader(void *arg)
{
	for (int i = 0; i < 20; i++)
		expect_text(&people, "a", "name", "Ann");
	if (--readers_left == 0)
		parley_event_set(&readers_done, 0);
}

static void
body_readers(void)
{
	put("a", "{'name':'Ann'}");
	readers_left = 50;
	readers_done = (struct parley_event){ 0 };
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(task_spawn(scope_current(), "reader", one_reader, NULL), 0);
	for (int i = 0; i < 50; i++)
		put("b", "{'name':'Bea'}");
	parley_await_event(&readers_done, -1);
	assert_int_equal(store_stats().reads_waiting, 0);
	assert_int_equal(store_stats().reads, 1000);
}

static void
many_fibers_share_few_readers(void **state)
{
	with_store(body_readers);
}

static atomic_uint reads_done;

static void
count_read(void *arg, void *reader)
{
	atomic_fetch_add(&reads_done, 1);
}

static void
reader_of_nothing(void *arg)
{
	assert_int_equal(readers_run(count_read, NULL, NULL), 0);
	if (--readers_left == 0)
		parley_event_set(&readers_done, 0);
}

/* All reads have begun, and the router does not learn of their ends while this looks. */
static void
onlooker(void *arg)
{
	workers_flush();
	while (atomic_load(&reads_done) < 50)
		sched_yield();
	assert_int_equal(store_stats().readers_max, 3);
	assert_in_range(store_stats().readers_busy, 1, 3);
	assert_int_equal(store_stats().reads_waiting, 50);
	assert_int_equal(store_stats().reads_waiting_max, 103);
}

static void
body_reads_that_nobody_has_heard_of(void)
{
	readers_left = 50;
	readers_done = (struct parley_event){ 0 };
	atomic_store(&reads_done, 0);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(task_spawn(scope_current(), "reader", reader_of_nothing, NULL), 0);
	assert_int_equal(task_spawn(scope_current(), "onlooker", onlooker, NULL), 0);
	parley_await_event(&readers_done, -1);
	assert_int_equal(store_stats().reads_waiting, 0);
}

static void
a_read_that_is_done_keeps_no_reader_busy(void **state)
{
	with_store(body_reads_that_nobody_has_heard_of);
}

static unsigned answered[PARLEY_CODE_COUNT];

static void
reader_that_counts(void *arg)
{
	struct parley_error err = { 0 };
	struct parley_doc *doc = parley_store_get(&people, "a", &err);

	assert_int_equal(err.code == PARLEY_OK, doc != NULL);
	assert_int_equal(err.code == PARLEY_BUSY || doc != NULL, true);
	answered[err.code]++;
	parley_doc_free(&doc);
	if (--readers_left == 0)
		parley_event_set(&readers_done, 0);
}

static void
spawn_readers(struct scope *scope, unsigned n)
{
	readers_left = n;
	readers_done = (struct parley_event){ 0 };
	memset(answered, 0, sizeof answered);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(task_spawn(scope, "reader", reader_that_counts, NULL), 0);
}

static void
body_too_many_readers(void)
{
	put("a", "{'name':'Ann'}");
	spawn_readers(scope_current(), 300);
	parley_await_event(&readers_done, -1);
	assert_int_equal(answered[PARLEY_OK], 103);
	assert_int_equal(answered[PARLEY_BUSY], 197);
	assert_int_equal(store_stats().refused, 197);
	assert_int_equal(store_stats().reads_waiting, 0);
	expect_text(&people, "a", "name", "Ann");
}

static void
reads_that_would_wait_too_long_are_refused(void **state)
{
	with_store(body_too_many_readers);
}

static void
body_canceled_readers(void)
{
	struct scope scope = { 0 };

	put("a", "{'name':'Ann'}");
	scope_open(&scope, scope_current());
	spawn_readers(&scope, 60);
	while (answered[PARLEY_OK] < 5)
		expect_text(&people, "a", "name", "Ann");
	scope_cancel(&scope);
	parley_await_event(&readers_done, -1);
	assert_int_equal(answered[PARLEY_OK] + answered[PARLEY_BUSY], 60);
	assert_int_equal(store_stats().reads_waiting, 0);
	assert_int_equal(await_scope_idle(&scope, -1), 0);
	scope_close(&scope);
	expect_text(&people, "a", "name", "Ann");
}

static void
canceled_readers_leave_the_queue(void **state)
{
	with_store(body_canceled_readers);
}

static void
canceled_fiber(void *arg)
{
	struct parley_event *done = arg;
	struct parley_error err = { 0 };

	assert_int_equal(parley_await_sleep(0), PARLEY_CANCELED);
	assert_null(parley_store_get(&people, "a", &err));
	assert_int_equal(err.code, PARLEY_BUSY);
	assert_int_equal(put("a", "{'name':'last words'}"), PARLEY_OK);
	assert_int_equal(parley_await_sleep(0), PARLEY_CANCELED);
	parley_event_set(done, 0);
}

static void
body_canceled(void)
{
	struct parley_event done = { 0 };
	struct scope scope = { 0 };

	scope_open(&scope, scope_current());
	scope_cancel(&scope);
	assert_int_equal(task_spawn(&scope, "canceled", canceled_fiber, &done), 0);
	parley_await_event(&done, -1);
	await_scope_idle(&scope, -1);
	scope_close(&scope);
	expect_text(&people, "a", "name", "last words");
}

static void
a_canceled_fiber_can_write_but_not_read(void **state)
{
	with_store(body_canceled);
}

static void
body_full_queue(void)
{
	unsigned n = 2100, refused = 0, done = 0;
	struct parley_append *a = xcalloc(n, sizeof *a);

	for (unsigned i = 0; i < n; i++) {
		strcpy(a[i].stream, "s");
		parley_text_puts(&a[i].json, "{}");
		parley_store_append(&notes, &a[i]);
		refused += a[i].done.set;
	}
	assert_int_equal(refused, 100);
	assert_int_equal(store_stats().refused, 100);
	for (unsigned i = 0; i < n; i++) {
		if (parley_await_event(&a[i].done, -1) == 0)
			assert_int_equal(a[i].seq, ++done);
		else
			assert_int_equal(a[i].err.code, PARLEY_BUSY);
	}
	assert_int_equal(done, 2000);
	assert_int_equal(store_stats().queued, 0);
	free(a);
}

static void
a_full_queue_refuses_and_recovers(void **state)
{
	with_store(body_full_queue);
}

static void
body_no_index(void)
{
	struct parley_docs docs;

	parley_store_find(&people, &(struct parley_query){ .order_by = "name" }, &docs, NULL);
}

static void
body_not_declared(void)
{
	static const struct parley_collection other = { .name = "other" };

	parley_store_get(&other, "a", NULL);
}

static void
body_put_into_log(void)
{
	struct parley_text json = { .s = (char[]){ "{}" }, .len = 2 };

	parley_store_put(&notes, "s/1", &json, NULL);
}

static void
body_unknown_condition(void)
{
	struct parley_cond when[] = { { "extra", PARLEY_OP_EQ, .text = "x" }, { 0 } };

	parley_store_remove(&people, "a", when, NULL);
}

static void
die_no_index(void)
{
	with_store(body_no_index);
}

static void
die_not_declared(void)
{
	with_store(body_not_declared);
}

static void
die_put_into_log(void)
{
	with_store(body_put_into_log);
}

static void
die_unknown_condition(void)
{
	with_store(body_unknown_condition);
}

static void
bugs_of_modules_abort(void **state)
{
	assert_dies(die_no_index, "parley_plan_query");
	assert_dies(die_not_declared, "store.declared");
	assert_dies(die_put_into_log, "!c->log");
	assert_dies(die_unknown_condition, "store_when_is_valid");
}

static void
expect_refused(const struct parley_collection *c)
{
	struct parley_error err = { 0 };

	assert_int_equal(store_declare(c, &err), -1);
	assert_int_equal(err.code, PARLEY_INTERNAL);
	assert_true(err.text[0] != '\0');
}

static void
body_bad_declarations(void)
{
	static const struct parley_field reserved[] = { { "key", PARLEY_FIELD_TEXT }, { 0 } };
	static const struct parley_field twice[] = { { "a", PARLEY_FIELD_TEXT },
		{ "a", PARLEY_FIELD_INT }, { 0 } };
	static const struct parley_field text[] = { { "a", PARLEY_FIELD_TEXT }, { 0 } };
	static const struct parley_index unknown[] = { { .fields = { "b" } }, { 0 } };
	static const struct parley_index doubled[] = { { .fields = { "a", "a" } }, { 0 } };

	expect_refused(&(struct parley_collection){ .name = "Bad", .version = 1 });
	expect_refused(&(struct parley_collection){ .name = "", .version = 1 });
	expect_refused(&(struct parley_collection){ .name = "x\";--", .version = 1 });
	expect_refused(&(struct parley_collection){ .name = "x", .fields = reserved });
	expect_refused(&(struct parley_collection){ .name = "x", .fields = twice });
	expect_refused(
	    &(struct parley_collection){ .name = "x", .fields = text, .indexes = unknown });
	expect_refused(
	    &(struct parley_collection){ .name = "x", .fields = text, .indexes = doubled });
	expect_refused(&(struct parley_collection){ .name = "x", .fields = text, .expires = "a" });
}

static void
wrong_declarations_are_refused(void **state)
{
	with_store(body_bad_declarations);
}

static void
body_migration(void)
{
	static const struct parley_index by_name[] = { { .fields = { "name" } },
		{ .fields = { "nick" }, .unique = true }, { 0 } };
	static const struct parley_index name_unique[] = { { .fields = { "name" }, .unique = true },
		{ 0 } };
	static struct parley_collection second, third;
	struct parley_query by = { .order_by = "name" };
	struct parley_error err = { 0 };

	second = third = people;
	second.version = 2;
	second.indexes = by_name;
	third.version = 3;
	third.indexes = name_unique;
	put("a", "{'name':'same','nick':'x'}");
	put("b", "{'name':'same','age':5}");
	put("c", "{'name':'other'}");
	assert_int_equal(store_declare(&second, &err), 0);
	expect_found(&second, &by, "c a b");
	assert_int_equal(
	    parley_store_put(&second, "d",
		&(struct parley_text){ .s = (char[]){ "{\"nick\":\"x\"}" }, .len = 12 }, &err),
	    -1);
	assert_int_equal(err.code, PARLEY_CONFLICT);
	assert_int_equal(store_declare(&third, &err), -1);
	expect_found(&second, &by, "c a b");
	assert_int_equal(store_declare(&people, &err), -1);
	assert_int_equal(err.code, PARLEY_INTERNAL);
	expect_found(&second, &by, "c a b");
}

static void
a_raised_version_rebuilds_the_indexes(void **state)
{
	with_store(body_migration);
}

const struct CMUnitTest log_tests[] = {
	cmocka_unit_test(each_stream_counts_from_one),
	cmocka_unit_test(a_sparse_index_has_only_documents_with_all_of_its_members),
	cmocka_unit_test(an_origin_is_appended_once),
	cmocka_unit_test(an_origin_is_looked_for_without_appending),
	cmocka_unit_test(a_removed_seq_is_not_used_again),
	cmocka_unit_test(appends_are_committed_in_the_order_of_the_calls),
	cmocka_unit_test(many_fibers_share_few_readers),
	cmocka_unit_test(a_read_that_is_done_keeps_no_reader_busy),
	cmocka_unit_test(reads_that_would_wait_too_long_are_refused),
	cmocka_unit_test(canceled_readers_leave_the_queue),
	cmocka_unit_test(a_canceled_fiber_can_write_but_not_read),
	cmocka_unit_test(a_full_queue_refuses_and_recovers),
	cmocka_unit_test(bugs_of_modules_abort),
	cmocka_unit_test(wrong_declarations_are_refused),
	cmocka_unit_test(a_raised_version_rebuilds_the_indexes),
	{ 0 },
};
