/* SPDX-License-Identifier: MIT */
/* api.h - the marks every public header uses. */
#ifndef PARLEY_API_H
#define PARLEY_API_H

/* Everything else in libparley.so is hidden, so nm -D shows exactly the API. */
#define PARLEY_API __attribute__((visibility("default")))
#define PARLEY_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* PARLEY_AUTO(parley_doc_free) struct parley_doc *doc = ...: the destructor, which takes a T *, is
 * called with the address of the variable when that leaves its block. */
#define PARLEY_AUTO(destructor) __attribute__((cleanup(destructor)))

#endif
