/* SPDX-License-Identifier: MIT */
/* judge.c - whether the promise held (docs/reliability.md), by what clients have asked for, and by
 * all that they were answered and have seen. The text of a message or an edit has its number here.
 */
#include "support/test.h"

#include "sim/judge.h"

#include "base/xalloc.h"

#include <parley/error.h>
#include <stdlib.h>
#include <string.h>

struct judge *
judge_new(struct world *w)
{
	struct judge *j = xcalloc(1, sizeof *j);

	j->world = w;
	j->asks = xcalloc(ASKS_MAX, sizeof *j->asks);
	j->sights = xcalloc(SIGHTS_MAX, sizeof *j->sights);
	j->sessions = xcalloc(SESSIONS_MAX, sizeof *j->sessions);
	j->readings = xcalloc(PAGES_MAX, sizeof *j->readings);
	j->spans = xcalloc(GROUPS, sizeof *j->spans);
	for (unsigned chat = 0; chat < CHATS; chat++)
		j->at[chat] = xcalloc(PLACES_MAX + 1, sizeof **j->at);
	return j;
}

void
judge_free(struct judge **j)
{
	for (unsigned chat = 0; chat < CHATS; chat++)
		free((*j)->at[chat]);
	free((*j)->asks);
	free((*j)->sights);
	free((*j)->sessions);
	free((*j)->readings);
	free((*j)->spans);
	free(*j);
	*j = NULL;
}

void
judge_wrong(struct judge *j, const char *fmt, ...)
{
	va_list ap;

	if (j->wrong++ > 0)
		return;
	va_start(ap, fmt);
	vsnprintf(j->verdict, sizeof j->verdict, fmt, ap);
	va_end(ap);
	trace(j->world, "WRONG: %s", j->verdict);
}

bool
judge_has_found(const struct judge *j)
{
	return j->wrong > 0;
}

const char *
judge_verdict(const struct judge *j)
{
	return j->wrong > 0 ? j->verdict : "the promise held";
}

uint64_t
judge_now(struct judge *j)
{
	return ++j->events;
}

static unsigned
chat_of(unsigned person, unsigned peer)
{
	if (peer >= PEOPLE)
		return PEOPLE * PEOPLE + peer - PEOPLE;
	return person < peer ? person * PEOPLE + peer : peer * PEOPLE + person;
}

bool
is_by(const struct ask *a, struct who who)
{
	return a->from.person == who.person && a->from.device == who.device;
}

/* ---- what was asked for --------------------------------------------------------------------- */

unsigned
judge_asked(struct judge *j, struct who from, const struct asking *asking)
{
	struct ask *a = &j->asks[j->ask_count];

	parley_assert(j->ask_count < ASKS_MAX);
	*a = (struct ask){ .from = from,
		.deed = asking->deed,
		.chat = chat_of(from.person, asking->peer),
		.whom = asking->whom,
		.at = judge_now(j) };
	snprintf(a->id, sizeof a->id, "%s", asking->id);
	snprintf(a->mid, sizeof a->mid, "%s", asking->mid != NULL ? asking->mid : "");
	return j->ask_count++;
}

static struct ask *
ask_find(struct judge *j, struct who from, const char *id)
{
	for (unsigned i = j->ask_count; i-- > 0;)
		if (is_by(&j->asks[i], from) && strcmp(j->asks[i].id, id) == 0)
			return &j->asks[i];
	judge_wrong(j, "person%u was told of %s, which was not asked for", from.person, id);
	return NULL;
}

/* Whether somebody asked for this. A group is made with people in it. */
static bool
was_asked(const struct judge *j, enum deed deed, unsigned by, unsigned chat, const char *target,
    unsigned whom)
{
	for (unsigned i = 0; i < j->ask_count; i++) {
		const struct ask *a = &j->asks[i];

		if (a->chat != chat || a->from.person != by)
			continue;
		if (a->deed == deed && a->whom == whom && strcmp(a->mid, target) == 0)
			return true;
		if (a->deed == DEED_CREATE && deed == DEED_ADD)
			return true;
	}
	return false;
}

/* ---- places --------------------------------------------------------------------------------- */

static bool
differ(const char *a, const char *b)
{
	return a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

static bool
are_two(const struct entry *a, const struct entry *b)
{
	return a->deed != b->deed || a->by != b->by || a->whom != b->whom ||
	       differ(a->mid, b->mid) || differ(a->target, b->target) ||
	       (a->number != b->number && a->number != NONE && b->number != NONE);
}

/* A place has one entry, whoever tells of it. */
static void
place(struct judge *j, unsigned chat, int64_t seq, const struct entry *entry)
{
	struct entry *there;

	if (seq < 1 || seq > PLACES_MAX) {
		judge_wrong(j, "place %lld of chat %u is none", (long long)seq, chat);
		return;
	}
	there = &j->at[chat][seq];
	if (there->deed == DEED_NONE) {
		*there = *entry;
		there->known = judge_now(j);
		there->seen_in = NONE;
	} else if (are_two(there, entry)) {
		judge_wrong(j, "place %lld of chat %u has %d %s of person%u and %d %s of person%u",
		    (long long)seq, chat, (int)there->deed, there->mid, there->by, (int)entry->deed,
		    entry->mid, entry->by);
	} else {
		there->number = there->number == NONE ? entry->number : there->number;
		memcpy(
		    there->mid, entry->mid[0] != '\0' ? entry->mid : there->mid, sizeof there->mid);
	}
	if (seq > j->last[chat])
		j->last[chat] = seq;
}

/* And a message has one place and one id. */
static void
place_message(struct judge *j, struct ask *a, const char *mid, int64_t seq)
{
	struct entry entry = { .deed = DEED_MESSAGE, .by = a->from.person, .whom = a->from.person };

	entry.number = (uint32_t)(a - j->asks);
	snprintf(entry.mid, sizeof entry.mid, "%s", mid);
	if (a->seq != 0 && (a->seq != seq || strcmp(a->mid, mid) != 0))
		judge_wrong(j, "person%u's %s is at %lld as %s and at %lld as %s", a->from.person,
		    a->id, (long long)a->seq, a->mid, (long long)seq, mid);
	place(j, a->chat, seq, &entry);
	a->seq = seq;
	snprintf(a->mid, sizeof a->mid, "%s", mid);
}

/* ---- answers -------------------------------------------------------------------------------- */

static void
note_answer(struct judge *j, struct ask *a)
{
	if (a->denied && a->deed != DEED_MESSAGE)
		judge_wrong(j, "person%u's %s was refused and then done", a->from.person, a->id);
	if (a->answered == 0)
		a->answered = j->last_answer = judge_now(j);
}

/* Who was refused, and had sent it twice, may have come into the group in between. */
void
judge_answered(struct judge *j, struct who from, const char *id, const char *mid, int64_t seq)
{
	struct ask *a = ask_find(j, from, id);

	if (a == NULL)
		return;
	place_message(j, a, mid, seq);
	note_answer(j, a);
}

void
judge_done(struct judge *j, struct who from, const char *id, int64_t seq, bool certain)
{
	struct ask *a = ask_find(j, from, id);
	struct entry entry;

	if (a == NULL)
		return;
	if (seq != 0) {
		entry = (struct entry){ .deed = a->deed, .by = from.person, .whom = from.person };
		entry.number = a->deed == DEED_EDIT ? (uint32_t)(a - j->asks) : NONE;
		memcpy(entry.target, a->mid, sizeof entry.target);
		place(j, a->chat, seq, &entry);
		a->seq = seq;
	}
	a->uncertain = !certain;
	note_answer(j, a);
}

/* Somebody may have been out of the group since it was asked; or when what is changed was written:
 * who has come again does not read everything. */
static bool
may_be_out(const struct judge *j, const struct ask *a)
{
	for (unsigned i = 0; i < j->ask_count && a->deed != DEED_MESSAGE; i++)
		if (j->asks[i].chat == a->chat && j->asks[i].whom == a->from.person &&
		    (j->asks[i].deed == DEED_LEAVE || j->asks[i].deed == DEED_REMOVE))
			return true;
	return standing_at(j, a->from.person, a->chat, a->at, j->events) != STANDING_IN;
}

static bool
may_be_refused(const struct judge *j, const struct ask *a, const char *code)
{
	switch (a->deed) {
	case DEED_EDIT:
	case DEED_DELETE:
		for (unsigned i = 0; i < j->ask_count && strcmp(code, "gone") == 0; i++)
			if (j->asks[i].deed == DEED_DELETE && strcmp(j->asks[i].mid, a->mid) == 0)
				return true;
		return chat_is_group(a->chat) && may_be_out(j, a);
	case DEED_MESSAGE:
		return chat_is_group(a->chat) && may_be_out(j, a);
	default: /* who has gone already cannot go; but everybody may come */
		return a->deed == DEED_LEAVE || a->deed == DEED_REMOVE;
	}
}

void
judge_refused(struct judge *j, struct who from, const char *id, const char *code)
{
	struct ask *a = ask_find(j, from, id);

	if (a == NULL)
		return;
	judge_now(j);
	a->refused = a->refused || a->answered == 0;
	if (code == NULL)
		return;
	if (a->answered != 0)
		judge_wrong(
		    j, "person%u's %s was done and then refused: %s", from.person, id, code);
	else if (!may_be_refused(j, a, code))
		judge_wrong(j, "person%u's %s was refused: %s", from.person, id, code);
	a->denied = true;
}

unsigned
judge_session(struct judge *j, struct who of, bool missed)
{
	parley_assert(j->session_count < SESSIONS_MAX);
	j->sessions[j->session_count] =
	    (struct session){ .of = of, .missed = missed, .began = judge_now(j) };
	return j->session_count++;
}

void
judge_served(struct judge *j, unsigned session, uint64_t asked)
{
	j->sessions[session].served = asked;
}

/* ---- what was seen -------------------------------------------------------------------------- */

/* What a text names, when this one has asked for that there; or NULL. */
static struct ask *
ask_of(struct judge *j, const char *text, unsigned by, unsigned chat)
{
	unsigned world, number;
	struct ask *a;

	if (sscanf(text, "%u-%u", &world, &number) != 2 || world != j->world->number ||
	    number >= j->ask_count)
		return NULL;
	a = &j->asks[number];
	return a->from.person == by && a->chat == chat ? a : NULL;
}

/* A message as it was written, or as it is after an edit, or without text after a deletion. */
static bool
take_message(struct judge *j, const struct seen *seen, unsigned by, unsigned chat, uint32_t *number)
{
	struct ask *a = ask_of(j, seen->text, by, chat);
	struct entry entry = { .deed = DEED_MESSAGE, .by = by, .whom = by, .number = NONE };

	if (a != NULL)
		*number = (uint32_t)(a - j->asks);
	if (a != NULL && a->deed == DEED_MESSAGE && !seen->deleted) {
		place_message(j, a, seen->mid, seen->seq);
		return true;
	}
	snprintf(entry.mid, sizeof entry.mid, "%s", seen->mid);
	place(j, chat, seen->seq, &entry);
	if (seen->deleted)
		return seen->text[0] == '\0';
	return a != NULL && a->deed == DEED_EDIT && seen->edited && strcmp(a->mid, seen->mid) == 0;
}

/* An edit without text is of a message that was deleted since, or that the reader does not read. */
static bool
take_change(struct judge *j, const struct seen *seen, unsigned by, unsigned chat, uint32_t *number)
{
	const struct ask *a = ask_of(j, seen->text, by, chat);
	struct entry entry = { .deed = seen->deed, .by = by, .whom = seen->whom, .number = NONE };
	bool edit = seen->deed == DEED_EDIT;

	snprintf(entry.mid, sizeof entry.mid, "%s", seen->mid);
	snprintf(entry.target, sizeof entry.target, "%s", seen->target);
	if (edit && a != NULL && a->deed == DEED_EDIT && strcmp(a->mid, seen->target) == 0)
		entry.number = *number = (uint32_t)(a - j->asks);
	place(j, chat, seen->seq, &entry);
	if (edit)
		return seen->text[0] == '\0' || entry.number != NONE;
	return was_asked(
	    j, seen->deed, by, chat, seen->target, seen->deed == DEED_DELETE ? NOBODY : seen->whom);
}

void
judge_saw(struct judge *j, unsigned session, const struct seen *seen)
{
	unsigned person = j->sessions[session].of.person, by = NOBODY;
	struct sight *s = &j->sights[j->sight_count];
	bool asked_for;

	*s = (struct sight){ session, chat_of(person, seen->peer), NONE, seen->way, seen->asked,
		seen->seq, seen->rev, seen->edited, seen->deleted };
	if (seen->seq < 1 || seen->seq > PLACES_MAX || sscanf(seen->from, "person%u@", &by) != 1) {
		judge_wrong(j, "person%u saw place %lld of chat %u by %s", person,
		    (long long)seen->seq, s->chat, seen->from);
		return;
	}
	if (seen->deed == DEED_MESSAGE)
		asked_for = take_message(j, seen, by, s->chat, &s->number);
	else
		asked_for = take_change(j, seen, by, s->chat, &s->number);
	if (!asked_for)
		judge_wrong(j,
		    "person%u saw \"%s\" (%d) of %s at %lld of chat %u, which was not asked for",
		    person, seen->text, (int)seen->deed, seen->from, (long long)seen->seq, s->chat);
	j->sight_count++;
	parley_assert(j->sight_count < SIGHTS_MAX);
}

void
judge_page(struct judge *j, const struct page *page)
{
	unsigned person = j->sessions[page->session].of.person;
	struct reading *r = &j->readings[j->reading_count++];

	parley_assert(j->reading_count < PAGES_MAX);
	*r = (struct reading){ .person = person,
		.chat = chat_of(person, page->peer),
		.asked = page->asked,
		.answered = judge_now(j),
		.after = page->after,
		.all = page->all,
		.denied = page->denied };
	if (page->count == 0)
		return;
	r->first = page->seqs[0];
	r->last = page->seqs[page->count - 1];
	for (unsigned i = 1; i < page->count; i++)
		if (page->after < 0 ? page->seqs[i] <= page->seqs[i - 1]
				    : page->seqs[i] != page->seqs[i - 1] + 1)
			judge_wrong(j, "a page of chat %u has place %lld behind %lld", r->chat,
			    (long long)page->seqs[i], (long long)page->seqs[i - 1]);
}

/* ---- the verdict ---------------------------------------------------------------------------- */

static void
judge_answers(struct judge *j)
{
	for (unsigned i = 0; i < j->ask_count; i++)
		if (j->asks[i].answered == 0 && !j->asks[i].denied)
			judge_wrong(j, "person%u's %s has no answer", j->asks[i].from.person,
			    j->asks[i].id);
}

/* The next message that the same device wrote in the same chat, and that was never refused; what
 * was and was sent again has come later by right. */
static const struct ask *
next_in_order(const struct judge *j, const struct ask *a)
{
	for (const struct ask *b = a + 1; b < j->asks + j->ask_count; b++)
		if (b->deed == DEED_MESSAGE && is_by(b, a->from) && b->chat == a->chat &&
		    !b->refused)
			return b;
	return NULL;
}

/* What a device wrote in a chat one after the other stands there in that order. */
static void
judge_order(struct judge *j)
{
	for (const struct ask *a = j->asks; a < j->asks + j->ask_count; a++) {
		const struct ask *b =
		    a->deed == DEED_MESSAGE && !a->refused ? next_in_order(j, a) : NULL;

		if (b != NULL && a->seq >= b->seq)
			judge_wrong(j, "person%u sent %s before %s, and they are at %lld and %lld",
			    a->from.person, a->id, b->id, (long long)a->seq, (long long)b->seq);
	}
}

unsigned
judge_decide(struct judge *j, bool whole)
{
	if (!whole)
		return j->wrong;
	judge_answers(j);
	judge_order(j);
	spans_find(j);
	judge_members(j);
	judge_readings(j);
	judge_content(j);
	judge_sessions(j);
	return j->wrong;
}

unsigned
judge_acknowledged(const struct judge *j, enum deed first, enum deed last)
{
	unsigned n = 0;

	for (unsigned i = 0; i < j->ask_count; i++)
		n +=
		    j->asks[i].answered != 0 && j->asks[i].deed >= first && j->asks[i].deed <= last;
	return n;
}

unsigned
judge_seen(const struct judge *j)
{
	return j->sight_count;
}
