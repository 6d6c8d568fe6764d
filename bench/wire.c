/* SPDX-License-Identifier: MIT */
/* wire.c - epoll and OpenSSL, as little of both as will do. */
#include "wire.h"

#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define EVENTS  256
#define SCRATCH 65536

static struct {
	struct wire_config config;
	struct sockaddr_in address;
	int epoll;
	SSL_CTX *ctx;
	struct wire *dirty;
	char cipher[80];
} W;

static SSL_CTX *
client_context(void)
{
	static char groups[] = "X25519"; /* OpenSSL's macro casts const away */
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") != 1 ||
	    SSL_CTX_set1_groups_list(ctx, groups) != 1)
		load_die("OpenSSL refuses TLS 1.3 with AES-128-GCM and X25519");
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	return ctx;
}

void
wire_start(const struct wire_config *config)
{
	W.config = *config;
	W.address.sin_family = AF_INET;
	W.address.sin_port = htons((uint16_t)config->port);
	if (inet_pton(AF_INET, config->host, &W.address.sin_addr) != 1)
		load_die("\"%s\" is no IPv4 address", config->host);
	W.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (W.epoll < 0)
		load_die("epoll_create1: %m");
	if (config->tls)
		W.ctx = client_context();
}

const char *
wire_cipher(void)
{
	return W.config.tls ? W.cipher : "none";
}

static void
watch(struct wire *w, int op, bool output)
{
	struct epoll_event e = { .events = EPOLLIN | (output ? EPOLLOUT : 0), .data.ptr = w };

	if (epoll_ctl(W.epoll, op, w->fd, &e) != 0)
		load_die("epoll_ctl: %m");
	w->watches_output = output;
}

void
wire_connect(struct wire *w)
{
	const int on = 1;

	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (w->fd < 0)
		load_die("socket: %m");
	setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (connect(w->fd, (struct sockaddr *)&W.address, sizeof W.address) != 0 &&
	    errno != EINPROGRESS)
		load_die("connect: %m");
	watch(w, EPOLL_CTL_ADD, true);
	if (!W.config.tls)
		return;
	w->ssl = SSL_new(W.ctx);
	if (w->ssl == NULL || SSL_set_fd(w->ssl, w->fd) != 1)
		load_die("SSL_new failed");
	SSL_set_connect_state(w->ssl);
}

/* Leaves w in W.dirty when it is there: the flush passes over what is closed. */
static void
wire_end(struct wire *w)
{
	SSL_free(w->ssl);
	w->ssl = NULL;
	close(w->fd);
	w->fd = -1;
	w->life++;
	w->connected = w->open = w->watches_output = false;
	w->out_at = 0;
	parley_text_fini(&w->in);
	parley_text_fini(&w->out);
}

static void
wire_lose(struct wire *w, const char *why)
{
	wire_end(w);
	W.config.events->lost(w, why);
}

void
wire_write(struct wire *w, const void *bytes, size_t len)
{
	parley_text_add(&w->out, bytes, len);
	if (!w->dirty) {
		w->dirty = true;
		w->next_dirty = W.dirty;
		W.dirty = w;
	}
}

void
wire_printf(struct wire *w, const char *fmt, ...)
{
	char text[4096];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len >= sizeof text)
		load_die("a frame is longer than %zu bytes", sizeof text);
	wire_write(w, text, (size_t)len);
}

/* Bytes taken, 0 when the socket is full, -1 when the connection is gone. */
static ssize_t
send_some(struct wire *w, const char *bytes, size_t len)
{
	ssize_t n;

	if (w->ssl != NULL) {
		int rc, why;

		ERR_clear_error();
		rc = SSL_write(w->ssl, bytes, (int)len);
		if (rc > 0)
			return rc;
		why = SSL_get_error(w->ssl, rc);
		return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ ? 0 : -1;
	}
	n = send(w->fd, bytes, len, MSG_NOSIGNAL);
	return n >= 0 ? n : errno == EAGAIN ? 0 : -1;
}

/* False when the connection is gone. */
static bool
flush_out(struct wire *w)
{
	ssize_t n;

	while (w->out_at < w->out.len) {
		n = send_some(w, w->out.s + w->out_at, w->out.len - w->out_at);
		if (n < 0)
			return false;
		if (n == 0)
			break;
		w->out_at += (size_t)n;
	}
	if (w->out_at == w->out.len) {
		w->out_at = 0;
		parley_text_clear(&w->out);
	}
	if (w->watches_output != (w->out.len > 0))
		watch(w, EPOLL_CTL_MOD, w->out.len > 0);
	return true;
}

void
wire_close(struct wire *w)
{
	if (w->fd < 0)
		return;
	if (w->open && flush_out(w) && w->ssl != NULL)
		SSL_shutdown(w->ssl);
	ERR_clear_error();
	wire_end(w);
}

static void
flush_dirty(void)
{
	while (W.dirty != NULL) {
		struct wire *w = W.dirty;

		W.dirty = w->next_dirty;
		w->dirty = false;
		if (w->fd >= 0 && w->open && !flush_out(w))
			wire_lose(w, "the connection broke while writing");
	}
}

/* The wire may be closed by what it does, and connect again. */
static void
feed(struct wire *w, char *bytes, size_t len)
{
	unsigned life = w->life;
	bool kept = w->in.len > 0;
	size_t used;

	if (kept) {
		parley_text_add(&w->in, bytes, len);
		bytes = w->in.s;
		len = w->in.len;
	}
	used = W.config.events->input(w, bytes, len);
	if (w->life != life)
		return;
	if (!kept && used < len)
		parley_text_add(&w->in, bytes + used, len - used);
	if (!kept)
		return;
	memmove(w->in.s, w->in.s + used, len - used);
	w->in.len = len - used;
	if (w->in.len == 0)
		parley_text_fini(&w->in); /* an idle connection holds nothing */
}

/* Bytes read, 0 when there are none now, -1 at the end. */
static ssize_t
read_some(struct wire *w, char *bytes, size_t size)
{
	ssize_t n;

	if (w->ssl != NULL) {
		int rc, why;

		ERR_clear_error();
		rc = SSL_read(w->ssl, bytes, (int)size);
		if (rc > 0)
			return rc;
		why = SSL_get_error(w->ssl, rc);
		return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
	}
	n = recv(w->fd, bytes, size, 0);
	return n > 0 ? n : n < 0 && errno == EAGAIN ? 0 : -1;
}

static void
wire_read(struct wire *w)
{
	static char scratch[SCRATCH + 1];
	unsigned life = w->life;
	ssize_t n;

	do {
		n = read_some(w, scratch, SCRATCH);
		if (n < 0) {
			wire_lose(w, "the server closed the connection");
			return;
		}
		if (n > 0)
			feed(w, scratch, (size_t)n);
	} while (n > 0 && w->life == life && w->ssl != NULL && SSL_has_pending(w->ssl));
}

static void
wire_opened(struct wire *w)
{
	w->open = true;
	watch(w, EPOLL_CTL_MOD, false);
	if (w->ssl != NULL && W.cipher[0] == '\0')
		snprintf(W.cipher, sizeof W.cipher, "%s %s", SSL_get_version(w->ssl),
		    SSL_get_cipher_name(w->ssl));
	W.config.events->open(w);
}

/* One step of connecting. */
static void
wire_establish(struct wire *w)
{
	socklen_t size = sizeof(int);
	int error = 0, rc, why;

	if (!w->connected) {
		getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &size);
		if (error != 0) {
			wire_lose(w, strerror(error));
			return;
		}
		w->connected = true;
	}
	if (w->ssl == NULL) {
		wire_opened(w);
		return;
	}
	ERR_clear_error();
	rc = SSL_do_handshake(w->ssl);
	if (rc == 1) {
		wire_opened(w);
		return;
	}
	why = SSL_get_error(w->ssl, rc);
	if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
		wire_lose(w, "the TLS handshake failed");
	else if (w->watches_output != (why == SSL_ERROR_WANT_WRITE))
		watch(w, EPOLL_CTL_MOD, why == SSL_ERROR_WANT_WRITE);
}

static void
wire_event(struct wire *w, uint32_t events)
{
	if (w->fd < 0)
		return; /* closed by an earlier event of this round */
	if (!w->open) {
		wire_establish(w);
		return;
	}
	if ((events & EPOLLOUT) != 0 && !flush_out(w)) {
		wire_lose(w, "the connection broke while writing");
		return;
	}
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		wire_read(w);
}

void
wire_turn(int64_t until)
{
	struct epoll_event events[EVENTS];
	int64_t wait = until - load_now();
	struct timespec timeout;
	int n;

	flush_dirty();
	if (wait < 0)
		wait = 0;
	timeout = (struct timespec){ wait / NS, wait % NS };
	n = epoll_pwait2(W.epoll, events, EVENTS, &timeout, NULL);
	if (n < 0 && errno != EINTR)
		load_die("epoll_pwait2: %m");
	for (int i = 0; i < n; i++)
		wire_event(events[i].data.ptr, events[i].events);
	flush_dirty();
}
