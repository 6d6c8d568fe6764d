/* SPDX-License-Identifier: MIT */
/* judge.h - what the parts of the judge share: all that was asked for, answered and seen. Nothing
 * is known of the node. Most is judged at the end, when everybody has read everything. */
#ifndef SIM_JUDGE_H
#define SIM_JUDGE_H

#include "sim/sim.h"

#define ASKS_MAX     8000
#define PLACES_MAX   8000
#define SIGHTS_MAX   300000
#define SESSIONS_MAX 4000
#define PAGES_MAX    40000
#define SPANS_MAX    400
#define CHATS        (PEOPLE * PEOPLE + GROUPS)
#define NONE         UINT32_MAX
#define FOR_EVER     INT64_MAX

/* Something that somebody asked for. */
struct ask {
	struct who from;
	enum deed deed;
	unsigned chat, whom;
	char id[24];
	char mid[37];          /* of the message, or of the one that it changes */
	int64_t seq;           /* of the entry; 0: not known, or none */
	uint64_t at, answered; /* when it was asked, and answered first; 0: it was not */
	bool refused, denied;  /* for now, at least once; for good */
	bool uncertain;        /* it may not have been done in full */
};

/* What stands at a place of a chat. */
struct entry {
	enum deed deed; /* DEED_NONE: not known */
	unsigned by, whom;
	uint32_t number; /* of what was asked; NONE: not known */
	char mid[37], target[37];
	uint64_t known;   /* since when somebody has been told of it */
	unsigned seen_in; /* the last session looked at that saw it */
};

struct sight {
	unsigned session, chat;
	uint32_t number; /* what it says; NONE: nothing */
	enum way way;
	uint64_t asked; /* 0: it came by itself */
	int64_t seq, rev;
	bool edited, deleted;
};

struct session {
	struct who of;
	bool missed;
	uint64_t began, served; /* when what was answered last was asked */
};

struct reading {
	unsigned person, chat;
	uint64_t asked, answered;
	int64_t after, first, last; /* first and last: 0, 0: it is empty */
	bool all, denied;
};

/* A time for which somebody is in a group: the places of their coming and going; and the first that
 * they may read. */
struct span {
	int64_t from, to, reads;
};

struct spans {
	struct span span[SPANS_MAX];
	unsigned count;
};

struct judge {
	struct world *world;
	struct ask *asks;
	struct sight *sights;
	struct session *sessions;
	struct reading *readings;
	struct entry *at[CHATS];       /* by place */
	int64_t last[CHATS];           /* the highest place that is known */
	struct spans (*spans)[PEOPLE]; /* of each group */
	unsigned ask_count, sight_count, session_count, reading_count, wrong;
	uint64_t events, last_answer;
	char verdict[512];
};

static inline bool
chat_is_group(unsigned chat)
{
	return chat >= PEOPLE * PEOPLE;
}

bool is_by(const struct ask *a, struct who who); /* judge.c */

/* ---- who may read what (judge_members.c) ---------------------------------------------------- */

/* By what was asked and answered alone. */
enum standing { STANDING_UNKNOWN, STANDING_IN, STANDING_OUT };

/* Where somebody stood in a group at all times between two events. */
enum standing standing_at(
    const struct judge *j, unsigned person, unsigned chat, uint64_t from, uint64_t to);
/* Works out the times of everybody in all groups, by the entries. */
void spans_find(struct judge *j);
/* The time in which something that ended at this place was read; NULL: none. */
const struct span *span_at(const struct judge *j, unsigned person, unsigned chat, int64_t seq);
bool may_read(const struct judge *j, unsigned person, unsigned chat, int64_t seq);
/* It is sent to them. */
bool is_told(const struct judge *j, unsigned person, unsigned chat, int64_t seq);
/* Reads it to this day. */
bool is_reader(const struct judge *j, unsigned person, unsigned chat);
void judge_members(struct judge *j);

/* ---- the rest ------------------------------------------------------------------------------- */

void judge_content(struct judge *j);  /* judge_content.c */
void judge_readings(struct judge *j); /* judge_pages.c */
void judge_sessions(struct judge *j); /* judge_sessions.c */

#endif
