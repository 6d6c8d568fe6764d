/* SPDX-License-Identifier: MIT */
/* log.h - one JSON line per event, on stderr. Any thread; never blocks the caller.
 *
 * error: someone must act. warn: it went wrong and we went on. info: a change of state that an
 * operator expects. debug: per message, off by default. Never message bodies, passwords, keys,
 * tokens. Lower case, no full stop; text from peers in quotes; key=value for what a script wants.
 * The line carries the fiber's context by itself: session, stanza id, module. */
#ifndef PARLEY_LOG_H
#define PARLEY_LOG_H

#include <parley/api.h>

enum parley_log_level { PARLEY_LOG_ERROR, PARLEY_LOG_WARN, PARLEY_LOG_INFO, PARLEY_LOG_DEBUG };

/* area: the part or module that speaks, "tls", "roster"; static. */
PARLEY_API void parley_log(enum parley_log_level level, const char *area, const char *fmt, ...)
	PARLEY_PRINTF(3, 4);

/* True when a line of that level would be written. */
PARLEY_API int parley_log_on(enum parley_log_level level);

#define parley_log_error(area, ...) parley_log(PARLEY_LOG_ERROR, area, __VA_ARGS__)
#define parley_log_warn(area, ...)  parley_log(PARLEY_LOG_WARN, area, __VA_ARGS__)
#define parley_log_info(area, ...)  parley_log(PARLEY_LOG_INFO, area, __VA_ARGS__)
#define parley_log_debug(area, ...) \
	(parley_log_on(PARLEY_LOG_DEBUG) ? parley_log(PARLEY_LOG_DEBUG, area, __VA_ARGS__) : (void)0)

#endif
