/* SPDX-License-Identifier: MIT */
/* memory_index.h - documents of the memory back end, sorted by each index of their collection. */
#ifndef STORE_MEMORY_INDEX_H
#define STORE_MEMORY_INDEX_H

#include <parley/backend.h>

/* One document. All texts are in its own block and end with NUL. */
struct mem_doc {
	const char *name;   /* its key, or its stream */
	const char *origin; /* of a log, or "" */
	const char *json;
	size_t name_len, origin_len, json_len;
	int64_t seq;
	struct parley_value values[];
};

/* New: a copy of all that is given; free() it. seq and origin are those of a log, else 0 and "". */
struct mem_doc *mem_doc_new(const struct parley_collection *c, const char *name, int64_t seq,
    const char *origin, const char *json, size_t json_len, const struct parley_value *values);

#define MEM_ORIGIN_FIELD (-10) /* as a field of an index of our own */

/* Documents, borrowed, in the order of an index, which gives each its own place. */
struct mem_index {
	int fields[PARLEY_ORDER_MAX];
	enum parley_field_type types[PARLEY_ORDER_MAX];
	unsigned count;
	unsigned unique; /* so many leading fields name at most one document; 0: none do */
	unsigned needed; /* documents that lack one of so many leading fields are not in it */
	struct mem_doc **docs;
	size_t len, cap;
};

/* Places in an index: those up to at, but not at itself. */
struct mem_range {
	size_t from, to;
};

/* The first place whose leading n fields are not below values, or above when after is true. Values
 * that are absent come first. */
size_t mem_index_bound(
    const struct mem_index *index, const struct parley_value *values, unsigned n, bool after);
void mem_index_insert(struct mem_index *index, struct mem_doc *doc);
void mem_index_remove(struct mem_index *index, const struct mem_doc *doc);

/* True for an index that the document belongs into. */
bool mem_index_takes(const struct mem_index *index, const struct mem_doc *doc);

/* The document that a unique index does not let doc stand beside, or NULL. */
struct mem_doc *mem_index_rival(const struct mem_index *index, const struct mem_doc *doc);

/* The places of all that satisfies the query's conditions. */
struct mem_range mem_index_range(const struct mem_index *index, const struct parley_collection *c,
    const struct parley_query *query, const struct parley_plan *plan);

#endif
