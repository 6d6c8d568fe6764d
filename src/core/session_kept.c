/* SPDX-License-Identifier: MIT */
/* session_kept.c - what a session was sent and has not acknowledged. */
#include "core/session_kept.h"

#include "base/xalloc.h"
#include "net/payload.h"

#include <stdlib.h>
#include <string.h>

static size_t all_bytes; /* kept by all sessions */

/* ---- when it is too much to keep ---------------------------------------------------------- */

#define MARKS 64

/* A session that is too slow to resume can still say how far it has read. Only some messages are
 * noted, the latest of them densely: of the others it would be told again. */
struct kept_marks {
	unsigned count;
	struct mark {
		uint64_t n; /* the frame's number */
		char mid[37];
	} marks[MARKS]; /* oldest first */
};

void
kept_mark(struct parley_session *s, uint64_t n, const struct parley_payload *p)
{
	struct kept_marks *k = s->marks;
	struct mark *m;

	if (p->mid == NULL)
		return;
	if (k == NULL)
		k = s->marks = xcalloc(1, sizeof *k);
	if (k->count == MARKS) {
		k->count = 0;
		for (unsigned i = 1; i < MARKS; i += 2)
			k->marks[k->count++] = k->marks[i];
	}
	m = &k->marks[k->count++];
	m->n = n;
	memcpy(m->mid, p->mid, sizeof m->mid);
}

static void
mark_pop(struct parley_session *s, char mid[37])
{
	struct kept_marks *k = s->marks;

	if (k == NULL || k->count == 0 || k->marks[0].n != s->acked)
		return;
	memcpy(mid, k->marks[0].mid, sizeof k->marks[0].mid);
	memmove(k->marks, k->marks + 1, --k->count * sizeof *k->marks);
}

void
kept_overflow(struct parley_session *s)
{
	for (uint64_t n = s->acked; n != s->sent; n++)
		kept_mark(s, n, kept_at(s, n));
	kept_clear(s);
	s->overflowed = true;
}

/* ---- what is kept ------------------------------------------------------------------------- */

static void
kept_grow(struct parley_session *s)
{
	uint32_t cap = s->kept_cap == 0 ? 16 : s->kept_cap * 2;
	struct parley_payload **kept = xcalloc(cap, sizeof *kept);

	for (uint64_t n = s->acked; n != s->sent; n++)
		kept[n % cap] = s->kept[n % s->kept_cap];
	free(s->kept);
	s->kept = kept;
	s->kept_cap = cap;
}

bool
kept_push(struct parley_session *s, struct parley_payload *p, const struct session_limits *limits)
{
	uint64_t count = s->sent - s->acked;

	if (count >= limits->kept_frames || s->kept_bytes + p->len > limits->kept_bytes)
		return false;
	if (limits->all_bytes > 0 && all_bytes + p->len > limits->all_bytes)
		return false;
	if (count == s->kept_cap)
		kept_grow(s);
	s->kept[s->sent % s->kept_cap] = parley_payload_ref(p);
	s->kept_bytes += p->len;
	all_bytes += p->len;
	return true;
}

size_t
kept_in_all(void)
{
	return all_bytes;
}

struct parley_payload *
kept_at(const struct parley_session *s, uint64_t n)
{
	return s->kept[n % s->kept_cap];
}

void
kept_pop(struct parley_session *s, char mid[37])
{
	if (s->overflowed) {
		mark_pop(s, mid);
	} else {
		struct parley_payload **p = &s->kept[s->acked % s->kept_cap];

		s->kept_bytes -= (*p)->len;
		all_bytes -= (*p)->len;
		if ((*p)->mid != NULL)
			memcpy(mid, (*p)->mid, 37);
		parley_payload_unref(p);
	}
	s->acked++;
	if (s->acked != s->sent)
		return;
	s->overflowed = false; /* it has everything after all */
	kept_clear(s);         /* an idle session keeps no ring */
	kept_forget_marks(s);
}

void
kept_clear(struct parley_session *s)
{
	if (s->kept != NULL)
		for (uint64_t n = s->acked; n != s->sent; n++)
			parley_payload_unref(&s->kept[n % s->kept_cap]);
	free(s->kept);
	s->kept = NULL;
	s->kept_cap = 0;
	all_bytes -= s->kept_bytes;
	s->kept_bytes = 0;
}

void
kept_forget_marks(struct parley_session *s)
{
	free(s->marks);
	s->marks = NULL;
}
