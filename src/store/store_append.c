/* SPDX-License-Identifier: MIT */
/* store_append.c - appends to logs, and tells who made them in the order of the archive. */
#include "store/append.h"

#include "runtime/task.h"
#include "store/call.h"

#include <string.h>

static struct {
	struct parley_append *first, *last; /* to be told */
	bool telling;                       /* a fiber is on its way to them */
	bool stopping;
	struct scope teller;
} appends;

static int
check_append(const struct parley_append *a, struct parley_error *err)
{
	size_t origin = strnlen(a->origin, PARLEY_KEY_MAX);

	if (!a->seek && !store_is_key(a->stream, PARLEY_KEY_MAX))
		return parley_fail(err, PARLEY_BAD_REQUEST, NULL, "not a name for a stream");
	if (origin == PARLEY_KEY_MAX || !parley_utf8_valid(a->origin, origin))
		return parley_fail(err, PARLEY_BAD_REQUEST, NULL, "not an origin");
	if (!a->seek && store_check_size(&a->json, err) != 0)
		return -1;
	return store_check_room(err);
}

/* Who waits on a fiber runs, and tells others, before the next is told: so whatever way an append
 * came, what it leads to has the order of the archive. */
static void
tell(void *arg)
{
	while (appends.first != NULL) {
		struct parley_append *a = appends.first;
		bool waits = a->done.waiter != NULL;

		appends.first = a->next;
		parley_event_set(&a->done, a->rc);
		if (waits && appends.first != NULL)
			task_yield();
	}
	appends.telling = false;
}

static void
tell_later(struct parley_append *a)
{
	a->next = NULL;
	if (appends.first == NULL)
		appends.first = a;
	else
		appends.last->next = a;
	appends.last = a;
	if (appends.telling)
		return;
	appends.telling = true;
	task_spawn_reserved(&appends.teller, "appended", tell, NULL);
}

static void
on_appended(struct store_job *job)
{
	struct parley_append *a = job->append;

	store_written(job);
	a->rc = job->write.rc;
	a->seq = a->rc == 0 ? job->write.seq : 0;
	a->earlier = job->earlier;
	if (a->rc != 0)
		a->err = job->write.err;
	parley_text_fini(&a->json);
	writer_job_free(job);
	if ((a->done.then == NULL && !appends.telling) || appends.stopping)
		parley_event_set(&a->done, a->rc); /* a fiber is ready from now on */
	else
		tell_later(a);
}

void
parley_store_append(const struct parley_collection *c, struct parley_append *a)
{
	struct store_job *job;

	store_check_call(c);
	parley_assert(c->log);
	a->collection = c;
	parley_assert(a->only == NULL || parley_field_type(c, 0) == PARLEY_FIELD_TEXT);
	if (check_append(a, &a->err) != 0) {
		parley_text_fini(&a->json);
		parley_event_set(&a->done, -1);
		return;
	}
	job = writer_job_new();
	job->append = a;
	job->done = on_appended;
	job->write.op = a->seek ? PARLEY_WRITE_SEEK : PARLEY_WRITE_APPEND;
	job->write.collection = c;
	job->write.key = a->seek ? "" : a->stream;
	job->write.origin = a->origin;
	job->write.json = a->json.s != NULL ? a->json.s : "";
	job->write.json_len = a->json.len;
	store_push(job);
}

void
appends_start(void)
{
	scope_open(&appends.teller, NULL);
}

void
appends_settle(void)
{
	if (appends.telling)
		await_scope_idle(&appends.teller, -1);
	appends.stopping = true;
}

void
appends_stop(void)
{
	scope_close(&appends.teller);
	memset(&appends, 0, sizeof appends);
}
