/* SPDX-License-Identifier: MIT */
/* channel.h - sets of accounts that are sent the same things: what the core adds to the public face
 * in parley/session.h. Router thread. */
#ifndef CHANNEL_H
#define CHANNEL_H

#include <parley/session.h>

/* The first of an account's sessions is this one now; NULL: it has none any more. Called by
 * session.c whenever it changes. */
void channel_note_session(const char *account, struct parley_session *first);

/* Calls fn for each account of ch that has a session. fn may send, and must not await nor change
 * the channel. */
void channel_each(const struct parley_channel *ch,
    void (*fn)(void *arg, const char *account, struct parley_session *first), void *arg);

/* A message on its way holds it; unref clears the pointer and accepts NULL. */
struct parley_channel *channel_ref(struct parley_channel *ch);
void channel_unref(struct parley_channel **ch);

/* Forgets whom channels were about; all of them must have been freed. */
void channel_stop(void);

struct channel_stats {
	unsigned channels, accounts, here; /* accounts counted in each channel that they are in */
	uint64_t sent;                     /* times something was sent to a channel */
};
struct channel_stats channel_stats(void);

#endif
