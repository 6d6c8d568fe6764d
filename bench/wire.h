/* SPDX-License-Identifier: MIT */
/* wire.h - one connection of the generator: TLS or plain TCP on a non-blocking socket. What a round
 * of the loop writes leaves in one SSL_write. */
#ifndef WIRE_H
#define WIRE_H

#include <openssl/types.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct wire;

struct wire_events {
	void (*open)(struct wire *w); /* the TLS handshake is done */
	/* How many of the bytes are consumed; the rest is offered again with what follows. They
	 * may be overwritten, and bytes[len] may too. */
	size_t (*input)(struct wire *w, char *bytes, size_t len);
	/* The connection has ended, or was never made; the wire is closed already. */
	void (*lost)(struct wire *w, const char *why);
};

struct wire {
	int fd; /* -1: closed */
	SSL *ssl;
	struct parley_text in, out;
	size_t out_at; /* bytes of out that have gone */
	unsigned life; /* counts the times it was closed */
	struct wire *next_dirty;
	bool connected, open, dirty, watches_output;
};

struct wire_config {
	const char *host; /* an IPv4 address */
	int port;
	bool tls;
	const struct wire_events *events;
};

/* Once, before all else. */
void wire_start(const struct wire_config *config);

/* Begins to connect; w is zeroed or closed. */
void wire_connect(struct wire *w);

void wire_write(struct wire *w, const void *bytes, size_t len);
void wire_printf(struct wire *w, const char *fmt, ...) PARLEY_PRINTF(2, 3);

/* Sends what is pending as far as the socket takes it, says goodbye to TLS and closes; lost() is
 * not called. */
void wire_close(struct wire *w);

/* Waits for events until then (monotonic ns, at least one look) and handles them. */
void wire_turn(int64_t until);

/* The facts of the first TLS connection, for the report: "TLSv1.3 TLS_AES_128_GCM_SHA256". */
const char *wire_cipher(void);

#endif
