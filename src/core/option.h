/* SPDX-License-Identifier: MIT */
/* option.h - rows of options (struct parley_option) meet the values that a file gave them. The
 * core's sections and the modules' are read by the same rows. */
#ifndef OPTION_H
#define OPTION_H

#include <parley/module.h>
#include <stdbool.h>
#include <stddef.h>

/* All that is wrong with a configuration, one line each: "parley.conf:12: ...\n". Starts as { 0 }.
 */
struct option_errors {
	struct parley_text text;
	unsigned count; /* text stops after the first hundred */
};
void option_error(struct option_errors *errors, const char *file, unsigned line, const char *fmt,
    ...) PARLEY_PRINTF(4, 5);
void option_errors_fini(struct option_errors *errors);

/* One "key = value" of a file. */
struct option_value {
	const char *key;
	const char *value; /* NULL: a mistake elsewhere hides it, and it is not checked */
	const char *file;
	unsigned line;
};

/* The values of one section. */
struct option_section {
	const char *name;  /* "limits", "module" */
	const char *title; /* of "module roster": "roster"; else NULL */
	const char *file;
	unsigned line;
	struct option_value *values;
	size_t count;
};

/* Writes a value for every row into state: the section's, or the row's default. section may be
 * NULL: all defaults. state may be NULL: only checks. Unknown keys, values that are not of the
 * row's type and those out of bounds go to errors; their rows get the default. 0, or -1 when there
 * were any: a reload therefore checks everything before it applies anything.
 *
 * rows ends with { 0 }; NULL means none. Texts are interned: they live as long as the program, and
 * the same value is the same pointer in every reload. */
int option_apply(const struct parley_option *rows, const struct option_section *section,
    void *state, struct option_errors *errors);

/* A copy of s that is never freed; the same pointer for the same bytes. Router thread, or before
 * threads start. */
const char *option_intern(const char *s);

/* Splits s at white space into a list that ends with NULL; one block, free() it. The words are
 * interned. Never NULL. */
const char **option_words(const char *s);

/* The name in list (which ends with NULL) that wrong was most likely meant to be, or NULL when none
 * comes close. */
const char *option_nearest(const char *wrong, const char *const *list);

/* Appends the value of a row that state holds (NULL: its default), as the file writes it: 20, yes,
 * "text". */
void option_print_value(
    struct parley_text *out, const struct parley_option *row, const void *state);

#endif
