/* SPDX-License-Identifier: MIT */
/* option.c - values from a file, checked against rows of options and written where the rows say. */
#include "core/option.h"

#include "base/xalloc.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX       100
#define INTERN_BUCKETS   256
#define DISTANCE_LONGEST 40 /* longer names are not compared */

void
option_error(struct option_errors *errors, const char *file, unsigned line, const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	if (errors->count++ >= ERRORS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	if (line > 0)
		parley_text_printf(&errors->text, "%s:%u: %s\n", file, line, msg);
	else
		parley_text_printf(&errors->text, "%s: %s\n", file, msg);
}

void
option_errors_fini(struct option_errors *errors)
{
	parley_text_fini(&errors->text);
	errors->count = 0;
}

/* ---- texts that live for ever -------------------------------------------------------------- */

struct interned {
	struct interned *next;
	char s[];
};

static struct interned *interned[INTERN_BUCKETS];

const char *
option_intern(const char *s)
{
	size_t len = strlen(s);
	struct interned *i;
	uint32_t hash = 5381;

	for (size_t at = 0; at < len; at++)
		hash = hash * 33 + (unsigned char)s[at];
	hash %= INTERN_BUCKETS;
	for (i = interned[hash]; i != NULL; i = i->next)
		if (strcmp(i->s, s) == 0)
			return i->s;
	i = xmalloc(sizeof *i + len + 1);
	memcpy(i->s, s, len + 1);
	i->next = interned[hash];
	interned[hash] = i;
	return i->s;
}

const char **
option_words(const char *s)
{
	const char **words = xcalloc(strlen(s) / 2 + 2, sizeof *words);
	char *copy = xstrdup(s), *rest = copy, *word;
	size_t n = 0;

	while ((word = strsep(&rest, " \t\r\n")) != NULL)
		if (word[0] != '\0')
			words[n++] = option_intern(word);
	free(copy);
	return words;
}

/* ---- which name was meant ------------------------------------------------------------------ */

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;

	return m < c ? m : c;
}

/* How many letters must be put in, left out, changed or swapped with a neighbour. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned rows[3][DISTANCE_LONGEST + 1];
	unsigned *before = rows[0], *last = rows[1], *row = rows[2];
	size_t la = strlen(a), lb = strlen(b);

	if (la > DISTANCE_LONGEST || lb > DISTANCE_LONGEST)
		return DISTANCE_LONGEST;
	for (size_t j = 0; j <= lb; j++)
		before[j] = last[j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = least(
			    last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < row[j])
				row[j] = before[j - 2] + 1;
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[lb];
}

const char *
option_nearest(const char *wrong, const char *const *list)
{
	const char *best = NULL;
	unsigned best_distance = (unsigned)(strlen(wrong) / 3 + 2);

	for (; *list != NULL; list++) {
		unsigned d = distance(wrong, *list);

		if (d < best_distance && d < strlen(*list)) {
			best = *list;
			best_distance = d;
		}
	}
	return best;
}

/* ---- one value ----------------------------------------------------------------------------- */

union value {
	bool yes;
	int64_t number;
	const char *text;
};

static int
bool_parse(const char *s, bool *out)
{
	static const char *const yes[] = { "yes", "true", "on" };
	static const char *const no[] = { "no", "false", "off" };

	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		if (strcmp(s, yes[i]) == 0 || strcmp(s, no[i]) == 0) {
			*out = strcmp(s, yes[i]) == 0;
			return 0;
		}
	}
	return -1;
}

static int
number_parse(const char *s, int64_t *out)
{
	long long number;
	char *end;

	if (!isdigit((unsigned char)s[0]) && (s[0] != '-' || !isdigit((unsigned char)s[1])))
		return -1;
	errno = 0;
	number = strtoll(s, &end, 10);
	if (*end != '\0' || errno != 0)
		return -1;
	*out = number;
	return 0;
}

static bool
text_is_clean(const char *s)
{
	for (const char *p = s; *p != '\0'; p++)
		if (iscntrl((unsigned char)*p))
			return false;
	return parley_utf8_valid(s, strlen(s));
}

/* Puts the words of what is wrong with v into errors; 0 with *out, or -1. */
static int
value_parse(const struct parley_option *row, const struct option_value *v, union value *out,
    struct option_errors *errors)
{
	size_t len = strlen(v->value);
	int64_t number;

	if (row->type == PARLEY_OPTION_BOOL) {
		if (bool_parse(v->value, &out->yes) == 0)
			return 0;
		option_error(errors, v->file, v->line, "%s must be yes or no", v->key);
	} else if (row->type == PARLEY_OPTION_INT) {
		if (number_parse(v->value, &number) == 0 && number >= row->min &&
		    number <= row->max) {
			out->number = number;
			return 0;
		}
		option_error(errors, v->file, v->line,
		    "%s must be a whole number from %" PRId64 " to %" PRId64, v->key, row->min,
		    row->max);
	} else if (!text_is_clean(v->value)) {
		option_error(errors, v->file, v->line,
		    "%s holds characters that are not UTF-8 or that control a terminal", v->key);
	} else if ((int64_t)len < row->min || (int64_t)len > row->max) {
		option_error(errors, v->file, v->line,
		    "%s must be %" PRId64 " to %" PRId64 " bytes long and has %zu", v->key,
		    row->min, row->max, len);
	} else {
		out->text = v->value;
		return 0;
	}
	return -1;
}

static void
value_write(const struct parley_option *row, const union value *v, void *state)
{
	char *at = (char *)state + row->offset;

	switch (row->type) {
	case PARLEY_OPTION_BOOL:
		memcpy(at, &v->yes, sizeof v->yes);
		break;
	case PARLEY_OPTION_INT:
		memcpy(at, &v->number, sizeof v->number);
		break;
	case PARLEY_OPTION_TEXT: {
		const char *text = option_intern(v->text);

		memcpy(at, &text, sizeof text);
		break;
	}
	}
}

static union value
value_default(const struct parley_option *row)
{
	if (row->type == PARLEY_OPTION_BOOL)
		return (union value){ .yes = row->number != 0 };
	if (row->type == PARLEY_OPTION_INT)
		return (union value){ .number = row->number };
	return (union value){ .text = row->text != NULL ? row->text : "" };
}

static union value
value_read(const struct parley_option *row, const void *state)
{
	const void *at = (const char *)state + row->offset;

	if (row->type == PARLEY_OPTION_BOOL)
		return (union value){ .yes = *(const bool *)at };
	if (row->type == PARLEY_OPTION_INT)
		return (union value){ .number = *(const int64_t *)at };
	return (union value){ .text = *(const char *const *)at };
}

/* ---- a section ----------------------------------------------------------------------------- */

static const struct parley_option *
row_find(const struct parley_option *rows, const char *name)
{
	for (; rows != NULL && rows->name != NULL; rows++)
		if (strcmp(rows->name, name) == 0)
			return rows;
	return NULL;
}

static const struct option_value *
value_find(const struct option_section *section, const char *key)
{
	for (size_t i = 0; section != NULL && i < section->count; i++)
		if (strcmp(section->values[i].key, key) == 0)
			return &section->values[i];
	return NULL;
}

static void
unknown_key(const struct parley_option *rows, const struct option_section *section,
    const struct option_value *v, struct option_errors *errors)
{
	const char *names[64] = { NULL }, *nearest;

	for (size_t i = 0; rows != NULL && rows[i].name != NULL && i + 1 < 64; i++)
		names[i] = rows[i].name;
	nearest = option_nearest(v->key, names);
	option_error(errors, v->file, v->line, "\"%s\" is not an option of %s%s%s%s%s%s", v->key,
	    section->name, section->title != NULL ? " " : "",
	    section->title != NULL ? section->title : "",
	    nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
	    nearest != NULL ? "\"?" : "");
}

static void
section_check(const struct parley_option *rows, const struct option_section *section,
    struct option_errors *errors)
{
	for (size_t i = 0; i < section->count; i++) {
		const struct option_value *v = &section->values[i];
		const struct parley_option *row = row_find(rows, v->key);
		union value value;

		if (row == NULL)
			unknown_key(rows, section, v, errors);
		else if (v->value != NULL)
			value_parse(row, v, &value, errors);
	}
}

int
option_apply(const struct parley_option *rows, const struct option_section *section, void *state,
    struct option_errors *errors)
{
	struct option_errors told = { .count = ERRORS_MAX }; /* told of by section_check already */
	unsigned before = errors->count;

	if (section != NULL)
		section_check(rows, section, errors);
	for (; state != NULL && rows != NULL && rows->name != NULL; rows++) {
		const struct option_value *given = value_find(section, rows->name);
		union value v = value_default(rows);

		if (given != NULL && given->value != NULL)
			value_parse(rows, given, &v, &told);
		value_write(rows, &v, state);
	}
	return errors->count == before ? 0 : -1;
}

void
option_print_value(struct parley_text *out, const struct parley_option *row, const void *state)
{
	union value v = state != NULL ? value_read(row, state) : value_default(row);

	switch (row->type) {
	case PARLEY_OPTION_BOOL:
		parley_text_puts(out, v.yes ? "yes" : "no");
		break;
	case PARLEY_OPTION_INT:
		parley_text_printf(out, "%" PRId64, v.number);
		break;
	case PARLEY_OPTION_TEXT:
		parley_text_putc(out, '"');
		for (const char *p = v.text; *p != '\0'; p++) {
			if (*p == '"' || *p == '\\' || *p == '$')
				parley_text_putc(out, '\\');
			parley_text_putc(out, *p);
		}
		parley_text_putc(out, '"');
	}
}
