/* SPDX-License-Identifier: MIT */
/* store_mongo.c - keeps the node's documents in a MongoDB deployment. */
#include "mongo.h"

#include <parley/module.h>

static const char *const schemes[] = { "mongodb:", "mongodb+srv:", NULL };

static const struct parley_backend mongo_backend = {
	.name = "mongo",
	.open = mg_open,
	.declare = mg_declare,
	.write = mg_write,
	.reader_open = mg_reader_open,
	.get = mg_get,
	.find = mg_find,
	.count = mg_count,
	.floors = mg_floors,
	.reader_close = mg_reader_close,
	.close = mg_close,
	.health = mg_is_well,
	.hurry = mg_stop_waiting,
	.schemes = schemes,
	.stored = mg_stored,
};

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "store_mongo",
	.summary = "keeps everything in a MongoDB deployment, for when one machine is not enough",
	.backend = &mongo_backend,
};
