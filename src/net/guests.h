/* SPDX-License-Identifier: MIT */
/* guests.h - how many connections that have not logged in come from one address. An IPv6 client
 * counts by its /64, because it owns all of that. Any thread; one leaf lock. */
#ifndef GUESTS_H
#define GUESTS_H

#include "net/netaddr.h"

#include <stdbool.h>

/* Counts one more guest unless the address has most already: then false. */
bool guests_take(const struct netaddr *a, unsigned most);

/* Gives one back. */
void guests_give(const struct netaddr *a);

/* How many there are from the address. For tests. */
unsigned guests_count(const struct netaddr *a);

#endif
