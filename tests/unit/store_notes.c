/* SPDX-License-Identifier: MIT */
/* store_notes.c - writes that can wait: what was noted is read as if it were written, and written a
 * little later, some at a time. */
#include "unit/store_conformance.h"

#include "store/store.h"

#include <parley/await.h>
#include <stdio.h>

#define MANY 3000 /* more than writes may wait */

static const struct parley_query everybody = { .order_by = "key" };

static void
body_read(void)
{
	uint64_t before = store_stats().writes;

	assert_int_equal(note("a", "{'name':'Ann'}"), PARLEY_OK);
	assert_int_equal(note("a", "{'name':'Bea'}"), PARLEY_OK);
	assert_int_equal(store_stats().writes, before);
	expect_text(&people, "a", "name", "Bea");
	assert_int_equal(store_stats().writes, before);
	expect_found(&people, &everybody, "a");
	assert_int_equal(store_stats().writes, before + 1);
	expect_text(&people, "a", "name", "Bea");
	assert_int_equal(store_stats().note_bytes, 0);
}

static void
the_last_note_of_a_document_is_read_and_written(void **state)
{
	with_store(body_read);
}

static void
body_count(void)
{
	assert_int_equal(note("a", "{'age':1}"), PARLEY_OK);
	assert_int_equal(note("b", "{'age':2}"), PARLEY_OK);
	assert_int_equal(parley_store_count(&people, &everybody, 10, NULL), 2);
}

static void
what_was_noted_is_counted(void **state)
{
	with_store(body_count);
}

static void
body_patch(void)
{
	assert_int_equal(note("a", "{'name':'Ann','age':1}"), PARLEY_OK);
	assert_int_equal(note_patch("a", "{'age':2,'city':'Oslo'}"), PARLEY_OK);
	assert_int_equal(note_patch("a", "{'age':2,'city':'Rome'}"), PARLEY_OK);
	expect_text(&people, "a", "name", "Ann");
	expect_text(&people, "a", "city", "Rome");
	assert_int_equal(note_patch("a", "{'city':'Bonn'}"), PARLEY_OK);
	assert_int_equal(note("a", "{'name':'Bea'}"), PARLEY_OK);
	expect_found(&people, &everybody, "a");
	expect_text(&people, "a", "name", "Bea");
	expect_text(&people, "a", "city", NULL);
}

static void
a_noted_patch_is_merged_into_what_was_there(void **state)
{
	with_store(body_patch);
}

static void
body_order(void)
{
	assert_int_equal(note_patch("gone", "{'age':1}"), PARLEY_OK);
	expect_none(&people, "gone");
	put("a", "{'name':'Ann','age':1}");
	note_patch("a", "{'age':2}");
	assert_int_equal(
	    patch("a", "{'city':'Oslo'}",
		(struct parley_cond[]){ { "age", PARLEY_OP_EQ, .integer = 2 }, { 0 } }),
	    PARLEY_OK);
	note("b", "{'name':'Bea'}");
	assert_int_equal(put("b", "{'name':'Cid'}"), PARLEY_OK);
	expect_text(&people, "b", "name", "Cid");
	note("c", "{}");
	assert_int_equal(insert("c", "{}"), PARLEY_CONFLICT);
	note_patch("c", "{'age':1}");
	assert_int_equal(discard("c", NULL), PARLEY_OK);
	expect_none(&people, "c");
	expect_found(&people, &everybody, "a b");
}

static void
what_was_noted_is_written_before_other_writes_of_the_document(void **state)
{
	with_store(body_order);
}

static void
body_refused(void)
{
	assert_int_equal(note("", "{}"), PARLEY_BAD_REQUEST);
	put("a", "{'nick':'x'}");
	assert_int_equal(note("b", "{'nick':'x'}"), PARLEY_OK); /* it is logged */
	assert_int_equal(note("c", "{'nick':'y'}"), PARLEY_OK);
	expect_found(&people, &everybody, "a c");
	expect_none(&people, "b");
}

static void
a_note_that_cannot_be_stored_harms_no_other(void **state)
{
	with_store(body_refused);
}

static void
note_number(unsigned i)
{
	char key[16];

	snprintf(key, sizeof key, "k%05u", i);
	assert_int_equal(note(key, "{'age':1}"), PARLEY_OK);
}

static void
body_delay(void)
{
	uint64_t before = store_stats().writes;

	for (unsigned i = 0; i < MANY; i++)
		note_number(i);
	assert_int_equal(store_stats().queued, 0);
	monotonic_advance(5000);
	for (unsigned i = 0; i < 10; i++) /* what comes meanwhile begins the first batch */
		note_number(MANY + i);
	while (store_stats().writes < before + MANY) {
		struct parley_doc *doc;

		assert_in_range(store_stats().note_bytes, 1, store_stats().note_bytes_max);
		doc = parley_store_get(&people, "none", NULL); /* others have their turn */
		assert_null(doc);
	}
	assert_in_range(store_stats().batch_largest, 1, 100);
	assert_int_equal(parley_store_count(&people, &everybody, 2 * MANY, NULL), MANY + 10);
}

static void
many_notes_are_written_some_at_a_time(void **state)
{
	with_store(body_delay);
}

static void
body_too_much(void)
{
	static char json[1 << 20];
	enum parley_code code = PARLEY_OK;
	unsigned n = 0;

	snprintf(json, sizeof json, "{'name':'%0*d'}", 500000, 7);
	for (; code == PARLEY_OK && n < 1000; n++) {
		char key[16];

		snprintf(key, sizeof key, "k%u", n);
		code = note(key, json);
	}
	assert_int_equal(code, PARLEY_BUSY);
	assert_in_range(n, 10, 100);
	assert_int_equal(store_stats().notes_refused, 1);
	assert_int_equal(parley_store_count(&people, &everybody, 1000, NULL), n - 1);
	assert_int_equal(note("again", json), PARLEY_OK);
}

static void
too_many_notes_are_refused(void **state)
{
	with_store(body_too_much);
}

static void
body_left(void)
{
	for (unsigned i = 0; i < MANY; i++)
		note_number(i);
}

static void
notes_that_wait_do_not_hold_up_the_end(void **state)
{
	with_store(body_left);
}

const struct CMUnitTest note_tests[] = {
	cmocka_unit_test(the_last_note_of_a_document_is_read_and_written),
	cmocka_unit_test(what_was_noted_is_counted),
	cmocka_unit_test(a_noted_patch_is_merged_into_what_was_there),
	cmocka_unit_test(what_was_noted_is_written_before_other_writes_of_the_document),
	cmocka_unit_test(a_note_that_cannot_be_stored_harms_no_other),
	cmocka_unit_test(many_notes_are_written_some_at_a_time),
	cmocka_unit_test(too_many_notes_are_refused),
	cmocka_unit_test(notes_that_wait_do_not_hold_up_the_end),
	{ 0 },
};
