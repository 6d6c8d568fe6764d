/* SPDX-License-Identifier: MIT */
/* schema_words.c - says in plain words what a rule asks for. */
#include "json/schema_rule.h"

#include "base/real.h"

#include <parley/text.h>
#include <stdio.h>

#define VALUES_LONG 200 /* bytes of a list of values, then the rest is left out */

/* Moves the text into the arena. */
static const char *
keep(struct arena *arena, struct parley_text *t)
{
	const char *copy = arena_copy(arena, t->s, t->len);

	parley_text_fini(t);
	return copy;
}

static const char *
type_words(struct arena *arena, unsigned types)
{
	static const struct {
		unsigned bits, without;
		const char *words;
	} names[] = {
		{ 1U << PARLEY_JSON_OBJECT, 0, "an object" },
		{ 1U << PARLEY_JSON_ARRAY, 0, "an array" },
		{ 1U << PARLEY_JSON_STRING, 0, "a string" },
		{ 1U << PARLEY_JSON_REAL, 0, "a number" },
		{ RULE_WHOLE, 1U << PARLEY_JSON_REAL, "a whole number" },
		{ 1U << PARLEY_JSON_BOOL, 0, "true or false" },
		{ 1U << PARLEY_JSON_NULL, 0, "null" },
	};
	struct parley_text t = { 0 };

	if ((types & RULE_ANY) == RULE_ANY)
		return NULL;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if ((types & names[i].bits) == 0 || (types & names[i].without) != 0)
			continue;
		parley_text_puts(&t, t.len == 0 ? "must be " : " or ");
		parley_text_puts(&t, names[i].words);
	}
	if (t.len == 0)
		parley_text_puts(&t, "can be nothing");
	return keep(arena, &t);
}

static void
add_number(struct parley_text *t, const struct parley_json *v)
{
	char real[REAL_SIZE];

	if (v->type == PARLEY_JSON_INT) {
		parley_text_printf(t, "%lld", (long long)v->integer);
		return;
	}
	real_format(v->real, real);
	parley_text_puts(t, real);
}

static const char *
range_words(struct arena *arena, const struct parley_json *min, const struct parley_json *max)
{
	struct parley_text t = { 0 };

	if (min == NULL && max == NULL)
		return NULL;
	parley_text_puts(&t, min == NULL   ? "must be at most "
			     : max == NULL ? "must be at least "
					   : "must be ");
	if (min != NULL)
		add_number(&t, min);
	if (min != NULL && max != NULL && rule_compare(min, max) != 0)
		parley_text_puts(&t, " to ");
	if (max != NULL && (min == NULL || rule_compare(min, max) != 0))
		add_number(&t, max);
	return keep(arena, &t);
}

/* "must be 3 to 15 characters", "must have at most 1 item". */
static const char *
size_words(struct arena *arena, const char *verb, uint32_t min, uint32_t max, const char *unit)
{
	struct parley_text t = { 0 };
	uint32_t last = max != RULE_NO_MAX ? max : min;

	if (min == 0 && max == RULE_NO_MAX)
		return NULL;
	if (min == 1 && max == RULE_NO_MAX)
		parley_text_puts(&t, "must not be empty");
	else if (max == 0)
		parley_text_puts(&t, "must be empty");
	else if (max == RULE_NO_MAX)
		parley_text_printf(&t, "must %s at least %u", verb, min);
	else if (min == 0)
		parley_text_printf(&t, "must %s at most %u", verb, max);
	else if (min == max)
		parley_text_printf(&t, "must %s %u", verb, max);
	else
		parley_text_printf(&t, "must %s %u to %u", verb, min, max);
	if (max != 0 && (min != 1 || max != RULE_NO_MAX))
		parley_text_printf(&t, " %s%s", unit, last == 1 ? "" : "s");
	return keep(arena, &t);
}

/* Adds the value as JSON text. */
static void
add_value(struct parley_text *t, const struct parley_json *v)
{
	struct parley_writer w;

	parley_writer_init(&w, t);
	parley_put_json(&w, NULL, v);
}

/* Adds one more value to a list of them; false when the list is long enough. */
static bool
add_to_list(struct parley_text *t, const struct parley_json *v)
{
	size_t before = t->len;

	if (before > 0)
		parley_text_puts(t, ", ");
	add_value(t, v);
	if (t->len <= VALUES_LONG)
		return true;
	t->len = before;
	t->s[before] = '\0';
	parley_text_puts(t, before > 0 ? ", or others" : "as the schema has it");
	return false;
}

static const char *
value_words(struct arena *arena, const struct parley_json *const *values, uint32_t count)
{
	struct parley_text list = { 0 }, t = { 0 };

	for (uint32_t i = 0; i < count && add_to_list(&list, values[i]); i++)
		continue;
	parley_text_puts(&t, count > 1 ? "must be one of " : "must be ");
	parley_text_add(&t, list.s, list.len);
	parley_text_fini(&list);
	return keep(arena, &t);
}

void
rule_words(struct arena *arena, struct rule *rule, const char *title)
{
	struct rule_words *w = &rule->words;

	w->type = type_words(arena, rule->types);
	if (rule->values != NULL)
		w->value = value_words(arena, rule->values, rule->value_count);
	w->range = range_words(arena, rule->minimum, rule->maximum);
	w->items = size_words(arena, "have", rule->min_items, rule->max_items, "item");
	w->length = size_words(arena, "be", rule->min_length, rule->max_length, "character");
	if (rule->pattern != NULL)
		w->pattern = "is not written as it must be";
	if (title != NULL && (w->length != NULL || w->pattern != NULL)) {
		struct parley_text t = { 0 };

		parley_text_printf(&t, "must be %.200s", title);
		w->length = w->pattern = keep(arena, &t);
	}
}

const char *
rule_choice_words(struct arena *arena, const struct rule_choice *choice)
{
	struct parley_text list = { 0 }, t = { 0 };

	for (uint32_t i = 0; i < choice->count; i++) {
		struct parley_json v = { .type = PARLEY_JSON_STRING, .span = 1 };

		v.string = choice->branches[i].value;
		v.len = choice->branches[i].len;
		if (!add_to_list(&list, &v))
			break;
	}
	parley_text_puts(&t, choice->count > 1 ? "must be one of " : "must be ");
	parley_text_add(&t, list.s, list.len);
	parley_text_fini(&list);
	return keep(arena, &t);
}
