/* SPDX-License-Identifier: MIT */
/* patience.h - who asked for something that waits for a store which does not answer is told "busy"
 * before their patience ends, although what they asked for goes on. Router thread. */
#ifndef PATIENCE_H
#define PATIENCE_H

#include "core/session.h"

/* Something that is to be answered; in what waits for it. */
struct patience {
	struct patience *before, *after;
	struct stream *stream;
	struct stanza *stanza;
	unsigned since;
	bool told;
};

void patience_start(void);
void patience_stop(void);

/* stream and stanza live until the end. */
void patience_begin(struct patience *p, struct stream *stream, struct stanza *stanza);
/* Before the answer. True when it was given: "busy". What was asked for may have been done. */
bool patience_end(struct patience *p);

/* How many were told. */
uint64_t patience_told(void);

#endif
