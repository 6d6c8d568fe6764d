/* SPDX-License-Identifier: MIT */
/* page.h - goes through all documents of a collection, some at a time: in the order of their keys,
 * or in a log stream by stream in the order of seq. Any thread. */
#ifndef STORE_PAGE_H
#define STORE_PAGE_H

#include <parley/store.h>

/* Looks for what query describes; as many as query->limit. How many were found, or -1. */
typedef int (*page_find_fn)(void *context, const struct parley_query *query);

/* Finds the documents that follow the one with the key after, from the first when that is "": most
 * of them, fewer only at the end, in one or two calls of find. How many were found, or -1. */
int page_find(const struct parley_collection *c, const char *after, unsigned most,
    page_find_fn find, void *context);

#endif
