/* SPDX-License-Identifier: MIT */
/* io.c - an I/O thread: its loop, its table of connections, and the sweep over their deadlines. */
#include "net/io.h"

#include "base/xalloc.h"
#include "net/conn_private.h"
#include "net/listener.h"

#include <errno.h>
#include <parley/await.h>
#include <parley/error.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64
#define SLOT_BITS   24 /* 16 million connections a thread */

/* ms that a result rests at least, when many write, and at most so at the second look */
#define REST_MIN 6
#define REST_MAX 40

static atomic_uint expected_ms;
static struct io *const *io_table;
static unsigned io_table_count;

uint32_t
io_seconds(void)
{
	return (uint32_t)(parley_monotonic() / 1000) + 1;
}

/* ---- the table of threads ---- */

void
io_set_table(struct io **threads, unsigned count)
{
	io_table = threads;
	io_table_count = count;
}

struct io *
io_of(conn_id id)
{
	unsigned n = (unsigned)(id >> 56);

	return n > 0 && n <= io_table_count ? io_table[n - 1] : NULL;
}

static unsigned
io_load(const struct io *io)
{
	return atomic_load_explicit(&io->connections, memory_order_relaxed);
}

struct io *
io_least_loaded(void)
{
	struct io *least = io_table[0];

	for (unsigned i = 1; i < io_table_count; i++)
		if (io_load(io_table[i]) < io_load(least))
			least = io_table[i];
	return least;
}

unsigned
io_total(void)
{
	unsigned total = 0;

	for (unsigned i = 0; i < io_table_count; i++)
		total += io_load(io_table[i]);
	return total;
}

/* ---- slots ---- */

static void
slots_grow(struct io *io)
{
	parley_assert(io->slot_cap < 1u << SLOT_BITS);
	io->slot_cap = io->slot_cap > 0 ? io->slot_cap * 2 : SLOTS_FIRST;
	io->slots = xrealloc(io->slots, io->slot_cap * sizeof *io->slots);
}

uint32_t
io_take_slot(struct io *io, struct conn *c)
{
	uint32_t n = io->first_free;

	if (n != IO_NO_SLOT) {
		io->first_free = io->slots[n].next_free;
	} else {
		if (io->slot_count == io->slot_cap)
			slots_grow(io);
		n = io->slot_count++;
		io->slots[n].generation = 0;
	}
	io->slots[n].conn = c;
	io->slots[n].generation++;
	io->slots[n].deadline = 0;
	return n;
}

/* A slot whose generations are used up stays empty for ever: ids are never used twice. */
void
io_give_slot(struct io *io, uint32_t slot)
{
	io->slots[slot].conn = NULL;
	io->slots[slot].next_free = 0;
	if (io->slots[slot].generation == UINT32_MAX)
		return;
	io->slots[slot].next_free = io->first_free;
	io->first_free = slot;
}

conn_id
io_conn_id(const struct io *io, uint32_t slot)
{
	return (conn_id)(io->index + 1) << 56 | (conn_id)slot << 32 | io->slots[slot].generation;
}

struct conn *
io_find(struct io *io, conn_id id)
{
	uint32_t slot = (uint32_t)(id >> 32) & ((1u << SLOT_BITS) - 1);

	if (slot >= io->slot_count || io->slots[slot].generation != (uint32_t)id)
		return NULL;
	return io->slots[slot].conn;
}

/* ---- rounds ---- */

void
io_mark(struct io *io, struct conn *c)
{
	if (c->dirty)
		return;
	c->dirty = true;
	c->next_dirty = io->dirty;
	io->dirty = c;
	loop_want_drain(io->loop);
}

/* The end of a round. What is marked meanwhile waits for the next one, so that a connection that
 * always has more to send does not keep the others from being heard. */
void
io_settle(struct io *io)
{
	struct conn *c = io->dirty, *next;

	link_pass_on(
	    io); /* before the writing: the router may run meanwhile on another processor */
	io->dirty = NULL;
	io->handshakes = 0;
	for (; c != NULL; c = next) {
		next = c->next_dirty;
		c->dirty = false;
		conn_settle(c);
	}
	io->busy = false;
	io->now = 0;
	link_pass_on(io);
}

static void
io_after_drain(void *arg)
{
	io_settle(arg);
}

static void
io_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct io *io = arg;
	uint32_t now = io_seconds();

	for (uint32_t i = 0; i < io->slot_count; i++) {
		const struct slot *s = &io->slots[i];

		if (s->conn != NULL && s->deadline != 0 && s->deadline <= now)
			conn_expire(s->conn);
	}
	for (struct listener *l = io->listeners; l != NULL; l = listener_next(l))
		listener_retry(l);
}

/* ---- rest ---- */

void
io_expect(unsigned ms)
{
	if (atomic_load_explicit(&expected_ms, memory_order_relaxed) != ms)
		atomic_store_explicit(&expected_ms, ms, memory_order_relaxed);
}

bool
io_expects(void)
{
	return atomic_load_explicit(&expected_ms, memory_order_relaxed) > 0;
}

/* The answer to what leaves now is in the next commit, or in the one after it. */
static void
rest_begin(struct io *io)
{
	unsigned ms = 2 * atomic_load_explicit(&expected_ms, memory_order_relaxed);
	struct timeval rest = { 0 };

	ms = ms < REST_MIN ? REST_MIN : ms > REST_MAX ? REST_MAX : ms;
	rest.tv_usec = ms * 1000;
	event_add(io->rest, &rest);
}

void
io_rest(struct io *io, struct conn *c)
{
	struct resting *young = &io->resting[0];

	if (young->count == young->cap) {
		young->cap = young->cap > 0 ? young->cap * 2 : SLOTS_FIRST;
		young->ids = xrealloc(young->ids, young->cap * sizeof *young->ids);
	}
	young->ids[young->count++] = io_conn_id(io, c->slot);
	if (!event_pending(io->rest, EV_TIMEOUT, NULL))
		rest_begin(io);
}

/* So each rests for one to two times that, and once more for what has come later. */
static void
on_rest(evutil_socket_t fd, short what, void *arg)
{
	struct io *io = arg;
	struct resting old = io->resting[1];

	for (unsigned i = 0; i < old.count; i++) {
		struct conn *c = io_find(io, old.ids[i]);

		if (c != NULL)
			conn_rest_over(c);
	}
	old.count = 0;
	io->resting[1] = io->resting[0];
	io->resting[0] = old;
	if (io->resting[1].count > 0)
		rest_begin(io);
}

/* ---- life ---- */

struct io *
io_new(unsigned index, struct net_settings *settings, struct loop *router)
{
	static const char *const names[IO_THREADS_MAX] = { "io0", "io1", "io2", "io3", "io4", "io5",
		"io6", "io7", "io8", "io9", "io10", "io11", "io12", "io13", "io14", "io15" };
	static const struct timeval second = { 1, 0 };
	struct io *io = xcalloc(1, sizeof *io);

	parley_assert(index < IO_THREADS_MAX);
	io->index = index;
	io->first_free = IO_NO_SLOT;
	io->settings = settings_ref(settings);
	io->on_router = router != NULL;
	io->loop = router != NULL ? router : loop_new(names[index]);
	io->sweep = event_new(loop_base(io->loop), -1, EV_PERSIST, io_sweep, io);
	parley_assert(io->sweep != NULL && event_add(io->sweep, &second) == 0);
	io->rest = evtimer_new(loop_base(io->loop), on_rest, io);
	parley_assert(io->rest != NULL);
	return io;
}

static void *
io_main(void *arg)
{
	struct io *io = arg;

	loop_run(io->loop, io_after_drain, io);
	return NULL;
}

int
io_start(struct io *io)
{
	sigset_t all, before;
	int rc = 0;

	/* Signals are the router's business. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!io->on_router)
		rc = pthread_create(&io->thread, NULL, io_main, io);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	io->running = rc == 0;
	errno = rc;
	return rc == 0 ? 0 : -1;
}

void
io_farewell(struct io *io, struct parley_payload *last)
{
	for (uint32_t i = 0; i < io->slot_count; i++)
		if (io->slots[i].conn != NULL)
			conn_end(io->slots[i].conn, last);
}

void
io_quiesce(struct io *io)
{
	while (io->listeners != NULL)
		listener_free(&io->listeners);
}

/* What it was posted before is done first. */
static void
io_end(struct io *io)
{
	if (io->on_router) {
		loop_drain(io->loop);
	} else {
		loop_stop(io->loop);
		pthread_join(io->thread, NULL);
	}
	io->running = false;
}

void
io_stop(struct io *io)
{
	if (io->running)
		io_end(io);
	io->stopping = true;
	io_quiesce(io);
	for (uint32_t i = 0; i < io->slot_count; i++) {
		struct conn *c = io->slots[i].conn;

		if (c == NULL)
			continue;
		if (c->stage == CONN_OPEN || c->stage == CONN_CLOSING)
			conn_flush(c);
		conn_free(c);
	}
}

void
io_free(struct io **io)
{
	struct io *gone = *io;

	*io = NULL;
	if (gone == NULL)
		return;
	settings_unref(&gone->settings);
	event_free(gone->sweep);
	event_free(gone->rest);
	free(gone->resting[0].ids);
	free(gone->resting[1].ids);
	if (!gone->on_router)
		loop_free(&gone->loop);
	free(gone->slots);
	free(gone);
}
