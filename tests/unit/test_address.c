/* SPDX-License-Identifier: MIT */
/* test_address.c - addresses are parsed narrowly and written back the same. */
#include "support/test.h"

#include <parley/address.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define L63 "a23456789012345678901234567890123456789012345678901234567890123"
#define D61 "a234567890123456789012345678901234567890123456789012345678901"

static const struct {
	const char *text, *name, *domain, *device;
} good[] = {
	{ "chat.example", "", "chat.example", "" },
	{ "localhost", "", "localhost", "" },
	{ "LocalHost", "", "localhost", "" },
	{ "alice@localhost", "alice", "localhost", "" },
	{ "alice@a.example", "alice", "a.example", "" },
	{ "Alice_7@Chat.Example.ORG/k3v9", "alice_7", "chat.example.org", "k3v9" },
	{ "bob@b.example/My-Phone_2", "bob", "b.example", "My-Phone_2" },
	{ "abc@a.b", "abc", "a.b", "" },
	{ "___@a.b/-", "___", "a.b", "-" },
	{ "123@4.example", "123", "4.example", "" },
	{ "fifteen_letters@x--y.xn--p1ai", "fifteen_letters", "x--y.xn--p1ai", "" },
	{ "abc@" L63 ".de", "abc", L63 ".de", "" },
	{ "abc@" L63 "." L63 "." L63 "." D61 "/12345678901234567890123456789012", "abc",
	    L63 "." L63 "." L63 "." D61, "12345678901234567890123456789012" },
};

static const char *const bad[] = {
	"",
	" ",
	"@",
	"/",
	"@/",
	"alice",
	"alice@",
	"@a.example",
	"al@a.example",
	"sixteen_letters_@a.example",
	"al ice@a.example",
	" alice@a.example",
	"alice@a.example ",
	"al-ice@a.example",
	"al.ice@a.example",
	"al\xc3\xafs@a.example",
	"alice@@a.example",
	"alice@bob@a.example",
	"alice@a.example@b.example",
	"alice@a.example/",
	"alice@a.example/a/b",
	"alice@a.example/a b",
	"alice@a.example/a@b",
	"alice@a.example/\xc3\xa4",
	"alice@a.example/123456789012345678901234567890123",
	"a.example/device",
	"alice/device",
	"alice@a.example.",
	"alice@.a.example",
	"alice@a..example",
	"alice@.",
	"alice@-a.example",
	"alice@a-.example",
	"alice@a.-example",
	"alice@a.example-",
	"alice@a_b.example",
	"alice@a.ex\xc3\xa4mple",
	"alice@127.0.0.1",
	"alice@host.42",
	"alice@[::1]",
	"alice@a.example:5722",
	"alice@localhost.",
	"alice@intranet",
	"alice@a" L63 ".de",
	"alice@" L63 "." L63 "." L63 "." D61 "a",
	"xmpp:alice@a.example",
	"alice@a.example\n",
};

static void
good_addresses_are_taken_apart(void **state)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct parley_address a;
		struct parley_error err = { 0 };

		if (parley_address_parse(good[i].text, &a, &err) != 0)
			fail_msg("%s: %s", good[i].text, err.text);
		assert_string_equal(a.name, good[i].name);
		assert_string_equal(a.domain, good[i].domain);
		assert_string_equal(a.device, good[i].device);
	}
}

static void
bad_addresses_are_refused_and_nothing_is_written(void **state)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct parley_address a, before;
		struct parley_error err = { 0 };

		memset(&a, 0x55, sizeof a);
		before = a;
		if (parley_address_parse(bad[i], &a, &err) != -1)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.code, PARLEY_BAD_REQUEST);
		assert_true(strlen(err.text) > 0);
		assert_memory_equal(&a, &before, sizeof a);
		assert_int_equal(parley_address_parse(bad[i], &a, NULL), -1);
	}
}

static void
refusal_says_which_part_is_wrong(void **state)
{
	struct parley_address a;
	struct parley_error err = { 0 };

	parley_address_parse("al@a.example", &a, &err);
	assert_string_equal(
	    err.text, "the name before @ must be 3 to 15 letters, digits or underscores");
	parley_address_parse("alice@example", &a, &err);
	assert_string_equal(
	    err.text, "the domain of an address must be a host name such as chat.example");
	parley_address_parse("alice@a.example/", &a, &err);
	assert_string_equal(
	    err.text, "the device after / must be 1 to 32 letters, digits, hyphens or underscores");
}

static void
long_texts_are_refused(void **state)
{
	size_t len = 100000;
	char *text = malloc(len + 1);
	struct parley_address a;

	memset(text, 'a', len);
	text[len] = '\0';
	assert_int_equal(parley_address_parse(text, &a, NULL), -1);
	memcpy(text, "alice@a.example/", 16);
	assert_int_equal(parley_address_parse(text, &a, NULL), -1);
	memcpy(text, "alice@a.exampleX", 16);
	assert_int_equal(parley_address_parse(text, &a, NULL), -1);
	free(text);
}

static void
addresses_are_written_as_they_are_compared(void **state)
{
	char out[PARLEY_ADDRESS_SIZE];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct parley_address a, again;
		size_t len;

		assert_int_equal(parley_address_parse(good[i].text, &a, NULL), 0);
		len = parley_address_format(&a, true, out, sizeof out);
		assert_int_equal(len, strlen(out));
		assert_int_equal(parley_address_parse(out, &again, NULL), 0);
		assert_string_equal(again.name, a.name);
		assert_string_equal(again.domain, a.domain);
		assert_string_equal(again.device, a.device);
	}
}

static void
format_leaves_the_device_out_unless_asked_for(void **state)
{
	struct parley_address a;
	char out[PARLEY_ADDRESS_SIZE];

	assert_int_equal(parley_address_parse("Bob@B.example/K3", &a, NULL), 0);
	assert_int_equal(parley_address_format(&a, false, out, sizeof out), 13);
	assert_string_equal(out, "bob@b.example");
	assert_int_equal(parley_address_format(&a, true, out, sizeof out), 16);
	assert_string_equal(out, "bob@b.example/K3");
	assert_int_equal(parley_address_parse("b.example", &a, NULL), 0);
	parley_address_format(&a, true, out, sizeof out);
	assert_string_equal(out, "b.example");
}

static void
longest_address_fits(void **state)
{
	struct parley_address a;
	char out[PARLEY_ADDRESS_SIZE];
	const char *text =
	    "fifteen_letters@" L63 "." L63 "." L63 "." D61 "/12345678901234567890123456789012";

	assert_int_equal(parley_address_parse(text, &a, NULL), 0);
	assert_int_equal(parley_address_format(&a, true, out, sizeof out), sizeof out - 1);
	assert_string_equal(out, text);
}

static void
address_that_does_not_fit_is_cut(void **state)
{
	struct parley_address a;
	char out[20];

	assert_int_equal(parley_address_parse("bob@b.example/k3", &a, NULL), 0);
	for (size_t size = 1; size < 16; size++) {
		memset(out, '?', sizeof out);
		assert_int_equal(parley_address_format(&a, true, out, size), 16);
		assert_int_equal(strlen(out), size - 1);
		assert_memory_equal(out, "bob@b.example/k3", size - 1);
		assert_int_equal(out[size], '?');
	}
}

static void
names_have_3_to_15_of_few_characters(void **state)
{
	char name[2 + 2] = "ab?";

	assert_true(parley_name_valid("abc"));
	assert_true(parley_name_valid("A_9"));
	assert_true(parley_name_valid("fifteen_letters"));
	assert_false(parley_name_valid(""));
	assert_false(parley_name_valid("ab"));
	assert_false(parley_name_valid("sixteen_letters_"));
	for (int c = 1; c < 256; c++) {
		bool expected = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
				(c >= 'a' && c <= 'z') || c == '_';

		name[2] = (char)c;
		if (parley_name_valid(name) != expected)
			fail_msg("character %d", c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_addresses_are_taken_apart),
		cmocka_unit_test(bad_addresses_are_refused_and_nothing_is_written),
		cmocka_unit_test(refusal_says_which_part_is_wrong),
		cmocka_unit_test(long_texts_are_refused),
		cmocka_unit_test(addresses_are_written_as_they_are_compared),
		cmocka_unit_test(format_leaves_the_device_out_unless_asked_for),
		cmocka_unit_test(longest_address_fits),
		cmocka_unit_test(address_that_does_not_fit_is_cut),
		cmocka_unit_test(names_have_3_to_15_of_few_characters),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
