/* SPDX-License-Identifier: MIT */
/* settings.c - what accounts want, in memory and in the store: one document for each account. */
#include "notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct parley_collection notify_collection = { .name = "notify", .version = 1 };
const char *const level_names[LEVELS] = { "default", "all", "mentions", "nothing" };

enum level
level_read(const struct parley_json *v, enum level otherwise)
{
	const char *name = parley_json_string_or(v, "");

	for (int i = 0; i < LEVELS; i++)
		if (strcmp(name, level_names[i]) == 0)
			return (enum level)i;
	return otherwise;
}

void
quiet_read(struct quiet *q, const struct parley_json *v)
{
	if (v == NULL)
		return;
	q->on = parley_json_bool(parley_json_get(v, "on"), false);
	q->start = (int)parley_json_int(parley_json_get(v, "start"), 0);
	q->end = (int)parley_json_int(parley_json_get(v, "end"), 0);
	q->offset = (int)parley_json_int(parley_json_get(v, "offset"), 0);
}

void
quiet_put(struct parley_writer *w, const struct quiet *q)
{
	parley_put_object(w, "quiet");
	parley_put_bool(w, "on", q->on);
	parley_put_int(w, "start", q->start);
	parley_put_int(w, "end", q->end);
	parley_put_int(w, "offset", q->offset);
	parley_put_end(w);
}

/* ---- the chats that differ ---------------------------------------------------------------- */

struct exception *
settings_exception(struct settings *s, const char *chat)
{
	struct exception *e = parley_table_get(s->chats, chat);

	if (e != NULL)
		return e;
	e = parley_alloc(sizeof *e);
	snprintf(e->chat, sizeof e->chat, "%s", chat);
	parley_table_put(s->chats, e->chat, e);
	return e;
}

void
settings_drop_exception(struct settings *s, const char *chat)
{
	free(parley_table_remove(s->chats, chat));
}

static void
drop_exceptions(struct settings *s)
{
	struct exception *e;
	uint32_t at = 0;

	while ((e = parley_table_each(s->chats, &at)) != NULL)
		settings_drop_exception(s, e->chat);
}

/* ---- the document ------------------------------------------------------------------------- */

static void
settings_default(struct settings *s)
{
	s->direct = s->group = LEVEL_ALL;
	s->requests = true;
	s->quiet = (struct quiet){ .start = 22 * 60, .end = 7 * 60 };
	drop_exceptions(s);
}

static void
settings_read(struct settings *s, const struct parley_json *doc)
{
	const struct parley_json *chats = parley_json_get(doc, "chats"), *key;

	s->direct = level_read(parley_json_get(doc, "direct"), LEVEL_ALL);
	s->group = level_read(parley_json_get(doc, "group"), LEVEL_ALL);
	s->requests = parley_json_bool(parley_json_get(doc, "requests"), true);
	quiet_read(&s->quiet, parley_json_get(doc, "quiet"));
	for (key = parley_json_first(chats); key != NULL; key = parley_json_next(chats, key)) {
		const struct parley_json *v = parley_json_value(key);
		struct exception *e = settings_exception(s, parley_json_string(key));

		e->level = level_read(parley_json_get(v, "level"), LEVEL_DEFAULT);
		e->muted = parley_json_int(parley_json_get(v, "muted"), 0);
		e->deaf = parley_json_bool(parley_json_get(v, "deaf"), false);
	}
}

static void
settings_write(const struct settings *s, struct parley_text *out)
{
	const struct exception *e;
	struct parley_writer w;
	uint32_t at = 0;

	parley_writer_init(&w, out);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "direct", level_names[s->direct]);
	parley_put_string(&w, "group", level_names[s->group]);
	parley_put_bool(&w, "requests", s->requests);
	quiet_put(&w, &s->quiet);
	parley_put_object(&w, "chats");
	while ((e = parley_table_each(s->chats, &at)) != NULL) {
		parley_put_object(&w, e->chat);
		parley_put_string(&w, "level", level_names[e->level]);
		parley_put_int(&w, "muted", e->muted);
		parley_put_bool(&w, "deaf", e->deaf);
		parley_put_end(&w);
	}
	parley_put_end(&w);
	parley_put_end(&w);
}

static int
settings_load(struct settings *s, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct parley_doc *doc = parley_store_get(&notify_collection, s->account, &missing);

	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	settings_default(s);
	if (doc != NULL)
		settings_read(s, doc->root);
	parley_doc_free(&doc);
	s->loaded = true;
	return 0;
}

int
settings_store(struct settings *s, struct parley_error *err)
{
	struct parley_error failed = { 0 };
	struct parley_text json = { 0 };
	int rc;

	settings_write(s, &json);
	rc = parley_store_put(&notify_collection, s->account, &json, err);
	parley_text_fini(&json);
	if (rc != 0 && settings_load(s, &failed) != 0)
		s->loaded = false; /* who needs them next reads them */
	return rc;
}

/* ---- in memory ---------------------------------------------------------------------------- */

struct settings *
settings_known(const struct notify *n, const char *account)
{
	struct settings *s = parley_table_get(n->settings, account);

	return s != NULL && s->loaded ? s : NULL;
}

static struct settings *
settings_new(struct notify *n, const char *account)
{
	struct settings *s = parley_alloc(sizeof *s);

	snprintf(s->account, sizeof s->account, "%s", account);
	s->chats = parley_table_new();
	parley_table_put(n->settings, s->account, s);
	n->accounts++;
	return s;
}

static void
settings_free(struct notify *n, struct settings *s)
{
	parley_table_remove(n->settings, s->account);
	drop_exceptions(s);
	parley_table_free(&s->chats);
	free(s);
	n->accounts--;
}

struct settings *
settings_get(struct notify *n, const char *account, struct parley_error *err)
{
	struct settings *s = parley_table_get(n->settings, account);
	struct parley_ticket ticket = { 0 };
	int rc = 0;

	if (s == NULL)
		s = settings_new(n, account);
	s->pins++;
	if (!s->loaded) {
		parley_lane_join(&s->lane, &ticket); /* who comes second finds them loaded */
		rc = parley_await_turn(&ticket);
		if (rc != 0)
			parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
		else if (!s->loaded)
			rc = settings_load(s, err);
		parley_lane_leave(&ticket);
	}
	if (rc != 0)
		settings_put(n, &s);
	return s;
}

void
settings_put(struct notify *n, struct settings **s)
{
	struct settings *gone = *s;

	*s = NULL;
	if (gone == NULL || --gone->pins > 0)
		return;
	if (parley_account_session(gone->account, 0) == 0)
		settings_free(n, gone);
}

void
settings_free_all(struct notify *n)
{
	struct settings *s;
	uint32_t at = 0;

	while ((s = parley_table_each(n->settings, &at)) != NULL)
		settings_free(n, s);
}
