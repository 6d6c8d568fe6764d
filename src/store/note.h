/* SPDX-License-Identifier: MIT */
/* note.h - writes that can wait: the last one for each document is gathered, and some at a time are
 * given to the writer. Router thread. */
#ifndef STORE_NOTE_H
#define STORE_NOTE_H

#include <parley/backend.h>
#include <parley/store.h>

void notes_start(void);

/* Gives all that is left to the writer; before writer_stop. */
void notes_hand_over(void);

/* After writer_stop. */
void notes_stop(void);

/* op: PUT or PATCH; takes json. 0, or -1 with PARLEY_BUSY when too much waits. */
int note_add(enum parley_write_op op, const struct parley_collection *c, const char *key,
    struct parley_text *json, struct parley_error *err);

/* The document is about to be written in another way: what was noted of it goes before that. */
void note_hurry(const struct parley_collection *c, const char *key);

/* Whether something is noted of the document and not written yet. When it is to be put, *json_r is
 * that, borrowed until the next await, and else NULL. */
bool note_peek(
    const struct parley_collection *c, const char *key, const struct parley_text **json_r);

/* The documents of the collection are about to be read: gives what was noted of them to the writer.
 * True when something of it is not written yet. */
bool notes_hurry(const struct parley_collection *c);

struct notes_stats {
	size_t bytes, bytes_max; /* gathered, or on their way */
	unsigned running;        /* on their way */
	uint64_t noted, refused, written;
};
struct notes_stats notes_stats(void);

#endif
