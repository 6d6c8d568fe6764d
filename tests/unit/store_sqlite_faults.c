/* SPDX-License-Identifier: MIT */
/* store_sqlite_faults.c - killed processes, lost power, full and failing disks. */
#include "unit/store_sqlite.h"

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
		parley_store_append(log_in_use, &a[i]);
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
		doc = get(log_in_use, key);
		if (doc == NULL)
			break;
		assert_string_equal(parley_json_string(parley_json_get(doc->root, "kind")), kind);
		parley_doc_free(&doc);
	}
	assert_true(seq > acked);
	assert_int_equal(
	    parley_store_count(log_in_use, &(struct parley_query){ 0 }, UINT32_MAX, NULL), seq - 1);
	for (int64_t n = 1; n < seq; n += n / 5 + 1) {
		snprintf(key, sizeof key, "o%lld", (long long)n - 1);
		assert_int_equal(append("s", key, "{}"), n);
	}
	assert_int_equal(append("s", "", "{}"), seq);
}

static void
acknowledged_appends_survive_kill_9(void **state)
{
	for (unsigned round = 0; round < 8; round++) {
		pid_t child;
		int status;

		choose_directory();
		log_in_use = round % 2 ? &letters : &notes;
		child = spawn_child(body_append_for_ever);
		acked = read_acks(50 + round * 75);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		close(acks);
		assert_true(acked >= 50);
		with_store_at(here, body_check_appended);
	}
	log_in_use = &notes;
}

static unsigned power_off_after;

static void
body_lose_power(void)
{
	faulty_power_off_after(power_off_after, power_off_after);
	body_append_for_ever();
}

void
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
r03_acknowledged_appends_survive_lost_power(void **state)
{
	for (unsigned round = 0; round < 50; round++) {
		log_in_use = round % 2 ? &letters : &notes;
		power_off_after = 1 + round / 2 * (round / 2);
		choose_directory();
		lose_power(body_lose_power, body_check_appended);
	}
	log_in_use = &notes;
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
r05_a_full_disk_refuses_writes_until_there_is_room(void **state)
{
	choose_directory();
	with_store_at(here, body_full);
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
r04_a_failed_sync_ends_all_writing(void **state)
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
r04_nothing_is_acknowledged_while_syncs_fail(void **state)
{
	choose_directory();
	store_set_fatal(on_fatal);
	with_store_at(here, body_checkpoint_sync_error);
	store_set_fatal(NULL);
}

const struct CMUnitTest fault_tests[] = {
	cmocka_unit_test(acknowledged_appends_survive_kill_9),
	cmocka_unit_test(r03_acknowledged_appends_survive_lost_power),
	cmocka_unit_test(r05_a_full_disk_refuses_writes_until_there_is_room),
	cmocka_unit_test(r04_a_failed_sync_ends_all_writing),
	cmocka_unit_test(checkpoints_keep_the_log_short),
	cmocka_unit_test(a_batch_larger_than_the_cache_is_stored_whole),
	cmocka_unit_test(r04_nothing_is_acknowledged_while_syncs_fail),
	{ 0 },
};
