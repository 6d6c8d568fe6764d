/* SPDX-License-Identifier: MIT */
/* decide.c - the decision itself: from settings and the time to what holds for a chat, and why. */
#include "notify.h"

#define DAY 1440 /* minutes */

/* Whether the hour is quiet, and when that ends. */
static bool
is_quiet(const struct quiet *q, int64_t now, int64_t *until_r)
{
	int64_t minute = now / 60000;
	int local = (int)(((minute + q->offset) % DAY + DAY) % DAY);
	bool inside = q->start <= q->end ? local >= q->start && local < q->end
					 : local >= q->start || local < q->end;

	if (!q->on || !inside)
		return false;
	*until_r = (minute + (q->end - local + DAY) % DAY) * 60000;
	return true;
}

static bool
is_muted(const struct exception *e, int64_t now)
{
	return e != NULL && (e->muted == MUTED_FOR_EVER || e->muted > now);
}

void
decide_effective(const struct settings *s, const char *chat, int64_t now, struct effective *out)
{
	const struct exception *e = parley_table_get(s->chats, chat);

	*out = (struct effective){ .level = LEVEL_NOTHING, .deaf = e != NULL && e->deaf };
	if (is_muted(e, now)) {
		out->reason = REASON_MUTED;
		out->until = e->muted == MUTED_FOR_EVER ? 0 : e->muted;
	} else if (is_quiet(&s->quiet, now, &out->until)) {
		out->reason = REASON_QUIET;
	} else if (e != NULL && e->level != LEVEL_DEFAULT) {
		out->reason = REASON_CHAT;
		out->level = e->level;
	} else {
		out->reason = chat[0] == '#' ? REASON_GROUP : REASON_DIRECT;
		out->level = chat[0] == '#' ? s->group : s->direct;
	}
}

enum parley_grade
decide_grade(const struct effective *e, bool mentioned)
{
	if (e->level == LEVEL_NOTHING)
		return PARLEY_GRADE_NONE;
	if (mentioned)
		return PARLEY_GRADE_MENTION;
	return e->level == LEVEL_ALL ? PARLEY_GRADE_MESSAGE : PARLEY_GRADE_NONE;
}
