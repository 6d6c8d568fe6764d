/* SPDX-License-Identifier: MIT */
/* rate.h - how often somebody may do something. Router thread. */
#ifndef PARLEY_RATE_H
#define PARLEY_RATE_H

#include <parley/api.h>
#include <parley/error.h>
#include <stdint.h>

/* Takes one of what who may do: burst times at once, and then per_minute. what: "register.check";
 * who: an account, a network. per_minute 0: any number. Neither new sessions nor a reload give new
 * ones; a restart does. 0, or -1 with PARLEY_LIMIT and retry_after, and nothing is taken. Never
 * suspends. Remembers a fixed number of people and things; who has used up most, longest. */
PARLEY_API int parley_rate_take(const char *what, const char *who, int64_t burst,
	int64_t per_minute, struct parley_error *err);

#endif
