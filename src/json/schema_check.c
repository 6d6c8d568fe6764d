/* SPDX-License-Identifier: MIT */
/* schema_check.c - checks a value against a rule. Runs for every frame: nothing is allocated, and
 * the words for what is wrong were made when the schema was compiled. */
#include "json/schema_compile.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One step from the root of what is checked, for the pointer to what is at fault. */
struct step {
	const struct step *up;
	const struct parley_json *name; /* of a member; NULL: an item */
	uint32_t index;
};

struct check {
	const char *base;
	struct parley_error *err;
};

/* ---- what is wrong, and where ------------------------------------------------------------- */

/* Writes "/name", escaped, to out; returns its length, or 0 when it does not fit. */
static size_t
write_step(char *out, size_t size, const struct step *step)
{
	size_t n = 0;

	if (step->name == NULL) {
		int len = snprintf(out, size, "/%u", step->index);

		return len > 0 && (size_t)len < size ? (size_t)len : 0;
	}
	if (size < 2)
		return 0;
	out[n++] = '/';
	for (const char *s = step->name->string; *s != '\0'; s++) {
		if (n + 3 > size)
			return 0;
		if (*s == '~' || *s == '/')
			out[n++] = '~';
		out[n++] = *s == '~' ? '0' : *s == '/' ? '1' : *s;
	}
	out[n] = '\0';
	return n;
}

/* The base and the steps behind it, as far as whole ones fit: else it points to what the member is
 * in. */
static void
write_pointer(const struct check *c, const struct step *step, char *out, size_t size)
{
	const struct step *steps[RULE_DEPTH_MAX + 1];
	size_t count = 0, at = strlen(c->base);

	for (; step != NULL && count < sizeof steps / sizeof *steps; step = step->up)
		steps[count++] = step;
	at = at < size ? at : size - 1;
	memcpy(out, c->base, at);
	while (count > 0) {
		size_t n = write_step(out + at, size - at, steps[--count]);

		if (n == 0)
			break;
		at += n;
	}
	out[at] = '\0';
}

static int
refuse(const struct check *c, const struct step *step, enum parley_code code, const char *words)
{
	char where[sizeof c->err->where];

	if (c->err == NULL)
		return -1;
	write_pointer(c, step, where, sizeof where);
	return parley_fail(c->err, code, where, "%s", words);
}

static int
malformed(const struct check *c, const struct step *step, const char *words)
{
	return refuse(c, step, PARLEY_BAD_REQUEST, words);
}

/* ---- single values ------------------------------------------------------------------------ */

bool
rule_is_whole(const struct parley_json *v)
{
	return v->type == PARLEY_JSON_INT ||
	       (v->type == PARLEY_JSON_REAL && trunc(v->real) == v->real);
}

int
rule_compare(const struct parley_json *a, const struct parley_json *b)
{
	/* A long double holds every int64_t and every double exactly. */
	long double x = a->type == PARLEY_JSON_INT ? (long double)a->integer : a->real;
	long double y = b->type == PARLEY_JSON_INT ? (long double)b->integer : b->real;

	return (x > y) - (x < y);
}

static bool
is_number(const struct parley_json *v)
{
	return v->type == PARLEY_JSON_INT || v->type == PARLEY_JSON_REAL;
}

static bool
same_string(const struct parley_json *a, const struct parley_json *b)
{
	return a->len == b->len && memcmp(a->string, b->string, a->len) == 0;
}

static bool
same_items(const struct parley_json *a, const struct parley_json *b)
{
	const struct parley_json *x = a + 1, *y = b + 1;

	for (uint32_t i = 0; i < a->len; i++, x += x->span, y += y->span)
		if (!rule_equal(x, y))
			return false;
	return true;
}

static bool
same_members(const struct parley_json *a, const struct parley_json *b)
{
	const struct parley_json *key = a + 1;

	for (uint32_t i = 0; i < a->len; i++, key += key->span) {
		const struct parley_json *other = parley_json_get(b, key->string);

		if (other == NULL || !rule_equal(key + 1, other))
			return false;
	}
	return true;
}

bool
rule_equal(const struct parley_json *a, const struct parley_json *b)
{
	if (is_number(a) && is_number(b))
		return rule_compare(a, b) == 0;
	if (a->type != b->type || a->len != b->len)
		return false;
	switch (a->type) {
	case PARLEY_JSON_BOOL:
		return a->boolean == b->boolean;
	case PARLEY_JSON_STRING:
		return same_string(a, b);
	case PARLEY_JSON_ARRAY:
		return same_items(a, b);
	case PARLEY_JSON_OBJECT:
		return same_members(a, b);
	default:
		return true;
	}
}

static bool
is_one_of(const struct rule *r, const struct parley_json *v)
{
	for (uint32_t i = 0; i < r->value_count; i++)
		if (rule_equal(r->values[i], v))
			return true;
	return false;
}

static int
check_string(const struct check *c, const struct rule *r, const struct parley_json *v,
    const struct step *step)
{
	/* A character has one to four bytes, so most lengths need no counting. */
	if (v->len > r->max_length && parley_utf8_length(v->string, v->len) > r->max_length)
		return refuse(c, step, PARLEY_TOO_LARGE, r->words.length);
	if (v->len / 4 < r->min_length && parley_utf8_length(v->string, v->len) < r->min_length)
		return malformed(c, step, r->words.length);
	if (r->pattern != NULL && !schema_pattern_matches(r->pattern, v->string, v->len))
		return malformed(c, step, r->words.pattern);
	return 0;
}

static int
check_number(const struct check *c, const struct rule *r, const struct parley_json *v,
    const struct step *step)
{
	if (r->minimum != NULL && rule_compare(v, r->minimum) < 0)
		return malformed(c, step, r->words.range);
	if (r->maximum != NULL && rule_compare(v, r->maximum) > 0)
		return malformed(c, step, r->words.range);
	return 0;
}

/* ---- values with values inside ------------------------------------------------------------ */

static int check_value(const struct check *c, const struct rule *r, const struct parley_json *v,
    const struct step *step);

static int
check_array(
    const struct check *c, const struct rule *r, const struct parley_json *v, const struct step *up)
{
	const struct parley_json *item = v + 1;
	struct step step = { .up = up };

	if (v->len > r->max_items)
		return refuse(c, up, PARLEY_TOO_LARGE, r->words.items);
	if (v->len < r->min_items)
		return malformed(c, up, r->words.items);
	if (r->items == NULL)
		return 0;
	for (; step.index < v->len; step.index++, item += item->span)
		if (check_value(c, r->items, item, &step) != 0)
			return -1;
	return 0;
}

/* The place of the name among the members, or their count. */
static unsigned
find_member(const struct rule_object *o, const struct parley_json *name)
{
	unsigned i, end;

	if (name->len > RULE_NAME_MAX)
		return o->count;
	end = o->start[name->len + 1];
	for (i = o->start[name->len]; i < end; i++)
		if (memcmp(o->members[i].name, name->string, name->len) == 0)
			return i;
	return o->count;
}

static int
refuse_missing(
    const struct check *c, const struct rule_object *o, uint64_t missing, const struct step *up)
{
	struct parley_json name = { .type = PARLEY_JSON_STRING, .span = 1 };
	struct step step = { .up = up, .name = &name };
	unsigned i = 0;

	while ((missing >> o->order[i] & 1) == 0)
		i++;
	name.string = o->members[o->order[i]].name;
	name.len = o->members[o->order[i]].len;
	return malformed(c, &step, "is required");
}

static int
check_object(const struct check *c, const struct rule_object *o, const struct parley_json *v,
    const struct step *up)
{
	const struct parley_json *name = v + 1;
	struct step step = { .up = up };
	uint64_t seen = 0;

	for (uint32_t n = 0; n < v->len; n++, name += name->span) {
		unsigned i = find_member(o, name);

		step.name = name;
		if (o->closed && (i == o->count || !o->members[i].known))
			return malformed(c, &step, "is not a known member");
		if (i == o->count)
			continue;
		seen |= UINT64_C(1) << i;
		if (o->members[i].rule != NULL &&
		    check_value(c, o->members[i].rule, name + 1, &step) != 0)
			return -1;
	}
	if ((o->required & ~seen) != 0)
		return refuse_missing(c, o, o->required & ~seen, up);
	return 0;
}

static const struct parley_json *
find_name(const struct parley_json *v, const char *name, uint32_t len)
{
	const struct parley_json *key = v + 1;

	for (uint32_t i = 0; i < v->len; i++, key += key->span)
		if (key->len == len && memcmp(key->string, name, len) == 0)
			return key;
	return NULL;
}

static int
check_choice(const struct check *c, const struct rule_choice *choice, const struct parley_json *v,
    const struct step *up)
{
	const struct parley_json *name = find_name(v, choice->member, choice->member_len);
	struct parley_json missing = { .type = PARLEY_JSON_STRING, .span = 1 };
	struct step step = { .up = up, .name = &missing };

	if (name == NULL) {
		missing.string = choice->member;
		missing.len = choice->member_len;
		return malformed(c, &step, "is required");
	}
	for (uint32_t i = 0; name[1].type == PARLEY_JSON_STRING && i < choice->count; i++) {
		const struct rule_branch *b = &choice->branches[i];

		if (b->len == name[1].len && memcmp(b->value, name[1].string, b->len) == 0)
			return check_value(c, b->rule, v, up);
	}
	step.name = name;
	return malformed(c, &step, choice->words);
}

static bool
has_type(const struct rule *r, const struct parley_json *v)
{
	if (r->types >> v->type & 1)
		return true;
	return (r->types & RULE_WHOLE) != 0 && rule_is_whole(v);
}

static int
check_value(const struct check *c, const struct rule *r, const struct parley_json *v,
    const struct step *step)
{
	if (!has_type(r, v))
		return malformed(c, step, r->words.type);
	if (r->values != NULL && !is_one_of(r, v))
		return malformed(c, step, r->words.value);
	switch (v->type) {
	case PARLEY_JSON_INT:
	case PARLEY_JSON_REAL:
		return check_number(c, r, v, step);
	case PARLEY_JSON_STRING:
		return check_string(c, r, v, step);
	case PARLEY_JSON_ARRAY:
		return check_array(c, r, v, step);
	case PARLEY_JSON_OBJECT:
		if (r->object != NULL && check_object(c, r->object, v, step) != 0)
			return -1;
		return r->choice != NULL ? check_choice(c, r->choice, v, step) : 0;
	default:
		return 0;
	}
}

int
schema_check(const struct schema *s, const struct parley_json *value, const char *base,
    struct parley_error *err)
{
	static const struct parley_json nothing = { .type = PARLEY_JSON_OBJECT, .span = 1 };
	struct check c = { .base = base != NULL ? base : "", .err = err };

	return check_value(&c, s->rule, value != NULL ? value : &nothing, NULL);
}
