/* SPDX-License-Identifier: MIT */
/* search_source.c - which messages have some terms: in a part of the index that is in memory, or in
 * a segment. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

#define READ_BLOCKS 16  /* at once */
#define OWN_MAX     256 /* chats that are asked for one by one, */
#define OWN_COST    4   /* each instead of so many blocks of places */

static void
find_in_part(const struct part *part, uint32_t term, struct numbers *out)
{
	const struct postings *p = &part->postings;

	for (size_t i = postings_seek(p, term); i < p->count && p->list[i] >> 32 == term; i++)
		numbers_add(out, (uint32_t)p->list[i]);
}

/* The first block that may have the term. */
static uint32_t
first_block(const struct segment *seg, uint32_t term)
{
	uint32_t low = 0, high = seg->blocks;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (seg->terms[middle] < term)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? low - 1 : 0;
}

/* What blocks that were read say of a term. */
struct decoding {
	uint32_t term, messages; /* messages: of the segment */
	struct parley_docs docs;
	struct numbers *out;
	int rc;
	struct parley_error err;
};

/* Any thread. */
static void
read_blocks(void *arg)
{
	struct decoding *r = arg;
	struct parley_text bytes = { 0 };
	struct block_reader b;

	for (uint32_t i = 0; i < r->docs.count && r->rc == 0; i++) {
		parley_text_clear(&bytes);
		r->rc = block_bytes(r->docs.docs[i], &bytes, &r->err);
		if (r->rc != 0)
			break;
		block_open(&b, &bytes);
		while (block_next_term(&b) && b.term <= r->term)
			while (b.term == r->term && block_next_message(&b))
				if (b.message < r->messages)
					numbers_add(r->out, b.message);
	}
	parley_text_fini(&bytes);
}

/* One block is read here and now; many are a worker's. */
static int
find_in_blocks(const struct segment *seg, uint32_t term, uint32_t from, uint32_t count,
    struct numbers *out, struct parley_error *err)
{
	struct decoding r = { .term = term, .messages = seg->count, .out = out };
	int rc = segment_read(seg, 't', from, count, &r.docs, err);

	if (rc == 0 && count > 1)
		rc = parley_await_work(read_blocks, &r);
	if (rc == PARLEY_CANCELED)
		rc = parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	else if (rc == PARLEY_AGAIN || (rc == 0 && count == 1))
		read_blocks(&r);
	parley_docs_fini(&r.docs);
	if (r.rc != 0)
		*err = r.err;
	return rc == -1 ? -1 : r.rc;
}

static int
find_in_segment(
    const struct segment *seg, uint32_t term, struct numbers *out, struct parley_error *err)
{
	uint32_t at = first_block(seg, term), end = at;

	while (end < seg->blocks && seg->terms[end] <= term)
		end++;
	while (at < end) {
		uint32_t n = end - at < READ_BLOCKS ? end - at : READ_BLOCKS;

		if (find_in_blocks(seg, term, at, n, out, err) != 0)
			return -1;
		at += n;
	}
	return 0;
}

int
source_find(const struct source *from, const uint32_t *terms, unsigned count, struct numbers *out,
    struct parley_error *err)
{
	struct numbers other = { 0 };
	int rc = 0;

	for (unsigned i = 0; i < count && rc == 0 && (i == 0 || out->count > 0); i++) {
		struct numbers *into = i == 0 ? out : &other;

		other.count = 0;
		if (from->part != NULL)
			find_in_part(from->part, terms[i], into);
		else
			rc = find_in_segment(from->seg, terms[i], into, err);
		if (i > 0)
			numbers_keep_common(out, &other);
	}
	numbers_fini(&other);
	return rc;
}

/* ---- chats of one's own ------------------------------------------------------------------- */

/* How many blocks of places those messages are in. */
static uint32_t
count_blocks(const struct segment *seg, const struct numbers *numbers)
{
	uint32_t count = 0, last = UINT32_MAX;

	for (size_t i = 0; i < numbers->count; i++)
		if (numbers->list[i] / seg->places != last) {
			last = numbers->list[i] / seg->places;
			count++;
		}
	return count;
}

static bool
has_bit(const uint8_t *bits, uint32_t number)
{
	return (bits[number / 8] >> number % 8 & 1) != 0;
}

int
source_keep_chats(const struct source *from, const uint32_t *terms, size_t count,
    struct numbers *numbers, struct parley_error *err)
{
	struct numbers own = { 0 };
	uint8_t *bits;
	size_t kept = 0;
	int rc = 0;

	if (from->part != NULL || count > OWN_MAX ||
	    count_blocks(from->seg, numbers) <= OWN_COST * count)
		return 0;
	bits = parley_alloc(from->seg->count / 8 + 1);
	for (size_t i = 0; i < count && rc == 0; i++) {
		own.count = 0;
		rc = find_in_segment(from->seg, terms[i], &own, err);
		for (size_t n = 0; n < own.count; n++)
			bits[own.list[n] / 8] |= (uint8_t)(1 << own.list[n] % 8);
	}
	for (size_t i = 0; i < numbers->count; i++)
		if (has_bit(bits, numbers->list[i]))
			numbers->list[kept++] = numbers->list[i];
	numbers->count = kept;
	numbers_fini(&own);
	free(bits);
	return rc;
}

/* ---- one after the other ------------------------------------------------------------------ */

bool
source_next(const struct search *s, int64_t below, struct source *out)
{
	*out = (struct source){ 0 };
	for (size_t i = s->part_count; i > 0 && out->part == NULL; i--)
		if (s->parts[i - 1]->base < below)
			out->part = s->parts[i - 1];
	for (size_t i = s->segment_count; i > 0 && out->part == NULL && out->seg == NULL; i--)
		if (!s->segments[i - 1]->retired && s->segments[i - 1]->base < below)
			out->seg = s->segments[i - 1];
	if (out->part == NULL && out->seg == NULL)
		return false;
	out->base = out->part != NULL ? out->part->base : out->seg->base;
	return true;
}

bool
source_is_between(const struct source *from, const char *after_mid, const char *before_mid)
{
	const char *first = from->part != NULL ? from->part->first : from->seg->first;
	const char *last = from->part != NULL ? from->part->last : from->seg->last;

	return strcmp(last, after_mid) >= 0 && strcmp(first, before_mid) <= 0;
}

void
source_use(const struct source *from)
{
	if (from->part != NULL)
		from->part->uses++;
	else
		from->seg->uses++;
}

void
source_release(struct source *from)
{
	if (from->part != NULL)
		part_release(&from->part);
	else
		from->seg->uses--;
}
