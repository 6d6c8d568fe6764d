/* SPDX-License-Identifier: MIT */
/* stanza.c - from the bytes of a frame to a stanza: parsed, checked against its schema, posted. */
#include "net/stanza.h"

#include "base/xalloc.h"
#include "net/conn_private.h"
#include "net/tls.h"
#include "json/json.h"
#include "json/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_MOST         64
#define REFUSED_SECONDS 30 /* for the router to answer a fatal refusal */

/* ---- the window ---- */

/* Counts a stanza that leaves for the router. When the window is full, says so first and then looks
 * again, while stanza_free gives back first and then looks: one of the two sees the other, so a
 * connection is never left waiting with nothing under way. */
static void
window_take(struct conn *c)
{
	struct conn_facts *f = c->facts;
	unsigned window = c->io->settings->window;

	if (atomic_fetch_add(&f->under_way, 1) + 1 < window)
		return;
	atomic_store(&f->stalled, window / 2 + 1);
	if (atomic_load(&f->under_way) >= window)
		conn_block(c, BLOCK_WINDOW);
	else
		atomic_store(&f->stalled, 0);
}

static void
window_give(struct conn_facts *f, conn_id conn)
{
	unsigned left = atomic_fetch_sub(&f->under_way, 1) - 1;
	unsigned most = atomic_load(&f->stalled);

	if (most != 0 && left < most && atomic_compare_exchange_strong(&f->stalled, &most, 0))
		link_window_open(conn);
}

/* ---- life ---- */

static struct stanza *
stanza_new(struct conn *c)
{
	struct stanza *s = xcalloc(1, sizeof *s);

	s->conn = conn_get_id(c);
	s->secret = !c->live;
	s->facts = conn_facts_ref(c->facts);
	s->type = STANZA_REFUSED;
	return s;
}

static void
stanza_forget(struct stanza *s)
{
	if (s->secret)
		arena_wipe(&s->arena);
	else
		arena_fini(&s->arena);
	conn_facts_unref(&s->facts);
	free(s);
}

static void
stanza_post(struct conn *c, struct stanza *s)
{
	c->known = true;
	if (s->fatal) {
		conn_block(c, BLOCK_END);
		conn_deadline(c, REFUSED_SECONDS);
	}
	window_take(c);
	link_post_stanza(c->io, s);
}

void
stanza_free(struct stanza **s)
{
	struct stanza *gone = *s;

	*s = NULL;
	if (gone == NULL)
		return;
	stanza_pardon(gone);
	stanza_forget(gone);
}

void
stanza_pardon(struct stanza *s)
{
	if (!s->pardoned)
		window_give(s->facts, s->conn);
	s->pardoned = true;
}

/* ---- reading ---- */

static bool
id_is_valid(const char *id)
{
	size_t len = 0;

	while ((id[len] >= 'a' && id[len] <= 'z') || (id[len] >= 'A' && id[len] <= 'Z') ||
	       (id[len] >= '0' && id[len] <= '9') ||
	       (id[len] != '\0' && strchr("._:-", id[len]) != NULL))
		len++;
	return len > 0 && len <= ID_MOST && id[len] == '\0';
}

/* The id goes into the answer even when the frame is refused, as long as it is one. */
static const char *
frame_id(const struct parley_json *root)
{
	const char *id = parley_json_string(parley_json_get(root, "id"));

	return id != NULL && id_is_valid(id) ? id : NULL;
}

static int
request_check(const struct conn *c, const struct parley_json *root, struct parley_error *err)
{
	static const struct parley_json none = { .type = PARLEY_JSON_OBJECT, .span = 1 };
	const char *name = parley_json_string(parley_json_get(root, "method"));
	const struct parley_json *params = parley_json_get(root, "params");
	const struct schema_method *method = schema_find_method(c->io->settings->schemas, name);

	/* The router says not-implemented: a method may belong to a module without schemas. */
	if (method == NULL || method->params == NULL)
		return 0;
	return schema_check(method->params, params != NULL ? params : &none, "/params", err);
}

static int
frame_check(const struct conn *c, const struct parley_json *root, enum frame_kind *kind_r,
    struct parley_error *err)
{
	const char *type = parley_json_string(parley_json_get(root, "type"));
	enum frame_kind kind;

	if (type == NULL)
		return parley_fail(err, PARLEY_BAD_REQUEST, "/type", "is required, as a string");
	kind = settings_frame_kind(type);
	if (kind == FRAME_KINDS)
		return parley_fail(err, PARLEY_NOT_IMPLEMENTED, "/type", "no such type of frame");
	if (schema_check(c->io->settings->frames[kind], root, "", err) != 0)
		return -1;
	if (kind == FRAME_REQUEST && request_check(c, root, err) != 0)
		return -1;
	*kind_r = kind;
	return 0;
}

/* Parses and checks the text into s. Returns its kind, or FRAME_KINDS when it is refused. */
static enum frame_kind
stanza_read(struct conn *c, struct stanza *s, const char *text, size_t len)
{
	const struct json_limits *limits = c->live ? &json_limits_user : &json_limits_guest;
	char *copy = arena_copy(&s->arena, text, len);
	enum frame_kind kind = FRAME_KINDS;

	s->root = json_parse(&s->arena, copy, len, limits, &s->error);
	if (s->root != NULL && s->root->type != PARLEY_JSON_OBJECT) {
		s->root = NULL;
		parley_fail(&s->error, PARLEY_BAD_REQUEST, NULL, "a frame is a JSON object");
	}
	if (s->root == NULL) {
		s->fatal = true;
		return FRAME_KINDS;
	}
	s->id = frame_id(s->root);
	if (parley_json_get(parley_json_get(s->root, "params"), "password") != NULL)
		s->secret = c->wipe = true;
	if (frame_check(c, s->root, &kind, &s->error) != 0)
		return FRAME_KINDS;
	return kind;
}

/* Only for who asks for it: it would be a fortieth of every login's cost. */
static void
stanza_bind(const struct conn *c, struct stanza *s)
{
	const char *mechanism = parley_json_string_or(parley_json_get(s->root, "mechanism"), "");
	size_t len = strlen(mechanism);
	struct bindings *b;

	if (!c->facts->bindable || len < 5 || strcmp(mechanism + len - 5, "-PLUS") != 0)
		return;
	b = arena_zero(&s->arena, sizeof *b);
	b->exporter_len = (uint8_t)tls_exporter(c->transport.ssl, b->exporter);
	b->endpoint_len = (uint8_t)tls_endpoint(c->transport.ssl, b->endpoint);
	s->bindings = b;
}

/* ---- what the I/O thread says by itself ---- */

/* Ends the object that w has open, and sends it. */
static void
say(struct conn *c, struct parley_writer *w, struct parley_text *text)
{
	struct parley_payload *p;

	parley_put_end(w);
	p = parley_payload_new(text);
	conn_deliver(c, p);
	parley_payload_unref(&p);
}

static void
pong(struct conn *c, const char *id)
{
	struct parley_text text = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "pong");
	parley_put_string(&w, "id", id);
	say(c, &w, &text);
}

void
conn_say(struct conn *c, enum parley_code code, const char *what)
{
	struct parley_text text = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "error");
	parley_put_string(&w, "code", parley_code_name(code));
	parley_put_string(&w, "text", what);
	parley_put_bool(&w, "fatal", true);
	say(c, &w, &text);
}

void
conn_hello(struct conn *c)
{
	const struct net_settings *s = c->io->settings;
	const char *more = s->hello[c->facts->browser][c->facts->bindable];
	struct parley_text text = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "hello");
	parley_put_string(&w, "domain", s->domain);
	parley_put_int(&w, "protocol", 1);
	parley_put_string(&w, "stream", c->facts->stream);
	if (*more != '\0') {
		parley_text_putc(&text, ',');
		parley_text_puts(&text, more);
	}
	say(c, &w, &text);
}

/* ---- for the front ends ---- */

void
conn_frame(struct conn *c, const char *text, size_t len)
{
	struct stanza *s;
	enum frame_kind kind;

	if (len > conn_frame_max(c)) {
		conn_too_large(c);
		return;
	}
	stat_add(&c->io->stats.frames_in, 1);
	s = stanza_new(c);
	kind = stanza_read(c, s, text, len);
	if (kind == FRAME_PING) {
		pong(c, s->id);
		stanza_forget(s);
		return;
	}
	if (kind == FRAME_AUTH)
		stanza_bind(c, s);
	if (kind != FRAME_KINDS)
		s->type = (enum stanza_type)kind;
	stanza_post(c, s);
}

void
conn_refuse(struct conn *c, enum parley_code code, const char *text)
{
	struct stanza *s = stanza_new(c);

	stat_add(&c->io->stats.frames_in, 1);
	parley_fail(&s->error, code, NULL, "%s", text);
	s->fatal = true;
	stanza_post(c, s);
}

void
conn_too_large(struct conn *c)
{
	char text[80];

	snprintf(text, sizeof text, "a frame may have at most %zu bytes here", conn_frame_max(c));
	conn_refuse(c, PARLEY_TOO_LARGE, text);
}

void
conn_say_expired(struct conn *c)
{
	const struct net_settings *s = c->io->settings;
	char text[80];

	if (c->live)
		snprintf(
		    text, sizeof text, "nothing heard for %d seconds; send ping", s->idle_seconds);
	else
		snprintf(text, sizeof text, "not logged in within %d seconds", s->login_seconds);
	conn_say(c, PARLEY_LIMIT, text);
}

void
conn_call(struct conn *c, struct http_call *call)
{
	c->known = true;
	call->conn = conn_get_id(c);
	call->facts = conn_facts_ref(c->facts);
	link_post_call(c->io, call);
}
