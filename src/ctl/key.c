/* SPDX-License-Identifier: MIT */
/* key.c - parleyctl key: the node key and the keys of the store. Each command says what to do next.
 */
#include "ctl/ctl.h"
#include "seal/keyfile.h"
#include "seal/ring.h"

#include <inttypes.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
ctl_key_make(struct ctl *ctl, int argc, char **argv)
{
	struct parley_error err = { 0 };
	char print[RING_PRINT];
	uint8_t key[32];

	if (argc != 1)
		return ctl_usage("key make takes a file that does not exist yet");
	if (keyfile_make(argv[0], key, &err) != 0) {
		fprintf(stderr, "parleyctl: %s\n", err.text);
		return CTL_REFUSED;
	}
	ring_print(key, print);
	OPENSSL_cleanse(key, sizeof key);
	if (ctl->json) {
		printf("{\"node_key\":\"%s\"}\n", print);
		return 0;
	}
	printf("made node key %s in %s\n"
	       "Give the file to the user that the node runs as. Keep a copy of it apart from the "
	       "backups:\nwithout it nobody can read them, with it everybody can.\n"
	       "For a node that has data already: parleyctl key rewrap %s\n",
	    print, argv[0], argv[0]);
	return 0;
}

static void
print_state(const struct parley_json *result)
{
	static const struct ctl_column members[] = {
		{ "node key", "node_key", CTL_TEXT },
		{ "from", "from", CTL_TEXT },
		{ "node key to come", "pending", CTL_TEXT },
		{ "collections left to walk", "left", CTL_COUNT },
		{ "  now", "walking", CTL_TEXT },
		{ "  documents of it seen", "seen", CTL_COUNT },
		{ "documents sealed anew", "sealed", CTL_COUNT },
		{ "documents that do not open", "failed", CTL_COUNT },
		{ 0 },
	};
	static const struct ctl_column keys[] = { { "DATA KEY", "id", CTL_COUNT },
		{ "MADE", "made", CTL_TIME }, { "CURRENT", "current", CTL_YES }, { 0 } };
	static const struct ctl_column collections[] = { { "COLLECTION", "name", CTL_TEXT },
		{ "KEY", "key", CTL_COUNT }, { "LOADED", "loaded", CTL_YES }, { 0 } };

	ctl_print_members(result, members);
	putchar('\n');
	ctl_print_table(parley_json_get(result, "keys"), keys, 0);
	putchar('\n');
	ctl_print_table(parley_json_get(result, "collections"), collections, 0);
}

int
ctl_key_status(struct ctl *ctl, int argc, char **argv)
{
	const struct parley_json *result;
	int status;

	if (argc > 0)
		return ctl_usage("key status takes no arguments");
	result = ctl_call(ctl, "key.status", NULL, &status);
	if (result != NULL && !ctl->json)
		print_state(result);
	return status;
}

int
ctl_key_rotate(struct ctl *ctl, int argc, char **argv)
{
	const struct parley_json *result;
	int status;

	if (argc > 0)
		return ctl_usage("key rotate takes no arguments");
	result = ctl_call(ctl, "key.rotate", NULL, &status);
	if (result != NULL && !ctl->json)
		printf(
		    "data key %" PRId64 " is the current one\n"
		    "What older keys have sealed is sealed anew in the background; then they are "
		    "gone. See parleyctl key status\n",
		    parley_json_int(parley_json_get(result, "key"), 0));
	return status;
}

static void
print_rewrapped(const struct parley_json *result, const char *file)
{
	struct parley_text from = { 0 };

	ctl_print_safe(&from, parley_json_string_or(parley_json_get(result, "from"), ""));
	printf(
	    "the data can be read with node key %s as well\n"
	    "Next: put it in place of the present one (%s) and restart the node; from then on the "
	    "old one is good for nothing but old backups.\n"
	    "    mv %s %s\n"
	    "If the old one may be known to others, say parleyctl key rotate after the restart.\n",
	    parley_json_string_or(parley_json_get(result, "node_key"), ""), from.s, file,
	    from.s[0] == '/' ? from.s : "WHERE THE NODE LOOKS FOR IT");
	parley_text_fini(&from);
}

int
ctl_key_rewrap(struct ctl *ctl, int argc, char **argv)
{
	struct parley_text params = { 0 };
	const struct parley_json *result;
	char *file = argc == 1 ? realpath(argv[0], NULL) : NULL;
	struct parley_writer w;
	int status;

	if (file == NULL || !parley_utf8_valid(file, strlen(file))) {
		free(file);
		return ctl_usage("key rewrap takes a file that parleyctl key make has made");
	}
	parley_writer_init(&w, &params);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "file", file);
	parley_put_end(&w);
	result = ctl_call(ctl, "key.rewrap", &params, &status);
	parley_text_fini(&params);
	if (result != NULL && !ctl->json)
		print_rewrapped(result, file);
	free(file);
	return status;
}
