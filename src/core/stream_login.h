/* SPDX-License-Identifier: MIT */
/* stream_login.h - logging a stream in: auth and response frames, ready, and resuming. Router
 * thread. */
#ifndef STREAM_LOGIN_H
#define STREAM_LOGIN_H

#include "core/session.h"

/* Failed logins that end a connection. */
void stream_login_set_tries(unsigned tries);

/* An auth frame. On a fiber: awaits. Takes the stanza, and leaves NULL, when a challenge went out.
 */
void stream_login_begin(struct stream *stream, struct stanza **stanza);

/* A response frame. On a fiber: awaits. */
void stream_login_continue(struct stream *stream, struct stanza *stanza);

/* The stream goes away in the middle of it. */
void stream_login_drop(struct stream *stream);

#endif
