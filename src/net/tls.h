/* SPDX-License-Identifier: MIT */
/* tls.h - certificate and rules for TLS connections, and what a login binds to. */
#ifndef TLS_H
#define TLS_H

#include <openssl/types.h>
#include <parley/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls;

/* Which protocol a listener speaks, for ALPN (RFC 7301). */
enum tls_protocol {
	TLS_CLIENT, /* "parley-client/1" */
	TLS_HTTP    /* "http/1.1" */
};

/* New: from the PEM files, which are read now. The key is refused when others than owner and group
 * may read it, or when it does not fit the certificate. A certificate that is not for domain, or
 * that ends soon, is told to the log. NULL with err. Any thread. */
struct tls *tls_new(
    const char *certificate, const char *key, const char *domain, struct parley_error *err);

/* Sessions made from it live on. */
void tls_free(struct tls **t);

/* New: the server's side of a connection on fd, which stays the caller's; SSL_free it. NULL with
 * err when there is no memory. */
SSL *tls_accept(const struct tls *t, int fd, enum tls_protocol protocol);

/* Whether there is any of the two below. Quick for nearly all connections. */
bool tls_is_bindable(SSL *ssl);

/* The tls-exporter binding of an established connection (RFC 9266), 32 bytes; 0 when it is not safe
 * to use: TLS 1.2 without extended master secret. */
size_t tls_exporter(SSL *ssl, uint8_t out[32]);

/* The tls-server-end-point binding (RFC 5929): the hash of our certificate, at most 64 bytes; 0
 * when its signature has no single hash (Ed25519). */
size_t tls_endpoint(SSL *ssl, uint8_t out[64]);

#endif
