/* SPDX-License-Identifier: MIT */
/* hello.h - the members of the hello frame that are the same for every connection. Router thread.
 */
#ifndef HELLO_H
#define HELLO_H

#include "core/config.h"

/* Members as JSON text, without braces, to follow "stream" (docs/protocol.md section 5); what
 * modules put with parley_hello_set and parley_hello_limit included. web: over WebSocket, where cookies are. bound: for
 * connections that offer a channel binding, and with it the -PLUS mechanism. Borrowed until the
 * next call with the same two. */
const char *hello_text(const struct config *config, bool web, bool bound);
void hello_fini(void);

#endif
