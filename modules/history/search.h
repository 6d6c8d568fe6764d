/* SPDX-License-Identifier: MIT */
/* search.h - the index of words: its parts among themselves. Router thread.
 *
 * Messages are numbered in the order in which they are indexed. Of the last ones the terms are in
 * memory (struct fresh); full, it becomes a segment in the store, and eight segments of a level one
 * of the next. What is in memory only is read from the archive again when the node starts. Nothing
 * but keyed hashes is stored. A hit is a hint: the message is read, and its words are looked at. */
#ifndef HISTORY_SEARCH_H
#define HISTORY_SEARCH_H

#include "history.h"
#include "postings.h"

#include <parley/seal.h>

#define FRESH_MESSAGES  4096   /* in memory at most; the option search_fresh says how many */
#define FRESH_POSTINGS  400000 /* with so many it is full, too */
#define MERGE_SEGMENTS  8
#define LEVEL_MAX       3
#define PLACES_IN_BLOCK 1024
#define PENDING_MAX     4096 /* messages that wait for being indexed; more are read again */
#define TAKE_MAX        256  /* taken at once */

/* Where a message is: a keyed hash of its chat's key, and its seq; 0: in no chat any more. */
struct place {
	uint64_t chat;
	uint32_t seq;
};

/* A message or an edited one that is to be indexed. */
struct pending {
	struct pending *next;
	int64_t seq;
	char mid[37];
	char from[PARLEY_NAME_MAX + 1];
	char chat[PARLEY_KEY_MAX];
	char text[];
};

struct fresh {
	struct postings postings;
	struct place places[FRESH_MESSAGES];
	uint32_t count;
	char first[37], last[37]; /* the lowest and the highest mid; "": none */
};

/* What is stored of it stays as it is. */
struct segment {
	unsigned id, level;
	int64_t base;    /* the number of its first message */
	uint32_t count;  /* messages */
	uint32_t blocks; /* of terms */
	uint32_t *terms; /* the first of each block */
	char first[37], last[37];
	unsigned uses; /* by searches; it is not removed meanwhile */
	bool retired;  /* another one has taken its place */
};

struct search {
	struct parley_hash_key term_key, chat_key;
	struct segment **segments; /* in order of base; those that are retired, too */
	size_t segment_count, segment_room;
	unsigned next_id;
	struct fresh fresh;
	unsigned fresh_max; /* messages in it */
	int64_t fresh_base; /* the number of its first message */

	struct pending *pending, **pending_end;
	unsigned pending_count;
	bool complete; /* the archive was read to its end; from then on messages come by themselves
			*/
	char position[37];       /* the mid up to which it was read */
	char slack[37];          /* what is read once more, from this mid on; "": nothing */
	struct parley_lane lane; /* of those who change fresh */
	struct parley_event wake, merge;

	unsigned gone;  /* messages that may be indexed although they are gone, about */
	int64_t purged; /* ms since 1970: when they were looked for last */
};

extern const struct parley_collection search_segments, search_blocks, search_gone_collection;

/* search.c: search_load reads what is stored of it; awaits. search_begin starts its fibers, which
 * end with the module. 0 or -1. */
int search_load(struct history *h, struct parley_error *err);
int search_begin(struct history *h, struct parley_error *err);
void search_unload(struct history *h);

/* A message was archived, or says something else now. */
void search_note(struct history *h, const char *chat, int64_t seq, const char *mid,
    const char *from, const char *text);
/* Waits until what has been noted is in the index. Awaits. 0 or -1. */
int search_catch_up(struct history *h, struct parley_error *err);
/* A message no longer says what it said; what it says is noted next. Awaits. 0 or -1. */
int search_forget(
    struct history *h, const char *chat, int64_t seq, const char *mid, struct parley_error *err);

/* The lowest mid of that time, in ms since 1970. */
void search_mid_at(char mid[37], int64_t time);

/* search_terms.c: terms of texts, and of what else can be asked for. */
uint32_t term_word(const struct search *s, const char *word, size_t bytes);
uint32_t term_prefix(const struct search *s, const char *word, size_t bytes);
uint32_t term_chat(const struct search *s, const char *key);
uint32_t term_from(const struct search *s, const char *account);
uint32_t term_has(const struct search *s, const char *what);
uint64_t place_chat(const struct search *s, const char *key);
bool text_has_link(const char *text);
#define PREFIX_MIN 2
#define PREFIX_MAX 8
/* Takes some of the pending and puts them into fresh. With the lane. Awaits a worker. How many, or
 * -1. */
int search_take(struct search *s);

/* search_segment.c: segments in the store. All await. */
int segments_load(struct search *s, struct parley_error *err);
/* The bytes of a block of terms, appended to out. */
int segment_read(
    const struct segment *seg, uint32_t block, struct parley_text *out, struct parley_error *err);
/* The places from PLACES_IN_BLOCK * block on. */
int segment_places(const struct segment *seg, uint32_t block, struct place places[PLACES_IN_BLOCK],
    struct parley_error *err);
/* Removes a retired one that nobody uses. */
int segment_remove(struct search *s, struct segment *seg, struct parley_error *err);
void segment_free(struct segment **seg);

/* Writes one: terms in order, then its places, then itself. */
struct segment_writer {
	struct segment *seg;
	struct block block;
	size_t terms_room;
	uint32_t place_count;
	struct place places[PLACES_IN_BLOCK];
};
struct segment_writer *segment_writer_new(struct search *s, unsigned level, int64_t base);
int segment_put(struct segment_writer *w, uint32_t term, const uint32_t *messages, size_t count,
    struct parley_error *err);
int segment_put_place(
    struct segment_writer *w, const struct place *place, struct parley_error *err);
/* From here on it stands for others, whose ids are given. Takes the segment. */
int segment_finish(struct search *s, struct segment_writer *w, struct segment *const *others,
    size_t count, struct parley_error *err);
void segment_writer_free(struct segment_writer **w);

/* search_merge.c: fresh becomes a segment (with the lane); many become one; messages that are gone
 * leave them. All await. 0 or -1. */
int search_flush(struct search *s, struct parley_error *err);
int search_merge(struct search *s, struct parley_error *err);
int search_purge(struct history *h, struct parley_error *err);

/* search.c: all segments are without the message of a document of search_gone_collection. If it
 * still says something, that is indexed again; then the document goes. Awaits. 0 or -1. */
int search_purged(struct history *h, const struct parley_doc *gone, struct parley_error *err);

#endif
