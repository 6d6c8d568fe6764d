/* SPDX-License-Identifier: MIT */
/* history.c - the archive: every message is in it before it is acknowledged or delivered. */
#include "keep.h"
#include "search.h"
#include "shelf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct parley_field message_fields[] = {
	{ "mid", PARLEY_FIELD_TEXT },
	{ "change", PARLEY_FIELD_INT },  /* 1 in an entry that is no message */
	{ "todo", PARLEY_FIELD_TEXT },   /* the module that has not yet done all that it tells of */
	{ "target", PARLEY_FIELD_TEXT }, /* the mid of the message that it changes */
	{ "kind", PARLEY_FIELD_TEXT },   /* how */
	{ "pinned", PARLEY_FIELD_INT },  /* the seq of the change that pinned the message */
	{ 0 },
};
/* A plain message is in the first alone. */
static const struct parley_index message_indexes[] = {
	{ .fields = { "mid" }, .unique = true },
	{ .fields = { "stream", "change", "seq" }, .sparse = true },
	{ .fields = { "todo", "stream", "seq" }, .sparse = true },
	{ .fields = { "target", "kind", "stream", "seq" }, .sparse = true },
	{ .fields = { "stream", "pinned" }, .sparse = true },
	{ .fields = { NULL } },
};
/* What was said, in all its parts. */
static const char *const message_secret[] = { "text", "old", "mentions", "reply", "reactions",
	"emoji", NULL };
const struct parley_collection messages_collection = {
	.name = "messages",
	.version = 3,
	.fields = message_fields,
	.indexes = message_indexes,
	.log = true,
	.secret = message_secret,
};

static const struct parley_field member_fields[] = {
	{ "account", PARLEY_FIELD_TEXT },
	{ "peer", PARLEY_FIELD_TEXT },
	{ 0 },
};
static const struct parley_index member_indexes[] = {
	{ .fields = { "account", "peer" } },
	{ .fields = { NULL } },
};
/* Which chats an account has, and how far it has read: "alice/alice+bob", "alice/#club". */
const struct parley_collection members_collection = {
	.name = "members",
	.version = 2,
	.fields = member_fields,
	.indexes = member_indexes,
};

/* ---- a message on its way ----------------------------------------------------------------- */

/* The last check: nobody refuses it any more, so the chat may come into being. */
static enum parley_verdict
history_prepare(void *self, struct parley_message *m)
{
	bool group = parley_message_to_group(m);
	struct member *from = NULL;
	struct parley_error err = { 0 };
	struct chat *c = chat_get(self, m->from.name, group ? m->chat : m->to.name, &err);
	int rc = -1;

	if (c != NULL && group) /* so that it is noted how far they have read */
		from = member_reader(self, c, m->from.name, &err);
	else if (c != NULL && chat_store_members(self, c, &err) == 0)
		from = chat_member(c, m->from.name);
	if (from != NULL)
		rc = quote_check(self, m, c, from, &err);

	chat_put(self, &c);
	return rc == 0 ? PARLEY_PASS : parley_message_refuse_error(m, &err);
}

/* Not snprintf: it is on the way of every message. */
static void
origin_write(char origin[PARLEY_KEY_MAX], const char *account, const char *id)
{
	size_t len = strlen(account), rest = strlen(id);

	parley_assert(len + 1 + rest < PARLEY_KEY_MAX);
	memcpy(origin, account, len);
	origin[len] = '/';
	memcpy(origin + len + 1, id, rest + 1);
}

static enum parley_verdict
history_append(void *self, struct parley_message *m)
{
	struct parley_append *a = &m->append;

	memcpy(a->stream, m->chat, strlen(m->chat) + 1); /* it is a key */
	origin_write(a->origin, m->from.name, m->id);
	document_write(&a->json, m);
	if (m->kept.len == 0) /* else there may be other fields in it */
		a->only = m->mid;
	m->archiving = true;
	parley_store_append(&messages_collection, a);
	return PARLEY_PASS;
}

/* Refused, but it may have been archived when it came first. */
static enum parley_verdict
history_seek(void *self, struct parley_message *m)
{
	struct parley_append *a = &m->append;

	origin_write(a->origin, m->from.name, m->id);
	a->seek = true;
	m->archiving = true;
	parley_store_append(&messages_collection, a);
	return PARLEY_PASS;
}

/* The same id again: the answer is the one that was given, or would have been. */
static void
message_repeat(struct parley_message *m, const struct parley_doc *earlier)
{
	m->repeated = true;
	snprintf(m->mid, sizeof m->mid, "%s",
	    parley_json_string_or(parley_json_get(earlier->root, "mid"), ""));
	m->time = parley_json_int(parley_json_get(earlier->root, "time"), 0);
}

static enum parley_verdict
history_archived(void *self, struct parley_message *m)
{
	struct history *h = self;
	struct chat *c;

	m->seq = m->append.seq;
	if (m->append.earlier != NULL) {
		message_repeat(m, m->append.earlier);
		parley_doc_free(&m->append.earlier);
		return PARLEY_PASS;
	}
	c = chat_known(h, m->chat);
	h->appended++;
	history_note(h, m->mid);
	if (c != NULL) {
		chat_note(c, m->mid, m->from.name, m->seq, m->time, parley_now());
		shelf_chat_changed(h, c);
	} else {
		shelf_key_changed(h, m->chat);
	}
	if (m->kept.s != NULL && strstr(m->kept.s, MENTIONS_TODO) != NULL)
		mentioned_keep(h, c, m);
	search_note(h, m->chat, m->seq, m->mid, m->from.name, m->text);
	return PARLEY_PASS;
}

/* ---- load and unload ---------------------------------------------------------------------- */

/* Ids stay in order although the clock may have been set back while the node was down. */
static int
start_ids(struct history *h, struct parley_error *err)
{
	struct parley_query query = { .order_by = "mid", .descending = true, .limit = 1 };
	struct parley_docs docs = { 0 };

	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	if (docs.count == 1)
		history_note(
		    h, parley_json_string_or(parley_json_get(docs.docs[0]->root, "mid"), ""));
	parley_mid_start_after(h->latest);
	parley_docs_fini(&docs);
	return 0;
}

static void
history_reload(void *self)
{
	struct history *h = self;

	parley_hello_limit("edit", h->edit_window);
	parley_hello_limit("delete", h->delete_window);
	keep_reload(h);
}

static int
history_load(void *self, struct parley_error *err)
{
	struct history *h = self;

	history_reload(h);
	h->chats = parley_table_new();
	h->awaited = parley_table_new();
	h->shelves = parley_table_new();
	h->watches = parley_table_new();
	if (keep_load(h, err) != 0)
		return -1;
	if (h->searching && search_load(h, err) != 0)
		return -1;
	if (journal_redo("history", NULL, apply_undone, h, err) != 0)
		return -1;
	if (h->searching && search_begin(h, err) != 0)
		return -1;
	if (walk_begin(h, err) != 0)
		return -1;
	if (parley_spawn("history-receipts", receipts_save, h) != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "no fiber is free");
	return start_ids(h, err);
}

static void
history_unload(void *self)
{
	struct history *h = self;

	receipts_free(h);
	search_unload(h);
	keep_unload(h);
	if (h->chats == NULL)
		return;
	shelf_free_all(h);
	chat_free_all(h);
	parley_table_free(&h->chats);
	parley_table_free(&h->shelves);
	parley_table_free(&h->watches);
}

/* ---- what it is --------------------------------------------------------------------------- */

static const struct parley_hook history_hooks[] = {
	{ .name = "message-check", .priority = 1000, .message = history_prepare },
	{ .name = "message-refused", .message = history_seek },
	{ .name = "message-archive", .message = history_append },
	{ .name = "message-archived", .message = history_archived },
	{ .name = "message-delivered", .message = receipts_delivered },
	{ .name = "session-acked", .acked = receipts_acked },
	{ .name = "session-ended", .session = receipts_ended },
	{ 0 },
};

static const struct parley_method history_methods[] = {
	{ "history.page", PARLEY_ROLES_USERS, history_page },
	{ "history.inbox", PARLEY_ROLES_USERS, history_inbox },
	{ "history.read", PARLEY_ROLES_USERS, history_read },
	{ "history.unread", PARLEY_ROLES_USERS, history_unread },
	{ "history.get", PARLEY_ROLES_USERS, history_get },
	{ "history.date", PARLEY_ROLES_USERS, history_date },
	{ "history.search", PARLEY_ROLES_USERS, history_search },
	{ "history.pins", PARLEY_ROLES_USERS, history_pins },
	{ "history.versions", PARLEY_ROLES_USERS, history_versions },
	{ "history.edit", PARLEY_ROLES_USERS, history_edit },
	{ "history.delete", PARLEY_ROLES_USERS, history_delete },
	{ "history.react", PARLEY_ROLES_USERS, history_react },
	{ "history.pin", PARLEY_ROLES_USERS, history_pin },
	{ "history.readers", PARLEY_ROLES_USERS, history_readers },
	{ "history.set", PARLEY_ROLES_USERS, history_set },
	{ "history.typing", PARLEY_ROLES_USERS, history_typing },
	{ "history.keep", PARLEY_ROLES_USERS, history_keep },
	{ "retention.status", PARLEY_ROLE_OPERATOR, retention_status },
	{ "retention.set", PARLEY_ROLE_OPERATOR, retention_set },
	{ "retention.run", PARLEY_ROLE_OPERATOR, retention_run },
	{ 0 },
};

static const struct parley_option history_options[] = {
	PARLEY_OPT_INT(struct history, chats_cached, 5000, 10, 1000000,
	    "chats kept in memory, about 1 kB each"),
	PARLEY_OPT_INT(struct history, edit_window, 86400, 0, 315360000,
	    "seconds in which its author can edit a message; 0: nobody can"),
	PARLEY_OPT_INT(struct history, delete_window, 86400, 0, 315360000,
	    "seconds in which its author can delete a message; 0: nobody can, but moderators of "
	    "groups"),
	PARLEY_OPT_BOOL(struct history, keep_versions, true,
	    "whether everybody in a chat can read what an edited message said before"),
	PARLEY_OPT_INT(struct history, keep_direct_days, 0, 0, 36500,
	    "days for which messages between two people are kept; 0: for ever"),
	PARLEY_OPT_INT(struct history, keep_group_days, 0, 0, 36500,
	    "days for which messages to groups are kept; 0: for ever"),
	PARLEY_OPT_BOOL(struct history, searching, true,
	    "whether messages can be searched: keyed hashes of their words are kept for it"),
	PARLEY_OPT_INT(struct history, search_fresh, 4096, 64, 4096,
	    "messages whose words are kept in memory before they are written, about 700 bytes "
	    "each"),
	PARLEY_OPT_INT(struct history, search_pending, 16384, 64, 1048576,
	    "KiB of messages that may wait for the index of words; when more come it reads them "
	    "from the archive later"),
	PARLEY_OPT_INT(struct history, search_share, 10, 1, 100,
	    "percent of the time that each of the two tasks of the index of words may work while "
	    "messages come; at least 50 when none do"),
	{ 0 },
};

static void
history_chats_limit(const void *self, struct parley_fill *fill)
{
	const struct history *s = self;

	fill->used = s->chats_in_memory;
	fill->max = (uint64_t)s->chats_cached;
}

static void
history_members_limit(const void *self, struct parley_fill *fill)
{
	const struct history *s = self;

	fill->used = s->members_in_memory;
	fill->max = (uint64_t)s->chats_cached * MEMBERS_PER_CHAT;
}

static void
history_spots_limit(const void *self, struct parley_fill *fill)
{
	const struct history *s = self;

	fill->used = s->spots_in_memory;
	fill->max = (uint64_t)s->chats_cached * SPOTS_PER_CHAT;
}

static void
history_awaited_limit(const void *self, struct parley_fill *fill)
{
	const struct history *s = self;

	fill->used = parley_table_count(s->awaited);
	fill->max = parley_session_most();
}

static void
history_owed_limit(const void *self, struct parley_fill *fill)
{
	const struct history *s = self;

	*fill = (struct parley_fill){ s->owed_chats, OWED_MOST, s->owed.refused };
}

static void
history_search_pending_limit(const void *self, struct parley_fill *fill)
{
	const struct history *s = self;

	fill->used = s->search != NULL ? s->search->pending.bytes + s->search->caught.bytes : 0;
	fill->max = (uint64_t)s->search_pending * 1024;
}

static void
history_search_fresh_limit(const void *self, struct parley_fill *fill)
{
	const struct history *s = self;

	fill->used = s->search != NULL ? s->search->fresh_count : 0;
	fill->max = FRESH_MOST;
}

static const struct parley_limit history_limits[] = {
	{ "chats", history_chats_limit },
	{ "members", history_members_limit },
	{ "spots", history_spots_limit },
	{ "awaited", history_awaited_limit },
	{ "owed", history_owed_limit },
	{ "search_pending", history_search_pending_limit },
	{ "search_fresh", history_search_fresh_limit },
	{ 0 },
};

static const struct parley_metric history_metrics[] = {
	PARLEY_COUNTER(struct history, appended, "messages archived"),
	PARLEY_COUNTER(struct history, changed, "changes of messages and groups archived"),
	PARLEY_COUNTER(struct history, chats_loaded, "chats read from the store"),
	PARLEY_COUNTER(struct history, indexed, "messages whose words were indexed"),
	PARLEY_COUNTER(struct history, searches, "searches for words"),
	PARLEY_COUNTER(struct history, search_purged,
	    "messages that were deleted or edited and have left the index of words"),
	PARLEY_COUNTER(struct history, removed,
	    "messages and changes that were removed because they were too old"),
	PARLEY_COUNTER(struct history, walks, "walks over all chats to find what is too old"),
	PARLEY_GAUGE(struct history, damaged_chats,
	    "chats that the last walk had to pass by, because the store is damaged there"),
	PARLEY_GAUGE(struct history, sized_chats, "chats, when they were last measured"),
	PARLEY_GAUGE(struct history, sized_messages,
	    "messages and changes that are kept, when they were last measured"),
	PARLEY_GAUGE(struct history, sized_bytes,
	    "bytes of their documents, about, when they were last measured"),
	PARLEY_GAUGE(
	    struct history, sized_oldest, "the time of the oldest of them, in seconds since 1970"),
	PARLEY_GAUGE(struct history, disk_free_bytes,
	    "bytes that are free on the disk of the data folder, when they were last measured"),
	PARLEY_COUNTER(struct history, search_looks,
	    "messages that were read because the index of words named them"),
	PARLEY_COUNTER(struct history, search_overflows,
	    "times that too many messages waited for the index of words"),
	PARLEY_GAUGE(struct history, search_segments, "stored parts of the index of words"),
	PARLEY_GAUGE(struct history, search_gone,
	    "messages that were deleted or edited and have yet to leave it"),
	PARLEY_GAUGE(struct history, chats_in_memory, "chats kept in memory"),
	PARLEY_GAUGE(struct history, members_in_memory, "people in groups kept in memory"),
	PARLEY_GAUGE(struct history, owed_chats,
	    "chats in which a change is archived and waits for the store to be put in force"),
	PARLEY_GAUGE(struct history, spots_in_memory,
	    "chats kept in memory in the order of an account's inbox"),
	{ 0 },
};

static const struct parley_history_1 history_functions = {
	.missed = history_missed,
	.latest = history_latest,
	.peers = history_peers,
	.join = history_join,
	.leave = history_leave,
	.change = history_change,
	.redo = history_redo,
	.settle = history_settle,
	.put_keep = history_put_keep,
};
static const struct parley_service history_services[] = {
	{ "history/1", &history_functions },
	{ 0 },
};

static const struct parley_collection *const history_collections[] = {
	&messages_collection,
	&members_collection,
	&mentions_collection,
	&own_collection,
	&keep_collection,
	&moments_collection,
	&search_segments,
	&search_blocks,
	&search_gone_collection,
	NULL,
};

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "history",
	.summary = "the archive of messages, the inbox and read positions",
	.hooks = history_hooks,
	.methods = history_methods,
	.options = history_options,
	.collections = history_collections,
	.services = history_services,
	.metrics = history_metrics,
	.limits = history_limits,
	.state_size = sizeof(struct history),
	.load = history_load,
	.reload = history_reload,
	.unload = history_unload,
};
