/* SPDX-License-Identifier: MIT */
/* create.c - making a group, and changing what it is called and allows. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_TRIES 4

/* ---- what is asked for -------------------------------------------------------------------- */

/* Changes what is said in params; the rest stays. */
static void
settings_ask(struct settings *s, const struct parley_json *params)
{
	const struct parley_json *permissions = parley_json_get(params, "permissions");
	const char *kind = parley_json_string(parley_json_get(params, "kind"));
	const char *history = parley_json_string(parley_json_get(params, "history"));

	if (kind != NULL)
		s->open = strcmp(kind, "public") == 0;
	if (history != NULL)
		s->whole = strcmp(history, "all") == 0;
	s->slow = parley_json_int(parley_json_get(params, "slow"), s->slow);
	for (enum permission p = 0; p < PERMISSIONS; p++) {
		const char *role =
		    parley_json_string(parley_json_get(permissions, permission_name(p)));

		if (role != NULL)
			s->may[p] = role_of_name(role);
	}
}

/* ---- groups.create ------------------------------------------------------------------------ */

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
store_empty(const struct parley_request *r, const char *name, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(r);
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
	parley_put_end(&w);
	rc = parley_store_put(&groups_collection, name, &json, err);
	parley_text_fini(&json);
	return rc;
}

/* In the lane, so that of two who want the name one gets it. A document without members is left of
 * a node that died before the group's first entry: the name is free. */
static int
take_name(
    struct groups *gs, const struct parley_request *r, struct group *g, struct parley_error *err)
{
	struct parley_error why = { 0 };

	if (group_load_head(gs, g, false, &why) == 0) {
		if (g->ended || g->count > 0)
			return name_taken(err);
	} else if (why.code != PARLEY_NOT_FOUND) {
		*err = why;
		return -1;
	}
	if (store_empty(r, g->name, err) != 0 || group_load_head(gs, g, true, err) != 0)
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
begin_in_lane(struct change *c, const struct parley_request *r, struct parley_error *err)
{
	struct group *g = c->group;

	if (take_name(c->groups, r, g, err) != 0)
		return -1;
	if (change_make(c, err) == 0)
		return 0;
	parley_store_remove(&groups_collection, g->name, NULL, NULL);
	group_unload_head(g);
	return -1;
}

static struct group *
begin(struct groups *gs, const struct parley_request *r, const char *name, const char *device,
    struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	struct change c = {
		.groups = gs,
		.group = group_pin(gs, name),
		.kind = KIND_CREATED,
		.from = parley_request_account(r),
		.device = device,
	};
	int rc = lane_enter(c.group, &turn, err);

	if (rc == 0)
		rc = begin_in_lane(&c, r, err);
	else if (err->code == PARLEY_NOT_FOUND) /* it has ended */
		name_taken(err);
	parley_lane_leave(&turn);
	if (rc != 0)
		group_put(gs, &c.group);
	return c.group;
}

static struct group *
begin_chosen(struct groups *gs, const struct parley_request *r, const char *wish,
    const char *device, struct parley_error *err)
{
	char name[PARLEY_NAME_MAX + 1];

	parley_ascii_lower(name, wish, strlen(wish));
	if (!parley_name_reserved(name))
		return begin(gs, r, name, device, err);
	parley_fail(err, PARLEY_CONFLICT, "/params/name", "this name is reserved");
	return NULL;
}

static struct group *
begin_made(
    struct groups *gs, const struct parley_request *r, const char *device, struct parley_error *err)
{
	char name[PARLEY_NAME_MAX + 1];
	struct group *g = NULL;

	for (int n = 0; n < NAME_TRIES && g == NULL; n++) {
		*err = (struct parley_error){ 0 };
		parley_random_text(name, MADE_NAME);
		g = begin(gs, r, name, device, err);
		if (g == NULL && err->code != PARLEY_CONFLICT)
			return NULL;
	}
	return g;
}

static struct group *
create(
    struct groups *gs, const struct parley_request *r, const char *device, struct parley_error *err)
{
	const char *wish = parley_json_string(parley_json_get(parley_request_params(r), "name"));

	if (check_number(gs, parley_request_account(r), err) != 0)
		return NULL;
	return wish != NULL ? begin_chosen(gs, r, wish, device, err)
			    : begin_made(gs, r, device, err);
}

static int
create_answer(struct groups *gs, struct parley_request *r, struct group *g,
    const struct guests *guests, struct parley_error *err)
{
	struct parley_writer *w = parley_answer(r);

	tell_changed(gs, g, parley_request_account(r), NULL, parley_request_session(r));
	if (put_group(gs, w, "group", parley_request_account(r), g, err) != 0)
		return -1;
	guests_answer(guests, w);
	return 0;
}

void
groups_create(void *self, struct parley_request *r)
{
	const struct parley_session *s = parley_session_find(parley_request_session(r));
	const char *me = parley_request_account(r);
	char device[PARLEY_DEVICE_MAX + 1] = "";
	struct guests guests = { 0 };
	struct parley_error err = { 0 };
	struct group *g = NULL;
	int rc = guests_read(
	    &guests, self, me, parley_json_get(parley_request_params(r), "people"), &err);

	if (s != NULL)
		snprintf(device, sizeof device, "%s", parley_session_device(s));
	if (rc == 0) {
		g = create(self, r, device, &err);
		rc = g != NULL ? 0 : -1;
	}
	if (rc == 0) {
		guests_bring(&guests, self, g, me, device);
		rc = create_answer(self, r, g, &guests, &err);
	}
	if (rc != 0)
		parley_refuse_error(r, &err);
	guests_fini(&guests);
	group_put(self, &g);
}

/* ---- groups.update ------------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum kind kind;
	size_t offset;
} texts[] = {
	{ "title", KIND_TITLE, offsetof(struct group, title) },
	{ "about", KIND_ABOUT, offsetof(struct group, about) },
	{ "topic", KIND_TOPIC, offsetof(struct group, topic) },
};
#define TEXTS (sizeof texts / sizeof texts[0])

static const char *
text_now(const struct group *g, size_t n)
{
	char *const *at = (char *const *)((const char *)g + texts[n].offset);

	return *at;
}

static bool
is_asked(const struct parley_json *params, const char *const *names)
{
	for (; *names != NULL; names++)
		if (parley_json_get(params, *names) != NULL)
			return true;
	return false;
}

static int
update_check(struct act *a, const struct parley_json *params)
{
	static const char *const words[] = { "title", "about", "topic", NULL };
	static const char *const rules[] = { "kind", "history", "slow", "permissions", NULL };

	if (act_needs_member(a) != 0)
		return -1;
	if (is_asked(params, words) &&
	    act_needs_role(a, a->group->settings.may[MAY_EDIT], "edit this group") != 0)
		return -1;
	if (is_asked(params, rules))
		return act_needs_role(a, ROLE_ADMIN, "change the settings of this group");
	return 0;
}

static int
update_texts(struct act *a, const struct parley_json *params, bool *changed_r)
{
	for (size_t n = 0; n < TEXTS; n++) {
		const char *text = parley_json_string(parley_json_get(params, texts[n].name));

		if (text == NULL || strcmp(text, text_now(a->group, n)) == 0)
			continue;
		if (act_change(a, texts[n].kind, NULL, ROLE_NONE, text) != 0)
			return -1;
		*changed_r = true;
	}
	return 0;
}

static int
update_settings(struct act *a, const struct parley_json *params, bool *changed_r)
{
	struct change c = {
		.groups = a->groups,
		.group = a->group,
		.kind = KIND_SETTINGS,
		.from = a->me,
		.device = a->device,
		.settings = a->group->settings,
	};

	settings_ask(&c.settings, params);
	if (settings_same(&c.settings, &a->group->settings))
		return 0;
	if (change_make(&c, &a->err) != 0)
		return -1;
	*changed_r = true;
	return 0;
}

void
groups_update(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	bool changed = false;
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0)
		rc = update_check(&a, params);
	if (rc == 0)
		rc = update_texts(&a, params, &changed);
	if (rc == 0)
		rc = update_settings(&a, params, &changed);
	if (changed)
		tell_all_changed(self, a.group, parley_request_session(r));
	if (rc == 0)
		rc = put_group(self, parley_answer(r), "group", a.me, a.group, &a.err);
	act_end(&a, rc);
}
