/* SPDX-License-Identifier: MIT */
/* json_write.c - the streaming JSON writer. */
#include "base/real.h"
#include "json/json_put.h"
#include "json/json_scan.h"

#include <parley/json.h>

#include <string.h>

#define DEPTH_MAX  64 /* bits of writer.arrays */
#define ESCAPE_MAX 6  /* bytes of \u00XX */
#define INT_SIZE   (JSON_UINT_SIZE + 1)
#define TIME_MIN   INT64_C(-62167219200000) /* the years that RFC 3339 can write: 0000 */
#define TIME_MAX   INT64_C(253402300799999) /* to 9999 */

/* ---- pieces, written to memory that the caller has reserved ------------------------------- */

/* Copies up to the first byte that must be escaped; moves *from there. */
static char *
copy_plain(char *to, const char **from, const char *end)
{
	const char *p = *from;

	while (end - p >= 8) {
		uint64_t word = json_load(p);

		if (json_marks(word) != 0)
			break;
		memcpy(to, p, 8);
		p += 8;
		to += 8;
	}
	if (end - p >= 4 && end - p < 8 && json_marks(json_load_short(p, end)) == 0) {
		memcpy(to, p, 4);
		memcpy(to + (end - p) - 4, end - 4, 4);
		to += end - p;
		p = end;
	}
	while (p < end && json_is_plain(*p))
		*to++ = *p++;
	*from = p;
	return to;
}

static char *
put_escape(char *to, char c)
{
	static const char digits[] = "0123456789abcdef";
	static const char short_forms[0x20] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'
	};

	*to++ = '\\';
	if (c == '"' || c == '\\') {
		*to++ = c;
	} else if (short_forms[(unsigned char)c] != '\0') {
		*to++ = short_forms[(unsigned char)c];
	} else {
		memcpy(to, "u00", 3);
		to[3] = digits[c >> 4];
		to[4] = digits[c & 15];
		to += 5;
	}
	return to;
}

/* Writes a quoted string at to, where there is room for it as it stands and for after bytes more,
 * and leaves as much room behind it. */
static char *
put_quoted(struct parley_text *out, char *to, const char *s, size_t len, size_t after)
{
	const char *end = s + len;

	*to++ = '"';
	for (;;) {
		to = copy_plain(to, &s, end);
		if (s == end)
			break;
		out->len = (size_t)(to - out->s);
		to = parley_text_reserve(out, ESCAPE_MAX + (size_t)(end - s) + 1 + after);
		to = put_escape(to, *s++);
	}
	*to++ = '"';
	return to;
}

char *
json_put_uint(char *to, uint64_t n)
{
	char digits[JSON_UINT_SIZE];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	memcpy(to, digits + at, sizeof digits - at);
	return to + (sizeof digits - at);
}

/* Writes n with leading zeros in exactly width characters. */
static char *
put_padded(char *to, unsigned n, int width)
{
	for (int i = width - 1; i >= 0; i--) {
		to[i] = (char)('0' + n % 10);
		n /= 10;
	}
	return to + width;
}

/* ---- structure ---------------------------------------------------------------------------- */

static bool
in_array(const struct parley_writer *w)
{
	return (w->arrays >> (w->depth - 1) & 1) != 0;
}

/* Writes what comes before a value, the comma and the key, and returns where the value goes: there
 * is room for size bytes. Then comes end_value. */
static char *
begin_value(struct parley_writer *w, const char *key, size_t key_len, size_t size)
{
	char *to = parley_text_reserve(w->out, key_len + 4 + size);
	bool wants_key = w->depth > 0 && !in_array(w);

	parley_assert(wants_key == (key != NULL));
	parley_assert(w->depth > 0 || !w->comma); /* one root */
	if (w->comma)
		*to++ = ',';
	w->comma = true;
	if (key != NULL) {
		to = put_quoted(w->out, to, key, key_len, 1 + size);
		*to++ = ':';
	}
	return to;
}

/* The value ends before to. */
static void
end_value(struct parley_writer *w, char *to)
{
	*to = '\0';
	w->out->len = (size_t)(to - w->out->s);
}

static void
write_open(struct parley_writer *w, const char *key, size_t key_len, bool array)
{
	char *to = begin_value(w, key, key_len, 1);

	parley_assert(w->depth < DEPTH_MAX);
	*to++ = array ? '[' : '{';
	end_value(w, to);
	w->arrays &= ~(UINT64_C(1) << w->depth);
	w->arrays |= (uint64_t)array << w->depth;
	w->depth++;
	w->comma = false;
}

/* ---- values ------------------------------------------------------------------------------- */

static void
write_raw(struct parley_writer *w, const char *key, size_t key_len, const char *json, size_t len)
{
	char *to = begin_value(w, key, key_len, len);

	memcpy(to, json, len);
	end_value(w, to + len);
}

static void
write_bool(struct parley_writer *w, const char *key, size_t key_len, bool value)
{
	write_raw(w, key, key_len, value ? "true" : "false", value ? 4 : 5);
}

static void
write_int(struct parley_writer *w, const char *key, size_t key_len, int64_t value)
{
	char *to = begin_value(w, key, key_len, INT_SIZE);

	if (value < 0)
		*to++ = '-';
	end_value(w, json_put_uint(to, value < 0 ? -(uint64_t)value : (uint64_t)value));
}

static void
write_real(struct parley_writer *w, const char *key, size_t key_len, double value)
{
	char *to = begin_value(w, key, key_len, REAL_SIZE);

	end_value(w, to + real_format(value, to));
}

static void
write_string(struct parley_writer *w, const char *key, size_t key_len, const char *s, size_t len)
{
	char *to = begin_value(w, key, key_len, len + 2);

	end_value(w, put_quoted(w->out, to, s, len, 0));
}

static size_t
key_length(const char *key)
{
	return key != NULL ? strlen(key) : 0;
}

void
parley_writer_init(struct parley_writer *w, struct parley_text *out)
{
	*w = (struct parley_writer){ .out = out };
}

void
parley_put_object(struct parley_writer *w, const char *key)
{
	write_open(w, key, key_length(key), false);
}

void
parley_put_array(struct parley_writer *w, const char *key)
{
	write_open(w, key, key_length(key), true);
}

void
parley_put_end(struct parley_writer *w)
{
	parley_assert(w->depth > 0);
	parley_text_putc(w->out, in_array(w) ? ']' : '}');
	w->depth--;
	w->comma = true;
}

void
parley_put_null(struct parley_writer *w, const char *key)
{
	write_raw(w, key, key_length(key), "null", 4);
}

void
parley_put_bool(struct parley_writer *w, const char *key, bool value)
{
	write_bool(w, key, key_length(key), value);
}

void
parley_put_int(struct parley_writer *w, const char *key, int64_t value)
{
	write_int(w, key, key_length(key), value);
}

void
parley_put_real(struct parley_writer *w, const char *key, double value)
{
	write_real(w, key, key_length(key), value);
}

void
parley_put_string(struct parley_writer *w, const char *key, const char *value)
{
	if (value != NULL)
		write_string(w, key, key_length(key), value, strlen(value));
}

void
parley_put_bytes(struct parley_writer *w, const char *key, const char *value, size_t len)
{
	write_string(w, key, key_length(key), value, len);
}

void
parley_put_raw(struct parley_writer *w, const char *key, const char *json, size_t len)
{
	write_raw(w, key, key_length(key), json, len);
}

/* ---- time --------------------------------------------------------------------------------- */

/* Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar without end:
 * years begin in March here, so that the day that comes and goes is a year's last. */
static void
civil_date(int64_t day, unsigned *year, unsigned *month, unsigned *mday)
{
	uint64_t since = (uint64_t)(day + 719468); /* 0000-03-01; 400 years have 146097 days */
	uint64_t era, y, yday, m;

	since += 146097; /* dates from January 0000 on are a little before that */
	era = since / 146097;
	since %= 146097;
	y = (since - since / 1460 + since / 36524 - since / 146096) / 365;
	yday = since - (365 * y + y / 4 - y / 100);
	m = (5 * yday + 2) / 153;
	*mday = (unsigned)(yday - (153 * m + 2) / 5 + 1);
	*month = (unsigned)(m < 10 ? m + 3 : m - 9);
	*year = (unsigned)(y + era * 400 + (*month <= 2) - 400);
}

static void
time_format(char text[JSON_TIME_SIZE], int64_t ms)
{
	unsigned year, month, mday, rest;
	int64_t day;

	if (ms < TIME_MIN)
		ms = TIME_MIN;
	if (ms > TIME_MAX)
		ms = TIME_MAX;
	day = ms / 86400000;
	if (ms % 86400000 < 0)
		day--;
	rest = (unsigned)(ms - day * 86400000);
	civil_date(day, &year, &month, &mday);
	memcpy(text, "0000-00-00T00:00:00.000Z", JSON_TIME_SIZE);
	put_padded(text, year, 4);
	put_padded(text + 5, month, 2);
	put_padded(text + 8, mday, 2);
	put_padded(text + 11, rest / 3600000, 2);
	put_padded(text + 14, rest / 60000 % 60, 2);
	put_padded(text + 17, rest / 1000 % 60, 2);
	put_padded(text + 20, rest % 1000, 3);
}

/* A message's time is written several times, and many have the same. */
char *
json_put_time(char *to, int64_t ms)
{
	static _Thread_local struct {
		int64_t ms;
		char text[JSON_TIME_SIZE];
	} last;

	if (last.text[0] == '\0' || last.ms != ms) {
		time_format(last.text, ms);
		last.ms = ms;
	}
	memcpy(to, last.text, JSON_TIME_SIZE);
	return to + JSON_TIME_SIZE;
}

void
parley_put_time(struct parley_writer *w, const char *key, int64_t ms)
{
	char text[JSON_TIME_SIZE];

	json_put_time(text, ms);
	parley_put_bytes(w, key, text, sizeof text);
}

/* ---- parsed values ------------------------------------------------------------------------ */

static void
write_node(struct parley_writer *w, const char *key, size_t key_len, const struct parley_json *v)
{
	switch (v->type) {
	case PARLEY_JSON_NULL:
		write_raw(w, key, key_len, "null", 4);
		break;
	case PARLEY_JSON_BOOL:
		write_bool(w, key, key_len, v->boolean);
		break;
	case PARLEY_JSON_INT:
		write_int(w, key, key_len, v->integer);
		break;
	case PARLEY_JSON_REAL:
		write_real(w, key, key_len, v->real);
		break;
	case PARLEY_JSON_STRING:
		write_string(w, key, key_len, v->string, v->len);
		break;
	case PARLEY_JSON_ARRAY:
	case PARLEY_JSON_OBJECT:
		write_open(w, key, key_len, v->type == PARLEY_JSON_ARRAY);
	}
}

void
parley_put_json(struct parley_writer *w, const char *key, const struct parley_json *value)
{
	const struct parley_json *ends[DEPTH_MAX], *v = value;
	size_t key_len = key_length(key);
	uint32_t open = 0;

	if (value == NULL)
		return;
	for (;;) {
		write_node(w, key, key_len, v);
		if (v->type >= PARLEY_JSON_ARRAY)
			ends[open++] = v + v->span;
		v++;
		for (; open > 0 && v == ends[open - 1]; open--)
			parley_put_end(w);
		if (open == 0)
			return;
		key = NULL;
		key_len = 0;
		if (!in_array(w)) {
			key = v->string;
			key_len = v->len;
			v++;
		}
	}
}
