/* SPDX-License-Identifier: MIT */
/* session.h - live sessions: by id, by account, and what each has been sent but not acknowledged
 * (docs/protocol.md section 6). Router thread. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "net/stanza.h"
#include "runtime/task.h"

#include <parley/address.h>
#include <parley/session.h>

/* Whoever a request or message comes from: a connection, and its session once it has logged in.
 * Held by every stanza under way (busy), so it outlives its connection that long. */
struct stream {
	conn_id conn;
	struct conn_facts *facts;
	parley_session_id session; /* 0 before login */
	unsigned roles;
	struct login *login; /* the SCRAM exchange under way, or NULL */
	struct stanza *auth; /* the frame that began it, or NULL */
	bool logging_in;     /* an auth or response frame is being worked on */
	unsigned failures;   /* failed logins */
	unsigned busy;       /* stanzas under way */
	bool dismissed;      /* told to close: what it still sends is passed over */
	bool parting;        /* has said close: the same, and then its session ends */
	bool closed;         /* the connection has gone */
};

struct parley_session {
	parley_session_id id;
	char account[PARLEY_NAME_MAX + 1];
	char device[PARLEY_DEVICE_MAX + 1];
	char *address; /* full */
	unsigned roles;
	uint64_t message_key, presence_key; /* how often the account may do that: rate.h */
	int64_t since;                      /* ms since 1970 */
	struct stream *stream;   /* NULL: the connection was lost, the session can be resumed */
	char resume[27];         /* the secret that ready told */
	struct parley_lane lane; /* its messages keep their order */
	unsigned busy;           /* fibers that use the lane */
	bool ended;              /* freed when no longer busy */

	/* Frames sent, counted from 0; those from acked to sent are kept for a resume. */
	uint64_t sent, acked;
	struct parley_payload **kept; /* ring of kept_cap, oldest at acked % kept_cap */
	uint32_t kept_cap;
	size_t kept_bytes;
	bool overflowed;          /* kept too little to resume, until all is acknowledged */
	struct kept_marks *marks; /* where messages are among what is not kept, or NULL */
	bool held, held_back;
	char *
	    passed; /* the mid up to which it has every message, until a later one comes; or NULL */

	struct timer *expiry;        /* runs while there is no connection */
	struct parley_session *next; /* of the same account */
};

struct session_limits {
	uint32_t kept_frames; /* 1,000 */
	size_t kept_bytes;    /* 1 MiB */
	int resume_seconds;   /* 300 */
	unsigned per_account; /* sessions at once; one more ends the oldest */
	size_t all_bytes;     /* 256 MiB: of all sessions together; 0: no limit */
	unsigned detached;    /* sessions without a connection; 0: no limit */
	uint64_t most;        /* what these and the limit on connections come to */
};
void session_start(const struct session_limits *limits);
void session_stop(void);
void session_set_limits(const struct session_limits *limits);

/* Sends last (or NULL, shared), then closes the connection; passes over what it still sends. */
void stream_close(struct stream *stream, struct parley_payload *last);

/* New and bound to stream; takes the place of an earlier session of the same account and device,
 * which ends. Never NULL. */
struct parley_session *session_bind(
    struct stream *stream, const char *account, const char *device, unsigned roles);

/* Continues a session that has this account, device and resume secret, with what the client has
 * not received after its count-th frame still kept. Binds it to stream and drops what count
 * acknowledges; NULL when there is none. session_replay then sends the rest. */
struct parley_session *session_resume(struct stream *stream, const char *account,
    const char *device, const char *resume, uint64_t count);
void session_replay(struct parley_session *s);

/* Sends a counted frame. Shares p. */
void session_send(struct parley_session *s, struct parley_payload *p);

/* The first of an account's sessions, or NULL; the others hang on its next. */
struct parley_session *session_first(const char *account);

/* Sends to first (may be NULL) and the others of its account but one (0: to all); returns to how
 * many. Shares p. */
unsigned session_send_all(
    struct parley_session *first, struct parley_payload *p, parley_session_id but);

/* The client has count frames. 0, or -1 with err when it claims more than were sent. */
int session_ack(struct parley_session *s, uint64_t count, struct parley_error *err);

/* The connection was lost: keeps the session for the resume window. */
void session_detach(struct parley_session *s);

/* Ends it for good: fires session-ended and presence, closes the connection after last (or NULL,
 * shared). */
void session_end(struct parley_session *s, struct parley_payload *last);

/* What the account's sessions may do from now on: PARLEY_ROLE_ bits. */
void session_set_roles(const char *account, unsigned roles);

/* For fibers that use its lane: keeps the struct until the last session_unuse. */
void session_use(struct parley_session *s);
void session_unuse(struct parley_session *s);

/* All sessions that have not ended: *at starts as 0, NULL is the end. Sessions may end meanwhile.
 */
struct parley_session *session_each(uint32_t *at);

struct session_stats {
	unsigned sessions, detached;
	uint64_t bound, resumed, overflows, frames;
	uint64_t crowded;  /* ended with their connection: too many waited already */
	size_t kept_bytes; /* kept now, what sessions share counted for each */
};
struct session_stats session_stats(void);

#endif
