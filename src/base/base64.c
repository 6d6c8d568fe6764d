/* SPDX-License-Identifier: MIT */
/* base64.c - base64 in both alphabets, canonical only. */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

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

/* ---- what is no secret -------------------------------------------------------------------- */

char *
base64_put(char *to, const void *bytes, size_t len)
{
	const char *letters = alphabets[true];
	const uint8_t *in = bytes;
	uint8_t rest[3] = { 0 };

	for (; len >= 3; len -= 3, in += 3) {
		uint32_t n = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

		*to++ = letters[n >> 18];
		*to++ = letters[n >> 12 & 63];
		*to++ = letters[n >> 6 & 63];
		*to++ = letters[n & 63];
	}
	if (len == 0)
		return to;
	memcpy(rest, in, len);
	*to++ = letters[rest[0] >> 2];
	*to++ = letters[(rest[0] & 3) << 4 | rest[1] >> 4];
	if (len == 2)
		*to++ = letters[(rest[1] & 15) << 2];
	return to;
}

/* Of each byte the six bits it stands for, plus one; 0 for what is no letter. */
static const uint8_t sextets[256] = {
	['-'] = 63,
	['_'] = 64,
	['A'] = 1,
	['B'] = 2,
	['C'] = 3,
	['D'] = 4,
	['E'] = 5,
	['F'] = 6,
	['G'] = 7,
	['H'] = 8,
	['I'] = 9,
	['J'] = 10,
	['K'] = 11,
	['L'] = 12,
	['M'] = 13,
	['N'] = 14,
	['O'] = 15,
	['P'] = 16,
	['Q'] = 17,
	['R'] = 18,
	['S'] = 19,
	['T'] = 20,
	['U'] = 21,
	['V'] = 22,
	['W'] = 23,
	['X'] = 24,
	['Y'] = 25,
	['Z'] = 26,
	['a'] = 27,
	['b'] = 28,
	['c'] = 29,
	['d'] = 30,
	['e'] = 31,
	['f'] = 32,
	['g'] = 33,
	['h'] = 34,
	['i'] = 35,
	['j'] = 36,
	['k'] = 37,
	['l'] = 38,
	['m'] = 39,
	['n'] = 40,
	['o'] = 41,
	['p'] = 42,
	['q'] = 43,
	['r'] = 44,
	['s'] = 45,
	['t'] = 46,
	['u'] = 47,
	['v'] = 48,
	['w'] = 49,
	['x'] = 50,
	['y'] = 51,
	['z'] = 52,
	['0'] = 53,
	['1'] = 54,
	['2'] = 55,
	['3'] = 56,
	['4'] = 57,
	['5'] = 58,
	['6'] = 59,
	['7'] = 60,
	['8'] = 61,
	['9'] = 62,
};

/* The last two or three letters. -1 when bits are left that are not 0. */
static ssize_t
take_rest(uint8_t *to, const uint8_t *in, size_t len)
{
	uint32_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (sextets[in[i]] == 0)
			return -1;
		n = n << 6 | (uint32_t)(sextets[in[i]] - 1);
	}
	if ((n & (len == 2 ? 15U : 3U)) != 0)
		return -1;
	if (len == 2) {
		to[0] = (uint8_t)(n >> 4);
		return 1;
	}
	to[0] = (uint8_t)(n >> 10);
	to[1] = (uint8_t)(n >> 2);
	return 2;
}

ssize_t
base64_take(void *to, const char *text, size_t len)
{
	const uint8_t *in = (const uint8_t *)text;
	uint8_t *p = to;
	ssize_t rest = 0;

	if (len % 4 == 1)
		return -1;
	for (; len >= 4; len -= 4, in += 4, p += 3) {
		uint8_t a = sextets[in[0]], b = sextets[in[1]], c = sextets[in[2]],
			d = sextets[in[3]];
		uint32_t n;

		if (a == 0 || b == 0 || c == 0 || d == 0)
			return -1;
		n = (uint32_t)(a - 1) << 18 | (uint32_t)(b - 1) << 12 | (uint32_t)(c - 1) << 6 |
		    (uint32_t)(d - 1);
		p[0] = (uint8_t)(n >> 16);
		p[1] = (uint8_t)(n >> 8);
		p[2] = (uint8_t)n;
	}
	if (len > 0 && (rest = take_rest(p, in, len)) < 0)
		return -1;
	return p + rest - (uint8_t *)to;
}

void
parley_base64_put(struct parley_text *out, const void *bytes, size_t len)
{
	char *start = parley_text_reserve(out, base64_length(len, true));

	out->len += (size_t)(base64_put(start, bytes, len) - start);
	out->s[out->len] = '\0';
}

int
parley_base64_get(struct parley_text *out, const char *text, size_t len)
{
	ssize_t n = base64_take(parley_text_reserve(out, len + 2), text, len);

	if (n > 0)
		out->len += (size_t)n;
	out->s[out->len] = '\0';
	return n < 0 ? -1 : 0;
}
