/* SPDX-License-Identifier: MIT */
/* log_line.c - one log line as JSON, in a buffer of fixed size, without locks or memory. */
#include "base/log_line.h"

#include <stdbool.h>
#include <string.h>

#define LOG_ROOM   64 /* kept free in a line for what closes it */
#define STANZA_MAX 96 /* bytes of a stanza's id in a line: a client chose it */

static const char *const level_names[] = { "error", "warn", "info", "debug" };

int
log_level_find(const char *name)
{
	for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
		if (strcmp(name, level_names[i]) == 0)
			return (int)i;
	return -1;
}

static void
line_puts(struct log_line *l, const char *s)
{
	while (*s != '\0' && l->len < sizeof l->s - 1)
		l->s[l->len++] = *s++;
}

static void
line_number(struct log_line *l, uint64_t n, int width)
{
	char digits[24];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0 || (int)(sizeof digits - 1 - at) < width);
	line_puts(l, digits + at);
}

/* The date of a day since 1970 in the Gregorian calendar; gmtime_r takes a lock. */
static void
line_date(struct log_line *l, int64_t days)
{
	int64_t z = days + 719468, era = z / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;

	line_number(l, (uint64_t)(yoe + era * 400 + (month <= 2)), 4);
	line_puts(l, "-");
	line_number(l, (uint64_t)month, 2);
	line_puts(l, "-");
	line_number(l, (uint64_t)(doy - (153 * mp + 2) / 5 + 1), 2);
}

void
log_line_time(struct log_line *l, struct timespec now)
{
	line_date(l, now.tv_sec / 86400);
	line_puts(l, "T");
	line_number(l, (uint64_t)(now.tv_sec / 3600 % 24), 2);
	line_puts(l, ":");
	line_number(l, (uint64_t)(now.tv_sec / 60 % 60), 2);
	line_puts(l, ":");
	line_number(l, (uint64_t)(now.tv_sec % 60), 2);
	line_puts(l, ".");
	line_number(l, (uint64_t)(now.tv_nsec / 1000000), 3);
	line_puts(l, "Z");
}

/* One character of UTF-8 at s: its length in bytes and its code point, or 1 and -1. */
static size_t
utf8_decode(const unsigned char *s, int32_t *code)
{
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	int32_t c = s[0];

	*code = n == 1 ? c : -1;
	if (n <= 1 || s[0] > 0xf4)
		return 1;
	c &= 0x7f >> n;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 1;
	*code = c;
	return n;
}

/* What could end the line, deceive a terminal or turn text around is written as an escape. */
static bool
must_escape(int32_t c)
{
	return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void
line_escape(struct log_line *l, int32_t c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '"' || c == '\\') {
		l->s[l->len++] = '\\';
		l->s[l->len++] = (char)c;
		return;
	}
	if (c == '\n') {
		line_puts(l, "\\n");
		return;
	}
	line_puts(l, "\\u");
	for (int shift = 12; shift >= 0; shift -= 4)
		l->s[l->len++] = hex[c >> shift & 15];
}

/* Appends s as the inside of a JSON string, at most limit bytes of it; says whether all fitted. */
static bool
line_text(struct log_line *l, const char *s, size_t limit)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t end = l->len + limit;

	if (end > sizeof l->s - LOG_ROOM)
		end = sizeof l->s - LOG_ROOM;
	while (*p != '\0') {
		int32_t code;
		size_t n = utf8_decode(p, &code);

		if (l->len + 6 > end)
			return false;
		if (code < 0)
			line_escape(l, 0xfffd);
		else if (must_escape(code))
			line_escape(l, code);
		else
			for (size_t i = 0; i < n; i++)
				l->s[l->len++] = (char)p[i];
		p += n;
	}
	return true;
}

static void
line_member(struct log_line *l, const char *name, const char *text, size_t limit)
{
	line_puts(l, ",\"");
	line_puts(l, name);
	line_puts(l, "\":\"");
	if (!line_text(l, text, limit))
		line_puts(l, "...");
	line_puts(l, "\"");
}

void
log_line_build(struct log_line *l, enum parley_log_level level, const char *area,
    const struct log_context *context, const char *msg)
{
	struct timespec now;

	l->len = 0;
	line_puts(l, "{\"time\":\"");
	clock_gettime(CLOCK_REALTIME, &now);
	log_line_time(l, now);
	line_puts(l, "\"");
	line_member(l, "level", level_names[level], 16);
	line_member(l, "area", area, 64);
	if (context->module != NULL)
		line_member(l, "module", context->module, 64);
	if (context->session != 0) {
		line_puts(l, ",\"session\":\"");
		line_number(l, context->session, 1);
		line_puts(l, "\"");
	}
	if (context->stanza != NULL)
		line_member(l, "stanza", context->stanza, STANZA_MAX);
	line_member(l, "msg", msg, sizeof l->s);
	line_puts(l, "}\n");
}
