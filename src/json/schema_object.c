/* SPDX-License-Identifier: MIT */
/* schema_object.c - puts together what schemas say of an object's members, and oneOf. */
#include "json/schema_compile.h"

#include <string.h>

/* ---- properties, required, additionalProperties -------------------------------------------- */

/* The members of an object while they are collected, as the schema lists them. */
struct collection {
	struct rule_member list[RULE_MEMBERS_MAX];
	uint64_t required;
	uint8_t count;
};

static int
collection_find(const struct collection *all, const struct parley_json *name)
{
	for (int i = 0; i < all->count; i++)
		if (all->list[i].len == name->len &&
		    memcmp(all->list[i].name, name->string, name->len) == 0)
			return i;
	return -1;
}

static struct rule_member *
collection_add(struct schema_compiler *c, struct collection *all, const struct parley_json *name)
{
	struct rule_member *m = &all->list[all->count];

	if (name->len > RULE_NAME_MAX) {
		schema_compile_fail(c, "a name of more than %d bytes", RULE_NAME_MAX);
		return NULL;
	}
	if (all->count == RULE_MEMBERS_MAX) {
		schema_compile_fail(c, "more than %d members", RULE_MEMBERS_MAX);
		return NULL;
	}
	*m = (struct rule_member){
		.name = arena_copy(c->arena, name->string, name->len),
		.len = name->len,
	};
	all->count++;
	return m;
}

static bool
collect_properties(
    struct schema_compiler *c, const struct parley_json *properties, struct collection *all)
{
	size_t back = schema_path_add(c, "properties");
	const struct parley_json *key = parley_json_first(properties);

	for (; key != NULL; key = parley_json_next(properties, key)) {
		struct rule_member *m = collection_add(c, all, key);

		if (m == NULL)
			return false;
		m->known = true;
		m->rule = schema_compile_inner(c, m->name, parley_json_value(key));
		if (m->rule == NULL)
			return false;
	}
	schema_path_back(c, back);
	return true;
}

static bool
collect_required(
    struct schema_compiler *c, const struct parley_json *required, struct collection *all)
{
	size_t back = schema_path_add(c, "required");
	const struct parley_json *name = parley_json_first(required);

	for (; name != NULL; name = parley_json_next(required, name)) {
		int i;

		if (name->type != PARLEY_JSON_STRING)
			return schema_compile_fail(c, "must be an array of strings");
		i = collection_find(all, name);
		if (i < 0 && collection_add(c, all, name) == NULL)
			return false;
		if (i < 0)
			i = all->count - 1;
		if (all->required >> i & 1)
			return schema_compile_fail(c, "\"%s\" is there twice", name->string);
		all->required |= UINT64_C(1) << i;
	}
	schema_path_back(c, back);
	return true;
}

/* Sorts the members by length, so that a name is compared with those of its length only. */
static const struct rule_object *
sort_members(struct arena *arena, const struct collection *all, bool closed)
{
	size_t size = sizeof(struct rule_object) + all->count * sizeof(struct rule_member);
	struct rule_object *o = arena_zero(arena, size);

	o->closed = closed;
	for (unsigned len = 0; len <= RULE_NAME_MAX; len++) {
		o->start[len] = o->count;
		for (uint8_t i = 0; i < all->count; i++) {
			if (all->list[i].len != len)
				continue;
			if (all->required >> i & 1)
				o->required |= UINT64_C(1) << o->count;
			o->order[i] = o->count;
			o->members[o->count++] = all->list[i];
		}
	}
	o->start[RULE_NAME_MAX + 1] = o->count;
	return o;
}

bool
schema_compile_object(struct schema_compiler *c, struct schema_draft *d)
{
	struct collection all = { .count = 0 };

	if (d->properties == NULL && d->required == NULL && d->additional == NULL)
		return true;
	if (d->properties != NULL && !collect_properties(c, d->properties, &all))
		return false;
	if (d->required != NULL && !collect_required(c, d->required, &all))
		return false;
	d->rule->object = sort_members(c->arena, &all, !parley_json_bool(d->additional, true));
	return true;
}

/* ---- oneOf -------------------------------------------------------------------------------- */

/* The strings that a member of an object may be, when it must be there and can be nothing else;
 * else NULL. */
static const struct rule *
deciding_rule(const struct rule *branch, const struct rule_member *m)
{
	const struct rule_object *o = branch->object;

	for (unsigned i = 0; o != NULL && i < o->count; i++) {
		const struct rule *r = o->members[i].rule;

		if (o->members[i].len != m->len || memcmp(o->members[i].name, m->name, m->len) != 0)
			continue;
		if ((o->required >> i & 1) == 0 || r == NULL || r->values == NULL)
			return NULL;
		for (uint32_t v = 0; v < r->value_count; v++)
			if (r->values[v]->type != PARLEY_JSON_STRING)
				return NULL;
		return r;
	}
	return NULL;
}

/* Adds the branch under each of the strings. False when another one has it already. */
static bool
choice_add(struct rule_choice *choice, const struct rule *branch, const struct rule *decides)
{
	for (uint32_t v = 0; v < decides->value_count; v++) {
		const struct parley_json *value = decides->values[v];

		for (uint32_t i = 0; i < choice->count; i++)
			if (choice->branches[i].len == value->len &&
			    memcmp(choice->branches[i].value, value->string, value->len) == 0)
				return false;
		choice->branches[choice->count++] = (struct rule_branch){
			.value = value->string,
			.len = value->len,
			.rule = branch,
		};
	}
	return true;
}

/* Fills choice with what m decides. False when two branches share a value, or one does not depend
 * on m. */
static bool
decide_by(struct arena *arena, const struct rule *const *branches, uint32_t count,
    const struct rule_member *m, struct rule_choice *choice)
{
	uint32_t values = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct rule *decides = deciding_rule(branches[i], m);

		if (decides == NULL)
			return false;
		values += decides->value_count;
	}
	*choice = (struct rule_choice){ .member = m->name, .member_len = m->len };
	choice->branches = arena_take(arena, values * sizeof *choice->branches);
	for (uint32_t i = 0; i < count; i++)
		if (!choice_add(choice, branches[i], deciding_rule(branches[i], m)))
			return false;
	return true;
}

/* The branches' rules; each must be for objects only. NULL with err. */
static const struct rule **
compile_branches(struct schema_compiler *c, const struct parley_json *list)
{
	const struct rule **branches = arena_take(c->arena, list->len * sizeof *branches);
	const struct parley_json *json = parley_json_first(list);

	for (uint32_t i = 0; i < list->len; i++, json = parley_json_next(list, json)) {
		branches[i] = schema_compile_inner(c, NULL, json);
		if (branches[i] == NULL)
			return NULL;
		if (branches[i]->types != 1U << PARLEY_JSON_OBJECT) {
			schema_compile_fail(c, "each must have \"type\": \"object\"");
			return NULL;
		}
	}
	return branches;
}

bool
schema_compile_choice(struct schema_compiler *c, struct schema_draft *d)
{
	size_t back = schema_path_add(c, d->one_of != NULL ? "oneOf" : NULL);
	struct rule_choice *choice;
	const struct rule **branches;
	const struct rule_object *first;

	if (d->one_of == NULL)
		return true;
	branches = compile_branches(c, d->one_of);
	if (branches == NULL)
		return false;
	first = branches[0]->object;
	choice = arena_zero(c->arena, sizeof *choice);
	for (unsigned i = 0; first != NULL && i < first->count; i++) {
		if (!decide_by(c->arena, branches, d->one_of->len, &first->members[first->order[i]],
			choice))
			continue;
		choice->words = rule_choice_words(c->arena, choice);
		d->rule->choice = choice;
		d->rule->types &= 1U << PARLEY_JSON_OBJECT;
		schema_path_back(c, back);
		return true;
	}
	return schema_compile_fail(
	    c, "no required member with const or enum strings tells them apart");
}
