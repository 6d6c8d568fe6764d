/* SPDX-License-Identifier: MIT */
/* conn_private.h - the inside of a connection: conn.c (life), conn_input.c, conn_output.c and
 * stanza.c. An idle connection is this struct, its facts and OpenSSL's state, and nothing else. */
#ifndef CONN_PRIVATE_H
#define CONN_PRIVATE_H

#include "net/conn.h"
#include "net/io.h"
#include "net/transport.h"

#include <event2/event.h>
#include <event2/event_struct.h>

enum conn_stage {
	CONN_HANDSHAKE,
	CONN_OPEN,
	CONN_CLOSING, /* sends what is pending, hears nothing */
	CONN_LINGER,  /* has said goodbye, waits for the peer to close */
	CONN_DEAD     /* freed when the round ends */
};

/* The result of a message may wait: who writes is often answered by others a moment later, and then
 * both leave in one record. Only while the thread has something else to do, and at most so long;
 * but when many messages wait for the disk, an answer does so too, and results rest that long. */
#define PATIENCE 4 /* rounds */

/* Why the socket is not read. */
enum {
	BLOCK_WINDOW = 1, /* too many stanzas under way */
	BLOCK_PAUSE = 2,  /* conn_pause */
	BLOCK_OUTPUT = 4, /* too much is pending for the peer */
	BLOCK_END = 8     /* nothing more will be heard */
};

/* Input that the front end has left. */
struct input {
	size_t len, cap;
	size_t seen; /* bytes that it has looked at */
	char bytes[];
};

/* One piece of output: head, then body, then tail. */
struct chunk {
	struct chunk *next;
	struct parley_payload *payload; /* holds body; NULL: body follows this struct */
	const char *body;
	size_t len;  /* of body */
	size_t done; /* bytes gone, of all three parts */
	uint8_t head_len, tail_len;
	char head[14];
	char tail;
};

struct conn {
	struct event event;
	struct io *io;
	struct transport transport;
	const struct front *front;
	void *state;
	struct conn_facts *facts;
	struct input *in;
	struct chunk *out, *out_last;
	size_t pending; /* bytes in out */
	struct conn *next_dirty;
	uint32_t slot;
	uint32_t accepted; /* io_seconds */
	uint8_t kind;      /* enum listen_kind */
	uint8_t stage;
	uint8_t blocked;
	bool dirty : 1; /* in io->dirty */
	bool live : 1;  /* logged in */
	bool known : 1; /* the router has heard of it */
	bool guest : 1; /* counted in guests.h */
	bool stale : 1; /* blocked since input() was entered: it may have seen less than all */
	bool rerun : 1; /* reading goes on in the next round */
	bool wipe : 1;  /* there was a password in what has just been read */
	bool want_drained : 1;
	bool login_timed : 1; /* the deadline is the login's */
	bool rests : 1;       /* in io->resting, */
	bool left : 1;        /* and something has left since */
	bool patient : 1;     /* all of out may wait for more, */
	uint8_t patience;     /* for so many rounds */
};

/* conn.c */
void conn_block(struct conn *c, unsigned why);
void conn_unblock(struct conn *c, unsigned why);
void conn_rerun(struct conn *c);
/* Registers for the socket events that c waits for now. */
void conn_watch(struct conn *c);
void conn_on_event(evutil_socket_t fd, short what, void *arg);

/* conn_input.c */
/* Reads and feeds the front end, as long as it wants and its share of the round lasts. */
void conn_read(struct conn *c);
void conn_free_input(struct conn *c);

/* conn_output.c */
/* Sends what is pending as far as the socket takes it; may drop c. */
void conn_flush(struct conn *c);
void conn_free_output(struct conn *c);

#endif
