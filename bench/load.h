/* SPDX-License-Identifier: MIT */
/* load.h - what the generator's files share: its options, its users, its loop. One thread.
 *
 * A mode is written straight down: users_each() has a step done for many users and runs the loop
 * until all are through; load_wait() runs the loop for some time. What comes meanwhile goes to the
 * mode's callbacks. The generator gives up at the first thing that is not as expected: numbers of
 * a run in which something failed mean nothing. */
#ifndef LOAD_H
#define LOAD_H

#include "histogram.h"
#include "process.h"
#include "wire.h"

#include <parley/api.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NS 1000000000ll /* nanoseconds in a second */

enum login_way { LOGIN_TOKEN, LOGIN_PLAIN, LOGIN_SCRAM };

struct options {
	const char *host, *domain, *rooms; /* rooms: the domain of group chats */
	int port;
	bool tls, websocket;
	const char *control;  /* Parley's control socket, to make accounts; NULL: they exist */
	const char *password; /* of every account */
	bool sign_up;         /* XMPP: register accounts in band */
	enum login_way login;
	const char *label; /* "parley/memory", for the report */
	struct processes server;
	unsigned window, body, at_once, repeat;
	double rate, seconds, warmup, settle; /* settle: before memory is looked at */
	const char *restart;                  /* a shell command that restarts the server */
	int metrics;                          /* Parley's port for metrics; 0: none */
	const char *clock; /* the file that says how far Parley's clock runs ahead */
};
extern struct options options;

enum user_stage { USER_AWAY, USER_CONNECTING, USER_READY, USER_LEAVING };

struct user {
	struct wire wire; /* first: a wire is its user */
	unsigned index;
	enum user_stage stage;
	void *speech;   /* the speaker's own; NULL at first, kept from login to login */
	int64_t called; /* when it began to connect */
};

/* What a mode wants to know. NULL: it must not happen (lost, refused) or does not matter. */
struct mode_events {
	void (*ready)(struct user *u);
	void (*message)(struct user *u, const char *text, size_t len);
	void (*sent)(struct user *u, unsigned number); /* the message was acknowledged */
	void (*done)(struct user *u);                  /* befriended, joined, probed */
	void (*lost)(struct user *u, const char *why);
	void (*refused)(struct user *u, const char *id, const char *code, const char *text);
	void (*tick)(int64_t now); /* at load.due */
};

struct load {
	struct user *users;
	unsigned user_count;
	struct mode_events on;
	int64_t due;                /* when tick is called; INT64_MAX: never */
	uint64_t received, acked;   /* messages delivered; acknowledged to their senders */
	uint64_t chats;             /* told by inboxes */
	struct histogram latencies; /* of messages, while measuring */
	bool measuring;
	bool bare;    /* log in without asking for the roster */
	bool missed;  /* log in asking for what was missed */
	uint32_t run; /* random: tells the messages of this run from old ones */
};
extern struct load load;

/* Prints the sentence and ends the process. */
void load_die(const char *fmt, ...) PARLEY_PRINTF(1, 2) __attribute__((noreturn));

int64_t load_now(void); /* monotonic, ns */

/* Runs the loop for so many seconds. */
void load_wait(double seconds);

/* Runs the loop until the counter has reached the number; dies after so many seconds in which it
 * has not moved, saying what was awaited. */
void load_until(const uint64_t *counter, uint64_t number, double seconds, const char *what);

/* ---- users.c ---- */

/* Makes so many users, and their accounts where the server wants them. Once. */
void users_make(unsigned count);

/* Logs all in once, and out again. */
void users_enroll(void);

/* Has step done for the users from first on, options.at_once at a time, until user_through was
 * called for each. */
void users_each(unsigned first, unsigned count, void (*step)(struct user *u), const char *what);

/* The step that users_each waits for is done. */
void user_through(struct user *u);

/* Steps for users_each. */
void user_connect(struct user *u);  /* through: when it is ready */
void user_befriend(struct user *u); /* with its partner, both ready */
void user_leave(struct user *u);    /* logs out and closes */

/* The name of a user's account: at most 10 bytes. */
#define USER_NAME "bench%05u"

/* What the speakers tell. */
void user_is_ready(struct user *u);
void user_has_message(struct user *u, const char *text, size_t len);
void user_has_sent(struct user *u, unsigned number);
void user_is_done(struct user *u);
void user_is_refused(struct user *u, const char *id, const char *code, const char *text);

/* For protocols of lines: calls take for each whole one, without its line feed; returns how many
 * bytes they were. */
size_t user_lines(
    struct user *u, char *bytes, size_t len, void (*take)(struct user *u, char *line, size_t len));

/* ---- note.c: what stands in a message: when it was meant to be sent, and two numbers ---- */

struct note {
	int64_t at;
	uint32_t a, b;
};
#define NOTE_MIN 42
#define NOTE_MAX 1000

/* Writes options.body bytes and a NUL. */
void note_write(const struct note *n, char text[NOTE_MAX + 1]);
/* False when it is not of this run. */
bool note_read(struct note *n, const char *text, size_t len);
/* Counts a message that was delivered now, and its latency when measuring. */
void note_delivered(const struct note *n);

/* ---- measure.c ---- */

struct measure {
	int64_t at, cpu, own_cpu, commits; /* commits: -1 without metrics */
	uint64_t received, acked;
};
/* Forgets the latencies and notes where all counters stand. */
void measure_begin(struct measure *m);

/* What has happened since; per is what an operation is. Prints one line of JSON: mode, and the
 * members in extra (",\"idle\":4000"), and for operations rate, CPU, latencies. Latencies are left
 * out when there were none. */
void measure_end(const struct measure *m, const char *mode, uint64_t operations, const char *extra);

/* Prints one line of JSON with the members given. */
void report(const char *mode, const char *fmt, ...) PARLEY_PRINTF(2, 3);

/* ---- metric.c: one of Parley's metrics, by its whole name; -1 when options.metrics is 0 ---- */
int64_t metric_read(const char *name);

/* ---- modes: argc and argv begin after the mode's name ---- */
void mode_inbox(int argc, char **argv);
void mode_idle(int argc, char **argv);
void mode_login(int argc, char **argv);
void mode_pairs(int argc, char **argv);
void mode_crowd(int argc, char **argv);
void mode_group(int argc, char **argv);
void mode_pipeline(int argc, char **argv);
void mode_archive(int argc, char **argv);
void mode_reconnect(int argc, char **argv);

/* A number between least and most, or death. */
unsigned number_of(const char *text, unsigned least, unsigned most, const char *what);

#endif
