/* SPDX-License-Identifier: MIT */
/* load.c - the load generator: its options and its loop. */
#include "load.h"

#include "speak.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

struct options options = {
	.host = "127.0.0.1",
	.domain = "localhost",
	.rooms = "conference.localhost",
	.tls = true,
	.password = "a horse that counts 12 stars",
	.label = "server",
	.window = 1,
	.body = 80,
	.at_once = 16,
	.repeat = 1,
	.seconds = 4,
	.warmup = 1,
	.settle = 3,
};
struct load load = { .due = INT64_MAX };
const struct speaker *speaker = &speak_parley;

static const char usage[] =
    "usage: bench/load [options] MODE\n"
    "\n"
    "modes:\n"
    "  idle N [N ...]        memory of so many sessions that say nothing\n"
    "  login N               so many logins, each with a question and a goodbye\n"
    "  pairs P               P pairs: each delivery is answered; or --rate messages a second\n"
    "  crowd N P             P pairs alone, then amid N idle sessions\n"
    "  group ROOMS MEMBERS [AWAY]\n"
    "                        every message goes to all of a room; AWAY more are not connected\n"
    "  pipeline              one sender, --window messages on their way to one receiver\n"
    "  archive N             appends and pages of an empty archive, and of one of N messages\n"
    "  inbox CHATS           all of so many chats, and the changes of ten\n"
    "  reconnect N P         N sessions come back after --restart, P pairs lose nothing\n"
    "\n"
    "options:\n"
    "  --server NAME         parley, relay, xmpp or mqtt: the protocol to speak\n"
    "  --host ADDRESS --port PORT --no-tls --websocket\n"
    "  --domain NAME --rooms NAME\n"
    "  --control PATH        Parley's control socket: make the accounts first\n"
    "  --sign-up             XMPP: register the accounts first\n"
    "  --password TEXT       of all accounts\n"
    "  --login WAY           token, plain or scram\n"
    "  --pid PID[,PID]       the server's processes, to measure\n"
    "  --label TEXT          the name of the server in the report\n"
    "  --window N --body BYTES --at-once N --repeat N --rate N --seconds N --warmup N\n"
    "  --settle N            seconds before memory is looked at\n"
    "  --restart COMMAND\n"
    "  --clock FILE          of a Parley that runs with PARLEY_TEST_CLOCK=FILE\n"
    "  --metrics PORT        of Parley: count its commits\n";

void
load_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "bench/load: %s: ", options.label);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(1);
}

int64_t
load_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static void
load_turn(int64_t until)
{
	wire_turn(load.due < until ? load.due : until);
	if (load.due != INT64_MAX && load_now() >= load.due)
		load.on.tick(load_now());
}

void
load_wait(double seconds)
{
	int64_t until = load_now() + (int64_t)(seconds * (double)NS);

	do
		load_turn(until);
	while (load_now() < until);
}

void
load_until(const uint64_t *counter, uint64_t number, double seconds, const char *what)
{
	int64_t patience = (int64_t)(seconds * (double)NS), until = load_now() + patience;
	uint64_t seen = *counter;

	while (*counter < number) {
		load_turn(until);
		if (*counter != seen) {
			seen = *counter;
			until = load_now() + patience;
		} else if (load_now() >= until) {
			load_die("%s: nothing more after %llu of %llu", what,
			    (unsigned long long)seen, (unsigned long long)number);
		}
	}
}

unsigned
number_of(const char *text, unsigned least, unsigned most, const char *what)
{
	const char *digits = text != NULL ? text : "";
	char *end;
	unsigned long n = strtoul(digits, &end, 10);

	if (end == digits || *end != '\0' || n < least || n > most)
		load_die("%s must be a number from %u to %u", what, least, most);
	return (unsigned)n;
}

static double
real_of(const char *text, const char *what)
{
	char *end;
	double n = strtod(text, &end);

	if (end == text || *end != '\0' || !(n >= 0) || n > 1e7)
		load_die("%s must be a number", what);
	return n;
}

enum {
	OPT_SERVER = 1,
	OPT_HOST,
	OPT_PORT,
	OPT_NO_TLS,
	OPT_WEBSOCKET,
	OPT_DOMAIN,
	OPT_ROOMS,
	OPT_CONTROL,
	OPT_SIGN_UP,
	OPT_PASSWORD,
	OPT_LOGIN,
	OPT_PID,
	OPT_LABEL,
	OPT_WINDOW,
	OPT_BODY,
	OPT_AT_ONCE,
	OPT_REPEAT,
	OPT_RATE,
	OPT_SECONDS,
	OPT_WARMUP,
	OPT_SETTLE,
	OPT_RESTART,
	OPT_CLOCK,
	OPT_METRICS
};

static const struct option long_options[] = {
	{ "server", required_argument, NULL, OPT_SERVER },
	{ "host", required_argument, NULL, OPT_HOST },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "no-tls", no_argument, NULL, OPT_NO_TLS },
	{ "websocket", no_argument, NULL, OPT_WEBSOCKET },
	{ "domain", required_argument, NULL, OPT_DOMAIN },
	{ "rooms", required_argument, NULL, OPT_ROOMS },
	{ "control", required_argument, NULL, OPT_CONTROL },
	{ "sign-up", no_argument, NULL, OPT_SIGN_UP },
	{ "password", required_argument, NULL, OPT_PASSWORD },
	{ "login", required_argument, NULL, OPT_LOGIN },
	{ "pid", required_argument, NULL, OPT_PID },
	{ "label", required_argument, NULL, OPT_LABEL },
	{ "window", required_argument, NULL, OPT_WINDOW },
	{ "body", required_argument, NULL, OPT_BODY },
	{ "at-once", required_argument, NULL, OPT_AT_ONCE },
	{ "repeat", required_argument, NULL, OPT_REPEAT },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "seconds", required_argument, NULL, OPT_SECONDS },
	{ "warmup", required_argument, NULL, OPT_WARMUP },
	{ "settle", required_argument, NULL, OPT_SETTLE },
	{ "restart", required_argument, NULL, OPT_RESTART },
	{ "clock", required_argument, NULL, OPT_CLOCK },
	{ "metrics", required_argument, NULL, OPT_METRICS },
	{ 0 },
};

static void
set_server(const char *name)
{
	static const struct speaker *const all[] = { &speak_parley, &speak_relay, &speak_xmpp,
		&speak_mqtt };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strcmp(all[i]->name, name) == 0) {
			speaker = all[i];
			return;
		}
	load_die("there is no server \"%s\"", name);
}

static enum login_way
login_way(const char *name)
{
	if (strcmp(name, "token") == 0)
		return LOGIN_TOKEN;
	if (strcmp(name, "plain") == 0)
		return LOGIN_PLAIN;
	if (strcmp(name, "scram") == 0)
		return LOGIN_SCRAM;
	load_die("--login must be token, plain or scram");
}

/* Options that say whom to speak with. False: it is another one. */
static bool
set_peer_option(int option)
{
	switch (option) {
	case OPT_SERVER:
		set_server(optarg);
		return true;
	case OPT_HOST:
		options.host = optarg;
		return true;
	case OPT_PORT:
		options.port = (int)number_of(optarg, 1, 65535, "--port");
		return true;
	case OPT_NO_TLS:
		options.tls = false;
		return true;
	case OPT_WEBSOCKET:
		options.websocket = true;
		return true;
	case OPT_DOMAIN:
		options.domain = optarg;
		return true;
	case OPT_ROOMS:
		options.rooms = optarg;
		return true;
	case OPT_CONTROL:
		options.control = optarg;
		return true;
	case OPT_METRICS:
		options.metrics = (int)number_of(optarg, 1, 65535, "--metrics");
		return true;
	case OPT_SIGN_UP:
		options.sign_up = true;
		return true;
	case OPT_PASSWORD:
		options.password = optarg;
		return true;
	case OPT_LOGIN:
		options.login = login_way(optarg);
		return true;
	default:
		return false;
	}
}

/* Options that say what to do. */
static void
set_work_option(int option)
{
	switch (option) {
	case OPT_PID:
		if (!processes_parse(&options.server, optarg))
			load_die("--pid must be process ids with commas between them");
		break;
	case OPT_LABEL:
		options.label = optarg;
		break;
	case OPT_WINDOW:
		options.window = number_of(optarg, 1, 100000, "--window");
		break;
	case OPT_BODY:
		options.body = number_of(optarg, NOTE_MIN, NOTE_MAX, "--body");
		break;
	case OPT_AT_ONCE:
		options.at_once = number_of(optarg, 1, 10000, "--at-once");
		break;
	case OPT_REPEAT:
		options.repeat = number_of(optarg, 1, 1000, "--repeat");
		break;
	case OPT_RATE:
		options.rate = real_of(optarg, "--rate");
		break;
	case OPT_SECONDS:
		options.seconds = real_of(optarg, "--seconds");
		break;
	case OPT_WARMUP:
		options.warmup = real_of(optarg, "--warmup");
		break;
	case OPT_SETTLE:
		options.settle = real_of(optarg, "--settle");
		break;
	case OPT_RESTART:
		options.restart = optarg;
		break;
	case OPT_CLOCK:
		options.clock = optarg;
		break;
	default:
		fputs(usage, stderr);
		exit(64);
	}
}

static void
run_mode(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(int argc, char **argv);
	} modes[] = {
		{ "idle", mode_idle },
		{ "login", mode_login },
		{ "pairs", mode_pairs },
		{ "crowd", mode_crowd },
		{ "group", mode_group },
		{ "pipeline", mode_pipeline },
		{ "archive", mode_archive },
		{ "inbox", mode_inbox },
		{ "reconnect", mode_reconnect },
	};

	for (size_t i = 0; argc > 0 && i < sizeof modes / sizeof *modes; i++)
		if (strcmp(modes[i].name, argv[0]) == 0) {
			modes[i].run(argc - 1, argv + 1);
			return;
		}
	fputs(usage, stderr);
	exit(64);
}

static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int
main(int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (!set_peer_option(option))
			set_work_option(option);
	if (options.port == 0)
		load_die("--port is needed");
	if (getrandom(&load.run, sizeof load.run, 0) != sizeof load.run)
		load_die("getrandom: %m");
	raise_descriptors();
	run_mode(argc - optind, argv + optind);
	return 0;
}
