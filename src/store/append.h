/* SPDX-License-Identifier: MIT */
/* append.h - what parley_store_append needs from the start of the store to its end: who appended is
 * told of it in the order of the archive. Router thread. */
#ifndef STORE_APPEND_H
#define STORE_APPEND_H

void appends_start(void);

/* Waits until all are told whose append is done; who comes after that is told at once. Before
 * writer_stop. Awaits. */
void appends_settle(void);

/* After writer_stop. */
void appends_stop(void);

#endif
