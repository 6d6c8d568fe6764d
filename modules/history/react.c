/* SPDX-License-Identifier: MIT */
/* react.c - reactions to messages, and messages that are pinned. */
#include "history.h"

#include <stdio.h>
#include <string.h>

#define PINS_MAX 50

/* ---- reactions ---------------------------------------------------------------------------- */

struct span {
	uint32_t from, to;
};

#define JOINER   0x200d
#define KEYCAP   0x20e3 /* around a digit */
#define TEXTUAL  0xfe0e /* in black */
#define COLOURED 0xfe0f

/* What an emoji begins with: not all of it is one, but no text is. */
static const struct span emoji_spans[] = {
	{ 0xa9, 0xa9 },
	{ 0xae, 0xae },
	{ 0x203c, 0x203c },
	{ 0x2049, 0x2049 },
	{ 0x2122, 0x2122 },
	{ 0x2139, 0x2139 },
	{ 0x2190, 0x21ff },
	{ 0x2300, 0x23ff },
	{ 0x24c2, 0x24c2 },
	{ 0x25a0, 0x27bf },
	{ 0x2900, 0x297f },
	{ 0x2b00, 0x2bff },
	{ 0x3030, 0x3030 },
	{ 0x303d, 0x303d },
	{ 0x3297, 0x3297 },
	{ 0x3299, 0x3299 },
	{ 0x1f000, 0x1faff },
};
static const struct span letters_of_flags = { 0x1f1e6, 0x1f1ff };
static const struct span skins = { 0x1f3fb, 0x1f3ff };
static const struct span tags = { 0xe0020, 0xe007f }; /* of flags of regions */

/* The next character of valid UTF-8. */
static uint32_t
next_character(const char **p)
{
	const unsigned char *s = (const unsigned char *)*p;
	unsigned more = s[0] < 0x80 ? 0 : s[0] < 0xe0 ? 1 : s[0] < 0xf0 ? 2 : 3;
	uint32_t c = more == 0 ? s[0] : s[0] & (0x3fU >> more);

	for (unsigned i = 1; i <= more; i++)
		c = c << 6 | (s[i] & 0x3fU);
	*p += more + 1;
	return c;
}

static bool
is_in(uint32_t c, const struct span *span)
{
	return c >= span->from && c <= span->to;
}

static bool
begins_emoji(uint32_t c)
{
	for (size_t i = 0; i < sizeof emoji_spans / sizeof *emoji_spans; i++)
		if (is_in(c, &emoji_spans[i]))
			return true;
	return false;
}

/* Passes over the next character when it is one of these. */
static bool
skip(const char **p, struct span span)
{
	const char *next = *p;

	if (*next == '\0' || !is_in(next_character(&next), &span))
		return false;
	*p = next;
	return true;
}

/* Passes over a picture that may be joined with others (UTS #51, emoji_zwj_element). */
static bool
skip_picture(const char **p)
{
	const struct span looks = { TEXTUAL, COLOURED }, keycap = { KEYCAP, KEYCAP };
	bool is_key = **p != '\0' && strchr("0123456789#*", **p) != NULL;

	if (is_key) {
		++*p;
		skip(p, looks);
		return skip(p, keycap);
	}
	if (skip(p, letters_of_flags))
		return skip(p, letters_of_flags);
	if (**p == '\0' || !begins_emoji(next_character(p)))
		return false;
	skip(p, looks);
	skip(p, skins);
	skip(p, looks);
	while (skip(p, tags))
		;
	return true;
}

static bool
is_emoji(const char *s)
{
	const struct span joiner = { JOINER, JOINER };

	do {
		if (!skip_picture(&s))
			return false;
	} while (skip(&s, joiner));
	return *s == '\0';
}

static int
may_change(const struct attempt *t, struct parley_error *err)
{
	if (parley_json_get(t->target->root, "deleted") != NULL)
		return parley_fail(err, PARLEY_GONE, NULL, "this message was deleted");
	return 0;
}

static int
react_check(struct attempt *t, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(t->request);
	struct change *change = &t->entry.change;
	struct reaction_count n;

	change->emoji = parley_json_string(parley_json_get(params, "emoji"));
	change->on = parley_json_bool(parley_json_get(params, "on"), false);
	n = reactions_count(t->target->root, change->emoji, t->account);
	if (may_change(t, err) != 0)
		return -1;
	if (n.has_own == (change->on > 0))
		return 0;
	if (change->on > 0 && !is_emoji(change->emoji))
		return parley_fail(err, PARLEY_BAD_REQUEST, "/params/emoji", "must be one emoji");
	if (change->on > 0 && !n.has_emoji && n.emojis >= EMOJIS_MAX)
		return parley_fail(err, PARLEY_LIMIT, "/params/emoji",
		    "a message can have %d different reactions", EMOJIS_MAX);
	if (change->on > 0 && n.all >= REACTIONS_MAX)
		return parley_fail(
		    err, PARLEY_LIMIT, NULL, "a message can have %d reactions", REACTIONS_MAX);
	return 1;
}

void
history_react(void *self, struct parley_request *r)
{
	attempt_run(self, r, "react", react_check);
}

/* ---- pins --------------------------------------------------------------------------------- */

static int
may_pin(const struct attempt *t, struct parley_error *err)
{
	const struct chat *c = t->entry.chat;
	const struct parley_groups_1 *groups;
	void *self;

	if (!chat_is_group(c))
		return 0;
	groups = parley_service_find("groups/1", &self);
	if (groups == NULL)
		return parley_fail(err, PARLEY_NOT_FOUND, NULL, "there is no such group");
	return groups->may(self, c->key + 1, t->account, PARLEY_GROUP_PIN, NULL, err);
}

struct parley_query
pins_query(const struct chat *c)
{
	return (struct parley_query){
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key } },
		.order_by = "pinned",
		.descending = true,
		.limit = PINS_MAX,
	};
}

/* How many there are. */
static int64_t
count_pins(const struct chat *c, struct parley_error *err)
{
	struct parley_query query = pins_query(c);

	query.where[1] =
	    (struct parley_cond){ .field = "pinned", .op = PARLEY_OP_GT, .integer = 0 };
	return parley_store_count(&messages_collection, &query, PINS_MAX, err);
}

static int
pin_check(struct attempt *t, struct parley_error *err)
{
	const struct parley_json *params = parley_request_params(t->request);
	bool is_pinned = parley_json_get(t->target->root, "pinned") != NULL;
	struct change *change = &t->entry.change;
	int64_t pins;

	change->on = parley_json_bool(parley_json_get(params, "on"), false);
	if (may_change(t, err) != 0)
		return -1;
	if (is_pinned == (change->on > 0))
		return 0;
	if (may_pin(t, err) != 0)
		return -1;
	pins = change->on > 0 ? count_pins(t->entry.chat, err) : 0;
	if (pins < 0)
		return -1;
	if (pins >= PINS_MAX)
		return parley_fail(err, PARLEY_LIMIT, NULL,
		    "a chat can have %d pinned messages: take one off first", PINS_MAX);
	return 1;
}

void
history_pin(void *self, struct parley_request *r)
{
	attempt_run(self, r, "pin", pin_check);
}
