/* SPDX-License-Identifier: MIT */
/* call.c - parleyctl's side of the control socket: requests as JSON lines, one at a time. */
#include "ctl/ctl.h"

#include "json/json.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_SECONDS 120 /* making an account waits for its turn at scrypt */
#define LINE_LONGEST   ((size_t)64 * 1024 * 1024)

static int
complain(const struct ctl *ctl, const char *what)
{
	fprintf(stderr, "parleyctl: %s: %s\n", ctl->socket, what);
	return -1;
}

static int
open_socket(struct ctl *ctl)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct timeval wait = { .tv_sec = ANSWER_SECONDS };

	if (strlen(ctl->socket) >= sizeof name.sun_path)
		return complain(ctl, "the path of the control socket is too long");
	memcpy(name.sun_path, ctl->socket, strlen(ctl->socket) + 1);
	ctl->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (ctl->fd < 0)
		return complain(ctl, strerror(errno));
	setsockopt(ctl->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
	setsockopt(ctl->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
	if (connect(ctl->fd, (const struct sockaddr *)&name, sizeof name) != 0) {
		fprintf(stderr, "parleyctl: %s: %s; %s\n", ctl->socket, strerror(errno),
		    errno == EACCES ? "only root and the node's user may connect"
				    : "does the node run, with listen control?");
		close(ctl->fd);
		ctl->fd = -1;
		return -1;
	}
	return 0;
}

/* Reads a line into line, without its end. */
static int
read_line(struct ctl *ctl, struct parley_text *line)
{
	size_t seen = 0;
	char *end;

	while ((end = ctl->in.len > seen ? memchr(ctl->in.s + seen, '\n', ctl->in.len - seen)
					 : NULL) == NULL) {
		ssize_t n;

		seen = ctl->in.len;
		if (seen > LINE_LONGEST)
			return complain(ctl, "the node's answer has no end");
		n = read(ctl->fd, parley_text_reserve(&ctl->in, 16384), 16384);
		if (n > 0)
			ctl->in.len += (size_t)n;
		else if (n == 0)
			return complain(ctl, "the node has closed the connection");
		else if (errno == EAGAIN)
			return complain(ctl, "the node does not answer");
		else if (errno != EINTR)
			return complain(ctl, strerror(errno));
	}
	seen = (size_t)(end - ctl->in.s);
	parley_text_clear(line);
	parley_text_add(line, ctl->in.s, seen);
	memmove(ctl->in.s, end + 1, ctl->in.len - seen - 1);
	ctl->in.len -= seen + 1;
	return 0;
}

static int
write_line(struct ctl *ctl, const struct parley_text *line)
{
	for (size_t done = 0; done < line->len;) {
		ssize_t n = send(ctl->fd, line->s + done, line->len - done, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return complain(ctl, strerror(errno));
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Sends the request; params may hold a password, so what it was copied to is wiped. */
static int
ask(struct ctl *ctl, const char *method, const struct parley_text *params)
{
	struct parley_text line = { 0 };
	struct parley_writer w;
	char id[16];
	int rc;

	parley_text_reserve(&line, (params != NULL ? params->len : 0) + 256);
	snprintf(id, sizeof id, "%u", ++ctl->id);
	parley_writer_init(&w, &line);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "request");
	parley_put_string(&w, "id", id);
	parley_put_string(&w, "method", method);
	if (params != NULL)
		parley_put_raw(&w, "params", params->s, params->len);
	parley_put_end(&w);
	parley_text_putc(&line, '\n');
	rc = write_line(ctl, &line);
	OPENSSL_cleanse(line.s, line.cap);
	parley_text_fini(&line);
	return rc;
}

static bool
member_is(const struct parley_json *frame, const char *member, const char *value)
{
	return strcmp(parley_json_string_or(parley_json_get(frame, member), ""), value) == 0;
}

/* The frame that answers the last request; everything else is passed over. */
static const struct parley_json *
answer(struct ctl *ctl)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text line = { 0 };
	const struct parley_json *frame;
	char id[16];

	snprintf(id, sizeof id, "%u", ctl->id);
	for (;;) {
		struct parley_error err = { 0 };

		if (read_line(ctl, &line) != 0)
			return NULL;
		arena_fini(&ctl->memory);
		frame = json_parse_copy(&ctl->memory, line.s, line.len, &json_limits_own, &err);
		if (frame == NULL) {
			complain(ctl, err.text);
			return NULL;
		}
		if ((member_is(frame, "type", "result") || member_is(frame, "type", "error")) &&
		    member_is(frame, "id", id))
			return frame;
		if (member_is(frame, "type", "error"))
			return frame; /* of the connection itself */
	}
}

/* Of a bad request the text only says what the member must be. */
static void
put_member(struct parley_text *line, const struct parley_json *frame)
{
	static const char params[] = "/params/";
	const char *where = parley_json_string_or(parley_json_get(frame, "where"), "");

	if (!member_is(frame, "code", "bad-request") || strncmp(where, params, strlen(params)) != 0)
		return;
	ctl_print_safe(line, where + strlen(params));
	parley_text_puts(line, ": ");
}

static void
print_error(const struct parley_json *frame)
{
	struct parley_text line = { 0 };
	int64_t retry = parley_json_int(parley_json_get(frame, "retry_after"), 0);

	parley_text_puts(&line, "parleyctl: ");
	put_member(&line, frame);
	ctl_print_safe(&line, parley_json_string_or(parley_json_get(frame, "text"), "refused"));
	parley_text_puts(&line, " (");
	ctl_print_safe(&line, parley_json_string_or(parley_json_get(frame, "code"), "?"));
	if (retry > 0)
		parley_text_printf(&line, ", retry after %" PRId64 " s", retry);
	parley_text_puts(&line, ")\n");
	fputs(line.s, stderr);
	parley_text_fini(&line);
}

static void
print_json(const struct parley_json *result)
{
	struct parley_text line = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &line);
	parley_put_json(&w, NULL, result);
	puts(line.s);
	parley_text_fini(&line);
}

const struct parley_json *
ctl_call(struct ctl *ctl, const char *method, const struct parley_text *params, int *status)
{
	const struct parley_json *frame, *result;

	*status = CTL_UNREACHABLE;
	if (ctl->fd < 0 && open_socket(ctl) != 0)
		return NULL;
	if (ask(ctl, method, params) != 0 || (frame = answer(ctl)) == NULL)
		return NULL;
	*status = CTL_REFUSED;
	if (member_is(frame, "type", "error")) {
		print_error(frame);
		return NULL;
	}
	result = parley_json_get(frame, "result");
	if (result == NULL) {
		complain(ctl, "the node's answer has no result");
		return NULL;
	}
	if (ctl->json)
		print_json(result);
	*status = 0;
	return result;
}

void
ctl_close(struct ctl *ctl)
{
	if (ctl->fd >= 0)
		close(ctl->fd);
	ctl->fd = -1;
	parley_text_fini(&ctl->in);
	arena_fini(&ctl->memory);
}
