/* SPDX-License-Identifier: MIT */
/* users.c - the generator's users: connecting, steps for many of them, what they are told. */
#include "load.h"
#include "speak.h"

#include "base/xalloc.h"

#include <string.h>

#define PATIENCE 30 /* seconds in which one of many steps must be through */

static uint64_t through; /* users that are through with the step of users_each */
static bool stepping;

static void
users_open(struct wire *w)
{
	speaker->open((struct user *)w);
}

static size_t
users_input(struct wire *w, char *bytes, size_t len)
{
	return speaker->input((struct user *)w, bytes, len);
}

static void
users_lost(struct wire *w, const char *why)
{
	struct user *u = (struct user *)w;

	u->stage = USER_AWAY;
	if (load.on.lost == NULL)
		load_die("user %u: %s", u->index, why);
	load.on.lost(u, why);
}

void
users_make(unsigned count)
{
	static const struct wire_events events = { users_open, users_input, users_lost };
	const struct wire_config config = { options.host, options.port, options.tls, &events };

	wire_start(&config);
	load.users = xcalloc(count, sizeof *load.users);
	load.user_count = count;
	for (unsigned i = 0; i < count; i++) {
		load.users[i].index = i;
		load.users[i].wire.fd = -1;
	}
	if (speaker->make_accounts != NULL)
		speaker->make_accounts(count);
}

void
users_each(unsigned first, unsigned count, void (*step)(struct user *u), const char *what)
{
	unsigned started = 0;

	through = 0;
	stepping = true;
	while (through < count) {
		while (started < count && started - through < options.at_once)
			step(&load.users[first + started++]);
		if (through < count)
			load_until(&through, through + 1, PATIENCE, what);
	}
	stepping = false;
}

void
user_through(struct user *u)
{
	if (!stepping)
		load_die("user %u: what was it that is done?", u->index);
	through++;
}

void
user_connect(struct user *u)
{
	u->stage = USER_CONNECTING;
	u->called = load_now();
	wire_connect(&u->wire);
}

void
user_befriend(struct user *u)
{
	if (speaker->befriend == NULL)
		user_through(u);
	else
		speaker->befriend(u, u->index ^ 1);
}

void
user_leave(struct user *u)
{
	u->stage = USER_AWAY;
	if (speaker->goodbye != NULL)
		speaker->goodbye(u);
	wire_close(&u->wire);
	user_through(u);
}

void
users_enroll(void)
{
	load.bare = true;
	load.on.ready = user_leave;
	users_each(0, load.user_count, user_connect, "the first logins");
	load.on.ready = NULL;
	load.bare = false;
}

void
user_is_ready(struct user *u)
{
	u->stage = USER_READY;
	if (load.on.ready != NULL)
		load.on.ready(u);
	else
		user_through(u);
}

void
user_has_message(struct user *u, const char *text, size_t len)
{
	if (load.on.message != NULL)
		load.on.message(u, text, len);
}

void
user_has_sent(struct user *u, unsigned number)
{
	load.acked++;
	if (load.on.sent != NULL)
		load.on.sent(u, number);
}

void
user_is_done(struct user *u)
{
	if (load.on.done != NULL)
		load.on.done(u);
	else
		user_through(u);
}

void
user_is_refused(struct user *u, const char *id, const char *code, const char *text)
{
	if (load.on.refused == NULL)
		load_die("user %u was refused: %s: %s (%s)", u->index, code, text, id);
	load.on.refused(u, id, code, text);
}

size_t
user_lines(
    struct user *u, char *bytes, size_t len, void (*take)(struct user *u, char *line, size_t len))
{
	unsigned life = u->wire.life;
	size_t at = 0;
	char *end;

	while (at < len && (end = memchr(bytes + at, '\n', len - at)) != NULL) {
		take(u, bytes + at, (size_t)(end - bytes) - at);
		if (u->wire.life != life)
			break; /* the user has left meanwhile */
		at = (size_t)(end - bytes) + 1;
	}
	return at;
}
