/* SPDX-License-Identifier: MIT */
/* store_sqlite_damage.c - files of which bytes have changed: check tells, recover saves, and
 * neither trips over anything that it reads. */
#include "unit/store_sqlite.h"

#include "base/log.h"
#include "modules/store_sqlite/sqlite_pages.h"
#include "store/store.h"

#include <inttypes.h>
#include <parley/await.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEOPLE 200
#define OTHERS 300 /* of each log */

static const struct parley_collection *const all[] = { &people, &notes, &letters, NULL };

/* ---- a store with something in it --------------------------------------------------------- */

static void
put_one(unsigned i)
{
	char key[16], json[100];

	snprintf(key, sizeof key, "k%03u", i);
	snprintf(json, sizeof json, "{'age':%u,'name':'n%03u','city':'c%u'}", i, i, i % 3);
	assert_int_equal(put(key, json), PARLEY_OK);
}

static void
append_one(unsigned i)
{
	char stream[16], origin[16], json[400];
	int len = snprintf(json, sizeof json, "{'kind':'k','n':%u,'pad':'", i);

	memset(json + len, 'p', 300);
	snprintf(json + len + 300, sizeof json - (size_t)len - 300, "'}");
	snprintf(stream, sizeof stream, "s%u", i % 5);
	snprintf(origin, sizeof origin, "o%u", i);
	assert_true(append(stream, origin, json) > 0);
}

static void
body_fill(void)
{
	declare_all();
	side_by_side(PEOPLE, put_one);
	side_by_side(OTHERS, append_one);
	log_in_use = &letters;
	side_by_side(OTHERS, append_one);
	log_in_use = &notes;
}

static unsigned lost_people, other_lines;
static bool uncertain;

static void
take_line(void *context, const char *line)
{
	assert_true(line[0] != '\0' && strlen(line) < 1000);
	if (strncmp(line, "lost: people ", 13) == 0)
		lost_people++;
	else if (strstr(line, "may be lost") != NULL || strstr(line, "whose they are") != NULL)
		uncertain = true;
	other_lines++;
}

static void
take_progress(void *context, int64_t done, int64_t total)
{
	assert_true(done >= 0 && done <= total);
}

static const struct parley_told told = { .line = take_line, .progress = take_progress };

static int
check(void)
{
	struct parley_error err = { 0 };

	other_lines = 0;
	return backend()->upkeep->check(here, &told, &err);
}

static int
recover(void)
{
	struct parley_error err = { 0 };
	int rc;

	lost_people = 0;
	uncertain = false;
	rc = backend()->upkeep->recover(here, all, &told, &err);
	if (rc != 0)
		assert_true(err.text[0] != '\0');
	return rc;
}

/* ---- changing it -------------------------------------------------------------------------- */

static FILE *
open_bytes(long *pages_r)
{
	FILE *f = fopen(file_in(here, "parley.db"), "r+");
	struct stat st;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*pages_r = (long)st.st_size / SQ_PAGE;
	return f;
}

static void
flip(FILE *f, long offset, int bits)
{
	int byte;

	fseek(f, offset, SEEK_SET);
	byte = fgetc(f);
	assert_true(byte != EOF);
	fseek(f, offset, SEEK_SET);
	fputc(byte ^ bits, f);
	fflush(f);
}

/* Changes some bytes of a page, and gives it the sum that belongs to them. */
static void
garble(FILE *f, long page, int bytes)
{
	unsigned char content[SQ_PAGE];

	fseek(f, page * SQ_PAGE, SEEK_SET);
	assert_int_equal(fread(content, SQ_PAGE, 1, f), 1);
	while (bytes-- > 0) /* the beginning says most of how to read the rest */
		content[rand() % (rand() % 2 ? 64 : SQ_PAGE - SQ_SUM)] = (unsigned char)rand();
	sq_sum_put(content, page + 1);
	fseek(f, page * SQ_PAGE, SEEK_SET);
	assert_int_equal(fwrite(content, SQ_PAGE, 1, f), 1);
}

/* ---- tests -------------------------------------------------------------------------------- */

static void
a_changed_bit_is_told_whatever_page_it_is_on(void **state)
{
	long pages;
	FILE *f;

	choose_directory();
	with_store_at(here, body_fill);
	assert_int_equal(check(), 0);
	f = open_bytes(&pages);
	for (long page = 0; page < pages; page++) {
		long offset = page * SQ_PAGE + rand() % SQ_PAGE;
		int bits = 1 << rand() % 8;

		flip(f, offset, bits);
		if (check() != 1 || other_lines == 0)
			fail_msg("a change of %d at %ld was not told", bits, offset);
		flip(f, offset, bits);
	}
	fclose(f);
	assert_int_equal(check(), 0);
}

/* What is there is as it was, and of people nothing is missing that was not told. */
static void
body_check_rest(void)
{
	const struct parley_collection *const logs[] = { &notes, &letters };
	struct parley_docs docs = { 0 };
	struct parley_error err = { 0 };

	declare_all();
	assert_int_equal(
	    parley_store_find(&people, &(struct parley_query){ .limit = 1000 }, &docs, &err), 0);
	for (uint32_t i = 0; i < docs.count; i++)
		assert_string_equal(
		    parley_json_string(parley_json_get(docs.docs[i]->root, "name")) + 1,
		    docs.docs[i]->key + 1);
	if (!uncertain)
		assert_int_equal(docs.count + lost_people, PEOPLE);
	parley_docs_fini(&docs);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(parley_store_find(
				     logs[i], &(struct parley_query){ .limit = 1000 }, &docs, &err),
		    0);
		assert_true(docs.count <= OTHERS);
		for (uint32_t k = 0; k < docs.count; k++) {
			int64_t n = parley_json_int(parley_json_get(docs.docs[k]->root, "n"), -1);
			char stream[8];

			snprintf(stream, sizeof stream, "s%" PRId64 "/", n % 5);
			assert_memory_equal(docs.docs[k]->key, stream, 3);
		}
		parley_docs_fini(&docs);
	}
	log_in_use = &letters;
	assert_true(append("s1", "", "{'kind':'new'}") > 0);
	log_in_use = &notes;
	assert_true(append("s1", "", "{'kind':'new'}") > 0);
}

static void
what_is_recovered_is_as_it_was_and_the_rest_is_told(void **state)
{
	for (int round = 0; round < 12; round++) {
		long pages;
		FILE *f;

		choose_directory();
		with_store_at(here, body_fill);
		f = open_bytes(&pages);
		for (int n = 0; n <= round; n++)
			flip(f, rand() % (pages * SQ_PAGE), 1 << rand() % 8);
		fclose(f);
		assert_int_equal(recover(), 0);
		assert_int_equal(check(), 0);
		with_store_at(here, body_check_rest);
	}
}

static void
a_sound_store_is_recovered_whole(void **state)
{
	choose_directory();
	with_store_at(here, body_fill);
	assert_int_equal(recover(), 0);
	assert_int_equal(lost_people, 0);
	assert_false(uncertain);
	with_store_at(here, body_check_rest);
}

/* ---- changes beside a damaged page -------------------------------------------------------- */

static unsigned refused_removals;
static bool was_removed[PEOPLE], was_patched[OTHERS / 5];

static bool
is_done(int rc, const struct parley_error *err)
{
	if (rc == 0)
		return true;
	assert_int_equal(err->code, PARLEY_INTERNAL);
	assert_non_null(strstr(err->text, "damaged"));
	refused_removals++;
	return false;
}

static void
remove_one(unsigned i)
{
	struct parley_error err = { 0 };
	char key[16];

	snprintf(key, sizeof key, "k%03u", i);
	was_removed[i] = is_done(parley_store_remove(&people, key, NULL, &err), &err);
}

static void
patch_one(unsigned i)
{
	struct parley_error err = { 0 };
	struct parley_text json = { 0 };
	char key[16];

	parley_text_puts(&json, "{\"kind\":\"other\"}");
	snprintf(key, sizeof key, "s1/%u", i + 1);
	was_patched[i] = is_done(parley_store_patch(&letters, key, &json, NULL, &err), &err);
	parley_text_fini(&json);
}

/* Many at once, so that what can be done and what cannot share batches. */
static void
body_change_beside_damage(void)
{
	declare_all();
	refused_removals = 0;
	side_by_side(PEOPLE, remove_one);
	assert_true(refused_removals > 0 && refused_removals < PEOPLE);
	refused_removals = 0;
	side_by_side(OTHERS / 5, patch_one);
	assert_int_equal(refused_removals, 0);
	assert_true(append("s1", "", "{'kind':'new'}") > 0);
	assert_int_equal(fatal_calls, 0);
}

static void
body_check_changes(void)
{
	declare_all();
	for (unsigned i = 0; i < PEOPLE; i++) {
		struct parley_error err = { 0 };
		struct parley_doc *doc;
		char key[16];

		snprintf(key, sizeof key, "k%03u", i);
		doc = parley_store_get(&people, key, &err);
		assert_true(was_removed[i] == (doc == NULL));
		parley_doc_free(&doc);
	}
	for (unsigned i = 0; i < OTHERS / 5; i++) {
		char key[16];

		snprintf(key, sizeof key, "s1/%u", i + 1);
		assert_true(was_patched[i]);
		expect_text(&letters, key, "kind", "other");
	}
}

/* The place of a byte in the middle of the first leaf of a table. */
static long
leaf_of(const char *table)
{
	static const char sql[] = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf'";
	sqlite3 *db = open_file(here);
	sqlite3_stmt *st = NULL;
	long page;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	sqlite3_bind_text(st, 1, table, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	page = sqlite3_column_int64(st, 0) - 1;
	sqlite3_finalize(st);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return page * SQ_PAGE + SQ_PAGE / 2;
}

static void
what_a_damaged_page_is_in_the_way_of_is_refused_and_the_rest_goes_on(void **state)
{
	long place, pages;
	FILE *f;

	choose_directory();
	with_store_at(here, body_fill);
	place = leaf_of("docs.people");
	f = open_bytes(&pages);
	flip(f, place, 16);
	fatal_calls = 0;
	store_set_fatal(on_fatal);
	with_store_at(here, body_change_beside_damage);
	store_set_fatal(NULL);
	flip(f, place, 16);
	fclose(f);
	with_store_at(here, body_check_changes);
	assert_int_equal(check(), 0);
}

static void
pages_that_lie_are_survived(void **state)
{
	log_set_level(PARLEY_LOG_ERROR - 1);
	for (int round = 0; round < 25; round++) {
		long pages;
		FILE *f;

		choose_directory();
		with_store_at(here, body_fill);
		f = open_bytes(&pages);
		for (int n = 0; n < 15; n++)
			garble(f, round % 5 == 0 && n == 0 ? 0 : rand() % pages, 1 + rand() % 30);
		fclose(f);
		check();
		recover();
	}
	log_set_level(PARLEY_LOG_ERROR);
}

const struct CMUnitTest damage_tests[] = {
	cmocka_unit_test(a_changed_bit_is_told_whatever_page_it_is_on),
	cmocka_unit_test(what_is_recovered_is_as_it_was_and_the_rest_is_told),
	cmocka_unit_test(a_sound_store_is_recovered_whole),
	cmocka_unit_test(what_a_damaged_page_is_in_the_way_of_is_refused_and_the_rest_goes_on),
	cmocka_unit_test(pages_that_lie_are_survived),
	{ 0 },
};
