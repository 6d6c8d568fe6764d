/* SPDX-License-Identifier: MIT */
/* store_documents.c - documents: writing, finding, expiry. */
#include "unit/store_conformance.h"

#include "runtime/task.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- documents ---------------------------------------------------------------------------- */

static void
body_put_get(void)
{
	expect_none(&people, "a");
	assert_int_equal(put("a", "{'name':'Ann','deep':{'list':[1,2,{'x':null}]}}"), PARLEY_OK);
	expect_text(&people, "a", "name", "Ann");
	assert_int_equal(put("a", "{'name':'Bea'}"), PARLEY_OK);
	expect_text(&people, "a", "name", "Bea");
	expect_text(&people, "a", "deep", NULL);
}

static void
a_document_is_found_under_its_key_until_it_is_replaced(void **state)
{
	with_store(body_put_get);
}

static void
body_insert(void)
{
	assert_int_equal(insert("a", "{'name':'Ann'}"), PARLEY_OK);
	assert_int_equal(insert("a", "{'name':'Bea'}"), PARLEY_CONFLICT);
	expect_text(&people, "a", "name", "Ann");
}

static void
insert_refuses_a_key_that_is_taken(void **state)
{
	with_store(body_insert);
}

static void
body_write_many(void)
{
	struct parley_entry entries[] = {
		{ "a", { 0 } },
		{ "b", { 0 } },
		{ "c", { 0 } },
		{ "b", { 0 } },
		{ "nobody", { 0 } },
	};
	struct parley_error err = { 0 };
	uint64_t commits;

	put("c", "{'name':'Cat'}");
	put("d", "{'nick':'dee'}");
	parley_text_puts(&entries[0].json, "{\"name\":\"Ann\"}");
	parley_text_puts(&entries[1].json, "{\"name\":\"Bob\"}");
	parley_text_puts(&entries[3].json, "{\"name\":\"Bea\"}");
	commits = store_stats().commits;
	assert_int_equal(parley_store_write_many(&people, entries, 5, &err), 0);
	assert_int_equal(store_stats().commits, commits + 1);
	expect_text(&people, "a", "name", "Ann");
	expect_text(&people, "b", "name", "Bea");
	expect_none(&people, "c");
	assert_int_equal(parley_store_write_many(&people, entries, 0, &err), 0);

	parley_text_clear(&entries[1].json);
	parley_text_puts(&entries[1].json, "{\"nick\":\"dee\"}");
	parley_text_clear(&entries[3].json);
	assert_int_equal(parley_store_write_many(&people, entries, 3, &err), -1);
	assert_int_equal(err.code, PARLEY_CONFLICT);
	expect_text(&people, "b", "name", "Bea");
	entries[4].key = "";
	err = (struct parley_error){ 0 };
	assert_int_equal(parley_store_write_many(&people, entries + 3, 2, &err), -1);
	assert_int_equal(err.code, PARLEY_BAD_REQUEST);
	expect_text(&people, "b", "name", "Bea");
	for (size_t i = 0; i < 5; i++)
		parley_text_fini(&entries[i].json);
}

static void
many_writes_share_a_commit_and_tell_of_the_first_that_failed(void **state)
{
	with_gathering_store(body_write_many);
}

static void
body_unique(void)
{
	assert_int_equal(put("a", "{'nick':'x'}"), PARLEY_OK);
	assert_int_equal(put("b", "{'nick':'x'}"), PARLEY_CONFLICT);
	assert_int_equal(insert("b", "{'nick':'x'}"), PARLEY_CONFLICT);
	assert_int_equal(put("b", "{'nick':'X'}"), PARLEY_OK);
	assert_int_equal(put("c", "{'nick':null}"), PARLEY_OK);
	assert_int_equal(put("d", "{}"), PARLEY_OK);
	assert_int_equal(put("e", "{'nick':7}"), PARLEY_OK);
	assert_int_equal(put("f", "{'nick':7}"), PARLEY_OK);
	assert_int_equal(patch("d", "{'nick':'x'}", NULL), PARLEY_CONFLICT);
	expect_text(&people, "d", "nick", NULL);
	assert_int_equal(put("a", "{'nick':'x','age':1}"), PARLEY_OK);
	assert_int_equal(put("a", "{'nick':'y'}"), PARLEY_OK);
	assert_int_equal(patch("d", "{'nick':'x'}", NULL), PARLEY_OK);
}

static void
unique_members_belong_to_one_document(void **state)
{
	with_store(body_unique);
}

static void
body_patch(void)
{
	struct parley_cond young[] = { { "age", PARLEY_OP_LT, .integer = 18 }, { 0 } };

	assert_int_equal(patch("a", "{'age':1}", NULL), PARLEY_NOT_FOUND);
	put("a", "{'name':'Ann','age':17,'more':{'x':'1','y':'2'}}");
	assert_int_equal(
	    patch("a", "{'age':18,'city':'Oslo','more':{'x':null,'z':{'q':null}}}", young),
	    PARLEY_OK);
	expect_text(&people, "a", "city", "Oslo");
	expect_text(&people, "a", "name", "Ann");
	assert_int_equal(patch("a", "{'age':19}", young), PARLEY_CONFLICT);
	assert_int_equal(patch("a", "{'name':null}", NULL), PARLEY_OK);
	expect_text(&people, "a", "name", NULL);

	PARLEY_AUTO(parley_doc_free) struct parley_doc *doc = get(&people, "a");
	const struct parley_json *more = parley_json_get(doc->root, "more");

	assert_int_equal(parley_json_int(parley_json_get(doc->root, "age"), 0), 18);
	assert_int_equal(parley_json_len(more), 2);
	assert_string_equal(parley_json_string(parley_json_get(more, "y")), "2");
	assert_int_equal(parley_json_len(parley_json_get(more, "z")), 0);
}

static void
patch_merges_provided_that_its_conditions_hold(void **state)
{
	with_store(body_patch);
}

static void
body_remove(void)
{
	struct parley_cond oslo[] = { { "city", PARLEY_OP_EQ, .text = "Oslo" }, { 0 } };
	struct parley_cond null[] = { { "city", PARLEY_OP_EQ, .text = NULL }, { 0 } };

	assert_int_equal(discard("a", NULL), PARLEY_NOT_FOUND);
	put("a", "{'city':'Rome'}");
	assert_int_equal(discard("a", oslo), PARLEY_CONFLICT);
	assert_int_equal(discard("a", null), PARLEY_CONFLICT);
	patch("a", "{'city':'Oslo'}", NULL);
	assert_int_equal(discard("a", oslo), PARLEY_OK);
	expect_none(&people, "a");
	assert_int_equal(discard("a", oslo), PARLEY_NOT_FOUND);
}

static void
remove_takes_away_what_its_conditions_hold_for(void **state)
{
	with_store(body_remove);
}

static void
body_not_json(void)
{
	static const char *const texts[] = { "", "[]", "1", "'x'", "{", "{}}", "{'a':1,'a':2}",
		"{'a':1234567890123456789}", "{'a':'\xff'}", "{'a':'\\u0000'}" };

	put("a", "{'name':'Ann'}");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(put("a", texts[i]), PARLEY_BAD_REQUEST);
		assert_int_equal(patch("a", texts[i], NULL), PARLEY_BAD_REQUEST);
		assert_int_equal(append("s", "", texts[i]), -PARLEY_BAD_REQUEST);
	}
	expect_text(&people, "a", "name", "Ann");
	assert_int_equal(append("s", "", "{}"), 1);
}

static void
what_could_not_be_read_back_is_refused(void **state)
{
	with_store(body_not_json);
}

static void
body_keys(void)
{
	struct parley_append a = { .origin = "o" }, b = { .stream = "s" };
	char longest[PARLEY_KEY_MAX + 1];

	memset(longest, 'k', sizeof longest);
	longest[PARLEY_KEY_MAX] = '\0';
	assert_int_equal(put(longest, "{}"), PARLEY_TOO_LARGE);
	expect_none(&people, longest);
	assert_int_equal(patch(longest, "{}", NULL), PARLEY_NOT_FOUND);
	memset(a.stream, 'k', sizeof a.stream);
	memset(b.origin, 'k', sizeof b.origin);
	parley_store_append(&notes, &a);
	parley_store_append(&notes, &b);
	assert_int_equal(a.err.code, PARLEY_BAD_REQUEST);
	assert_int_equal(b.err.code, PARLEY_BAD_REQUEST);
	longest[PARLEY_KEY_MAX - 1] = '\0';
	assert_int_equal(put(longest, "{'name':'long'}"), PARLEY_OK);
	expect_text(&people, longest, "name", "long");
	assert_int_equal(append(longest, longest, "{}"), 1);

	assert_int_equal(put("", "{}"), PARLEY_BAD_REQUEST);
	assert_int_equal(put(NULL, "{}"), PARLEY_BAD_REQUEST);
	assert_int_equal(put("\xc3", "{}"), PARLEY_BAD_REQUEST);
	assert_int_equal(append("", "", "{}"), -PARLEY_BAD_REQUEST);
	assert_int_equal(append("s", "\xed\xa0\x80", "{}"), -PARLEY_BAD_REQUEST);
	expect_none(&people, "");
	expect_none(&people, NULL);
	expect_none(&people, "\xc3");
	assert_int_equal(discard("", NULL), PARLEY_NOT_FOUND);
}

static void
keys_have_bounds(void **state)
{
	with_store(body_keys);
}

/* {"pad":"xxx"} of len bytes. */
static struct parley_text
sized(size_t len)
{
	struct parley_text t = { 0 };

	parley_text_puts(&t, "{\"pad\":\"");
	memset(parley_text_reserve(&t, len), 'x', len);
	t.len = len - 2;
	parley_text_puts(&t, "\"}");
	return t;
}

static void
body_sizes(void)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text most = sized(PARLEY_DOC_MAX);
	PARLEY_AUTO(parley_text_fini) struct parley_text over = sized(PARLEY_DOC_MAX + 1);
	PARLEY_AUTO(parley_doc_free) struct parley_doc *doc = NULL;
	struct parley_append a = { .stream = "s", .json = sized(PARLEY_DOC_MAX + 1) };
	struct parley_error err = { 0 };

	assert_int_equal(parley_store_put(&people, "a", &most, &err), 0);
	doc = get(&people, "a");
	assert_int_equal(parley_json_len(parley_json_get(doc->root, "pad")), PARLEY_DOC_MAX - 10);
	assert_int_equal(parley_store_put(&people, "b", &over, &err), -1);
	assert_int_equal(err.code, PARLEY_TOO_LARGE);
	assert_int_equal(patch("a", "{'one':1}", NULL), PARLEY_TOO_LARGE);
	expect_text(&people, "a", "one", NULL);
	parley_store_append(&notes, &a);
	assert_true(a.done.set);
	assert_int_equal(a.err.code, PARLEY_TOO_LARGE);
}

static void
documents_have_a_largest_size(void **state)
{
	with_store(body_sizes);
}

/* ---- finding ------------------------------------------------------------------------------ */

static void
fill_people(void)
{
	put("a", "{'name':'Ann','age':30,'city':'Oslo'}");
	put("b", "{'name':'Bea','age':20,'city':'Oslo'}");
	put("c", "{'name':'Cem','age':30,'city':'Rome'}");
	put("d", "{'name':'Dan','city':'Oslo'}");
	put("e", "{'name':'Eve','age':-5,'city':'Os'}");
	put("f", "{'age':30,'city':'Oslo'}");
	put("g", "{}");
}

static void
body_find(void)
{
	fill_people();
	expect_found(&people, &(struct parley_query){ 0 }, "a b c d e f g");
	expect_found(&people, &(struct parley_query){ .descending = true, .limit = 3 }, "g f e");
	expect_found(&people, &(struct parley_query){ .order_by = "age" }, "e b a c f");
	expect_found(
	    &people, &(struct parley_query){ .order_by = "age", .descending = true }, "f c a b e");
	expect_found(&people,
	    &(struct parley_query){ .where = { { "age", PARLEY_OP_GE, .integer = 20 },
					{ "age", PARLEY_OP_LT, .integer = 30 } } },
	    "b");
	expect_found(&people,
	    &(struct parley_query){ .where = { { "age", PARLEY_OP_EQ, .integer = 30 } } }, "a c f");
}

static void
find_keeps_the_order_of_the_index(void **state)
{
	with_store(body_find);
}

static void
body_compound(void)
{
	struct parley_cond oslo = { "city", PARLEY_OP_EQ, .text = "Oslo" };

	fill_people();
	expect_found(&people, &(struct parley_query){ .where = { oslo } }, "d b f a");
	expect_found(
	    &people, &(struct parley_query){ .where = { oslo }, .order_by = "age" }, "b f a");
	expect_found(&people,
	    &(struct parley_query){ .where = { { "age", PARLEY_OP_GT, .integer = 20 }, oslo } },
	    "f a");
	expect_found(&people,
	    &(struct parley_query){ .where = { oslo, { "age", PARLEY_OP_EQ, .integer = 30 },
					{ "name", PARLEY_OP_GE, .text = "" } } },
	    "a");
	expect_found(&people,
	    &(struct parley_query){
		.where = { oslo }, .order_by = "age", .descending = true, .limit = 2 },
	    "a f");
}

static void
find_takes_equalities_and_then_a_range(void **state)
{
	with_store(body_compound);
}

static void
body_prefix(void)
{
	struct parley_query q = { .where = { { "city", PARLEY_OP_PREFIX, .text = "Os" } } };

	fill_people();
	put("h", "{'city':'Os\xf4\x8f\xbf\xbf'}");
	put("i", "{'city':'Ot'}");
	put("j", "{'city':'os'}");
	expect_found(&people, &q, "e d b f a h");
	q.where[0].text = "Os\xf4\x8f\xbf\xbf";
	expect_found(&people, &q, "h");
	q.where[0].text = "";
	expect_found(&people, &q, "e d b f a h i c j");
	q.where[0].text = "Os%";
	expect_found(&people, &q, "");
	q.where[0].text = "O_";
	expect_found(&people, &q, "");
	q.where[0].text = "\xf4";
	expect_found(&people, &q, "");
	q.where[0].text = NULL;
	expect_found(&people, &q, "");
}

static void
a_prefix_is_compared_byte_by_byte(void **state)
{
	with_store(body_prefix);
}

static void
body_key_order(void)
{
	fill_people();
	expect_found(&people,
	    &(struct parley_query){ .where = { { "key", PARLEY_OP_GT, .text = "c" } }, .limit = 2 },
	    "d e");
	expect_found(&people,
	    &(struct parley_query){ .where = { { "key", PARLEY_OP_LE, .text = "c" } },
		.order_by = "key",
		.descending = true },
	    "c b a");
	expect_found(&people,
	    &(struct parley_query){ .where = { { "key", PARLEY_OP_EQ, .text = "c" } } }, "c");
}

static void
the_key_is_an_index_too(void **state)
{
	with_store(body_key_order);
}

static void
body_bytes(void)
{
	/* by bytes: B < Z < a < z < e-acute < CJK < emoji, whatever a locale says */
	static const char *const names[] = { "Z", "a", "z", "\xc3\xa9", "B", "\xf0\x9f\x98\x80",
		"\xe4\xb8\xad", "" };
	char key[2] = "a", json[64];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++, key[0]++) {
		snprintf(json, sizeof json, "{'city':'%s'}", names[i]);
		assert_int_equal(put(key, json), PARLEY_OK);
	}
	expect_found(&people, &(struct parley_query){ .order_by = "city" }, "h e a b c d g f");
}

static void
text_is_ordered_by_its_bytes(void **state)
{
	with_store(body_bytes);
}

static void
body_numbers(void)
{
	put("a", "{'age':999999999999999999}");
	put("b", "{'age':-999999999999999999}");
	put("c", "{'age':0}");
	put("d", "{'age':1.5}");
	put("e", "{'age':'7'}");
	put("f", "{'age':true}");
	expect_found(&people, &(struct parley_query){ .order_by = "age" }, "b c a");
	expect_found(&people,
	    &(struct parley_query){ .where = { { "age", PARLEY_OP_GE, .integer = INT64_MIN },
					{ "age", PARLEY_OP_LE, .integer = INT64_MAX } } },
	    "b c a");
}

static void
members_of_another_type_are_absent(void **state)
{
	with_store(body_numbers);
}

static void
body_hostile(void)
{
	static const char *const texts[] = { "'; DROP TABLE c_people; --", "' OR '1'='1", "\"",
		"\\", "%", "_", "*", "$gt", "{\"$gt\":\"\"}", "a.b", "$where", "\t\n\r",
		"\xf0\x9f\x92\xa9", "c_people", "null", "0" };
	size_t n = sizeof texts / sizeof *texts;

	for (size_t i = 0; i < n; i++) {
		PARLEY_AUTO(parley_text_fini) struct parley_text json = { 0 };
		struct parley_error err = { 0 };
		struct parley_writer w;

		parley_writer_init(&w, &json);
		parley_put_object(&w, NULL);
		parley_put_string(&w, "nick", texts[i]);
		parley_put_string(&w, "city", texts[i]);
		parley_put_end(&w);
		assert_int_equal(parley_store_put(&people, texts[i], &json, &err), 0);
		assert_int_equal(append(texts[i], texts[i], "{}"), 1);
	}
	for (size_t i = 0; i < n; i++) {
		struct parley_query q = { .where = { { "nick", PARLEY_OP_EQ, .text = texts[i] } } };
		struct parley_query s = { .where = {
					      { "stream", PARLEY_OP_EQ, .text = texts[i] } } };
		struct parley_error err = { 0 };

		expect_text(&people, texts[i], "nick", texts[i]);
		assert_int_equal(parley_store_count(&people, &q, 10, &err), 1);
		assert_int_equal(parley_store_count(&notes, &s, 10, &err), 1);
	}
	assert_int_equal(parley_store_count(&people, &(struct parley_query){ 0 }, 1000, NULL), n);
}

static void
hostile_texts_are_only_texts(void **state)
{
	with_store(body_hostile);
}

static void
put_numbered(unsigned i)
{
	char key[16];

	snprintf(key, sizeof key, "k%04u", i);
	assert_int_equal(put(key, "{'age':1}"), PARLEY_OK);
}

static void
body_limits(void)
{
	struct parley_docs docs;

	side_by_side(1100, put_numbered);
	assert_int_equal(parley_store_find(&people, &(struct parley_query){ 0 }, &docs, NULL), 0);
	assert_int_equal(docs.count, 100);
	parley_docs_fini(&docs);
	assert_int_equal(
	    parley_store_find(&people, &(struct parley_query){ .limit = 5000 }, &docs, NULL), 0);
	assert_int_equal(docs.count, PARLEY_FIND_LIMIT);
	parley_docs_fini(&docs);
	assert_int_equal(
	    parley_store_count(&people, &(struct parley_query){ .limit = 5 }, 1050, NULL), 1050);
	assert_int_equal(
	    parley_store_count(&people, &(struct parley_query){ 0 }, UINT32_MAX, NULL), 1100);
	assert_int_equal(parley_store_count(&people, &(struct parley_query){ 0 }, 0, NULL), 0);
}

static void
find_and_count_stop_at_their_limits(void **state)
{
	with_store(body_limits);
}

/* ---- expiry ------------------------------------------------------------------------------- */

static void
put_until(const char *key, const char *nick, int64_t from_now)
{
	char json[100];

	snprintf(json, sizeof json, "{'nick':'%s','age':1,'until':%lld}", nick,
	    (long long)(parley_now() + from_now));
	assert_int_equal(put(key, json), PARLEY_OK);
}

static void
body_expiry(void)
{
	struct parley_query aged = { .order_by = "age" };

	put_until("a", "x", 60000);
	put_until("b", "y", 600000);
	assert_int_equal(put("c", "{'age':1}"), PARLEY_OK);
	expect_found(&people, &aged, "a b c");
	clock_advance(60000);
	expect_none(&people, "a");
	expect_found(&people, &aged, "b c");
	assert_int_equal(parley_store_count(&people, &aged, 10, NULL), 2);
	assert_int_equal(patch("a", "{'age':2}", NULL), PARLEY_NOT_FOUND);
	assert_int_equal(discard("a", NULL), PARLEY_NOT_FOUND);
	assert_int_equal(put("d", "{'nick':'x'}"), PARLEY_OK);
	assert_int_equal(insert("a", "{'age':3}"), PARLEY_OK);
	expect_found(&people, &aged, "b c a");
}

static void
an_expired_document_is_gone(void **state)
{
	with_store(body_expiry);
}

static void
put_brief(unsigned i)
{
	char key[16], nick[16];

	snprintf(key, sizeof key, "k%u", i);
	snprintf(nick, sizeof nick, "n%u", i);
	put_until(key, nick, 60000);
}

static void
body_sweep(void)
{
	unsigned n = PARLEY_EXPIRE_MAX + 50;

	side_by_side(n, put_brief);
	put("stays", "{}");
	clock_advance(60000);
	store_sweep();
	put("after", "{}"); /* queued behind the first part of the sweep */
	put("later", "{}"); /* and behind the second */
	assert_int_equal(store_stats().expired, n);
	expect_found(&people, &(struct parley_query){ 0 }, "after later stays");
}

static void
the_sweep_removes_all_that_expired(void **state)
{
	with_store(body_sweep);
}

static unsigned gathered;

static void
put_and_count(void *arg)
{
	assert_int_equal(put("k", "{}"), PARLEY_OK);
	gathered++;
}

static void
put_aside(unsigned n)
{
	gathered = 0;
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(task_spawn(scope_current(), "put", put_and_count, NULL), 0);
}

static void
rounds_pass(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		parley_await_sleep(0);
}

static void
await_gathered(unsigned n)
{
	while (gathered < n)
		parley_await_sleep(1);
}

static void
body_gather(void)
{
	uint64_t before;

	put("first", "{}");
	before = store_stats().commits;
	router_is_busy = true;
	put_aside(3);
	rounds_pass(20);
	assert_int_equal(gathered, 0);
	router_is_busy = false;
	await_gathered(3);
	assert_int_equal(store_stats().commits, before + 1);
}

static void
writes_gather_while_the_router_is_busy(void **state)
{
	with_gathering_store(body_gather);
}

static void
body_gather_in_time(void)
{
	put("first", "{}");
	router_is_busy = true;
	put_aside(2);
	rounds_pass(20);
	assert_int_equal(gathered, 0);
	clock_advance(10);
	await_gathered(2);
}

/* The store is stopped with a write that still gathers. */
static void
body_gather_and_stop(void)
{
	static struct parley_append a = { .stream = "s" };

	put("first", "{}");
	router_is_busy = true;
	parley_text_puts(&a.json, "{}");
	parley_store_append(&notes, &a);
	assert_int_equal(store_pace(), 0);
}

static struct parley_append crowd[60];

static void
crowd_appends(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		memset(&crowd[i], 0, sizeof crowd[i]);
		memcpy(crowd[i].stream, "s", 2);
		parley_text_puts(&crowd[i].json, "{}");
		parley_store_append(&notes, &crowd[i]);
	}
}

static unsigned
crowd_is_told(unsigned from, unsigned to)
{
	unsigned told = 0;

	for (unsigned i = from; i < to; i++)
		told += crowd[i].done.set;
	return told;
}

static void
crowd_waits(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		assert_int_equal(parley_await_event(&crowd[i].done, -1), 0);
}

/* 60 were told of together: the next commit begins when three quarters of them are back, or when
 * they have had their time. */
static void
body_gather_crowd(void)
{
	uint64_t before;

	crowd_appends(0, 60);
	assert_int_not_equal(store_pace(), 0);
	crowd_waits(0, 60);
	assert_int_not_equal(store_pace(), 0);
	before = store_stats().commits;
	crowd_appends(0, 30);
	rounds_pass(20);
	assert_int_equal(crowd_is_told(0, 30), 0);
	crowd_appends(30, 45);
	crowd_waits(0, 45);
	assert_int_equal(store_stats().commits, before + 1);
	crowd_appends(0, 2);
	rounds_pass(20);
	assert_int_equal(crowd_is_told(0, 2), 0);
	clock_advance(3);
	crowd_waits(0, 2);
	assert_int_equal(store_stats().commits, before + 2);
	assert_int_equal(store_pace(), 0);
	crowd_appends(0, 1); /* there is no crowd any more */
	crowd_waits(0, 1);
}

static void
when_many_write_a_commit_waits_for_most_of_them(void **state)
{
	with_gathering_store(body_gather_crowd);
}

static struct {
	struct parley_append a;
	unsigned number;
} lines[40];
static unsigned told[40], told_count;

static void
tell_line(struct parley_event *done)
{
	told[told_count++] = (unsigned)(((char *)done - (char *)lines) / sizeof lines[0]);
}

/* Every third waits on its fiber. */
static void
append_line(void *arg)
{
	unsigned n = *(const unsigned *)arg;
	struct parley_append *a = &lines[n].a;

	memset(a, 0, sizeof *a);
	memcpy(a->stream, "order", 6);
	parley_text_puts(&a->json, "{}");
	parley_store_append(&notes, a);
	if (n % 3 != 1) {
		a->done.then = tell_line;
		return;
	}
	assert_int_equal(parley_await_event(&a->done, -1), 0);
	told[told_count++] = n;
}

static void
sleep_long(void *arg)
{
	parley_await_event(arg, -1);
}

/* All other fibers are in use. */
static void
body_tell_in_order(void)
{
	static struct parley_event ends[1000];
	unsigned asleep = 0;

	told_count = 0;
	for (unsigned i = 0; i < 40; i++) {
		lines[i].number = i;
		assert_int_equal(
		    task_spawn(scope_current(), "line", append_line, &lines[i].number), 0);
	}
	memset(ends, 0, sizeof ends);
	while (task_spawn(scope_current(), "asleep", sleep_long, &ends[asleep]) == 0)
		asleep++;
	while (told_count < 40)
		parley_await_sleep(1);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(told[i], i);
	while (asleep > 0)
		parley_event_set(&ends[--asleep], 0);
	while (runtime_stats().fibers_live > 1)
		parley_await_sleep(1);
}

static void
appends_are_told_of_in_order_whoever_waits(void **state)
{
	with_gathering_store(body_tell_in_order);
	with_store(body_tell_in_order);
}

static void
writes_do_not_gather_for_long(void **state)
{
	with_gathering_store(body_gather_in_time);
	with_gathering_store(body_gather_and_stop);
}

const struct CMUnitTest document_tests[] = {
	cmocka_unit_test(a_document_is_found_under_its_key_until_it_is_replaced),
	cmocka_unit_test(insert_refuses_a_key_that_is_taken),
	cmocka_unit_test(many_writes_share_a_commit_and_tell_of_the_first_that_failed),
	cmocka_unit_test(unique_members_belong_to_one_document),
	cmocka_unit_test(patch_merges_provided_that_its_conditions_hold),
	cmocka_unit_test(remove_takes_away_what_its_conditions_hold_for),
	cmocka_unit_test(what_could_not_be_read_back_is_refused),
	cmocka_unit_test(keys_have_bounds),
	cmocka_unit_test(documents_have_a_largest_size),
	cmocka_unit_test(find_keeps_the_order_of_the_index),
	cmocka_unit_test(find_takes_equalities_and_then_a_range),
	cmocka_unit_test(a_prefix_is_compared_byte_by_byte),
	cmocka_unit_test(the_key_is_an_index_too),
	cmocka_unit_test(text_is_ordered_by_its_bytes),
	cmocka_unit_test(members_of_another_type_are_absent),
	cmocka_unit_test(hostile_texts_are_only_texts),
	cmocka_unit_test(find_and_count_stop_at_their_limits),
	cmocka_unit_test(an_expired_document_is_gone),
	cmocka_unit_test(the_sweep_removes_all_that_expired),
	cmocka_unit_test(writes_gather_while_the_router_is_busy),
	cmocka_unit_test(when_many_write_a_commit_waits_for_most_of_them),
	cmocka_unit_test(appends_are_told_of_in_order_whoever_waits),
	cmocka_unit_test(writes_do_not_gather_for_long),
	{ 0 },
};
