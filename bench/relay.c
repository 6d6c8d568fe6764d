/* SPDX-License-Identifier: MIT */
/* relay.c - the physical reference of the benchmark: what a message costs when nothing is done but
 * to carry it. One thread, epoll, OpenSSL; one character of protocol, one number, an array look-up.
 *
 * Lines: "L 7" logs in as number 7, "J 3" joins room 3, the only one, "P" asks; each is answered
 * "K". "M 8 text" goes to number 8 as "M text", and is answered "A" with --acknowledge; "G 3 text"
 * goes to all of room 3, the sender included. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define NUMBERS 100000
#define ROOMS   10000
#define EVENTS  256
#define SCRATCH 16384
#define BACKLOG 4096

struct peer {
	int fd;
	SSL *ssl;
	char *in, *out; /* part of a line; output that the socket did not take, or that waits */
	size_t in_len, out_len, out_cap;
	unsigned number; /* NUMBERS: has not logged in */
	unsigned room;   /* ROOMS: in none */
	bool shaken, watches_output, dirty;
	struct peer *next_dirty;
};

struct room {
	unsigned *members, count, cap;
};

static struct {
	SSL_CTX *ctx; /* NULL: plain TCP */
	bool coalesce, acknowledge;
	int epoll, listener;
	struct peer *numbers[NUMBERS];
	struct room rooms[ROOMS];
	struct peer *dirty;
} R;

static void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("bench/relay: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

static void *
need(void *memory)
{
	if (memory == NULL)
		die("out of memory");
	return memory;
}

static void
watch(struct peer *p, int op, bool output)
{
	struct epoll_event e = { .events = EPOLLIN | (output ? EPOLLOUT : 0), .data.ptr = p };

	if (epoll_ctl(R.epoll, op, p->fd, &e) != 0)
		die("epoll_ctl: %m");
	p->watches_output = output;
}

/* ---- output ------------------------------------------------------------------------------- */

/* Bytes taken; 0: the socket is full, or the peer is gone, which reading will tell. */
static size_t
send_some(struct peer *p, const char *bytes, size_t len)
{
	ssize_t n;

	if (p->ssl == NULL) {
		n = send(p->fd, bytes, len, MSG_NOSIGNAL);
		return n > 0 ? (size_t)n : 0;
	}
	ERR_clear_error();
	n = SSL_write(p->ssl, bytes, (int)len);
	return n > 0 ? (size_t)n : 0;
}

static void
keep_output(struct peer *p, const char *bytes, size_t len)
{
	if (p->out_len + len > p->out_cap) {
		p->out_cap = 2 * (p->out_len + len);
		p->out = need(realloc(p->out, p->out_cap));
	}
	memcpy(p->out + p->out_len, bytes, len);
	p->out_len += len;
}

static void
flush_peer(struct peer *p)
{
	size_t at = 0, n;

	while (at < p->out_len && (n = send_some(p, p->out + at, p->out_len - at)) > 0)
		at += n;
	memmove(p->out, p->out + at, p->out_len - at);
	p->out_len -= at;
	if (p->watches_output != (p->out_len > 0))
		watch(p, EPOLL_CTL_MOD, p->out_len > 0);
	if (p->out_len == 0 && p->out_cap > 0) { /* an idle connection holds nothing */
		free(p->out);
		p->out = NULL;
		p->out_cap = 0;
	}
}

static void
peer_send(struct peer *p, const char *bytes, size_t len)
{
	if (!R.coalesce && p->out_len == 0) {
		size_t n = send_some(p, bytes, len);

		if (n == len)
			return;
		bytes += n;
		len -= n;
	}
	keep_output(p, bytes, len);
	if (!p->dirty) {
		p->dirty = true;
		p->next_dirty = R.dirty;
		R.dirty = p;
	}
}

static void
flush_dirty(void)
{
	while (R.dirty != NULL) {
		struct peer *p = R.dirty;

		R.dirty = p->next_dirty;
		p->dirty = false;
		flush_peer(p);
	}
}

/* ---- lines -------------------------------------------------------------------------------- */

static void
room_add(struct room *room, unsigned number)
{
	if (room->count == room->cap) {
		room->cap = room->cap == 0 ? 16 : 2 * room->cap;
		room->members = need(realloc(room->members, room->cap * sizeof *room->members));
	}
	room->members[room->count++] = number;
}

static void
room_remove(struct room *room, unsigned number)
{
	for (unsigned i = 0; i < room->count; i++)
		if (room->members[i] == number)
			room->members[i] = room->members[--room->count];
}

static void
room_send(const struct room *room, const char *bytes, size_t len)
{
	for (unsigned i = 0; i < room->count; i++)
		if (R.numbers[room->members[i]] != NULL)
			peer_send(R.numbers[room->members[i]], bytes, len);
}

/* line ends with its line feed, which len counts. False: it makes no sense. */
static bool
peer_line(struct peer *p, char *line, size_t len)
{
	char *rest = line;
	unsigned long n = len > 2 ? strtoul(line + 2, &rest, 10) : 0;

	switch (line[0]) {
	case 'M':
	case 'G':
		if (len < 4 || n >= (line[0] == 'M' ? NUMBERS : ROOMS) || *rest != ' ')
			return false;
		rest[-1] = 'M'; /* "M " and the text: where the number's last digit was */
		len -= (size_t)(rest - 1 - line);
		if (line[0] == 'G')
			room_send(&R.rooms[n], rest - 1, len);
		else if (R.numbers[n] != NULL)
			peer_send(R.numbers[n], rest - 1, len);
		if (line[0] == 'M' && R.acknowledge)
			peer_send(p, "A\n", 2);
		return true;
	case 'L':
		if (n >= NUMBERS)
			return false;
		R.numbers[n] = p;
		p->number = (unsigned)n;
		break;
	case 'J':
		if (n >= ROOMS || p->number == NUMBERS || p->room != ROOMS)
			return false;
		p->room = (unsigned)n;
		room_add(&R.rooms[n], p->number);
		break;
	case 'P':
		break;
	default:
		return false;
	}
	peer_send(p, "K\n", 2);
	return true;
}

/* How many bytes were whole lines; -1: one makes no sense. */
static ssize_t
peer_lines(struct peer *p, char *bytes, size_t len)
{
	size_t at = 0;
	char *end;

	while ((end = memchr(bytes + at, '\n', len - at)) != NULL) {
		size_t next = (size_t)(end - bytes) + 1;

		if (!peer_line(p, bytes + at, next - at))
			return -1;
		at = next;
		if (at == len)
			break;
	}
	return (ssize_t)at;
}

/* ---- connections -------------------------------------------------------------------------- */

static void
peer_free(struct peer *p)
{
	if (p->dirty) {
		struct peer **at = &R.dirty;

		while (*at != p)
			at = &(*at)->next_dirty;
		*at = p->next_dirty;
	}
	if (p->room < ROOMS)
		room_remove(&R.rooms[p->room], p->number);
	if (p->number < NUMBERS && R.numbers[p->number] == p)
		R.numbers[p->number] = NULL;
	SSL_free(p->ssl);
	close(p->fd);
	free(p->in);
	free(p->out);
	free(p);
}

/* False: the connection is over. */
static bool
peer_feed(struct peer *p, char *bytes, size_t len)
{
	ssize_t used;

	if (p->in_len > 0) {
		p->in = need(realloc(p->in, p->in_len + len));
		memcpy(p->in + p->in_len, bytes, len);
		bytes = p->in;
		len = p->in_len += len;
	}
	used = peer_lines(p, bytes, len);
	if (used < 0)
		return false;
	len -= (size_t)used;
	if (len > 0 && p->in_len == 0)
		p->in = need(malloc(len));
	if (len > 0)
		memmove(p->in, bytes + used, len);
	p->in_len = len;
	if (len == 0) {
		free(p->in);
		p->in = NULL;
	}
	return true;
}

/* Bytes read, 0 when there are none now, -1 at the end. */
static int
read_some(struct peer *p, char *bytes, int size)
{
	int n, why;

	if (p->ssl == NULL) {
		n = (int)recv(p->fd, bytes, (size_t)size, 0);
		return n > 0 ? n : n < 0 && errno == EAGAIN ? 0 : -1;
	}
	ERR_clear_error();
	n = SSL_read(p->ssl, bytes, size);
	if (n > 0)
		return n;
	why = SSL_get_error(p->ssl, n);
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static bool
peer_read(struct peer *p)
{
	static char scratch[SCRATCH];
	int n;

	do {
		n = read_some(p, scratch, sizeof scratch);
		if (n < 0 || (n > 0 && !peer_feed(p, scratch, (size_t)n)))
			return false;
	} while (n > 0 && p->ssl != NULL && SSL_has_pending(p->ssl));
	return true;
}

static bool
peer_shake(struct peer *p)
{
	int rc, why;

	ERR_clear_error();
	rc = SSL_do_handshake(p->ssl);
	if (rc == 1) {
		p->shaken = true;
		return true;
	}
	why = SSL_get_error(p->ssl, rc);
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static void
peer_event(struct peer *p, uint32_t events)
{
	bool alive = p->shaken || peer_shake(p);

	if (alive && p->shaken && (events & EPOLLOUT) != 0)
		flush_peer(p);
	if (alive && p->shaken)
		alive = peer_read(p);
	if (!alive)
		peer_free(p);
}

static void
accept_all(void)
{
	const int on = 1;
	int fd;

	while ((fd = accept4(R.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct peer *p = need(calloc(1, sizeof *p));

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
		p->fd = fd;
		p->number = NUMBERS;
		p->room = ROOMS;
		p->shaken = R.ctx == NULL;
		if (R.ctx != NULL) {
			p->ssl = need(SSL_new(R.ctx));
			SSL_set_fd(p->ssl, fd);
			SSL_set_accept_state(p->ssl);
		}
		watch(p, EPOLL_CTL_ADD, false);
	}
}

/* ---- start -------------------------------------------------------------------------------- */

static SSL_CTX *
server_context(const char *certificate, const char *key, bool release, bool ahead)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_use_certificate_chain_file(ctx, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
		die("OpenSSL refuses the certificate %s or its key %s", certificate, key);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				  (release ? SSL_MODE_RELEASE_BUFFERS : 0));
	SSL_CTX_set_read_ahead(ctx, ahead);
	return ctx;
}

static void
listen_on(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = NULL };
	const int on = 1;

	R.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	R.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (R.listener < 0 || R.epoll < 0)
		die("socket: %m");
	setsockopt(R.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(R.listener, (struct sockaddr *)&address, sizeof address) != 0 ||
	    listen(R.listener, BACKLOG) != 0)
		die("cannot listen on port %d: %m", port);
	epoll_ctl(R.epoll, EPOLL_CTL_ADD, R.listener, &e);
}

static void
serve(void)
{
	struct epoll_event events[EVENTS];

	for (;;) {
		int n = epoll_wait(R.epoll, events, EVENTS, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				accept_all();
			else
				peer_event(events[i].data.ptr, events[i].events);
		}
		flush_dirty();
	}
}

static const char usage[] =
    "usage: bench/relay --port N [--certificate FILE --key FILE] [--coalesce] [--release] "
    "[--ahead]\n"
    "\n"
    "  without a certificate: plain TCP. --coalesce: one write for a connection and round;\n"
    "  --release: SSL_MODE_RELEASE_BUFFERS; --ahead: SSL_CTX_set_read_ahead\n";

int
main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "port", required_argument, NULL, 'p' },
		{ "certificate", required_argument, NULL, 'c' },
		{ "key", required_argument, NULL, 'k' },
		{ "acknowledge", no_argument, NULL, 'A' },
		{ "coalesce", no_argument, NULL, 'o' },
		{ "release", no_argument, NULL, 'r' },
		{ "ahead", no_argument, NULL, 'a' },
		{ 0 },
	};
	const char *certificate = NULL, *key = NULL;
	bool release = false, ahead = false;
	struct rlimit limit;
	int option, port = 0;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 'p':
			port = atoi(optarg);
			break;
		case 'c':
			certificate = optarg;
			break;
		case 'k':
			key = optarg;
			break;
		case 'A':
			R.acknowledge = true;
			break;
		case 'o':
			R.coalesce = true;
			break;
		case 'r':
			release = true;
			break;
		case 'a':
			ahead = true;
			break;
		default:
			fputs(usage, stderr);
			return 64;
		}
	}
	if (port < 1 || port > 65535 || optind != argc || (certificate == NULL) != (key == NULL)) {
		fputs(usage, stderr);
		return 64;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	signal(SIGPIPE, SIG_IGN);
	if (certificate != NULL)
		R.ctx = server_context(certificate, key, release, ahead);
	listen_on(port);
	serve();
}
