/* SPDX-License-Identifier: MIT */
/* test_payload.c - sealed frames. */
#include "support/test.h"

#include "net/payload.h"

static void
a_payload_takes_the_text_and_ends_with_its_last_reference(void **state)
{
	struct parley_text text = { 0 };
	struct parley_payload *p, *q;

	parley_text_puts(&text, "{}");
	p = parley_payload_new(&text);
	assert_null(text.s);
	assert_int_equal(p->len, 2);
	assert_string_equal(p->json, "{}");
	assert_null(p->mid);

	q = parley_payload_ref(p);
	parley_payload_unref(&p);

	assert_null(p);
	assert_string_equal(q->json, "{}");
	parley_payload_unref(&q);
	parley_payload_unref(&q);
}

static void
a_payload_carries_the_mid_of_its_message(void **state)
{
	struct parley_text text = { 0 };
	struct parley_payload *p = parley_payload_new(&text);

	assert_string_equal(p->json, "");
	parley_payload_set_mid(p, "019ab000-0000-7000-8000-000000000000");
	assert_string_equal(p->mid, "019ab000-0000-7000-8000-000000000000");
	parley_payload_unref(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_payload_takes_the_text_and_ends_with_its_last_reference),
		cmocka_unit_test(a_payload_carries_the_mid_of_its_message),
	};

	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
