/* SPDX-License-Identifier: MIT */
/* http_head.h - the head of an HTTP request (RFC 9110, RFC 9112), read strictly and without
 * allocation: whatever two programs could read in two ways is refused. Any thread. */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_LINE_MAX   8192
#define HTTP_HEAD_MAX   16384
#define HTTP_FIELDS_MAX 100

/* Bytes of the request, not terminated. */
struct http_span {
	const char *s;
	size_t len;
};

enum request_method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_DELETE,
	METHOD_OTHER, /* one that HTTP knows and this server has no use for */
	METHODS
};

struct http_field {
	struct http_span name, value; /* the value without the white space around it */
};

/* Points into the bytes that were read. */
struct http_head {
	enum request_method method;
	const char *path; /* decoded, UTF-8, NUL-terminated, begins with '/'; "*" for OPTIONS */
	struct http_span query; /* as it was sent, without '?'; .s is NULL when there is none */
	struct http_span host;  /* with its port; .s is NULL when HTTP/1.0 sent none */
	unsigned minor;         /* HTTP/1.minor: 0 or 1 */
	int64_t length;         /* Content-Length; -1: none */
	bool chunked;
	bool keep_alive; /* the connection may carry another request */
	bool expects;    /* Expect: 100-continue */
	bool upgrades;   /* Connection: upgrade, and Upgrade: websocket */
	const char *why; /* after a refusal: what is wrong, static */
	size_t count;
	struct http_field fields[HTTP_FIELDS_MAX];

	/* Of no use to callers. */
	struct http_span authority;
	bool has_te, has_upgrade, wants_upgrade, close;
};

/* Reads a head at the beginning of bytes, of which the first seen were there at the last call.
 * Returns its length; or 0 when more bytes are needed; or the negative status to refuse it with,
 * and then nothing that follows in the stream may be read. Decodes the path in place, so the same
 * bytes are read successfully only once. */
int http_head_read(struct http_head *h, char *bytes, size_t len, size_t seen);

/* How many fields of that name there are; *value_r becomes the first one's value. */
size_t http_head_find(const struct http_head *h, const char *name, struct http_span *value_r);

/* True when a list in any field of that name holds the token, letters' case not counting. */
bool http_head_has(const struct http_head *h, const char *name, const char *token);

/* ---- http_field.c ---- */

/* Enters what a field means for the request as a whole. 0, or the status to refuse it with. */
int http_field_enter(struct http_head *h, const struct http_field *f);

/* After the last field: what must be there, and what must not be together. */
int http_field_conclude(struct http_head *h);

/* True when both are the same, letters' case not counting (ASCII). */
bool http_spans_match(struct http_span a, struct http_span b);
bool http_span_is(struct http_span s, const char *text);

/* The next element of a comma-separated list, without white space around it; empty ones are passed
 * over. False at the end. *rest becomes what follows. */
bool http_list_next(struct http_span *rest, struct http_span *item_r);

/* True when s is a host, by name or address, perhaps with a port. */
bool http_host_is_valid(struct http_span s);

/* ---- http_target.c ---- */

/* Reads the target of a request line; the byte behind it may be overwritten. 0 or a status. */
int http_target_read(struct http_head *h, char *target, size_t len);

/* ---- bytes ---- */

/* RFC 9110 section 5.6.2. */
bool http_is_token_byte(unsigned char c);

#endif
