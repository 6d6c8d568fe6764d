/* SPDX-License-Identifier: MIT */
/* client.c - a blocking client for tests. */
#include "support/client.h"

#include "base/xalloc.h"

#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <parley/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE 20 /* seconds */

static int
dial(int port, const struct client_options *options)
{
	struct sockaddr_in tcp = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	struct timeval patience = { PATIENCE, 0 };
	int fd = socket(options->path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int rc;

	parley_assert(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (options->receive_buffer > 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &options->receive_buffer,
		    sizeof options->receive_buffer);
	if (options->path != NULL) {
		snprintf(local.sun_path, sizeof local.sun_path, "%s", options->path);
		rc = connect(fd, (const struct sockaddr *)&local, sizeof local);
	} else {
		rc = connect(fd, (const struct sockaddr *)&tcp, sizeof tcp);
	}
	parley_assert(rc == 0);
	return fd;
}

static void
offer_protocol(SSL *ssl, const char *alpn)
{
	unsigned char wire[64];
	size_t len = strlen(alpn);

	parley_assert(len < sizeof wire);
	wire[0] = (unsigned char)len;
	memcpy(wire + 1, alpn, len);
	parley_assert(SSL_set_alpn_protos(ssl, wire, (unsigned)len + 1) == 0);
}

static const char *
start_tls(struct client *c, const struct client_options *options)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	const char *why;

	if (options->tls12)
		SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	c->ssl = SSL_new(ctx);
	SSL_CTX_free(ctx);
	SSL_set_fd(c->ssl, c->fd);
	if (options->alpn != NULL)
		offer_protocol(c->ssl, options->alpn);
	if (SSL_connect(c->ssl) == 1)
		return NULL;
	why = ERR_reason_error_string(ERR_peek_error());
	ERR_clear_error();
	return why != NULL ? why : "closed";
}

struct client *
client_try(int port, const struct client_options *options, const char **why_r)
{
	static const struct client_options none;
	struct client *c = xcalloc(1, sizeof *c);
	const char *why = NULL;

	if (options == NULL)
		options = &none;
	c->fd = dial(port, options);
	if (!options->plain)
		why = start_tls(c, options);
	if (why == NULL)
		return c;
	if (why_r != NULL)
		*why_r = why;
	client_abort(&c);
	return NULL;
}

struct client *
client_open(int port, const struct client_options *options)
{
	struct client *c = client_try(port, options, NULL);

	parley_assert(c != NULL);
	return c;
}

bool
client_write(struct client *c, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = c->ssl != NULL ? SSL_write(c->ssl, at, (int)len)
					   : send(c->fd, at, len, MSG_NOSIGNAL);

		if (n <= 0) {
			ERR_clear_error();
			return false;
		}
		at += n;
		len -= (size_t)n;
	}
	return true;
}

bool
client_puts(struct client *c, const char *text)
{
	return client_write(c, text, strlen(text));
}

size_t
client_read(struct client *c, void *buf, size_t len)
{
	ssize_t n;

	if (c->in_len > 0) {
		if (len > c->in_len)
			len = c->in_len;
		memcpy(buf, c->in, len);
		c->in_len -= len;
		memmove(c->in, c->in + len, c->in_len);
		return len;
	}
	errno = 0;
	n = c->ssl != NULL ? SSL_read(c->ssl, buf, (int)len) : recv(c->fd, buf, len, 0);
	if (n <= 0) {
		parley_assert(errno != EAGAIN); /* waited too long */
		ERR_clear_error();
		return 0;
	}
	return (size_t)n;
}

const char *
client_line(struct client *c)
{
	char piece[1024];
	size_t n;
	const char *end;

	parley_text_clear(&c->line);
	for (;;) {
		n = client_read(c, piece, sizeof piece);
		if (n == 0)
			return NULL;
		end = memchr(piece, '\n', n);
		if (end == NULL) {
			parley_text_add(&c->line, piece, n);
			continue;
		}
		parley_text_add(&c->line, piece, (size_t)(end - piece));
		break;
	}
	n -= (size_t)(end + 1 - piece);
	parley_assert(n + c->in_len <= sizeof c->in);
	memmove(c->in + n, c->in, c->in_len);
	memcpy(c->in, end + 1, n);
	c->in_len += n;
	return c->line.s;
}

bool
client_ended(struct client *c)
{
	char waste[4096];

	while (client_read(c, waste, sizeof waste) > 0)
		continue;
	return true;
}

void
client_close(struct client **c)
{
	if ((*c)->ssl != NULL)
		SSL_shutdown((*c)->ssl);
	client_abort(c);
}

void
client_abort(struct client **c)
{
	SSL_free((*c)->ssl);
	ERR_clear_error();
	close((*c)->fd);
	parley_text_fini(&(*c)->line);
	free(*c);
	*c = NULL;
}
