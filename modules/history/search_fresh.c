/* SPDX-License-Identifier: MIT */
/* search_fresh.c - the index in memory: messages become parts, and parts a segment. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

/* ---- parts -------------------------------------------------------------------------------- */

static void
part_free(struct part *part)
{
	postings_fini(&part->postings);
	free(part->places);
	free(part);
}

void
part_release(struct part **part)
{
	struct part *p = *part;

	*part = NULL;
	if (--p->uses == 0 && p->retired)
		part_free(p);
}

static void
part_retire(struct part *part)
{
	part->retired = true;
	if (part->uses == 0)
		part_free(part);
}

void
parts_free(struct search *s)
{
	for (size_t i = 0; i < s->part_count; i++)
		part_retire(s->parts[i]);
	free(s->parts);
	s->parts = NULL;
	s->part_count = 0;
}

static void
count_in(struct search *s, const struct part *part)
{
	s->fresh_count += part->count;
	s->fresh_postings += part->postings.count;
}

static void
count_out(struct search *s, const struct part *part)
{
	s->fresh_count -= part->count;
	s->fresh_postings -= part->postings.count;
}

/* Behind the last one, or in its place. */
static void
part_add(struct search *s, struct part *part, bool instead)
{
	if (instead) {
		struct part **last = &s->parts[s->part_count - 1];

		count_out(s, *last);
		part_retire(*last);
		*last = part;
	} else {
		if (s->part_count == s->part_room) {
			struct part **more;

			s->part_room = s->part_room == 0 ? 32 : s->part_room * 2;
			more = parley_alloc(s->part_room * sizeof(*more));
			if (s->part_count > 0)
				memcpy(more, s->parts, s->part_count * sizeof(*more));
			free(s->parts);
			s->parts = more;
		}
		s->parts[s->part_count++] = part;
	}
	count_in(s, part);
}

/* ---- taking ------------------------------------------------------------------------------- */

/* What a worker does; the keys are as they are for as long as the node runs. */
struct taking {
	const struct search *search;
	struct chunk *chunks;
	const struct part *before; /* what it says is in part, too; or NULL */
	struct part *part;
};

static void
note_mid(struct part *part, const char *mid)
{
	if (part->first[0] == '\0' || strcmp(mid, part->first) < 0)
		memcpy(part->first, mid, strnlen(mid, sizeof part->first - 1) + 1);
	if (strcmp(mid, part->last) > 0)
		memcpy(part->last, mid, strnlen(mid, sizeof part->last - 1) + 1);
}

static void
begin_with(struct part *part, const struct part *before, unsigned more)
{
	unsigned count = before != NULL ? before->count : 0;

	part->places = parley_alloc((count + more) * sizeof *part->places);
	if (before == NULL)
		return;
	memcpy(part->places, before->places, count * sizeof *part->places);
	memcpy(part->first, before->first, sizeof part->first);
	memcpy(part->last, before->last, sizeof part->last);
	part->count = count;
	for (size_t i = 0; i < before->postings.count; i++)
		postings_add(&part->postings, before->postings.list[i]);
}

static unsigned
messages_in(const struct chunk *chunks)
{
	unsigned count = 0;

	for (; chunks != NULL; chunks = chunks->next)
		count += chunks->count;
	return count;
}

static void
take_on_worker(void *arg)
{
	struct taking *t = arg;
	struct part *part = t->part;
	struct waiting w;

	begin_with(part, t->before, messages_in(t->chunks));
	for (const struct chunk *c = t->chunks; c != NULL; c = c->next)
		for (size_t at = 0; chunk_next(c, &at, &w);) {
			terms_of(t->search, &w, part->count, &part->postings);
			part->places[part->count++] =
			    (struct place){ place_chat(t->search, w.chat), (uint32_t)w.seq };
			note_mid(part, w.mid);
		}
	postings_sort_terms(&part->postings);
}

/* The part that they go into as well, if it has room. */
static struct part *
part_before(const struct search *s, unsigned more)
{
	struct part *last = s->part_count > 0 ? s->parts[s->part_count - 1] : NULL;

	return last != NULL && !last->sealed && last->count + more <= TAKE_MAX ? last : NULL;
}

static int
take(struct search *s)
{
	struct taking t = { .search = s, .chunks = pending_take(s) };
	unsigned count = messages_in(t.chunks);
	int rc;

	if (count == 0)
		return 0;
	t.before = part_before(s, count);
	t.part = parley_alloc(sizeof *t.part);
	t.part->base = t.before != NULL ? t.before->base : s->next;
	rc = search_work(take_on_worker, &t);
	if (rc == 0) {
		part_add(s, t.part, t.before != NULL);
		s->next += count;
		s->history->indexed += count;
	} else {
		part_free(t.part);
	}
	chunks_free(&t.chunks);
	return rc;
}

int
search_take(struct search *s)
{
	struct parley_ticket turn = { 0 };
	int rc;

	parley_lane_join(&s->taking, &turn);
	rc = parley_await_turn(&turn);
	if (rc == 0)
		rc = take(s);
	parley_lane_leave(&turn);
	return rc == 0 ? 0 : -1;
}

/* ---- writing ------------------------------------------------------------------------------ */

/* What a worker makes of parts. */
struct flush {
	struct part **parts; /* sealed, so that they stay */
	size_t count, postings;
	struct segment_writer *w;
};

/* The numbers of a part's messages in the segment are larger. */
static void
add_all(struct postings *out, const struct part *part, uint32_t offset)
{
	for (size_t i = 0; i < part->postings.count; i++)
		out->list[out->count++] = part->postings.list[i] + offset;
}

static void
put_all(const struct postings *p, struct segment_writer *w)
{
	struct numbers messages = { 0 };
	size_t at = 0;

	while (at < p->count) {
		uint32_t term = (uint32_t)(p->list[at] >> 32);

		messages.count = 0;
		while (at < p->count && (uint32_t)(p->list[at] >> 32) == term)
			numbers_add(&messages, (uint32_t)p->list[at++]);
		segment_put(w, term, messages.list, messages.count);
	}
	numbers_fini(&messages);
}

static void
flush_on_worker(void *arg)
{
	struct flush *f = arg;
	struct postings all = { .room = f->postings + 1 };
	int64_t base = f->parts[0]->base;

	all.list = parley_alloc(all.room * sizeof *all.list);
	for (size_t i = 0; i < f->count; i++)
		add_all(&all, f->parts[i], (uint32_t)(f->parts[i]->base - base));
	postings_sort_terms(&all);
	put_all(&all, f->w);
	postings_fini(&all);
	for (size_t i = 0; i < f->count; i++)
		for (uint32_t n = 0; n < f->parts[i]->count; n++)
			segment_put_place(f->w, &f->parts[i]->places[n]);
}

/* All that there are now. With the lane of those who add to them. */
static int
seal_parts(struct search *s, struct flush *f)
{
	struct parley_ticket turn = { 0 };
	int rc;

	parley_lane_join(&s->taking, &turn);
	rc = parley_await_turn(&turn);
	f->count = rc == 0 ? s->part_count : 0;
	f->parts = parley_alloc((f->count + 1) * sizeof(*f->parts));
	for (size_t i = 0; i < f->count; i++) {
		f->parts[i] = s->parts[i];
		f->parts[i]->sealed = true;
		f->postings += f->parts[i]->postings.count;
	}
	parley_lane_leave(&turn);
	return rc == 0 ? 0 : -1;
}

static void
name_mids(struct segment *seg, const struct flush *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct part *part = f->parts[i];

		if (i == 0 || strcmp(part->first, seg->first) < 0)
			memcpy(seg->first, part->first, sizeof seg->first);
		if (i == 0 || strcmp(part->last, seg->last) > 0)
			memcpy(seg->last, part->last, sizeof seg->last);
	}
}

/* The segment takes the place of its parts, without an await between. */
static void
replace_parts(struct search *s, struct flush *f)
{
	segment_add(s, f->w->seg, NULL, 0);
	f->w->seg = NULL;
	for (size_t i = 0; i < f->count; i++) {
		count_out(s, s->parts[i]);
		part_retire(s->parts[i]);
	}
	s->part_count -= f->count;
	memmove(s->parts, s->parts + f->count, s->part_count * sizeof(*s->parts));
}

static int
flush(struct search *s, struct parley_error *err)
{
	struct flush f = { 0 };
	int64_t began = parley_monotonic();
	int rc = seal_parts(s, &f);

	if (rc == 0 && f.count > 0) {
		f.w = segment_writer_new(s, 0, f.parts[0]->base);
		name_mids(f.w->seg, &f);
		rc = search_work(flush_on_worker, &f);
		if (rc == 0)
			rc = search_rest(s, began);
		if (rc == 0)
			rc = segment_finish(s, f.w, NULL, 0, err);
		if (rc == 0)
			replace_parts(s, &f);
		segment_writer_free(&f.w);
	}
	free(f.parts);
	return rc;
}

int
search_flush(struct search *s, struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int rc;

	parley_lane_join(&s->flushing, &turn);
	rc = parley_await_turn(&turn);
	if (rc == 0)
		rc = flush(s, err);
	parley_lane_leave(&turn);
	return rc == 0 ? 0 : -1;
}
