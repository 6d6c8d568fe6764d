/* SPDX-License-Identifier: MIT */
/* net.h - starts and stops the I/O threads and their listeners. Router thread. With one processor
 * there are none: the router's own thread does their work. */
#ifndef NET_H
#define NET_H

#include <parley/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct front;
struct net_settings;
struct schema_set;
struct parley_payload;

enum listen_kind {
	LISTEN_JSON,    /* JSON lines over TLS */
	LISTEN_HTTPS,   /* web client, WebSocket and HTTP over TLS */
	LISTEN_HTTP,    /* that without TLS, for a reverse proxy: loopback or Unix socket only */
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
	unsigned threads; /* I/O threads; 0: one per processor, at most 4, and none for one */
	const char *certificate; /* PEM chain; NULL: no TLS listener is configured */
	const char *key;         /* PEM; refused when others can read it */
	const char *domain;
	const char *web_root;       /* the built web client; NULL: none */
	const char *const *origins; /* further origins allowed; ends with NULL; or NULL */
	const char *const *proxies; /* trusted: "192.0.2.1", "10.0.0.0/8", "unix"; the same */
	const char *hello;          /* members of the hello frame after "stream", as JSON text */
	const char *hello_unbound;  /* where no channel binding is to be had; NULL: as hello */
	const char *hello_web;      /* the same two over WebSocket; NULL: as there */
	const char *hello_web_unbound;
	const struct schema_set *schemas; /* borrowed until net_stop */
	const struct front *http; /* what serves HTTP: &front_http; NULL: no such listener */
	/* limits; see docs/options.md */
	size_t guest_frame, user_frame, out_queue;
	int tls_seconds, login_seconds, idle_seconds;
	unsigned window; /* stanzas of one connection under way */
	unsigned guests_per_address;
	unsigned connections; /* in all */
};

/* How many I/O threads there will be when so many are wanted. None: with one processor, another
 * thread would only cost the way there and back. */
unsigned net_thread_count(unsigned wanted);

/* Opens every listener and starts the threads. On failure nothing is left open. 0 or -1. */
int net_start(const struct net_config *config, struct parley_error *err);

/* The port of the nth listener, for port 0. */
int net_port(size_t n);

/* New: the settings that a reload would bring: certificates, origins, proxies, limits, web client;
 * its files are read now. NULL with err. Nothing of it is in force: net_use takes it, and
 * settings_unref frees it. */
struct net_settings *net_prepare(const struct net_config *config, struct parley_error *err);

/* Takes it: in force from now on, with the hello of config, which may have changed since. What
 * cannot change while running (listeners, threads) is left. */
void net_use(struct net_settings **prepared, const struct net_config *config);

/* Whether the configuration has other listeners than there are, which takes a restart. */
bool net_listeners_differ(const struct net_config *config);

/* The router's after_drain calls these first and last, with everything that makes it send in
 * between. On the bare loop. */
void net_round_begin(void);
void net_round_end(void);

/* Says that many results of messages are on their way, and how long a commit takes, in ms: then each
 * may wait longer for company, since what answers a message comes a commit or two later. 0: few. */
void net_expect(unsigned ms);

/* No new connections from now on. */
void net_quiesce(void);

/* Sends last to those who speak the protocol, shared, and closes every connection as link_close
 * does. Wait until net_stats() has none any more, but not for ever, before net_stop. */
void net_farewell(struct parley_payload *last);

/* Closes what is left and joins the threads. link_handlers.closed is not called for these. */
void net_stop(void);

/* Why a connection was not taken, or ended before its time. */
enum net_refusal {
	NET_REFUSED_TOTAL,    /* the limit on connections */
	NET_REFUSED_ADDRESS,  /* the limit on guests of one address */
	NET_REFUSED_PEER,     /* control socket: another user's process */
	NET_REFUSED_TLS,      /* no handshake: protocol, cipher, ALPN, or cut off */
	NET_REFUSED_DEADLINE, /* TLS or login took too long */
	NET_REFUSED_IDLE,     /* logged in and silent */
	NET_REFUSED_SLOW,     /* did not read what was sent */
	NET_REFUSED_INPUT,    /* left more unread input than is allowed */
	NET_REFUSALS
};

/* Since start; connections and guests are of now. */
struct net_stats {
	uint64_t connections, guests;
	uint64_t accepted, refused[NET_REFUSALS];
	uint64_t bytes_in, bytes_out, frames_in, frames_out;
	uint64_t out_queued; /* bytes that wait for their clients to read; of now */
	uint64_t pauses;     /* times accepting stopped because descriptors or memory had run out */
};
struct net_stats net_stats(void);

/* The name of a refusal as a metric's label, "slow". Static. Any thread. */
const char *net_refusal_name(enum net_refusal r);

#endif
