/* SPDX-License-Identifier: MIT */
/* io.h - an I/O thread and its connections: what the files of src/net share among themselves. Where
 * there is one processor, the router's thread is the only I/O thread. */
#ifndef IO_H
#define IO_H

#include "net/conn.h"
#include "net/net.h"
#include "net/settings.h"
#include "runtime/loop.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define IO_THREADS_MAX 16
#define IO_SCRATCH     16384 /* the most that one TLS record holds */

struct listener;

/* One place for a connection. The deadline is here and not in struct conn, so that the sweep walks
 * 16 bytes a connection, in order. */
struct slot {
	struct conn *conn; /* NULL: free */
	uint32_t generation;
	union {
		uint32_t deadline; /* io_seconds; 0: none */
		uint32_t next_free;
	};
};

/* Written by its own thread, read by the router for metrics. */
struct io_stats {
	_Atomic(uint64_t) accepted, refused[NET_REFUSALS];
	_Atomic(uint64_t) bytes_in, bytes_out, frames_in, frames_out, pauses, out_queued;
	_Atomic(uint64_t) users; /* connections that are logged in, of now */
};

/* Connections whose output waits for company. */
struct resting {
	conn_id *ids;
	unsigned count, cap;
};

struct io {
	struct loop *loop;
	unsigned index;
	pthread_t thread;
	bool on_router; /* loop is the router's, and there is no thread */
	bool running;
	struct net_settings *settings;
	struct slot *slots;
	uint32_t slot_count, slot_cap, first_free; /* first_free: IO_NO_SLOT when none */
	struct conn *dirty;         /* has output, or an end, that this round has to see to */
	struct listener *listeners; /* those it accepts for */
	struct event *sweep;
	unsigned handshakes; /* steps taken in this round */
	uint32_t now;        /* io_seconds in this round, once it was asked for; or 0 */
	struct {             /* what this round has for the router */
		struct post *newest, *oldest;
		unsigned count;
	} gathered;
	bool busy;                     /* something has come in this round */
	bool stopping;                 /* the router does not want to hear of it any more */
	_Atomic(unsigned) connections; /* counted by who deals them out */
	struct io_stats stats;
	struct resting resting[2]; /* those of now, and those of before the last look */
	struct event *rest;
	char in[IO_SCRATCH], out[IO_SCRATCH];
};

#define IO_NO_SLOT UINT32_MAX

/* Whether connections may rest, and until when. Set by the router: see net_expect. */
void io_expect(unsigned ms);
bool io_expects(void);

/* Notes that c rests: conn_rest_over is called for it in one to two times as long as rests
 * take now. */
void io_rest(struct io *io, struct conn *c);

/* New, with a loop of its own, or on router's; not yet running. settings is shared. */
struct io *io_new(unsigned index, struct net_settings *settings, struct loop *router);

/* Starts the thread, if it has one. 0 or -1 (errno). */
int io_start(struct io *io);

/* Frees what io_stop left. */
void io_free(struct io **io);

/* The connection, or NULL when it is gone. */
struct conn *io_find(struct io *io, conn_id id);

/* A slot for c: its index. */
uint32_t io_take_slot(struct io *io, struct conn *c);
void io_give_slot(struct io *io, uint32_t slot);
conn_id io_conn_id(const struct io *io, uint32_t slot);

/* Sees to what the round has marked. At its end. */
void io_settle(struct io *io);

/* Accepts no more. I/O thread. */
void io_quiesce(struct io *io);

/* Ends the thread, if it runs, and lets go of its connections; io stays, so that others can still
 * be told so. Router thread. */
void io_stop(struct io *io);

/* Ends all connections as the router would, with last for those who understand it. I/O thread. */
void io_farewell(struct io *io, struct parley_payload *last);

/* The table of the threads that run. Set by the router while none does. */
void io_set_table(struct io **threads, unsigned count);

/* The thread of a connection; NULL when there is none such. Any thread. */
struct io *io_of(conn_id id);

/* The thread with the fewest connections, and how many all have. I/O threads. */
struct io *io_least_loaded(void);
unsigned io_total(void);

/* Seconds of the monotonic clock, never 0. Any thread. */
uint32_t io_seconds(void);

/* The same, with one look at the clock in a round. Its own thread. */
static inline uint32_t
io_now(struct io *io)
{
	if (io->now == 0)
		io->now = io_seconds();
	return io->now;
}

/* Sees to c at the end of this round. */
void io_mark(struct io *io, struct conn *c);

static inline void
stat_add(_Atomic(uint64_t) *stat, uint64_t n)
{
	/* One writer, so no locked instruction is needed. */
	atomic_store_explicit(
	    stat, atomic_load_explicit(stat, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline void
io_refused(struct io *io, enum net_refusal why)
{
	stat_add(&io->stats.refused[why], 1);
}

/* ---- conn.c: what the rest of the net does with connections ---- */

/* What came out of accept. */
struct arrival {
	int fd;
	enum listen_kind kind;
	char peer[46];
	bool guest; /* counted in guests.h under peer */
};

/* Takes the socket. The connection counts in io->connections already. */
void conn_arrive(struct io *io, const struct arrival *a);

/* The end of a round: sends what was written, ends what has ended. May free c. */
void conn_settle(struct conn *c);

/* The deadline has passed. */
void conn_expire(struct conn *c);

/* What the router asks for. */
void conn_deliver(struct conn *c, struct parley_payload *p);
void conn_end(struct conn *c, struct parley_payload *last);
void conn_set_live(struct conn *c);
void conn_answer(struct conn *c, struct http_call *call);
void conn_window_open(struct conn *c);

/* Whatever waits for company has waited for long enough. */
void conn_rest_over(struct conn *c);

/* Frees c at once, without a word to anybody: the thread ends. */
void conn_free(struct conn *c);

/* ---- link.c ---- */

/* Each takes what it posts, gathers it, and passes it on when it has become much. I/O thread. */
void link_post_stanza(struct io *io, struct stanza *s);
void link_post_call(struct io *io, struct http_call *call);
void link_post_closed(struct io *io, conn_id id);

/* Passes on what was gathered: at the end of a round. The first post wakes the router, which on one
 * processor stops this thread at once; so it comes when there is nothing left to read. I/O thread.
 */
void link_pass_on(struct io *io);

/* On the router's thread: lets it deal with what was gathered, once that is enough. Between two
 * connections. */
void link_take_turn(struct io *io);

/* Tells an I/O thread that the router has room again. Router thread. */
void link_window_open(conn_id id);

#endif
