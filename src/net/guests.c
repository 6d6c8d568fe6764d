/* SPDX-License-Identifier: MIT */
/* guests.c - connections not logged in, counted by address. */
#include "net/guests.h"

#include "base/hash.h"
#include "base/xalloc.h"

#include <parley/error.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define GUEST_BUCKETS 1024

/* There are never more entries than connections, which net.c bounds. */
struct guest {
	struct guest *next;
	struct netaddr key;
	unsigned count;
};

static pthread_mutex_t guests_lock = PTHREAD_MUTEX_INITIALIZER;
static struct guest *guests[GUEST_BUCKETS];

static struct netaddr
guests_key(const struct netaddr *a)
{
	struct netaddr key = *a;

	if (!netaddr_is_v4(a))
		memset(key.bytes + 8, 0, 8);
	return key;
}

static size_t
guests_bucket(const struct netaddr *key)
{
	return hash_bytes(key, sizeof *key) % GUEST_BUCKETS;
}

/* The place of the entry in its chain, or of the end of the chain. */
static struct guest **
guests_place(const struct netaddr *key)
{
	struct guest **g = &guests[guests_bucket(key)];

	while (*g != NULL && memcmp(&(*g)->key, key, sizeof *key) != 0)
		g = &(*g)->next;
	return g;
}

bool
guests_take(const struct netaddr *a, unsigned most)
{
	struct netaddr key = guests_key(a);
	struct guest **g;
	bool taken;

	if (most == 0)
		return false;
	pthread_mutex_lock(&guests_lock);
	g = guests_place(&key);
	if (*g == NULL) {
		*g = xcalloc(1, sizeof **g);
		(*g)->key = key;
	}
	taken = (*g)->count < most;
	if (taken)
		(*g)->count++;
	pthread_mutex_unlock(&guests_lock);
	return taken;
}

void
guests_give(const struct netaddr *a)
{
	struct netaddr key = guests_key(a);
	struct guest **g, *gone;

	pthread_mutex_lock(&guests_lock);
	g = guests_place(&key);
	parley_assert(*g != NULL && (*g)->count > 0);
	if (--(*g)->count == 0) {
		gone = *g;
		*g = gone->next;
		free(gone);
	}
	pthread_mutex_unlock(&guests_lock);
}

unsigned
guests_count(const struct netaddr *a)
{
	struct netaddr key = guests_key(a);
	struct guest **g;
	unsigned count;

	pthread_mutex_lock(&guests_lock);
	g = guests_place(&key);
	count = *g != NULL ? (*g)->count : 0;
	pthread_mutex_unlock(&guests_lock);
	return count;
}
