/* SPDX-License-Identifier: MIT */
/* search.h - the index of words: its parts among themselves. Router thread, but for what is said to
 * be a worker's.
 *
 * Messages wait in chunks of bytes until some of them are cut into words, which makes a part: what
 * is in memory of the index. Enough parts become a segment in the store, and eight segments of a
 * level one of the next. Messages are numbered in the order in which they come into parts. What is
 * in memory only is read from the archive again when the node starts, and so is what came when too
 * much was waiting. Nothing but keyed hashes is stored. A hit is a hint: the message is read, and
 * its words are looked at.
 *
 * Whatever needs time is done by workers, in steps, and between them the index rests, so that it
 * takes no more than its share while messages come (search_rest). */
#ifndef HISTORY_SEARCH_H
#define HISTORY_SEARCH_H

#include "history.h"
#include "postings.h"

#include <parley/seal.h>

#define TAKE_MAX       256       /* messages cut into words at once, and in one part */
#define FRESH_MOST     16384     /* messages in parts, at most; the option search_fresh says when */
#define FRESH_POSTINGS 400000    /* they are written; also with so many postings */
#define CHUNK_BYTES    32768     /* of messages that wait */
#define WRITE_BYTES    (1 << 17) /* of blocks that share a commit */
#define MERGE_SEGMENTS 8
#define LEVEL_MAX      3
#define PLACES_MAX     1024 /* in a block; some segments have them all, */
#define PLACES         128  /* and those that are written now so many: one is read for a hit */

/* Where a message is: a keyed hash of its chat's key, and its seq; 0: in no chat any more. */
struct place {
	uint64_t chat;
	uint32_t seq;
};

/* Messages that are to be indexed, one behind the other. */
struct chunk {
	struct chunk *next;
	unsigned count;
	size_t len, room;
	char bytes[];
};
struct chunks {
	struct chunk *first, *last;
	unsigned count; /* messages */
	size_t bytes;   /* memory */
};
/* One of them. */
struct waiting {
	int64_t seq;
	const char *mid, *chat, *from, *text;
};

/* Of some messages which have which term. Stays as it is. */
struct part {
	int64_t base; /* the number of the first */
	uint32_t count;
	struct postings postings; /* in order */
	struct place *places;
	char first[37], last[37]; /* the lowest and the highest mid */
	unsigned uses;            /* it is not freed meanwhile */
	bool retired;             /* it is in another part, or in a segment */
	bool sealed;              /* is being written: nothing is to be added */
};

/* What is stored of it stays as it is. */
struct segment {
	unsigned id, level;
	int64_t base;    /* the number of its first message */
	uint32_t count;  /* messages */
	uint32_t places; /* in a block */
	uint32_t blocks; /* of terms */
	uint32_t *terms; /* the first of each block */
	char first[37], last[37];
	unsigned uses; /* by searches; it is not removed meanwhile */
	bool retired;  /* another one has taken its place */
};

struct search {
	struct history *history;
	struct parley_hash_key term_key, chat_key;
	struct segment **segments; /* in order of base; those that are retired, too */
	size_t segment_count, segment_room;
	unsigned next_id;

	struct part **parts; /* in order of base, behind all segments */
	size_t part_count, part_room, fresh_postings;
	unsigned fresh_count, fresh_max; /* messages in parts */
	int64_t next;                    /* the number of the next message */
	struct parley_lane taking;       /* of those who make parts */
	struct parley_lane flushing;     /* of those who write them */

	struct chunks pending;
	unsigned chunk_max; /* messages in a chunk */
	bool complete;      /* all that the archive has up to position is in it or in a part, and
				what comes now is added */
	char position[37];  /* the mid up to which it was read, and messages came since */
	char crawled[37];   /* the mid up to which it was read when it became complete */
	bool near_end;      /* of the archive: the last reading found less than it could */
	bool catching;      /* what comes during the last reading is kept in caught */
	struct chunks caught;
	char caught_from[37], caught_to[37];
	bool again;                     /* what was edited is to be read again, */
	char again_key[PARLEY_KEY_MAX]; /* from there on */
	struct parley_event wake, merge;

	uint64_t seen;  /* messages archived, when it was looked at last, */
	int64_t looked; /* and the time */
	bool live;      /* and whether there were more than before */

	unsigned gone;  /* messages that may be indexed although they are gone, about */
	int64_t purged; /* ms since 1970: when they were looked for last */
};

extern const struct parley_collection search_segments, search_blocks, search_gone_collection;

/* search.c: search_load reads what is stored of it; awaits. search_begin starts its fibers, which
 * end with the module. 0 or -1. */
int search_load(struct history *h, struct parley_error *err);
int search_begin(struct history *h, struct parley_error *err);
void search_unload(struct history *h);

/* A message was archived: in the order of mids. */
void search_note(struct history *h, const char *chat, int64_t seq, const char *mid,
    const char *from, const char *text);
/* One says something else now, which was said to search_forget before. */
void search_note_again(struct history *h, const char *chat, int64_t seq, const char *mid,
    const char *from, const char *text);
/* A message no longer says what it said. Awaits. 0 or -1. */
int search_forget(
    struct history *h, const char *chat, int64_t seq, const char *mid, struct parley_error *err);
/* Takes what is waiting, unless that is too much; *rest_r: it was. Awaits. 0 or -1. */
int search_catch_up(struct history *h, bool *rest_r, struct parley_error *err);
/* After some work that began then, monotonic: lets others do theirs. Awaits. 0, or -1: canceled. */
int search_rest(struct search *s, int64_t began);
/* Has a worker do it, once one has time. Awaits. 0, or -1: canceled. */
int search_work(void (*fn)(void *arg), void *arg);

/* The lowest mid of that time, in ms since 1970. */
void search_mid_at(char mid[37], int64_t time);

/* search_pending.c: false when there is no room, unless it must be. */
bool pending_add(struct search *s, const struct waiting *w, bool must);
/* To caught, likewise. */
bool pending_catch(struct search *s, const struct waiting *w);
/* What was caught waits behind the others; or it does not. */
void pending_join(struct search *s);
void pending_drop_caught(struct search *s);
/* The first chunks, with TAKE_MAX messages at most; NULL: none. Free them with chunks_free. */
struct chunk *pending_take(struct search *s);
void chunks_free(struct chunk **first);
void pending_free(struct search *s);
/* The message at *at, which starts as 0 and moves on; false at the end. Any thread. */
bool chunk_next(const struct chunk *c, size_t *at, struct waiting *out);

/* search_crawl.c: reads some of the archive, or of what was edited. Await. 0 or -1. */
bool crawl_is_due(const struct search *s);
int search_crawl(struct search *s, struct parley_error *err);
/* Adds the message of a document of search_gone_collection, if it still says something. */
int search_read_again(struct search *s, const struct parley_doc *gone, struct parley_error *err);

/* search_terms.c: terms of texts, and of what else can be asked for. Any thread. */
uint32_t term_word(const struct search *s, const char *word, size_t bytes);
uint32_t term_prefix(const struct search *s, const char *word, size_t bytes);
uint32_t term_chat(const struct search *s, const char *key);
uint32_t term_from(const struct search *s, const char *account);
uint32_t term_has(const struct search *s, const char *what);
uint64_t place_chat(const struct search *s, const char *key);
bool text_has_link(const char *text);
#define PREFIX_MIN 2
#define PREFIX_MAX 8
/* Adds all of a message's. */
void terms_of(
    const struct search *s, const struct waiting *w, uint32_t message, struct postings *out);

/* search_fresh.c: some of what is waiting becomes a part; parts become a segment. Await. 0 or -1.
 */
int search_take(struct search *s);
int search_flush(struct search *s, struct parley_error *err);
void part_release(struct part **part); /* after uses++ */
void parts_free(struct search *s);

/* search_source.c: where messages are looked for: in a part, or else in a segment. */
struct source {
	struct part *part;
	struct segment *seg;
	int64_t base; /* the number of its first message */
};
/* The last one that begins below. False: none. */
bool source_next(const struct search *s, int64_t below, struct source *out);
/* Whether it may have messages of that time. */
bool source_is_between(const struct source *from, const char *after_mid, const char *before_mid);
/* It stays until it is released, although others may take its place meanwhile. */
void source_use(const struct source *from);
void source_release(struct source *from);
/* Its messages that have all terms. Awaits. 0 or -1. */
int source_find(const struct source *from, const uint32_t *terms, unsigned count,
    struct numbers *out, struct parley_error *err);
/* On a large node most messages that have the words are in chats of others. Where it is less to
 * read which messages those chats have that are searched, whose terms are given, than where each of
 * the others is, it drops these. Awaits. 0 or -1. */
int source_keep_chats(const struct source *from, const uint32_t *terms, size_t count,
    struct numbers *numbers, struct parley_error *err);

/* search_segment.c: segments in the store. All but what says otherwise await. */
#define KEY_SIZE 32
void block_key(char key[KEY_SIZE], unsigned id, char kind, uint32_t number);
int segments_load(struct search *s, struct parley_error *err);
/* Blocks from there on, in order; fails when there are fewer. kind: 't' terms, 'p' places. */
int segment_read(const struct segment *seg, char kind, uint32_t from, uint32_t count,
    struct parley_docs *out, struct parley_error *err);
/* What one of them says: bytes, appended; or places. Any thread. 0 or -1. */
int block_bytes(const struct parley_doc *doc, struct parley_text *out, struct parley_error *err);
int block_places(
    const struct parley_doc *doc, struct place places[PLACES_MAX], struct parley_error *err);
/* Into the list; the others are retired. Does not await. */
void segment_add(
    struct search *s, struct segment *seg, struct segment *const *others, size_t count);
/* Removes a retired one that nobody uses. */
int segment_remove(struct search *s, struct segment *seg, struct parley_error *err);
void segment_free(struct segment **seg);

/* search_write.c: makes one, of terms in order, then its places. The two puts are a worker's. */
struct segment_writer {
	struct segment *seg;
	struct block block;
	size_t terms_room;
	uint32_t place_count;
	struct place places[PLACES];
	struct parley_entry *entries; /* blocks that are to be stored */
	size_t entry_count, entry_room;
	size_t bytes; /* of them */
};
struct segment_writer *segment_writer_new(struct search *s, unsigned level, int64_t base);
void segment_put(struct segment_writer *w, uint32_t term, const uint32_t *messages, size_t count);
void segment_put_place(struct segment_writer *w, const struct place *place);
/* Has more than a commit. */
bool segment_is_heavy(const struct segment_writer *w);
/* Stores the blocks that it has, and rests. Awaits. 0 or -1. */
int segment_store(struct search *s, struct segment_writer *w, struct parley_error *err);
/* The last ones, and the document that makes it one; it stands for others, whose ids are given. The
 * segment is still the writer's. Awaits. 0 or -1. */
int segment_finish(struct search *s, struct segment_writer *w, struct segment *const *others,
    size_t count, struct parley_error *err);
void segment_writer_free(struct segment_writer **w);

/* search_merge.c: many segments become one. Await. 0 or -1. */
int search_merge(struct search *s, struct parley_error *err);
/* Neighbours in order of base; without the messages whose bits are set in gone, or NULL. */
int merge_segments(struct search *s, struct segment *const *segments, size_t count, unsigned level,
    const uint8_t *gone, struct parley_error *err);
int merge_remove_retired(struct search *s, struct parley_error *err);

/* search_purge.c: messages that are gone leave the segments. Awaits. 0 or -1. */
bool purge_is_due(const struct search *s);
int purge_count(struct search *s, struct parley_error *err);
int search_purge(struct history *h, struct parley_error *err);

#endif
