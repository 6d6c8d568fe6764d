/* SPDX-License-Identifier: MIT */
/* edit.c - messages that say something else now, or nothing any more. */
#include "history.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool
is_own(const struct attempt *t)
{
	return strcmp(parley_json_string_or(parley_json_get(t->target->root, "from"), ""),
		   t->account) == 0;
}

static bool
is_deleted(const struct attempt *t)
{
	return parley_json_get(t->target->root, "deleted") != NULL;
}

/* Whether the message is still so young, in seconds. Notes to oneself always are. */
static bool
is_within(const struct attempt *t, int64_t window)
{
	int64_t time = parley_json_int(parley_json_get(t->target->root, "time"), 0);

	return t->entry.chat->side_count == 1 || parley_now() - time < window * 1000;
}

/* ---- edit --------------------------------------------------------------------------------- */

/* Whether it is a text of one's own at all. */
static int
is_editable(const struct attempt *t, struct parley_error *err)
{
	if (!is_own(t))
		return parley_fail(
		    err, PARLEY_NOT_ALLOWED, NULL, "only its author can edit a message");
	if (is_deleted(t))
		return parley_fail(err, PARLEY_GONE, NULL, "this message was deleted");
	if (parley_json_get(t->target->root, "forward") != NULL)
		return parley_fail(
		    err, PARLEY_NOT_ALLOWED, NULL, "what was forwarded cannot be edited");
	return 0;
}

static int
may_edit(const struct attempt *t, struct parley_error *err)
{
	int64_t longest = parley_message_longest();
	const char *text = t->entry.change.text;

	if ((int64_t)parley_utf8_length(text, strlen(text)) > longest)
		return parley_fail(err, PARLEY_TOO_LARGE, "/params/text",
		    "must be at most %" PRId64 " characters", longest);
	if (t->history->edit_window == 0)
		return parley_fail(
		    err, PARLEY_NOT_ALLOWED, NULL, "messages cannot be edited on this node");
	if (!is_within(t, t->history->edit_window))
		return parley_fail(
		    err, PARLEY_NOT_ALLOWED, NULL, "the time to edit this message is over");
	return 0;
}

/* In a group one must also be allowed to write now. */
static int
may_post(const struct attempt *t, struct parley_error *err)
{
	const struct parley_groups_1 *groups;
	void *self;

	if (!chat_is_group(t->entry.chat))
		return 0;
	groups = parley_service_find("groups/1", &self);
	if (groups == NULL)
		return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such group");
	return groups->may(self, t->entry.chat->key + 1, t->account, PARLEY_GROUP_POST, NULL, err);
}

static int
edit_check(struct attempt *t, struct parley_error *err)
{
	const struct parley_json *target = t->target->root;
	struct change *change = &t->entry.change;
	const char *before = parley_json_string_or(parley_json_get(target, "text"), "");

	change->text =
	    parley_json_string(parley_json_get(parley_request_params(t->request), "text"));
	if (is_editable(t, err) != 0)
		return -1;
	if (strcmp(change->text, before) == 0)
		return 0;
	if (may_edit(t, err) != 0 || may_post(t, err) != 0)
		return -1;
	if (mentions_find(t->entry.chat->key, t->account, change->text, &change->mentions, err) !=
	    0)
		return -1;
	if (t->history->keep_versions && parley_json_get(target, "edited") == NULL)
		change->old = before;
	change->place = t->target->seq;
	return entry_meet(t->history, &t->entry, err) == 0 ? 1 : -1;
}

void
history_edit(void *self, struct parley_request *r)
{
	attempt_run(self, r, "edit", edit_check);
}

/* ---- delete ------------------------------------------------------------------------------- */

static int
may_delete_others(const struct attempt *t, struct parley_error *err)
{
	const char *whose = parley_json_string_or(parley_json_get(t->target->root, "from"), "");
	const struct parley_groups_1 *groups;
	void *self;

	groups = parley_service_find("groups/1", &self);
	if (groups == NULL)
		return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such group");
	return groups->may(
	    self, t->entry.chat->key + 1, t->account, PARLEY_GROUP_DELETE, whose, err);
}

static int
delete_check(struct attempt *t, struct parley_error *err)
{
	struct parley_error other = { 0 };
	int64_t window = t->history->delete_window;

	if (is_deleted(t))
		return 0;
	if (is_own(t) && window > 0 && is_within(t, window))
		return 1;
	if (chat_is_group(t->entry.chat) && may_delete_others(t, &other) == 0)
		return 1; /* a moderator can */
	if (!is_own(t) && !chat_is_group(t->entry.chat))
		return parley_fail(
		    err, PARLEY_NOT_ALLOWED, NULL, "only its author can delete a message");
	if (!is_own(t)) {
		*err = other;
		return -1;
	}
	return parley_fail(err, PARLEY_NOT_ALLOWED, NULL,
	    window == 0 ? "messages cannot be deleted on this node"
			: "the time to delete this message is over");
}

void
history_delete(void *self, struct parley_request *r)
{
	attempt_run(self, r, "delete", delete_check);
}
