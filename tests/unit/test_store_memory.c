/* SPDX-License-Identifier: MIT */
/* test_store_memory.c - the back end without a disk does what every back end does; and how long a
 * slow one takes is noticed. */
#include "store/store.h"
#include "unit/store_conformance.h"

#include <parley/await.h>
#include <string.h>

#define CROWD     60  /* appends at once: many write */
#define SLOWLY_MS 20  /* that the slow back end takes for a commit, by the store's clock, */
#define PACE_MAX  100 /* and what counts of that and of what passes for who waits */
#define WAIT_MS   3

static const char *
nowhere(void)
{
	return "";
}

static int
write_slowly(void *state, struct parley_write *batch, struct parley_error *err)
{
	clock_advance(SLOWLY_MS);
	return store_memory.write(state, batch, err);
}

/* The store's clock stands still unless somebody waits: what gathers waits by it, too. */
static int
await(struct parley_event *done)
{
	int rc;

	while ((rc = parley_await_event(done, WAIT_MS)) == PARLEY_TIMEDOUT)
		clock_advance(WAIT_MS);
	return rc;
}

static void
append_together(unsigned n)
{
	static struct parley_append appends[CROWD];

	for (unsigned i = 0; i < n; i++) {
		memset(&appends[i], 0, sizeof appends[i]);
		memcpy(appends[i].stream, "s", 2);
		parley_text_puts(&appends[i].json, "{}");
		parley_store_append(&notes, &appends[i]);
	}
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(await(&appends[i].done), 0);
}

static void
body_pace(void)
{
	append_together(1);
	assert_int_equal(store_pace(), 0); /* nobody has to know */
	for (unsigned i = 0; i < 20; i++)
		append_together(CROWD);
	assert_in_range(store_pace(), SLOWLY_MS / 2, PACE_MAX);
	clock_advance(100);
	assert_int_equal(store_pace(), 0);
}

static void
the_pace_of_a_crowd_is_that_of_its_commits(void **state)
{
	struct parley_backend slow = store_memory;
	struct conformance c = { "slow", &slow, nowhere };
	const struct conformance *usual = conformance_in_use;

	slow.write = write_slowly;
	conformance_in_use = &c;
	with_gathering_store(body_pace);
	conformance_in_use = usual;
}

int
main(void)
{
	static const struct conformance c = { "store_memory", &store_memory, nowhere };
	static const struct CMUnitTest own_tests[] = {
		cmocka_unit_test(the_pace_of_a_crowd_is_that_of_its_commits),
		{ 0 },
	};
	const struct CMUnitTest *const more[] = { own_tests, NULL };

	return conformance_run(&c, more);
}
