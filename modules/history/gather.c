/* SPDX-License-Identifier: MIT */
/* gather.c - several reads at once: a worker does one after the other, and who asked waits once. */
#include "history.h"

struct gathering {
	unsigned left;
	int rc;
	struct parley_error err; /* of the first that failed */
	struct parley_event done;
};

struct errand {
	struct gathering *gathering;
	struct find *find;
};

static int
find_one(struct find *f, struct parley_error *err)
{
	if (f->key == NULL)
		return parley_store_find(f->collection, &f->query, &f->docs, err);
	f->doc = parley_store_get(f->collection, f->key, err);
	return f->doc != NULL || err->code == PARLEY_NOT_FOUND ? 0 : -1;
}

static void
errand_run(void *arg)
{
	struct errand *e = arg;
	struct gathering *g = e->gathering;
	struct parley_error err = { 0 };

	if (find_one(e->find, &err) != 0 && g->rc == 0) {
		g->rc = -1;
		g->err = err;
	}
	if (--g->left == 0)
		parley_event_set(&g->done, 0);
}

int
find_many(struct find *finds, unsigned count, struct parley_error *err)
{
	struct gathering g = { .left = count };
	struct errand errands[FINDS_MAX];

	parley_assert(count <= FINDS_MAX);
	if (count == 0)
		return 0;
	for (unsigned i = 0; i < count; i++) {
		finds[i].docs = (struct parley_docs){ 0 };
		finds[i].doc = NULL;
		errands[i] = (struct errand){ &g, &finds[i] };
	}
	parley_shield(true); /* what is on its way writes into finds */
	for (unsigned i = 1; i < count; i++)
		if (parley_spawn("history-find", errand_run, &errands[i]) != 0)
			errand_run(&errands[i]);
	errand_run(&errands[0]);
	parley_await_event(&g.done, -1);
	parley_shield(false);
	if (g.rc == 0)
		return 0;
	*err = g.err;
	finds_fini(finds, count);
	return -1;
}

void
finds_fini(struct find *finds, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		parley_docs_fini(&finds[i].docs);
		parley_doc_free(&finds[i].doc);
	}
}
