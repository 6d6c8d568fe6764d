/* SPDX-License-Identifier: MIT */
/* trouble.c - what happens to a node, its disk and its clock, and when. */
#include "support/test.h"

#include "sim/sim.h"

#include <parley/error.h>
#include <stdlib.h>

#define MS    1000
#define APART (500 * MS) /* between two troubles, at most */
#define DOWN  (60 * MS)  /* so long is the node down at most */
#define DAY   (24 * 60 * 60 * 1000LL)

static void
start(void *arg)
{
	struct world *w = arg;

	if (w->life != NULL)
		return;
	disk_forget_faults(w->disk);
	node_start(w);
}

static void
start_soon(struct world *w)
{
	sim_after((int64_t)chance_below(w, DOWN), start, w);
}

/* ---- kinds of trouble --------------------------------------------------------------------- */

static void
kill_process(struct world *w)
{
	if (w->life == NULL)
		return;
	node_kill(w, false);
	start_soon(w);
}

static void
lose_power(struct world *w)
{
	if (w->life == NULL)
		return;
	node_kill(w, true);
	start_soon(w);
}

static void
stop(struct world *w)
{
	node_stop(w);
}

static void
make_room(void *arg)
{
	struct world *w = arg;

	disk_fill(w->disk, false);
}

static void
fill_disk(struct world *w)
{
	disk_fill(w->disk, true);
	sim_after(30 * MS + (int64_t)chance_below(w, 200 * MS), make_room, w);
}

static void
break_disk(struct world *w)
{
	disk_break(w->disk, true);
}

static void
turn_clock(struct world *w)
{
	w->skew += (int64_t)chance_below(w, 2 * DAY) - DAY;
	trace(w, "the clock is wrong by %lld ms", (long long)w->skew);
}

static void
act(void *arg)
{
	static void (*const kinds[])(struct world * w) = { kill_process, kill_process, kill_process,
		lose_power, lose_power, lose_power, stop, fill_disk, break_disk, turn_clock };
	struct world *w = arg;

	if (!w->troubled)
		return;
	kinds[chance_below(w, sizeof kinds / sizeof *kinds)](w);
	sim_after((int64_t)chance_below(w, APART), act, w);
}

void
trouble_begin(struct world *w)
{
	w->troubled = true;
	sim_after((int64_t)chance_below(w, APART), act, w);
}

void
trouble_end(struct world *w)
{
	w->troubled = false;
	disk_fill(w->disk, false);
	disk_break(w->disk, false); /* the node may still be about to end for it */
	start(w);
}

/* A process that has failed leaves behind what a killed one does; when writing had failed, it may
 * be less. A full disk is no reason to end, only not to begin. */
void
trouble_node_ended(struct world *w, int status, bool was_up)
{
	bool broken = disk_has_been_broken(w->disk);

	if (status == 0) {
		w->stops++;
	} else {
		w->failures++;
		disk_crash(w->disk, broken && chance_once_in(w, 2));
		if (!broken && (was_up || !disk_has_been_full(w->disk)))
			judge_wrong(w->judge, "the node ended with %d for no reason", status);
	}
	start_soon(w);
}
