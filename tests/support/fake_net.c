/* SPDX-License-Identifier: MIT */
/* fake_net.c - connections that are numbers. */
#include "support/test.h"

#include "support/core.h"

#include "base/xalloc.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNS_MAX  1024
#define FRAMES_MAX 64

struct fake_conn {
	struct conn_facts *facts;
	char *frames[FRAMES_MAX]; /* the last of them; ring by sent */
	unsigned sent;
	bool live, closed;
	int status; /* of the last answer over HTTP */
};

static struct {
	struct fake_conn conns[CONNS_MAX];
	conn_id used;
	struct link_handlers handlers;
} F;

/* ---- in place of the net ------------------------------------------------------------------ */

static struct fake_conn *
fake(conn_id conn)
{
	parley_assert(conn > 0 && conn <= F.used);
	return &F.conns[conn - 1];
}

static void
keep(struct fake_conn *c, const struct parley_payload *p)
{
	char **at = &c->frames[c->sent++ % FRAMES_MAX];

	free(*at);
	*at = xstrdup(p->json);
}

void
link_set_handlers(const struct link_handlers *handlers)
{
	F.handlers = *handlers;
}

void
link_send(conn_id conn, struct parley_payload *p)
{
	if (!fake(conn)->closed)
		keep(fake(conn), p);
}

void
link_close(conn_id conn, struct parley_payload *last)
{
	if (last != NULL)
		link_send(conn, last);
	fake(conn)->closed = true;
}

void
link_live(conn_id conn)
{
	fake(conn)->live = true;
}

void
link_http_answer(struct http_call *call)
{
	fake(call->conn)->status = call->status;
	http_call_free(&call);
}

void
http_call_free(struct http_call **call)
{
	conn_facts_unref(&(*call)->facts);
	parley_text_fini(&(*call)->answer);
	free((*call)->body);
	free((*call)->set_cookie);
	free(*call);
	*call = NULL;
}

void
link_flush(void)
{
}

void
stanza_free(struct stanza **s)
{
	if (*s == NULL)
		return;
	arena_fini(&(*s)->arena);
	conn_facts_unref(&(*s)->facts);
	free(*s);
	*s = NULL;
}

void
stanza_pardon(struct stanza *s)
{
	s->pardoned = true;
}

/* ---- for tests ---------------------------------------------------------------------------- */

conn_id
core_connect(bool control)
{
	struct fake_conn *c;

	parley_assert(F.used < CONNS_MAX);
	c = &F.conns[F.used++];
	c->facts = conn_facts_new(control ? "unix" : "192.0.2.1");
	c->facts->control = control;
	c->facts->secure = true;
	return F.used;
}

static enum stanza_type
type_of(const struct parley_json *root)
{
	static const char *const names[STANZA_TYPES] = {
		[STANZA_AUTH] = "auth",
		[STANZA_RESPONSE] = "response",
		[STANZA_MESSAGE] = "message",
		[STANZA_REQUEST] = "request",
		[STANZA_PRESENCE] = "presence",
		[STANZA_ACK] = "ack",
		[STANZA_CLOSE] = "close",
		[STANZA_REFUSED] = "",
	};
	const char *type = parley_json_string_or(parley_json_get(root, "type"), "");

	for (int i = 0; i < STANZA_TYPES; i++)
		if (strcmp(names[i], type) == 0)
			return (enum stanza_type)i;
	fail_msg("no type of frame: \"%s\"", type);
	return STANZA_TYPES;
}

static struct stanza *
stanza_make(conn_id conn)
{
	struct stanza *s = xcalloc(1, sizeof *s);

	s->conn = conn;
	s->facts = conn_facts_ref(fake(conn)->facts);
	s->type = STANZA_REFUSED;
	return s;
}

void
core_receive(conn_id conn, const char *frame)
{
	struct stanza *s = stanza_make(conn);
	struct parley_error err = { 0 };

	s->root = json_parse_copy(&s->arena, frame, strlen(frame), &json_limits_own, &err);
	if (s->root == NULL)
		fail_msg("%s: %s", frame, err.text);
	s->type = type_of(s->root);
	s->id = parley_json_string(parley_json_get(s->root, "id"));
	F.handlers.stanza(s);
}

void
core_receive_refused(conn_id conn, const struct parley_error *err, bool fatal)
{
	struct stanza *s = stanza_make(conn);

	s->error = *err;
	s->fatal = fatal;
	F.handlers.stanza(s);
}

int
core_ask(conn_id conn, const char *method, const char *path)
{
	struct http_call *call = xcalloc(1, sizeof *call);

	fake(conn)->status = 0;
	call->conn = conn;
	call->facts = conn_facts_ref(fake(conn)->facts);
	snprintf(call->method, sizeof call->method, "%s", method);
	snprintf(call->path, sizeof call->path, "%s", path);
	F.handlers.http(call);
	return fake(conn)->status;
}

void
core_lose(conn_id conn)
{
	fake(conn)->closed = true;
	F.handlers.closed(conn);
}

struct conn_facts *
core_facts(conn_id conn)
{
	return fake(conn)->facts;
}

unsigned
core_sent(conn_id conn)
{
	return fake(conn)->sent;
}

const char *
core_frame(conn_id conn, unsigned n)
{
	const struct fake_conn *c = fake(conn);

	return n < c->sent && n + FRAMES_MAX >= c->sent ? c->frames[n % FRAMES_MAX] : "";
}

const char *
core_last(conn_id conn)
{
	return core_frame(conn, core_sent(conn) - 1);
}

bool
core_is_live(conn_id conn)
{
	return fake(conn)->live;
}

bool
core_is_closed(conn_id conn)
{
	return fake(conn)->closed;
}

void
core_lose_all(void)
{
	for (conn_id conn = 1; conn <= F.used; conn++)
		core_lose(conn);
}

void
core_forget_all(void)
{
	assert_null(F.handlers.stanza); /* what comes later is nobody's */
	for (conn_id conn = 1; conn <= F.used; conn++) {
		conn_facts_unref(&fake(conn)->facts);
		for (int i = 0; i < FRAMES_MAX; i++)
			free(fake(conn)->frames[i]);
	}
	memset(&F, 0, sizeof F);
}
