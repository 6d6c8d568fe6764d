/* SPDX-License-Identifier: MIT */
/* network.c - carries frames between a node and its clients: in order, after a while, or not. */
#include "support/test.h"

#include "sim/sim.h"

#include "base/xalloc.h"

#include <parley/error.h>
#include <stdlib.h>
#include <string.h>

#define LATENCY_US 4000
#define CONNS_MAX  1024 /* as tests/support/fake_net.c has them */

struct network {
	struct plug *plugs[CONNS_MAX + 1]; /* by connection of this life */
	unsigned life;
	conn_id last;
};

/* Something on its way. */
struct packet {
	struct world *world;
	struct plug *plug;
	conn_id conn;
	unsigned life; /* of the node */
	bool down;
	char *frame; /* NULL: the end of the connection */
};

struct network *
network_new(struct world *w)
{
	return xcalloc(1, sizeof(struct network));
}

/* ---- arriving ----------------------------------------------------------------------------- */

static void
arrive_at_client(const struct packet *p)
{
	struct plug *plug = p->plug;

	if (plug->conn != p->conn || plug->life != p->life)
		return;
	if (p->frame == NULL)
		plug->conn = 0;
	plug->take(plug, p->frame);
}

/* The end of a connection always arrives. */
static bool
is_lost(const struct packet *p)
{
	const struct plug *plug = p->plug;

	return p->frame != NULL && p->conn == plug->lost && p->life == plug->lost_life;
}

static void
arrive(void *arg)
{
	struct packet *p = arg;
	struct network *n = p->world->network;

	if (p->down) {
		arrive_at_client(p);
	} else if (p->life == n->life && node_is_up(p->world) && !is_lost(p)) {
		node_input(
		    p->world, p->frame != NULL ? SIM_FRAME : SIM_LOST, p->conn, false, p->frame);
		p->frame = NULL;
	}
	free(p->frame);
	free(p);
}

static void
carry(struct world *w, struct plug *plug, bool down, const char *frame)
{
	struct packet *p = xcalloc(1, sizeof *p);
	int64_t *last = down ? &plug->down : &plug->up;
	int64_t at = sim_now() + 50 + (int64_t)chance_below(w, LATENCY_US);

	*p = (struct packet){ w, plug, plug->conn, plug->life, down,
		frame != NULL ? xstrdup(frame) : NULL };
	*last = at > *last ? at : *last;
	sim_after(*last - sim_now(), arrive, p);
}

/* ---- the client's side -------------------------------------------------------------------- */

void
network_connect(struct world *w, struct plug *plug, bool control)
{
	struct network *n = w->network;

	parley_assert(n->last < CONNS_MAX && node_is_up(w));
	plug->conn = ++n->last;
	plug->life = n->life;
	n->plugs[plug->conn] = plug;
	node_input(w, SIM_CONNECT, plug->conn, control, NULL);
}

void
network_say(struct world *w, struct plug *plug, const char *frame)
{
	if (plug->conn != 0)
		carry(w, plug, false, frame);
}

void
network_cut(struct world *w, struct plug *plug, bool lose)
{
	struct network *n = w->network;

	if (plug->conn == 0)
		return;
	if (lose) {
		plug->lost = plug->conn;
		plug->lost_life = plug->life;
	}
	carry(w, plug, false, NULL);
	n->plugs[plug->conn] = NULL;
	plug->conn = 0;
	plug->take(plug, NULL);
}

/* ---- the node's side ---------------------------------------------------------------------- */

/* PLANT_LEAKS: who of the other world has this connection. */
static struct plug *
stranger(const struct world *w, conn_id conn)
{
	return w->others != NULL ? w->others->network->plugs[conn] : NULL;
}

void
network_hear(struct world *w, conn_id conn, const char *frame)
{
	struct plug *plug = w->network->plugs[conn];

	if (frame != NULL && w->plant == PLANT_LEAKS && chance_once_in(w, 100) &&
	    strstr(frame, "\"type\":\"message\"") != NULL && stranger(w, conn) != NULL)
		carry(w->others, stranger(w, conn), true, frame);
	if (plug != NULL)
		carry(w, plug, true, frame);
}

/* What the node had given to its system still arrives, or a part of it. */
void
network_lose_all(struct world *w)
{
	struct network *n = w->network;

	for (conn_id conn = 1; conn <= n->last; conn++) {
		struct plug *plug = n->plugs[conn];

		if (plug == NULL || plug->conn != conn || plug->life != n->life)
			continue;
		if (chance_once_in(w, 2))
			plug->down = sim_now(); /* the end comes before some of it */
		carry(w, plug, true, NULL);
	}
	memset(n->plugs, 0, sizeof n->plugs);
	n->last = 0;
	n->life++;
}
