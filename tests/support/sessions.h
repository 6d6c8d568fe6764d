/* SPDX-License-Identifier: MIT */
/* sessions.h - sessions on streams of the test's own (support/core.h), with hooks that note what
 * they are told. */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "support/core.h"

#define SESSIONS_SEEN 32

/* What the hooks were told: "detached", "ended" or "acked", of which session, and whether it could
 * be looked up then. */
struct sessions_seen {
	const char *hook[SESSIONS_SEEN];
	parley_session_id id[SESSIONS_SEEN];
	bool found[SESSIONS_SEEN], ended[SESSIONS_SEEN];
	char mid[SESSIONS_SEEN][37];
	unsigned count;
	struct parley_event over; /* set when a session has ended */
};
extern struct sessions_seen sessions_seen;

/* Both clocks show it, after sessions_clock, which main calls before test_on_fiber. */
extern int64_t sessions_now;
void sessions_clock(void);

/* Fixtures. */
int sessions_up(void **state);
int sessions_down(void **state);

/* A connection with its stream, as the router makes one. It lives until sessions_down. */
struct stream *sessions_stream(void);

/* Of a user. */
struct parley_session *sessions_bind(
    struct stream *stream, const char *account, const char *device);

/* New. mid may be NULL. */
struct parley_payload *sessions_payload(const char *text, const char *mid);
void sessions_send(struct parley_session *s, const char *text, const char *mid);

/* Sends frames that are the numbers "from" to "to" - 1; and looks whether a connection got just
 * these. */
void sessions_send_numbers(struct parley_session *s, unsigned from, unsigned to);
void assert_numbers(conn_id conn, unsigned from, unsigned to);

/* With 300 seconds to resume. */
struct session_limits sessions_limits(uint32_t frames, size_t bytes, unsigned sessions);

#endif
