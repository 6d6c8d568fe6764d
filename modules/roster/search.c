/* SPDX-License-Identifier: MIT */
/* search.c - finding people: by part of a name, and without asking. */
#include "roster.h"

#include <parley/history.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANKS      3
#define LIMIT      20  /* people in one answer, when the caller does not say */
#define CANDIDATES 200 /* index documents looked through for each rank */
#define FRIENDS    50  /* contacts whose contacts are looked at */
#define SUGGEST    500 /* people considered */

/* A list of names without repetitions, in the order of arrival. */
struct found {
	struct person_found {
		char name[PARLEY_NAME_MAX + 1];
		int64_t count;
		const char *reason;
	} people[SUGGEST];
	uint32_t used;
	struct parley_table *by_name;
};

static struct person_found *
found_add(struct found *f, const char *name)
{
	struct person_found *p = parley_table_get(f->by_name, name);

	if (p != NULL || f->used == SUGGEST)
		return p;
	p = &f->people[f->used++];
	snprintf(p->name, sizeof p->name, "%s", name);
	parley_table_put(f->by_name, p->name, p);
	return p;
}

static struct found *
found_new(void)
{
	struct found *f = parley_alloc(sizeof *f);

	f->by_name = parley_table_new();
	return f;
}

static void
found_free(struct found *f)
{
	parley_table_free(&f->by_name);
	free(f);
}

/* Whether viewer may find other at all. 0 or -1. Awaits. */
static int
may_find(struct roster *g, const char *viewer, const char *other, bool strangers_only, bool *may_r,
    struct parley_error *err)
{
	struct parley_account account;
	struct parley_error missing = { 0 };
	enum parley_relation relation;

	*may_r = false;
	if (strcmp(viewer, other) == 0)
		return 0;
	if (parley_account_get(other, &account, &missing) != 0) {
		if (missing.code == PARLEY_NOT_FOUND)
			return 0;
		*err = missing;
		return -1;
	}
	if (account.disabled || account.hidden)
		return 0;
	if (roster_relation(g, viewer, other, &relation, err) != 0)
		return -1;
	if (strangers_only)
		*may_r = relation == PARLEY_RELATION_NONE;
	else
		*may_r =
		    relation != PARLEY_RELATION_BLOCKED && relation != PARLEY_RELATION_BLOCKED_BY;
	return 0;
}

/* ---- search ------------------------------------------------------------------------------- */

static int
search_rank(struct found *f, int rank, const char *folded, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "rank", .op = PARLEY_OP_EQ, .integer = rank },
		    { .field = "text", .op = PARLEY_OP_PREFIX, .text = folded } },
		.order_by = "text",
		.limit = CANDIDATES,
	};
	struct parley_docs docs = { 0 };

	if (parley_store_find(&names_collection, &query, &docs, err) != 0)
		return -1;
	for (uint32_t i = 0; i < docs.count; i++)
		found_add(
		    f, parley_json_string_or(parley_json_get(docs.docs[i]->root, "account"), ""));
	parley_docs_fini(&docs);
	return 0;
}

/* Looks through the ranks until limit people are found; writes them. 0 or -1. */
static int
search_write(struct roster *g, struct parley_request *r, struct found *f, const char *folded,
    int64_t limit, struct parley_error *err)
{
	const char *viewer = parley_request_account(r);
	struct parley_writer *w = parley_answer(r);
	uint32_t next = 0;

	parley_put_array(w, "people");
	for (int rank = 0; rank < RANKS && limit > 0; rank++) {
		if (search_rank(f, rank, folded, err) != 0)
			return -1;
		for (; next < f->used && limit > 0; next++) {
			const char *name = f->people[next].name;
			bool may;

			if (may_find(g, viewer, name, false, &may, err) != 0)
				return -1;
			if (!may)
				continue;
			if (roster_put_person(g, w, NULL, viewer, name, err) != 0)
				return -1;
			limit--;
		}
	}
	parley_put_end(w);
	return 0;
}

void
roster_search(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const char *text = parley_json_string(parley_json_get(params, "text"));
	int64_t limit = parley_json_int(parley_json_get(params, "limit"), LIMIT);
	struct parley_error err = { 0 };
	struct roster *g = self;
	struct found *f = found_new();
	char folded[512];
	size_t len;

	g->searches++;
	if (text[0] == '@')
		text++; /* people copy names as they see them */
	len = parley_utf8_lower(folded, text, sizeof folded);
	folded[parley_utf8_cut(folded, len, NAME_END_MAX)] = '\0';
	if (search_write(g, r, f, folded, limit, &err) != 0)
		parley_refuse_error(r, &err);
	found_free(f);
}

/* ---- suggestions -------------------------------------------------------------------------- */

static void
add_mutual(void *arg, const char *contact)
{
	struct person_found *p = found_add(arg, contact);

	if (p == NULL)
		return;
	p->reason = "mutual";
	p->count++;
}

static void
add_friend(void *arg, const char *contact)
{
	struct found *f = arg;

	if (f->used < FRIENDS)
		found_add(f, contact);
}

static void
add_recent(void *arg, const char *peer, int64_t messages)
{
	struct found *f = arg;
	struct person_found *p = messages > 0 ? found_add(f, peer) : NULL;

	if (p == NULL || p->reason != NULL)
		return; /* contacts in common say more */
	p->reason = "recent";
	p->count = messages;
}

/* The contacts of contacts, and people one has written with. Awaits. */
static int
suggest_collect(struct roster *g, const char *viewer, struct found *f, struct parley_error *err)
{
	const struct parley_history_1 *history;
	struct found *friends = found_new();
	void *history_self;
	int rc = roster_contacts(g, viewer, add_friend, friends, err);

	for (uint32_t i = 0; i < friends->used && rc == 0; i++)
		rc = roster_contacts(g, friends->people[i].name, add_mutual, f, err);
	found_free(friends);
	history = parley_service_find("history/1", &history_self);
	if (rc == 0 && history != NULL)
		rc = history->peers(history_self, viewer, add_recent, f, err);
	return rc;
}

static int
by_count(const void *a, const void *b)
{
	const struct person_found *x = a, *y = b;

	if (strcmp(x->reason, y->reason) != 0)
		return strcmp(x->reason, y->reason); /* mutual before recent */
	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Whether viewer may be told to meet other. 0 or -1. Awaits. */
static int
may_suggest(
    struct roster *g, const char *viewer, const char *other, bool *may_r, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	char key[PARLEY_KEY_MAX];
	struct parley_doc *doc;

	if (may_find(g, viewer, other, true, may_r, err) != 0)
		return -1;
	if (!*may_r)
		return 0;
	snprintf(key, sizeof key, "%s/%s", viewer, other);
	doc = parley_store_get(&dismissed_collection, key, &missing);
	*may_r = doc == NULL;
	parley_doc_free(&doc);
	if (!*may_r || missing.code == PARLEY_NOT_FOUND)
		return 0;
	*err = missing;
	return -1;
}

static int
suggest_write(struct roster *g, struct parley_request *r, const struct found *f, int64_t limit,
    struct parley_error *err)
{
	const char *viewer = parley_request_account(r);
	struct parley_writer *w = parley_answer(r);

	parley_put_array(w, "people");
	for (uint32_t i = 0; i < f->used && limit > 0; i++) {
		const struct person_found *p = &f->people[i];
		bool may;

		if (may_suggest(g, viewer, p->name, &may, err) != 0)
			return -1;
		if (!may)
			continue;
		if (person_open(g, w, NULL, viewer, p->name, err) != 0)
			return -1;
		parley_put_object(w, "reason");
		parley_put_string(w, "kind", p->reason);
		parley_put_int(w, "count", p->count);
		parley_put_end(w);
		parley_put_end(w);
		limit--;
	}
	parley_put_end(w);
	return 0;
}

void
roster_suggestions(void *self, struct parley_request *r)
{
	int64_t limit = parley_json_int(parley_json_get(parley_request_params(r), "limit"), LIMIT);
	struct parley_error err = { 0 };
	struct found *f = found_new();
	int rc = suggest_collect(self, parley_request_account(r), f, &err);

	if (rc == 0) {
		parley_table_free(&f->by_name); /* sorting moves its keys */
		qsort(f->people, f->used, sizeof f->people[0], by_count);
		rc = suggest_write(self, r, f, limit, &err);
	}
	if (rc != 0)
		parley_refuse_error(r, &err);
	found_free(f);
}

void
roster_dismiss(void *self, struct parley_request *r)
{
	struct parley_account account;
	struct parley_error err = { 0 };
	struct parley_text json = { 0 };
	char other[PARLEY_NAME_MAX + 1], key[PARLEY_KEY_MAX];

	if (person_param(r, other) != 0)
		return;
	if (parley_account_get(other, &account, &err) !=
	    0) { /* else there would be no end of them */
		parley_refuse_error(r, &err);
		return;
	}
	snprintf(key, sizeof key, "%s/%s", parley_request_account(r), other);
	parley_text_puts(&json, "{}");
	if (parley_store_put(&dismissed_collection, key, &json, &err) != 0)
		parley_refuse_error(r, &err);
	parley_text_fini(&json);
}
