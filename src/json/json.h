/* SPDX-License-Identifier: MIT */
/* json.h - the strict, bounded JSON reader behind parley/json.h. Any thread. */
#ifndef JSON_H
#define JSON_H

#include "base/arena.h"

#include <parley/json.h>

struct json_limits {
	uint32_t depth;    /* nesting of arrays and objects; at most 64 */
	uint32_t elements; /* nodes in all: values and keys */
};

extern const struct json_limits json_limits_guest; /* before login: depth 16, 96 nodes */
extern const struct json_limits json_limits_user;  /* after login: depth 32, 8192 nodes */
extern const struct json_limits json_limits_own;   /* text this program wrote or stored */

/* Parses the whole of text as one JSON value and returns its root, or NULL with err filled
 * (bad-request, or too-large for a limit; "where" is a JSON pointer as far as it is known, and the
 * text names the rule and the byte offset). Iterative: stack use does not follow the input.
 *
 * Works in place: text is overwritten (strings are unescaped and terminated where they stand) and
 * must live as long as the nodes, which are taken from arena. text[len] must be a writable byte.
 *
 * Refused: anything outside RFC 8259; bad UTF-8; duplicate names at any level, after unescaping;
 * NUL; characters that XML 1.0 does not allow, escaped or not; lone surrogates; numbers of more than
 * 18 digits without fraction, or not finite. */
const struct parley_json *json_parse(struct arena *arena, char *text, size_t len,
	const struct json_limits *limits, struct parley_error *err);

/* The same on a copy of text that the arena keeps. */
const struct parley_json *json_parse_copy(struct arena *arena, const char *text, size_t len,
	const struct json_limits *limits, struct parley_error *err);

#endif
