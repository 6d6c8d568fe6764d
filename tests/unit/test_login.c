/* SPDX-License-Identifier: MIT */
/* test_login.c - every mechanism from its first frame to the token, and every way not to get in. */
#include "support/test.h"

#include "auth/account_internal.h"
#include "auth/login.h"
#include "auth/password.h"
#include "auth/throttle.h"
#include "base/base64.h"
#include "support/auth.h"
#include "support/fiber.h"
#include "support/scram_client.h"
#include "json/json.h"

#include <parley/await.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define HOME     "192.0.2.1"
#define STRANGER "198.51.100.1"

static const uint8_t exporter[32] = { 5 };

struct fixture {
	struct login_channel channel;
	struct login *login;
	struct login_result result;
	struct arena arena;
};

static int
set_up(void **state)
{
	static struct fixture f;

	auth_up(NULL);
	f = (struct fixture){
		.channel = { .domain = "chat.example",
		    .peer = HOME,
		    .secure = true,
		    .bindings = { .exporter = exporter, .exporter_len = 32, .plus_offered = true } }
	};
	auth_account("Alice", "correct horse");
	*state = &f;
	return 0;
}

static void
forget(struct fixture *f)
{
	login_free(&f->login);
	login_result_fini(&f->result);
	arena_fini(&f->arena);
}

static int
tear_down(void **state)
{
	forget(*state);
	test_yield();
	return auth_down(state);
}

static const struct parley_json *
parse(struct fixture *f, const char *json)
{
	const struct parley_json *root =
	    json_parse_copy(&f->arena, json, strlen(json), &json_limits_guest, NULL);

	assert_non_null(root);
	return root;
}

static enum login_outcome
begin(struct fixture *f, const char *json)
{
	login_result_fini(&f->result);
	return login_begin(&f->login, &f->channel, parse(f, json), &f->result);
}

static enum login_outcome
plain(struct fixture *f, const char *user, const char *password)
{
	char json[600];

	snprintf(json, sizeof json,
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"%s\",\"password\":\"%s\"}", user,
	    password);
	return begin(f, json);
}

static enum login_outcome
token(struct fixture *f, const char *user, const char *text)
{
	char json[300];

	snprintf(json, sizeof json,
	    "{\"type\":\"auth\",\"mechanism\":\"TOKEN\",\"user\":\"%s\",\"token\":\"%s\"}", user,
	    text);
	return begin(f, json);
}

static enum login_outcome
scram_begin(struct fixture *f, const char *mechanism, const char *message)
{
	struct parley_text json = { 0 };
	enum login_outcome outcome;

	parley_text_printf(&json, "{\"type\":\"auth\",\"mechanism\":\"%s\",\"data\":\"", mechanism);
	base64_encode(&json, message, strlen(message), false);
	parley_text_puts(&json, "\",\"device\":{\"id\":\"phone\",\"name\":\"My phone\"}}");
	outcome = begin(f, json.s);
	parley_text_fini(&json);
	return outcome;
}

static enum login_outcome
respond(struct fixture *f, const char *message)
{
	struct parley_text json = { 0 };
	enum login_outcome outcome;

	parley_text_puts(&json, "{\"type\":\"response\",\"data\":\"");
	base64_encode(&json, message, strlen(message), false);
	parley_text_puts(&json, "\"}");
	login_result_fini(&f->result);
	outcome = login_response(&f->login, &f->channel, parse(f, json.s), &f->result);
	parley_text_fini(&json);
	return outcome;
}

/* The whole of SCRAM as client c. */
static enum login_outcome
scram(struct fixture *f, const char *mechanism, const struct scram_client *c)
{
	struct parley_text message = { 0 }, challenge = { 0 }, answer = { 0 }, expected = { 0 };
	enum login_outcome outcome;

	parley_text_printf(&message, "%s%s", c->gs2, c->bare);
	outcome = scram_begin(f, mechanism, message.s);
	if (outcome == LOGIN_CHALLENGE) {
		assert_int_equal(
		    base64_decode(&challenge, f->result.data.s, f->result.data.len, false), 0);
		scram_client_answer(c, challenge.s, &answer, &expected);
		outcome = respond(f, answer.s);
	}
	if (outcome == LOGIN_OK) {
		parley_text_clear(&challenge);
		base64_encode(&challenge, expected.s, expected.len, false);
		assert_string_equal(f->result.data.s, challenge.s);
	}
	parley_text_fini(&message);
	parley_text_fini(&challenge);
	parley_text_fini(&answer);
	parley_text_fini(&expected);
	return outcome;
}

static void
assert_failed(const struct fixture *f, enum login_outcome outcome, enum parley_code code)
{
	assert_int_equal(outcome, LOGIN_FAILED);
	if (f->result.err.code != code)
		fail_msg("%s: %s", parley_code_name(f->result.err.code), f->result.err.text);
	assert_null(f->login);
	assert_int_equal(f->result.data.len, 0);
	assert_string_equal(f->result.token, "");
	assert_string_equal(f->result.ticket, "");
}

static void
assert_entered(const struct fixture *f, enum login_outcome outcome)
{
	if (outcome != LOGIN_OK)
		fail_msg("%s: %s", parley_code_name(f->result.err.code), f->result.err.text);
	assert_string_equal(f->result.account.name, "alice");
	assert_string_equal(f->result.account.shown, "Alice");
	assert_true(f->result.device[0] != '\0');
	assert_int_equal(f->result.err.code, PARLEY_OK);
	assert_null(f->login);
}

/* Fills alice's bucket with guesses of strangers. */
static void
attack(struct fixture *f, const char *user)
{
	const char *peer = f->channel.peer;
	char stranger[32];

	f->channel.peer = stranger;
	for (int i = 0; i < 10; i++) {
		snprintf(stranger, sizeof stranger, "198.51.100.%d", i + 2);
		assert_failed(f, plain(f, user, "a wrong guess"), PARLEY_NOT_AUTHORIZED);
	}
	f->channel.peer = peer;
}

/* ---- PLAIN --------------------------------------------------------------------------------- */

static void
plain_lets_the_right_password_in(void **state)
{
	struct fixture *f = *state;

	assert_entered(f, plain(f, "ALICE", "correct horse"));
	assert_true(f->result.token[0] != '\0');
	assert_string_equal(f->result.ticket, "");
	assert_int_equal(f->result.data.len, 0);
}

static void
plain_refuses_everything_else_alike(void **state)
{
	static const char *const rows[][2] = { { "alice", "correct horsf" }, { "alice", "" },
		{ "nobody", "correct horse" }, { "alice@chat.example", "correct horse" },
		{ "a", "correct horse" }, { "", "correct horse" }, { "alice/x", "correct horse" } };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t tries = password_stats().tries;

		assert_failed(f, plain(f, rows[i][0], rows[i][1]), PARLEY_NOT_AUTHORIZED);
		assert_string_equal(f->result.err.text, "wrong user name or password");
		assert_true(f->result.failure);
		assert_int_equal(password_stats().tries - tries, 1); /* the same work for all */
	}
}

static void
plain_needs_an_encrypted_connection(void **state)
{
	struct fixture *f = *state;
	uint64_t tries = password_stats().tries;

	f->channel.secure = false;
	assert_failed(f, plain(f, "alice", "correct horse"), PARLEY_NOT_ALLOWED);
	assert_int_equal(password_stats().tries, tries);
	assert_false(f->result.failure);
}

static void
plain_refuses_malformed_frames(void **state)
{
	static const struct {
		const char *json, *where;
	} rows[] = {
		{ "{\"mechanism\":\"PLAIN\"}", "/user" },
		{ "{\"mechanism\":\"PLAIN\",\"user\":\"alice\"}", "/password" },
		{ "{\"mechanism\":\"PLAIN\",\"user\":1,\"password\":\"correct horse\"}", "/user" },
		{ "{\"mechanism\":\"PLAIN\",\"user\":\"alice\",\"password\":null}", "/password" },
		{ "{\"mechanism\":\"PLAIN\",\"password\":\"correct horse\",\"user\":\""
		  "1234567890123456789012345678901234567890123456789012345678901234\"}",
		    "/user" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_failed(f, begin(f, rows[i].json), PARLEY_BAD_REQUEST);
		assert_string_equal(f->result.err.where, rows[i].where);
	}
}

/* T12: a megabyte of password would keep scrypt busy before it is refused. */
static void
plain_refuses_endless_passwords_unread(void **state)
{
	struct fixture *f = *state;
	uint64_t tries = password_stats().tries;
	char password[300] = "";

	memset(password, 'x', 257);
	assert_failed(f, plain(f, "alice", password), PARLEY_BAD_REQUEST);
	assert_int_equal(password_stats().tries, tries);
}

static void
plain_gives_devices_their_names(void **state)
{
	struct fixture *f = *state;
	struct parley_doc *doc;

	assert_entered(f,
	    begin(f, "{\"mechanism\":\"PLAIN\",\"user\":\"alice\",\"password\":\"correct horse\","
		     "\"device\":{\"id\":\"laptop\",\"name\":\"My laptop\"}}"));
	assert_string_equal(f->result.device, "laptop");
	doc = parley_store_get(&device_collection, "alice/laptop", NULL);
	assert_non_null(doc);
	assert_string_equal(parley_json_string(parley_json_get(doc->root, "name")), "My laptop");
	parley_doc_free(&doc);
}

static void
plain_tells_only_the_owner_that_an_account_is_disabled(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(account_set_rights("alice", -1, 1, NULL), 0);
	assert_failed(f, plain(f, "alice", "a wrong guess"), PARLEY_NOT_AUTHORIZED);
	assert_failed(f, plain(f, "alice", "correct horse"), PARLEY_NOT_ALLOWED);
	assert_false(f->result.failure);
}

/* ---- SCRAM --------------------------------------------------------------------------------- */

static const struct scram_client alice = { "n,,", "n=Alice,r=abc", "correct horse", NULL, 0, NULL };
static const struct scram_client bound = { "p=tls-exporter,,", "n=Alice,r=abc", "correct horse",
	exporter, 32, NULL };

static void
scram_lets_the_right_password_in(void **state)
{
	struct fixture *f = *state;
	struct scram_client c = alice;

	assert_entered(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c));
	assert_string_equal(f->result.device, "phone");
	assert_true(f->result.token[0] != '\0');
	assert_entered(f, scram(f, "SCRAM-SCRYPT-SHA-256-PLUS", &bound));
	c.gs2 = "n,a=alice@chat.example,";
	assert_entered(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c));
	f->channel.secure = false;
	assert_entered(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c));
}

static void
scram_refuses_a_wrong_password(void **state)
{
	struct fixture *f = *state;
	struct scram_client c = alice;

	c.password = "correct horsf";
	assert_failed(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_NOT_AUTHORIZED);
	assert_true(f->result.failure);
}

/* T24: two probes of an unknown name give one salt, and it goes on as for a known one. */
static void
scram_tells_nobody_who_exists(void **state)
{
	struct fixture *f = *state;
	struct parley_text first = { 0 }, second = { 0 };
	struct scram_client c = { "n,,", "n=nobody,r=abc", "correct horse", NULL, 0, NULL };

	assert_int_equal(
	    scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=nobody,r=abc"), LOGIN_CHALLENGE);
	assert_int_equal(base64_decode(&first, f->result.data.s, f->result.data.len, false), 0);
	assert_int_equal(
	    scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=NOBODY,r=abc"), LOGIN_CHALLENGE);
	assert_int_equal(base64_decode(&second, f->result.data.s, f->result.data.len, false), 0);
	assert_string_equal(strstr(first.s, ",s="), strstr(second.s, ",s="));
	assert_non_null(strstr(first.s, ",i=4,b=8,p=1"));
	assert_failed(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_NOT_AUTHORIZED);
	assert_string_equal(f->result.err.text, "wrong user name or password");
	parley_text_fini(&first);
	parley_text_fini(&second);
}

/* T23 */
static void
scram_refuses_what_a_man_in_the_middle_makes_of_it(void **state)
{
	static const uint8_t other[32] = { 6 };
	struct fixture *f = *state;
	struct scram_client c = bound;

	c.binding = other;
	assert_failed(f, scram(f, "SCRAM-SCRYPT-SHA-256-PLUS", &c), PARLEY_NOT_AUTHORIZED);
	c = alice;
	c.gs2 = "y,,";
	assert_failed(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_NOT_AUTHORIZED);
	assert_failed(f, scram(f, "SCRAM-SCRYPT-SHA-256", &bound), PARLEY_BAD_REQUEST);
	assert_failed(f, scram(f, "SCRAM-SCRYPT-SHA-256-PLUS", &alice), PARLEY_BAD_REQUEST);
	f->channel.bindings = (struct scram_bindings){ 0 };
	assert_failed(f, scram(f, "SCRAM-SCRYPT-SHA-256-PLUS", &bound), PARLEY_BAD_REQUEST);
	c.gs2 = "y,,";
	assert_entered(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c));
}

/* T25: the right password of mallory, to act as alice. */
static void
scram_refuses_to_act_for_another(void **state)
{
	struct fixture *f = *state;
	struct scram_client c = { "n,a=alice@chat.example,", "n=mallory,r=abc", "mallory's own",
		NULL, 0, NULL };

	auth_account("mallory", "mallory's own");
	assert_failed(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_NOT_AUTHORIZED);
	assert_true(f->result.failure);
}

static void
scram_refuses_data_that_is_no_base64(void **state)
{
	static const char *const rows[] = { "{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\"}",
		"{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\",\"data\":\"\"}",
		"{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\",\"data\":\"=\"}",
		"{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\",\"data\":\"!!!!\"}",
		"{\"mechanism\":\"SCRAM-SCRYPT-SHA-256\",\"data\":12}" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_failed(f, begin(f, rows[i]), PARLEY_BAD_REQUEST);
		assert_true(f->result.failure);
	}
	assert_int_equal(
	    scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=alice,r=abc"), LOGIN_CHALLENGE);
	login_result_fini(&f->result);
	assert_failed(f,
	    login_response(&f->login, &f->channel, parse(f, "{\"data\":\"*\"}"), &f->result),
	    PARLEY_BAD_REQUEST);
}

/* T26: a response out of turn; and a second try with one challenge. */
static void
scram_refuses_responses_out_of_turn(void **state)
{
	struct fixture *f = *state;

	assert_failed(f, respond(f, "c=biws,r=abc,p=AAAA"), PARLEY_BAD_REQUEST);
	assert_true(f->result.failure);
	assert_int_equal(
	    scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=alice,r=abc"), LOGIN_CHALLENGE);
	assert_non_null(f->login);
	assert_failed(f, respond(f, "c=biws,r=abc,p=AAAA"), PARLEY_BAD_REQUEST);
	assert_failed(f, respond(f, "c=biws,r=abc,p=AAAA"), PARLEY_BAD_REQUEST);
}

static void
scram_ends_when_another_login_begins(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
	    scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=alice,r=abc"), LOGIN_CHALLENGE);
	assert_failed(f, plain(f, "alice", "a wrong guess"), PARLEY_NOT_AUTHORIZED);
	assert_failed(f, respond(f, "c=biws,r=abc,p=AAAA"), PARLEY_BAD_REQUEST);
}

static void
scram_notices_that_the_account_was_disabled_meanwhile(void **state)
{
	struct fixture *f = *state;
	struct parley_text challenge = { 0 }, answer = { 0 }, expected = { 0 };

	assert_int_equal(
	    scram_begin(f, "SCRAM-SCRYPT-SHA-256", "n,,n=Alice,r=abc"), LOGIN_CHALLENGE);
	base64_decode(&challenge, f->result.data.s, f->result.data.len, false);
	scram_client_answer(&alice, challenge.s, &answer, &expected);
	assert_int_equal(account_set_rights("alice", -1, 1, NULL), 0);
	assert_failed(f, respond(f, answer.s), PARLEY_NOT_ALLOWED);
	parley_text_fini(&challenge);
	parley_text_fini(&answer);
	parley_text_fini(&expected);
}

/* ---- TOKEN, COOKIE, tickets ---------------------------------------------------------------- */

static void
token_logs_its_device_in_again(void **state)
{
	struct fixture *f = *state;
	char text[DEVICE_TOKEN_SIZE], device[PARLEY_DEVICE_MAX + 1];

	assert_entered(f, plain(f, "alice", "correct horse"));
	strcpy(text, f->result.token);
	strcpy(device, f->result.device);
	assert_entered(f, token(f, "Alice", text));
	assert_string_equal(f->result.device, device);
	assert_string_equal(f->result.token, "");
	assert_failed(f, token(f, "bob", text), PARLEY_NOT_AUTHORIZED);
	assert_failed(f, token(f, "al", text), PARLEY_BAD_REQUEST);
	assert_failed(f, token(f, "alice", "x"), PARLEY_NOT_AUTHORIZED);
	assert_true(f->result.failure);
	assert_failed(
	    f, begin(f, "{\"mechanism\":\"TOKEN\",\"user\":\"alice\"}"), PARLEY_BAD_REQUEST);
	assert_int_equal(account_set_rights("alice", -1, 1, NULL), 0);
	assert_failed(f, token(f, "alice", text), PARLEY_NOT_ALLOWED);
}

static void
ticket_becomes_a_cookie_that_logs_in(void **state)
{
	struct fixture *f = *state;
	char cookie[DEVICE_COOKIE_SIZE], device[PARLEY_DEVICE_MAX + 1];

	f->channel.browser = true;
	assert_entered(f, begin(f, "{\"mechanism\":\"PLAIN\",\"user\":\"alice\","
				   "\"password\":\"correct horse\",\"cookie\":true}"));
	assert_string_equal(f->result.token, "");
	strcpy(device, f->result.device);
	assert_int_equal(ticket_take(f->result.ticket, cookie), 0);

	f->channel.cookie = cookie;
	assert_entered(f, begin(f, "{\"mechanism\":\"COOKIE\"}"));
	assert_string_equal(f->result.device, device);
	assert_string_equal(f->result.token, "");
	assert_string_equal(f->result.ticket, "");
	assert_int_equal(device_revoke("alice", device, NULL), 0);
	assert_failed(f, begin(f, "{\"mechanism\":\"COOKIE\"}"), PARLEY_NOT_AUTHORIZED);
}

static void
cookie_is_for_browsers_that_have_one(void **state)
{
	struct fixture *f = *state;

	assert_failed(f, begin(f, "{\"mechanism\":\"COOKIE\"}"), PARLEY_NOT_IMPLEMENTED);
	f->channel.browser = true;
	assert_failed(f, begin(f, "{\"mechanism\":\"COOKIE\"}"), PARLEY_NOT_AUTHORIZED);
	f->channel.cookie = "rubbish";
	assert_failed(f, begin(f, "{\"mechanism\":\"COOKIE\"}"), PARLEY_NOT_AUTHORIZED);
}

static void
mechanisms_that_do_not_exist_are_refused(void **state)
{
	static const char *const rows[] = { "{}", "{\"mechanism\":1}", "{\"mechanism\":\"\"}",
		"{\"mechanism\":\"plain\"}", "{\"mechanism\":\"EXTERNAL\"}",
		"{\"mechanism\":\"SCRAM-SHA-1\"}" };
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_failed(f, begin(f, rows[i]), PARLEY_NOT_IMPLEMENTED);
}

/* ---- throttling ---------------------------------------------------------------------------- */

static void
attack_keeps_strangers_out(void **state)
{
	struct fixture *f = *state;
	struct scram_client c = alice;

	attack(f, "alice");
	f->channel.peer = STRANGER;
	assert_failed(f, plain(f, "alice", "correct horse"), PARLEY_LIMIT);
	assert_int_equal(f->result.err.retry_after, 90);
	assert_true(f->result.failure);
	assert_failed(f, plain(f, "Alice", "correct horse"), PARLEY_LIMIT);
	assert_failed(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c), PARLEY_LIMIT);
	auth_advance(90000);
	assert_entered(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c));
}

static void
attack_looks_the_same_for_those_who_do_not_exist(void **state)
{
	struct fixture *f = *state;

	attack(f, "nobody");
	f->channel.peer = STRANGER;
	assert_failed(f, plain(f, "nobody", "correct horse"), PARLEY_LIMIT);
	assert_int_equal(f->result.err.retry_after, 90);
}

static void
attack_does_not_lock_the_owner_out(void **state)
{
	struct fixture *f = *state;
	struct scram_client c = alice;

	assert_entered(f, plain(f, "alice", "correct horse"));
	attack(f, "alice");
	assert_entered(f, plain(f, "alice", "correct horse"));
	assert_entered(f, scram(f, "SCRAM-SCRYPT-SHA-256", &c));
}

/* After a restart only the store knows from where the owner came. */
static void
attack_after_a_restart_does_not_lock_the_owner_out(void **state)
{
	struct fixture *f = *state;
	struct throttle_config config = { 0 };

	assert_entered(f, plain(f, "alice", "correct horse"));
	throttle_start(&config);
	attack(f, "alice");
	assert_entered(f, plain(f, "alice", "correct horse"));
	f->channel.peer = STRANGER;
	assert_failed(f, plain(f, "alice", "correct horse"), PARLEY_LIMIT);
}

static void
attack_does_not_lock_known_devices_out(void **state)
{
	struct fixture *f = *state;
	char text[DEVICE_TOKEN_SIZE];

	assert_entered(f, plain(f, "alice", "correct horse"));
	strcpy(text, f->result.token);
	attack(f, "alice");
	f->channel.peer = STRANGER;
	assert_failed(f, plain(f, "alice", "correct horse"), PARLEY_LIMIT);
	assert_entered(f, token(f, "alice", text));
	assert_entered(f, plain(f, "alice", "correct horse")); /* now this network is known */
}

static void
guessing_of_tokens_is_counted_by_network(void **state)
{
	struct fixture *f = *state;
	char text[DEVICE_TOKEN_SIZE];

	assert_entered(f, plain(f, "alice", "correct horse"));
	strcpy(text, f->result.token);
	for (int i = 0; i < 50; i++)
		assert_failed(f, token(f, "alice", "x"), PARLEY_NOT_AUTHORIZED);
	assert_failed(f, plain(f, "alice", "correct horse"), PARLEY_LIMIT);
	assert_entered(f, token(f, "alice", text));
}

static void
long_try(void *arg)
{
	struct scram_keys keys;

	password_make("x", "", &keys, NULL);
	parley_event_set(arg, 0);
}

/* Failures of the node are nobody's guesses. */
static void
busy_node_counts_no_failures(void **state)
{
	struct fixture *f = *state;
	struct parley_event done = { 0 };

	password_stop();
	assert_int_equal(password_start(1, 0, 16), 0);
	test_spawn(long_try, &done);
	while (password_stats().running == 0)
		test_yield();
	f->channel.peer = STRANGER;
	for (int i = 0; i < 12; i++) {
		assert_failed(f, plain(f, "alice", "correct horse"), PARLEY_BUSY);
		assert_true(f->result.err.retry_after > 0);
		assert_false(f->result.failure);
	}
	parley_await_event(&done, -1);
	attack(f, "alice"); /* has all its guesses yet */
}

/* 500 logins at once: each is answered, and only so many were guesses. */
struct attempt {
	struct fixture f;
	char peer[32];
	enum login_outcome outcome;
	struct parley_event done;
};

static void
attempt(void *arg)
{
	struct attempt *a = arg;

	a->outcome = plain(&a->f, "alice", "a wrong guess");
	parley_event_set(&a->done, 0);
}

static void
guesses_at_once_are_counted_before_they_fail(void **state)
{
	struct fixture *f = *state;
	static struct attempt a[100];
	unsigned wrong = 0, limited = 0;

	for (unsigned i = 0; i < COUNT(a); i++) {
		a[i] = (struct attempt){ .f.channel = f->channel };
		snprintf(a[i].peer, sizeof a[i].peer, "203.0.113.%u", i);
		a[i].f.channel.peer = a[i].peer;
		test_spawn(attempt, &a[i]);
	}
	for (unsigned i = 0; i < COUNT(a); i++) {
		parley_await_event(&a[i].done, -1);
		wrong += a[i].f.result.err.code == PARLEY_NOT_AUTHORIZED;
		limited += a[i].f.result.err.code == PARLEY_LIMIT;
		forget(&a[i].f);
	}
	assert_int_equal(wrong, 10);
	assert_int_equal(limited, COUNT(a) - 10);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		CASE(plain_lets_the_right_password_in),
		CASE(plain_refuses_everything_else_alike),
		CASE(plain_needs_an_encrypted_connection),
		CASE(plain_refuses_malformed_frames),
		CASE(plain_refuses_endless_passwords_unread),
		CASE(plain_gives_devices_their_names),
		CASE(plain_tells_only_the_owner_that_an_account_is_disabled),
		CASE(scram_lets_the_right_password_in),
		CASE(scram_refuses_a_wrong_password),
		CASE(scram_tells_nobody_who_exists),
		CASE(scram_refuses_what_a_man_in_the_middle_makes_of_it),
		CASE(scram_refuses_to_act_for_another),
		CASE(scram_refuses_data_that_is_no_base64),
		CASE(scram_refuses_responses_out_of_turn),
		CASE(scram_ends_when_another_login_begins),
		CASE(scram_notices_that_the_account_was_disabled_meanwhile),
		CASE(token_logs_its_device_in_again),
		CASE(ticket_becomes_a_cookie_that_logs_in),
		CASE(cookie_is_for_browsers_that_have_one),
		CASE(mechanisms_that_do_not_exist_are_refused),
		CASE(attack_keeps_strangers_out),
		CASE(attack_looks_the_same_for_those_who_do_not_exist),
		CASE(attack_does_not_lock_the_owner_out),
		CASE(attack_after_a_restart_does_not_lock_the_owner_out),
		CASE(attack_does_not_lock_known_devices_out),
		CASE(guessing_of_tokens_is_counted_by_network),
		CASE(busy_node_counts_no_failures),
		CASE(guesses_at_once_are_counted_before_they_fail),
	};

	return cmocka_run_group_tests_name("login", all, NULL, NULL);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
