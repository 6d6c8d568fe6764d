/* SPDX-License-Identifier: MIT */
/* micro_store.c - appends to the archive of a back end, in batches of as many as the case says:
 * "1", "16", "256". Counts appends. */
#include "micro.h"

#include <dlfcn.h>
#include <parley/backend.h>
#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_MAX 256
#define CHATS     100
#define BEFORE    1024 /* appends that are not counted */

static const struct parley_field fields[] = { { "mid", PARLEY_FIELD_TEXT }, { 0 } };
static const struct parley_index indexes[] = {
	{ .fields = { "mid" }, .unique = true },
	{ .fields = { NULL } },
};
static const struct parley_collection messages = {
	.name = "messages",
	.version = 1,
	.fields = fields,
	.indexes = indexes,
	.log = true,
};

static struct {
	const struct parley_backend *backend;
	void *state;
	unsigned batch, made;
	struct parley_write writes[BATCH_MAX];
	struct parley_value values[BATCH_MAX];
} S;
static char streams[BATCH_MAX][40], origins[BATCH_MAX][40], mids[BATCH_MAX][40];
static char docs[BATCH_MAX][300];

static void
die(const char *why)
{
	fprintf(stderr, "bench/micro_store: %s\n", why);
	exit(1);
}

static void
fill(unsigned i)
{
	unsigned n = S.made++;
	struct parley_write *w = &S.writes[i];

	snprintf(
	    streams[i], sizeof streams[i], "bench%05u+bench%05u", n % CHATS * 2, n % CHATS * 2 + 1);
	snprintf(origins[i], sizeof origins[i], "bench%05u/m1a2b3c4d-%u", n % CHATS * 2, n);
	snprintf(
	    mids[i], sizeof mids[i], "019ab3c4-%04x-7%03x-8123-456789abcdef", n >> 12, n & 0xfff);
	snprintf(docs[i], sizeof docs[i],
	    "{\"mid\":\"%s\",\"id\":\"m1a2b3c4d-%u\",\"from\":\"bench00000\",\"device\":"
	    "\"k3v9x2mq\","
	    "\"to\":\"bench00001\",\"time\":1795341600123,\"text\":\"Shall we meet at the station "
	    "at "
	    "half past seven, or is that too early for us?\"}",
	    mids[i], n);
	S.values[i] =
	    (struct parley_value){ .present = true, .text = mids[i], .len = strlen(mids[i]) };
	*w = (struct parley_write){ .next = i + 1 < S.batch ? w + 1 : NULL,
		.op = PARLEY_WRITE_APPEND,
		.collection = &messages,
		.key = streams[i],
		.origin = origins[i],
		.json = docs[i],
		.json_len = strlen(docs[i]),
		.values = &S.values[i] };
}

static void
append(unsigned i)
{
	struct parley_error err = { 0 };

	if (S.backend->write(S.state, S.writes, &err) != 0)
		die(err.text);
	for (unsigned k = 0; k < S.batch; k++)
		if (S.writes[k].rc != 0)
			die(S.writes[k].err.text);
}

static void
fill_all(void)
{
	for (unsigned k = 0; k < S.batch; k++)
		fill(k);
}

static void
open_backend(const char *path, const char *directory)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	const struct parley_module *(*module)(void);
	struct parley_error err = { 0 };

	if (handle == NULL)
		die(dlerror());
	*(void **)&module = dlsym(handle, "parley_module");
	if (module == NULL || module()->backend == NULL)
		die("it is no back end");
	S.backend = module()->backend;
	if (S.backend->open(directory, &S.state, &err) != 0 ||
	    S.backend->declare(S.state, &messages, &err) != 0)
		die(err.text);
}

int
main(int argc, char **argv)
{
	unsigned count = micro_count(argc, argv, 2);

	S.batch = (unsigned)strtoul(argv[1], NULL, 10);
	if (S.batch < 1 || S.batch > BATCH_MAX)
		die("a batch has 1 to 256 appends");
	open_backend(argv[3], argv[4]);
	for (unsigned i = 0; i < BEFORE + count; i += S.batch) {
		fill_all();
		if (i < BEFORE)
			append(i);
		else
			micro_run(append, 1);
	}
	S.backend->close(S.state);
	return 0;
}
