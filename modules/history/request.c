/* SPDX-License-Identifier: MIT */
/* request.c - the chat, and the message, that a request is about. */
#include "history.h"

#include <stdio.h>
#include <string.h>

int
peer_parse(const char *address, char peer[PEER_SIZE], struct parley_error *err)
{
	struct parley_address a;
	bool group;

	if (parley_address_parse(address, &a, err) != 0)
		return -1;
	group = strcmp(a.domain, parley_rooms_domain()) == 0;
	if ((!group && strcmp(a.domain, parley_domain()) != 0) || a.name[0] == '\0')
		return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such chat");
	snprintf(peer, PEER_SIZE, "%s%s", group ? "#" : "", a.name);
	return 0;
}

int
history_chat_param(struct parley_request *r, char peer[PEER_SIZE])
{
	const struct parley_json *chat = parley_json_get(parley_request_params(r), "chat");
	struct parley_error err = { 0 };

	if (peer_parse(parley_json_string(chat), peer, &err) == 0)
		return 0;
	parley_refuse(r, err.code, "/params/chat", "%s", err.text);
	return -1;
}

int
history_no_chat(struct parley_error *err)
{
	if (err->code == PARLEY_NOT_FOUND && err->where[0] == '\0')
		snprintf(err->where, sizeof err->where, "/params/chat");
	return -1;
}

/* Somebody of whom nothing is known may have joined just now: what could not be done then is done
 * first. */
static struct member *
reader_anew(struct history *h, struct chat *c, const char *account, struct parley_error *err)
{
	if (err->code != PARLEY_NOT_FOUND || !c->owed || history_settle(h, c->key, err) != 0)
		return NULL;
	return member_reader(h, c, account, err);
}

struct chat *
history_chat_get(struct history *h, struct parley_request *r, struct member **member_r)
{
	const char *account = parley_request_account(r);
	struct parley_error err = { 0 };
	char peer[PEER_SIZE];
	struct chat *c;

	if (history_chat_param(r, peer) != 0)
		return NULL;
	c = chat_get(h, account, peer, &err);
	*member_r = c != NULL ? member_reader(h, c, account, &err) : NULL;
	if (*member_r == NULL && c != NULL)
		*member_r = reader_anew(h, c, account, &err);
	if (*member_r != NULL)
		return c;
	history_no_chat(&err);
	parley_refuse_error(r, &err);
	chat_put(h, &c);
	return NULL;
}

struct chat *
history_message_get(struct history *h, struct parley_request *r, struct member **member_r,
    struct parley_doc **message_r)
{
	const struct parley_json *mid = parley_json_get(parley_request_params(r), "mid");
	struct parley_error err = { 0 };
	struct chat *c = history_chat_get(h, r, member_r);

	if (c == NULL)
		return NULL;
	*message_r = message_find(c, *member_r, parley_json_string(mid), "/params/mid", &err);
	if (*message_r != NULL)
		return c;
	parley_refuse_error(r, &err);
	chat_put(h, &c);
	return NULL;
}
