/* SPDX-License-Identifier: MIT */
/* judge.c - whether what was acknowledged is in the archive, once, in order and under one id, and
 * whether the sessions saw it so, without gaps. The text of a message is its number here. */
#include "support/test.h"

#include "sim/sim.h"

#include "base/xalloc.h"

#include <parley/module.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENT_MAX  20000
#define SIGHT_MAX 200000

struct sent {
	char from[16], id[24];
	char mid[37], stored_mid[37]; /* as acknowledged; as stored */
	char stream[64];
	int64_t seq, stored_seq;
	unsigned stored, seen_in; /* how often; the last session looked at that saw it */
};

struct sight {
	unsigned session, number;
	char chat[64], mid[37];
	int64_t seq;
};

static struct {
	struct sent *sent;
	struct sight *sights;
	unsigned sent_count, sight_count, wrong;
	char verdict[512];
} J;

void
judge_begin(void)
{
	memset(&J, 0, sizeof J);
	J.sent = xcalloc(SENT_MAX, sizeof *J.sent);
	J.sights = xcalloc(SIGHT_MAX, sizeof *J.sights);
}

void
judge_end(void)
{
	free(J.sent);
	free(J.sights);
}

static void __attribute__((format(printf, 1, 2))) wrong(const char *fmt, ...)
{
	va_list ap;

	if (J.wrong++ > 0)
		return;
	va_start(ap, fmt);
	vsnprintf(J.verdict, sizeof J.verdict, fmt, ap);
	va_end(ap);
}

const char *
judge_verdict(void)
{
	return J.wrong > 0 ? J.verdict : "the promise held";
}

void
judge_sent(const char *from, const char *id, const char *text)
{
	struct sent *s = &J.sent[J.sent_count];

	parley_assert(J.sent_count < SENT_MAX && atoi(text) == (int)J.sent_count);
	snprintf(s->from, sizeof s->from, "%s", from);
	snprintf(s->id, sizeof s->id, "%s", id);
	J.sent_count++;
}

void
judge_acknowledged(const char *from, const char *id, const char *mid, int64_t seq)
{
	for (unsigned i = 0; i < J.sent_count; i++) {
		struct sent *s = &J.sent[i];

		if (strcmp(s->from, from) != 0 || strcmp(s->id, id) != 0)
			continue;
		if (s->seq != 0 && (s->seq != seq || strcmp(s->mid, mid) != 0))
			wrong("%s's %s was answered in two ways", from, id);
		s->seq = seq;
		snprintf(s->mid, sizeof s->mid, "%s", mid);
		return;
	}
	wrong("%s got an answer to %s, which was not sent", from, id);
}

void
judge_saw(unsigned session, const char *chat, const char *from, const char *text, const char *mid,
    int64_t seq)
{
	struct sight *sight = &J.sights[J.sight_count++];

	parley_assert(J.sight_count < SIGHT_MAX);
	sight->session = session;
	sight->number = (unsigned)atoi(text);
	sight->seq = seq;
	snprintf(sight->chat, sizeof sight->chat, "%s", chat);
	snprintf(sight->mid, sizeof sight->mid, "%s", mid);
	if (sight->number >= J.sent_count || strcmp(J.sent[sight->number].from, from) != 0) {
		wrong("%s was seen from %s, who has not sent it", text, from);
		J.sight_count--;
	}
}

/* ---- the archive -------------------------------------------------------------------------- */

static void
stored(const char *stream, int64_t seq, const char *from, const char *id, const char *text,
    const char *mid)
{
	unsigned number = (unsigned)atoi(text);
	struct sent *s = &J.sent[number];

	if (number >= J.sent_count || strcmp(s->from, from) != 0 || strcmp(s->id, id) != 0) {
		wrong("the archive has %s's %s, which was not sent", from, id);
		return;
	}
	if (s->stored++ > 0)
		wrong("%s's %s is stored twice, in %s at %lld and %lld", from, id, stream,
		    (long long)s->stored_seq, (long long)seq);
	s->stored_seq = seq;
	snprintf(s->stored_mid, sizeof s->stored_mid, "%s", mid);
	snprintf(s->stream, sizeof s->stream, "%s", stream);
}

static void
judge_storing(void)
{
	for (unsigned i = 0; i < J.sent_count; i++) {
		const struct sent *s = &J.sent[i];

		if (s->seq == 0)
			wrong("%s's %s has no answer", s->from, s->id);
		else if (s->stored == 0)
			wrong("%s's %s was acknowledged, and is not stored", s->from, s->id);
		else if (s->stored_seq != s->seq || strcmp(s->stored_mid, s->mid) != 0)
			wrong("%s's %s was acknowledged at %lld and is stored at %lld", s->from,
			    s->id, (long long)s->seq, (long long)s->stored_seq);
	}
}

/* Messages have numbers in the order in which they were sent. */
static void
judge_order(void)
{
	for (unsigned i = 0; i < J.sent_count; i++)
		for (unsigned k = i + 1; k < J.sent_count; k++) {
			const struct sent *a = &J.sent[i], *b = &J.sent[k];

			if (strcmp(a->from, b->from) != 0 || strcmp(a->stream, b->stream) != 0)
				continue;
			if (a->stored_seq >= b->stored_seq)
				wrong("%s sent %s before %s, and they are stored at %lld and %lld",
				    a->from, a->id, b->id, (long long)a->stored_seq,
				    (long long)b->stored_seq);
			break; /* the next of this sender in this chat */
		}
}

/* ---- the sessions ------------------------------------------------------------------------- */

static void
judge_sight(const struct sight *sight, const struct sight *before)
{
	const struct sent *s = &J.sent[sight->number];

	if (s->stored > 0 &&
	    (s->stored_seq != sight->seq || strcmp(s->stored_mid, sight->mid) != 0))
		wrong("session %u saw %s's %s at %lld, and it is stored at %lld", sight->session,
		    s->from, s->id, (long long)sight->seq, (long long)s->stored_seq);
	if (before != NULL && before->seq >= sight->seq)
		wrong("session %u saw place %lld of %s after %lld", sight->session,
		    (long long)sight->seq, sight->chat, (long long)before->seq);
}

/* Of one session in one chat: in order, once, and all that the other has sent between. */
static void
judge_line(const struct sight *first)
{
	const struct sight *before = NULL, *end = J.sights + J.sight_count;
	const char *from = J.sent[first->number].from;

	for (const struct sight *at = first; at < end; at++) {
		if (at->session != first->session || strcmp(at->chat, first->chat) != 0)
			continue;
		judge_sight(at, before);
		J.sent[at->number].seen_in = first->session;
		before = at;
	}
	for (unsigned i = 0; i < J.sent_count; i++) {
		const struct sent *s = &J.sent[i];

		if (strcmp(s->stream, J.sent[first->number].stream) == 0 &&
		    strcmp(s->from, from) == 0 && s->stored_seq > first->seq &&
		    s->stored_seq < before->seq && s->seen_in != first->session)
			wrong("session %u was not sent %s's %s", first->session, s->from, s->id);
	}
}

static void
judge_sessions(void)
{
	for (struct sight *at = J.sights; at < J.sights + J.sight_count; at++) {
		const struct sight *earlier = J.sights;

		while (earlier < at &&
		       (earlier->session != at->session || strcmp(earlier->chat, at->chat) != 0))
			earlier++;
		if (earlier == at)
			judge_line(at);
	}
}

unsigned
judge_decide(void)
{
	node_each_entry(stored);
	judge_storing();
	judge_order();
	judge_sessions();
	return J.wrong;
}
