/* SPDX-License-Identifier: MIT */
/* frames.h - the frames that the core itself writes (docs/protocol.md section 5). Router thread. */
#ifndef FRAMES_H
#define FRAMES_H

#include <parley/module.h>

/* New. id may be NULL. fatal: the stream ends after it. */
struct parley_payload *error_payload(const char *id, const struct parley_error *err, bool fatal);

/* New: the answer to a message: {"type":"result","id","mid","seq","time"}. */
struct parley_payload *sent_payload(const struct parley_message *m);

/* New: the message as the reader who talks with chat sees it; id only to the sender's own; grade
 * says what "notify" is. */
struct parley_payload *message_payload(
    const struct parley_message *m, const char *chat, bool with_id, enum parley_grade grade);

#endif
