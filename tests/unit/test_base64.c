/* SPDX-License-Identifier: MIT */
/* test_base64.c - both alphabets, and that only canonical text is read. */
#include "support/test.h"

#include "base/base64.h"
#include "base/random.h"

#include <string.h>

static void
base64_matches_rfc_4648(void **state)
{
	static const struct {
		const char *plain, *text, *url;
	} rows[] = {
		{ "", "", "" },
		{ "f", "Zg==", "Zg" },
		{ "fo", "Zm8=", "Zm8" },
		{ "foo", "Zm9v", "Zm9v" },
		{ "foob", "Zm9vYg==", "Zm9vYg" },
		{ "fooba", "Zm9vYmE=", "Zm9vYmE" },
		{ "foobar", "Zm9vYmFy", "Zm9vYmFy" },
		{ "\xfb\xff\xbf", "+/+/", "-_-_" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parley_text text = { 0 }, url = { 0 }, back = { 0 };

		base64_encode(&text, rows[i].plain, strlen(rows[i].plain), false);
		base64_encode(&url, rows[i].plain, strlen(rows[i].plain), true);
		assert_string_equal(text.s, rows[i].text);
		assert_string_equal(url.s, rows[i].url);
		assert_int_equal(base64_decode(&back, text.s, text.len, false), 0);
		assert_string_equal(back.s, rows[i].plain);
		parley_text_clear(&back);
		assert_int_equal(base64_decode(&back, url.s, url.len, true), 0);
		assert_string_equal(back.s, rows[i].plain);
		parley_text_fini(&text);
		parley_text_fini(&url);
		parley_text_fini(&back);
	}
}

static void
base64_refuses_what_is_not_canonical(void **state)
{
	static const struct {
		const char *text;
		bool url;
	} rows[] = {
		{ "=", false },
		{ "Z", false },
		{ "Zg", false },
		{ "Zg=", false },
		{ "Zg===", false },
		{ "Z===", false },
		{ "====", false },
		{ "Zh==", false },
		{ "Zm9=", false },
		{ "Zm 9v", false },
		{ "Zm9v\n", false },
		{ "Zm9v====", false },
		{ "Zg==Zg==", false },
		{ "-_-_", false },
		{ "!!!!", false },
		{ "Zm9\xff", false },
		{ "Z", true },
		{ "Zg==", true },
		{ "Zm8=", true },
		{ "Zh", true },
		{ "Zm9", true },
		{ "+/+/", true },
		{ "Zm9v=", true },
		{ " Zm9", true },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct parley_text out = { 0 };

		parley_text_puts(&out, "kept");
		if (base64_decode(&out, rows[i].text, strlen(rows[i].text), rows[i].url) != -1)
			fail_msg("accepted \"%s\"", rows[i].text);
		assert_string_equal(out.s, "kept");
		assert_int_equal(out.len, 4);
		parley_text_fini(&out);
	}
}

/* In place, as it is used. */
static void
base64_for_what_is_no_secret_is_the_same(void **state)
{
	char room[140], text[140], back[140];
	struct parley_text slow = { 0 };

	for (size_t len = 0; len <= 100; len++) {
		size_t size = base64_length(len, true);
		char *bytes = room + size - len;

		random_bytes(bytes, len);
		parley_text_clear(&slow);
		base64_encode(&slow, bytes, len, true);
		assert_ptr_equal(base64_put(room, bytes, len), room + size);
		assert_int_equal(slow.len, size);
		assert_memory_equal(room, slow.s, size);
		memcpy(text, room, size);
		for (size_t i = 0; i < size; i++) {
			int wrong;

			text[i] = (char)(i * 37 + len);
			parley_text_clear(&slow);
			wrong = base64_decode(&slow, text, size, true);
			assert_int_equal(
			    base64_take(back, text, size), wrong < 0 ? -1 : (int)slow.len);
			if (wrong == 0 && slow.len > 0)
				assert_memory_equal(back, slow.s, slow.len);
			text[i] = room[i];
		}
		assert_int_equal(base64_take(room, room, size), len);
		parley_text_clear(&slow);
		base64_encode(&slow, room, len, true);
		assert_memory_equal(slow.s, text, size);
	}
	assert_int_equal(base64_take(back, "Z", 1), -1);
	parley_text_fini(&slow);
}

static void
base64_gives_back_any_bytes(void **state)
{
	uint8_t bytes[100];

	random_bytes(bytes, sizeof bytes);
	for (size_t len = 0; len <= sizeof bytes; len++) {
		for (int url = 0; url < 2; url++) {
			struct parley_text text = { 0 }, back = { 0 };

			base64_encode(&text, bytes, len, url);
			assert_int_equal(text.len, base64_length(len, url));
			assert_int_equal(strlen(text.s), text.len);
			assert_int_equal(base64_decode(&back, text.s, text.len, url), 0);
			assert_int_equal(back.len, len);
			if (len > 0)
				assert_memory_equal(back.s, bytes, len);
			parley_text_fini(&text);
			parley_text_fini(&back);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_matches_rfc_4648),
		cmocka_unit_test(base64_refuses_what_is_not_canonical),
		cmocka_unit_test(base64_for_what_is_no_secret_is_the_same),
		cmocka_unit_test(base64_gives_back_any_bytes),
	};

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
