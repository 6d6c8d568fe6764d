/* SPDX-License-Identifier: MIT */
/* sim.h - the core in one process on virtual time: a seed decides what happens when, and the same
 * seed makes the same happen again. Chance and time are here; events.c stands in for libevent,
 * threads.c lets one thread run at a time, node.c starts, kills and restarts the core, clients.c
 * are those who use it, judge.c says whether the promise held. */
#ifndef SIM_H
#define SIM_H

#include "support/core.h"

#include <parley/backend.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- chance and time (sim.c) -------------------------------------------------------------- */

/* From now on it is the beginning of time, and chance goes by the seed. */
void sim_begin(uint64_t seed);

/* Below n, which is at least 1. */
uint64_t sim_below(uint64_t n);
/* True once in n times. */
bool sim_once_in(unsigned n);

/* Microseconds since the beginning. */
int64_t sim_now(void);
void sim_advance_to(int64_t us);

/* Calls fn on the router's thread, off any fiber, so many microseconds from now; those of one
 * moment in the order of the calls. */
void sim_after(int64_t us, void (*fn)(void *arg), void *arg);
/* When the next of these is due; INT64_MAX: there is none. */
int64_t sim_due(void);
void sim_call_next(void);

/* Makes what happens part of the run's trace: the same seed gives the same trace. */
void sim_trace(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t sim_trace_hash(void);

/* ---- threads (threads.c) ------------------------------------------------------------------ */

/* When the next thread may run; INT64_MAX: none wants to. */
int64_t threads_due(void);
/* Lets it, until it waits for something. */
void threads_run_next(void);

/* ---- the node (node.c) -------------------------------------------------------------------- */

/* Faults that are planted, to see that they are found. */
enum plant {
	PLANT_NOTHING,
	PLANT_LOSES_COMMITS, /* the store says that it has committed, and has not */
	PLANT_FORGETS_IDS,   /* a retry is stored again */
	PLANT_SKIPS_REPLAY,  /* resuming leaves out a frame */
	PLANT_TELLS_TWICE,   /* a frame is sent twice */
	PLANT_SWAPS,         /* two frames change places */
	PLANT_COUNT
};
extern enum plant planted;

/* On a fiber. node_start keeps what the store has from before, but for the first time after
 * sim_begin; node_kill leaves behind what a killed process would: what was committed. */
void node_start(void);
void node_kill(void);
/* After the last kill: forgets the store. */
void node_forget(void);
bool node_is_up(void);

/* Everything that is in the archive, in order of stream and place. */
void node_each_entry(void (*fn)(const char *stream, int64_t seq, const char *from, const char *id,
    const char *text, const char *mid));

/* ---- clients (clients.c) ------------------------------------------------------------------ */

void clients_start(unsigned count);
void clients_stop(void);
/* They connect when they can, write, lose their connections, and come back. */
void clients_write(bool on);
void clients_fail(bool on);
/* Everything that was written is acknowledged. */
bool clients_are_idle(void);
/* The node is gone, and with it all connections. */
void clients_lose_all(void);
/* A frame for a connection, or its end, as the node sends them. */
void clients_hear(conn_id conn, const char *frame);
void clients_end(conn_id conn);
unsigned clients_acknowledged(void), clients_resumed(void), clients_seen(void);

/* ---- the judge (judge.c) ------------------------------------------------------------------ */

void judge_begin(void);
void judge_end(void);
void judge_sent(const char *from, const char *id, const char *text);
void judge_acknowledged(const char *from, const char *id, const char *mid, int64_t seq);
/* session: a number for one session of a client, resumed or not. */
void judge_saw(unsigned session, const char *chat, const char *from, const char *text,
    const char *mid, int64_t seq);
/* Compares with the archive. Gives how much was wrong; the first of it is in judge_verdict. */
unsigned judge_decide(void);
const char *judge_verdict(void);

#endif
