/* SPDX-License-Identifier: MIT */
/* moments.c - when somebody had received and read how far: the last steps of their two positions in
 * each chat, with the time of each. */
#include "history.h"

#include <stdio.h>
#include <string.h>

/* Keyed as the members are: {"read":[seq,time,seq,time,...],"received":[...]}, in order. */
const struct parley_collection moments_collection = {
	.name = "moments",
	.version = 1,
};

static const char *const names[] = {
	[MOMENTS_READ] = "read",
	[MOMENTS_RECEIVED] = "received",
};

void
moments_read(struct moments *out, const struct parley_doc *doc, enum moments_kind kind)
{
	const struct parley_json *list =
	    doc != NULL ? parley_json_get(doc->root, names[kind]) : NULL;
	const struct parley_json *seq = parley_json_first(list), *time;

	out->count = 0;
	while (seq != NULL && out->count < MOMENTS_MAX) {
		time = parley_json_next(list, seq);
		out->list[out->count++] =
		    (struct moment){ parley_json_int(seq, 0), parley_json_int(time, 0) };
		seq = time != NULL ? parley_json_next(list, time) : NULL;
	}
}

int64_t
moment_of(const struct moments *m, int64_t seq)
{
	for (unsigned i = 0; i < m->count; i++)
		if (m->list[i].seq >= seq)
			return m->list[i].time;
	return 0;
}

/* When there are too many the first is forgotten: of what it was for no time is known. */
static void
add_one(struct moments *m, int64_t seq, int64_t time)
{
	if (m->count > 0 && m->list[m->count - 1].seq >= seq)
		return;
	if (m->count == MOMENTS_MAX) {
		memmove(m->list, m->list + 1, --m->count * sizeof m->list[0]);
		m->list[0].time = 0;
	}
	m->list[m->count++] = (struct moment){ seq, time };
}

static void
write_list(struct parley_writer *w, const struct moments *m, enum moments_kind kind)
{
	parley_put_array(w, names[kind]);
	for (unsigned i = 0; i < m->count; i++) {
		parley_put_int(w, NULL, m->list[i].seq);
		parley_put_int(w, NULL, m->list[i].time);
	}
	parley_put_end(w);
}

/* Of two at the same time one may be lost: then the other's time counts for both. */
static int
add_to_document(const char *key, enum moments_kind kind, int64_t before, int64_t seq, int64_t time,
    struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct parley_doc *doc = parley_store_get(&moments_collection, key, &missing);
	struct moments lists[2];
	struct parley_text json = { 0 };
	struct parley_writer w;

	if (doc == NULL && missing.code != PARLEY_NOT_FOUND)
		return parley_fail(err, missing.code, NULL, "%s", missing.text);
	moments_read(&lists[MOMENTS_READ], doc, MOMENTS_READ);
	moments_read(&lists[MOMENTS_RECEIVED], doc, MOMENTS_RECEIVED);
	parley_doc_free(&doc);
	if (before > 0)
		add_one(&lists[kind], before, 0);
	add_one(&lists[kind], seq, time);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	write_list(&w, &lists[MOMENTS_READ], MOMENTS_READ);
	write_list(&w, &lists[MOMENTS_RECEIVED], MOMENTS_RECEIVED);
	parley_put_end(&w);
	return parley_store_note(&moments_collection, key, &json, err);
}

void
moments_add(const struct chat *c, const struct member *m, enum moments_kind kind, int64_t before,
    int64_t seq, int64_t time)
{
	struct parley_error err = { 0 };
	char key[PARLEY_KEY_MAX];

	member_key(key, m->name, c);
	if (add_to_document(key, kind, before, seq, time, &err) != 0)
		parley_log_warn("history", "when something was %s was not noted, going on: %s",
		    names[kind], err.text);
}
