/* SPDX-License-Identifier: MIT */
/* sim.h - nodes with their clients in one process on virtual time: a seed decides what happens
 * when, and the same seed makes the same happen again. A world is one node, who uses it, its disk
 * and its network; worlds share nothing but the time. Chance and time are in sim.c; threads.c lets
 * one thread run at a time, disk.c and network.c fail, node.c starts and kills nodes, trouble.c
 * decides when, clients*.c are those who use it, judge*.c say whether the promise held. The node
 * itself is behind image.h. */
#ifndef SIM_H
#define SIM_H

#include "sim/image.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define WORLDS_MAX 2
#define PEOPLE     4
#define GROUPS     3
#define PEERS      (PEOPLE + GROUPS) /* with whom one can talk: people, then groups */
#define NOBODY     PEERS

/* The founder of a group has its number, and stays. Into one group only the founder brings and
 * removes people, the others are left and joined by themselves; in one new members read everything.
 */
#define GROUP_IS_CLOSED(group) ((group) == 1)
#define GROUP_IS_WHOLE(group)  ((group) == 2)

struct clients;
struct disk;
struct judge;
struct network;

/* Who somebody is, and with which device: names in one world are numbers below PEOPLE. */
struct who {
	unsigned person, device;
};

struct world {
	unsigned number;
	char domain[24];
	enum plant plant;
	uint64_t chance, trace; /* where its chance stands; the digest of what has happened */
	int64_t skew;           /* ms that its node's clock is wrong by */
	int64_t lively_until;   /* 0: people do not know one another yet */
	bool begun;
	bool troubled;                          /* trouble is on */
	struct life *life;                      /* of the node; NULL: it is down */
	unsigned lives, kills, failures, stops; /* how many, and how they ended */
	struct disk *disk;
	struct network *network;
	struct clients *clients;
	struct judge *judge;
	struct world *others; /* PLANT_LEAKS: where frames may go; or NULL */
	FILE *told;           /* every frame, for the checker; or NULL */
};

/* ---- chance and time (sim.c) -------------------------------------------------------------- */

/* From now on it is the beginning of time. */
void sim_begin(void);

/* Below n, which is at least 1. */
uint64_t chance_below(struct world *w, uint64_t n);
/* True once in n times. */
bool chance_once_in(struct world *w, unsigned n);

/* Microseconds since the beginning. */
int64_t sim_now(void);

/* Numbers what is due at one moment, in the order of the calls. */
uint64_t sim_number(void);

/* Calls fn so many microseconds from now; those of one moment in the order of the calls. */
void sim_after(int64_t us, void (*fn)(void *arg), void *arg);

/* What is due next, be it this or a thread's turn. False: nothing can happen any more. */
bool sim_step(void);

/* Makes what happens part of the world's trace: the same seed gives the same trace. */
void trace(struct world *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Where files may be; and the file of the node. */
const char *sim_folder(void);
const char *sim_node_file(void);
void copy_file(const char *from, const char *to);

/* ---- threads (threads.c) ------------------------------------------------------------------ */

/* A thread of a life, which begins when it is its turn. For struct sim_host. */
int thread_create(struct life *life, pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *arg), void *arg);
int thread_join(pthread_t thread, void **result);
void thread_wait(const void *on, int64_t until);
void thread_wake(struct life *life, const void *on, bool all, int64_t within);
void thread_pause(int64_t us);

/* None of its threads ever runs again. */
void threads_abandon(const struct life *life);
/* Nor does the one that calls this. */
void thread_vanish(void) __attribute__((noreturn));

/* The next thread's turn. False: none has one. */
bool threads_next(int64_t *at, uint64_t *number);
void threads_run_next(void);

/* ---- the disk (disk.c) -------------------------------------------------------------------- */

struct disk *disk_new(struct world *w);
/* Its folder. Borrowed until it crashes. */
const char *disk_folder(const struct disk *d);
/* Who has used the disk is dead, and its files are found anew in another folder. power: without
 * what was not on the disk yet. */
void disk_crash(struct disk *d, bool power);
/* There is no room, or there is again. */
void disk_fill(struct disk *d, bool full);
/* Writing or syncing fails. */
void disk_break(struct disk *d, bool broken);
/* Whether it has refused anything since disk_forget_faults. */
bool disk_has_been_full(const struct disk *d);
bool disk_has_been_broken(const struct disk *d);
void disk_forget_faults(struct disk *d);
void disk_remove(struct disk *d);

/* ---- the node (node.c) -------------------------------------------------------------------- */

/* Begins a life. It is up as soon as node_is_up. */
void node_start(struct world *w);
bool node_is_up(const struct world *w);
/* It ends by itself, soon. */
void node_stop(struct world *w);
/* What a killed process leaves behind is on the disk, or, with the power, what had got there. */
void node_kill(struct world *w, bool power);
/* The chance of its world. */
uint64_t life_chance(struct life *life, uint64_t n);
/* Gives it something from the network. Takes frame. */
void node_input(struct world *w, enum sim_input_kind kind, conn_id conn, bool control, char *frame);

/* ---- the network (network.c) -------------------------------------------------------------- */

/* A client's end of a connection: what arrives there is given to take, NULL when it has ended. */
struct plug {
	conn_id conn; /* 0: not connected */
	unsigned life;
	int64_t up, down; /* when the last on its way arrives */
	conn_id lost;     /* what is on its way to the node on this one does not arrive */
	unsigned lost_life;
	void (*take)(struct plug *plug, const char *frame);
};

struct network *network_new(struct world *w);
/* The node is up. */
void network_connect(struct world *w, struct plug *plug, bool control);
void network_say(struct world *w, struct plug *plug, const char *frame);
/* The client notices at once, the node after a while; what is on its way gets through or, with
 * lose, does not. */
void network_cut(struct world *w, struct plug *plug, bool lose);
/* The node sends; NULL: it has closed. */
void network_hear(struct world *w, conn_id conn, const char *frame);
/* The node is gone. */
void network_lose_all(struct world *w);

/* ---- trouble (trouble.c) ------------------------------------------------------------------ */

/* What the node, its disk and its clock suffer, from now until trouble_end, after which all is well
 * and the node comes up. */
void trouble_begin(struct world *w);
void trouble_end(struct world *w);
/* The node has ended, by itself: status of its process, and whether it was up. */
void trouble_node_ended(struct world *w, int status, bool was_up);

/* ---- clients (clients*.c) ----------------------------------------------------------------- */

/* Makes accounts, logs in, and makes everybody everybody's contact. */
struct clients *clients_new(struct world *w);
bool clients_are_acquainted(const struct clients *c);
/* They write, read, lose their connections, come back, and go away for a while. */
void clients_begin(struct clients *c);
/* They only wait for their answers, and then read everything once more. */
void clients_settle(struct clients *c);
bool clients_are_settled(const struct clients *c);
unsigned clients_resumed(const struct clients *c);

/* ---- the judge (judge*.c) ----------------------------------------------------------------- */

/* Every frame that a client has sent or received, for tests/checker. */
void tell_frame(struct world *w, struct who client, bool sent, const char *frame);

/* How somebody came to see something. WAY_PAGE: what happened behind a place, WAY_BACK: the newest
 * messages as they are now. */
enum way { WAY_LIVE, WAY_MISSED, WAY_PAGE, WAY_BACK, WAY_INBOX };

/* What people do; also what an entry of a chat tells of. */
enum deed {
	DEED_NONE,
	DEED_MESSAGE,
	DEED_EDIT,
	DEED_DELETE,
	DEED_CREATE, /* a group: the closed one with everybody in it */
	DEED_ADD,
	DEED_JOIN,
	DEED_LEAVE,
	DEED_REMOVE
};

/* Something that somebody is about to ask for. */
struct asking {
	enum deed deed;
	unsigned peer;        /* whom one talks with, for who asks */
	const char *id, *mid; /* mid: of the message to change; or NULL */
	unsigned whom;        /* who comes or goes */
};

/* An entry of a chat as somebody sees it. Texts are "" when there is none. */
struct seen {
	enum way way;
	uint64_t asked;   /* when (judge_now); 0: it came by itself */
	unsigned peer;    /* who the chat is with, for the reader */
	enum deed deed;   /* DEED_NONE: nothing that anybody does here */
	const char *from; /* the device is named after "/" */
	const char *text, *mid;
	const char *target; /* the mid of the message that was changed */
	unsigned whom;      /* who came or went */
	int64_t seq, rev;
	bool edited, deleted;
};

struct judge *judge_new(struct world *w);
/* Frees it and clears the pointer. */
void judge_free(struct judge **j);
/* Gives its number, which is to be in the text of a message or an edit. */
unsigned judge_asked(struct judge *j, struct who from, const struct asking *asking);
void judge_answered(struct judge *j, struct who from, const char *id, const char *mid, int64_t seq);
/* The same of what is no message. seq: of the entry that it became; 0: it does not say. certain: it
 * has been done in full. */
void judge_done(struct judge *j, struct who from, const char *id, int64_t seq, bool certain);
/* code: why, for good; NULL: for now. */
void judge_refused(struct judge *j, struct who from, const char *id, const char *code);
/* A session that was not resumed has begun; gives its number. missed: it asked for what it missed.
 */
unsigned judge_session(struct judge *j, struct who of, bool missed);
void judge_saw(struct judge *j, unsigned session, const struct seen *seen);
/* A page that was asked for at that event (judge_now). What is in it was told to judge_saw; the
 * places of that. */
struct page {
	unsigned session, peer;
	uint64_t asked;
	int64_t after; /* -1: the newest messages */
	int64_t seqs[64];
	unsigned count;
	bool all;    /* there is nothing behind them */
	bool denied; /* there is no such chat, for the reader */
};
void judge_page(struct judge *j, const struct page *page);
/* A session has got an answer to what it asked then. */
void judge_served(struct judge *j, unsigned session, uint64_t asked);
uint64_t judge_now(struct judge *j);
/* Something is wrong that needs no comparing. */
void judge_wrong(struct judge *j, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Something is wrong already. */
bool judge_has_found(const struct judge *j);
/* Gives how much was wrong; the first of it is in judge_verdict. whole: everything was answered and
 * read; else only that counts which was seen to be wrong already. */
unsigned judge_decide(struct judge *j, bool whole);
const char *judge_verdict(const struct judge *j);
/* Messages; changes of messages; comings and goings. */
unsigned judge_acknowledged(const struct judge *j, enum deed first, enum deed last);
unsigned judge_seen(const struct judge *j);

#endif
