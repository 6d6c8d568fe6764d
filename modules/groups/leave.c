/* SPDX-License-Identifier: MIT */
/* leave.c - leaving, by oneself or because the account goes away; a group never stands without an
 * owner. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- who owns it then --------------------------------------------------------------------- */

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

/* First somebody else becomes an owner, then account goes, so there is one at every moment. */
int
hand_on(struct groups *gs, struct group *g, const char *account, struct parley_error *err)
{
	char name[PARLEY_NAME_MAX + 1];
	const struct member *heir;
	struct change c = {
		.groups = gs,
		.group = g,
		.kind = KIND_ROLE,
		.from = account,
		.who = name,
		.role = ROLE_OWNER,
	};
	bool able;

	if (member_role(g, account) != ROLE_OWNER)
		return 0;
	if (find_heir(g, account, &heir, &able, err) != 0)
		return -1;
	if (heir == NULL || heir->role == ROLE_OWNER)
		return 0;
	memcpy(name, heir->name, sizeof name);
	if (change_make(&c, err) != 0)
		return -1;
	tell_changed(gs, g, name, account, 0);
	return 0;
}

/* ---- groups.leave ------------------------------------------------------------------------- */

void
groups_leave(void *self, struct parley_request *r)
{
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0)
		rc = act_needs_member(&a);
	if (rc == 0)
		rc = hand_on(self, a.group, a.me, &a.err);
	if (rc == 0)
		rc = act_change(&a, KIND_LEFT, NULL, ROLE_NONE, NULL);
	if (rc == 0)
		tell_changed(self, a.group, a.me, NULL, parley_request_session(r));
	act_end(&a, rc);
}

/* ---- all groups of an account ------------------------------------------------------------- */

/* In the lane of a group that account is in. */
typedef int group_fn(
    struct groups *gs, struct group *g, const char *account, struct parley_error *err);

static int
leave_one(struct groups *gs, struct group *g, const char *account, struct parley_error *err)
{
	struct change c = { .groups = gs, .group = g, .kind = KIND_LEFT, .from = account };

	if (member_role(g, account) < ROLE_MEMBER)
		return 0;
	if (hand_on(gs, g, account, err) != 0)
		return -1;
	return change_make(&c, err);
}

static int
in_lane(struct groups *gs, const char *name, const char *account, group_fn *fn,
    struct parley_error *err)
{
	struct parley_ticket ticket = { 0 };
	struct group *g = group_get_members(gs, name, err);
	int rc = -1;

	if (g == NULL) /* it may have ended meanwhile */
		return err->code == PARLEY_NOT_FOUND ? 0 : -1;
	if (lane_enter(gs, g, &ticket, err) == 0)
		rc = fn(gs, g, account, err);
	else if (err->code == PARLEY_NOT_FOUND)
		rc = 0;
	parley_lane_leave(&ticket);
	group_put(gs, &g);
	return rc;
}

static int
each_group(
    struct groups *gs, const char *account, enum role least, group_fn *fn, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = account },
		    { .field = "role", .op = PARLEY_OP_GE, .integer = least } },
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs docs = { 0 };
	int rc = parley_store_find(&members_collection, &query, &docs, err);

	for (uint32_t i = 0; i < docs.count && rc == 0; i++) {
		char name[PARLEY_NAME_MAX + 1];

		snprintf(name, sizeof name, "%.*s", (int)strcspn(docs.docs[i]->key, "/"),
		    docs.docs[i]->key);
		rc = in_lane(gs, name, account, fn, err);
	}
	parley_docs_fini(&docs);
	return rc;
}

int
leave_all(void *self, const char *account, struct parley_error *err)
{
	return each_group(self, account, ROLE_MEMBER, leave_one, err);
}

int
hand_on_all(struct groups *gs, const char *account, struct parley_error *err)
{
	return each_group(gs, account, ROLE_OWNER, hand_on, err);
}
