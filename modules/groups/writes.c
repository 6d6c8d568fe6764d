/* SPDX-License-Identifier: MIT */
/* writes.c - several documents at once: each write waits on a fiber of its own, and the store puts
 * them into one commit. */
#include "groups.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parley_text *
writes_add(
    struct writes *w, const struct parley_collection *c, enum write_kind kind, const char *key)
{
	struct write *one;

	if (w->count == w->room) {
		unsigned room = w->room == 0 ? 8 : w->room * 2;
		struct write *list = parley_alloc(room * sizeof *list);

		if (w->count > 0)
			memcpy(list, w->list, w->count * sizeof *list);
		free(w->list);
		w->list = list;
		w->room = room;
	}
	one = &w->list[w->count++];
	one->collection = c;
	one->kind = kind;
	snprintf(one->key, sizeof one->key, "%s", key);
	return &one->json;
}

static int
write_do(const struct write *one, struct parley_error *err)
{
	switch (one->kind) {
	case WRITE_PUT:
		return parley_store_put(one->collection, one->key, &one->json, err);
	case WRITE_PATCH:
		return parley_store_patch(one->collection, one->key, &one->json, NULL, err);
	default:
		return parley_store_remove(one->collection, one->key, NULL, err);
	}
}

static void
write_run(void *arg)
{
	struct write *one = arg;
	struct writes *w = one->all;
	struct parley_error err = { 0 };

	if (write_do(one, &err) != 0 &&
	    !(one->kind == WRITE_REMOVE && err.code == PARLEY_NOT_FOUND)) {
		w->rc = -1;
		w->err = err;
	}
	if (--w->open == 0)
		parley_event_set(&w->done, 0);
}

int
writes_run(struct writes *w, struct parley_error *err)
{
	int rc;

	w->open = w->count;
	for (unsigned i = 0; i < w->count; i++)
		w->list[i].all = w;
	for (unsigned i = 0; i + 1 < w->count; i++)
		if (parley_spawn("groups-write", write_run, &w->list[i]) != 0)
			write_run(&w->list[i]);
	if (w->count > 0) {
		write_run(&w->list[w->count - 1]);
		parley_shield(true); /* the fibers write into w */
		parley_await_event(&w->done, -1);
		parley_shield(false);
	}
	rc = w->rc;
	if (rc != 0)
		*err = w->err;
	for (unsigned i = 0; i < w->count; i++)
		parley_text_fini(&w->list[i].json);
	free(w->list);
	*w = (struct writes){ 0 };
	return rc;
}
