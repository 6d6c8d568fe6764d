/* SPDX-License-Identifier: MIT */
/* notify.h - what the module notify offers others: the service "notify/1". Router thread.
 *
 * A chat is named as its reader sees it: the other's account name, or "#name" of a group. */
#ifndef PARLEY_NOTIFY_H
#define PARLEY_NOTIFY_H

#include <parley/module.h>

struct parley_notify_1 {
	/* What a message in the chat, which mentions account or not, is to be for it as things are
	 * now, in *grade_r. True; or false with err and PARLEY_GRADE_NONE when the settings could not
	 * be read. For accounts with a session it does not await. */
	bool (*decide)(void *self, const char *account, const char *chat, bool mentioned,
	    enum parley_grade *grade_r, struct parley_error *err);

	/* Writes the object "effective" of the schemas under key: what account is notified of in
	 * the chat, and why. May await. 0 or -1, then nothing is written. */
	int (*put_effective)(void *self, struct parley_writer *w, const char *key,
	    const char *account, const char *chat, struct parley_error *err);

	/* Whether account wants to be notified of requests to chat and invitations. Only of an
	 * account with a session is that known; of others it says no. Does not await. */
	bool (*wants_requests)(void *self, const char *account);

	/* Whether @all and @here are nothing to account in the chat. Known as above; does not
	 * await. */
	bool (*ignores_everybody)(void *self, const char *account, const char *chat);
};

#endif
