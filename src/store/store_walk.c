/* SPDX-License-Identifier: MIT */
/* store_walk.c - looks at documents as they are stored, and seals anew what was sealed in another
 * way than it would be now. */
#include "store/call.h"
#include "store/page.h"
#include "store/secret.h"
#include "store/store.h"

#include <parley/log.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE 128 /* documents that are looked at, or written, in one go */

/* What one go has found: on a worker. */
struct gone_over {
	const struct parley_collection *c;
	struct parley_error *err;
	uint32_t count;
	char last[PARLEY_LOG_KEY_MAX];
	char stale[AT_ONCE][PARLEY_LOG_KEY_MAX];
	uint32_t stale_count;
};

static void
look(void *context, const char *key, size_t key_len, int64_t seq, const char *json, size_t json_len)
{
	struct gone_over *g = context;

	if (key_len >= sizeof g->last || g->count >= AT_ONCE)
		return;
	memcpy(g->last, key, key_len);
	g->last[key_len] = '\0';
	g->count++;
	if (secret_is_stale(g->c, json, json_len))
		memcpy(g->stale[g->stale_count++], g->last, key_len + 1);
}

/* On the router's thread. */
static int
find(void *context, const struct parley_query *query)
{
	struct gone_over *g = context;
	struct parley_found found = { .context = g, .add = look };
	uint32_t before = g->count;

	if (store_find_raw(g->c, query, &found, g->err) != 0)
		return -1;
	return (int)(g->count - before);
}

/* -1 when some could not be written now. */
static int
seal_anew(struct store_walk *w, struct gone_over *g, struct parley_error *err)
{
	struct store_job *jobs = calloc(AT_ONCE, sizeof *jobs);
	uint64_t failed = 0;
	int rc = 0;

	parley_assert(jobs != NULL);
	for (uint32_t i = 0; i < g->stale_count; i++) {
		jobs[i].write.op = PARLEY_WRITE_PATCH;
		jobs[i].write.key = g->stale[i];
		jobs[i].write.json = "{}";
		jobs[i].write.json_len = 2;
	}
	store_write_jobs(g->c, jobs, g->stale_count);
	for (uint32_t i = 0; i < g->stale_count; i++) {
		const struct parley_error *why = &jobs[i].write.err;

		if (jobs[i].write.rc == 0) {
			w->sealed++;
		} else if (why->code == PARLEY_BUSY || why->code == PARLEY_LIMIT) {
			*err = *why;
			rc = -1;
		} else if (why->code != PARLEY_NOT_FOUND) {
			failed++;
		}
	}
	free(jobs);
	w->failed += rc == 0 ? failed : 0; /* else they are counted the next time */
	return rc;
}

int
store_walk_on(struct store_walk *w, struct parley_error *err)
{
	struct gone_over *g = calloc(1, sizeof *g);
	int rc;

	parley_assert(g != NULL);
	g->c = w->c;
	g->err = err;
	rc = page_find(w->c, w->key, AT_ONCE, find, g) < 0 ? -1 : 0;
	if (rc == 0 && g->stale_count > 0)
		rc = seal_anew(w, g, err);
	if (rc == 0) {
		w->seen += g->count;
		w->ended = g->count < AT_ONCE;
		if (g->count > 0)
			memcpy(w->key, g->last, sizeof w->key);
	}
	free(g);
	return rc;
}

/* ---- one document ------------------------------------------------------------------------- */

static void
peek_add(
    void *context, const char *key, size_t key_len, int64_t seq, const char *json, size_t json_len)
{
	parley_text_add(context, json, json_len);
}

int
store_peek(const struct parley_collection *c, const char *key, struct parley_text *out,
    struct parley_error *err)
{
	struct parley_found found = { .context = out, .add = peek_add };
	char stream[PARLEY_KEY_MAX] = "";
	struct parley_query query = { .where = { { "key", PARLEY_OP_EQ, .text = key } } };
	size_t start = out->len;
	int64_t seq = 0;

	if (c->log) {
		parley_log_key_split(key, stream, &seq);
		query.where[0] = (struct parley_cond){ "stream", PARLEY_OP_EQ, .text = stream };
		query.where[1] = (struct parley_cond){ "seq", PARLEY_OP_EQ, .integer = seq };
	}
	if (store_find_raw(c, &query, &found, err) != 0)
		return -1;
	if (out->len > start)
		return 0;
	return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such document");
}
