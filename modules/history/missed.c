/* SPDX-License-Identifier: MIT */
/* missed.c - what an account's device has missed, over all its chats in one order: the order of
 * mids, which is the order in which the archive took them. */
#include "history.h"

#include <stdlib.h>
#include <string.h>

/* One chat's part of it, oldest first. */
struct part {
	struct parley_docs docs;
	uint32_t next;
};

static const char *
doc_mid(const struct parley_doc *doc)
{
	return parley_json_string_or(parley_json_get(doc->root, "mid"), "");
}

/* The seq of the last message of c that is not after mid: looked for from the end, where it is. */
static int
seq_of_mid(const struct chat *c, const char *mid, int64_t *out, struct parley_error *err)
{
	struct parley_query q = { .order_by = "seq", .descending = true, .limit = 200 };
	struct parley_docs docs = { 0 };
	int64_t before = c->head + 1;

	*out = 0;
	q.where[0] = (struct parley_cond){ .field = "stream", .op = PARLEY_OP_EQ, .text = c->key };
	do {
		q.where[1] =
		    (struct parley_cond){ .field = "seq", .op = PARLEY_OP_LT, .integer = before };
		parley_docs_fini(&docs);
		if (parley_store_find(&messages_collection, &q, &docs, err) != 0)
			return -1;
		for (uint32_t i = 0; i < docs.count && *out == 0; i++) {
			before = docs.docs[i]->seq;
			if (strcmp(doc_mid(docs.docs[i]), mid) <= 0)
				*out = before;
		}
	} while (*out == 0 && docs.count == q.limit);
	parley_docs_fini(&docs);
	return 0;
}

static int
part_read(struct history *h, const char *account, const char *peer, const char *mid, unsigned limit,
    struct part *part, struct parley_error *err)
{
	struct chat *c = chat_get(h, account, peer, err);
	struct parley_query q = { .order_by = "seq", .limit = limit };
	int64_t from;
	int rc = 0;

	if (c == NULL)
		return -1;
	from = mid == NULL ? chat_read(chat_member(c, account))
			   : (strcmp(c->head_mid, mid) <= 0 ? c->head : -1);
	if (from < 0)
		rc = seq_of_mid(c, mid, &from, err);
	q.where[0] = (struct parley_cond){ .field = "stream", .op = PARLEY_OP_EQ, .text = c->key };
	q.where[1] = (struct parley_cond){ .field = "seq", .op = PARLEY_OP_GT, .integer = from };
	if (rc == 0 && from < c->head)
		rc = parley_store_find(&messages_collection, &q, &part->docs, err);
	chat_put(h, &c);
	return rc;
}

/* The part whose next message is the oldest; NULL at the end. */
static struct part *
oldest_part(struct part *parts, uint32_t count)
{
	struct part *oldest = NULL;

	for (uint32_t i = 0; i < count; i++) {
		struct part *p = &parts[i];

		if (p->next == p->docs.count)
			continue;
		if (oldest == NULL || strcmp(doc_mid(p->docs.docs[p->next]),
					  doc_mid(oldest->docs.docs[oldest->next])) < 0)
			oldest = p;
	}
	return oldest;
}

int
history_missed(void *self, const char *account, const char *mid, unsigned limit,
    void (*fn)(void *arg, const char *mid, const char *device, struct parley_text *frame),
    void *arg, struct parley_error *err)
{
	struct parley_docs members = { 0 };
	struct part *parts, *part;
	unsigned told = 0;
	int rc = history_members(account, &members, err);

	parts = parley_alloc((members.count + 1) * sizeof *parts);
	for (uint32_t i = 0; i < members.count && rc == 0; i++)
		rc = part_read(self, account,
		    parley_json_string_or(parley_json_get(members.docs[i]->root, "peer"), ""), mid,
		    limit, &parts[i], err);
	while (rc == 0 && told < limit && (part = oldest_part(parts, members.count)) != NULL) {
		const struct parley_doc *doc = part->docs.docs[part->next++];
		struct parley_text frame = { 0 };

		document_frame(&frame, doc->root, doc->seq, account);
		fn(arg, doc_mid(doc),
		    parley_json_string_or(parley_json_get(doc->root, "device"), ""), &frame);
		parley_text_fini(&frame);
		told++;
	}
	for (uint32_t i = 0; i < members.count; i++)
		parley_docs_fini(&parts[i].docs);
	free(parts);
	parley_docs_fini(&members);
	return rc == 0 ? (int)told : -1;
}
