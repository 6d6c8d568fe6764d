/* SPDX-License-Identifier: MIT */
/* account_change.c - what changes of an account: its profile, its rights, its password. */
#include "auth/account_cache.h"
#include "auth/account_check.h"
#include "auth/account_doc.h"
#include "auth/account_internal.h"
#include "auth/device.h"
#include "auth/password.h"
#include "base/random.h"

#include <openssl/crypto.h>
#include <parley/await.h>
#include <parley/log.h>
#include <string.h>

/* How a patch begins, and which logins it leaves. */
struct change {
	const char *name;
	bool tell;          /* others may see the difference */
	bool ends;          /* all logins end, but that of the device keep */
	const char *keep;   /* "": none */
	const char *reason; /* what those who are logged in are told */
	int64_t logins;     /* the number that good ones bear from now on */
	struct parley_text json;
	struct parley_writer w;
};

static void
change_begin(struct change *c, const char *name)
{
	*c = (struct change){ .name = name, .keep = "" };
	parley_writer_init(&c->w, &c->json);
	parley_put_object(&c->w, NULL);
}

/* Tokens are void with the commit, even if the node fails before it has removed them. */
static void
change_ends_logins(struct change *c, const char *keep, const char *reason)
{
	uint64_t random;

	random_bytes(&random, sizeof random);
	c->ends = true;
	c->keep = keep;
	c->reason = reason;
	c->logins = (int64_t)(random >> 12) + 1; /* exact in JSON */
	parley_put_int(&c->w, "logins", c->logins);
}

static void
end_logins(const struct change *c, const char *key)
{
	struct parley_error err = { 0 };

	if (account_hooks()->ended != NULL)
		account_hooks()->ended(key, c->keep, c->reason);
	if ((c->keep[0] != '\0' && device_keep(key, c->keep, c->logins, &err) != 0) ||
	    device_revoke_others(key, c->keep, &err) != 0)
		parley_log_warn(
		    "account", "the devices of \"%s\" are not tidied up: %s", key, err.text);
}

/* What follows a commit: those who may not be logged in any more go at once. */
static void
change_made(const struct change *c, const char *key)
{
	struct parley_account account;

	if (c->ends)
		end_logins(c, key);
	if (c->tell && account_hooks()->changed != NULL &&
	    parley_account_get(key, &account, NULL) == 0)
		account_hooks()->changed(&account);
}

static int
change_commit(struct change *c, struct parley_error *err)
{
	char key[PARLEY_NAME_MAX + 1] = "";
	struct parley_error why = { 0 };
	int rc = -1;

	parley_put_end(&c->w);
	if (parley_name_valid(c->name)) {
		parley_ascii_lower(key, c->name, strlen(c->name));
		parley_shield(true);
		rc = parley_store_patch(&account_collection, key, &c->json, NULL, &why);
		account_cache_drop(key);
		if (rc == 0)
			change_made(c, key);
		parley_shield(false);
	}
	parley_text_fini(&c->json);
	if (rc < 0 && (key[0] == '\0' || why.code == PARLEY_NOT_FOUND))
		return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such account");
	if (rc < 0 && err != NULL)
		*err = why;
	return rc;
}

static void
put_flag(struct parley_writer *w, const char *key, int flag)
{
	if (flag >= 0)
		parley_put_bool(w, key, flag > 0);
}

static void
put_change(struct parley_writer *w, const struct parley_account_change *change)
{
	parley_put_string(w, "display", change->display);
	put_flag(w, "hidden", change->hidden);
	parley_put_object(w, "privacy"); /* what is in it is merged, too */
	if (change->groups >= 0)
		parley_put_string(w, "groups", parley_who_name((enum parley_who)change->groups));
	put_flag(w, "receipts", change->receipts);
	put_flag(w, "typing", change->typing);
	parley_put_end(w);
}

int
parley_account_update(
    const char *name, const struct parley_account_change *change, struct parley_error *err)
{
	struct change c;

	if (change->display != NULL && account_check_display(change->display, err) < 0)
		return -1;
	change_begin(&c, name);
	c.tell = true;
	put_change(&c.w, change);
	return change_commit(&c, err);
}

int
account_set_rights(const char *name, int admin, int disabled, struct parley_error *err)
{
	struct change c;

	change_begin(&c, name);
	c.tell = true;
	put_flag(&c.w, "admin", admin);
	put_flag(&c.w, "disabled", disabled);
	if (disabled > 0)
		change_ends_logins(&c, "", "this account was disabled");
	return change_commit(&c, err);
}

int
account_set_password(const char *name, const char *password, const char *peer, const char *keep,
    struct parley_error *err)
{
	char key[PARLEY_NAME_MAX + 1];
	struct scram_keys keys;
	struct change c;

	if (account_check_password(password, err) < 0)
		return -1;
	if (!parley_name_valid(name))
		return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such account");
	if (password_make(password, peer, &keys, err) < 0)
		return -1;
	parley_ascii_lower(key, name, strlen(name));
	change_begin(&c, key);
	account_doc_put_keys(&c.w, &keys);
	OPENSSL_cleanse(&keys, sizeof keys);
	change_ends_logins(&c, keep, "the password was changed: log in again");
	return change_commit(&c, err);
}
