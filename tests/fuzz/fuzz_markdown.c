/* SPDX-License-Identifier: MIT */
/* fuzz_markdown.c - whatever a message says, what is left of it is UTF-8 and not much longer. The
 * first byte says how many mentions there are; they come from the text, too. */
#include <parley/markdown.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(cond)                                                                                \
	((cond) ? (void)0 : (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond), abort()))

static bool
has_control(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i] < ' ' && data[i] != '\n' && data[i] != '\t' && data[i] != '\r')
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parley_range mentions[8];
	struct parley_text text = { 0 }, out = { 0 };
	bool in_code[8];
	unsigned count;

	/* the reader of JSON lets nothing else through */
	if (size < 2 || size > 10000 || has_control(data + 1, size - 1) ||
	    !parley_utf8_valid((const char *)data + 1, size - 1))
		return 0;
	count = data[0] % 8;
	for (unsigned i = 0; i < count; i++)
		mentions[i] = (struct parley_range){ i * 3, 1 + data[1 + i % (size - 1)] % 16u };
	parley_text_add(&text, data + 1, size - 1);
	parley_markdown_plain(text.s, mentions, count, &out);
	parley_markdown_in_code(text.s, mentions, count, in_code);
	CHECK(out.len == 0 || parley_utf8_valid(out.s, out.len));
	CHECK(out.len <= 16 * size + 16); /* a line of a list grows by a number */
	parley_text_fini(&text);
	parley_text_fini(&out);
	return 0;
}
