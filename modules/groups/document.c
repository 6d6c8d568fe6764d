/* SPDX-License-Identifier: MIT */
/* document.c - groups and their members as they are stored. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct parley_field group_fields[] = {
	{ "open", PARLEY_FIELD_INT }, /* 1 in public groups, else not there */
	{ "members", PARLEY_FIELD_INT },
	{ 0 },
};
static const struct parley_index group_indexes[] = {
	{ .fields = { "open", "members" } },
	{ .fields = { NULL } },
};
/* Keys are names. The document of a group that has ended stays: a name is used once, because the
 * archive keeps what was written under it. */
/* The titles of public groups, which can be searched for, are readable in the index of names. */
static const char *const group_secret[] = { "title", "about", "topic", "once", NULL };
const struct parley_collection groups_collection = {
	.name = "groups",
	.version = 1,
	.fields = group_fields,
	.indexes = group_indexes,
	.secret = group_secret,
};

static const struct parley_field member_fields[] = {
	{ "account", PARLEY_FIELD_TEXT },
	{ "role", PARLEY_FIELD_INT }, /* of enum role */
	{ 0 },
};
static const struct parley_index member_indexes[] = {
	{ .fields = { "account", "role" } },
	{ .fields = { NULL } },
};
/* Keys: "GROUP/ACCOUNT". */
const struct parley_collection members_collection = {
	.name = "group_members",
	.version = 1,
	.fields = member_fields,
	.indexes = member_indexes,
};

/* ---- roles and permissions ---------------------------------------------------------------- */

static const char *const role_names[ROLES] = { "none", "banned", "member", "moderator", "admin",
	"owner" };

const char *
role_name(enum role role)
{
	return role_names[role];
}

enum role
role_of_name(const char *name)
{
	for (enum role role = ROLE_MEMBER; name != NULL && role < ROLES; role++)
		if (strcmp(role_names[role], name) == 0)
			return role;
	return ROLE_NONE;
}

const char *
permission_name(enum permission p)
{
	static const char *const names[PERMISSIONS] = { "invite", "post", "pin", "edit",
		"mention" };

	return names[p];
}

/* ---- settings ----------------------------------------------------------------------------- */

void
settings_default(struct settings *s)
{
	*s = (struct settings){ .may = { ROLE_MEMBER, ROLE_MEMBER, ROLE_MODERATOR, ROLE_ADMIN,
				    ROLE_MODERATOR } };
}

void
settings_read(struct settings *s, const struct parley_json *doc)
{
	const struct parley_json *may = parley_json_get(doc, "may");

	settings_default(s);
	s->open = parley_json_int(parley_json_get(doc, "open"), 0) == 1;
	s->whole = parley_json_bool(parley_json_get(doc, "whole"), false);
	s->slow = parley_json_int(parley_json_get(doc, "slow"), 0);
	for (enum permission p = 0; p < PERMISSIONS; p++) {
		enum role role =
		    role_of_name(parley_json_string(parley_json_get(may, permission_name(p))));

		if (role != ROLE_NONE)
			s->may[p] = role;
	}
}

void
settings_put(struct parley_writer *w, const struct settings *s)
{
	if (s->open)
		parley_put_int(w, "open", 1);
	else
		parley_put_null(w, "open");
	parley_put_bool(w, "whole", s->whole);
	parley_put_int(w, "slow", s->slow);
	parley_put_object(w, "may");
	for (enum permission p = 0; p < PERMISSIONS; p++)
		parley_put_string(w, permission_name(p), role_name(s->may[p]));
	parley_put_end(w);
}

bool
settings_same(const struct settings *a, const struct settings *b)
{
	return a->open == b->open && a->whole == b->whole && a->slow == b->slow &&
	       memcmp(a->may, b->may, sizeof a->may) == 0;
}

/* ---- groups ------------------------------------------------------------------------------- */

static void
read_text(char **at, const struct parley_json *doc, const char *name)
{
	free(*at);
	*at = parley_strdup(parley_json_string_or(parley_json_get(doc, name), ""));
}

void
group_read(struct group *g, const struct parley_doc *doc)
{
	read_text(&g->title, doc->root, "title");
	read_text(&g->about, doc->root, "about");
	read_text(&g->topic, doc->root, "topic");
	settings_read(&g->settings, doc->root);
	g->created = parley_json_int(parley_json_get(doc->root, "created"), 0);
	g->count = (unsigned)parley_json_int(parley_json_get(doc->root, "members"), 0);
	g->ended = parley_json_get(doc->root, "ended") != NULL;
	g->exists = true;
}

void
group_put_document(struct parley_writer *w, const struct group *g)
{
	parley_put_string(w, "title", g->title);
	parley_put_string(w, "about", g->about);
	parley_put_string(w, "topic", g->topic);
	settings_put(w, &g->settings);
	parley_put_int(w, "created", g->created);
	parley_put_int(w, "members", g->count);
}

/* ---- members ------------------------------------------------------------------------------ */

void
member_key(char out[PARLEY_KEY_MAX], const char *group, const char *account)
{
	snprintf(out, PARLEY_KEY_MAX, "%s/%s", group, account);
}

int
stored_role(const struct group *g, const char *account, enum role *out, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	char key[PARLEY_KEY_MAX];
	struct parley_doc *doc;

	if (g->members_loaded) {
		*out = member_role(g, account);
		return 0;
	}
	member_key(key, g->name, account);
	doc = parley_store_get(&members_collection, key, &missing);
	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	*out = doc != NULL
		   ? (enum role)parley_json_int(parley_json_get(doc->root, "role"), ROLE_NONE)
		   : ROLE_NONE;
	parley_doc_free(&doc);
	return 0;
}

int64_t
groups_of(const char *account, enum role least, uint32_t max, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = account },
		    { .field = "role", .op = PARLEY_OP_GE, .integer = least } },
	};

	return parley_store_count(&members_collection, &query, max, err);
}
