/* SPDX-License-Identifier: MIT */
/* image_net.c - a node's network: frames come from the simulation and go there. Stands in for
 * src/net/net.c. What the node sends can be spoilt on purpose. */
#include "support/test.h"

#include "sim/image.h"
#include "support/core.h"

#include "core/server.h"
#include "net/net.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

static struct {
	conn_id last;
	struct parley_payload *held; /* PLANT_SWAPS: comes after the next */
	conn_id held_conn;
	bool skip; /* PLANT_SKIPS_REPLAY: the next frame */
	bool listening;
} N;

/* ---- what comes in ------------------------------------------------------------------------ */

static void
take_input(const struct sim_input *in)
{
	switch (in->kind) {
	case SIM_CONNECT:
		N.last = core_connect(in->control);
		parley_assert(N.last == in->conn);
		break;
	case SIM_FRAME:
		if (!core_is_closed(in->conn))
			core_receive(in->conn, in->frame);
		break;
	case SIM_LOST:
		core_lose(in->conn);
		break;
	case SIM_STOP:
		server_stop();
	}
}

bool
image_take_inputs(void)
{
	struct sim_input in;
	bool any = false;

	while (N.listening && host->take(host->life, &in)) {
		take_input(&in);
		any = true;
	}
	return any;
}

/* ---- what goes out ------------------------------------------------------------------------ */

void __real_link_send(conn_id conn, struct parley_payload *p);
void __real_link_close(conn_id conn, struct parley_payload *last);
void __real_session_replay(struct parley_session *s);
void __wrap_link_send(conn_id conn, struct parley_payload *p);
void __wrap_link_close(conn_id conn, struct parley_payload *last);
void __wrap_session_replay(struct parley_session *s);

static bool
is_message(const struct parley_payload *p)
{
	return strstr(p->json, "\"type\":\"message\"") != NULL;
}

/* PLANT_SWAPS: true when p is held back. */
static bool
hold(conn_id conn, struct parley_payload *p)
{
	if (host->plant != PLANT_SWAPS || N.held != NULL || !is_message(p) || !image_once_in(20))
		return false;
	N.held = parley_payload_ref(p);
	N.held_conn = conn;
	return true;
}

static bool
is_left_out(const struct parley_payload *p)
{
	return host->plant == PLANT_SKIPS_MISSED && strstr(p->json, "\"missed\":true") != NULL &&
	       image_once_in(4);
}

void
__wrap_link_send(conn_id conn, struct parley_payload *p)
{
	bool skip = N.skip;

	__real_link_send(conn, p);
	N.skip = false;
	if (skip || is_left_out(p) || hold(conn, p))
		return;
	host->hear(host->life, conn, p->json);
	if (host->plant == PLANT_TELLS_TWICE && is_message(p) && image_once_in(50))
		host->hear(host->life, conn, p->json);
	if (N.held != NULL && N.held_conn == conn && is_message(p)) {
		host->hear(host->life, conn, N.held->json);
		parley_payload_unref(&N.held);
	}
}

void
__wrap_link_close(conn_id conn, struct parley_payload *last)
{
	bool was = core_is_closed(conn);

	__real_link_close(conn, last);
	if (was)
		return;
	if (last != NULL)
		host->hear(host->life, conn, last->json);
	host->hear(host->life, conn, NULL);
}

void
__wrap_session_replay(struct parley_session *s)
{
	N.skip = host->plant == PLANT_SKIPS_REPLAY && s->sent > s->acked;
	__real_session_replay(s);
}

/* ---- in place of src/net/net.c ------------------------------------------------------------ */

unsigned
net_thread_count(unsigned wanted)
{
	return 0;
}

int
net_start(const struct net_config *config, struct parley_error *err)
{
	N.listening = true;
	return 0;
}

struct net_settings *
net_prepare(const struct net_config *config, struct parley_error *err)
{
	parley_assert(!"nobody reloads here");
	return NULL;
}

void
net_use(struct net_settings **prepared, const struct net_config *config)
{
}

bool
net_listeners_differ(const struct net_config *config)
{
	return false;
}

void
net_round_begin(void)
{
}

void
net_round_end(void)
{
}

void
net_expect(unsigned ms)
{
}

void
net_quiesce(void)
{
}

void
net_farewell(struct parley_payload *last)
{
	for (conn_id conn = 1; conn <= N.last; conn++)
		if (!core_is_closed(conn))
			__wrap_link_close(conn, last);
}

void
net_stop(void)
{
	N.listening = false;
	core_lose_all();
}

struct net_stats
net_stats(void)
{
	return (struct net_stats){ 0 };
}

const char *
net_refusal_name(enum net_refusal r)
{
	return "none";
}
