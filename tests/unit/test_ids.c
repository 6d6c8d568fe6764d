/* SPDX-License-Identifier: MIT */
/* test_ids.c - what must not be guessed is long and never comes twice, of whatever kind it is. */
#include "support/test.h"

#include "auth/device_token.h"
#include "auth/scram.h"
#include "auth/ticket.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/xalloc.h"
#include "net/stanza.h"
#include "support/fiber.h"

#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 1000000

static int64_t now = 1800000000000;

static int64_t
clock_read(void)
{
	return now;
}

/* ---- the kinds: out has room for 200 characters ------------------------------------------- */

static void
make_mid(char *out)
{
	parley_mid_new(out);
}

/* Resumes a session; and lets people into a group. */
static void
make_text(char *out)
{
	parley_random_text(out, 26);
}

static void
make_token(char *out)
{
	device_token_make("phone", out);
}

static void
make_ticket(char *out)
{
	ticket_make("cookie", out);
}

static void
make_stream(char *out)
{
	struct conn_facts *facts = conn_facts_new("127.0.0.1");

	snprintf(out, sizeof facts->stream, "%s", facts->stream);
	conn_facts_unref(&facts);
}

static void
make_nonce(char *out)
{
	static const struct scram_bindings unbound = { 0 };
	static const char hello[] = "n,,n=carol,r=abc";
	struct scram_keys keys = { .log_n = 4, .r = 8, .p = 1 };
	struct parley_error err;
	struct scram s;

	assert_int_equal(
	    scram_first(&s, false, &unbound, "chat.example", hello, sizeof hello - 1, &err), 0);
	scram_challenge(&s, &keys);
	snprintf(out, sizeof s.nonce, "%s", s.nonce);
}

/* As node keys, data keys and salts of passwords are made. */
static void
make_bytes(char *out)
{
	uint8_t bytes[16];

	random_bytes(bytes, sizeof bytes);
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* ---- the check ----------------------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Two of a million hashes of 64 bits are the same by chance once in 40 million runs. */
static void
check_kind(const char *name, void (*make)(char *out), unsigned bits)
{
	uint64_t *seen = xmalloc(MANY * sizeof *seen);
	char text[200];

	for (unsigned i = 0; i < MANY; i++) {
		make(text);
		seen[i] = hash_bytes(text, strlen(text));
	}
	qsort(seen, MANY, sizeof *seen, compare);
	for (unsigned i = 1; i < MANY; i++)
		if (seen[i] == seen[i - 1])
			fail_msg("%s: one of a million came twice", name);
	/* 6 bits a character are the most that any of them has */
	if (strlen(text) * 6 < bits)
		fail_msg("%s: \"%s\" cannot have %u bits", name, text, bits);
	free(seen);
}

static void
t40_a_million_of_each_kind_are_all_different(void **state)
{
	check_kind("message id", make_mid, 62);
	check_kind("text", make_text, 128);
	check_kind("token", make_token, 256);
	check_kind("ticket", make_ticket, 128);
	check_kind("stream", make_stream, 128);
	check_kind("nonce", make_nonce, 128);
	check_kind("bytes", make_bytes, 128);
}

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(t40_a_million_of_each_kind_are_all_different),
	};

	return cmocka_run_group_tests_name("ids", all, NULL, NULL);
}

int
main(void)
{
	clock_replace(clock_read, clock_read);
	return test_on_fiber(tests);
}
