/* SPDX-License-Identifier: MIT */
/* router.h - where one stanza goes. Router thread. Read router.c from top to bottom. */
#ifndef ROUTER_H
#define ROUTER_H

#include "core/session.h"

/* Takes the stanzas that the I/O threads post. After store, modules and sessions have started. */
void router_start(void);
void router_stop(void);

/* Shutdown: from now on every stanza and HTTP request is answered "busy". */
void router_quiesce(void);

/* How often an account may send: that many at once, and so many in a minute (0: any number). */
struct router_rates {
	int64_t messages_burst, messages_minute, presence_minute;
};
void router_set_rates(const struct router_rates *rates);

/* Sends a frame to a stream: counted when it has a session, else as it is. Shares p. */
void stream_send(struct stream *stream, struct parley_payload *p);
/* Answers with an error; fatal closes the connection after it. id may be NULL. */
void stream_refuse(
    struct stream *stream, const char *id, const struct parley_error *err, bool fatal);

/* A stanza of the stream has been dealt with: it is freed, unless it is NULL, and so is the stream
 * when that has gone. */
void stanza_end(struct stream *stream, struct stanza *s);

struct router_stats {
	uint64_t stanzas[STANZA_TYPES], refused, delivered;
	unsigned streams;
};
struct router_stats router_stats(void);
void router_count_delivered(unsigned copies);

#endif
