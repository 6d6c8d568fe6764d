/* SPDX-License-Identifier: MIT */
/* group.c - the groups that are in use, in memory. What a group is called is read first; who is in
 * it only when somebody writes there or changes it. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the cache ---------------------------------------------------------------------------- */

static void
group_unlink(struct groups *gs, struct group *g)
{
	*(g->newer != NULL ? &g->newer->older : &gs->newest) = g->older;
	*(g->older != NULL ? &g->older->newer : &gs->oldest) = g->newer;
	g->newer = g->older = NULL;
}

static void
group_link_newest(struct groups *gs, struct group *g)
{
	g->older = gs->newest;
	if (gs->newest != NULL)
		gs->newest->newer = g;
	else
		gs->oldest = g;
	gs->newest = g;
}

static void
member_free(struct groups *gs, struct group *g, struct member *m)
{
	parley_table_remove(g->members, m->name);
	free(m->posted_id);
	free(m->display);
	free(m);
	gs->members_in_memory--;
}

static void
group_forget_members(struct groups *gs, struct group *g)
{
	struct member *m;
	uint32_t at = 0;

	while (g->members != NULL && (m = parley_table_each(g->members, &at)) != NULL)
		member_free(gs, g, m);
	parley_table_free(&g->members);
	parley_channel_free(&g->channel);
	free(g->sorted);
	g->sorted = NULL;
	g->members_loaded = g->displays_loaded = g->settled = false;
}

static void
group_free(struct groups *gs, struct group *g)
{
	group_unlink(gs, g);
	parley_table_remove(gs->by_name, g->name);
	group_forget_members(gs, g);
	free(g->title);
	free(g->about);
	free(g->topic);
	free(g);
	gs->groups_in_memory--;
}

static bool
too_many(const struct groups *gs)
{
	return (int64_t)gs->groups_in_memory > gs->groups_cached ||
	       (int64_t)gs->members_in_memory > gs->members_cached;
}

/* A group is kept while somebody has it in hand or a message is on its way there: two copies would
 * not agree on who is in it. */
static void
group_evict(struct groups *gs)
{
	struct group *g = gs->oldest, *newer;

	for (; g != NULL && too_many(gs); g = newer) {
		newer = g->newer;
		if (g->pins == 0 && !g->stuck &&
		    (g->channel == NULL || !parley_channel_in_use(g->channel)))
			group_free(gs, g);
	}
}

void
group_free_all(struct groups *gs)
{
	while (gs->newest != NULL)
		group_free(gs, gs->newest);
}

static struct group *
group_new(struct groups *gs, const char *name)
{
	struct group *g = parley_alloc(sizeof *g);

	snprintf(g->name, sizeof g->name, "%s", name);
	parley_table_put(gs->by_name, g->name, g);
	group_link_newest(gs, g);
	gs->groups_in_memory++;
	return g;
}

void
group_put(struct groups *gs, struct group **g)
{
	struct group *mine = *g;

	*g = NULL;
	if (mine == NULL)
		return;
	mine->pins--;
	if (mine->pins == 0 && !mine->exists)
		group_free(gs, mine); /* somebody asked for what is not there */
	group_evict(gs);
}

/* ---- members ------------------------------------------------------------------------------ */

struct member *
member_find(const struct group *g, const char *account)
{
	return parley_table_get(g->members, account);
}

enum role
member_role(const struct group *g, const char *account)
{
	const struct member *m = member_find(g, account);

	return m != NULL ? m->role : ROLE_NONE;
}

/* Takes the role that m has, or gives it one, in the counts and the channel. */
static void
member_count(struct group *g, const struct member *m, int by)
{
	if (m->role == ROLE_BANNED)
		g->banned += (unsigned)by;
	if (m->role < ROLE_MEMBER)
		return;
	g->count += (unsigned)by;
	if (by > 0)
		parley_channel_add(g->channel, m->name);
	else
		parley_channel_remove(g->channel, m->name);
}

void
member_set(struct groups *gs, struct group *g, const char *account, enum role role, int64_t since)
{
	struct member *m = member_find(g, account);

	free(g->sorted);
	g->sorted = NULL;
	if (m == NULL && role == ROLE_NONE)
		return;
	if (m == NULL) {
		m = parley_alloc(sizeof *m);
		snprintf(m->name, sizeof m->name, "%s", account);
		parley_table_put(g->members, m->name, m);
		gs->members_in_memory++;
		g->displays_loaded = false;
	} else {
		member_count(g, m, -1);
	}
	if (role == ROLE_NONE) {
		member_free(gs, g, m);
		return;
	}
	if (m->role < ROLE_MEMBER || role < ROLE_MEMBER)
		m->since = since;
	m->role = role;
	member_count(g, m, 1);
}

static int
by_role_and_name(const void *a, const void *b)
{
	const struct member *x = *(struct member *const *)a, *y = *(struct member *const *)b;

	if (x->role != y->role)
		return x->role > y->role ? -1 : 1;
	return strcmp(x->name, y->name);
}

struct member **
members_sorted(struct group *g)
{
	struct member *m;
	uint32_t at = 0;
	unsigned n = 0;

	if (g->sorted != NULL)
		return g->sorted;
	g->sorted = parley_alloc((g->count + 1) * sizeof(*g->sorted));
	while ((m = parley_table_each(g->members, &at)) != NULL)
		if (m->role >= ROLE_MEMBER)
			g->sorted[n++] = m;
	qsort(g->sorted, n, sizeof(*g->sorted), by_role_and_name);
	return g->sorted;
}

/* ---- what members are called -------------------------------------------------------------- */

static char *
lower_display(const char *display)
{
	char out[PARLEY_DISPLAY_MAX * 4 + 8];

	parley_utf8_lower(out, display, sizeof out);
	return parley_strdup(out);
}

void
members_rename(struct groups *gs, const char *account, const char *display)
{
	struct group *g;
	uint32_t at = 0;

	while ((g = parley_table_each(gs->by_name, &at)) != NULL) {
		struct member *m = g->members_loaded ? member_find(g, account) : NULL;

		if (m == NULL || m->display == NULL)
			continue;
		free(m->display);
		m->display = lower_display(display);
	}
}

struct name {
	char text[PARLEY_NAME_MAX + 1];
};

/* New: the names of those whose display is not known. */
static struct name *
nameless(const struct group *g, unsigned *count_r)
{
	struct name *names = parley_alloc((parley_table_count(g->members) + 1) * sizeof *names);
	const struct member *m;
	uint32_t at = 0;

	*count_r = 0;
	while ((m = parley_table_each(g->members, &at)) != NULL)
		if (m->display == NULL)
			strcpy(names[(*count_r)++].text, m->name);
	return names;
}

int
members_load_displays(struct group *g, struct parley_error *err)
{
	struct name *names;
	unsigned count = 0;
	int rc = 0;

	if (g->displays_loaded)
		return 0;
	g->displays_loaded = true; /* unless somebody comes meanwhile */
	names = nameless(g, &count);
	for (unsigned i = 0; i < count && rc == 0; i++) {
		struct parley_account account = { 0 };
		struct parley_error missing = { 0 };
		struct member *m;

		if (parley_account_get(names[i].text, &account, &missing) != 0 &&
		    missing.code != PARLEY_NOT_FOUND) {
			*err = missing;
			rc = -1;
		}
		m = rc == 0 ? member_find(g, names[i].text) : NULL;
		if (m != NULL && m->display == NULL)
			m->display = lower_display(account.display);
	}
	if (rc != 0)
		g->displays_loaded = false;
	free(names);
	return rc;
}

/* ---- reading it from the store ------------------------------------------------------------ */

static int
load_head(struct group *g, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct parley_doc *doc = parley_store_get(&groups_collection, g->name, &missing);

	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	if (doc == NULL)
		return no_group(err);
	group_read(g, doc);
	parley_doc_free(&doc);
	return 0;
}

/* What follows the slash of its key. */
static const char *
account_of(const struct parley_doc *doc)
{
	return strchr(doc->key, '/') + 1;
}

/* Notes down one page of members; the key of the last one is where the next begins. */
static void
load_page(
    struct groups *gs, struct group *g, const struct parley_docs *docs, char after[PARLEY_KEY_MAX])
{
	for (uint32_t i = 0; i < docs->count; i++) {
		const struct parley_doc *doc = docs->docs[i];

		member_set(gs, g, account_of(doc),
		    (enum role)parley_json_int(parley_json_get(doc->root, "role"), ROLE_NONE),
		    parley_json_int(parley_json_get(doc->root, "since"), 0));
	}
	if (docs->count > 0)
		snprintf(after, PARLEY_KEY_MAX, "%s", docs->docs[docs->count - 1]->key);
}

static int
load_members(struct groups *gs, struct group *g, struct parley_error *err)
{
	char after[PARLEY_KEY_MAX], end[PARLEY_KEY_MAX];
	const struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GT, .text = after },
		    { .field = "key", .op = PARLEY_OP_LT, .text = end } },
		.order_by = "key",
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs docs = { 0 };
	unsigned count = g->count; /* as it is stored with the group */
	bool more = true;

	snprintf(after, sizeof after, "%s/", g->name);
	snprintf(end, sizeof end, "%s0", g->name); /* '0' follows '/' */
	g->members = parley_table_new();
	g->channel = parley_channel_new();
	g->count = g->banned = 0;
	g->loading_members = true;
	while (more) {
		if (parley_store_find(&members_collection, &query, &docs, err) != 0) {
			group_forget_members(gs, g);
			g->loading_members = false;
			g->count = count;
			return -1;
		}
		load_page(gs, g, &docs, after);
		more = docs.count == PARLEY_FIND_LIMIT;
		parley_docs_fini(&docs);
	}
	g->loading_members = false;
	g->members_loaded = true;
	return 0;
}

/* Loads what load loads, unless somebody else has done it by the time. 0 or -1. */
static int
load_once(struct groups *gs, struct group *g, bool members, struct parley_error *err)
{
	struct parley_ticket ticket = { 0 };
	int rc;

	if (members ? g->members_loaded : g->loaded)
		return 0;
	parley_lane_join(&g->loading, &ticket);
	rc = parley_await_turn(&ticket);
	if (rc != 0) {
		parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	} else if (members) {
		rc = g->members_loaded ? 0 : load_members(gs, g, err);
		if (rc == 0)
			owner_look_later(gs, g);
	} else if (!g->loaded) {
		rc = load_head(g, err);
		g->loaded = rc == 0;
		gs->groups_loaded += rc == 0;
	}
	parley_lane_leave(&ticket);
	return rc;
}

struct group *
group_pin(struct groups *gs, const char *name)
{
	struct group *g = parley_table_get(gs->by_name, name);

	if (g == NULL)
		g = group_new(gs, name);
	g->pins++;
	return g;
}

int
group_load_head(struct groups *gs, struct group *g, bool again, struct parley_error *err)
{
	if (again)
		g->loaded = false;
	return load_once(gs, g, false, err);
}

void
group_unload_head(struct group *g)
{
	g->loaded = g->exists = false;
}

struct group *
group_fetch(struct groups *gs, const char *name, struct parley_error *err)
{
	struct group *g = group_pin(gs, name);

	if (load_once(gs, g, false, err) != 0) {
		group_put(gs, &g);
		return NULL;
	}
	if (g != gs->newest) {
		group_unlink(gs, g);
		group_link_newest(gs, g);
	}
	return g;
}

struct group *
group_get(struct groups *gs, const char *name, struct parley_error *err)
{
	struct group *g = group_fetch(gs, name, err);

	if (g == NULL || (!g->ended && (g->count > 0 || g->loading_members)))
		return g;
	no_group(err);
	group_put(gs, &g);
	return NULL;
}

int
group_load_members(struct groups *gs, struct group *g, struct parley_error *err)
{
	return load_once(gs, g, true, err);
}

struct group *
group_get_members(struct groups *gs, const char *name, struct parley_error *err)
{
	struct group *g = group_get(gs, name, err);

	if (g != NULL && group_load_members(gs, g, err) != 0)
		group_put(gs, &g);
	return g;
}

struct group *
group_known(const struct groups *gs, const char *name)
{
	struct group *g = parley_table_get(gs->by_name, name);

	return g != NULL && g->members_loaded && !g->ended ? g : NULL;
}
