/* SPDX-License-Identifier: MIT */
/* mode_pairs.c - one-to-one messages: users 2n and 2n+1 write to each other. In a closed loop each
 * delivery is answered, with --window messages on their way in each pair; with --rate users write
 * in turn at fixed times, and latency counts from those. */
#include "pairs.h"

#include "speak.h"

#include <stdio.h>

static struct {
	unsigned users;
	uint64_t sent;  /* never starts anew: it makes the ids of messages */
	uint64_t first; /* value of sent when the measurement began */
	int64_t begun;
	bool stopped;
} P;

static void
pairs_send(struct user *u, int64_t at)
{
	const struct note note = { .at = at, .a = u->index };
	char text[NOTE_MAX + 1];

	note_write(&note, text);
	speaker->message(u, u->index ^ 1, (unsigned)P.sent++, text);
}

static void
pairs_message(struct user *u, const char *text, size_t len)
{
	struct note note;

	if (!note_read(&note, text, len))
		return;
	note_delivered(&note);
	if (options.rate == 0 && !P.stopped)
		pairs_send(u, load_now());
}

/* Everything that is due by now leaves with the time it was due at. */
static void
pairs_tick(int64_t now)
{
	while (load.due <= now) {
		pairs_send(&load.users[P.sent % P.users], load.due);
		load.due =
		    P.begun + (int64_t)((double)(P.sent - P.first) * (double)NS / options.rate);
	}
}

void
pairs_prepare(unsigned pairs)
{
	P.users = 2 * pairs;
	users_each(0, P.users, user_connect, "logging in");
	users_each(0, P.users, user_befriend, "making contacts");
}

static void
pairs_begin(void)
{
	P.stopped = false;
	P.first = P.sent;
	load.on.message = pairs_message;
	load.on.tick = pairs_tick;
	if (options.rate > 0) {
		load.due = P.begun = load_now();
		return;
	}
	for (unsigned i = 0; i < P.users; i += 2)
		for (unsigned k = 0; k < options.window; k++)
			pairs_send(&load.users[i], load_now());
}

/* Lets what is on its way arrive. */
static void
pairs_end(uint64_t received_before)
{
	P.stopped = true;
	load.due = INT64_MAX;
	load_until(&load.received, received_before + P.sent - P.first, 10, "the last deliveries");
	load.on.message = NULL;
}

void
pairs_measure(const char *mode, const char *extra)
{
	uint64_t before = load.received;
	char members[200];
	struct measure m;

	snprintf(members, sizeof members, ",\"pairs\":%u,\"window\":%u,\"asked_rate\":%.0f%s",
	    P.users / 2, options.window, options.rate, extra);
	pairs_begin();
	load_until(&load.received, before + 1, 10, "the first delivery");
	load_wait(options.warmup);
	for (unsigned i = 0; i < options.repeat; i++) {
		measure_begin(&m);
		load_wait(options.seconds);
		load_until(&load.received, m.received + 1, 30, "a delivery");
		measure_end(&m, mode, load.received - m.received, members);
	}
	pairs_end(before);
}

void
pairs_fill(unsigned count)
{
	uint64_t before = load.received;

	pairs_begin();
	load_until(&load.received, before + count, 10, "filling the archive");
	pairs_end(before);
}

void
mode_pairs(int argc, char **argv)
{
	unsigned pairs = number_of(argc > 0 ? argv[0] : NULL, 1, 10000, "P");

	users_make(2 * pairs);
	pairs_prepare(pairs);
	pairs_measure("pairs", "");
}

void
mode_crowd(int argc, char **argv)
{
	unsigned idle = number_of(argc > 0 ? argv[0] : NULL, 1, 100000, "N");
	unsigned pairs = number_of(argc > 1 ? argv[1] : NULL, 1, 10000, "P");
	char extra[40];

	users_make(2 * pairs + idle);
	pairs_prepare(pairs);
	pairs_measure("crowd", ",\"idle\":0");
	users_each(2 * pairs, idle, user_connect, "logging in");
	snprintf(extra, sizeof extra, ",\"idle\":%u", idle);
	pairs_measure("crowd", extra);
}
