/* SPDX-License-Identifier: MIT */
/* mode_reconnect.c - the server restarts under its users: how long until all are back, and does
 * every message that was acknowledged come to whom it was for? */
#include "pairs.h"
#include "speak.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK     (NS / 200)
#define RETRY    (NS / 5)
#define PATIENCE 60 /* seconds */

struct sent {
	unsigned from;
	bool acked;
	unsigned received;
	char text[NOTE_MAX + 1];
};

static struct {
	unsigned pairs;
	struct sent *sent;
	unsigned count, cap, acked;
	uint64_t arrived;     /* of those that are acknowledged or not, the first time */
	uint64_t repeats;     /* a second time */
	unsigned turned_away; /* times the node was too busy for somebody to come back */
	int64_t begun, lost_at;
	int64_t *retry_at; /* of each user */
	uint64_t back;
	bool stopped;
} C;

/* ---- messages ----------------------------------------------------------------------------- */

static void
message_send(struct user *u)
{
	const struct note note = { .at = load_now(), .a = u->index, .b = C.count };
	struct sent *s;

	if (C.count == C.cap) {
		C.cap = C.cap == 0 ? 1024 : 2 * C.cap;
		C.sent = xrealloc(C.sent, C.cap * sizeof *C.sent);
	}
	s = &C.sent[C.count];
	*s = (struct sent){ .from = u->index };
	note_write(&note, s->text);
	if (u->stage == USER_READY)
		speaker->message(u, u->index ^ 1, C.count, s->text);
	C.count++;
}

static void
messages_again(struct user *u)
{
	for (unsigned i = 0; i < C.count; i++)
		if (C.sent[i].from == u->index && !C.sent[i].acked)
			speaker->message(u, u->index ^ 1, i, C.sent[i].text);
}

static void
reconnect_sent(struct user *u, unsigned number)
{
	if (number >= C.count || C.sent[number].from != u->index)
		load_die("user %u: message %u was acknowledged and never sent", u->index, number);
	if (!C.sent[number].acked)
		C.acked++;
	C.sent[number].acked = true;
}

static void
reconnect_message(struct user *u, const char *text, size_t len)
{
	struct note note;

	if (!note_read(&note, text, len))
		return;
	if (note.b >= C.count || (note.a ^ 1) != u->index)
		load_die("user %u got a message that is not for it", u->index);
	if (C.sent[note.b].received++ == 0) {
		C.arrived++;
		note_delivered(&note);
	} else {
		C.repeats++;
	}
}

/* ---- connections -------------------------------------------------------------------------- */

static void
reconnect_lost(struct user *u, const char *why)
{
	if (C.lost_at == 0) {
		C.lost_at = load_now();
		load.measuring = false; /* the latencies are times to be back from now on */
		histogram_clear(&load.latencies);
	}
	C.retry_at[u->index] = load_now() + RETRY + random() % RETRY;
}

/* The node says that it goes down, and what was refused is sent again later; or that it is busy,
 * and who wanted to be back comes again later. */
static void
reconnect_refused(struct user *u, const char *id, const char *code, const char *text)
{
	if (u->stage == USER_READY || C.lost_at == 0)
		return;
	if (strcmp(code, "busy") != 0)
		load_die("user %u cannot come back: %s: %s (%s)", u->index, code, text, id);
	C.turned_away++;
	u->stage = USER_AWAY;
	wire_close(&u->wire);
	C.retry_at[u->index] = load_now() + NS + random() % NS;
}

static void
reconnect_ready(struct user *u)
{
	histogram_add(&load.latencies, load_now() - C.lost_at);
	C.back++;
	messages_again(u);
}

static void
reconnect_tick(int64_t now)
{
	uint64_t due = (uint64_t)((double)(now - C.begun) / (double)NS * options.rate);

	load.due = now + TICK;
	while (!C.stopped && C.count < due)
		message_send(&load.users[C.count % (2 * C.pairs)]);
	for (unsigned i = 0; i < load.user_count; i++)
		if (C.retry_at[i] != 0 && C.retry_at[i] <= now) {
			C.retry_at[i] = 0;
			user_connect(&load.users[i]);
		}
}

static void
restart_server(void)
{
	pid_t pid = fork();

	if (pid < 0)
		load_die("fork: %m");
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", options.restart, (char *)NULL);
		_exit(127);
	}
}

static void
reconnect_report(void)
{
	const struct histogram *h = &load.latencies;
	unsigned lost = 0, unanswered = C.count - C.acked;

	for (unsigned i = 0; i < C.count; i++)
		if (C.sent[i].acked && C.sent[i].received == 0)
			lost++;
	report("reconnect",
	    ",\"sessions\":%u,\"back_p50_s\":%.2f,\"back_p99_s\":%.2f,\"back_all_s\":%.2f,"
	    "\"messages\":%u,\"lost\":%u,\"unanswered\":%u,\"repeats\":%llu,\"turned_away\":%u",
	    load.user_count, (double)histogram_quantile(h, 0.5) / 1e9,
	    (double)histogram_quantile(h, 0.99) / 1e9, (double)h->max / 1e9, C.count, lost,
	    unanswered, (unsigned long long)C.repeats, C.turned_away);
	if (lost > 0 || unanswered > 0)
		load_die("%u acknowledged messages were lost, %u never answered", lost, unanswered);
}

void
mode_reconnect(int argc, char **argv)
{
	unsigned count = number_of(argc > 0 ? argv[0] : NULL, 2, 1000000, "N");

	C.pairs = number_of(argc > 1 ? argv[1] : NULL, 1, count / 2, "P, at most half of N,");
	if (options.restart == NULL || options.rate == 0)
		load_die("reconnect needs --restart and --rate");
	C.retry_at = xcalloc(count, sizeof *C.retry_at);
	load.missed = true;
	users_make(count);
	pairs_prepare(C.pairs);
	users_each(2 * C.pairs, count - 2 * C.pairs, user_connect, "logging in");

	load.on = (struct mode_events){ .ready = reconnect_ready,
		.message = reconnect_message,
		.sent = reconnect_sent,
		.lost = reconnect_lost,
		.refused = reconnect_refused,
		.tick = reconnect_tick };
	load.due = C.begun = load_now();
	load_wait(options.warmup);
	restart_server();
	load_until(&C.back, count, PATIENCE, "coming back");
	load_wait(options.warmup);
	C.stopped = true;
	for (int i = 0; i < PATIENCE && (C.acked < C.count || C.arrived < C.count); i++)
		load_wait(1);
	reconnect_report();
}
