/* SPDX-License-Identifier: MIT */
/* metrics.c - everything that is counted, in Prometheus' text format. */
#include "core/metrics.h"

#include "auth/account_internal.h"
#include "auth/password.h"
#include "auth/throttle.h"
#include "base/log.h"
#include "core/channel.h"
#include "core/intake.h"
#include "core/limits.h"
#include "core/module.h"
#include "core/patience.h"
#include "core/rate.h"
#include "core/router.h"
#include "core/server.h"
#include "core/session.h"
#include "net/net.h"
#include "store/store.h"

#include <stdio.h>

#include <inttypes.h>
#include <string.h>

enum kind { COUNTER, GAUGE };

static void
head(struct parley_text *out, const char *name, enum kind kind, const char *doc)
{
	parley_text_printf(out, "# HELP parley_%s %s\n# TYPE parley_%s %s\n", name, doc, name,
	    kind == GAUGE ? "gauge" : "counter");
}

static void
one(struct parley_text *out, const char *name, enum kind kind, uint64_t value, const char *doc)
{
	head(out, name, kind, doc);
	parley_text_printf(out, "parley_%s %" PRIu64 "\n", name, value);
}

static void
labelled(
    struct parley_text *out, const char *name, const char *label, const char *value, uint64_t n)
{
	parley_text_printf(out, "parley_%s{%s=\"%s\"} %" PRIu64 "\n", name, label, value, n);
}

static void
write_net(struct parley_text *out)
{
	struct net_stats s = net_stats();

	one(out, "connections", GAUGE, s.connections, "clients connected");
	one(out, "connections_guests", GAUGE, s.guests,
	    "clients connected that have not logged in");
	one(out, "connections_accepted_total", COUNTER, s.accepted, "connections taken");
	head(out, "connections_refused_total", COUNTER, "connections refused or ended, by reason");
	for (int i = 0; i < NET_REFUSALS; i++)
		labelled(out, "connections_refused_total", "reason",
		    net_refusal_name((enum net_refusal)i), s.refused[i]);
	one(out, "bytes_in_total", COUNTER, s.bytes_in, "bytes read from clients");
	one(out, "bytes_out_total", COUNTER, s.bytes_out, "bytes written to clients");
	one(out, "frames_in_total", COUNTER, s.frames_in, "frames from clients");
	one(out, "frames_out_total", COUNTER, s.frames_out, "frames to clients");
	one(out, "accept_pauses_total", COUNTER, s.pauses,
	    "times no connection could be taken for want of descriptors or memory");
}

static void
write_router(struct parley_text *out)
{
	static const char *const types[STANZA_TYPES] = {
		[STANZA_AUTH] = "auth",
		[STANZA_RESPONSE] = "response",
		[STANZA_MESSAGE] = "message",
		[STANZA_REQUEST] = "request",
		[STANZA_PRESENCE] = "presence",
		[STANZA_ACK] = "ack",
		[STANZA_CLOSE] = "close",
		[STANZA_REFUSED] = "refused",
	};
	struct router_stats r = router_stats();
	struct session_stats s = session_stats();
	struct channel_stats c = channel_stats();

	head(out, "stanzas_total", COUNTER, "stanzas from clients, by type");
	for (int i = 0; i < STANZA_TYPES; i++)
		labelled(out, "stanzas_total", "type", types[i], r.stanzas[i]);
	one(out, "errors_total", COUNTER, r.refused, "errors sent to clients");
	one(out, "messages_delivered_total", COUNTER, r.delivered, "copies of messages to devices");
	one(out, "sessions", GAUGE, s.sessions, "sessions, those that can be resumed included");
	one(out, "sessions_detached", GAUGE, s.detached, "sessions without a connection");
	one(out, "sessions_bound_total", COUNTER, s.bound, "logins");
	one(out, "sessions_resumed_total", COUNTER, s.resumed, "sessions resumed");
	one(out, "sessions_overflowed_total", COUNTER, s.overflows,
	    "sessions that were sent more unacknowledged frames than are kept");
	one(out, "channels", GAUGE, c.channels, "groups and the like that are in memory");
	one(out, "channels_accounts", GAUGE, c.accounts,
	    "accounts in them, counted in each channel");
	one(out, "channels_accounts_here", GAUGE, c.here, "those of them that have a session");
	one(out, "channels_sent_total", COUNTER, c.sent, "times something was sent to a channel");
	one(out, "intake_waiting", GAUGE, intake_waiting(), "stanzas that wait for a fiber");
}

static void
write_runtime(struct parley_text *out)
{
	struct runtime_stats r = runtime_stats();
	struct store_stats s = store_stats();
	struct log_stats l = log_stats();
	struct account_stats a = account_stats();
	struct throttle_stats t = throttle_stats();
	struct password_stats p = password_stats();

	one(out, "fibers", GAUGE, r.fibers_live, "fibers in use");
	one(out, "fibers_max", GAUGE, r.fibers_max, "fibers there can be");
	one(out, "fibers_started_total", COUNTER, r.spawned, "fibers started");
	one(out, "worker_jobs_waiting", GAUGE, r.jobs_queued, "jobs that wait for a worker");
	one(out, "worker_jobs_max", GAUGE, r.jobs_max, "jobs that may wait");
	one(out, "worker_jobs_total", COUNTER, r.jobs, "jobs given to workers");
	one(out, "worker_jobs_refused_total", COUNTER, r.refused, "jobs refused: too many waited");
	one(out, "store_writes_waiting", GAUGE, s.queued, "writes that wait for the store");
	one(out, "store_writes_max", GAUGE, s.queue_max, "writes that may wait");
	one(out, "store_writes_total", COUNTER, s.writes, "writes to the store");
	one(out, "store_notes_total", COUNTER, s.notes, "writes that could wait");
	one(out, "store_note_bytes", GAUGE, s.note_bytes,
	    "memory of those that are not written yet");
	one(out, "store_commits_total", COUNTER, s.commits, "commits, each of one or more writes");
	one(out, "store_reads_total", COUNTER, s.reads, "reads from the store");
	one(out, "store_refused_total", COUNTER, s.refused,
	    "writes and reads refused: too many waited");
	one(out, "store_away", GAUGE, s.away, "1 while the store does not answer");
	one(out, "store_away_total", COUNTER, s.away_times, "times it did not");
	one(out, "store_away_refused_total", COUNTER, s.away_refused,
	    "writes and reads refused while it did not");
	one(out, "store_away_told_total", COUNTER, patience_told(),
	    "messages and requests answered \"busy\" while the store still had them");
	one(out, "log_lines_total", COUNTER, l.lines, "log lines");
	one(out, "log_dropped_total", COUNTER, l.dropped, "log lines dropped");
	one(out, "accounts_cached", GAUGE, a.cached, "accounts in memory");
	one(out, "accounts_created_total", COUNTER, a.created, "accounts made");
	one(out, "too_often_total", COUNTER, rate_stats().refused,
	    "messages and requests refused because their sender had sent too many");
	one(out, "passwords_total", COUNTER, p.tries,
	    "runs of scrypt, for new passwords and logins");
	one(out, "password_blocks_total", COUNTER, p.work, "blocks that these compute");
	one(out, "logins_throttled_account_total", COUNTER, t.refused_account,
	    "logins refused: too many failures for the account");
	one(out, "logins_throttled_network_total", COUNTER, t.refused_network,
	    "logins refused: too many failures from the network");
	one(out, "start_time_seconds", GAUGE, (uint64_t)server_started() / 1000,
	    "when the node was started, seconds since 1970");
}

static void
write_module(struct parley_text *out, const struct parley_module *m, const char *state)
{
	char name[96];

	for (const struct parley_metric *c = m->metrics; c != NULL && c->name != NULL; c++) {
		uint64_t value;

		memcpy(&value, state + c->offset, sizeof value);
		snprintf(name, sizeof name, "%s_%s%s", m->name, c->name, c->gauge ? "" : "_total");
		one(out, name, c->gauge ? GAUGE : COUNTER, value, c->doc);
	}
}

/* ---- limits ------------------------------------------------------------------------------- */

static void
put_used(void *arg, const struct limit *l)
{
	labelled(arg, "limit_used", "limit", l->name, l->fill.used);
}

static void
put_max(void *arg, const struct limit *l)
{
	labelled(arg, "limit_max", "limit", l->name, l->fill.max);
}

static void
put_refused(void *arg, const struct limit *l)
{
	labelled(arg, "limit_refused_total", "limit", l->name, l->fill.refused);
}

static void
write_limits(struct parley_text *out)
{
	head(out, "limit_used", GAUGE, "how full each queue, cache and pool is");
	limits_each(put_used, out);
	head(out, "limit_max", GAUGE, "how full it may be");
	limits_each(put_max, out);
	head(out, "limit_refused_total", COUNTER,
	    "times it was full: something was refused, or had to make room");
	limits_each(put_refused, out);
}

void
metrics_write(struct parley_text *out)
{
	const struct parley_module *m;
	void *state;

	write_net(out);
	write_router(out);
	write_runtime(out);
	write_limits(out);
	for (unsigned n = 0; (m = modules_nth(n, &state)) != NULL; n++)
		write_module(out, m, state);
}
