/* SPDX-License-Identifier: MIT */
/* front_json.c - JSON lines: one object a line, ended by LF or CR LF. Empty lines are passed over.
 */
#include "net/conn.h"

#include <string.h>

static void
json_send(struct conn *c, struct parley_payload *p)
{
	conn_write_payload(c, NULL, 0, p, 0, p->len, "\n");
}

static size_t
json_line_length(const char *line, size_t len)
{
	return len > 0 && line[len - 1] == '\r' ? len - 1 : len;
}

static ssize_t
json_input(struct conn *c, char *bytes, size_t len, size_t seen)
{
	size_t at = 0;

	while (at < len && conn_may_read(c)) {
		size_t from = seen > at ? seen : at;
		const char *end = memchr(bytes + from, '\n', len - from);
		size_t line = end != NULL ? (size_t)(end - bytes) - at : len - at;

		/* A CR that may end it does not count. */
		if (line > conn_frame_max(c) + 1) {
			conn_too_large(c);
			return (ssize_t)len;
		}
		if (end == NULL)
			break;
		line = json_line_length(bytes + at, line);
		if (line > 0)
			conn_frame(c, bytes + at, line);
		at = (size_t)(end - bytes) + 1;
	}
	return (ssize_t)at;
}

const struct front front_json = {
	.name = "json",
	.open = conn_hello,
	.input = json_input,
	.send = json_send,
	.expired = conn_say_expired,
};
