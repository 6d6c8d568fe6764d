/* SPDX-License-Identifier: MIT */
/* http_file.c - sends files of the web client: coded, whole, in part, or not at all when the
 * browser has them. */
#include "net/http.h"

#include "net/payload.h"
#include "net/static.h"

#include <stdio.h>
#include <string.h>

#define ACCEPT_MAX 1024 /* bytes of Accept-Encoding that are looked at */

/* What of a variant is sent. */
struct part {
	int status;
	size_t at, end;
};

/* ---- which file ---- */

static bool
accepts_html(const struct http_head *head)
{
	for (size_t i = 0; i < head->count; i++) {
		struct http_span rest = head->fields[i].value, item;

		if (!http_span_is(head->fields[i].name, "accept"))
			continue;
		while (http_list_next(&rest, &item)) {
			const char *mark = memchr(item.s, ';', item.len);

			if (mark != NULL)
				item.len = (size_t)(mark - item.s);
			if (http_span_is(item, "text/html"))
				return true;
		}
	}
	return false;
}

/* The web client is one page that makes its own paths: "/chat/alice" is one, "/favicon.ico" is a
 * file that is missing. */
static bool
is_page(const struct http_head *head)
{
	const char *name = strrchr(head->path, '/');

	return name != NULL && strchr(name, '.') == NULL && accepts_html(head);
}

static const struct static_file *
file_find(struct conn *c, const struct http_head *head)
{
	const struct static_tree *web = conn_settings(c)->web;
	const struct static_file *f = static_find(web, head->path);

	if (f == NULL && (strcmp(head->path, "/") == 0 || is_page(head)))
		f = static_find(web, "/index.html");
	return f;
}

static const struct static_variant *
file_variant(const struct static_file *f, const struct http_head *head, const char **coding_r)
{
	char accept[ACCEPT_MAX];
	size_t len = 0;
	enum static_coding coding;

	for (size_t i = 0; i < head->count; i++) {
		struct http_span v = head->fields[i].value;

		if (!http_span_is(head->fields[i].name, "accept-encoding") ||
		    v.len + 1 > sizeof accept - len)
			continue;
		memcpy(accept + len, v.s, v.len);
		len += v.len;
		accept[len++] = ',';
	}
	coding = static_choose(f, accept, len);
	*coding_r = static_coding_name(coding);
	return &f->variants[coding];
}

/* ---- whether, and how much ---- */

/* RFC 9110 section 13.1.2: a weak mark makes no difference here. */
static bool
has_it(const struct http_head *head, const char *etag)
{
	for (size_t i = 0; i < head->count; i++) {
		struct http_span rest = head->fields[i].value, item;

		if (!http_span_is(head->fields[i].name, "if-none-match"))
			continue;
		while (http_list_next(&rest, &item)) {
			if (item.len > 2 && item.s[0] == 'W' && item.s[1] == '/')
				item = (struct http_span){ item.s + 2, item.len - 2 };
			if ((item.len == 1 && item.s[0] == '*') ||
			    (item.len == strlen(etag) && memcmp(item.s, etag, item.len) == 0))
				return true;
		}
	}
	return false;
}

/* Digits at the start of s, at most 18 of them; -1 when there are none. */
static int64_t
take_number(struct http_span *s)
{
	int64_t n = 0;
	size_t i = 0;

	while (i < s->len && i < 18 && s->s[i] >= '0' && s->s[i] <= '9')
		n = n * 10 + (s->s[i++] - '0');
	s->s += i;
	s->len -= i;
	return i > 0 ? n : -1;
}

/* RFC 9110 section 14: "bytes=0-99", "bytes=100-", "bytes=-100". False when it is anything else,
 * many ranges included: then there is no range. */
static bool
range_read(struct http_span s, int64_t *first, int64_t *last)
{
	static const char unit[] = "bytes=";

	if (s.len < sizeof unit - 1 ||
	    !http_span_is((struct http_span){ s.s, sizeof unit - 1 }, unit))
		return false;
	s = (struct http_span){ s.s + sizeof unit - 1, s.len - (sizeof unit - 1) };
	*first = take_number(&s);
	if (s.len == 0 || s.s[0] != '-')
		return false;
	s = (struct http_span){ s.s + 1, s.len - 1 };
	*last = take_number(&s);
	if (s.len > 0 || (*first < 0 && *last < 0))
		return false;
	return *first < 0 || *last < 0 || *first <= *last;
}

/* What the client has the beginning of must be what it gets the rest of. */
static bool
range_applies(const struct http_head *head, const char *etag)
{
	struct http_span since;
	size_t n = http_head_find(head, "if-range", &since);

	return n == 0 ||
	       (n == 1 && since.len == strlen(etag) && memcmp(since.s, etag, since.len) == 0);
}

static struct part
part_of(const struct http_head *head, const struct static_variant *v)
{
	size_t size = v->payload->len;
	struct part whole = { 200, 0, size };
	struct http_span range;
	int64_t first, last;

	if (has_it(head, v->etag))
		return (struct part){ 304, 0, 0 };
	if (head->method != METHOD_GET || http_head_find(head, "range", &range) != 1 ||
	    !range_read(range, &first, &last) || !range_applies(head, v->etag))
		return whole;
	if (first < 0) {
		/* The last bytes, as many as there are. */
		first = last < (int64_t)size ? (int64_t)size - last : 0;
		if (last == 0)
			first = (int64_t)size;
		last = -1;
	}
	if (first >= (int64_t)size)
		return (struct part){ 416, 0, 0 };
	if (last < 0 || last >= (int64_t)size)
		last = (int64_t)size - 1;
	return (struct part){ 206, (size_t)first, (size_t)last + 1 };
}

/* ---- sending ---- */

static void
put_range(struct parley_text *out, const struct part *p, size_t size)
{
	if (p->status == 206)
		parley_text_printf(
		    out, "Content-Range: bytes %zu-%zu/%zu\r\n", p->at, p->end - 1, size);
}

static void
file_send(struct conn *c, const struct static_file *f, const struct static_variant *v,
    const char *coding, const struct part *p)
{
	struct parley_text out = { 0 };

	http_reply_start(c, &out, p->status);
	http_reply_field(&out, "Vary", "Accept-Encoding");
	http_reply_field(&out, "ETag", v->etag);
	http_reply_field(&out, "Cache-Control",
	    f->immutable ? "public, max-age=31536000, immutable" : "no-cache");
	if (p->status != 304) {
		http_reply_field(&out, "Content-Type", f->type);
		http_reply_field(&out, "Accept-Ranges", "bytes");
		if (coding != NULL)
			http_reply_field(&out, "Content-Encoding", coding);
		put_range(&out, p, v->payload->len);
		parley_text_printf(&out, "Content-Length: %zu\r\n", p->end - p->at);
	}
	http_reply_send(c, &out, v->payload, p->at, p->end);
}

void
http_file(struct conn *c, struct http_request *r)
{
	const struct static_file *f = file_find(c, &r->head);
	const struct static_variant *v;
	const char *coding;
	struct part p;
	char more[80];

	if (f == NULL) {
		http_refuse(c, 404, "there is nothing at this path", NULL);
		return;
	}
	v = file_variant(f, &r->head, &coding);
	p = part_of(&r->head, v);
	if (p.status != 416) {
		file_send(c, f, v, coding, &p);
		return;
	}
	snprintf(more, sizeof more, "Content-Range: bytes */%zu\r\nVary: Accept-Encoding\r\n",
	    v->payload->len);
	http_refuse(c, 416, "the file ends before the range begins", more);
}
