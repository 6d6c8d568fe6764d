/* SPDX-License-Identifier: MIT */
/* update.c - changing what a group is called and allows. */
#include "groups.h"

#include <string.h>

/* ---- what is asked for -------------------------------------------------------------------- */

void
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

int
check_lines(const struct parley_json *params, struct parley_error *err)
{
	static const struct {
		const char *name, *where;
		size_t max;
	} lines[] = { { "title", "/params/title", 80 }, { "topic", "/params/topic", 200 } };

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
		if (!parley_utf8_is_line(
			parley_json_string_or(parley_json_get(params, lines[i].name), ""),
			lines[i].max))
			return parley_fail(err, PARLEY_BAD_REQUEST, lines[i].where,
			    "must be at most %zu characters on one line, and not blank",
			    lines[i].max);
	return 0;
}

static int
update_check(struct act *a, const struct parley_json *params)
{
	static const char *const words[] = { "title", "about", "topic", NULL };
	static const char *const rules[] = { "kind", "history", "slow", "permissions", NULL };

	if (check_lines(params, &a->err) != 0 || act_needs_member(a) != 0)
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
