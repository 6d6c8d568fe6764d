/* SPDX-License-Identifier: MIT */
/* text.c - a growing byte string, and checks on UTF-8. */
#include <parley/text.h>

#include "base/xalloc.h"

#include <parley/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *
parley_text_reserve(struct parley_text *t, size_t more)
{
	size_t need = t->len + more + 1;

	parley_assert(need > t->len);
	if (need > t->cap) {
		size_t cap = t->cap < 64 ? 64 : t->cap;

		while (cap < need)
			cap *= 2;
		t->s = xrealloc(t->s, cap);
		t->cap = cap;
	}
	return t->s + t->len;
}

void
parley_text_add(struct parley_text *t, const void *bytes, size_t len)
{
	char *p = parley_text_reserve(t, len);

	if (len > 0)
		memcpy(p, bytes, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void
parley_text_puts(struct parley_text *t, const char *s)
{
	parley_text_add(t, s, strlen(s));
}

void
parley_text_putc(struct parley_text *t, char c)
{
	parley_text_add(t, &c, 1);
}

void
parley_text_printf(struct parley_text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	parley_assert(n >= 0);
	parley_text_reserve(t, (size_t)n);
	va_start(ap, fmt);
	vsnprintf(t->s + t->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->len += (size_t)n;
}

void
parley_text_clear(struct parley_text *t)
{
	t->len = 0;
	if (t->s != NULL)
		t->s[0] = '\0';
}

void
parley_text_fini(struct parley_text *t)
{
	free(t->s);
	*t = (struct parley_text){ 0 };
}

/* Length of the well-formed sequence at p, or 0. RFC 3629 section 4. */
static size_t
utf8_sequence(const unsigned char *p, size_t left)
{
	unsigned c = p[0];

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	if (left < 2 || (p[1] & 0xc0) != 0x80)
		return 0;
	if (c < 0xe0)
		return 2;
	if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f))
		return 0;
	if ((c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f))
		return 0;
	if (left < 3 || (p[2] & 0xc0) != 0x80)
		return 0;
	if (c < 0xf0)
		return 3;
	return left >= 4 && (p[3] & 0xc0) == 0x80 ? 4 : 0;
}

bool
parley_utf8_valid(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s, *end = p + len;

	while (p < end) {
		uint64_t word;
		size_t n;

		if (end - p >= 8) {
			memcpy(&word, p, 8);
			if ((word & 0x8080808080808080u) == 0) {
				p += 8;
				continue;
			}
		}
		n = utf8_sequence(p, (size_t)(end - p));
		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

size_t
parley_utf8_length(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

size_t
parley_utf8_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
		max--;
	return max;
}

void
parley_ascii_lower(char *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		out[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + ('a' - 'A')) : s[i];
	out[len] = '\0';
}
