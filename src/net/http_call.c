/* SPDX-License-Identifier: MIT */
/* http_call.c - the requests that the router answers: a browser's login cookie, and metrics. */
#include "net/http.h"

#include "base/xalloc.h"
#include "net/payload.h"

#include <stdio.h>
#include <string.h>

#define COOKIE_SECONDS (400 * 24 * 3600) /* browsers keep none longer */

/* ---- asking ---- */

static struct http_call *
call_new(const char *method, const char *path)
{
	struct http_call *call = xcalloc(1, sizeof *call);

	snprintf(call->method, sizeof call->method, "%s", method);
	snprintf(call->path, sizeof call->path, "%s", path);
	return call;
}

/* True when a page of ours sends this, or no browser does. A browser says where a request comes
 * from; with neither word and a cookie it would be a browser that hides it. */
static bool
is_same_origin(struct conn *c, const struct http_request *r)
{
	struct http_span site, origin;
	size_t sites = http_head_find(&r->head, "sec-fetch-site", &site);
	size_t origins = http_head_find(&r->head, "origin", &origin);

	if (sites > 1 || origins > 1)
		return false;
	if (sites == 1 && !http_span_is(site, "same-origin"))
		return false;
	if (origins == 1)
		return http_origin_is_allowed(c, r, origin);
	return sites == 1 || conn_facts(c)->cookie == NULL;
}

/* The type without its parameters. */
static bool
is_json(const struct http_head *head)
{
	struct http_span type;
	const char *end;

	if (http_head_find(head, "content-type", &type) != 1)
		return false;
	end = memchr(type.s, ';', type.len);
	if (end != NULL)
		type.len = (size_t)(end - type.s);
	while (type.len > 0 && (type.s[type.len - 1] == ' ' || type.s[type.len - 1] == '\t'))
		type.len--;
	return http_span_is(type, "application/json");
}

/* Nothing is unpacked here: a few bytes could become very many. */
static bool
is_plain(const struct http_head *head)
{
	struct http_span coding;
	int found = http_head_find(head, "content-encoding", &coding);

	return found == 0 || (found == 1 && http_span_is(coding, "identity"));
}

static void
take_body(struct conn *c, const struct http_head *head)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct http *h = conn_state(c);
	struct http_call *call = call_new("POST", "/session");

	call->body_len = (size_t)head->length;
	call->body = xcalloc(1, call->body_len + 1);
	h->call = call;
	h->at = 0;
	h->phase = HTTP_TAKING;
	h->keep = head->keep_alive;
	if (head->expects)
		conn_write(c, go_on, sizeof go_on - 1);
}

void
http_session_post(struct conn *c, struct http_request *r)
{
	if (!is_same_origin(c, r))
		http_refuse(c, 403, "only this server's own pages may do this", NULL);
	else if (!is_json(&r->head))
		http_refuse(c, 415, "the body must be application/json", NULL);
	else if (!is_plain(&r->head))
		http_refuse(c, 415, "the body must not be compressed", NULL);
	else if (r->head.chunked || r->head.length <= 0)
		http_refuse(c, 411, "say how long the body is, with Content-Length", NULL);
	else if (r->head.length > HTTP_BODY_MAX)
		http_refuse(c, 413, "the body may have at most 16384 bytes", NULL);
	else
		take_body(c, &r->head);
}

void
http_session_delete(struct conn *c, struct http_request *r)
{
	if (!is_same_origin(c, r))
		http_refuse(c, 403, "only this server's own pages may do this", NULL);
	else
		http_ask(c, call_new("DELETE", "/session"));
}

void
http_metrics(struct conn *c, struct http_request *r)
{
	http_ask(c, call_new("GET", "/metrics"));
}

/* ---- answering ---- */

/* Chromium and Firefox take a Secure cookie from a loopback address without encryption. */
static void
put_cookie(struct conn *c, struct parley_text *out, const char *value)
{
	parley_text_printf(out,
	    "Set-Cookie: %s=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%d\r\n",
	    http_cookie_name(c), value, *value != '\0' ? COOKIE_SECONDS : 0);
}

static void
put_length(struct parley_text *out, int status, size_t len)
{
	/* RFC 9110 section 8.6. */
	if (status != 204)
		parley_text_printf(out, "Content-Length: %zu\r\n", len);
}

void
http_call_answer(struct conn *c, struct http_call *call)
{
	bool metrics = conn_kind(c) == LISTEN_METRICS;
	struct parley_text out = { 0 };
	struct parley_payload *body;

	if (call->status >= 400 && call->answer.len == 0) {
		http_refuse(c, call->status, "this was refused", NULL);
		return;
	}
	body = parley_payload_new(&call->answer);
	http_reply_start(c, &out, call->status);
	http_reply_field(&out, "Cache-Control", "no-store");
	if (body->len > 0)
		http_reply_field(&out, "Content-Type",
		    metrics ? "text/plain; version=0.0.4" : "application/json");
	put_length(&out, call->status, body->len);
	if (call->set_cookie != NULL)
		put_cookie(c, &out, call->set_cookie);
	http_reply_send(c, &out, body, 0, body->len);
	parley_payload_unref(&body);
}
