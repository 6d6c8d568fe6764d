/* SPDX-License-Identifier: MIT */
/* test_request.c - who may ask what, and how a question is answered. */
#include "support/test.h"

#include "auth/account_internal.h"
#include "core/request.h"
#include "core/router.h"
#include "support/auth.h"
#include "support/fiber.h"
#include "support/files.h"
#include "support/people.h"
#include "json/schema.h"

#include <stdio.h>
#include <string.h>

static struct schema_set *schemas;
static int state_of_module;
static const struct owner owner = { .module = "test", .self = &state_of_module };

/* What the handler was given. */
static struct {
	void *self;
	char account[32], peer[64], word[32];
	const char *module;
	parley_session_id session;
	unsigned roles, calls;
	bool params;
} asked;

static struct parley_event gate;

static int
load_schemas(void **state)
{
	static char folder[4096];
	const char *folders[2] = { folder, NULL };
	struct parley_error err = { 0 };

	snprintf(folder, sizeof folder, "%s", source_path("schemas"));
	schemas = schema_set_load(folders, &err);
	if (schemas == NULL)
		fail_msg("%s", err.text);
	return 0;
}

static int
free_schemas(void **state)
{
	schema_set_free(&schemas);
	return 0;
}

static int
up(void **state)
{
	memset(&asked, 0, sizeof asked);
	gate = (struct parley_event){ 0 };
	return people_up(state);
}

/* ---- handlers ----------------------------------------------------------------------------- */

static void
note(void *self, struct parley_request *r)
{
	asked.self = self;
	snprintf(asked.account, sizeof asked.account, "%s", parley_request_account(r));
	snprintf(asked.peer, sizeof asked.peer, "%s", parley_request_peer(r));
	snprintf(asked.word, sizeof asked.word, "%s",
	    parley_json_string_or(parley_json_get(parley_request_params(r), "word"), ""));
	asked.session = parley_request_session(r);
	asked.roles = parley_request_roles(r);
	asked.params = parley_request_params(r) != NULL;
	asked.module = task_context()->module;
	asked.calls++;
}

static void
answer_nothing(void *self, struct parley_request *r)
{
	note(self, r);
}

static void
answer_twice(void *self, struct parley_request *r)
{
	parley_put_int(parley_answer(r), "one", 1);
	test_yield();
	parley_put_int(parley_answer(r), "two", 2);
}

static void
answer_then_refuse(void *self, struct parley_request *r)
{
	parley_put_array(parley_answer(r), "half");
	test_yield();
	parley_refuse(r, PARLEY_NOT_FOUND, "/params/name", "there is no %s", "bob");
}

static void
refuse_then_answer(void *self, struct parley_request *r)
{
	const struct parley_error busy = { .code = PARLEY_BUSY, .retry_after = 7, .text = "full" };

	parley_refuse_error(r, &busy);
	parley_put_int(parley_answer(r), "one", 1);
}

static void
refuse_without_a_code(void *self, struct parley_request *r)
{
	const struct parley_error none = { 0 };

	parley_refuse_error(r, &none);
}

static void
leave_open(void *self, struct parley_request *r)
{
	parley_put_array(parley_answer(r), "people");
}

static void
close_too_much(void *self, struct parley_request *r)
{
	parley_put_end(parley_answer(r));
}

static void
wait_at_the_gate(void *self, struct parley_request *r)
{
	note(self, r);
	parley_await_event(&gate, -1);
	parley_put_string(parley_answer(r), "account", parley_request_account(r));
}

/* Under the name of a method whose schema exists. */
static void
add(const char *name, unsigned roles, void (*handle)(void *self, struct parley_request *r))
{
	static struct parley_method rows[8];
	static unsigned used;
	struct parley_error err = { 0 };
	struct parley_method *row = &rows[used++ % 8];

	*row = (struct parley_method){ name, roles, handle };
	if (request_add_method(row, &owner, schemas, &err) != 0)
		fail_msg("%s", err.text);
}

/* What an operator is answered who asks register.check, which is the handler. */
static const char *
ask(void (*handle)(void *self, struct parley_request *r))
{
	conn_id conn = core_connect(true);

	add("register.check", PARLEY_ROLE_OPERATOR, handle);
	core_receive(conn, "{\"type\":\"request\",\"id\":\"q\",\"method\":\"register.check\","
			   "\"params\":{\"word\":\"hello\"}}");
	core_settle();
	return core_last(conn);
}

/* ---- who may ask -------------------------------------------------------------------------- */

#define METHODS_MAX 200
static struct parley_method rows[METHODS_MAX];
static char row_names[METHODS_MAX][64];
static unsigned row_count;

/* Every method there is, with one combination of roles after the other. */
static void
add_row(const char *name, void *context)
{
	struct parley_method *row = &rows[row_count];
	struct parley_error err = { 0 };

	assert_true(row_count < METHODS_MAX);
	row->name = strcpy(row_names[row_count], name);
	row->roles = 1 + row_count++ % 15;
	row->handle = answer_nothing;
	if (request_add_method(row, &owner, schemas, &err) != 0)
		fail_msg("%s", err.text);
}

static void
try_all(conn_id conn, unsigned roles, const char *denial)
{
	char frame[256];

	for (unsigned i = 0; i < row_count; i++) {
		unsigned before = asked.calls;

		snprintf(frame, sizeof frame,
		    "{\"type\":\"request\",\"id\":\"q\",\"method\":\"%s\"}", rows[i].name);
		core_receive(conn, frame);
		core_settle();
		if ((rows[i].roles & roles) != 0) {
			assert_int_equal(asked.calls, before + 1);
			assert_int_equal(asked.roles, roles);
			assert_string_equal(
			    core_last(conn), "{\"type\":\"result\",\"id\":\"q\",\"result\":{}}");
			continue;
		}
		assert_int_equal(asked.calls, before);
		if (strstr(core_last(conn), denial) == NULL)
			fail_msg("roles %u ask a method for %u: %s", roles, rows[i].roles,
			    core_last(conn));
	}
}

static void
a_method_is_for_its_roles_and_nobody_else(void **state)
{
	row_count = 0;
	source_each_json("schemas/methods", add_row, NULL);
	assert_true(row_count >= 15);

	try_all(core_connect(false), PARLEY_ROLE_GUEST, "\"code\":\"not-authorized\"");
	try_all(people_login("alice", "phone"), PARLEY_ROLE_USER, "\"code\":\"not-allowed\"");
	try_all(people_login_admin("root", "phone"), PARLEY_ROLE_USER | PARLEY_ROLE_ADMIN,
	    "\"code\":\"not-allowed\"");
	try_all(core_connect(true), PARLEY_ROLE_OPERATOR, "\"code\":\"not-allowed\"");
}

static void
a_method_that_is_not_there_is_not_implemented(void **state)
{
	conn_id guest = core_connect(false), alice = people_login("alice", "phone");

	core_receive(guest, "{\"type\":\"request\",\"id\":\"q\",\"method\":\"no.such\"}");
	core_receive(alice, "{\"type\":\"request\",\"id\":\"q\",\"method\":\"no.such\"}");
	core_settle();

	assert_string_equal(core_last(alice), core_last(guest));
	assert_string_equal(core_last(guest),
	    "{\"type\":\"error\",\"id\":\"q\",\"code\":\"not-implemented\","
	    "\"text\":\"there is no method \\\"no.such\\\"\",\"where\":\"/method\"}");
}

static void
a_name_is_taken_once_and_needs_its_schema(void **state)
{
	static const struct parley_method check = { "register.check", 1, answer_nothing };
	static const struct parley_method none = { "no.such", 1, answer_nothing };
	static const struct owner other = { .module = "other" };
	struct parley_error err = { 0 };

	assert_int_equal(request_add_method(&check, &owner, schemas, &err), 0);
	assert_int_equal(request_add_method(&check, &other, schemas, &err), -1);
	assert_string_equal(err.text, "module other: the method \"register.check\" exists already");
	assert_int_equal(request_add_method(&none, &other, schemas, &err), -1);
	assert_string_equal(err.text, "module other: schemas/methods/no.such.json is missing");
	request_remove_methods("other");
	request_remove_methods("test");
	assert_int_equal(request_add_method(&check, &other, schemas, &err), 0);
}

/* Its connection is lost, the account's rights change, and it comes back. */
static conn_id
resumed_with(conn_id before, bool admin)
{
	conn_id after = core_connect(false);
	char frame[512];

	core_lose(before);
	core_settle();
	assert_int_equal(account_set_rights("alice", admin, -1, NULL), 0);
	snprintf(frame, sizeof frame,
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"alice\","
	    "\"password\":\"correct horse battery\",\"device\":{\"id\":\"phone\"},"
	    "\"resume\":{\"id\":\"%s\",\"count\":%u}}",
	    people_ready(before, "resume"), (unsigned)people_session("alice", "phone")->sent);
	core_receive(after, frame);
	core_settle();
	assert_non_null(strstr(core_frame(after, 0), "\"resumed\":true"));
	return after;
}

static void
assert_may(conn_id conn, bool may)
{
	core_receive(conn, "{\"type\":\"request\",\"id\":\"1\",\"method\":\"register.check\"}");
	core_settle();
	if ((strstr(core_last(conn), "\"code\":\"not-allowed\"") == NULL) != may)
		fail_msg("%s", core_last(conn));
}

static void
a_resumed_session_has_the_rights_of_now(void **state)
{
	conn_id conn = people_login("alice", "phone");

	add("register.check", PARLEY_ROLE_ADMIN, answer_nothing);
	assert_may(conn, false);
	conn = resumed_with(conn, true);
	assert_may(conn, true);
	conn = resumed_with(conn, false);
	assert_may(conn, false);
}

static void
rights_change_for_those_who_are_logged_in(void **state)
{
	conn_id phone = people_login("alice", "phone"), laptop = people_login("alice", "laptop");
	conn_id bob = people_login("bob", "phone");

	add("register.check", PARLEY_ROLE_ADMIN, answer_nothing);
	session_set_roles("alice", PARLEY_ROLE_USER | PARLEY_ROLE_ADMIN);
	assert_may(phone, true);
	assert_may(laptop, true);
	assert_may(bob, false);
	session_set_roles("alice", PARLEY_ROLE_USER);
	assert_may(phone, false);
	session_set_roles("nobody", PARLEY_ROLE_USER);
}

/* ---- what the handler knows --------------------------------------------------------------- */

static void
a_handler_knows_who_asks(void **state)
{
	conn_id alice = people_login("alice", "phone");

	add("account.get", PARLEY_ROLES_USERS, answer_nothing);
	core_receive(alice, "{\"type\":\"request\",\"id\":\"q\",\"method\":\"account.get\"}");
	core_settle();

	assert_ptr_equal(asked.self, &state_of_module);
	assert_string_equal(asked.module, "test");
	assert_int_equal(asked.session, people_session("alice", "phone")->id);
	assert_int_equal(asked.roles, PARLEY_ROLE_USER);
	assert_false(asked.params);
}

static void
wait_and_check(void *self, struct parley_request *r)
{
	struct parley_writer *w;

	parley_await_event(&gate, -1);
	w = parley_answer(r);
	parley_put_string(w, "account", parley_request_account(r));
	parley_put_string(w, "peer", parley_request_peer(r));
	parley_put_json(w, "params", parley_request_params(r));
}

static void
what_it_knows_outlives_the_client(void **state)
{
	conn_id conn = people_login("alice", "phone"), again;
	char frame[512];

	add("account.get", PARLEY_ROLES_USERS, wait_and_check);
	core_receive(conn, "{\"type\":\"request\",\"id\":\"q\",\"method\":\"account.get\","
			   "\"params\":{\"word\":\"hello\"}}");
	test_yield();
	core_lose(conn);
	parley_event_set(&gate, 0);
	core_settle();
	assert_int_equal(core_sent(conn), PEOPLE_LOGIN_FRAMES);

	snprintf(frame, sizeof frame,
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"alice\",\"password\":\"correct "
	    "horse battery\",\"device\":{\"id\":\"phone\"},\"resume\":{\"id\":\"%s\",\"count\":0}}",
	    people_ready(conn, "resume"));
	again = core_connect(false);
	core_receive(again, frame);
	core_settle();
	assert_non_null(strstr(core_frame(again, 0), "\"resumed\":true"));
	assert_string_equal(core_frame(again, 1),
	    "{\"type\":\"result\",\"id\":\"q\",\"result\":{\"account\":\"alice\","
	    "\"peer\":\"192.0.2.1\",\"params\":{\"word\":\"hello\"}}}");
}

static void
a_guest_that_has_gone_is_not_answered(void **state)
{
	conn_id guest = core_connect(false);

	add("register.check", PARLEY_ROLE_GUEST, wait_at_the_gate);
	core_receive(guest, "{\"type\":\"request\",\"id\":\"q\",\"method\":\"register.check\"}");
	test_yield();
	core_lose(guest);
	parley_event_set(&gate, 0);
	core_settle();

	assert_int_equal(asked.calls, 1);
	assert_string_equal(asked.peer, "192.0.2.1");
	assert_int_equal(core_sent(guest), 0);
	assert_int_equal(router_stats().streams, 0);
}

static void
a_connection_whose_session_was_taken_over_asks_nothing_more(void **state)
{
	conn_id before = people_login("alice", "phone");

	add("account.get", PARLEY_ROLES_USERS, answer_nothing);
	people_login("alice", "phone");
	core_receive(before, "{\"type\":\"request\",\"id\":\"q\",\"method\":\"account.get\"}");
	core_settle();

	assert_int_equal(asked.calls, 0);
	assert_non_null(strstr(core_last(before), "\"fatal\":true"));
}

/* ---- answers ------------------------------------------------------------------------------ */

static void
who_does_not_answer_has_succeeded(void **state)
{
	assert_string_equal(
	    ask(answer_nothing), "{\"type\":\"result\",\"id\":\"q\",\"result\":{}}");
	assert_true(asked.params);
	assert_string_equal(asked.word, "hello");
	assert_string_equal(asked.account, "");
	assert_int_equal(asked.session, 0);
	assert_string_equal(asked.peer, "unix");
}

static void
an_answer_can_be_given_in_parts(void **state)
{
	assert_string_equal(ask(answer_twice),
	    "{\"type\":\"result\",\"id\":\"q\",\"result\":{\"one\":1,\"two\":2}}");
}

static void
a_refusal_drops_what_was_answered(void **state)
{
	assert_string_equal(ask(answer_then_refuse),
	    "{\"type\":\"error\",\"id\":\"q\",\"code\":\"not-found\","
	    "\"text\":\"there is no bob\",\"where\":\"/params/name\"}");
}

static void
a_refusal_stays(void **state)
{
	assert_string_equal(ask(refuse_then_answer),
	    "{\"type\":\"error\",\"id\":\"q\",\"code\":\"busy\",\"text\":\"full\","
	    "\"retry_after\":7}");
}

static void
a_failure_without_a_code_is_ours(void **state)
{
	assert_non_null(strstr(ask(refuse_without_a_code), "\"code\":\"internal\""));
}

static void
half_an_answer_is_never_sent(void **state)
{
	assert_string_equal(ask(leave_open),
	    "{\"type\":\"error\",\"id\":\"q\",\"code\":\"internal\","
	    "\"text\":\"this method does not work\"}");
	request_remove_methods("test");
	assert_non_null(strstr(ask(close_too_much), "\"code\":\"internal\""));
}

static int
tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, people_down)
	const struct CMUnitTest all[] = {
		TEST(a_method_is_for_its_roles_and_nobody_else),
		TEST(a_method_that_is_not_there_is_not_implemented),
		TEST(a_name_is_taken_once_and_needs_its_schema),
		TEST(a_resumed_session_has_the_rights_of_now),
		TEST(rights_change_for_those_who_are_logged_in),
		TEST(a_handler_knows_who_asks),
		TEST(what_it_knows_outlives_the_client),
		TEST(a_guest_that_has_gone_is_not_answered),
		TEST(a_connection_whose_session_was_taken_over_asks_nothing_more),
		TEST(who_does_not_answer_has_succeeded),
		TEST(an_answer_can_be_given_in_parts),
		TEST(a_refusal_drops_what_was_answered),
		TEST(a_refusal_stays),
		TEST(a_failure_without_a_code_is_ours),
		TEST(half_an_answer_is_never_sent),
	};

	return cmocka_run_group_tests_name("request", all, load_schemas, free_schemas);
}

int
main(void)
{
	auth_clocks();
	return test_on_fiber(tests);
}
