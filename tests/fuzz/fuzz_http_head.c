/* SPDX-License-Identifier: MIT */
/* fuzz_http_head.c - any bytes as the head of a request: what is accepted keeps its promises, gives
 * the same wherever it is cut, and http-parser, when it is there, reads the same in it. */
#ifdef HAVE_CONFIG_H
#include "build_config.h"
#endif

#include "net/http_head.h"

#include <parley/error.h>
#include <parley/text.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_HTTP_PARSER
#include <http_parser.h>
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exactly as long as the bytes, so that a sanitizer sees a read past their end. */
static char *
copy_of(const uint8_t *data, size_t size)
{
	char *copy = malloc(size > 0 ? size : 1);

	parley_assert(copy != NULL);
	if (size > 0)
		memcpy(copy, data, size);
	return copy;
}

/* ---- what the rest of the node takes for granted ---- */

static void
check_path(const char *path)
{
	if (strcmp(path, "*") == 0)
		return;
	parley_assert(path[0] == '/' && parley_utf8_valid(path, strlen(path)));
	parley_assert(strstr(path, "/../") == NULL && strstr(path, "/./") == NULL);
	parley_assert(strchr(path, '\\') == NULL);
	for (; *path != '\0'; path++)
		parley_assert((unsigned char)*path >= 0x20 && *path != 0x7f);
}

static bool
lies_in(struct http_span s, const char *bytes, size_t len)
{
	return s.s >= bytes && s.len <= len && (size_t)(s.s - bytes) <= len - s.len;
}

static void
check_promises(const struct http_head *h, const char *bytes, size_t len)
{
	check_path(h->path);
	parley_assert(h->method < METHODS && h->minor <= 1 && h->count <= HTTP_FIELDS_MAX);
	parley_assert(!h->chunked || (h->length < 0 && h->minor == 1));
	parley_assert(h->minor == 0 || http_host_is_valid(h->host));
	for (size_t i = 0; i < h->count; i++) {
		const struct http_field *f = &h->fields[i];

		parley_assert(lies_in(f->name, bytes, len) && lies_in(f->value, bytes, len));
		parley_assert(f->name.len > 0);
		parley_assert(memchr(f->value.s, '\n', f->value.len) == NULL);
		parley_assert(memchr(f->value.s, '\0', f->value.len) == NULL);
	}
}

/* ---- what another reads ---- */

#ifdef HAVE_HTTP_PARSER

struct other {
	struct parley_text url, fields[HTTP_FIELDS_MAX][2];
	size_t count;
	bool in_value, complete;
};

static int
on_url(http_parser *p, const char *at, size_t len)
{
	struct other *o = p->data;

	parley_text_add(&o->url, at, len);
	return 0;
}

static int
on_name(http_parser *p, const char *at, size_t len)
{
	struct other *o = p->data;

	if (o->in_value || o->count == 0)
		o->count++;
	parley_assert(o->count <= HTTP_FIELDS_MAX);
	o->in_value = false;
	parley_text_add(&o->fields[o->count - 1][0], at, len);
	return 0;
}

static int
on_value(http_parser *p, const char *at, size_t len)
{
	struct other *o = p->data;

	o->in_value = true;
	parley_text_add(&o->fields[o->count - 1][1], at, len);
	return 0;
}

/* What follows is not to be read. */
static int
on_complete(http_parser *p)
{
	struct other *o = p->data;

	o->complete = true;
	http_parser_pause(p, 1);
	return 0;
}

static bool
is_same_text(const struct parley_text *t, struct http_span s)
{
	size_t len = t->len;

	while (len > 0 && (t->s[len - 1] == ' ' || t->s[len - 1] == '\t'))
		len--;
	return len == s.len && (len == 0 || memcmp(t->s, s.s, len) == 0);
}

static void
compare_fields(const struct http_head *h, const struct other *o)
{
	parley_assert(o->count == h->count);
	for (size_t i = 0; i < h->count; i++)
		parley_assert(is_same_text(&o->fields[i][0], h->fields[i].name) &&
			      is_same_text(&o->fields[i][1], h->fields[i].value));
}

/* The other does not find what stands in a list behind a word that begins like one it knows. */
static bool
knows_all_wishes(const struct http_head *h)
{
	for (size_t i = 0; i < h->count; i++) {
		struct http_span rest = h->fields[i].value, item;

		if (!http_span_is(h->fields[i].name, "connection"))
			continue;
		while (http_list_next(&rest, &item))
			if (!http_span_is(item, "close") && !http_span_is(item, "keep-alive") &&
			    !http_span_is(item, "upgrade"))
				return false;
	}
	return true;
}

static void
compare_meaning(const struct http_head *h, const http_parser *p)
{
	bool chunked = (p->flags & F_CHUNKED) != 0, has_length = (p->flags & F_CONTENTLENGTH) != 0;

	parley_assert(p->http_major == 1 && p->http_minor == h->minor);
	parley_assert(chunked == h->chunked && has_length == (h->length >= 0));
	parley_assert(!has_length || p->content_length == (uint64_t)h->length);
	if (!knows_all_wishes(h))
		return;
	if (h->minor == 1)
		parley_assert((http_should_keep_alive(p) != 0) == h->keep_alive);
	if (h->upgrades)
		parley_assert(
		    (p->flags & F_UPGRADE) != 0 && (p->flags & F_CONNECTION_UPGRADE) != 0);
}

/* The other takes a field whose name only begins with these for the field itself, and then refuses
 * the request: that is no second reading. */
static bool
is_mistaken(const struct http_head *h)
{
	static const char coding[] = "transfer-encoding", length[] = "content-length";

	for (size_t i = 0; i < h->count; i++) {
		struct http_span name = h->fields[i].name;
		size_t most = name.s[0] == 't' || name.s[0] == 'T' ? sizeof coding : sizeof length;

		if (name.len < most)
			continue;
		name.len = most - 1;
		if (http_span_is(name, coding) || http_span_is(name, length))
			return true;
	}
	return false;
}

static void
other_fini(struct other *o)
{
	parley_text_fini(&o->url);
	for (size_t i = 0; i < o->count; i++) {
		parley_text_fini(&o->fields[i][0]);
		parley_text_fini(&o->fields[i][1]);
	}
}

static void
compare(const struct http_head *h, const uint8_t *data, size_t len)
{
	static const http_parser_settings settings = { .on_url = on_url,
		.on_header_field = on_name,
		.on_header_value = on_value,
		.on_headers_complete = on_complete };
	struct other o = { .count = 0 };
	http_parser p;

	http_parser_init(&p, HTTP_REQUEST);
	p.data = &o;
	http_parser_execute(&p, &settings, (const char *)data, len);
	parley_assert(o.complete || is_mistaken(h));
	if (o.complete) {
		compare_fields(h, &o);
		compare_meaning(h, &p);
	}
	other_fini(&o);
}

#else

static void
compare(const struct http_head *h, const uint8_t *data, size_t len)
{
}

#endif

static void
check_cut(const uint8_t *data, size_t size, size_t cut, int whole)
{
	char *bytes = copy_of(data, cut);
	struct http_head h;
	int n = http_head_read(&h, bytes, cut, 0);

	free(bytes);
	if (n == 0) {
		bytes = copy_of(data, size);
		n = http_head_read(&h, bytes, size, cut);
		free(bytes);
	}
	parley_assert(n == whole);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = copy_of(data, size);
	struct http_head h;
	int n = http_head_read(&h, bytes, size, 0);

	parley_assert(n <= (int)size && (n >= 0 || (n <= -400 && n > -600 && h.why != NULL)));
	if (n > 0) {
		check_promises(&h, bytes, (size_t)n);
		compare(&h, data, (size_t)n);
	}
	free(bytes);
	check_cut(data, size, size / 2, n);
	if (size > 0)
		check_cut(data, size, data[size - 1] % size, n);
	return 0;
}
