/* SPDX-License-Identifier: MIT */
/* store_reader.c - reads wait in one queue, first come, first served. A worker that was given a
 * handle does one after the other until none is left, so that many reads cost few switches of
 * threads; another one joins in when many wait, or when some have waited for too long. */
#include "store/reader.h"

#include "base/xalloc.h"
#include "runtime/task.h"
#include "runtime/workers.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define SHARE    8 /* reads that may wait for each worker that is at it */
#define STUCK_MS 2 /* so long for one read, and another worker helps */

/* One read; on its fiber's stack. */
struct job {
	struct post post;
	struct job *before, *after; /* while it is queued */
	void (*fn)(void *arg, void *reader);
	void *arg;
	struct parley_error *err;
	struct task_context context;
	int rc;
	bool queued;
	struct parley_event done;
};

/* A handle, and the worker's time that goes with it. */
struct slot {
	struct work work;
	void *reader; /* NULL: not open yet */
	bool out;     /* submitted, and not back */
};

static struct {
	const struct parley_backend *backend;
	void *state;

	/* everyone's */
	pthread_mutex_t lock;
	struct job *first, *last;
	unsigned queued;
	uint64_t taken;

	/* the router's */
	struct slot *slots;
	unsigned max, waiting_max, out, under_way;
	struct timer *timer;
	bool timer_runs;
	uint64_t taken_before; /* when the timer was started */
	uint64_t reads, refused;
} readers = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
};

/* ---- the queue, locked -------------------------------------------------------------------- */

static void
queue_add(struct job *job)
{
	job->queued = true;
	job->before = readers.last;
	job->after = NULL;
	*(readers.last != NULL ? &readers.last->after : &readers.first) = job;
	readers.last = job;
	readers.queued++;
}

static void
queue_remove(struct job *job)
{
	job->queued = false;
	*(job->before != NULL ? &job->before->after : &readers.first) = job->after;
	*(job->after != NULL ? &job->after->before : &readers.last) = job->before;
	readers.queued--;
}

/* ---- on a worker -------------------------------------------------------------------------- */

static void
on_done(struct post *post)
{
	struct job *job = (struct job *)post;

	parley_event_set(&job->done, 0);
}

static void
run(struct slot *slot, struct job *job)
{
	task_context_set(&job->context);
	if (slot->reader == NULL)
		job->rc = readers.backend->reader_open(readers.state, &slot->reader, job->err);
	if (job->rc == 0)
		job->fn(job->arg, slot->reader);
	task_context_set(NULL);
	loop_post(runtime_loop(), &job->post);
}

static void
on_worker(void *arg)
{
	struct slot *slot = arg;
	struct job *job;

	pthread_mutex_lock(&readers.lock);
	while ((job = readers.first) != NULL) {
		queue_remove(job);
		readers.taken++;
		pthread_mutex_unlock(&readers.lock);
		run(slot, job);
		pthread_mutex_lock(&readers.lock);
	}
	pthread_mutex_unlock(&readers.lock);
}

/* ---- on the router ------------------------------------------------------------------------ */

static unsigned
queue_length(uint64_t *taken_r)
{
	unsigned n;

	pthread_mutex_lock(&readers.lock);
	n = readers.queued;
	if (taken_r != NULL)
		*taken_r = readers.taken;
	pthread_mutex_unlock(&readers.lock);
	return n;
}

static void
watch(uint64_t taken)
{
	if (readers.timer_runs)
		return;
	readers.timer_runs = true;
	readers.taken_before = taken;
	timer_start(readers.timer, STUCK_MS, false);
}

/* One more worker is to read, with the first handle that is free: the first ones' caches are warm.
 * False when the workers have too much to do. */
static bool
send_worker(void)
{
	struct slot *slot = readers.slots;

	if (readers.out == readers.max)
		return true;
	while (slot->out)
		slot++;
	if (!work_submit(&slot->work))
		return false;
	slot->out = true;
	readers.out++;
	return true;
}

static void
on_back(struct work *work)
{
	((struct slot *)work)->out = false;
	readers.out--;
	if (readers.out == 0 && queue_length(NULL) > 0 && !send_worker())
		watch(0);
}

static void
on_timer(void *arg)
{
	uint64_t taken;

	readers.timer_runs = false;
	if (queue_length(&taken) == 0)
		return;
	if (taken == readers.taken_before || readers.out == 0)
		send_worker();
	watch(taken);
}

static int
refuse(struct parley_error *err, const char *why)
{
	readers.refused++;
	parley_fail(err, PARLEY_BUSY, NULL, "%s", why);
	if (err != NULL)
		err->retry_after = 1;
	return -1;
}

/* False when it is too late: a worker is at it. */
static bool
withdraw(struct job *job)
{
	bool taken;

	pthread_mutex_lock(&readers.lock);
	taken = job->queued;
	if (taken)
		queue_remove(job);
	pthread_mutex_unlock(&readers.lock);
	return taken;
}

/* Queues it, and sees to it that somebody reads. */
static int
enter(struct job *job)
{
	uint64_t taken;
	unsigned queued;

	pthread_mutex_lock(&readers.lock);
	queue_add(job);
	queued = readers.queued;
	taken = readers.taken;
	pthread_mutex_unlock(&readers.lock);
	if (queued <= SHARE * readers.out)
		watch(taken);
	else if (!send_worker() && readers.out == 0 && withdraw(job))
		return refuse(job->err, "too much work is waiting for the workers");
	return 0;
}

/* A fiber that is canceled leaves the queue, but not what a worker has begun. */
static int
await_job(struct job *job)
{
	if (parley_await_event(&job->done, -1) == 0)
		return 0;
	if (withdraw(job))
		return parley_fail(job->err, PARLEY_BUSY, NULL, "the read was canceled");
	parley_shield(true);
	parley_await_event(&job->done, -1);
	parley_shield(false);
	return 0;
}

int
readers_run(void (*fn)(void *arg, void *reader), void *arg, struct parley_error *err)
{
	struct job job = { .post.fn = on_done, .fn = fn, .arg = arg, .err = err };
	int rc;

	assert_router();
	if (readers.under_way >= readers.max &&
	    readers.under_way - readers.max >= readers.waiting_max)
		return refuse(err, "too many reads are waiting for the store");
	job.context = *task_context();
	readers.under_way++;
	rc = enter(&job);
	if (rc == 0)
		rc = await_job(&job);
	readers.under_way--;
	if (rc != 0)
		return -1;
	readers.reads++;
	return job.rc;
}

/* ---- starting and stopping ---------------------------------------------------------------- */

void
readers_start(const struct parley_backend *backend, void *state, unsigned max, unsigned waiting_max)
{
	readers.backend = backend;
	readers.state = state;
	readers.slots = xcalloc(max, sizeof *readers.slots);
	for (unsigned i = 0; i < max; i++)
		readers.slots[i].work =
		    (struct work){ .fn = on_worker, .done = on_back, .arg = &readers.slots[i] };
	readers.max = max;
	readers.waiting_max = waiting_max;
	readers.out = readers.under_way = 0;
	readers.reads = readers.refused = 0;
	readers.timer = timer_new(on_timer, NULL);
	readers.timer_runs = false;
}

/* Until nobody reads; what a worker has left is looked at once more when it is back. */
static void
await_slots(void)
{
	static const struct timespec moment = { .tv_nsec = 50000 };

	for (unsigned i = 0; i < readers.max; i++) {
		struct slot *slot = &readers.slots[i];

		if (slot->out && workers_withdraw(&slot->work)) {
			slot->out = false;
			readers.out--;
		}
	}
	for (loop_drain(runtime_loop()); readers.out > 0; loop_drain(runtime_loop()))
		nanosleep(&moment, NULL);
}

void
readers_stop(void)
{
	parley_assert(readers.under_way == 0);
	timer_free(&readers.timer);
	await_slots();
	for (unsigned i = 0; i < readers.max; i++)
		if (readers.slots[i].reader != NULL)
			readers.backend->reader_close(readers.slots[i].reader);
	free(readers.slots);
	readers.slots = NULL;
}

struct readers_stats
readers_stats(void)
{
	return (struct readers_stats){
		.busy = readers.out,
		.max = readers.max,
		.waiting = readers.under_way,
		.waiting_max = readers.waiting_max < UINT_MAX - readers.max
				   ? readers.max + readers.waiting_max
				   : UINT_MAX,
		.reads = readers.reads,
		.refused = readers.refused,
	};
}
