/* SPDX-License-Identifier: MIT */
/* core.h - the core without a network: connections are numbers, frames go in as text, and what
 * would be sent is kept as text. core.c stands in for src/core/server.c and src/core/metrics.c,
 * fake_net.c for src/net/link.c. On a fiber (support/fiber.h). */
#ifndef TEST_CORE_H
#define TEST_CORE_H

#include "core/session.h"
#include "net/link.h"

/* What the core runs its fibers in, and who sessions belong to. limits NULL: 1,000 frames, 1 MiB,
 * 300 s, 32 sessions. core_down ends all sessions, lets their hooks run, and forgets everything. */
void core_up(const struct session_limits *limits);
void core_down(void);

/* Runs whatever can go on, until no fiber of the core is left; fails after 5 s. */
void core_settle(void);

/* A connection that has sent nothing yet; closed with core_lose. control: the control socket. */
conn_id core_connect(bool control);

/* The client sends a frame, as the I/O thread would hand it on (no schema checks it). */
void core_receive(conn_id conn, const char *frame);
/* A frame that the I/O thread has refused. */
void core_receive_refused(conn_id conn, const struct parley_error *err, bool fatal);
/* It asks over HTTP. Returns the status of the answer, 0 when none has come at once. */
int core_ask(conn_id conn, const char *method, const char *path);
/* The connection is gone. */
void core_lose(conn_id conn);
/* All are; and, once the router has stopped, forgotten. */
void core_lose_all(void);
void core_forget_all(void);

/* The facts that the next stanzas bring; for streams made by hand too. */
struct conn_facts *core_facts(conn_id conn);

/* What was sent so far: how many frames, the nth from 0 (borrowed; "" when there is none), the last
 * one; and what else was asked of the connection. */
unsigned core_sent(conn_id conn);
const char *core_frame(conn_id conn, unsigned n);
const char *core_last(conn_id conn);
bool core_is_live(conn_id conn);
bool core_is_closed(conn_id conn);

#endif
