/* SPDX-License-Identifier: MIT */
/* store_sqlite.c - keeps the node's documents in one SQLite file. */
#include "sqlite_log.h"
#include "sqlite_upkeep.h"

#include <parley/module.h>
#include <stdatomic.h>

#define BATCH_MAX 4096 /* as the option "batch" of the store has it */

static const struct parley_backend sqlite_backend = {
	.name = "sqlite",
	.open = sq_open,
	.declare = sq_declare,
	.write = sq_write,
	.reader_open = sq_reader_open,
	.get = sq_get,
	.find = sq_find,
	.count = sq_count,
	.floors = sq_floors,
	.reader_close = sq_reader_close,
	.close = sq_close,
	.upkeep = &sq_upkeep,
	.stored = sq_stored,
	.exists = sq_exists,
};

/* Settling begins when the tail is long, and ends before it is as long again. */
static void
unsettled_limit(const void *self, struct parley_fill *fill)
{
	fill->used = atomic_load(&sq_tail_docs);
	fill->max = 2 * (uint64_t)sq_tail_max + BATCH_MAX;
}

static const struct parley_limit sqlite_limits[] = {
	{ "unsettled", unsettled_limit },
	{ 0 },
};

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "store_sqlite",
	.summary = "keeps everything in one SQLite file on this machine",
	.backend = &sqlite_backend,
	.limits = sqlite_limits,
};
