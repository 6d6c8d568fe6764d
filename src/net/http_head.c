/* SPDX-License-Identifier: MIT */
/* http_head.c - cuts the head of a request into its line and its fields, and believes no byte that
 * is not exactly where RFC 9112 wants it. */
#include "net/http_head.h"

#include <string.h>

/* What is left of the head while it is read. Every line ends with CR LF: head_length has seen to it
 * that the last line is there. */
struct cursor {
	char *at, *end;
};

static const bool token_bytes[256] = {
	['!'] = true,
	['#' ... '\''] = true,
	['*'] = true,
	['+'] = true,
	['-'] = true,
	['.'] = true,
	['0' ... '9'] = true,
	['A' ... 'Z'] = true,
	['^' ... 'z'] = true,
	['|'] = true,
	['~'] = true,
};

bool
http_is_token_byte(unsigned char c)
{
	return token_bytes[c];
}

static int
head_refuse(struct http_head *h, int status, const char *why)
{
	h->why = why;
	return -status;
}

/* ---- where the head ends ---- */

/* RFC 9112 section 2.2: one empty line before a request is passed over. */
static size_t
head_start(const char *bytes, size_t len)
{
	return len >= 2 && bytes[0] == '\r' && bytes[1] == '\n' ? 2 : 0;
}

static size_t
line_start(const char *bytes, size_t start, size_t at)
{
	while (at > start && bytes[at - 1] != '\n')
		at--;
	return at;
}

static int
line_check(struct http_head *h, const char *bytes, size_t start, size_t line, size_t at)
{
	if (at - line > HTTP_LINE_MAX)
		return line == start ? head_refuse(h, 414, "the request line is too long")
				     : head_refuse(h, 431, "a header field is too long");
	if (at - start > HTTP_HEAD_MAX)
		return head_refuse(h, 431, "the header fields are too long together");
	return 0;
}

/* The length of the head with its empty line, 0 when that has not come yet, or a negative status.
 * Looks at each byte once however many calls it takes. */
static int
head_length(struct http_head *h, const char *bytes, size_t len, size_t seen)
{
	size_t start = head_start(bytes, len), at = seen > start ? seen : start;
	size_t line = line_start(bytes, start, at);
	const char *lf;
	int rc;

	while ((lf = memchr(bytes + at, '\n', len - at)) != NULL) {
		at = (size_t)(lf - bytes);
		if (at == line || lf[-1] != '\r')
			return head_refuse(h, 400, "a line does not end with CR LF");
		rc = line_check(h, bytes, start, line, at + 1);
		if (rc != 0)
			return rc;
		if (at == line + 1)
			return (int)at + 1;
		line = ++at;
	}
	return line_check(h, bytes, start, line, len);
}

/* ---- the request line ---- */

static const struct {
	const char *name;
	enum request_method method;
} methods[] = {
	{ "GET", METHOD_GET },
	{ "HEAD", METHOD_HEAD },
	{ "POST", METHOD_POST },
	{ "DELETE", METHOD_DELETE },
	{ "OPTIONS", METHOD_OTHER },
	{ "PUT", METHOD_OTHER },
	{ "PATCH", METHOD_OTHER },
	{ "TRACE", METHOD_OTHER },
};

static int
head_read_method(struct http_head *h, struct cursor *in)
{
	const char *start = in->at;
	size_t len;

	while (http_is_token_byte((unsigned char)*in->at))
		in->at++;
	len = (size_t)(in->at - start);
	if (len == 0 || *in->at != ' ')
		return head_refuse(h, 400, "the request line has no method");
	in->at++;
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		if (strlen(methods[i].name) != len || memcmp(methods[i].name, start, len) != 0)
			continue;
		h->method = methods[i].method;
		return 0;
	}
	h->method = METHODS; /* refused when the line is known to be one */
	return 0;
}

static int
head_read_version(struct http_head *h, const char *v, size_t len)
{
	static const char name[] = "HTTP/";

	if (len != 8 || memcmp(v, name, 5) != 0 || v[5] < '0' || v[5] > '9' || v[6] != '.' ||
	    v[7] < '0' || v[7] > '9')
		return head_refuse(h, 400, "the request line has no version of HTTP");
	if (v[5] != '1' || v[7] > '1')
		return head_refuse(h, 505, "this server speaks HTTP/1.1");
	h->minor = (unsigned)(v[7] - '0');
	return 0;
}

static int
head_read_request_line(struct http_head *h, struct cursor *in)
{
	char *end = memchr(in->at, '\r', (size_t)(in->end - in->at)), *target, *space;
	int rc = head_read_method(h, in);

	if (rc != 0)
		return rc;
	target = in->at;
	space = memchr(target, ' ', (size_t)(end - target));
	if (space == NULL || space == target || end[1] != '\n')
		return head_refuse(h, 400, "the request line is not: method, target, version");
	rc = head_read_version(h, space + 1, (size_t)(end - space) - 1);
	if (rc != 0)
		return rc;
	if (h->method == METHODS)
		return head_refuse(h, 501, "no such method");
	rc = http_target_read(h, target, (size_t)(space - target));
	if (rc != 0)
		return head_refuse(h, rc, "the target is not a path that this server can serve");
	in->at = end + 2;
	return 0;
}

/* ---- fields ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* RFC 9110 section 5.5; bytes above ASCII are allowed and mean nothing. */
static bool
is_value_byte(unsigned char c)
{
	return c >= 0x20 ? c != 0x7f : c == '\t';
}

static int
head_read_field(struct http_head *h, struct cursor *in)
{
	struct http_field *f = &h->fields[h->count];
	const char *end;

	f->name.s = in->at;
	while (http_is_token_byte((unsigned char)*in->at))
		in->at++;
	f->name.len = (size_t)(in->at - f->name.s);
	if (f->name.len == 0 || *in->at != ':')
		return head_refuse(h, 400, "a header line is not: name, colon, value");
	in->at++;
	while (is_blank(*in->at))
		in->at++;
	f->value.s = in->at;
	while (is_value_byte((unsigned char)*in->at))
		in->at++;
	if (in->at[0] != '\r' || in->at[1] != '\n')
		return head_refuse(h, 400, "a header value has a byte that is not allowed");
	for (end = in->at; end > f->value.s && is_blank(end[-1]); end--)
		continue;
	f->value.len = (size_t)(end - f->value.s);
	in->at += 2;
	h->count++;
	return 0;
}

static int
head_read_fields(struct http_head *h, struct cursor *in)
{
	int rc;

	while (in->at[0] != '\r' || in->at[1] != '\n') {
		if (h->count == HTTP_FIELDS_MAX)
			return head_refuse(h, 431, "too many header fields");
		rc = head_read_field(h, in);
		if (rc != 0)
			return rc;
		rc = http_field_enter(h, &h->fields[h->count - 1]);
		if (rc != 0)
			return -rc;
	}
	return -http_field_conclude(h);
}

static void
head_clear(struct http_head *h)
{
	memset(h, 0, offsetof(struct http_head, fields));
	h->length = -1;
	h->authority = (struct http_span){ 0 };
	h->has_te = h->has_upgrade = h->wants_upgrade = h->close = false;
}

int
http_head_read(struct http_head *h, char *bytes, size_t len, size_t seen)
{
	struct cursor in;
	int length, rc;

	head_clear(h);
	length = head_length(h, bytes, len, seen);
	if (length <= 0)
		return length;
	in.at = bytes + head_start(bytes, len);
	in.end = bytes + length;
	rc = head_read_request_line(h, &in);
	if (rc == 0)
		rc = head_read_fields(h, &in);
	return rc == 0 ? length : rc;
}

/* ---- asking ---- */

size_t
http_head_find(const struct http_head *h, const char *name, struct http_span *value_r)
{
	size_t n = 0;

	for (size_t i = 0; i < h->count; i++)
		if (http_span_is(h->fields[i].name, name) && n++ == 0)
			*value_r = h->fields[i].value;
	return n;
}

bool
http_head_has(const struct http_head *h, const char *name, const char *token)
{
	for (size_t i = 0; i < h->count; i++) {
		struct http_span rest = h->fields[i].value, item;

		if (!http_span_is(h->fields[i].name, name))
			continue;
		while (http_list_next(&rest, &item))
			if (http_span_is(item, token))
				return true;
	}
	return false;
}
