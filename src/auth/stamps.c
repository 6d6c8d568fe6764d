/* SPDX-License-Identifier: MIT */
/* stamps.c - a map from hashes to times in fixed memory. */
#include "auth/stamps.h"

#include "base/hash.h"
#include "base/xalloc.h"

#include <parley/error.h>
#include <parley/text.h>
#include <stdlib.h>
#include <string.h>

void
stamps_init(struct stamps *s, unsigned entries)
{
	*s = (struct stamps){ .sets = 1 };
	while (s->sets < entries / STAMPS_WAYS)
		s->sets *= 2;
	s->slots = xcalloc((size_t)s->sets * STAMPS_WAYS, sizeof *s->slots);
}

void
stamps_fini(struct stamps *s)
{
	free(s->slots);
	*s = (struct stamps){ 0 };
}

static struct stamp *
set_of(const struct stamps *s, uint64_t key)
{
	parley_assert(s->slots != NULL);
	return &s->slots[(key & (s->sets - 1)) * STAMPS_WAYS];
}

int64_t
stamps_get(const struct stamps *s, uint64_t key)
{
	const struct stamp *set = set_of(s, key);

	for (int i = 0; i < STAMPS_WAYS; i++)
		if (set[i].key == key)
			return set[i].time;
	return 0;
}

void
stamps_put(struct stamps *s, uint64_t key, int64_t time)
{
	struct stamp *set = set_of(s, key), *slot = &set[0];

	for (int i = 0; i < STAMPS_WAYS; i++) {
		if (set[i].key == key) {
			s->used += (uint32_t)(time != 0) - (uint32_t)(set[i].time != 0);
			set[i].time = time;
			return;
		}
		if (set[i].time < slot->time)
			slot = &set[i];
	}
	s->used += (uint32_t)(time != 0) - (uint32_t)(slot->time != 0);
	s->evicted += slot->time != 0;
	*slot = (struct stamp){ key, time };
}

uint64_t
stamps_key(const char *a, const char *b)
{
	struct parley_text both = { 0 };
	uint64_t key;

	parley_text_add(&both, a, strlen(a) + 1);
	parley_text_puts(&both, b);
	key = hash_bytes(both.s, both.len);
	parley_text_fini(&both);
	return key;
}
