/* SPDX-License-Identifier: MIT */
/* base64.c - base64 in both alphabets, canonical only. */
#include "base/base64.h"

#include <stdint.h>

static const char alphabets[2][65] = {
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

size_t
base64_length(size_t len, bool url)
{
	size_t rest = len % 3;

	if (rest == 0)
		return len / 3 * 4;
	return len / 3 * 4 + (url ? rest + 1 : 4);
}

void
base64_encode(struct parley_text *out, const void *bytes, size_t len, bool url)
{
	const char *letters = alphabets[url];
	const uint8_t *in = bytes;
	size_t size = base64_length(len, url);
	char *p = parley_text_reserve(out, size);

	for (; len >= 3; len -= 3, in += 3) {
		*p++ = letters[in[0] >> 2];
		*p++ = letters[(in[0] & 3) << 4 | in[1] >> 4];
		*p++ = letters[(in[1] & 15) << 2 | in[2] >> 6];
		*p++ = letters[in[2] & 63];
	}
	if (len > 0) {
		uint8_t second = len == 2 ? in[1] : 0;

		*p++ = letters[in[0] >> 2];
		*p++ = letters[(in[0] & 3) << 4 | second >> 4];
		if (len == 2)
			*p++ = letters[(second & 15) << 2];
		else if (!url)
			*p++ = '=';
		if (!url)
			*p++ = '=';
	}
	*p = '\0';
	out->len += size;
}

/* The six bits of a letter, or -1. Reads no table: what is decoded may be secret. */
static int
sextet(char c, bool url)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == (url ? '-' : '+'))
		return 62;
	return c == (url ? '_' : '/') ? 63 : -1;
}

/* Letters without their padding, or -1 when that is not as it must be. */
static int
strip_padding(const char *text, size_t *len, bool url)
{
	if (!url) {
		if (*len % 4 != 0)
			return -1;
		for (int i = 0; i < 2 && *len > 0 && text[*len - 1] == '='; i++)
			(*len)--;
	}
	return *len % 4 == 1 ? -1 : 0;
}

int
base64_decode(struct parley_text *out, const char *text, size_t len, bool url)
{
	uint32_t bits = 0;
	unsigned have = 0;
	char *start, *p;

	if (strip_padding(text, &len, url) < 0)
		return -1;
	start = p = parley_text_reserve(out, len / 4 * 3 + 2);
	for (size_t i = 0; i < len; i++) {
		int six = sextet(text[i], url);

		if (six < 0)
			goto malformed;
		bits = bits << 6 | (uint32_t)six;
		have += 6;
		if (have >= 8) {
			have -= 8;
			*p++ = (char)(uint8_t)(bits >> have);
		}
	}
	if ((bits & ((1u << have) - 1)) != 0)
		goto malformed;
	*p = '\0';
	out->len += (size_t)(p - start);
	return 0;

malformed:
	*start = '\0';
	return -1;
}
