/* SPDX-License-Identifier: MIT */
/* history.h - what the module history offers others: the service "history/1". Router thread. */
#ifndef PARLEY_HISTORY_H
#define PARLEY_HISTORY_H

#include <parley/module.h>

struct parley_history_1 {
	/* Calls fn for the messages of account's chats that were archived after the message mid,
	 * oldest first over all chats, at most limit of them, and fewer when they are long (but one
	 * when there is any); with mid NULL, for those behind the read position of each chat. frame
	 * is the message frame as account sees it, up to but without its closing brace, so that
	 * members can be added. Awaits before the first call, not in between. Returns how many
	 * there were, with *more_r when there are more behind the last, or -1. */
	int (*missed)(void *self, const char *account, const char *mid, unsigned limit,
	    void (*fn)(void *arg, const char *mid, const char *device, struct parley_text *frame),
	    void *arg, bool *more_r, struct parley_error *err);

	/* Calls fn for everybody account has a chat with; messages is the seq of the last one. May
	 * await between calls. 0 or -1. */
	int (*peers)(void *self, const char *account,
	    void (*fn)(void *arg, const char *peer, int64_t messages), void *arg,
	    struct parley_error *err);
};

#endif
