/* SPDX-License-Identifier: MIT */
/* judge_members.c - who may read what: both of a chat of two everything; members of a group what
 * was written while they were in it, or before that as well where the group says so. What the
 * entries of the group say is so; and they say what was answered. */
#include "support/test.h"

#include "sim/judge.h"

#include <parley/error.h>

static bool
comes(enum deed deed)
{
	return deed == DEED_CREATE || deed == DEED_ADD || deed == DEED_JOIN;
}

static bool
goes(enum deed deed)
{
	return deed == DEED_LEAVE || deed == DEED_REMOVE;
}

static unsigned
group_of(unsigned chat)
{
	return chat - PEOPLE * PEOPLE;
}

static bool
is_of_two(unsigned person, unsigned chat)
{
	return chat / PEOPLE == person || chat % PEOPLE == person;
}

/* ---- by what was answered ------------------------------------------------------------------- */

/* Whether this makes somebody come or go. */
static bool
moves(const struct ask *a, unsigned person, unsigned chat)
{
	if (a->chat != chat)
		return false;
	if (a->deed == DEED_CREATE)
		return a->whom == person || GROUP_IS_CLOSED(group_of(chat));
	return a->whom == person && (comes(a->deed) || goes(a->deed));
}

/* For each there is one who asks for all of that, one after the other. Who is asked for never is
 * not in it. */
enum standing
standing_at(const struct judge *j, unsigned person, unsigned chat, uint64_t from, uint64_t to)
{
	const struct ask *last = NULL;

	for (const struct ask *a = j->asks; a < j->asks + j->ask_count && a->at < to; a++)
		if (moves(a, person, chat))
			last = a;
	if (last == NULL)
		return STANDING_OUT;
	if (last->denied || last->uncertain || last->answered == 0 || last->answered >= from)
		return STANDING_UNKNOWN;
	return goes(last->deed) ? STANDING_OUT : STANDING_IN;
}

/* ---- by the entries ------------------------------------------------------------------------- */

static struct spans *
spans_of(const struct judge *j, unsigned person, unsigned chat)
{
	return &j->spans[group_of(chat)][person];
}

static void
take_entry(struct judge *j, unsigned chat, int64_t seq)
{
	const struct entry *e = &j->at[chat][seq];
	struct spans *s;
	struct span *open;

	if (!comes(e->deed) && !goes(e->deed))
		return;
	s = spans_of(j, e->whom, chat);
	open = s->count > 0 && s->span[s->count - 1].to == FOR_EVER ? &s->span[s->count - 1] : NULL;
	if (comes(e->deed) == (open != NULL)) {
		judge_wrong(j, "at %lld of chat %u person%u comes twice, or goes", (long long)seq,
		    chat, e->whom);
	} else if (open != NULL) {
		open->to = seq;
	} else {
		parley_assert(s->count < SPANS_MAX);
		s->span[s->count++] =
		    (struct span){ seq, FOR_EVER, GROUP_IS_WHOLE(group_of(chat)) ? 1 : seq };
	}
}

void
spans_find(struct judge *j)
{
	for (unsigned chat = PEOPLE * PEOPLE; chat < CHATS; chat++)
		for (int64_t seq = 1; seq <= j->last[chat]; seq++)
			take_entry(j, chat, seq);
}

const struct span *
span_at(const struct judge *j, unsigned person, unsigned chat, int64_t seq)
{
	static const struct span always = { 1, FOR_EVER, 1 };
	const struct spans *s;

	if (!chat_is_group(chat))
		return is_of_two(person, chat) ? &always : NULL;
	s = spans_of(j, person, chat);
	for (unsigned i = s->count; i-- > 0;)
		if (s->span[i].from <= seq)
			return &s->span[i];
	return NULL;
}

bool
may_read(const struct judge *j, unsigned person, unsigned chat, int64_t seq)
{
	const struct spans *s;

	if (!chat_is_group(chat))
		return is_of_two(person, chat);
	s = spans_of(j, person, chat);
	for (unsigned i = 0; i < s->count; i++)
		if (seq >= s->span[i].reads && seq <= s->span[i].to)
			return true;
	return false;
}

bool
is_told(const struct judge *j, unsigned person, unsigned chat, int64_t seq)
{
	const struct span *s = span_at(j, person, chat, seq);

	return s != NULL && seq < s->to;
}

bool
is_reader(const struct judge *j, unsigned person, unsigned chat)
{
	const struct span *s = span_at(j, person, chat, FOR_EVER);

	return s != NULL && s->to == FOR_EVER;
}

/* ---- rules ---------------------------------------------------------------------------------- */

/* Everybody goes as often as it was acknowledged, or more often. */
static void
judge_goings(struct judge *j, unsigned person, unsigned chat)
{
	const struct spans *s = spans_of(j, person, chat);
	unsigned acknowledged = 0, ended = 0;

	for (unsigned i = 0; i < j->ask_count; i++)
		acknowledged += j->asks[i].answered != 0 && goes(j->asks[i].deed) &&
				moves(&j->asks[i], person, chat);
	for (unsigned i = 0; i < s->count; i++)
		ended += s->span[i].to != FOR_EVER;
	if (acknowledged > ended)
		judge_wrong(j, "person%u left chat %u %u times, its entries say %u", person, chat,
		    acknowledged, ended);
}

/* At the end everybody stands where the last answer says. */
static void
judge_standing(struct judge *j, unsigned person, unsigned chat)
{
	enum standing standing = standing_at(j, person, chat, j->events, j->events);

	if (standing == STANDING_UNKNOWN)
		return;
	if ((standing == STANDING_IN) != is_reader(j, person, chat))
		judge_wrong(j, "person%u should be %s chat %u, which does not say so", person,
		    standing == STANDING_IN ? "in" : "out of", chat);
}

/* Who does something in a group is in it. */
static void
judge_doers(struct judge *j, unsigned chat)
{
	for (int64_t seq = 1; seq <= j->last[chat]; seq++) {
		const struct entry *e = &j->at[chat][seq];
		const struct span *s = e->deed != DEED_NONE ? span_at(j, e->by, chat, seq) : NULL;

		if (e->deed != DEED_NONE && (s == NULL || seq > s->to))
			judge_wrong(j, "place %lld of chat %u is by person%u, who was not in it",
			    (long long)seq, chat, e->by);
	}
}

void
judge_members(struct judge *j)
{
	for (unsigned chat = PEOPLE * PEOPLE; chat < CHATS; chat++) {
		judge_doers(j, chat);
		for (unsigned person = 0; person < PEOPLE; person++) {
			judge_goings(j, person, chat);
			judge_standing(j, person, chat);
		}
	}
	for (const struct sight *s = j->sights; s < j->sights + j->sight_count; s++) {
		unsigned person = j->sessions[s->session].of.person;

		if (!may_read(j, person, s->chat, s->seq))
			judge_wrong(j, "person%u was shown place %lld of chat %u", person,
			    (long long)s->seq, s->chat);
	}
}
