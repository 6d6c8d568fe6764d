/* SPDX-License-Identifier: MIT */
/* login.c - one attempt to log in. Whether a user exists must not show: those who do not are given
 * stable fake keys, and then everything goes the same way. */
#include "auth/login.h"

#include "auth/account_internal.h"
#include "auth/password.h"
#include "auth/throttle.h"
#include "base/xalloc.h"
#include "seal/seal.h"

#include <openssl/crypto.h>
#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define USER_MAX 63 /* bytes of what may be called a user name at all */

/* Somebody who wants in: who they say they are, and what is known of those. */
struct claim {
	char name[USER_MAX + 1]; /* in lower case */
	bool exists;
	int64_t logins; /* the number that good logins bore when the keys were read */
	struct scram_keys keys;
};

/* What the client said of itself; kept over the steps of an exchange. */
struct client {
	char id[PARLEY_DEVICE_MAX + 1]; /* "": none */
	char name[DEVICE_NAME_MAX * 4 + 1];
	bool ticket; /* rather than a token */
};

struct login {
	struct client client;
	struct claim claim;
	struct scram scram;
};

void
login_free(struct login **login)
{
	if (*login == NULL)
		return;
	OPENSSL_cleanse(*login, sizeof **login);
	free(*login);
	*login = NULL;
}

void
login_result_fini(struct login_result *r)
{
	parley_text_fini(&r->data);
	OPENSSL_cleanse(r, sizeof *r);
}

/* ---- the parts of an attempt --------------------------------------------------------------- */

/* Tells what went wrong; returns -1, so that a check can end in it. */
static int
refuse(struct login_result *out, enum parley_code code, const char *where, const char *text)
{
	return parley_fail(&out->err, code, where, "%s", text);
}

static int
wrong(struct login_result *out)
{
	return refuse(out, PARLEY_NOT_AUTHORIZED, NULL, "wrong user name or password");
}

static void
read_client(const struct parley_json *frame, struct client *client)
{
	const struct parley_json *device = parley_json_get(frame, "device");

	*client =
	    (struct client){ .ticket = parley_json_bool(parley_json_get(frame, "cookie"), false) };
	snprintf(client->id, sizeof client->id, "%s",
	    parley_json_string_or(parley_json_get(device, "id"), ""));
	snprintf(client->name, sizeof client->name, "%s",
	    parley_json_string_or(parley_json_get(device, "name"), ""));
}

/* Keys for the user, true ones or fake ones. 0, or -1 when the store failed. */
static int
look_up(struct claim *claim, const char *user, struct login_result *out)
{
	struct parley_account account;
	struct parley_error err = { 0 };
	uint8_t secret[32];
	size_t len = strlen(user);

	*claim = (struct claim){ 0 };
	parley_ascii_lower(claim->name, user, len < USER_MAX ? len : USER_MAX);
	seal_derive("fake-salt", secret);
	scram_fake_keys(claim->name, secret, password_log_n(), &claim->keys);
	OPENSSL_cleanse(secret, sizeof secret);
	claim->exists =
	    account_get_keys(claim->name, &account, &claim->keys, &claim->logins, &err) == 0;
	if (claim->exists || err.code == PARLEY_NOT_FOUND)
		return 0;
	out->err = err;
	return -1;
}

/* Begins a guess, unless there were too many; waits while too many are under way. The owner's
 * networks are asked of the store only when it matters: while strangers attack the account. */
static int
admit(struct throttle_try *t, const char *name, const struct login_channel *channel,
    struct login_result *out)
{
	struct parley_error err = { 0 };
	bool asked = false, known = false;

	while (throttle_begin(t, name, channel->peer, known, &err) != 0) {
		if (t->by_account && !asked) {
			asked = true;
			known = device_knows_network(name, channel->peer);
			if (known)
				continue;
		}
		if (t->crowd == 0 || throttle_await(t) != 0) {
			out->err = err;
			return -1;
		}
	}
	return 0;
}

/* The account as it is now, which this login must still be good for: a password that was right when
 * it was read may have been changed since. */
static int
check_account(const char *name, int64_t logins, struct login_result *out)
{
	struct parley_error err = { 0 };
	int64_t good;

	if (account_get_now(name, &out->account, &good, &err) < 0) {
		if (err.code == PARLEY_NOT_FOUND)
			return wrong(out);
		out->err = err;
		return -1;
	}
	if (out->account.disabled)
		return refuse(out, PARLEY_NOT_ALLOWED, NULL, "this account is disabled");
	if (good != logins)
		return refuse(
		    out, PARLEY_NOT_AUTHORIZED, NULL, "this login has ended: log in again");
	return 0;
}

/* The owner has proved who they are: the device gets a new token, or a ticket for it. */
static int
enter(const char *name, int64_t logins, const struct client *client,
    const struct login_channel *channel, struct login_result *out)
{
	char cookie[DEVICE_COOKIE_SIZE];

	if (check_account(name, logins, out) < 0)
		return -1;
	if (device_login(name, client->id[0] != '\0' ? client->id : NULL,
		client->name[0] != '\0' ? client->name : NULL, channel->peer, logins, out->device,
		out->token, &out->err) < 0)
		return -1;
	if (check_account(name, logins, out) < 0) {
		OPENSSL_cleanse(out->token, sizeof out->token);
		return -1;
	}
	if (client->ticket) {
		device_cookie(name, out->token, cookie);
		ticket_make(cookie, out->ticket);
		OPENSSL_cleanse(cookie, sizeof cookie);
		OPENSSL_cleanse(out->token, sizeof out->token);
	}
	return 0;
}

/* Ends a guess that admit began: only a wrong one is counted. */
static int
settle(struct throttle_try *t, const char *name, const struct login_channel *channel, int rc,
    const struct login_result *out)
{
	if (rc == 0)
		throttle_passed(t, name, channel->peer);
	else if (out->err.code == PARLEY_NOT_AUTHORIZED)
		throttle_failed(t);
	else
		throttle_undo(t);
	return rc;
}

/* ---- PLAIN --------------------------------------------------------------------------------- */

/* The schemas count characters, of which each has up to four bytes. */
static int
check_length(const char *password, const char *where, struct login_result *out)
{
	if (strlen(password) <= PASSWORD_MAX)
		return 0;
	return refuse(out, PARLEY_BAD_REQUEST, where, "must be at most 256 bytes long");
}

static int
check_plain(struct claim *claim, const char *user, const char *password, const char *peer,
    struct login_result *out)
{
	if (look_up(claim, user, out) < 0)
		return -1;
	if (password_check(password, peer, &claim->keys, &out->err) < 0)
		return -1;
	return claim->exists ? 0 : wrong(out);
}

static int
login_plain(
    const struct login_channel *channel, const struct parley_json *frame, struct login_result *out)
{
	const char *user = parley_json_string(parley_json_get(frame, "user"));
	const char *password = parley_json_string(parley_json_get(frame, "password"));
	char name[USER_MAX + 1];
	struct throttle_try t;
	struct client client;
	struct claim claim;
	int64_t logins;
	int rc;

	if (!channel->secure)
		return refuse(out, PARLEY_NOT_ALLOWED, "/mechanism",
		    "a password needs an encrypted connection");
	if (user == NULL || strlen(user) > USER_MAX)
		return refuse(out, PARLEY_BAD_REQUEST, "/user", "must be a user name");
	if (password == NULL)
		return refuse(out, PARLEY_BAD_REQUEST, "/password", "is required");
	if (check_length(password, "/password", out) < 0)
		return -1;
	parley_ascii_lower(name, user, strlen(user));
	if (admit(&t, name, channel, out) < 0)
		return -1;
	read_client(frame, &client);
	rc = check_plain(&claim, user, password, channel->peer, out);
	logins = claim.logins;
	OPENSSL_cleanse(&claim, sizeof claim);
	if (rc == 0)
		rc = enter(name, logins, &client, channel, out);
	return settle(&t, name, channel, rc, out);
}

int
login_confirm(const char *name, const char *password, const struct login_channel *channel,
    struct parley_error *err)
{
	struct login_result out = { 0 };
	struct throttle_try t;
	struct claim claim;
	int rc = check_length(password, "/params/password", &out);

	if (rc == 0)
		rc = admit(&t, name, channel, &out);
	if (rc == 0) {
		rc = check_plain(&claim, name, password, channel->peer, &out);
		OPENSSL_cleanse(&claim, sizeof claim);
		settle(&t, name, channel, rc, &out);
	}
	if (rc != 0 && err != NULL)
		*err = out.err;
	login_result_fini(&out);
	return rc;
}

/* ---- SCRAM --------------------------------------------------------------------------------- */

/* The bytes of the member "data". */
static int
decode(const struct parley_json *frame, struct parley_text *out, struct login_result *result)
{
	const struct parley_json *data = parley_json_get(frame, "data");

	if (parley_json_string(data) != NULL &&
	    base64_decode(out, parley_json_string(data), parley_json_len(data), false) == 0)
		return 0;
	return refuse(result, PARLEY_BAD_REQUEST, "/data", "must be base64");
}

/* Before a guess can be made: tells those at once who would not be let in anyway. */
static int
check_limits(const char *name, const struct login_channel *channel, struct login_result *out)
{
	struct parley_error err = { 0 };
	struct throttle_try t;

	if (throttle_begin(&t, name, channel->peer, false, &err) == 0)
		throttle_undo(&t);
	else if (t.crowd == 0 && (!t.by_account || !device_knows_network(name, channel->peer)))
		out->err = err;
	return out->err.code == PARLEY_OK ? 0 : -1;
}

static int
begin_exchange(struct login *login, bool plus, const struct login_channel *channel,
    const struct parley_json *frame, struct login_result *out)
{
	struct parley_text message = { 0 };
	char name[USER_MAX + 1];
	int rc = decode(frame, &message, out);

	if (rc == 0)
		rc = scram_first(&login->scram, plus, &channel->bindings, channel->domain,
		    message.s, message.len, &out->err);
	parley_text_fini(&message);
	if (rc < 0)
		return -1;
	parley_ascii_lower(name, login->scram.user, strlen(login->scram.user));
	if (check_limits(name, channel, out) < 0 || look_up(&login->claim, name, out) < 0)
		return -1;
	read_client(frame, &login->client);
	scram_challenge(&login->scram, &login->claim.keys);
	base64_encode(
	    &out->data, login->scram.server_first, strlen(login->scram.server_first), false);
	return 0;
}

static int
check_final(const struct login *login, const struct parley_json *frame, struct login_result *out)
{
	struct parley_text message = { 0 }, answer = { 0 };
	int rc = decode(frame, &message, out);

	if (rc == 0)
		rc = scram_final(
		    &login->scram, &login->claim.keys, message.s, message.len, &answer, &out->err);
	if (rc == 0 && !login->claim.exists)
		rc = wrong(out);
	if (rc == 0)
		base64_encode(&out->data, answer.s, answer.len, false);
	parley_text_fini(&message);
	parley_text_fini(&answer);
	return rc;
}

static int
end_exchange(const struct login *login, const struct login_channel *channel,
    const struct parley_json *frame, struct login_result *out)
{
	const char *name = login->claim.name;
	struct throttle_try t;
	int rc;

	if (admit(&t, name, channel, out) < 0)
		return -1;
	rc = check_final(login, frame, out);
	if (rc == 0)
		rc = enter(name, login->claim.logins, &login->client, channel, out);
	return settle(&t, name, channel, rc, out);
}

/* ---- TOKEN and COOKIE ---------------------------------------------------------------------- */

/* Never throttled: nobody guesses 256 bits, and owners must get in while they are attacked. */
static int
login_device(const char *account, const char *token, const struct login_channel *channel,
    struct login_result *out)
{
	struct throttle_try t;
	uint64_t revoked;
	int64_t logins;

	do { /* again, when a device was signed out meanwhile: it may be this one */
		revoked = device_revoked();
		if (device_check(account, token, channel->peer, out->device, &logins, &out->err) <
		    0) {
			if (out->err.code == PARLEY_NOT_AUTHORIZED &&
			    throttle_begin(&t, account, channel->peer, true, NULL) == 0)
				throttle_failed(&t);
			return -1;
		}
		if (check_account(account, logins, out) < 0)
			return -1;
	} while (revoked != device_revoked());
	throttle_know(account, channel->peer);
	return 0;
}

static int
login_token(
    const struct login_channel *channel, const struct parley_json *frame, struct login_result *out)
{
	const char *user = parley_json_string(parley_json_get(frame, "user"));
	const char *token = parley_json_string(parley_json_get(frame, "token"));
	char name[PARLEY_NAME_MAX + 1];

	if (user == NULL || !parley_name_valid(user))
		return refuse(out, PARLEY_BAD_REQUEST, "/user", "must be a user name");
	if (token == NULL)
		return refuse(out, PARLEY_BAD_REQUEST, "/token", "is required");
	parley_ascii_lower(name, user, strlen(user));
	return login_device(name, token, channel, out);
}

static int
login_cookie(const struct login_channel *channel, struct login_result *out)
{
	char name[PARLEY_NAME_MAX + 1], token[DEVICE_TOKEN_SIZE];
	int rc;

	if (!channel->browser)
		return refuse(out, PARLEY_NOT_IMPLEMENTED, "/mechanism",
		    "cookies are for WebSocket connections");
	if (channel->cookie == NULL || device_cookie_parse(channel->cookie, name, token) < 0)
		return refuse(
		    out, PARLEY_NOT_AUTHORIZED, NULL, "this login has ended: log in again");
	rc = login_device(name, token, channel, out);
	OPENSSL_cleanse(token, sizeof token);
	return rc;
}

/* ---- frames -------------------------------------------------------------------------------- */

/* What a connection may do only a few times. */
static bool
is_failure(enum parley_code code)
{
	return code == PARLEY_NOT_AUTHORIZED || code == PARLEY_BAD_REQUEST || code == PARLEY_LIMIT;
}

/* user is logged only if it can be a name: people type passwords into the wrong field. */
static enum login_outcome
outcome(int rc, const char *user, const struct login_channel *channel, struct login_result *out)
{
	if (rc == 0) {
		parley_log_debug("login", "logged in account=%s device=%s peer=%s",
		    out->account.name, out->device, channel->peer);
		return LOGIN_OK;
	}
	parley_text_clear(&out->data);
	out->failure = is_failure(out->err.code);
	if (out->err.code == PARLEY_NOT_AUTHORIZED)
		parley_log_info("login", "refused user=\"%s\" peer=%s: %s",
		    parley_name_valid(user) ? user : "", channel->peer, out->err.text);
	return LOGIN_FAILED;
}

static enum login_outcome
begin_scram(struct login **login, bool plus, const struct login_channel *channel,
    const struct parley_json *frame, struct login_result *out)
{
	struct login *started = xcalloc(1, sizeof *started);

	if (begin_exchange(started, plus, channel, frame, out) == 0) {
		*login = started;
		return LOGIN_CHALLENGE;
	}
	outcome(-1, started->scram.user, channel, out);
	login_free(&started);
	return LOGIN_FAILED;
}

enum login_outcome
login_begin(struct login **login, const struct login_channel *channel,
    const struct parley_json *frame, struct login_result *out)
{
	const char *mechanism = parley_json_string_or(parley_json_get(frame, "mechanism"), "");
	const char *user = parley_json_string_or(parley_json_get(frame, "user"), "");
	int rc;

	if (*login != NULL) { /* begun again and again, exchanges would cost and never count */
		login_free(login);
		rc = refuse(out, PARLEY_BAD_REQUEST, "/type", "a response was due");
		return outcome(rc, user, channel, out);
	}
	if (strcmp(mechanism, "SCRAM-SCRYPT-SHA-256") == 0)
		return begin_scram(login, false, channel, frame, out);
	if (strcmp(mechanism, "SCRAM-SCRYPT-SHA-256-PLUS") == 0)
		return begin_scram(login, true, channel, frame, out);
	if (strcmp(mechanism, "PLAIN") == 0)
		rc = login_plain(channel, frame, out);
	else if (strcmp(mechanism, "TOKEN") == 0)
		rc = login_token(channel, frame, out);
	else if (strcmp(mechanism, "COOKIE") == 0)
		rc = login_cookie(channel, out);
	else
		rc = refuse(out, PARLEY_NOT_IMPLEMENTED, "/mechanism", "no such mechanism");
	return outcome(rc, user, channel, out);
}

enum login_outcome
login_response(struct login **login, const struct login_channel *channel,
    const struct parley_json *frame, struct login_result *out)
{
	struct login *ending = *login; /* taken: the connection may end while we wait */
	enum login_outcome end;
	int rc;

	*login = NULL;
	if (ending == NULL) {
		rc = refuse(out, PARLEY_BAD_REQUEST, "/type", "no login is waiting for a response");
		return outcome(rc, "", channel, out);
	}
	rc = end_exchange(ending, channel, frame, out);
	end = outcome(rc, ending->claim.name, channel, out);
	login_free(&ending);
	return end;
}
