/* SPDX-License-Identifier: MIT */
/* table.h - finds a pointer by a string or by a number, in constant time whatever the keys. One
 * thread at a time.
 *
 * The table borrows string keys: they must stay as they are until their entry is removed, and so
 * normally are a member of the value. Values are never NULL and never freed by the table. One table
 * has keys of one kind. */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_entry;

enum table_kind { TABLE_UNUSED, TABLE_STRINGS, TABLE_NUMBERS };

/* Starts as { 0 }. */
struct table {
	struct table_entry
	    *entries;    /* in the order in which they were put; removed ones are holes */
	uint32_t *slots; /* by hash: 1 + index of an entry, or 0 */
	uint32_t used;   /* entries and holes */
	uint32_t room;   /* of entries; there are twice as many slots */
	uint32_t count;  /* entries */
	enum table_kind kind;
};

/* The value under key, or NULL. */
void *table_get(const struct table *t, const char *key);
void *table_get_number(const struct table *t, uint64_t key);

/* Puts value under key. Returns the value that was there, whose key is then no longer borrowed, or
 * NULL. */
void *table_put(struct table *t, const char *key, void *value);
void *table_put_number(struct table *t, uint64_t key, void *value);

/* Removes the entry of key and returns its value, or NULL when there was none. */
void *table_remove(struct table *t, const char *key);
void *table_remove_number(struct table *t, uint64_t key);

size_t table_count(const struct table *t);

/* The values in the order in which their keys were put: *at starts as 0, NULL is the end. Between
 * calls entries may be removed, but no new keys put. */
void *table_each(const struct table *t, uint32_t *at);

/* Forgets all entries and frees the table's memory, which leaves { 0 }; the values stay. */
void table_fini(struct table *t);

#endif
