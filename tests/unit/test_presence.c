/* SPDX-License-Identifier: MIT */
/* test_presence.c - the module presence when many leave at once, or come back in time. */
#include "support/test.h"

#include "base/clock.h"
#include "core/hook.h"
#include "core/option.h"
#include "store/store.h"
#include "support/fiber.h"
#include "support/people.h"

#include <parley/roster.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANY 150

const struct parley_module *parley_module(void);

static struct {
	const struct parley_module *module;
	struct owner owner;
	struct scope scope;
	void *self;
} presence;

static _Atomic(unsigned)
    looks;            /* at the clock: for each device that has no connection there is one */
static unsigned told; /* times that contacts were asked for, to be told */

static int64_t
counting_clock(void)
{
	looks++;
	return 1800000000000;
}

/* ---- in place of the roster ---------------------------------------------------------------- */

static int
no_contacts(void *self, const char *account, void (*fn)(void *arg, const char *contact), void *arg,
    struct parley_error *err)
{
	told++;
	return 0;
}

static const struct parley_roster_1 roster = { .contacts = no_contacts };

const void *
parley_service_find(const char *name, void **self_r)
{
	*self_r = NULL;
	return strcmp(name, "roster/1") == 0 ? &roster : NULL;
}

/* ---- the module ---------------------------------------------------------------------------- */

static void
set_grace(const char *seconds)
{
	struct option_value value = { .key = "grace_seconds", .value = seconds, .file = "t.conf" };
	const struct option_section section = { .name = "module",
		.title = "presence",
		.file = "t.conf",
		.values = &value,
		.count = 1 };
	struct option_errors errors = { 0 };

	assert_int_equal(
	    option_apply(presence.module->options, &section, presence.self, &errors), 0);
}

static void
load(void *arg)
{
	assert_int_equal(presence.module->load(presence.self, NULL), 0);
}

static int
up(void **state)
{
	const struct parley_module *m = presence.module = parley_module();

	people_up(state);
	presence.self = calloc(1, m->state_size);
	scope_open(&presence.scope, NULL);
	presence.owner = (struct owner){ m->name, presence.self, &presence.scope };
	set_grace("0");
	assert_int_equal(store_declare(m->collections[0], NULL), 0);
	for (const struct parley_hook *h = m->hooks; h->name != NULL; h++)
		assert_int_equal(hook_add(h, &presence.owner, NULL), 0);
	assert_int_equal(task_spawn(&presence.scope, "load", load, NULL), 0);
	test_yield();
	return 0;
}

static int
down(void **state)
{
	people_down(state);
	scope_cancel(&presence.scope);
	await_scope_idle(&presence.scope, -1);
	scope_close(&presence.scope);
	presence.module->unload(presence.self);
	free(presence.self);
	return 0;
}

static uint64_t
metric(const char *name)
{
	const struct parley_metric *m = presence.module->metrics;
	uint64_t value;

	while (strcmp(m->name, name) != 0)
		m++;
	memcpy(&value, (const char *)presence.self + m->offset, sizeof value);
	return value;
}

static conn_id
log_in(unsigned n)
{
	char name[16];

	snprintf(name, sizeof name, "user%u", n);
	return people_login(name, "phone");
}

/* ---- the tests ----------------------------------------------------------------------------- */

static void
many_who_leave_at_once_are_each_looked_at_once(void **state)
{
	conn_id conns[MANY];

	for (unsigned i = 0; i < MANY; i++)
		conns[i] = log_in(i);
	told = 0;
	looks = 0;
	for (unsigned i = 0; i < MANY; i++)
		core_lose(conns[i]);
	while (told < MANY)
		test_yield();
	core_settle();
	assert_int_equal(told, MANY);
	if (looks > 20 * MANY)
		fail_msg("%u looks at the clock for %u people", (unsigned)looks, MANY);
	assert_int_equal(metric("waiting"), 0);
}

static void
who_comes_back_in_time_has_not_been_away(void **state)
{
	conn_id phone = log_in(1), again;
	char frame[300];

	set_grace("20");
	told = 0;
	core_lose(phone);
	core_settle();
	assert_int_equal(metric("waiting"), 1);
	again = core_connect(false);
	snprintf(frame, sizeof frame,
	    "{\"type\":\"auth\",\"mechanism\":\"TOKEN\",\"user\":\"user1\",\"token\":\"%s\","
	    "\"device\":{\"id\":\"phone\"},\"resume\":{\"id\":\"",
	    people_ready(phone, "token"));
	snprintf(frame + strlen(frame), sizeof frame - strlen(frame), "%s\",\"count\":0}}",
	    people_ready(phone, "resume"));
	core_receive(again, frame);
	core_settle();
	assert_non_null(strstr(core_frame(again, 0), "\"resumed\":true"));
	assert_int_equal(metric("waiting"), 0);
	assert_int_equal(told, 0);
}

/* In any order, also from the middle of those who wait. */
static void
who_is_signed_out_waits_no_longer(void **state)
{
	conn_id conns[5];
	char name[16];

	set_grace("20");
	for (unsigned i = 0; i < 5; i++)
		conns[i] = log_in(i);
	for (unsigned i = 0; i < 5; i++)
		core_lose(conns[i]);
	core_settle();
	assert_int_equal(metric("waiting"), 5);
	told = 0;
	for (unsigned i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "user%u", (i * 2 + 2) % 5);
		parley_session_end(parley_account_session(name, 0), PARLEY_GONE, "");
		core_settle();
		assert_int_equal(metric("waiting"), 4 - i);
		assert_int_equal(told, i + 1);
	}
	assert_int_equal(metric("online"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)

static int
tests(void)
{
	const struct CMUnitTest all[] = {
		TEST(many_who_leave_at_once_are_each_looked_at_once),
		TEST(who_comes_back_in_time_has_not_been_away),
		TEST(who_is_signed_out_waits_no_longer),
	};

	return cmocka_run_group_tests_name("presence", all, NULL, NULL);
}

int
main(void)
{
	clock_replace(counting_clock, counting_clock);
	return test_on_fiber(tests);
}
