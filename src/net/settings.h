/* SPDX-License-Identifier: MIT */
/* settings.h - a frozen copy of struct net_config that the I/O threads share and that a reload
 * replaces as a whole. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "net/net.h"

#include <parley/text.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct tls;
struct schema_set;

/* A network, for the list of trusted proxies. */
struct network {
	unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
	unsigned bits;
};

/* Read-only once the I/O threads have it, but for refs. */
struct net_settings {
	_Atomic(unsigned) refs;
	struct tls *tls;                  /* NULL without a certificate */
	const struct schema_set *schemas; /* borrowed for the life of the net */
	char *domain;
	char *web_root; /* or NULL */
	char **origins; /* ends with NULL; never NULL */
	struct network *proxies;
	size_t proxy_count;
	bool proxy_unix; /* a peer on a Unix socket is trusted */
	char *hello;     /* members after "stream", without braces */
	char *hello_unbound;
	size_t guest_frame, user_frame, out_queue;
	int tls_seconds, login_seconds, idle_seconds;
	unsigned window, guests_per_address, connections;
};

/* New: a copy of config, certificate and key loaded. NULL with err. Router thread. */
struct net_settings *settings_new(const struct net_config *config, struct parley_error *err);

/* Any thread. */
struct net_settings *settings_ref(struct net_settings *s);
void settings_unref(struct net_settings **s);

/* True when address, as text, lies in a trusted network. Any thread. */
bool settings_is_proxy(const struct net_settings *s, const char *address);

#endif
