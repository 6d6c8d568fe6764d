/* SPDX-License-Identifier: MIT */
/* account_methods.c - one's own account and devices; and accounts for operators. */
#include "auth/account_internal.h"
#include "auth/device.h"
#include "auth/login.h"
#include "base/xalloc.h"
#include "core/builtin.h"
#include "core/device_sessions.h"
#include "core/rate.h"
#include "core/server.h"
#include "core/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 1000

/* ---- one's own ---------------------------------------------------------------------------- */

static void
account_get(void *self, struct parley_request *r)
{
	struct parley_account account;
	struct parley_error err = { 0 };

	if (parley_account_get(parley_request_account(r), &account, &err) != 0)
		parley_refuse_error(r, &err);
	else
		account_write_own(parley_answer(r), "account", &account);
}

static void
tell_devices(const struct parley_account *account, parley_session_id but)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	parley_event_open(&w, &text, "account.changed");
	account_write_own(&w, "account", account);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(account->name, p, but);
	parley_payload_unref(&p);
}

static int
flag_param(const struct parley_json *params, const char *name)
{
	const struct parley_json *flag = parley_json_get(params, name);

	return flag != NULL ? parley_json_bool(flag, false) : -1;
}

static struct parley_account_change
change_params(const struct parley_json *params)
{
	const struct parley_json *privacy = parley_json_get(params, "privacy");
	struct parley_account_change change = PARLEY_ACCOUNT_AS_IT_IS;

	change.display = parley_json_string(parley_json_get(params, "display"));
	change.hidden = flag_param(params, "hidden");
	change.groups =
	    parley_who_find(parley_json_string_or(parley_json_get(privacy, "groups"), ""));
	change.receipts = flag_param(privacy, "receipts");
	change.typing = flag_param(privacy, "typing");
	return change;
}

static int
rate_updates(const char *name, struct parley_error *err)
{
	int64_t most = server_config()->limits.updates_minute;

	return parley_rate_take("account.update", name, most, most, err);
}

static void
account_update(void *self, struct parley_request *r)
{
	struct parley_account_change change = change_params(parley_request_params(r));
	const char *name = parley_request_account(r);
	struct parley_account account;
	struct parley_error err = { 0 };

	if (rate_updates(name, &err) != 0 || parley_account_update(name, &change, &err) != 0 ||
	    parley_account_get(name, &account, &err) != 0) {
		parley_refuse_error(r, &err);
		return;
	}
	account_write_own(parley_answer(r), "account", &account);
	tell_devices(&account, parley_request_session(r));
}

/* The device that asks; "" when its session has ended meanwhile. */
static void
current_device(struct parley_request *r, char device[PARLEY_DEVICE_MAX + 1])
{
	const struct parley_session *s = parley_session_find(parley_request_session(r));

	snprintf(device, PARLEY_DEVICE_MAX + 1, "%s", s != NULL ? s->device : "");
}

/* With what the node asks of a password, when a module says that. */
static int
set_own_password(const char *name, const char *password, const char *peer, const char *keep,
    struct parley_error *err)
{
	void *self;
	const struct parley_password *rules = parley_service_find("password/1", &self);
	struct parley_account account;
	struct parley_error why = { 0 };

	if (parley_account_get(name, &account, err) != 0)
		return -1;
	if ((rules == NULL ||
		rules->check(self, password, account.shown, account.display, &why) == 0) &&
	    account_set_password(name, password, peer, keep, &why) == 0)
		return 0;
	if (strcmp(why.where, "/params/password") == 0) /* of the sign-up */
		snprintf(why.where, sizeof why.where, "/params/new");
	*err = why;
	return -1;
}

static void
account_password(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const char *password = parley_json_string(parley_json_get(params, "password"));
	const struct login_channel channel = { .peer = parley_request_peer(r) };
	const char *name = parley_request_account(r);
	char keep[PARLEY_DEVICE_MAX + 1];
	struct parley_error err = { 0 };

	current_device(r, keep);
	if (login_confirm(name, password, &channel, &err) != 0) {
		if (err.code == PARLEY_NOT_AUTHORIZED)
			parley_refuse(
			    r, PARLEY_NOT_AUTHORIZED, "/params/password", "wrong password");
		else
			parley_refuse_error(r, &err);
		return;
	}
	if (set_own_password(name, parley_json_string(parley_json_get(params, "new")), channel.peer,
		keep, &err) != 0)
		parley_refuse_error(r, &err);
}

static void
account_devices(void *self, struct parley_request *r)
{
	char current[PARLEY_DEVICE_MAX + 1];
	struct parley_error err = { 0 };
	struct parley_writer *w;
	struct device *devices;
	unsigned count;

	current_device(r, current);
	if (device_list(parley_request_account(r), &devices, &count, &err) != 0) {
		parley_refuse_error(r, &err);
		return;
	}
	w = parley_answer(r);
	parley_put_array(w, "devices");
	for (unsigned i = 0; i < count; i++) {
		const struct device *d = &devices[i];

		parley_put_object(w, NULL);
		parley_put_string(w, "id", d->id);
		parley_put_string(w, "name", d->name);
		parley_put_time(w, "created", d->created);
		parley_put_time(w, "seen", d->seen);
		parley_put_string(w, "peer", d->peer);
		parley_put_bool(w, "current", strcmp(d->id, current) == 0);
		parley_put_end(w);
	}
	parley_put_end(w);
	free(devices);
}

static void
account_revoke(void *self, struct parley_request *r)
{
	const char *device =
	    parley_json_string(parley_json_get(parley_request_params(r), "device"));
	struct parley_error err = { 0 };

	if (device_end(parley_request_account(r), device, &err) != 0)
		parley_refuse_error(r, &err);
}

/* ---- for operators ------------------------------------------------------------------------ */

static void
account_make(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const struct parley_account_new new = {
		.name = parley_json_string(parley_json_get(params, "name")),
		.password = parley_json_string(parley_json_get(params, "password")),
		.display = parley_json_string(parley_json_get(params, "display")),
		.email = parley_json_string(parley_json_get(params, "email")),
		.admin = parley_json_bool(parley_json_get(params, "admin"), false),
	};
	char name[PARLEY_NAME_MAX + 1];
	struct parley_error err = { 0 };

	if (account_create(&new, true, &err) != 0) {
		parley_refuse_error(r, &err);
		return;
	}
	parley_ascii_lower(name, new.name, strlen(new.name));
	parley_put_string(parley_answer(r), "name", name);
}

static void
put_account(struct parley_writer *w, const char *key, const struct parley_account *a)
{
	parley_put_object(w, key);
	parley_put_string(w, "name", a->name);
	parley_put_string(w, "shown", a->shown);
	parley_put_string(w, "display", a->display);
	parley_put_bool(w, "admin", a->admin);
	parley_put_bool(w, "disabled", a->disabled);
	parley_put_bool(w, "hidden", a->hidden);
	parley_put_time(w, "created", a->created);
	parley_put_end(w);
}

/* 1, 0, or -1 when it is not there. */
static int
maybe(const struct parley_json *params, const char *name)
{
	const struct parley_json *v = parley_json_get(params, name);

	return v != NULL ? parley_json_bool(v, false) : -1;
}

static void
account_change(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const char *name = parley_json_string(parley_json_get(params, "name"));
	const char *password = parley_json_string(parley_json_get(params, "password"));
	struct parley_account account;
	struct parley_error err = { 0 };

	int admin = maybe(params, "admin"), disabled = maybe(params, "disabled");

	if ((password != NULL && account_set_password(name, password, "", "", &err) != 0) ||
	    ((admin >= 0 || disabled >= 0) &&
		account_set_rights(name, admin, disabled, &err) != 0) ||
	    parley_account_get(name, &account, &err) != 0)
		parley_refuse_error(r, &err);
	else
		put_account(parley_answer(r), "account", &account);
}

static void
account_list_method(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const char *after = parley_json_string_or(parley_json_get(params, "after"), "");
	unsigned limit = (unsigned)parley_json_int(parley_json_get(params, "limit"), 100),
		 count = 0;
	struct parley_account *accounts = xcalloc(LIST_MAX, sizeof *accounts);
	struct parley_error err = { 0 };
	struct parley_writer *w;
	bool more = false;

	if (account_list(after, limit, accounts, &count, &more, &err) != 0) {
		parley_refuse_error(r, &err);
	} else {
		w = parley_answer(r);
		parley_put_array(w, "accounts");
		for (unsigned i = 0; i < count; i++)
			put_account(w, NULL, &accounts[i]);
		parley_put_end(w);
		parley_put_bool(w, "more", more);
	}
	free(accounts);
}

static const struct parley_method account_methods[] = {
	{ "account.get", PARLEY_ROLES_USERS, account_get },
	{ "account.update", PARLEY_ROLES_USERS, account_update },
	{ "account.password", PARLEY_ROLES_USERS, account_password },
	{ "account.devices", PARLEY_ROLES_USERS, account_devices },
	{ "account.revoke", PARLEY_ROLES_USERS, account_revoke },
	{ "account.create", PARLEY_ROLE_OPERATOR, account_make },
	{ "account.change", PARLEY_ROLE_OPERATOR, account_change },
	{ "account.list", PARLEY_ROLE_OPERATOR, account_list_method },
	{ 0 },
};

static const struct parley_collection *const account_collections[] = {
	&account_collection,
	&device_collection,
	NULL,
};

const struct parley_module account_module = {
	PARLEY_ABI,
	.name = "account",
	.summary = "one's own account and devices",
	.methods = account_methods,
	.collections = account_collections,
};
