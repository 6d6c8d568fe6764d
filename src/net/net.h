/* SPDX-License-Identifier: MIT */
/* net.h - starts and stops the I/O threads and their listeners. Router thread. */
#ifndef NET_H
#define NET_H

#include <parley/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum listen_kind {
	LISTEN_JSON,    /* JSON lines over TLS */
	LISTEN_HTTPS,   /* web client, WebSocket and HTTP over TLS */
	LISTEN_HTTP,    /* the same without TLS: loopback or Unix socket only, for a reverse proxy */
	LISTEN_METRICS, /* GET /metrics and nothing else: loopback or Unix socket only */
	LISTEN_CONTROL  /* JSON lines on a Unix socket, mode 0600; peers by credentials */
};

struct listen_config {
	enum listen_kind kind;
	const char *address; /* "*", an IP address, or a path for a Unix socket */
	int port;            /* 0 with a Unix socket; 0 else: any free port (tests) */
};

struct net_config {
	const struct listen_config *listeners;
	size_t listener_count;
	unsigned threads;           /* I/O threads; 0: one per core, at most 4 */
	const char *certificate;    /* PEM chain; NULL: no TLS listener is configured */
	const char *key;            /* PEM; refused when others can read it */
	const char *domain;
	const char *web_root;       /* the built web client; NULL: none */
	const char *const *origins; /* further origins allowed; ends with NULL */
	const char *const *proxies; /* trusted proxies: addresses or networks, "10.0.0.0/8" or "unix" */
	const char *hello;          /* members of the hello frame after "stream", as JSON text */
	/* limits; see docs/options.md */
	size_t guest_frame, user_frame, out_queue;
	int tls_seconds, login_seconds, idle_seconds;
	unsigned window;            /* stanzas of one connection under way */
	unsigned guests_per_address;
	unsigned connections;       /* in all */
};

/* Opens every listener and starts the threads. On failure nothing is left open. 0 or -1. */
int net_start(const struct net_config *config, struct parley_error *err);

/* The port of the nth listener, for port 0. */
int net_port(size_t n);

/* New settings: certificates, origins, proxies, limits, hello. What cannot change while running
 * (listeners, threads) is left and said so in the log. On error everything stays as it was. */
int net_reload(const struct net_config *config, struct parley_error *err);

/* No new connections from now on. */
void net_quiesce(void);

/* Closes what is left and joins the threads. */
void net_stop(void);

#endif
