/* SPDX-License-Identifier: MIT */
/* websocket.h - the client's side of RFC 6455, for one text message at a time. */
#ifndef WEBSOCKET_H
#define WEBSOCKET_H

#include "wire.h"

/* Asks for the upgrade. */
void websocket_ask(struct wire *w, const char *host, const char *path, const char *protocol);

/* How many bytes the answer to that has; 0: not all of it is there. Dies when it is a refusal. */
size_t websocket_answer(const char *bytes, size_t len);

/* Sends a text message. */
void websocket_send(struct wire *w, const char *text, size_t len);

struct websocket_frame {
	char *payload;
	size_t len;
	unsigned opcode; /* 1: text, 8: close, 9: ping */
};
/* Cuts the first frame off; returns its length with the header, or 0 when it is not complete. */
size_t websocket_cut(char *bytes, size_t len, struct websocket_frame *f);

#endif
