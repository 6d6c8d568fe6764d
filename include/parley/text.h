/* SPDX-License-Identifier: MIT */
/* text.h - a growing byte string, and checks on UTF-8. Any thread; a value belongs to one. */
#ifndef PARLEY_TEXT_H
#define PARLEY_TEXT_H

#include <parley/api.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts as { 0 }. s is NUL-terminated after the first append, and NULL before. Allocation cannot
 * fail (it aborts), so what is appended must be bounded by the caller. */
struct parley_text {
	char *s;
	size_t len; /* bytes, without the NUL */
	size_t cap; /* bytes allocated */
};

/* Makes room for more bytes behind len and returns where they go; the caller then raises len. */
PARLEY_API char *parley_text_reserve(struct parley_text *t, size_t more);

/* They append: bytes, which may be NULL when there are none; a string; a character; what printf
 * would write. */
PARLEY_API void parley_text_add(struct parley_text *t, const void *bytes, size_t len);
PARLEY_API void parley_text_puts(struct parley_text *t, const char *s);
PARLEY_API void parley_text_putc(struct parley_text *t, char c);
PARLEY_API void parley_text_printf(struct parley_text *t, const char *fmt, ...)
	PARLEY_PRINTF(2, 3);

/* Empties it and keeps the memory. */
PARLEY_API void parley_text_clear(struct parley_text *t);

/* Frees what t holds and leaves { 0 }; not t itself. Fits PARLEY_AUTO on a struct. */
PARLEY_API void parley_text_fini(struct parley_text *t);

/* True when the bytes are UTF-8 as RFC 3629 has it: nothing overlong, no surrogates, nothing above
 * U+10FFFF. NUL bytes are allowed here; the JSON reader refuses them. */
PARLEY_API bool parley_utf8_valid(const char *s, size_t len);

/* How many characters (code points) there are in valid UTF-8. */
PARLEY_API size_t parley_utf8_length(const char *s, size_t len);

/* The largest length <= max that does not cut a character of valid UTF-8 in two. */
PARLEY_API size_t parley_utf8_cut(const char *s, size_t len, size_t max);

/* True for UTF-8 of at most max characters that can be shown as a name or title beside others: one
 * line, without control characters, without what turns the direction of what follows, without marks
 * heaped on one letter, and with something to be seen unless it is empty. Any thread. */
PARLEY_API bool parley_utf8_is_line(const char *s, size_t max);

/* Lower case in all scripts, for looking things up: writes text, which is valid UTF-8, to out, or as
 * much of it as fits into size bytes. Returns the length. */
PARLEY_API size_t parley_utf8_lower(char *out, const char *text, size_t size);

/* Appends bytes as text of [A-Za-z0-9_-] (RFC 4648 section 5, without padding). */
PARLEY_API void parley_base64_put(struct parley_text *out, const void *bytes, size_t len);

/* Appends the bytes that such a text stands for. 0, or -1 when it is none; out is then as before. */
PARLEY_API int parley_base64_get(struct parley_text *out, const char *text, size_t len);

/* ASCII only: 'A'-'Z' become 'a'-'z'. Writes len bytes and a NUL to out. */
PARLEY_API void parley_ascii_lower(char *out, const char *s, size_t len);

#endif
