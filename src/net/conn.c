/* SPDX-License-Identifier: MIT */
/* conn.c - a connection from accept to the last byte: its stages, and when each of them ends. */
#include "net/conn_private.h"

#include "base/xalloc.h"
#include "net/guests.h"
#include "net/netaddr.h"
#include "net/tls.h"

#include <parley/log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CLOSING_SECONDS 5            /* to take what is pending */
#define LINGER_SECONDS  2            /* to answer our goodbye */
#define HANDSHAKES      8            /* steps in one round: each may take half a millisecond */
#define OUTPUT_HIGH     (128 * 1024) /* pending bytes above which the peer is not read */
#define OUTPUT_LOW      (32 * 1024)
#define REST_BYTES      2048

/* ---- waiting for the socket ---- */

static short
conn_wants(const struct conn *c)
{
	bool writes = c->transport.blocked_write ||
		      (c->stage <= CONN_CLOSING && c->out != NULL && !c->patient);
	bool reads = c->stage == CONN_HANDSHAKE || c->stage == CONN_LINGER ||
		     (c->stage == CONN_OPEN && c->blocked == 0);

	return (short)((reads ? EV_READ : 0) | (writes ? EV_WRITE : 0));
}

void
conn_watch(struct conn *c)
{
	short now = event_get_events(&c->event) & (EV_READ | EV_WRITE);
	bool added = event_pending(&c->event, EV_READ | EV_WRITE, NULL) != 0;
	short want = conn_wants(c);

	if (c->stage == CONN_DEAD)
		return;
	if (!added)
		now = 0;
	if (now != want) {
		event_del(&c->event);
		event_assign(&c->event, loop_base(c->io->loop), c->transport.fd,
		    (short)(want | EV_PERSIST), conn_on_event, c);
		if (want != 0)
			event_add(&c->event, NULL);
	}
	if (c->rerun)
		event_active(&c->event, EV_READ, 1);
}

void
conn_rerun(struct conn *c)
{
	c->rerun = true;
	io_mark(c->io, c); /* conn_settle activates it, after it has changed what is waited for */
}

void
conn_block(struct conn *c, unsigned why)
{
	c->blocked |= (uint8_t)why;
	c->stale = true;
}

void
conn_unblock(struct conn *c, unsigned why)
{
	if ((c->blocked & why) == 0)
		return;
	c->blocked &= (uint8_t)~why;
	if (c->blocked != 0 || c->stage != CONN_OPEN)
		return;
	if (c->in != NULL)
		c->in->seen = 0;
	conn_rerun(c);
}

/* ---- ends ---- */

static void
conn_forget_guest(struct conn *c)
{
	struct netaddr a;

	if (c->guest && netaddr_parse(c->facts->peer, &a))
		guests_give(&a);
	c->guest = false;
}

/* The front end and the router learn, once, that nothing more will come. */
static void
conn_part(struct conn *c)
{
	const struct front *front = c->front;

	c->front = NULL;
	if (front != NULL && front->end != NULL)
		front->end(c);
	if (c->live)
		stat_add(&c->io->stats.users, UINT64_MAX);
	c->live = false;
	if (c->known && !c->io->stopping)
		link_post_closed(c->io, conn_get_id(c));
	c->known = false;
	conn_forget_guest(c);
	conn_free_input(c);
	conn_free_output(c);
}

void
conn_free(struct conn *c)
{
	struct io *io = c->io;

	conn_part(c);
	event_del(&c->event);
	transport_close(&c->transport);
	conn_facts_unref(&c->facts);
	io_give_slot(io, c->slot);
	atomic_fetch_sub_explicit(&io->connections, 1, memory_order_relaxed);
	free(c);
}

void
conn_drop(struct conn *c, const char *why)
{
	if (c->stage == CONN_DEAD)
		return;
	parley_log_debug("net", "connection %016llx from \"%s\" dropped: %s",
	    (unsigned long long)conn_get_id(c), c->facts->peer, why);
	c->stage = CONN_DEAD;
	conn_block(c, BLOCK_END);
	io_mark(c->io, c);
}

void
conn_close(struct conn *c)
{
	if (c->stage == CONN_HANDSHAKE) {
		conn_drop(c, "closed during the handshake");
		return;
	}
	if (c->stage != CONN_OPEN)
		return;
	c->stage = CONN_CLOSING;
	conn_block(c, BLOCK_END);
	conn_deadline(c, CLOSING_SECONDS);
	io_mark(c->io, c);
}

/* Everything has been sent: say goodbye, and leave the socket open until the peer has read it. */
static void
conn_linger(struct conn *c)
{
	c->stage = CONN_LINGER;
	transport_finish(&c->transport);
	conn_part(c);
	conn_deadline(c, LINGER_SECONDS);
}

static void
conn_discard(struct conn *c)
{
	for (unsigned i = 0; i < 4; i++) {
		ssize_t n = transport_discard(&c->transport, c->io->in, sizeof c->io->in);

		if (n == TRANSPORT_AGAIN)
			return;
		if (n < 0) {
			conn_drop(c, "closed");
			return;
		}
	}
}

void
conn_end(struct conn *c, struct parley_payload *last)
{
	if (c->stage == CONN_OPEN && last != NULL && c->front->send != NULL)
		c->front->send(c, last);
	if (c->stage == CONN_OPEN && c->front->goodbye != NULL)
		c->front->goodbye(c);
	conn_close(c);
}

/* ---- life ---- */

static enum tls_protocol
conn_protocol(enum listen_kind kind)
{
	return kind == LISTEN_HTTPS ? TLS_HTTP : TLS_CLIENT;
}

static bool
conn_has_tls(const struct conn *c)
{
	return c->kind == LISTEN_JSON || c->kind == LISTEN_HTTPS;
}

static struct conn_facts *
conn_first_facts(const struct arrival *a, bool tls)
{
	struct conn_facts *f = conn_facts_new(a->peer);
	struct netaddr address;

	f->control = a->kind == LISTEN_CONTROL;
	f->secure = tls || !netaddr_parse(a->peer, &address) || netaddr_is_loopback(&address);
	return f;
}

void
conn_arrive(struct io *io, const struct arrival *a)
{
	struct conn *c = xcalloc(1, sizeof *c);

	c->io = io;
	c->kind = (uint8_t)a->kind;
	c->guest = a->guest;
	c->transport.fd = a->fd;
	c->facts = conn_first_facts(a, conn_has_tls(c));
	c->accepted = io_seconds();
	c->slot = io_take_slot(io, c);
	event_assign(&c->event, loop_base(io->loop), a->fd, EV_PERSIST, conn_on_event, c);
	stat_add(&io->stats.accepted, 1);
	if (conn_has_tls(c)) {
		c->transport.ssl = tls_accept(io->settings->tls, a->fd, conn_protocol(a->kind));
		if (c->transport.ssl == NULL)
			conn_drop(c, "no memory for TLS");
	}
	conn_deadline(c, io->settings->tls_seconds);
	if (c->transport.ssl == NULL)
		conn_rerun(c); /* the front end may speak first */
	io_mark(io, c);
}

static const struct front *
conn_first_front(const struct conn *c)
{
	return c->kind == LISTEN_JSON || c->kind == LISTEN_CONTROL ? &front_json
								   : c->io->settings->http;
}

static void
conn_opened(struct conn *c)
{
	c->stage = CONN_OPEN;
	c->facts->bindable = c->transport.ssl != NULL && tls_is_bindable(c->transport.ssl);
	c->front = conn_first_front(c);
	if (c->kind == LISTEN_CONTROL) {
		/* The kernel has said who it is; a backup may keep it silent for long. */
		conn_set_live(c);
		conn_deadline(c, 0);
	} else {
		conn_login_deadline(c);
	}
	if (c->front->open != NULL)
		c->front->open(c);
}

/* When everybody comes at once, those who are here already are heard in between: what has its turn
 * in a later round is told again by the kernel. */
static void
conn_handshake(struct conn *c)
{
	int rc;

	if (c->transport.ssl != NULL && c->io->handshakes++ >= HANDSHAKES)
		return;
	rc = transport_handshake(&c->transport);
	if (rc == TRANSPORT_READY) {
		conn_opened(c);
	} else if (rc == TRANSPORT_FAILED) {
		io_refused(c->io, NET_REFUSED_TLS);
		conn_drop(c, transport_reason());
	}
}

void
conn_on_event(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	c->io->busy = true;
	c->rerun = false;
	if (c->stage == CONN_HANDSHAKE)
		conn_handshake(c);
	if (c->stage == CONN_OPEN)
		conn_read(c);
	else if (c->stage == CONN_LINGER)
		conn_discard(c);
	io_mark(c->io, c);
	link_take_turn(c->io);
}

static void
conn_rest(struct conn *c)
{
	c->rests = true;
	c->left = false;
	io_rest(c->io, c);
}

/* What may wait for more is seen to again in the next round. Much has company enough: who sends
 * many at once may wait for its results. */
static bool
conn_waits(struct conn *c)
{
	if (c->out == NULL || !c->patient || c->stage != CONN_OPEN || c->pending > REST_BYTES)
		return false;
	if (c->rests)
		return true;
	if (io_expects()) {
		conn_rest(c);
		return true;
	}
	if (!c->io->busy || c->patience == 0)
		return false;
	c->patience--;
	io_mark(c->io, c);
	return true;
}

void
conn_rest_over(struct conn *c)
{
	c->rests = false;
	if (c->out == NULL || !c->patient)
		return;
	if (c->left) { /* what waits now has come later */
		conn_rest(c);
		return;
	}
	c->patient = false;
	io_mark(c->io, c);
}

static void
conn_settle_output(struct conn *c)
{
	if (conn_waits(c))
		return;
	conn_flush(c);
	if (c->out == NULL && c->stage == CONN_CLOSING) {
		conn_linger(c);
		return;
	}
	if (c->stage != CONN_OPEN)
		return;
	if (c->out == NULL && c->want_drained) {
		c->want_drained = false;
		c->front->drained(c);
	}
	if (c->pending > OUTPUT_HIGH)
		conn_block(c, BLOCK_OUTPUT);
	else if (c->pending < OUTPUT_LOW)
		conn_unblock(c, BLOCK_OUTPUT);
}

void
conn_settle(struct conn *c)
{
	if (c->stage == CONN_DEAD) {
		conn_free(c);
		return;
	}
	if (c->stage == CONN_OPEN || c->stage == CONN_CLOSING)
		conn_settle_output(c);
	conn_watch(c);
}

/* ---- time ---- */

static void
conn_set_deadline(struct conn *c, uint32_t when)
{
	c->io->slots[c->slot].deadline = when;
}

void
conn_deadline(struct conn *c, int seconds)
{
	c->login_timed = false;
	conn_set_deadline(c, seconds > 0 ? io_now(c->io) + (uint32_t)seconds : 0);
}

void
conn_login_deadline(struct conn *c)
{
	conn_set_deadline(c, c->accepted + (uint32_t)c->io->settings->login_seconds);
	c->login_timed = true;
}

static void
conn_expire_open(struct conn *c)
{
	/* It is silent because we do not listen. */
	if (c->live && (c->blocked & (BLOCK_WINDOW | BLOCK_PAUSE)) != 0) {
		conn_deadline(c, c->io->settings->idle_seconds);
		return;
	}
	if (c->live)
		io_refused(c->io, NET_REFUSED_IDLE);
	else if (c->login_timed)
		io_refused(c->io, NET_REFUSED_DEADLINE);
	conn_set_deadline(c, 0);
	if (c->front->expired != NULL)
		c->front->expired(c);
	if (c->io->slots[c->slot].deadline == 0)
		conn_close(c);
}

void
conn_expire(struct conn *c)
{
	switch (c->stage) {
	case CONN_HANDSHAKE:
		io_refused(c->io, NET_REFUSED_DEADLINE);
		conn_drop(c, "the handshake took too long");
		break;
	case CONN_OPEN:
		conn_expire_open(c);
		break;
	default:
		conn_drop(c, "it did not take our last words");
	}
}

/* ---- what the router asks for ---- */

void
conn_deliver(struct conn *c, struct parley_payload *p)
{
	if (c->stage != CONN_OPEN)
		return;
	stat_add(&c->io->stats.frames_out, 1);
	c->front->send(c, p);
}

void
conn_set_live(struct conn *c)
{
	if (c->stage != CONN_OPEN || c->live)
		return;
	c->live = true;
	transport_no_secrets(&c->transport);
	stat_add(&c->io->stats.users, 1);
	conn_forget_guest(c);
	conn_deadline(c, c->io->settings->idle_seconds);
}

void
conn_answer(struct conn *c, struct http_call *call)
{
	if (c->stage == CONN_OPEN && c->front->answered != NULL)
		c->front->answered(c, call);
	else
		http_call_free(&call);
}

void
conn_window_open(struct conn *c)
{
	conn_unblock(c, BLOCK_WINDOW);
	if (c->live && c->io->slots[c->slot].deadline != 0)
		conn_deadline(c, c->io->settings->idle_seconds);
}
