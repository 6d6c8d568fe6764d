/* SPDX-License-Identifier: MIT */
/* message.h - the way of one message: checked, archived, delivered, answered. Router thread. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "core/session.h"

/* Takes one message frame its whole way, and calls stanza_end at the end of it. On a fiber, which
 * is free again while the archive has the message. */
void message_run(struct stream *stream, struct stanza *stanza);

/* At shutdown: gives back memory. No message is under way. */
void message_stop(void);

/* After a round of the router: what was told and is held up behind another module's await goes on.
 */
void message_round(void);

/* Longer messages are refused: characters. */
void message_set_longest(int64_t characters);

#endif
