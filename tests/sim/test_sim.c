/* SPDX-License-Identifier: MIT */
/* test_sim.c - runs on virtual time: the promise holds in each, the same seed makes the same run,
 * two nodes do not touch one another, and faults that are planted are found. PARLEY_SEED: the first
 * seed, PARLEY_RUNS: how many. PARLEY_SIM_TRACE=1 tells what happens; PARLEY_SIM_FRAMES names a
 * file for the frames of every client, which tests/soak sim gives to tests/checker.
 *
 * usage: test_sim, for the tests; or test_sim SEED [PLANT [WORLDS]], for one run. */
#include "support/test.h"

#include "sim/sim.h"

#include <ftw.h>
#include <inttypes.h>
#include <limits.h>
#include <parley/error.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MS       1000
#define LIVELY   (1700 * MS) /* so long trouble is on */
#define CALM     (100 * MS)
#define AT_LAST  (30000 * MS) /* and so late all is settled */
#define AT_ONCE  2            /* processes */
#define BOTH     ((1u << WORLDS_MAX) - 1)
#define TUNABLES "GLIBC_TUNABLES=glibc.rtld.optional_static_tls=65536" /* many lives' */

static char folder[64], node_file[PATH_MAX];
static struct world worlds[WORLDS_MAX];

/* What came of a world. */
struct outcome {
	unsigned wrong, acknowledged, changes, moves, resumed, seen, lives, kills, failures, stops;
	uint64_t trace;
	char verdict[512];
};

const char *
sim_folder(void)
{
	return folder;
}

const char *
sim_node_file(void)
{
	return node_file;
}

void
tell_frame(struct world *w, struct who client, bool sent, const char *frame)
{
	if (w->told != NULL)
		fprintf(w->told,
		    "{\"world\":%u,\"person\":%u,\"device\":%u,\"sent\":%s,\"frame\":%s}\n",
		    w->number, client.person, client.device, sent ? "true" : "false", frame);
}

/* ---- one run ------------------------------------------------------------------------------ */

static void
world_begin(struct world *w, unsigned number, uint64_t seed, enum plant plant, FILE *told)
{
	*w = (struct world){ .number = number,
		.plant = plant,
		.chance = seed * WORLDS_MAX + number,
		.trace = 14695981039346656037u,
		.told = told };
	snprintf(w->domain, sizeof w->domain, "%c.example", 'a' + (int)number);
	w->skew = (int64_t)chance_below(w, 1000000);
	w->disk = disk_new(w);
	w->network = network_new(w);
	w->judge = judge_new(w);
	node_start(w);
	w->clients = clients_new(w);
}

static bool
any_world(unsigned which, bool (*fn)(const struct world *w))
{
	for (unsigned n = 0; n < WORLDS_MAX; n++)
		if ((which & 1u << n) != 0 && fn(&worlds[n]))
			return true;
	return false;
}

static bool
is_unsettled(const struct world *w)
{
	return !clients_are_settled(w->clients);
}

static bool
is_wrong(const struct world *w)
{
	return judge_has_found(w->judge);
}

/* When each world may go on is for itself to know: what another one does must not change it.
 * Trouble waits for the first logins to be over. */
static void
look_at_world(void *arg)
{
	struct world *w = arg;
	int64_t now = sim_now();

	if (w->lively_until == 0 && clients_are_acquainted(w->clients)) {
		w->lively_until = now + CALM + LIVELY;
	} else if (w->lively_until != 0 && !w->begun && now >= w->lively_until - LIVELY) {
		w->begun = true;
		clients_begin(w->clients);
		trouble_begin(w);
	} else if (w->lively_until != 0 && now >= w->lively_until && w->troubled) {
		trouble_end(w);
		clients_settle(w->clients);
	}
	sim_after(5 * MS, look_at_world, w);
}

static void
run_worlds(unsigned which)
{
	for (unsigned n = 0; n < WORLDS_MAX; n++)
		if ((which & 1u << n) != 0)
			look_at_world(&worlds[n]);
	while (any_world(which, is_unsettled) && !any_world(which, is_wrong) && sim_now() < AT_LAST)
		if (!sim_step())
			fail_msg("nothing can happen any more");
	for (unsigned n = 0; n < WORLDS_MAX && sim_now() >= AT_LAST; n++)
		if ((which & 1u << n) != 0 && is_unsettled(&worlds[n]))
			judge_wrong(worlds[n].judge, "it does not come to rest");
}

static void
print_outcome(struct world *w)
{
	unsigned wrong = judge_decide(w->judge, !is_unsettled(w));

	printf("%u %u %u %u %u %u %u %u %u %u %" PRIx64 " %s\n", wrong,
	    judge_acknowledged(w->judge, DEED_MESSAGE, DEED_MESSAGE),
	    judge_acknowledged(w->judge, DEED_EDIT, DEED_DELETE),
	    judge_acknowledged(w->judge, DEED_CREATE, DEED_REMOVE), clients_resumed(w->clients),
	    judge_seen(w->judge), w->lives, w->kills, w->failures, w->stops, w->trace,
	    judge_verdict(w->judge));
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

/* One thread runs at a time, so another processor would only cost the way there and back. */
static void
stay_on_this_processor(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)sched_getcpu(), &set);
	sched_setaffinity(0, sizeof set, &set);
}

/* In a process of its own, so that nothing is left of an earlier run: what a killed node has in
 * memory stays there. What it prints is read by run(). */
static int
child(uint64_t seed, enum plant plant, unsigned which)
{
	const char *frames = getenv("PARLEY_SIM_FRAMES"), *tmp = getenv("TMPDIR");
	FILE *told = frames != NULL ? fopen(frames, "we") : NULL;

	stay_on_this_processor();
	snprintf(folder, sizeof folder, "%s/parley-sim-XXXXXX", tmp != NULL ? tmp : "/tmp");
	parley_assert(mkdtemp(folder) != NULL);
	sim_begin();
	for (unsigned n = 0; n < WORLDS_MAX; n++)
		if ((which & 1u << n) != 0)
			world_begin(&worlds[n], n, seed, plant, told);
	if (plant == PLANT_LEAKS)
		worlds[0].others = &worlds[1];
	run_worlds(which);
	for (unsigned n = 0; n < WORLDS_MAX; n++)
		if ((which & 1u << n) != 0)
			print_outcome(&worlds[n]);
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	fflush(NULL);
	_exit(0); /* the dead still have their threads */
}

/* ---- many runs ---------------------------------------------------------------------------- */

/* A process that runs, and what it is to print. */
struct process {
	uint64_t seed;
	enum plant plant;
	unsigned which;
	char command[PATH_MAX + 128];
	FILE *out;
};

static void
begin_run(struct process *p, uint64_t seed, enum plant plant, unsigned which)
{
	char self[PATH_MAX] = "";

	assert_true(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
	*p = (struct process){ .seed = seed, .plant = plant, .which = which };
	snprintf(p->command, sizeof p->command, TUNABLES " '%s' %" PRIu64 " %d %u", self, seed,
	    (int)plant, which);
	p->out = popen(p->command, "r");
	assert_non_null(p->out);
}

static void
end_run(struct process *p, struct outcome outcomes[WORLDS_MAX])
{
	for (unsigned n = 0; n < WORLDS_MAX; n++) {
		struct outcome *o = &outcomes[n];

		*o = (struct outcome){ 0 };
		if ((p->which & 1u << n) != 0 &&
		    fscanf(p->out, "%u %u %u %u %u %u %u %u %u %u %" SCNx64 " %511[^\n]", &o->wrong,
			&o->acknowledged, &o->changes, &o->moves, &o->resumed, &o->seen, &o->lives,
			&o->kills, &o->failures, &o->stops, &o->trace, o->verdict) != 12)
			fail_msg("the run of seed %" PRIu64 " with plant %d ended badly; again: %s",
			    p->seed, (int)p->plant, p->command);
	}
	assert_int_equal(pclose(p->out), 0);
}

static void
run(uint64_t seed, enum plant plant, unsigned which, struct outcome outcomes[WORLDS_MAX])
{
	struct process p;

	begin_run(&p, seed, plant, which);
	end_run(&p, outcomes);
}

static unsigned long
setting(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? strtoul(value, NULL, 10) : otherwise;
}

static void
add(struct outcome *sum, const struct outcome *o)
{
	sum->acknowledged += o->acknowledged;
	sum->changes += o->changes;
	sum->moves += o->moves;
	sum->resumed += o->resumed;
	sum->seen += o->seen;
	sum->kills += o->kills;
	sum->failures += o->failures;
	sum->stops += o->stops;
}

/* Judges a run, and begins another one in its place. */
static void
end_and_begin(struct process *p, uint64_t next, uint64_t last, struct outcome *sum)
{
	struct outcome outcomes[WORLDS_MAX];
	uint64_t seed = p->seed;

	end_run(p, outcomes);
	if (next <= last)
		begin_run(p, next, PLANT_NOTHING, BOTH);
	for (unsigned n = 0; n < WORLDS_MAX; n++) {
		if (outcomes[n].wrong > 0)
			fail_msg("node %u: %u wrong: %s; again: PARLEY_SEED=%" PRIu64
				 " PARLEY_RUNS=1 tests/sim/test_sim",
			    n, outcomes[n].wrong, outcomes[n].verdict, seed);
		add(sum, &outcomes[n]);
	}
}

static void
the_promise_holds_whatever_happens(void **state)
{
	unsigned long first = setting("PARLEY_SEED", 1), runs = setting("PARLEY_RUNS", 50);
	struct process processes[AT_ONCE];
	uint64_t last = first + runs - 1;
	struct outcome sum = { 0 };

	for (uint64_t seed = first; seed <= last && seed < first + AT_ONCE; seed++)
		begin_run(&processes[seed % AT_ONCE], seed, PLANT_NOTHING, BOTH);
	for (uint64_t seed = first; seed <= last; seed++)
		end_and_begin(&processes[seed % AT_ONCE], seed + AT_ONCE, last, &sum);
	print_message(
	    "%lu runs of 2 nodes: %u messages, %u edits and deletions, %u comings and goings "
	    "acknowledged, %u sights, %u sessions resumed, %u kills, %u failures, %u stops\n",
	    runs, sum.acknowledged, sum.changes, sum.moves, sum.seen, sum.resumed, sum.kills,
	    sum.failures, sum.stops);
	assert_true(sum.acknowledged > 100 * runs && sum.resumed > 2 * runs && sum.kills > runs);
	assert_true(sum.changes > 50 * runs && sum.moves > 20 * runs);
}

static void
the_same_seed_makes_the_same_run(void **state)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct outcome a[WORLDS_MAX], b[WORLDS_MAX];

		run(seed, PLANT_NOTHING, BOTH, a);
		run(seed, PLANT_NOTHING, BOTH, b);
		for (unsigned n = 0; n < WORLDS_MAX; n++)
			assert_true(a[n].trace == b[n].trace);
		run(seed + 1, PLANT_NOTHING, BOTH, b);
		assert_true(a[0].trace != b[0].trace);
	}
}

/* To the frame and to the write: the other node might as well not be there. */
static void
a_node_does_the_same_with_and_without_another_one(void **state)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct outcome both[WORLDS_MAX], alone[WORLDS_MAX];

		run(seed, PLANT_NOTHING, BOTH, both);
		for (unsigned n = 0; n < WORLDS_MAX; n++) {
			run(seed, PLANT_NOTHING, 1u << n, alone);
			assert_true(alone[n].trace == both[n].trace);
		}
	}
}

static void
every_planted_fault_is_found(void **state)
{
	for (int plant = PLANT_NOTHING + 1; plant < PLANT_COUNT; plant++) {
		unsigned found = 0;

		for (uint64_t seed = 1; seed <= 6 && found == 0; seed++) {
			struct outcome o[WORLDS_MAX];

			run(seed, (enum plant)plant, BOTH, o);
			for (unsigned n = 0; n < WORLDS_MAX && found == 0; n++) {
				found += o[n].wrong > 0;
				if (o[n].wrong > 0)
					print_message("%d, seed %" PRIu64 ": %s\n", plant, seed,
					    o[n].verdict);
			}
		}
		if (found == 0)
			fail_msg("the planted fault %d is not found", plant);
	}
}

/* Beside this program, where libtool puts it. */
static void
find_node(void)
{
	char self[PATH_MAX] = "", *slash;

	parley_assert(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
	slash = strrchr(self, '/');
	*slash = '\0';
	slash = strstr(self, "/.libs");
	snprintf(
	    node_file, sizeof node_file, "%.4000s%s/node.so", self, slash != NULL ? "" : "/.libs");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_promise_holds_whatever_happens),
		cmocka_unit_test(the_same_seed_makes_the_same_run),
		cmocka_unit_test(a_node_does_the_same_with_and_without_another_one),
		cmocka_unit_test(every_planted_fault_is_found),
	};

	find_node();
	if (argc >= 2)
		return child(strtoull(argv[1], NULL, 10), argc > 2 ? (enum plant)atoi(argv[2]) : 0,
		    argc > 3 ? (unsigned)atoi(argv[3]) : BOTH);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
