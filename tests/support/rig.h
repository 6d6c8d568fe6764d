/* SPDX-License-Identifier: MIT */
/* rig.h - the whole net on loopback sockets under a router of the test's: a thread that keeps what
 * the I/O threads post, and does what the test asks for. Test's thread, unless said otherwise. */
#ifndef RIG_H
#define RIG_H

#include "net/link.h"
#include "net/net.h"
#include "net/stanza.h"
#include "support/client.h"

/* Settings that suit most tests: one JSON listener on any port, two threads, a certificate for
 * "localhost", the schemas of the source tree, and the documented limits. */
struct net_config rig_config(void);

/* From now on rig_config says that there is one processor, so that the router's thread does the
 * work of the I/O threads. */
void rig_on_router(bool on);

/* Starts. 0, or -1 with err and nothing left. */
int rig_start(const struct net_config *config, struct parley_error *err);
void rig_stop(void);

/* Fixtures of cmocka: rig_settings are those of rig_config, a test changes what it wants to, and
 * rig_up starts with them or aborts. web.h has the same for browsers. */
extern struct net_config rig_settings;
int rig_setup(void **state);
void rig_up(void);
int rig_teardown(void **state);

/* Runs fn(arg) on the router's thread and waits for it. */
void rig_call(void (*fn)(void *arg), void *arg);

/* What the router was posted, oldest first; waits for it, at most 20 s. */
struct stanza *rig_stanza(void);
conn_id rig_closed(void);
struct http_call *rig_http(void);

/* Frees on the router's thread, which gives back the connection's credit. */
void rig_free(struct stanza *s);

/* Answers call on the router's thread; takes it. */
void rig_answer(struct http_call *call);

/* How many stanzas wait to be taken. */
size_t rig_waiting(void);

/* When set, each stanza is answered with what it returns (malloced; NULL: nothing) and freed, and
 * not kept. Runs on the router's thread. */
void rig_answer_with(char *(*answer)(const struct stanza *s));

/* Sends json, count times, in one drain. */
void rig_send(conn_id to, const char *json, unsigned count);
/* json may be NULL. */
void rig_close(conn_id to, const char *json);
void rig_live(conn_id to);

int rig_reload(const struct net_config *config, struct parley_error *err);
struct net_stats rig_stats(void);

/* Sends, and waits until the node has read it. */
void rig_put(struct client *c, const char *bytes, size_t len);

/* Waits until fn(net_stats()) is true, at most 20 s; false then. */
bool rig_until(bool (*fn)(const struct net_stats *s));

/* A client of the first listener that has read the hello. */
struct client *rig_guest(const struct client_options *options);
/* The id of its connection, which the router learns by its first stanza. */
conn_id rig_known(struct client *c);
/* A round trip: what c has sent before has been dealt with. */
void rig_synced(struct client *c);
/* Logs it in, as far as the net knows. */
conn_id rig_user(struct client *c);

/* True when no connection is left: for rig_until. */
bool rig_is_empty(const struct net_stats *s);

/* Moves the monotonic clock on, for every thread. */
void rig_pass(int seconds);

#endif
