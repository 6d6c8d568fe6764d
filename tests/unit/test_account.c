/* SPDX-License-Identifier: MIT */
/* test_account.c - making, reading and changing accounts; what is stored of them. */
#include "support/test.h"

#include "auth/account_cache.h"
#include "auth/account_check.h"
#include "auth/account_internal.h"

#include "auth/password.h"
#include "seal/seal.h"
#include "store/store.h"
#include "support/auth.h"
#include "support/fiber.h"

#include <parley/await.h>
#include <parley/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct parley_account last_created, last_changed;
static unsigned created, changed, ended;
static char last_ended[120];
static int64_t logins; /* what account_get_keys said last */

static void
on_created(const struct parley_account *a)
{
	last_created = *a;
	created++;
	test_yield(); /* hooks may await */
}

static void
on_changed(const struct parley_account *a)
{
	last_changed = *a;
	changed++;
}

static void
on_ended(const char *account, const char *keep, const char *reason)
{
	snprintf(last_ended, sizeof last_ended, "%s but %s: %s", account, keep, reason);
	ended++;
	assert_int_equal(changed, 0); /* others are told afterwards */
}

static int
set_up(void **state)
{
	static const struct account_hooks hooks = { on_created, on_changed, on_ended };

	auth_up(state);
	created = changed = ended = 0;
	account_set_hooks(&hooks);
	return 0;
}

static int
create(const char *name, const char *password, struct parley_error *err)
{
	struct parley_account_new what = { .name = name, .password = password };

	return parley_account_create(&what, err);
}

/* ---- making -------------------------------------------------------------------------------- */

static void
account_is_there_when_it_was_made(void **state)
{
	struct parley_account_new what = { .name = "Alice",
		.password = "correct horse",
		.display = "Alice Ä.",
		.email = "Alice@Mail.example",
		.terms = "1",
		.peer = "192.0.2.1" };
	struct parley_account a;

	assert_int_equal(parley_account_create(&what, NULL), 0);
	assert_int_equal(parley_account_get("ALICE", &a, NULL), 0);
	assert_string_equal(a.name, "alice");
	assert_string_equal(a.shown, "Alice");
	assert_string_equal(a.display, "Alice Ä.");
	assert_false(a.admin);
	assert_false(a.disabled);
	assert_false(a.hidden);
	assert_int_equal(a.created, parley_now());
	assert_int_equal(created, 1);
	assert_memory_equal(&last_created, &a, sizeof a);
}

static void
account_keys_fit_the_password_alone(void **state)
{
	struct parley_account a;
	struct scram_keys keys;

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(account_get_keys("Alice", &a, &keys, &logins, NULL), 0);
	assert_int_equal(password_check("correct horse", "", &keys, NULL), 0);
	assert_int_equal(password_check("correct horsf", "", &keys, NULL), -1);
}

/* What a thief of the database would see. */
static void
t98_account_document_shows_no_secrets(void **state)
{
	struct parley_text text = { 0 };
	struct parley_account_new what = { .name = "alice",
		.password = "correct horse",
		.email = "alice@mail.example",
		.terms = "7" };
	struct parley_doc *doc;

	assert_int_equal(parley_account_create(&what, NULL), 0);
	assert_int_equal(store_peek(&account_collection, "alice", &text, NULL), 0);
	assert_null(strstr(text.s, "horse"));
	assert_null(strstr(text.s, "alice@"));
	assert_null(strstr(text.s, "verifier"));
	parley_text_fini(&text);
	doc = parley_store_get(&account_collection, "alice", NULL);
	assert_non_null(doc);
	assert_string_equal(
	    parley_json_string(parley_json_get(doc->root, "email")), "alice@mail.example");
	assert_string_equal(parley_json_string(parley_json_get(doc->root, "terms")), "7");
	assert_int_equal(
	    parley_json_int(parley_json_get(doc->root, "terms_time"), 0), parley_now());
	parley_doc_free(&doc);
}

/* As builds before the store kept secrets have written it. */
static void
account_keys_of_before_are_read(void **state)
{
	struct parley_text json = { 0 }, sealed = { 0 };
	uint8_t packed[SCRAM_KEYS_SIZE];
	struct parley_account a;
	struct scram_keys keys;

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(account_get_keys("alice", &a, &keys, &logins, NULL), 0);
	scram_keys_pack(&keys, packed);
	seal_put("accounts/alice", packed, sizeof packed, &sealed);
	parley_text_printf(&json, "{\"verifier\":\"%s\"}", sealed.s);
	assert_int_equal(parley_store_patch(&account_collection, "alice", &json, NULL, NULL), 0);
	memset(&keys, 0, sizeof keys);
	assert_int_equal(account_get_keys("alice", &a, &keys, &logins, NULL), 0);
	assert_int_equal(password_check("correct horse", "", &keys, NULL), 0);
	parley_text_fini(&json);
	parley_text_fini(&sealed);
}

static void
account_keys_that_are_none_let_nobody_in(void **state)
{
	static const char *const verifiers[] = { "", "AQ", "x y" };
	struct parley_text json = { 0 };
	struct parley_error err = { 0 };
	struct parley_account a;
	struct scram_keys keys;

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	for (size_t i = 0; i < sizeof verifiers / sizeof *verifiers; i++) {
		parley_text_clear(&json);
		parley_text_printf(&json, "{\"verifier\":\"%s\"}", verifiers[i]);
		assert_int_equal(
		    parley_store_patch(&account_collection, "alice", &json, NULL, NULL), 0);
		assert_int_equal(account_get_keys("alice", &a, &keys, &logins, &err), -1);
		assert_int_equal(err.code, PARLEY_INTERNAL);
	}
	parley_text_fini(&json);
}

static void
account_refuses_bad_input(void **state)
{
	static char long_password[300], long_display[300], long_email[300];
	static const struct {
		struct parley_account_new what;
		const char *where;
	} rows[] = {
		{ { .name = "al", .password = "correct horse" }, "/params/name" },
		{ { .name = "sixteen_letters_", .password = "correct horse" }, "/params/name" },
		{ { .name = "ali ce", .password = "correct horse" }, "/params/name" },
		{ { .name = "älice", .password = "correct horse" }, "/params/name" },
		{ { .name = "alice/x", .password = "correct horse" }, "/params/name" },
		{ { .name = "", .password = "correct horse" }, "/params/name" },
		{ { .name = "alice", .password = "seven77" }, "/params/password" },
		{ { .name = "alice", .password = "" }, "/params/password" },
		{ { .name = "alice", .password = long_password }, "/params/password" },
		{ { .name = "alice", .password = "12345678", .display = long_display },
		    "/params/display" },
		{ { .name = "alice", .password = "12345678", .display = "a\nb" },
		    "/params/display" },
		{ { .name = "alice", .password = "12345678", .display = "a\x1b[2J" },
		    "/params/display" },
		{ { .name = "alice", .password = "12345678", .display = "a\xc2\x85" },
		    "/params/display" },
		{ { .name = "alice",
		      .password = "12345678",
		      .display = "\xe2\x80\xae"
				 "ecila" },
		    "/params/display" },
		{ { .name = "alice", .password = "12345678", .display = "a\xff" },
		    "/params/display" },
		{ { .name = "alice", .password = "12345678", .email = "" }, "/params/email" },
		{ { .name = "alice", .password = "12345678", .email = "alice" }, "/params/email" },
		{ { .name = "alice", .password = "12345678", .email = "@b.example" },
		    "/params/email" },
		{ { .name = "alice", .password = "12345678", .email = "alice@" }, "/params/email" },
		{ { .name = "alice", .password = "12345678", .email = "a@b@c.example" },
		    "/params/email" },
		{ { .name = "alice", .password = "12345678", .email = "a@b.example,c@d.example" },
		    "/params/email" },
		{ { .name = "alice", .password = "12345678", .email = "a@b.example\r\nBcc: c@d" },
		    "/params/email" },
		{ { .name = "alice", .password = "12345678", .email = long_email },
		    "/params/email" },
		{ { .name = "alice",
		      .password = "12345678",
		      .terms = "123456789012345678901234567890123" },
		    "/params/terms" },
	};

	memset(long_password, 'x', 257);
	memset(long_display, 'x', 65);
	memset(long_email, 'x', 299);
	long_email[5] = '@';
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parley_error err = { 0 };

		if (parley_account_create(&rows[i].what, &err) == 0)
			fail_msg("accepted row %zu", i);
		assert_int_equal(err.code, PARLEY_BAD_REQUEST);
		assert_string_equal(err.where, rows[i].where);
	}
	assert_int_equal(created, 0);
}

static void
account_takes_what_is_just_right(void **state)
{
	char password[257] = "", display[64 * 2 + 1] = "";
	struct parley_account_new what = {
		.name = "a_fifteen_chars", .password = password, .display = display
	};

	memset(password, 'x', 256);
	for (int i = 0; i < 64; i++)
		strcat(display, "ä");
	assert_int_equal(parley_account_create(&what, NULL), 0);
	assert_int_equal(create("abc", "12345678", NULL), 0);
}

static void
account_names_are_unique_without_regard_to_case(void **state)
{
	struct parley_error err = { 0 };

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(create("ALICE", "another one", &err), -1);
	assert_int_equal(err.code, PARLEY_CONFLICT);
	assert_string_equal(err.where, "/params/name");
	assert_int_equal(created, 1);
}

static void
account_names_can_be_reserved(void **state)
{
	static const char *const more[] = { "boss", NULL };
	struct account_config config = { .reserved = more };
	struct parley_account_new what = { .name = "Admin", .password = "correct horse" };
	struct parley_error err = { 0 };

	assert_true(parley_name_reserved("Administrator"));
	assert_false(parley_name_reserved("administrato"));
	assert_false(parley_name_reserved("boss"));
	account_reload(&config);
	assert_true(parley_name_reserved("BOSS"));
	assert_true(parley_name_reserved("root"));
	assert_int_equal(create("Admin", "correct horse", &err), -1);
	assert_int_equal(err.code, PARLEY_CONFLICT);
	assert_int_equal(account_create(&what, true, NULL), 0); /* the operator may */
	config.reserved = NULL;
	account_reload(&config);
	assert_false(parley_name_reserved("boss"));
}

struct signup {
	const char *password;
	int rc;
	struct parley_error err;
	struct parley_event done;
};

static void
sign_up(void *arg)
{
	struct signup *s = arg;

	s->rc = create("Carol", s->password, &s->err);
	parley_event_set(&s->done, 0);
}

/* Many at once with one name give one account, and the winner's password. */
static void
account_race_has_one_winner(void **state)
{
	static struct signup signups[20];
	static char passwords[20][16];
	unsigned winner = 0, winners = 0;
	uint64_t tries = password_stats().tries;
	struct parley_account a;
	struct scram_keys keys;

	for (unsigned i = 0; i < COUNT(signups); i++) {
		snprintf(passwords[i], sizeof passwords[i], "password-%u", i);
		signups[i] = (struct signup){ .password = passwords[i] };
		test_spawn(sign_up, &signups[i]);
	}
	for (unsigned i = 0; i < COUNT(signups); i++) {
		parley_await_event(&signups[i].done, -1);
		if (signups[i].rc == 0) {
			winner = i;
			winners++;
		} else {
			assert_int_equal(signups[i].err.code, PARLEY_CONFLICT);
		}
	}
	assert_int_equal(winners, 1);
	assert_int_equal(created, 1);
	assert_int_equal(password_stats().tries - tries, 1);
	assert_int_equal(account_get_keys("carol", &a, &keys, &logins, NULL), 0);
	assert_int_equal(password_check(passwords[winner], "", &keys, NULL), 0);
}

/* ---- reading and changing ------------------------------------------------------------------ */

static int
update(const char *name, const char *display, int hidden, struct parley_error *err)
{
	struct parley_account_change change = PARLEY_ACCOUNT_AS_IT_IS;

	change.display = display;
	change.hidden = hidden;
	return parley_account_update(name, &change, err);
}

static void
account_that_is_not_there_is_not_found(void **state)
{
	static const char *const names[] = { "nobody", "", "a", "a/b", "with space",
		"much_too_long_a_name_for_anybody" };
	struct parley_account a;
	struct scram_keys keys;

	for (size_t i = 0; i < COUNT(names); i++) {
		struct parley_error err = { 0 };

		assert_int_equal(parley_account_get(names[i], &a, &err), -1);
		assert_int_equal(err.code, PARLEY_NOT_FOUND);
		assert_int_equal(account_get_keys(names[i], &a, &keys, &logins, NULL), -1);
		err = (struct parley_error){ 0 };
		assert_int_equal(update(names[i], "x", -1, &err), -1);
		assert_int_equal(err.code, PARLEY_NOT_FOUND);
		assert_int_equal(account_set_password(names[i], "12345678", "", "", NULL), -1);
	}
}

static void
account_changes_are_seen_at_once(void **state)
{
	struct parley_account a;

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	assert_int_equal(update("ALICE", "The Alice", -1, NULL), 0);
	assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	assert_string_equal(a.display, "The Alice");
	assert_false(a.hidden);
	assert_int_equal(update("alice", NULL, 1, NULL), 0);
	assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	assert_string_equal(a.display, "The Alice");
	assert_true(a.hidden);
	assert_int_equal(changed, 2);
	assert_memory_equal(&last_changed, &a, sizeof a);
	assert_int_equal(update("alice", "", 0, NULL), 0);
	assert_string_equal(last_changed.display, "");
	assert_false(last_changed.hidden);
}

static void
account_privacy_changes_in_parts(void **state)
{
	struct parley_account_change change = PARLEY_ACCOUNT_AS_IT_IS;
	struct parley_account a;

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	assert_int_equal(a.privacy.groups, PARLEY_WHO_CONTACTS);
	assert_true(a.privacy.receipts && a.privacy.typing);
	change.receipts = 0;
	assert_int_equal(parley_account_update("alice", &change, NULL), 0);
	change = PARLEY_ACCOUNT_AS_IT_IS;
	change.groups = PARLEY_WHO_NOBODY;
	assert_int_equal(parley_account_update("alice", &change, NULL), 0);
	assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	assert_int_equal(a.privacy.groups, PARLEY_WHO_NOBODY);
	assert_false(a.privacy.receipts);
	assert_true(a.privacy.typing);
}

static void
account_update_refuses_bad_display_names(void **state)
{
	struct parley_error err = { 0 };

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(update("alice", "a\nb", -1, &err), -1);
	assert_int_equal(err.code, PARLEY_BAD_REQUEST);
	assert_int_equal(changed, 0);
}

static void
account_rights_can_be_set(void **state)
{
	struct parley_account a;

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(account_set_rights("alice", 1, -1, NULL), 0);
	assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	assert_true(a.admin && !a.disabled);
	assert_int_equal(changed, 1);
	assert_true(last_changed.admin);
	assert_int_equal(ended, 0);
	changed = 0;
	assert_int_equal(account_set_rights("alice", 0, 1, NULL), 0);
	assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	assert_true(!a.admin && a.disabled);
	assert_int_equal(ended, 1);
	assert_string_equal(last_ended, "alice but : this account was disabled");
	assert_int_equal(account_set_rights("nobody", 0, 1, NULL), -1);
	assert_int_equal(ended, 1);
}

static void
account_password_can_be_changed(void **state)
{
	struct parley_account a;
	struct scram_keys keys;
	int64_t before, now;

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(account_get_now("Alice", &a, &before, NULL), 0);
	assert_int_equal(before, 0);
	assert_int_equal(account_set_password("Alice", "short", "", "", NULL), -1);
	assert_int_equal(
	    account_set_password("Alice", "battery staple", "192.0.2.1", "laptop", NULL), 0);
	assert_int_equal(account_get_keys("alice", &a, &keys, &logins, NULL), 0);
	assert_int_equal(password_check("battery staple", "", &keys, NULL), 0);
	assert_int_equal(password_check("correct horse", "", &keys, NULL), -1);
	assert_int_equal(changed, 0);
	assert_int_equal(ended, 1);
	assert_string_equal(last_ended, "alice but laptop: the password was changed: log in again");
	assert_int_equal(account_get_now("alice", &a, &now, NULL), 0);
	assert_true(now != before && now == logins);
}

static void
account_list_goes_by_name(void **state)
{
	static const char *const names[] = { "dave", "alice", "carol", "bob" };
	struct parley_account list[3];
	unsigned count;
	bool more;

	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(create(names[i], "correct horse", NULL), 0);
	assert_int_equal(account_list("", 3, list, &count, &more, NULL), 0);
	assert_int_equal(count, 3);
	assert_true(more);
	assert_string_equal(list[0].name, "alice");
	assert_string_equal(list[2].name, "carol");
	assert_int_equal(account_list("carol", 3, list, &count, &more, NULL), 0);
	assert_int_equal(count, 1);
	assert_false(more);
	assert_string_equal(list[0].name, "dave");
}

static void
account_list_takes_the_most_that_operators_may_ask_for(void **state)
{
	struct parley_account *list = parley_alloc(PARLEY_FIND_LIMIT * sizeof *list);
	unsigned count;
	bool more;

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(account_list("", PARLEY_FIND_LIMIT, list, &count, &more, NULL), 0);
	assert_int_equal(count, 1);
	assert_false(more);
	free(list);
}

static void
account_is_written_for_its_owner(void **state)
{
	struct parley_account a = {
		.name = "alice", .shown = "Alice", .display = "A \"x\"", .admin = true
	};
	struct parley_text out = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &out);
	account_write_own(&w, NULL, &a);
	assert_string_equal(out.s,
	    "{\"name\":\"alice\",\"shown\":\"Alice\",\"display\":\"A \\\"x\\\"\","
	    "\"admin\":true,\"hidden\":false,"
	    "\"privacy\":{\"groups\":\"everyone\",\"receipts\":false,\"typing\":false}}");
	parley_text_fini(&out);
}

/* ---- the cache ----------------------------------------------------------------------------- */

static void
account_cache_spares_the_store(void **state)
{
	struct parley_account a;
	uint64_t misses;

	assert_int_equal(create("alice", "correct horse", NULL), 0);
	assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	misses = account_stats().misses;
	for (int i = 0; i < 10; i++)
		assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	assert_int_equal(account_stats().misses, misses);
	account_forget("alice");
	assert_int_equal(parley_account_get("alice", &a, NULL), 0);
	assert_int_equal(account_stats().misses, misses + 1);
}

static void
t14_account_cache_is_bounded_and_keeps_what_is_used(void **state)
{
	struct parley_account a = { 0 };

	account_cache_stop();
	account_cache_start(10);
	for (int i = 0; i < 100; i++) {
		snprintf(a.name, sizeof a.name, "user%d", i);
		account_cache_put(&a, 0, account_cache_age());
		assert_true(account_cache_get("user0", &a, &logins));
	}
	assert_int_equal(account_cache_count(), 10);
	assert_true(account_cache_get("user99", &a, &logins));
	assert_false(account_cache_get("user50", &a, &logins));
}

static void
account_cache_refuses_what_may_be_old(void **state)
{
	struct parley_account a = { .name = "alice" };
	uint64_t age = account_cache_age();

	account_cache_drop("alice");
	account_cache_put(&a, 0, age);
	assert_false(account_cache_get("alice", &a, &logins));
	account_cache_put(&a, 0, account_cache_age());
	assert_true(account_cache_get("alice", &a, &logins));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, auth_down)

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		CASE(account_is_there_when_it_was_made),
		CASE(account_keys_fit_the_password_alone),
		CASE(t98_account_document_shows_no_secrets),
		CASE(account_keys_of_before_are_read),
		CASE(account_keys_that_are_none_let_nobody_in),
		CASE(account_refuses_bad_input),
		CASE(account_takes_what_is_just_right),
		CASE(account_names_are_unique_without_regard_to_case),
		CASE(account_names_can_be_reserved),
		CASE(account_race_has_one_winner),
		CASE(account_that_is_not_there_is_not_found),
		CASE(account_changes_are_seen_at_once),
		CASE(account_privacy_changes_in_parts),
		CASE(account_update_refuses_bad_display_names),
		CASE(account_rights_can_be_set),
		CASE(account_password_can_be_changed),
		CASE(account_list_goes_by_name),
		CASE(account_list_takes_the_most_that_operators_may_ask_for),
		CASE(account_is_written_for_its_owner),
		CASE(account_cache_spares_the_store),
		CASE(t14_account_cache_is_bounded_and_keeps_what_is_used),
		CASE(account_cache_refuses_what_may_be_old),
	};

	return cmocka_run_group_tests_name("account", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
