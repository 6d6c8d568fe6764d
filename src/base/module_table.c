/* SPDX-License-Identifier: MIT */
/* module_table.c - the core's allocator and hash table as modules see them. */
#include <parley/memory.h>
#include <parley/table.h>

#include "base/table.h"
#include "base/xalloc.h"

#include <stdlib.h>

struct parley_table {
	struct table table;
};

void *
parley_alloc(size_t size)
{
	return xcalloc(1, size);
}

char *
parley_strdup(const char *s)
{
	return xstrdup(s);
}

struct parley_table *
parley_table_new(void)
{
	return xcalloc(1, sizeof(struct parley_table));
}

void
parley_table_free(struct parley_table **t)
{
	if (*t == NULL)
		return;
	table_fini(&(*t)->table);
	free(*t);
	*t = NULL;
}

void *
parley_table_get(const struct parley_table *t, const char *key)
{
	return table_get(&t->table, key);
}

void *
parley_table_put(struct parley_table *t, const char *key, void *value)
{
	return table_put(&t->table, key, value);
}

void *
parley_table_remove(struct parley_table *t, const char *key)
{
	return table_remove(&t->table, key);
}

size_t
parley_table_count(const struct parley_table *t)
{
	return table_count(&t->table);
}

void *
parley_table_each(const struct parley_table *t, uint32_t *at)
{
	return table_each(&t->table, at);
}
