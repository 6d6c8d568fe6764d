/* SPDX-License-Identifier: MIT */
/* http_upgrade.c - from HTTP to WebSocket (RFC 6455 section 4.2), for pages that may. */
#include "net/http.h"

#include "net/websocket.h"

#include <string.h>

static const char subprotocol[] = "parley.v1";
static const char ask_for_it[] = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";

/* Names of subprotocols are compared letter for letter. */
static bool
offers_subprotocol(const struct http_head *head)
{
	for (size_t i = 0; i < head->count; i++) {
		struct http_span rest = head->fields[i].value, item;

		if (!http_span_is(head->fields[i].name, "sec-websocket-protocol"))
			continue;
		while (http_list_next(&rest, &item))
			if (item.len == sizeof subprotocol - 1 &&
			    memcmp(item.s, subprotocol, item.len) == 0)
				return true;
	}
	return false;
}

/* A cookie that another site's page makes the browser send must log nobody in. */
static bool
may_connect(struct conn *c, const struct http_request *r)
{
	struct http_span origin;

	switch (http_head_find(&r->head, "origin", &origin)) {
	case 0:
		return conn_facts(c)->cookie == NULL;
	case 1:
		return http_origin_is_allowed(c, r, origin);
	default:
		return false;
	}
}

static bool
is_version(const struct http_head *head)
{
	struct http_span version;

	return http_head_find(head, "sec-websocket-version", &version) == 1 &&
	       http_span_is(version, "13");
}

static bool
accept_key(const struct http_head *head, char accept[29])
{
	struct http_span key;

	return http_head_find(head, "sec-websocket-key", &key) == 1 &&
	       ws_accept(accept, key.s, key.len);
}

static void
switch_over(struct conn *c, const char *accept)
{
	struct http *h = conn_state(c);
	struct parley_text out = { 0 };

	conn_facts(c)->browser = true;
	h->keep = true;
	http_reply_start(c, &out, 101);
	http_reply_field(&out, "Upgrade", "websocket");
	http_reply_field(&out, "Connection", "Upgrade");
	http_reply_field(&out, "Sec-WebSocket-Accept", accept);
	http_reply_field(&out, "Sec-WebSocket-Protocol", subprotocol);
	parley_text_puts(&out, "\r\n");
	conn_write(c, out.s, out.len);
	parley_text_fini(&out);
	h->phase = HTTP_SWITCHED;
}

void
http_upgrade(struct conn *c, struct http_request *r)
{
	char accept[29];

	if (!r->head.upgrades || !is_version(&r->head))
		http_refuse(c, 426, "only WebSocket, version 13, is spoken here", ask_for_it);
	else if (!accept_key(&r->head, accept))
		http_refuse(c, 400, "Sec-WebSocket-Key is not 16 bytes in base64", NULL);
	else if (!offers_subprotocol(&r->head))
		http_refuse(c, 400, "the subprotocol parley.v1 must be offered", NULL);
	else if (!may_connect(c, r))
		http_refuse(c, 403, "pages from this origin may not connect", NULL);
	else
		switch_over(c, accept);
}
