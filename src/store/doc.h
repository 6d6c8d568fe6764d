/* SPDX-License-Identifier: MIT */
/* doc.h - documents, their fields and their collections, inside the store. Any thread. */
#ifndef STORE_DOC_H
#define STORE_DOC_H

#include "base/arena.h"

#include <parley/backend.h>
#include <parley/store.h>

/* New: a document from what a back end holds, or NULL with PARLEY_INTERNAL when it is damaged,
 * which is logged. */
struct parley_doc *store_doc_new(const struct parley_collection *c, const char *key, size_t key_len,
    int64_t seq, const char *json, size_t json_len, struct parley_error *err);

/* Whether it is to be logged that a document is damaged: of the same one at most once a minute. */
bool store_is_to_be_told(const struct parley_collection *c, const char *key);

/* The fields of a document that a module wants to store, with texts in arena. 0, or -1 with
 * PARLEY_BAD_REQUEST when json is no object that could be read back, or has a member "~". */
int store_fields(const struct parley_collection *c, struct arena *arena, const char *json,
    size_t len, struct parley_value *values_r, struct parley_error *err);

/* 0, or -1 with a sentence that says what is wrong with the declaration. */
int store_check_collection(const struct parley_collection *c, struct parley_error *err);

/* True when every condition names a declared field; false is the module's bug. */
bool store_when_is_valid(const struct parley_collection *c, const struct parley_cond *when);

/* True when a condition has a text that no document can match. */
bool store_conds_are_void(
    const struct parley_collection *c, const struct parley_cond *conds, unsigned max);

#define STORE_CONDS_MAX (sizeof((struct parley_query){ 0 }.where) / sizeof(struct parley_cond))

#endif
