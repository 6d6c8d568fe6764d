/* SPDX-License-Identifier: MIT */
/* keep_make.c - who says how long the messages of a chat are kept: those in it, and the operator.
 */
#include "keep.h"

#include <stdio.h>
#include <string.h>

/* ---- making a rule -------------------------------------------------------------------------- */

/* days: -1 takes it away. */
static void
set_rule(struct keep_state *k, bool operator, int64_t days, int64_t time)
{
	struct keep_rule *rule = operator? &k->operator: & k->own;

	*rule = (struct keep_rule){ days, days >= 0 ? time : 0 };
}

int
keep_redo(struct history *h, const struct parley_doc *entry, struct parley_error *err)
{
	int64_t time = parley_json_int(parley_json_get(entry->root, "time"), 0);
	char key[PARLEY_KEY_MAX];
	struct keep_state state;
	struct change change;
	struct chat *c;

	change_read(&change, entry->root);
	snprintf(key, sizeof key, "%.*s", (int)(strrchr(entry->key, '/') - entry->key), entry->key);
	if (keep_read(h, key, &state, err) != 0)
		return -1;
	set_rule(&state, change.operator, change.has_days ? change.days : - 1, time);
	if (keep_store(h, key, &state, err) != 0)
		return -1;
	c = chat_known(h, key);
	if (c != NULL && c->loaded)
		c->keep = state;
	return 0;
}

/* A change of the rule that is being made. */
struct making {
	struct history *history;
	struct parley_request *request;
	struct entry entry;
	int64_t days; /* -1: no rule */
};

static bool
is_so(const struct making *m)
{
	const struct keep_state *k = &m->entry.chat->keep;

	return (m->entry.change.operator ? k->operator.days : k->own.days) == m->days;
}

/* Durable, sent, in force. 0, or -1 when it was none of these. */
static int
make(struct making *m, struct parley_error *err)
{
	struct entry *e = &m->entry;
	struct keep_state state;
	struct parley_error failed = { 0 };

	if (entry_append(m->history, e, err) != 0)
		return -1;
	state = e->chat->keep;
	set_rule(&state, e->change.operator, m->days, e->time);
	e->chat->keep = state; /* those who are told of it may ask */
	entry_send(e);
	if (keep_store(m->history, e->chat->key, &state, &failed) != 0 ||
	    entry_done(e, &failed) != 0)
		owed_fail(m->history, e, &failed);
	return 0;
}

/* check: whether it may be done, with nothing else changing the chat; or NULL. */
static int
make_rule(struct making *m, int (*check)(struct making *m, struct parley_error *err),
    struct parley_error *err)
{
	struct entry *e = &m->entry;
	int rc;

	e->todo = "history";
	e->change = (struct change){ .kind = "keep",
		.on = -1,
		.has_days = m->days >= 0,
		.days = m->days,
		.operator= e->from[0] == '\0' };
	rc = entry_begin(m->history, e, err);
	if (rc == 0 && check != NULL)
		rc = check(m, err);
	if (rc == 0 && !is_so(m)) {
		rc = make(m, err);
		if (rc == 0)
			parley_put_int(parley_answer(m->request), "seq", e->seq);
	}
	if (rc == 0)
		keep_put_all(m->history, parley_answer(m->request), e->chat);
	entry_end(m->history, e);
	if (rc == 0)
		walk_wake(m->history, false);
	return rc;
}

/* ---- history.keep ------------------------------------------------------------------------- */

static int
may_keep(struct making *m, struct parley_error *err)
{
	const struct chat *c = m->entry.chat;
	const struct parley_groups_1 *groups;
	void *self;

	if (is_so(m))
		return 0;
	if (c->keep.operator.days >= 0)
		return parley_fail(err, PARLEY_NOT_ALLOWED, NULL,
		    "the operator of this node has said how long this chat is kept");
	if (!chat_is_group(c))
		return chat_check_peer(c, m->entry.from, err);
	groups = parley_service_find("groups/1", &self);
	if (groups == NULL)
		return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such group");
	return groups->may(self, c->key + 1, m->entry.from, PARLEY_GROUP_KEEP, NULL, err);
}

void
history_keep(void *self, struct parley_request *r)
{
	const struct parley_session *s = parley_session_find(parley_request_session(r));
	const struct parley_json *days = parley_json_get(parley_request_params(r), "days");
	char device[PARLEY_DEVICE_MAX + 1];
	struct making m = { .history = self, .request = r };
	struct parley_error err = { 0 };
	struct member *member;
	struct chat *c;

	snprintf(device, sizeof device, "%s", s != NULL ? parley_session_device(s) : "");
	c = history_chat_get(self, r, &member);
	if (c == NULL)
		return;
	m.entry.chat = c;
	m.entry.from = parley_request_account(r);
	m.entry.device = device[0] != '\0' ? device : NULL;
	m.days = parley_json_int(days, 0);
	if (m.days == 0)
		m.days = -1;
	if (days == NULL)
		keep_put_all(self, parley_answer(r), c);
	else if (make_rule(&m, may_keep, &err) != 0)
		parley_refuse_error(r, &err);
	chat_put(self, &c);
}

/* ---- retention.set ------------------------------------------------------------------------ */

/* The key that an operator has written: as retention.status tells it, or the address of a group. 0
 * or -1. */
static int
key_param(const char *text, char key[PARLEY_KEY_MAX], struct parley_error *err)
{
	char peer[PEER_SIZE];

	if (strchr(text, '@') == NULL) {
		snprintf(key, PARLEY_KEY_MAX, "%s", text);
		return 0;
	}
	if (peer_parse(text, peer, err) != 0 || peer[0] != '#')
		return parley_fail(err, PARLEY_NOT_FOUND, "/params/chat",
		    "is neither the address of a group of this node nor like alice+bob");
	snprintf(key, PARLEY_KEY_MAX, "%s", peer);
	return 0;
}

void
retention_set(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const char *text = parley_json_string_or(parley_json_get(params, "chat"), "");
	struct making m = { .history = self, .request = r };
	struct parley_error err = { 0 };
	char key[PARLEY_KEY_MAX];
	struct chat *c = NULL;
	int rc = -1;

	if (key_param(text, key, &err) == 0)
		c = chat_get_key(self, key, &err);
	m.days = parley_json_int(parley_json_get(params, "days"), -1);
	m.entry.chat = c;
	m.entry.from = "";
	if (c != NULL && (strcmp(c->key, key) != 0 || c->head == 0))
		parley_fail(&err, PARLEY_NOT_FOUND, "/params/chat", "there is no such chat");
	else if (c != NULL)
		rc = make_rule(&m, NULL, &err);
	if (rc != 0)
		parley_refuse_error(r, &err);
	chat_put(self, &c);
}
