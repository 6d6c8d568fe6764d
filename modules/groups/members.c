/* SPDX-License-Identifier: MIT */
/* members.c - who is in a group, in pages by role and name; and who was banned. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE       50
#define CURSOR_MAX 24 /* "ROLE:NAME" */

/* One row, copied: the members may change while it is written. */
struct row {
	char name[PARLEY_NAME_MAX + 1];
	enum role role;
	int64_t since;
};

struct page {
	struct groups *groups;
	struct parley_request *request;
	struct group *group;
	char text[4 * 64 + 8]; /* what names begin with, in lower case; "": any */
	uint32_t limit;
	struct row *rows;
	uint32_t count;
	unsigned total;
	bool more;
};

static bool
cursor_read(const char *cursor, struct row *out)
{
	const char *colon = cursor != NULL ? strchr(cursor, ':') : NULL;

	if (colon == NULL || strlen(colon + 1) > PARLEY_NAME_MAX)
		return false;
	out->role = (enum role)strtol(cursor, NULL, 10);
	snprintf(out->name, sizeof out->name, "%s", colon + 1);
	return true;
}

/* The first of the sorted members behind the place. */
static unsigned
page_start(struct member *const *sorted, unsigned count, const struct row *after)
{
	unsigned low = 0, high = count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		const struct member *m = sorted[middle];

		if (m->role > after->role ||
		    (m->role == after->role && strcmp(m->name, after->name) <= 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
begins(const struct member *m, const char *text, size_t len)
{
	return strncmp(m->name, text, len) == 0 ||
	       (m->display != NULL && strncmp(m->display, text, len) == 0);
}

/* Does not await: what is collected belongs together. */
static void
page_collect(struct page *p, const char *cursor)
{
	struct group *g = p->group;
	struct member **sorted = members_sorted(g);
	size_t len = strlen(p->text);
	struct row after;
	unsigned at = cursor_read(cursor, &after) ? page_start(sorted, g->count, &after) : 0;

	p->total = g->count;
	for (; at < g->count; at++) {
		if (!begins(sorted[at], p->text, len))
			continue;
		p->more = p->count == p->limit;
		if (p->more)
			return;
		memcpy(p->rows[p->count].name, sorted[at]->name, sizeof p->rows[0].name);
		p->rows[p->count].role = sorted[at]->role;
		p->rows[p->count++].since = sorted[at]->since;
	}
}

/* Presence is for contacts. */
static const char *
shown_to(struct groups *gs, const char *viewer, const char *name)
{
	enum parley_relation relation;
	const struct parley_presence_1 *presence;
	void *presence_self;

	presence = parley_service_find("presence/1", &presence_self);
	if (presence == NULL ||
	    gs->roster->relation(gs->roster_self, viewer, name, &relation, NULL) != 0 ||
	    (relation != PARLEY_RELATION_CONTACT && relation != PARLEY_RELATION_SELF))
		return NULL;
	return presence->show(presence_self, name);
}

static int
put_row(struct page *p, struct parley_writer *w, const struct row *row, struct parley_error *err)
{
	const char *viewer = parley_request_account(p->request);
	int rc;

	parley_put_object(w, NULL);
	rc = p->groups->roster->put_person(
	    p->groups->roster_self, w, "person", viewer, row->name, err);
	parley_put_string(w, "role", role_name(row->role));
	parley_put_time(w, "since", row->since);
	parley_put_string(w, "show", shown_to(p->groups, viewer, row->name));
	parley_put_end(w);
	return rc;
}

static int
page_answer(struct page *p, struct parley_error *err)
{
	struct parley_writer *w = parley_answer(p->request);
	char cursor[CURSOR_MAX];
	int rc = 0;

	parley_put_array(w, "members");
	for (uint32_t i = 0; i < p->count && rc == 0; i++)
		rc = put_row(p, w, &p->rows[i], err);
	parley_put_end(w);
	if (p->more) {
		const struct row *last = &p->rows[p->count - 1];

		snprintf(cursor, sizeof cursor, "%d:%s", (int)last->role, last->name);
		parley_put_string(w, "cursor", cursor);
	}
	parley_put_int(w, "total", p->total);
	return rc;
}

/* The group, for one who is in it, outside its lane. NULL with err. */
static struct group *
group_of_member(
    struct groups *gs, const struct parley_request *r, enum role *role_r, struct parley_error *err)
{
	char name[PARLEY_NAME_MAX + 1];
	struct group *g;

	if (group_param(parley_json_string(parley_json_get(parley_request_params(r), "group")),
		"/params/group", name, err) != 0)
		return NULL;
	g = group_get_members(gs, name, err);
	if (g == NULL)
		return NULL;
	if (owner_look(gs, g, err) == 0) {
		*role_r = member_role(g, parley_request_account(r));
		if (*role_r >= ROLE_MEMBER)
			return g;
		no_member(g, *role_r, err);
	}
	group_put(gs, &g);
	return NULL;
}

void
groups_members(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const char *text = parley_json_string_or(parley_json_get(params, "text"), "");
	struct page p = { .groups = self, .request = r };
	struct parley_error err = { 0 };
	enum role role;
	int rc = -1;

	p.limit = (uint32_t)parley_json_int(parley_json_get(params, "limit"), PAGE);
	parley_utf8_lower(p.text, text[0] == '@' ? text + 1 : text, sizeof p.text);
	p.group = group_of_member(self, r, &role, &err);
	if (p.group != NULL && (p.text[0] == '\0' || members_load_displays(p.group, &err) == 0)) {
		p.rows = parley_alloc(p.limit * sizeof *p.rows);
		page_collect(&p, parley_json_string(parley_json_get(params, "after")));
		rc = page_answer(&p, &err);
	}
	if (rc != 0)
		parley_refuse_error(r, &err);
	free(p.rows);
	group_put(self, &p.group);
}

/* ---- groups.banned ------------------------------------------------------------------------ */

/* New: the names of those who are banned. */
static struct row *
banned_rows(const struct group *g, uint32_t *count_r)
{
	struct row *rows = parley_alloc((g->banned + 1) * sizeof *rows);
	const struct member *m;
	uint32_t at = 0;

	*count_r = 0;
	while ((m = parley_table_each(g->members, &at)) != NULL)
		if (m->role == ROLE_BANNED)
			memcpy(rows[(*count_r)++].name, m->name, sizeof rows[0].name);
	return rows;
}

void
groups_banned(void *self, struct parley_request *r)
{
	struct groups *gs = self;
	struct parley_error err = { 0 };
	enum role role = ROLE_NONE;
	struct group *g = group_of_member(gs, r, &role, &err);
	struct parley_writer *w;
	struct row *rows;
	uint32_t count;
	int rc = 0;

	if (g == NULL || role < ROLE_ADMIN) {
		if (g != NULL)
			parley_fail(&err, PARLEY_NOT_ALLOWED, NULL,
			    "you may not see who is banned: it takes an admin");
		parley_refuse_error(r, &err);
		group_put(gs, &g);
		return;
	}
	rows = banned_rows(g, &count);
	w = parley_answer(r);
	parley_put_array(w, "people");
	for (uint32_t i = 0; i < count && rc == 0; i++)
		rc = gs->roster->put_person(
		    gs->roster_self, w, NULL, parley_request_account(r), rows[i].name, &err);
	parley_put_end(w);
	if (rc != 0)
		parley_refuse_error(r, &err);
	free(rows);
	group_put(gs, &g);
}
