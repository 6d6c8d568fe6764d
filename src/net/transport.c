/* SPDX-License-Identifier: MIT */
/* transport.c - OpenSSL directly on non-blocking sockets, and the same calls for plain ones. */
#include "net/transport.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static _Thread_local char transport_why[120];

const char *
transport_reason(void)
{
	return transport_why;
}

static int
transport_failed(struct transport *t, const char *why)
{
	snprintf(transport_why, sizeof transport_why, "%s", why);
	t->broken = true;
	return TRANSPORT_FAILED;
}

/* What a call that returned rc <= 0 means. OpenSSL's error queue belongs to the thread and not to
 * the connection: what stays in it would be taken for an error of the next one. */
static int
transport_verdict(struct transport *t, int rc, int saved_errno)
{
	int error = SSL_get_error(t->ssl, rc);
	const char *why = ERR_reason_error_string(ERR_peek_error());

	ERR_clear_error();
	switch (error) {
	case SSL_ERROR_WANT_READ:
		return TRANSPORT_AGAIN;
	case SSL_ERROR_WANT_WRITE:
		t->blocked_write = true;
		return TRANSPORT_AGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return TRANSPORT_EOF;
	default:
		if (why == NULL)
			why = saved_errno != 0 ? strerror(saved_errno) : "closed";
		return transport_failed(t, why);
	}
}

int
transport_handshake(struct transport *t)
{
	int rc;

	t->blocked_write = false;
	if (t->ssl == NULL)
		return TRANSPORT_READY;
	errno = 0;
	rc = SSL_do_handshake(t->ssl);
	if (rc == 1)
		return TRANSPORT_READY;
	rc = transport_verdict(t, rc, errno);
	return rc == TRANSPORT_EOF ? transport_failed(t, "closed") : rc;
}

static ssize_t
transport_plain(struct transport *t, ssize_t n, bool writing)
{
	if (n > 0)
		return n;
	if (n == 0)
		return TRANSPORT_EOF;
	if (errno == EAGAIN || errno == EINTR) {
		t->blocked_write = writing;
		return TRANSPORT_AGAIN;
	}
	return transport_failed(t, strerror(errno));
}

ssize_t
transport_read(struct transport *t, void *buf, size_t len)
{
	int n;

	t->blocked_write = false;
	if (t->ssl == NULL)
		return transport_plain(t, recv(t->fd, buf, len, 0), false);
	errno = 0;
	n = SSL_read(t->ssl, buf, (int)len);
	return n > 0 ? n : transport_verdict(t, n, errno);
}

ssize_t
transport_write(struct transport *t, const void *buf, size_t len)
{
	int n;

	t->blocked_write = false;
	if (t->ssl == NULL)
		return transport_plain(t, send(t->fd, buf, len, MSG_NOSIGNAL), true);
	errno = 0;
	n = SSL_write(t->ssl, buf, (int)len);
	if (n > 0)
		return n;
	n = transport_verdict(t, n, errno);
	/* Writing waits for reading only in a renegotiation, which is off. */
	if (n == TRANSPORT_AGAIN && !t->blocked_write)
		return transport_failed(t, "renegotiation");
	return n == TRANSPORT_EOF ? transport_failed(t, "closed") : n;
}

bool
transport_pending(const struct transport *t)
{
	return t->ssl != NULL && SSL_has_pending(t->ssl) == 1;
}

void
transport_no_secrets(struct transport *t)
{
	if (t->ssl != NULL)
		SSL_clear_options(t->ssl, SSL_OP_CLEANSE_PLAINTEXT);
}

/* close_notify, when the connection is in a state that allows it. */
static void
transport_end_tls(struct transport *t)
{
	if (t->ssl == NULL)
		return;
	if (!t->broken && SSL_is_init_finished(t->ssl))
		SSL_shutdown(t->ssl);
	ERR_clear_error();
	SSL_free(t->ssl);
	t->ssl = NULL;
}

void
transport_finish(struct transport *t)
{
	transport_end_tls(t);
	shutdown(t->fd, SHUT_WR);
}

ssize_t
transport_discard(struct transport *t, void *buf, size_t len)
{
	return transport_plain(t, recv(t->fd, buf, len, 0), false);
}

void
transport_close(struct transport *t)
{
	transport_end_tls(t);
	if (t->fd >= 0)
		close(t->fd);
	t->fd = -1;
}
