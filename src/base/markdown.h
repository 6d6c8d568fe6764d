/* SPDX-License-Identifier: MIT */
/* markdown.h - the two halves of reading a marked text: blocks, and what is in a line. Any thread.
 */
#ifndef BASE_MARKDOWN_H
#define BASE_MARKDOWN_H

#include <parley/markdown.h>

/* Stands in the text for a mention, with 0x80 and its number behind: no message has this byte. */
#define MARKDOWN_HOLE '\x01'

struct markdown {
	struct markdown_hole {
		const char *s;
		size_t len;
		unsigned mention; /* its place among those that were given */
		bool in_code;     /* it was met there */
	} * holes;
	unsigned count;
};

/* Writes a run of text without its marks. len > 0. */
void markdown_inline(const struct markdown *md, const char *s, size_t len, struct parley_text *out);

/* Writes code as it is, with the mentions in their places, and marks them. */
void markdown_code(const struct markdown *md, const char *s, size_t len, struct parley_text *out);

#endif
