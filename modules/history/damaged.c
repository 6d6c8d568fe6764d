/* SPDX-License-Identifier: MIT */
/* damaged.c - chats that cannot be read because the store is damaged: how a walk over all chats
 * gets past them, and that it is told once. */
#include "keep.h"

#include <stdio.h>
#include <string.h>

#define LETTERS 0x80 /* keys are of ASCII */

/* ---- getting past ------------------------------------------------------------------------- */

/* Whether the first entry between two keys, if there is one, can be read. 1, 0 or -1. */
static int
is_readable(const char *after, const char *before, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_GT, .text = after },
		    { .field = "stream", .op = PARLEY_OP_LT, .text = before } },
		.order_by = "stream",
		.limit = 1,
	};
	struct parley_docs docs = { 0 };
	struct parley_error why = { 0 };
	int rc = parley_store_find(&messages_collection, &query, &docs, &why);

	parley_docs_fini(&docs);
	if (rc == 0)
		return 1;
	if (why.code == PARLEY_INTERNAL)
		return 0;
	*err = why;
	return -1;
}

/* The letter of the damaged key behind len that are known: 0 when it ends there, or -1. */
static int
find_letter(const char *after, char key[PARLEY_KEY_MAX], size_t len, struct parley_error *err)
{
	int low = 0, high = LETTERS;

	while (high - low > 1) {
		int middle = (low + high) / 2, rc;

		key[len] = (char)middle;
		key[len + 1] = '\0';
		rc = is_readable(after, key, err);
		if (rc < 0)
			return -1;
		*(rc > 0 ? &low : &high) = middle;
	}
	key[len] = (char)low;
	return low;
}

/* What is before the key can be read, and what goes up to it and further cannot: so each letter is
 * the greatest with which it still can. */
int
damaged_find(const char *after, char key[PARLEY_KEY_MAX], struct parley_error *err)
{
	size_t len = 0;
	int letter;

	do
		letter = find_letter(after, key, len, err);
	while (letter > 0 && ++len < PARLEY_KEY_MAX - 1);
	if (letter == 0 && strcmp(key, after) > 0)
		return 0;
	return letter < 0 ? -1
			  : parley_fail(err, PARLEY_INTERNAL, NULL, "no chat can be read any more");
}

/* ---- telling ------------------------------------------------------------------------------ */

void
damaged_note(struct history *h, const char *key, const struct parley_error *why)
{
	struct keeper *k = h->keeper;

	k->walk_damaged++;
	for (unsigned i = 0; i < k->told_count; i++)
		if (strcmp(k->told[i], key) == 0)
			return;
	if (k->told_count == DAMAGED_TOLD)
		return;
	snprintf(k->told[k->told_count++], PARLEY_KEY_MAX, "%s", key);
	parley_log_warn("history", "chat=%s cannot be looked after, it is passed by: %s%s", key,
	    why->text,
	    k->told_count == DAMAGED_TOLD ? "; further ones are counted and not told" : "");
}
