/* SPDX-License-Identifier: MIT */
/* request.c - questions and their answers: the table of methods. */
#include "core/request.h"

#include "auth/peer.h"
#include "base/table.h"
#include "base/xalloc.h"
#include "core/patience.h"
#include "core/router.h"
#include "json/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct method {
	const struct parley_method *row;
	const struct owner *owner;
	struct method *next; /* of all */
};

struct parley_request {
	struct stream *stream;
	const struct stanza *stanza;
	struct patience patience;
	const struct parley_json *params;
	char account[PARLEY_NAME_MAX + 1];
	struct parley_text text; /* the answer */
	struct parley_writer writer;
	bool answered; /* text has an open result */
	struct parley_error refused;
};

static struct {
	struct table by_name;
	struct method *all;
} M;

int
request_add_method(const struct parley_method *row, const struct owner *owner,
    const struct schema_set *schemas, struct parley_error *err)
{
	struct method *m;

	if (table_get(&M.by_name, row->name) != NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "module %s: the method \"%s\" exists already", owner->module, row->name);
	if (schema_find_method(schemas, row->name) == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "module %s: schemas/methods/%s.json is missing", owner->module, row->name);
	m = xcalloc(1, sizeof *m);
	m->row = row;
	m->owner = owner;
	m->next = M.all;
	M.all = m;
	table_put(&M.by_name, row->name, m);
	return 0;
}

void
request_remove_methods(const char *module)
{
	struct method **at = &M.all, *m;

	while ((m = *at) != NULL) {
		if (module != NULL && strcmp(m->owner->module, module) != 0) {
			at = &m->next;
			continue;
		}
		*at = m->next;
		table_remove(&M.by_name, m->row->name);
		free(m);
	}
}

void
request_stop(void)
{
	request_remove_methods(NULL);
	table_fini(&M.by_name);
}

/* ---- answering ---------------------------------------------------------------------------- */

struct parley_writer *
parley_answer(struct parley_request *r)
{
	if (!r->answered) {
		r->answered = true;
		parley_text_clear(&r->text);
		parley_writer_init(&r->writer, &r->text);
		parley_put_object(&r->writer, NULL);
		parley_put_string(&r->writer, "type", "result");
		parley_put_string(&r->writer, "id", r->stanza->id);
		parley_put_object(&r->writer, "result");
	}
	return &r->writer;
}

void
parley_refuse(
    struct parley_request *r, enum parley_code code, const char *where, const char *fmt, ...)
{
	va_list ap;

	r->refused = (struct parley_error){ .code = code };
	snprintf(r->refused.where, sizeof r->refused.where, "%s", where != NULL ? where : "");
	va_start(ap, fmt);
	vsnprintf(r->refused.text, sizeof r->refused.text, fmt, ap);
	va_end(ap);
}

void
parley_refuse_error(struct parley_request *r, const struct parley_error *err)
{
	r->refused = *err;
	if (err->code == PARLEY_OK)
		r->refused.code = PARLEY_INTERNAL;
}

/* Half a frame would break the client's stream, so it is never sent. */
static void
answer_check(struct parley_request *r)
{
	if (parley_answer(r)->depth == 2)
		return;
	parley_log_error("request", "the answer has objects or arrays open, not sending it");
	parley_refuse(r, PARLEY_INTERNAL, NULL, "this method does not work");
}

static void
request_finish(struct parley_request *r)
{
	struct parley_payload *p;

	if (r->refused.code == PARLEY_OK)
		answer_check(r);
	if (patience_end(&r->patience)) {
		parley_text_fini(&r->text);
		return;
	}
	if (r->refused.code != PARLEY_OK) {
		stream_refuse(r->stream, r->stanza->id, &r->refused, false);
	} else {
		parley_put_end(&r->writer); /* result */
		parley_put_end(&r->writer); /* the frame */
		p = parley_payload_new(&r->text);
		stream_send(r->stream, p);
		parley_payload_unref(&p);
	}
	parley_text_fini(&r->text);
}

/* ---- asking ------------------------------------------------------------------------------- */

/* True when the method may be called; else the request is refused. */
static bool
request_allowed(struct parley_request *r, const struct method *m, const char *name)
{
	if (m == NULL)
		parley_refuse(
		    r, PARLEY_NOT_IMPLEMENTED, "/method", "there is no method \"%.64s\"", name);
	else if ((r->stream->roles & m->row->roles) != 0)
		return true;
	else if (r->stream->roles == PARLEY_ROLE_GUEST)
		parley_refuse(r, PARLEY_NOT_AUTHORIZED, NULL, "log in first");
	else
		parley_refuse(r, PARLEY_NOT_ALLOWED, NULL, "%s is not for you", m->row->name);
	return false;
}

void
request_run(struct stream *stream, struct stanza *stanza)
{
	struct parley_request r = { .stream = stream, .stanza = stanza };
	const char *name = parley_json_string(parley_json_get(stanza->root, "method"));
	const struct method *m = table_get(&M.by_name, name);
	const struct parley_session *s = parley_session_find(stream->session);

	patience_begin(&r.patience, stream, stanza);
	r.params = parley_json_get(stanza->root, "params");
	if (s != NULL)
		memcpy(r.account, s->account, sizeof r.account);
	if (request_allowed(&r, m, name)) {
		struct owner before = owner_running();

		owner_enter(m->owner);
		m->row->handle(m->owner->self, &r);
		owner_enter(&before);
	}
	request_finish(&r);
}

const struct parley_json *
parley_request_params(const struct parley_request *r)
{
	return r->params;
}

const char *
parley_request_account(const struct parley_request *r)
{
	return r->account;
}

parley_session_id
parley_request_session(const struct parley_request *r)
{
	return r->stream->session;
}

unsigned
parley_request_roles(const struct parley_request *r)
{
	return r->stream->roles;
}

const char *
parley_request_peer(const struct parley_request *r)
{
	return r->stream->facts->peer;
}

void
parley_request_network(const struct parley_request *r, char out[PARLEY_NETWORK_SIZE])
{
	_Static_assert(PARLEY_NETWORK_SIZE == PEER_NETWORK_SIZE, "the same texts");
	peer_network(r->stream->facts->peer, out);
}
