/* SPDX-License-Identifier: MIT */
/* page.c - reading a chat: parts of it as they happened or as they are now. */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_MAX 2000 /* entries that are looked through for one answer */

/* ---- a run of entries --------------------------------------------------------------------- */

/* Entries of a chat from one place in one direction. */
struct run {
	const struct chat *chat;
	int64_t low, high; /* the places that may be read, both included */
	bool descending;
	bool everything; /* also changes of messages */
	uint32_t limit;
	struct parley_doc *docs[PARLEY_FIND_LIMIT]; /* found; in the direction of the run */
	uint32_t count, scanned;
	size_t bytes;
	int64_t first, last; /* the lowest and highest place looked at; 0: none */
	bool more;           /* there are further entries in that direction */
};

static void
run_fini(struct run *run)
{
	for (uint32_t i = 0; i < run->count; i++)
		parley_doc_free(&run->docs[i]);
	run->count = run->scanned = 0;
	run->bytes = 0;
}

static bool
run_is_full(const struct run *run)
{
	return run->count >= run->limit || run->bytes >= ANSWER_BYTES || run->scanned >= SCAN_MAX;
}

/* Takes what belongs into the run. */
static void
run_take(struct run *run, struct parley_docs *docs)
{
	uint32_t i = 0;

	for (; i < docs->count && !run_is_full(run); i++) {
		const struct parley_doc *doc = docs->docs[i];

		run->scanned++;
		run->first = run->first == 0 || doc->seq < run->first ? doc->seq : run->first;
		run->last = doc->seq > run->last ? doc->seq : run->last;
		if (!run->everything && document_is_message_change(doc))
			continue;
		run->bytes += parley_json_len(parley_json_get(doc->root, "text"));
		run->docs[run->count++] = docs->docs[i];
		docs->docs[i] = NULL;
	}
	run->more = i < docs->count;
}

static int
run_read(struct run *run, struct parley_error *err)
{
	struct parley_query q = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = run->chat->key },
		    { .field = "seq", .op = PARLEY_OP_GE, .integer = run->low },
		    { .field = "seq", .op = PARLEY_OP_LE, .integer = run->high } },
		.order_by = "seq",
		.descending = run->descending,
	};
	struct parley_docs docs = { 0 };
	uint32_t count;

	run->first = run->last = 0;
	do {
		q.limit = run->limit - run->count + 1;
		if (parley_store_find(&messages_collection, &q, &docs, err) != 0)
			return -1;
		count = docs.count;
		run_take(run, &docs);
		parley_docs_fini(&docs);
		if (run->descending)
			q.where[2].integer = run->first - 1;
		else
			q.where[1].integer = run->last + 1;
	} while (!run->more && count == q.limit);
	return 0;
}

/* Writes it in order of seq. */
static void
run_write(struct parley_writer *w, const struct run *run, const struct member *m)
{
	for (uint32_t i = 0; i < run->count; i++)
		document_put(
		    w, NULL, run->docs[run->descending ? run->count - 1 - i : i], m->name, m->from);
}

/* ---- pages -------------------------------------------------------------------------------- */

/* One answer: its runs are those before and behind a place, or one of them. */
struct page {
	struct parley_request *request;
	struct chat *chat;
	struct member *member;
	struct run *down, *up; /* either may be NULL */
	bool around;
};

static struct run *
run_new(const struct page *p, uint32_t limit)
{
	struct run *run = parley_alloc(sizeof *run);

	run->chat = p->chat;
	run->low = chat_floor(p->chat, p->member);
	run->high = INT64_MAX;
	run->limit = limit;
	return run;
}

static void
run_free(struct run *run)
{
	if (run != NULL)
		run_fini(run);
	free(run);
}

/* What the request asks for. Awaits. 0 or -1. */
static int
page_plan(struct page *p, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(p->request);
	const char *around = parley_json_string(parley_json_get(params, "around"));
	const struct parley_json *after = parley_json_get(params, "after");
	const struct parley_json *before = parley_json_get(params, "before");
	uint32_t limit = (uint32_t)parley_json_int(parley_json_get(params, "limit"), 50);
	struct parley_doc *doc;

	p->around = around != NULL;
	if (around != NULL) {
		doc = message_find(p->chat, p->member, around, "/params/around", err);
		if (doc == NULL)
			return -1;
		p->down = run_new(p, limit / 2 + 1);
		p->down->high = doc->seq;
		p->up = limit > p->down->limit ? run_new(p, limit - p->down->limit) : NULL;
		if (p->up != NULL)
			p->up->low = doc->seq + 1;
		parley_doc_free(&doc);
	} else if (after != NULL) {
		p->up = run_new(p, limit);
		p->up->everything = true;
		if (p->up->low <= parley_json_int(after, 0))
			p->up->low = parley_json_int(after, 0) + 1;
	} else {
		p->down = run_new(p, limit);
		if (before != NULL)
			p->down->high = parley_json_int(before, 0) - 1;
	}
	if (p->down != NULL)
		p->down->descending = true;
	return 0;
}

/* What is too old may have gone since it was planned, or read. */
static int
page_read_run(const struct page *p, struct run *run, struct parley_error *err)
{
	int64_t low = chat_floor(p->chat, p->member);

	if (run == NULL)
		return 0;
	run_fini(run);
	run->low = run->low > low ? run->low : low;
	return run_read(run, err);
}

static int
page_read(struct history *h, struct page *p, struct reading *rd, struct parley_error *err)
{
	int64_t joined;

	if (reading_begin(rd, h, p->chat, err) != 0)
		return -1;
	do {
		joined = p->member->joined;
		if (page_read_run(p, p->down, err) != 0 || page_read_run(p, p->up, err) != 0)
			return -1;
	} while (reading_again(rd) || p->member->joined != joined);
	return member_still(p->member, err);
}

static void
page_write(const struct page *p)
{
	struct parley_writer *w = parley_answer(p->request);
	const struct run *down = p->down, *up = p->up;
	int64_t first = down != NULL ? down->first : up->first;
	int64_t last = up != NULL && up->last > 0 ? up->last : down != NULL ? down->last : 0;

	parley_put_array(w, "messages");
	if (down != NULL)
		run_write(w, down, p->member);
	if (up != NULL)
		run_write(w, up, p->member);
	parley_put_end(w);
	parley_put_int(w, "first", first);
	parley_put_int(w, "last", last);
	parley_put_bool(w, "more", down != NULL ? down->more : up->more);
	if (p->chat->keep.first > 1)
		parley_put_int(w, "begins", p->chat->keep.first);
	if (p->around)
		parley_put_bool(w, "later", up != NULL ? up->more : true);
}

void
history_page(void *self, struct parley_request *r)
{
	struct page p = { .request = r };
	struct parley_error err = { 0 };
	struct reading rd = { 0 };

	p.chat = history_chat_get(self, r, &p.member);
	if (p.chat == NULL)
		return;
	if (page_plan(&p, &err) == 0 && page_read(self, &p, &rd, &err) == 0)
		page_write(&p);
	else
		parley_refuse_error(r, &err);
	reading_end(&rd);
	run_free(p.down);
	run_free(p.up);
	chat_put(self, &p.chat);
}
