/* SPDX-License-Identifier: MIT */
/* apply.c - what a change of a message does to the archive. Everything here can be done again: a
 * change that a crash has interrupted is. */
#include "search.h"

#include <stdio.h>
#include <string.h>

/* ---- reactions ---------------------------------------------------------------------------- */

struct reaction_count
reactions_count(const struct parley_json *message, const char *emoji, const char *account)
{
	const struct parley_json *list = parley_json_get(message, "reactions"), *item, *who;
	struct reaction_count n = { 0 };

	for (item = parley_json_first(list); item != NULL; item = parley_json_next(list, item)) {
		bool same;

		who = parley_json_first(item);
		same = strcmp(parley_json_string_or(who, ""), emoji) == 0;
		n.emojis++;
		n.has_emoji = n.has_emoji || same;
		while ((who = parley_json_next(item, who)) != NULL) {
			n.all++;
			if (same && strcmp(parley_json_string_or(who, ""), account) == 0)
				n.has_own = true;
		}
	}
	return n;
}

/* One emoji and those who put it on, without account, or with it at the end. */
static void
put_reaction(struct parley_writer *w, const struct parley_json *item, const char *emoji,
    const char *account, bool on)
{
	const struct parley_json *who = parley_json_first(item);

	if (!on && parley_json_len(item) <= 2 && who != NULL &&
	    strcmp(parley_json_string_or(parley_json_next(item, who), ""), account) == 0)
		return; /* nobody is left */
	parley_put_array(w, NULL);
	parley_put_string(w, NULL, emoji);
	while (who != NULL && (who = parley_json_next(item, who)) != NULL)
		if (strcmp(parley_json_string_or(who, ""), account) != 0)
			parley_put_json(w, NULL, who);
	if (on)
		parley_put_string(w, NULL, account);
	parley_put_end(w);
}

static void
patch_reactions(struct parley_writer *w, const struct parley_json *message, const char *emoji,
    const char *account, bool on)
{
	const struct parley_json *list = parley_json_get(message, "reactions"), *item;
	struct reaction_count n = reactions_count(message, emoji, account);

	parley_put_array(w, "reactions");
	for (item = parley_json_first(list); item != NULL; item = parley_json_next(list, item))
		if (n.has_own != on &&
		    strcmp(parley_json_string_or(parley_json_first(item), ""), emoji) == 0)
			put_reaction(w, item, emoji, account, on);
		else
			parley_put_json(w, NULL, item);
	if (on && !n.has_emoji)
		put_reaction(w, NULL, emoji, account, true);
	parley_put_end(w);
}

/* ---- which one --------------------------------------------------------------------------- */

static const char *
mid_of(const struct parley_doc *target)
{
	return parley_json_string_or(parley_json_get(target->root, "mid"), "");
}

static void
stream_of(const struct parley_doc *target, char stream[PARLEY_KEY_MAX])
{
	snprintf(stream, PARLEY_KEY_MAX, "%.*s", (int)(strrchr(target->key, '/') - target->key),
	    target->key);
}

/* ---- the message -------------------------------------------------------------------------- */

static void
patch_edit(struct parley_writer *w, const struct change *change, int64_t time)
{
	parley_put_string(w, "text", change->text);
	if (change->mentions.count > 0)
		mentions_put_document(w, &change->mentions);
	else
		parley_put_null(w, "mentions");
	parley_put_int(w, "edited", time);
}

static void
patch_delete(struct parley_writer *w, const char *from, int64_t time)
{
	static const char *const gone[] = { "text", "mentions", "reply", "forward", "edited",
		"reactions", "pinned" };

	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		parley_put_null(w, gone[i]);
	parley_put_object(w, "deleted");
	parley_put_string(w, "by", from);
	parley_put_int(w, "time", time);
	parley_put_end(w);
}

static int
patch_message(const struct parley_doc *target, const struct change *change, const char *from,
    int64_t seq, int64_t time, struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc;

	if (parley_json_int(parley_json_get(target->root, "rev"), 0) >= seq)
		return 0;
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	if (strcmp(change->kind, "edit") == 0)
		patch_edit(&w, change, time);
	else if (strcmp(change->kind, "delete") == 0)
		patch_delete(&w, from, time);
	else if (strcmp(change->kind, "react") == 0 && change->emoji != NULL)
		patch_reactions(&w, target->root, change->emoji, from, change->on > 0);
	else if (strcmp(change->kind, "pin") == 0 && change->on > 0)
		parley_put_int(&w, "pinned", seq);
	else if (strcmp(change->kind, "pin") == 0)
		parley_put_null(&w, "pinned");
	parley_put_int(&w, "rev", seq);
	parley_put_end(&w);
	rc = parley_store_patch(&messages_collection, target->key, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

/* ---- earlier entries ---------------------------------------------------------------------- */

int
entries_find(const char *mid, const char *kind, const char *stream, int64_t before,
    struct parley_docs *docs, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "target", .op = PARLEY_OP_EQ, .text = mid },
		    { .field = "kind", .op = PARLEY_OP_EQ, .text = kind },
		    { .field = "stream", .op = PARLEY_OP_EQ, .text = stream },
		    { .field = "seq", .op = PARLEY_OP_LT, .integer = before } },
		.order_by = "seq",
		.descending = true,
		.limit = ENTRIES_FOUND,
	};

	*docs = (struct parley_docs){ 0 };
	return parley_store_find(&messages_collection, &query, docs, err);
}

/* Takes the texts or emoji out of what was found, so that they are nowhere. */
static int
scrub_found(const struct parley_docs *docs, const char *member, struct parley_error *err)
{
	struct parley_text json = { 0 };
	int rc = 0;

	parley_text_puts(&json, "{\"text\":null,\"old\":null,\"mentions\":null,\"emoji\":null}");
	for (uint32_t i = 0; i < docs->count && rc == 0; i++) {
		struct parley_error failed = { 0 };

		if (parley_json_get(docs->docs[i]->root, member) == NULL ||
		    parley_store_patch(
			&messages_collection, docs->docs[i]->key, &json, NULL, &failed) == 0 ||
		    failed.code == PARLEY_NOT_FOUND) /* it was too old, and has gone meanwhile */
			continue;
		*err = failed;
		rc = -1;
	}
	parley_text_fini(&json);
	return rc;
}

/* The same for all entries of a kind before one, the last of them first. What has been done before
 * is passed over. */
static int
scrub(const struct parley_doc *target, const char *kind, const char *member, int64_t seq,
    struct parley_error *err)
{
	const char *mid = mid_of(target);
	char stream[PARLEY_KEY_MAX];
	struct parley_docs docs;
	uint32_t count;
	int rc;

	stream_of(target, stream);
	do {
		if (entries_find(mid, kind, stream, seq, &docs, err) != 0)
			return -1;
		count = docs.count;
		if (count > 0)
			seq = docs.docs[count - 1]->seq;
		rc = scrub_found(&docs, member, err);
		parley_docs_fini(&docs);
	} while (rc == 0 && count == ENTRIES_FOUND);
	return rc;
}

static int
scrub_earlier(const struct history *h, const struct parley_doc *target, const char *kind,
    int64_t seq, struct parley_error *err)
{
	if (strcmp(kind, "delete") == 0) {
		if (scrub(target, "edit", "text", seq, err) != 0)
			return -1;
		return scrub(target, "react", "emoji", seq, err);
	}
	if (strcmp(kind, "edit") != 0 || h->keep_versions)
		return 0;
	return scrub(target, "edit", "text", seq, err);
}

/* ---- the index of words ------------------------------------------------------------------- */

static int
forget_words(struct history *h, const struct parley_doc *target, struct parley_error *err)
{
	char stream[PARLEY_KEY_MAX];

	stream_of(target, stream);
	return search_forget(h, stream, target->seq, mid_of(target), err);
}

static void
note_words(struct history *h, const struct parley_doc *target, const char *text)
{
	char stream[PARLEY_KEY_MAX];

	stream_of(target, stream);
	search_note_again(h, stream, target->seq, mid_of(target),
	    parley_json_string_or(parley_json_get(target->root, "from"), ""), text);
}

/* ---- a change ----------------------------------------------------------------------------- */

int
apply_change(struct history *h, const struct parley_doc *target, const struct change *change,
    const char *from, int64_t seq, int64_t time, struct parley_error *err)
{
	bool edit = strcmp(change->kind, "edit") == 0, delete = strcmp(change->kind, "delete") == 0;

	if (target == NULL)
		return 0;
	if ((edit || delete) && (mentioned_drop(h, target, &change->mentions, err) != 0 ||
				    forget_words(h, target, err) != 0))
		return -1;
	if (patch_message(target, change, from, seq, time, err) != 0)
		return -1;
	if (edit)
		note_words(h, target, change->text);
	return scrub_earlier(h, target, change->kind, seq, err);
}

int
apply_undone(void *history, const struct parley_doc *doc, struct parley_error *err)
{
	struct parley_query query = { .where = { { .field = "mid", .op = PARLEY_OP_EQ } },
		.limit = 1 };
	struct parley_docs docs = { 0 };
	struct change change;
	int rc;

	if (!document_is_change(doc))
		return mentioned_add(history, doc, NULL, err);
	change_read(&change, doc->root);
	if (strcmp(change.kind, "keep") == 0)
		return keep_redo(history, doc, err);
	if (change.target == NULL)
		return 0;
	query.where[0].text = change.target;
	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	rc = apply_change(history, docs.count > 0 ? docs.docs[0] : NULL, &change,
	    parley_json_string_or(parley_json_get(doc->root, "from"), ""), doc->seq,
	    parley_json_int(parley_json_get(doc->root, "time"), 0), err);
	parley_docs_fini(&docs);
	return rc;
}

/* ---- what is too old ---------------------------------------------------------------------- */

bool
document_is_husk(const struct parley_doc *doc)
{
	return parley_json_get(doc->root, "husk") != NULL;
}

/* Mentions, words, and what was said of a message later. */
static int
remove_traces(struct history *h, const struct parley_doc *doc, struct parley_error *err)
{
	static const struct mentions none;

	if (mentioned_drop(h, doc, &none, err) != 0)
		return -1;
	if (parley_json_get(doc->root, "text") != NULL && forget_words(h, doc, err) != 0)
		return -1;
	if (parley_json_get(doc->root, "rev") == NULL)
		return 0;
	if (scrub(doc, "edit", "text", INT64_MAX, err) != 0)
		return -1;
	return scrub(doc, "react", "emoji", INT64_MAX, err);
}

/* What is left tells that the chat came so far, and when. */
static int
make_husk(const struct parley_doc *doc, struct parley_error *err)
{
	static const char *const gone[] = { "text", "old", "mentions", "reply", "forward", "edited",
		"deleted", "reactions", "pinned", "rev", "emoji", "who", "role", "target" };
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		parley_put_null(&w, gone[i]);
	parley_put_int(&w, "husk", 1);
	parley_put_end(&w);
	rc = parley_store_patch(&messages_collection, doc->key, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}

int
apply_remove(struct history *h, const struct parley_doc *doc, bool husk, struct parley_error *err)
{
	struct parley_error failed = { 0 };
	int rc;

	if (husk && document_is_husk(doc))
		return 0;
	if (!document_is_change(doc) && remove_traces(h, doc, err) != 0)
		return -1;
	rc = husk ? make_husk(doc, &failed)
		  : parley_store_remove(&messages_collection, doc->key, NULL, &failed);
	if (rc == 0 || failed.code == PARLEY_NOT_FOUND)
		return 0;
	*err = failed;
	return -1;
}
