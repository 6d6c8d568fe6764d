/* SPDX-License-Identifier: MIT */
/* test_words.c - words as they are looked for, and the postings that tell where they are. */
#include "support/test.h"

#include "../modules/history/postings.h"
#include "../modules/history/words.h"

#include <stdlib.h>
#include <string.h>

/* ---- words -------------------------------------------------------------------------------- */

static void
collect(void *arg, const struct word *word)
{
	struct parley_text *out = arg;

	assert_int_equal(word->ends[word->chars - 1], word->bytes);
	assert_int_equal(parley_utf8_length(word->s, word->bytes), word->chars);
	if (out->len > 0)
		parley_text_putc(out, ' ');
	parley_text_add(out, word->s, word->bytes);
}

static void
expect_words(const char *text, bool pairs_only, const char *wanted)
{
	struct parley_text out = { 0 };

	words_each(text, strlen(text), pairs_only, collect, &out);
	assert_string_equal(out.s != NULL ? out.s : "", wanted);
	parley_text_fini(&out);
}

static void
words_have_no_case_accents_or_punctuation(void **state)
{
	expect_words("Hello, World! 42 times...", false, "hello world 42 times");
	expect_words("Crème BRÛLÉE, Łódź, Straße, ﬁne", false, "creme brulee lodz strasse fine");
	expect_words("Привет ЁЛКА Ελλάδα", false, "привет елка ελλαδα");
	expect_words("don't don’t snake_case a-b", false, "dont dont snake case a b");
	expect_words("https://example.org/a?b=1", false, "https example org a b 1");
	expect_words("हिन्दी नमस्ते", false, "हिन्दी नमस्ते");
	expect_words("", false, "");
	expect_words("?! \xf0\x9f\x98\x80", false, "");
}

static void
decomposed_and_composed_are_the_same(void **state)
{
	expect_words("caf\xc3\xa9", false, "cafe");
	expect_words("cafe\xcc\x81", false, "cafe");
	expect_words("ＡＢＣ １２", false, "abc 12");
}

static void
scripts_without_spaces_become_pairs(void **state)
{
	expect_words("东京塔 x", false, "东 东京 京 京塔 塔 x");
	expect_words("东京塔 x", true, "东京 京塔 x");
	expect_words("塔", true, "塔");
	expect_words("a塔b", true, "a 塔 b");
	expect_words("สวัส", true, "สว วั ัส");
}

static void
long_words_are_cut(void **state)
{
	char text[1001], wanted[WORD_CHARS + 1];

	memset(text, 'x', 1000);
	text[1000] = '\0';
	memset(wanted, 'x', WORD_CHARS);
	wanted[WORD_CHARS] = '\0';
	expect_words(text, false, wanted);
}

static void
the_last_word_is_open_unless_something_follows(void **state)
{
	assert_true(words_end_open("he", 2));
	assert_true(words_end_open("caf\xc3\xa9", 5));
	assert_false(words_end_open("he ", 3));
	assert_false(words_end_open("he!", 3));
	assert_false(words_end_open("", 0));
}

/* ---- postings ----------------------------------------------------------------------------- */

static void
postings_are_sorted_and_each_is_there_once(void **state)
{
	struct postings p = { 0 };
	uint64_t x = 88172645463325252ULL;

	for (int i = 0; i < 20000; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		postings_add(&p, posting((uint32_t)(x >> 40) << 8 | (x & 3), x >> 20 & 63));
	}
	postings_add(&p, p.list[7]);
	postings_sort(&p);
	for (size_t i = 1; i < p.count; i++)
		assert_true(p.list[i - 1] < p.list[i]);
	assert_true(p.count > 19000);
	postings_fini(&p);
	postings_sort(&p);
	assert_int_equal(p.count, 0);
}

/* As when parts become a segment: each has its messages behind those of the one before. */
static void
postings_in_order_of_messages_are_sorted_by_term_alone(void **state)
{
	struct postings p = { 0 }, wanted = { 0 };

	for (uint32_t message = 0; message < 500; message++)
		for (uint32_t term = 0; term < 5; term++) {
			uint32_t which = (term * 7 + message) % 11 * 400000000U;

			postings_add(&p, posting(which, message));
			postings_add(&wanted, posting(which, message));
		}
	postings_sort_terms(&p);
	postings_sort(&wanted);
	assert_int_equal(p.count, wanted.count);
	assert_memory_equal(p.list, wanted.list, p.count * sizeof *p.list);
	assert_int_equal(postings_seek(&p, 0), 0);
	assert_true(p.list[postings_seek(&p, 800000000U)] >> 32 == 800000000U);
	assert_true(p.list[postings_seek(&p, 800000000U) - 1] >> 32 == 400000000U);
	assert_true(p.list[postings_seek(&p, 800000001U)] >> 32 == 1200000000U);
	assert_int_equal(postings_seek(&p, UINT32_MAX), p.count);
	postings_fini(&p);
	postings_fini(&wanted);
	assert_int_equal(postings_seek(&p, 7), 0);
}

static void
what_is_put_into_a_block_is_read_from_it(void **state)
{
	static const uint32_t few[] = { 0, 1, 4095 }, far[] = { 5, 2000000000 };
	struct block b = { 0 };
	struct block_reader r;

	block_begin(&b);
	block_put(&b, 7, few, 3);
	block_put(&b, 7, far, 2);
	block_put(&b, 4000000000U, few, 1);
	assert_int_equal(b.first, 7);
	assert_false(block_is_full(&b));
	block_open(&r, &b.bytes);
	assert_true(block_next_term(&r));
	assert_int_equal(r.term, 7);
	for (int i = 0; i < 3; i++) {
		assert_true(block_next_message(&r));
		assert_int_equal(r.message, few[i]);
	}
	assert_false(block_next_message(&r));
	assert_true(block_next_term(&r)); /* passed over */
	assert_int_equal(r.term, 7);
	assert_true(block_next_term(&r));
	assert_int_equal(r.term, 4000000000U);
	assert_false(block_next_term(&r));
	assert_false(r.damaged);
	block_fini(&b);
}

static void
a_damaged_block_ends(void **state)
{
	struct parley_text bytes = { 0 };
	struct block_reader r;

	parley_text_add(&bytes, "\x01\xff\xff\xff\xff\x0f\x01", 7); /* many messages, and one */
	block_open(&r, &bytes);
	assert_true(block_next_term(&r));
	assert_false(block_next_term(&r));
	assert_true(r.damaged);
	parley_text_clear(&bytes);
	parley_text_add(&bytes, "\xff\xff\xff\xff\xff\xff\xff", 7);
	block_open(&r, &bytes);
	assert_false(block_next_term(&r));
	assert_true(r.damaged);
	parley_text_fini(&bytes);
}

static void
what_is_common_stays(void **state)
{
	struct numbers a = { 0 }, b = { 0 };

	for (uint32_t i = 0; i < 100; i += 2)
		numbers_add(&a, i);
	for (uint32_t i = 0; i < 100; i += 3)
		numbers_add(&b, i);
	numbers_keep_common(&a, &b);
	assert_int_equal(a.count, 17);
	for (uint32_t i = 0; i < a.count; i++)
		assert_int_equal(a.list[i], i * 6);
	numbers_keep_common(&a, &(struct numbers){ 0 });
	assert_int_equal(a.count, 0);
	numbers_fini(&a);
	numbers_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_have_no_case_accents_or_punctuation),
		cmocka_unit_test(decomposed_and_composed_are_the_same),
		cmocka_unit_test(scripts_without_spaces_become_pairs),
		cmocka_unit_test(long_words_are_cut),
		cmocka_unit_test(the_last_word_is_open_unless_something_follows),
		cmocka_unit_test(postings_are_sorted_and_each_is_there_once),
		cmocka_unit_test(postings_in_order_of_messages_are_sorted_by_term_alone),
		cmocka_unit_test(what_is_put_into_a_block_is_read_from_it),
		cmocka_unit_test(a_damaged_block_ends),
		cmocka_unit_test(what_is_common_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
