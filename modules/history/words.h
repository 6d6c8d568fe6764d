/* SPDX-License-Identifier: MIT */
/* words.h - the words of a text in the form in which they are looked for: without case, accents and
 * compatibility forms. Any thread. */
#ifndef HISTORY_WORDS_H
#define HISTORY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WORD_CHARS 64                   /* what is longer is cut */
#define WORD_BYTES (WORD_CHARS * 4 + 1) /* its NUL included */

struct word {
	char s[WORD_BYTES];
	unsigned bytes, chars;
	unsigned ends[WORD_CHARS]; /* where each character ends, in bytes */
	bool part; /* of a script without spaces: one character or two that follow each other */
};

/* Calls fn for each word of valid UTF-8, in order. In scripts without spaces every character and
 * every pair of neighbours is one; with pairs_only only the pairs, and a single character only when
 * it has no neighbour. The last is the last word, and ends with the text. */
void words_each(const char *text, size_t len, bool pairs_only,
    void (*fn)(void *arg, const struct word *word), void *arg);

/* True when the text ends within a word, which is then perhaps not yet typed to its end. */
bool words_end_open(const char *text, size_t len);

#endif
