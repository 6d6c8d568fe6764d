/* SPDX-License-Identifier: MIT */
/* listener.c - takes connections in, as many as the limits allow, and deals them out to the
 * threads. */
#include "net/listener.h"

#include "base/xalloc.h"
#include "net/guests.h"
#include "net/io.h"
#include "net/listen_socket.h"
#include "net/netaddr.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <parley/log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_ROUND 32 /* connections taken in before others are heard */

struct listener {
	struct listener *next;
	struct listen_socket socket;
	enum listen_kind kind;
	struct io *io;
	struct event *event;
	bool paused; /* until the next second: there are no descriptors */
};

/* A new connection on its way to its thread. */
struct deal {
	struct post post;
	struct io *io;
	struct arrival arrival;
};

struct listener *
listener_open(const struct listen_config *config, struct parley_error *err)
{
	struct listener *l = xcalloc(1, sizeof *l);

	l->kind = config->kind;
	if (listen_socket_open(&l->socket, config, err) == 0)
		return l;
	free(l);
	return NULL;
}

int
listener_port(const struct listener *l)
{
	return l->socket.port;
}

struct listener *
listener_next(struct listener *l)
{
	return l->next;
}

void
listener_free(struct listener **at)
{
	struct listener *gone = *at;

	*at = gone->next;
	if (gone->event != NULL)
		event_free(gone->event);
	listen_socket_close(&gone->socket);
	free(gone);
}

static void
deal_arrive(struct post *p)
{
	struct deal *d = (struct deal *)p;

	conn_arrive(d->io, &d->arrival);
	free(d);
}

static void
listener_deal(struct listener *l, const struct arrival *a)
{
	struct io *to = io_least_loaded();
	struct deal *d;

	atomic_fetch_add_explicit(&to->connections, 1, memory_order_relaxed);
	if (to == l->io) {
		conn_arrive(to, a);
		return;
	}
	d = xcalloc(1, sizeof *d);
	d->post.fn = deal_arrive;
	d->io = to;
	d->arrival = *a;
	loop_post(to->loop, &d->post);
}

/* The control socket is for root and for the user that the node runs as. */
static bool
listener_knows_peer(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid();
}

/* A trusted proxy speaks for others: they are counted when it says who they are. */
static bool
listener_counts(const struct listener *l, const struct arrival *a)
{
	return l->kind != LISTEN_CONTROL && l->kind != LISTEN_METRICS &&
	       !settings_is_proxy(l->io->settings, a->peer);
}

/* Fills in who has come. NET_REFUSALS when there is room for them, else why not. */
static enum net_refusal
listener_admit(struct listener *l, const struct sockaddr *sa, struct arrival *a)
{
	const struct net_settings *s = l->io->settings;
	struct netaddr address;

	if (l->kind == LISTEN_CONTROL && !listener_knows_peer(a->fd))
		return NET_REFUSED_PEER;
	/* The administrator must be able to look at a node that is full. */
	if (l->kind != LISTEN_CONTROL && io_total() >= s->connections)
		return NET_REFUSED_TOTAL;
	if (!netaddr_from(sa, &address)) {
		strcpy(a->peer, "unix");
		return NET_REFUSALS;
	}
	netaddr_text(&address, a->peer);
	if (!listener_counts(l, a))
		return NET_REFUSALS;
	a->guest = guests_take(&address, s->guests_per_address);
	return a->guest ? NET_REFUSALS : NET_REFUSED_ADDRESS;
}

static void
listener_take(struct listener *l, int fd, const struct sockaddr *sa)
{
	struct arrival a = { .fd = fd, .kind = l->kind };
	enum net_refusal why = listener_admit(l, sa, &a);
	int on = 1;

	if (why != NET_REFUSALS) {
		io_refused(l->io, why);
		close(fd);
		return;
	}
	if (sa->sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	listener_deal(l, &a);
}

/* The connection stays in the kernel's queue; asking again at once would only burn the processor.
 */
static void
listener_pause(struct listener *l)
{
	parley_log_warn("net", "no connections are accepted for a second: %s", strerror(errno));
	stat_add(&l->io->stats.pauses, 1);
	l->paused = true;
	event_del(l->event);
}

static bool
accept_is_exhausted(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void
listener_on_event(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	for (unsigned i = 0; i < ACCEPT_ROUND; i++) {
		struct sockaddr_storage sa = { 0 };
		socklen_t len = sizeof sa;
		int taken = accept4(fd, (struct sockaddr *)&sa, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (taken >= 0) {
			listener_take(l, taken, (const struct sockaddr *)&sa);
		} else if (accept_is_exhausted(errno)) {
			listener_pause(l);
			return;
		} else if (errno == EAGAIN) {
			return;
		}
		/* Else that one connection failed before it was taken: to the next. */
	}
}

void
listener_attach(struct listener *l, struct io *io)
{
	l->io = io;
	l->next = io->listeners;
	io->listeners = l;
	l->event = event_new(
	    loop_base(io->loop), l->socket.fd, EV_READ | EV_PERSIST, listener_on_event, l);
	parley_assert(l->event != NULL && event_add(l->event, NULL) == 0);
}

void
listener_retry(struct listener *l)
{
	if (!l->paused)
		return;
	l->paused = false;
	event_add(l->event, NULL);
}
