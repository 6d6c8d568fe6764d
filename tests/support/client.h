/* SPDX-License-Identifier: MIT */
/* client.h - a blocking client for tests, with TLS or without. Whatever takes over 20 s aborts. */
#ifndef CLIENT_H
#define CLIENT_H

#include <openssl/types.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stddef.h>

struct client {
	int fd;
	SSL *ssl; /* NULL: plain */
	char in[4096];
	size_t in_len;
	struct parley_text line;
};

struct client_options {
	const char *alpn;   /* "parley-client/1"; NULL: offers none */
	const char *path;   /* a Unix socket instead of a port */
	bool plain;         /* no TLS */
	bool tls12;         /* nothing newer */
	int receive_buffer; /* bytes; 0: the system's */
};

/* Connects to a port of this machine, or aborts. options may be NULL. */
struct client *client_open(int port, const struct client_options *options);

/* The same, but a TLS handshake that fails gives NULL, with the reason in *why_r. */
struct client *client_try(int port, const struct client_options *options, const char **why_r);

/* False when the node takes no more: it has closed, or SO_SNDTIMEO has passed. */
bool client_write(struct client *c, const void *bytes, size_t len);
bool client_puts(struct client *c, const char *text);

/* The next line without its end; NULL at the end of the stream. Until the next call. */
const char *client_line(struct client *c);

/* Up to len bytes; 0 at the end of the stream, a reset included. */
size_t client_read(struct client *c, void *buf, size_t len);

/* True when the stream has ended; what was still to be read is thrown away. */
bool client_ended(struct client *c);

/* Says goodbye and frees it. */
void client_close(struct client **c);

/* Closes without TLS's goodbye. */
void client_abort(struct client **c);

#endif
