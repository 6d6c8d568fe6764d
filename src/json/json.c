/* SPDX-License-Identifier: MIT */
/* json.c - the strict, bounded JSON reader: one pass over the text, in place, onto a flat tape.
 *
 * The byte behind the text is made NUL, which no rule of the grammar accepts, so nothing here asks
 * whether the end has come but the loops that look at eight bytes at once. */
#include "json/json.h"

#include "base/hash.h"
#include "base/real.h"
#include "json/json_scan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX  64
#define DIGITS_MAX 18 /* of an integer: all of them fit int64_t */
#define NAMES_FEW  16 /* up to so many names of an object are compared with each other */

const struct json_limits json_limits_guest = { .depth = 16, .elements = 96 };
const struct json_limits json_limits_user = { .depth = 32, .elements = 8192 };
const struct json_limits json_limits_own = { .depth = DEPTH_MAX, .elements = 1U << 20 };

/* An array or object that is still open. */
struct level {
	uint32_t node;
	uint32_t name; /* object: node of the name that was read last, or 0 */
	uint64_t
	    names; /* object: a bit for each name so far, to tell most new ones without a look */
};

struct reader {
	struct arena *arena;
	const struct json_limits *limits;
	struct parley_error *err;
	const char *start;
	char *end;
	struct parley_json *nodes;
	uint32_t count, room;
	uint32_t depth;
	struct level levels[DEPTH_MAX];
};

/* ---- errors ------------------------------------------------------------------------------- */

/* Appends "/step" to the pointer in out when all of it fits. */
static bool
pointer_add(char *out, size_t size, const char *step)
{
	size_t start = strlen(out), n = start;

	out[n++] = '/';
	for (; *step != '\0' && n + 2 < size; step++) {
		if (*step == '~' || *step == '/') {
			out[n++] = '~';
			out[n++] = *step == '~' ? '0' : '1';
		} else {
			out[n++] = *step;
		}
	}
	out[*step == '\0' && n < size ? n : start] = '\0';
	return *step == '\0';
}

/* The pointer to where the reader is, cut between steps when it is long. */
static void
reader_where(const struct reader *r, char *out, size_t size)
{
	out[0] = '\0';
	for (uint32_t i = 0; i < r->depth; i++) {
		const struct level *l = &r->levels[i];
		const struct parley_json *v = &r->nodes[l->node];
		char index[16];
		const char *step = index;

		if (v->type == PARLEY_JSON_OBJECT && l->name == 0)
			return;
		if (v->type == PARLEY_JSON_OBJECT)
			step = r->nodes[l->name].string;
		else
			snprintf(index, sizeof index, "%u", v->len > 0 ? v->len - 1 : 0);
		if (strlen(out) + 3 > size || !pointer_add(out, size, step))
			return;
	}
}

/* Fails at p, for breaking the rule. Returns NULL. */
static char *
refuse(struct reader *r, enum parley_code code, const char *p, const char *rule)
{
	char where[sizeof r->err->where];

	if (r->err == NULL)
		return NULL;
	reader_where(r, where, sizeof where);
	if (p == r->end && code == PARLEY_BAD_REQUEST)
		rule = "the text ends too early";
	parley_fail(r->err, code, where, "%s, at byte %zu", rule, (size_t)(p - r->start));
	return NULL;
}

static char *
malformed(struct reader *r, const char *p, const char *rule)
{
	return refuse(r, PARLEY_BAD_REQUEST, p, rule);
}

/* ---- the tape ----------------------------------------------------------------------------- */

static bool
nodes_grow(struct reader *r)
{
	uint32_t room = r->room * 2;

	if (r->room >= r->limits->elements)
		return false;
	if (room > r->limits->elements)
		room = r->limits->elements;
	r->nodes =
	    arena_resize(r->arena, r->nodes, r->room * sizeof *r->nodes, room * sizeof *r->nodes);
	r->room = room;
	return true;
}

/* The next node, valid until the one after it is added; NULL when the limit is reached. */
static struct parley_json *
node_add(struct reader *r, const char *p, enum parley_json_type type)
{
	struct parley_json *v;

	if (r->count == r->room && !nodes_grow(r)) {
		refuse(r, PARLEY_TOO_LARGE, p, "too many values and names");
		return NULL;
	}
	v = &r->nodes[r->count++];
	v->type = type;
	v->span = 1;
	v->len = 0;
	return v;
}

/* ---- strings ------------------------------------------------------------------------------ */

/* Four hexadecimal digits, or -1. */
static int
hex4(const char *p)
{
	int value = 0;

	for (int i = 0; i < 4; i++) {
		int c = p[i], low = c | 0x20;

		if (c >= '0' && c <= '9')
			value = value * 16 + (c - '0');
		else if (low >= 'a' && low <= 'f')
			value = value * 16 + (low - 'a' + 10);
		else
			return -1;
	}
	return value;
}

/* The code point of \uXXXX or of a pair of them, whose digits begin at p; moves p behind. Or -1. */
static int
unicode_escape(char **p)
{
	int high = hex4(*p), low;

	if (high < 0)
		return -1;
	*p += 4;
	if (high < 0xd800 || high > 0xdfff)
		return high;
	if (high > 0xdbff || (*p)[0] != '\\' || (*p)[1] != 'u')
		return -1;
	low = hex4(*p + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return -1;
	*p += 6;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static char *
utf8_put(char *to, int c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* Writes what the escape at p (its backslash) stands for to *to, never more than was read, and
 * returns what follows. */
static char *
read_escape(struct reader *r, char *p, char **to)
{
	char *start = p;
	int c = -1;

	switch (p[1]) {
	case '"':
	case '\\':
	case '/':
		c = p[1];
		break;
	case 'n':
		c = '\n';
		break;
	case 'r':
		c = '\r';
		break;
	case 't':
		c = '\t';
		break;
	case 'b':
	case 'f':
		c = 0;
		break;
	case 'u':
		p += 2;
		c = unicode_escape(&p);
		break;
	}
	if (c < 0)
		return malformed(r, start, "not a valid escape");
	if (c == 0xfffe || c == 0xffff || (c < 0x20 && c != '\n' && c != '\r' && c != '\t'))
		return malformed(r, start, "a character that is not allowed");
	*to = utf8_put(*to, c);
	return p == start ? p + 2 : p;
}

/* Fails for the byte at p, which cannot stand in a string. */
static char *
string_fault(struct reader *r, const char *p)
{
	if ((unsigned char)*p < 0x20)
		return malformed(r, p, "a control character that is not escaped");
	return malformed(r, p, "not valid UTF-8, or a character that is not allowed");
}

/* Reads the string whose first byte is s up to its quote, in place. What follows it, or NULL. */
static char *
read_string(struct reader *r, char *s, struct parley_json *v)
{
	char *p = json_scan_string(s, r->end), *to = p;

	while (*p != '"') {
		char *run;

		if (*p != '\\')
			return string_fault(r, p);
		run = read_escape(r, p, &to);
		if (run == NULL)
			return NULL;
		p = json_scan_string(run, r->end);
		memmove(to, run, (size_t)(p - run));
		to += p - run;
	}
	*to = '\0';
	v->string = s;
	v->len = (uint32_t)(to - s);
	return p + 1;
}

/* ---- numbers and literals ----------------------------------------------------------------- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char *
skip_digits(char *p)
{
	while (is_digit(*p))
		p++;
	return p;
}

/* A number from s whose fraction or exponent begins at p. */
static char *
read_real(struct reader *r, const char *s, char *p, struct parley_json *v)
{
	if (*p == '.') {
		if (!is_digit(*++p))
			return malformed(r, p, "a digit must follow the point");
		p = skip_digits(p);
	}
	if (*p == 'e' || *p == 'E') {
		p++;
		if (*p == '+' || *p == '-')
			p++;
		if (!is_digit(*p))
			return malformed(r, p, "a digit must follow in the exponent");
		p = skip_digits(p);
	}
	v->type = PARLEY_JSON_REAL;
	v->real = real_parse(s);
	if (!isfinite(v->real))
		return malformed(r, s, "the number is too large");
	return p;
}

static char *
read_number(struct reader *r, char *s)
{
	struct parley_json *v = node_add(r, s, PARLEY_JSON_INT);
	char *p = s + (*s == '-'), *digits = p;
	uint64_t n = 0;

	if (v == NULL)
		return NULL;
	if (!is_digit(*p))
		return malformed(r, p, "a digit must follow the minus sign");
	if (*p == '0')
		p++;
	else
		for (; is_digit(*p); p++)
			n = n * 10 + (uint64_t)(*p - '0');
	if (*p == '.' || *p == 'e' || *p == 'E')
		return read_real(r, s, p, v);
	if (p - digits > DIGITS_MAX)
		return malformed(r, s, "an integer of more than 18 digits");
	v->integer = *s == '-' ? -(int64_t)n : (int64_t)n;
	return p;
}

static char *
read_literal(struct reader *r, char *p)
{
	size_t left = (size_t)(r->end - p);
	struct parley_json *v;

	if (left >= 4 && memcmp(p, "null", 4) == 0) {
		v = node_add(r, p, PARLEY_JSON_NULL);
		return v != NULL ? p + 4 : NULL;
	}
	if (left >= 4 && memcmp(p, "true", 4) == 0) {
		v = node_add(r, p, PARLEY_JSON_BOOL);
		if (v == NULL)
			return NULL;
		v->boolean = true;
		return p + 4;
	}
	if (left >= 5 && memcmp(p, "false", 5) == 0) {
		v = node_add(r, p, PARLEY_JSON_BOOL);
		if (v == NULL)
			return NULL;
		v->boolean = false;
		return p + 5;
	}
	return malformed(r, p, "a value is expected");
}

/* ---- names -------------------------------------------------------------------------------- */

static bool
name_equals(const struct parley_json *a, const struct parley_json *b)
{
	return a->len == b->len && memcmp(a->string, b->string, a->len) == 0;
}

/* One bit out of 64 that equal names share. */
static uint64_t
name_bit(const struct parley_json *name)
{
	const char *s = name->string;
	uint32_t last = name->len > 0 ? name->len - 1 : 0;
	uint32_t mix = name->len * 7U + (unsigned char)s[0] * 31U + (unsigned char)s[last] * 1031U;

	return UINT64_C(1) << (mix * 0x9e3779b1U >> 26);
}

/* True when the object has the name already. Only for the first NAMES_FEW members: for more of
 * them, which a peer could choose so that all comparisons are made, the end of the object looks. */
static bool
name_repeated(const struct reader *r, struct level *l, const struct parley_json *name)
{
	uint64_t bit = name_bit(name);
	const struct parley_json *object = &r->nodes[l->node];

	if (object->len > NAMES_FEW)
		return false;
	if ((l->names & bit) != 0)
		for (const struct parley_json *k = object + 1; k < name; k += k->span)
			if (name_equals(k, name))
				return true;
	l->names |= bit;
	return false;
}

/* The node of a name that the object has twice, or 0. Takes time in proportion to the members,
 * whatever their names, because nobody outside can guess what a name hashes to. */
static uint32_t
names_find_repeated(struct reader *r, uint32_t object)
{
	uint32_t mask = NAMES_FEW * 2, *slots, repeated = 0;
	uint32_t end = object + r->nodes[object].span;

	while (mask < r->nodes[object].len * 2)
		mask *= 2;
	slots = arena_zero(r->arena, mask-- * sizeof *slots);
	for (uint32_t k = object + 1; k < end && repeated == 0; k += r->nodes[k].span) {
		const struct parley_json *name = &r->nodes[k];
		uint32_t at = (uint32_t)hash_bytes(name->string, name->len) & mask;

		while (slots[at] != 0 && !name_equals(&r->nodes[slots[at]], name))
			at = (at + 1) & mask;
		if (slots[at] != 0)
			repeated = k;
		slots[at] = k;
	}
	arena_resize(r->arena, slots, (mask + 1) * sizeof *slots, 0);
	return repeated;
}

/* Reads a member's name at p and its colon; returns where the value begins. */
static char *
read_name(struct reader *r, struct level *l, char *p)
{
	struct parley_json *name;
	char *start = p;

	l->name = 0;
	if (*p != '"')
		return malformed(r, p, "a name in quotes is expected");
	name = node_add(r, p, PARLEY_JSON_STRING);
	if (name == NULL)
		return NULL;
	p = read_string(r, p + 1, name);
	if (p == NULL)
		return NULL;
	name->span = 2; /* corrected when the value turns out to be longer */
	l->name = r->count - 1;
	if (name_repeated(r, l, name))
		return malformed(r, start, "the name is there twice");
	p = json_skip_space(p);
	if (*p != ':')
		return malformed(r, p, "a colon is expected");
	return json_skip_space(p + 1);
}

/* ---- arrays and objects ------------------------------------------------------------------- */

static char *
open_container(struct reader *r, char *p, enum parley_json_type type)
{
	if (r->depth >= r->limits->depth)
		return refuse(r, PARLEY_TOO_LARGE, p, "too many levels of arrays and objects");
	if (node_add(r, p, type) == NULL)
		return NULL;
	r->levels[r->depth++] = (struct level){ .node = r->count - 1 };
	return p + 1;
}

static char *
close_container(struct reader *r, char *p)
{
	struct level *l = &r->levels[r->depth - 1];
	struct parley_json *v = &r->nodes[l->node];

	v->span = r->count - l->node;
	if (v->type == PARLEY_JSON_OBJECT && v->len > NAMES_FEW) {
		uint32_t repeated = names_find_repeated(r, l->node);

		if (repeated != 0) {
			l->name = repeated;
			return malformed(r, p, "a name is there twice in the object that ends");
		}
	}
	r->depth--;
	if (r->depth > 0 && r->nodes[r->levels[r->depth - 1].node].type == PARLEY_JSON_OBJECT)
		v[-1].span = v->span + 1;
	return p + 1;
}

/* Reads the value at p, of an array or object only the opening. What follows it, or NULL. */
static char *
read_value(struct reader *r, char *p)
{
	struct parley_json *v;

	switch (*p) {
	case '"':
		v = node_add(r, p, PARLEY_JSON_STRING);
		return v != NULL ? read_string(r, p + 1, v) : NULL;
	case '{':
		return open_container(r, p, PARLEY_JSON_OBJECT);
	case '[':
		return open_container(r, p, PARLEY_JSON_ARRAY);
	case '-':
		return read_number(r, p);
	default:
		return is_digit(*p) ? read_number(r, p) : read_literal(r, p);
	}
}

/* Reads one item or member of the innermost array or object, or its end. */
static char *
read_next(struct reader *r, char *p)
{
	struct level *l = &r->levels[r->depth - 1];
	struct parley_json *v = &r->nodes[l->node];
	bool object = v->type == PARLEY_JSON_OBJECT;

	if (*p == (object ? '}' : ']'))
		return close_container(r, p);
	if (v->len > 0) {
		if (*p != ',')
			return malformed(r, p, "a comma or the end is expected");
		p = json_skip_space(p + 1);
	}
	v->len++;
	if (object)
		p = read_name(r, l, p);
	return p != NULL ? read_value(r, p) : NULL;
}

static bool
read_text(struct reader *r, char *p)
{
	p = read_value(r, json_skip_space(p));
	while (p != NULL && r->depth > 0)
		p = read_next(r, json_skip_space(p));
	if (p == NULL)
		return false;
	p = json_skip_space(p);
	if (p != r->end)
		malformed(r, p, "something follows the value");
	return p == r->end;
}

const struct parley_json *
json_parse(struct arena *arena, char *text, size_t len, const struct json_limits *limits,
    struct parley_error *err)
{
	struct reader r = { .arena = arena, .limits = limits, .err = err };

	parley_assert(limits->depth <= DEPTH_MAX && limits->elements > 0);
	if (len >= INT32_MAX) {
		parley_fail(err, PARLEY_TOO_LARGE, NULL, "the text is too large");
		return NULL;
	}
	r.start = text;
	r.end = text + len;
	*r.end = '\0';
	/* Chat traffic has a value or name in every 16 bytes; what is too much is given back. */
	r.room = (uint32_t)len / 16 + 8;
	if (r.room > limits->elements)
		r.room = limits->elements;
	r.nodes = arena_take(arena, r.room * sizeof *r.nodes);
	if (!read_text(&r, text))
		return NULL;
	return arena_resize(arena, r.nodes, r.room * sizeof *r.nodes, r.count * sizeof *r.nodes);
}

const struct parley_json *
json_parse_copy(struct arena *arena, const char *text, size_t len, const struct json_limits *limits,
    struct parley_error *err)
{
	return json_parse(arena, arena_copy(arena, text, len), len, limits, err);
}
