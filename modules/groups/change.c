/* SPDX-License-Identifier: MIT */
/* change.c - one change of a group: into the journal, then in force in memory, then stored. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORE_TRIES   6
#define STORE_WAIT_MS 50 /* doubled with each try */

static const char *const kind_names[KINDS] = { "created", "added", "joined", "left", "removed",
	"banned", "unbanned", "role", "title", "about", "topic", "settings" };

/* Whose standing a change is about; NULL: nobody's. */
static const char *
change_subject(const struct change *c)
{
	switch (c->kind) {
	case KIND_CREATED:
	case KIND_JOINED:
	case KIND_LEFT:
		return c->from;
	case KIND_ADDED:
	case KIND_REMOVED:
	case KIND_BANNED:
	case KIND_UNBANNED:
	case KIND_ROLE:
		return c->who;
	default:
		return NULL;
	}
}

/* And how it stands then. */
static enum role
change_role(const struct change *c)
{
	switch (c->kind) {
	case KIND_CREATED:
		return ROLE_OWNER;
	case KIND_ADDED:
	case KIND_JOINED:
		return ROLE_MEMBER;
	case KIND_BANNED:
		return ROLE_BANNED;
	case KIND_ROLE:
		return c->role;
	default:
		return ROLE_NONE;
	}
}

/* ---- in memory ---------------------------------------------------------------------------- */

static void
set_text(char **at, const char *text)
{
	free(*at);
	*at = parley_strdup(text != NULL ? text : "");
}

static void
change_count(const struct change *c)
{
	struct groups *gs = c->groups;

	gs->created += c->kind == KIND_CREATED;
	gs->joined += c->kind == KIND_ADDED || c->kind == KIND_JOINED;
	gs->left += c->kind == KIND_LEFT || c->kind == KIND_REMOVED;
}

static void
change_in_memory(const struct change *c)
{
	struct group *g = c->group;
	const char *subject = change_subject(c);

	if (subject != NULL)
		member_set(c->groups, g, subject, change_role(c), c->time);
	else if (c->kind == KIND_TITLE)
		set_text(&g->title, c->text);
	else if (c->kind == KIND_ABOUT)
		set_text(&g->about, c->text);
	else if (c->kind == KIND_TOPIC)
		set_text(&g->topic, c->text);
	else
		g->settings = c->settings;
}

/* Durable, in the order of the journal. Those who come see it, those who go do not. */
static void
change_apply(void *arg, int64_t seq, struct parley_payload *frame)
{
	const struct change *c = arg;

	change_in_memory(c);
	change_count(c);
	parley_send_channel(c->group->channel, frame, 0);
}

/* ---- in the documents --------------------------------------------------------------------- */

static void
write_member(struct writes *w, const struct change *c, const char *account)
{
	const struct member *m = member_find(c->group, account);
	struct parley_writer out;
	char key[PARLEY_KEY_MAX];

	member_key(key, c->group->name, account);
	if (m == NULL) {
		writes_add(w, &members_collection, WRITE_REMOVE, key);
		return;
	}
	parley_writer_init(&out, writes_add(w, &members_collection, WRITE_PUT, key));
	parley_put_object(&out, NULL);
	parley_put_string(&out, "account", m->name);
	parley_put_int(&out, "role", m->role);
	parley_put_int(&out, "since", m->since);
	parley_put_end(&out);
}

/* All of it, so that what was cut short before is put right too. */
static void
write_group(struct writes *w, const struct group *g)
{
	struct parley_writer out;

	parley_writer_init(&out, writes_add(w, &groups_collection, WRITE_PATCH, g->name));
	parley_put_object(&out, NULL);
	group_put_document(&out, g);
	parley_put_null(&out, "next");
	parley_put_end(&out);
}

/* Who is in the group now and reads, or is no longer. */
static int
tell_history(const struct change *c, int64_t seq, struct parley_error *err)
{
	struct groups *gs = c->groups;
	char chat[PARLEY_KEY_MAX];

	snprintf(chat, sizeof chat, "#%s", c->group->name);
	switch (c->kind) {
	case KIND_CREATED:
		return gs->history->join(gs->history_self, chat, c->from, seq, true, err);
	case KIND_ADDED:
	case KIND_JOINED:
		return gs->history->join(
		    gs->history_self, chat, change_subject(c), seq, c->group->settings.whole, err);
	case KIND_LEFT:
	case KIND_REMOVED:
	case KIND_BANNED:
		return gs->history->leave(gs->history_self, chat, change_subject(c), seq, err);
	default:
		return 0;
	}
}

static bool
changes_search(const struct change *c)
{
	return c->kind == KIND_CREATED || c->kind == KIND_TITLE || c->kind == KIND_SETTINGS;
}

/* Nobody is left: its name stays, and the rest goes. */
static int
store_end(const struct change *c, struct parley_error *err)
{
	struct group *g = c->group;
	struct writes w = { 0 };
	struct parley_writer out;
	const struct member *m;
	char key[PARLEY_KEY_MAX];
	uint32_t at = 0;

	parley_writer_init(&out, writes_add(&w, &groups_collection, WRITE_PATCH, g->name));
	parley_put_object(&out, NULL);
	parley_put_int(&out, "ended", c->time);
	parley_put_int(&out, "members", 0);
	parley_put_null(&out, "open");
	parley_put_end(&out);
	while ((m = parley_table_each(g->members, &at)) != NULL) { /* who is banned */
		member_key(key, g->name, m->name);
		writes_add(&w, &members_collection, WRITE_REMOVE, key);
	}
	g->settings.open = false;
	if (names_write(&w, g, err) != 0 || writes_run(&w, err) != 0 ||
	    invitations_end(g->name, err) != 0)
		return -1;
	return links_end(g->name, NULL, err);
}

static int
store_once(const struct change *c, int64_t seq, struct parley_error *err)
{
	struct writes w = { 0 };
	const char *subject = change_subject(c);
	char key[PARLEY_KEY_MAX];

	if (subject != NULL)
		write_member(&w, c, subject);
	if (c->kind == KIND_ADDED || c->kind == KIND_JOINED || c->kind == KIND_BANNED) {
		invitation_key(key, c->group->name, subject);
		writes_add(&w, &invitations_collection, WRITE_REMOVE, key);
	}
	write_group(&w, c->group);
	if (changes_search(c) && names_write(&w, c->group, err) != 0)
		return -1;
	if (writes_run(&w, err) != 0 || tell_history(c, seq, err) != 0)
		return -1;
	if ((c->kind == KIND_REMOVED || c->kind == KIND_BANNED) &&
	    links_end(c->group->name, subject, err) != 0)
		return -1;
	return c->group->ended ? store_end(c, err) : 0;
}

/* The entry is there, so it is tried for a while before history does it later; until then the group
 * does not change. */
static int
change_store(void *arg, int64_t seq, struct parley_error *err)
{
	const struct change *c = arg;
	int wait = STORE_WAIT_MS;

	if (c->group->count == 0 && !c->group->ended) {
		c->group->ended = true;
		c->groups->ended++;
	}
	for (int n = 0; n < STORE_TRIES; n++, wait *= 2) {
		if (store_once(c, seq, err) == 0) {
			c->group->stuck = false;
			return 0;
		}
		parley_await_sleep(wait);
	}
	c->group->stuck = true;
	return -1;
}

/* ---- making one --------------------------------------------------------------------------- */

int
lane_enter(
    struct groups *gs, struct group *g, struct parley_ticket *ticket, struct parley_error *err)
{
	char chat[PARLEY_KEY_MAX];

	snprintf(chat, sizeof chat, "#%s", g->name);
	parley_lane_join(&g->lane, ticket);
	if (parley_await_turn(ticket) != 0)
		return parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	if (g->ended)
		return no_group(err);
	return gs->history->settle(gs->history_self, chat, err);
}

/* Settings do not fit into an entry: they are laid ready first, for the redoing of it. */
static int
store_next(const struct change *c, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_object(&w, "next");
	parley_put_int(&w, "open", c->settings.open);
	parley_put_bool(&w, "whole", c->settings.whole);
	parley_put_int(&w, "slow", c->settings.slow);
	parley_put_object(&w, "may");
	for (enum permission p = 0; p < PERMISSIONS; p++)
		parley_put_string(&w, permission_name(p), role_name(c->settings.may[p]));
	parley_put_end(&w);
	parley_put_end(&w);
	parley_put_end(&w);
	rc = parley_store_patch(&groups_collection, c->group->name, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

static bool
goes(const struct change *c)
{
	return c->kind == KIND_REMOVED || c->kind == KIND_BANNED || c->kind == KIND_LEFT;
}

int
change_make(struct change *c, struct parley_error *err)
{
	struct groups *gs = c->groups;
	char chat[PARLEY_KEY_MAX];
	int64_t seq;
	const struct parley_change what = {
		.chat = chat,
		.from = c->from,
		.device = c->device,
		.kind = kind_names[c->kind],
		.who = c->who,
		.role = c->kind == KIND_ROLE ? role_name(c->role) : NULL,
		.text = c->text != NULL && c->text[0] != '\0' ? c->text : NULL,
		.leaver = goes(c) ? change_subject(c) : NULL,
		.apply = change_apply,
		.store = change_store,
		.module = "groups",
		.arg = c,
	};

	c->time = parley_now();
	snprintf(chat, sizeof chat, "#%s", c->group->name);
	if (c->kind == KIND_SETTINGS && store_next(c, err) != 0)
		return -1;
	c->group->going = what.leaver;
	seq = gs->history->change(gs->history_self, &what, err);
	c->group->going = NULL;
	return seq > 0 ? 0 : -1;
}

/* ---- after a crash ------------------------------------------------------------------------ */

static int
kind_of_name(const char *name)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (strcmp(kind_names[kind], name) == 0)
			return kind;
	return -1;
}

static int
read_next(struct change *c, struct parley_error *err)
{
	struct parley_doc *doc = parley_store_get(&groups_collection, c->group->name, err);
	const struct parley_json *next;

	if (doc == NULL)
		return -1;
	next = parley_json_get(doc->root, "next");
	c->settings = c->group->settings;
	if (next != NULL && next->type == PARLEY_JSON_OBJECT) /* else it was stored already */
		settings_read(&c->settings, next);
	parley_doc_free(&doc);
	return 0;
}

int
change_redo(void *arg, const struct parley_undone *entry, struct parley_error *err)
{
	struct groups *gs = arg;
	struct change c = {
		.groups = gs,
		.from = entry->from,
		.who = entry->who,
		.role = role_of_name(entry->role),
		.text = entry->text,
		.time = entry->time,
	};
	struct group *g = group_fetch(gs, entry->chat + 1, err);
	int kind = kind_of_name(entry->kind), rc = -1;

	c.kind = (enum kind)kind;
	c.group = g;
	if (kind < 0)
		parley_fail(
		    err, PARLEY_INTERNAL, NULL, "an entry of an unknown kind is to be redone");
	else if (g != NULL && group_load_members(gs, g, err) == 0 &&
		 (kind != KIND_SETTINGS || read_next(&c, err) == 0)) {
		change_in_memory(&c);
		rc = change_store(&c, entry->seq, err);
	}
	if (rc == 0)
		parley_log_info("groups", "group=%s seq=%lld a change was completed", g->name,
		    (long long)entry->seq);
	group_put(gs, &g);
	return rc;
}
