/* SPDX-License-Identifier: MIT */
/* words.c - cuts a text into words and folds them. utf8proc knows the characters; which of them
 * make a word is a simple rule that is the same for the text and for what is looked for. */
#include "words.h"

#include <parley/api.h>
#include <string.h>
#include <utf8proc.h>

#define FOLDED_MAX 32 /* characters that one decomposes into */

enum kind { KIND_BREAK, KIND_NOTHING, KIND_WORD, KIND_PART };

struct cutter {
	bool pairs_only;
	void (*fn)(void *arg, const struct word *word);
	void *arg;
	struct word word;
	char previous[5]; /* the part before, which has not been told */
	bool paired;      /* it is in a pair */
};

/* ---- characters --------------------------------------------------------------------------- */

/* Written without spaces between words. */
static bool
is_part(utf8proc_int32_t c)
{
	return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x31f0 && c <= 0x31ff) ||
	       (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x4e00 && c <= 0x9fff) ||
	       (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff) ||
	       (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) ||
	       (c >= 0x1780 && c <= 0x17ff);
}

/* Accents and points that people leave out when they type; signs of other scripts are vowels. */
static bool
is_accent(utf8proc_int32_t c)
{
	return (c >= 0x0300 && c <= 0x036f) || (c >= 0x0591 && c <= 0x05c7) ||
	       (c >= 0x0610 && c <= 0x061a) || (c >= 0x064b && c <= 0x065f) || c == 0x0670 ||
	       c == 0x00ad || c == 0x200c || c == 0x200d || (c >= 0xfe00 && c <= 0xfe0f);
}

/* Letters whose stroke is no accent to Unicode. */
static utf8proc_int32_t
plain_letter(utf8proc_int32_t c)
{
	switch (c) {
	case 0x00f8:
		return 'o';
	case 0x0142:
		return 'l';
	case 0x0111:
	case 0x00f0:
		return 'd';
	case 0x0127:
		return 'h';
	case 0x0131:
		return 'i';
	case 0x0167:
		return 't';
	default:
		return c;
	}
}

static enum kind
kind_of(utf8proc_int32_t c)
{
	if (c < 0x80) {
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
			return KIND_WORD;
		return c == '\'' ? KIND_NOTHING : KIND_BREAK;
	}
	if (c == 0x2019 || is_accent(c))
		return KIND_NOTHING;
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return is_part(c) ? KIND_PART : KIND_WORD;
	default:
		return KIND_BREAK;
	}
}

/* What a character is looked for as; their number. */
static int
fold(utf8proc_int32_t c, utf8proc_int32_t out[FOLDED_MAX])
{
	int boundary = UTF8PROC_BOUNDCLASS_START;
	utf8proc_ssize_t n;

	if (c < 0x80) {
		out[0] = c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
		return 1;
	}
	n = utf8proc_decompose_char(c, out, FOLDED_MAX,
	    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD, &boundary);
	if (n < 0 || n > FOLDED_MAX)
		return 0;
	return (int)n;
}

/* ---- words -------------------------------------------------------------------------------- */

static void
tell(struct cutter *c, const char *s, size_t bytes, unsigned first)
{
	struct word pair = {
		.part = true, .bytes = (unsigned)bytes, .chars = first < bytes ? 2 : 1
	};

	memcpy(pair.s, s, bytes);
	pair.ends[0] = first;
	pair.ends[pair.chars - 1] = pair.bytes;
	c->fn(c->arg, &pair);
}

static void
end_part(struct cutter *c)
{
	size_t len = strlen(c->previous);

	if (len > 0 && (!c->pairs_only || !c->paired))
		tell(c, c->previous, len, (unsigned)len);
	c->previous[0] = '\0';
	c->paired = false;
}

static void
end_word(struct cutter *c)
{
	if (c->word.chars > 0) {
		c->word.s[c->word.bytes] = '\0';
		c->fn(c->arg, &c->word);
	}
	c->word.bytes = c->word.chars = 0;
}

static void
add_part(struct cutter *c, const char *s, size_t bytes)
{
	size_t before = strlen(c->previous);
	char pair[8];
	bool paired = before > 0;

	end_word(c);
	if (paired) {
		memcpy(pair, c->previous, before);
		memcpy(pair + before, s, bytes);
		if (!c->pairs_only)
			tell(c, pair, before, (unsigned)before);
		tell(c, pair, before + bytes, (unsigned)before);
	}
	memcpy(c->previous, s, bytes);
	c->previous[bytes] = '\0';
	c->paired = paired;
}

static void
add_char(struct cutter *c, const char *s, size_t bytes)
{
	struct word *w = &c->word;

	end_part(c);
	if (w->chars == WORD_CHARS)
		return;
	memcpy(w->s + w->bytes, s, bytes);
	w->bytes += (unsigned)bytes;
	w->ends[w->chars++] = w->bytes;
}

static void
add(struct cutter *c, utf8proc_int32_t code)
{
	utf8proc_uint8_t utf8[4];
	size_t bytes;

	code = plain_letter(code);
	switch (kind_of(code)) {
	case KIND_BREAK:
		end_part(c);
		end_word(c);
		return;
	case KIND_NOTHING:
		return;
	default:
		break;
	}
	bytes = (size_t)utf8proc_encode_char(code, utf8);
	if (is_part(code))
		add_part(c, (const char *)utf8, bytes);
	else
		add_char(c, (const char *)utf8, bytes);
}

void
words_each(const char *text, size_t len, bool pairs_only,
    void (*fn)(void *arg, const struct word *word), void *arg)
{
	struct cutter c = { .pairs_only = pairs_only, .fn = fn, .arg = arg };
	utf8proc_int32_t code, folded[FOLDED_MAX];
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text, *end = at + len;

	while (at < end) {
		utf8proc_ssize_t n = utf8proc_iterate(at, end - at, &code);

		if (n <= 0)
			break;
		at += n;
		n = fold(code, folded);
		for (int i = 0; i < n; i++)
			add(&c, folded[i]);
	}
	end_part(&c);
	end_word(&c);
}

/* ---- the end ------------------------------------------------------------------------------ */

bool
words_end_open(const char *text, size_t len)
{
	utf8proc_int32_t code, folded[FOLDED_MAX];
	size_t at = len;

	while (at > 0 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	if (at == 0 || utf8proc_iterate((const utf8proc_uint8_t *)text + at - 1,
			   (utf8proc_ssize_t)(len - at + 1), &code) <= 0)
		return false;
	return fold(code, folded) > 0 && kind_of(plain_letter(folded[0])) != KIND_BREAK;
}
