/* SPDX-License-Identifier: MIT */
/* core.c - the core without a network. */
#include "support/test.h"

#include "support/core.h"
#include "support/fiber.h"

#include "core/channel.h"
#include "core/hook.h"
#include "core/intake.h"
#include "core/message.h"
#include "core/metrics.h"
#include "core/rate.h"
#include "core/request.h"
#include "core/router.h"

#include <parley/module.h>

static struct scope work;

/* ---- in place of the server --------------------------------------------------------------- */

const char *
parley_domain(void)
{
	return "localhost";
}

const char *
parley_rooms_domain(void)
{
	return "rooms.localhost";
}

const char *
parley_data_dir(void)
{
	return "/nonexistent";
}

void
metrics_write(struct parley_text *out)
{
	parley_text_puts(out, "parley_fake 1\n");
}

/* ---- for tests ---------------------------------------------------------------------------- */

void
core_up(const struct session_limits *limits)
{
	static const struct session_limits usual = { 1000, 1 << 20, 300, 32, 0, 0, 0 };

	scope_open(&work, NULL);
	intake_start(&work);
	session_start(limits != NULL ? limits : &usual);
	router_start();
}

void
core_settle(void)
{
	test_yield();
	assert_int_equal(await_scope_idle(&work, 5000), 0);
}

void
core_down(void)
{
	struct parley_session *s;
	uint32_t at = 0;

	while ((s = session_each(&at)) != NULL)
		session_end(s, NULL);
	core_settle();
	core_lose_all();
	core_settle();
	router_stop();
	core_forget_all();
	intake_stop();
	message_stop();
	session_stop();
	rate_stop();
	channel_stop();
	request_stop();
	hook_clear();
	scope_close(&work);
}
