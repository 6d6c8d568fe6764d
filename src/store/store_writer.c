/* SPDX-License-Identifier: MIT */
/* store_writer.c - the writer thread: takes all that is queued, commits it at once, and wakes the
 * router once for all that is done. */
#include "store/writer.h"

#include "base/arena.h"
#include "base/xalloc.h"
#include "runtime/task.h"
#include "store/doc.h"
#include "store/secret.h"

#include <parley/log.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A commit costs the same whether few or many share it. So writes gather while the router has other
 * things to do, which may bring more of them; who waits for nothing but a commit gets it at once.
 *
 * When many write, those who are told of one commit soon write again. Did the next begin with what
 * came meanwhile, two halves would take turns for ever, each with a commit of its own; so it begins
 * when most of them have come again. */
#define GATHER_MS 3  /* from the beginning of a commit, or its end when many write, to the next */
#define CROWD     40 /* appends: more than one connection can have under way and just done */

#define TOOK_UNIT 16  /* how long commits took is kept in so many parts of a ms, */
#define TOOK_MAX  100 /* and one that took longer than so many ms counts as that */

struct job_list {
	struct store_job *first, **end;
};

static struct {
	const struct parley_backend *backend;
	void *state;
	unsigned batch;
	pthread_t thread;
	struct arena scratch; /* field values of a batch */

	pthread_mutex_t in_lock; /* for what comes from the router */
	pthread_cond_t wake;
	struct job_list queued;
	unsigned appends; /* of them */
	bool sleeping, stopping;
	bool go;       /* what is queued has gathered for long enough */
	int64_t began; /* the last commit */

	pthread_mutex_t out_lock; /* for what goes back; two locks, so that one rarely waits */
	struct job_list finished;
	struct writer_stats stats;
	unsigned took;    /* commits, on average */
	struct post post; /* to the router: look at finished */
	bool posted;
	bool failed; /* nothing is written any more */
	char why[sizeof((struct parley_error){ 0 }.text)];

	/* the router's own */
	void (*fatal)(const char *why);
	bool told, hurried;
	bool gathers, waiting;   /* waiting: something that go was not yet said of */
	unsigned under_way;      /* appends that were pushed and not told of */
	unsigned expected;       /* when many write: so many appends make a commit; or 0 */
	int64_t told_at;         /* when some were told of last */
	unsigned pace;           /* what took was then */
	struct timer *patience;  /* ends when so many have not come */
	struct store_job *spare; /* by next */
	unsigned spares;
} writer = {
	.in_lock = PTHREAD_MUTEX_INITIALIZER,
	.wake = PTHREAD_COND_INITIALIZER,
	.out_lock = PTHREAD_MUTEX_INITIALIZER,
};

static void
list_init(struct job_list *list)
{
	list->first = NULL;
	list->end = &list->first;
}

static void
list_add(struct job_list *list, struct store_job *job)
{
	job->next = NULL;
	*list->end = job;
	list->end = &job->next;
}

/* ---- on the writer thread ----------------------------------------------------------------- */

/* Sees that an append is what it says of itself. */
static void
check_only(const struct parley_write *w, const char *only)
{
#ifdef PARLEY_SANITIZED
	struct parley_value *values =
	    arena_take(&writer.scratch, PARLEY_FIELDS_MAX * sizeof *values);
	unsigned fields = parley_field_count(w->collection);

	parley_assert(
	    store_fields(w->collection, &writer.scratch, w->json, w->json_len, values, NULL) == 0);
	parley_assert(values[0].present && strcmp(values[0].text, only) == 0);
	for (unsigned i = 1; i < fields; i++)
		parley_assert(!values[i].present);
#endif
}

/* Reads the fields of what is to be stored, and seals what it keeps secret. For a patch
 * parley_merge does so. */
static int
job_prepare(struct store_job *job)
{
	const char *only = job->append != NULL ? job->append->only : NULL;
	struct parley_write *w = &job->write;
	struct parley_value *values;

	if (w->op != PARLEY_WRITE_PUT && w->op != PARLEY_WRITE_INSERT &&
	    w->op != PARLEY_WRITE_APPEND)
		return 0;
	values = arena_take(&writer.scratch, PARLEY_FIELDS_MAX * sizeof *values);
	w->values = values;
	if (only == NULL && store_fields(w->collection, &writer.scratch, w->json, w->json_len,
				values, &w->err) != 0)
		return -1;
	if (only != NULL) {
		memset(values, 0, PARLEY_FIELDS_MAX * sizeof *values);
		values[0] =
		    (struct parley_value){ .present = true, .text = only, .len = strlen(only) };
		check_only(w, only);
	}
	secret_seal(w, &writer.scratch);
	return 0;
}

/* The jobs whose documents can be stored, as one batch for the back end. */
static struct parley_write *
batch_link(struct store_job *jobs)
{
	struct parley_write *first = NULL, **end = &first;

	for (struct store_job *job = jobs; job != NULL; job = job->next) {
		if (job->fence)
			continue;
		job->write.rc = job_prepare(job);
		if (job->write.rc != 0)
			continue;
		*end = &job->write;
		end = &job->write.next;
	}
	*end = NULL;
	return first;
}

static void
batch_refuse(struct parley_write *batch, const struct parley_error *err)
{
	for (struct parley_write *w = batch; w != NULL; w = w->next) {
		w->rc = -1;
		w->err = *err;
	}
}

/* From here on nothing is written: what is on disk is not known. */
static void
fail(const struct parley_error *err)
{
	parley_log_error("store", "the back end %s failed, nothing is written any more: %s",
	    writer.backend->name, err->text);
	pthread_mutex_lock(&writer.out_lock);
	memcpy(writer.why, err->text, sizeof writer.why);
	writer.failed = true;
	pthread_mutex_unlock(&writer.out_lock);
}

static void
batch_write(struct parley_write *batch)
{
	struct parley_error err = { 0 };

	if (batch == NULL)
		return;
	if (writer.failed) {
		parley_fail(&err, PARLEY_INTERNAL, NULL, "the store has failed");
		batch_refuse(batch, &err);
		return;
	}
	if (writer.backend->write(writer.state, batch, &err) == 0)
		return;
	batch_refuse(batch, &err);
	if (err.code == PARLEY_INTERNAL)
		fail(&err);
	else
		parley_log_warn("store", "writes are refused: %s", err.text);
}

/* Turns the bytes of an earlier document into one, off the router's thread. */
static void
job_take_earlier(struct store_job *job)
{
	struct parley_write *w = &job->write;

	if (w->rc == 0 && w->earlier.s != NULL) {
		job->earlier = store_doc_new(w->collection, w->earlier_key.s, w->earlier_key.len,
		    w->seq, w->earlier.s, w->earlier.len, &w->err);
		w->rc = job->earlier != NULL ? 0 : -1;
	}
	parley_text_fini(&w->earlier);
	parley_text_fini(&w->earlier_key);
}

static void
declare(struct store_job *job)
{
	job->write.rc = writer.backend->declare(writer.state, job->declare, &job->write.err);
}

static void
work(struct store_job *jobs)
{
	if (jobs->declare != NULL) {
		declare(jobs);
		return;
	}
	batch_write(batch_link(jobs));
	for (struct store_job *job = jobs; job != NULL; job = job->next)
		job_take_earlier(job);
	arena_fini(&writer.scratch);
}

/* Takes what is queued: one declaration, or writes up to the next, at most a batch. Locked. */
static struct store_job *
take(unsigned *count_r)
{
	struct store_job *first = writer.queued.first, *last = first;
	unsigned n = 1, appends = first->append != NULL;

	while (first->declare == NULL && n < writer.batch && last->next != NULL &&
	       last->next->declare == NULL) {
		last = last->next;
		appends += last->append != NULL;
		n++;
	}
	writer.queued.first = last->next;
	if (last->next == NULL)
		list_init(&writer.queued);
	last->next = NULL;
	writer.appends -= appends;
	*count_r = n;
	return first;
}

/* True when the router is to be woken. */
static bool
give_back(struct store_job *jobs, unsigned count)
{
	int64_t took = parley_monotonic() - writer.began;
	bool wake;

	if (took > TOOK_MAX)
		took = TOOK_MAX;

	pthread_mutex_lock(&writer.out_lock);
	*writer.finished.end = jobs;
	while (*writer.finished.end != NULL)
		writer.finished.end = &(*writer.finished.end)->next;
	wake = !writer.posted;
	writer.posted = true;
	writer.stats.commits++;
	writer.took += ((int)took * TOOK_UNIT - (int)writer.took) / 4;
	if (count > writer.stats.batch_largest)
		writer.stats.batch_largest = count;
	pthread_mutex_unlock(&writer.out_lock);
	return wake;
}

/* Waits for jobs and takes them; NULL when the writer is to end. */
static struct store_job *
wait_for_jobs(unsigned *count_r)
{
	struct store_job *jobs = NULL;

	pthread_mutex_lock(&writer.in_lock);
	while ((writer.queued.first == NULL || !writer.go) && !writer.stopping) {
		writer.sleeping = true;
		pthread_cond_wait(&writer.wake, &writer.in_lock);
	}
	writer.sleeping = false;
	if (writer.queued.first != NULL)
		jobs = take(count_r);
	writer.go = writer.queued.first != NULL; /* there was no room for it */
	writer.began = parley_monotonic();
	pthread_mutex_unlock(&writer.in_lock);
	return jobs;
}

static void *
writer_main(void *arg)
{
	struct loop *router = arg;
	struct store_job *jobs;
	unsigned count;

	while ((jobs = wait_for_jobs(&count)) != NULL) {
		work(jobs);
		if (give_back(jobs, count))
			loop_post(router, &writer.post);
	}
	return NULL;
}

/* ---- on the router thread ----------------------------------------------------------------- */

static void
tell_failure(void)
{
	if (writer.told || writer.hurried)
		return;
	writer.told = true;
	if (writer.fatal == NULL)
		abort();
	writer.fatal(writer.why);
}

/* So many have been told; the others that are under way may be queued or in the next commit. */
static void
expect(unsigned told)
{
	unsigned all = told + writer.under_way;

	if (all > writer.batch)
		all = writer.batch;
	writer.expected = all >= CROWD ? all - all / 4 : 0;
	writer.told_at = parley_monotonic();
}

static void
finish(bool from_post)
{
	struct store_job *jobs, *next;
	unsigned told = 0;
	bool failed;

	pthread_mutex_lock(&writer.out_lock);
	jobs = writer.finished.first;
	list_init(&writer.finished);
	writer.posted = writer.posted && !from_post;
	failed = writer.failed;
	writer.pace = writer.took;
	pthread_mutex_unlock(&writer.out_lock);
	for (; jobs != NULL; jobs = next) {
		next = jobs->next;
		told += jobs->append != NULL;
		jobs->done(jobs);
	}
	writer.under_way -= told;
	expect(told);
	if (failed)
		tell_failure();
}

static void
on_post(struct post *post)
{
	finish(true);
}

struct store_job *
writer_job_new(void)
{
	struct store_job *job = writer.spare;

	if (job == NULL)
		return xcalloc(1, sizeof *job);
	writer.spare = job->next;
	writer.spares--;
	memset(job, 0, sizeof *job);
	return job;
}

void
writer_job_free(struct store_job *job)
{
	if (writer.spares >= writer.batch) {
		free(job);
		return;
	}
	job->next = writer.spare;
	writer.spare = job;
	writer.spares++;
}

static void
spares_free(void)
{
	while (writer.spare != NULL) {
		struct store_job *gone = writer.spare;

		writer.spare = gone->next;
		free(gone);
	}
	writer.spares = 0;
}

/* How long what is queued has yet to wait for more, in ms. Locked. */
static int64_t
wait_left(bool quiet)
{
	int64_t now;

	if (!writer.gathers || writer.appends >= writer.batch)
		return 0;
	if (writer.under_way > writer.appends && writer.under_way >= CROWD)
		return GATHER_MS; /* those in the commit that is under way are told of first */
	if (quiet && writer.appends >= writer.expected)
		return 0;
	now = parley_monotonic();
	return GATHER_MS - (now - (writer.expected > 0 ? writer.told_at : writer.began));
}

/* Lets a commit begin when it is time. Locked. True when the writer is to be woken. */
static bool
go(bool quiet, int64_t *left_r)
{
	bool wake;

	*left_r = 0;
	if (writer.queued.first != NULL && !writer.go) {
		*left_r = wait_left(quiet);
		writer.go = *left_r <= 0;
	}
	writer.waiting = writer.queued.first != NULL && !writer.go;
	wake = writer.sleeping && writer.go;
	writer.sleeping = writer.sleeping && !wake;
	return wake;
}

void
writer_push(struct store_job *job)
{
	int64_t left;
	bool wake;

	writer.under_way += job->append != NULL;
	pthread_mutex_lock(&writer.in_lock);
	list_add(&writer.queued, job);
	writer.appends += job->append != NULL;
	wake = go(false, &left);
	pthread_mutex_unlock(&writer.in_lock);
	if (wake)
		pthread_cond_signal(&writer.wake);
}

/* Takes out what is queued but for declarations. */
static struct store_job *
take_writes(void)
{
	struct job_list taken, left;
	struct store_job *job, *next;

	list_init(&taken);
	list_init(&left);
	pthread_mutex_lock(&writer.in_lock);
	for (job = writer.queued.first; job != NULL; job = next) {
		next = job->next;
		list_add(job->declare != NULL ? &left : &taken, job);
	}
	list_init(&writer.queued);
	for (job = left.first; job != NULL; job = next) {
		next = job->next;
		list_add(&writer.queued, job);
	}
	writer.appends = 0;
	pthread_mutex_unlock(&writer.in_lock);
	return taken.first;
}

unsigned
writer_refuse(const struct parley_error *err)
{
	struct store_job *next;
	unsigned count = 0;

	for (struct store_job *job = take_writes(); job != NULL; job = next) {
		next = job->next;
		writer.under_way -= job->append != NULL;
		job->write.rc = -1;
		job->write.err = *err;
		job->done(job);
		count++;
	}
	return count;
}

void
writer_fail(const struct parley_error *err)
{
	pthread_mutex_lock(&writer.out_lock);
	if (!writer.failed)
		memcpy(writer.why, err->text, sizeof writer.why);
	pthread_mutex_unlock(&writer.out_lock);
	tell_failure();
}

void
writer_hurry(void)
{
	writer.hurried = true;
	if (writer.backend->hurry != NULL)
		writer.backend->hurry(writer.state);
}

void
writer_gather(void)
{
	writer.gathers = true;
}

bool
writer_round(bool quiet)
{
	int64_t left;
	bool wake;

	if (!writer.waiting)
		return false;
	pthread_mutex_lock(&writer.in_lock);
	wake = go(quiet, &left);
	pthread_mutex_unlock(&writer.in_lock);
	if (wake)
		pthread_cond_signal(&writer.wake);
	if (!writer.waiting || !quiet)
		return writer.waiting;
	timer_start(writer.patience, (int)left, false);
	return false;
}

static bool
is_crowded(void)
{
	return writer.under_way >= CROWD ||
	       (writer.expected > 0 && parley_monotonic() - writer.told_at <= GATHER_MS);
}

unsigned
writer_pace(void)
{
	if (!is_crowded())
		return 0;
	return writer.pace > TOOK_UNIT ? writer.pace / TOOK_UNIT : 1;
}

void
writer_set_fatal(void (*fn)(const char *why))
{
	writer.fatal = fn;
}

struct writer_stats
writer_stats(void)
{
	struct writer_stats stats;

	pthread_mutex_lock(&writer.out_lock);
	stats = writer.stats;
	pthread_mutex_unlock(&writer.out_lock);
	return stats;
}

/* The round that follows looks at what waits. */
static void
on_patience(void *arg)
{
}

int
writer_start(
    const struct parley_backend *backend, void *state, unsigned batch, struct parley_error *err)
{
	sigset_t all, before;
	int rc;

	writer.backend = backend;
	writer.state = state;
	writer.batch = batch;
	writer.post.fn = on_post; /* posted stays as it is: the post may still be on its way */
	writer.sleeping = writer.stopping = writer.failed = writer.told = writer.hurried = false;
	writer.go = writer.gathers = writer.waiting = false;
	writer.began = writer.told_at = 0;
	writer.took = writer.pace = 0;
	writer.appends = writer.under_way = writer.expected = 0;
	writer.patience = timer_new(on_patience, NULL);
	writer.stats = (struct writer_stats){ 0 };
	list_init(&writer.queued);
	list_init(&writer.finished);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&writer.thread, NULL, writer_main, runtime_loop());
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot start the writer: %s", strerror(rc));
	pthread_setname_np(writer.thread, "parley-store");
	return 0;
}

void
writer_stop(void)
{
	pthread_mutex_lock(&writer.in_lock);
	writer.stopping = true;
	pthread_mutex_unlock(&writer.in_lock);
	pthread_cond_signal(&writer.wake);
	pthread_join(writer.thread, NULL);
	loop_drain(runtime_loop());
	finish(false);
	timer_free(&writer.patience);
	spares_free();
}
