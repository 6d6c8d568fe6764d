/* SPDX-License-Identifier: MIT */
/* methods.c - looking at the settings, and changing them. */
#include "notify.h"

#include <stdio.h>
#include <string.h>

static const char *const reason_names[] = {
	[REASON_CHAT] = "chat",
	[REASON_DIRECT] = "direct",
	[REASON_GROUP] = "group",
	[REASON_MUTED] = "muted",
	[REASON_QUIET] = "quiet",
};

/* ---- writing ------------------------------------------------------------------------------ */

void
put_effective(struct parley_writer *w, const char *key, const struct effective *e)
{
	parley_put_object(w, key);
	parley_put_string(w, "level", level_names[e->level]);
	parley_put_string(w, "reason", reason_names[e->reason]);
	if (e->until > 0)
		parley_put_time(w, "until", e->until);
	if (e->deaf)
		parley_put_bool(w, "everybody", false);
	parley_put_end(w);
}

static void
put_exception(struct parley_writer *w, const struct exception *e, int64_t now)
{
	char address[PARLEY_ADDRESS_SIZE];
	bool group = e->chat[0] == '#';

	snprintf(address, sizeof address, "%s@%s", e->chat + group,
	    group ? parley_rooms_domain() : parley_domain());
	parley_put_object(w, NULL);
	parley_put_string(w, "chat", address);
	parley_put_string(w, "level", level_names[e->level]);
	if (e->muted == MUTED_FOR_EVER || e->muted > now)
		parley_put_bool(w, "muted", true);
	if (e->muted > now)
		parley_put_time(w, "until", e->muted);
	if (e->deaf)
		parley_put_bool(w, "everybody", false);
	parley_put_end(w);
}

static void
put_settings(struct parley_writer *w, const struct settings *s)
{
	int64_t now = parley_now();
	const struct exception *e;
	uint32_t at = 0;

	parley_put_object(w, "settings");
	parley_put_string(w, "direct", level_names[s->direct]);
	parley_put_string(w, "group", level_names[s->group]);
	parley_put_bool(w, "requests", s->requests);
	quiet_put(w, &s->quiet);
	parley_put_array(w, "chats");
	while ((e = parley_table_each(s->chats, &at)) != NULL)
		put_exception(w, e, now);
	parley_put_end(w);
	parley_put_end(w);
}

static void
tell_devices(struct notify *n, const struct settings *s, parley_session_id but)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	parley_event_open(&w, &text, "notify.changed");
	put_settings(&w, s);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	n->told += parley_send_account(s->account, p, but);
	parley_payload_unref(&p);
}

/* ---- changing ----------------------------------------------------------------------------- */

/* Makes a change with fn, in the order of arrival. Returns the settings pinned, or NULL when the
 * request was refused. Awaits. */
static struct settings *
change(struct notify *n, struct parley_request *r,
    int (*fn)(
	struct notify *n, struct settings *s, struct parley_request *r, struct parley_error *err))
{
	struct parley_error err = { 0 };
	struct parley_ticket ticket = { 0 };
	struct settings *s = settings_get(n, parley_request_account(r), &err);
	int rc = -1;

	if (s == NULL) {
		parley_refuse_error(r, &err);
		return NULL;
	}
	parley_lane_join(&s->lane, &ticket);
	if (parley_await_turn(&ticket) != 0)
		parley_fail(&err, PARLEY_BUSY, NULL, "this node is shutting down");
	else if (fn(n, s, r, &err) == 0)
		rc = settings_store(s, &err);
	parley_lane_leave(&ticket);
	if (rc == 0) {
		tell_devices(n, s, parley_request_session(r));
	} else {
		parley_refuse_error(r, &err);
		settings_put(n, &s);
	}
	return s;
}

void
notify_get(void *self, struct parley_request *r)
{
	struct parley_error err = { 0 };
	struct settings *s = settings_get(self, parley_request_account(r), &err);

	if (s == NULL)
		parley_refuse_error(r, &err);
	else
		put_settings(parley_answer(r), s);
	settings_put(self, &s);
}

static int
update_settings(
    struct notify *n, struct settings *s, struct parley_request *r, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(r);

	s->direct = level_read(parley_json_get(params, "direct"), s->direct);
	s->group = level_read(parley_json_get(params, "group"), s->group);
	s->requests = parley_json_bool(parley_json_get(params, "requests"), s->requests);
	quiet_read(&s->quiet, parley_json_get(params, "quiet"));
	return 0;
}

void
notify_update(void *self, struct parley_request *r)
{
	struct settings *s = change(self, r, update_settings);

	if (s != NULL)
		put_settings(parley_answer(r), s);
	settings_put(self, &s);
}

/* The chat that the request names, as the settings know it. 0 or -1. Awaits. */
static int
chat_param(struct parley_request *r, char chat[CHAT_SIZE], struct parley_error *err)
{
	const struct parley_json *param = parley_json_get(parley_request_params(r), "chat");
	struct parley_account account;
	struct parley_address address;

	if (parley_address_parse(parley_json_string(param), &address, err) != 0) {
		snprintf(err->where, sizeof err->where, "/params/chat");
		return -1;
	}
	if (strcmp(address.domain, parley_rooms_domain()) == 0) {
		snprintf(chat, CHAT_SIZE, "#%s", address.name);
		return 0;
	}
	snprintf(chat, CHAT_SIZE, "%s", address.name);
	if (strcmp(address.domain, parley_domain()) != 0)
		return parley_fail(err, PARLEY_NOT_FOUND, "/params/chat", "there is no such chat");
	return parley_account_get(address.name, &account, err);
}

static int64_t
muted_until(const struct parley_json *mute, int64_t otherwise)
{
	int64_t seconds = parley_json_int(mute, 0);

	if (mute == NULL)
		return otherwise;
	if (seconds < 0)
		return MUTED_FOR_EVER;
	return seconds == 0 ? 0 : parley_now() + seconds * 1000;
}

static int
update_chat(
    struct notify *n, struct settings *s, struct parley_request *r, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(r);
	char chat[CHAT_SIZE];
	struct exception *e;

	if (chat_param(r, chat, err) != 0)
		return -1;
	if (parley_table_get(s->chats, chat) == NULL &&
	    (int64_t)parley_table_count(s->chats) >= n->chats_max)
		return parley_fail(
		    err, PARLEY_LIMIT, "/params/chat", "too many chats have settings of their own");
	e = settings_exception(s, chat);
	e->level = level_read(parley_json_get(params, "level"), e->level);
	e->muted = muted_until(parley_json_get(params, "mute"), e->muted);
	e->deaf = !parley_json_bool(parley_json_get(params, "everybody"), !e->deaf);
	if (e->level == LEVEL_DEFAULT && e->muted == 0 && !e->deaf)
		settings_drop_exception(s, chat);
	return 0;
}

void
notify_chat(void *self, struct parley_request *r)
{
	struct settings *s = change(self, r, update_chat);
	struct parley_error err = { 0 };
	struct effective e;
	char chat[CHAT_SIZE];

	if (s != NULL && chat_param(r, chat, &err) == 0) {
		decide_effective(s, chat, parley_now(), &e);
		put_effective(parley_answer(r), "effective", &e);
	}
	settings_put(self, &s);
}
