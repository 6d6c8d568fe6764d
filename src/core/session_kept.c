/* SPDX-License-Identifier: MIT */
/* session_kept.c - what a session was sent and has not acknowledged. */
#include "core/session_kept.h"

#include "base/xalloc.h"
#include "net/payload.h"

#include <stdlib.h>
#include <string.h>

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
	if (count == s->kept_cap)
		kept_grow(s);
	s->kept[s->sent % s->kept_cap] = parley_payload_ref(p);
	s->kept_bytes += p->len;
	return true;
}

struct parley_payload *
kept_at(const struct parley_session *s, uint64_t n)
{
	return s->kept[n % s->kept_cap];
}

void
kept_pop(struct parley_session *s, char mid[37])
{
	if (!s->overflowed) {
		struct parley_payload **p = &s->kept[s->acked % s->kept_cap];

		s->kept_bytes -= (*p)->len;
		if ((*p)->mid != NULL)
			memcpy(mid, (*p)->mid, 37);
		parley_payload_unref(p);
	}
	s->acked++;
	if (s->acked != s->sent)
		return;
	s->overflowed = false; /* it has everything after all */
	free(s->kept);         /* an idle session keeps no ring */
	s->kept = NULL;
	s->kept_cap = 0;
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
	s->kept_bytes = 0;
}
