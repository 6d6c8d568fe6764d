/* SPDX-License-Identifier: MIT */
/* store_reader.c - lends reader handles to the workers, first come, first served. */
#include "store/reader.h"

#include "base/xalloc.h"
#include "runtime/task.h"

#include <stdlib.h>

/* A fiber that waits for a handle. */
struct turn {
	struct turn *next;
	struct parley_event granted;
};

static struct {
	const struct parley_backend *backend;
	void *state;
	void **idle; /* open handles; the last used is taken first, its cache is warm */
	unsigned idle_count;
	struct turn *first, **end;
	struct readers_stats stats;
} readers;

struct job {
	void (*fn)(void *arg, void *reader);
	void *arg;
	void *reader; /* NULL: to be opened */
	int rc;
	struct parley_error *err;
};

static void
on_worker(void *arg)
{
	struct job *job = arg;

	if (job->reader == NULL)
		job->rc = readers.backend->reader_open(readers.state, &job->reader, job->err);
	if (job->rc == 0)
		job->fn(job->arg, job->reader);
}

static void
turn_remove(struct turn *turn)
{
	struct turn **at = &readers.first;

	while (*at != turn)
		at = &(*at)->next;
	*at = turn->next;
	if (turn->next == NULL)
		readers.end = at;
	readers.stats.waiting--;
}

static void
leave(void)
{
	struct turn *turn = readers.first;

	if (turn == NULL) {
		readers.stats.busy--;
		return;
	}
	turn_remove(turn);
	parley_event_set(&turn->granted, 0);
}

static int
refuse(struct parley_error *err, const char *why)
{
	readers.stats.refused++;
	parley_fail(err, PARLEY_BUSY, NULL, "%s", why);
	if (err != NULL)
		err->retry_after = 1;
	return -1;
}

static int
enter(struct parley_error *err)
{
	struct turn turn = { 0 };

	if (readers.stats.busy < readers.stats.max) {
		readers.stats.busy++;
		return 0;
	}
	if (readers.stats.waiting >= readers.stats.waiting_max)
		return refuse(err, "too many reads are waiting for the store");
	*readers.end = &turn;
	readers.end = &turn.next;
	readers.stats.waiting++;
	if (parley_await_event(&turn.granted, -1) == 0)
		return 0;
	if (turn.granted.set) /* granted and canceled in the same round */
		leave();
	else
		turn_remove(&turn);
	return parley_fail(err, PARLEY_BUSY, NULL, "the read was canceled");
}

int
readers_run(void (*fn)(void *arg, void *reader), void *arg, struct parley_error *err)
{
	struct job job = { .fn = fn, .arg = arg, .err = err };
	int rc;

	assert_router();
	if (enter(err) != 0)
		return -1;
	if (readers.idle_count > 0)
		job.reader = readers.idle[--readers.idle_count];
	rc = parley_await_work(on_worker, &job);
	if (job.reader != NULL)
		readers.idle[readers.idle_count++] = job.reader;
	leave();
	if (rc == PARLEY_AGAIN)
		return refuse(err, "too much work is waiting for the workers");
	if (rc != 0)
		return parley_fail(err, PARLEY_BUSY, NULL, "the read was canceled");
	readers.stats.reads++;
	return job.rc;
}

void
readers_start(const struct parley_backend *backend, void *state, unsigned max, unsigned waiting_max)
{
	readers.backend = backend;
	readers.state = state;
	readers.idle = xcalloc(max, sizeof *readers.idle);
	readers.idle_count = 0;
	readers.first = NULL;
	readers.end = &readers.first;
	readers.stats = (struct readers_stats){ .max = max, .waiting_max = waiting_max };
}

void
readers_stop(void)
{
	parley_assert(readers.stats.busy == 0);
	while (readers.idle_count > 0)
		readers.backend->reader_close(readers.idle[--readers.idle_count]);
	free(readers.idle);
	readers.idle = NULL;
}

struct readers_stats
readers_stats(void)
{
	return readers.stats;
}
