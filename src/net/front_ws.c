/* SPDX-License-Identifier: MIT */
/* front_ws.c - a connection that speaks JSON frames as the text messages of a WebSocket. */
#include "net/http.h"

#include "base/xalloc.h"
#include "net/payload.h"
#include "net/websocket.h"

#include <parley/await.h>
#include <stdlib.h>
#include <string.h>

#define CONTROLS_MAX 10 /* ping and pong frames taken in a second */

/* All that an idle WebSocket costs beyond its connection. */
struct ws {
	struct ws_reader reader;
	uint32_t second;   /* in which controls were counted */
	uint16_t controls; /* ping and pong frames */
	uint16_t code;     /* to close with; 0: nothing was wrong */
};

/* The ping to answer: the newest of a round. */
struct ping {
	bool waits;
	size_t len;
	char bytes[WS_CONTROL_MAX];
};

static void
ws_open(struct conn *c)
{
	conn_set_state(c, xcalloc(1, sizeof(struct ws)));
	conn_login_deadline(c);
	conn_hello(c);
}

static void
ws_end(struct conn *c)
{
	struct ws *w = conn_state(c);

	ws_reader_fini(&w->reader);
	free(w);
}

/* ---- writing ---- */

static void
ws_send(struct conn *c, struct parley_payload *p)
{
	char head[WS_HEAD_MAX];

	conn_write_payload(c, head, ws_head(head, WS_TEXT, p->len), p, 0, p->len, NULL);
}

static void
ws_write_control(struct conn *c, enum ws_opcode opcode, const char *payload, size_t len)
{
	char frame[WS_HEAD_MAX + WS_CONTROL_MAX];
	size_t head = ws_head(frame, opcode, len);

	memcpy(frame + head, payload, len);
	conn_write(c, frame, head + len);
}

static void
ws_write_close(struct conn *c, unsigned code, const char *reason)
{
	char payload[WS_CONTROL_MAX];
	size_t len = code != WS_CLOSE_NONE ? ws_close_payload(payload, code, reason) : 0;

	ws_write_control(c, WS_CLOSE, payload, len);
	conn_close(c);
}

static void
ws_goodbye(struct conn *c)
{
	const struct ws *w = conn_state(c);

	ws_write_close(c, w->code != 0 ? w->code : WS_CLOSE_NORMAL, "");
}

static void
ws_expired(struct conn *c)
{
	conn_say_expired(c);
	ws_write_close(c, WS_CLOSE_POLICY, "");
}

/* ---- reading ---- */

/* Too large and binary messages are refused by the router, which says why in a frame that programs
 * understand; the close frame with the code follows in ws_goodbye. */
static void
ws_refuse(struct conn *c, struct ws *w, const struct ws_result *result)
{
	if (result->code != WS_CLOSE_SIZE) {
		ws_write_close(c, result->code, result->why);
		return;
	}
	w->code = WS_CLOSE_SIZE;
	conn_too_large(c);
}

static void
ws_refuse_binary(struct conn *c, struct ws *w)
{
	w->code = WS_CLOSE_TYPE;
	conn_refuse(c, PARLEY_BAD_REQUEST, "frames are text messages");
}

/* A control frame costs an answer and brings nothing, so there are only so many. */
static bool
ws_count_control(struct conn *c, struct ws *w)
{
	uint32_t now = (uint32_t)(parley_monotonic() / 1000);

	if (w->second != now) {
		w->second = now;
		w->controls = 0;
	}
	if (++w->controls <= CONTROLS_MAX)
		return true;
	ws_write_close(c, WS_CLOSE_POLICY, "too many control frames");
	return false;
}

static void
ws_got_ping(struct conn *c, struct ws *w, const struct ws_result *result, struct ping *ping)
{
	if (!ws_count_control(c, w))
		return;
	ping->waits = true;
	ping->len = result->len;
	memcpy(ping->bytes, result->bytes, result->len);
}

static void
ws_got(struct conn *c, struct ws *w, const struct ws_result *result, struct ping *ping)
{
	switch (result->event) {
	case WS_GOT_TEXT:
		conn_frame(c, result->bytes, result->len);
		break;
	case WS_GOT_BINARY:
		ws_refuse_binary(c, w);
		break;
	case WS_GOT_PING:
		ws_got_ping(c, w, result, ping);
		break;
	case WS_GOT_PONG:
		ws_count_control(c, w);
		break;
	case WS_GOT_CLOSE:
		ws_write_close(c, result->code, "");
		break;
	case WS_WRONG:
		ws_refuse(c, w, result);
		break;
	case WS_MORE:
	case WS_FRAGMENT:
		break;
	}
}

static ssize_t
ws_input(struct conn *c, char *bytes, size_t len, size_t seen)
{
	struct ws *w = conn_state(c);
	struct ping ping = { .waits = false };
	struct ws_result result;
	size_t at = 0;

	while (at < len && conn_may_read(c)) {
		size_t n = ws_read(&w->reader, bytes + at, len - at, conn_frame_max(c), &result);

		ws_got(c, w, &result, &ping);
		if (n == 0)
			break;
		at += n;
	}
	if (ping.waits)
		ws_write_control(c, WS_PONG, ping.bytes, ping.len);
	return (ssize_t)at;
}

const struct front front_ws = {
	.name = "ws",
	.open = ws_open,
	.input = ws_input,
	.send = ws_send,
	.expired = ws_expired,
	.goodbye = ws_goodbye,
	.end = ws_end,
};
