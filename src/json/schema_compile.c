/* SPDX-License-Identifier: MIT */
/* schema_compile.c - walks a schema and its references, and puts the rules together. */
#include "json/schema_compile.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NESTING_MAX 48 /* schemas and references under way, so also recursion */

/* ---- where, and what is wrong ------------------------------------------------------------- */

/* The path as far as whole steps of it fit. */
static void
write_path(const struct schema_compiler *c, char *out, size_t size)
{
	size_t len = c->path.len;

	if (len >= size)
		for (len = size - 1; c->path.s[len] != '/';)
			len--;
	if (len > 0)
		memcpy(out, c->path.s, len);
	out[len] = '\0';
}

bool
schema_compile_fail(struct schema_compiler *c, const char *fmt, ...)
{
	const char *file = c->source->file != NULL ? c->source->file : "";
	char path[sizeof c->err->where], text[sizeof c->err->text];
	va_list ap;

	write_path(c, path, sizeof path);
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	parley_fail(c->err, PARLEY_BAD_REQUEST, path, "%s#%s: %s", file, path, text);
	return false;
}

size_t
schema_path_add(struct schema_compiler *c, const char *step)
{
	size_t before = c->path.len;

	if (step == NULL)
		return before;
	parley_text_putc(&c->path, '/');
	for (; *step != '\0'; step++) {
		if (*step == '~' || *step == '/')
			parley_text_puts(&c->path, *step == '~' ? "~0" : "~1");
		else
			parley_text_putc(&c->path, *step);
	}
	return before;
}

void
schema_path_back(struct schema_compiler *c, size_t len)
{
	c->path.len = len;
	if (c->path.s != NULL)
		c->path.s[len] = '\0';
}

/* ---- references --------------------------------------------------------------------------- */

static const struct schema_source *
find_source(const struct schema_compiler *c, const char *name, size_t len)
{
	for (size_t i = 0; i < c->source_count; i++)
		if (strlen(c->sources[i].name) == len && memcmp(c->sources[i].name, name, len) == 0)
			return &c->sources[i];
	return NULL;
}

/* The source that the part of a reference before its # means: relative to the file it stands in,
 * where "../" leaves a folder. */
static const struct schema_source *
resolve_file(const struct schema_compiler *c, const char *ref, size_t len)
{
	const char *folder_end = strrchr(c->source->name, '/');
	size_t folder = folder_end != NULL ? (size_t)(folder_end - c->source->name) + 1 : 0;
	char name[128];

	if (len == 0)
		return c->source;
	if (len < 5 || memcmp(ref + len - 5, ".json", 5) != 0)
		return NULL;
	len -= 5;
	if (len > 3 && memcmp(ref, "../", 3) == 0 && folder > 0) {
		ref += 3;
		len -= 3;
		folder = 0;
	}
	if (folder + len > sizeof name)
		return NULL;
	memcpy(name, c->source->name, folder);
	memcpy(name + folder, ref, len);
	return find_source(c, name, folder + len);
}

static struct schema_def *
def_add(struct schema_compiler *c, const struct parley_json *json)
{
	if (c->def_count == c->def_room) {
		c->def_room = c->def_room > 0 ? c->def_room * 2 : 64;
		c->defs = xrealloc(c->defs, c->def_room * sizeof *c->defs);
	}
	c->defs[c->def_count] = (struct schema_def){ .json = json };
	return &c->defs[c->def_count++];
}

static struct schema_def *
def_find(struct schema_compiler *c, const struct parley_json *json)
{
	for (size_t i = 0; i < c->def_count; i++)
		if (c->defs[i].json == json)
			return &c->defs[i];
	return NULL;
}

static const struct rule *compile_rule(
    struct schema_compiler *c, const struct parley_json *json, bool top);

/* Each definition is compiled once, however many refer to it. One that is met again before it is
 * ready refers to itself. */
static const struct rule *
compile_def_json(struct schema_compiler *c, const struct parley_json *json)
{
	struct schema_def *def = def_find(c, json);
	const struct rule *rule;

	if (def != NULL && def->rule == NULL)
		schema_compile_fail(c, "it refers to itself");
	if (def != NULL)
		return def->rule;
	def_add(c, json);
	rule = compile_rule(c, json, false);
	if (rule == NULL)
		return NULL;
	def_find(c, json)->rule = rule; /* found again: the array may have moved */
	return rule;
}

const struct rule *
schema_compile_def(struct schema_compiler *c, const struct schema_source *source, const char *name)
{
	const struct parley_json *defs = parley_json_get(source->root, "$defs");
	const struct parley_json *json = parley_json_get(defs, name);
	const struct schema_source *before = c->source;
	struct parley_text path = c->path;
	const struct rule *rule;

	if (json == NULL) {
		if (c->source == NULL)
			c->source = source;
		schema_compile_fail(c, "there is no $defs/%s", name);
		return NULL;
	}
	c->source = source;
	c->path = (struct parley_text){ 0 };
	schema_path_add(c, "$defs");
	schema_path_add(c, name);
	rule = compile_def_json(c, json);
	parley_text_fini(&c->path);
	c->path = path;
	c->source = before;
	return rule;
}

/* What stands beside a reference may only be a note. */
static bool
reference_stands_alone(struct schema_compiler *c, const struct parley_json *json)
{
	const struct parley_json *key;

	for (key = parley_json_first(json); key != NULL; key = parley_json_next(json, key)) {
		if (strcmp(key->string, "$ref") == 0 || schema_keyword_is_note(key->string))
			continue;
		return schema_compile_fail(c, "\"%s\" may not stand beside $ref", key->string);
	}
	return true;
}

static const struct rule *
follow_reference(
    struct schema_compiler *c, const struct parley_json *json, const struct parley_json *ref)
{
	const char *text = parley_json_string_or(ref, "");
	const char *fragment = strstr(text, "#/$defs/");
	const struct schema_source *source;

	if (fragment == NULL || strpbrk(fragment + 8, "/~%") != NULL) {
		schema_compile_fail(c, "$ref must be like \"file.json#/$defs/name\"");
		return NULL;
	}
	source = resolve_file(c, text, (size_t)(fragment - text));
	if (source == NULL) {
		schema_compile_fail(c, "$ref leads to no file: \"%s\"", text);
		return NULL;
	}
	return reference_stands_alone(c, json) ? schema_compile_def(c, source, fragment + 8) : NULL;
}

/* ---- rules -------------------------------------------------------------------------------- */

/* Bounds that no value can keep are a mistake in the schema. */
static bool
check_bounds(struct schema_compiler *c, const struct rule *r)
{
	if (r->min_length > r->max_length)
		return schema_compile_fail(c, "minLength is over maxLength");
	if (r->min_items > r->max_items)
		return schema_compile_fail(c, "minItems is over maxItems");
	if (r->minimum != NULL && r->maximum != NULL && rule_compare(r->minimum, r->maximum) > 0)
		return schema_compile_fail(c, "minimum is over maximum");
	return true;
}

static void
weigh_child(const struct rule *child, unsigned *depth, unsigned *weight)
{
	if (child == NULL)
		return;
	*depth = child->depth > *depth ? child->depth : *depth;
	*weight = child->weight > *weight ? child->weight : *weight;
}

/* Bounds what checking can cost: how deep the rules go, and how many of them look at one value.
 * Only a choice has two rules, its own and its branch's, look at the same members. */
static bool
weigh(struct schema_compiler *c, struct rule *r)
{
	unsigned depth = 0, weight = 0, branch = 0;

	weigh_child(r->items, &depth, &weight);
	for (unsigned i = 0; r->object != NULL && i < r->object->count; i++)
		weigh_child(r->object->members[i].rule, &depth, &weight);
	for (uint32_t i = 0; r->choice != NULL && i < r->choice->count; i++)
		weigh_child(r->choice->branches[i].rule, &depth, &branch);
	if (depth + 1 > RULE_DEPTH_MAX)
		return schema_compile_fail(
		    c, "more than %d schemas below one another", RULE_DEPTH_MAX);
	if (weight + branch + 1 > RULE_WEIGHT_MAX)
		return schema_compile_fail(
		    c, "more than %d schemas for one value", RULE_WEIGHT_MAX);
	r->depth = (uint8_t)(depth + 1);
	r->weight = (uint8_t)(weight + branch + 1);
	return true;
}

static bool
fill_rule(struct schema_compiler *c, const struct parley_json *json, struct schema_draft *d)
{
	const struct parley_json *key;

	for (key = parley_json_first(json); key != NULL; key = parley_json_next(json, key))
		if (!schema_keyword(c, d, key))
			return false;
	if (!schema_compile_object(c, d) || !schema_compile_choice(c, d))
		return false;
	if (!check_bounds(c, d->rule) || !weigh(c, d->rule))
		return false;
	rule_words(c->arena, d->rule, d->title);
	return true;
}

static const struct rule *
compile_rule(struct schema_compiler *c, const struct parley_json *json, bool top)
{
	const struct parley_json *ref = parley_json_get(json, "$ref");
	struct schema_draft draft = { .top = top };
	const struct rule *rule = NULL;

	if (json->type != PARLEY_JSON_OBJECT) {
		schema_compile_fail(c, "a schema must be an object");
		return NULL;
	}
	if (c->depth >= NESTING_MAX) {
		schema_compile_fail(c, "too many schemas below one another");
		return NULL;
	}
	c->depth++;
	if (ref != NULL) {
		rule = follow_reference(c, json, ref);
	} else {
		draft.rule = arena_zero(c->arena, sizeof *draft.rule);
		*draft.rule = (struct rule){
			.types = RULE_ANY,
			.max_length = RULE_NO_MAX,
			.max_items = RULE_NO_MAX,
		};
		rule = fill_rule(c, json, &draft) ? draft.rule : NULL;
	}
	c->depth--;
	return rule;
}

const struct rule *
schema_compile_inner(struct schema_compiler *c, const char *step, const struct parley_json *json)
{
	size_t back = schema_path_add(c, step);
	const struct rule *rule = compile_rule(c, json, false);

	if (rule != NULL)
		schema_path_back(c, back);
	return rule;
}

const struct rule *
schema_compile_source(struct schema_compiler *c, const struct schema_source *source)
{
	const struct parley_json *defs = parley_json_get(source->root, "$defs"), *key;
	const struct rule *rule;

	c->source = source;
	schema_path_back(c, 0);
	rule = compile_rule(c, source->root, true);
	if (rule == NULL)
		return NULL;
	for (key = parley_json_first(defs); key != NULL; key = parley_json_next(defs, key))
		if (schema_compile_def(c, source, key->string) == NULL)
			return NULL;
	return rule;
}

void
schema_compiler_fini(struct schema_compiler *c)
{
	parley_text_fini(&c->path);
	free(c->defs);
	c->defs = NULL;
}
