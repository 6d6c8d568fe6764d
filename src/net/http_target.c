/* SPDX-License-Identifier: MIT */
/* http_target.c - the target of a request: which path it names, read in one way only (RFC 3986). */
#include "net/http_head.h"

#include <parley/text.h>
#include <string.h>
#include <sys/types.h>

/* RFC 3986 section 3.3: pchar, without what stands for another byte. */
static bool
is_path_byte(unsigned char c)
{
	static const char others[] = "-._~!$&'()*+,;=:@/";

	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return c != '\0' && strchr(others, c) != NULL;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A byte that was written as %XX. Slashes, backslashes and control characters only ever come that
 * way to be read differently by somebody else. */
static bool
is_decoded_byte(int c)
{
	return c > 0x1f && c != 0x7f && c != '/' && c != '\\';
}

/* Decodes in place, once. The decoded length, or -1. */
static ssize_t
path_decode(char *path, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		int high, low;

		if (is_path_byte((unsigned char)path[i])) {
			path[out++] = path[i];
			continue;
		}
		if (path[i] != '%' || len - i < 3)
			return -1;
		high = hex_value(path[i + 1]);
		low = hex_value(path[i + 2]);
		if (high < 0 || low < 0 || !is_decoded_byte(high << 4 | low))
			return -1;
		path[out++] = (char)(high << 4 | low);
		i += 2;
	}
	return (ssize_t)out;
}

/* RFC 3986 has clients take "." and ".." out; who leaves them in wants to get somewhere else. */
static bool
path_has_dots(const char *path)
{
	for (; path != NULL; path = strchr(path, '/')) {
		size_t len;

		path++;
		len = strcspn(path, "/");
		if ((len == 1 && path[0] == '.') || (len == 2 && path[0] == '.' && path[1] == '.'))
			return true;
	}
	return false;
}

static int
target_read_path(struct http_head *h, char *path, size_t len)
{
	ssize_t decoded = path_decode(path, len);

	if (decoded < 0)
		return 400;
	path[decoded] = '\0';
	h->path = path;
	return parley_utf8_valid(path, (size_t)decoded) && !path_has_dots(path) ? 0 : 400;
}

/* What may stand in a request line at all: printable ASCII without the mark of a fragment. */
static bool
target_is_clean(const char *target, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (target[i] <= ' ' || target[i] > '~' || target[i] == '#')
			return false;
	return true;
}

/* The bytes behind "http://" or "https://", or NULL. */
static char *
target_authority(char *target, size_t len)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < 2; i++) {
		struct http_span start = { target, strlen(schemes[i]) };

		if (len > start.len && http_span_is(start, schemes[i]))
			return target + start.len;
	}
	return NULL;
}

/* RFC 9112 section 3.2.2: a server must understand the form that is meant for proxies. */
static int
target_read_absolute(struct http_head *h, char *target, size_t len)
{
	char *authority = target_authority(target, len), *end = target + len, *at = authority;

	if (authority == NULL)
		return 400;
	while (at < end && *at != '/' && *at != '?')
		at++;
	h->authority = (struct http_span){ authority, (size_t)(at - authority) };
	if (!http_host_is_valid(h->authority))
		return 400;
	h->path = "/";
	return at < end && *at == '/' ? target_read_path(h, at, (size_t)(end - at)) : 0;
}

int
http_target_read(struct http_head *h, char *target, size_t len)
{
	char *mark = memchr(target, '?', len);
	size_t path = mark != NULL ? (size_t)(mark - target) : len;

	if (!target_is_clean(target, len))
		return 400;
	if (mark != NULL)
		h->query = (struct http_span){ mark + 1, len - path - 1 };
	if (target[0] == '/')
		return target_read_path(h, target, path);
	if (len == 1 && target[0] == '*' && h->method == METHOD_OTHER) {
		h->path = "*";
		return 0;
	}
	return target_read_absolute(h, target, path);
}
