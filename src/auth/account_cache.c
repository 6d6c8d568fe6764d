/* SPDX-License-Identifier: MIT */
/* account_cache.c - the accounts that were asked for last. */
#include "auth/account_cache.h"

#include "base/table.h"
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

/* In a ring, from the one asked for last to the one not asked for longest. */
struct entry {
	struct entry *before, *after;
	struct parley_account account;
	int64_t logins;
};

static struct {
	struct table table;
	struct entry ring;
	unsigned max;
	uint64_t age;
} cache;

static void
ring_remove(struct entry *e)
{
	e->before->after = e->after;
	e->after->before = e->before;
}

static void
ring_add(struct entry *e)
{
	e->before = &cache.ring;
	e->after = cache.ring.after;
	e->after->before = e;
	cache.ring.after = e;
}

static void
forget(struct entry *e)
{
	table_remove(&cache.table, e->account.name);
	ring_remove(e);
	free(e);
}

void
account_cache_start(unsigned max)
{
	cache.ring.before = cache.ring.after = &cache.ring;
	cache.max = max;
}

void
account_cache_stop(void)
{
	while (cache.max > 0 && cache.ring.after != &cache.ring)
		forget(cache.ring.after);
	table_fini(&cache.table);
	memset(&cache, 0, sizeof cache);
}

bool
account_cache_get(const char *name, struct parley_account *out, int64_t *logins_r)
{
	struct entry *e = table_get(&cache.table, name);

	if (e == NULL)
		return false;
	ring_remove(e);
	ring_add(e);
	*out = e->account;
	*logins_r = e->logins;
	return true;
}

uint64_t
account_cache_age(void)
{
	return cache.age;
}

void
account_cache_put(const struct parley_account *account, int64_t logins, uint64_t age)
{
	struct entry *e;

	if (age != cache.age || cache.max == 0)
		return;
	e = table_get(&cache.table, account->name);
	if (e != NULL)
		forget(e);
	if (table_count(&cache.table) >= cache.max)
		forget(cache.ring.before);
	e = xcalloc(1, sizeof *e);
	e->account = *account;
	e->logins = logins;
	ring_add(e);
	table_put(&cache.table, e->account.name, e);
}

void
account_cache_drop(const char *name)
{
	struct entry *e = table_get(&cache.table, name);

	cache.age++;
	if (e != NULL)
		forget(e);
}

unsigned
account_cache_count(void)
{
	return (unsigned)table_count(&cache.table);
}
