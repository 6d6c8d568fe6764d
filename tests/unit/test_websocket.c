/* SPDX-License-Identifier: MIT */
/* test_websocket.c - frames of a WebSocket: every rule of RFC 6455 for a server, cut anywhere. */
#include "support/test.h"

#include "base/xalloc.h"
#include "net/websocket.h"
#include "support/web.h"

#include <stdlib.h>
#include <string.h>

#define MOST 70000

/* What a peer's bytes come to, one event a line: "text hello", "wrong 1002". */
static void
describe(struct parley_text *out, const struct ws_result *r)
{
	static const char *const names[] = { "more", "fragment", "text", "binary", "ping", "pong",
		"close", "wrong" };

	if (r->event == WS_MORE || r->event == WS_FRAGMENT)
		return;
	parley_text_puts(out, names[r->event]);
	if (r->event == WS_GOT_CLOSE || r->event == WS_WRONG) {
		parley_text_printf(out, " %u", r->code);
	} else {
		parley_text_putc(out, ' ');
		parley_text_add(out, r->bytes, r->len);
	}
	parley_text_putc(out, '\n');
	if (r->event == WS_WRONG)
		assert_non_null(r->why);
}

/* A peer's side of the reading: bytes wait until the frame they belong to is whole. */
struct reading {
	struct ws_reader reader;
	struct parley_text waiting, events;
	bool wrong;
};

static void
feed(struct reading *f, const char *bytes, size_t len)
{
	parley_text_add(&f->waiting, bytes, len);
	while (!f->wrong) {
		/* Exactly the bytes there are, so that a sanitizer sees a look further. */
		char *copy = xmalloc(f->waiting.len > 0 ? f->waiting.len : 1);
		struct ws_result r;
		size_t n;

		memcpy(copy, f->waiting.s, f->waiting.len);
		n = ws_read(&f->reader, copy, f->waiting.len, MOST, &r);
		describe(&f->events, &r);
		f->wrong = r.event == WS_WRONG;
		free(copy);
		if (n == 0)
			break;
		f->waiting.len -= n;
		memmove(f->waiting.s, f->waiting.s + n, f->waiting.len);
	}
}

/* Ends f; returns what it has read, until the next call. */
static const char *
finish(struct reading *f)
{
	static struct parley_text last;

	parley_text_fini(&last);
	parley_text_puts(&f->events, "");
	last = f->events;
	ws_reader_fini(&f->reader);
	parley_text_fini(&f->waiting);
	return last.s;
}

static const char *
read_all(const struct parley_text *bytes)
{
	struct reading f = { .wrong = false };

	feed(&f, bytes->s, bytes->len);
	return finish(&f);
}

static void
put(struct parley_text *out, unsigned first, const char *text)
{
	web_frame_put(out, first, text, strlen(text));
}

/* ---- conversations ---- */

static void
put_conversation(struct parley_text *t)
{
	put(t, 0x81, "hello");
	put(t, 0x89, "are you there");
	put(t, 0x81, "");
	put(t, 0x01, "one, ");
	put(t, 0x8a, "by the way");
	put(t, 0x00, "two, ");
	put(t, 0x89, "");
	put(t, 0x80, "three");
	put(t, 0x82, "bin");
	put(t, 0x01, "\xc3");
	put(t, 0x80, "\xa9");
	put(t, 0x88,
	    "\x03\xe8"
	    "bye");
}

static const char conversation[] = "text hello\nping are you there\ntext \npong by the way\nping \n"
				   "text one, two, three\nbinary bin\ntext \xc3\xa9\nclose 1000\n";

static void
a_conversation_is_read(void **state)
{
	struct parley_text t = { 0 };

	put_conversation(&t);
	assert_string_equal(read_all(&t), conversation);
	parley_text_fini(&t);
}

static void
a_conversation_may_be_cut_anywhere(void **state)
{
	struct parley_text t = { 0 };

	put_conversation(&t);
	for (size_t cut = 0; cut <= t.len; cut++) {
		struct reading f = { .wrong = false };

		feed(&f, t.s, cut);
		feed(&f, t.s + cut, t.len - cut);
		assert_string_equal(finish(&f), conversation);
	}
	parley_text_fini(&t);
}

static void
a_conversation_may_come_byte_by_byte(void **state)
{
	struct parley_text t = { 0 };
	struct reading f = { .wrong = false };

	put_conversation(&t);
	for (size_t i = 0; i < t.len; i++)
		feed(&f, t.s + i, 1);
	assert_string_equal(finish(&f), conversation);
	parley_text_fini(&t);
}

static const size_t lengths[] = { 0, 1, 7, 8, 9, 125, 126, 127, 128, 65535, 65536, MOST };

static void
every_length_is_read_in_its_own_form(void **state)
{
	char *text = xmalloc(MOST);

	for (size_t i = 0; i < MOST; i++)
		text[i] = web_byte(i);
	for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		struct parley_text t = { 0 };
		struct ws_reader reader = { 0 };
		struct ws_result r;

		web_frame_put(&t, 0x81, text, lengths[i]);
		assert_int_equal(ws_read(&reader, t.s, t.len - 1, MOST, &r), 0);
		assert_int_equal(r.event, WS_MORE);
		assert_int_equal(ws_read(&reader, t.s, t.len, MOST, &r), t.len);
		assert_int_equal(r.event, WS_GOT_TEXT);
		assert_int_equal(r.len, lengths[i]);
		assert_memory_equal(r.bytes, text, lengths[i]);
		parley_text_fini(&t);
	}
	free(text);
}

/* ---- what is wrong ---- */

#define MASK "\0\0\0\0"

static const struct {
	const char *bytes;
	size_t len;
	const char *events;
} wrong[] = {
#define ROW(b, e)                                                                                  \
	{                                                                                          \
		b, sizeof(b) - 1, e                                                                \
	}
	ROW("\xc1\x80" MASK, "wrong 1002\n"), /* RSV1: compression, which nobody has agreed on */
	ROW("\xa1\x80" MASK, "wrong 1002\n"),
	ROW("\x91\x80" MASK, "wrong 1002\n"),
	ROW("\xf1", "wrong 1002\n"),     /* at once */
	ROW("\x81\x00", "wrong 1002\n"), /* not masked */
	ROW("\x81\x05hello", "wrong 1002\n"),
	ROW("\x83\x80" MASK, "wrong 1002\n"), /* opcodes that are reserved */
	ROW("\x84\x80" MASK, "wrong 1002\n"),
	ROW("\x85\x80" MASK, "wrong 1002\n"),
	ROW("\x86\x80" MASK, "wrong 1002\n"),
	ROW("\x87\x80" MASK, "wrong 1002\n"),
	ROW("\x8b\x80" MASK, "wrong 1002\n"),
	ROW("\x8c\x80" MASK, "wrong 1002\n"),
	ROW("\x8f\x80" MASK, "wrong 1002\n"),
	ROW("\x09\x80" MASK, "wrong 1002\n"), /* control frames that are cut up */
	ROW("\x0a\x80" MASK, "wrong 1002\n"),
	ROW("\x08\x80" MASK, "wrong 1002\n"),
	ROW("\x89\xfe", "wrong 1002\n"), /* control frames that are too long */
	ROW("\x8a\xfe\x00\x7e" MASK, "wrong 1002\n"),
	ROW("\x88\xff", "wrong 1002\n"),
	ROW("\x80\x80" MASK, "wrong 1002\n"), /* nothing to continue */
	ROW("\x00\x80" MASK, "wrong 1002\n"),
	ROW("\x81\x80" MASK "\x80\x80" MASK, "text \nwrong 1002\n"),
	ROW("\x01\x80" MASK "\x81\x80" MASK, "wrong 1002\n"), /* not finished */
	ROW("\x01\x80" MASK "\x02\x80" MASK, "wrong 1002\n"),
	ROW("\x81\xfe\x00\x7d" MASK, "wrong 1002\n"), /* lengths in a longer form than they need */
	ROW("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff", "wrong 1002\n"),
	ROW("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00", "wrong 1002\n"),
	ROW("\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", "wrong 1002\n"),
	ROW("\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff", "wrong 1009\n"),
	ROW("\x81\xff\x00\x00\x00\x00\x00\x01\x11\x71", "wrong 1009\n"), /* MOST + 1 */
	ROW("\x01\x81" MASK "a\x80\xff\x00\x00\x00\x00\x00\x01\x11\x70", "wrong 1009\n"),
	ROW("\x81\x81" MASK "\xff", "wrong 1007\n"), /* texts that are none */
	ROW("\x81\x82" MASK "\xc0\xaf", "wrong 1007\n"),
	ROW("\x81\x83" MASK "\xed\xa0\x80", "wrong 1007\n"),
	ROW("\x01\x81" MASK "\xc3\x80\x81" MASK "x", "wrong 1007\n"),
	ROW("\x01\x81" MASK "\xc3\x80\x80" MASK, "wrong 1007\n"),
	ROW("\x82\x81" MASK "\xff", "binary \xff\n"),
	ROW("\x88\x80" MASK, "close 1005\n"), /* closing */
	ROW("\x88\x81" MASK "\x03", "wrong 1002\n"),
	ROW("\x88\x82" MASK "\x03\xe8", "close 1000\n"),
	ROW("\x88\x82" MASK "\x03\xe7", "wrong 1002\n"),
	ROW("\x88\x82" MASK "\x00\x00", "wrong 1002\n"),
	ROW("\x88\x82" MASK "\x03\xec", "wrong 1002\n"), /* 1004 to 1006 */
	ROW("\x88\x82" MASK "\x03\xed", "wrong 1002\n"),
	ROW("\x88\x82" MASK "\x03\xee", "wrong 1002\n"),
	ROW("\x88\x82" MASK "\x03\xef", "close 1007\n"),
	ROW("\x88\x82" MASK "\x03\xf6", "close 1014\n"),
	ROW("\x88\x82" MASK "\x03\xf7", "wrong 1002\n"),
	ROW("\x88\x82" MASK "\x0b\xb7", "wrong 1002\n"), /* 2999 */
	ROW("\x88\x82" MASK "\x0b\xb8", "close 3000\n"),
	ROW("\x88\x82" MASK "\x13\x87", "close 4999\n"),
	ROW("\x88\x82" MASK "\x13\x88", "wrong 1002\n"),
	ROW("\x88\x83" MASK "\x03\xe8\xff", "wrong 1007\n"),
#undef ROW
};

static void
t10_t76_what_is_wrong_is_refused_with_its_code(void **state)
{
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct reading f = { .wrong = false };
		const char *events;

		feed(&f, wrong[i].bytes, wrong[i].len);
		events = finish(&f);
		if (strcmp(events, wrong[i].events) != 0)
			fail_msg("row %zu: %s", i, events);
	}
}

static void
what_is_wrong_may_be_cut_anywhere(void **state)
{
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		for (size_t cut = 0; cut <= wrong[i].len; cut++) {
			struct reading f = { .wrong = false };

			feed(&f, wrong[i].bytes, cut);
			if (!f.wrong)
				feed(&f, wrong[i].bytes + cut, wrong[i].len - cut);
			assert_string_equal(finish(&f), wrong[i].events);
		}
	}
}

static void
a_message_may_have_so_many_fragments(void **state)
{
	for (size_t more = 0; more < 2; more++) {
		struct parley_text t = { 0 };
		char expected[WS_FRAGMENTS_MAX + 10] = "text ";

		for (size_t i = 0; i < WS_FRAGMENTS_MAX + more; i++)
			put(&t,
			    (i == 0 ? 0x01 : 0x00) | (i + 1 == WS_FRAGMENTS_MAX + more ? 0x80 : 0),
			    "x");
		memset(expected + 5, 'x', WS_FRAGMENTS_MAX);
		strcpy(expected + 5 + WS_FRAGMENTS_MAX, "\n");
		assert_string_equal(read_all(&t), more == 0 ? expected : "wrong 1008\n");
		parley_text_fini(&t);
	}
}

static void
fragments_are_limited_together(void **state)
{
	char *half = xmalloc(MOST / 2 + 1);
	struct parley_text t = { 0 };
	struct reading f = { .wrong = false };

	memset(half, 'x', MOST / 2 + 1);
	web_frame_put(&t, 0x01, half, MOST / 2);
	web_frame_put(&t, 0x80, half, MOST / 2);
	feed(&f, t.s, t.len);
	assert_false(f.wrong);
	assert_int_equal(f.events.len, MOST + 6);
	finish(&f);
	parley_text_fini(&t);

	web_frame_put(&t, 0x01, half, MOST / 2);
	web_frame_put(&t, 0x80, half, MOST / 2 + 1);
	assert_string_equal(read_all(&t), "wrong 1009\n");
	parley_text_fini(&t);
	free(half);
}

static void
a_reader_between_messages_holds_nothing(void **state)
{
	struct parley_text t = { 0 };
	struct ws_reader reader = { 0 };
	struct ws_result r;
	size_t n;

	put(&t, 0x01, "a");
	put(&t, 0x80, "b");
	put(&t, 0x89, "");
	n = ws_read(&reader, t.s, t.len, MOST, &r);
	assert_int_equal(r.event, WS_FRAGMENT);
	assert_non_null(reader.partial);
	n += ws_read(&reader, t.s + n, t.len - n, MOST, &r);
	assert_int_equal(r.event, WS_GOT_TEXT);
	ws_read(&reader, t.s + n, t.len - n, MOST, &r);
	assert_int_equal(r.event, WS_GOT_PING);
	assert_null(reader.partial);
	parley_text_fini(&t);
}

/* ---- writing ---- */

static void
heads_are_written_in_the_shortest_form(void **state)
{
	static const struct {
		size_t len;
		const char *bytes;
		size_t n;
	} heads[] = {
		{ 0, "\x81\x00", 2 },
		{ 125, "\x81\x7d", 2 },
		{ 126, "\x81\x7e\x00\x7e", 4 },
		{ 65535, "\x81\x7e\xff\xff", 4 },
		{ 65536, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10 },
	};
	char out[WS_HEAD_MAX];

	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		assert_int_equal(ws_head(out, WS_TEXT, heads[i].len), heads[i].n);
		assert_memory_equal(out, heads[i].bytes, heads[i].n);
	}
	ws_head(out, WS_PONG, 0);
	assert_int_equal((unsigned char)out[0], 0x8a);
}

static void
t77_a_reason_is_cut_between_characters(void **state)
{
	char reason[200], out[WS_CONTROL_MAX];

	assert_int_equal(ws_close_payload(out, 1009, "no"), 4);
	assert_memory_equal(out, "\x03\xf1no", 4);
	memset(reason, 'x', sizeof reason);
	memcpy(reason + 122, "\xc3\xa9", 3);
	assert_int_equal(ws_close_payload(out, 1000, reason), 124);
}

static void
the_key_is_answered_as_the_rfc_has_it(void **state)
{
	static const char *const bad[] = { "", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ",
		"dGhlIHNhbXBsZSBub25jZQ==x", "dGhlIHNhbXBsZSBub25jZR==", "dGhlIHNhbXBsZSBub25j",
		"dGhlIHNhbXBsZSBub25jZSE=", "dGhlIHNhbXBsZSBub25jZ!==",
		"dGhlIHNhbXBsZSBub25jZQ== dGhlIHNhbXBsZSBub25jZQ==" };
	char out[29];

	assert_true(ws_accept(out, "dGhlIHNhbXBsZSBub25jZQ==", 24));
	assert_string_equal(out, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(ws_accept(out, bad[i], strlen(bad[i])));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_conversation_is_read),
		cmocka_unit_test(a_conversation_may_be_cut_anywhere),
		cmocka_unit_test(a_conversation_may_come_byte_by_byte),
		cmocka_unit_test(every_length_is_read_in_its_own_form),
		cmocka_unit_test(t10_t76_what_is_wrong_is_refused_with_its_code),
		cmocka_unit_test(what_is_wrong_may_be_cut_anywhere),
		cmocka_unit_test(a_message_may_have_so_many_fragments),
		cmocka_unit_test(fragments_are_limited_together),
		cmocka_unit_test(a_reader_between_messages_holds_nothing),
		cmocka_unit_test(heads_are_written_in_the_shortest_form),
		cmocka_unit_test(t77_a_reason_is_cut_between_characters),
		cmocka_unit_test(the_key_is_answered_as_the_rfc_has_it),
	};

	return cmocka_run_group_tests_name("websocket", tests, NULL, NULL);
}
