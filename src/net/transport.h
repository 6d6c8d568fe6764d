/* SPDX-License-Identifier: MIT */
/* transport.h - a non-blocking stream socket, with TLS or without. The connection's I/O thread. */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct transport {
	SSL *ssl; /* NULL: plain */
	int fd;
	bool blocked_write; /* the last call waits until fd can be written */
	bool broken;        /* nothing more can be said on it */
};

/* What the functions return besides a count. */
enum {
	TRANSPORT_AGAIN = 0,   /* not now: wait for fd, and for writing when blocked_write */
	TRANSPORT_EOF = -1,    /* the peer will send no more */
	TRANSPORT_FAILED = -2, /* the connection is lost */
	TRANSPORT_READY = 1    /* transport_handshake: done */
};

int transport_handshake(struct transport *t);

ssize_t transport_read(struct transport *t, void *buf, size_t len);

/* After TRANSPORT_AGAIN the next call must begin with the same bytes; there may be more of them. */
ssize_t transport_write(struct transport *t, const void *buf, size_t len);

/* True when something can be read although the socket may be empty. */
bool transport_pending(const struct transport *t);

/* What is read from now on holds no passwords and is not overwritten in OpenSSL's buffers. */
void transport_no_secrets(struct transport *t);

/* Says that we send no more (close_notify, FIN) and lets go of TLS. Reading is only good for
 * transport_discard from now on. */
void transport_finish(struct transport *t);

/* Reads and throws away; the peer's data must be taken or a close would make the kernel send a
 * reset that overtakes our last words. The same results as transport_read. */
ssize_t transport_discard(struct transport *t, void *buf, size_t len);

/* Lets go of everything. */
void transport_close(struct transport *t);

/* Why the last call failed, for the log. Static or of this thread. */
const char *transport_reason(void);

#endif
