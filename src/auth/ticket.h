/* SPDX-License-Identifier: MIT */
/* ticket.h - what a browser exchanges for its cookie: 128 random bits, good once, for 60 seconds.
 * Router thread. */
#ifndef TICKET_H
#define TICKET_H

#include "auth/device.h"

#define TICKET_SIZE 23 /* with the NUL */

/* Keeps cookie under a new ticket. The oldest of 1,024 has to make room. */
void ticket_make(const char *cookie, char ticket[TICKET_SIZE]);

/* Gives the cookie once. 0, or -1 when there is no such ticket, or no more. */
int ticket_take(const char *ticket, char cookie[DEVICE_COOKIE_SIZE]);

/* Tickets that wait, of how many at most, and how many had to make room. */
struct ticket_stats {
	unsigned waiting, waiting_max;
	uint64_t dropped;
};
struct ticket_stats ticket_stats(void);

/* Forgets and wipes all. */
void ticket_stop(void);

#endif
