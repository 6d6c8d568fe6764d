/* SPDX-License-Identifier: MIT */
/* error.h - what went wrong, told the same way to a caller, a client and an operator. */
#ifndef PARLEY_ERROR_H
#define PARLEY_ERROR_H

#include <parley/api.h>
#include <stdarg.h>
#include <stdint.h>

/* The closed table of error codes of the protocol (docs/protocol.md, "Errors"). The same codes
 * serve inside the daemon, so that a failure needs no translation on its way to the client. */
enum parley_code {
	PARLEY_OK,
	PARLEY_BAD_REQUEST,     /* malformed, or a schema refuses it; "where" names the member */
	PARLEY_NOT_AUTHORIZED,  /* log in first, or the credentials are wrong */
	PARLEY_NOT_ALLOWED,     /* logged in, but the role or a setting forbids it */
	PARLEY_NOT_FOUND,       /* no such thing, or none that you may know of */
	PARLEY_CONFLICT,        /* exists already, or changed meanwhile */
	PARLEY_TOO_LARGE,       /* over a size limit; the limit is in the text */
	PARLEY_BUSY,            /* the node is overloaded: try again after retry_after seconds */
	PARLEY_LIMIT,           /* your quota or rate is used up: see retry_after */
	PARLEY_BLOCKED,         /* cannot be delivered to this person */
	PARLEY_GONE,            /* existed, and is no more */
	PARLEY_NOT_IMPLEMENTED, /* no such method, mechanism or frame type here */
	PARLEY_REMOTE_TIMEOUT,  /* the other node did not answer */
	PARLEY_INTERNAL,        /* our fault; the log has the details */
	PARLEY_CODE_COUNT
};

/* Filled by the callee on failure, untouched on success. Plain memory: nothing to free, may be
 * copied. Start from { 0 }; code is then PARLEY_OK. */
struct parley_error {
	enum parley_code code;
	uint32_t retry_after; /* seconds; 0: not said */
	char where[80];       /* the member at fault as a JSON pointer, "/params/name"; or "" */
	char text[240];       /* one plain sentence for a person, lower case, no full stop */
};

/* Fills err (which may be NULL) and returns -1, so that a function can end in
 * return parley_fail(err, ...). where may be NULL. Any thread. */
PARLEY_API int parley_fail(struct parley_error *err, enum parley_code code, const char *where,
	const char *fmt, ...) PARLEY_PRINTF(4, 5);

/* The name on the wire, "not-found". Static. Any thread. */
PARLEY_API const char *parley_code_name(enum parley_code code);

/* What the code means, one sentence for the reference. Static. Any thread. */
PARLEY_API const char *parley_code_meaning(enum parley_code code);

/* An invariant of ours. Always compiled in: says expression, place and thread, then aborts.
 * Never for anything that a peer, a file or a module's author can cause. */
#define parley_assert(cond) \
	((cond) ? (void)0 : parley_assert_failed(#cond, __FILE__, __LINE__, __func__))
PARLEY_API void parley_assert_failed(const char *expr, const char *file, int line,
	const char *func) __attribute__((noreturn, cold));

#endif
