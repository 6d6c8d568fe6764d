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
	/* A message to all of a room, its sender included. */
	void (*group)(struct user *u, unsigned room, const char *text);
	void (*goodbye)(struct user *u); /* before the connection is closed */
};

extern const struct speaker speak_relay, speak_parley, speak_xmpp, speak_mqtt;
extern const struct speaker *speaker; /* the one of this run */

#endif
