/* SPDX-License-Identifier: MIT */
/* book.c - the relations of the accounts that are in use, in memory. A change first pins the books
 * of both sides, so none is read from the store while one of its pairs changes. */
#include "roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
book_unlink(struct roster *g, struct book *b)
{
	*(b->newer != NULL ? &b->newer->older : &g->newest) = b->older;
	*(b->older != NULL ? &b->older->newer : &g->oldest) = b->newer;
	b->newer = b->older = NULL;
}

static void
book_link_newest(struct roster *g, struct book *b)
{
	b->older = g->newest;
	if (g->newest != NULL)
		g->newest->newer = b;
	else
		g->oldest = b;
	g->newest = b;
}

static void
book_free(struct roster *g, struct book *b)
{
	struct pair *p;
	uint32_t at = 0;

	book_unlink(g, b);
	parley_table_remove(g->books, b->account);
	while ((p = parley_table_each(b->pairs, &at)) != NULL) {
		parley_table_remove(b->pairs, p->names[1 - pair_side(p, b->account)]);
		pair_unref(&p);
	}
	parley_table_free(&b->pairs);
	free(b);
	g->books_in_memory--;
}

static void
book_evict(struct roster *g)
{
	struct book *b = g->oldest, *newer;

	for (; b != NULL && (int64_t)g->books_in_memory > g->people_cached; b = newer) {
		newer = b->newer;
		if (b->pins == 0)
			book_free(g, b);
	}
}

void
book_free_all(struct roster *g)
{
	while (g->newest != NULL)
		book_free(g, g->newest);
}

static struct book *
book_new(struct roster *g, const char *account)
{
	struct book *b = parley_alloc(sizeof *b);

	snprintf(b->account, sizeof b->account, "%s", account);
	b->pairs = parley_table_new();
	parley_table_put(g->books, b->account, b);
	book_link_newest(g, b);
	g->books_in_memory++;
	return b;
}

/* A document: the pair is shared with the other side's book when that is in memory. */
static void
book_add(struct roster *g, struct book *b, const struct parley_json *doc)
{
	struct pair *p = pair_of_doc(doc), *shared;
	const char *other = p->names[1 - pair_side(p, b->account)];
	struct book *theirs = parley_table_get(g->books, other);

	shared = theirs != NULL ? parley_table_get(theirs->pairs, b->account) : NULL;
	if (shared != NULL) {
		free(p);
		p = shared;
		other = p->names[1 - pair_side(p, b->account)];
	}
	if (parley_table_get(b->pairs, other) == NULL) {
		parley_table_put(b->pairs, other, p);
		p->refs++;
	} else if (p->refs == 0) {
		free(p);
	}
}

/* The pairs in which the account is on one side; others may block it, so there may be many. */
static int
book_load_side(struct roster *g, struct book *b, const char *side, const char *other_side,
    struct parley_error *err)
{
	char after[PARLEY_NAME_MAX + 1] = "";
	const struct parley_query query = {
		.where = { { .field = side, .op = PARLEY_OP_EQ, .text = b->account },
		    { .field = other_side, .op = PARLEY_OP_GT, .text = after } },
		.order_by = other_side,
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs docs = { 0 };
	bool more = true;

	while (more) {
		if (parley_store_find(&relations_collection, &query, &docs, err) != 0)
			return -1;
		for (uint32_t i = 0; i < docs.count; i++)
			book_add(g, b, docs.docs[i]->root);
		more = docs.count == PARLEY_FIND_LIMIT;
		if (more)
			snprintf(after, sizeof after, "%s",
			    parley_json_string_or(
				parley_json_get(docs.docs[docs.count - 1]->root, other_side), ""));
		parley_docs_fini(&docs);
	}
	return 0;
}

static int
book_load(struct roster *g, struct book *b, struct parley_error *err)
{
	if (book_load_side(g, b, "a", "b", err) != 0)
		return -1;
	return book_load_side(g, b, "b", "a", err);
}

struct book *
book_get(struct roster *g, const char *account, struct parley_error *err)
{
	struct book *b = parley_table_get(g->books, account);
	struct parley_ticket ticket = { 0 };
	int rc = 0;

	if (b == NULL)
		b = book_new(g, account);
	b->pins++;
	if (!b->loaded) {
		parley_lane_join(&b->loading, &ticket);
		rc = parley_await_turn(&ticket);
		if (rc != 0)
			parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
		else if (!b->loaded)
			rc = book_load(g, b, err);
		b->loaded = b->loaded || rc == 0;
		parley_lane_leave(&ticket);
	}
	if (rc != 0) {
		book_put(g, &b);
		return NULL;
	}
	if (b != g->newest) {
		book_unlink(g, b);
		book_link_newest(g, b);
	}
	return b;
}

void
book_put(struct roster *g, struct book **b)
{
	if (*b == NULL)
		return;
	(*b)->pins--;
	*b = NULL;
	book_evict(g);
}
