/* SPDX-License-Identifier: MIT */
/* store_conformance.h - what every back end of the store has to do, tested through the API that
 * modules use. A test program of a back end calls conformance_run. */
#ifndef STORE_CONFORMANCE_H
#define STORE_CONFORMANCE_H

#include "support/test.h"

#include <parley/backend.h>
#include <parley/store.h>

/* The back end under test. */
struct conformance {
	const char *name;
	const struct parley_backend *backend;
	const char *(*location)(void); /* of a store that is empty; borrowed until the next call */
};

/* Runs all tests of the suite, then the parts in more (ends with NULL; or NULL), each of which ends
 * with { 0 }, as one group of cmocka. Returns how many failed. */
int conformance_run(const struct conformance *c, const struct CMUnitTest *const *more);
extern const struct CMUnitTest document_tests[], log_tests[], note_tests[], random_tests[],
    secret_tests[]; /* its parts */
/* For more: needs stores that outlive the process, two at a time. */
extern const struct CMUnitTest copy_tests[];

/* The suite that runs. */
extern const struct conformance *conformance_in_use;

/* Random steps on log_in_use, each compared with a model that begins empty and may be carried on in
 * another store that holds the same. */
void random_log_begin(void);
void random_log_steps(unsigned n);

/* ---- for the tests ------------------------------------------------------------------------ */

/* Starts an empty store, declares the collections below, runs fn on a fiber, stops the store. */
void with_store(void (*fn)(void));
/* The same for notes and for letters, as log_in_use. */
void with_each_log(void (*fn)(void));
/* The same with a location that may hold something already, and nothing declared. */
void with_store_at(const char *location, void (*fn)(void));

/* The same as with_store, but writes gather while router_is_busy, and all clocks stand still. */
void with_gathering_store(void (*fn)(void));
extern bool router_is_busy;

/* Moves the time that the store sees. */
void clock_advance(int64_t ms);
/* Moves the clock on that never jumps otherwise. */
void monotonic_advance(int64_t ms);

/* people: name, age, city, nick (unique), until (expires). notes: a log with kind, mid (unique),
 * flag. letters: the same without indexes that are neither sparse nor unique. */
extern const struct parley_collection people, notes, letters;

/* The log that append appends to: notes, unless a test says otherwise. */
extern const struct parley_collection *log_in_use;

/* Declares the three, in a store that with_store_at has started. */
void declare_all(void);
/* Store some things; and, perhaps after a restart, check that they are there, and store more. */
void body_before(void);
void body_after(void);

/* Short forms, for json in '...' for "...". Return 0 or the error's code. */
enum parley_code put(const char *key, const char *json);
enum parley_code insert(const char *key, const char *json);
enum parley_code patch(const char *key, const char *json, const struct parley_cond *when);
enum parley_code note(const char *key, const char *json);
enum parley_code note_patch(const char *key, const char *json);
enum parley_code discard(const char *key, const struct parley_cond *when);
struct parley_doc *get(const struct parley_collection *c, const char *key);

/* Appends, waits, and returns the seq, or 0 - the error's code. */
int64_t append(const char *stream, const char *origin, const char *json);

/* Calls one(0) to one(n - 1) on some fibers side by side, so that their writes share commits. */
void side_by_side(unsigned n, void (*one)(unsigned i));

/* Finds, and fails unless the keys are those in expected, "a b c", in this order. */
void expect_found(
    const struct parley_collection *c, const struct parley_query *q, const char *expected);

void expect_text(
    const struct parley_collection *c, const char *key, const char *member, const char *text);
void expect_none(const struct parley_collection *c, const char *key);

/* What the back end has: the bytes of the last document that a get found; "" when there was none.
 */
const char *seen(void);
/* The back end gets these bytes in place of what is next written under key, which is a stream for
 * an append. */
void plant(const char *key, const char *bytes);

#endif
