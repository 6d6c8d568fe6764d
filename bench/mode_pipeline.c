/* SPDX-License-Identifier: MIT */
/* mode_pipeline.c - one sender and one chat: as many messages as are acknowledged, with --window of
 * them on their way. */
#include "pairs.h"
#include "speak.h"

#include <stdio.h>

static unsigned sent;
static bool stopped;

static void
pipeline_send(void)
{
	const struct note note = { .at = load_now() };
	char text[NOTE_MAX + 1];

	note_write(&note, text);
	speaker->message(&load.users[0], 1, sent++, text);
}

static void
pipeline_sent(struct user *u, unsigned number)
{
	if (!stopped)
		pipeline_send();
}

static void
pipeline_message(struct user *u, const char *text, size_t len)
{
	struct note note;

	if (note_read(&note, text, len))
		note_delivered(&note);
}

void
mode_pipeline(int argc, char **argv)
{
	char extra[40];
	struct measure m;

	users_make(2);
	pairs_prepare(1);
	snprintf(extra, sizeof extra, ",\"window\":%u", options.window);
	load.on.sent = pipeline_sent;
	load.on.message = pipeline_message;
	for (unsigned i = 0; i < options.window; i++)
		pipeline_send();
	load_wait(options.warmup);
	for (unsigned i = 0; i < options.repeat; i++) {
		measure_begin(&m);
		load_wait(options.seconds);
		if (load.acked == m.acked)
			load_die("nothing was acknowledged: has this server acknowledgements?");
		measure_end(&m, "pipeline", load.acked - m.acked, extra);
	}
	stopped = true;
	load_until(&load.received, sent, 10, "the last deliveries");
}
