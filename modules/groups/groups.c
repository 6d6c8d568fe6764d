/* SPDX-License-Identifier: MIT */
/* groups.c - groups: who is in them, what they may do there, and how messages reach all of them. */
#include "groups.h"

#include <stdlib.h>
#include <string.h>

/* ---- for other modules -------------------------------------------------------------------- */

static struct parley_channel *
service_channel(void *self, const char *group, struct parley_error *err)
{
	struct group *g = group_get_members(self, group, err);
	struct parley_channel *ch = g != NULL ? g->channel : NULL;

	group_put(self, &g);
	return ch;
}

static int
service_each(void *self, const char *group, void (*fn)(void *arg, const char *account), void *arg,
    struct parley_error *err)
{
	struct group *g = group_get_members(self, group, err);
	const struct member *m;
	uint32_t at = 0;
	int count;

	if (g == NULL)
		return -1;
	count = (int)g->count;
	while (fn != NULL && (m = parley_table_each(g->members, &at)) != NULL)
		if (m->role >= ROLE_MEMBER)
			fn(arg, m->name);
	group_put(self, &g);
	return count;
}

static int
service_is_member(void *self, const char *group, const char *account, struct parley_error *err)
{
	struct group *g = group_get_members(self, group, err);
	int is;

	if (g == NULL)
		return -1;
	is = member_role(g, account) >= ROLE_MEMBER;
	group_put(self, &g);
	return is;
}

/* ---- accounts ----------------------------------------------------------------------------- */

/* Who may no longer log in keeps the role, but the group is not left without an owner. Cut short by
 * a crash, or by the store, it is made up for when the group is used next. */
static enum parley_verdict
account_changed(void *self, const struct parley_account *a)
{
	struct parley_error err = { 0 };

	members_rename(self, a->name, a->display);
	owner_look_all(self, a->name, a->disabled);
	if (a->disabled && hand_on_all(self, a->name, &err) != 0)
		parley_log_warn("groups",
		    "account=%s the groups of a disabled account were not handed on: %s", a->name,
		    err.text);
	return PARLEY_PASS;
}

/* ---- load and unload ---------------------------------------------------------------------- */

static int
groups_load(void *self, struct parley_error *err)
{
	struct groups *gs = self;

	gs->history = parley_service_find("history/1", &gs->history_self);
	gs->roster = parley_service_find("roster/1", &gs->roster_self);
	if (gs->history == NULL || gs->roster == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "history/1 or roster/1 is missing");
	gs->by_name = parley_table_new();
	gs->rates = parley_table_new();
	if (gs->history->redo(gs->history_self, "groups", change_redo, gs, err) != 0)
		return -1;
	gs->running = true;
	owner_look_all(gs, NULL, false);
	return 0;
}

static void
groups_unload(void *self)
{
	struct groups *gs = self;

	if (gs->by_name == NULL)
		return;
	group_free_all(gs);
	rates_free(gs);
	parley_table_free(&gs->by_name);
	parley_table_free(&gs->rates);
}

/* ---- what it is --------------------------------------------------------------------------- */

static const struct parley_hook groups_hooks[] = {
	{ .name = "message-check", .message = groups_check },
	{ .name = "message-archive", .priority = -100, .message = groups_check_again },
	{ .name = "account-changed", .account = account_changed },
	{ 0 },
};

static const struct parley_method groups_methods[] = {
	{ "groups.create", PARLEY_ROLES_USERS, groups_create },
	{ "groups.get", PARLEY_ROLES_USERS, groups_get },
	{ "groups.list", PARLEY_ROLES_USERS, groups_list },
	{ "groups.search", PARLEY_ROLES_USERS, groups_search },
	{ "groups.update", PARLEY_ROLES_USERS, groups_update },
	{ "groups.members", PARLEY_ROLES_USERS, groups_members },
	{ "groups.invite", PARLEY_ROLES_USERS, groups_invite },
	{ "groups.withdraw", PARLEY_ROLES_USERS, groups_withdraw },
	{ "groups.invitations", PARLEY_ROLES_USERS, groups_invitations },
	{ "groups.join", PARLEY_ROLES_USERS, groups_join },
	{ "groups.decline", PARLEY_ROLES_USERS, groups_decline },
	{ "groups.leave", PARLEY_ROLES_USERS, groups_leave },
	{ "groups.remove", PARLEY_ROLES_USERS, groups_remove },
	{ "groups.unban", PARLEY_ROLES_USERS, groups_unban },
	{ "groups.banned", PARLEY_ROLES_USERS, groups_banned },
	{ "groups.role", PARLEY_ROLES_USERS, groups_role },
	{ "groups.link", PARLEY_ROLES_USERS, groups_link },
	{ "groups.links", PARLEY_ROLES_USERS, groups_links },
	{ "groups.revoke", PARLEY_ROLES_USERS, groups_revoke },
	{ "groups.peek", PARLEY_ROLE_GUEST | PARLEY_ROLES_USERS, groups_peek },
	{ 0 },
};

static const struct parley_option groups_options[] = {
	PARLEY_OPT_INT(struct groups, members, 5000, 2, 100000, "people that can be in one group"),
	PARLEY_OPT_INT(
	    struct groups, groups_per_account, 500, 1, 900, "groups that one account can be in"),
	PARLEY_OPT_INT(struct groups, groups_owned, 100, 0, 900, "groups that one account can own"),
	PARLEY_OPT_INT(struct groups, invitations_hour, 200, 0, 1000000,
	    "people whom one account may add to groups or invite in an hour"),
	PARLEY_OPT_INT(struct groups, invitations_waiting, 100, 1, 200,
	    "invitations that can wait for the answer of one account"),
	PARLEY_OPT_INT(struct groups, links, 50, 0, 1000, "links that one group can have"),
	PARLEY_OPT_INT(
	    struct groups, bans, 1000, 0, 100000, "people who can be banned from one group"),
	PARLEY_OPT_INT(struct groups, peeks_minute, 60, 1, 1000000,
	    "links that may be tried from one network address in a minute"),
	PARLEY_OPT_INT(struct groups, groups_cached, 5000, 10, 1000000,
	    "groups kept in memory, about 1 kB each"),
	PARLEY_OPT_INT(struct groups, members_cached, 200000, 100, 100000000,
	    "members of groups kept in memory, about 250 bytes each"),
	{ 0 },
};

static void
groups_groups_limit(const void *self, struct parley_fill *fill)
{
	const struct groups *s = self;

	fill->used = s->groups_in_memory;
	fill->max = (uint64_t)s->groups_cached;
}

static void
groups_members_limit(const void *self, struct parley_fill *fill)
{
	const struct groups *s = self;

	fill->used = s->members_in_memory;
	fill->max = (uint64_t)s->members_cached;
}

static void
groups_rates_limit(const void *self, struct parley_fill *fill)
{
	const struct groups *s = self;

	fill->used = s->rates_in_memory;
	fill->max = RATES_MAX;
}

static const struct parley_limit groups_limits[] = {
	{ "groups", groups_groups_limit },
	{ "members", groups_members_limit },
	{ "rates", groups_rates_limit },
	{ 0 },
};

static const struct parley_metric groups_metrics[] = {
	PARLEY_COUNTER(struct groups, created, "groups made"),
	PARLEY_COUNTER(struct groups, ended, "groups that ended because nobody was left"),
	PARLEY_COUNTER(struct groups, joined, "people who joined or were added"),
	PARLEY_COUNTER(struct groups, left, "people who left or were removed"),
	PARLEY_COUNTER(struct groups, invited, "invitations sent"),
	PARLEY_COUNTER(struct groups, searches, "searches for groups"),
	PARLEY_COUNTER(struct groups, slowed, "messages refused because of slow mode"),
	PARLEY_COUNTER(struct groups, groups_loaded, "groups read from the store"),
	PARLEY_GAUGE(struct groups, groups_in_memory, "groups kept in memory"),
	PARLEY_GAUGE(struct groups, members_in_memory, "members of groups kept in memory"),
	PARLEY_GAUGE(struct groups, rates_in_memory,
	    "accounts and networks whose invitations and looks at links are counted"),
	{ 0 },
};

static const struct parley_groups_1 groups_functions = {
	.may = post_may,
	.channel = service_channel,
	.each = service_each,
	.is_member = service_is_member,
	.put_group = view_put_group,
	.forget = leave_all,
};
static const struct parley_service groups_services[] = {
	{ "groups/1", &groups_functions },
	{ 0 },
};

static const char *const groups_needs[] = { "history", "roster", NULL };
static const struct parley_collection *const groups_collections[] = {
	&groups_collection,
	&members_collection,
	&invitations_collection,
	&links_collection,
	&names_collection,
	NULL,
};

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "groups",
	.summary = "groups: members and their roles, invitations, links, public groups",
	.needs = groups_needs,
	.hooks = groups_hooks,
	.methods = groups_methods,
	.options = groups_options,
	.collections = groups_collections,
	.services = groups_services,
	.metrics = groups_metrics,
	.limits = groups_limits,
	.state_size = sizeof(struct groups),
	.load = groups_load,
	.unload = groups_unload,
};
