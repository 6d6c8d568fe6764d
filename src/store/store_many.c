/* SPDX-License-Identifier: MIT */
/* store_many.c - many writes that a module makes at once, so that they share a commit. */
#include "base/xalloc.h"
#include "store/call.h"
#include "store/note.h"

#include <stdlib.h>

static void
fill(const struct parley_collection *c, const struct parley_entry *entry, struct parley_write *w)
{
	note_hurry(c, entry->key);
	w->op = entry->json.len > 0 ? PARLEY_WRITE_PUT : PARLEY_WRITE_REMOVE;
	w->key = entry->key;
	w->json = entry->json.len > 0 ? entry->json.s : "";
	w->json_len = entry->json.len;
}

int
parley_store_write_many(const struct parley_collection *c, const struct parley_entry *entries,
    unsigned count, struct parley_error *err)
{
	struct store_job *jobs;
	int rc = 0;

	parley_assert(!c->log && count <= PARLEY_ENTRIES_MAX);
	for (unsigned i = 0; i < count; i++)
		if (store_check_write(entries[i].key, &entries[i].json, err) != 0)
			return -1;
	jobs = xcalloc(count + 1, sizeof *jobs);
	for (unsigned i = 0; i < count; i++)
		fill(c, &entries[i], &jobs[i].write);
	store_write_jobs(c, jobs, count);
	for (unsigned i = 0; i < count && rc == 0; i++)
		if (jobs[i].write.rc != 0 && jobs[i].write.err.code != PARLEY_NOT_FOUND) {
			if (err != NULL)
				*err = jobs[i].write.err;
			rc = -1;
		}
	free(jobs);
	return rc;
}
