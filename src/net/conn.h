/* SPDX-License-Identifier: MIT */
/* conn.h - one client connection as its front end sees it: bytes in, bytes out, deadlines, limits.
 *
 * The transport below (TLS or plain, sockets, the output queue, back-pressure) is the same for all;
 * a front end is a const struct front. Everything here runs on the connection's own I/O thread, the
 * callbacks too. A struct conn is borrowed: it is valid inside a callback, and until end() for the
 * front end's own state. Nothing here frees it at once: what ends a connection is done after the
 * running callback has returned, so c stays valid until then. */
#ifndef CONN_H
#define CONN_H

#include "net/link.h"
#include "net/net.h"
#include "net/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct conn;

/* What makes a front end. Every function but input and send may be NULL. */
struct front {
	const char *name; /* for the log: "json" */

	/* The transport is ready (TLS done), or this front end took over by conn_switch. */
	void (*open)(struct conn *c);

	/* Bytes have come: all that were not consumed before, and then new ones; the first seen
	 * bytes were offered before and left. They may be overwritten. Returns how many are
	 * consumed, from the front, 0 to len; the rest is kept and offered again when there is
	 * more. Or -1: the stream cannot go on; what was written is sent, then the connection is
	 * closed (the same as conn_close). Stop consuming, and return, when conn_may_read(c) has
	 * become false; after conn_switch return what the old front end consumed: the new one is
	 * given the rest. The front end bounds what it leaves; above conn_hold_max(c) the
	 * connection is dropped. */
	ssize_t (*input)(struct conn *c, char *bytes, size_t len, size_t seen);

	/* Writes one frame that the router sends; shares p. Never called after conn_close. */
	void (*send)(struct conn *c, struct parley_payload *p);

	/* Everything written has gone to the kernel, after conn_want_drained: write the next piece.
	 */
	void (*drained)(struct conn *c);

	/* The deadline has passed. May write a last word; the connection is closed after. Unless it
	 * sets a new deadline with conn_deadline. */
	void (*expired)(struct conn *c);

	/* The answer to a call posted with conn_call. Takes call. Not called when the connection
	 * has ended meanwhile. */
	void (*answered)(struct conn *c, struct http_call *call);

	/* The node closes the connection (the router asked for it, or the node stops): write what
	 * the protocol says at the end, such as a WebSocket close frame. */
	void (*goodbye)(struct conn *c);

	/* The peer has closed its sending side. NULL: the connection ends. */
	void (*eof)(struct conn *c);

	/* Free the front end's state: the connection goes away, or switches to another front end.
	 * Write nothing. */
	void (*end)(struct conn *c);
};

/* JSON lines: front_json.c. HTTP/1.1 with static files and the upgrade: front_http.c. */
extern const struct front front_json;
extern const struct front front_http;

/* The front end's own state; NULL at first and after conn_switch. */
void *conn_state(const struct conn *c);
void conn_set_state(struct conn *c, void *state);

/* Calls end(), then next->open(); the time to log in begins anew. For the upgrade to WebSocket. */
void conn_switch(struct conn *c, const struct front *next);

conn_id conn_get_id(const struct conn *c);
enum listen_kind conn_kind(const struct conn *c);

/* The settings of now: borrowed until the callback returns. */
const struct net_settings *conn_settings(const struct conn *c);

/* May be changed until the first frame or call was posted to the router. */
struct conn_facts *conn_facts(const struct conn *c);

/* For the next of many requests: from now on conn_facts may be changed again, and has no cookie.
 * What the router has of an earlier request stays as it is. Before the first frame. */
void conn_renew_facts(struct conn *c);

/* True when addr, "192.0.2.1" or "unix", is a proxy that the configuration trusts. */
bool conn_is_proxy(const struct conn *c, const char *addr);

/* A trusted proxy says for whom it speaks: sets facts->peer and counts the guest there. False when
 * address is no IP address or has too many guests: refuse and close. */
bool conn_set_peer(struct conn *c, const char *address);

/* ---- output ---- */

/* Appends to what this round sends: all of a round leaves in one SSL_write per 16 KiB. Borrows. */
void conn_write(struct conn *c, const void *bytes, size_t len);

/* The same for bytes of a sealed payload, which are shared and not copied: head (at most 14 bytes,
 * copied; may be NULL), then len bytes of p->json from at, then tail (at most 1 byte). */
void conn_write_payload(struct conn *c, const void *head, size_t head_len, struct parley_payload *p,
    size_t at, size_t len, const char *tail);

/* Bytes written and not yet taken by the kernel. Above settings->out_queue the connection is
 * dropped as a slow consumer at the next write; one write may be larger than that. */
size_t conn_pending(const struct conn *c);

/* Calls drained once, when nothing is pending any more (also when that is so now: in this round).
 * For a long response: write 64 KiB or so, then this. */
void conn_want_drained(struct conn *c);

/* ---- input ---- */

/* False while reading is off: too many stanzas under way, conn_pause, too much output pending, or
 * the connection is being closed. */
bool conn_may_read(const struct conn *c);

/* Reads no more until conn_resume, for instance while the router answers an HTTP call. */
void conn_pause(struct conn *c);
void conn_resume(struct conn *c);

/* The most input that may be left unconsumed. */
size_t conn_hold_max(const struct conn *c);

/* True once the client has logged in; from the start on the control socket. */
bool conn_is_live(const struct conn *c);

/* Bytes of one frame: the guest's limit before login, the user's after. */
size_t conn_frame_max(const struct conn *c);

/* Handles one JSON frame: parses and checks it and posts it to the router, or answers a ping.
 * Borrows text (UTF-8 is checked here). A refused frame is posted as STANZA_REFUSED; when that was
 * fatal reading is off for good and the router closes. */
void conn_frame(struct conn *c, const char *text, size_t len);

/* The same for a frame that cannot be read: too large, not finished, binary. Fatal. */
void conn_refuse(struct conn *c, enum parley_code code, const char *text);

/* conn_refuse for a frame larger than conn_frame_max. */
void conn_too_large(struct conn *c);

/* Sends the hello frame through front->send. */
void conn_hello(struct conn *c);

/* Sends an error frame with "fatal":true through front->send: the last word to a client that is not
 * heard any more. */
void conn_say(struct conn *c, enum parley_code code, const char *text);

/* Says with conn_say why the deadline ends the connection: silent for too long, or not logged in.
 */
void conn_say_expired(struct conn *c);

/* Posts call to the router; takes it. conn and facts are filled in here. */
void conn_call(struct conn *c, struct http_call *call);

/* ---- time and end ---- */

/* Ends the connection so many seconds from now, unless set again; 0: no deadline. Granularity one
 * second. Before login the login deadline is set by conn_login_deadline (JSON lines at open,
 * WebSocket at its open); once the client has logged in, every byte received moves the deadline by
 * idle_seconds. */
void conn_deadline(struct conn *c, int seconds);
void conn_login_deadline(struct conn *c);

/* Reads no more, sends what is pending, then closes: politely, at most 5 s later. */
void conn_close(struct conn *c);

/* Closes without sending what is pending. why is static, for the log at debug. */
void conn_drop(struct conn *c, const char *why);

#endif
