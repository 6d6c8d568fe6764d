/* SPDX-License-Identifier: MIT */
/* mode_inbox.c - what it costs to be told of many chats: of all of them, as a new device is, and of
 * the ten that have changed since. Half of the chats are with one person, half are groups. */
#include "speak.h"

#include <stdio.h>
#include <stdlib.h>

#define CHANGES  10
#define CLOCK_MS 61000 /* what is told again because it was a moment ago is not to count */

static struct {
	unsigned chats, people; /* people: chats with one person; the others are groups */
	uint64_t synced;
	unsigned sent; /* makes the ids of messages */
	int64_t ahead; /* ms that the node's clock runs ahead */
} I;

static struct user *
reader(void)
{
	return &load.users[0];
}

static unsigned
room_of(const struct user *u)
{
	return u->index - 1 - I.people;
}

/* ---- making the chats --------------------------------------------------------------------- */

static void
ask_reader(struct user *u)
{
	speaker->befriend(u, 0);
}

static void
ask_back(struct user *u)
{
	speaker->befriend(reader(), u->index);
}

static void
make_room(struct user *u)
{
	speaker->join(u, room_of(u));
}

static void
reader_joins(struct user *u)
{
	speaker->join(reader(), room_of(u));
}

static void
write_to_reader(struct user *u)
{
	const struct note note = { .at = load_now(), .a = u->index };
	char text[NOTE_MAX + 1];

	note_write(&note, text);
	if (u->index <= I.people)
		speaker->message(u, 0, I.sent++, text);
	else
		speaker->group(u, room_of(u), I.sent++, text);
}

static void
write_all(unsigned count)
{
	uint64_t before = load.acked;

	for (unsigned i = 0; i < count; i++)
		write_to_reader(&load.users[1 + i * (I.chats / count)]);
	load_until(&load.acked, before + count, 30, "messages");
	load_wait(0.05); /* until the reader has them */
}

static void
make_chats(void)
{
	unsigned groups = I.chats - I.people;

	users_each(0, load.user_count, user_connect, "logging in");
	users_each(1, I.people, ask_reader, "asking for contacts");
	users_each(1, I.people, ask_back, "making contacts");
	users_each(1 + I.people, groups, make_room, "making groups");
	users_each(1 + I.people, groups, reader_joins, "joining groups");
	write_all(I.chats);
}

/* ---- asking ------------------------------------------------------------------------------- */

static void
clock_pass(void)
{
	FILE *f = fopen(options.clock, "r+");

	I.ahead += CLOCK_MS;
	if (f == NULL || fwrite(&I.ahead, sizeof I.ahead, 1, f) != 1 || fclose(f) != 0)
		load_die("--clock %s: %m", options.clock);
}

static void
sync_done(struct user *u)
{
	I.synced++;
}

/* How long the server works for one sync: ns. */
static int64_t
sync_cost(bool from_nothing)
{
	uint64_t told = load.chats;
	int64_t before = processes_cpu(&options.server);

	speaker->inbox(reader(), from_nothing);
	load_until(&I.synced, I.synced + 1, 30, "the inbox");
	told = load.chats - told;
	if (told != (from_nothing ? I.chats : CHANGES))
		load_die("the inbox told of %llu chats", (unsigned long long)told);
	return processes_cpu(&options.server) - before;
}

static void
tell(const char *what, const struct histogram *cost)
{
	report("inbox", ",\"what\":\"%s\",\"chats\":%u,\"changes\":%u,\"cpu_us\":%.1f", what,
	    I.chats, CHANGES, (double)histogram_quantile(cost, 0.5) / 1e3);
}

static void
measure_rounds(unsigned rounds)
{
	static struct histogram all, some;

	load.on.done = sync_done;
	for (unsigned i = 0; i < rounds; i++) {
		clock_pass();
		histogram_add(&all, sync_cost(true));
		write_all(CHANGES);
		histogram_add(&some, sync_cost(false));
	}
	load.on.done = NULL;
	tell("all", &all);
	tell("changes", &some);
}

void
mode_inbox(int argc, char **argv)
{
	I.chats = number_of(argc > 0 ? argv[0] : NULL, CHANGES, 1800, "CHATS");
	I.people = I.chats / 2;
	if (speaker->inbox == NULL || options.clock == NULL)
		load_die("this needs a server with an inbox, and --clock");
	users_make(1 + I.chats);
	make_chats();
	measure_rounds((unsigned)(options.seconds * 5) + 1);
}
