/* SPDX-License-Identifier: MIT */
/* store_copies.c - all that a store has is moved to another one, for back ends whose stores outlive
 * the process. */
#include "unit/store_conformance.h"

#include "store/store.h"
#include "store/store_copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEOPLE 300

static const struct parley_collection *const all[] = { &people, &letters, &notes, NULL };
static char from[600], to[600];

/* ---- what is told ------------------------------------------------------------------------- */

static char told_lines[2000];

static void
on_line(void *context, const char *text)
{
	size_t len = strlen(told_lines);

	snprintf(told_lines + len, sizeof told_lines - len, "%s\n", text);
}

static void
on_progress(void *context, int64_t done, int64_t total)
{
	assert_true(done <= total);
}

static const struct parley_told told = { NULL, on_line, on_progress };

/* ---- stores ------------------------------------------------------------------------------- */

static void
choose_locations(void)
{
	snprintf(from, sizeof from, "%s", conformance_in_use->location());
	snprintf(to, sizeof to, "%s", conformance_in_use->location());
	told_lines[0] = '\0';
}

static void
fill_log(const struct parley_collection *log)
{
	struct parley_error err = { 0 };
	char origin[20];

	log_in_use = log;
	for (int i = 1; i <= 150; i++) {
		snprintf(origin, sizeof origin, "o-%d", i);
		assert_int_equal(append(i % 3 == 0 ? "s" : "s/long", origin, "{'kind':'one'}"),
		    i % 3 == 0 ? i / 3 : i - i / 3);
	}
	assert_int_equal(append("gone", "", "{'flag':3}"), 1);
	assert_int_equal(append("cut", "", "{'flag':3,'kind':'\\u00fc'}"), 1);
	assert_int_equal(append("cut", "", "{'mid':'m'}"), 2);
	assert_int_equal(append("on", "", "{'flag':3}"), 1);
	assert_int_equal(parley_store_remove(log, "s/7", NULL, &err), 0);
	assert_int_equal(parley_store_remove(log, "gone/1", NULL, &err), 0);
	assert_int_equal(parley_store_remove(log, "cut/2", NULL, &err), 0);
	assert_int_equal(parley_store_remove(log, "on/1", NULL, &err), 0);
	assert_int_equal(append("on", "", "{'flag':4}"), 2);
	log_in_use = &notes;
}

static void
fill(void)
{
	char key[20], json[80];

	declare_all();
	for (int i = 0; i < PEOPLE; i++) {
		snprintf(key, sizeof key, "p%d", i);
		snprintf(json, sizeof json, "{'name':'n%d', 'age':%d,'nick':'k%d'}", i, i, i);
		assert_int_equal(put(key, json), PARLEY_OK);
	}
	assert_int_equal(put("expired", "{'until':1}"), PARLEY_OK);
	fill_log(&letters);
	fill_log(&notes);
}

static void
check_log(const struct parley_collection *log)
{
	log_in_use = log;
	expect_text(log, "s/8", "kind", "one");
	expect_none(log, "s/7");
	expect_none(log, "cut/2");
	expect_found(log,
	    &(struct parley_query){
		.where = { { "flag", PARLEY_OP_EQ, .integer = 3 } }, .order_by = "kind" },
	    "cut/1");
	assert_int_equal(append("s", "o-3", "{}"), 1);
	assert_int_equal(append("elsewhere", "o-150", "{}"), 50);
	assert_int_equal(append("s", "", "{}"), 51);
	assert_int_equal(append("s/long", "", "{}"), 101);
	assert_int_equal(append("gone", "", "{}"), 2);
	assert_int_equal(append("cut", "", "{'mid':'m'}"), 3);
	log_in_use = &notes;
}

/* The copy does what the store would have done. */
static void
check(void)
{
	declare_all();
	expect_text(&people, "p299", "name", "n299");
	expect_none(&people, "expired");
	expect_found(&people,
	    &(struct parley_query){
		.where = { { "age", PARLEY_OP_GE, .integer = 298 } }, .order_by = "age" },
	    "p298 p299");
	assert_int_equal(put("q", "{'nick':'k17'}"), PARLEY_CONFLICT);
	check_log(&letters);
	check_log(&notes);
}

static int
copy_to(const struct parley_backend *backend, struct parley_error *err)
{
	const struct store_order order = { .from = { conformance_in_use->backend, from },
		.to = { backend, to },
		.collections = all };

	return store_copy(&order, &told, err);
}

static void
copy(void)
{
	struct parley_error err = { 0 };

	if (copy_to(conformance_in_use->backend, &err) != 0)
		fail_msg("not copied: %s %s", err.text, told_lines);
}

/* ---- tests -------------------------------------------------------------------------------- */

static void
a_copy_is_the_same_and_goes_on_as_the_store_would(void **state)
{
	choose_locations();
	with_store_at(from, fill);
	copy();
	assert_non_null(strstr(told_lines, "people: 300\n"));
	assert_non_null(strstr(told_lines, "letters: 151\n"));
	with_store_at(to, check);
}

/* A stream that went on behind what was removed from its end. */
static void
remove_the_end_and_go_on(void)
{
	struct parley_error err = { 0 };

	declare_all();
	log_in_use = &letters;
	assert_int_equal(append("on", "", "{'flag':3}"), 1);
	assert_int_equal(parley_store_remove(&letters, "on/1", NULL, &err), 0);
	assert_int_equal(append("on", "", "{'flag':4}"), 2);
	log_in_use = &notes;
}

static void
a_stream_that_has_gone_on_needs_no_end_that_is_remembered(void **state)
{
	choose_locations();
	with_store_at(from, remove_the_end_and_go_on);
	copy();
	assert_non_null(strstr(told_lines, "letters: 1\n"));
}

static void
a_store_with_nothing_in_it_is_not_copied_as_its_name_may_be_wrong(void **state)
{
	struct parley_error err = { 0 };

	choose_locations();
	with_store_at(from, declare_all);
	assert_int_equal(copy_to(conformance_in_use->backend, &err), -1);
	assert_int_equal(err.code, PARLEY_NOT_FOUND);
	assert_string_equal(
	    err.text, "the store to copy from: there is nothing in it: is that the right one?");
}

static void
what_no_module_keeps_is_left_behind_only_when_that_is_said(void **state)
{
	static const struct parley_collection *const most[] = { &people, &letters, NULL };
	struct store_order order = { .collections = most };
	struct parley_error err = { 0 };

	choose_locations();
	order.from = (struct store_end){ conformance_in_use->backend, from };
	order.to = (struct store_end){ conformance_in_use->backend, to };
	with_store_at(from, fill);
	assert_int_equal(store_copy(&order, &told, &err), -1);
	assert_non_null(strstr(err.text, "it has the collection notes, which no module"));
	order.without = "not notes_too";
	assert_int_equal(store_copy(&order, &told, &err), -1);
	order.without = "other,notes";
	assert_int_equal(store_copy(&order, &told, &err), 0);
	assert_non_null(strstr(told_lines, "people: 300\nletters: 151\n"));
	assert_null(strstr(told_lines, "notes"));
}

static int64_t
count_some(void *reader, const struct parley_collection *c, const struct parley_query *query,
    uint32_t max, struct parley_error *err)
{
	if (max > 1000000)
		return parley_fail(err, PARLEY_BUSY, NULL, "that takes too long");
	return conformance_in_use->backend->count(reader, c, query, max, err);
}

static void
not_all_of_a_large_store_is_counted_before_it_is_copied(void **state)
{
	struct parley_backend patient = *conformance_in_use->backend;
	struct parley_error err = { 0 };
	const struct store_order order = { .from = { &patient, from },
		.to = { conformance_in_use->backend, to },
		.collections = all };

	choose_locations();
	with_store_at(from, fill);
	patient.count = count_some;
	if (store_copy(&order, &told, &err) != 0)
		fail_msg("not copied: %s %s", err.text, told_lines);
}

/* ---- interrupted -------------------------------------------------------------------------- */

static unsigned writes_left;

/* What a killed process may leave of a batch where it is no transaction: the first half, or of a
 * batch for two collections only what is for the last. */
static int
write_part(void *state, struct parley_write *batch, struct parley_error *err)
{
	struct parley_write *last = batch, *cut = batch, *rest;
	unsigned count = 1;
	int rc;

	for (; last->next != NULL; last = last->next)
		count++;
	if (last->collection != batch->collection)
		return conformance_in_use->backend->write(state, last, err);
	if (count == 1)
		return 0;
	for (unsigned i = 1; i < count / 2; i++)
		cut = cut->next;
	rest = cut->next;
	cut->next = NULL;
	rc = conformance_in_use->backend->write(state, batch, err);
	cut->next = rest;
	return rc;
}

static int
write_some(void *state, struct parley_write *batch, struct parley_error *err)
{
	if (writes_left == 0) {
		assert_int_equal(write_part(state, batch, err), 0);
		return parley_fail(err, PARLEY_INTERNAL, NULL, "that was enough");
	}
	writes_left--;
	return conformance_in_use->backend->write(state, batch, err);
}

/* Copies a part. False when that was all. */
static bool
copy_some(unsigned writes)
{
	struct parley_backend fails = *conformance_in_use->backend;
	struct parley_error err = { 0 };

	fails.write = write_some;
	writes_left = writes;
	if (copy_to(&fails, &err) == 0)
		return false;
	assert_string_equal(err.text, "that was enough");
	return true;
}

static void
expect_half(void)
{
	struct parley_error err = { 0 };

	assert_int_equal(store_is_half_copied(&err), -1);
	assert_non_null(strstr(err.text, "not complete"));
}

static void
an_interrupted_copy_is_refused_by_nodes_and_taken_up(void **state)
{
	unsigned writes = 1;

	choose_locations();
	with_store_at(from, fill);
	while (copy_some(writes)) {
		with_store_at(to, expect_half);
		writes = 2 + writes % 3; /* a bit, and how far it is, are one each */
	}
	assert_non_null(strstr(told_lines, "was begun before"));
	with_store_at(to, check);
}

static void
a_copy_that_was_killed_before_it_had_anything_is_begun_again(void **state)
{
	choose_locations();
	with_store_at(from, fill);
	assert_true(copy_some(0));
	copy();
	assert_null(strstr(told_lines, "was begun before"));
	with_store_at(to, check);
}

static void
change_first(void)
{
	declare_all();
	assert_int_equal(put("p0", "{'name':'another'}"), PARLEY_OK);
}

static void
a_copy_of_what_changes_meanwhile_is_told_to_differ(void **state)
{
	struct parley_error err = { 0 };

	choose_locations();
	with_store_at(from, fill);
	assert_true(copy_some(3));
	with_store_at(from, change_first);
	assert_int_equal(copy_to(conformance_in_use->backend, &err), 1);
	assert_non_null(strstr(told_lines, "people: the copy differs"));
	with_store_at(to, expect_half);
}

static void
a_store_that_has_something_is_not_copied_to(void **state)
{
	struct parley_error err = { 0 };

	choose_locations();
	with_store_at(from, fill);
	with_store_at(to, change_first);
	assert_int_equal(copy_to(conformance_in_use->backend, &err), -1);
	assert_int_equal(err.code, PARLEY_CONFLICT);
	assert_non_null(strstr(err.text, "not empty: it has people"));
}

static void
two_stores_can_be_compared_without_copying(void **state)
{
	struct store_order order = { .collections = all, .compare = true };
	struct parley_error err = { 0 };

	choose_locations();
	order.from = (struct store_end){ conformance_in_use->backend, from };
	order.to = (struct store_end){ conformance_in_use->backend, to };
	with_store_at(from, fill);
	copy();
	told_lines[0] = '\0';
	assert_int_equal(store_copy(&order, &told, &err), 0);
	assert_non_null(strstr(told_lines, "people: 300\n"));
	with_store_at(to, change_first);
	assert_int_equal(store_copy(&order, &told, &err), 1);
	assert_non_null(strstr(told_lines, "people: the copy differs"));
}

/* ---- at the end --------------------------------------------------------------------------- */

/* Says how far a stream went, as a copy does. */
static void
lift(const char *location, const struct parley_collection *log, int64_t seq)
{
	const struct parley_backend *backend = conformance_in_use->backend;
	struct parley_write w = {
		.op = PARLEY_WRITE_FLOOR, .collection = log, .key = "s", .origin = "", .seq = seq
	};
	struct parley_error err = { 0 };
	void *s;

	assert_int_equal(backend->open(location, &s, &err), 0);
	assert_int_equal(backend->declare(s, log, &err), 0);
	assert_int_equal(backend->write(s, &w, &err), 0);
	assert_int_equal(w.rc, 0);
	backend->close(s);
}

static void
append_the_last(void)
{
	int64_t last = PARLEY_SEQ_MAX;

	declare_all();
	assert_int_equal(append("s", "o-1", "{}"), last - 1);
	assert_int_equal(append("s", "o-2", "{'kind':'last'}"), last);
	assert_int_equal(append("s", "o-3", "{}"), -PARLEY_LIMIT);
	assert_int_equal(append("s", "o-2", "{}"), last);
	assert_int_equal(append("other", "", "{}"), 1);
	expect_none(log_in_use, "s/9007199254740992");
	expect_text(log_in_use, "s/9007199254740991", "kind", "last");
}

static void
r36_a_stream_ends_with_the_last_seq_that_json_can_tell(void **state)
{
	choose_locations();
	lift(from, &notes, PARLEY_SEQ_MAX - 2);
	with_store_at(from, append_the_last);
	lift(to, &letters, PARLEY_SEQ_MAX - 2);
	log_in_use = &letters;
	with_store_at(to, append_the_last);
	log_in_use = &notes;
}

const struct CMUnitTest copy_tests[] = {
	cmocka_unit_test(r36_a_stream_ends_with_the_last_seq_that_json_can_tell),
	cmocka_unit_test(a_copy_is_the_same_and_goes_on_as_the_store_would),
	cmocka_unit_test(a_stream_that_has_gone_on_needs_no_end_that_is_remembered),
	cmocka_unit_test(a_store_with_nothing_in_it_is_not_copied_as_its_name_may_be_wrong),
	cmocka_unit_test(what_no_module_keeps_is_left_behind_only_when_that_is_said),
	cmocka_unit_test(not_all_of_a_large_store_is_counted_before_it_is_copied),
	cmocka_unit_test(an_interrupted_copy_is_refused_by_nodes_and_taken_up),
	cmocka_unit_test(a_copy_that_was_killed_before_it_had_anything_is_begun_again),
	cmocka_unit_test(a_copy_of_what_changes_meanwhile_is_told_to_differ),
	cmocka_unit_test(a_store_that_has_something_is_not_copied_to),
	cmocka_unit_test(two_stores_can_be_compared_without_copying),
	{ 0 },
};
