/* SPDX-License-Identifier: MIT */
/* postings.c - which messages have which term: sorted, and written in few bytes. */
#include "postings.h"

#include <parley/memory.h>
#include <stdlib.h>
#include <string.h>

/* ---- in memory ---------------------------------------------------------------------------- */

static void *
grown(void *list, size_t count, size_t *room, size_t size)
{
	void *more;

	if (count < *room)
		return list;
	*room = *room == 0 ? 256 : *room * 2;
	more = parley_alloc(*room * size);
	if (count > 0)
		memcpy(more, list, count * size);
	free(list);
	return more;
}

void
postings_add(struct postings *p, uint64_t posting)
{
	p->list = grown(p->list, p->count, &p->room, sizeof *p->list);
	p->list[p->count++] = posting;
}

void
postings_fini(struct postings *p)
{
	free(p->list);
	*p = (struct postings){ 0 };
}

/* Moves what is in from to to, in the order of 11 bits. */
static void
radix_pass(const uint64_t *from, uint64_t *to, size_t count, unsigned shift)
{
	size_t starts[2048] = { 0 }, sum = 0;

	for (size_t i = 0; i < count; i++)
		starts[from[i] >> shift & 2047]++;
	for (size_t d = 0; d < 2048; d++) {
		size_t n = starts[d];

		starts[d] = sum;
		sum += n;
	}
	for (size_t i = 0; i < count; i++)
		to[starts[from[i] >> shift & 2047]++] = from[i];
}

/* By the bits from there on; they come in the order of the others. */
static void
sort_bits(struct postings *p, unsigned from)
{
	uint64_t *other, *list;
	size_t unique = 0;

	if (p->count == 0)
		return;
	other = parley_alloc(p->room * sizeof *other);
	for (unsigned shift = from; shift < 64; shift += 11) {
		radix_pass(p->list, other, p->count, shift);
		list = p->list;
		p->list = other;
		other = list;
	}
	free(other);
	list = p->list;
	for (size_t i = 0; i < p->count; i++)
		if (unique == 0 || list[unique - 1] != list[i])
			list[unique++] = list[i];
	p->count = unique;
}

void
postings_sort(struct postings *p)
{
	sort_bits(p, 0);
}

void
postings_sort_terms(struct postings *p)
{
	sort_bits(p, 32);
}

size_t
postings_seek(const struct postings *p, uint32_t term)
{
	size_t low = 0, high = p->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (p->list[middle] < posting(term, 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
numbers_add(struct numbers *n, uint32_t number)
{
	n->list = grown(n->list, n->count, &n->room, sizeof *n->list);
	n->list[n->count++] = number;
}

void
numbers_fini(struct numbers *n)
{
	free(n->list);
	*n = (struct numbers){ 0 };
}

void
numbers_keep_common(struct numbers *n, const struct numbers *other)
{
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < n->count; i++) {
		while (at < other->count && other->list[at] < n->list[i])
			at++;
		if (at < other->count && other->list[at] == n->list[i])
			n->list[kept++] = n->list[i];
	}
	n->count = kept;
}

/* ---- as bytes ----------------------------------------------------------------------------- */

void
block_begin(struct block *b)
{
	parley_text_clear(&b->bytes);
	b->first = b->last = 0;
}

void
block_fini(struct block *b)
{
	parley_text_fini(&b->bytes);
}

bool
block_is_full(const struct block *b)
{
	return b->bytes.len >= BLOCK_BYTES;
}

static unsigned char *
put_varint(unsigned char *p, uint32_t value)
{
	for (; value >= 0x80; value >>= 7)
		*p++ = (unsigned char)(value | 0x80);
	*p++ = (unsigned char)value;
	return p;
}

void
block_put(struct block *b, uint32_t term, const uint32_t *messages, size_t count)
{
	unsigned char *start, *p;
	uint32_t before = 0;

	start = p = (unsigned char *)parley_text_reserve(&b->bytes, (count + 2) * 5);
	if (b->bytes.len == 0)
		b->first = term;
	p = put_varint(p, term - b->last);
	p = put_varint(p, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		p = put_varint(p, messages[i] - before);
		before = messages[i];
	}
	b->last = term;
	b->bytes.len += (size_t)(p - start);
	*p = '\0';
}

void
block_open(struct block_reader *r, const struct parley_text *bytes)
{
	const unsigned char *at = (const unsigned char *)bytes->s;

	*r = (struct block_reader){ .at = at, .end = at + bytes->len };
}

static uint32_t
get_varint(struct block_reader *r)
{
	uint32_t value = 0;

	for (unsigned shift = 0; r->at < r->end && shift < 35; shift += 7) {
		unsigned char c = *r->at++;

		value |= (uint32_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return value;
	}
	r->damaged = true;
	r->at = r->end;
	r->left = 0;
	return 0;
}

bool
block_next_term(struct block_reader *r)
{
	while (block_next_message(r))
		;
	if (r->at == r->end)
		return false;
	r->term += get_varint(r);
	r->left = get_varint(r);
	r->message = 0;
	return !r->damaged;
}

bool
block_next_message(struct block_reader *r)
{
	if (r->left == 0)
		return false;
	r->left--;
	r->message += get_varint(r);
	return !r->damaged;
}
