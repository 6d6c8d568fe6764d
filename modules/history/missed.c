/* SPDX-License-Identifier: MIT */
/* missed.c - what an account's device has missed, over all its chats in one order: the order of
 * mids, which is the order in which the archive took them. */
#include "history.h"

#include <stdlib.h>
#include <string.h>

/* One chat's part of it, oldest first. */
struct part {
	char stream[PARLEY_KEY_MAX];
	int64_t from; /* the messages behind this seq */
	int64_t may;  /* read what is from this one on */
	struct parley_docs docs;
	uint32_t next;
	bool more; /* than docs has */
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

/* Where the part begins. 1, or 0 when there is nothing, or -1. Who has left may not be stored as
 * one who has yet. */
static int
part_begin(struct history *h, const char *account, const char *peer, const char *mid,
    struct part *part, struct parley_error *err)
{
	struct chat *c = chat_get(h, account, peer, err);
	struct member *m = c != NULL ? member_get(h, c, account, err) : NULL;
	int rc = m != NULL ? 0 : -1;

	if (m == NULL || m->ended != 0) {
		chat_put(h, &c);
		return rc;
	}
	memcpy(part->stream, c->key, sizeof part->stream);
	part->may = m->from;
	if (mid == NULL)
		part->from = member_read(m);
	else if (strcmp(c->head_mid, mid) <= 0)
		part->from = c->head;
	else
		rc = seq_of_mid(c, mid, &part->from, err);
	if (part->from < chat_floor(c, m) - 1)
		part->from = chat_floor(c, m) - 1;
	if (rc == 0 && part->from < c->head)
		rc = 1;
	chat_put(h, &c);
	return rc;
}

static int
part_read(struct part *part, uint32_t limit, struct parley_error *err)
{
	const struct parley_query q = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = part->stream },
		    { .field = "seq", .op = PARLEY_OP_GT, .integer = part->from } },
		.order_by = "seq",
		.limit = limit,
	};

	if (parley_store_find(&messages_collection, &q, &part->docs, err) != 0)
		return -1;
	part->more = part->docs.count == limit;
	return 0;
}

/* All parts of account that have something. Together they read little more than is asked for,
 * however many chats there are. 0 or -1. */
static int
parts_read(struct history *h, const char *account, const char *mid, unsigned limit,
    struct part *parts, uint32_t *count_r, const struct parley_docs *members,
    struct parley_error *err)
{
	uint32_t count = 0, each;
	int rc = 0;

	for (uint32_t i = 0; i < members->count && rc >= 0; i++) {
		const struct parley_json *doc = members->docs[i]->root;

		if (parley_json_get(doc, "ended") != NULL)
			continue;
		rc = part_begin(h, account, parley_json_string_or(parley_json_get(doc, "peer"), ""),
		    mid, &parts[count], err);
		count += rc > 0;
	}
	*count_r = count;
	each = count > 1 ? 1 + 2 * limit / count : limit;
	for (uint32_t i = 0; i < count && rc >= 0; i++)
		rc = part_read(&parts[i], each < limit ? each : limit, err);
	return rc < 0 ? -1 : 0;
}

/* Whether there is more to tell behind what was told, up to the cut. */
static bool
part_has_more(const struct part *part, const char *cut)
{
	if (part->next == part->docs.count)
		return part->more;
	return strcmp(doc_mid(part->docs.docs[part->next]), cut) <= 0;
}

/* The part whose next message is the oldest; NULL at the end of what was read, and at the cut. */
static struct part *
oldest_part(struct part *parts, uint32_t count, const char *cut)
{
	struct part *oldest = NULL;

	for (uint32_t i = 0; i < count; i++) {
		struct part *p = &parts[i];

		if (p->next == p->docs.count && p->more)
			return NULL; /* its next may be older than those of the others */
		if (!part_has_more(p, cut))
			continue;
		if (oldest == NULL || strcmp(doc_mid(p->docs.docs[p->next]),
					  doc_mid(oldest->docs.docs[oldest->next])) < 0)
			oldest = p;
	}
	return oldest;
}

typedef void missed_fn(void *arg, const char *mid, const char *device, struct parley_text *frame);

/* Two people may have a device of the same id. */
static const char *
own_device(const struct parley_doc *doc, const char *account)
{
	const char *from = parley_json_string_or(parley_json_get(doc->root, "from"), "");

	if (strcmp(from, account) != 0)
		return "";
	return parley_json_string_or(parley_json_get(doc->root, "device"), "");
}

/* Returns the bytes of the frame. */
static size_t
part_tell(struct part *part, const char *account, missed_fn *fn, void *arg)
{
	const struct parley_doc *doc = part->docs.docs[part->next++];
	struct parley_text frame = { 0 };
	size_t bytes;

	document_frame(&frame, doc, account, part->may);
	bytes = frame.len;
	fn(arg, doc_mid(doc), own_device(doc, account), &frame);
	parley_text_fini(&frame);
	return bytes;
}

const char *
history_latest(void *self)
{
	const struct history *h = self;

	return h->latest;
}

/* The chats are read one after the other, so that a later one may have what was archived after an
 * earlier one was read. So only that is told which was archived before the first was read: nothing
 * that comes before the last that was told is still to come. */
int
history_missed(void *self, const char *account, const char *mid, unsigned limit,
    void (*fn)(void *arg, const char *mid, const char *device, struct parley_text *frame),
    void *arg, bool *more_r, struct parley_error *err)
{
	struct parley_docs members = { 0 };
	struct part *parts, *part;
	uint32_t count = 0;
	size_t bytes = 0;
	int told = 0, rc;
	char cut[37];

	memcpy(cut, ((struct history *)self)->latest, sizeof cut);
	if (history_members(account, &members, err) != 0)
		return -1;
	parts = parley_alloc((members.count + 1) * sizeof *parts);
	rc = parts_read(self, account, mid, limit, parts, &count, &members, err);
	while (rc == 0 && (unsigned)told < limit && bytes < ANSWER_BYTES &&
	       (part = oldest_part(parts, count, cut)) != NULL) {
		bytes += part_tell(part, account, fn, arg);
		told++;
	}
	*more_r = false;
	for (uint32_t i = 0; i < count; i++) {
		*more_r = *more_r || part_has_more(&parts[i], cut);
		parley_docs_fini(&parts[i].docs);
	}
	free(parts);
	parley_docs_fini(&members);
	return rc == 0 ? told : -1;
}
