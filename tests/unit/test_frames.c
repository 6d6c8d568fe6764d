/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "core/frames.h"
#include "net/payload.h"
#include "support/files.h"
#include "json/json.h"
#include "json/schema.h"

#include <stdio.h>
#include <string.h>

static struct schema_set *schemas;

static int
load(void **state)
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
unload(void **state)
{
	schema_set_free(&schemas);
	return 0;
}

/* Takes p: it is this text, and its schema agrees. */
static void
assert_frame(struct parley_payload *p, const char *schema, const char *text)
{
	struct arena arena = { 0 };
	struct parley_error err = { 0 };
	const struct parley_json *root;

	assert_string_equal(p->json, text);
	assert_int_equal(p->len, strlen(text));
	root = json_parse_copy(&arena, p->json, p->len, &json_limits_own, &err);
	if (root == NULL || schema_check(schema_find(schemas, schema), root, "", &err) != 0)
		fail_msg("%s: %s %s", text, err.where, err.text);
	arena_fini(&arena);
	parley_payload_unref(&p);
}

static struct parley_message
message(void)
{
	return (struct parley_message){
		.id = "c-1",
		.from = { "alice", "localhost", "phone" },
		.to = { "bob", "localhost", "" },
		.chat = "alice+bob",
		.text = "hi \"you\"",
		.mid = "019ab000-0000-7000-8000-000000000001",
		.time = 1795341600123,
		.seq = 97,
	};
}

static void
an_error_tells_its_code_and_text(void **state)
{
	const struct parley_error err = { .code = PARLEY_NOT_FOUND, .text = "no such thing" };

	assert_frame(error_payload("c-1", &err, false), "server/error",
	    "{\"type\":\"error\",\"id\":\"c-1\",\"code\":\"not-found\","
	    "\"text\":\"no such thing\"}");
}

static void
an_error_tells_where_when_to_retry_and_that_the_stream_ends(void **state)
{
	const struct parley_error err = {
		.code = PARLEY_LIMIT, .retry_after = 30, .where = "/params/name", .text = "slowly"
	};

	assert_frame(error_payload(NULL, &err, true), "server/error",
	    "{\"type\":\"error\",\"code\":\"limit\",\"text\":\"slowly\","
	    "\"where\":\"/params/name\",\"retry_after\":30,\"fatal\":true}");
}

static void
every_code_makes_an_error_that_clients_know(void **state)
{
	for (int code = PARLEY_BAD_REQUEST; code < PARLEY_CODE_COUNT; code++) {
		struct parley_error err = { .code = (enum parley_code)code, .text = "so" };
		char text[128];

		/* Whoever is told that the node is busy is also told when to come again. */
		snprintf(text, sizeof text,
		    "{\"type\":\"error\",\"code\":\"%s\",\"text\":\"so\"%s}",
		    parley_code_name(err.code), code == PARLEY_BUSY ? ",\"retry_after\":1" : "");
		assert_frame(error_payload(NULL, &err, false), "server/error", text);
	}
}

static void
a_message_is_answered_with_its_name_place_and_time(void **state)
{
	struct parley_message m = message();

	assert_frame(sent_payload(&m), "server/result",
	    "{\"type\":\"result\",\"id\":\"c-1\",\"mid\":\"019ab000-0000-7000-8000-000000000001\","
	    "\"seq\":97,\"time\":\"2026-11-22T10:00:00.123Z\"}");
}

static void
a_retry_is_answered_as_one(void **state)
{
	struct parley_message m = message();

	m.repeated = true;
	assert_frame(sent_payload(&m), "server/result",
	    "{\"type\":\"result\",\"id\":\"c-1\",\"mid\":\"019ab000-0000-7000-8000-000000000001\","
	    "\"seq\":97,\"time\":\"2026-11-22T10:00:00.123Z\",\"repeated\":true}");
}

static void
the_receiver_is_not_told_the_senders_id(void **state)
{
	struct parley_message m = message();

	assert_frame(message_payload(&m, "alice@localhost", false, PARLEY_GRADE_NONE),
	    "server/message",
	    "{\"type\":\"message\",\"mid\":\"019ab000-0000-7000-8000-000000000001\","
	    "\"from\":\"alice@localhost/phone\",\"to\":\"bob@localhost\","
	    "\"chat\":\"alice@localhost\",\"seq\":97,\"time\":\"2026-11-22T10:00:00.123Z\","
	    "\"text\":\"hi \\\"you\\\"\"}");
}

static void
the_senders_other_devices_are_told_the_id(void **state)
{
	struct parley_message m = message();
	struct parley_payload *p = message_payload(&m, "bob@localhost", true, PARLEY_GRADE_NONE);

	assert_string_equal(p->mid, m.mid); /* what session-acked will tell */
	assert_frame(p, "server/message",
	    "{\"type\":\"message\",\"mid\":\"019ab000-0000-7000-8000-000000000001\","
	    "\"id\":\"c-1\",\"from\":\"alice@localhost/phone\",\"to\":\"bob@localhost\","
	    "\"chat\":\"bob@localhost\",\"seq\":97,\"time\":\"2026-11-22T10:00:00.123Z\","
	    "\"text\":\"hi \\\"you\\\"\"}");
}

static void
what_modules_add_to_a_message_and_its_grade_are_told(void **state)
{
	static const char *const notify[] = { "", ",\"notify\":\"message\"",
		",\"notify\":\"mention\"" };
	struct parley_message m = message();

	parley_text_puts(&m.extra, ",\"reply\":\"019ab000-0000-7000-8000-000000000000\"");
	for (int grade = PARLEY_GRADE_NONE; grade <= PARLEY_GRADE_MENTION; grade++) {
		char text[400];

		snprintf(text, sizeof text,
		    "{\"type\":\"message\",\"mid\":\"019ab000-0000-7000-8000-000000000001\","
		    "\"from\":\"alice@localhost/phone\",\"to\":\"bob@localhost\","
		    "\"chat\":\"alice@localhost\",\"seq\":97,"
		    "\"time\":\"2026-11-22T10:00:00.123Z\",\"text\":\"hi \\\"you\\\"\","
		    "\"reply\":\"019ab000-0000-7000-8000-000000000000\"%s}",
		    notify[grade]);
		assert_frame(
		    message_payload(&m, "alice@localhost", false, (enum parley_grade)grade),
		    "server/message", text);
	}
	parley_text_fini(&m.extra);
}

static void
a_module_writes_a_message_into_its_answer(void **state)
{
	struct parley_message m = message();
	struct parley_text text = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_message_write(&w, "last", &m, "bob@localhost");
	parley_put_end(&w);

	assert_string_equal(text.s,
	    "{\"last\":{\"type\":\"message\",\"mid\":\"019ab000-0000-7000-8000-000000000001\","
	    "\"id\":\"c-1\",\"from\":\"alice@localhost/phone\",\"to\":\"bob@localhost\","
	    "\"chat\":\"bob@localhost\",\"seq\":97,\"time\":\"2026-11-22T10:00:00.123Z\","
	    "\"text\":\"hi \\\"you\\\"\"}}");
	parley_text_fini(&text);
}

static void
an_event_takes_further_members(void **state)
{
	struct parley_text text = { 0 };
	struct parley_writer w;

	parley_event_open(&w, &text, "read");
	parley_put_string(&w, "chat", "bob@localhost");
	parley_put_int(&w, "seq", 3);
	parley_put_int(&w, "unread", 0);
	parley_put_end(&w);

	assert_frame(parley_payload_new(&text), "server/event",
	    "{\"type\":\"event\",\"name\":\"read\",\"chat\":\"bob@localhost\",\"seq\":3,"
	    "\"unread\":0}");
	assert_null(text.s); /* the payload took it */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_tells_its_code_and_text),
		cmocka_unit_test(an_error_tells_where_when_to_retry_and_that_the_stream_ends),
		cmocka_unit_test(every_code_makes_an_error_that_clients_know),
		cmocka_unit_test(a_message_is_answered_with_its_name_place_and_time),
		cmocka_unit_test(a_retry_is_answered_as_one),
		cmocka_unit_test(the_receiver_is_not_told_the_senders_id),
		cmocka_unit_test(the_senders_other_devices_are_told_the_id),
		cmocka_unit_test(what_modules_add_to_a_message_and_its_grade_are_told),
		cmocka_unit_test(a_module_writes_a_message_into_its_answer),
		cmocka_unit_test(an_event_takes_further_members),
	};

	return cmocka_run_group_tests_name("frames", tests, load, unload);
}
