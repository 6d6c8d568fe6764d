/* SPDX-License-Identifier: MIT */
/* link.h - the seam between the router thread and the I/O threads: all that one knows of the
 * other. Router thread throughout; the callbacks too. */
#ifndef LINK_H
#define LINK_H

#include "net/payload.h"
#include "net/stanza.h"

/* An HTTP request that the I/O thread does not answer by itself (POST and DELETE /session). Posted
 * to the router, answered with link_http_answer, which takes it. */
struct http_call {
	struct post post;
	conn_id conn;
	struct conn_facts *facts;
	char method[8]; /* "POST" */
	char path[64];  /* "/session" */
	char *body;     /* NUL-terminated, at most 16 KiB; or NULL */
	size_t body_len;
	int status;                /* out: 204 */
	char *set_cookie;          /* out, malloced: a token to set, "" to clear; NULL: leave */
	struct parley_text answer; /* out: a JSON body, or empty */
};

/* Set before the I/O threads start, or after they have ended. Each takes its argument. */
struct link_handlers {
	void (*stanza)(struct stanza *s);
	void (*closed)(conn_id conn); /* of one that had posted a stanza or call; after its last */
	void (*http)(struct http_call *call);
};
void link_set_handlers(const struct link_handlers *handlers);

/* Sends; shares p. A connection that is gone is no error. What a drain of the router gathers for
 * one I/O thread leaves in one post, and for one connection in one TLS record. */
void link_send(conn_id conn, struct parley_payload *p);

/* Sends last (may be NULL), then closes after it has been written, at most 5 s later. closed is
 * still called. */
void link_close(conn_id conn, struct parley_payload *last);

/* The client has logged in: limits rise, the login deadline is off. */
void link_live(conn_id conn);

/* Takes call. */
void link_http_answer(struct http_call *call);

/* For who does not answer; the I/O thread too. */
void http_call_free(struct http_call **call);

/* Posts what was gathered: for net_round_end. */
void link_flush(void);

#endif
