/* SPDX-License-Identifier: MIT */
/* judge_content.c - what a message says: what its sender wrote, with its changes up to its rev, and
 * nothing else; and changes that were acknowledged, or told of, are in force from then on. */
#include "support/test.h"

#include "sim/judge.h"

#include <string.h>

/* What a message is after some of its changes. */
struct state {
	uint32_t number; /* NONE: not known */
	bool edited, deleted;
};

static void
apply(struct state *state, const struct entry *change)
{
	if (state->deleted)
		return;
	if (change->deed == DEED_EDIT)
		*state = (struct state){ change->number, true, false };
	else if (change->deed == DEED_DELETE)
		*state = (struct state){ NONE, false, true };
}

static void
compare(struct judge *j, const struct sight *s, const struct entry *e, const struct state *state)
{
	unsigned person = j->sessions[s->session].of.person;

	if (s->deleted != state->deleted || s->edited != state->edited)
		judge_wrong(j,
		    "%s at %lld of chat %u is shown to person%u with rev %lld, deleted %d and "
		    "edited %d, not %d and %d",
		    e->mid, (long long)s->seq, s->chat, person, (long long)s->rev, s->deleted,
		    s->edited, state->deleted, state->edited);
	else if (s->number != state->number && state->number != NONE)
		judge_wrong(j, "%s at %lld of chat %u says %u to person%u with rev %lld, not %u",
		    e->mid, (long long)s->seq, s->chat, s->number, person, (long long)s->rev,
		    state->number);
}

static void
judge_sight(struct judge *j, const struct sight *s)
{
	const struct entry *message = &j->at[s->chat][s->seq];
	struct state state = { message->number, false, false };

	if (message->deed != DEED_MESSAGE)
		return;
	for (int64_t seq = s->seq + 1; seq <= j->last[s->chat]; seq++) {
		const struct entry *e = &j->at[s->chat][seq];

		if ((e->deed != DEED_EDIT && e->deed != DEED_DELETE) ||
		    strcmp(e->target, message->mid) != 0)
			continue;
		if (seq <= s->rev)
			apply(&state, e);
		else if (e->known < s->asked)
			judge_wrong(j,
			    "%s at %lld of chat %u was changed at %lld, and is shown to person%u "
			    "with rev %lld",
			    message->mid, (long long)s->seq, s->chat, (long long)seq,
			    j->sessions[s->session].of.person, (long long)s->rev);
	}
	compare(j, s, message, &state);
}

void
judge_content(struct judge *j)
{
	for (const struct sight *s = j->sights; s < j->sights + j->sight_count; s++)
		judge_sight(j, s);
}
