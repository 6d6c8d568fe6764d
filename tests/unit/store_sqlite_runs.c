/* SPDX-License-Identifier: MIT */
/* store_sqlite_runs.c - logs that the SQLite back end keeps in runs: their maps, their journal
 * after a crash, and the ways from rows to runs and back. */
#include "unit/store_sqlite.h"

#include "base/xalloc.h"
#include "modules/store_sqlite/sqlite_log.h"
#include "runtime/task.h"
#include "store/store.h"
#include "support/chance.h"
#include "support/faulty_vfs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- maps -------------------------------------------------------------------------------------
 */

#define KEYS 700

static struct {
	sqlite3 *db;
	struct sq_map map;
	struct sq_place places[KEYS]; /* of key number i; run is 0: not put */
} m;

static const char *
key_text(unsigned i)
{
	static const char *const ends[] = { "", "x", "xy", "\xc3\xa9", "\xf0\x9f\x98\x80" };
	static char text[4][64];
	static unsigned n;

	n = (n + 1) % 4;
	snprintf(
	    text[n], sizeof text[n], "%.*s%u%s", (int)(i % 7), "prefix/", i / 5 % 90, ends[i % 5]);
	return i == 0 ? "" : text[n];
}

static void
map_put(const unsigned *numbers, unsigned count)
{
	struct sq_key keys[40];
	char texts[40][64];

	for (unsigned i = 0; i < count; i++) {
		struct sq_place place = { 1 + rand() % 100000, 1 + rand() % 300 };

		snprintf(texts[i], sizeof texts[i], "%s", key_text(numbers[i]));
		keys[i] = (struct sq_key){ texts[i], strlen(texts[i]), place };
		for (unsigned k = 0; k < KEYS; k++) /* the same text may have several numbers */
			if (strcmp(key_text(k), texts[i]) == 0)
				m.places[k] = place;
	}
	assert_int_equal(sq_map_put(&m.map, keys, count, NULL), 0);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(key_text(*(const unsigned *)a), key_text(*(const unsigned *)b));
}

static void
map_check(void)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text last = { 0 };
	char greatest[64] = "";
	struct sq_place place;
	bool found;

	for (unsigned i = 0; i < KEYS; i++) {
		const char *text = key_text(i);

		assert_int_equal(sq_map_find(&m.map, text, strlen(text), &place, &found, NULL), 0);
		assert_int_equal(found, m.places[i].run != 0);
		if (!found)
			continue;
		assert_int_equal(place.run, m.places[i].run);
		assert_int_equal(place.seq, m.places[i].seq);
		if (strcmp(text, greatest) > 0)
			snprintf(greatest, sizeof greatest, "%s", text);
		assert_int_equal(sq_map_last(&m.map, text, &last, NULL), 0);
		assert_string_equal(last.s, text);
	}
	assert_int_equal(sq_map_last(&m.map, NULL, &last, NULL), 0);
	assert_string_equal(last.s != NULL ? last.s : "", greatest);
}

static int
map_rows(void)
{
	sqlite3_stmt *st = NULL;
	int rows;

	assert_int_equal(sqlite3_prepare_v2(m.db, "SELECT count(*) FROM map", -1, &st, NULL), 0);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	rows = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	return rows;
}

/* wrong: it names another document by now, and stays. */
static void
map_drop(unsigned i, bool wrong)
{
	const char *text = key_text(i);
	int64_t seq = m.places[i].seq + wrong;

	assert_int_equal(sq_map_drop(&m.map, text, strlen(text), seq, NULL), 0);
	if (!wrong)
		m.places[i] = (struct sq_place){ 0 };
}

static void
a_map_has_what_was_put(void **state)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text sql = { 0 };
	unsigned numbers[40];

	memset(&m, 0, sizeof m);
	assert_int_equal(sqlite3_open(":memory:", &m.db), SQLITE_OK);
	sq_map_create_sql(&sql, "map");
	assert_int_equal(sqlite3_exec(m.db, sql.s, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sq_map_open(&m.map, m.db, "map", NULL), 0);
	map_check();
	for (unsigned round = 0; round < 60; round++) {
		unsigned count = 1 + (unsigned)rand() % 40;

		for (unsigned i = 0; i < count; i++)
			numbers[i] = (unsigned)rand() % KEYS;
		if (round % 2)
			qsort(numbers, count, sizeof *numbers, by_text);
		map_put(numbers, count);
		if (round % 5 == 0)
			map_check();
		for (unsigned i = 0; i < count; i++)
			map_drop((unsigned)rand() % KEYS, i % 7 == 0);
	}
	map_check();
	for (unsigned i = 0; i < KEYS; i++)
		map_drop(i, false);
	map_check();
	assert_int_equal(map_rows(), 0);
	sq_map_close(&m.map);
	sqlite3_close(m.db);
}

/* ---- origins ----------------------------------------------------------------------------------
 */

static const char *const odd_origins[] = { "a", "a0", "a00", "a007", "a7", "a07", "7", "07", "0",
	"a10", "a9", "a100", "a99", "a123456789012345", "a1234567890123456", "a0123456789012345",
	"a99999999999999999999999", "\x01", "a\x01", "a\x01z", "a\x01zzz",
	"a\x01"
	"b5q",
	"a\x01"
	"b5",
	"\xc3\xa9"
	"1",
	"/", "a/1", "a/2", "b/2", "b/1", "b/3", "b/-1" };
#define ODD (sizeof odd_origins / sizeof *odd_origins)

static void
append_odd(bool again)
{
	for (unsigned i = 0; i < ODD; i++)
		assert_int_equal(append("s", odd_origins[i], "{}"), i + 1);
	if (again)
		assert_int_equal(append("s", "", "{}"), ODD + 1);
}

static void
body_origins(void)
{
	declare_all();
	append_odd(false);
	append_odd(false);
}

static void
body_origins_again(void)
{
	declare_all();
	append_odd(true);
}

static void
every_origin_is_told_from_all_others(void **state)
{
	log_in_use = &letters;
	choose_directory();
	with_store_at(here, body_origins);
	with_store_at(here, body_origins_again);
	log_in_use = &notes;
}

/* ---- crashes ----------------------------------------------------------------------------------
 */

static char next[96];

/* Copies what a crash would leave now to the directory next. The writer is at rest. */
static void
copy_store(void)
{
	char command[500];

	snprintf(command, sizeof command, "mkdir %s && cp %s/parley.db %s/parley.db-wal %s/", next,
	    here, here, next);
	assert_int_equal(system(command), 0);
}

static void
choose_next(void)
{
	char before[sizeof here];

	strcpy(before, here);
	choose_directory();
	strcpy(next, here);
	strcpy(here, before);
}

static void
body_random_part(void)
{
	declare_all();
	random_log_steps(120);
	copy_store();
}

static void
random_steps_survive_crashes(void **state)
{
	unsigned before = sq_tail_max;

	chance_begin();
	log_in_use = &letters;
	random_log_begin();
	choose_directory();
	for (unsigned round = 0; round < 25; round++) {
		choose_next();
		sq_tail_max = 1 + round * 7 % 90;
		with_store_at(here, body_random_part);
		if (round % 5 < 4) /* else it goes on where it was stopped in order */
			strcpy(here, next);
	}
	sq_tail_max = before;
	log_in_use = &notes;
}

static void
expect_full(void)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text json = { 0 };
	struct parley_error err = { 0 };

	faulty_set_full(true);
	assert_int_equal(append("s", "new", "{'mid':'zzz','flag':1}"), -PARLEY_LIMIT);
	assert_int_equal(append("t", "new", "{'mid':'zzz'}"), -PARLEY_LIMIT);
	parley_text_puts(&json, "{\"flag\":2}");
	assert_int_equal(parley_store_patch(&letters, "s/1", &json, NULL, &err), -1);
	assert_int_equal(err.code, PARLEY_LIMIT);
	faulty_set_full(false);
}

static void
body_full(void)
{
	struct parley_query flagged = { .where = { { "stream", PARLEY_OP_EQ, .text = "s" },
					    { "flag", PARLEY_OP_GE, .integer = 1 } } };
	char origin[16], json[64];

	declare_all();
	for (int i = 1; i <= 100; i++) {
		snprintf(origin, sizeof origin, "o%d", i);
		snprintf(json, sizeof json, "{'mid':'%d','kind':'k'}", i);
		assert_int_equal(append("s", origin, json), i);
		expect_full();
	}
	for (int i = 1; i <= 100; i++) {
		struct parley_query by_mid = { .where = { { "mid", PARLEY_OP_EQ, .text = "" } } };
		char mid[16], key[16];

		snprintf(origin, sizeof origin, "o%d", i);
		snprintf(mid, sizeof mid, "%d", i);
		snprintf(key, sizeof key, "s/%d", i);
		assert_int_equal(append("s", origin, "{}"), i);
		by_mid.where[0].text = mid;
		expect_found(&letters, &by_mid, key);
	}
	assert_int_equal(
	    parley_store_count(&letters, &(struct parley_query){ 0 }, 1000, NULL), 100);
	expect_found(&letters, &flagged, "");
}

static void
a_full_disk_leaves_no_trace_of_what_was_refused(void **state)
{
	choose_directory();
	log_in_use = &letters;
	with_store_at(here, body_full);
	log_in_use = &notes;
}

/* ---- readers beside the writer ------------------------------------------------------------------
 */

#define STREAMS 3
#define EACH    400

static struct {
	int64_t acked[STREAMS];
	unsigned readers;
	bool ended;
	struct parley_event done;
} beside;

/* All of a stream: at least what was acknowledged before, without gaps. */
static void
check_stream(unsigned n)
{
	char name[] = { 's', (char)('0' + n), '\0' };
	struct parley_query q = { .where = { { "stream", PARLEY_OP_EQ, .text = name } },
		.order_by = "seq",
		.descending = n % 2,
		.limit = 1000 };
	int64_t acked = beside.acked[n];
	struct parley_docs docs;

	assert_int_equal(parley_store_find(&letters, &q, &docs, NULL), 0);
	assert_true(docs.count >= acked);
	for (uint32_t i = 0; i < docs.count; i++)
		assert_int_equal(docs.docs[i]->seq, q.descending ? docs.count - i : i + 1);
	parley_docs_fini(&docs);
}

/* The last names, and the name of one that was acknowledged. */
static void
check_names(unsigned n)
{
	struct parley_query last = { .order_by = "mid", .descending = true, .limit = 9 };
	struct parley_query one = { .where = { { "mid", PARLEY_OP_EQ, .text = "" } } };
	char mid[24], key[24];
	struct parley_docs docs;

	assert_int_equal(parley_store_find(&letters, &last, &docs, NULL), 0);
	for (uint32_t i = 1; i < docs.count; i++)
		assert_true(
		    strcmp(parley_json_string(parley_json_get(docs.docs[i - 1]->root, "mid")),
			parley_json_string(parley_json_get(docs.docs[i]->root, "mid"))) > 0);
	parley_docs_fini(&docs);
	if (beside.acked[n] == 0)
		return;
	snprintf(mid, sizeof mid, "%06d.%u", (int)beside.acked[n], n);
	snprintf(key, sizeof key, "s%u/%d", n, (int)beside.acked[n]);
	one.where[0].text = mid;
	expect_found(&letters, &one, key);
}

static void
reader_beside(void *arg)
{
	for (unsigned i = 0; !beside.ended; i++) {
		check_stream(i % STREAMS);
		check_names(i % STREAMS);
	}
	if (--beside.readers == 0)
		parley_event_set(&beside.done, 0);
}

static void
body_beside(void)
{
	char stream[8], json[64];

	memset(&beside, 0, sizeof beside);
	for (beside.readers = 0; beside.readers < 4; beside.readers++)
		assert_int_equal(task_spawn(scope_current(), "reader", reader_beside, NULL), 0);
	for (int i = 1; i <= EACH; i++) {
		for (unsigned n = 0; n < STREAMS; n++) {
			snprintf(stream, sizeof stream, "s%u", n);
			snprintf(json, sizeof json, "{'mid':'%06d.%u'%s}", i, n,
			    i % 50 == 7 ? ",'flag':1" : "");
			assert_int_equal(append(stream, "", json), i);
			beside.acked[n] = i;
		}
	}
	beside.ended = true;
	parley_await_event(&beside.done, -1);
}

static void
readers_miss_nothing_while_it_is_settled(void **state)
{
	log_in_use = &letters;
	with_store(body_beside);
	log_in_use = &notes;
}

/* ---- what is removed leaves room ----------------------------------------------------------------
 */

#define WAVE    600 /* documents */
#define WAVE_IN 3   /* streams */

static unsigned wave;

static void
wave_append(unsigned i)
{
	char stream[8], origin[24], json[400];

	snprintf(stream, sizeof stream, "w%u", i % WAVE_IN);
	snprintf(origin, sizeof origin, "client-%u-%u", wave, i);
	snprintf(json, sizeof json, "{'mid':'%04u-%06u','pad':'%0200u'%s}", wave, i, i,
	    i % 50 == 7 ? ",'flag':1" : "");
	assert_true(append(stream, origin, json) > 0);
}

static void
wave_remove(unsigned i)
{
	char key[32];

	snprintf(key, sizeof key, "w%u/%u", i % WAVE_IN, (wave * WAVE + i) / WAVE_IN + 1);
	assert_int_equal(parley_store_remove(&letters, key, NULL, NULL), 0);
}

static void
body_wave(void)
{
	struct parley_query mids = { .order_by = "mid", .limit = 1 };

	declare_all();
	side_by_side(WAVE, wave_append);
	side_by_side(WAVE, wave_remove);
	expect_found(&letters, &mids, "");
}

/* Pages of the file once its log was moved into it; and rows of a table. */
static int
number_of(const char *sql)
{
	sqlite3 *db = open_file(here);
	sqlite3_stmt *st = NULL;
	int n;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static void
what_is_removed_leaves_room_for_what_comes(void **state)
{
	unsigned before = sq_tail_max;
	int pages = 0;

	log_in_use = &letters;
	choose_directory();
	sq_tail_max = 100;
	for (wave = 0; wave < 4; wave++) {
		with_store_at(here, body_wave);
		if (wave == 0)
			pages = number_of("PRAGMA page_count");
		assert_int_equal(number_of("SELECT count(*) FROM \"runs.letters\""), 0);
		assert_int_equal(number_of("SELECT count(*) FROM \"origins.letters\""), 0);
		assert_int_equal(number_of("SELECT count(*) FROM \"names.letters.mid\""), 0);
		assert_int_equal(number_of("SELECT count(*) FROM \"log.letters\""), 0);
	}
	/* how many share a commit differs; without the room there would be four times as many */
	assert_in_range(number_of("PRAGMA page_count"), 1, 2 * pages);
	sq_tail_max = before;
	log_in_use = &notes;
}

/* ---- from rows to runs and back -----------------------------------------------------------------
 */

/* Letters in several versions: kept in rows, in runs, in rows, in runs. */
static const struct parley_index in_rows[] = { { .fields = { "mid" }, .unique = true },
	{ .fields = { "flag", "kind" }, .sparse = true },
	{ .fields = { "stream", "flag", "seq" }, .sparse = true }, { .fields = { "kind" } },
	{ 0 } };
static const struct parley_index in_runs[] = { { .fields = { "stream", "flag" }, .sparse = true },
	{ .fields = { "mid" }, .unique = true }, { 0 } };
static const struct parley_index unique_kind[] = { { .fields = { "kind" }, .unique = true },
	{ 0 } };
static const struct parley_index unique_flag[] = {
	{ .fields = { "flag" }, .unique = true, .sparse = true }, { 0 }
};
static struct parley_collection version[6];
static unsigned now; /* version */

static void
make_versions(void)
{
	for (unsigned i = 0; i < 6; i++) {
		version[i] = letters;
		version[i].version = i;
	}
	version[1].indexes = version[3].indexes = in_rows;
	version[2].indexes = letters.indexes;
	version[4].indexes = in_runs;
}

static void
declare_now(void)
{
	struct parley_error err = { 0 };

	if (store_declare(&version[now], &err) != 0)
		fail_msg("version %u: %s", now, err.text);
	log_in_use = &version[now];
}

static void
refuse_declaration(const struct parley_index *indexes)
{
	static struct parley_collection broken;
	struct parley_error err = { 0 };

	broken = version[5];
	broken.indexes = indexes;
	assert_int_equal(store_declare(&broken, &err), -1);
	assert_int_equal(err.code, PARLEY_CONFLICT);
}

static void
patch_log(const char *key, const char *json)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text t = { 0 };
	struct parley_error err = { 0 };

	parley_text_puts(&t, json);
	assert_int_equal(parley_store_patch(log_in_use, key, &t, NULL, &err), 0);
}

static void
body_versions_first(void)
{
	struct parley_error err = { 0 };
	char origin[16], json[64];

	declare_now();
	for (int i = 1; i <= 90; i++) {
		snprintf(origin, sizeof origin, "o%d", i);
		snprintf(json, sizeof json, "{'mid':'m%02d','kind':'k','n':%d}", i, i);
		assert_int_equal(append(i % 2 ? "a" : "b", origin, json), (i + 1) / 2);
	}
	patch_log("a/3", "{\"flag\":3,\"mid\":\"other\"}");
	patch_log("b/45", "{\"flag\":3}");
	assert_int_equal(parley_store_remove(log_in_use, "a/45", NULL, &err), 0);
	assert_int_equal(parley_store_remove(log_in_use, "b/1", NULL, &err), 0);
	copy_store();
}

static void
check_versions(void)
{
	struct parley_query flag = { .where = { { "stream", PARLEY_OP_EQ, .text = "b" },
					 { "flag", PARLEY_OP_EQ, .integer = 3 } } };
	struct parley_query other = { .where = { { "mid", PARLEY_OP_EQ, .text = "other" } } };
	struct parley_query last = { .order_by = "mid", .descending = true, .limit = 3 };

	expect_found(log_in_use, &flag, "b/45");
	expect_found(log_in_use, &other, "a/3");
	expect_found(log_in_use, &last, "a/3 b/45 b/44");
	expect_none(log_in_use, "a/45");
	expect_none(log_in_use, "b/1");
	expect_text(log_in_use, "b/2", "mid", "m04");
	assert_int_equal(append("b", "o88", "{}"), 44);
	assert_int_equal(append("c", "", "{'mid':'other'}"), -PARLEY_CONFLICT);
	assert_int_equal(append("c", "", "{'mid':'m88'}"), -PARLEY_CONFLICT);
	assert_int_equal(
	    parley_store_count(log_in_use, &(struct parley_query){ 0 }, 1000, NULL), 88);
}

static void
body_versions(void)
{
	declare_now();
	check_versions();
	if (now == 4) {
		refuse_declaration(unique_kind);
		refuse_declaration(unique_flag);
		check_versions();
	}
	copy_store();
}

/* In a's order seq 45 was the last, and is not used again. */
static void
body_versions_last(void)
{
	declare_now();
	check_versions();
	assert_int_equal(append("a", "o89", "{}"), 46);
	assert_int_equal(append("b", "o2", "{}"), 46);
	assert_int_equal(append("c", "", "{'mid':'m89'}"), 1);
}

static void
versions_from(unsigned first, bool crash)
{
	choose_directory();
	make_versions();
	for (now = first; now <= 4; now++) {
		choose_next();
		with_store_at(here, now == first ? body_versions_first : body_versions);
		if (crash)
			strcpy(here, next);
	}
	now = 4;
	with_store_at(here, body_versions_last);
	log_in_use = &notes;
}

static void
a_log_goes_from_rows_to_runs_and_back(void **state)
{
	versions_from(1, false);
	versions_from(1, true);
	versions_from(2, true);
	versions_from(4, true);
}

static unsigned power_off_after;

static void
body_migrate_and_lose_power(void)
{
	faulty_power_off_after(power_off_after, power_off_after);
	store_declare(&version[now], NULL);
	kill(getpid(), SIGKILL);
}

static void
r25_an_interrupted_migration_of_a_log_is_done_again(void **state)
{
	make_versions();
	for (unsigned n = 0; n < 8; n++) {
		choose_directory();
		choose_next();
		now = 1 + n % 2;
		with_store_at(here, body_versions_first);
		now++;
		power_off_after = 1 + n / 2;
		lose_power(body_migrate_and_lose_power, body_versions_last);
	}
	log_in_use = &notes;
}

/* An earlier program kept it in rows, under the same version. */
static void
rows_of_an_earlier_program_become_runs(void **state)
{
	sqlite3 *db;

	choose_directory();
	choose_next();
	make_versions();
	now = 1;
	with_store_at(here, body_versions_first);
	db = open_file(here);
	assert_int_equal(sqlite3_exec(db,
			     "UPDATE collections SET declaration = replace(declaration, "
			     "'index kind' || char(10), '');"
			     "DROP INDEX \"index.letters.kind\"",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	sqlite3_close(db);
	version[1].indexes = letters.indexes;
	with_store_at(here, body_versions_last);
	log_in_use = &notes;
}

const struct CMUnitTest run_tests[] = {
	cmocka_unit_test(a_map_has_what_was_put),
	cmocka_unit_test(every_origin_is_told_from_all_others),
	cmocka_unit_test(random_steps_survive_crashes),
	cmocka_unit_test(a_full_disk_leaves_no_trace_of_what_was_refused),
	cmocka_unit_test(readers_miss_nothing_while_it_is_settled),
	cmocka_unit_test(what_is_removed_leaves_room_for_what_comes),
	cmocka_unit_test(a_log_goes_from_rows_to_runs_and_back),
	cmocka_unit_test(r25_an_interrupted_migration_of_a_log_is_done_again),
	cmocka_unit_test(rows_of_an_earlier_program_become_runs),
	{ 0 },
};
