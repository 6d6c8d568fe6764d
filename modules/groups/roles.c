/* SPDX-License-Identifier: MIT */
/* roles.c - what those with a higher role do to others: give roles, remove, ban. */
#include "groups.h"

#include <stdio.h>
#include <string.h>

/* 0 when I may act on somebody who has this role: on those below mine, and as owner on all. */
static int
needs_above(struct act *a, enum role theirs)
{
	if (a->role == ROLE_OWNER || a->role > theirs)
		return 0;
	return parley_fail(&a->err, PARLEY_NOT_ALLOWED, "/params/address",
	    "you may not do this to somebody who is %s %s",
	    theirs == ROLE_OWNER || theirs == ROLE_ADMIN ? "an" : "a", role_name(theirs));
}

static int
not_in_it(struct act *a)
{
	return parley_fail(
	    &a->err, PARLEY_NOT_FOUND, "/params/address", "this person is not in the group");
}

/* ---- groups.role -------------------------------------------------------------------------- */

/* Of oneself only downwards, and never that of the last owner who can log in. */
static int
check_own_role(struct act *a, enum role role)
{
	int other = 1;

	if (role > a->role)
		return parley_fail(
		    &a->err, PARLEY_NOT_ALLOWED, "/params/role", "you may not raise your own role");
	if (a->role == ROLE_OWNER && role != ROLE_OWNER)
		other = has_other_owner(a->group, a->me, &a->err);
	if (other == 0)
		return parley_fail(&a->err, PARLEY_NOT_ALLOWED, "/params/role",
		    "you are the only owner: make somebody else an owner first");
	return other < 0 ? -1 : 0;
}

static int
check_role(struct act *a, enum role theirs, enum role role)
{
	if (act_needs_member(a) != 0)
		return -1;
	if (strcmp(a->who, a->me) == 0)
		return check_own_role(a, role);
	if (act_needs_role(a, ROLE_ADMIN, "give roles") != 0)
		return -1;
	if (theirs < ROLE_MEMBER)
		return not_in_it(a);
	if (needs_above(a, theirs) != 0)
		return -1;
	if (a->role != ROLE_OWNER && role >= a->role)
		return parley_fail(&a->err, PARLEY_NOT_ALLOWED, "/params/role",
		    "you may only give roles below your own");
	return 0;
}

void
groups_role(void *self, struct parley_request *r)
{
	enum role role =
	    role_of_name(parley_json_string(parley_json_get(parley_request_params(r), "role")));
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0) {
		enum role theirs = member_role(a.group, a.who);

		rc = check_role(&a, theirs, role);
		if (rc == 0 && theirs != role) {
			rc = act_change(&a, KIND_ROLE, a.who, role, NULL);
			if (rc == 0)
				tell_changed(self, a.group, a.who, a.me, 0);
		}
	}
	act_end(&a, rc);
}

/* ---- groups.remove, groups.unban ---------------------------------------------------------- */

static int
check_bans(struct act *a)
{
	if ((int64_t)a->group->banned < a->groups->bans)
		return 0;
	return parley_fail(
	    &a->err, PARLEY_LIMIT, NULL, "at most %d people can be banned", (int)a->groups->bans);
}

static int
check_remove(struct act *a, enum role theirs, bool ban)
{
	struct parley_account account;

	if (act_needs_role(
		a, ban ? ROLE_ADMIN : ROLE_MODERATOR, ban ? "ban people" : "remove people") != 0)
		return -1;
	if (strcmp(a->who, a->me) == 0)
		return parley_fail(&a->err, PARLEY_BAD_REQUEST, "/params/address",
		    "is your own: leave the group instead");
	if (!ban && theirs < ROLE_MEMBER)
		return not_in_it(a);
	if (needs_above(a, theirs) != 0 || (ban && check_bans(a) != 0))
		return -1;
	if (ban && theirs == ROLE_NONE)
		return parley_account_get(a->who, &account, &a->err);
	return 0;
}

void
groups_remove(void *self, struct parley_request *r)
{
	bool ban = parley_json_bool(parley_json_get(parley_request_params(r), "ban"), false);
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0) {
		enum role theirs = member_role(a.group, a.who);

		rc = check_remove(&a, theirs, ban);
		if (rc == 0 && theirs != ROLE_BANNED) {
			rc = act_change(
			    &a, ban ? KIND_BANNED : KIND_REMOVED, a.who, ROLE_NONE, NULL);
			if (rc == 0 && theirs >= ROLE_MEMBER)
				tell_changed(self, a.group, a.who, a.me, 0);
			if (rc == 0 && ban)
				tell_answered(a.group->name, a.who, 0);
		}
	}
	act_end(&a, rc);
}

void
groups_unban(void *self, struct parley_request *r)
{
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0)
		rc = act_needs_role(&a, ROLE_ADMIN, "let people in again");
	if (rc == 0 && member_role(a.group, a.who) != ROLE_BANNED)
		rc = parley_fail(
		    &a.err, PARLEY_NOT_FOUND, "/params/address", "this person is not banned");
	if (rc == 0)
		rc = act_change(&a, KIND_UNBANNED, a.who, ROLE_NONE, NULL);
	act_end(&a, rc);
}
