/* SPDX-License-Identifier: MIT */
/* session_kept.h - what a session was sent and has not acknowledged. Router thread. */
#ifndef SESSION_KEPT_H
#define SESSION_KEPT_H

#include "core/session.h"

/* Keeps frame number s->sent (shares p). False when a limit forbids it; nothing is kept then. */
bool kept_push(
    struct parley_session *s, struct parley_payload *p, const struct session_limits *limits);

/* Bytes that all sessions keep. */
size_t kept_in_all(void);

/* Frame number n, acked <= n < sent; borrowed. */
struct parley_payload *kept_at(const struct parley_session *s, uint64_t n);

/* Gives up keeping frames until all are acknowledged, and only notes where messages are: those that
 * were kept, and by kept_mark each one that is sent from then on as number n. */
void kept_overflow(struct parley_session *s);
void kept_mark(struct parley_session *s, uint64_t n, const struct parley_payload *p);
void kept_forget_marks(struct parley_session *s);

/* Forgets the oldest and counts it as acknowledged; writes its mid to mid when it has one. */
void kept_pop(struct parley_session *s, char mid[37]);

/* Forgets all that is kept, without counting. */
void kept_clear(struct parley_session *s);

#endif
