/* SPDX-License-Identifier: MIT */
/* hook.h - which handlers see an event, and in what order. Router thread. */
#ifndef HOOK_H
#define HOOK_H

#include "core/owner.h"

#include <parley/module.h>

enum hook_name {
	HOOK_MESSAGE_CHECK,
	HOOK_MESSAGE_REFUSED,
	HOOK_MESSAGE_ARCHIVE,
	HOOK_MESSAGE_ARCHIVED,
	HOOK_MESSAGE_DELIVERED,
	HOOK_SESSION_BOUND,
	HOOK_SESSION_DETACHED,
	HOOK_SESSION_ENDED,
	HOOK_SESSION_ACKED,
	HOOK_PRESENCE,
	HOOK_ACCOUNT_CREATED,
	HOOK_ACCOUNT_CHANGED,
	HOOK_CONTACT_CHANGED,
	HOOK_NAMES
};

/* One row of the published list. */
struct hook_info {
	const char *name;
	const char *kind; /* the member of struct parley_hook that must be set */
	bool may_await;
	const char *doc;
};
extern const struct hook_info hook_infos[HOOK_NAMES];

/* Adds a module's hook. 0, or -1 with err: an unknown name, or the wrong function for it. hook is
 * static; owner lives until hook_remove or hook_clear. */
int hook_add(const struct parley_hook *hook, const struct owner *owner, struct parley_error *err);

/* Forgets what a module has added, or everything. No handler may be running. */
void hook_remove(const char *module);
void hook_clear(void);

/* Each runs the chain until a handler answers PARLEY_DONE, and returns the last verdict. */
enum parley_verdict hook_message(enum hook_name name, struct parley_message *m);
enum parley_verdict hook_session(
    enum hook_name name, parley_session_id s, const struct parley_json *frame, bool resumed);
enum parley_verdict hook_acked(parley_session_id s, const char *mid);
enum parley_verdict hook_presence(const struct parley_presence *p);
enum parley_verdict hook_account(enum hook_name name, const struct parley_account *a);
enum parley_verdict hook_contact(const char *a, const char *b, bool are_contacts);

/* Calls fn for every handler of name, in the order they run: parleyctl hooks. */
void hook_each(
    enum hook_name name, void (*fn)(void *arg, const char *module, int priority), void *arg);

#endif
