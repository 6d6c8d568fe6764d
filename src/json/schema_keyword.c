/* SPDX-License-Identifier: MIT */
/* schema_keyword.c - what each keyword of a schema does to the rule that is being compiled. */
#include "json/schema_compile.h"

#include <limits.h>
#include <string.h>

static bool
keyword_note(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	return v->type == PARLEY_JSON_STRING || schema_compile_fail(c, "must be a string");
}

static bool
keyword_title(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	d->title = parley_json_string(v);
	return keyword_note(c, d, v);
}

static bool
keyword_default(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	return true;
}

static bool
keyword_examples(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	return v->type == PARLEY_JSON_ARRAY || schema_compile_fail(c, "must be an array");
}

/* They are compiled one by one, from the source's root. */
static bool
keyword_defs(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	if (!d->top)
		return schema_compile_fail(c, "$defs may only stand at the top of a file");
	return v->type == PARLEY_JSON_OBJECT || schema_compile_fail(c, "must be an object");
}

/* ---- any value ---------------------------------------------------------------------------- */

static bool
add_type(struct schema_compiler *c, struct rule *rule, const struct parley_json *v)
{
	static const struct {
		const char *name;
		unsigned bits;
	} types[] = {
		{ "null", 1U << PARLEY_JSON_NULL },
		{ "boolean", 1U << PARLEY_JSON_BOOL },
		{ "integer", 1U << PARLEY_JSON_INT | RULE_WHOLE },
		{ "number", 1U << PARLEY_JSON_INT | 1U << PARLEY_JSON_REAL },
		{ "string", 1U << PARLEY_JSON_STRING },
		{ "array", 1U << PARLEY_JSON_ARRAY },
		{ "object", 1U << PARLEY_JSON_OBJECT },
	};
	const char *name = parley_json_string_or(v, "");

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcmp(name, types[i].name) != 0)
			continue;
		if ((rule->types & types[i].bits) == types[i].bits)
			return schema_compile_fail(c, "the type \"%s\" is there already", name);
		rule->types |= types[i].bits;
		return true;
	}
	return schema_compile_fail(c, "must be the name of a type, or an array of them");
}

static bool
keyword_type(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	const struct parley_json *item;

	d->rule->types = 0;
	if (v->type != PARLEY_JSON_ARRAY)
		return add_type(c, d->rule, v);
	for (item = parley_json_first(v); item != NULL; item = parley_json_next(v, item))
		if (!add_type(c, d->rule, item))
			return false;
	return v->len > 0 || schema_compile_fail(c, "must not be empty");
}

/* A copy of the value and all in it, without anything of its source. */
static const struct parley_json *
copy_value(struct arena *arena, const struct parley_json *v)
{
	struct parley_json *copy = arena_take(arena, v->span * sizeof *v);

	memcpy(copy, v, v->span * sizeof *v);
	for (uint32_t i = 0; i < v->span; i++)
		if (copy[i].type == PARLEY_JSON_STRING)
			copy[i].string = arena_copy(arena, v[i].string, v[i].len);
	return copy;
}

static bool
set_values(
    struct schema_compiler *c, struct rule *rule, const struct parley_json *first, uint32_t count)
{
	const struct parley_json *v = first;

	if (rule->values != NULL)
		return schema_compile_fail(c, "enum and const may not stand together");
	rule->values = arena_take(c->arena, count * sizeof(struct parley_json *));
	rule->value_count = count;
	for (uint32_t i = 0; i < count; i++, v += v->span)
		rule->values[i] = copy_value(c->arena, v);
	return true;
}

static bool
keyword_enum(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	if (v->type != PARLEY_JSON_ARRAY || v->len == 0)
		return schema_compile_fail(c, "must be an array that is not empty");
	return set_values(c, d->rule, v + 1, v->len);
}

static bool
keyword_const(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	return set_values(c, d->rule, v, 1);
}

/* ---- numbers ------------------------------------------------------------------------------ */

static bool
keyword_minimum(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	if (v->type != PARLEY_JSON_INT && v->type != PARLEY_JSON_REAL)
		return schema_compile_fail(c, "must be a number");
	d->rule->minimum = copy_value(c->arena, v);
	return true;
}

static bool
keyword_maximum(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	if (v->type != PARLEY_JSON_INT && v->type != PARLEY_JSON_REAL)
		return schema_compile_fail(c, "must be a number");
	d->rule->maximum = copy_value(c->arena, v);
	return true;
}

/* ---- strings and arrays ------------------------------------------------------------------- */

static bool
read_size(struct schema_compiler *c, const struct parley_json *v, uint32_t *out)
{
	int64_t n = parley_json_int(v, -1);

	if (n < 0 || n > INT_MAX)
		return schema_compile_fail(c, "must be a whole number from 0");
	*out = (uint32_t)n;
	return true;
}

static bool
keyword_min_length(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	return read_size(c, v, &d->rule->min_length);
}

static bool
keyword_max_length(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	return read_size(c, v, &d->rule->max_length);
}

static bool
keyword_pattern(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	struct parley_error err = { 0 };

	if (!keyword_note(c, d, v))
		return false;
	d->rule->pattern = schema_pattern_compile(c->arena, v->string, &err);
	return d->rule->pattern != NULL || schema_compile_fail(c, "%s", err.text);
}

static bool
keyword_min_items(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	return read_size(c, v, &d->rule->min_items);
}

static bool
keyword_max_items(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	return read_size(c, v, &d->rule->max_items);
}

static bool
keyword_items(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	d->rule->items = schema_compile_inner(c, NULL, v);
	return d->rule->items != NULL;
}

/* ---- what is compiled when all keywords are known ------------------------------------------ */

static bool
keyword_properties(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	d->properties = v;
	return v->type == PARLEY_JSON_OBJECT || schema_compile_fail(c, "must be an object");
}

static bool
keyword_required(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	d->required = v;
	return v->type == PARLEY_JSON_ARRAY || schema_compile_fail(c, "must be an array");
}

static bool
keyword_additional(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	d->additional = v;
	return v->type == PARLEY_JSON_BOOL || schema_compile_fail(c, "must be true or false");
}

static bool
keyword_one_of(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v)
{
	d->one_of = v;
	return (v->type == PARLEY_JSON_ARRAY && v->len > 0) ||
	       schema_compile_fail(c, "must be an array that is not empty");
}

static const struct keyword {
	const char *name;
	bool note;
	bool (*read)(
	    struct schema_compiler *c, struct schema_draft *d, const struct parley_json *v);
} keywords[] = {
	{ "$comment", true, keyword_note },
	{ "$defs", true, keyword_defs },
	{ "$id", true, keyword_note },
	{ "$schema", true, keyword_note },
	{ "additionalProperties", false, keyword_additional },
	{ "const", false, keyword_const },
	{ "default", true, keyword_default },
	{ "description", true, keyword_note },
	{ "enum", false, keyword_enum },
	{ "examples", true, keyword_examples },
	{ "format", true, keyword_note },
	{ "items", false, keyword_items },
	{ "maxItems", false, keyword_max_items },
	{ "maxLength", false, keyword_max_length },
	{ "maximum", false, keyword_maximum },
	{ "minItems", false, keyword_min_items },
	{ "minLength", false, keyword_min_length },
	{ "minimum", false, keyword_minimum },
	{ "oneOf", false, keyword_one_of },
	{ "pattern", false, keyword_pattern },
	{ "properties", false, keyword_properties },
	{ "required", false, keyword_required },
	{ "title", true, keyword_title },
	{ "type", false, keyword_type },
};

static const struct keyword *
keyword_find(const char *name)
{
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
		if (strcmp(name, keywords[i].name) == 0)
			return &keywords[i];
	return NULL;
}

bool
schema_keyword_is_note(const char *name)
{
	const struct keyword *k = keyword_find(name);

	return k != NULL && k->note;
}

bool
schema_keyword(struct schema_compiler *c, struct schema_draft *d, const struct parley_json *name)
{
	const struct keyword *k = keyword_find(name->string);
	size_t back = schema_path_add(c, name->string);

	if (k == NULL)
		return schema_compile_fail(c, "this keyword is not known");
	if (!k->read(c, d, parley_json_value(name)))
		return false;
	schema_path_back(c, back);
	return true;
}
