/* SPDX-License-Identifier: MIT */
/* test_device.c - tokens, cookies and tickets: what lets a device in again, and what does not. */
#include "support/test.h"

#include "auth/device.h"
#include "auth/device_token.h"
#include "auth/ticket.h"
#include "store/store.h"
#include "support/auth.h"
#include "support/fiber.h"

#include <parley/await.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MINUTE   60000
#define DAY      ((int64_t)24 * 60 * MINUTE)

struct login_out {
	char id[PARLEY_DEVICE_MAX + 1];
	char token[DEVICE_TOKEN_SIZE];
};

static struct login_out
log_in(const char *account, const char *wanted, const char *name, const char *peer)
{
	struct parley_error err = { 0 };
	struct login_out out;

	if (device_login(account, wanted, name, peer, 7, out.id, out.token, &err) < 0)
		fail_msg("%s", err.text);
	return out;
}

static enum parley_code
check(const char *account, const char *token)
{
	struct parley_error err = { 0 };
	char id[PARLEY_DEVICE_MAX + 1] = "";
	int64_t logins;

	if (device_check(account, token, "192.0.2.1", id, &logins, &err) == 0)
		assert_true(id[0] != '\0' && strncmp(token, id, strlen(id)) == 0);
	return err.code;
}

/* Lets the notes that were started reach the store. */
static void
settle(void)
{
	struct device *list;
	unsigned count;

	test_yield();
	assert_int_equal(device_revoke_others("nobody", "", NULL), 0);
	assert_int_equal(device_list("nobody", &list, &count, NULL), 0);
	free(list);
	assert_int_equal(device_revoke("nobody", "x", NULL), -1); /* a write, behind the others */
}

/* The nth device in the list of account. */
static struct device
listed(const char *account, unsigned n, unsigned of)
{
	struct device *list, d;
	unsigned count;

	assert_int_equal(device_list(account, &list, &count, NULL), 0);
	assert_int_equal(count, of);
	d = list[n];
	free(list);
	return d;
}

static void
device_token_lets_its_device_in(void **state)
{
	struct login_out a = log_in("alice", NULL, "laptop", "192.0.2.1");
	char id[PARLEY_DEVICE_MAX + 1];
	int64_t logins;

	assert_int_equal(strlen(a.id), 8);
	assert_int_equal(device_check("alice", a.token, "192.0.2.1", id, &logins, NULL), 0);
	assert_string_equal(id, a.id);
	assert_int_equal(logins, 7);
	assert_int_equal(device_keep("alice", a.id, 8, NULL), 0);
	assert_int_equal(device_check("alice", a.token, "192.0.2.1", id, &logins, NULL), 0);
	assert_int_equal(logins, 8);
	assert_int_equal(device_keep("alice", "other", 8, NULL), -1);
}

static void
device_token_lets_nobody_else_in(void **state)
{
	struct login_out a = log_in("alice", NULL, NULL, "192.0.2.1");
	struct login_out b = log_in("bob", "laptop", NULL, "192.0.2.1");
	char mixed[DEVICE_TOKEN_SIZE + PARLEY_DEVICE_MAX];
	size_t last = strlen(a.token) - 1;

	assert_int_equal(check("bob", a.token), PARLEY_NOT_AUTHORIZED);
	assert_int_equal(check("nobody", a.token), PARLEY_NOT_AUTHORIZED);
	snprintf(mixed, sizeof mixed, "%s:%s", a.id, strchr(b.token, ':') + 1);
	assert_int_equal(check("alice", mixed), PARLEY_NOT_AUTHORIZED);
	a.token[last] = a.token[last] == 'A' ? 'B' : 'A';
	assert_int_equal(check("alice", a.token), PARLEY_NOT_AUTHORIZED);
}

static void
device_token_that_is_none_is_refused(void **state)
{
	static const char *const rows[] = { "", ":", "laptop", "laptop:", ":laptop", "laptop:short",
		"laptop:0123456789012345678901234567890123456789012x",
		"lap/top:0123456789012345678901234567890123456789012",
		"../bob/laptop:0123456789012345678901234567890123456789012",
		"laptop:012345678901234567890123456789012345678901 ",
		"a234567890123456789012345678901234:0123456789012345678901234567890123456789012" };

	log_in("alice", "laptop", NULL, "192.0.2.1");
	for (size_t i = 0; i < COUNT(rows); i++)
		if (check("alice", rows[i]) != PARLEY_NOT_AUTHORIZED)
			fail_msg("\"%s\"", rows[i]);
}

static void
t98_device_tokens_are_not_stored(void **state)
{
	struct login_out a = log_in("alice", "laptop", "my laptop", "192.0.2.1");
	struct parley_text text = { 0 };

	assert_int_equal(store_peek(&device_collection, "alice/laptop", &text, NULL), 0);
	assert_null(strstr(text.s, strchr(a.token, ':') + 1));
	assert_null(strstr(text.s, "192.0.2.1"));
	assert_null(strstr(text.s, "my laptop"));
	parley_text_fini(&text);
}

static void
device_keeps_its_id_and_changes_its_token(void **state)
{
	struct login_out first = log_in("alice", NULL, "laptop", "192.0.2.1"), second;
	struct device d;

	auth_advance(MINUTE);
	second = log_in("alice", first.id, NULL, "192.0.2.2");
	assert_string_equal(second.id, first.id);
	assert_int_equal(check("alice", first.token), PARLEY_NOT_AUTHORIZED);
	assert_int_equal(check("alice", second.token), PARLEY_OK);
	d = listed("alice", 0, 1);
	assert_string_equal(d.name, "laptop");
	assert_string_equal(d.peer, "192.0.2.2");
	assert_int_equal(d.seen - d.created, MINUTE);
}

static void
device_ids_of_others_are_no_matter(void **state)
{
	struct login_out a = log_in("alice", "laptop", NULL, "192.0.2.1");

	log_in("bob", "laptop", NULL, "192.0.2.1");
	assert_int_equal(check("alice", a.token), PARLEY_OK);
}

static void
device_ids_that_are_none_are_replaced(void **state)
{
	static const char *const rows[] = { "", "../x", "a b", "a:b", "ä",
		"a23456789012345678901234567890123" };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct login_out a = log_in("alice", rows[i], NULL, "192.0.2.1");

		assert_true(device_id_valid(a.id));
		assert_string_not_equal(a.id, rows[i]);
	}
}

static void
device_names_that_are_no_line_are_left_out(void **state)
{
	log_in("alice", "laptop", "two\nlines", "192.0.2.1");
	assert_string_equal(listed("alice", 0, 1).name, "");
	log_in("alice", "laptop", "Ä laptop", "192.0.2.1");
	assert_string_equal(listed("alice", 0, 1).name, "Ä laptop");
}

static void
device_list_shows_the_last_seen_first(void **state)
{
	log_in("alice", "one", NULL, "192.0.2.1");
	auth_advance(MINUTE);
	log_in("alice", "two", NULL, "2001:db8::1");
	log_in("bob", "three", NULL, "192.0.2.3");
	assert_string_equal(listed("alice", 0, 2).id, "two");
	assert_string_equal(listed("alice", 0, 2).peer, "2001:db8::1");
	assert_string_equal(listed("alice", 1, 2).id, "one");
	listed("carol", 0, 0);
}

static void
device_that_is_revoked_stays_out(void **state)
{
	struct login_out a = log_in("alice", "laptop", NULL, "192.0.2.1");
	struct parley_error err = { 0 };

	assert_int_equal(device_revoke("bob", "laptop", &err), -1);
	assert_int_equal(err.code, PARLEY_NOT_FOUND);
	assert_int_equal(device_revoke("alice", "../alice/laptop", &err), -1);
	assert_int_equal(err.code, PARLEY_NOT_FOUND);
	assert_int_equal(device_revoke("alice", "laptop", NULL), 0);
	assert_int_equal(check("alice", a.token), PARLEY_NOT_AUTHORIZED);
	assert_int_equal(device_revoke("alice", "laptop", NULL), -1);
	auth_advance(DAY);
	device_seen("alice", "laptop", "192.0.2.1"); /* its session, still ending */
	settle();
	listed("alice", 0, 0);
}

static void
device_others_can_be_revoked_at_once(void **state)
{
	struct login_out a[5];
	static const char *const ids[] = { "one", "two", "three", "four", "five" };

	for (size_t i = 0; i < 5; i++)
		a[i] = log_in("alice", ids[i], NULL, "192.0.2.1");
	assert_int_equal(device_revoke_others("alice", "three", NULL), 0);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(
		    check("alice", a[i].token), i == 2 ? PARLEY_OK : PARLEY_NOT_AUTHORIZED);
	assert_int_equal(device_revoke_others("alice", "", NULL), 0);
	listed("alice", 0, 0);
}

static void
device_number_is_bounded(void **state)
{
	struct device_config config = { .per_account = 3 };
	static const char *const ids[] = { "one", "two", "three", "four" };
	struct login_out a[4];

	device_reload(&config);
	for (size_t i = 0; i < 3; i++) {
		auth_advance(MINUTE);
		a[i] = log_in("alice", ids[i], NULL, "192.0.2.1");
	}
	auth_advance(20 * MINUTE);
	assert_int_equal(check("alice", a[0].token), PARLEY_OK); /* seen after "two" */
	settle();
	log_in("alice", "two", NULL, "192.0.2.1"); /* no new one, so nothing has to go */
	listed("alice", 0, 3);
	a[3] = log_in("alice", ids[3], NULL, "192.0.2.1");
	assert_int_equal(device_stats().dropped, 1);
	assert_int_equal(check("alice", a[2].token), PARLEY_NOT_AUTHORIZED);
	assert_int_equal(check("alice", a[0].token), PARLEY_OK);
	assert_int_equal(check("alice", a[3].token), PARLEY_OK);
	listed("alice", 0, 3);
}

static void
device_logins_end_when_they_are_not_used(void **state)
{
	struct login_out used = log_in("alice", "used", NULL, "192.0.2.1");
	struct login_out unused = log_in("alice", "unused", NULL, "192.0.2.1");

	for (int i = 0; i < 9; i++) {
		auth_advance(10 * DAY - MINUTE);
		assert_int_equal(check("alice", used.token), PARLEY_OK);
		settle();
	}
	auth_advance(DAY);
	assert_int_equal(check("alice", used.token), PARLEY_OK);
	assert_int_equal(check("alice", unused.token), PARLEY_NOT_AUTHORIZED);
	assert_string_equal(listed("alice", 0, 1).id, "used");
}

static void
device_seen_is_written_every_ten_minutes(void **state)
{
	int64_t start = parley_now();

	log_in("alice", "laptop", NULL, "192.0.2.1");
	auth_advance(9 * MINUTE);
	device_seen("alice", "laptop", "192.0.2.2");
	settle();
	assert_int_equal(listed("alice", 0, 1).seen, start);
	auth_advance(MINUTE);
	device_seen("alice", "laptop", "192.0.2.3");
	device_seen("alice", "laptop", "192.0.2.4");
	settle();
	assert_int_equal(listed("alice", 0, 1).seen, start + 10 * MINUTE);
	assert_string_equal(listed("alice", 0, 1).peer, "192.0.2.3");
}

/* After a restart nothing is remembered of what was written; the document says it. */
static void
device_check_writes_nothing_soon_after_a_restart(void **state)
{
	struct device_config config = { 0 };
	struct login_out a = log_in("alice", "laptop", NULL, "192.0.2.9");
	int64_t start = parley_now();

	device_start(&config);
	auth_advance(MINUTE);
	assert_int_equal(check("alice", a.token), PARLEY_OK);
	settle();
	assert_int_equal(listed("alice", 0, 1).seen, start);
	assert_string_equal(listed("alice", 0, 1).peer, "192.0.2.9");
}

static void
device_networks_are_known(void **state)
{
	log_in("alice", "one", NULL, "192.0.2.1");
	log_in("alice", "two", NULL, "2001:db8:0:1::1");
	assert_true(device_knows_network("alice", "192.0.2.1"));
	assert_true(device_knows_network("alice", "2001:db8:0:1::2"));
	assert_false(device_knows_network("alice", "2001:db8:0:2::1"));
	assert_false(device_knows_network("alice", "192.0.2.2"));
	assert_false(device_knows_network("bob", "192.0.2.1"));
}

/* ---- cookies and tickets ------------------------------------------------------------------- */

static void
device_cookies_hold_account_and_token(void **state)
{
	struct login_out a = log_in("alice", NULL, NULL, "192.0.2.1");
	char cookie[DEVICE_COOKIE_SIZE], account[PARLEY_NAME_MAX + 1], token[DEVICE_TOKEN_SIZE];

	device_cookie("alice", a.token, cookie);
	assert_int_equal(device_cookie_parse(cookie, account, token), 0);
	assert_string_equal(account, "alice");
	assert_string_equal(token, a.token);
}

static void
device_cookies_that_are_none_are_refused(void **state)
{
	static const char *const rows[] = { "", ":", "alice", "alice:", "alice:laptop",
		"alice:laptop:x", ":laptop:0123456789012345678901234567890123456789012",
		"al:laptop:0123456789012345678901234567890123456789012",
		"alice/x:laptop:0123456789012345678901234567890123456789012",
		"sixteen_letters_:laptop:0123456789012345678901234567890123456789012",
		"alice:laptop:0123456789012345678901234567890123456789012:",
		"alice:laptop:0123456789012345678901234567890123456789012;" };
	char account[PARLEY_NAME_MAX + 1], token[DEVICE_TOKEN_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++)
		if (device_cookie_parse(rows[i], account, token) == 0)
			fail_msg("\"%s\"", rows[i]);
}

static void
t58_ticket_is_good_once(void **state)
{
	char ticket[TICKET_SIZE], other[TICKET_SIZE], cookie[DEVICE_COOKIE_SIZE];

	ticket_make("alice:laptop:secret", ticket);
	ticket_make("bob:laptop:secret", other);
	assert_int_equal(strlen(ticket), 22);
	assert_int_equal(ticket_take(ticket, cookie), 0);
	assert_string_equal(cookie, "alice:laptop:secret");
	assert_int_equal(ticket_take(ticket, cookie), -1);
	assert_int_equal(ticket_take(other, cookie), 0);
	assert_string_equal(cookie, "bob:laptop:secret");
}

static void
t58_ticket_is_good_for_a_minute(void **state)
{
	char ticket[TICKET_SIZE], cookie[DEVICE_COOKIE_SIZE];

	ticket_make("alice:laptop:secret", ticket);
	auth_advance(59999);
	ticket_make("bob:laptop:secret", ticket);
	auth_advance(59999);
	assert_int_equal(ticket_take(ticket, cookie), 0);
	ticket_make("alice:laptop:secret", ticket);
	auth_advance(60000);
	assert_int_equal(ticket_take(ticket, cookie), -1);
}

static void
ticket_that_was_never_made_is_refused(void **state)
{
	static const char *const rows[] = { "", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB",
		"AAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "!!!!!!!!!!!!!!!!!!!!!!" };
	char ticket[TICKET_SIZE], cookie[DEVICE_COOKIE_SIZE];

	ticket_make("alice:laptop:secret", ticket);
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(ticket_take(rows[i], cookie), -1);
}

static void
ticket_number_is_bounded(void **state)
{
	char first[TICKET_SIZE], second[TICKET_SIZE], ticket[TICKET_SIZE];
	char cookie[DEVICE_COOKIE_SIZE];

	ticket_make("first", first);
	ticket_make("second", second);
	for (int i = 0; i < 1023; i++)
		ticket_make("more", ticket);
	assert_int_equal(ticket_stats().dropped, 1);
	assert_int_equal(ticket_stats().waiting, ticket_stats().waiting_max);
	assert_int_equal(ticket_take(first, cookie), -1);
	assert_int_equal(ticket_take(second, cookie), 0);
	assert_int_equal(ticket_take(ticket, cookie), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, auth_up, auth_down)

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		CASE(device_token_lets_its_device_in),
		CASE(device_token_lets_nobody_else_in),
		CASE(device_token_that_is_none_is_refused),
		CASE(t98_device_tokens_are_not_stored),
		CASE(device_keeps_its_id_and_changes_its_token),
		CASE(device_ids_of_others_are_no_matter),
		CASE(device_ids_that_are_none_are_replaced),
		CASE(device_names_that_are_no_line_are_left_out),
		CASE(device_list_shows_the_last_seen_first),
		CASE(device_that_is_revoked_stays_out),
		CASE(device_others_can_be_revoked_at_once),
		CASE(device_number_is_bounded),
		CASE(device_logins_end_when_they_are_not_used),
		CASE(device_seen_is_written_every_ten_minutes),
		CASE(device_check_writes_nothing_soon_after_a_restart),
		CASE(device_networks_are_known),
		CASE(device_cookies_hold_account_and_token),
		CASE(device_cookies_that_are_none_are_refused),
		CASE(t58_ticket_is_good_once),
		CASE(t58_ticket_is_good_for_a_minute),
		CASE(ticket_that_was_never_made_is_refused),
		CASE(ticket_number_is_bounded),
	};

	return cmocka_run_group_tests_name("device", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
