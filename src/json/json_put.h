/* SPDX-License-Identifier: MIT */
/* json_put.h - pieces of JSON text for the few frames that are written for every message: without a
 * writer, at a place where there is room. Each returns what follows; nothing ends with NUL. */
#ifndef JSON_PUT_H
#define JSON_PUT_H

#include <stdint.h>
#include <string.h>

#define JSON_UINT_SIZE 20
#define JSON_TIME_SIZE 24

/* Text as it stands: what is fixed, and values that have nothing to be escaped. */
static inline char *
json_put_plain(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	return to + len;
}

/* In decimal. */
char *json_put_uint(char *to, uint64_t n);

/* As parley_put_time, without quotes. */
char *json_put_time(char *to, int64_t ms);

#endif
