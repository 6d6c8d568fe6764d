/* SPDX-License-Identifier: MIT */
/* judge_pages.c - every acknowledged entry is readable: pages have no gaps, are up to date, and are
 * given to all who may read them and to nobody else. */
#include "support/test.h"

#include "sim/judge.h"

/* Who was in a group all the while is given pages, who was out is not. */
static void
judge_access(struct judge *j, const struct reading *r)
{
	enum standing standing = chat_is_group(r->chat)
				     ? standing_at(j, r->person, r->chat, r->asked, r->answered)
				     : STANDING_IN;

	if (r->denied && standing == STANDING_IN)
		judge_wrong(j, "person%u could not read chat %u", r->person, r->chat);
	else if (!r->denied && standing == STANDING_OUT)
		judge_wrong(j, "person%u read chat %u after leaving it", r->person, r->chat);
}

/* What happened behind a place begins there, or where the reader came. */
static void
judge_beginning(struct judge *j, const struct reading *r)
{
	const struct span *s = span_at(j, r->person, r->chat, r->last);
	int64_t first = r->after + 1;

	if (s != NULL && s->reads > first)
		first = s->reads;
	if (s != NULL && r->first != first)
		judge_wrong(j, "a page of chat %u behind %lld begins at %lld for person%u", r->chat,
		    (long long)r->after, (long long)r->first, r->person);
}

/* A page to the end shows what was acknowledged before it was asked for. */
static void
judge_end(struct judge *j, const struct reading *r)
{
	int64_t end = r->last != 0 ? r->last : r->after;

	for (const struct ask *a = j->asks; a < j->asks + j->ask_count; a++)
		if (a->chat == r->chat && a->answered != 0 && a->answered < r->asked &&
		    a->seq > end)
			judge_wrong(j,
			    "chat %u was read to its end, %lld, and person%u's %s at %lld was "
			    "not there",
			    r->chat, (long long)end, a->from.person, a->id, (long long)a->seq);
}

/* Pages of one reader, asked for after the last answer of all, that follow one another. */
static bool
has_read_all(const struct judge *j, unsigned person, unsigned chat)
{
	int64_t next = span_at(j, person, chat, FOR_EVER)->reads;

	for (const struct reading *r = j->readings; r < j->readings + j->reading_count; r++) {
		if (r->person != person || r->chat != chat || r->after < 0 || r->denied ||
		    r->asked < j->last_answer)
			continue;
		if (r->after + 1 <= next && r->last >= next)
			next = r->last + 1;
		if (r->all && next > j->last[chat])
			return true;
	}
	return false;
}

/* A history that is complete: all readers have read everything since the last answer. */
static void
judge_proof(struct judge *j, unsigned chat)
{
	for (unsigned person = 0; person < PEOPLE; person++)
		if (j->last[chat] > 0 && is_reader(j, person, chat) &&
		    !has_read_all(j, person, chat))
			judge_wrong(j, "person%u has not read all of chat %u", person, chat);
}

void
judge_readings(struct judge *j)
{
	for (const struct reading *r = j->readings; r < j->readings + j->reading_count; r++) {
		judge_access(j, r);
		if (r->denied || r->after < 0)
			continue;
		if (r->last != 0)
			judge_beginning(j, r);
		if (r->all)
			judge_end(j, r);
	}
	for (unsigned chat = 0; chat < CHATS; chat++)
		judge_proof(j, chat);
}
