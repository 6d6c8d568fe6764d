/* SPDX-License-Identifier: MIT */
/* conn_front.c - the rest of what conn.h offers to front ends: facts, settings, stopping to read.
 */
#include "net/conn_private.h"

#include "net/guests.h"
#include "net/netaddr.h"

#include <string.h>

/* A request of HTTP is held as a whole before it is dealt with: head and small body. */
#define HOLD_LEAST (32 * 1024)

void *
conn_state(const struct conn *c)
{
	return c->state;
}

void
conn_set_state(struct conn *c, void *state)
{
	c->state = state;
}

void
conn_switch(struct conn *c, const struct front *next)
{
	if (c->front->end != NULL)
		c->front->end(c);
	c->state = NULL;
	c->want_drained = false;
	c->front = next;
	c->accepted = io_seconds(); /* a proxy may have kept it open for long */
	if (next->open != NULL)
		next->open(c);
}

conn_id
conn_get_id(const struct conn *c)
{
	return io_conn_id(c->io, c->slot);
}

enum listen_kind
conn_kind(const struct conn *c)
{
	return (enum listen_kind)c->kind;
}

const struct net_settings *
conn_settings(const struct conn *c)
{
	return c->io->settings;
}

struct conn_facts *
conn_facts(const struct conn *c)
{
	return c->facts;
}

/* The router lets go of facts when it answers the call that they came with, or sooner. */
void
conn_renew_facts(struct conn *c)
{
	struct conn_facts *old = c->facts, *f;

	if (old->cookie == NULL && atomic_load_explicit(&old->refs, memory_order_acquire) == 1)
		return;
	f = conn_facts_new(old->peer);
	f->secure = old->secure;
	f->control = old->control;
	f->bindable = old->bindable;
	conn_facts_unref(&c->facts);
	c->facts = f;
}

bool
conn_is_proxy(const struct conn *c, const char *addr)
{
	return settings_is_proxy(c->io->settings, addr);
}

bool
conn_set_peer(struct conn *c, const char *address)
{
	struct netaddr before, after;

	if (!netaddr_parse(address, &after))
		return false;
	if (c->guest && netaddr_parse(c->facts->peer, &before))
		guests_give(&before);
	c->guest = !c->live && guests_take(&after, c->io->settings->guests_per_address);
	if (!c->live && !c->guest) {
		io_refused(c->io, NET_REFUSED_ADDRESS);
		return false;
	}
	netaddr_text(&after, c->facts->peer);
	return true;
}

bool
conn_may_read(const struct conn *c)
{
	return c->blocked == 0;
}

void
conn_pause(struct conn *c)
{
	conn_block(c, BLOCK_PAUSE);
}

void
conn_resume(struct conn *c)
{
	conn_unblock(c, BLOCK_PAUSE);
}

bool
conn_is_live(const struct conn *c)
{
	return c->live;
}

size_t
conn_frame_max(const struct conn *c)
{
	const struct net_settings *s = c->io->settings;

	return c->live ? s->user_frame : s->guest_frame;
}

/* A frame, a round's worth of more that came in one piece while reading was being stopped, and what
 * frames it. */
size_t
conn_hold_max(const struct conn *c)
{
	size_t frame = conn_frame_max(c);

	return (frame > HOLD_LEAST ? frame : HOLD_LEAST) + IO_SCRATCH + 64;
}
