/* SPDX-License-Identifier: MIT */
/* auth.c - accounts, devices and logins on a store in memory. */
#include "support/test.h"

#include "support/auth.h"

#include "auth/account_internal.h"
#include "auth/device.h"
#include "auth/password.h"
#include "auth/throttle.h"
#include "auth/ticket.h"
#include "base/clock.h"
#include "seal/seal.h"
#include "store/store.h"

#include <stdatomic.h>

#define START 1800000000000

static _Atomic int64_t clock_ms = START;

static int64_t
fake_clock(void)
{
	return clock_ms;
}

void
auth_clocks(void)
{
	clock_replace(fake_clock, fake_clock);
}

void
auth_advance(int64_t ms)
{
	clock_ms += ms;
}

int
auth_up(void **state)
{
	static const uint8_t key[32] = { 7 };
	struct store_config store = {
		.location = "", .readers = 2, .read_queue = 64, .write_queue = 64, .batch = 16
	};
	struct account_config accounts = { 0 };
	struct device_config devices = { 0 };
	struct throttle_config throttle = { 0 };
	const struct account_hooks no_hooks = { NULL, NULL, NULL };

	clock_ms = START;
	seal_open_bytes(key);
	assert_int_equal(store_start(&store_memory, &store, NULL), 0);
	assert_int_equal(store_declare(&account_collection, NULL), 0);
	assert_int_equal(store_declare(&device_collection, NULL), 0);
	assert_int_equal(password_start(2, 64, 4), 0);
	account_start(&accounts);
	account_set_hooks(&no_hooks);
	device_start(&devices);
	throttle_start(&throttle);
	return 0;
}

int
auth_down(void **state)
{
	store_stop();
	password_stop();
	throttle_stop();
	device_stop();
	account_stop();
	ticket_stop();
	seal_close();
	return 0;
}

void
auth_account(const char *name, const char *password)
{
	struct parley_account_new what = { .name = name, .password = password };
	struct parley_error err = { 0 };

	if (account_create(&what, true, &err) < 0)
		fail_msg("%s: %s", name, err.text);
}
