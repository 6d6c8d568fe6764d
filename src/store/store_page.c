/* SPDX-License-Identifier: MIT */
/* store_page.c - what to look for, to go on behind a document of a collection. */
#include "store/page.h"

#include <parley/backend.h>

/* The rest of the stream comes first, and then those behind it. */
static int
find_in_log(const char *after, unsigned most, page_find_fn find, void *context)
{
	char stream[PARLEY_KEY_MAX];
	int64_t seq;
	struct parley_query rest = { .where = { { "stream", PARLEY_OP_EQ, .text = stream },
					 { "seq", PARLEY_OP_GT, .integer = 0 } },
		.order_by = "seq",
		.limit = most };
	struct parley_query behind = { .where = { { "stream", PARLEY_OP_GT, .text = stream } },
		.order_by = "stream" };
	int found, more;

	parley_assert(parley_log_key_split(after, stream, &seq));
	rest.where[1].integer = seq;
	found = find(context, &rest);
	if (found < 0 || (unsigned)found >= most)
		return found;
	behind.limit = most - (unsigned)found;
	more = find(context, &behind);
	return more < 0 ? -1 : found + more;
}

int
page_find(const struct parley_collection *c, const char *after, unsigned most, page_find_fn find,
    void *context)
{
	struct parley_query query = { .order_by = c->log ? "stream" : "key", .limit = most };

	if (after[0] != '\0' && c->log)
		return find_in_log(after, most, find, context);
	if (after[0] != '\0')
		query.where[0] = (struct parley_cond){ "key", PARLEY_OP_GT, .text = after };
	return find(context, &query);
}
