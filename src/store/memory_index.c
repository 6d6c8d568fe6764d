/* SPDX-License-Identifier: MIT */
/* memory_index.c - sorted arrays of documents, searched by halving. */
#include "store/memory_index.h"

#include "base/xalloc.h"
#include "store/doc.h"

#include <stdlib.h>
#include <string.h>

/* ---- documents ---------------------------------------------------------------------------- */

static size_t
texts_size(const struct parley_value *values, unsigned n)
{
	size_t size = 0;

	for (unsigned i = 0; i < n; i++)
		if (values[i].present && values[i].text != NULL)
			size += values[i].len + 1;
	return size;
}

/* Copies bytes and a NUL to *at, and moves it behind them. */
static const char *
put_text(char **at, const char *bytes, size_t len)
{
	char *start = *at;

	memcpy(start, bytes, len);
	start[len] = '\0';
	*at = start + len + 1;
	return start;
}

struct mem_doc *
mem_doc_new(const struct parley_collection *c, const char *name, int64_t seq, const char *origin,
    const char *json, size_t json_len, const struct parley_value *values)
{
	unsigned n = parley_field_count(c);
	size_t name_len = strlen(name), origin_len = strlen(origin);
	size_t head = sizeof(struct mem_doc) + n * sizeof *values;
	struct mem_doc *doc =
	    xmalloc(head + name_len + origin_len + json_len + 3 + texts_size(values, n));
	char *at = (char *)doc + head;

	doc->seq = seq;
	doc->name_len = name_len;
	doc->origin_len = origin_len;
	doc->json_len = json_len;
	doc->name = put_text(&at, name, name_len);
	doc->origin = put_text(&at, origin, origin_len);
	doc->json = put_text(&at, json, json_len);
	for (unsigned i = 0; i < n; i++) {
		doc->values[i] = values[i];
		if (values[i].present && values[i].text != NULL)
			doc->values[i].text = put_text(&at, values[i].text, values[i].len);
	}
	return doc;
}

static struct parley_value
doc_value(const struct mem_doc *doc, int field)
{
	if (field >= 0)
		return doc->values[field];
	if (field == PARLEY_SEQ_FIELD)
		return (struct parley_value){ .present = true, .integer = doc->seq };
	if (field == MEM_ORIGIN_FIELD)
		return (struct parley_value){
			.present = doc->origin_len > 0, .text = doc->origin, .len = doc->origin_len
		};
	return (struct parley_value){ .present = true, .text = doc->name, .len = doc->name_len };
}

/* ---- places ------------------------------------------------------------------------------- */

static int
compare_values(
    enum parley_field_type type, const struct parley_value *a, const struct parley_value *b)
{
	int sign;

	if (!a->present || !b->present)
		return a->present - b->present;
	if (type == PARLEY_FIELD_INT)
		return (a->integer > b->integer) - (a->integer < b->integer);
	sign = memcmp(a->text, b->text, a->len < b->len ? a->len : b->len);
	return sign != 0 ? sign : (a->len > b->len) - (a->len < b->len);
}

static int
compare_doc(const struct mem_index *index, const struct mem_doc *doc,
    const struct parley_value *values, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct parley_value v = doc_value(doc, index->fields[i]);
		int sign = compare_values(index->types[i], &v, &values[i]);

		if (sign != 0)
			return sign;
	}
	return 0;
}

size_t
mem_index_bound(
    const struct mem_index *index, const struct parley_value *values, unsigned n, bool after)
{
	size_t low = 0, high = index->len;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int sign = compare_doc(index, index->docs[middle], values, n);

		if (sign < 0 || (after && sign == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
mem_index_takes(const struct mem_index *index, const struct mem_doc *doc)
{
	for (unsigned i = 0; i < index->needed; i++)
		if (!doc_value(doc, index->fields[i]).present)
			return false;
	return true;
}

static size_t
place_of(const struct mem_index *index, const struct mem_doc *doc)
{
	struct parley_value values[PARLEY_ORDER_MAX];

	for (unsigned i = 0; i < index->count; i++)
		values[i] = doc_value(doc, index->fields[i]);
	return mem_index_bound(index, values, index->count, false);
}

void
mem_index_insert(struct mem_index *index, struct mem_doc *doc)
{
	size_t at = place_of(index, doc);

	if (index->len == index->cap) {
		index->cap = index->cap == 0 ? 16 : index->cap * 2;
		index->docs = xrealloc(index->docs, index->cap * sizeof *index->docs);
	}
	memmove(index->docs + at + 1, index->docs + at, (index->len - at) * sizeof *index->docs);
	index->docs[at] = doc;
	index->len++;
}

void
mem_index_remove(struct mem_index *index, const struct mem_doc *doc)
{
	size_t at = place_of(index, doc);

	parley_assert(at < index->len && index->docs[at] == doc);
	index->len--;
	memmove(index->docs + at, index->docs + at + 1, (index->len - at) * sizeof *index->docs);
}

struct mem_doc *
mem_index_rival(const struct mem_index *index, const struct mem_doc *doc)
{
	struct parley_value values[PARLEY_ORDER_MAX];
	size_t at;

	for (unsigned i = 0; i < index->unique; i++) {
		values[i] = doc_value(doc, index->fields[i]);
		if (!values[i].present)
			return NULL;
	}
	if (index->unique == 0)
		return NULL;
	at = mem_index_bound(index, values, index->unique, false);
	if (at == index->len || compare_doc(index, index->docs[at], values, index->unique) != 0)
		return NULL;
	return index->docs[at];
}

/* ---- ranges ------------------------------------------------------------------------------- */

static struct parley_value
cond_value(enum parley_field_type type, const struct parley_cond *cond)
{
	if (type == PARLEY_FIELD_INT)
		return (struct parley_value){ .present = true, .integer = cond->integer };
	return (
	    struct parley_value){ .present = true, .text = cond->text, .len = strlen(cond->text) };
}

/* Narrows the range to the texts that begin with the prefix in values[n - 1]. */
static void
narrow_prefix(
    const struct mem_index *index, struct parley_value *values, unsigned n, struct mem_range *r)
{
	struct parley_text end = { 0 };

	r->from = mem_index_bound(index, values, n, false);
	if (!parley_prefix_end(values[n - 1].text, &end))
		return;
	values[n - 1].text = end.s;
	values[n - 1].len = end.len;
	r->to = mem_index_bound(index, values, n, false);
	parley_text_fini(&end);
}

/* Narrows the range by one condition, whose value is values[n - 1]. */
static void
narrow(const struct mem_index *index, enum parley_op op, struct parley_value *values, unsigned n,
    struct mem_range *r)
{
	bool after = op == PARLEY_OP_GT || op == PARLEY_OP_LE;
	size_t at;

	if (op == PARLEY_OP_PREFIX) {
		narrow_prefix(index, values, n, r);
		return;
	}
	at = mem_index_bound(index, values, n, after);
	if ((op == PARLEY_OP_GT || op == PARLEY_OP_GE) && at > r->from)
		r->from = at;
	if ((op == PARLEY_OP_LT || op == PARLEY_OP_LE) && at < r->to)
		r->to = at;
}

/* The conditions' values for the leading fields. */
static void
equal_values(const struct mem_index *index, const struct parley_collection *c,
    const struct parley_query *query, unsigned n, struct parley_value *values)
{
	for (unsigned i = 0; i < STORE_CONDS_MAX && query->where[i].op != PARLEY_OP_END; i++) {
		int field = parley_field_number(c, query->where[i].field);

		for (unsigned k = 0; k < n; k++)
			if (index->fields[k] == field)
				values[k] = cond_value(index->types[k], &query->where[i]);
	}
}

static bool
has_range(const struct parley_query *query)
{
	for (unsigned i = 0; i < STORE_CONDS_MAX && query->where[i].op != PARLEY_OP_END; i++)
		if (query->where[i].op != PARLEY_OP_EQ)
			return true;
	return false;
}

struct mem_range
mem_index_range(const struct mem_index *index, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan)
{
	struct parley_value values[PARLEY_ORDER_MAX] = { 0 };
	unsigned n = plan->equal;
	struct mem_range r;

	equal_values(index, c, query, n, values);
	r.from = mem_index_bound(index, values, n, false);
	r.to = mem_index_bound(index, values, n, true);
	if (n < index->count && (plan->order_by == index->fields[n] || has_range(query)))
		r.from = mem_index_bound(index, values, n + 1, true); /* behind the absent ones */
	for (unsigned i = 0; i < STORE_CONDS_MAX && query->where[i].op != PARLEY_OP_END; i++) {
		if (query->where[i].op == PARLEY_OP_EQ)
			continue;
		values[n] = cond_value(index->types[n], &query->where[i]);
		narrow(index, query->where[i].op, values, n + 1, &r);
	}
	if (r.to < r.from)
		r.to = r.from;
	return r;
}
