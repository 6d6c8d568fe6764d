/* SPDX-License-Identifier: MIT */
/* mode_group.c - rooms: every message goes to all members, --window of them are on their way in
 * each room, and when one has come to all, the next member writes. Counts deliveries; where the
 * sender is answered in place of being sent its own message, the answer is one. */
#include "speak.h"

#include "base/xalloc.h"

#include <stdio.h>

static struct {
	unsigned rooms, members;
	unsigned away;     /* further members of each room, who have no connection */
	unsigned *turns;   /* of each room: who writes next */
	unsigned *missing; /* of each room and slot of its window: deliveries that are to come */
	bool stopped;
} G;

static void
group_send(unsigned room, unsigned slot)
{
	const struct note note = { .at = load_now(), .a = room, .b = slot };
	struct user *u = &load.users[room * G.members + G.turns[room]++ % G.members];
	char text[NOTE_MAX + 1];

	G.missing[room * options.window + slot] = G.members;
	note_write(&note, text);
	speaker->group(u, room, room * options.window + slot, text);
}

static void
group_delivered(unsigned room, unsigned slot)
{
	if (--G.missing[room * options.window + slot] == 0 && !G.stopped)
		group_send(room, slot);
}

static void
group_message(struct user *u, const char *text, size_t len)
{
	struct note note;

	if (!note_read(&note, text, len))
		return;
	if (note.a != u->index / G.members || note.b >= options.window)
		load_die("user %u got a message of room %u", u->index, note.a);
	note_delivered(&note);
	group_delivered(note.a, note.b);
}

static void
group_sent(struct user *u, unsigned number)
{
	if (!speaker->answers)
		return;
	load.received++;
	group_delivered(number / options.window, number % options.window);
}

/* Those who are away have the numbers behind all the others. */
static void
group_join(struct user *u)
{
	unsigned here = G.rooms * G.members;

	speaker->join(u, u->index < here ? u->index / G.members : (u->index - here) / G.away);
}

static void
group_add_away(void)
{
	unsigned here = G.rooms * G.members, left = G.rooms * G.away;

	for (unsigned n; left > 0; left -= n, here += n) {
		n = left < 100 ? left : 100;
		users_each(here, n, user_connect, "logging in");
		users_each(here, n, group_join, "joining");
		users_each(here, n, user_leave, "leaving");
	}
}

static void
group_measure(const char *extra)
{
	struct measure m;

	load.on.message = group_message;
	load.on.sent = group_sent;
	for (unsigned room = 0; room < G.rooms; room++)
		for (unsigned slot = 0; slot < options.window; slot++)
			group_send(room, slot);
	load_wait(options.warmup);
	for (unsigned i = 0; i < options.repeat; i++) {
		measure_begin(&m);
		load_wait(options.seconds);
		measure_end(&m, "group", load.received - m.received, extra);
	}
	G.stopped = true;
}

void
mode_group(int argc, char **argv)
{
	struct measure m;
	char extra[100];

	G.rooms = number_of(argc > 0 ? argv[0] : NULL, 1, 10000, "ROOMS");
	G.members = number_of(argc > 1 ? argv[1] : NULL, 1, 10000, "MEMBERS");
	G.away = argc > 2 ? number_of(argv[2], 0, 100000, "AWAY") : 0;
	if (speaker->join == NULL)
		load_die("this server has no groups");
	G.turns = xcalloc(G.rooms, sizeof *G.turns);
	G.missing = xcalloc((size_t)G.rooms * options.window, sizeof *G.missing);
	snprintf(extra, sizeof extra, ",\"rooms\":%u,\"members\":%u,\"away\":%u,\"window\":%u",
	    G.rooms, G.members, G.away, options.window);

	users_make(G.rooms * (G.members + G.away));
	users_each(0, G.rooms * G.members, user_connect, "logging in");
	options.at_once = 1;
	measure_begin(&m);
	users_each(0, G.rooms * G.members, group_join, "joining");
	measure_end(&m, "join", G.rooms * G.members, extra);
	group_add_away();
	group_measure(extra);
}
