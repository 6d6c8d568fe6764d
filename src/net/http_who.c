/* SPDX-License-Identifier: MIT */
/* http_who.c - who sends a request, over what, and from whose page: the connection's own word, or a
 * trusted proxy's. */
#include "net/http.h"

#include "base/xalloc.h"
#include "net/netaddr.h"

#include <string.h>

#define COOKIE_MAX 512 /* bytes of a login token */

/* ---- what a trusted proxy says ---- */

/* The last element of all fields of that name, which the proxy next to us has added. */
static bool
last_element(const struct http_head *head, const char *name, struct http_span *out)
{
	bool found = false;

	for (size_t i = 0; i < head->count; i++) {
		struct http_span rest = head->fields[i].value;

		if (http_span_is(head->fields[i].name, name))
			while (http_list_next(&rest, out))
				found = true;
	}
	return found;
}

/* "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]:4711": the address alone. */
static bool
forwarded_address(struct http_span s, char out[NETADDR_TEXT])
{
	const char *colon = memchr(s.s, ':', s.len), *end = memchr(s.s, ']', s.len);
	struct netaddr address;

	if (s.s[0] == '[' && end != NULL)
		s = (struct http_span){ s.s + 1, (size_t)(end - s.s) - 1 };
	else if (colon != NULL && colon == memrchr(s.s, ':', s.len))
		s.len = (size_t)(colon - s.s);
	if (s.len >= NETADDR_TEXT)
		return false;
	memcpy(out, s.s, s.len);
	out[s.len] = '\0';
	return netaddr_parse(out, &address);
}

/* The nearest address that is no trusted proxy's; the farthest when all are. Only what trusted
 * proxies have added is looked at: what stands before it anybody may have written. */
static bool
forwarded_for(struct conn *c, const struct http_head *head, char out[NETADDR_TEXT])
{
	struct http_span items[16], item;
	size_t n = 0;

	for (size_t i = 0; i < head->count; i++) {
		struct http_span rest = head->fields[i].value;

		if (!http_span_is(head->fields[i].name, "x-forwarded-for"))
			continue;
		while (http_list_next(&rest, &item))
			items[n++ % 16] = item; /* the last sixteen */
	}
	for (size_t left = n < 16 ? n : 16; left > 0; left--) {
		if (!forwarded_address(items[--n % 16], out))
			return false;
		if (!conn_is_proxy(c, out))
			return true;
	}
	return n == 0;
}

static int
who_is_forwarded(struct conn *c, struct http_request *r, const char **why_r)
{
	struct http *h = conn_state(c);
	struct http_span said;
	char address[NETADDR_TEXT];

	if (http_head_find(&r->head, "x-forwarded-for", &said) > 0) {
		if (!forwarded_for(c, &r->head, address)) {
			*why_r = "X-Forwarded-For is not a list of addresses";
			return 400;
		}
		if (!conn_set_peer(c, address)) {
			*why_r = "too many connections from this address";
			return 429;
		}
		h->named = true;
	} else if (h->named) {
		*why_r = "X-Forwarded-For is missing, and was there before";
		return 400;
	}
	if (last_element(&r->head, "x-forwarded-proto", &said)) {
		h->https = http_span_is(said, "https");
		conn_facts(c)->secure = h->https;
	} else if (h->named) {
		h->https = false;
		conn_facts(c)->secure = false;
	}
	if (last_element(&r->head, "x-forwarded-host", &said)) {
		if (!http_host_is_valid(said)) {
			*why_r = "X-Forwarded-Host is not a host";
			return 400;
		}
		r->host = said;
	}
	return 0;
}

/* ---- cookies ---- */

const char *
http_cookie_name(const struct conn *c)
{
	const struct http *h = conn_state(c);

	/* Browsers take the prefix only over an encrypted connection, and then guarantee that no
	 * other host has set the cookie. */
	return h->https ? "__Host-parley" : "parley";
}

static bool
is_cookie_value(struct http_span s)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-._~+/=:";

	if (s.len == 0 || s.len > COOKIE_MAX)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (s.s[i] == '\0' || strchr(allowed, s.s[i]) == NULL)
			return false;
	return true;
}

/* The next "name=value" of a Cookie field. */
static bool
next_cookie(struct http_span *rest, struct http_span *name, struct http_span *value)
{
	const char *at = rest->s, *end = rest->s + rest->len, *mark, *equals;

	while (at < end && (*at == ' ' || *at == ';'))
		at++;
	if (at == end)
		return false;
	mark = memchr(at, ';', (size_t)(end - at));
	if (mark == NULL)
		mark = end;
	equals = memchr(at, '=', (size_t)(mark - at));
	if (equals == NULL)
		equals = mark;
	*name = (struct http_span){ at, (size_t)(equals - at) };
	*value = (struct http_span){ equals < mark ? equals + 1 : mark,
		equals < mark ? (size_t)(mark - equals - 1) : 0 };
	*rest = (struct http_span){ mark, (size_t)(end - mark) };
	return true;
}

/* Two of the same name: one of them somebody else has planted, and there is no telling which. */
static int
who_has_cookie(struct conn *c, const struct http_head *head, const char **why_r)
{
	const char *wanted = http_cookie_name(c);
	struct http_span rest = { 0 }, name, value, found = { 0 };
	size_t fields = http_head_find(head, "cookie", &rest), count = 0;

	if (fields > 1) {
		*why_r = "there is more than one Cookie";
		return 400;
	}
	while (fields == 1 && next_cookie(&rest, &name, &value)) {
		if (name.len != strlen(wanted) || memcmp(name.s, wanted, name.len) != 0)
			continue;
		found = value;
		count++;
	}
	if (count == 1 && is_cookie_value(found))
		conn_facts(c)->cookie = xstrndup(found.s, found.len);
	return 0;
}

bool
http_host_is_local(struct http_span host)
{
	static const char name[] = "localhost";
	const char *colon = memchr(host.s, ':', host.len);
	size_t len = colon != NULL ? (size_t)(colon - host.s) : host.len, tail = sizeof name - 1;

	if (len < tail || (len > tail && host.s[len - tail - 1] != '.'))
		return false;
	return http_span_is((struct http_span){ host.s + len - tail, tail }, name);
}

int
http_who(struct conn *c, struct http_request *r, const char **why_r)
{
	struct http *h = conn_state(c);
	int status = 0;

	conn_renew_facts(c);
	r->host = r->head.host;
	if (h->proxied)
		status = who_is_forwarded(c, r, why_r);
	if (r->host.s != NULL)
		h->local = http_host_is_local(r->host);
	return status == 0 ? who_has_cookie(c, &r->head, why_r) : status;
}

/* ---- origins ---- */

struct origin {
	bool https;
	struct http_span host;
	unsigned port;
};

static bool
cut_start(struct http_span *s, const char *start)
{
	size_t len = strlen(start);

	if (s->len < len || memcmp(s->s, start, len) != 0)
		return false;
	s->s += len;
	s->len -= len;
	return true;
}

/* A valid host in two; the port that its scheme has when it names none. */
static void
origin_set_host(struct origin *o, struct http_span host)
{
	size_t at = host.len;

	o->host = host;
	o->port = o->https ? 443 : 80;
	while (at > 0 && host.s[at - 1] >= '0' && host.s[at - 1] <= '9')
		at--;
	if (at == 0 || host.s[at - 1] != ':' || at == host.len)
		return;
	o->host.len = at - 1;
	o->port = 0;
	for (; at < host.len; at++)
		o->port = o->port * 10 + (unsigned)(host.s[at] - '0');
}

static bool
origin_read(struct origin *o, struct http_span s)
{
	o->https = cut_start(&s, "https://");
	if (!o->https && !cut_start(&s, "http://"))
		return false;
	if (!http_host_is_valid(s))
		return false;
	origin_set_host(o, s);
	return true;
}

static bool
origins_match(const struct origin *a, const struct origin *b)
{
	return a->https == b->https && a->port == b->port && http_spans_match(a->host, b->host);
}

bool
http_origin_is_allowed(struct conn *c, const struct http_request *r, struct http_span origin)
{
	const struct http *h = conn_state(c);
	struct origin theirs, ours = { .https = h->https };

	if (!origin_read(&theirs, origin))
		return false;
	if (r->host.s != NULL) {
		origin_set_host(&ours, r->host);
		if (origins_match(&theirs, &ours))
			return true;
	}
	for (char *const *listed = conn_settings(c)->origins; *listed != NULL; listed++) {
		struct http_span text = { *listed, strlen(*listed) };

		if (origin_read(&ours, text) && origins_match(&theirs, &ours))
			return true;
	}
	return false;
}
