/* SPDX-License-Identifier: MIT */
/* front_http.c - a connection that speaks HTTP/1.1: one request after the other, each with its
 * deadlines. */
#include "net/http.h"

#include "base/xalloc.h"
#include "net/payload.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_SECONDS 10 /* for a head and its small body, absolute */
#define IDLE_SECONDS 60 /* between two requests */
#define ASK_SECONDS  30 /* for the router */
#define SEND_SECONDS 60 /* for the peer to take a piece */

static void
http_open(struct conn *c)
{
	const char *domain = conn_settings(c)->domain;
	struct http *h = xcalloc(1, sizeof *h);

	h->proxied = conn_is_proxy(c, conn_facts(c)->peer);
	h->https = conn_kind(c) == LISTEN_HTTPS;
	h->local = http_host_is_local((struct http_span){ domain, strlen(domain) });
	conn_set_state(c, h);
	conn_deadline(c, HEAD_SECONDS);
}

static void
http_end(struct conn *c)
{
	struct http *h = conn_state(c);

	http_call_free(&h->call);
	parley_payload_unref(&h->sending);
	free(h);
}

/* The router sends frames only to who has sent it some. */
static void
http_send(struct conn *c, struct parley_payload *p)
{
	conn_drop(c, "a frame for a connection that speaks HTTP");
}

/* ---- answering ---- */

static void
http_answered(struct conn *c, struct http_call *call)
{
	http_call_answer(c, call);
	http_call_free(&call);
}

void
http_ask(struct conn *c, struct http_call *call)
{
	struct http *h = conn_state(c);

	h->phase = HTTP_ASKING;
	conn_pause(c);
	conn_deadline(c, ASK_SECONDS);
	conn_call(c, call);
}

/* The answer is written. */
static void
http_finish(struct conn *c, struct http *h)
{
	parley_payload_unref(&h->sending);
	h->at = h->end = 0;
	if (!h->keep) {
		conn_close(c);
		return;
	}
	h->phase = HTTP_IDLE;
	conn_deadline(c, IDLE_SECONDS);
	conn_resume(c);
}

void
http_pump(struct conn *c)
{
	struct http *h = conn_state(c);
	size_t piece = h->end - h->at;

	if (piece > HTTP_PIECE)
		piece = HTTP_PIECE;
	if (piece > 0)
		conn_write_payload(c, NULL, 0, h->sending, h->at, piece, NULL);
	h->at += piece;
	if (h->at == h->end && (!h->keep || conn_pending(c) <= HTTP_PIECE)) {
		http_finish(c, h);
		return;
	}
	/* Requests that wait in the pipe are read when their answers have somewhere to go. */
	h->phase = HTTP_SENDING;
	conn_pause(c);
	conn_deadline(c, SEND_SECONDS);
	conn_want_drained(c);
}

static void
http_expired(struct conn *c)
{
	struct http *h = conn_state(c);

	h->keep = false;
	if (h->phase == HTTP_READING || h->phase == HTTP_TAKING)
		http_refuse(c, 408, "the request did not come in time", NULL);
	else if (h->phase == HTTP_ASKING)
		http_refuse(c, 503, "no answer in time; try again", "Retry-After: 5\r\n");
}

/* ---- asking ---- */

static ssize_t
http_take_body(struct conn *c, struct http *h, const char *bytes, size_t len)
{
	struct http_call *call = h->call;
	size_t want = call->body_len - h->at, n = len < want ? len : want;

	memcpy(call->body + h->at, bytes, n);
	h->at += n;
	if (h->at < call->body_len)
		return (ssize_t)n;
	h->at = 0;
	h->call = NULL;
	http_ask(c, call);
	return (ssize_t)n;
}

static void
http_take_request(struct conn *c, struct http *h, struct http_request *r)
{
	const char *why;
	int status;

	h->bare = r->head.method == METHOD_HEAD;
	/* A body that nobody asked for is not read, so what follows it cannot be either. */
	h->keep = r->head.keep_alive && r->head.length <= 0 && !r->head.chunked;
	status = http_who(c, r, &why);
	if (status == 0) {
		http_route(c, r);
		return;
	}
	h->keep = false;
	http_refuse(c, status, why, NULL);
}

static ssize_t
http_take_head(struct conn *c, struct http *h, char *bytes, size_t len, size_t seen)
{
	struct http_request r;
	int n;

	if (h->phase == HTTP_IDLE) {
		h->phase = HTTP_READING;
		conn_deadline(c, HEAD_SECONDS);
	}
	n = http_head_read(&r.head, bytes, len, seen);
	if (n > 0) {
		http_take_request(c, h, &r);
	} else if (n < 0) {
		h->keep = h->bare = false;
		http_refuse(c, -n, r.head.why, NULL);
	}
	return n;
}

static ssize_t
http_input(struct conn *c, char *bytes, size_t len, size_t seen)
{
	struct http *h = conn_state(c);
	size_t at = 0;

	while (at < len && conn_may_read(c) && h->phase != HTTP_SWITCHED) {
		ssize_t n = h->phase == HTTP_TAKING ? http_take_body(c, h, bytes + at, len - at)
						    : http_take_head(c, h, bytes + at, len - at,
							  seen > at ? seen - at : 0);

		if (n < 0)
			return -1;
		if (n == 0)
			break;
		at += (size_t)n;
	}
	if (h->phase == HTTP_SWITCHED)
		conn_switch(c, &front_ws);
	return (ssize_t)at;
}

const struct front front_http = {
	.name = "http",
	.open = http_open,
	.input = http_input,
	.send = http_send,
	.drained = http_pump,
	.expired = http_expired,
	.answered = http_answered,
	.end = http_end,
};
