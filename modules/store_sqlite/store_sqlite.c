/* SPDX-License-Identifier: MIT */
/* store_sqlite.c - keeps the node's documents in one SQLite file. */
#include "sqlite_upkeep.h"

#include <parley/module.h>

static const struct parley_backend sqlite_backend = {
	.name = "sqlite",
	.open = sq_open,
	.declare = sq_declare,
	.write = sq_write,
	.reader_open = sq_reader_open,
	.get = sq_get,
	.find = sq_find,
	.count = sq_count,
	.reader_close = sq_reader_close,
	.close = sq_close,
	.upkeep = &sq_upkeep,
};

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "store_sqlite",
	.summary = "keeps everything in one SQLite file on this machine",
	.backend = &sqlite_backend,
};
