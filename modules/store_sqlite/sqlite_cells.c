/* SPDX-License-Identifier: MIT */
/* sqlite_cells.c - takes pages of a tree, their cells and the records in these apart. Nothing that
 * is read is believed: every number is checked before it is used. */
#include "sqlite_pages.h"

#include <string.h>

#define RECORD_MAX (64U << 20) /* bytes; documents are smaller by far */

static uint32_t
two_bytes(const unsigned char *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t
four_bytes(const unsigned char *at)
{
	return two_bytes(at) << 16 | two_bytes(at + 2);
}

/* Seven bits to a byte, the highest first; the ninth has eight. Moves *at on; false at the end. */
static bool
take_number(const unsigned char **at, const unsigned char *end, uint64_t *n_r)
{
	uint64_t n = 0;

	for (int i = 0; *at < end && i < 9; i++) {
		unsigned char byte = *(*at)++;

		n = i < 8 ? n << 7 | (byte & 127) : n << 8 | byte;
		if (byte < 128 || i == 8) {
			*n_r = n;
			return true;
		}
	}
	return false;
}

/* ---- pages -------------------------------------------------------------------------------- */

bool
sq_node_open(struct sq_node *node, const unsigned char *bytes, uint32_t number, uint32_t usable)
{
	const unsigned char *head = bytes + (number == 1 ? 100 : 0);
	bool inner = head[0] == SQ_INDEX_NODE || head[0] == SQ_TABLE_NODE;

	*node = (struct sq_node){ .bytes = bytes, .usable = usable, .type = head[0] };
	node->head = (uint32_t)(head - bytes) + (inner ? 12 : 8);
	node->cells = two_bytes(head + 3);
	node->right = inner ? four_bytes(head + 8) : 0;
	return (inner || head[0] == SQ_INDEX_LEAF || head[0] == SQ_TABLE_LEAF) &&
	       node->head + 2 * node->cells <= usable;
}

/* How much of a record lies on the page. */
static uint64_t
local_part(const struct sq_node *node, uint64_t len)
{
	uint64_t usable = node->usable, least = (usable - 12) * 32 / 255 - 23, part;
	uint64_t most = node->type == SQ_TABLE_LEAF ? usable - 35 : (usable - 12) * 64 / 255 - 23;

	if (len <= most)
		return len;
	part = least + (len - least) % (usable - 4);
	return part <= most ? part : least;
}

bool
sq_cell_at(const struct sq_node *node, uint32_t n, struct sq_cell *cell)
{
	uint32_t offset = two_bytes(node->bytes + node->head + 2 * n);
	const unsigned char *at = node->bytes + offset, *end = node->bytes + node->usable;
	bool inner = node->type == SQ_INDEX_NODE || node->type == SQ_TABLE_NODE;
	uint64_t id = 0;

	*cell = (struct sq_cell){ 0 };
	if (offset + 4 > node->usable)
		return false;
	if (inner) {
		cell->child = four_bytes(at);
		at += 4;
	}
	if (node->type != SQ_TABLE_NODE && !take_number(&at, end, &cell->len))
		return false;
	if ((node->type == SQ_TABLE_LEAF || node->type == SQ_TABLE_NODE) &&
	    !take_number(&at, end, &id))
		return false;
	cell->id = (int64_t)id;
	cell->local = at;
	cell->local_len = (uint32_t)local_part(node, cell->len);
	if (cell->len > RECORD_MAX || cell->local_len > (size_t)(end - at))
		return false;
	if (cell->local_len == cell->len)
		return true;
	if ((size_t)(end - at) < cell->local_len + 4)
		return false;
	cell->overflow = four_bytes(at + cell->local_len);
	return true;
}

/* ---- records ------------------------------------------------------------------------------ */

bool
sq_record_read(const struct sq_pages *p, const struct sq_cell *cell, struct parley_text *out)
{
	unsigned char page[SQ_PAGE];
	uint32_t next = cell->overflow;
	uint64_t left = cell->len - cell->local_len;

	parley_text_clear(out);
	parley_text_add(out, (const char *)cell->local, cell->local_len);
	while (left > 0) {
		uint64_t part = left < p->usable - 4 ? left : p->usable - 4;

		if (!sq_page_read(p, next, page))
			return false;
		parley_text_add(out, (const char *)page + 4, (size_t)part);
		next = four_bytes(page);
		left -= part;
	}
	return true;
}

/* Bytes of a value of a type. */
static uint64_t
size_of(uint64_t type)
{
	static const unsigned char sizes[] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };

	return type < 12 ? sizes[type] : (type - 12) / 2;
}

static int64_t
integer_of(uint64_t type, const unsigned char *at)
{
	size_t size = (size_t)size_of(type);
	uint64_t n = size > 0 && at[0] >= 128 ? UINT64_MAX : 0;

	if (type == 8 || type == 9)
		return (int64_t)type - 8;
	for (size_t i = 0; i < size; i++)
		n = n << 8 | at[i];
	return (int64_t)n;
}

static void
set_datum(struct sq_datum *d, uint64_t type, const unsigned char *at)
{
	*d = (struct sq_datum){ .type = SQ_OTHER };
	if (type == 0)
		d->type = SQ_NULL;
	else if (type <= 6 || type == 8 || type == 9)
		*d = (struct sq_datum){ .type = SQ_INTEGER, .integer = integer_of(type, at) };
	else if (type >= 12)
		*d = (struct sq_datum){ .type = type % 2 ? SQ_TEXT : SQ_BLOB,
			.bytes = (const char *)at,
			.len = (size_t)size_of(type) };
}

int
sq_data_of(const struct parley_text *record, struct sq_datum *data, int max)
{
	const unsigned char *at = (const unsigned char *)record->s, *end = at + record->len;
	const unsigned char *types_end, *value;
	uint64_t head, type;
	int n = 0;

	if (!take_number(&at, end, &head) || head > record->len)
		return -1;
	types_end = (const unsigned char *)record->s + head;
	for (value = types_end; n < max && at < types_end; n++) {
		if (!take_number(&at, types_end, &type) || size_of(type) > (size_t)(end - value))
			return -1;
		set_datum(&data[n], type, value);
		value += size_of(type);
	}
	return n;
}
