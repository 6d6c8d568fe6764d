/* SPDX-License-Identifier: MIT */
/* http_field.c - the header fields that decide where a request ends and whom it is for. */
#include "net/http_head.h"

#include <string.h>

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
http_spans_match(struct http_span a, struct http_span b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (lower(a.s[i]) != lower(b.s[i]))
			return false;
	return true;
}

bool
http_span_is(struct http_span s, const char *text)
{
	return http_spans_match(s, (struct http_span){ text, strlen(text) });
}

static bool
is_list_gap(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

bool
http_list_next(struct http_span *rest, struct http_span *item_r)
{
	const char *at = rest->s, *end = rest->s + rest->len, *last;

	while (at < end && is_list_gap(*at))
		at++;
	if (at == end)
		return false;
	item_r->s = at;
	while (at < end && *at != ',')
		at++;
	for (last = at; last[-1] == ' ' || last[-1] == '\t'; last--)
		continue;
	item_r->len = (size_t)(last - item_r->s);
	*rest = (struct http_span){ at, (size_t)(end - at) };
	return true;
}

/* ---- hosts ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name_byte(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

static bool
is_v6_byte(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':' || c == '.';
}

static bool
port_is_valid(struct http_span s)
{
	unsigned port = 0;

	if (s.len == 0 || s.len > 5)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!is_digit(s.s[i]))
			return false;
		port = port * 10 + (unsigned)(s.s[i] - '0');
	}
	return port > 0 && port <= 65535;
}

bool
http_host_is_valid(struct http_span s)
{
	bool v6 = s.len > 0 && s.s[0] == '[';
	size_t at = v6 ? 1 : 0, first = at;

	while (at < s.len && (v6 ? is_v6_byte(s.s[at]) : is_name_byte(s.s[at])))
		at++;
	if (at == first)
		return false;
	if (v6 && (at == s.len || s.s[at++] != ']'))
		return false;
	if (at == s.len)
		return true;
	return s.s[at] == ':' && port_is_valid((struct http_span){ s.s + at + 1, s.len - at - 1 });
}

/* ---- fields ---- */

static int
refuse(struct http_head *h, int status, const char *why)
{
	h->why = why;
	return status;
}

static int
enter_host(struct http_head *h, struct http_span v)
{
	if (h->host.s != NULL)
		return refuse(h, 400, "there is more than one Host");
	h->host = v;
	return http_host_is_valid(v) ? 0 : refuse(h, 400, "Host is not a host");
}

static int
enter_length(struct http_head *h, struct http_span v)
{
	int64_t n = 0;

	if (h->length >= 0)
		return refuse(h, 400, "there is more than one Content-Length");
	/* A tab behind the number is allowed, but not understood everywhere. */
	if (v.len == 0 || v.len > 18 || v.s[v.len] == '\t')
		return refuse(h, 400, "Content-Length is not a number");
	for (size_t i = 0; i < v.len; i++) {
		if (!is_digit(v.s[i]))
			return refuse(h, 400, "Content-Length is not a number");
		n = n * 10 + (v.s[i] - '0');
	}
	h->length = n;
	return 0;
}

static int
enter_coding(struct http_head *h, struct http_span v)
{
	if (h->has_te || !http_span_is(v, "chunked"))
		return refuse(h, 400, "Transfer-Encoding is not: chunked");
	h->has_te = h->chunked = true;
	return 0;
}

static bool
is_token(struct http_span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!http_is_token_byte((unsigned char)s.s[i]))
			return false;
	return true;
}

static size_t
count_commas(struct http_span s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += s.s[i] == ',';
	return n;
}

/* Stricter than RFC 9110 section 5.6.1: behind an empty element parsers in use find nothing. */
static int
enter_connection(struct http_head *h, struct http_span v)
{
	size_t missing = count_commas(v) + 1;
	struct http_span item;

	while (http_list_next(&v, &item)) {
		if (!is_token(item))
			return refuse(h, 400, "Connection is not a list of words");
		if (http_span_is(item, "close"))
			h->close = true;
		else if (http_span_is(item, "upgrade"))
			h->wants_upgrade = true;
		missing--;
	}
	return missing == 0 ? 0 : refuse(h, 400, "Connection is not a list of words");
}

static int
enter_upgrade(struct http_head *h, struct http_span v)
{
	struct http_span item;

	while (http_list_next(&v, &item))
		if (http_span_is(item, "websocket"))
			h->has_upgrade = true;
	return 0;
}

static int
enter_expect(struct http_head *h, struct http_span v)
{
	if (!http_span_is(v, "100-continue"))
		return refuse(h, 417, "only 100-continue can be expected");
	h->expects = true;
	return 0;
}

int
http_field_enter(struct http_head *h, const struct http_field *f)
{
	static const struct {
		const char *name;
		int (*enter)(struct http_head *h, struct http_span v);
	} known[] = {
		{ "host", enter_host },
		{ "content-length", enter_length },
		{ "transfer-encoding", enter_coding },
		{ "connection", enter_connection },
		{ "upgrade", enter_upgrade },
		{ "expect", enter_expect },
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (http_span_is(f->name, known[i].name))
			return known[i].enter(h, f->value);
	return 0;
}

int
http_field_conclude(struct http_head *h)
{
	if (h->chunked && (h->length >= 0 || h->minor == 0))
		return refuse(h, 400, "Transfer-Encoding cannot be used like this");
	if (h->minor == 1 && h->host.s == NULL)
		return refuse(h, 400, "there is no Host");
	if (h->authority.s != NULL && h->host.s != NULL && !http_spans_match(h->authority, h->host))
		return refuse(h, 400, "Host is not the host of the target");
	if (h->authority.s != NULL)
		h->host = h->authority;
	h->upgrades = h->wants_upgrade && h->has_upgrade && h->minor == 1;
	h->keep_alive = h->minor == 1 && !h->close;
	if (h->minor == 0)
		h->expects = false; /* RFC 9110 section 10.1.1 */
	return 0;
}
