/* SPDX-License-Identifier: MIT */
/* mode_group.c - rooms: every message goes to all members, --window of them are on their way in
 * each room, and when one has come to all, the next member writes. Counts deliveries. */
#include "speak.h"

#include "base/xalloc.h"

#include <stdio.h>

static struct {
	unsigned rooms, members;
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
	speaker->group(u, room, text);
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
	if (--G.missing[note.a * options.window + note.b] == 0 && !G.stopped)
		group_send(note.a, note.b);
}

static void
group_join(struct user *u)
{
	speaker->join(u, u->index / G.members);
}

static void
group_measure(const char *extra)
{
	struct measure m;

	load.on.message = group_message;
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
	char extra[80];

	G.rooms = number_of(argc > 0 ? argv[0] : NULL, 1, 10000, "ROOMS");
	G.members = number_of(argc > 1 ? argv[1] : NULL, 1, 10000, "MEMBERS");
	if (speaker->join == NULL)
		load_die("this server has no groups");
	G.turns = xcalloc(G.rooms, sizeof *G.turns);
	G.missing = xcalloc((size_t)G.rooms * options.window, sizeof *G.missing);
	snprintf(extra, sizeof extra, ",\"rooms\":%u,\"members\":%u,\"window\":%u", G.rooms,
	    G.members, options.window);

	users_make(G.rooms * G.members);
	users_each(0, load.user_count, user_connect, "logging in");
	options.at_once = 1;
	measure_begin(&m);
	users_each(0, load.user_count, group_join, "joining");
	measure_end(&m, "join", load.user_count, extra);
	group_measure(extra);
}
