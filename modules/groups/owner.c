/* SPDX-License-Identifier: MIT */
/* owner.c - a group never stands without an owner who can act, unless nobody in it can. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
by_claim(const void *a, const void *b)
{
	const struct member *x = *(const struct member *const *)a,
			    *y = *(const struct member *const *)b;

	if (x->role != y->role)
		return x->role > y->role ? -1 : 1;
	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* New: everybody else in the group, those of the highest role first, and of these who has been in
 * it for the longest. In the lane, so that they stay what they are. */
static const struct member **
others(const struct group *g, const char *account, unsigned *count_r)
{
	const struct member **list = parley_alloc((g->count + 1) * sizeof(*list)), *m;
	uint32_t at = 0;

	*count_r = 0;
	while ((m = parley_table_each(g->members, &at)) != NULL)
		if (m->role >= ROLE_MEMBER && strcmp(m->name, account) != 0)
			list[(*count_r)++] = m;
	qsort(list, *count_r, sizeof(*list), by_claim);
	return list;
}

/* 1, 0 or -1. */
static int
can_log_in(const char *name, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct parley_account account;

	if (parley_account_get(name, &account, &missing) == 0)
		return !account.disabled;
	if (missing.code == PARLEY_NOT_FOUND)
		return 0;
	*err = missing;
	return -1;
}

/* Who is to own the group without account: the first who can log in; when nobody can, the first.
 * In able_r whether it can. 0 with *heir_r, NULL: nobody else is in it; or -1. */
static int
find_heir(const struct group *g, const char *account, const struct member **heir_r, bool *able_r,
    struct parley_error *err)
{
	unsigned count;
	const struct member **list = others(g, account, &count);
	int able = 0;

	*heir_r = count > 0 ? list[0] : NULL;
	for (unsigned i = 0; i < count && able == 0; i++) {
		able = can_log_in(list[i]->name, err);
		if (able > 0)
			*heir_r = list[i];
	}
	free(list);
	*able_r = able > 0;
	return able < 0 ? -1 : 0;
}

int
has_other_owner(const struct group *g, const char *account, struct parley_error *err)
{
	const struct member *heir;
	bool able;

	if (find_heir(g, account, &heir, &able, err) != 0)
		return -1;
	return able && heir->role == ROLE_OWNER;
}

static int
make_owner(struct groups *gs, struct group *g, const char *by, const struct member *heir,
    struct parley_error *err)
{
	char name[PARLEY_NAME_MAX + 1], from[PARLEY_NAME_MAX + 1];
	struct change c = {
		.groups = gs,
		.group = g,
		.kind = KIND_ROLE,
		.from = from,
		.who = name,
		.role = ROLE_OWNER,
	};

	memcpy(name, heir->name, sizeof name);
	snprintf(from, sizeof from, "%s", by);
	if (change_make(&c, err) != 0)
		return -1;
	tell_changed(gs, g, name, from, 0);
	return 0;
}

/* First somebody else becomes an owner, then account goes, so there is one at every moment. */
int
hand_on(struct groups *gs, struct group *g, const char *account, struct parley_error *err)
{
	const struct member *heir;
	bool able;

	if (member_role(g, account) != ROLE_OWNER)
		return 0;
	if (find_heir(g, account, &heir, &able, err) != 0)
		return -1;
	g->settled = able;
	if (heir == NULL || heir->role == ROLE_OWNER)
		return 0;
	return make_owner(gs, g, account, heir, err);
}

/* ---- when nobody who owns it can act -------------------------------------------------------- */

/* The owner in whose name somebody else becomes one. */
static const struct member *
first_owner(const struct group *g)
{
	unsigned count;
	const struct member **list = others(g, "", &count), *first = count > 0 ? list[0] : NULL;

	free(list);
	return first != NULL && first->role == ROLE_OWNER ? first : NULL;
}

int
owner_settle(struct groups *gs, struct group *g, const char *account, struct parley_error *err)
{
	const struct member *heir, *owner;
	bool able;

	if (find_heir(g, account != NULL ? account : "", &heir, &able, err) != 0)
		return -1;
	g->settled = able;
	if (!able || heir->role == ROLE_OWNER)
		return 0;
	owner = account != NULL ? member_find(g, account) : first_owner(g);
	g->settled = owner != NULL && make_owner(gs, g, owner->name, heir, err) == 0;
	return g->settled || owner == NULL ? 0 : -1;
}

int
owner_look(struct groups *gs, struct group *g, struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int rc;

	if (g->settled)
		return 0;
	rc = lane_enter(gs, g, &turn, err);
	if (rc == 0 && !g->settled)
		rc = owner_settle(gs, g, NULL, err);
	parley_lane_leave(&turn);
	return rc;
}

/* ---- by itself ------------------------------------------------------------------------------ */

struct look {
	struct groups *groups;
	char group[PARLEY_NAME_MAX + 1];
};

static void
look_later(void *arg)
{
	struct look *l = arg;
	struct parley_error err = { 0 };
	struct group *g = group_get_members(l->groups, l->group, &err);

	if ((g == NULL || owner_look(l->groups, g, &err) != 0) && err.code != PARLEY_NOT_FOUND)
		parley_log_warn("groups", "group=%s it is not known who can act for it: %s",
		    l->group, err.text);
	group_put(l->groups, &g);
	free(l);
}

void
owner_look_later(struct groups *gs, const struct group *g)
{
	struct look *l;

	if (!gs->running || g->settled || g->ended)
		return;
	l = parley_alloc(sizeof *l);
	l->groups = gs;
	memcpy(l->group, g->name, sizeof l->group);
	if (parley_spawn("groups-owner", look_later, l) != 0)
		free(l); /* whoever uses the group next looks */
}

void
owner_look_all(struct groups *gs, const char *account, bool left)
{
	struct group *g;
	uint32_t at = 0;

	while ((g = parley_table_each(gs->by_name, &at)) != NULL) {
		if (!g->members_loaded || (account != NULL && member_find(g, account) == NULL))
			continue;
		if (left)
			g->settled = false;
		else
			owner_look_later(gs, g);
	}
}
