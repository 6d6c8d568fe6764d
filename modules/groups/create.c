/* SPDX-License-Identifier: MIT */
/* create.c - making a group. */
#include "groups.h"

#include <stdio.h>
#include <string.h>

#define NAME_TRIES 4

/* A group on its way. */
struct making {
	struct groups *groups;
	struct parley_request *request;
	const char *me;
	char device[PARLEY_DEVICE_MAX + 1];
	struct once once;
	struct guests guests;
	bool looked;                /* at the guests */
	struct group *group;        /* pinned, or NULL */
	struct parley_ticket turn;  /* in its lane "making" */
	struct parley_doc *earlier; /* the group was made when this was asked before */
};

/* ---- a group in which nobody is ------------------------------------------------------------ */

static const char *
text_asked(const struct parley_json *params, const char *name)
{
	return parley_json_string_or(parley_json_get(params, name), "");
}

static int
name_taken(struct parley_error *err)
{
	return parley_fail(err, PARLEY_CONFLICT, "/params/name", "this name is taken");
}

/* The document of a group in which nobody is yet, so nobody sees it. */
static int
store_empty(const struct making *m, const char *name, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(m->request);
	struct settings settings;
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc;

	settings_default(&settings);
	settings_ask(&settings, params);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "title", text_asked(params, "title"));
	parley_put_string(&w, "about", text_asked(params, "about"));
	parley_put_string(&w, "topic", text_asked(params, "topic"));
	settings_put(&w, &settings);
	parley_put_int(&w, "created", parley_now());
	parley_put_int(&w, "members", 0);
	once_put(&w, &m->once, NULL);
	parley_put_end(&w);
	rc = parley_store_put(&groups_collection, name, &json, err);
	parley_text_fini(&json);
	return rc;
}

/* In the lane, so that of two who want the name one gets it. A document without members is left of
 * a node that died before the group's first entry: the name is free. */
static int
take_name(const struct making *m, struct parley_error *err)
{
	struct groups *gs = m->groups;
	struct group *g = m->group;
	struct parley_error why = { 0 };

	if (group_load_head(gs, g, false, &why) == 0) {
		if (g->ended || g->count > 0)
			return name_taken(err);
	} else if (why.code != PARLEY_NOT_FOUND) {
		*err = why;
		return -1;
	}
	if (store_empty(m, g->name, err) != 0 || group_load_head(gs, g, true, err) != 0)
		return -1;
	return group_load_members(gs, g, err);
}

/* So many that one owns, and is in. */
static int
check_number(struct groups *gs, const char *account, struct parley_error *err)
{
	int64_t owned = groups_of(account, ROLE_OWNER, (uint32_t)gs->groups_owned, err);
	int64_t in = groups_of(account, ROLE_MEMBER, (uint32_t)gs->groups_per_account, err);

	if (owned < 0 || in < 0)
		return -1;
	if (owned >= gs->groups_owned)
		return parley_fail(
		    err, PARLEY_LIMIT, NULL, "you own %d groups already", (int)owned);
	if (in >= gs->groups_per_account)
		return parley_fail(
		    err, PARLEY_LIMIT, NULL, "you are in %d groups already", (int)in);
	return 0;
}

/* The entry with which it begins; without it there is no group. */
static int
begin_in_lane(struct making *m, struct parley_error *err)
{
	struct change c = {
		.groups = m->groups,
		.group = m->group,
		.kind = KIND_CREATED,
		.from = m->me,
		.device = m->device,
	};

	if (take_name(m, err) != 0)
		return -1;
	if (change_make(&c, err) == 0) {
		m->group->settled = true;
		return 0;
	}
	parley_store_remove(&groups_collection, m->group->name, NULL, NULL);
	group_unload_head(m->group);
	return -1;
}

/* ---- under a name --------------------------------------------------------------------------- */

/* Before anything is made; once, also when several names are tried. */
static int
look(struct making *m, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(m->request);

	if (m->looked)
		return 0;
	m->looked = true;
	if (guests_read(
		&m->guests, m->groups, m->me, parley_json_get(params, "people"), NULL, err) != 0)
		return -1;
	return check_number(m->groups, m->me, err);
}

static int
begin(struct making *m, struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int rc = look(m, err);

	if (rc != 0)
		return -1;
	rc = lane_enter(m->groups, m->group, &turn, err);
	if (rc == 0)
		rc = begin_in_lane(m, err);
	else if (err->code == PARLEY_NOT_FOUND) /* it has ended */
		name_taken(err);
	parley_lane_leave(&turn);
	return rc;
}

static void
making_drop(struct making *m)
{
	parley_lane_leave(&m->turn);
	group_put(m->groups, &m->group);
}

/* Who asks twice at the same time waits here for what becomes of the first. 0 or -1. */
static int
find_earlier(struct making *m, struct parley_error *err)
{
	if (m->once.hash[0] == '\0')
		return 0;
	parley_lane_join(&m->group->making, &m->turn);
	if (parley_await_turn(&m->turn) != 0)
		return parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	return once_find(&m->once, m->group, &m->earlier, err) < 0 ? -1 : 0;
}

/* Finds or makes the group of this name. 0 or -1. */
static int
make(struct making *m, const char *name, struct parley_error *err)
{
	int rc;

	m->group = group_pin(m->groups, name);
	rc = find_earlier(m, err);
	if (rc == 0 && m->earlier == NULL)
		rc = begin(m, err);
	if (rc != 0)
		making_drop(m);
	return rc;
}

static int
make_chosen(struct making *m, const char *wish, struct parley_error *err)
{
	char name[PARLEY_NAME_MAX + 1];

	parley_ascii_lower(name, wish, strlen(wish));
	if (!parley_name_reserved(name))
		return make(m, name, err);
	return parley_fail(err, PARLEY_CONFLICT, "/params/name", "this name is reserved");
}

static int
make_named(struct making *m, struct parley_error *err)
{
	char name[PARLEY_NAME_MAX + 1];
	int rc = -1;

	for (int n = 0; n < NAME_TRIES && rc != 0; n++) {
		*err = (struct parley_error){ 0 };
		if (m->once.hash[0] != '\0')
			once_name(&m->once, n, name, MADE_NAME);
		else
			parley_random_text(name, MADE_NAME);
		rc = make(m, name, err);
		if (rc != 0 && err->code != PARLEY_CONFLICT)
			return -1;
	}
	return rc;
}

/* ---- who is in it, and the answer ------------------------------------------------------------ */

/* Some could not be brought for now only: who asks again may have more luck. */
static bool
is_unfinished(const struct guests *guests)
{
	for (uint32_t i = 0; i < guests->count; i++)
		if (guests->list[i].err.code == PARLEY_BUSY ||
		    guests->list[i].err.code == PARLEY_INTERNAL)
			return true;
	return false;
}

static int
bring(struct making *m, struct parley_error *err)
{
	struct parley_writer *w = parley_answer(m->request);

	guests_bring(&m->guests, m->groups, m->group, m->me, m->device);
	if (m->once.hash[0] != '\0' && !is_unfinished(&m->guests) &&
	    once_store(&m->once, m->group, &m->guests, err) != 0)
		return -1;
	if (m->earlier == NULL)
		tell_changed(m->groups, m->group, m->me, NULL, parley_request_session(m->request));
	if (put_group(m->groups, w, "group", m->me, m->group, err) != 0)
		return -1;
	guests_answer(&m->guests, w);
	return 0;
}

/* It is there; what was left undone then, because the node stopped on the way, is done now. */
static int
answer_again(struct making *m, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(m->request);
	struct parley_writer *w = parley_answer(m->request);

	if (group_load_head(m->groups, m->group, false, err) != 0 ||
	    group_load_members(m->groups, m->group, err) != 0)
		return -1;
	if (m->group->ended || member_role(m->group, m->me) < ROLE_MEMBER)
		return no_group(err);
	if (!once_is_answered(m->earlier)) {
		m->looked = true;
		if (guests_read(&m->guests, m->groups, m->me, parley_json_get(params, "people"),
			m->group, err) != 0)
			return -1;
		return bring(m, err);
	}
	if (put_group(m->groups, w, "group", m->me, m->group, err) != 0)
		return -1;
	once_answer(w, m->earlier);
	return 0;
}

void
groups_create(void *self, struct parley_request *r)
{
	const struct parley_session *s = parley_session_find(parley_request_session(r));
	const char *wish = parley_json_string(parley_json_get(parley_request_params(r), "name"));
	struct making m = { .groups = self, .request = r, .me = parley_request_account(r) };
	struct parley_error err = { 0 };
	int rc;

	if (s != NULL)
		snprintf(m.device, sizeof m.device, "%s", parley_session_device(s));
	once_read(r, "", &m.once);
	rc = check_lines(parley_request_params(r), &err);
	if (rc == 0)
		rc = wish != NULL ? make_chosen(&m, wish, &err) : make_named(&m, &err);
	if (rc == 0)
		rc = m.earlier != NULL ? answer_again(&m, &err) : bring(&m, &err);
	if (rc != 0)
		parley_refuse_error(r, &err);
	guests_fini(&m.guests);
	parley_doc_free(&m.earlier);
	making_drop(&m);
}
