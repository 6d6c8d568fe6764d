/* SPDX-License-Identifier: MIT */
/* schema_pattern.h - regular expressions for the keyword "pattern": a subset of ECMA-262 (with the
 * flag u) whose matching takes time in proportion to the text and no memory. Any thread.
 *
 * A pattern begins with ^ and ends with $ and has between them: ASCII characters; . for any
 * character but a line end; classes [a-z_] and [^...]; the escapes \d \D \w \W \s \S \t \n \r \f \v
 * and a backslash before punctuation; groups (...) and (?:...) with | between alternatives; and
 * behind any of these * + ? {2} {2,} {2,5}. Characters beyond ASCII in the text count as one each.
 * What a pattern spells out, repetitions written in full, is at most 64 characters or classes. */
#ifndef SCHEMA_PATTERN_H
#define SCHEMA_PATTERN_H

#include "base/arena.h"

#include <parley/error.h>
#include <stdbool.h>
#include <stddef.h>

struct schema_pattern;

/* Compiles text into memory of the arena. NULL with err (bad-request; says what is wrong, and at
 * which byte). */
const struct schema_pattern *schema_pattern_compile(
    struct arena *arena, const char *text, struct parley_error *err);

/* True when the whole of s, valid UTF-8, is what the pattern says. */
bool schema_pattern_matches(const struct schema_pattern *p, const char *s, size_t len);

#endif
