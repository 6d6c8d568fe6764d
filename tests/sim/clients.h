/* SPDX-License-Identifier: MIT */
/* clients.h - what the parts of the clients share: what each of them keeps, and what it says. */
#ifndef SIM_CLIENTS_H
#define SIM_CLIENTS_H

#include "sim/sim.h"

#define MS          1000
#define DEVICES     2 /* of each of the first MANY people; the others have one */
#define MANY        2
#define CLIENTS     (PEOPLE + MANY)
#define WAITING_MAX 6
#define KNOWN_MAX   16
#define FRAME_MAX   512
#define PASSWORD    "correct horse battery"

/* Something that was asked for and has no answer: it is asked again, with the same id. */
struct unanswered {
	enum deed deed;
	unsigned peer, whom;
	char id[24], frame[FRAME_MAX];
	bool refused; /* it is sent again when there is time */
};

/* A request under way that changes nothing. */
struct asked {
	char id[24]; /* "": none */
	char frame[FRAME_MAX];
	bool page, at_last; /* at_last: to read everything once more */
	unsigned peer;
	int64_t after; /* -1: the newest */
	uint64_t at;   /* judge_now */
};

/* A message that may be changed. */
struct known {
	unsigned peer;
	char mid[37];
	bool own;
};

struct client {
	struct plug plug; /* first: it is found by it */
	struct clients *of;
	struct who who;
	char resume[64];
	bool been;             /* has logged in at least once */
	bool ready, missed;    /* missed: it asks the node for what it missed */
	bool again, told_all;  /* at the end: has begun anew; has been told what it missed */
	bool founded;          /* has asked for its group */
	uint64_t count, acked; /* frames that were received, and of which the node knows */
	unsigned session, ids;
	int64_t away_until;
	struct unanswered waiting[WAITING_MAX];
	unsigned waiting_count;
	struct asked asked;
	struct known known[KNOWN_MAX]; /* a ring */
	unsigned known_count;
	int64_t read_to[PEERS]; /* how far it has read the chat with each */
	unsigned reading;       /* at the end: the next chat to read */
};

struct clients {
	struct world *world;
	struct client clients[CLIENTS];
	struct plug operator;
	unsigned accounts, resumed;
	bool friends[PEOPLE][PEOPLE]; /* who was told that whom is a contact */
	bool made[GROUPS];
	bool in[GROUPS][PEOPLE]; /* by the last answer */
	bool lively, settling;
};

/* ---- what they say (clients_say.c) --------------------------------------------------------- */

void say(struct client *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* All frames that came are acknowledged, when there are so many. */
void say_received(struct client *c, unsigned least);
/* Writes, changes what was written, comes to a group or goes, or has it made. There is room for one
 * that waits. */
void do_something(struct client *c);
/* history.page; after -1: the newest. These do nothing while there is no answer to the last. */
void ask_page(struct client *c, unsigned peer, int64_t after);
void ask_inbox(struct client *c);
void ask_to_have_read(struct client *c, unsigned peer);
/* What has no answer is asked for again: all of it, or what was refused for now. */
void ask_again(struct client *c, bool all);

struct unanswered *unanswered_find(struct client *c, const char *id);
void unanswered_drop(struct client *c, struct unanswered *u);
/* A message that this client has written or read. */
void known_add(struct client *c, unsigned peer, const char *mid, bool own);

/* ---- what they hear (clients_hear.c) ------------------------------------------------------- */

/* For struct plug. */
void client_hear(struct plug *plug, const char *text);

#endif
