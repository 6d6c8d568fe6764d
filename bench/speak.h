/* SPDX-License-Identifier: MIT */
/* speak.h - the protocols that the generator speaks. */
#ifndef SPEAK_H
#define SPEAK_H

#include "load.h"

/* Users are numbers, rooms too. A function that is NULL: the protocol has no such thing. */
struct speaker {
	const char *name;
	/* Accounts for all users, before they connect. */
	void (*make_accounts)(unsigned count);
	/* The connection stands: log in, and call user_is_ready. */
	void (*open)(struct user *u);
	/* As wire_events.input; calls user_has_message and so on. */
	size_t (*input)(struct user *u, char *bytes, size_t len);
	/* number comes back in user_has_sent where the server acknowledges messages. */
	void (*message)(struct user *u, unsigned to, unsigned number, const char *text);
	/* These call user_is_done. */
	void (*befriend)(struct user *u, unsigned other);
	void (*join)(struct user *u, unsigned room);
	void (*probe)(struct user *u); /* one question and its answer */
	void (*page)(struct user *u, unsigned other, unsigned before); /* a page of history */
	/* All chats, or what has changed since the last time; calls user_is_done when all is told.
	 */
	void (*inbox)(struct user *u, bool from_nothing);
	/* A message to all of a room, its sender included; or, where answers is set, the sender is
	 * told number by user_has_sent in place of it. */
	void (*group)(struct user *u, unsigned room, unsigned number, const char *text);
	bool answers;
	void (*goodbye)(struct user *u); /* before the connection is closed */
};

extern const struct speaker speak_relay, speak_parley, speak_xmpp, speak_mqtt;
extern const struct speaker *speaker; /* the one of this run */

#endif
