/* SPDX-License-Identifier: MIT */
/* rig.c - the whole net under a router of the test's. */
#include "support/rig.h"

#include "base/xalloc.h"
#include "runtime/task.h"
#include "support/certificate.h"
#include "json/schema.h"

#include <parley/session.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE 20 /* seconds */
#define KEEP     4096

/* A queue that the router fills and the test empties. */
struct shelf {
	void *things[KEEP];
	size_t first, count;
};

static struct {
	pthread_t thread;
	struct loop *loop;
	struct schema_set *schemas;
	const struct net_config *config;
	struct parley_error err;
	int rc;
	sem_t ready;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct shelf stanzas, closed, calls;
	char *(*answer)(const struct stanza *s);
	bool on_router;
} rig = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static _Atomic(int64_t) passed; /* ms that rig_pass added */

/* ---- clock ---- */

static int64_t
clock_of(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int64_t
test_now(void)
{
	return clock_of(CLOCK_REALTIME) + passed;
}

static int64_t
test_monotonic(void)
{
	return clock_of(CLOCK_MONOTONIC) + passed;
}

void
rig_pass(int seconds)
{
	passed += (int64_t)seconds * 1000;
}

/* ---- shelves ---- */

static void
shelf_put(struct shelf *shelf, void *thing)
{
	pthread_mutex_lock(&rig.lock);
	parley_assert(shelf->count < KEEP);
	shelf->things[(shelf->first + shelf->count++) % KEEP] = thing;
	pthread_cond_broadcast(&rig.changed);
	pthread_mutex_unlock(&rig.lock);
}

static void *
shelf_take(struct shelf *shelf)
{
	struct timespec until;
	void *thing;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE;
	pthread_mutex_lock(&rig.lock);
	while (shelf->count == 0 && rc == 0)
		rc = pthread_cond_timedwait(&rig.changed, &rig.lock, &until);
	parley_assert(rc == 0); /* waited too long */
	thing = shelf->things[shelf->first];
	shelf->first = (shelf->first + 1) % KEEP;
	shelf->count--;
	pthread_mutex_unlock(&rig.lock);
	return thing;
}

static bool
shelf_is_empty(struct shelf *shelf)
{
	bool empty;

	pthread_mutex_lock(&rig.lock);
	empty = shelf->count == 0;
	pthread_mutex_unlock(&rig.lock);
	return empty;
}

size_t
rig_waiting(void)
{
	size_t n;

	pthread_mutex_lock(&rig.lock);
	n = rig.stanzas.count;
	pthread_mutex_unlock(&rig.lock);
	return n;
}

/* ---- the router ---- */

static void
send_text(conn_id to, const char *json, unsigned count)
{
	struct parley_text text = { 0 };
	struct parley_payload *p;

	parley_text_puts(&text, json);
	p = parley_payload_new(&text);
	for (unsigned i = 0; i < count; i++)
		link_send(to, p);
	parley_payload_unref(&p);
}

static void
on_stanza(struct stanza *s)
{
	char *json;

	if (rig.answer == NULL) {
		shelf_put(&rig.stanzas, s);
		return;
	}
	json = rig.answer(s);
	if (json != NULL)
		send_text(s->conn, json, 1);
	free(json);
	stanza_free(&s);
}

static void
on_closed(conn_id conn)
{
	conn_id *kept = xmalloc(sizeof *kept);

	*kept = conn;
	shelf_put(&rig.closed, kept);
}

static void
on_http(struct http_call *call)
{
	shelf_put(&rig.calls, call);
}

static void
after_drain(void *arg)
{
	net_round_begin();
	runtime_run();
	net_round_end();
}

/* What nobody took is freed; credits and answers lead nowhere any more. */
static void
clear_shelves(void)
{
	while (!shelf_is_empty(&rig.stanzas)) {
		struct stanza *s = shelf_take(&rig.stanzas);

		stanza_free(&s);
	}
	while (!shelf_is_empty(&rig.closed))
		free(shelf_take(&rig.closed));
	while (!shelf_is_empty(&rig.calls)) {
		struct http_call *call = shelf_take(&rig.calls);

		http_call_free(&call);
	}
}

/* As on a machine that has no more. */
static void
use_one_processor(void)
{
	cpu_set_t all, one;
	int n = 0;

	parley_assert(sched_getaffinity(0, sizeof all, &all) == 0);
	while (!CPU_ISSET(n, &all))
		n++;
	CPU_ZERO(&one);
	CPU_SET(n, &one);
	parley_assert(sched_setaffinity(0, sizeof one, &one) == 0);
}

static void *
router_main(void *arg)
{
	static const struct runtime_config config = {
		.fibers = 16, .workers = 1, .worker_queue = 16
	};
	static const struct link_handlers handlers = { on_stanza, on_closed, on_http };

	if (rig.config->threads == 0)
		use_one_processor();
	rig.loop = loop_new("router");
	parley_assert(runtime_start(rig.loop, &config) == 0);
	link_set_handlers(&handlers);
	rig.rc = net_start(rig.config, &rig.err);
	sem_post(&rig.ready);
	loop_run(rig.loop, after_drain, NULL);
	clear_shelves();
	runtime_stop();
	return NULL;
}

/* ---- the test's side ---- */

static const char *
schema_directory(void)
{
	static char path[400];
	const char *srcdir = getenv("srcdir");

	snprintf(path, sizeof path, "%s/schemas", srcdir != NULL ? srcdir : ".");
	return path;
}

static void
rig_prepare(void)
{
	const char *directories[] = { schema_directory(), NULL };
	struct parley_error err = { 0 };

	if (rig.schemas != NULL)
		return;
	signal(SIGPIPE, SIG_IGN);
	clock_replace(test_now, test_monotonic);
	certificate_write(test_path("cert.pem"), test_path("key.pem"), "localhost", "SHA256");
	rig.schemas = schema_set_load(directories, &err);
	if (rig.schemas == NULL)
		fprintf(stderr, "%s\n", err.text);
	parley_assert(rig.schemas != NULL);
}

void
rig_on_router(bool on)
{
	rig.on_router = on;
}

struct net_config
rig_config(void)
{
	static const struct listen_config json[] = { { LISTEN_JSON, "127.0.0.1", 0 } };
	static char certificate[120], key[120];

	rig_prepare();
	snprintf(certificate, sizeof certificate, "%s", test_path("cert.pem"));
	snprintf(key, sizeof key, "%s", test_path("key.pem"));
	return (struct net_config){
		.listeners = json,
		.listener_count = 1,
		.threads = rig.on_router ? 0 : 2,
		.certificate = certificate,
		.key = key,
		.domain = "localhost",
		.hello = "\"auth\":[\"SCRAM-SCRYPT-SHA-256-PLUS\",\"PLAIN\"]",
		.hello_unbound = "\"auth\":[\"PLAIN\"]",
		.schemas = rig.schemas,
		.guest_frame = 10000,
		.user_frame = 262144,
		.out_queue = 1048576,
		.tls_seconds = 10,
		.login_seconds = 30,
		.idle_seconds = 300,
		.window = 8,
		.guests_per_address = 20,
		.connections = 1000,
	};
}

struct net_config rig_settings;

int
rig_setup(void **state)
{
	rig_settings = rig_config();
	return 0;
}

static void
net_stop_call(void *arg)
{
	net_stop();
	loop_stop(rig.loop);
}

/* The loop is freed only now: a thread that has posted to it may still have been waking it. */
static void
rig_join(void)
{
	pthread_join(rig.thread, NULL);
	loop_free(&rig.loop);
}

int
rig_start(const struct net_config *config, struct parley_error *err)
{
	rig.config = config;
	rig.answer = NULL;
	sem_init(&rig.ready, 0, 0);
	parley_assert(pthread_create(&rig.thread, NULL, router_main, NULL) == 0);
	while (sem_wait(&rig.ready) != 0)
		continue;
	if (rig.rc == 0)
		return 0;
	if (err != NULL)
		*err = rig.err;
	loop_stop(rig.loop);
	rig_join();
	return -1;
}

void
rig_stop(void)
{
	rig_call(net_stop_call, NULL);
	rig_join();
}

void
rig_up(void)
{
	struct parley_error err = { 0 };

	if (rig_start(&rig_settings, &err) == 0)
		return;
	fprintf(stderr, "%s\n", err.text);
	parley_assert(!"the net did not start");
}

int
rig_teardown(void **state)
{
	if (rig.loop != NULL) /* else the test was skipped */
		rig_stop();
	return 0;
}

struct call {
	struct post post;
	void (*fn)(void *arg);
	void *arg;
	sem_t done;
};

static void
call_run(struct post *p)
{
	struct call *call = (struct call *)p;

	call->fn(call->arg);
	sem_post(&call->done);
}

void
rig_call(void (*fn)(void *arg), void *arg)
{
	struct call call = { .post.fn = call_run, .fn = fn, .arg = arg };

	sem_init(&call.done, 0, 0);
	loop_post(rig.loop, &call.post);
	while (sem_wait(&call.done) != 0)
		continue;
	sem_destroy(&call.done);
}

struct stanza *
rig_stanza(void)
{
	return shelf_take(&rig.stanzas);
}

conn_id
rig_closed(void)
{
	conn_id *kept = shelf_take(&rig.closed), id = *kept;

	free(kept);
	return id;
}

struct http_call *
rig_http(void)
{
	return shelf_take(&rig.calls);
}

static void
free_call(void *arg)
{
	struct stanza *s = arg;

	stanza_free(&s);
}

void
rig_free(struct stanza *s)
{
	rig_call(free_call, s);
}

static void
http_answer_call(void *arg)
{
	link_http_answer(arg);
}

void
rig_answer(struct http_call *call)
{
	rig_call(http_answer_call, call);
}

static void
answer_call(void *arg)
{
	rig.answer = *(char *(**)(const struct stanza *))arg;
}

void
rig_answer_with(char *(*answer)(const struct stanza *s))
{
	rig_call(answer_call, &answer);
}

struct sending {
	conn_id to;
	const char *json;
	unsigned count;
};

static void
send_call(void *arg)
{
	const struct sending *s = arg;

	send_text(s->to, s->json, s->count);
}

void
rig_send(conn_id to, const char *json, unsigned count)
{
	struct sending s = { to, json, count };

	rig_call(send_call, &s);
}

static void
close_call(void *arg)
{
	const struct sending *s = arg;
	struct parley_text text = { 0 };
	struct parley_payload *last = NULL;

	if (s->json != NULL) {
		parley_text_puts(&text, s->json);
		last = parley_payload_new(&text);
	}
	link_close(s->to, last);
	parley_payload_unref(&last);
}

void
rig_close(conn_id to, const char *json)
{
	struct sending s = { to, json, 0 };

	rig_call(close_call, &s);
}

static void
live_call(void *arg)
{
	const struct sending *s = arg;

	link_live(s->to);
}

void
rig_live(conn_id to)
{
	struct sending s = { to, NULL, 0 };

	rig_call(live_call, &s);
}

struct reloading {
	const struct net_config *config;
	struct parley_error *err;
	int rc;
};

static void
reload_call(void *arg)
{
	struct reloading *r = arg;
	struct net_settings *prepared = net_prepare(r->config, r->err);

	r->rc = prepared != NULL ? 0 : -1;
	if (prepared != NULL)
		net_use(&prepared, r->config);
}

int
rig_reload(const struct net_config *config, struct parley_error *err)
{
	struct reloading r = { config, err, -1 };

	rig_call(reload_call, &r);
	return r.rc;
}

static void
stats_call(void *arg)
{
	*(struct net_stats *)arg = net_stats();
}

struct net_stats
rig_stats(void)
{
	struct net_stats stats;

	rig_call(stats_call, &stats);
	return stats;
}

static uint64_t bytes_wanted;

static bool
bytes_have_come(const struct net_stats *s)
{
	return s->bytes_in >= bytes_wanted;
}

void
rig_put(struct client *c, const char *bytes, size_t len)
{
	bytes_wanted = rig_stats().bytes_in + len;
	client_write(c, bytes, len);
	parley_assert(rig_until(bytes_have_come));
}

bool
rig_until(bool (*fn)(const struct net_stats *s))
{
	int64_t end = clock_of(CLOCK_MONOTONIC) + PATIENCE * 1000;

	while (clock_of(CLOCK_MONOTONIC) < end) {
		struct net_stats stats = rig_stats();

		if (fn(&stats))
			return true;
		sched_yield();
	}
	return false;
}

bool
rig_is_empty(const struct net_stats *s)
{
	return s->connections == 0;
}

struct client *
rig_guest(const struct client_options *options)
{
	struct client *c = client_open(net_port(0), options);

	parley_assert(strstr(client_line(c), "\"type\":\"hello\"") != NULL);
	return c;
}

conn_id
rig_known(struct client *c)
{
	struct stanza *s;
	conn_id id;

	client_puts(c, "{\"type\":\"ack\",\"count\":0}\n");
	s = rig_stanza();
	parley_assert(s->type == STANZA_ACK);
	id = s->conn;
	rig_free(s);
	return id;
}

void
rig_synced(struct client *c)
{
	client_puts(c, "{\"type\":\"ping\"}\n");
	parley_assert(strcmp(client_line(c), "{\"type\":\"pong\"}") == 0);
}

conn_id
rig_user(struct client *c)
{
	conn_id id = rig_known(c);

	rig_live(id);
	rig_synced(c);
	return id;
}
