/* SPDX-License-Identifier: MIT */
/* single.c - single messages of a chat: by their ids, the pinned ones, what one said before, and
 * the first of a day. */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GET_MAX 50 /* the schema's */

/* Writes documents in their order, as many as fit into an answer. */
static void
write_docs(struct parley_request *r, struct parley_doc *const *docs, uint32_t count)
{
	struct parley_writer *w = parley_answer(r);
	uint32_t told = 0;

	parley_put_array(w, "messages");
	for (; told < count && w->out->len < ANSWER_BYTES; told++)
		document_put(w, NULL, docs[told], parley_request_account(r), 0); /* no changes */
	parley_put_end(w);
	if (told < count)
		parley_put_bool(w, "more", true);
}

/* ---- history.get -------------------------------------------------------------------------- */

static int
by_seq(const void *a, const void *b)
{
	const struct parley_doc *x = *(struct parley_doc *const *)a;
	const struct parley_doc *y = *(struct parley_doc *const *)b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static bool
has_doc(struct parley_doc *const *docs, uint32_t count, int64_t seq)
{
	for (uint32_t i = 0; i < count; i++)
		if (docs[i]->seq == seq)
			return true;
	return false;
}

static void
docs_free(struct parley_doc **docs, uint32_t *count)
{
	while (*count > 0)
		parley_doc_free(&docs[--*count]);
}

static int
get_read(const struct chat *c, const struct member *m, const struct parley_json *mids,
    struct parley_doc **docs, uint32_t *count, struct parley_error *err)
{
	const struct parley_json *mid = parley_json_first(mids);

	docs_free(docs, count);
	for (; mid != NULL && *count < GET_MAX; mid = parley_json_next(mids, mid)) {
		struct parley_error missing = { 0 };
		struct parley_doc *doc =
		    message_find(c, m, parley_json_string_or(mid, ""), NULL, &missing);

		if (doc == NULL && missing.code != PARLEY_NOT_FOUND &&
		    missing.code != PARLEY_GONE) {
			*err = missing;
			return -1;
		}
		if (doc == NULL)
			continue;
		if (has_doc(docs, *count, doc->seq))
			parley_doc_free(&doc);
		else
			docs[(*count)++] = doc;
	}
	return 0;
}

static bool
has_mid(struct parley_doc *const *docs, uint32_t count, const char *mid)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(parley_json_string_or(parley_json_get(docs[i]->root, "mid"), ""), mid) ==
		    0)
			return true;
	return false;
}

/* Writes which of them were too old, if any: a reply to one of them is still there. */
static void
write_gone(struct parley_request *r, const struct chat *c, const struct parley_json *mids,
    struct parley_doc *const *docs, uint32_t count)
{
	struct parley_writer *w = parley_answer(r);
	const struct parley_json *mid = parley_json_first(mids);
	bool any = false;

	for (; mid != NULL; mid = parley_json_next(mids, mid)) {
		const char *text = parley_json_string_or(mid, "");

		if (!keep_is_gone(c, text) || has_mid(docs, count, text))
			continue;
		if (!any)
			parley_put_array(w, "gone");
		any = true;
		parley_put_string(w, NULL, text);
	}
	if (any)
		parley_put_end(w);
}

void
history_get(void *self, struct parley_request *r)
{
	const struct parley_json *mids = parley_json_get(parley_request_params(r), "mids");
	struct parley_doc *docs[GET_MAX];
	struct parley_error err = { 0 };
	struct reading rd = { 0 };
	struct member *m;
	struct chat *c = history_chat_get(self, r, &m);
	uint32_t count = 0;
	int rc;

	if (c == NULL)
		return;
	rc = reading_begin(&rd, self, c, &err);
	if (rc == 0)
		do
			rc = get_read(c, m, mids, docs, &count, &err);
		while (rc == 0 && reading_again(&rd));
	if (rc == 0)
		rc = member_still(m, &err);
	if (rc == 0) {
		qsort(docs, count, sizeof *docs, by_seq);
		write_docs(r, docs, count);
		write_gone(r, c, mids, docs, count);
	} else {
		parley_refuse_error(r, &err);
	}
	reading_end(&rd);
	docs_free(docs, &count);
	chat_put(self, &c);
}

/* ---- history.pins ------------------------------------------------------------------------- */

void
history_pins(void *self, struct parley_request *r)
{
	struct parley_docs docs = { 0 };
	struct parley_error err = { 0 };
	struct reading rd = { 0 };
	struct parley_query query;
	struct member *m;
	struct chat *c = history_chat_get(self, r, &m);
	uint32_t count = 0;
	int rc;

	if (c == NULL)
		return;
	query = pins_query(c);
	rc = reading_begin(&rd, self, c, &err);
	if (rc == 0)
		do {
			parley_docs_fini(&docs);
			rc = parley_store_find(&messages_collection, &query, &docs, &err);
		} while (rc == 0 && reading_again(&rd));
	if (rc == 0)
		rc = member_still(m, &err);
	for (uint32_t i = 0; i < docs.count; i++) /* those that may be read come first */
		if (docs.docs[i]->seq >= chat_floor(c, m)) {
			struct parley_doc *doc = docs.docs[i];

			docs.docs[i] = docs.docs[count];
			docs.docs[count++] = doc;
		}
	if (rc == 0)
		write_docs(r, docs.docs, count);
	else
		parley_refuse_error(r, &err);
	reading_end(&rd);
	parley_docs_fini(&docs);
	chat_put(self, &c);
}

/* ---- history.versions --------------------------------------------------------------------- */

/* What a message said until it was edited first, and from then on; without the last of it, which is
 * what it says now. edits: the last first. */
static void
versions_write(
    struct parley_request *r, const struct parley_doc *message, const struct parley_docs *edits)
{
	struct parley_writer *w = parley_answer(r);
	const struct parley_json *time = parley_json_get(message->root, "time"), *text = NULL;

	parley_put_array(w, "versions");
	for (uint32_t i = edits->count; i > 0 && w->out->len < ANSWER_BYTES; i--) {
		const struct parley_json *edit = edits->docs[i - 1]->root;

		if (text == NULL)
			text = parley_json_get(edit, "old");
		if (text != NULL) {
			parley_put_object(w, NULL);
			parley_put_json(w, "text", text);
			parley_put_time(w, "time", parley_json_int(time, 0));
			parley_put_end(w);
		}
		text = parley_json_get(edit, "text");
		time = parley_json_get(edit, "time");
	}
	parley_put_end(w);
}

void
history_versions(void *self, struct parley_request *r)
{
	const char *mid = parley_json_string(parley_json_get(parley_request_params(r), "mid"));
	struct history *h = self;
	const struct parley_docs none = { 0 };
	struct parley_docs docs = { 0 };
	struct parley_error err = { 0 };
	struct parley_doc *message = NULL;
	struct reading rd = { 0 };
	struct member *m;
	struct chat *c = history_chat_get(self, r, &m);
	int rc;

	if (c == NULL)
		return;
	rc = reading_begin(&rd, self, c, &err);
	if (rc == 0)
		do {
			parley_doc_free(&message);
			parley_docs_fini(&docs);
			message = message_find(c, m, mid, "/params/mid", &err);
			rc = message != NULL
				 ? entries_find(mid, "edit", c->key, INT64_MAX, &docs, &err)
				 : -1;
		} while (rc == 0 && reading_again(&rd));
	if (rc == 0)
		rc = member_still(m, &err);
	if (rc == 0)
		versions_write(r, message, h->keep_versions ? &docs : &none);
	else
		parley_refuse_error(r, &err);
	reading_end(&rd);
	parley_doc_free(&message);
	parley_docs_fini(&docs);
	chat_put(self, &c);
}
