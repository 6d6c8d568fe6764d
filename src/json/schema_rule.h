/* SPDX-License-Identifier: MIT */
/* schema_rule.h - a compiled schema as schema_check.c walks it. Private to src/json/schema_*.c. */
#ifndef SCHEMA_RULE_H
#define SCHEMA_RULE_H

#include "json/schema_pattern.h"

#include <parley/json.h>
#include <stdbool.h>
#include <stdint.h>

#define RULE_MEMBERS_MAX 64 /* of one object: a bit each */
#define RULE_NAME_MAX    63 /* bytes of a member's name */
#define RULE_DEPTH_MAX   32 /* rules below one another, so also recursion in schema_check */
#define RULE_WEIGHT_MAX  64 /* rules that look at one value, or at what it is in */
#define RULE_NO_MAX      UINT32_MAX

/* Bits of struct rule's types: 1 << enum parley_json_type, and: */
#define RULE_WHOLE 0x80U /* a real without fraction counts too */
#define RULE_ANY   0x7fU

struct rule;

struct rule_member {
	const char *name;
	uint32_t len;
	bool known;              /* in "properties", not only in "required" */
	const struct rule *rule; /* NULL: any value */
};

/* "properties", "required" and "additionalProperties". */
struct rule_object {
	uint64_t required; /* bit per member */
	bool closed;
	uint8_t count;
	uint8_t start[RULE_NAME_MAX + 2]; /* members of n bytes: from start[n] up to start[n + 1] */
	uint8_t order[RULE_MEMBERS_MAX];  /* as the schema lists them */
	struct rule_member members[];     /* by length */
};

struct rule_branch {
	const char *value;
	uint32_t len;
	const struct rule *rule;
};

/* "oneOf": the string in one member decides which branch applies. */
struct rule_choice {
	struct rule_branch *branches;
	uint32_t count;
	const char *member;
	uint32_t member_len;
	const char *words; /* what to say of a value that decides for none */
};

/* What to say when a value breaks the rule. NULL where there is nothing to break. */
struct rule_words {
	const char *type, *value, *range, *length, *pattern, *items;
};

struct rule {
	uint8_t types;
	uint8_t depth, weight;
	uint32_t min_length, max_length; /* characters */
	uint32_t min_items, max_items;
	uint32_t value_count;
	const struct parley_json **values; /* "enum", or "const" as the only one; or NULL */
	const struct parley_json *minimum, *maximum;
	const struct schema_pattern *pattern;
	const struct rule *items;
	const struct rule_object *object;
	const struct rule_choice *choice;
	struct rule_words words;
};

/* Fills rule->words. title, "3 to 15 letters", takes the place of what would be said of strings. */
void rule_words(struct arena *arena, struct rule *rule, const char *title);

/* The choice's words, from its branches. */
const char *rule_choice_words(struct arena *arena, const struct rule_choice *choice);

/* True when a and b are the same JSON value: 1 is 1.0, and members have no order. */
bool rule_equal(const struct parley_json *a, const struct parley_json *b);

/* Less than, equal to or greater than 0, exactly, for two numbers. */
int rule_compare(const struct parley_json *a, const struct parley_json *b);

/* True for a number without fraction. */
bool rule_is_whole(const struct parley_json *v);

#endif
