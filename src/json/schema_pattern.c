/* SPDX-License-Identifier: MIT */
/* schema_pattern.c - small regular expressions as sets of bits (Glushkov's automaton: a state is a
 * place in the pattern, and the places where a text may be are one word). */
#include "json/schema_pattern.h"

#include <stdint.h>
#include <string.h>

#define PLACES_MAX 64 /* bits in a word */
#define GROUPS_MAX 16 /* nesting, so also recursion */
#define REPEAT_MAX 1000
#define STEPS_MAX  4096 /* atoms read, those of repetitions again and again */
#define NO_MAX     UINT32_MAX

/* Kinds of characters: one for each of ASCII, and what "." and "\s" tell apart beyond it. */
enum { KIND_OTHER = 128, KIND_SPACE, KIND_LINE, KINDS };

struct schema_pattern {
	uint64_t takes[KINDS];       /* places that a character of this kind fits */
	uint64_t first;              /* places where a match may begin */
	uint64_t last;               /* places where it may end */
	bool empty;                  /* the empty text matches */
	uint64_t follow[PLACES_MAX]; /* places that may come after each */
};

/* Part of a pattern: the same three as above. */
struct part {
	uint64_t first, last;
	bool empty;
};

/* A set of kinds of characters. */
struct kinds {
	uint64_t ascii[2];
	bool other, space, line;
};

struct reader {
	struct schema_pattern *p;
	const char *start, *at;
	unsigned places, steps, groups;
	struct parley_error *err;
};

static bool
fail(const struct reader *r, const char *what)
{
	parley_fail(r->err, PARLEY_BAD_REQUEST, NULL, "%s, at byte %zu of the pattern", what,
	    (size_t)(r->at - r->start));
	return false;
}

/* ---- sets of characters ------------------------------------------------------------------- */

static void
kinds_add(struct kinds *k, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		k->ascii[c / 64] |= UINT64_C(1) << (c % 64);
}

static void
kinds_join(struct kinds *k, const struct kinds *other)
{
	k->ascii[0] |= other->ascii[0];
	k->ascii[1] |= other->ascii[1];
	k->other |= other->other;
	k->space |= other->space;
	k->line |= other->line;
}

static void
kinds_invert(struct kinds *k)
{
	k->ascii[0] = ~k->ascii[0];
	k->ascii[1] = ~k->ascii[1];
	k->other = !k->other;
	k->space = !k->space;
	k->line = !k->line;
}

/* What \d, \w, \s and their opposites stand for. False for any other letter. */
static bool
kinds_of_letter(char letter, struct kinds *k)
{
	char low = (char)(letter | 0x20);

	*k = (struct kinds){ 0 };
	if (low != 'd' && low != 'w' && low != 's')
		return false;
	if (low == 's') {
		kinds_add(k, '\t', '\r');
		kinds_add(k, ' ', ' ');
		k->space = k->line = true;
	} else {
		kinds_add(k, '0', '9');
	}
	if (low == 'w') {
		kinds_add(k, 'a', 'z');
		kinds_add(k, 'A', 'Z');
		kinds_add(k, '_', '_');
	}
	if (letter != low)
		kinds_invert(k);
	return true;
}

/* The character that an escape with this letter stands for, or 0. */
static char
escaped_character(char letter, bool in_class)
{
	switch (letter) {
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 'f':
		return '\f';
	case 'v':
		return '\v';
	case '-':
		return in_class ? '-' : 0;
	}
	return letter != '\0' && strchr("^$\\.*+?()[]{}|/", letter) != NULL ? letter : 0;
}

/* ---- parts -------------------------------------------------------------------------------- */

static void
link_places(struct reader *r, uint64_t from, uint64_t to)
{
	for (; from != 0; from &= from - 1)
		r->p->follow[__builtin_ctzll(from)] |= to;
}

/* a, then b. */
static struct part
part_then(struct reader *r, struct part a, struct part b)
{
	link_places(r, a.last, b.first);
	return (struct part){
		.first = a.empty ? a.first | b.first : a.first,
		.last = b.empty ? a.last | b.last : b.last,
		.empty = a.empty && b.empty,
	};
}

static bool
place_new(struct reader *r, const struct kinds *k, struct part *out)
{
	uint64_t bit;

	if (r->places == PLACES_MAX)
		return fail(r, "more than 64 characters and classes");
	bit = UINT64_C(1) << r->places++;
	for (unsigned c = 0; c < 128; c++)
		if (k->ascii[c / 64] >> (c % 64) & 1)
			r->p->takes[c] |= bit;
	r->p->takes[KIND_OTHER] |= k->other ? bit : 0;
	r->p->takes[KIND_SPACE] |= k->space ? bit : 0;
	r->p->takes[KIND_LINE] |= k->line ? bit : 0;
	*out = (struct part){ bit, bit, false };
	return true;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* A character or escape inside a class: one character in *c, or a set added to k and *c 0. */
static bool
read_class_atom(struct reader *r, struct kinds *k, char *c)
{
	struct kinds set;

	*c = *r->at;
	if ((unsigned char)*c >= 0x80)
		return fail(r, "a character beyond ASCII");
	if (*c == '\0')
		return fail(r, "a class without its end");
	r->at++;
	if (*c != '\\')
		return true;
	*c = escaped_character(*r->at, true);
	if (*c == 0 && !kinds_of_letter(*r->at, &set))
		return fail(r, "an escape that is not known");
	if (*c == 0)
		kinds_join(k, &set);
	r->at++;
	return true;
}

/* One character, one range or one escape of a class. */
static bool
read_class_item(struct reader *r, struct kinds *k)
{
	char from, to;

	if (!read_class_atom(r, k, &from))
		return false;
	if (r->at[0] != '-' || r->at[1] == ']') {
		if (from != 0)
			kinds_add(k, (unsigned char)from, (unsigned char)from);
		return true;
	}
	r->at++;
	if (!read_class_atom(r, k, &to))
		return false;
	if (from == 0 || to == 0 || from > to)
		return fail(r, "a range that is none");
	kinds_add(k, (unsigned char)from, (unsigned char)to);
	return true;
}

/* Behind the opening bracket. */
static bool
read_class(struct reader *r, struct part *out)
{
	struct kinds k = { 0 };
	bool inverted = *r->at == '^';

	r->at += inverted;
	if (*r->at == ']')
		return fail(r, "an empty class");
	while (*r->at != ']')
		if (!read_class_item(r, &k))
			return false;
	r->at++;
	if (inverted)
		kinds_invert(&k);
	return place_new(r, &k, out);
}

static bool
read_escape(struct reader *r, struct part *out)
{
	struct kinds k = { 0 };
	char c = escaped_character(*r->at, false);

	if (c != 0)
		kinds_add(&k, (unsigned char)c, (unsigned char)c);
	else if (!kinds_of_letter(*r->at, &k))
		return fail(r, "an escape that is not known");
	r->at++;
	return place_new(r, &k, out);
}

static bool
read_dot(struct reader *r, struct part *out)
{
	struct kinds k = { .line = true };

	kinds_add(&k, '\n', '\n');
	kinds_add(&k, '\r', '\r');
	kinds_invert(&k);
	return place_new(r, &k, out);
}

static bool read_sequence(struct reader *r, struct part *out);

/* Behind the opening parenthesis. */
static bool
read_group(struct reader *r, struct part *out)
{
	struct part next;

	if (++r->groups > GROUPS_MAX)
		return fail(r, "too many groups in each other");
	if (r->at[0] == '?' && r->at[1] != ':')
		return fail(r, "a kind of group that is not known");
	if (r->at[0] == '?')
		r->at += 2;
	if (!read_sequence(r, out))
		return false;
	while (*r->at == '|') {
		r->at++;
		if (!read_sequence(r, &next))
			return false;
		out->first |= next.first;
		out->last |= next.last;
		out->empty |= next.empty;
	}
	if (*r->at != ')')
		return fail(r, "a group without its end");
	r->at++;
	r->groups--;
	return true;
}

static bool
read_atom(struct reader *r, struct part *out)
{
	struct kinds k = { 0 };
	char c = *r->at;

	if (++r->steps > STEPS_MAX)
		return fail(r, "too many repetitions");
	if ((unsigned char)c >= 0x80)
		return fail(r, "a character beyond ASCII");
	if (strchr("^$*+?{}]", c) != NULL)
		return fail(r, "a character that must have a backslash here");
	r->at++;
	switch (c) {
	case '(':
		return read_group(r, out);
	case '[':
		return read_class(r, out);
	case '\\':
		return read_escape(r, out);
	case '.':
		return read_dot(r, out);
	}
	kinds_add(&k, (unsigned char)c, (unsigned char)c);
	return place_new(r, &k, out);
}

static bool
read_number(struct reader *r, uint32_t *n)
{
	if (*r->at < '0' || *r->at > '9')
		return fail(r, "a number of repetitions is expected");
	for (*n = 0; *r->at >= '0' && *r->at <= '9'; r->at++) {
		*n = *n * 10 + (uint32_t)(*r->at - '0');
		if (*n > REPEAT_MAX)
			return fail(r, "more than 1000 repetitions");
	}
	return true;
}

/* Behind the opening brace. */
static bool
read_braces(struct reader *r, uint32_t *min, uint32_t *max)
{
	if (!read_number(r, min))
		return false;
	*max = *min;
	if (*r->at == ',') {
		r->at++;
		*max = NO_MAX;
		if (*r->at != '}' && !read_number(r, max))
			return false;
	}
	if (*r->at != '}' || *max < *min)
		return fail(r, "repetitions that make no sense");
	r->at++;
	return true;
}

/* How often: once when nothing is said. */
static bool
read_quantifier(struct reader *r, uint32_t *min, uint32_t *max)
{
	char c = *r->at;

	*min = c == '*' || c == '?' ? 0 : 1;
	*max = c == '*' || c == '+' ? NO_MAX : 1;
	if (c == '\0' || strchr("*+?{", c) == NULL)
		return true;
	r->at++;
	if (c == '{' && !read_braces(r, min, max))
		return false;
	if (*r->at != '\0' && strchr("*+?{", *r->at) != NULL)
		return fail(r, "a second repetition");
	return true;
}

/* An atom with its quantifier. A repetition is written out: its text is read again for each. */
static bool
read_repeated(struct reader *r, struct part *out)
{
	const char *start = r->at, *end;
	struct part atom, all = { .empty = true };
	uint32_t min, max, copies;

	if (!read_atom(r, &atom) || !read_quantifier(r, &min, &max))
		return false;
	end = r->at;
	copies = max != NO_MAX ? max : min > 0 ? min : 1;
	for (uint32_t i = 0; i < copies; i++) {
		r->at = start;
		if (i > 0 && !read_atom(r, &atom))
			return false;
		if (max == NO_MAX && i + 1 == copies)
			link_places(r, atom.last, atom.first);
		atom.empty |= i >= min;
		all = part_then(r, all, atom);
	}
	r->at = end;
	*out = all;
	return true;
}

/* Up to the end, a bar, a closing parenthesis, or the dollar that ends the pattern. */
static bool
read_sequence(struct reader *r, struct part *out)
{
	*out = (struct part){ .empty = true };
	while (*r->at != '\0' && *r->at != '|' && *r->at != ')' &&
	       (r->at[0] != '$' || r->at[1] != '\0')) {
		struct part next;

		if (!read_repeated(r, &next))
			return false;
		*out = part_then(r, *out, next);
	}
	return true;
}

static bool
read_pattern(struct reader *r)
{
	struct part all;

	if (*r->at != '^')
		return fail(r, "it must begin with ^");
	r->at++;
	if (!read_sequence(r, &all))
		return false;
	if (*r->at == '|')
		return fail(r, "alternatives must stand in a group");
	if (r->at[0] != '$' || r->at[1] != '\0')
		return fail(r, "it must end with $");
	r->p->first = all.first;
	r->p->last = all.last;
	r->p->empty = all.empty;
	return true;
}

const struct schema_pattern *
schema_pattern_compile(struct arena *arena, const char *text, struct parley_error *err)
{
	struct reader r = { .start = text, .at = text, .err = err };

	r.p = arena_zero(arena, sizeof *r.p);
	return read_pattern(&r) ? r.p : NULL;
}

/* ---- matching ----------------------------------------------------------------------------- */

/* The kind of a character beyond ASCII; *size is how many bytes it has. */
static unsigned
kind_beyond(const unsigned char *s, size_t left, size_t *size)
{
	unsigned c;

	*size = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (*size > left)
		*size = left;
	if (*size == 2)
		return s[0] == 0xc2 && s[1] == 0xa0 ? KIND_SPACE : KIND_OTHER;
	if (*size != 3)
		return KIND_OTHER;
	c = (s[0] & 0x0fU) << 12 | (s[1] & 0x3fU) << 6 | (s[2] & 0x3fU);
	if (c == 0x2028 || c == 0x2029)
		return KIND_LINE;
	if ((c >= 0x2000 && c <= 0x200a) || c == 0x1680 || c == 0x202f || c == 0x205f ||
	    c == 0x3000 || c == 0xfeff)
		return KIND_SPACE;
	return KIND_OTHER;
}

bool
schema_pattern_matches(const struct schema_pattern *p, const char *s, size_t len)
{
	const unsigned char *at = (const unsigned char *)s, *end = at + len;
	uint64_t next = p->first, here = 0;

	if (len == 0)
		return p->empty;
	while (at < end) {
		size_t size = 1;
		unsigned kind = *at < 0x80 ? *at : kind_beyond(at, (size_t)(end - at), &size);

		here = next & p->takes[kind];
		if (here == 0)
			return false;
		next = 0;
		for (uint64_t left = here; left != 0; left &= left - 1)
			next |= p->follow[__builtin_ctzll(left)];
		at += size;
	}
	return (here & p->last) != 0;
}
