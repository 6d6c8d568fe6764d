/* SPDX-License-Identifier: MIT */
/* table.c - a hash table with open addressing over an array of entries in order of arrival. */
#include "base/table.h"

#include "base/hash.h"
#include "base/xalloc.h"

#include <parley/error.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 8 /* entries; room is a power of two */
#define ROOM_MAX (UINT32_C(1) << 30)

struct table_entry {
	uint64_t hash; /* of the key; a number's hash is enough to compare with nearly always */
	union {
		const char *string;
		uint64_t number;
	};
	void *value; /* NULL in a hole */
};

struct key {
	enum table_kind kind;
	uint64_t hash;
	union {
		const char *string;
		uint64_t number;
	};
};

static struct key
string_key(const char *key)
{
	return (struct key){
		.kind = TABLE_STRINGS,
		.hash = hash_bytes(key, strlen(key)),
		.string = key,
	};
}

static struct key
number_key(uint64_t key)
{
	return (struct key){
		.kind = TABLE_NUMBERS,
		.hash = hash_bytes(&key, sizeof key),
		.number = key,
	};
}

static bool
entry_is(const struct table_entry *e, const struct key *key)
{
	if (e->hash != key->hash)
		return false;
	if (key->kind == TABLE_NUMBERS)
		return e->number == key->number;
	return strcmp(e->string, key->string) == 0;
}

static uint32_t
slot_next(const struct table *t, uint32_t slot)
{
	return (slot + 1) & (t->room * 2 - 1);
}

static uint32_t
slot_home(const struct table *t, uint64_t hash)
{
	return (uint32_t)hash & (t->room * 2 - 1);
}

/* The slot of key, or the empty one where it would go. The table has room. */
static uint32_t
slot_find(const struct table *t, const struct key *key)
{
	uint32_t slot = slot_home(t, key->hash);

	while (t->slots[slot] != 0 && !entry_is(&t->entries[t->slots[slot] - 1], key))
		slot = slot_next(t, slot);
	return slot;
}

static void *
find(const struct table *t, const struct key *key)
{
	uint32_t entry;

	if (t->count == 0)
		return NULL;
	parley_assert(t->kind == key->kind);
	entry = t->slots[slot_find(t, key)];
	return entry != 0 ? t->entries[entry - 1].value : NULL;
}

/* Makes room for one more, closing the holes; the table shrinks when they were many. */
static void
rebuild(struct table *t)
{
	uint32_t room = ROOM_MIN, kept = 0;
	struct table_entry *entries;
	uint32_t *slots;

	parley_assert(t->count < ROOM_MAX / 2);
	while (room < t->count * 2)
		room *= 2;
	entries = xcalloc(room, sizeof *entries);
	slots = xcalloc((size_t)room * 2, sizeof *slots);
	for (uint32_t i = 0; i < t->used; i++)
		if (t->entries[i].value != NULL)
			entries[kept++] = t->entries[i];
	free(t->entries);
	free(t->slots);
	t->entries = entries;
	t->slots = slots;
	t->used = kept;
	t->room = room;
	for (uint32_t i = 0; i < kept; i++) {
		uint32_t slot = slot_home(t, entries[i].hash);

		while (slots[slot] != 0)
			slot = slot_next(t, slot);
		slots[slot] = i + 1;
	}
}

static void
entry_fill(struct table_entry *e, const struct key *key, void *value)
{
	e->hash = key->hash;
	if (key->kind == TABLE_NUMBERS)
		e->number = key->number;
	else
		e->string = key->string;
	e->value = value;
}

static void *
put(struct table *t, const struct key *key, void *value)
{
	uint32_t slot;

	parley_assert(value != NULL);
	parley_assert(t->kind == TABLE_UNUSED || t->kind == key->kind);
	t->kind = key->kind;
	if (t->room > 0) {
		slot = slot_find(t, key);
		if (t->slots[slot] != 0) {
			struct table_entry *e = &t->entries[t->slots[slot] - 1];
			void *before = e->value;

			entry_fill(e, key, value);
			return before;
		}
	}
	if (t->used == t->room)
		rebuild(t);
	slot = slot_find(t, key);
	entry_fill(&t->entries[t->used++], key, value);
	t->slots[slot] = t->used;
	t->count++;
	return NULL;
}

/* Empties the slot and moves back what would not be found behind an empty one. */
static void
slot_clear(struct table *t, uint32_t slot)
{
	uint32_t mask = t->room * 2 - 1;

	for (uint32_t next = slot_next(t, slot); t->slots[next] != 0; next = slot_next(t, next)) {
		uint32_t home = slot_home(t, t->entries[t->slots[next] - 1].hash);

		if (((next - home) & mask) >= ((next - slot) & mask)) {
			t->slots[slot] = t->slots[next];
			slot = next;
		}
	}
	t->slots[slot] = 0;
}

static void *
take_out(struct table *t, const struct key *key)
{
	uint32_t slot;
	struct table_entry *e;
	void *value;

	if (t->count == 0)
		return NULL;
	parley_assert(t->kind == key->kind);
	slot = slot_find(t, key);
	if (t->slots[slot] == 0)
		return NULL;
	e = &t->entries[t->slots[slot] - 1];
	value = e->value;
	slot_clear(t, slot);
	e->value = NULL;
	t->count--;
	if (t->count == 0)
		t->used = 0;
	return value;
}

void *
table_get(const struct table *t, const char *key)
{
	const struct key k = string_key(key);

	return find(t, &k);
}

void *
table_get_number(const struct table *t, uint64_t key)
{
	const struct key k = number_key(key);

	return find(t, &k);
}

void *
table_put(struct table *t, const char *key, void *value)
{
	const struct key k = string_key(key);

	return put(t, &k, value);
}

void *
table_put_number(struct table *t, uint64_t key, void *value)
{
	const struct key k = number_key(key);

	return put(t, &k, value);
}

void *
table_remove(struct table *t, const char *key)
{
	const struct key k = string_key(key);

	return take_out(t, &k);
}

void *
table_remove_number(struct table *t, uint64_t key)
{
	const struct key k = number_key(key);

	return take_out(t, &k);
}

size_t
table_count(const struct table *t)
{
	return t->count;
}

void *
table_each(const struct table *t, uint32_t *at)
{
	while (*at < t->used) {
		void *value = t->entries[(*at)++].value;

		if (value != NULL)
			return value;
	}
	return NULL;
}

void
table_fini(struct table *t)
{
	free(t->entries);
	free(t->slots);
	*t = (struct table){ 0 };
}
