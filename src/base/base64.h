/* SPDX-License-Identifier: MIT */
/* base64.h - base64 (RFC 4648) in both alphabets. Any thread. */
#ifndef BASE64_H
#define BASE64_H

#include <parley/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Appends the text form of bytes. url: the URL alphabet (section 5) without padding; else the
 * ordinary one (section 4) with it. */
void base64_encode(struct parley_text *out, const void *bytes, size_t len, bool url);

/* Appends the bytes that text stands for. 0, or -1 for anything but the one text that
 * base64_encode would have written (section 3.5: no stray bits, no white space, padding exactly as
 * the alphabet wants it); out is then untouched. */
int base64_decode(struct parley_text *out, const char *text, size_t len, bool url);

/* The same for what is no secret, such as sealed bytes, in the URL alphabet: quicker, and at a
 * place where there is room. Returns what follows; nothing ends with NUL. bytes may be the last len
 * bytes of the room. */
char *base64_put(char *to, const void *bytes, size_t len);
/* Returns how many bytes, which may overwrite text, or -1; to has room for len / 4 * 3 + 2. */
ssize_t base64_take(void *to, const char *text, size_t len);

/* How many characters base64_encode writes for len bytes. */
size_t base64_length(size_t len, bool url);

#endif
