/* SPDX-License-Identifier: MIT */
/* stream_login.c - logging a stream in: auth and response frames, ready, and resuming. */
#include "core/stream_login.h"

#include "auth/account_internal.h"
#include "auth/login.h"
#include "core/device_sessions.h"
#include "core/hook.h"
#include "core/router.h"
#include "net/link.h"

#include <parley/module.h>
#include <stdlib.h>

static unsigned tries_max = 3;

void
stream_login_set_tries(unsigned tries)
{
	tries_max = tries;
}

static struct login_channel
channel_of(const struct stream *stream, const struct stanza *stanza)
{
	static const struct bindings none;
	const struct bindings *b = stanza->bindings != NULL ? stanza->bindings : &none;
	const struct conn_facts *f = stream->facts;

	return (struct login_channel){
		.domain = parley_domain(),
		.peer = f->peer,
		.cookie = f->cookie,
		.bindings = { .exporter = b->exporter,
		    .exporter_len = b->exporter_len,
		    .endpoint = b->endpoint,
		    .endpoint_len = b->endpoint_len,
		    .plus_offered = f->bindable },
		.secure = f->secure,
		.browser = f->browser,
	};
}

static void
send_challenge(struct stream *stream, const struct parley_text *data)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "challenge");
	parley_put_string(&w, "data", data->s);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	link_send(stream->conn, p);
	parley_payload_unref(&p);
}

/* ready is not counted: it goes to the connection, past the session. */
static void
send_ready(const struct parley_session *s, const struct login_result *result, bool resumed)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "ready");
	parley_put_string(&w, "address", s->address);
	account_write_own(&w, "account", &result->account);
	parley_put_string(&w, "device", s->device);
	if (result->token[0] != '\0')
		parley_put_string(&w, "token", result->token);
	if (result->ticket[0] != '\0')
		parley_put_string(&w, "ticket", result->ticket);
	parley_put_string(&w, "resume", s->resume);
	parley_put_bool(&w, "resumed", resumed);
	if (result->data.len > 0)
		parley_put_string(&w, "data", result->data.s);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	link_send(s->stream->conn, p);
	parley_payload_unref(&p);
}

static struct parley_session *
try_resume(
    struct stream *stream, const struct login_result *result, const struct parley_json *frame)
{
	const struct parley_json *resume = parley_json_get(frame, "resume");

	if (resume == NULL)
		return NULL;
	return session_resume(stream, result->account.name, result->device,
	    parley_json_string_or(parley_json_get(resume, "id"), ""),
	    (uint64_t)parley_json_int(parley_json_get(resume, "count"), 0));
}

/* Logged in: the stream gets its session, the client its ready, and then what it missed. frame is
 * the auth frame. */
static void
bind(struct stream *stream, const struct login_result *result, const struct parley_json *frame)
{
	unsigned roles = account_roles(&result->account);
	struct parley_session *s;
	parley_session_id id;
	bool resumed;

	if (stream->closed || stream->dismissed)
		return;
	s = try_resume(stream, result, frame);
	resumed = s != NULL;
	if (s == NULL)
		s = session_bind(stream, result->account.name, result->device, roles);
	s->roles = stream->roles = roles; /* they may have changed since the session began */
	id = s->id;
	send_ready(s, result, resumed);
	if (resumed)
		session_replay(s);
	hook_session(HOOK_SESSION_BOUND, id, frame, resumed);
}

static void
login_failed(struct stream *stream, const struct stanza *stanza, const struct login_result *result)
{
	if (result->failure)
		stream->failures++;
	stream_refuse(stream, stanza->id, &result->err, stream->failures >= tries_max);
}

/* auth is the frame that began the login. */
static void
login_step(struct stream *stream, const struct stanza *stanza, const struct stanza *auth,
    enum login_outcome outcome, struct login_result *result)
{
	stream->logging_in = false;
	if (outcome == LOGIN_CHALLENGE)
		send_challenge(stream, &result->data);
	else if (outcome == LOGIN_OK)
		bind(stream, result, auth->root);
	else
		login_failed(stream, stanza, result);
	login_result_fini(result);
}

/* One step at a time, and none after the login. */
static bool
login_may(struct stream *stream, const struct stanza *stanza)
{
	struct parley_error err = { 0 };

	if (stream->session != 0)
		parley_fail(&err, PARLEY_CONFLICT, NULL, "you are logged in already");
	else if (stream->facts->control)
		parley_fail(&err, PARLEY_NOT_ALLOWED, NULL, "the control socket needs no login");
	else if (stream->logging_in)
		parley_fail(&err, PARLEY_CONFLICT, NULL, "wait for the answer to the step before");
	else
		return true;
	stream_refuse(stream, stanza->id, &err, false);
	return false;
}

void
stream_login_begin(struct stream *stream, struct stanza **stanza)
{
	struct login_channel channel = channel_of(stream, *stanza);
	struct login_result result = { 0 };
	enum login_outcome outcome;

	if (!login_may(stream, *stanza))
		return;
	stream->logging_in = true;
	outcome = login_begin(&stream->login, &channel, (*stanza)->root, &result);
	login_step(stream, *stanza, *stanza, outcome, &result);
	if (outcome == LOGIN_CHALLENGE) {
		stanza_free(&stream->auth);
		stream->auth = *stanza; /* it says what to do after the login */
		*stanza = NULL;
	}
}

void
stream_login_continue(struct stream *stream, struct stanza *stanza)
{
	struct login_channel channel = channel_of(stream, stanza);
	struct login_result result = { 0 };
	enum login_outcome outcome;
	struct stanza *auth;

	if (!login_may(stream, stanza))
		return;
	stream->logging_in = true;
	auth = stream->auth;
	stream->auth = NULL;
	outcome = login_response(&stream->login, &channel, stanza->root, &result);
	login_step(stream, stanza, auth, outcome, &result);
	stanza_free(&auth);
}

void
stream_login_drop(struct stream *stream)
{
	login_free(&stream->login);
	stanza_free(&stream->auth);
}
