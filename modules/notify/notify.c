/* SPDX-License-Identifier: MIT */
/* notify.c - whether a message draws its reader's attention. It is decided here, once, for the
 * clients of the reader and for everything else that may tell of a message. */
#include "notify.h"

#include <string.h>

/* ---- messages ----------------------------------------------------------------------------- */

static enum parley_grade
notify_grade(void *self, const char *account, const struct parley_message *m)
{
	const struct settings *s = settings_known(self, account);
	struct effective e;

	if (s == NULL || strcmp(account, m->from.name) == 0)
		return PARLEY_GRADE_NONE;
	decide_effective(s, parley_message_to_group(m) ? m->chat : m->from.name, parley_now(), &e);
	return decide_grade(
	    &e, e.deaf ? parley_message_names(m, account) : parley_message_mentions(m, account));
}

static enum parley_verdict
notify_archived(void *self, struct parley_message *m)
{
	m->grade = notify_grade;
	m->grade_self = self;
	return PARLEY_PASS;
}

/* ---- accounts with a session -------------------------------------------------------------- */

static enum parley_verdict
notify_bound(void *self, parley_session_id id, const struct parley_json *frame, bool resumed)
{
	struct parley_session *session = parley_session_find(id);
	struct parley_error err = { 0 };
	struct settings *s;

	if (session == NULL)
		return PARLEY_PASS;
	s = settings_get(self, parley_session_account(session), &err);
	if (s == NULL)
		parley_log_warn("notify", "settings were not read, going on without: %s", err.text);
	settings_put(self, &s); /* it stays as long as there is a session */
	return PARLEY_PASS;
}

static enum parley_verdict
notify_ended(void *self, parley_session_id id, const struct parley_json *frame, bool resumed)
{
	const struct parley_session *session = parley_session_find(id);
	struct notify *n = self;
	struct settings *s = parley_table_get(n->settings, parley_session_account(session));

	if (s != NULL)
		s->pins++;
	settings_put(self, &s); /* the last one's end lets it go */
	return PARLEY_PASS;
}

/* ---- the service -------------------------------------------------------------------------- */

static bool
service_decide(void *self, const char *account, const char *chat, bool mentioned,
    enum parley_grade *grade_r, struct parley_error *err)
{
	struct settings *s = settings_get(self, account, err);
	struct effective e;

	*grade_r = PARLEY_GRADE_NONE;
	if (s == NULL)
		return false;
	decide_effective(s, chat, parley_now(), &e);
	*grade_r = decide_grade(&e, mentioned);
	settings_put(self, &s);
	return true;
}

static int
service_put_effective(void *self, struct parley_writer *w, const char *key, const char *account,
    const char *chat, struct parley_error *err)
{
	struct settings *s = settings_get(self, account, err);
	struct effective e;

	if (s == NULL)
		return -1;
	decide_effective(s, chat, parley_now(), &e);
	put_effective(w, key, &e);
	settings_put(self, &s);
	return 0;
}

static bool
service_wants_requests(void *self, const char *account)
{
	const struct settings *s = settings_known(self, account);

	return s != NULL && s->requests;
}

static bool
service_ignores_everybody(void *self, const char *account, const char *chat)
{
	const struct settings *s = settings_known(self, account);
	const struct exception *e = s != NULL ? parley_table_get(s->chats, chat) : NULL;

	return e != NULL && e->deaf;
}

/* ---- load and unload ---------------------------------------------------------------------- */

static int
notify_load(void *self, struct parley_error *err)
{
	struct notify *n = self;

	n->settings = parley_table_new();
	return 0;
}

static void
notify_unload(void *self)
{
	struct notify *n = self;

	if (n->settings == NULL)
		return;
	settings_free_all(n);
	parley_table_free(&n->settings);
}

static const struct parley_hook notify_hooks[] = {
	{ .name = "message-archived", .priority = 100, .message = notify_archived },
	{ .name = "session-bound", .priority = -100, .session = notify_bound },
	{ .name = "session-ended", .session = notify_ended },
	{ 0 },
};

static const struct parley_method notify_methods[] = {
	{ "notify.get", PARLEY_ROLES_USERS, notify_get },
	{ "notify.update", PARLEY_ROLES_USERS, notify_update },
	{ "notify.chat", PARLEY_ROLES_USERS, notify_chat },
	{ 0 },
};

static const struct parley_option notify_options[] = {
	PARLEY_OPT_INT(struct notify, chats_max, 1000, 10, 5000,
	    "chats for which an account may have settings of its own"),
	{ 0 },
};

static void
notify_accounts_limit(const void *self, struct parley_fill *fill)
{
	const struct notify *s = self;

	fill->used = s->accounts;
	fill->max = parley_session_most();
}

static const struct parley_limit notify_limits[] = {
	{ "accounts", notify_accounts_limit },
	{ 0 },
};

static const struct parley_metric notify_metrics[] = {
	PARLEY_GAUGE(struct notify, accounts, "accounts whose settings are in memory"),
	PARLEY_COUNTER(struct notify, told, "events of changed settings sent"),
	{ 0 },
};

static const struct parley_notify_1 notify_functions = {
	.decide = service_decide,
	.put_effective = service_put_effective,
	.wants_requests = service_wants_requests,
	.ignores_everybody = service_ignores_everybody,
};
static const struct parley_service notify_services[] = {
	{ "notify/1", &notify_functions },
	{ 0 },
};

static const struct parley_collection *const notify_collections[] = { &notify_collection, NULL };

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "notify",
	.summary = "what people want to be notified of, by kind of chat, by chat and by the hour",
	.hooks = notify_hooks,
	.methods = notify_methods,
	.options = notify_options,
	.collections = notify_collections,
	.services = notify_services,
	.metrics = notify_metrics,
	.limits = notify_limits,
	.state_size = sizeof(struct notify),
	.load = notify_load,
	.unload = notify_unload,
};
