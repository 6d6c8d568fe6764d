/* SPDX-License-Identifier: MIT */
/* act.c - what the methods have in common: who asks, about which group, and whether they may. */
#include "groups.h"

#include <stdio.h>
#include <string.h>

int
no_group(struct parley_error *err)
{
	return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such group");
}

/* A private group is nobody's business who is not in it. */
int
no_member(const struct group *g, enum role role, struct parley_error *err)
{
	if (!g->settings.open)
		return no_group(err);
	if (role == ROLE_BANNED)
		return parley_fail(
		    err, PARLEY_NOT_ALLOWED, NULL, "you were banned from this group");
	return parley_fail(err, PARLEY_NOT_ALLOWED, NULL, "you are not in this group: join it");
}

/* ---- parameters --------------------------------------------------------------------------- */

static int
name_param(const char *text, const char *domain, const char *where, struct parley_address *out,
    struct parley_error *err)
{
	struct parley_error bad = { 0 };

	if (parley_address_parse(text, out, &bad) != 0)
		return parley_fail(err, PARLEY_BAD_REQUEST, where, "%s", bad.text);
	if (out->name[0] == '\0' || strcmp(out->domain, domain) != 0)
		return -1;
	return 0;
}

int
group_param(
    const char *text, const char *where, char out[PARLEY_NAME_MAX + 1], struct parley_error *err)
{
	struct parley_error why = { 0 };
	struct parley_address address;

	if (name_param(text, parley_rooms_domain(), where, &address, &why) == 0) {
		memcpy(out, address.name, sizeof address.name);
		return 0;
	}
	*err = why;
	return why.code != PARLEY_OK
		   ? -1
		   : parley_fail(err, PARLEY_NOT_FOUND, where, "there is no such group");
}

int
account_param(
    const char *text, const char *where, char out[PARLEY_NAME_MAX + 1], struct parley_error *err)
{
	struct parley_error why = { 0 };
	struct parley_address address;

	if (name_param(text, parley_domain(), where, &address, &why) == 0) {
		memcpy(out, address.name, sizeof address.name);
		return 0;
	}
	*err = why;
	return why.code != PARLEY_OK ? -1
				     : parley_fail(err, PARLEY_NOT_IMPLEMENTED, where,
					   "this node serves only %s so far", parley_domain());
}

/* ---- a request about a group -------------------------------------------------------------- */

static void
note_asker(struct act *a)
{
	const struct parley_session *s = parley_session_find(parley_request_session(a->request));

	snprintf(a->me, sizeof a->me, "%s", parley_request_account(a->request));
	if (s != NULL)
		snprintf(a->device, sizeof a->device, "%s", parley_session_device(s));
}

int
act_begin(struct act *a, struct groups *gs, struct parley_request *r, const char *name)
{
	const struct parley_json *params = parley_request_params(r);
	const char *who = parley_json_string(parley_json_get(params, "address"));
	char read[PARLEY_NAME_MAX + 1];

	*a = (struct act){ .groups = gs, .request = r };
	note_asker(a);
	if (who != NULL && account_param(who, "/params/address", a->who, &a->err) != 0)
		return -1;
	if (name == NULL) {
		if (group_param(parley_json_string(parley_json_get(params, "group")),
			"/params/group", read, &a->err) != 0)
			return -1;
		name = read;
	}
	a->group = group_get_members(gs, name, &a->err);
	if (a->group == NULL || lane_enter(gs, a->group, &a->turn, &a->err) != 0 ||
	    (!a->group->settled && owner_settle(gs, a->group, NULL, &a->err) != 0))
		return -1;
	a->role = member_role(a->group, a->me);
	return 0;
}

void
act_end(struct act *a, int rc)
{
	parley_lane_leave(&a->turn);
	group_put(a->groups, &a->group);
	if (rc != 0)
		parley_refuse_error(a->request, &a->err);
}

int
act_needs_member(struct act *a)
{
	return a->role >= ROLE_MEMBER ? 0 : no_member(a->group, a->role, &a->err);
}

int
act_needs_role(struct act *a, enum role least, const char *what)
{
	if (act_needs_member(a) != 0)
		return -1;
	if (a->role >= least)
		return 0;
	return parley_fail(&a->err, PARLEY_NOT_ALLOWED, NULL, "you may not %s: it takes %s%s", what,
	    least == ROLE_OWNER || least == ROLE_ADMIN ? "an " : "a ", role_name(least));
}

int
act_change(struct act *a, enum kind kind, const char *who, enum role role, const char *text)
{
	struct change c = {
		.groups = a->groups,
		.group = a->group,
		.kind = kind,
		.from = a->me,
		.device = a->device[0] != '\0' ? a->device : NULL,
		.who = who,
		.role = role,
		.text = text,
	};

	return change_make(&c, &a->err);
}
