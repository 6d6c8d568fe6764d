/* SPDX-License-Identifier: MIT */
/* restart.h - options that a running node cannot change. */
#ifndef RESTART_H
#define RESTART_H

#include "core/config.h"

#include <parley/text.h>

/* Before next takes the place of now: what only a start can put in force keeps now's value. The
 * names of options that next would change are appended to waiting, each with a blank before it:
 * " node.more_modules". */
void restart_keep(const struct config *now, struct config *next, struct parley_text *waiting);

#endif
