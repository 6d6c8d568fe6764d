/* SPDX-License-Identifier: MIT */
/* expire.h - what removes, once a minute, the documents that are gone by the expiry of their
 * collection; store_sweep in store.h does so at once. Router thread. */
#ifndef STORE_EXPIRE_H
#define STORE_EXPIRE_H

#include <parley/store.h>
#include <stdint.h>

void expiry_start(void);

/* Documents of c, which was declared with an expiry, are removed from now on. c is static data; it
 * takes the place of an earlier declaration of that name. */
void expiry_add(const struct parley_collection *c);

/* Begins nothing any more: before writer_stop. */
void expiry_end(void);

/* After writer_stop. */
void expiry_stop(void);

/* How many were removed since the start. */
uint64_t expiry_count(void);

#endif
