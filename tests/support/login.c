/* SPDX-License-Identifier: MIT */
/* login.c - logs in as a client would, frame by frame. */
#include "support/test.h"

#include "support/login.h"

#include "base/base64.h"
#include "support/auth.h"
#include "support/fiber.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>

const uint8_t login_exporter[32] = { 5 };
const struct scram_client login_alice = {
	.gs2 = "n,,", .bare = "n=Alice,r=abc", .password = "correct horse"
};
const struct scram_client login_bound = { .gs2 = "p=tls-exporter,,",
	.bare = "n=Alice,r=abc",
	.password = "correct horse",
	.binding = login_exporter,
	.binding_len = 32 };

int
login_up(void **state)
{
	static struct login_test f;

	auth_up(NULL);
	f = (struct login_test){ .channel = { .domain = "chat.example",
				     .peer = LOGIN_HOME,
				     .secure = true,
				     .bindings = { .exporter = login_exporter,
					 .exporter_len = 32,
					 .plus_offered = true } } };
	auth_account("Alice", "correct horse");
	*state = &f;
	return 0;
}

void
try_forget(struct login_test *f)
{
	login_free(&f->login);
	login_result_fini(&f->result);
	arena_fini(&f->arena);
}

int
login_down(void **state)
{
	try_forget(*state);
	test_yield();
	return auth_down(state);
}

const struct parley_json *
try_parse(struct login_test *f, const char *json)
{
	const struct parley_json *root =
	    json_parse_copy(&f->arena, json, strlen(json), &json_limits_guest, NULL);

	assert_non_null(root);
	return root;
}

enum login_outcome
try_frame(struct login_test *f, const char *json)
{
	login_result_fini(&f->result);
	return login_begin(&f->login, &f->channel, try_parse(f, json), &f->result);
}

enum login_outcome
try_plain(struct login_test *f, const char *user, const char *password)
{
	char json[600];

	snprintf(json, sizeof json,
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"%s\",\"password\":\"%s\"}", user,
	    password);
	return try_frame(f, json);
}

enum login_outcome
try_token(struct login_test *f, const char *user, const char *text)
{
	char json[300];

	snprintf(json, sizeof json,
	    "{\"type\":\"auth\",\"mechanism\":\"TOKEN\",\"user\":\"%s\",\"token\":\"%s\"}", user,
	    text);
	return try_frame(f, json);
}

enum login_outcome
try_scram_begin(struct login_test *f, const char *mechanism, const char *message)
{
	struct parley_text json = { 0 };
	enum login_outcome outcome;

	parley_text_printf(&json, "{\"type\":\"auth\",\"mechanism\":\"%s\",\"data\":\"", mechanism);
	base64_encode(&json, message, strlen(message), false);
	parley_text_puts(&json, "\",\"device\":{\"id\":\"phone\",\"name\":\"My phone\"}}");
	outcome = try_frame(f, json.s);
	parley_text_fini(&json);
	return outcome;
}

enum login_outcome
try_response(struct login_test *f, const char *message)
{
	struct parley_text json = { 0 };
	enum login_outcome outcome;

	parley_text_puts(&json, "{\"type\":\"response\",\"data\":\"");
	base64_encode(&json, message, strlen(message), false);
	parley_text_puts(&json, "\"}");
	login_result_fini(&f->result);
	outcome = login_response(&f->login, &f->channel, try_parse(f, json.s), &f->result);
	parley_text_fini(&json);
	return outcome;
}

/* The whole of SCRAM as client c. */
enum login_outcome
try_scram(struct login_test *f, const char *mechanism, const struct scram_client *c)
{
	struct parley_text message = { 0 }, challenge = { 0 }, answer = { 0 }, expected = { 0 };
	enum login_outcome outcome;

	parley_text_printf(&message, "%s%s", c->gs2, c->bare);
	outcome = try_scram_begin(f, mechanism, message.s);
	if (outcome == LOGIN_CHALLENGE) {
		assert_int_equal(
		    base64_decode(&challenge, f->result.data.s, f->result.data.len, false), 0);
		scram_client_answer(c, challenge.s, &answer, &expected);
		outcome = try_response(f, answer.s);
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

void
assert_failed(const struct login_test *f, enum login_outcome outcome, enum parley_code code)
{
	assert_int_equal(outcome, LOGIN_FAILED);
	if (f->result.err.code != code)
		fail_msg("%s: %s", parley_code_name(f->result.err.code), f->result.err.text);
	assert_null(f->login);
	assert_int_equal(f->result.data.len, 0);
	assert_string_equal(f->result.token, "");
	assert_string_equal(f->result.ticket, "");
}

void
assert_entered(const struct login_test *f, enum login_outcome outcome)
{
	if (outcome != LOGIN_OK)
		fail_msg("%s: %s", parley_code_name(f->result.err.code), f->result.err.text);
	assert_string_equal(f->result.account.name, "alice");
	assert_string_equal(f->result.account.shown, "Alice");
	assert_true(f->result.device[0] != '\0');
	assert_int_equal(f->result.err.code, PARLEY_OK);
	assert_null(f->login);
}
