/* SPDX-License-Identifier: MIT */
/* patience.c - tells those who have waited for the store for too long.
 *
 * Of what a commit has in hand when the data base goes away nobody knows whether it is done. That
 * is not given up: the fiber or the passage that waits goes on when it is known, so what the node
 * has in memory is what is stored. Only the answer does not wait. Who sends a message again, under
 * its id, is then answered as for the first one. */
#include "core/patience.h"

#include "core/router.h"
#include "runtime/task.h"
#include "store/store.h"

#include <string.h>

#define TICK_MS 500
#define LONG    8 /* ticks: 3.5 to 4 s; one operation of the store takes 5 s at most */
#define RETRY_S 5

static struct {
	struct patience *first, *last;
	struct timer *timer;
	unsigned tick;
	uint64_t told;
} P;

static void
tell(struct patience *p)
{
	struct parley_error err = { 0 };

	parley_fail(&err, PARLEY_BUSY, NULL,
	    "the data base does not answer: this may have been done, or not");
	err.retry_after = RETRY_S;
	p->told = true;
	P.told++;
	stream_refuse(p->stream, p->stanza->id, &err, false);
	if (p->stanza->type == STANZA_MESSAGE) /* no other comes so far meanwhile: see router.c */
		stanza_pardon(p->stanza);
}

static void
on_tick(void *arg)
{
	P.tick++;
	if (!store_is_away())
		return;
	for (struct patience *p = P.first; p != NULL && P.tick - p->since >= LONG; p = p->after)
		if (!p->told)
			tell(p);
}

void
patience_begin(struct patience *p, struct stream *stream, struct stanza *stanza)
{
	p->stream = stream;
	p->stanza = stanza;
	p->since = P.tick;
	p->told = false;
	p->before = P.last;
	p->after = NULL;
	*(P.last != NULL ? &P.last->after : &P.first) = p;
	P.last = p;
}

bool
patience_end(struct patience *p)
{
	*(p->before != NULL ? &p->before->after : &P.first) = p->after;
	*(p->after != NULL ? &p->after->before : &P.last) = p->before;
	return p->told;
}

uint64_t
patience_told(void)
{
	return P.told;
}

void
patience_start(void)
{
	P.timer = timer_new(on_tick, NULL);
	timer_start(P.timer, TICK_MS, true);
}

void
patience_stop(void)
{
	parley_assert(P.first == NULL);
	timer_free(&P.timer);
	memset(&P, 0, sizeof P);
}
