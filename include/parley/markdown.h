/* SPDX-License-Identifier: MIT */
/* markdown.h - the text of a message without its marks (docs/protocol.md section 11), for whatever
 * shows plain text only: push, e-mail, other protocols. tests/data/markdown.json has the examples
 * that every reader of messages agrees on. Any thread. */
#ifndef PARLEY_MARKDOWN_H
#define PARLEY_MARKDOWN_H

#include <parley/api.h>
#include <parley/text.h>

/* A part of a text, in characters (code points): a mention, which is never a mark. */
struct parley_range {
	uint32_t start, length;
};

/* Appends text without its marks to out. text is valid UTF-8; mentions are in order, at most 100 of
 * them count. What a spoiler covers is left out. Takes time in proportion to the text. */
PARLEY_API void parley_markdown_plain(
    const char *text, const struct parley_range *mentions, unsigned count, struct parley_text *out);

/* Which of the mentions stand in code, where a name calls nobody; in order, those behind the first
 * 100 never do. Writes count times true or false. Takes time as above. */
PARLEY_API void parley_markdown_in_code(
    const char *text, const struct parley_range *mentions, unsigned count, bool *in_code_r);

#endif
