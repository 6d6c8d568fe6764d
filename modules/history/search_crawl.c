/* SPDX-License-Identifier: MIT */
/* search_crawl.c - reads the archive for the index: from where that ends, when the node starts or
 * when more came than could wait; and what was edited, since that may not have been indexed again.
 *
 * Messages are archived in the order of their mids, and told of in that order. So when a reading
 * finds all that there is, and what was told of meanwhile was kept, nothing is missing and nothing
 * is there twice. */
#include "search.h"

#include <stdio.h>
#include <string.h>

#define CRAWL_LIMIT 200
#define AGAIN_LIMIT 50

bool
crawl_is_due(const struct search *s)
{
	return (!s->complete || s->again) && s->pending.count == 0;
}

/* False when there is no room; the first has. */
static bool
add_doc(struct search *s, const struct parley_doc *doc)
{
	const char *text = parley_json_string(parley_json_get(doc->root, "text"));
	char chat[PARLEY_KEY_MAX];
	struct waiting w = {
		.seq = doc->seq,
		.mid = parley_json_string_or(parley_json_get(doc->root, "mid"), ""),
		.chat = chat,
		.from = parley_json_string_or(parley_json_get(doc->root, "from"), ""),
		.text = text,
	};

	if (text == NULL || document_is_change(doc))
		return true;
	snprintf(chat, sizeof chat, "%.*s", (int)(strrchr(doc->key, '/') - doc->key), doc->key);
	return pending_add(s, &w, s->pending.count == 0);
}

/* Those before what was caught. True when all had room. */
static bool
add_docs(struct search *s, const struct parley_docs *docs)
{
	for (uint32_t i = 0; i < docs->count; i++) {
		const char *mid =
		    parley_json_string_or(parley_json_get(docs->docs[i]->root, "mid"), "");

		if (s->caught.count > 0 && strcmp(mid, s->caught_from) >= 0)
			continue;
		if (!add_doc(s, docs->docs[i]))
			return false;
		snprintf(s->position, sizeof s->position, "%s", mid);
	}
	return true;
}

/* Messages behind the position. *end_r: there are no more. */
static int
read_on(struct search *s, bool *end_r, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "mid", .op = PARLEY_OP_GT, .text = s->position } },
		.order_by = "mid",
		.limit = CRAWL_LIMIT,
	};
	struct parley_docs docs = { 0 };

	if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
		return -1;
	*end_r = add_docs(s, &docs) && docs.count < CRAWL_LIMIT;
	parley_docs_fini(&docs);
	return 0;
}

static int
crawl(struct search *s, struct parley_error *err)
{
	bool end = false;
	int rc;

	s->catching = s->near_end;
	rc = read_on(s, &end, err);
	if (s->catching && end) {
		s->complete = true;
		if (s->caught.count > 0)
			memcpy(s->position, s->caught_to, sizeof s->position);
		memcpy(s->crawled, s->position, sizeof s->crawled);
		pending_join(s);
	}
	s->near_end = end;
	s->catching = false;
	pending_drop_caught(s);
	return rc;
}

/* ---- what was edited ---------------------------------------------------------------------- */

int
search_read_again(struct search *s, const struct parley_doc *gone, struct parley_error *err)
{
	struct parley_error why = { 0 };
	struct parley_doc *doc = parley_store_get(&messages_collection, gone->key, &why);
	int rc = 0;

	if (doc == NULL && why.code != PARLEY_NOT_FOUND) {
		*err = why;
		return -1;
	}
	while (doc != NULL && rc == 0 && !add_doc(s, doc))
		rc = search_take(s);
	parley_doc_free(&doc);
	return rc;
}

static int
read_edited(struct search *s, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "key", .op = PARLEY_OP_GT, .text = s->again_key } },
		.order_by = "key",
		.limit = AGAIN_LIMIT,
	};
	struct parley_docs docs = { 0 };
	int rc = parley_store_find(&search_gone_collection, &query, &docs, err);

	for (uint32_t i = 0; i < docs.count && rc == 0; i++) {
		rc = search_read_again(s, docs.docs[i], err);
		if (rc == 0)
			snprintf(s->again_key, sizeof s->again_key, "%s", docs.docs[i]->key);
	}
	if (rc == 0 && docs.count < AGAIN_LIMIT)
		s->again = false;
	parley_docs_fini(&docs);
	return rc;
}

int
search_crawl(struct search *s, struct parley_error *err)
{
	return s->complete ? read_edited(s, err) : crawl(s, err);
}
