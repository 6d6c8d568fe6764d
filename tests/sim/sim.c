/* SPDX-License-Identifier: MIT */
/* sim.c - chance, virtual time, and what is due. */
#include "support/test.h"

#include "sim/sim.h"

#include <parley/error.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUE_MAX 8192

struct due {
	int64_t at;
	uint64_t number;
	void (*fn)(void *arg);
	void *arg;
};

static struct {
	uint64_t numbers;
	int64_t now;
	struct due due[DUE_MAX]; /* a heap, the next first */
	unsigned count;
	bool tells;
} sim;

void
sim_begin(void)
{
	memset(&sim, 0, sizeof sim);
	sim.tells = getenv("PARLEY_SIM_TRACE") != NULL;
}

/* splitmix64 */
static uint64_t
next(struct world *w)
{
	uint64_t z = w->chance += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t
chance_below(struct world *w, uint64_t n)
{
	return next(w) % n;
}

bool
chance_once_in(struct world *w, unsigned n)
{
	return chance_below(w, n) == 0;
}

int64_t
sim_now(void)
{
	return sim.now;
}

uint64_t
sim_number(void)
{
	return sim.numbers++;
}

/* ---- what is due -------------------------------------------------------------------------- */

static bool
is_before(const struct due *a, const struct due *b)
{
	return a->at < b->at || (a->at == b->at && a->number < b->number);
}

static void
swap(unsigned a, unsigned b)
{
	struct due due = sim.due[a];

	sim.due[a] = sim.due[b];
	sim.due[b] = due;
}

void
sim_after(int64_t us, void (*fn)(void *arg), void *arg)
{
	unsigned i = sim.count++;

	parley_assert(sim.count <= DUE_MAX);
	sim.due[i] = (struct due){ sim.now + us, sim_number(), fn, arg };
	for (; i > 0 && is_before(&sim.due[i], &sim.due[(i - 1) / 2]); i = (i - 1) / 2)
		swap(i, (i - 1) / 2);
}

static struct due
take_first(void)
{
	struct due first = sim.due[0];
	unsigned i = 0, child;

	sim.due[0] = sim.due[--sim.count];
	while ((child = 2 * i + 1) < sim.count) {
		if (child + 1 < sim.count && is_before(&sim.due[child + 1], &sim.due[child]))
			child++;
		if (!is_before(&sim.due[child], &sim.due[i]))
			break;
		swap(i, child);
		i = child;
	}
	return first;
}

bool
sim_step(void)
{
	struct due turn = { 0 };
	bool thread = threads_next(&turn.at, &turn.number);

	if (!thread && sim.count == 0)
		return false;
	if (sim.count > 0 && (!thread || is_before(&sim.due[0], &turn))) {
		turn = take_first();
		thread = false;
	}
	if (turn.at > sim.now)
		sim.now = turn.at;
	if (thread)
		threads_run_next();
	else
		turn.fn(turn.arg);
	return true;
}

/* ---- the trace ---------------------------------------------------------------------------- */

void
trace(struct world *w, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (sim.tells)
		fprintf(stderr, "%10lld %u %s\n", (long long)sim.now, w->number, line);
	for (const char *s = line; *s != '\0'; s++)
		w->trace = (w->trace ^ (unsigned char)*s) * 1099511628211u;
	w->trace = (w->trace ^ (uint64_t)sim.now) * 1099511628211u;
}
