/* SPDX-License-Identifier: MIT */
/* mode_login.c - what a login costs: connecting, TLS, proving who one is, one question and its
 * answer, goodbye. --at-once users log in again and again; the first time of each is not counted.
 */
#include "speak.h"

#include <stdio.h>

static uint64_t logins, logins_begun, logins_wanted;

static void
login_next(struct user *u)
{
	if (logins_begun == logins_wanted)
		return;
	logins_begun++;
	user_connect(u);
}

static void
login_ready(struct user *u)
{
	speaker->probe(u);
}

static void
login_done(struct user *u)
{
	if (speaker->goodbye != NULL)
		speaker->goodbye(u);
	wire_close(&u->wire);
	u->stage = USER_AWAY;
	if (load.measuring)
		histogram_add(&load.latencies, load_now() - u->called);
	logins++;
	login_next(u);
}

static void
login_round(unsigned users, unsigned count)
{
	logins = logins_begun = 0;
	logins_wanted = count;
	for (unsigned i = 0; i < users; i++)
		login_next(&load.users[i]);
	load_until(&logins, count, 30, "logging in");
}

void
mode_login(int argc, char **argv)
{
	static const char *const ways[] = { "token", "plain", "scram" };
	unsigned count = number_of(argc > 0 ? argv[0] : NULL, 1, 10000000, "N");
	char extra[80];
	struct measure m;

	users_make(options.at_once);
	load.bare = true;
	load.on.ready = login_ready;
	load.on.done = login_done;
	login_round(options.at_once, options.at_once);
	snprintf(extra, sizeof extra, ",\"way\":\"%s\"", ways[options.login]);
	for (unsigned i = 0; i < options.repeat; i++) {
		measure_begin(&m);
		login_round(options.at_once, count);
		measure_end(&m, "login", count, extra);
	}
}
