/* SPDX-License-Identifier: MIT */
/* text_line.c - what may be shown as a name or title beside those of others. */
#include <parley/text.h>
#include <stdint.h>
#include <string.h>

/* More marks on one letter than any script needs reach over the lines above and below. */
#define MARKS_MAX 4

struct range {
	uint32_t first, last;
};

/* Control characters, ends of lines and paragraphs, what turns the direction of what follows. */
static const struct range bad[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0x2028, 0x202e },
	{ 0x2066, 0x2069 } };

/* Marks that are written on the letter before: of all scripts, Arabic, Thai, symbols. */
static const struct range marks[] = { { 0x300, 0x36f }, { 0x483, 0x489 }, { 0x610, 0x61a },
	{ 0x64b, 0x65f }, { 0xe31, 0xe31 }, { 0xe34, 0xe3a }, { 0xe47, 0xe4e }, { 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe20, 0xfe2f } };

/* What shows nothing where it stands alone: spaces, joiners, signs for directions, fillers. */
static const struct range blank[] = { { 0x20, 0x20 }, { 0xa0, 0xa0 }, { 0xad, 0xad },
	{ 0x34f, 0x34f }, { 0x61c, 0x61c }, { 0x115f, 0x1160 }, { 0x1680, 0x1680 },
	{ 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x2000, 0x200f }, { 0x202f, 0x202f },
	{ 0x205f, 0x206f }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 }, { 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff9, 0xfffb },
	{ 0xe0000, 0xe0fff } };

#define HAS(ranges, c) is_in(ranges, sizeof(ranges) / sizeof(ranges)[0], c)

static bool
is_in(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* The code point at s, which is valid UTF-8, and how many bytes it takes. */
static uint32_t
code_point(const char *s, size_t *bytes)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c = p[0];

	*bytes = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (*bytes > 1)
		c &= 0xffu >> (*bytes + 1);
	for (size_t i = 1; i < *bytes; i++)
		c = c << 6 | (p[i] & 0x3f);
	return c;
}

bool
parley_utf8_is_line(const char *s, size_t max)
{
	size_t len = strlen(s), bytes;
	bool seen = len == 0;
	unsigned row = 0;

	if (len > max * 4 || !parley_utf8_valid(s, len) || parley_utf8_length(s, len) > max)
		return false;
	for (; *s != '\0'; s += bytes) {
		uint32_t c = code_point(s, &bytes);
		bool mark = HAS(marks, c);

		row = mark ? row + 1 : 0;
		seen = seen || (!mark && !HAS(blank, c));
		if (HAS(bad, c) || row > MARKS_MAX)
			return false;
	}
	return seen;
}
