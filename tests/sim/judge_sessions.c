/* SPDX-License-Identifier: MIT */
/* judge_sessions.c - what comes live comes once, in order, and nothing is left out while a session
 * lasts; and who always asks for what it missed is told everything. */
#include "support/test.h"

#include "sim/judge.h"

#include <string.h>

static struct entry *
entry_of(const struct judge *j, const struct sight *s)
{
	return &j->at[s->chat][s->seq];
}

static bool
is_own(const struct judge *j, const struct entry *e, struct who who)
{
	return e->deed == DEED_MESSAGE && e->number != NONE && is_by(&j->asks[e->number], who);
}

static void
see_nothing(struct judge *j)
{
	for (unsigned chat = 0; chat < CHATS; chat++)
		for (int64_t seq = 1; seq <= j->last[chat]; seq++)
			j->at[chat][seq].seen_in = NONE;
}

/* Of one session in one chat: in order, once, and all that others have done between. */
static void
judge_line(struct judge *j, const struct sight *first)
{
	const struct sight *before = NULL, *end = j->sights + j->sight_count;
	struct who of = j->sessions[first->session].of;

	for (const struct sight *at = first; at < end; at++) {
		if (at->session != first->session || at->chat != first->chat || at->way != WAY_LIVE)
			continue;
		if (before != NULL && before->seq >= at->seq)
			judge_wrong(j, "person%u/%u was sent place %lld of chat %u after %lld",
			    of.person, of.device, (long long)at->seq, at->chat,
			    (long long)before->seq);
		entry_of(j, at)->seen_in = first->session;
		before = at;
	}
	for (int64_t seq = first->seq + 1; seq < before->seq; seq++) {
		const struct entry *e = &j->at[first->chat][seq];

		if (e->deed != DEED_NONE && !is_own(j, e, of) && e->seen_in != first->session &&
		    is_told(j, of.person, first->chat, seq))
			judge_wrong(j, "person%u/%u was not sent place %lld of chat %u", of.person,
			    of.device, (long long)seq, first->chat);
	}
}

static void
judge_lines(struct judge *j)
{
	static unsigned looked_at[SESSIONS_MAX][CHATS];

	memset(looked_at, 0, sizeof looked_at);
	see_nothing(j);
	for (struct sight *at = j->sights; at < j->sights + j->sight_count; at++)
		if (at->way == WAY_LIVE && looked_at[at->session][at->chat]++ == 0)
			judge_line(j, at);
}

static void
judge_delivery(struct judge *j, unsigned n, const struct ask *a)
{
	const struct session *session = &j->sessions[n];

	if (a->at > session->began && a->seq != 0 && a->answered != 0 &&
	    a->answered < session->served && !is_by(a, session->of) &&
	    is_told(j, session->of.person, a->chat, a->seq) && j->at[a->chat][a->seq].seen_in != n)
		judge_wrong(j, "person%u/%u was not sent person%u's %s", session->of.person,
		    session->of.device, a->from.person, a->id);
}

/* What was done after a login, and acknowledged before the session asked something that was
 * answered, came live before that answer. (Who is told what it missed gets it when it is its turn.)
 */
static void
judge_deliveries(struct judge *j)
{
	for (unsigned n = 0; n < j->session_count; n++) {
		if (j->sessions[n].missed)
			continue;
		for (const struct sight *at = j->sights; at < j->sights + j->sight_count; at++)
			if (at->session == n && at->way == WAY_LIVE)
				entry_of(j, at)->seen_in = n;
		for (const struct ask *a = j->asks; a < j->asks + j->ask_count; a++)
			judge_delivery(j, n, a);
	}
}

/* A device that asks for what it missed at each login is told everything, in whichever session. Of
 * a group that is what came since its owner has come for the last time: who has left is told
 * nothing more. */
static void
judge_missed(struct judge *j, struct who of)
{
	static bool told[CHATS][PLACES_MAX + 1];
	bool any = false;

	memset(told, 0, sizeof told);
	for (const struct sight *at = j->sights; at < j->sights + j->sight_count; at++) {
		const struct session *session = &j->sessions[at->session];

		if (!session->missed || session->of.person != of.person ||
		    session->of.device != of.device)
			continue;
		any = true;
		if (at->way == WAY_LIVE || at->way == WAY_MISSED)
			told[at->chat][at->seq] = true;
	}
	for (const struct ask *a = j->asks; a < j->asks + j->ask_count && any; a++)
		if (a->seq != 0 && !is_by(a, of) && !told[a->chat][a->seq] &&
		    is_reader(j, of.person, a->chat) &&
		    a->seq >= span_at(j, of.person, a->chat, FOR_EVER)->from)
			judge_wrong(j, "person%u's device %u was never told of person%u's %s",
			    of.person, of.device, a->from.person, a->id);
}

void
judge_sessions(struct judge *j)
{
	judge_lines(j);
	judge_deliveries(j);
	for (unsigned person = 0; person < PEOPLE; person++)
		for (unsigned device = 0; device < 2; device++)
			judge_missed(j, (struct who){ person, device });
}
