/* SPDX-License-Identifier: MIT */
/* search.c - public groups by a part of name or title: every end of them is a document, so that
 * "part of" becomes "begins with". */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define END_MAX    48 /* bytes of an end that are indexed */
#define ENDS_MAX   (PARLEY_NAME_MAX + TITLE_MAX)
#define CANDIDATES 200 /* looked at for each rank */
#define LIMIT      20

/* How well a group fits. */
enum rank { RANK_BEGINS, RANK_INSIDE, RANKS };

static const struct parley_field name_fields[] = {
	{ "rank", PARLEY_FIELD_INT },
	{ "text", PARLEY_FIELD_TEXT },
	{ 0 },
};
static const struct parley_index name_indexes[] = {
	{ .fields = { "rank", "text" } },
	{ .fields = { NULL } },
};
/* Keys: "GROUP/0" and so on for each end. */
const struct parley_collection names_collection = {
	.name = "group_names",
	.version = 1,
	.fields = name_fields,
	.indexes = name_indexes,
};

/* ---- writing the index -------------------------------------------------------------------- */

struct ends {
	struct writes *writes;
	const char *group;
	unsigned count;
};

static void
end_add(struct ends *e, enum rank rank, const char *text)
{
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];

	if (e->count == ENDS_MAX)
		return;
	snprintf(key, sizeof key, "%s/%u", e->group, e->count++);
	parley_writer_init(&w, writes_add(e->writes, &names_collection, WRITE_PUT, key));
	parley_put_object(&w, NULL);
	parley_put_int(&w, "rank", rank);
	parley_put_bytes(&w, "text", text, parley_utf8_cut(text, strlen(text), END_MAX));
	parley_put_string(&w, "group", e->group);
	parley_put_end(&w);
}

/* words: also what begins a word counts as the beginning. */
static void
ends_of(struct ends *e, const char *text, bool words)
{
	char folded[TITLE_MAX * 4 + 8];
	bool first = true;

	parley_utf8_lower(folded, text, sizeof folded);
	for (const char *p = folded; *p != '\0'; p++) {
		if (((unsigned char)*p & 0xc0) == 0x80)
			continue; /* inside a character */
		if (*p != ' ')
			end_add(e, first ? RANK_BEGINS : RANK_INSIDE, p);
		first = words && *p == ' ';
	}
}

/* A title that was longer, or a group that was public, leaves ends behind. */
static int
remove_behind(struct ends *e, struct parley_error *err)
{
	char begin[PARLEY_KEY_MAX], end[PARLEY_KEY_MAX];
	const struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GT, .text = begin },
		    { .field = "key", .op = PARLEY_OP_LT, .text = end } },
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs docs = { 0 };

	snprintf(begin, sizeof begin, "%s/", e->group);
	snprintf(end, sizeof end, "%s0", e->group); /* '0' follows '/' */
	if (parley_store_find(&names_collection, &query, &docs, err) != 0)
		return -1;
	for (uint32_t i = 0; i < docs.count; i++)
		if (strtoul(docs.docs[i]->key + strlen(begin), NULL, 10) >= e->count)
			writes_add(e->writes, &names_collection, WRITE_REMOVE, docs.docs[i]->key);
	parley_docs_fini(&docs);
	return 0;
}

int
names_write(struct writes *w, const struct group *g, struct parley_error *err)
{
	struct ends e = { .writes = w, .group = g->name };

	if (g->settings.open) {
		ends_of(&e, g->name, false);
		ends_of(&e, g->title, true);
	}
	return remove_behind(&e, err);
}

/* ---- groups.search ------------------------------------------------------------------------ */

struct found {
	struct hit {
		char name[PARLEY_NAME_MAX + 1];
		enum rank rank;
		unsigned members;
	} hits[RANKS * CANDIDATES];
	uint32_t count;
};

/* Takes note of a group, unless it was found before or is not to be found. 0 or -1. */
static int
found_add(
    struct groups *gs, struct found *f, enum rank rank, const char *name, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct group *g;

	for (uint32_t i = 0; i < f->count; i++)
		if (strcmp(f->hits[i].name, name) == 0)
			return 0;
	g = group_get(gs, name, &missing);
	if (g == NULL) {
		*err = missing;
		return missing.code == PARLEY_NOT_FOUND ? 0 : -1;
	}
	if (g->settings.open) {
		struct hit *hit = &f->hits[f->count++];

		snprintf(hit->name, sizeof hit->name, "%s", name);
		hit->rank = rank;
		hit->members = g->count;
	}
	group_put(gs, &g);
	return 0;
}

static int
search_rank(struct groups *gs, struct found *f, enum rank rank, const char *folded,
    struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "rank", .op = PARLEY_OP_EQ, .integer = rank },
		    { .field = "text", .op = PARLEY_OP_PREFIX, .text = folded } },
		.limit = CANDIDATES,
	};
	struct parley_docs docs = { 0 };
	int rc = parley_store_find(&names_collection, &query, &docs, err);

	for (uint32_t i = 0; i < docs.count && rc == 0; i++)
		rc = found_add(gs, f, rank,
		    parley_json_string_or(parley_json_get(docs.docs[i]->root, "group"), ""), err);
	parley_docs_fini(&docs);
	return rc;
}

/* Any, the largest first. */
static int
search_all(struct groups *gs, struct found *f, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "open", .op = PARLEY_OP_EQ, .integer = 1 } },
		.order_by = "members",
		.descending = true,
		.limit = CANDIDATES,
	};
	struct parley_docs docs = { 0 };
	int rc = parley_store_find(&groups_collection, &query, &docs, err);

	for (uint32_t i = 0; i < docs.count && rc == 0; i++)
		rc = found_add(gs, f, RANK_BEGINS, docs.docs[i]->key, err);
	parley_docs_fini(&docs);
	return rc;
}

static int
best_first(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->members != y->members)
		return x->members > y->members ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int
search(
    struct groups *gs, struct found *f, const char *text, uint32_t limit, struct parley_error *err)
{
	char folded[TITLE_MAX * 4 + 8];
	size_t len;
	int rc = 0;

	if (text == NULL)
		return search_all(gs, f, err);
	len = parley_utf8_lower(folded, text, sizeof folded);
	folded[parley_utf8_cut(folded, len, END_MAX)] = '\0';
	for (enum rank rank = 0; rank < RANKS && rc == 0 && f->count < limit; rank++)
		rc = search_rank(gs, f, rank, folded, err);
	return rc;
}

static int
put_found(struct groups *gs, struct parley_request *r, const struct found *f, uint32_t limit,
    struct parley_error *err)
{
	struct parley_writer *w = parley_answer(r);
	int rc = 0;

	parley_put_array(w, "groups");
	for (uint32_t i = 0; i < f->count && i < limit && rc == 0; i++)
		rc = view_put_group(gs, w, NULL, parley_request_account(r), f->hits[i].name, err);
	parley_put_end(w);
	return rc;
}

void
groups_search(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	uint32_t limit = (uint32_t)parley_json_int(parley_json_get(params, "limit"), LIMIT);
	struct groups *gs = self;
	struct parley_error err = { 0 };
	struct found *f = parley_alloc(sizeof *f);
	int rc;

	gs->searches++;
	rc = search(gs, f, parley_json_string(parley_json_get(params, "text")), limit, &err);
	if (rc == 0) {
		qsort(f->hits, f->count, sizeof f->hits[0], best_first);
		rc = put_found(gs, r, f, limit, &err);
	}
	if (rc != 0)
		parley_refuse_error(r, &err);
	free(f);
}
