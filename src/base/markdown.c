/* SPDX-License-Identifier: MIT */
/* markdown.c - reads the blocks of a message's text (fences, quotes, lists) and leaves the marks
 * away. What is inside a line is read by markdown_inline.c. */
#include "base/markdown.h"

#include "base/xalloc.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define DEEPEST      5 /* quotes in quotes */
#define MENTIONS_MAX 100

/* A line without its end. */
struct line {
	const char *s;
	size_t len;
};

struct lines {
	struct line *at;
	size_t count;
};

static struct lines
lines_split(const char *s, size_t len)
{
	struct lines lines = { 0 };
	size_t room = 1;

	for (size_t i = 0; i < len; i++)
		room += s[i] == '\n';
	lines.at = xcalloc(room, sizeof *lines.at);
	for (const char *end = s + len;;) {
		const char *stop = memchr(s, '\n', (size_t)(end - s));

		lines.at[lines.count++] =
		    (struct line){ s, (size_t)((stop != NULL ? stop : end) - s) };
		if (stop == NULL)
			return lines;
		s = stop + 1;
	}
}

/* ---- how lines begin ---------------------------------------------------------------------- */

static bool
is_blank(struct line l)
{
	for (size_t i = 0; i < l.len; i++)
		if (!isspace((unsigned char)l.s[i]))
			return false;
	return true;
}

static bool
is_fence(struct line l, bool end)
{
	size_t at = 3, name;

	if (l.len < 3 || memcmp(l.s, "```", 3) != 0)
		return false;
	while (!end && at < l.len &&
	       (isalnum((unsigned char)l.s[at]) || (l.s[at] != '\0' && strchr("_+#.-", l.s[at]))))
		at++;
	name = at - 3;
	while (at < l.len && (l.s[at] == ' ' || l.s[at] == '\t'))
		at++;
	return at == l.len && name <= 20;
}

/* The length of what marks the line, or 0. */
static size_t
quote_mark(struct line l)
{
	if (l.len == 0 || l.s[0] != '>')
		return 0;
	if (l.len == 1)
		return 1;
	return l.s[1] == ' ' ? 2 : 0;
}

static size_t
bullet_mark(struct line l)
{
	return l.len > 2 && memcmp(l.s, "- ", 2) == 0 ? 2 : 0;
}

static size_t
number_mark(struct line l)
{
	size_t digits = 0;

	while (digits < l.len && isdigit((unsigned char)l.s[digits]))
		digits++;
	if (digits < 1 || digits > 9 || l.len < digits + 3)
		return 0;
	return memcmp(l.s + digits, ". ", 2) == 0 ? digits + 2 : 0;
}

/* How many lines from here on begin so. */
static size_t
run_of(struct lines lines, size_t (*mark)(struct line))
{
	size_t count = 0;

	while (count < lines.count && mark(lines.at[count]) > 0)
		count++;
	return count;
}

/* ---- blocks ------------------------------------------------------------------------------- */

static void blocks_write(
    const struct markdown *md, struct lines lines, unsigned depth, struct parley_text *out);

static void
lines_join(struct lines lines, struct parley_text *out)
{
	for (size_t i = 0; i < lines.count; i++) {
		if (i > 0)
			parley_text_putc(out, '\n');
		parley_text_add(out, lines.at[i].s, lines.at[i].len);
	}
}

/* first and last: empty lines at that end stay. False when nothing is left. */
static bool
text_write(
    const struct markdown *md, struct lines lines, bool first, bool last, struct parley_text *out)
{
	struct parley_text joined = { 0 };

	while (!first && lines.count > 0 && is_blank(lines.at[0])) {
		lines.at++;
		lines.count--;
	}
	while (!last && lines.count > 0 && is_blank(lines.at[lines.count - 1]))
		lines.count--;
	if (lines.count == 0)
		return false;
	lines_join(lines, &joined);
	if (joined.len > 0)
		markdown_inline(md, joined.s, joined.len, out);
	parley_text_fini(&joined);
	return true;
}

static void
fence_write(const struct markdown *md, struct lines inside, struct parley_text *out)
{
	struct parley_text joined = { 0 };

	lines_join(inside, &joined);
	markdown_code(md, joined.s, joined.len, out);
	parley_text_fini(&joined);
}

static void
quote_write(const struct markdown *md, struct lines lines, unsigned depth, struct parley_text *out)
{
	struct lines inner = { xcalloc(lines.count, sizeof *inner.at), lines.count };
	struct parley_text text = { 0 };
	struct lines written;

	for (size_t i = 0; i < lines.count; i++) {
		size_t mark = quote_mark(lines.at[i]);

		inner.at[i] = (struct line){ lines.at[i].s + mark, lines.at[i].len - mark };
	}
	blocks_write(md, inner, depth + 1, &text);
	written = lines_split(text.s != NULL ? text.s : "", text.len);
	for (size_t i = 0; i < written.count; i++) {
		parley_text_puts(out, i > 0 ? "\n>" : ">");
		if (written.at[i].len > 0)
			parley_text_putc(out, ' ');
		parley_text_add(out, written.at[i].s, written.at[i].len);
	}
	free(written.at);
	free(inner.at);
	parley_text_fini(&text);
}

/* number: of the first; negative: it has none. */
static void
list_write(const struct markdown *md, struct lines lines, size_t (*mark)(struct line), long number,
    struct parley_text *out)
{
	for (size_t i = 0; i < lines.count; i++) {
		size_t len = mark(lines.at[i]);

		if (i > 0)
			parley_text_putc(out, '\n');
		if (number >= 0)
			parley_text_printf(out, "%ld. ", number + (long)i);
		else
			parley_text_puts(out, "- ");
		markdown_inline(md, lines.at[i].s + len, lines.at[i].len - len, out);
	}
}

/* How many lines the fence has that begins here, its marks included; 0: none does. */
static size_t
fence_lines(struct lines lines)
{
	if (!is_fence(lines.at[0], false))
		return 0;
	for (size_t i = 1; i < lines.count; i++)
		if (is_fence(lines.at[i], true))
			return i + 1;
	return 0;
}

/* Writes the block that begins at the first line, if it is more than text. How many lines it has,
 * or 0. */
static size_t
block_write(const struct markdown *md, struct lines lines, bool may_fence, unsigned depth,
    struct parley_text *out)
{
	size_t count = may_fence ? fence_lines(lines) : 0;

	if (count > 0) {
		fence_write(md, (struct lines){ lines.at + 1, count - 2 }, out);
	} else if (depth < DEEPEST && (count = run_of(lines, quote_mark)) > 0) {
		quote_write(md, (struct lines){ lines.at, count }, depth, out);
	} else if ((count = run_of(lines, bullet_mark)) > 0) {
		list_write(md, (struct lines){ lines.at, count }, bullet_mark, -1, out);
	} else if ((count = run_of(lines, number_mark)) > 0) {
		long number = strtol(lines.at[0].s, NULL, 10);

		list_write(md, (struct lines){ lines.at, count }, number_mark, number, out);
	}
	return count;
}

/* Looking for the end of a fence is done only where there is one. */
static size_t
last_fence(struct lines lines)
{
	size_t i = lines.count;

	while (i > 0 && !is_fence(lines.at[i - 1], true))
		i--;
	return i; /* behind it */
}

/* Puts block behind what is there, as lines of their own. */
static void
block_add(struct parley_text *out, const struct parley_text *block, bool *any)
{
	if (*any)
		parley_text_putc(out, '\n');
	*any = true;
	if (block->len > 0)
		parley_text_add(out, block->s, block->len);
}

static void
blocks_write(const struct markdown *md, struct lines lines, unsigned depth, struct parley_text *out)
{
	size_t fences = last_fence(lines), from = 0, at = 0;
	bool any = false;

	while (at <= lines.count) {
		struct parley_text block = { 0 }, text = { 0 };
		struct lines rest = { lines.at + at, lines.count - at };
		size_t count =
		    rest.count > 0 ? block_write(md, rest, at + 1 < fences, depth, &block) : 0;

		if ((count > 0 || rest.count == 0) && at > from &&
		    text_write(md, (struct lines){ lines.at + from, at - from }, from == 0,
			at == lines.count, &text))
			block_add(out, &text, &any);
		if (count > 0) {
			block_add(out, &block, &any);
			from = at + count;
		}
		parley_text_fini(&block);
		parley_text_fini(&text);
		at += count > 0 ? count : 1;
	}
}

/* ---- the whole ---------------------------------------------------------------------------- */

/* The byte at which a character begins, from one that is known. */
static size_t
byte_of(const char *text, size_t len, size_t at, uint32_t characters)
{
	while (at < len && characters > 0) {
		at++;
		while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80)
			at++;
		characters--;
	}
	return characters > 0 ? SIZE_MAX : at;
}

/* Copies the text with a hole in place of each mention. */
static void
make_holes(struct markdown *md, const char *text, const struct parley_range *mentions,
    unsigned count, struct parley_text *out)
{
	size_t len = strlen(text), at = 0;
	uint32_t character = 0;

	for (unsigned i = 0; i < count && md->count < MENTIONS_MAX; i++) {
		size_t start, end;

		if (mentions[i].start < character)
			continue;
		start = byte_of(text, len, at, mentions[i].start - character);
		end = start != SIZE_MAX ? byte_of(text, len, start, mentions[i].length) : SIZE_MAX;
		if (end == SIZE_MAX)
			break;
		parley_text_add(out, text + at, start - at);
		parley_text_putc(out, MARKDOWN_HOLE);
		parley_text_putc(out, (char)(0x80 + md->count));
		md->holes[md->count++] =
		    (struct markdown_hole){ .s = text + start, .len = end - start, .mention = i };
		at = end;
		character = mentions[i].start + mentions[i].length;
	}
	parley_text_add(out, text + at, len - at);
}

static void
text_read(struct markdown *md, const char *text, const struct parley_range *mentions,
    unsigned count, struct parley_text *out)
{
	struct parley_text marked = { 0 };
	struct lines lines;

	md->holes = xcalloc(MENTIONS_MAX, sizeof *md->holes);
	make_holes(md, text, mentions, count, &marked);
	lines = lines_split(marked.s != NULL ? marked.s : "", marked.len);
	blocks_write(md, lines, 0, out);
	free(lines.at);
	parley_text_fini(&marked);
}

void
parley_markdown_plain(
    const char *text, const struct parley_range *mentions, unsigned count, struct parley_text *out)
{
	struct markdown md = { 0 };

	text_read(&md, text, mentions, count, out);
	free(md.holes);
}

void
parley_markdown_in_code(
    const char *text, const struct parley_range *mentions, unsigned count, bool *in_code_r)
{
	struct parley_text plain = { 0 };
	struct markdown md = { 0 };

	memset(in_code_r, 0, count * sizeof *in_code_r);
	if (count == 0 || strchr(text, '`') == NULL)
		return;
	text_read(&md, text, mentions, count, &plain);
	for (unsigned i = 0; i < md.count; i++)
		in_code_r[md.holes[i].mention] = md.holes[i].in_code;
	parley_text_fini(&plain);
	free(md.holes);
}
