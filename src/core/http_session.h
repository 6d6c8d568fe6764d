/* SPDX-License-Identifier: MIT */
/* http_session.h - the browser's cookie: POST and DELETE /session (docs/protocol.md section 4).
 * Router thread. */
#ifndef HTTP_SESSION_H
#define HTTP_SESSION_H

#include "net/link.h"

/* Takes call, and answers it. */
void http_session(struct http_call *call);

/* Takes call: this node is shutting down. */
void http_session_refuse(struct http_call *call);

#endif
