/* SPDX-License-Identifier: MIT */
/* pair.c - how two accounts stand to each other. */
#include "roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pair *
pair_new(const char *a, const char *b)
{
	struct pair *p = parley_alloc(sizeof *p);
	bool swap = strcmp(a, b) > 0;

	parley_chat_key(a, b, p->key);
	snprintf(p->names[0], sizeof p->names[0], "%s", swap ? b : a);
	snprintf(p->names[1], sizeof p->names[1], "%s", swap ? a : b);
	return p;
}

struct pair *
pair_get(struct book *mine, struct book *other)
{
	struct pair *p = parley_table_get(mine->pairs, other->account);

	if (p == NULL)
		p = parley_table_get(other->pairs, mine->account);
	if (p == NULL)
		p = pair_new(mine->account, other->account);
	if (parley_table_get(mine->pairs, other->account) == NULL) {
		parley_table_put(mine->pairs, p->names[pair_side(p, other->account)], p);
		p->refs++;
	}
	if (parley_table_get(other->pairs, mine->account) == NULL) {
		parley_table_put(other->pairs, p->names[pair_side(p, mine->account)], p);
		p->refs++;
	}
	p->refs++;
	return p;
}

static bool
pair_is_void(const struct pair *p)
{
	return p->state == PAIR_NONE && !p->blocked[0] && !p->blocked[1];
}

void
pair_drop_void(struct book *mine, struct book *other, const struct pair *p)
{
	if (!pair_is_void(p) || p->lane.head != NULL)
		return;
	for (int i = 0; i < 2; i++) {
		struct book *b = i == 0 ? mine : other;
		struct pair *gone =
		    parley_table_remove(b->pairs, i == 0 ? other->account : mine->account);

		pair_unref(&gone);
	}
}

void
pair_unref(struct pair **p)
{
	if (*p != NULL && --(*p)->refs == 0)
		free(*p);
	*p = NULL;
}

int
pair_side(const struct pair *p, const char *name)
{
	return strcmp(p->names[0], name) == 0 ? 0 : 1;
}

struct pair *
pair_of_doc(const struct parley_json *doc)
{
	struct pair *p = pair_new(parley_json_string_or(parley_json_get(doc, "a"), ""),
	    parley_json_string_or(parley_json_get(doc, "b"), ""));

	p->state = (enum pair_state)parley_json_int(parley_json_get(doc, "state"), PAIR_NONE);
	p->asker = parley_json_int(parley_json_get(doc, "asker"), 0) != 0;
	p->blocked[0] = parley_json_bool(parley_json_get(doc, "blocked_by_a"), false);
	p->blocked[1] = parley_json_bool(parley_json_get(doc, "blocked_by_b"), false);
	p->time = parley_json_int(parley_json_get(doc, "time"), 0);
	snprintf(
	    p->text, sizeof p->text, "%s", parley_json_string_or(parley_json_get(doc, "text"), ""));
	return p;
}

/* A pair that stands for nothing any more has no document. */
static int
pair_remove(const struct pair *p, struct parley_error *err)
{
	struct parley_error why = { 0 };

	if (parley_store_remove(&relations_collection, p->key, NULL, &why) == 0 ||
	    why.code == PARLEY_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

int
pair_store(const struct pair *p, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc;

	if (pair_is_void(p))
		return pair_remove(p, err);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "a", p->names[0]);
	parley_put_string(&w, "b", p->names[1]);
	parley_put_int(&w, "state", p->state);
	parley_put_int(&w, "asker", p->asker);
	parley_put_bool(&w, "blocked_by_a", p->blocked[0]);
	parley_put_bool(&w, "blocked_by_b", p->blocked[1]);
	parley_put_int(&w, "time", p->time);
	if (p->state == PAIR_ASKED)
		parley_put_string(&w, "text", p->text);
	parley_put_end(&w);
	rc = parley_store_put(&relations_collection, p->key, &json, err);
	parley_text_fini(&json);
	return rc;
}

enum parley_relation
pair_relation(const struct pair *p, const char *viewer)
{
	int side = pair_side(p, viewer);

	if (p->blocked[side])
		return PARLEY_RELATION_BLOCKED;
	if (p->blocked[1 - side])
		return PARLEY_RELATION_BLOCKED_BY;
	if (p->state == PAIR_CONTACTS)
		return PARLEY_RELATION_CONTACT;
	if (p->state == PAIR_ASKED)
		return p->asker == side ? PARLEY_RELATION_REQUESTED : PARLEY_RELATION_ASKS;
	return PARLEY_RELATION_NONE;
}

enum parley_relation
pair_shown(const struct pair *p, const char *viewer)
{
	enum parley_relation r = pair_relation(p, viewer);

	if (r != PARLEY_RELATION_BLOCKED_BY)
		return r;
	return p->state == PAIR_ASKED && p->asker == pair_side(p, viewer)
		   ? PARLEY_RELATION_REQUESTED
		   : PARLEY_RELATION_NONE;
}
