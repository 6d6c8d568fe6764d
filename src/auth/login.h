/* SPDX-License-Identifier: MIT */
/* login.h - one attempt to log in, by the mechanisms of docs/protocol.md section 4. Router thread,
 * on a fiber: everything here awaits but login_free and login_result_fini. */
#ifndef LOGIN_H
#define LOGIN_H

#include "auth/device.h"
#include "auth/scram.h"
#include "auth/ticket.h"

#include <parley/account.h>
#include <parley/json.h>
#include <parley/text.h>

/* The connection as logins see it. Borrowed for each call. */
struct login_channel {
	const char *domain; /* of this node */
	const char *peer;   /* network address */
	const char *cookie; /* that came with the upgrade, or NULL */
	struct scram_bindings bindings;
	bool secure;  /* else PLAIN is refused */
	bool browser; /* else COOKIE is refused */
};

enum login_outcome {
	LOGIN_OK,        /* account, device; token or ticket if any; data if any */
	LOGIN_CHALLENGE, /* data for the client, whose response goes to login_response */
	LOGIN_FAILED     /* err; failure tells whether it counts against the connection */
};

/* Starts as { 0 }; login_result_fini wipes it. */
struct login_result {
	struct parley_account account;
	char device[PARLEY_DEVICE_MAX + 1];
	char token[DEVICE_TOKEN_SIZE]; /* "": none, after TOKEN and COOKIE or with a ticket */
	char ticket[TICKET_SIZE];      /* "": none */
	struct parley_text data;       /* base64: of the challenge, or the server-final message */
	struct parley_error err;
	bool failure; /* a guess at someone's credentials, or a malformed exchange; not "busy" */
};
void login_result_fini(struct login_result *r);

/* An exchange of several steps; NULL when none is under way. */
struct login;

/* Takes an auth frame. *login is NULL, or an exchange that waits for a response: then this frame is
 * out of turn, ends that exchange and fails. *login is the new exchange after LOGIN_CHALLENGE, else
 * NULL. */
enum login_outcome login_begin(struct login **login, const struct login_channel *channel,
    const struct parley_json *frame, struct login_result *out);

/* Takes a response frame, and the exchange: *login is NULL afterwards. With *login NULL it fails.
 */
enum login_outcome login_response(struct login **login, const struct login_channel *channel,
    const struct parley_json *frame, struct login_result *out);

/* Whether password is that of the account name: for what the owner has to prove again. Counted as a
 * guess like any other. 0, or -1 as a login by PLAIN. */
int login_confirm(const char *name, const char *password, const struct login_channel *channel,
    struct parley_error *err);

/* Wipes it; accepts NULL. For a connection that ends between the two. */
void login_free(struct login **login);

#endif
