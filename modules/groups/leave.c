/* SPDX-License-Identifier: MIT */
/* leave.c - leaving, by oneself or because the account goes away. */
#include "groups.h"

#include <stdio.h>
#include <string.h>

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

static int
settle_one(struct groups *gs, struct group *g, const char *account, struct parley_error *err)
{
	return owner_settle(gs, g, account, err);
}

int
hand_on_all(struct groups *gs, const char *account, struct parley_error *err)
{
	return each_group(gs, account, ROLE_OWNER, settle_one, err);
}
