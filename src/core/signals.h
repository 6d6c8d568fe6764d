/* SPDX-License-Identifier: MIT */
/* signals.h - signals as events of the router's loop. Router thread. */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stddef.h>

struct loop;

/* From now on fn gets each of these signals, on the bare loop; none is lost that comes before its
 * round. All other threads must block them. They stay blocked when the watch has ended: who asks
 * the node to stop twice does not kill it on its last lines. */
void signals_watch(struct loop *l, const int *numbers, size_t count, void (*fn)(int number));
void signals_end(void);

#endif
