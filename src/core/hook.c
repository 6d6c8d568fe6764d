/* SPDX-License-Identifier: MIT */
/* hook.c - which handlers see an event, and in what order. */
#include "core/hook.h"

#include "base/xalloc.h"
#include "runtime/task.h"

#include <stdlib.h>
#include <string.h>

const struct hook_info hook_infos[HOOK_NAMES] = {
	[HOOK_MESSAGE_CHECK] = { "message-check", "message", true,
	    "May this message be sent? Its sender and receiver are known, its mid and time are not "
	    "yet; a message that forwards has no text before the archive's check has filled it in. "
	    "Refuse it with `return parley_message_refuse(...)`; `PARLEY_DONE` without that "
	    "is "
	    "answered `not-allowed`." },
	[HOOK_MESSAGE_REFUSED] = { "message-refused", "message", false,
	    "The message was refused, but it may be a retry of one that was not: look for it in "
	    "the archive with `m->append` and `m->append.seek`, and set `m->archiving`. When it is "
	    "found, message-archived is called, and the answer is the first one's." },
	[HOOK_MESSAGE_ARCHIVE] = { "message-archive", "message", false,
	    "Nobody has refused the message, and its turn has come: queue it for the archive with "
	    "`m->append`, and set `m->archiving`. Messages of a session come here in the order in "
	    "which they arrived. Before it is queued it may still be refused, by who must know "
	    "that nothing has changed since the check." },
	[HOOK_MESSAGE_ARCHIVED] = { "message-archived", "message", false,
	    "The message is durable and has its seq, in the order of the archive; it has not been "
	    "sent yet. Who sets `m->repeated` says that it is a retry, which is answered and not "
	    "delivered." },
	[HOOK_MESSAGE_DELIVERED] = { "message-delivered", "message", true,
	    "The message was sent to everyone who is connected, and its sender was answered." },
	[HOOK_SESSION_BOUND] = { "session-bound", "session", true,
	    "A client has logged in, or resumed; frame is its auth frame. Its first frames may be "
	    "on their way already, and it may have gone again: look the session up." },
	[HOOK_SESSION_DETACHED] = { "session-detached", "session", true,
	    "The connection was lost; the session can be resumed for a while, and may have been by "
	    "the time this runs. frame is NULL." },
	[HOOK_SESSION_ENDED] = { "session-ended", "session", true,
	    "The session is gone for good. It can be looked up until the chain ends, but not sent "
	    "to. frame is NULL." },
	[HOOK_SESSION_ACKED] = { "session-acked", "acked", false,
	    "The client has everything up to the message mid." },
	[HOOK_PRESENCE] = { "presence", "presence", true,
	    "A client told its presence. Presences of a session come in order." },
	[HOOK_ACCOUNT_CREATED] = { "account-created", "account", true, "An account was made." },
	[HOOK_ACCOUNT_CHANGED] = { "account-changed", "account", true,
	    "A display name or visibility was changed." },
	[HOOK_CONTACT_CHANGED] = { "contact-changed", "contact", true,
	    "Two accounts became contacts, or are no longer." },
};

struct handler {
	const struct parley_hook *hook;
	const struct owner *owner;
};

static struct chain {
	struct handler *handlers;
	size_t count;
} chains[HOOK_NAMES];

/* True when the function that kind names is set, and no other. */
static bool
has_function(const struct parley_hook *h, const char *kind)
{
	const struct {
		const char *kind;
		bool set;
	} functions[] = {
		{ "message", h->message != NULL },
		{ "session", h->session != NULL },
		{ "acked", h->acked != NULL },
		{ "presence", h->presence != NULL },
		{ "account", h->account != NULL },
		{ "contact", h->contact != NULL },
	};

	for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
		if (functions[i].set != (strcmp(functions[i].kind, kind) == 0))
			return false;
	return true;
}

static bool
runs_before(const struct handler *a, const struct handler *b)
{
	if (a->hook->priority != b->hook->priority)
		return a->hook->priority < b->hook->priority;
	return strcmp(a->owner->module, b->owner->module) < 0;
}

static void
chain_insert(struct chain *c, const struct handler *h)
{
	size_t at = c->count;

	c->handlers = xrealloc(c->handlers, (c->count + 1) * sizeof *c->handlers);
	while (at > 0 && runs_before(h, &c->handlers[at - 1])) {
		c->handlers[at] = c->handlers[at - 1];
		at--;
	}
	c->handlers[at] = *h;
	c->count++;
}

int
hook_add(const struct parley_hook *hook, const struct owner *owner, struct parley_error *err)
{
	struct handler h = { hook, owner };

	for (int n = 0; n < HOOK_NAMES; n++) {
		if (strcmp(hook_infos[n].name, hook->name) != 0)
			continue;
		if (!has_function(hook, hook_infos[n].kind))
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "module %s: hook \"%s\" needs the function .%s and no other",
			    owner->module, hook->name, hook_infos[n].kind);
		chain_insert(&chains[n], &h);
		return 0;
	}
	return parley_fail(err, PARLEY_INTERNAL, NULL,
	    "module %s: there is no hook \"%s\"; docs/hooks.md lists them", owner->module,
	    hook->name);
}

void
hook_remove(const char *module)
{
	for (int n = 0; n < HOOK_NAMES; n++) {
		struct chain *c = &chains[n];
		size_t kept = 0;

		for (size_t i = 0; i < c->count; i++)
			if (strcmp(c->handlers[i].owner->module, module) != 0)
				c->handlers[kept++] = c->handlers[i];
		c->count = kept;
	}
}

void
hook_clear(void)
{
	for (int n = 0; n < HOOK_NAMES; n++) {
		free(chains[n].handlers);
		chains[n] = (struct chain){ 0 };
	}
}

/* One run of a chain. Chains change only while no handler runs, so the pointers hold over awaits.
 */
struct run {
	const struct chain *chain;
	size_t next;
	bool may_await;
	struct owner before; /* who was running */
};

static struct run
run_begin(enum hook_name name)
{
	struct run r = { &chains[name], 0, hook_infos[name].may_await, owner_running() };

	if (!r.may_await)
		parley_noawait_begin();
	return r;
}

/* The next handler, which log lines then name; NULL at the end, or once a handler was done. */
static const struct handler *
run_next(struct run *r, enum parley_verdict verdict)
{
	const struct handler *h = NULL;

	if (verdict == PARLEY_PASS && r->next < r->chain->count)
		h = &r->chain->handlers[r->next++];
	owner_enter(h != NULL ? h->owner : &r->before);
	if (h == NULL && !r->may_await)
		parley_noawait_end();
	return h;
}

enum parley_verdict
hook_message(enum hook_name name, struct parley_message *m)
{
	enum parley_verdict verdict = PARLEY_PASS;
	struct run r = run_begin(name);
	const struct handler *h;

	while ((h = run_next(&r, verdict)) != NULL)
		verdict = h->hook->message(h->owner->self, m);
	return verdict;
}

enum parley_verdict
hook_session(
    enum hook_name name, parley_session_id s, const struct parley_json *frame, bool resumed)
{
	enum parley_verdict verdict = PARLEY_PASS;
	struct run r = run_begin(name);
	const struct handler *h;

	while ((h = run_next(&r, verdict)) != NULL)
		verdict = h->hook->session(h->owner->self, s, frame, resumed);
	return verdict;
}

enum parley_verdict
hook_acked(parley_session_id s, const char *mid)
{
	enum parley_verdict verdict = PARLEY_PASS;
	struct run r = run_begin(HOOK_SESSION_ACKED);
	const struct handler *h;

	while ((h = run_next(&r, verdict)) != NULL)
		verdict = h->hook->acked(h->owner->self, s, mid);
	return verdict;
}

enum parley_verdict
hook_presence(const struct parley_presence *p)
{
	enum parley_verdict verdict = PARLEY_PASS;
	struct run r = run_begin(HOOK_PRESENCE);
	const struct handler *h;

	while ((h = run_next(&r, verdict)) != NULL)
		verdict = h->hook->presence(h->owner->self, p);
	return verdict;
}

enum parley_verdict
hook_account(enum hook_name name, const struct parley_account *a)
{
	enum parley_verdict verdict = PARLEY_PASS;
	struct run r = run_begin(name);
	const struct handler *h;

	while ((h = run_next(&r, verdict)) != NULL)
		verdict = h->hook->account(h->owner->self, a);
	return verdict;
}

enum parley_verdict
hook_contact(const char *a, const char *b, bool are_contacts)
{
	enum parley_verdict verdict = PARLEY_PASS;
	struct run r = run_begin(HOOK_CONTACT_CHANGED);
	const struct handler *h;

	while ((h = run_next(&r, verdict)) != NULL)
		verdict = h->hook->contact(h->owner->self, a, b, are_contacts);
	return verdict;
}

void
parley_fire_contact_changed(const char *a, const char *b, bool are_contacts)
{
	hook_contact(a, b, are_contacts);
}

void
hook_each(enum hook_name name, void (*fn)(void *arg, const char *module, int priority), void *arg)
{
	for (size_t i = 0; i < chains[name].count; i++)
		fn(arg, chains[name].handlers[i].owner->module,
		    chains[name].handlers[i].hook->priority);
}
