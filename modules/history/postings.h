/* SPDX-License-Identifier: MIT */
/* postings.h - which messages have which term, in memory and as bytes. Any thread; a value belongs
 * to one.
 *
 * A term is a keyed hash of 32 bits; a message is a number within its segment. A posting is both in
 * one integer, so that their order is that of terms, then of messages. A block of bytes has terms
 * in order, each with its messages in order; a term with many messages goes on in the next blocks.
 */
#ifndef HISTORY_POSTINGS_H
#define HISTORY_POSTINGS_H

#include <parley/text.h>

/* Postings as they come. */
struct postings {
	uint64_t *list;
	size_t count, room;
};
static inline uint64_t
posting(uint32_t term, uint32_t message)
{
	return (uint64_t)term << 32 | message;
}
void postings_add(struct postings *p, uint64_t posting);
/* In order, each once. */
void postings_sort(struct postings *p);
/* The same for such as are in order of messages, or have each term in their order. */
void postings_sort_terms(struct postings *p);
/* Where the first posting of a term is, or would be. They are in order. */
size_t postings_seek(const struct postings *p, uint32_t term);
void postings_fini(struct postings *p);

/* Numbers of messages, in order. */
struct numbers {
	uint32_t *list;
	size_t count, room;
};
void numbers_add(struct numbers *n, uint32_t number);
void numbers_fini(struct numbers *n);
/* Leaves in n what is in other, too. Both are in order. */
void numbers_keep_common(struct numbers *n, const struct numbers *other);

/* Makes blocks. Put terms in order; when full is true, take block away with its first term and
 * clear it with block_begin. */
struct block {
	struct parley_text bytes;
	uint32_t first, last; /* terms */
};
#define BLOCK_BYTES    12000 /* from here on it is full */
#define BLOCK_MESSAGES 2000  /* of one term that are put at once */
void block_begin(struct block *b);
bool block_is_full(const struct block *b);
void block_put(struct block *b, uint32_t term, const uint32_t *messages, size_t count);
void block_fini(struct block *b);

/* Walks over one. */
struct block_reader {
	const unsigned char *at, *end;
	uint32_t term, left, message; /* left: messages of the term that were not read yet */
	bool damaged;
};
void block_open(struct block_reader *r, const struct parley_text *bytes);
/* The next term; false at the end, and when it is damaged. What was not read of the one before is
 * passed over. */
bool block_next_term(struct block_reader *r);
bool block_next_message(struct block_reader *r);

#endif
