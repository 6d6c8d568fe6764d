/* SPDX-License-Identifier: MIT */
/* router.c - where one stanza goes. A stanza comes from an I/O thread, parsed and checked against
 * its schema; here it is given to whoever deals with its type, on a fiber of its own. */
#include "core/router.h"

#include "base/table.h"
#include "base/xalloc.h"
#include "core/frames.h"
#include "core/hook.h"
#include "core/http_session.h"
#include "core/intake.h"
#include "core/message.h"
#include "core/rate.h"
#include "core/request.h"
#include "core/stream_login.h"
#include "net/link.h"
#include "store/health.h"

#include <parley/text.h>
#include <stdlib.h>

static struct {
	struct table streams; /* conn_id -> struct stream */
	bool quiet;
	struct router_rates rates; /* none before they are set */
	struct router_stats stats;
} R;

/* ---- streams ------------------------------------------------------------------------------ */

static struct stream *
stream_of(const struct stanza *s)
{
	struct stream *stream = table_get_number(&R.streams, s->conn);

	if (stream != NULL)
		return stream;
	stream = xcalloc(1, sizeof *stream);
	stream->conn = s->conn;
	stream->facts = conn_facts_ref(s->facts);
	stream->roles = s->facts->control ? PARLEY_ROLE_OPERATOR : PARLEY_ROLE_GUEST;
	table_put_number(&R.streams, s->conn, stream);
	R.stats.streams++;
	return stream;
}

static void
stream_release(struct stream *stream)
{
	if (stream->busy > 0 || !stream->closed)
		return;
	stream_login_drop(stream);
	conn_facts_unref(&stream->facts);
	free(stream);
}

void
stream_send(struct stream *stream, struct parley_payload *p)
{
	struct parley_session *s = parley_session_find(stream->session);

	if (s != NULL && !s->ended)
		session_send(s, p);
	else if (!stream->closed)
		link_send(stream->conn, p);
}

void
stream_refuse(struct stream *stream, const char *id, const struct parley_error *err, bool fatal)
{
	struct parley_payload *p = error_payload(id, err, fatal);

	/* Who was told of it can tell its id, which is in this line. */
	if (err->code == PARLEY_INTERNAL)
		parley_log_warn("request", "failed: %s", err->text);
	R.stats.refused++;
	if (fatal)
		stream_close(stream, p);
	else
		stream_send(stream, p);
	parley_payload_unref(&p);
}

/* The client has said close: what it had sent before is answered first. */
static void
stream_part(struct stream *stream)
{
	struct parley_session *session = parley_session_find(stream->session);

	if (stream->parting && stream->busy == 0 && session != NULL && session->stream == stream)
		session_end(session, NULL);
}

/* ---- one stanza, on its fiber ------------------------------------------------------------- */

static void
route_presence(struct stream *stream, struct stanza *s)
{
	struct parley_presence p = {
		.session = stream->session,
		.show = parley_json_string(parley_json_get(s->root, "show")),
		.status = parley_json_string(parley_json_get(s->root, "status")),
	};
	struct parley_session *session = parley_session_find(stream->session);
	struct parley_ticket ticket = { 0 };
	struct parley_error err = { 0 };

	if (session == NULL)
		return;
	if (p.status != NULL && !parley_utf8_is_line(p.status, PARLEY_STATUS_MAX)) {
		parley_fail(&err, PARLEY_BAD_REQUEST, "/status",
		    "must be at most 100 characters on one line, and not blank");
		stream_refuse(stream, s->id, &err, false);
		return;
	}
	session_use(session); /* two presences of one session keep their order */
	parley_lane_join(&session->lane, &ticket);
	if (parley_await_turn(&ticket) == 0 && !session->ended)
		hook_presence(&p);
	parley_lane_leave(&ticket);
	session_unuse(session);
}

void
stanza_end(struct stream *stream, struct stanza *s)
{
	stream->busy--;
	stream_part(stream);
	stream_release(stream);
	stanza_free(&s);
}

static void
stanza_run(void *arg)
{
	struct stanza *s = arg;
	struct stream *stream = s->stream;
	struct task_context *context = task_context();

	context->stanza = s->id;
	context->session = stream->session;
	switch (s->type) {
	case STANZA_AUTH:
		stream_login_begin(stream, &s);
		break;
	case STANZA_RESPONSE:
		stream_login_continue(stream, s);
		break;
	case STANZA_REQUEST:
		request_run(stream, s);
		break;
	case STANZA_MESSAGE:
		message_run(stream, s);
		return;
	default:
		route_presence(stream, s);
		break;
	}
	context->stanza = NULL;
	stanza_end(stream, s);
}

/* ---- one stanza, as it arrives ------------------------------------------------------------ */

void
router_set_rates(const struct router_rates *rates)
{
	R.rates = *rates;
}

/* 0, or -1 with err when the account sends too often. */
static int
check_rate(const struct parley_session *session, const struct stanza *s, struct parley_error *err)
{
	const struct router_rates *r = &R.rates;

	if (s->type == STANZA_MESSAGE)
		return rate_take(session->message_key, r->messages_burst, r->messages_minute, err);
	return rate_take(session->presence_key, r->presence_minute, r->presence_minute, err);
}

/* What can be answered at once needs no fiber. True when the stanza was dealt with. */
static bool
route_at_once(struct stream *stream, struct stanza *s)
{
	struct parley_session *session = parley_session_find(stream->session);
	struct parley_error err = { 0 };

	if (s->type == STANZA_REFUSED) {
		stream_refuse(stream, s->id, &s->error, s->fatal);
		return true;
	}
	if (R.quiet) {
		parley_fail(&err, PARLEY_BUSY, NULL, "this node is shutting down");
		err.retry_after = 5;
		stream_refuse(stream, s->id, &err, false);
		return true;
	}
	if (s->type == STANZA_AUTH || s->type == STANZA_RESPONSE || s->type == STANZA_REQUEST)
		return false;
	if (session == NULL) {
		parley_fail(&err, PARLEY_NOT_AUTHORIZED, NULL, "log in first");
		stream_refuse(stream, s->id, &err, false);
		return true;
	}
	if (s->type == STANZA_ACK) {
		int64_t count = parley_json_int(parley_json_get(s->root, "count"), 0);

		if (session_ack(session, (uint64_t)count, &err) != 0)
			stream_refuse(stream, NULL, &err, true);
		return true;
	}
	if (s->type == STANZA_CLOSE) {
		stream->parting = true;
		stream_part(stream);
		return true;
	}
	/* Every message needs the store. Those that wait for it already hold fibers and lanes. */
	if (s->type == STANZA_MESSAGE && health_check(&err) != 0) {
		stream_refuse(stream, s->id, &err, false);
		return true;
	}
	if (check_rate(session, s, &err) != 0) {
		stream_refuse(stream, s->id, &err, false);
		return true;
	}
	return false;
}

static void
router_stanza(struct stanza *s)
{
	struct stream *stream = stream_of(s);

	assert_router();
	R.stats.stanzas[s->type]++;
	if (stream->dismissed || stream->parting || route_at_once(stream, s)) {
		stanza_free(&s);
		return;
	}
	s->stream = stream;
	stream->busy++;
	intake_run("stanza", stanza_run, s);
}

static void
router_closed(conn_id conn)
{
	struct stream *stream = table_remove_number(&R.streams, conn);
	struct parley_session *session;

	assert_router();
	if (stream == NULL)
		return;
	R.stats.streams--;
	stream->closed = true;
	session = parley_session_find(stream->session);
	if (stream->parting)
		stream_part(stream);
	else if (session != NULL && session->stream == stream)
		session_detach(session);
	stream_release(stream);
}

/* ---- one HTTP request --------------------------------------------------------------------- */

static void
router_http(struct http_call *call)
{
	if (R.quiet)
		http_session_refuse(call);
	else
		http_session(call);
}

/* ---- start and stop ----------------------------------------------------------------------- */

void
router_start(void)
{
	static const struct link_handlers handlers = {
		.stanza = router_stanza,
		.closed = router_closed,
		.http = router_http,
	};

	R.quiet = false;
	link_set_handlers(&handlers);
}

void
router_quiesce(void)
{
	R.quiet = true;
}

void
router_stop(void)
{
	static const struct link_handlers none = { 0 };
	struct stream *stream;
	uint32_t at = 0;

	link_set_handlers(&none); /* what has come since the loop ended is let go */
	while ((stream = table_each(&R.streams, &at)) != NULL) { /* they ended with the net */
		stream->closed = true;
		stream_release(stream);
	}
	table_fini(&R.streams);
}

struct router_stats
router_stats(void)
{
	return R.stats;
}

void
router_count_delivered(unsigned copies)
{
	R.stats.delivered += copies;
}
