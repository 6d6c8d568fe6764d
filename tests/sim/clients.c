/* SPDX-License-Identifier: MIT */
/* clients.c - people who live with a node on several devices: they do this and that, lose their
 * connections, come back, are away, and read everything at the end. */
#include "support/test.h"

#include "sim/clients.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

#define AWAY (2500 * MS) /* at most: a session is kept for a second */

/* ---- living ------------------------------------------------------------------------------- */

static void
connect_to_node(struct client *c)
{
	struct world *w = c->of->world;
	char resume[128] = "";

	network_connect(w, &c->plug, false);
	if (c->resume[0] != '\0')
		snprintf(resume, sizeof resume, ",\"resume\":{\"id\":\"%s\",\"count\":%llu}",
		    c->resume, (unsigned long long)c->count);
	say(c,
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"person%u\",\"password\":"
	    "\"" PASSWORD "\",\"device\":{\"id\":\"d%u\"}%s%s}",
	    c->who.person, c->who.device, c->missed ? ",\"missed\":true" : "", resume);
}

/* Its connection is lost; and perhaps it is away for a while, or forgets its session. */
static void
lose_connection(struct client *c)
{
	struct world *w = c->of->world;

	network_cut(w, &c->plug, chance_once_in(w, 2));
	if (chance_once_in(w, 3))
		c->away_until = sim_now() + (int64_t)chance_below(w, AWAY);
	if (chance_once_in(w, 4))
		c->resume[0] = '\0';
}

static void
look_something_up(struct client *c)
{
	struct world *w = c->of->world;
	unsigned peer = (c->who.person + 1 + (unsigned)chance_below(w, PEOPLE - 1)) % PEOPLE;
	unsigned group = (unsigned)chance_below(w, GROUPS);

	if (chance_once_in(w, 3) && c->of->made[group])
		peer = PEOPLE + group;
	switch (chance_below(w, 5)) {
	case 0:
		ask_inbox(c);
		break;
	case 1:
		if (c->read_to[peer] > 0)
			ask_to_have_read(c, peer);
		break;
	case 2:
		ask_page(c, peer, -1);
		break;
	default:
		ask_page(c, peer, c->read_to[peer]);
	}
}

static void
be_lively(struct client *c)
{
	struct world *w = c->of->world;

	if (chance_once_in(w, 40))
		lose_connection(c);
	else if (!c->ready)
		return;
	else if (c->waiting_count < WAITING_MAX && chance_once_in(w, 2))
		do_something(c);
	else if (chance_once_in(w, 3))
		look_something_up(c);
	else if (chance_once_in(w, 3))
		ask_again(c, false);
	if (c->ready && chance_once_in(w, 4))
		say_received(c, 1);
}

static bool
all_is_answered(const struct clients *cs)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (cs->clients[i].waiting_count > 0)
			return false;
	return true;
}

static void
be_told_all(void *arg)
{
	struct client *c = arg;

	c->told_all = true;
}

/* Neither the chat with oneself, nor groups that nobody has made. */
static unsigned
next_to_read(const struct client *c)
{
	unsigned peer = c->reading;

	while (peer == c->who.person ||
	       (peer >= PEOPLE && peer < PEERS && !c->of->made[peer - PEOPLE]))
		peer++;
	return peer;
}

/* Who is told what it missed logs in once more; then everybody reads every chat from its beginning.
 */
static void
come_to_an_end(struct client *c)
{
	if (!c->ready)
		return;
	ask_again(c, false);
	if (!all_is_answered(c->of) || c->asked.id[0] != '\0')
		return;
	if (!c->again) {
		c->again = true;
		memset(c->read_to, 0, sizeof c->read_to);
		sim_after(3000 * MS, be_told_all, c);
		if (!c->missed)
			return;
		c->resume[0] = '\0';
		network_cut(c->of->world, &c->plug, false);
		return;
	}
	say_received(c, 1);
	c->reading = next_to_read(c);
	if (c->reading < PEERS)
		ask_page(c, c->reading, c->read_to[c->reading]);
}

static void
act(void *arg)
{
	struct client *c = arg;
	struct world *w = c->of->world;

	sim_after(1000 + (int64_t)chance_below(w, 15000), act, c);
	if (c->plug.conn == 0) {
		bool here = c->of->settling || sim_now() >= c->away_until;

		if (node_is_up(w) && here && chance_once_in(w, 4))
			connect_to_node(c);
	} else if (c->of->settling) {
		come_to_an_end(c);
	} else if (c->of->lively) {
		be_lively(c);
	}
}

/* ---- beginning and ending ----------------------------------------------------------------- */

static void
operator_take(struct plug *plug, const char *frame)
{
	struct clients *cs =
	    (struct clients *)(void *)((char *)plug - offsetof(struct clients, operator));

	if (frame == NULL)
		return;
	if (strstr(frame, "\"type\":\"result\"") == NULL)
		fail_msg("no account: %s", frame);
	if (++cs->accounts < PEOPLE)
		return;
	network_cut(cs->world, plug, false);
	for (unsigned i = 0; i < CLIENTS; i++)
		act(&cs->clients[i]);
}

static void
make_accounts(void *arg)
{
	struct clients *cs = arg;

	if (!node_is_up(cs->world)) {
		sim_after(10 * MS, make_accounts, cs);
		return;
	}
	network_connect(cs->world, &cs->operator, true);
	for (unsigned p = 0; p < PEOPLE; p++) {
		char frame[256];

		snprintf(frame, sizeof frame,
		    "{\"type\":\"request\",\"id\":\"a-%u\",\"method\":\"account.create\","
		    "\"params\":"
		    "{\"name\":\"person%u\",\"password\":\"" PASSWORD "\"}}",
		    p, p);
		network_say(cs->world, &cs->operator, frame);
	}
}

struct clients *
clients_new(struct world *w)
{
	struct clients *cs = xcalloc(1, sizeof *cs);

	cs->world = w;
	cs->operator.take = operator_take;
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &cs->clients[i];

		c->of = cs;
		c->plug.take = client_hear;
		c->who = (struct who){ i % PEOPLE, i / PEOPLE };
		c->missed = i % 2 == 0;
	}
	make_accounts(cs);
	return cs;
}

/* Each of two is told of the other, and every device has been there. */
bool
clients_are_acquainted(const struct clients *cs)
{
	for (unsigned a = 0; a < PEOPLE; a++)
		for (unsigned b = 0; b < PEOPLE; b++)
			if (a != b && !cs->friends[a][b])
				return false;
	for (unsigned i = 0; i < CLIENTS; i++)
		if (!cs->clients[i].been)
			return false;
	return true;
}

void
clients_begin(struct clients *cs)
{
	cs->lively = true;
}

void
clients_settle(struct clients *cs)
{
	cs->lively = false;
	cs->settling = true;
}

bool
clients_are_settled(const struct clients *cs)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (next_to_read(&cs->clients[i]) < PEERS || !cs->clients[i].told_all)
			return false;
	return true;
}

unsigned
clients_resumed(const struct clients *cs)
{
	return cs->resumed;
}
