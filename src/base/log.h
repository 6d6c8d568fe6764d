/* SPDX-License-Identifier: MIT */
/* log.h - where log lines go, and how not to wait for them. The writing half is parley/log.h. */
#ifndef LOG_H
#define LOG_H

#include <parley/log.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_MAX 2048 /* bytes of a line, newline included; longer messages are cut */

/* What a line says of its origin besides its area; NULL and 0 are left out. */
struct log_context {
	const char *module;
	const char *stanza;
	uint64_t session;
};

/* Makes fn supply the context of each line, on the thread that logs. Before threads start. */
void log_set_context(void (*fn)(struct log_context *out));

/* Lines above this level are not written. Any thread. PARLEY_LOG_INFO at first. */
void log_set_level(enum parley_log_level level);

/* The level called name ("error", "warn", "info", "debug"), or -1. */
int log_level_find(const char *name);

/* Starts the writer thread, which alone waits for fd: from now on a line is put in a ring of
 * bounded size, and dropped and counted when there is no room. Before this, lines are written to
 * stderr by their own thread. 0 or -1 (errno). */
int log_start(int fd);

/* Writes what is in the ring and ends the writer thread; gives up after a second when fd takes
 * nothing. Lines are then written directly again. */
void log_stop(void);

/* The last words: writes the ring and then one error line that says what, without locks or memory,
 * and waits for fd 100 ms at most. Async-signal-safe. */
void log_crash(const char *what);

/* Makes SIGSEGV, SIGBUS, SIGILL, SIGFPE and SIGABRT call log_crash before they kill the process.
 * Does nothing in a sanitized build, where the sanitizer reports better. */
void log_catch_crashes(void);

struct log_stats {
	uint64_t lines;   /* written or waiting */
	uint64_t dropped; /* for want of room, or because fd refused them */
	size_t queued;    /* bytes that wait now */
	size_t queue_max; /* the size of the ring */
};
struct log_stats log_stats(void);

#endif
