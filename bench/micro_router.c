/* SPDX-License-Identifier: MIT */
/* micro_router.c - one message through the router: from the stanza that an I/O thread posts to the
 * frames for receiver and sender. No archive, no modules, no network; the frame is parsed here too
 * (micro_json's "read"), and the frames are copied once. */
#include "support/test.h"

#include "micro.h"

#include "support/auth.h"
#include "support/fiber.h"
#include "support/people.h"

#include <stdio.h>
#include <string.h>

static unsigned count;
static conn_id sender;

static void
send_message(unsigned i)
{
	char frame[400];

	snprintf(frame, sizeof frame,
	    "{\"type\":\"message\",\"id\":\"m%u\",\"to\":\"bench00001@localhost\",\"text\":"
	    "\"Shall we meet at the station at half past seven, or is that too early for us?\"}",
	    i);
	core_receive(sender, frame);
	if (i % 16 == 15) {
		core_settle();
		snprintf(frame, sizeof frame, "{\"type\":\"ack\",\"count\":%u}", i + 1);
		core_receive(sender, frame);
	}
}

static int
run(void)
{
	void *state = NULL;
	conn_id receiver;

	people_up(&state);
	receiver = people_login("bench00001", "d1");
	sender = people_login("bench00000", "d0");
	micro_run(send_message, count);
	core_settle();
	if (count > 0 && strstr(core_last(receiver), "half past seven") == NULL)
		return 1;
	people_down(&state);
	return 0;
}

int
main(int argc, char **argv)
{
	count = micro_count(argc, argv, 0);
	auth_clocks();
	return test_on_fiber(run);
}
