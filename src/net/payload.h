/* SPDX-License-Identifier: MIT */
/* payload.h - one frame to be sent, sealed and shared between threads. Any thread. */
#ifndef PAYLOAD_H
#define PAYLOAD_H

#include <parley/session.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct parley_payload {
	_Atomic(unsigned) refs;
	size_t len;
	const char *mid; /* of the message it carries, or NULL; in the same block */
	char *json;      /* len bytes, NUL behind; no line feed inside */
	char mid_bytes[37];
	bool patient; /* may wait for others to the same connection: conn_private.h */
};

#endif
