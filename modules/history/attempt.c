/* SPDX-License-Identifier: MIT */
/* attempt.c - a request to change a message: looked at when its turn has come, so that of two at
 * once the second sees what the first has done. */
#include "history.h"

#include <stdio.h>
#include <string.h>

/* In a chat of two both must still want it; in a group one must be in it. */
int
chat_check_peer(const struct chat *c, const char *account, struct parley_error *err)
{
	enum parley_relation relation = PARLEY_RELATION_CONTACT;
	const struct parley_roster_1 *roster;
	void *self;

	if (chat_is_group(c))
		return 0;
	roster = parley_service_find("roster/1", &self);
	if (roster != NULL &&
	    roster->relation(self, account, chat_peer(c, account), &relation, err) != 0)
		return -1;
	if (relation == PARLEY_RELATION_CONTACT || relation == PARLEY_RELATION_SELF)
		return 0;
	return parley_fail(err, PARLEY_NOT_ALLOWED, NULL,
	    relation == PARLEY_RELATION_BLOCKED ? "you have blocked this person"
						: "this person is not among your contacts");
}

/* 1, 0 or -1, as the check. What is so already is answered before anything is refused: a retry
 * finds it so. */
static int
attempt_look(struct attempt *t, attempt_check *check, struct parley_error *err)
{
	struct entry *e = &t->entry;
	int rc;

	t->member = member_reader(t->history, e->chat, t->account, err);
	if (t->member == NULL)
		return history_no_chat(err);
	t->target = message_find(e->chat, t->member, e->change.target, "/params/mid", err);
	if (t->target == NULL)
		return -1;
	rc = check(t, err);
	if (rc > 0 && strcmp(e->change.kind, "delete") != 0 &&
	    chat_check_peer(e->chat, t->account, err) != 0)
		return -1; /* what one wrote can be taken back also from who is no contact */
	return rc;
}

/* Durable, sent, in force, answered. -1 with err when it was none of these. */
static int
attempt_make(struct attempt *t, struct parley_error *err)
{
	struct entry *e = &t->entry;
	struct parley_error failed = { 0 };

	if (entry_append(t->history, e, err) != 0)
		return -1;
	entry_send(e);
	if (apply_change(t->history, t->target, &e->change, e->from, e->seq, e->time, &failed) !=
		0 ||
	    entry_done(e, &failed) != 0)
		owed_fail(t->history, e, &failed);
	parley_put_int(parley_answer(t->request), "seq", e->seq);
	return 0;
}

void
attempt_run(struct history *h, struct parley_request *r, const char *kind, attempt_check *check)
{
	const struct parley_session *s = parley_session_find(parley_request_session(r));
	const struct parley_json *params = parley_request_params(r);
	struct parley_error err = { 0 };
	struct attempt t = { .history = h, .request = r, .account = parley_request_account(r) };
	char device[PARLEY_DEVICE_MAX + 1], peer[PEER_SIZE];
	struct chat *c;
	int rc;

	if (history_chat_param(r, peer) != 0)
		return;
	snprintf(device, sizeof device, "%s", s != NULL ? parley_session_device(s) : "");
	c = chat_get(h, t.account, peer, &err);
	if (c == NULL) {
		history_no_chat(&err);
		parley_refuse_error(r, &err);
		return;
	}
	t.entry = (struct entry){ .chat = c, .from = t.account, .todo = "history" };
	t.entry.device = device[0] != '\0' ? device : NULL;
	t.entry.change = (struct change){ .kind = kind, .on = -1 };
	t.entry.change.target = parley_json_string(parley_json_get(params, "mid"));
	rc = entry_begin(h, &t.entry, &err);
	if (rc == 0)
		rc = attempt_look(&t, check, &err);
	if (rc > 0)
		rc = attempt_make(&t, &err);
	if (rc < 0)
		parley_refuse_error(r, &err);
	entry_end(h, &t.entry);
	parley_doc_free(&t.target);
	chat_put(h, &c);
}
