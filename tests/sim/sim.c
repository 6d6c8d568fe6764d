/* SPDX-License-Identifier: MIT */
/* sim.c - chance, virtual time, and what is due. */
#include "support/test.h"

#include "sim/sim.h"

#include "base/random.h"

#include <parley/error.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUE_MAX 4096

struct due {
	int64_t at;
	uint64_t number;
	void (*fn)(void *arg);
	void *arg;
};

static struct {
	uint64_t chance, numbers, hash;
	int64_t now;
	struct due due[DUE_MAX];
	unsigned count;
} sim;

void
sim_begin(uint64_t seed)
{
	memset(&sim, 0, sizeof sim);
	sim.chance = seed;
	sim.hash = 14695981039346656037u;
}

/* splitmix64 */
static uint64_t
next(void)
{
	uint64_t z = sim.chance += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t
sim_below(uint64_t n)
{
	return next() % n;
}

bool
sim_once_in(unsigned n)
{
	return sim_below(n) == 0;
}

/* In place of src/base/random.c. */
void
random_bytes(void *out, size_t len)
{
	unsigned char *bytes = out;

	for (size_t i = 0; i < len; i++)
		bytes[i] = (unsigned char)next();
}

int64_t
sim_now(void)
{
	return sim.now;
}

void
sim_advance_to(int64_t us)
{
	if (us > sim.now)
		sim.now = us;
}

void
sim_after(int64_t us, void (*fn)(void *arg), void *arg)
{
	parley_assert(sim.count < DUE_MAX);
	sim.due[sim.count++] = (struct due){ sim.now + us, sim.numbers++, fn, arg };
}

static unsigned
next_due(void)
{
	unsigned best = 0;

	for (unsigned i = 1; i < sim.count; i++)
		if (sim.due[i].at < sim.due[best].at ||
		    (sim.due[i].at == sim.due[best].at && sim.due[i].number < sim.due[best].number))
			best = i;
	return best;
}

int64_t
sim_due(void)
{
	return sim.count > 0 ? sim.due[next_due()].at : INT64_MAX;
}

void
sim_call_next(void)
{
	unsigned i = next_due();
	struct due due = sim.due[i];

	sim.due[i] = sim.due[--sim.count];
	sim_advance_to(due.at);
	due.fn(due.arg);
}

void
sim_trace(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (getenv("PARLEY_SIM_TRACE") != NULL)
		fprintf(stderr, "%10lld %s\n", (long long)sim.now, line);
	for (const char *s = line; *s != '\0'; s++)
		sim.hash = (sim.hash ^ (unsigned char)*s) * 1099511628211u;
	sim.hash = (sim.hash ^ (uint64_t)sim.now) * 1099511628211u;
}

uint64_t
sim_trace_hash(void)
{
	return sim.hash;
}
