/* SPDX-License-Identifier: MIT */
/* message.h - the way of one message: checked, archived, delivered, answered. Router thread. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "core/session.h"

/* Takes one message frame its whole way. On a fiber. Borrows both. */
void message_run(struct stream *stream, struct stanza *stanza);

/* Longer messages are refused: characters. */
void message_set_longest(int64_t characters);

#endif
