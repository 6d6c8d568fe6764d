/* SPDX-License-Identifier: MIT */
/* error.c - the table of error codes, and how an error is filled. */
#include <parley/error.h>

#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name, *meaning;
} codes[PARLEY_CODE_COUNT] = {
	[PARLEY_OK] = { "ok", "nothing is wrong" },
	[PARLEY_BAD_REQUEST] = { "bad-request",
	    "the frame is malformed or its schema refuses it; do not retry unchanged" },
	[PARLEY_NOT_AUTHORIZED] = { "not-authorized",
	    "log in first, or the credentials are wrong" },
	[PARLEY_NOT_ALLOWED] = { "not-allowed", "your role or a setting forbids it; do not retry" },
	[PARLEY_NOT_FOUND] = { "not-found", "no such thing, or none that you may know of" },
	[PARLEY_CONFLICT] = { "conflict", "it exists already, or was changed meanwhile" },
	[PARLEY_TOO_LARGE] = { "too-large", "over a size limit, which the text names" },
	[PARLEY_BUSY] = { "busy", "the node is overloaded; retry after retry_after seconds" },
	[PARLEY_LIMIT] = { "limit",
	    "your quota or rate is used up; retry after retry_after seconds" },
	[PARLEY_BLOCKED] = { "blocked", "it cannot be delivered to this person; do not retry" },
	[PARLEY_GONE] = { "gone", "it existed and is no more; do not retry" },
	[PARLEY_NOT_IMPLEMENTED] = { "not-implemented",
	    "this node has no such method, mechanism or frame type" },
	[PARLEY_REMOTE_TIMEOUT] = { "remote-timeout",
	    "the other node did not answer; retry later" },
	[PARLEY_INTERNAL] = { "internal", "the node failed; its log has the details" },
};

/* Takes a character off the end of s of which only the first bytes were there. What a peer wrote
 * may be in s, and s may be sent. */
static void
drop_cut_character(char *s)
{
	size_t len = strlen(s), start = len;
	unsigned char lead;

	while (start > 0 && len - start < 3 && ((unsigned char)s[start - 1] & 0xc0) == 0x80)
		start--;
	if (start == 0)
		return;
	lead = (unsigned char)s[--start];
	if (lead >= 0xc0 && len - start < (lead < 0xe0 ? 2U : lead < 0xf0 ? 3U : 4U))
		s[start] = '\0';
}

int
parley_fail(
    struct parley_error *err, enum parley_code code, const char *where, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	err->code = code;
	err->retry_after = 0;
	snprintf(err->where, sizeof err->where, "%s", where != NULL ? where : "");
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	drop_cut_character(err->where);
	drop_cut_character(err->text);
	return -1;
}

const char *
parley_code_name(enum parley_code code)
{
	return code < PARLEY_CODE_COUNT ? codes[code].name : "internal";
}

const char *
parley_code_meaning(enum parley_code code)
{
	return code < PARLEY_CODE_COUNT ? codes[code].meaning : codes[PARLEY_INTERNAL].meaning;
}

void
parley_assert_failed(const char *expr, const char *file, int line, const char *func)
{
	parley_log_error("assert", "assertion failed: %s at %s:%d in %s, thread %ld", expr, file,
	    line, func, (long)syscall(SYS_gettid));
	abort();
}
