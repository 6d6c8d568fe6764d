/* SPDX-License-Identifier: MIT */
/* session.h - the connected clients, and how to send to them. Router thread.
 *
 * A session is named by its id, which is never reused; look it up at each use and after each await.
 * It outlives its connection by the resume window: what is sent meanwhile is kept and replayed. */
#ifndef PARLEY_SESSION_H
#define PARLEY_SESSION_H

#include <parley/api.h>
#include <parley/json.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stdint.h>

typedef uint64_t parley_session_id; /* 0: none */

enum parley_role {
	PARLEY_ROLE_GUEST = 1, /* not logged in */
	PARLEY_ROLE_USER = 2,
	PARLEY_ROLE_ADMIN = 4,   /* an account with administrator's rights; USER too */
	PARLEY_ROLE_OPERATOR = 8 /* on the control socket, by the kernel's word */
};
#define PARLEY_ROLES_USERS (PARLEY_ROLE_USER | PARLEY_ROLE_ADMIN)

struct parley_session;

/* Borrowed until the next await; NULL when it is gone. */
PARLEY_API struct parley_session *parley_session_find(parley_session_id id);

/* What they return is borrowed as the session is. */
PARLEY_API parley_session_id parley_session_get_id(const struct parley_session *s);
PARLEY_API const char *parley_session_account(const struct parley_session *s); /* "alice" or "" */
PARLEY_API const char *parley_session_device(const struct parley_session *s);  /* "k3v9x2" or "" */
PARLEY_API const char *parley_session_address(const struct parley_session *s); /* full address */
PARLEY_API unsigned parley_session_roles(const struct parley_session *s); /* of enum parley_role */
PARLEY_API const char *parley_session_peer(const struct parley_session *s); /* "192.0.2.1" */
PARLEY_API bool parley_session_connected(const struct parley_session *s);   /* not just resumable */

/* How many there can be, those without a connection included: a bound for what is kept for each. */
PARLEY_API uint64_t parley_session_most(void);

/* True when it has ended for good. It can then be looked up only until what is under way for it has
 * been dealt with, the hooks of session-ended last: keep nothing new for it. */
PARLEY_API bool parley_session_ended(const struct parley_session *s);

/* The sessions of an account, from 0; 0 at the end. Do not await between calls. */
PARLEY_API parley_session_id parley_account_session(const char *account, unsigned n);

/* Something to send: one JSON object, sealed, shared by everyone who gets it. */
struct parley_payload;

/* New: takes what json holds and leaves json empty. */
PARLEY_API struct parley_payload *parley_payload_new(struct parley_text *json);
/* Shares it; and gives a share back: the last one frees it. The pointer is cleared, and may be NULL. */
PARLEY_API struct parley_payload *parley_payload_ref(struct parley_payload *p);
PARLEY_API void parley_payload_unref(struct parley_payload **p);

/* Marks it with the mid of the message it carries, so that the hook session-acked can tell how
 * far a device has come. Before the first send. */
PARLEY_API void parley_payload_set_mid(struct parley_payload *p, const char *mid);

/* Sends to one session. False when it is gone. Shares p. */
PARLEY_API bool parley_send(parley_session_id to, struct parley_payload *p);

/* Sends to every session of an account but one (0: to all); returns to how many. Shares p. */
PARLEY_API unsigned parley_send_account(
    const char *account, struct parley_payload *p, parley_session_id but);

/* ---- channels: the same for many ---- */

/* A set of accounts that are sent the same things, such as the members of a group. When something
 * is sent, those who have no session cost nothing, and the others share its bytes. */
struct parley_channel;

/* New, without accounts. */
PARLEY_API struct parley_channel *parley_channel_new(void);
/* Empties it and gives it back: it is freed when no message is on its way to it any more. Clears the
 * pointer, which may be NULL. */
PARLEY_API void parley_channel_free(struct parley_channel **ch);

/* account in lower case. False when nothing changes: it was in it already, or was not. */
PARLEY_API bool parley_channel_add(struct parley_channel *ch, const char *account);
PARLEY_API bool parley_channel_remove(struct parley_channel *ch, const char *account);
PARLEY_API bool parley_channel_has(const struct parley_channel *ch, const char *account);

/* How many accounts; and how many of them have a session. */
PARLEY_API unsigned parley_channel_count(const struct parley_channel *ch);
PARLEY_API unsigned parley_channel_here(const struct parley_channel *ch);

/* Calls fn for each account that has a session. fn must not await nor change the channel. */
PARLEY_API void parley_channel_each_here(
    const struct parley_channel *ch, void (*fn)(void *arg, const char *account), void *arg);

/* True while a message on its way is to go to it (parley_message_set_channel): keep it that long. */
PARLEY_API bool parley_channel_in_use(const struct parley_channel *ch);

/* Sends to every session of its accounts but one (0: to all); returns to how many. Shares p. */
PARLEY_API unsigned parley_send_channel(
    const struct parley_channel *ch, struct parley_payload *p, parley_session_id but);

/* While a session is held, payloads that carry a mid are not sent to it: a module is sending it
 * what it missed from the archive, where they are too. parley_session_held_back tells whether any
 * was kept back since the last call: fetch once more before letting go. */
PARLEY_API void parley_session_hold(parley_session_id id, bool on);
PARLEY_API bool parley_session_held_back(parley_session_id id);

/* Before it is let go: up to mid the session has been sent all messages from the archive. What
 * comes with an earlier mid after that is not sent again. */
PARLEY_API void parley_session_passed(parley_session_id id, const char *mid);

/* Starts an event {"type":"event","name":NAME,...} in out; the caller adds members with w, then
 * parley_put_end(w), and makes a payload of out. */
PARLEY_API void parley_event_open(
    struct parley_writer *w, struct parley_text *out, const char *name);

/* Ends a session, telling the client why with an error frame. */
PARLEY_API void parley_session_end(parley_session_id id, enum parley_code code, const char *text);

#endif
