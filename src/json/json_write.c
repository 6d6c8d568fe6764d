/* SPDX-License-Identifier: MIT */
/* json_write.c - the streaming JSON writer. */
#include "base/real.h"
#include "json/json_scan.h"

#include <parley/json.h>

#include <math.h>
#include <string.h>

#define DEPTH_MAX 64                       /* bits of writer.arrays */
#define TIME_MIN  INT64_C(-62167219200000) /* the years that RFC 3339 can write: 0000 */
#define TIME_MAX  INT64_C(253402300799999) /* to 9999 */

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

/* Appends a quoted string. */
static void
put_quoted(struct parley_text *out, const char *s, size_t len)
{
	const char *end = s + len;
	char *to = parley_text_reserve(out, len + 2);

	*to++ = '"';
	for (;;) {
		to = copy_plain(to, &s, end);
		if (s == end)
			break;
		/* Room for this escape and for the rest as it stands, with the quote. */
		out->len = (size_t)(to - out->s);
		to = put_escape(parley_text_reserve(out, 6 + (size_t)(end - s)), *s);
		s++;
	}
	*to++ = '"';
	*to = '\0';
	out->len = (size_t)(to - out->s);
}

/* Writes n in decimal and returns what follows. */
static char *
put_decimal(char *to, uint64_t n)
{
	char digits[20];
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

/* Writes what comes before a value: the comma and the key. */
static void
put_before(struct parley_writer *w, const char *key, size_t key_len)
{
	bool wants_key = w->depth > 0 && !in_array(w);

	parley_assert(wants_key == (key != NULL));
	parley_assert(w->depth > 0 || !w->comma); /* one root */
	if (w->comma)
		parley_text_putc(w->out, ',');
	w->comma = true;
	if (key != NULL) {
		put_quoted(w->out, key, key_len);
		parley_text_putc(w->out, ':');
	}
}

static void
put_key(struct parley_writer *w, const char *key)
{
	put_before(w, key, key != NULL ? strlen(key) : 0);
}

static void
put_open(struct parley_writer *w, bool array)
{
	parley_assert(w->depth < DEPTH_MAX);
	parley_text_putc(w->out, array ? '[' : '{');
	w->arrays &= ~(UINT64_C(1) << w->depth);
	w->arrays |= (uint64_t)array << w->depth;
	w->depth++;
	w->comma = false;
}

static void
put_int(struct parley_writer *w, int64_t value)
{
	char *to = parley_text_reserve(w->out, 20);

	if (value < 0)
		*to++ = '-';
	to = put_decimal(to, value < 0 ? -(uint64_t)value : (uint64_t)value);
	*to = '\0';
	w->out->len = (size_t)(to - w->out->s);
}

static void
put_real(struct parley_writer *w, double value)
{
	char digits[REAL_SIZE];

	parley_text_add(w->out, digits, real_format(value, digits));
}

static void
put_bool(struct parley_writer *w, bool value)
{
	parley_text_puts(w->out, value ? "true" : "false");
}

void
parley_writer_init(struct parley_writer *w, struct parley_text *out)
{
	*w = (struct parley_writer){ .out = out };
}

void
parley_put_object(struct parley_writer *w, const char *key)
{
	put_key(w, key);
	put_open(w, false);
}

void
parley_put_array(struct parley_writer *w, const char *key)
{
	put_key(w, key);
	put_open(w, true);
}

void
parley_put_end(struct parley_writer *w)
{
	parley_assert(w->depth > 0);
	parley_text_putc(w->out, in_array(w) ? ']' : '}');
	w->depth--;
	w->comma = true;
}

/* ---- values ------------------------------------------------------------------------------- */

void
parley_put_null(struct parley_writer *w, const char *key)
{
	put_key(w, key);
	parley_text_add(w->out, "null", 4);
}

void
parley_put_bool(struct parley_writer *w, const char *key, bool value)
{
	put_key(w, key);
	put_bool(w, value);
}

void
parley_put_int(struct parley_writer *w, const char *key, int64_t value)
{
	put_key(w, key);
	put_int(w, value);
}

void
parley_put_real(struct parley_writer *w, const char *key, double value)
{
	put_key(w, key);
	put_real(w, value);
}

void
parley_put_string(struct parley_writer *w, const char *key, const char *value)
{
	if (value != NULL)
		parley_put_bytes(w, key, value, strlen(value));
}

void
parley_put_bytes(struct parley_writer *w, const char *key, const char *value, size_t len)
{
	put_key(w, key);
	put_quoted(w->out, value, len);
}

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

void
parley_put_time(struct parley_writer *w, const char *key, int64_t ms)
{
	char text[] = "0000-00-00T00:00:00.000Z";
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
	put_padded(text, year, 4);
	put_padded(text + 5, month, 2);
	put_padded(text + 8, mday, 2);
	put_padded(text + 11, rest / 3600000, 2);
	put_padded(text + 14, rest / 60000 % 60, 2);
	put_padded(text + 17, rest / 1000 % 60, 2);
	put_padded(text + 20, rest % 1000, 3);
	parley_put_bytes(w, key, text, sizeof text - 1);
}

static void
put_scalar(struct parley_writer *w, const struct parley_json *v)
{
	switch (v->type) {
	case PARLEY_JSON_BOOL:
		put_bool(w, v->boolean);
		break;
	case PARLEY_JSON_INT:
		put_int(w, v->integer);
		break;
	case PARLEY_JSON_REAL:
		put_real(w, v->real);
		break;
	case PARLEY_JSON_STRING:
		put_quoted(w->out, v->string, v->len);
		break;
	default:
		parley_text_add(w->out, "null", 4);
	}
}

void
parley_put_json(struct parley_writer *w, const char *key, const struct parley_json *value)
{
	const struct parley_json *ends[DEPTH_MAX], *end, *v = value;
	uint32_t open = 0;

	if (value == NULL)
		return;
	put_key(w, key);
	end = value + value->span;
	for (;;) {
		if (v->type >= PARLEY_JSON_ARRAY) {
			put_open(w, v->type == PARLEY_JSON_ARRAY);
			ends[open++] = v + v->span;
		} else {
			put_scalar(w, v);
		}
		v++;
		for (; open > 0 && v == ends[open - 1]; open--)
			parley_put_end(w);
		if (v == end)
			break;
		if (in_array(w)) {
			put_before(w, NULL, 0);
		} else {
			put_before(w, v->string, v->len);
			v++;
		}
	}
}

void
parley_put_raw(struct parley_writer *w, const char *key, const char *json, size_t len)
{
	put_key(w, key);
	parley_text_add(w->out, json, len);
}
