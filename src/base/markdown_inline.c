/* SPDX-License-Identifier: MIT */
/* markdown_inline.c - reads a run of a message's text: bold, italic, strike, spoiler, code, links.
 *
 * Each kind of mark can be open once around a place, so the depth is bounded; and where the end of
 * a mark was looked for in vain it is not looked for again. */
#include "base/markdown.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LONGEST_LINK 2000
#define COVER        "\u2588\u2588\u2588" /* stands for a spoiler where nothing can be uncovered */
#define NOWHERE      SIZE_MAX
#define TICKS        16 /* lengths of code marks that are remembered */

enum mark { BOLD, ITALIC, STRIKE, SPOILER, MARKS };
static const struct {
	char character;
	size_t len;
} marks[MARKS] = { { '*', 2 }, { '*', 1 }, { '~', 2 }, { '|', 2 } };

/* A part of the text that is read, to an end. */
struct part {
	const struct markdown *md;
	const char *s;
	size_t len; /* of the whole text */
	size_t to;
	unsigned open;              /* marks around it, a bit each */
	size_t hopeless[MARKS];     /* from here on such a mark has no end */
	size_t no_ticks[TICKS + 1]; /* the same of code, by the length of its mark */
};

static void part_read(
    const struct part *outer, size_t from, size_t to, unsigned open, struct parley_text *out);

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) && (unsigned char)c < 0x80;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static size_t
run_at(const struct part *p, size_t at)
{
	size_t end = at + 1;

	while (end < p->to && p->s[end] == p->s[at])
		end++;
	return end - at;
}

/* The mention of which a hole tells, by the byte behind its mark. */
static void
hole_write(const struct markdown *md, char which, bool in_code, struct parley_text *out)
{
	unsigned n = (unsigned char)which - 0x80u;

	if (n >= md->count)
		return;
	parley_text_add(out, md->holes[n].s, md->holes[n].len);
	md->holes[n].in_code = in_code;
}

void
markdown_code(const struct markdown *md, const char *s, size_t len, struct parley_text *out)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == MARKDOWN_HOLE && i + 1 < len)
			hole_write(md, s[++i], true, out);
		else
			parley_text_putc(out, s[i]);
	}
}

/* ---- code --------------------------------------------------------------------------------- */

/* Where the mark stands that ends the code which begins at a place, or NOWHERE. */
static size_t
code_end(struct part *p, size_t at, size_t ticks)
{
	if (ticks <= TICKS && at >= p->no_ticks[ticks])
		return NOWHERE;
	for (size_t i = at + ticks; i < p->to; i++) {
		size_t run;

		if (p->s[i] != '`')
			continue;
		run = run_at(p, i);
		if (run == ticks)
			return i;
		i += run - 1;
	}
	if (ticks <= TICKS)
		p->no_ticks[ticks] = at;
	return NOWHERE;
}

/* Behind the code that begins here, or behind its mark when it has no end. */
static size_t
code_skip(struct part *p, size_t at)
{
	size_t ticks = run_at(p, at), end = code_end(p, at, ticks);

	return (end != NOWHERE ? end : at) + ticks;
}

static bool
all_spaces(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isspace((unsigned char)s[i]))
			return false;
	return true;
}

static size_t
code_write(struct part *p, size_t at, struct parley_text *out)
{
	size_t ticks = run_at(p, at), end = code_end(p, at, ticks), len;
	const char *inside = p->s + at + ticks;

	if (end == NOWHERE) {
		parley_text_add(out, p->s + at, ticks);
		return at + ticks;
	}
	len = end - at - ticks;
	if (len > 2 && inside[0] == ' ' && inside[len - 1] == ' ' && !all_spaces(inside, len)) {
		inside++;
		len -= 2;
	}
	markdown_code(p->md, inside, len, out);
	return end + ticks;
}

/* ---- links -------------------------------------------------------------------------------- */

/* The length of a link's beginning, or 0. */
static size_t
scheme_at(const char *s, size_t len)
{
	static const char *const schemes[] = { "https://", "http://", "mailto:" };

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
		size_t need = strlen(schemes[i]);

		if (len >= need && strncasecmp(s, schemes[i], need) == 0)
			return need;
	}
	return 0;
}

static bool
looks_like_link(const char *s, size_t len)
{
	size_t scheme = scheme_at(s, len);
	const char *at;

	if (scheme == 0 || scheme == len)
		return false;
	if (tolower((unsigned char)s[0]) == 'h')
		return is_word(s[scheme]) || s[scheme] == '[' || (unsigned char)s[scheme] >= 0x80;
	at = memchr(s + scheme, '@', len - scheme);
	return at != NULL && at > s + scheme && at + 1 < s + len && at[1] != '\n';
}

/* The character at s, and how long it is. */
static uint32_t
character_at(const char *s, size_t len, size_t *size_r)
{
	unsigned char first = (unsigned char)s[0];
	size_t size = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t c = first & (0xffu >> (size > 1 ? size + 1 : 0));

	*size_r = size <= len ? size : 1;
	for (size_t i = 1; i < *size_r; i++)
		c = c << 6 | ((unsigned char)s[i] & 0x3fu);
	return c;
}

/* Spaces of all kinds, what quotes or brackets a link, and what turns the direction of text. */
static bool
ends_link(uint32_t c)
{
	if (c <= ' ')
		return true;
	if (c < 0x80)
		return strchr("<>\"'`", (int)c) != NULL;
	return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	       c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff ||
	       c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xfffe;
}

static bool
ends_sentence(const char *s, size_t len, size_t *size_r)
{
	static const char *const wide[] = { "\u2026", "\u00bb", "\u201d", "\u2019" };

	*size_r = 1;
	if (len > 0 && s[len - 1] != '\0' && strchr(".,:;!?*_~|", s[len - 1]) != NULL)
		return true;
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
		*size_r = strlen(wide[i]);
		if (len >= *size_r && memcmp(s + len - *size_r, wide[i], *size_r) == 0)
			return true;
	}
	return false;
}

/* The length without the punctuation that ends the sentence around a link; a bracket stays when its
 * partner is inside. */
static size_t
without_tail(const char *s, size_t len)
{
	int balance[3] = { 0 }; /* closing ones more than opening ones */
	static const char opening[] = "([{", closing[] = ")]}";

	for (size_t i = 0; i < len; i++)
		for (int k = 0; k < 3; k++)
			balance[k] += (s[i] == closing[k]) - (s[i] == opening[k]);
	while (len > 0) {
		const char *close = s[len - 1] != '\0' ? strchr(closing, s[len - 1]) : NULL;
		size_t size = 1;

		if (close != NULL ? balance[close - closing] <= 0 : !ends_sentence(s, len, &size))
			break;
		if (close != NULL)
			balance[close - closing]--;
		len -= size;
	}
	return len;
}

/* The length of a link that begins at a place as it is, or 0. */
static size_t
bare_link(const struct part *p, size_t at)
{
	size_t scheme = scheme_at(p->s + at, p->len - at), end = at + scheme, len;

	if (scheme == 0 || (at > 0 && (is_word(p->s[at - 1]) || p->s[at - 1] == '_')))
		return 0;
	while (end < p->to) {
		size_t size;

		if (ends_link(character_at(p->s + end, p->to - end, &size)))
			break;
		end += size;
	}
	len = end > p->to ? p->to - at : end - at;
	len = without_tail(p->s + at, len);
	return looks_like_link(p->s + at, len) ? len : 0;
}

/* A link with words: [words](href). */
struct link {
	size_t words_end, href, href_end, end;
};

/* The words of a link have no other link in them, so that none can look like another. */
static size_t
words_end(const struct part *p, size_t at)
{
	for (size_t i = at + 1; i + 1 < p->to; i++) {
		if (p->s[i] == ']' && p->s[i + 1] == '(')
			return i > at + 1 ? i : NOWHERE;
		if (p->s[i] == '[' || p->s[i] == '\n' || scheme_at(p->s + i, p->to - i) > 0)
			return NOWHERE;
	}
	return NOWHERE;
}

static bool
link_find(const struct part *p, size_t at, struct link *l)
{
	size_t most, end;
	int depth = 1;

	l->words_end = words_end(p, at);
	if (l->words_end == NOWHERE)
		return false;
	l->href = l->words_end + 2;
	most = p->to < l->href + LONGEST_LINK ? p->to : l->href + LONGEST_LINK;
	for (end = l->href; end < most && depth > 0; end++) {
		if (memchr(" \t\n\r<>\"\x01", p->s[end], 8) != NULL)
			return false;
		depth += (p->s[end] == '(') - (p->s[end] == ')');
	}
	l->href_end = end - 1;
	l->end = end;
	return depth == 0 && looks_like_link(p->s + l->href, l->href_end - l->href);
}

static void
link_write(const struct part *p, size_t at, const struct link *l, struct parley_text *out)
{
	size_t before = out->len, len = l->href_end - l->href;

	part_read(p, at + 1, l->words_end, p->open, out);
	if (out->len - before == len && memcmp(out->s + before, p->s + l->href, len) == 0)
		return;
	parley_text_puts(out, " (");
	parley_text_add(out, p->s + l->href, len);
	parley_text_putc(out, ')');
}

/* ---- marks -------------------------------------------------------------------------------- */

static bool
mark_ends(const struct part *p, enum mark mark, size_t at, size_t run)
{
	char after = at + run < p->len ? p->s[at + run] : ' ';

	if (is_space(p->s[at - 1]))
		return false;
	if (marks[mark].character != '*')
		return run == 2;
	return !is_word(after) && run <= 3 && (mark == ITALIC ? run != 2 : run >= 2);
}

/* Behind what begins at a place and cannot hold the end of a mark. */
static size_t
skip_at(struct part *p, size_t at)
{
	struct link l;
	size_t len;

	switch (p->s[at]) {
	case '\\':
	case MARKDOWN_HOLE:
		return at + 2;
	case '`':
		return code_skip(p, at);
	case '[':
		return link_find(p, at, &l) ? l.end : at + 1;
	case 'h':
	case 'H':
	case 'm':
	case 'M':
		len = bare_link(p, at);
		return at + (len > 0 ? len : 1);
	default:
		return at + 1;
	}
}

/* Where the end of a mark stands whose inside begins at start, or NOWHERE. */
static size_t
mark_end(struct part *p, enum mark mark, size_t start)
{
	size_t at = start;

	if (start >= p->hopeless[mark])
		return NOWHERE;
	while (at < p->to) {
		size_t run;

		if (p->s[at] != marks[mark].character) {
			at = skip_at(p, at);
			continue;
		}
		run = run_at(p, at);
		if (at > start && mark_ends(p, mark, at, run))
			return at + run - marks[mark].len;
		at += run;
	}
	p->hopeless[mark] = start;
	return NOWHERE;
}

/* The mark that a run of its characters opens, or MARKS. */
static enum mark
mark_opened(const struct part *p, size_t from, size_t at, size_t run)
{
	char c = p->s[at], before = at > from ? p->s[at - 1] : ' ';

	if (at + run >= p->to || is_space(p->s[at + run]))
		return MARKS;
	if (c != '*')
		return run != 2 ? MARKS : c == '~' ? STRIKE : SPOILER;
	if (run > 3 || is_word(before))
		return MARKS;
	return run == 1 ? ITALIC : BOLD;
}

/* Read all the same, for there may be code in it. */
static void
spoiler_write(const struct part *p, size_t start, size_t end, struct parley_text *out)
{
	struct parley_text covered = { 0 };

	part_read(p, start, end, p->open | 1u << SPOILER, &covered);
	parley_text_fini(&covered);
	parley_text_puts(out, COVER);
}

static size_t
mark_write(struct part *p, size_t from, size_t at, struct parley_text *out)
{
	size_t run = run_at(p, at), end = NOWHERE, start = 0;
	enum mark mark = mark_opened(p, from, at, run);

	if (mark != MARKS && (p->open & 1u << mark) == 0) {
		start = at + marks[mark].len;
		end = mark_end(p, mark, start);
	}
	if (end == NOWHERE) {
		parley_text_add(out, p->s + at, run);
		return at + run;
	}
	if (mark == SPOILER)
		spoiler_write(p, start, end, out);
	else
		part_read(p, start, end, p->open | 1u << mark, out);
	return end + marks[mark].len;
}

/* ---- a run of text ------------------------------------------------------------------------ */

/* Writes what begins at a place; returns the place behind it. */
static size_t
node_write(struct part *p, size_t from, size_t at, struct parley_text *out)
{
	const char *s = p->s;
	struct link l;
	size_t len;

	switch (s[at]) {
	case '\\':
		if (at + 1 < p->to && s[at + 1] != '\0' && strchr("*~`|[>-", s[at + 1]) != NULL)
			at++;
		break;
	case MARKDOWN_HOLE:
		if (at + 1 < p->to)
			hole_write(p->md, s[at + 1], false, out);
		return at + 2;
	case '`':
		return code_write(p, at, out);
	case '[':
		if (!link_find(p, at, &l))
			break;
		link_write(p, at, &l, out);
		return l.end;
	case '*':
	case '~':
	case '|':
		return mark_write(p, from, at, out);
	case 'h':
	case 'H':
	case 'm':
	case 'M':
		len = bare_link(p, at);
		parley_text_add(out, s + at, len > 0 ? len : 1);
		return at + (len > 0 ? len : 1);
	default:
		break;
	}
	parley_text_putc(out, s[at]);
	return at + 1;
}

static void
part_read(const struct part *outer, size_t from, size_t to, unsigned open, struct parley_text *out)
{
	struct part p = {
		.md = outer->md, .s = outer->s, .len = outer->len, .to = to, .open = open
	};

	for (int i = 0; i < MARKS; i++)
		p.hopeless[i] = NOWHERE;
	for (int i = 0; i <= TICKS; i++)
		p.no_ticks[i] = NOWHERE;
	for (size_t at = from; at < to;)
		at = node_write(&p, from, at, out);
}

void
markdown_inline(const struct markdown *md, const char *s, size_t len, struct parley_text *out)
{
	const struct part whole = { .md = md, .s = s, .len = len };

	part_read(&whole, 0, len, 0, out);
}
