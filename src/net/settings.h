/* SPDX-License-Identifier: MIT */
/* settings.h - a frozen copy of struct net_config that the I/O threads share and that a reload
 * replaces as a whole. */
#ifndef NET_SETTINGS_H
#define NET_SETTINGS_H

#include "net/net.h"
#include "net/netaddr.h"
#include "net/stanza.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct front;
struct schema;
struct schema_set;
struct static_tree;
struct tls;

/* What a client sends: a stanza for the router, or a ping, which the I/O thread answers. */
enum frame_kind {
	FRAME_AUTH = STANZA_AUTH,
	FRAME_RESPONSE = STANZA_RESPONSE,
	FRAME_MESSAGE = STANZA_MESSAGE,
	FRAME_REQUEST = STANZA_REQUEST,
	FRAME_PRESENCE = STANZA_PRESENCE,
	FRAME_ACK = STANZA_ACK,
	FRAME_CLOSE = STANZA_CLOSE,
	FRAME_PING,
	FRAME_KINDS
};

/* Read-only once the I/O threads have it, but for refs. */
struct net_settings {
	_Atomic(unsigned) refs;
	struct tls *tls;                  /* NULL without a certificate */
	const struct schema_set *schemas; /* borrowed for the life of the net */
	const struct schema *frames[FRAME_KINDS];
	const struct front *http;
	char *domain;
	struct static_tree *web; /* the web client; or NULL */
	char **origins;          /* ends with NULL; never NULL */
	struct network *proxies;
	size_t proxy_count;
	bool proxy_unix; /* a peer on a Unix socket is trusted */
	char *hello[2]
		   [2]; /* members after "stream", without braces: [over WebSocket][can be bound] */
	size_t guest_frame, user_frame, out_queue;
	int tls_seconds, login_seconds, idle_seconds;
	unsigned window, guests_per_address, connections;
};

/* New: a copy of config, certificate and key loaded. NULL with err. Router thread. */
struct net_settings *settings_new(const struct net_config *config, struct parley_error *err);

/* Another greeting, that of config; before the I/O threads have s. */
void settings_set_hello(struct net_settings *s, const struct net_config *config);

/* Any thread. */
struct net_settings *settings_ref(struct net_settings *s);
void settings_unref(struct net_settings **s);

/* True when address, as text, lies in a trusted network. Any thread. */
bool settings_is_proxy(const struct net_settings *s, const char *address);

/* The kind of frame that "type" names, or FRAME_KINDS. Any thread. */
enum frame_kind settings_frame_kind(const char *type);

#endif
