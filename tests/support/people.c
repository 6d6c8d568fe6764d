/* SPDX-License-Identifier: MIT */
/* people.c - people with accounts on the core without a network. */
#include "support/test.h"

#include "support/people.h"

#include "auth/account_internal.h"
#include "support/auth.h"
#include "json/json.h"

#include <parley/account.h>
#include <stdio.h>
#include <string.h>

#define PASSWORD "correct horse battery"

int
people_up(void **state)
{
	auth_up(state);
	core_up(NULL);
	return 0;
}

int
people_down(void **state)
{
	core_down();
	return auth_down(state);
}

static conn_id
login(const char *name, const char *device, bool admin)
{
	const struct parley_account_new what = {
		.name = name, .password = PASSWORD, .admin = admin
	};
	struct parley_account account;
	struct parley_error err = { 0 };
	conn_id conn = core_connect(false);
	char frame[256];

	if (parley_account_get(name, &account, &err) != 0 && account_create(&what, true, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	snprintf(frame, sizeof frame,
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"%s\",\"password\":\"" PASSWORD
	    "\",\"device\":{\"id\":\"%s\"}}",
	    name, device);
	core_receive(conn, frame);
	core_settle();
	if (strstr(core_frame(conn, 0), "\"type\":\"ready\"") == NULL)
		fail_msg("%s cannot log in: %s", name, core_last(conn));
	return conn;
}

conn_id
people_login(const char *name, const char *device)
{
	return login(name, device, false);
}

conn_id
people_login_admin(const char *name, const char *device)
{
	return login(name, device, true);
}

struct parley_session *
people_session(const char *name, const char *device)
{
	parley_session_id id;

	for (unsigned n = 0; (id = parley_account_session(name, n)) != 0; n++)
		if (strcmp(parley_session_device(parley_session_find(id)), device) == 0)
			return parley_session_find(id);
	return NULL;
}

const char *
people_ready(conn_id conn, const char *member)
{
	static char value[256];
	struct arena arena = { 0 };
	const char *frame = core_frame(conn, 0);
	const struct parley_json *root =
	    json_parse_copy(&arena, frame, strlen(frame), &json_limits_own, NULL);

	snprintf(
	    value, sizeof value, "%s", parley_json_string_or(parley_json_get(root, member), ""));
	arena_fini(&arena);
	return value;
}
