/* SPDX-License-Identifier: MIT */
/* store.h - documents in collections, the same on every back end. Router thread.
 *
 * A document is a JSON object with a key that is unique in its collection. A collection declares
 * which top-level members are indexed; only those can be searched for. A member that is missing,
 * null or of another type than the declared is absent from the index.
 *
 * All functions but parley_store_append and parley_store_note* await, and may return -1 with err->code PARLEY_BUSY (a
 * queue is full or the back end does not answer, see retry_after: then nothing was done; or the fiber was canceled before a read), PARLEY_LIMIT (the disk
 * is full) or PARLEY_INTERNAL (the back end failed, or what a document keeps secret does not open;
 * the log has why). A write that returned 0 is
 * on disk, and every later read sees it. Writes are never canceled: they wait for their commit. A
 * document that json_parse would not read back, or with a member "~", which is the store's, is
 * refused with PARLEY_BAD_REQUEST. */
#ifndef PARLEY_STORE_H
#define PARLEY_STORE_H

#include <parley/api.h>
#include <parley/await.h>
#include <parley/error.h>
#include <parley/json.h>
#include <parley/text.h>

#define PARLEY_KEY_MAX    200       /* bytes of a key or stream, its NUL included */
#define PARLEY_DOC_MAX    (1 << 20) /* bytes of a document; a larger one is PARLEY_TOO_LARGE */
#define PARLEY_FIND_LIMIT 1000      /* documents one find returns at most */

enum parley_field_type { PARLEY_FIELD_TEXT, PARLEY_FIELD_INT };

/* A member that indexes may use. Text compares by bytes. */
struct parley_field {
	const char *name; /* [a-z_]{1,30}; not key, stream or seq */
	enum parley_field_type type;
};

/* Members in order; one index serves equality on a leading part and a range on the next. In a log
 * collection "stream" and "seq" can take part. */
struct parley_index {
	bool unique;           /* among documents that have all of the members */
	bool sparse;           /* documents that lack one of the members are not in it, and cost it
	                          nothing; serves only queries that name all of them */
	const char *fields[4]; /* ends with NULL when fewer */
};

/* Static data of a module; the back end makes tables and indexes for it when the node starts.
 * Raise version when fields or indexes change: the back end migrates by rebuilding the indexes. */
struct parley_collection {
	const char *name; /* [a-z_]{1,30}, unique in the node */
	uint32_t version;
	const struct parley_field *fields;  /* ends with { 0 } */
	const struct parley_index *indexes; /* ends with { 0 } */
	const char *expires; /* an int field: ms since 1970 from which on the document is gone; or NULL */
	bool log; /* documents are made by parley_store_append alone, with the key "STREAM/SEQ", under
	             which they can be read, patched and removed; a seq is never used again */
	const char *const *secret; /* names of top-level members that the store seals before they
	                              leave the process, ends with NULL; or NULL. No fields. Module
	                              code sees no difference; who finds the disk or a backup does.
	                              Documents written before a name was added are read as they
	                              are, and sealed before long */
};

/* A document that was read. */
struct parley_doc {
	char *key;
	const struct parley_json *root; /* valid as long as the doc */
	int64_t seq;                    /* of a log collection; else 0 */
	struct parley_doc_memory *memory;
};
/* Clears the pointer, which may be NULL. Any thread. */
PARLEY_API void parley_doc_free(struct parley_doc **doc);

/* New: the document, or NULL. NULL with err->code PARLEY_NOT_FOUND when there is none. */
PARLEY_API struct parley_doc *parley_store_get(const struct parley_collection *c, const char *key,
	struct parley_error *err);

/* Stores json (one object) under key, replacing what was there. 0 or -1; PARLEY_CONFLICT when a
 * unique index holds another document with the same members; PARLEY_BAD_REQUEST or PARLEY_TOO_LARGE
 * when the key is empty, no UTF-8 or too long (to all who look for it, such a key is not found). */
PARLEY_API int parley_store_put(const struct parley_collection *c, const char *key,
	const struct parley_text *json, struct parley_error *err);

/* The same, but PARLEY_CONFLICT also when the key is taken. */
PARLEY_API int parley_store_insert(const struct parley_collection *c, const char *key,
	const struct parley_text *json, struct parley_error *err);

/* A condition on a declared member: equality, or a range whose ends may be left open. A text that
 * is NULL or no UTF-8 matches nothing. */
enum parley_op {
	PARLEY_OP_END, /* ends an array of conditions, so { 0 } does */
	PARLEY_OP_EQ,
	PARLEY_OP_LT,
	PARLEY_OP_LE,
	PARLEY_OP_GT,
	PARLEY_OP_GE,
	PARLEY_OP_PREFIX /* text begins with these bytes */
};
struct parley_cond {
	const char *field;
	enum parley_op op;
	const char *text; /* for text fields */
	int64_t integer;  /* for int fields */
};

/* Merges the members of json into the stored object (RFC 7396: null removes), atomically, provided
 * that every condition in when (NULL: none) holds for it. 0 or -1: PARLEY_NOT_FOUND when the key has
 * no document; PARLEY_CONFLICT when a condition does not hold, or a unique index has another document
 * with the same members; PARLEY_TOO_LARGE when it would become too large. */
PARLEY_API int parley_store_patch(const struct parley_collection *c, const char *key,
	const struct parley_text *json, const struct parley_cond *when, struct parley_error *err);

/* Removes it. 0 or -1: PARLEY_NOT_FOUND; PARLEY_CONFLICT when a condition does not hold. */
PARLEY_API int parley_store_remove(const struct parley_collection *c, const char *key,
	const struct parley_cond *when, struct parley_error *err);

/* One of many writes: stores json under key, or removes what is there when json has no bytes. */
struct parley_entry {
	const char *key;
	struct parley_text json;
};

/* Makes so many writes, in order, most of them in one commit; another one may come between, and
 * after a crash those are there that came first. That there was nothing to remove is no failure.
 * Borrows entries. 0, or -1: with what parley_store_put says of a key or a size, or PARLEY_BUSY, and
 * then none was made; else with what the first one said that failed: the others were made all the
 * same. */
#define PARLEY_ENTRIES_MAX 128
PARLEY_API int parley_store_write_many(const struct parley_collection *c,
	const struct parley_entry *entries, unsigned count, struct parley_error *err);

/* For what may be lost when the node is killed, such as when somebody was last seen: puts or patches
 * the document some seconds later, with what else was noted by then; of several notes of one document
 * only the last counts (so note the same members each time). It is written before the node stops,
 * before other writes of the document, and before reads but parley_store_get, which gives what is to
 * be put at once. Takes json; does not await. 0, or -1: PARLEY_BUSY when far too much was noted, or
 * for what could not be stored anyway. That a document to be patched is gone is not told. */
PARLEY_API int parley_store_note(const struct parley_collection *c, const char *key,
	struct parley_text *json, struct parley_error *err);
PARLEY_API int parley_store_note_patch(const struct parley_collection *c, const char *key,
	struct parley_text *json, struct parley_error *err);

/* What to look for. Conditions must be served by one declared index: equalities on its leading
 * fields, then at most one range (up to two conditions on one field, or a prefix). The order is
 * that of the index, which the conditions and order_by choose; what is equal there is ordered by
 * key (in a log by stream and seq). Asking otherwise is a bug of the module and aborts when it is
 * first asked. Every collection has one more index: of the key, under the name "key"; in a log
 * collection, of the names "stream" and "seq". Without conditions and order_by it lists everything. */
struct parley_query {
	struct parley_cond where[5]; /* ends with { 0 } when fewer */
	const char *order_by; /* an indexed field, the one of the range or the next; NULL: any order */
	bool descending;
	uint32_t limit; /* 1 to PARLEY_FIND_LIMIT, which more than that means too; 0 means 100 */
};

/* Documents found; docs is one block with count pointers. */
struct parley_docs {
	uint32_t count;
	struct parley_doc **docs;
};
/* Frees what was found; then there is none. Any thread. */
PARLEY_API void parley_docs_fini(struct parley_docs *docs);

/* 0 with out filled (free it with parley_docs_fini), or -1 with out untouched: PARLEY_TOO_LARGE when
 * what was found, as it is stored, is more than 64 MiB: ask for fewer. A document without the member
 * that order_by names is not found. */
PARLEY_API int parley_store_find(const struct parley_collection *c, const struct parley_query *query,
	struct parley_docs *out, struct parley_error *err);

/* How many documents match, counting no further than max; order and limit do not matter. -1 on
 * failure. */
PARLEY_API int64_t parley_store_count(const struct parley_collection *c,
	const struct parley_query *query, uint32_t max, struct parley_error *err);

/* One append to a log collection. The caller keeps it alive and still until done is set. */
struct parley_append {
	struct parley_text json;    /* the document; the append takes it */
	int64_t seq;                /* out: its place in the stream */
	struct parley_doc *earlier; /* out, new: the document that already had this origin, or NULL;
	                               seq is then that document's, and nothing was appended */
	struct parley_event done;   /* set after the commit: rc 0, or -1 with err */
	const struct parley_collection *collection; /* for the store, */
	struct parley_append *next;                 /* as this: what is to be told next, */
	int rc;                                     /* and how it went */

	/* The value of the collection's first field, a text, when json has that and none of the other
	 * fields, and was made by parley_writer: the store then need not read json. Or NULL. */
	const char *only;

	bool seek; /* appends nothing: fills in earlier, or err is PARLEY_NOT_FOUND; no stream, no json */
	struct parley_error err;     /* out, when done.rc < 0 */
	char stream[PARLEY_KEY_MAX]; /* which order it joins; seq grows by one in each, from 1 */
	char origin[PARLEY_KEY_MAX]; /* unique in the collection, or "": makes a retry harmless */
};

/* Queues it and returns at once: appends are committed in the order of these calls, many to one
 * commit. done may be set before this returns: with PARLEY_BUSY when the queue is full, PARLEY_TOO_LARGE
 * or PARLEY_BAD_REQUEST as of parley_store_put, also for stream and origin. PARLEY_CONFLICT comes from
 * a unique index. Cannot be cancelled. */
PARLEY_API void parley_store_append(const struct parley_collection *c, struct parley_append *a);

#endif
