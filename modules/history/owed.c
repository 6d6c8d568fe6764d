/* SPDX-License-Identifier: MIT */
/* owed.c - changes are put in force now, or as soon as the store lets them. */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTLE_MS     1000 /* before the first try, then twice as long each time, until */
#define SETTLE_MAX_MS 60000
#define RETRY_SECONDS 5

/* ---- places ------------------------------------------------------------------------------- */

int
owed_admit(struct history *h, struct entry *e, struct parley_error *err)
{
	struct owed *o = &h->owed;

	if (e->todo == NULL)
		return 0;
	if (h->owed_chats + o->under_way < OWED_MOST) {
		o->under_way++;
		e->admitted = true;
		return 0;
	}
	o->refused++;
	parley_fail(err, PARLEY_BUSY, NULL, "too many changes wait for the store");
	if (err != NULL)
		err->retry_after = RETRY_SECONDS;
	return -1;
}

void
owed_leave(struct history *h, struct entry *e)
{
	if (e->admitted)
		h->owed.under_way--;
	e->admitted = false;
}

static void
paid(struct history *h, struct chat *c)
{
	h->owed_chats--;
	chat_put(h, &c);
}

/* ---- what is left ------------------------------------------------------------------------- */

static int
redo_other(void *arg, const struct parley_doc *doc, struct parley_error *err)
{
	const struct redoer *redoer = arg;
	struct parley_undone entry = {
		.from = parley_json_string_or(parley_json_get(doc->root, "from"), ""),
		.device = parley_json_string(parley_json_get(doc->root, "device")),
		.seq = doc->seq,
		.time = parley_json_int(parley_json_get(doc->root, "time"), 0),
	};
	char chat[PARLEY_KEY_MAX];
	struct change change;

	snprintf(chat, sizeof chat, "%.*s", (int)(strrchr(doc->key, '/') - doc->key), doc->key);
	change_read(&change, doc->root);
	entry.chat = chat;
	entry.kind = change.kind;
	entry.who = change.who;
	entry.role = change.role;
	entry.text = change.text;
	return redoer->fn(redoer->arg, &entry, err);
}

int
history_redo(void *self, const char *module,
    int (*fn)(void *arg, const struct parley_undone *entry, struct parley_error *err), void *arg,
    struct parley_error *err)
{
	struct history *h = self;
	struct redoer *redoer = h->owed.redoers, *end = redoer + h->owed.redoer_count;

	while (redoer < end && strcmp(redoer->module, module) != 0)
		redoer++;
	if (redoer == h->owed.redoers + REDOERS)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "more than %d modules redo entries", REDOERS);
	h->owed.redoer_count += redoer == end;
	*redoer = (struct redoer){ module, fn, arg };
	return journal_redo(module, NULL, redo_other, redoer, err);
}

int
owed_apply(struct history *h, struct chat *c, struct parley_error *err)
{
	if (!c->stuck)
		return 0;
	if (journal_redo("history", c->key, apply_undone, h, err) != 0)
		return -1;
	c->stuck = false;
	c->revision++;
	paid(h, c);
	return 0;
}

int
owed_settle(struct history *h, struct chat *c, struct parley_error *err)
{
	if (!c->owed)
		return 0;
	for (unsigned i = 0; i < h->owed.redoer_count; i++)
		if (journal_redo(h->owed.redoers[i].module, c->key, redo_other, &h->owed.redoers[i],
			err) != 0)
			return -1;
	c->owed = false;
	c->left = 0;
	paid(h, c);
	return 0;
}

int
history_settle(void *self, const char *chat, struct parley_error *err)
{
	struct history *h = self;
	struct chat *c = chat_known(h, chat);
	struct parley_ticket turn = { 0 };
	int rc;

	if (c == NULL || (!c->owed && !c->stuck))
		return 0;
	c->pins++;
	parley_lane_join(&c->lane, &turn);
	if (parley_await_turn(&turn) != 0)
		rc = parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	else if ((rc = owed_apply(h, c, err)) == 0)
		rc = owed_settle(h, c, err);
	parley_lane_leave(&turn);
	chat_put(h, &c);
	return rc;
}

/* A chat whose last entry is not done. */
struct owing {
	struct history *history;
	char chat[PARLEY_KEY_MAX];
};

/* What is owed is done as soon as the store lets it. */
static void
settle_soon(void *arg)
{
	struct owing *owing = arg;
	struct parley_error err = { 0 };
	int ms = SETTLE_MS;

	while (
	    parley_await_sleep(ms) == 0 && history_settle(owing->history, owing->chat, &err) != 0)
		ms = ms * 2 < SETTLE_MAX_MS ? ms * 2 : SETTLE_MAX_MS;
	free(owing);
}

/* Nothing else happens to the chat before this is done: done later, it would undo that. Until then
 * the chat stays in memory. */
static void
owe(struct history *h, const struct entry *e, bool *mark, const struct parley_error *why)
{
	struct chat *c = e->chat;
	struct owing *owing;

	parley_log_warn("history", "chat=%s seq=%lld the change will be done later: %s", c->key,
	    (long long)e->seq, why->text);
	if (*mark)
		return;
	*mark = true;
	c->pins++;
	h->owed_chats++;
	owing = parley_alloc(sizeof *owing);
	owing->history = h;
	snprintf(owing->chat, sizeof owing->chat, "%s", c->key);
	if (parley_spawn("history-settle", settle_soon, owing) != 0)
		free(owing); /* who changes the chat next does it */
}

void
owed_fail(struct history *h, struct entry *e, const struct parley_error *why)
{
	owe(h, e, &e->chat->stuck, why);
}

/* ---- a change ----------------------------------------------------------------------------- */

/* Puts a durable entry of another module in force. */
static void
change_carry_out(struct history *h, struct entry *e, const struct parley_change *what)
{
	struct parley_payload *frame = entry_frame(e, "", 0);
	struct parley_error err = { 0 };

	if (what->apply != NULL) {
		parley_noawait_begin();
		what->apply(what->arg, e->seq, frame);
		parley_noawait_end();
	}
	parley_payload_unref(&frame);
	if (what->leaver != NULL)
		member_leaves(h, e->chat, what->leaver, e->seq);
	if (what->store == NULL)
		return;
	if (what->store(what->arg, e->seq, &err) == 0 && entry_done(e, &err) == 0) {
		e->chat->left = 0;
		return;
	}
	owe(h, e, &e->chat->owed, &err);
}

int64_t
history_change(void *self, const struct parley_change *what, struct parley_error *err)
{
	struct entry e = {
		.from = what->from,
		.device = what->device,
		.change = { .kind = what->kind,
		    .who = what->who,
		    .role = what->role,
		    .text = what->text,
		    .on = -1 },
		.todo = what->store != NULL ? what->module : NULL,
	};
	struct chat *c = chat_get(self, what->from, what->chat, err);
	int64_t seq = -1;

	if (c == NULL)
		return -1;
	e.chat = c;
	if (entry_begin(self, &e, err) == 0 && entry_append(self, &e, err) == 0) {
		change_carry_out(self, &e, what);
		seq = e.seq;
	}
	entry_end(self, &e);
	chat_put(self, &c);
	return seq;
}
