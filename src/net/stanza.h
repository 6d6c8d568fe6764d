/* SPDX-License-Identifier: MIT */
/* stanza.h - one frame from a client: parsed and checked on its I/O thread, then posted to the
 * router, which owns it from there. */
#ifndef STANZA_H
#define STANZA_H

#include "base/arena.h"
#include "runtime/loop.h"

#include <parley/error.h>
#include <parley/json.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A connection: I/O thread, slot and generation. Never reused. 0: none. */
typedef uint64_t conn_id;

enum stanza_type {
	STANZA_AUTH,
	STANZA_RESPONSE,
	STANZA_MESSAGE,
	STANZA_REQUEST,
	STANZA_PRESENCE,
	STANZA_ACK,
	STANZA_CLOSE,
	STANZA_REFUSED, /* the frame was wrong: error says how; answer it */
	STANZA_TYPES
	/* ping is answered on the I/O thread and never comes here */
};

/* What the router may know of a connection; shared, immutable once the first stanza was posted. */
struct conn_facts {
	_Atomic(unsigned) refs;
	char peer[46];   /* network address of the client, "192.0.2.1" or "2001:db8::1" or "unix" */
	char stream[27]; /* the stream id in hello: 128 random bits */
	bool secure;     /* TLS, or loopback, or a trusted proxy said so */
	bool control;    /* the control socket: the peer is root or the node's own user */
	bool browser;    /* WebSocket */
	char *cookie;    /* the login token the upgrade brought; or NULL */
	bool bindable;   /* a login can be bound to it: SCRAM with -PLUS */
	/* For the net alone: stanzas with the router, and, when the connection is not read because
	 * of them, how many may be left when reading goes on, plus 1. */
	_Atomic(unsigned) under_way, stalled;
};
/* New, all else zero. */
struct conn_facts *conn_facts_new(const char *peer);
struct conn_facts *conn_facts_ref(struct conn_facts *f);
void conn_facts_unref(struct conn_facts **f);

/* What a login can be bound to. 0 in a length: that binding is not to be had. */
struct bindings {
	uint8_t exporter[32]; /* tls-exporter (RFC 9266) */
	uint8_t endpoint[64]; /* tls-server-end-point (RFC 5929) */
	uint8_t exporter_len, endpoint_len;
};

struct schema_method;
struct stream;

struct stanza {
	struct post post;
	conn_id conn;
	struct conn_facts *facts;
	enum stanza_type type;
	struct arena arena;              /* holds root and everything it points to */
	const struct parley_json *root;  /* NULL when the text was no JSON object */
	const char *id;                  /* the frame's id, or NULL */
	const struct bindings *bindings; /* of a login that wants one, in the arena; or NULL */
	struct parley_error error;       /* STANZA_REFUSED */
	bool fatal;                      /* STANZA_REFUSED: the stream ends after the error */
	bool pardoned;                   /* its credit was given back */
	bool secret;                     /* there may be a password in it: to be wiped */
	struct stream *stream;           /* the router's, while it deals with it */
};

/* Frees it, and gives its credit back to the connection: at most link_window stanzas of a
 * connection are under way, then its socket is not read. Router thread. */
void stanza_free(struct stanza **s);

/* Gives the credit back now, once: it is answered, though it lives on. Router thread. */
void stanza_pardon(struct stanza *s);

#endif
