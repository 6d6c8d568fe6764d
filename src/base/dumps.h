/* SPDX-License-Identifier: MIT */
/* dumps.h - nothing of a process that knows secrets is left behind when it crashes. */
#ifndef DUMPS_H
#define DUMPS_H

/* The process leaves no core dump, wherever the system wants to have them, and other processes of
 * its user cannot look into its memory or its environment; root can. To be called before it knows
 * any secret. With a sanitizer, which has to look at its own process, there are no core files only.
 */
void dumps_forbid(void);

#endif
