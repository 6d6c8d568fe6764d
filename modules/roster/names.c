/* SPDX-License-Identifier: MIT */
/* names.c - the index that search uses: every end of a user name and of a display name is a
 * document, so that "part of a name" is "beginning of an end", which every back end can look up. */
#include "roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENDS_MAX (PARLEY_NAME_MAX + PARLEY_DISPLAY_MAX)

static const struct parley_field name_fields[] = {
	{ "rank", PARLEY_FIELD_INT }, /* 0: begins the user name; 1: begins a word of the display
					 name; 2: inside */
	{ "text", PARLEY_FIELD_TEXT },
	{ "account", PARLEY_FIELD_TEXT },
	{ 0 },
};
static const struct parley_index name_indexes[] = {
	{ .fields = { "rank", "text" } },
	{ .fields = { "account" } },
	{ .fields = { NULL } },
};
/* Keys: "alice/0" and so on for each end; "alice/" once all are there, with the display name that
 * they are of: the node may have gone down behind a new one. */
const struct parley_collection names_collection = {
	.name = "names",
	.version = 1,
	.fields = name_fields,
	.indexes = name_indexes,
};

/* ---- writing the index -------------------------------------------------------------------- */

struct end {
	char key[PARLEY_KEY_MAX];
	struct parley_text json;
	struct writing *writing;
};

/* The documents of one account are written side by side: the store puts them into one commit. */
struct writing {
	struct end ends[ENDS_MAX];
	unsigned count, open;
	int rc;
	struct parley_error err;
	struct parley_event done;
};

static void
end_add(struct writing *w, const char *account, int rank, const char *text)
{
	struct end *e = &w->ends[w->count];
	struct parley_writer out;

	snprintf(e->key, sizeof e->key, "%s/%u", account, w->count++);
	e->writing = w;
	parley_writer_init(&out, &e->json);
	parley_put_object(&out, NULL);
	parley_put_int(&out, "rank", rank);
	parley_put_bytes(&out, "text", text, parley_utf8_cut(text, strlen(text), NAME_END_MAX));
	parley_put_string(&out, "account", account);
	parley_put_end(&out);
}

static void
ends_of_name(struct writing *w, const char *account)
{
	for (size_t i = 0; account[i] != '\0'; i++)
		end_add(w, account, i == 0 ? 0 : 2, account + i);
}

static void
ends_of_display(struct writing *w, const char *account, const char *display)
{
	char folded[PARLEY_DISPLAY_MAX * 4 + 8];
	bool word = true;

	parley_utf8_lower(folded, display, sizeof folded);
	for (const char *p = folded; *p != '\0' && w->count < ENDS_MAX; p++) {
		if (((unsigned char)*p & 0xc0) == 0x80)
			continue; /* inside a character */
		if (*p != ' ')
			end_add(w, account, word ? 1 : 2, p);
		word = *p == ' ';
	}
}

static void
end_write(void *arg)
{
	struct end *e = arg;
	struct writing *w = e->writing;
	struct parley_error err = { 0 };

	if (parley_store_put(&names_collection, e->key, &e->json, &err) != 0) {
		w->rc = -1;
		w->err = err;
	}
	if (--w->open == 0)
		parley_event_set(&w->done, 0);
}

static void
ends_write(struct writing *w)
{
	w->open = w->count;
	for (unsigned i = 0; i < w->count; i++)
		if (parley_spawn("roster-names", end_write, &w->ends[i]) != 0)
			end_write(&w->ends[i]);
	parley_shield(true); /* the fibers write into w */
	parley_await_event(&w->done, -1);
	parley_shield(false);
	for (unsigned i = 0; i < w->count; i++)
		parley_text_fini(&w->ends[i].json);
}

/* A shorter name than before leaves ends behind. */
static int
ends_remove_behind(const char *account, unsigned count, struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = account } },
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs docs = { 0 };
	size_t skip = strlen(account) + 1;

	if (parley_store_find(&names_collection, &query, &docs, err) != 0)
		return -1;
	for (uint32_t i = 0; i < docs.count; i++) {
		const char *number = docs.docs[i]->key + skip;

		if (number[0] != '\0' && strtoul(number, NULL, 10) >= count)
			parley_store_remove(&names_collection, docs.docs[i]->key, NULL, NULL);
	}
	parley_docs_fini(&docs);
	return 0;
}

static int
mark_write(const struct parley_account *a, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];
	int rc;

	snprintf(key, sizeof key, "%s/", a->name);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "display", a->display);
	parley_put_end(&w);
	rc = parley_store_put(&names_collection, key, &json, err);
	parley_text_fini(&json);
	return rc;
}

static int
mark_remove(const char *account, struct parley_error *err)
{
	struct parley_error why = { 0 };
	char key[PARLEY_KEY_MAX];

	snprintf(key, sizeof key, "%s/", account);
	if (parley_store_remove(&names_collection, key, NULL, &why) == 0 ||
	    why.code == PARLEY_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

bool
names_indexed(const struct parley_account *a)
{
	struct parley_error err = { 0 };
	char key[PARLEY_KEY_MAX];
	struct parley_doc *doc;
	bool indexed;

	snprintf(key, sizeof key, "%s/", a->name);
	doc = parley_store_get(&names_collection, key, &err);
	if (doc == NULL)
		return err.code != PARLEY_NOT_FOUND;
	indexed = strcmp(parley_json_string_or(parley_json_get(doc->root, "display"), ""),
		      a->display) == 0;
	parley_doc_free(&doc);
	return indexed;
}

/* The mark is away while the index is neither the old one nor the new one. */
static int
index_write(const char *name, struct parley_error *err)
{
	struct parley_account a;
	struct writing *w;
	int rc;

	if (parley_account_get(name, &a, err) != 0)
		return -1;
	if (names_indexed(&a))
		return 0; /* something else of the account has changed */
	if (mark_remove(a.name, err) != 0)
		return -1;
	w = parley_alloc(sizeof *w);
	ends_of_name(w, a.name);
	ends_of_display(w, a.name, a.display);
	ends_write(w);
	rc = w->rc;
	if (rc != 0)
		*err = w->err;
	if (rc == 0)
		rc = ends_remove_behind(a.name, w->count, err);
	if (rc == 0)
		rc = mark_write(&a, err);
	free(w);
	return rc;
}

/* An account whose index is being written, and those who wait to write it anew. */
struct indexing {
	char account[PARLEY_NAME_MAX + 1];
	struct parley_lane lane;
	unsigned users;
};

static struct indexing *
indexing_join(struct roster *g, const char *name, struct parley_ticket *ticket)
{
	struct indexing *i = parley_table_get(g->indexings, name);

	if (i == NULL) {
		i = parley_alloc(sizeof *i);
		snprintf(i->account, sizeof i->account, "%s", name);
		parley_table_put(g->indexings, i->account, i);
	}
	i->users++;
	parley_lane_join(&i->lane, ticket);
	return i;
}

static void
indexing_leave(struct roster *g, struct indexing *i, struct parley_ticket *ticket)
{
	parley_lane_leave(ticket);
	if (--i->users > 0)
		return;
	parley_table_remove(g->indexings, i->account);
	free(i);
}

int
names_write(struct roster *g, const char *name, struct parley_error *err)
{
	struct parley_ticket ticket = { 0 };
	struct indexing *i = indexing_join(g, name, &ticket);
	int rc = parley_await_turn(&ticket);

	if (rc == 0)
		rc = index_write(i->account, err);
	else
		parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	indexing_leave(g, i, &ticket);
	return rc;
}
