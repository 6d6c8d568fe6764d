/* SPDX-License-Identifier: MIT */
/* speak_relay.c - the line protocol of bench/relay. */
#include "speak.h"

static void
relay_open(struct user *u)
{
	wire_printf(&u->wire, "L %u\n", u->index);
}

static void
relay_line(struct user *u, char *line, size_t len)
{
	if (len > 2 && line[0] == 'M')
		user_has_message(u, line + 2, len - 2);
	else if (len == 1 && line[0] == 'A')
		user_has_sent(u, 0);
	else if (len != 1 || line[0] != 'K')
		load_die("user %u: the relay says \"%.*s\"", u->index, (int)len, line);
	else if (u->stage == USER_CONNECTING)
		user_is_ready(u);
	else
		user_is_done(u);
}

static size_t
relay_input(struct user *u, char *bytes, size_t len)
{
	return user_lines(u, bytes, len, relay_line);
}

static void
relay_message(struct user *u, unsigned to, unsigned number, const char *text)
{
	wire_printf(&u->wire, "M %u %s\n", to, text);
}

static void
relay_join(struct user *u, unsigned room)
{
	wire_printf(&u->wire, "J %u\n", room);
}

static void
relay_group(struct user *u, unsigned room, unsigned number, const char *text)
{
	wire_printf(&u->wire, "G %u %s\n", room, text);
}

static void
relay_probe(struct user *u)
{
	wire_write(&u->wire, "P\n", 2);
}

const struct speaker speak_relay = {
	.name = "relay",
	.open = relay_open,
	.input = relay_input,
	.message = relay_message,
	.join = relay_join,
	.group = relay_group,
	.probe = relay_probe,
};
