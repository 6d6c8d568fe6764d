/* SPDX-License-Identifier: MIT */
/* log_line.h - how a log line is written. Any thread; async-signal-safe. */
#ifndef LOG_LINE_H
#define LOG_LINE_H

#include "base/log.h"

#include <stddef.h>
#include <time.h>

/* A line under construction; not NUL-terminated. */
struct log_line {
	char s[LOG_LINE_MAX];
	size_t len;
};

/* Fills l with a whole line, newline included. What is too long is cut and ends in "...". */
void log_line_build(struct log_line *l, enum parley_log_level level, const char *area,
    const struct log_context *context, const char *msg);

/* Appends now as RFC 3339 has it, in UTC with milliseconds. gmtime_r would take a lock. */
void log_line_time(struct log_line *l, struct timespec now);

#endif
