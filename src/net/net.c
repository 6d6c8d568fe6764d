/* SPDX-License-Identifier: MIT */
/* net.c - starts, reloads and stops the I/O threads and their listeners. */
#include "net/net.h"

#include "base/xalloc.h"
#include "net/io.h"
#include "net/listener.h"
#include "runtime/task.h"

#include <errno.h>
#include <parley/log.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NET_DEFAULT_THREADS 4

/* Everything the router keeps of the net. */
static struct {
	struct io *threads[IO_THREADS_MAX];
	unsigned count;
	bool on_router; /* the one there is */
	struct net_settings *settings;
	struct {
		enum listen_kind kind;
		char *address;
		int port;  /* as configured */
		int bound; /* as the kernel chose for port 0 */
	} * listeners;     /* as started, to tell what a reload cannot change */
	size_t listener_count;
} net;

/* Something for each I/O thread to do. */
struct errand {
	struct post post;
	struct io *io;
	struct net_settings *settings;
	struct parley_payload *last;
	sem_t *done;
};

static void
net_send_errand(
    struct io *io, void (*fn)(struct post *p), struct net_settings *settings, sem_t *done)
{
	struct errand *e = xcalloc(1, sizeof *e);

	e->post.fn = fn;
	e->io = io;
	e->settings = settings != NULL ? settings_ref(settings) : NULL;
	e->done = done;
	loop_post(io->loop, &e->post);
}

/* ---- starting ---- */

/* Those that this process may use. */
static unsigned
net_processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		return (unsigned)CPU_COUNT(&set);
	return NET_DEFAULT_THREADS; /* more than a set can tell */
}

unsigned
net_thread_count(unsigned wanted)
{
	unsigned processors;

	if (wanted > 0)
		return wanted < IO_THREADS_MAX ? wanted : IO_THREADS_MAX;
	processors = net_processors();
	if (processors == 1)
		return 0;
	return processors < NET_DEFAULT_THREADS ? processors : NET_DEFAULT_THREADS;
}

static void
net_make_threads(unsigned wanted)
{
	unsigned threads = net_thread_count(wanted);
	struct loop *router = threads == 0 ? runtime_loop() : NULL;

	net.count = threads > 0 ? threads : 1;
	for (unsigned i = 0; i < net.count; i++)
		net.threads[i] = io_new(i, net.settings, router);
	net.on_router = threads == 0;
}

static bool
net_needs_tls(enum listen_kind kind)
{
	return kind == LISTEN_JSON || kind == LISTEN_HTTPS;
}

static void
net_remember_listeners(const struct net_config *config)
{
	size_t n = config->listener_count;

	net.listener_count = n;
	net.listeners = xcalloc(n + 1, sizeof *net.listeners);
	for (size_t i = 0; i < n; i++) {
		net.listeners[i].kind = config->listeners[i].kind;
		net.listeners[i].port = config->listeners[i].port;
		net.listeners[i].address = xstrdup(config->listeners[i].address);
	}
}

static bool
net_needs_http(enum listen_kind kind)
{
	return kind == LISTEN_HTTPS || kind == LISTEN_HTTP || kind == LISTEN_METRICS;
}

/* What a listener needs of the settings: now, and of those that a reload brings. */
static int
net_check_needs(enum listen_kind kind, const char *address, int port, const struct net_settings *s,
    struct parley_error *err)
{
	if (net_needs_tls(kind) && s->tls == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "%s port %d needs a certificate and a key", address, port);
	if (net_needs_http(kind) && s->http == NULL)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "%s port %d needs HTTP", address, port);
	return 0;
}

static int
net_open_listeners(const struct net_config *config, struct parley_error *err)
{
	for (size_t i = 0; i < config->listener_count; i++) {
		const struct listen_config *lc = &config->listeners[i];
		struct listener *l;

		if (net_check_needs(lc->kind, lc->address, lc->port, net.settings, err) != 0)
			return -1;
		l = listener_open(lc, err);
		if (l == NULL)
			return -1;
		net.listeners[i].bound = listener_port(l);
		listener_attach(l, net.threads[i % net.count]);
	}
	return 0;
}

static int
net_start_threads(struct parley_error *err)
{
	io_set_table(net.threads, net.count);
	for (unsigned i = 0; i < net.count; i++)
		if (io_start(net.threads[i]) != 0)
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "cannot start an I/O thread: %s", strerror(errno));
	return 0;
}

int
net_start(const struct net_config *config, struct parley_error *err)
{
	assert_router();
	parley_assert(net.count == 0);
	net.settings = settings_new(config, err);
	if (net.settings == NULL)
		return -1;
	net_make_threads(config->threads);
	net_remember_listeners(config);
	if (net_open_listeners(config, err) == 0 && net_start_threads(err) == 0)
		return 0;
	net_stop();
	return -1;
}

int
net_port(size_t n)
{
	return n < net.listener_count ? net.listeners[n].bound : 0;
}

/* ---- reloading ---- */

static void
settings_arrived(struct post *p)
{
	struct errand *e = (struct errand *)p;

	settings_unref(&e->io->settings);
	e->io->settings = e->settings;
	free(e);
}

bool
net_listeners_differ(const struct net_config *config)
{
	if (config->listener_count != net.listener_count)
		return true;
	for (size_t i = 0; i < net.listener_count; i++) {
		const struct listen_config *l = &config->listeners[i];

		if (l->kind != net.listeners[i].kind || l->port != net.listeners[i].port ||
		    strcmp(l->address, net.listeners[i].address) != 0)
			return true;
	}
	return false;
}

static int
net_check_all_needs(const struct net_settings *s, struct parley_error *err)
{
	for (size_t i = 0; i < net.listener_count; i++)
		if (net_check_needs(net.listeners[i].kind, net.listeners[i].address,
			net.listeners[i].bound, s, err) != 0)
			return -1;
	return 0;
}

struct net_settings *
net_prepare(const struct net_config *config, struct parley_error *err)
{
	struct net_settings *s;

	assert_router();
	parley_assert(net.count > 0);
	s = settings_new(config, err);
	if (s != NULL && net_check_all_needs(s, err) != 0)
		settings_unref(&s);
	return s;
}

void
net_use(struct net_settings **prepared, const struct net_config *config)
{
	assert_router();
	settings_set_hello(*prepared, config);
	settings_unref(&net.settings);
	net.settings = *prepared;
	*prepared = NULL;
	for (unsigned i = 0; i < net.count; i++)
		net_send_errand(net.threads[i], settings_arrived, net.settings, NULL);
}

/* ---- stopping ---- */

static void
quiesce_arrived(struct post *p)
{
	struct errand *e = (struct errand *)p;

	io_quiesce(e->io);
	if (e->done != NULL)
		sem_post(e->done);
	free(e);
}

void
net_quiesce(void)
{
	assert_router();
	for (unsigned i = 0; i < net.count; i++)
		if (net.threads[i]->running)
			net_send_errand(net.threads[i], quiesce_arrived, NULL, NULL);
}

static void
farewell_arrived(struct post *p)
{
	struct errand *e = (struct errand *)p;

	io_farewell(e->io, e->last);
	parley_payload_unref(&e->last);
	free(e);
}

void
net_farewell(struct parley_payload *last)
{
	assert_router();
	for (unsigned i = 0; i < net.count; i++) {
		struct errand *e;

		if (!net.threads[i]->running)
			continue;
		e = xcalloc(1, sizeof *e);
		e->post.fn = farewell_arrived;
		e->io = net.threads[i];
		e->last = parley_payload_ref(last);
		loop_post(e->io->loop, &e->post);
	}
}

/* After this no thread deals connections to another. */
static void
net_stop_accepting(void)
{
	sem_t done;
	unsigned waiting = 0;

	if (net.on_router)
		return; /* there is no other */
	sem_init(&done, 0, 0);
	for (unsigned i = 0; i < net.count; i++) {
		if (!net.threads[i]->running)
			continue;
		net_send_errand(net.threads[i], quiesce_arrived, NULL, &done);
		waiting++;
	}
	while (waiting > 0)
		if (sem_wait(&done) == 0)
			waiting--;
	sem_destroy(&done);
}

void
net_stop(void)
{
	assert_router();
	link_flush();
	net_stop_accepting();
	for (unsigned i = 0; i < net.count; i++)
		io_stop(net.threads[i]);
	io_set_table(NULL, 0);
	for (unsigned i = 0; i < net.count; i++)
		io_free(&net.threads[i]);
	for (size_t i = 0; i < net.listener_count; i++)
		free(net.listeners[i].address);
	free(net.listeners);
	settings_unref(&net.settings);
	memset(&net, 0, sizeof net);
}

/* ---- rounds ---- */

void
net_round_begin(void)
{
	if (!net.on_router)
		return;
	link_pass_on(net.threads[0]);
	loop_drain(net.threads[0]->loop);
}

void
net_round_end(void)
{
	link_flush();
	if (net.on_router)
		loop_drain(net.threads[0]->loop);
	if (net.on_router) /* still: a post may have stopped the net */
		io_settle(net.threads[0]);
}

void
net_expect(unsigned ms)
{
	io_expect(ms);
}

/* ---- statistics ---- */

static uint64_t
stat_get(const _Atomic(uint64_t) *stat)
{
	return atomic_load_explicit(stat, memory_order_relaxed);
}

static void
stats_add(struct net_stats *sum, const struct io *io)
{
	const struct io_stats *s = &io->stats;

	sum->connections += atomic_load_explicit(&io->connections, memory_order_relaxed);
	sum->guests += stat_get(&s->users);
	sum->accepted += stat_get(&s->accepted);
	for (size_t i = 0; i < NET_REFUSALS; i++)
		sum->refused[i] += stat_get(&s->refused[i]);
	sum->bytes_in += stat_get(&s->bytes_in);
	sum->bytes_out += stat_get(&s->bytes_out);
	sum->frames_in += stat_get(&s->frames_in);
	sum->frames_out += stat_get(&s->frames_out);
	sum->out_queued += stat_get(&s->out_queued);
	sum->pauses += stat_get(&s->pauses);
}

struct net_stats
net_stats(void)
{
	struct net_stats sum = { 0 };
	uint64_t users;

	for (unsigned i = 0; i < net.count; i++)
		stats_add(&sum, net.threads[i]);
	users = sum.guests; /* the two counts are read at different moments */
	sum.guests = users < sum.connections ? sum.connections - users : 0;
	return sum;
}

const char *
net_refusal_name(enum net_refusal r)
{
	static const char *const names[NET_REFUSALS] = {
		[NET_REFUSED_TOTAL] = "total",
		[NET_REFUSED_ADDRESS] = "address",
		[NET_REFUSED_PEER] = "peer",
		[NET_REFUSED_TLS] = "tls",
		[NET_REFUSED_DEADLINE] = "deadline",
		[NET_REFUSED_IDLE] = "idle",
		[NET_REFUSED_SLOW] = "slow",
		[NET_REFUSED_INPUT] = "input",
	};

	return r < NET_REFUSALS ? names[r] : "other";
}
