/* SPDX-License-Identifier: MIT */
/* post.c - messages to groups: who may write, how often, and to whom they go; and what members may
 * do with messages, for the module history. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Milliseconds until m may write again. The same id again is a retry, which the archive knows. */
static int64_t
slow_left(const struct group *g, const struct member *m, const char *id)
{
	int64_t next = m->posted + g->settings.slow * 1000, now = parley_now();

	if (g->settings.slow == 0 || m->posted == 0 || m->role >= ROLE_MODERATOR)
		return 0;
	if (next <= now || m->posted > now || strcmp(m->posted_id, id) == 0)
		return 0; /* the second: the clock was set back */
	return next - now;
}

static int
check_slow(struct groups *gs, const struct group *g, const struct member *m, const char *id,
    struct parley_error *err)
{
	int64_t left = slow_left(g, m, id);

	if (left == 0)
		return 0;
	gs->slowed++;
	parley_fail(err, PARLEY_LIMIT, NULL, "in this group you may write every %d seconds",
	    (int)g->settings.slow);
	err->retry_after = (uint32_t)((left + 999) / 1000);
	return -1;
}

static int
check_post(const struct group *g, const char *account, struct parley_error *err)
{
	enum role role = member_role(g, account);

	if (role < ROLE_MEMBER || (g->going != NULL && strcmp(g->going, account) == 0))
		return no_member(g, role, err);
	if (role < g->settings.may[MAY_POST])
		return parley_fail(err, PARLEY_NOT_ALLOWED, NULL,
		    "only %ss may write in this group", role_name(g->settings.may[MAY_POST]));
	return 0;
}

static int
check_message(struct groups *gs, const struct group *g, const struct parley_message *m,
    struct parley_error *err)
{
	if (check_post(g, m->from.name, err) != 0)
		return -1;
	return check_slow(gs, g, member_find(g, m->from.name), m->id, err);
}

enum parley_verdict
groups_check(void *self, struct parley_message *m)
{
	struct parley_error err = { 0 };
	struct group *g;
	int rc;

	if (!parley_message_to_group(m))
		return PARLEY_PASS;
	g = group_get_members(self, m->to.name, &err);
	rc = g != NULL ? check_message(self, g, m, &err) : -1;
	if (rc == 0)
		parley_message_set_channel(m, g->channel);
	group_put(self, &g);
	return rc == 0 ? PARLEY_PASS : parley_message_refuse_error(m, &err);
}

static void
note_post(struct member *m, const char *id)
{
	m->posted = parley_now();
	free(m->posted_id);
	m->posted_id = parley_strdup(id);
}

/* Its turn has come, and meanwhile the sender may have been removed: from here on the order of the
 * archive says what was first. */
enum parley_verdict
groups_check_again(void *self, struct parley_message *m)
{
	const struct group *g;
	struct parley_error err = { 0 };

	if (m->channel == NULL || !parley_message_to_group(m))
		return PARLEY_PASS;
	g = group_known(self, m->to.name);
	if (g == NULL || g->channel != m->channel) {
		no_group(&err);
		return parley_message_refuse_error(m, &err);
	}
	if (check_message(self, g, m, &err) != 0)
		return parley_message_refuse_error(m, &err);
	if (g->settings.slow > 0)
		note_post(member_find(g, m->from.name), m->id);
	return PARLEY_PASS;
}

/* ---- for the module history ---------------------------------------------------------------- */

static int
check_delete(const struct group *g, enum role mine, const char *whose, struct parley_error *err)
{
	enum role theirs = whose != NULL ? member_role(g, whose) : ROLE_NONE;

	if (mine >= ROLE_MODERATOR && (mine == ROLE_OWNER || mine > theirs))
		return 0;
	return parley_fail(err, PARLEY_NOT_ALLOWED, NULL, "you may not delete this message");
}

static int
check_act(const struct group *g, const char *account, enum parley_group_act act, const char *whose,
    struct parley_error *err)
{
	enum role mine = member_role(g, account);

	if (mine < ROLE_MEMBER)
		return no_member(g, mine, err);
	switch (act) {
	case PARLEY_GROUP_POST:
		return check_post(g, account, err);
	case PARLEY_GROUP_PIN:
		if (mine < g->settings.may[MAY_PIN])
			return parley_fail(err, PARLEY_NOT_ALLOWED, NULL,
			    "only %ss may pin messages in this group",
			    role_name(g->settings.may[MAY_PIN]));
		return 0;
	case PARLEY_GROUP_MENTION:
		if (mine < g->settings.may[MAY_MENTION])
			return parley_fail(err, PARLEY_NOT_ALLOWED, NULL,
			    "only %ss may mention everybody in this group",
			    role_name(g->settings.may[MAY_MENTION]));
		return 0;
	case PARLEY_GROUP_DELETE:
		return check_delete(g, mine, whose, err);
	case PARLEY_GROUP_KEEP:
		if (mine < ROLE_ADMIN)
			return parley_fail(err, PARLEY_NOT_ALLOWED, NULL,
			    "only admins may say how long messages are kept in this group");
		return 0;
	default:
		return 0;
	}
}

int
post_may(void *self, const char *group, const char *account, enum parley_group_act act,
    const char *whose, struct parley_error *err)
{
	struct group *g = group_get_members(self, group, err);
	int rc = g != NULL ? check_act(g, account, act, whose, err) : -1;

	group_put(self, &g);
	return rc;
}
