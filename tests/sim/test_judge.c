/* SPDX-License-Identifier: MIT */
/* test_judge.c - the judge of the simulation calls what is wrong: a short history in which all is
 * well, and the same with one thing changed. */
#include "support/test.h"

#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

#define GROUP (PEOPLE + 0) /* of person 0; new members read what comes then */

static const struct who anna = { 0, 0 }, bert = { 1, 0 }, carl = { 2, 0 };
static const char mid1[] = "00000000-0000-7000-8000-000000000001";
static const char mid2[] = "00000000-0000-7000-8000-000000000002";
static struct world world;
static struct judge *j;
static unsigned sessions[3];

/* What is told in another way. */
enum twist {
	ALL_IS_WELL,
	EDIT_IS_LOST,           /* the message is as it was at first */
	EDIT_IS_FORGOTTEN,      /* its entry is not there: something else is */
	EDIT_SAYS_ANOTHER_TEXT, /* the message is edited, and says what it said */
	EDIT_OF_NOBODY,         /* the text is one that nobody has asked for */
	EDIT_IS_REFUSED,        /* and nobody has deleted anything */
	DELETION_IS_LOST,
	DELETION_LEAVES_TEXT,
	DELETION_OF_NOBODY,
	COMING_IS_FORGOTTEN,
	GOING_IS_FORGOTTEN,
	GONE_READS_WHAT_CAME_AFTER,
	GONE_READS_PAGES,
	GONE_WRITES,
	MEMBER_IS_SHUT_OUT,
	MEMBER_CANNOT_WRITE,
	NEW_MEMBER_READS_WHAT_WAS,
	GROUP_LEAVES_OUT_A_PLACE,
	GROUP_IS_NOT_READ, /* after the last answer */
	ANOTHER_ANSWER,
	TWISTS
};

/* The world's part in this is small. */
void
trace(struct world *w, const char *fmt, ...)
{
}

static unsigned
asks(struct who who, enum deed deed, unsigned peer, const char *id, const char *mid, unsigned whom)
{
	return judge_asked(j, who, &(struct asking){ deed, peer, id, mid, whom });
}

static void
comes(struct who who, enum deed deed, const char *id, unsigned whom)
{
	asks(who, deed, GROUP, id, NULL, whom);
	judge_done(j, who, id, 0, true);
}

static struct seen
entry(enum deed deed, unsigned by, const char *text, const char *mid, int64_t seq)
{
	static const char *const names[] = { "person0@a.example/d0", "person1@a.example/d0",
		"person2@a.example/d0" };

	return (struct seen){ .peer = GROUP,
		.deed = deed,
		.from = names[by],
		.text = text,
		.mid = mid,
		.target = "",
		.whom = by,
		.seq = seq };
}

/* Reads entries as a page behind a place, to its end. */
static void
reads(struct who who, int64_t after, const struct seen *entries, unsigned count)
{
	struct page page = { .session = sessions[who.person],
		.peer = GROUP,
		.asked = judge_now(j),
		.after = after,
		.count = count,
		.all = true };

	for (unsigned i = 0; i < count; i++) {
		struct seen seen = entries[i];

		seen.way = WAY_PAGE;
		seen.asked = page.asked;
		judge_saw(j, sessions[who.person], &seen);
		page.seqs[i] = seen.seq;
	}
	judge_page(j, &page);
}

static void
is_denied(struct who who)
{
	judge_page(j, &(struct page){ .session = sessions[who.person],
			  .peer = GROUP,
			  .asked = judge_now(j),
			  .denied = true });
}

/* Anna makes a group (1) and writes (2), Bert comes (3), Anna edits (4), and deletes another
 * message (5, 6) if it is to be, Bert leaves (7), and Anna writes (8), when Carl comes (9). */
struct history {
	struct seen at[10];
	char first[16], edited[16], last[16];
};

static void
live(struct history *h, enum twist twist)
{
	struct who last = twist == GONE_WRITES ? bert : anna;
	unsigned n;

	comes(anna, DEED_CREATE, "d0-1", 0);
	n = asks(anna, DEED_MESSAGE, GROUP, "m0-2", NULL, NOBODY);
	snprintf(h->first, sizeof h->first, "0-%u", n);
	judge_answered(j, anna, "m0-2", mid1, 2);
	comes(bert, DEED_JOIN, "d0-1", 1);
	n = asks(anna, DEED_EDIT, GROUP, "d0-3", mid1, NOBODY);
	snprintf(h->edited, sizeof h->edited, "0-%u", n);
	if (twist == EDIT_IS_REFUSED)
		judge_refused(j, anna, "d0-3", "gone");
	else
		judge_done(j, anna, "d0-3", 4, true);
	asks(anna, DEED_MESSAGE, GROUP, "m0-4", NULL, NOBODY);
	judge_answered(j, anna, "m0-4", mid2, 5);
	if (twist == ANOTHER_ANSWER)
		judge_answered(j, anna, "m0-4", mid2, 6);
	if (twist != DELETION_OF_NOBODY)
		asks(anna, DEED_DELETE, GROUP, "d0-5", mid2, NOBODY);
	if (twist != DELETION_OF_NOBODY)
		judge_done(j, anna, "d0-5", 6, true);
	if (twist == MEMBER_CANNOT_WRITE)
		asks(bert, DEED_MESSAGE, GROUP, "m0-9", NULL, NOBODY);
	if (twist == MEMBER_CANNOT_WRITE)
		judge_refused(j, bert, "m0-9", "not-allowed");
	if (twist == MEMBER_IS_SHUT_OUT)
		is_denied(bert);
	comes(bert, DEED_LEAVE, "d0-2", 1);
	n = asks(last, DEED_MESSAGE, GROUP, "m0-6", NULL, NOBODY);
	snprintf(h->last, sizeof h->last, "0-%u", n);
	judge_answered(j, last, "m0-6", "m3", 8);
	comes(carl, DEED_JOIN, "d0-1", 2);
}

static void
write_down(struct history *h)
{
	struct seen *at = h->at;

	at[1] = entry(DEED_CREATE, 0, "", "c1", 1);
	at[2] = entry(DEED_MESSAGE, 0, h->edited, mid1, 2);
	at[2].rev = 4;
	at[2].edited = true;
	at[3] = entry(DEED_JOIN, 1, "", "c3", 3);
	at[4] = entry(DEED_EDIT, 0, h->edited, "c4", 4);
	at[4].target = mid1;
	at[5] = entry(DEED_MESSAGE, 0, "", mid2, 5);
	at[5].rev = 6;
	at[5].deleted = true;
	at[6] = entry(DEED_DELETE, 0, "", "c6", 6);
	at[6].target = mid2;
	at[7] = entry(DEED_LEAVE, 1, "", "c7", 7);
	at[8] = entry(DEED_MESSAGE, 0, h->last, "m3", 8);
	at[9] = entry(DEED_JOIN, 2, "", "c9", 9);
}

static void
twist_changes(struct history *h, enum twist twist)
{
	struct seen *at = h->at;

	if (twist == EDIT_IS_LOST) {
		at[2] = entry(DEED_MESSAGE, 0, h->first, mid1, 2);
	} else if (twist == EDIT_IS_FORGOTTEN) {
		at[4] = entry(DEED_JOIN, 1, "", "c4", 4);
	} else if (twist == EDIT_SAYS_ANOTHER_TEXT) {
		at[2].text = h->first;
	} else if (twist == EDIT_OF_NOBODY) {
		at[4].text = at[2].text = "0-77";
	} else if (twist == DELETION_IS_LOST) {
		at[5].rev = 0;
		at[5].deleted = false;
		at[5].text = "0-4";
	} else if (twist == DELETION_LEAVES_TEXT) {
		at[5].text = "0-4";
	}
}

static void
twist_members(struct history *h, enum twist twist)
{
	struct seen *at = h->at;

	if (twist == GONE_WRITES)
		at[8] = entry(DEED_MESSAGE, 1, h->last, "m3", 8);
	else if (twist == COMING_IS_FORGOTTEN)
		at[9] = entry(DEED_CREATE, 0, "", "c9", 9);
	else if (twist == GOING_IS_FORGOTTEN)
		at[7] = entry(DEED_EDIT, 0, h->edited, "c7", 7);
	if (twist == GOING_IS_FORGOTTEN)
		at[7].target = mid1;
}

/* The end: who is in it reads all of it. */
static void
read_all(struct history *h, enum twist twist)
{
	struct seen *at = h->at, without[9];

	memcpy(without, at + 1, 6 * sizeof *at);
	memcpy(without + 6, at + 8, 2 * sizeof *at);
	if (twist == GROUP_LEAVES_OUT_A_PLACE)
		reads(anna, 0, without, 8);
	else
		reads(anna, 0, at + 1, 9);
	if (twist == NEW_MEMBER_READS_WHAT_WAS)
		reads(carl, 0, at + 8, 2);
	else
		reads(carl, 0, at + 9, 1);
	if (twist == GONE_READS_PAGES)
		reads(bert, 2, at + 3, 4);
	else if (twist == GONE_READS_WHAT_CAME_AFTER)
		judge_saw(j, sessions[1], &at[8]);
	else
		is_denied(bert);
	if (twist != GROUP_IS_NOT_READ)
		return;
	asks(anna, DEED_MESSAGE, GROUP, "m0-7", NULL, NOBODY);
	judge_answered(j, anna, "m0-7", "m4", 10);
}

static unsigned
judge_history(enum twist twist)
{
	struct history h = { 0 };

	j = judge_new(&world);
	for (unsigned person = 0; person < 3; person++)
		sessions[person] = judge_session(j, (struct who){ person, 0 }, false);
	live(&h, twist);
	write_down(&h);
	twist_changes(&h, twist);
	twist_members(&h, twist);
	read_all(&h, twist);
	return judge_decide(j, true);
}

static void
nothing_is_wrong_with_a_history_in_which_all_is_well(void **state)
{
	if (judge_history(ALL_IS_WELL) > 0)
		fail_msg("%s", judge_verdict(j));
	judge_free(&j);
}

static void
each_thing_that_is_wrong_is_called(void **state)
{
	static const char *const verdicts[TWISTS] = {
		[EDIT_IS_LOST] = "was changed at 4",
		[EDIT_IS_FORGOTTEN] = "place 4 of chat",
		[EDIT_SAYS_ANOTHER_TEXT] = "says 1 to person0",
		[EDIT_OF_NOBODY] = "not asked for",
		[EDIT_IS_REFUSED] = "was refused: gone",
		[DELETION_IS_LOST] = "was changed at 6",
		[DELETION_LEAVES_TEXT] = "not asked for",
		[DELETION_OF_NOBODY] = "not asked for",
		[COMING_IS_FORGOTTEN] = "person0 comes twice",
		[GOING_IS_FORGOTTEN] = "left chat 16 1 times",
		[GONE_READS_WHAT_CAME_AFTER] = "was shown place 8",
		[GONE_READS_PAGES] = "after leaving",
		[GONE_WRITES] = "place 8 of chat 16 is by person1",
		[MEMBER_IS_SHUT_OUT] = "could not read chat",
		[MEMBER_CANNOT_WRITE] = "was refused: not-allowed",
		[NEW_MEMBER_READS_WHAT_WAS] = "was shown place 8",
		[GROUP_LEAVES_OUT_A_PLACE] = "has place 8 behind 6",
		[GROUP_IS_NOT_READ] = "has not read all",
		[ANOTHER_ANSWER] = "is at 5 as",
	};

	for (enum twist twist = ALL_IS_WELL + 1; twist < TWISTS; twist++) {
		if (judge_history(twist) == 0)
			fail_msg("%d is not called", (int)twist);
		if (strstr(judge_verdict(j), verdicts[twist]) == NULL)
			fail_msg("%d: %s", (int)twist, judge_verdict(j));
		judge_free(&j);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_wrong_with_a_history_in_which_all_is_well),
		cmocka_unit_test(each_thing_that_is_wrong_is_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
