/* SPDX-License-Identifier: MIT */
/* server.c - owns everything: builds it up in stages, and takes it down backwards.
 *
 * Up: log, node key, loop and fibers, schemas, store, sessions, router, modules loaded, network.
 * What awaits runs on the boot fiber. Down: no new clients, work under way finished, sessions
 * ended, modules unloaded, store closed, and then the threads. */
#include "core/server.h"

#include "auth/account_internal.h"
#include "auth/device.h"
#include "auth/password.h"
#include "auth/throttle.h"
#include "auth/ticket.h"
#include "base/log.h"
#include "core/channel.h"
#include "core/device_sessions.h"
#include "core/frames.h"
#include "core/hello.h"
#include "core/hook.h"
#include "core/intake.h"
#include "core/keyring.h"
#include "core/message.h"
#include "core/module.h"
#include "core/patience.h"
#include "core/rate.h"
#include "core/request.h"
#include "core/restart.h"
#include "core/router.h"
#include "core/sd_notify.h"
#include "core/session.h"
#include "core/settings.h"
#include "core/signals.h"
#include "net/link.h"
#include "runtime/memory.h"
#include "seal/seal.h"
#include "json/schema.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAIN_MS         8000 /* what is under way may take so long at a stop */
#define FAREWELL_MS      1000
#define FAREWELL_STEP_MS 20
#define STOP_MS          20000 /* then the node goes down hard */
#define PATIENCE_MS      60000 /* so long a start waits for a store that does not answer */

static struct {
	struct config *config;
	struct loop *loop;
	struct scope admin; /* boot, stop and reload: outlives work */
	struct scope work;  /* stanzas and hooks */
	struct schema_set *schemas;
	const struct parley_backend *backend;
	struct timer *deadline;
	int64_t started;
	struct parley_event booted; /* the boot fiber has done what it could */
	bool stopping, stop_runs, failed;
	bool store_up, auth_up, net_up;
} V;

const struct config *
server_config(void)
{
	return V.config;
}

int64_t
server_started(void)
{
	return V.started;
}

const char *
parley_domain(void)
{
	return V.config->node.domain;
}

const char *
parley_rooms_domain(void)
{
	static char rooms[PARLEY_DOMAIN_MAX + 1];

	if (rooms[0] == '\0')
		snprintf(rooms, sizeof rooms, "rooms.%s", parley_domain());
	return rooms;
}

const char *
parley_data_dir(void)
{
	return V.config->node.data;
}

/* ---- up ----------------------------------------------------------------------------------- */

/* The store has failed for good: what was acknowledged is on disk, and nothing more can be. */
static void
store_failed(const char *why)
{
	parley_log_error("store", "the store has failed, stopping at once: %s", why);
	log_stop();
	_exit(1);
}

static int
start_store(struct parley_error *err)
{
	struct store_config settings;

	V.backend = modules_backend(V.config->store.backend, V.config, err);
	if (V.backend == NULL)
		return -1;
	store_set_fatal(store_failed);
	config_store(V.config, &settings);
	if (store_start(V.backend, &settings, err) != 0)
		return -1;
	V.store_up = true;
	store_be_patient(PATIENCE_MS);
	return 0;
}

static void
account_created(const struct parley_account *a)
{
	hook_account(HOOK_ACCOUNT_CREATED, a);
}

/* Who is logged in has the new rights at once. */
static void
account_changed(const struct parley_account *a)
{
	session_set_roles(a->name, account_roles(a));
	hook_account(HOOK_ACCOUNT_CHANGED, a);
}

static int
start_auth(struct parley_error *err)
{
	static const struct account_hooks hooks = { account_created, account_changed,
		account_end_sessions };
	const struct config_accounts *a = &V.config->accounts;

	if (password_start((unsigned)a->scrypt_threads, (unsigned)a->scrypt_queue,
		(unsigned)a->scrypt_log_n) != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the password threads did not start: %s", strerror(errno));
	V.auth_up = true;
	settings_auth(V.config, true);
	account_set_hooks(&hooks);
	return 0;
}

static void
stop_auth(void)
{
	password_stop();
	ticket_stop();
	throttle_stop();
	device_stop();
	account_stop();
}

static int
boot(struct parley_error *err)
{
	struct net_config net;

	V.schemas = schema_set_load((const char *const *)V.config->schema_paths, err);
	if (V.schemas == NULL || start_store(err) != 0)
		return -1;
	settings_sessions(V.config, true);
	intake_start(&V.work);
	patience_start();
	router_start();
	if (start_auth(err) != 0 || modules_load(V.config, V.schemas, &V.admin, err) != 0)
		return -1;
	settings_net(V.config, &net);
	net.schemas = V.schemas;
	if (net_start(&net, err) != 0)
		return -1;
	V.net_up = true;
	return 0;
}

static void
boot_run(void *arg)
{
	struct parley_error err = { 0 };

	int rc = boot(&err);

	if (V.store_up)
		store_be_patient(0);
	if (rc == 0) {
		memory_give_back(); /* what only the start has needed */
		parley_log_info("node", "ready domain=%s", parley_domain());
		sd_notify_ready();
	} else {
		parley_log_error("node", "cannot start: %s", err.text);
		V.failed = true;
		server_stop();
	}
	parley_event_set(&V.booted, 0);
}

/* ---- down --------------------------------------------------------------------------------- */

static void
end_sessions(void)
{
	struct parley_session *s;
	uint32_t at = 0;

	while ((s = session_each(&at)) != NULL)
		parley_session_end(s->id, PARLEY_BUSY, "this node is restarting");
}

/* Until no work runs, and none waits for a fiber: after each round what waits gets those that are
 * free. */
static int
await_no_work(int timeout_ms)
{
	int64_t end = parley_monotonic() + timeout_ms;

	for (;;) {
		int64_t left = end - parley_monotonic();

		if (left <= 0 || await_scope_idle(&V.work, (int)left) != 0)
			return -1;
		if (intake_waiting() == 0)
			return 0;
		parley_await_sleep(0);
	}
}

/* Lets work under way end; what takes too long is cancelled. What then still runs waits for
 * something that cannot be taken back, a slow disk say; a bug meets the deadline. */
static void
drain_work(void)
{
	if (await_no_work(DRAIN_MS) == 0)
		return;
	parley_log_warn("node", "work under way did not end in %d ms, cancelling it", DRAIN_MS);
	scope_cancel(&V.work);
	await_no_work(STOP_MS);
}

/* Those who have no session are told, too. Closing a connection that its client still writes to
 * would take from the client what it has not read yet, so all are given a moment to go. */
static void
farewell(void)
{
	static const struct parley_error restarting = {
		.code = PARLEY_BUSY, .text = "this node is restarting", .retry_after = 5
	};
	struct parley_payload *last = error_payload(NULL, &restarting, true);

	net_farewell(last);
	parley_payload_unref(&last);
	for (int ms = 0; ms < FAREWELL_MS && net_stats().connections > 0; ms += FAREWELL_STEP_MS)
		parley_await_sleep(FAREWELL_STEP_MS);
}

static void
stop_run(void *arg)
{
	parley_await_event(&V.booted, -1); /* half a start cannot be taken down */
	if (V.store_up)
		store_hurry();
	if (V.net_up)
		net_quiesce();
	router_quiesce();
	password_quiesce();
	drain_work();
	end_sessions();
	drain_work(); /* their hooks */
	if (V.net_up)
		farewell();
	modules_unload();
	if (V.store_up)
		store_stop();
	if (V.auth_up)
		stop_auth();
	timer_stop(V.deadline); /* closing the store may have taken long, but it is done */
	loop_stop(V.loop);
}

/* What still runs would go on in modules that are gone. */
static void
stop_too_slow(void *arg)
{
	parley_log_error("node", "stopping took over 20 seconds, going down hard");
	runtime_dump(STDERR_FILENO);
	log_stop();
	_exit(1);
}

/* Tries again after each round while all fibers are in use. */
static void
stop_begin(void)
{
	if (V.stopping && !V.stop_runs)
		V.stop_runs = task_spawn(&V.admin, "stop", stop_run, NULL) == 0;
}

void
server_stop(void)
{
	if (V.stopping)
		return;
	V.stopping = true;
	if (V.store_up)
		store_be_patient(0);
	sd_notify_stopping();
	timer_start(V.deadline, STOP_MS, false);
	stop_begin();
}

/* ---- reload ------------------------------------------------------------------------------- */

/* The configuration file as it is now, checked but for the files that it names; NULL with errors,
 * those in the files among them. */
static struct config *
load_again(struct option_errors *errors)
{
	struct config *next = config_draft(V.config->file, errors);

	if (next == NULL)
		return NULL;
	modules_check(next, errors);
	if (errors->count == 0)
		return next;
	settings_check_files(next, errors);
	config_free(&next);
	return NULL;
}

int
server_check(struct option_errors *errors)
{
	struct config *next = load_again(errors);

	if (next != NULL)
		settings_check_files(next, errors);
	config_free(&next);
	return errors->count == 0 ? 0 : -1;
}

int
server_reload(struct option_errors *errors, struct parley_text *waiting)
{
	struct config *next = load_again(errors), *old = V.config;
	struct parley_error err = { 0 };
	struct net_settings *prepared;
	struct net_config net;

	if (next == NULL)
		return -1;
	restart_keep(old, next, waiting);
	settings_net(next, &net);
	net.schemas = V.schemas;
	prepared = net_prepare(&net, &err);
	if (prepared == NULL) {
		option_error(errors, next->file, 0, "%s", err.text);
		config_free(&next);
		return -1;
	}
	if (net_listeners_differ(&net))
		parley_text_puts(waiting, " listen");
	V.config = next;
	modules_reload(next);
	settings_sessions(next, false);
	settings_auth(next, false);
	settings_log(next);
	settings_net(next, &net); /* with what the modules have put into hello */
	net_use(&prepared, &net);
	config_free(&old);
	parley_log_info("node", "reloaded");
	if (waiting->len > 0)
		parley_log_warn("node", "not in force before a restart:%s", waiting->s);
	return 0;
}

static void
reload_on_signal(void)
{
	struct option_errors errors = { 0 };
	struct parley_text waiting = { 0 };

	if (!V.booted.set || V.stopping)
		return;
	sd_notify_reloading();
	if (server_reload(&errors, &waiting) != 0)
		parley_log_error("node", "the new configuration is not used: %s", errors.text.s);
	option_errors_fini(&errors);
	parley_text_fini(&waiting);
	sd_notify_ready();
}

/* ---- the loop ----------------------------------------------------------------------------- */

static void
on_signal(int number)
{
	if (number == SIGHUP)
		reload_on_signal();
	else if (number == SIGUSR1)
		runtime_dump(STDERR_FILENO);
	else
		server_stop();
}

static void
watch_signals(void)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };

	signal(SIGPIPE, SIG_IGN);
	signals_watch(V.loop, numbers, sizeof numbers / sizeof *numbers, on_signal);
}

static void
after_drain(void *arg)
{
	net_round_begin();
	runtime_run();
	message_round();
	stop_begin();
	intake_retry(); /* into the fibers that have just ended */
	net_expect(store_pace());
	net_round_end();
	if (store_round(loop_was_quiet(V.loop)))
		loop_want_drain(V.loop);
}

/* The first start makes the data directory; what is above it must exist. */
static int
make_data_dir(void)
{
	if (mkdir(V.config->node.data, 0700) == 0 || errno == EEXIST)
		return 0;
	parley_log_error(
	    "node", "cannot start: the data directory %s cannot be made: %m", V.config->node.data);
	return -1;
}

static int
start_threads(void)
{
	struct runtime_config runtime;
	struct parley_error err = { 0 };

	if (make_data_dir() != 0)
		return -1;
	if (keyring_find_key(V.config->node.key, &err) != 0) {
		parley_log_error("node", "cannot start: %s", err.text);
		return -1;
	}
	/* besides the router: the I/O threads, and all others together */
	memory_start(net_thread_count((unsigned)V.config->runtime.io_threads) + 1);
	V.loop = loop_new("router");
	config_runtime(V.config, &runtime);
	if (runtime_start(V.loop, &runtime) != 0) {
		parley_log_error("node", "cannot start fibers and workers: %s", strerror(errno));
		return -1;
	}
	scope_open(&V.admin, NULL);
	scope_open(&V.work, NULL);
	V.deadline = timer_new(stop_too_slow, NULL);
	watch_signals();
	sd_notify_watch();
	return 0;
}

static void
tear_down(void)
{
	if (V.net_up)
		net_stop();
	router_stop();
	intake_stop();
	message_stop();
	patience_stop();
	session_stop();
	rate_stop();
	channel_stop();
	request_stop();
	hook_clear();
	modules_close();
	schema_set_free(&V.schemas);
	hello_fini();
	signals_end();
	timer_free(&V.deadline);
	sd_notify_fini();
	runtime_stop();
	loop_free(&V.loop);
	seal_close();
	keyring_close();
}

int
server_run(struct config *config)
{
	V.config = config;
	V.started = parley_now();
	umask(077);
	log_start(STDERR_FILENO);
	log_catch_crashes();
	settings_log(config);
	if (start_threads() != 0) {
		log_stop(); /* or nobody reads why */
		return 1;
	}
	task_spawn(&V.admin, "boot", boot_run, NULL);
	loop_want_drain(V.loop);
	loop_run(V.loop, after_drain, NULL);
	tear_down();
	config_free(&V.config);
	if (!V.failed)
		parley_log_info("node", "stopped");
	log_stop();
	return V.failed ? 1 : 0;
}
