/* SPDX-License-Identifier: MIT */
/* websocket.h - the frames of a WebSocket (RFC 6455) as a server reads and writes them: strict,
 * bounded, without extensions. It owns no socket; whoever does feeds it. One thread at a time. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WS_FRAGMENTS_MAX 64 /* of one message */
#define WS_HEAD_MAX      10 /* bytes before the payload of a frame that a server sends */
#define WS_CONTROL_MAX   125

/* RFC 6455 section 7.4.1. */
enum {
	WS_CLOSE_NORMAL = 1000,
	WS_CLOSE_GOING = 1001,
	WS_CLOSE_PROTOCOL = 1002,
	WS_CLOSE_TYPE = 1003,
	WS_CLOSE_NONE = 1005, /* never on the wire: the peer gave no code */
	WS_CLOSE_TEXT = 1007,
	WS_CLOSE_POLICY = 1008,
	WS_CLOSE_SIZE = 1009
};

enum ws_opcode { WS_CONTINUATION, WS_TEXT, WS_BINARY, WS_CLOSE = 8, WS_PING, WS_PONG };

/* Starts as { 0 }; what a peer that is between two messages costs. */
struct ws_reader {
	struct ws_partial *partial; /* a message of which not all fragments have come */
};

enum ws_event {
	WS_MORE,       /* nothing: more bytes are needed */
	WS_FRAGMENT,   /* nothing yet: a fragment was put aside */
	WS_GOT_TEXT,   /* a whole text message in bytes, len: UTF-8 */
	WS_GOT_BINARY, /* a whole binary message */
	WS_GOT_PING,   /* its payload in bytes, len: at most 125 */
	WS_GOT_PONG,
	WS_GOT_CLOSE, /* code, WS_CLOSE_NONE when there was none */
	WS_WRONG      /* the peer broke a rule: close with code; why is static */
};

struct ws_result {
	enum ws_event event;
	const char *bytes; /* until the next call, or until the bytes that were read are gone */
	size_t len;
	unsigned code;
	const char *why;
};

/* Reads one frame at the beginning of bytes, and unmasks it there. most is what a message may have.
 * Returns how many bytes the frame had; 0 with WS_MORE and WS_WRONG. A frame that is not yet whole
 * is left alone, but refused as soon as its head shows that it cannot be right. */
size_t ws_read(
    struct ws_reader *r, char *bytes, size_t len, size_t most, struct ws_result *result_r);

/* Forgets what was put aside. */
void ws_reader_fini(struct ws_reader *r);

/* Writes the head of an unfragmented frame from the server. Returns its length. */
size_t ws_head(char out[WS_HEAD_MAX], enum ws_opcode opcode, size_t len);

/* Writes the payload of a close frame: code and reason, cut to what fits. Returns its length. */
size_t ws_close_payload(char out[WS_CONTROL_MAX], unsigned code, const char *reason);

/* The value of Sec-WebSocket-Accept for a key, 28 characters and a NUL. False when key is not the
 * base64 text of 16 bytes. */
bool ws_accept(char out[29], const char *key, size_t len);

#endif
