/* SPDX-License-Identifier: MIT */
/* table.h - finds a value by its name, in constant time whatever names others choose. Router
 * thread, or one thread at a time.
 *
 * The table borrows its keys: a key must stay as it is until its entry is removed, so it normally
 * is a member of the value. Values are never NULL, and are not freed by the table. */
#ifndef PARLEY_TABLE_H
#define PARLEY_TABLE_H

#include <parley/api.h>
#include <stddef.h>
#include <stdint.h>

struct parley_table;

/* New. */
PARLEY_API struct parley_table *parley_table_new(void);
/* Frees the table, not the values, and clears the pointer, which may be NULL. */
PARLEY_API void parley_table_free(struct parley_table **t);

/* The value under key, or NULL. */
PARLEY_API void *parley_table_get(const struct parley_table *t, const char *key);

/* Puts value under key; returns the value that was there, or NULL. */
PARLEY_API void *parley_table_put(struct parley_table *t, const char *key, void *value);

/* Removes the entry; returns its value, or NULL. */
PARLEY_API void *parley_table_remove(struct parley_table *t, const char *key);

/* How many entries there are. */
PARLEY_API size_t parley_table_count(const struct parley_table *t);

/* The values, oldest entry first: *at starts as 0, NULL is the end. Between calls entries may be
 * removed, but none put; so do not await between them. */
PARLEY_API void *parley_table_each(const struct parley_table *t, uint32_t *at);

#endif
