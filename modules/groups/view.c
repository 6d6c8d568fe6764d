/* SPDX-License-Identifier: MIT */
/* view.c - groups as their readers see them, and the events that tell of them. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
group_address(char out[PARLEY_ADDRESS_SIZE], const char *group)
{
	snprintf(out, PARLEY_ADDRESS_SIZE, "%s@%s", group, parley_rooms_domain());
}

void
account_address(char out[PARLEY_ADDRESS_SIZE], const char *account)
{
	snprintf(out, PARLEY_ADDRESS_SIZE, "%s@%s", account, parley_domain());
}

/* ---- the object --------------------------------------------------------------------------- */

/* How some of the members are shown. */
struct names {
	char texts[NAMES_MAX][PARLEY_DISPLAY_MAX * 4 + 1];
	unsigned count;
};

/* The first names among those who have the highest roles, viewer's not among them: as groups
 * without title are small, all members are read for it. What cannot be read is left out. */
static void
names_collect(struct groups *gs, struct group *g, const char *viewer, struct names *out)
{
	char accounts[NAMES_MAX][PARLEY_NAME_MAX + 1];
	struct member **sorted;
	unsigned count = 0;

	out->count = 0;
	if (g->title[0] != '\0' || g->ended || group_load_members(gs, g, NULL) != 0)
		return;
	sorted = members_sorted(g);
	for (unsigned i = 0; i < g->count && count < NAMES_MAX; i++)
		if (strcmp(sorted[i]->name, viewer) != 0)
			memcpy(accounts[count++], sorted[i]->name, sizeof accounts[0]);
	for (unsigned i = 0; i < count; i++) {
		struct parley_account account;
		char *text = out->texts[out->count];

		if (parley_account_get(accounts[i], &account, NULL) != 0)
			continue;
		snprintf(text, sizeof out->texts[0], "%s",
		    account.display[0] != '\0' ? account.display : account.shown);
		out->count++;
	}
}

static void
put_permissions(struct parley_writer *w, const struct settings *s)
{
	parley_put_object(w, "permissions");
	for (enum permission p = 0; p < PERMISSIONS; p++)
		parley_put_string(w, permission_name(p), role_name(s->may[p]));
	parley_put_end(w);
}

static void
write_group(struct parley_writer *w, const char *key, const struct group *g, enum role role,
    const struct names *names)
{
	char address[PARLEY_ADDRESS_SIZE];

	group_address(address, g->name);
	parley_put_object(w, key);
	parley_put_string(w, "address", address);
	parley_put_string(w, "title", g->title);
	parley_put_string(w, "about", g->about);
	parley_put_string(w, "topic", g->topic);
	parley_put_string(w, "kind", g->settings.open ? "public" : "private");
	parley_put_string(w, "role", role_name(role));
	parley_put_int(w, "members", g->count);
	if (names->count > 0) {
		parley_put_array(w, "names");
		for (unsigned i = 0; i < names->count; i++)
			parley_put_string(w, NULL, names->texts[i]);
		parley_put_end(w);
	}
	parley_put_time(w, "created", g->created);
	parley_put_string(w, "history", g->settings.whole ? "all" : "joined");
	parley_put_int(w, "slow", g->settings.slow);
	put_permissions(w, &g->settings);
	parley_put_end(w);
}

int
put_group(struct groups *gs, struct parley_writer *w, const char *key, const char *viewer,
    struct group *g, struct parley_error *err)
{
	struct names *names = parley_alloc(sizeof *names);
	enum role role = ROLE_NONE;
	int rc;

	names_collect(gs, g, viewer, names);
	rc = g->ended ? 0 : stored_role(g, viewer, &role, err);
	if (rc == 0)
		write_group(w, key, g, role, names);
	free(names);
	return rc;
}

int
view_put_group(void *self, struct parley_writer *w, const char *key, const char *viewer,
    const char *group, struct parley_error *err)
{
	struct groups *gs = self;
	struct group *g = group_fetch(gs, group, err);
	int rc = g != NULL ? put_group(gs, w, key, viewer, g, err) : -1;

	group_put(gs, &g);
	return rc;
}

/* ---- events ------------------------------------------------------------------------------- */

void
tell_changed(
    struct groups *gs, struct group *g, const char *account, const char *by, parley_session_id but)
{
	struct parley_error err = { 0 };
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;
	char address[PARLEY_ADDRESS_SIZE];

	if (parley_account_session(account, 0) == 0)
		return;
	parley_event_open(&w, &text, "groups.changed");
	if (put_group(gs, &w, "group", account, g, &err) != 0) {
		parley_log_warn("groups", "a change was not told, going on: %s", err.text);
		parley_text_fini(&text);
		return;
	}
	if (by != NULL) {
		account_address(address, by);
		parley_put_string(&w, "by", address);
	}
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(account, p, but);
	parley_payload_unref(&p);
}

/* New: what everybody of one role is told of a group with a title. */
static struct parley_payload *
changed_payload(const struct group *g, enum role role)
{
	static const struct names none;
	struct parley_text text = { 0 };
	struct parley_writer w;

	parley_event_open(&w, &text, "groups.changed");
	write_group(&w, "group", g, role, &none);
	parley_put_end(&w);
	return parley_payload_new(&text);
}

static void
tell_all_of(struct group *g, enum role role, parley_session_id but)
{
	struct parley_payload *p = changed_payload(g, role);
	struct member **sorted = members_sorted(g);

	for (unsigned i = 0; i < g->count; i++)
		if (sorted[i]->role == role)
			parley_send_account(sorted[i]->name, p, but);
	parley_payload_unref(&p);
}

/* New: the names of those who are connected. */
static char *
names_here(struct group *g, unsigned *count_r)
{
	struct member **sorted = members_sorted(g);
	char *names = parley_alloc((g->count + 1) * (PARLEY_NAME_MAX + 1));

	*count_r = 0;
	for (unsigned i = 0; i < g->count; i++)
		if (parley_account_session(sorted[i]->name, 0) != 0)
			memcpy(names + (*count_r)++ * (PARLEY_NAME_MAX + 1), sorted[i]->name,
			    PARLEY_NAME_MAX + 1);
	return names;
}

void
tell_all_changed(struct groups *gs, struct group *g, parley_session_id but)
{
	unsigned count = 0;
	char *names;

	if (g->title[0] != '\0') {
		for (enum role role = ROLE_MEMBER; role < ROLES; role++)
			tell_all_of(g, role, but);
		return;
	}
	names = names_here(g, &count); /* each sees the others' names */
	for (unsigned i = 0; i < count; i++)
		tell_changed(gs, g, names + i * (PARLEY_NAME_MAX + 1), NULL, but);
	free(names);
}

void
tell_answered(const char *group, const char *account, parley_session_id but)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;
	char address[PARLEY_ADDRESS_SIZE];

	group_address(address, group);
	parley_event_open(&w, &text, "groups.answered");
	parley_put_string(&w, "group", address);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(account, p, but);
	parley_payload_unref(&p);
}

/* ---- groups.get, groups.list -------------------------------------------------------------- */

/* 1 when account may know of the group, 0, or -1. */
static int
may_see(struct group *g, const char *account, struct parley_error *err)
{
	enum role role;

	if (g->settings.open)
		return 1;
	if (stored_role(g, account, &role, err) != 0)
		return -1;
	return role >= ROLE_MEMBER ? 1 : is_invited(g->name, account, err);
}

/* How long its messages are kept. */
static int
put_keep(const struct groups *gs, struct parley_writer *w, const struct group *g,
    struct parley_error *err)
{
	char chat[PARLEY_KEY_MAX];

	snprintf(chat, sizeof chat, "#%s", g->name);
	return gs->history->put_keep(gs->history_self, w, chat, err);
}

void
groups_get(void *self, struct parley_request *r)
{
	const char *account = parley_request_account(r);
	char name[PARLEY_NAME_MAX + 1];
	struct parley_error err = { 0 };
	struct group *g = NULL;
	int rc = group_param(parley_json_string(parley_json_get(parley_request_params(r), "group")),
	    "/params/group", name, &err);

	if (rc == 0) {
		g = group_get(self, name, &err);
		rc = g != NULL ? may_see(g, account, &err) : -1;
		if (rc == 0)
			rc = no_group(&err);
	}
	if (rc < 0 || put_group(self, parley_answer(r), "group", account, g, &err) != 0 ||
	    put_keep(self, parley_answer(r), g, &err) != 0)
		parley_refuse_error(r, &err);
	group_put(self, &g);
}

/* Writes the group for account, unless with names somebody who is not in it. 0 or -1. */
static int
list_put(struct groups *gs, struct parley_writer *w, const char *account, const char *with,
    const char *name, struct parley_error *err)
{
	struct group *g = group_fetch(gs, name, err);
	enum role role = ROLE_MEMBER;
	int rc = g != NULL ? 0 : -1;

	if (rc == 0 && with[0] != '\0')
		rc = stored_role(g, with, &role, err);
	if (rc == 0 && role >= ROLE_MEMBER)
		rc = put_group(gs, w, NULL, account, g, err);
	group_put(gs, &g);
	return rc;
}

void
groups_list(void *self, struct parley_request *r)
{
	const struct parley_json *param = parley_json_get(parley_request_params(r), "with");
	const char *account = parley_request_account(r);
	const struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = account },
		    { .field = "role", .op = PARLEY_OP_GE, .integer = ROLE_MEMBER } },
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs docs = { 0 };
	struct parley_error err = { 0 };
	struct parley_writer *w = parley_answer(r);
	char with[PARLEY_NAME_MAX + 1] = "";
	int rc = 0;

	if (param != NULL)
		rc = account_param(parley_json_string(param), "/params/with", with, &err);
	if (rc == 0)
		rc = parley_store_find(&members_collection, &query, &docs, &err);
	parley_put_array(w, "groups");
	for (uint32_t i = 0; i < docs.count && rc == 0; i++) {
		char name[PARLEY_NAME_MAX + 1];

		snprintf(name, sizeof name, "%.*s", (int)strcspn(docs.docs[i]->key, "/"),
		    docs.docs[i]->key);
		rc = list_put(self, w, account, with, name, &err);
	}
	parley_put_end(w);
	parley_docs_fini(&docs);
	if (rc != 0)
		parley_refuse_error(r, &err);
}
