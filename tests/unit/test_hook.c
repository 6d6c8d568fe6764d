/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "core/hook.h"
#include "runtime/task.h"
#include "support/death.h"
#include "support/fiber.h"
#include "support/files.h"

#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 32

/* Who was called, in order: the handler's self. */
static struct {
	const char *self[CALLS_MAX];
	const char *module[CALLS_MAX]; /* as log lines would name it */
	unsigned count;
} calls;

static struct owner owners[CALLS_MAX];
static char selves[CALLS_MAX + 1][32];
static unsigned owners_used;
static const struct owner alpha = { .module = "alpha" };

static void
note(void *self)
{
	calls.self[calls.count] = self;
	calls.module[calls.count++] = task_context()->module;
}

static int
up(void **state)
{
	memset(&calls, 0, sizeof calls);
	owners_used = 0;
	return 0;
}

static int
down(void **state)
{
	hook_clear();
	return 0;
}

static enum parley_verdict
pass(void *self, struct parley_message *m)
{
	note(self);
	return PARLEY_PASS;
}

static enum parley_verdict
done(void *self, struct parley_message *m)
{
	note(self);
	return PARLEY_DONE;
}

static void
add(const struct parley_hook *hook, const char *module, const char *self)
{
	struct owner *o = &owners[owners_used++];
	struct parley_error err = { 0 };

	snprintf(selves[owners_used], sizeof selves[0], "%s", self);
	*o = (struct owner){ .module = module, .self = selves[owners_used] };
	if (hook_add(hook, o, &err) != 0)
		fail_msg("%s", err.text);
}

static enum parley_verdict
run_check(void)
{
	struct parley_message m = { 0 };

	return hook_message(HOOK_MESSAGE_CHECK, &m);
}

static void
assert_calls(const char *order)
{
	char all[256] = "";

	for (unsigned i = 0; i < calls.count; i++) {
		strcat(all, i > 0 ? " " : "");
		strcat(all, calls.self[i]);
	}
	assert_string_equal(all, order);
}

/* ---- order -------------------------------------------------------------------------------- */

static const struct parley_hook early = {
	.name = "message-check", .priority = -5, .message = pass
};
static const struct parley_hook usual = { .name = "message-check", .message = pass };
static const struct parley_hook late = {
	.name = "message-check", .priority = 100, .message = pass
};

static void
handlers_run_by_priority_and_then_by_module(void **state)
{
	add(&late, "alpha", "alpha-late");
	add(&usual, "zulu", "zulu");
	add(&usual, "bravo", "bravo");
	add(&early, "zulu", "zulu-early");
	add(&usual, "mike", "mike");
	add(&early, "bravo", "bravo-early");

	assert_int_equal(run_check(), PARLEY_PASS);
	assert_calls("bravo-early zulu-early bravo mike zulu alpha-late");
}

static void
a_module_with_two_handlers_of_a_kind_runs_them_as_its_table_has_them(void **state)
{
	add(&usual, "alpha", "first");
	add(&usual, "alpha", "second");

	run_check();
	assert_calls("first second");
}

static void
list(void *arg, const char *module, int priority)
{
	char *out = arg;

	sprintf(out + strlen(out), "%s %d, ", module, priority);
}

static void
parleyctl_sees_the_order_in_which_they_run(void **state)
{
	char out[256] = "";

	add(&late, "alpha", "");
	add(&usual, "zulu", "");
	add(&early, "zulu", "");
	hook_each(HOOK_MESSAGE_CHECK, list, out);

	assert_string_equal(out, "zulu -5, zulu 0, alpha 100, ");
}

static void
a_handler_that_is_done_ends_the_chain(void **state)
{
	static const struct parley_hook stop = { .name = "message-check", .message = done };

	add(&early, "alpha", "alpha");
	add(&stop, "bravo", "bravo");
	add(&usual, "charlie", "charlie");
	add(&late, "delta", "delta");

	assert_int_equal(run_check(), PARLEY_DONE);
	assert_calls("alpha bravo");
}

static void
an_empty_chain_passes(void **state)
{
	assert_int_equal(run_check(), PARLEY_PASS);
	assert_int_equal(hook_acked(1, "m"), PARLEY_PASS);
}

static void
only_handlers_of_the_name_run(void **state)
{
	static const struct parley_hook archive = { .name = "message-archive", .message = pass };

	add(&archive, "alpha", "archive");
	add(&usual, "bravo", "check");

	run_check();
	assert_calls("check");
}

static void
the_hooks_of_a_module_are_removed_together(void **state)
{
	static const struct parley_hook archive = { .name = "message-archive", .message = pass };
	struct parley_message m = { 0 };

	add(&early, "alpha", "alpha");
	add(&usual, "bravo", "bravo");
	add(&late, "alpha", "alpha");
	add(&archive, "alpha", "alpha");
	hook_remove("alpha");

	run_check();
	hook_message(HOOK_MESSAGE_ARCHIVE, &m);
	assert_calls("bravo");
}

static void
log_lines_name_the_module_whose_handler_runs(void **state)
{
	task_context()->module = "caller";
	add(&early, "alpha", "");
	add(&usual, "bravo", "");
	run_check();

	assert_string_equal(calls.module[0], "alpha");
	assert_string_equal(calls.module[1], "bravo");
	assert_string_equal(task_context()->module, "caller");
	task_context()->module = NULL;
}

static void
start_another(void *arg)
{
	*(bool *)arg = true;
}

static enum parley_verdict
spawn(void *self, struct parley_message *m)
{
	static bool ran;

	parley_spawn("another", start_another, &ran);
	return PARLEY_PASS;
}

static void
a_fiber_that_a_handler_starts_belongs_to_its_module(void **state)
{
	static const struct parley_hook hook = { .name = "message-check", .message = spawn };
	static struct scope scope;
	static const struct owner owner = { .module = "alpha", .scope = &scope };

	scope_open(&scope, NULL);
	assert_int_equal(hook_add(&hook, &owner, NULL), 0);
	run_check();
	assert_int_equal(scope.count, 1);
	assert_int_equal(await_scope_idle(&scope, 1000), 0);
	scope_close(&scope);
	assert_null(task_context()->scope);
}

/* ---- every kind of event ------------------------------------------------------------------ */

static struct {
	parley_session_id session;
	const struct parley_json *frame;
	bool resumed, are_contacts;
	const char *mid, *a, *b;
	const struct parley_presence *presence;
	const struct parley_account *account;
} told;

static enum parley_verdict
on_session(void *self, parley_session_id s, const struct parley_json *frame, bool resumed)
{
	told.session = s;
	told.frame = frame;
	told.resumed = resumed;
	return PARLEY_DONE;
}

static enum parley_verdict
on_acked(void *self, parley_session_id s, const char *mid)
{
	told.session = s;
	told.mid = mid;
	return PARLEY_DONE;
}

static enum parley_verdict
on_presence(void *self, const struct parley_presence *p)
{
	told.presence = p;
	return PARLEY_DONE;
}

static enum parley_verdict
on_account(void *self, const struct parley_account *a)
{
	told.account = a;
	return PARLEY_DONE;
}

static enum parley_verdict
on_contact(void *self, const char *a, const char *b, bool are_contacts)
{
	told.a = a;
	told.b = b;
	told.are_contacts = are_contacts;
	return PARLEY_DONE;
}

static void
every_kind_of_handler_is_told_all_there_is(void **state)
{
	static const struct parley_hook hooks[] = {
		{ .name = "session-bound", .session = on_session },
		{ .name = "session-acked", .acked = on_acked },
		{ .name = "presence", .presence = on_presence },
		{ .name = "account-created", .account = on_account },
		{ .name = "contact-changed", .contact = on_contact },
		{ 0 },
	};
	struct parley_json frame = { 0 };
	struct parley_presence presence = { 0 };
	struct parley_account account = { 0 };

	for (const struct parley_hook *h = hooks; h->name != NULL; h++)
		add(h, "alpha", "");

	assert_int_equal(hook_session(HOOK_SESSION_BOUND, 7, &frame, true), PARLEY_DONE);
	assert_int_equal(told.session, 7);
	assert_ptr_equal(told.frame, &frame);
	assert_true(told.resumed);
	assert_int_equal(hook_acked(8, "m-1"), PARLEY_DONE);
	assert_int_equal(told.session, 8);
	assert_string_equal(told.mid, "m-1");
	assert_int_equal(hook_presence(&presence), PARLEY_DONE);
	assert_ptr_equal(told.presence, &presence);
	assert_int_equal(hook_account(HOOK_ACCOUNT_CREATED, &account), PARLEY_DONE);
	assert_ptr_equal(told.account, &account);
	assert_int_equal(hook_account(HOOK_ACCOUNT_CHANGED, &account), PARLEY_PASS);
	parley_fire_contact_changed("alice", "bob", true);
	assert_string_equal(told.a, "alice");
	assert_string_equal(told.b, "bob");
	assert_true(told.are_contacts);
}

/* ---- what is refused ---------------------------------------------------------------------- */

static void
assert_refused(const struct parley_hook *hook, const char *why)
{
	struct parley_error err = { 0 };

	assert_int_equal(hook_add(hook, &alpha, &err), -1);
	assert_string_equal(err.text, why);
	assert_int_equal(err.code, PARLEY_INTERNAL);
}

static void
a_name_that_is_not_in_the_list_is_refused(void **state)
{
	static const struct parley_hook hooks[] = {
		{ .name = "message-chekc", .message = pass },
		{ .name = "", .message = pass },
		{ .name = "message-checks", .message = pass },
	};

	assert_refused(&hooks[0],
	    "module alpha: there is no hook \"message-chekc\"; docs/hooks.md lists them");
	assert_refused(&hooks[1], "module alpha: there is no hook \"\"; docs/hooks.md lists them");
	assert_refused(&hooks[2],
	    "module alpha: there is no hook \"message-checks\"; docs/hooks.md lists them");
}

static void
a_function_of_another_kind_is_refused(void **state)
{
	static const struct parley_hook hooks[] = {
		{ .name = "message-check", .session = on_session },
		{ .name = "session-bound", .message = pass },
		{ .name = "session-acked", .session = on_session },
		{ .name = "presence", .account = on_account },
		{ .name = "account-created", .contact = on_contact },
		{ .name = "contact-changed", .presence = on_presence },
		{ .name = "message-check" },
		{ .name = "message-check", .message = pass, .acked = on_acked },
	};

	for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
		struct parley_error err = { 0 };

		if (hook_add(&hooks[i], &alpha, &err) == 0)
			fail_msg("row %zu was taken", i);
		assert_non_null(strstr(err.text, "needs the function ."));
	}
	assert_refused(&hooks[0],
	    "module alpha: hook \"message-check\" needs the function .message and no other");
}

/* ---- awaiting ----------------------------------------------------------------------------- */

static enum parley_verdict
await_message(void *self, struct parley_message *m)
{
	test_yield();
	note(self);
	return PARLEY_PASS;
}

static enum parley_verdict
await_acked(void *self, parley_session_id s, const char *mid)
{
	test_yield();
	return PARLEY_PASS;
}

static void
handlers_that_may_await_do_so(void **state)
{
	static const struct parley_hook slow = { .name = "message-check",
		.message = await_message };

	add(&slow, "alpha", "alpha");
	add(&slow, "bravo", "bravo");

	assert_int_equal(run_check(), PARLEY_PASS);
	assert_calls("alpha bravo");
}

static void
archive_and_await(void)
{
	struct parley_message m = { 0 };

	hook_message(HOOK_MESSAGE_ARCHIVE, &m);
}

static void
archived_and_await(void)
{
	struct parley_message m = { 0 };

	hook_message(HOOK_MESSAGE_ARCHIVED, &m);
}

static void
acked_and_await(void)
{
	hook_acked(1, "m");
}

static void
an_await_where_none_is_allowed_ends_the_node(void **state)
{
	static const struct parley_hook hooks[] = {
		{ .name = "message-archive", .message = await_message },
		{ .name = "message-archived", .message = await_message },
		{ .name = "session-acked", .acked = await_acked },
		{ 0 },
	};

	for (const struct parley_hook *h = hooks; h->name != NULL; h++)
		add(h, "alpha", "");
	assert_dies(archive_and_await, "noawait == 0");
	assert_dies(archived_and_await, "noawait == 0");
	assert_dies(acked_and_await, "noawait == 0");
}

static void
awaiting_is_allowed_again_behind_such_a_chain(void **state)
{
	static const struct parley_hook hooks[] = {
		{ .name = "message-archive", .message = pass },
		{ .name = "message-archived", .message = done },
		{ 0 },
	};
	struct parley_message m = { 0 };

	for (const struct parley_hook *h = hooks; h->name != NULL; h++)
		add(h, "alpha", "");
	hook_message(HOOK_MESSAGE_ARCHIVE, &m);
	hook_message(HOOK_MESSAGE_ARCHIVED, &m);
	hook_acked(1, "m"); /* nobody listens */
	test_yield();
}

/* ---- the published list ------------------------------------------------------------------- */

/* The lines about a hook in include/parley/module.h: from its name to the next one's. */
static void
described(const char *header, const char *name, char out[1024])
{
	char mark[64];
	const char *begin, *end;

	snprintf(mark, sizeof mark, "\n *   %s ", name);
	begin = strstr(header, mark);
	if (begin == NULL)
		fail_msg("%s is not described", name);
	end = strstr(begin, "\n */");
	for (const char *p = begin + 1; (p = strstr(p, "\n *   ")) != NULL && p < end; p++)
		if (p[6] != ' ')
			end = p;
	snprintf(out, 1024, "%.*s", (int)(end - begin), begin);
}

static void
the_header_says_of_every_hook_what_the_table_says(void **state)
{
	size_t len;
	char *header = source_read("include/parley/module.h", &len), text[1024], kind[32];

	for (int n = 0; n < HOOK_NAMES; n++) {
		const struct hook_info *info = &hook_infos[n];

		described(header, info->name, text);
		snprintf(kind, sizeof kind, " %s ", info->kind);
		if (strstr(text, kind) == NULL)
			fail_msg("%s: the header does not say %s:%s", info->name, kind, text);
		if ((strstr(text, "may await") != NULL) != info->may_await ||
		    (strstr(text, "must not await") != NULL) == info->may_await)
			fail_msg("%s: may it await?%s", info->name, text);
		assert_int_equal(info->doc[strlen(info->doc) - 1], '.');
		for (int other = 0; other < n; other++)
			assert_string_not_equal(info->name, hook_infos[other].name);
	}
	free(header);
}

static int
tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
	const struct CMUnitTest all[] = {
		TEST(handlers_run_by_priority_and_then_by_module),
		TEST(a_module_with_two_handlers_of_a_kind_runs_them_as_its_table_has_them),
		TEST(parleyctl_sees_the_order_in_which_they_run),
		TEST(a_handler_that_is_done_ends_the_chain),
		TEST(an_empty_chain_passes),
		TEST(only_handlers_of_the_name_run),
		TEST(the_hooks_of_a_module_are_removed_together),
		TEST(log_lines_name_the_module_whose_handler_runs),
		TEST(a_fiber_that_a_handler_starts_belongs_to_its_module),
		TEST(every_kind_of_handler_is_told_all_there_is),
		TEST(a_name_that_is_not_in_the_list_is_refused),
		TEST(a_function_of_another_kind_is_refused),
		TEST(handlers_that_may_await_do_so),
		TEST(an_await_where_none_is_allowed_ends_the_node),
		TEST(awaiting_is_allowed_again_behind_such_a_chain),
		TEST(the_header_says_of_every_hook_what_the_table_says),
	};

	return cmocka_run_group_tests_name("hook", all, NULL, NULL);
}

int
main(void)
{
	return test_on_fiber(tests);
}
