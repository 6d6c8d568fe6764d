/* SPDX-License-Identifier: MIT */
/* json_scan.h - the inner loops that the JSON reader and writer share, eight bytes at a time. */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define JSON_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Eight bytes, the first in the lowest bits. */
static inline uint64_t
json_load(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof word);
	return le64toh(word);
}

/* The first four bytes and the last four, of four to eight. */
static inline uint64_t
json_load_short(const char *p, const char *end)
{
	uint32_t first, last;

	memcpy(&first, p, sizeof first);
	memcpy(&last, end - sizeof last, sizeof last);
	return le32toh(first) | (uint64_t)le32toh(last) << 32;
}

/* The highest bit of each byte that is a quote, a backslash or below 0x20. Borrows can set bits
 * above the lowest one that is right, so only the lowest counts. */
static inline uint64_t
json_marks(uint64_t word)
{
	uint64_t quote = word ^ JSON_EACH('"'), slash = word ^ JSON_EACH('\\');

	return (((quote - JSON_EACH(1)) & ~quote) | ((slash - JSON_EACH(1)) & ~slash) |
		   ((word - JSON_EACH(0x20)) & ~word)) &
	       JSON_EACH(0x80);
}

static inline bool
json_is_plain(char c)
{
	return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

static inline char *
json_skip_space(char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return p;
}

/* Length of the well-formed UTF-8 sequence of more than one byte at p, whose character XML 1.0
 * allows; 0 when it is none. Reads no further than the first byte that is wrong. */
static inline size_t
json_sequence(const char *at)
{
	const unsigned char *p = (const unsigned char *)at;

	if (p[0] < 0xc2 || p[0] > 0xf4 || (p[1] & 0xc0) != 0x80)
		return 0;
	if (p[0] < 0xe0)
		return 2;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) || (p[2] & 0xc0) != 0x80)
		return 0;
	if (p[0] < 0xf0)
		return p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe ? 0 : 3;
	return (p[3] & 0xc0) == 0x80 ? 4 : 0;
}

/* The first byte from p on that is a quote, a backslash, a control character or not well-formed.
 * *end is NUL. */
static inline char *
json_scan_string(char *p, const char *end)
{
	for (;;) {
		while (end - p >= 8) {
			uint64_t word = json_load(p);
			uint64_t marks = json_marks(word) | (word & JSON_EACH(0x80));

			if (marks != 0) {
				p += __builtin_ctzll(marks) / 8;
				break;
			}
			p += 8;
		}
		while (json_is_plain(*p) && (*p & 0x80) == 0)
			p++;
		while ((*p & 0x80) != 0) {
			size_t n = json_sequence(p);

			if (n == 0)
				return p;
			p += n;
		}
		if (!json_is_plain(*p))
			return p;
	}
}

#endif
