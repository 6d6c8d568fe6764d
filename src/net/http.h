/* SPDX-License-Identifier: MIT */
/* http.h - the inside of the HTTP front end: front_http.c (the life of a connection), http_who.c
 * (who asks), http_route.c (for what), http_reply.c, http_file.c, http_call.c, http_upgrade.c
 * (what is answered). The connection's I/O thread. */
#ifndef HTTP_H
#define HTTP_H

#include "net/conn.h"
#include "net/http_head.h"

#include <parley/text.h>

#define HTTP_BODY_MAX 16384
#define HTTP_PIECE    65536 /* bytes of a long body written before the peer must have taken them */

enum http_phase {
	HTTP_IDLE,    /* between two requests */
	HTTP_READING, /* a head has begun */
	HTTP_TAKING,  /* a body has begun */
	HTTP_ASKING,  /* the router answers */
	HTTP_SENDING, /* a body is on its way, or the peer is slow to take it */
	HTTP_SWITCHED /* the connection is a WebSocket's from now on */
};

/* The front end's state. */
struct http {
	enum http_phase phase;
	bool proxied;           /* the peer is a trusted proxy */
	bool named;             /* and has said for whom it speaks */
	bool https;             /* the browser's end of the connection is encrypted */
	bool local;             /* the server is called localhost */
	bool keep;              /* another request may follow this one */
	bool bare;              /* the answer has no body: the request is HEAD */
	struct http_call *call; /* HTTP_TAKING: its body comes */
	struct parley_payload *sending;
	size_t at, end; /* of sending */
};

/* One request while it is routed. */
struct http_request {
	struct http_head head;
	struct http_span host; /* as the browser knows it: a proxy may say so */
};

/* ---- http_who.c ---- */

/* Fills the connection's facts for this request: peer, secure, cookie. 0, or the status to refuse
 * with; *why_r is then static. */
int http_who(struct conn *c, struct http_request *r, const char **why_r);

/* True when origin ("https://chat.example") is where this server's own pages come from, or in the
 * configuration. */
bool http_origin_is_allowed(struct conn *c, const struct http_request *r, struct http_span origin);

/* True for "localhost" and what ends with it, whatever the port. */
bool http_host_is_local(struct http_span host);

/* The cookie's name on this connection. Static. */
const char *http_cookie_name(const struct conn *c);

/* ---- http_route.c ---- */

/* Answers the request, or sees to it that it will be. */
void http_route(struct conn *c, struct http_request *r);

/* ---- http_call.c ---- */

void http_session_post(struct conn *c, struct http_request *r);
void http_session_delete(struct conn *c, struct http_request *r);
void http_metrics(struct conn *c, struct http_request *r);

/* Writes what the router has answered. Borrows. */
void http_call_answer(struct conn *c, struct http_call *call);

/* ---- http_upgrade.c ---- */

void http_upgrade(struct conn *c, struct http_request *r);

/* ---- http_file.c ---- */

/* Sends the file of the request's path. */
void http_file(struct conn *c, struct http_request *r);

/* ---- http_reply.c ---- */

/* The status line and the fields that every answer has. */
void http_reply_start(struct conn *c, struct parley_text *out, int status);

/* One more field. */
void http_reply_field(struct parley_text *out, const char *name, const char *value);

/* Writes the head, then the bytes from at to end of payload (NULL: there are none), as fast as the
 * peer takes them; for HEAD the head only. Empties out. The request has then been answered. */
void http_reply_send(
    struct conn *c, struct parley_text *out, struct parley_payload *payload, size_t at, size_t end);

/* An answer without a body. */
void http_reply_empty(struct conn *c, int status);

/* A refusal: a small JSON body. more: further header lines, or NULL. Static texts. */
void http_refuse(struct conn *c, int status, const char *text, const char *more);

/* ---- front_http.c ---- */

/* Sends more of the body, or when all has gone waits for the next request. */
void http_pump(struct conn *c);

/* Posts call to the router; takes it. Nothing is read until it is answered. */
void http_ask(struct conn *c, struct http_call *call);

extern const struct front front_ws;

#endif
