/* SPDX-License-Identifier: MIT */
/* http_session.c - the browser's cookie: POST and DELETE /session. */
#include "core/http_session.h"

#include "auth/device.h"
#include "auth/ticket.h"
#include "base/xalloc.h"
#include "core/device_sessions.h"
#include "core/intake.h"
#include "core/metrics.h"
#include "json/json.h"

#include <openssl/crypto.h>
#include <string.h>

static void
answer(struct http_call *call, int status, const char *code)
{
	struct parley_writer w;

	call->status = status;
	if (code != NULL) {
		parley_writer_init(&w, &call->answer);
		parley_put_object(&w, NULL);
		parley_put_string(&w, "code", code);
		parley_put_end(&w);
	}
	link_http_answer(call);
}

/* {"ticket":"..."} for a cookie. */
static void
session_post(struct http_call *call)
{
	struct arena arena = { 0 };
	struct parley_error err = { 0 };
	char cookie[DEVICE_COOKIE_SIZE];
	const struct parley_json *root = NULL;
	const char *ticket;

	if (call->body != NULL)
		root =
		    json_parse_copy(&arena, call->body, call->body_len, &json_limits_guest, &err);
	ticket = parley_json_string_or(parley_json_get(root, "ticket"), "");
	if (root == NULL) {
		answer(call, 400, "bad-request");
	} else if (ticket_take(ticket, cookie) != 0) {
		answer(call, 403, "not-authorized");
	} else {
		call->set_cookie = xstrdup(cookie);
		answer(call, 204, NULL);
	}
	OPENSSL_cleanse(cookie, sizeof cookie);
	arena_fini(&arena);
}

/* Ends the login of the device that the cookie belongs to. On a fiber. */
static void
session_delete(void *arg)
{
	struct http_call *call = arg;
	char account[PARLEY_NAME_MAX + 1], token[DEVICE_TOKEN_SIZE], device[PARLEY_DEVICE_MAX + 1];
	struct parley_error err = { 0 };
	int64_t logins; /* none has to be good to be ended */

	if (call->facts->cookie != NULL &&
	    device_cookie_parse(call->facts->cookie, account, token) == 0 &&
	    device_check(account, token, call->facts->peer, device, &logins, &err) == 0)
		device_end(account, device, &err);
	OPENSSL_cleanse(token, sizeof token);
	if (err.code != PARLEY_OK && err.code != PARLEY_NOT_AUTHORIZED &&
	    err.code != PARLEY_NOT_FOUND) {
		answer(call, 503, parley_code_name(err.code));
		return;
	}
	call->set_cookie = xstrdup(""); /* also when it was void already */
	answer(call, 204, NULL);
}

void
http_session(struct http_call *call)
{
	if (strcmp(call->path, "/metrics") == 0) { /* comes only from a metrics listener */
		metrics_write(&call->answer);
		answer(call, 200, NULL);
	} else if (strcmp(call->path, "/session") != 0)
		answer(call, 404, "not-found");
	else if (strcmp(call->method, "POST") == 0)
		session_post(call);
	else if (strcmp(call->method, "DELETE") == 0)
		intake_run("session-delete", session_delete, call);
	else
		answer(call, 405, "not-implemented");
}

void
http_session_refuse(struct http_call *call)
{
	answer(call, 503, parley_code_name(PARLEY_BUSY));
}
