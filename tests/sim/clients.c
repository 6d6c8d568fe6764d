/* SPDX-License-Identifier: MIT */
/* clients.c - people who write to one another over a network that delays, loses connections, and
 * with them what was on its way; they resume and send again what has no answer. */
#include "support/test.h"

#include "sim/sim.h"

#include "auth/account_internal.h"
#include "base/arena.h"
#include "base/xalloc.h"
#include "json/json.h"

#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS_MAX 8
#define WAITING_MAX 6
#define LATENCY_US  4000
#define PASSWORD    "correct horse battery"

struct unsent {
	char id[24], to[16], text[16];
};

struct client {
	char name[16], resume[64];
	conn_id conn; /* 0: none */
	bool ready;
	uint64_t count, told; /* frames that were received, and of which the node knows */
	unsigned session, ids;
	int64_t up, down; /* when the last on its way arrives */
	struct unsent waiting[WAITING_MAX];
	unsigned waiting_count;
};

/* Something on its way. */
struct packet {
	struct client *client;
	conn_id conn;
	unsigned life; /* of the node */
	bool down;
	char *frame; /* NULL: the end of the connection */
};

static struct {
	struct client clients[CLIENTS_MAX];
	unsigned count, life, sessions, numbers, acknowledged, resumed, seen;
	bool write, fail, stopped;
	struct client *of[4096]; /* by connection */
	bool deaf[4096];         /* what is on its way to the node there is lost */
} C;

static void arrive(void *arg);

/* ---- the network -------------------------------------------------------------------------- */

static void
carry(struct client *c, conn_id conn, bool down, const char *frame)
{
	struct packet *p = xcalloc(1, sizeof *p);
	int64_t *last = down ? &c->down : &c->up;
	int64_t at = sim_now() + 50 + (int64_t)sim_below(LATENCY_US);

	*p = (struct packet){ c, conn, C.life, down, frame != NULL ? xstrdup(frame) : NULL };
	*last = at > *last ? at : *last;
	sim_after(*last - sim_now(), arrive, p);
}

static void
say(struct client *c, const char *frame)
{
	if (c->conn != 0)
		carry(c, c->conn, false, frame);
}

void
clients_hear(conn_id conn, const char *frame)
{
	if (C.of[conn] != NULL)
		carry(C.of[conn], conn, true, frame);
}

void
clients_end(conn_id conn)
{
	if (C.of[conn] != NULL)
		carry(C.of[conn], conn, true, NULL);
}

/* The client notices at once, the node after a while; what is on its way may get through or not. */
static void
cut(struct client *c)
{
	sim_trace("%s is cut off", c->name);
	C.deaf[c->conn] = sim_once_in(2);
	carry(c, c->conn, false, NULL);
	c->conn = 0;
	c->ready = false;
}

void
clients_lose_all(void)
{
	C.life++;
	memset(C.of, 0, sizeof C.of);
	memset(C.deaf, 0, sizeof C.deaf);
	for (unsigned i = 0; i < C.count; i++) {
		C.clients[i].conn = 0;
		C.clients[i].ready = false;
	}
}

/* ---- writing ------------------------------------------------------------------------------ */

static void
send_unsent(struct client *c, const struct unsent *u)
{
	char frame[256];

	snprintf(frame, sizeof frame,
	    "{\"type\":\"message\",\"id\":\"%s\",\"to\":\"%s@localhost\",\"text\":\"%s\"}", u->id,
	    u->to, u->text);
	say(c, frame);
}

static void
write_one(struct client *c)
{
	struct unsent *u = &c->waiting[c->waiting_count++];
	unsigned to = (unsigned)sim_below(C.count);

	to = c == &C.clients[to] ? (to + 1) % C.count : to;
	snprintf(u->id, sizeof u->id, "c-%u", ++c->ids);
	snprintf(u->to, sizeof u->to, "%s", C.clients[to].name);
	snprintf(u->text, sizeof u->text, "%u", C.numbers++);
	judge_sent(c->name, u->id, u->text);
	send_unsent(c, u);
}

static void
acknowledged(struct client *c, const char *id)
{
	for (unsigned i = 0; i < c->waiting_count; i++) {
		if (strcmp(c->waiting[i].id, id) != 0)
			continue;
		memmove(&c->waiting[i], &c->waiting[i + 1],
		    (--c->waiting_count - i) * sizeof c->waiting[0]);
		C.acknowledged++;
		return;
	}
}

/* ---- frames ------------------------------------------------------------------------------- */

static const char *
text_of(const struct parley_json *frame, const char *name)
{
	return parley_json_string_or(parley_json_get(frame, name), "");
}

static void
take_ready(struct client *c, const struct parley_json *frame)
{
	bool resumed = parley_json_bool(parley_json_get(frame, "resumed"), false);

	snprintf(c->resume, sizeof c->resume, "%s", text_of(frame, "resume"));
	c->ready = true;
	C.resumed += resumed;
	if (!resumed) {
		c->count = 0;
		c->session = ++C.sessions;
	}
	c->told = c->count;
	sim_trace("%s is ready, resumed %d", c->name, resumed);
	for (unsigned i = 0; i < c->waiting_count; i++)
		send_unsent(c, &c->waiting[i]);
}

static void
take_message(struct client *c, const struct parley_json *frame)
{
	char from[16], stream[64];
	const char *address = text_of(frame, "from");

	snprintf(from, sizeof from, "%.*s", (int)strcspn(address, "@"), address);
	parley_chat_key(c->name, from, stream);
	C.seen++;
	judge_saw(c->session, stream, from, text_of(frame, "text"), text_of(frame, "mid"),
	    parley_json_int(parley_json_get(frame, "seq"), 0));
}

static void
take_counted(struct client *c, const char *type, const struct parley_json *frame)
{
	char ack[64];

	if (strcmp(type, "message") == 0) {
		take_message(c, frame);
	} else if (strcmp(type, "result") == 0) {
		judge_acknowledged(c->name, text_of(frame, "id"), text_of(frame, "mid"),
		    parley_json_int(parley_json_get(frame, "seq"), 0));
		acknowledged(c, text_of(frame, "id"));
	}
	if (++c->count - c->told < 8)
		return;
	c->told = c->count;
	snprintf(
	    ack, sizeof ack, "{\"type\":\"ack\",\"count\":%llu}", (unsigned long long)c->count);
	say(c, ack);
}

static void
take(struct client *c, const char *text)
{
	struct arena arena = { 0 };
	const struct parley_json *frame =
	    json_parse_copy(&arena, text, strlen(text), &json_limits_own, NULL);
	const char *type = text_of(frame, "type");

	sim_trace("%s hears %s", c->name, text);
	if (strcmp(type, "ready") == 0)
		take_ready(c, frame);
	else if (!parley_json_bool(parley_json_get(frame, "fatal"), false))
		take_counted(c, type, frame);
	arena_fini(&arena);
}

static void
arrive_at_client(const struct packet *p)
{
	struct client *c = p->client;

	if (c->conn != p->conn)
		return;
	if (p->frame != NULL) {
		take(c, p->frame);
	} else {
		c->conn = 0;
		c->ready = false;
	}
}

static void
arrive(void *arg)
{
	struct packet *p = arg;

	if (p->life == C.life && !C.stopped) {
		if (p->down)
			arrive_at_client(p);
		else if (p->frame == NULL)
			core_lose(p->conn);
		else if (!C.deaf[p->conn] && !core_is_closed(p->conn))
			core_receive(p->conn, p->frame);
	}
	free(p->frame);
	free(p);
}

/* ---- living ------------------------------------------------------------------------------- */

static void
connect_to_node(struct client *c)
{
	char frame[512];
	int len;

	c->conn = core_connect(false);
	C.of[c->conn] = c;
	len = snprintf(frame, sizeof frame,
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"%s\",\"password\":\"" PASSWORD
	    "\",\"device\":{\"id\":\"phone\"}",
	    c->name);
	if (c->resume[0] != '\0')
		len += snprintf(frame + len, sizeof frame - (size_t)len,
		    ",\"resume\":{\"id\":\"%s\",\"count\":%llu}", c->resume,
		    (unsigned long long)c->count);
	snprintf(frame + len, sizeof frame - (size_t)len, "}");
	say(c, frame);
}

static void
act(void *arg)
{
	struct client *c = arg;

	if (C.stopped)
		return;
	if (c->conn == 0 && node_is_up() && sim_once_in(4))
		connect_to_node(c);
	else if (c->conn != 0 && C.fail && sim_once_in(40))
		cut(c);
	else if (c->ready && C.write && c->waiting_count < WAITING_MAX)
		write_one(c);
	sim_after((int64_t)(1000 + sim_below(15000)), act, c);
}

void
clients_start(unsigned count)
{
	parley_assert(count <= CLIENTS_MAX);
	memset(&C, 0, sizeof C);
	C.count = count;
	for (unsigned i = 0; i < count; i++) {
		struct client *c = &C.clients[i];
		struct parley_account_new what = { .name = c->name, .password = PASSWORD };

		snprintf(c->name, sizeof c->name, "person%u", i);
		assert_true(account_create(&what, true, NULL) >= 0);
		act(c);
	}
}

void
clients_stop(void)
{
	C.stopped = true;
}

void
clients_write(bool on)
{
	C.write = on;
}

void
clients_fail(bool on)
{
	C.fail = on;
}

bool
clients_are_idle(void)
{
	for (unsigned i = 0; i < C.count; i++)
		if (C.clients[i].waiting_count > 0)
			return false;
	return true;
}

unsigned
clients_acknowledged(void)
{
	return C.acknowledged;
}

unsigned
clients_resumed(void)
{
	return C.resumed;
}

unsigned
clients_seen(void)
{
	return C.seen;
}
