/* SPDX-License-Identifier: MIT */
/* typing.c - tells the others in a chat that somebody is typing. Nothing of it is kept. */
#include "history.h"

#include <parley/groups.h>
#include <stdio.h>
#include <string.h>

#define AUDIENCE_MAX 50 /* people in a group that are told */

/* Those who are there, collected before anything awaits. */
struct audience {
	const char *but;
	unsigned count;
	char names[AUDIENCE_MAX][PARLEY_NAME_MAX + 1];
};

static void
audience_add(void *arg, const char *account)
{
	struct audience *a = arg;

	if (a->count < AUDIENCE_MAX && strcmp(account, a->but) != 0 &&
	    parley_account_session(account, 0) != 0)
		snprintf(a->names[a->count++], sizeof a->names[0], "%s", account);
}

/* Of a chat with one person: only a contact is told. */
static int
audience_contact(struct audience *a, const char *peer, struct parley_error *err)
{
	const struct parley_roster_1 *roster;
	enum parley_relation relation;
	void *self;

	roster = parley_service_find("roster/1", &self);
	if (roster == NULL || roster->relation(self, peer, a->but, &relation, err) != 0)
		return -1;
	if (relation == PARLEY_RELATION_CONTACT)
		audience_add(a, peer);
	return 0;
}

static int
audience_group(struct audience *a, const char *group, struct parley_error *err)
{
	const struct parley_groups_1 *groups;
	void *self;

	groups = parley_service_find("groups/1", &self);
	if (groups == NULL)
		return parley_fail(err, PARLEY_NOT_FOUND, "/params/chat", "there is no such chat");
	if (groups->may(self, group, a->but, PARLEY_GROUP_POST, NULL, err) != 0)
		return -1;
	return groups->each(self, group, audience_add, a, err) < 0 ? -1 : 0;
}

static bool
tells_typing(const char *name)
{
	struct parley_account account;

	return parley_account_get(name, &account, NULL) == 0 && account.privacy.typing;
}

static void
audience_tell(const struct audience *a, const char *peer, bool on)
{
	char from[PARLEY_ADDRESS_SIZE], chat[PARLEY_ADDRESS_SIZE];
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	peer_address(from, a->but);
	peer_address(chat, peer[0] == '#' ? peer : a->but);
	parley_event_open(&w, &text, "typing");
	parley_put_string(&w, "chat", chat);
	parley_put_string(&w, "from", from);
	parley_put_bool(&w, "on", on);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	for (unsigned i = 0; i < a->count; i++)
		if (tells_typing(a->names[i]))
			parley_send_account(a->names[i], p, 0);
	parley_payload_unref(&p);
}

void
history_typing(void *self, struct parley_request *r)
{
	bool on = parley_json_bool(parley_json_get(parley_request_params(r), "on"), false);
	struct audience a = { .but = parley_request_account(r) };
	struct parley_error err = { 0 };
	char peer[PEER_SIZE];
	int rc;

	if (history_chat_param(r, peer) != 0)
		return;
	rc = peer[0] == '#' ? audience_group(&a, peer + 1, &err) : audience_contact(&a, peer, &err);
	if (rc != 0)
		parley_refuse_error(r, &err);
	else if (a.count > 0 && tells_typing(a.but))
		audience_tell(&a, peer, on);
}
