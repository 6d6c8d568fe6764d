/* SPDX-License-Identifier: MIT */
/* limits.c - every queue, cache and pool of the node, in one list for parleyctl and the metrics. */
#include "core/limits.h"

#include "auth/account_internal.h"
#include "auth/password.h"
#include "auth/throttle.h"
#include "auth/ticket.h"
#include "base/log.h"
#include "core/channel.h"
#include "core/intake.h"
#include "core/module.h"
#include "core/patience.h"
#include "core/rate.h"
#include "core/server.h"
#include "core/session.h"
#include "net/net.h"
#include "runtime/task.h"
#include "store/store.h"

#include <parley/session.h>
#include <stdio.h>

static void
look_fibers(struct limit *l)
{
	struct runtime_stats s = runtime_stats();

	l->fill = (struct parley_fill){ s.fibers_live, s.fibers_max, 0 };
	l->peak = s.fibers_peak;
}

static void
look_worker_queue(struct limit *l)
{
	struct runtime_stats s = runtime_stats();

	l->fill = (struct parley_fill){ s.jobs_queued, s.jobs_max, s.refused };
}

/* No connection has more stanzas under way than its window. */
static void
look_intake(struct limit *l)
{
	const struct config_limits *c = &server_config()->limits;

	l->fill.used = intake_waiting();
	l->fill.max = (uint64_t)(c->connections * c->window);
}

static void
look_write_queue(struct limit *l)
{
	struct store_stats s = store_stats();

	l->fill = (struct parley_fill){ s.queued, s.queue_max, s.refused };
}

/* Whether those are refused who need the store. */
static void
look_away(struct limit *l)
{
	struct store_stats s = store_stats();

	l->fill = (struct parley_fill){ s.away, 1, s.away_refused + patience_told() };
}

static void
look_notes(struct limit *l)
{
	struct store_stats s = store_stats();

	l->fill = (struct parley_fill){ s.note_bytes, s.note_bytes_max, s.notes_refused };
}

static void
look_readers(struct limit *l)
{
	struct store_stats s = store_stats();

	l->fill = (struct parley_fill){ s.readers_busy, s.readers_max, 0 };
}

static void
look_reads_waiting(struct limit *l)
{
	struct store_stats s = store_stats();

	/* Each waits on a fiber. */
	l->fill = (struct parley_fill){ s.reads_waiting, s.reads_waiting_max, 0 };
	if (l->fill.max > runtime_stats().fibers_max)
		l->fill.max = runtime_stats().fibers_max;
}

static void
look_connections(struct limit *l)
{
	struct net_stats s = net_stats();

	l->fill.used = s.connections;
	l->fill.max = (uint64_t)server_config()->limits.connections;
	l->fill.refused = s.refused[NET_REFUSED_TOTAL];
}

static void
look_out_queues(struct limit *l)
{
	const struct config_limits *c = &server_config()->limits;
	struct net_stats s = net_stats();

	l->fill.used = s.out_queued;
	l->fill.max = (uint64_t)c->connections * (uint64_t)c->out_queue;
	l->fill.refused = s.refused[NET_REFUSED_SLOW];
}

static void
look_sessions(struct limit *l)
{
	l->fill.used = session_stats().sessions;
	l->fill.max = parley_session_most();
}

static void
look_detached(struct limit *l)
{
	struct session_stats s = session_stats();

	l->fill.used = s.detached;
	l->fill.max = (uint64_t)server_config()->session.resume_sessions;
	l->fill.refused = s.crowded;
}

static void
look_kept(struct limit *l)
{
	struct session_stats s = session_stats();

	l->fill.used = s.kept_bytes;
	l->fill.max = (uint64_t)server_config()->session.resume_memory;
	l->fill.refused = s.overflows;
}

static void
look_rates(struct limit *l)
{
	struct rate_stats s = rate_stats();

	l->fill = (struct parley_fill){ s.used, s.max, s.evicted };
}

static void
look_accounts(struct limit *l)
{
	struct account_stats s = account_stats();

	l->fill = (struct parley_fill){ s.cached, s.cached_max, 0 };
}

static void
look_passwords(struct limit *l)
{
	struct password_stats s = password_stats();

	l->fill = (struct parley_fill){ s.waiting, s.waiting_max, s.refused };
}

static void
look_scrypt(struct limit *l)
{
	struct password_stats s = password_stats();

	l->fill = (struct parley_fill){ s.running, s.threads, 0 };
}

static void
look_logins(struct limit *l)
{
	struct throttle_stats s = throttle_stats();

	l->fill = (struct parley_fill){ s.waiting, s.waiting_max, 0 };
}

static void
look_failures(struct limit *l)
{
	struct throttle_stats s = throttle_stats();

	l->fill = (struct parley_fill){ s.counted, s.counted_max, s.evicted };
}

static void
look_tickets(struct limit *l)
{
	struct ticket_stats s = ticket_stats();

	l->fill = (struct parley_fill){ s.waiting, s.waiting_max, s.dropped };
}

static void
look_log(struct limit *l)
{
	struct log_stats s = log_stats();

	l->fill = (struct parley_fill){ s.queued, s.queue_max, s.dropped };
}

static const struct {
	const char *name;
	void (*look)(struct limit *l);
} limits[] = {
	{ "net.connections", look_connections },
	{ "net.out_queue_bytes", look_out_queues },
	{ "router.intake", look_intake },
	{ "router.rates", look_rates },
	{ "runtime.fibers", look_fibers },
	{ "runtime.worker_queue", look_worker_queue },
	{ "session.all", look_sessions },
	{ "session.detached", look_detached },
	{ "session.kept_bytes", look_kept },
	{ "login.failures", look_failures },
	{ "login.passwords", look_passwords },
	{ "login.scrypt", look_scrypt },
	{ "login.tickets", look_tickets },
	{ "login.waiting", look_logins },
	{ "account.cache", look_accounts },
	{ "store.write_queue", look_write_queue },
	{ "store.away", look_away },
	{ "store.note_bytes", look_notes },
	{ "store.readers", look_readers },
	{ "store.reads_waiting", look_reads_waiting },
	{ "log.ring_bytes", look_log },
};

void
limits_each(void (*fn)(void *arg, const struct limit *l), void *arg)
{
	const struct parley_module *m;
	char name[96];
	void *self;

	for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
		struct limit l = { .name = limits[i].name };

		limits[i].look(&l);
		fn(arg, &l);
	}
	for (unsigned n = 0; (m = modules_nth(n, &self)) != NULL; n++) {
		for (const struct parley_limit *of = m->limits; of != NULL && of->name != NULL;
		     of++) {
			struct limit l = { .name = name };

			snprintf(name, sizeof name, "%s.%s", m->name, of->name);
			of->look(self, &l.fill);
			fn(arg, &l);
		}
	}
}
