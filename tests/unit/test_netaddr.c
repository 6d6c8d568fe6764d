/* SPDX-License-Identifier: MIT */
/* test_netaddr.c - addresses, networks, and guests counted by address. */
#include "support/test.h"

#include "net/guests.h"
#include "net/netaddr.h"

static void
addresses_are_written_in_one_way(void **state)
{
	static const char *const cases[][2] = {
		{ "192.0.2.1", "192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1" },
		{ "2001:0db8:0:0::1", "2001:db8::1" },
		{ "::1", "::1" },
	};
	char text[NETADDR_TEXT];
	struct netaddr a;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(netaddr_parse(cases[i][0], &a));
		netaddr_text(&a, text);
		assert_string_equal(text, cases[i][1]);
	}
}

static void
what_is_no_address_is_refused(void **state)
{
	static const char *const cases[] = { "", "unix", "1.2.3", "1.2.3.4.5", "1.2.3.256",
		"01.2.3.4", "1.2.3.4 ", "::g", "example.org", "1.2.3.4/8", "[::1]",
		"fe80::1%eth0" };
	struct netaddr a;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_false(netaddr_parse(cases[i], &a));
}

static void
networks_contain_what_they_should(void **state)
{
	static const struct {
		const char *network, *address;
		bool contains;
	} cases[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "192.0.2.128/25", "192.0.2.200", true },
		{ "192.0.2.128/25", "192.0.2.100", false },
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "0.0.0.0/0", "203.0.113.9", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::/0", "2001:db8::1", true },
		{ "::1", "::1", true },
	};
	struct network n;
	struct netaddr a;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_true(network_parse(cases[i].network, &n));
		assert_true(netaddr_parse(cases[i].address, &a));
		assert_int_equal(network_contains(&n, &a), cases[i].contains);
	}
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const cases[] = { "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/8x", "10.0.0.0/ 8", "::/129", "10.0.0.0/0000000008", "x/8" };
	struct network n;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_false(network_parse(cases[i], &n));
}

static void
guests_of_one_address_are_bounded(void **state)
{
	struct netaddr a, b;

	assert_true(netaddr_parse("192.0.2.1", &a) && netaddr_parse("192.0.2.2", &b));
	assert_true(guests_take(&a, 2) && guests_take(&a, 2));
	assert_false(guests_take(&a, 2));
	assert_true(guests_take(&b, 2));
	guests_give(&a);
	assert_true(guests_take(&a, 2));
	guests_give(&a);
	guests_give(&a);
	guests_give(&b);
	assert_int_equal(guests_count(&a), 0);
	assert_false(guests_take(&a, 0));
}

static void
an_ipv6_client_counts_by_its_64(void **state)
{
	struct netaddr a, same, other;

	assert_true(netaddr_parse("2001:db8:0:1::1", &a));
	assert_true(netaddr_parse("2001:db8:0:1:ffff::2", &same));
	assert_true(netaddr_parse("2001:db8:0:2::1", &other));
	assert_true(guests_take(&a, 1));
	assert_false(guests_take(&same, 1));
	assert_true(guests_take(&other, 1));
	guests_give(&same);
	guests_give(&other);
	assert_int_equal(guests_count(&a), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_written_in_one_way),
		cmocka_unit_test(what_is_no_address_is_refused),
		cmocka_unit_test(networks_contain_what_they_should),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(guests_of_one_address_are_bounded),
		cmocka_unit_test(an_ipv6_client_counts_by_its_64),
	};

	return cmocka_run_group_tests_name("netaddr", tests, NULL, NULL);
}
