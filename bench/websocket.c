/* SPDX-License-Identifier: MIT */
/* websocket.c - frames are masked with a key that counts up: the node has the same work with it as
 * with a random one. */
#include "websocket.h"

#include "load.h"

#include <string.h>

void
websocket_ask(struct wire *w, const char *host, const char *path, const char *protocol)
{
	wire_printf(w,
	    "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
	    "Sec-WebSocket-Protocol: %s\r\n\r\n",
	    path, host, protocol);
}

size_t
websocket_answer(const char *bytes, size_t len)
{
	const char *end = memmem(bytes, len, "\r\n\r\n", 4);

	if (end == NULL)
		return 0;
	if (len < 12 || memcmp(bytes, "HTTP/1.1 101", 12) != 0)
		load_die("the upgrade was refused: %.*s", (int)(end - bytes), bytes);
	return (size_t)(end - bytes) + 4;
}

void
websocket_send(struct wire *w, const char *text, size_t len)
{
	static uint32_t key = 0x12345678;
	uint8_t head[8] = { 0x81 }, mask[4], bytes[4096];
	size_t size = 2;

	if (len > sizeof bytes)
		load_die("a message of %zu bytes is too long", len);
	if (len < 126) {
		head[1] = (uint8_t)(0x80 | len);
	} else {
		head[1] = 0x80 | 126;
		head[2] = (uint8_t)(len >> 8);
		head[3] = (uint8_t)len;
		size = 4;
	}
	key++;
	memcpy(mask, &key, 4);
	memcpy(head + size, mask, 4);
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)text[i] ^ mask[i & 3];
	wire_write(w, head, size + 4);
	wire_write(w, bytes, len);
}

size_t
websocket_cut(char *bytes, size_t len, struct websocket_frame *f)
{
	const uint8_t *b = (const uint8_t *)bytes;
	size_t head = 2, size;

	if (len < 2)
		return 0;
	size = b[1] & 0x7f;
	if (size == 126) {
		if (len < 4)
			return 0;
		size = (size_t)b[2] << 8 | b[3];
		head = 4;
	} else if (size == 127) {
		if (len < 10)
			return 0;
		size = 0;
		for (int i = 2; i < 10; i++)
			size = size << 8 | b[i];
		head = 10;
	}
	if (len - head < size || len < head)
		return 0;
	*f = (struct websocket_frame){ bytes + head, size, b[0] & 0x0f };
	return head + size;
}
