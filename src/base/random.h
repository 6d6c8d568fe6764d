/* SPDX-License-Identifier: MIT */
/* random.h - the one source of randomness: OpenSSL's CSPRNG. Any thread. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>

/* Fills out. Cannot fail: a machine without randomness aborts the process. */
void random_bytes(void *out, size_t len);

#endif
