/* SPDX-License-Identifier: MIT */
/* micro_secret.c - what a document of the archive costs for its secrets: "seal" an append for its
 * place, "open" it when it is read; "clear" reads one without secrets. */
#include "micro.h"

#include "seal/seal.h"
#include "store/doc.h"
#include "store/secret.h"

#include <parley/backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const secret[] = { "text", "old", "mentions", "reply", "reactions", "emoji",
	NULL };
static const struct parley_collection messages = {
	.name = "messages",
	.version = 1,
	.log = true,
	.secret = secret,
};
static const char document[] =
    "{\"mid\":\"019ab3c4-d5e6-7f80-8123-456789abcdef\",\"id\":\"m1a2b3c4d-17\",\"from\":"
    "\"bench00000\",\"device\":\"k3v9x2mq\",\"to\":\"bench00001\",\"time\":1795341600123,"
    "\"text\":\"Shall we meet at the station at half past seven, or is that too early for us?\"}";
#define STREAM "bench00000+bench00001"

static struct {
	const char *json;
	size_t len;
	char *sealed;
} S;

static void
seal(unsigned i)
{
	struct arena arena = { 0 };
	struct parley_write w = {
		.op = PARLEY_WRITE_APPEND,
		.collection = &messages,
		.key = STREAM,
		.json = document,
		.json_len = sizeof document - 1,
	};

	secret_seal(&w, &arena);
	parley_write_place(&w, 17);
	if (S.sealed == NULL) {
		S.len = w.json_len;
		S.sealed = strndup(w.json, w.json_len);
	}
	arena_fini(&arena);
}

static void
open_one(unsigned i)
{
	struct parley_doc *doc =
	    store_doc_new(&messages, STREAM "/17", sizeof STREAM + 2, 17, S.json, S.len, NULL);

	if (doc == NULL)
		abort();
	parley_doc_free(&doc);
}

int
main(int argc, char **argv)
{
	static const uint8_t key[32] = { 1 };
	unsigned count = micro_count(argc, argv, 0);

	seal_open_bytes(key);
	seal(0); /* makes a key ready, which is done once */
	S.json = S.sealed;
	if (strcmp(argv[1], "clear") == 0) {
		S.json = document;
		S.len = sizeof document - 1;
	}
	open_one(0);
	micro_run(strcmp(argv[1], "seal") == 0 ? seal : open_one, count);
	free(S.sealed);
	seal_close();
	return 0;
}
