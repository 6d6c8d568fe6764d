/* SPDX-License-Identifier: MIT */
/* test_sim.c - runs on virtual time: the promise holds in each, the same seed makes the same run,
 * and faults that are planted are found. PARLEY_SEED: the first seed, PARLEY_RUNS: how many;
 * PARLEY_SIM_TRACE=1 tells what happens. */
#include "support/test.h"

#include "sim/sim.h"

#include "base/clock.h"
#include "base/log.h"
#include "runtime/task.h"

#include <inttypes.h>
#include <limits.h>
#include <parley/await.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PEOPLE   5
#define LIVES    4   /* of the node, in one run */
#define LIFE_MS  700 /* at most */
#define QUIET_MS 60000

/* What came of a run. */
struct outcome {
	unsigned wrong, acknowledged, resumed, seen;
	uint64_t trace;
};

static struct {
	struct loop *loop;
	struct scope scope;
	struct outcome *outcome;
} R;

static int64_t
now_ms(void)
{
	return 1800000000000 + sim_now() / 1000;
}

static int64_t
monotonic_ms(void)
{
	return sim_now() / 1000;
}

/* Nothing fails any more, and everything gets its answer. */
static void
settle(void)
{
	clients_write(false);
	clients_fail(false);
	for (int ms = 0; ms < QUIET_MS && !clients_are_idle(); ms += 10)
		parley_await_sleep(10);
	parley_await_sleep(1000);
}

static void
live(void *arg)
{
	node_start();
	clients_start(PEOPLE);
	clients_write(true);
	clients_fail(true);
	for (int n = 1; n < LIVES; n++) {
		parley_await_sleep((int)(100 + sim_below(LIFE_MS)));
		node_kill();
		parley_await_sleep((int)sim_below(50));
		node_start();
	}
	parley_await_sleep(LIFE_MS);
	settle();
	R.outcome->wrong = judge_decide();
	R.outcome->acknowledged = clients_acknowledged();
	R.outcome->resumed = clients_resumed();
	R.outcome->seen = clients_seen();
	clients_stop();
	node_kill();
	node_forget();
	loop_stop(R.loop);
}

static void
on_drain(void *arg)
{
	runtime_run();
}

static void
run_here(uint64_t seed, enum plant plant, struct outcome *outcome)
{
	struct runtime_config config = { .fibers = 256, .workers = 2, .worker_queue = 64 };

	planted = plant;
	log_set_level(PARLEY_LOG_ERROR);
	clock_replace(now_ms, monotonic_ms);
	sim_begin(seed);
	judge_begin();
	R.outcome = outcome;
	R.loop = loop_new("sim");
	assert_int_equal(runtime_start(R.loop, &config), 0);
	scope_open(&R.scope, NULL);
	assert_int_equal(task_spawn(&R.scope, "run", live, NULL), 0);
	loop_run(R.loop, on_drain, NULL);
	scope_close(&R.scope);
	runtime_stop();
	loop_free(&R.loop);
	while (sim_due() != INT64_MAX)
		sim_call_next();
	outcome->trace = sim_trace_hash();
}

/* Another process of this program; what it prints is read by run(). */
static int
child(const char *seed, const char *plant)
{
	struct outcome o = { 0 };

	run_here(strtoull(seed, NULL, 10), (enum plant)atoi(plant), &o);
	printf("%u %u %u %u %" PRIx64 " %s\n", o.wrong, o.acknowledged, o.resumed, o.seen, o.trace,
	    judge_verdict());
	judge_end();
	return 0;
}

/* In a process of its own, so that nothing is left of an earlier run. verdict: with room for 512.
 */
static struct outcome
run(uint64_t seed, enum plant plant, char *verdict)
{
	struct outcome o = { 0 };
	char command[PATH_MAX + 64], self[PATH_MAX] = "";
	FILE *out;
	int got;

	assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
	snprintf(command, sizeof command, "'%s' %" PRIu64 " %d", self, seed, (int)plant);
	out = popen(command, "r");
	assert_non_null(out);
	got = fscanf(out, "%u %u %u %u %" SCNx64 " %511[^\n]", &o.wrong, &o.acknowledged,
	    &o.resumed, &o.seen, &o.trace, verdict);
	if (pclose(out) != 0 || got != 6)
		fail_msg("the run of seed %" PRIu64 " with plant %d ended badly", seed, (int)plant);
	return o;
}

static unsigned long
setting(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? strtoul(value, NULL, 10) : otherwise;
}

static void
the_promise_holds_whatever_happens(void **state)
{
	unsigned long first = setting("PARLEY_SEED", 1), runs = setting("PARLEY_RUNS", 20);
	unsigned long acknowledged = 0, resumed = 0;

	for (unsigned long seed = first; seed < first + runs; seed++) {
		char verdict[512];
		struct outcome o = run(seed, PLANT_NOTHING, verdict);

		if (o.wrong > 0)
			fail_msg(
			    "PARLEY_SEED=%lu PARLEY_RUNS=1: %u wrong: %s", seed, o.wrong, verdict);
		acknowledged += o.acknowledged;
		resumed += o.resumed;
		assert_true(o.seen > 0);
	}
	print_message("%lu runs: %lu messages acknowledged, %lu sessions resumed\n", runs,
	    acknowledged, resumed);
	assert_true(acknowledged > 50 * runs && resumed > 2 * runs);
}

static void
the_same_seed_makes_the_same_run(void **state)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		char verdict[512];
		struct outcome a = run(seed, PLANT_NOTHING, verdict);
		struct outcome b = run(seed, PLANT_NOTHING, verdict);

		assert_true(a.trace == b.trace);
		assert_int_equal(a.acknowledged, b.acknowledged);
	}
}

static void
every_planted_fault_is_found(void **state)
{
	for (int plant = PLANT_NOTHING + 1; plant < PLANT_COUNT; plant++) {
		unsigned found = 0;

		for (uint64_t seed = 1; seed <= 4; seed++) {
			char verdict[512];
			struct outcome o = run(seed, (enum plant)plant, verdict);

			found += o.wrong > 0;
			if (o.wrong > 0 && found == 1)
				print_message("%d: %s\n", plant, verdict);
		}
		if (found == 0)
			fail_msg("the planted fault %d is not found", plant);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_promise_holds_whatever_happens),
		cmocka_unit_test(the_same_seed_makes_the_same_run),
		cmocka_unit_test(every_planted_fault_is_found),
	};

	if (argc == 3)
		return child(argv[1], argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
