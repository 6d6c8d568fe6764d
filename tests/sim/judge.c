/* SPDX-License-Identifier: MIT */
/* judge.c - whether the promise held (docs/reliability.md), by what clients have sent, and by all
 * that they were answered and have seen. It knows nothing of the node. The text of a message has
 * its number here. */
#include "support/test.h"

#include "sim/sim.h"

#include "base/xalloc.h"

#include <parley/error.h>
#include <stdlib.h>
#include <string.h>

#define SENT_MAX     8000
#define SIGHTS_MAX   300000
#define SESSIONS_MAX 4000
#define CHATS        (PEOPLE * PEOPLE)
#define NONE         UINT32_MAX

struct sent {
	struct who from;
	unsigned chat;
	char id[24], mid[37];
	int64_t seq;           /* 0: not known */
	uint64_t at, answered; /* when it was written, and answered first; 0: it was not */
	bool refused;
	unsigned seen_in; /* the last session looked at that saw it */
};

struct sight {
	unsigned session, chat, number;
	enum way way;
	int64_t seq;
};

struct session {
	struct who of;
	bool missed;
	uint64_t began, served; /* when what was answered last was asked */
};

/* How far somebody has read a chat since everything was answered. */
struct reading {
	int64_t next;
	bool all;
};

struct judge {
	struct world *world;
	struct sent *sent;
	struct sight *sights;
	struct session *sessions;
	uint32_t *at[CHATS]; /* by place in the chat: the number of the message there */
	struct reading readings[PEOPLE][CHATS];
	unsigned sent_count, sight_count, session_count, wrong;
	uint64_t events, last_answer;
	char verdict[512];
};

struct judge *
judge_new(struct world *w)
{
	struct judge *j = xcalloc(1, sizeof *j);

	j->world = w;
	j->sent = xcalloc(SENT_MAX, sizeof *j->sent);
	j->sights = xcalloc(SIGHTS_MAX, sizeof *j->sights);
	j->sessions = xcalloc(SESSIONS_MAX, sizeof *j->sessions);
	for (unsigned chat = 0; chat < CHATS; chat++) {
		j->at[chat] = xcalloc(SENT_MAX + 1, sizeof **j->at);
		memset(j->at[chat], 0xff, (SENT_MAX + 1) * sizeof **j->at);
	}
	return j;
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
chat_of(unsigned a, unsigned b)
{
	return a < b ? a * PEOPLE + b : b * PEOPLE + a;
}

static bool
is_in(unsigned person, unsigned chat)
{
	return chat / PEOPLE == person || chat % PEOPLE == person;
}

static bool
is_by(const struct sent *s, struct who who)
{
	return s->from.person == who.person && s->from.device == who.device;
}

/* ---- what is told ------------------------------------------------------------------------- */

unsigned
judge_number(struct judge *j, struct who from, unsigned to, const char *id)
{
	struct sent *s = &j->sent[j->sent_count];

	parley_assert(j->sent_count < SENT_MAX);
	*s = (struct sent){ .from = from, .chat = chat_of(from.person, to), .at = judge_now(j) };
	snprintf(s->id, sizeof s->id, "%s", id);
	return j->sent_count++;
}

static struct sent *
sent_find(struct judge *j, struct who from, const char *id)
{
	for (unsigned i = j->sent_count; i-- > 0;)
		if (is_by(&j->sent[i], from) && strcmp(j->sent[i].id, id) == 0)
			return &j->sent[i];
	judge_wrong(j, "person%u was told of %s, which was not sent", from.person, id);
	return NULL;
}

/* A message has one place and one id, whoever tells of them. */
static void
place(struct judge *j, struct sent *s, const char *mid, int64_t seq)
{
	uint32_t number = (uint32_t)(s - j->sent);

	if (seq < 1 || seq > SENT_MAX) {
		judge_wrong(j, "place %lld of chat %u is none", (long long)seq, s->chat);
		return;
	}
	if (s->seq != 0 && (s->seq != seq || strcmp(s->mid, mid) != 0))
		judge_wrong(j, "person%u's %s is at %lld as %s and at %lld as %s", s->from.person,
		    s->id, (long long)s->seq, s->mid, (long long)seq, mid);
	if (j->at[s->chat][seq] != NONE && j->at[s->chat][seq] != number)
		judge_wrong(j, "place %lld of chat %u has message %u and message %u",
		    (long long)seq, s->chat, j->at[s->chat][seq], number);
	j->at[s->chat][seq] = number;
	s->seq = seq;
	snprintf(s->mid, sizeof s->mid, "%s", mid);
}

void
judge_answered(struct judge *j, struct who from, const char *id, const char *mid, int64_t seq)
{
	struct sent *s = sent_find(j, from, id);
	uint64_t now = judge_now(j);

	if (s == NULL)
		return;
	place(j, s, mid, seq);
	if (s->answered != 0)
		return;
	s->answered = now;
	j->last_answer = now;
}

void
judge_refused(struct judge *j, struct who from, const char *id)
{
	struct sent *s = sent_find(j, from, id);

	if (s != NULL)
		s->refused = true;
}

unsigned
judge_session(struct judge *j, struct who of, bool missed)
{
	parley_assert(j->session_count < SESSIONS_MAX);
	j->sessions[j->session_count] =
	    (struct session){ .of = of, .missed = missed, .began = judge_now(j) };
	return j->session_count++;
}

/* The message that a text names and that this one has written there; or NULL. */
static struct sent *
sent_of(struct judge *j, const char *text, const char *from, unsigned chat)
{
	unsigned world, number, person;
	struct sent *s;

	if (sscanf(text, "%u-%u", &world, &number) != 2 || world != j->world->number ||
	    number >= j->sent_count || sscanf(from, "person%u@", &person) != 1)
		return NULL;
	s = &j->sent[number];
	return s->from.person == person && s->chat == chat ? s : NULL;
}

void
judge_saw(struct judge *j, unsigned session, enum way way, unsigned peer, const char *from,
    const char *text, const char *mid, int64_t seq)
{
	unsigned person = j->sessions[session].of.person, chat = chat_of(person, peer);
	struct sent *s = sent_of(j, text, from, chat);

	judge_now(j);
	if (s == NULL) {
		judge_wrong(j, "person%u saw \"%s\" of %s in chat %u, which was not sent", person,
		    text, from, chat);
		return;
	}
	place(j, s, mid, seq);
	parley_assert(j->sight_count < SIGHTS_MAX);
	j->sights[j->sight_count++] =
	    (struct sight){ session, chat, (unsigned)(s - j->sent), way, seq };
}

void
judge_served(struct judge *j, unsigned session, uint64_t asked)
{
	j->sessions[session].served = asked;
}

/* ---- pages -------------------------------------------------------------------------------- */

/* A page to the end shows what was acknowledged before it was asked for. */
static void
judge_end_of_page(struct judge *j, const struct page *page, unsigned chat, int64_t end)
{
	for (unsigned i = 0; i < j->sent_count; i++) {
		const struct sent *s = &j->sent[i];

		if (s->chat == chat && s->answered != 0 && s->answered < page->asked &&
		    s->seq > end)
			judge_wrong(j,
			    "chat %u was read to its end, %lld, and person%u's %s at %lld was "
			    "not there",
			    chat, (long long)end, s->from.person, s->id, (long long)s->seq);
	}
}

void
judge_page(struct judge *j, const struct page *page)
{
	unsigned person = j->sessions[page->session].of.person;
	unsigned chat = chat_of(person, page->peer);
	struct reading *r = &j->readings[person][chat];
	int64_t end = page->after;

	for (unsigned i = 0; i < page->count; i++, end++)
		if (page->seqs[i] != end + 1)
			judge_wrong(j, "a page of chat %u has place %lld behind %lld", chat,
			    (long long)page->seqs[i], (long long)end);
	if (page->all)
		judge_end_of_page(j, page, chat, end);
	if (page->asked < j->last_answer || (page->after != 0 && page->after + 1 > r->next))
		return;
	r->next = end + 1;
	r->all = r->all || page->all;
}

/* A history that is complete: everybody has read all of their chats since the last answer. */
static void
judge_readings(struct judge *j)
{
	for (unsigned i = 0; i < j->sent_count; i++) {
		unsigned a = j->sent[i].chat / PEOPLE, b = j->sent[i].chat % PEOPLE;

		if (!j->readings[a][j->sent[i].chat].all || !j->readings[b][j->sent[i].chat].all)
			judge_wrong(j, "chat %u was not read to its end by both", j->sent[i].chat);
	}
}

/* ---- messages ------------------------------------------------------------------------------ */

static void
judge_answers(struct judge *j)
{
	for (unsigned i = 0; i < j->sent_count; i++)
		if (j->sent[i].answered == 0)
			judge_wrong(j, "person%u's %s has no answer", j->sent[i].from.person,
			    j->sent[i].id);
}

/* What a device wrote in a chat one after the other stands there in that order; what was refused
 * and sent again has come later by right. */
static void
judge_order(struct judge *j)
{
	for (unsigned i = 0; i < j->sent_count; i++) {
		const struct sent *a = &j->sent[i];

		for (unsigned k = i + 1; k < j->sent_count && !a->refused; k++) {
			const struct sent *b = &j->sent[k];

			if (!is_by(b, a->from) || b->chat != a->chat || b->refused)
				continue;
			if (a->seq >= b->seq)
				judge_wrong(j,
				    "person%u sent %s before %s, and they are at %lld and %lld",
				    a->from.person, a->id, b->id, (long long)a->seq,
				    (long long)b->seq);
			break;
		}
	}
}

/* ---- sessions ----------------------------------------------------------------------------- */

/* Of one session in one chat: in order, once, and all that others have sent between. */
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
		j->sent[at->number].seen_in = first->session;
		before = at;
	}
	for (int64_t seq = first->seq + 1; seq < before->seq; seq++) {
		uint32_t number = j->at[first->chat][seq];

		if (number != NONE && !is_by(&j->sent[number], of) &&
		    j->sent[number].seen_in != first->session)
			judge_wrong(j, "person%u/%u was not sent place %lld of chat %u", of.person,
			    of.device, (long long)seq, first->chat);
	}
}

static void
judge_lines(struct judge *j)
{
	static unsigned looked_at[SESSIONS_MAX][CHATS];

	memset(looked_at, 0, sizeof looked_at);
	for (unsigned i = 0; i < j->sent_count; i++)
		j->sent[i].seen_in = NONE;
	for (struct sight *at = j->sights; at < j->sights + j->sight_count; at++)
		if (at->way == WAY_LIVE && looked_at[at->session][at->chat]++ == 0)
			judge_line(j, at);
}

/* What was written after a login, and acknowledged before the session asked something that was
 * answered, came live before that answer. (Who is told what it missed gets it when it is its turn.)
 */
static void
judge_deliveries(struct judge *j)
{
	for (unsigned n = 0; n < j->session_count; n++) {
		const struct session *session = &j->sessions[n];

		if (session->missed)
			continue;
		for (const struct sight *at = j->sights; at < j->sights + j->sight_count; at++)
			if (at->session == n && at->way == WAY_LIVE)
				j->sent[at->number].seen_in = n;
		for (unsigned i = 0; i < j->sent_count; i++) {
			const struct sent *s = &j->sent[i];

			if (s->at > session->began && s->answered != 0 &&
			    s->answered < session->served && is_in(session->of.person, s->chat) &&
			    !is_by(s, session->of) && s->seen_in != n)
				judge_wrong(j, "person%u/%u was not sent person%u's %s",
				    session->of.person, session->of.device, s->from.person, s->id);
		}
	}
}

/* A device that asks for what it missed at each login is told everything, in whichever session. */
static void
judge_missed(struct judge *j, struct who of)
{
	static bool told[SENT_MAX];
	bool any = false;

	memset(told, 0, sizeof told);
	for (const struct sight *at = j->sights; at < j->sights + j->sight_count; at++) {
		const struct session *session = &j->sessions[at->session];

		if (!session->missed || session->of.person != of.person ||
		    session->of.device != of.device)
			continue;
		any = true;
		if (at->way == WAY_LIVE || at->way == WAY_MISSED)
			told[at->number] = true;
	}
	for (unsigned i = 0; i < j->sent_count && any; i++)
		if (is_in(of.person, j->sent[i].chat) && !is_by(&j->sent[i], of) && !told[i])
			judge_wrong(j, "person%u's device %u was never told of person%u's %s",
			    of.person, of.device, j->sent[i].from.person, j->sent[i].id);
}

unsigned
judge_decide(struct judge *j, bool whole)
{
	if (!whole)
		return j->wrong;
	judge_answers(j);
	judge_order(j);
	judge_readings(j);
	judge_lines(j);
	judge_deliveries(j);
	for (unsigned person = 0; person < PEOPLE; person++)
		for (unsigned device = 0; device < 2; device++)
			judge_missed(j, (struct who){ person, device });
	return j->wrong;
}

unsigned
judge_acknowledged(const struct judge *j)
{
	unsigned n = 0;

	for (unsigned i = 0; i < j->sent_count; i++)
		n += j->sent[i].answered != 0;
	return n;
}

unsigned
judge_seen(const struct judge *j)
{
	return j->sight_count;
}
