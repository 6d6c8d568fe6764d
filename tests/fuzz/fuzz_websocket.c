/* SPDX-License-Identifier: MIT */
/* fuzz_websocket.c - any bytes from a WebSocket's client: the same is read wherever they are cut,
 * and wslay, when it is there, reads the same in them. */
#ifdef HAVE_CONFIG_H
#include "build_config.h"
#endif

#include "net/websocket.h"

#include <parley/error.h>
#include <parley/text.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_WSLAY
#include <wslay/wslay.h>
#endif

#define MOST 4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read: opcode, length and bytes of one message after the other; of a close its code. */
struct reading {
	struct parley_text events;
	bool wrong, closed;
	bool partial; /* the rest of a message is awaited */
	bool newer;   /* a code of which wslay has not heard: 1012 to 1014 */
};

static void
note(struct parley_text *events, unsigned opcode, unsigned code, const void *bytes, size_t len)
{
	parley_text_printf(events, "%u %u %zu ", opcode, code, len);
	parley_text_add(events, bytes, len);
	parley_text_putc(events, '\n');
}

static void
note_result(struct reading *out, const struct ws_result *r)
{
	switch (r->event) {
	case WS_GOT_TEXT:
		parley_assert(parley_utf8_valid(r->bytes, r->len));
		note(&out->events, WS_TEXT, 0, r->bytes, r->len);
		break;
	case WS_GOT_BINARY:
		note(&out->events, WS_BINARY, 0, r->bytes, r->len);
		break;
	case WS_GOT_PING:
	case WS_GOT_PONG:
		parley_assert(r->len <= WS_CONTROL_MAX);
		note(
		    &out->events, r->event == WS_GOT_PING ? WS_PING : WS_PONG, 0, r->bytes, r->len);
		break;
	case WS_GOT_CLOSE:
		note(&out->events, WS_CLOSE, r->code, "", 0);
		out->closed = true;
		out->newer = r->code >= 1012 && r->code <= 1014;
		break;
	case WS_WRONG:
		parley_assert(r->why != NULL && r->code >= 1002 && r->code <= 1009);
		out->wrong = true;
		break;
	case WS_MORE:
	case WS_FRAGMENT:
		break;
	}
	parley_assert(r->len <= MOST);
}

/* Reads from at as far as limit; returns how far. */
static size_t
read_until(
    struct reading *out, struct ws_reader *reader, const uint8_t *data, size_t at, size_t limit)
{
	while (!out->wrong && !out->closed && at < limit) {
		size_t len = limit - at, n;
		char *copy = malloc(len);
		struct ws_result r;

		parley_assert(copy != NULL);
		memcpy(copy, data + at, len);
		n = ws_read(reader, copy, len, MOST, &r);
		parley_assert(n <= len && (n > 0 || r.event == WS_MORE || r.event == WS_WRONG));
		note_result(out, &r);
		free(copy);
		if (n == 0)
			break;
		at += n;
	}
	return at;
}

static void
read_in_two(struct reading *out, const uint8_t *data, size_t size, size_t cut)
{
	struct ws_reader reader = { 0 };
	struct ws_result r;
	size_t at = read_until(out, &reader, data, 0, cut);

	at = read_until(out, &reader, data, at, size);
	ws_read(&reader, NULL, 0, MOST, &r); /* what was handed out is let go */
	out->partial = reader.partial != NULL || at < size;
	ws_reader_fini(&reader);
}

static bool
texts_match(const struct parley_text *a, const struct parley_text *b, size_t len)
{
	return len == 0 || memcmp(a->s, b->s, len) == 0;
}

/* ---- what another reads ---- */

#ifdef HAVE_WSLAY

struct other {
	const uint8_t *data;
	size_t left;
	struct parley_text events;
};

static ssize_t
on_recv(wslay_event_context_ptr ctx, uint8_t *buf, size_t len, int flags, void *arg)
{
	struct other *o = arg;

	if (o->left == 0) {
		wslay_event_set_error(ctx, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	if (len > o->left)
		len = o->left;
	memcpy(buf, o->data, len);
	o->data += len;
	o->left -= len;
	return (ssize_t)len;
}

static void
on_message(wslay_event_context_ptr ctx, const struct wslay_event_on_msg_recv_arg *arg, void *user)
{
	struct other *o = user;

	if (arg->opcode == WS_CLOSE)
		note(&o->events, WS_CLOSE, arg->status_code != 0 ? arg->status_code : WS_CLOSE_NONE,
		    "", 0);
	else
		note(&o->events, arg->opcode, 0, arg->msg, arg->msg_length);
}

/* Unless we refuse it, or wait for the rest of a message (the other looks into texts before they
 * are whole), both must have read the same; else one may only have stopped sooner. */
static void
compare(const struct reading *ours, const uint8_t *data, size_t size)
{
	static const struct wslay_event_callbacks callbacks = { .recv_callback = on_recv,
		.on_msg_recv_callback = on_message };
	struct other o = { .data = data, .left = size };
	wslay_event_context_ptr ctx;
	bool refused;
	size_t least;

	parley_assert(wslay_event_context_server_init(&ctx, &callbacks, &o) == 0);
	wslay_event_config_set_max_recv_msg_length(ctx, MOST);
	refused = wslay_event_recv(ctx) != 0 || !wslay_event_get_read_enabled(ctx);
	least = o.events.len < ours->events.len ? o.events.len : ours->events.len;
	if (!ours->wrong && !ours->partial && !ours->newer)
		parley_assert(o.events.len == ours->events.len && (ours->closed || !refused));
	parley_assert(texts_match(&o.events, &ours->events, least));
	wslay_event_context_free(ctx);
	parley_text_fini(&o.events);
}

#else

static void
compare(const struct reading *ours, const uint8_t *data, size_t size)
{
}

#endif

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading whole = { .wrong = false }, parts = { .wrong = false };

	read_in_two(&whole, data, size, size);
	read_in_two(&parts, data, size, size > 0 ? data[size - 1] % size : 0);
	parley_assert(whole.wrong == parts.wrong && whole.partial == parts.partial);
	parley_assert(whole.events.len == parts.events.len &&
		      texts_match(&whole.events, &parts.events, whole.events.len));
	compare(&whole, data, size);
	parley_text_fini(&whole.events);
	parley_text_fini(&parts.events);
	return 0;
}
