/* SPDX-License-Identifier: MIT */
/* store_secrets.c - what documents keep secret: sealed for its place, and no difference otherwise.
 */
#include "unit/store_conformance.h"

#include "seal/box.h"
#include "seal/seal.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const secret[] = { "text", "mood", NULL };
static const struct parley_field diary_fields[] = {
	{ "title", PARLEY_FIELD_TEXT },
	{ "until", PARLEY_FIELD_INT },
	{ 0 },
};
static const struct parley_index diary_indexes[] = { { .fields = { "title" }, .unique = true },
	{ 0 } };
static const struct parley_collection diary = {
	.name = "diary",
	.version = 1,
	.fields = diary_fields,
	.indexes = diary_indexes,
	.expires = "until",
	.secret = secret,
};
static const struct parley_collection other = { .name = "other", .version = 1, .secret = secret };

/* A log that is kept in rows, and one that may be kept in another way. */
static const struct parley_field post_fields[] = {
	{ "kind", PARLEY_FIELD_TEXT },
	{ "mid", PARLEY_FIELD_TEXT },
	{ 0 },
};
static const struct parley_index post_indexes[] = { { .fields = { "stream", "kind" } }, { 0 } };
static const struct parley_index mail_indexes[] = { { .fields = { "mid" }, .unique = true },
	{ 0 } };
static const struct parley_collection posts = {
	.name = "posts",
	.version = 1,
	.fields = post_fields,
	.indexes = post_indexes,
	.log = true,
	.secret = secret,
};
static const struct parley_collection mail = {
	.name = "mail",
	.version = 1,
	.fields = post_fields,
	.indexes = mail_indexes,
	.log = true,
	.secret = secret,
};

static void (*body)(void);

static void
declare_and_run(void)
{
	assert_int_equal(store_declare(&diary, NULL), 0);
	assert_int_equal(store_declare(&other, NULL), 0);
	assert_int_equal(store_declare(&posts, NULL), 0);
	assert_int_equal(store_declare(&mail, NULL), 0);
	body();
}

static void
with_secrets(void (*fn)(void))
{
	static const uint8_t key[32] = { 1 };

	seal_open_bytes(key);
	body = fn;
	with_store(declare_and_run);
	seal_close();
}

static void
with_each_secret_log(void (*fn)(void))
{
	log_in_use = &posts;
	with_secrets(fn);
	log_in_use = &mail;
	with_secrets(fn);
	log_in_use = &notes;
}

static struct parley_text
text_of(const char *json)
{
	struct parley_text t = { 0 };

	parley_text_puts(&t, json);
	return t;
}

static enum parley_code
write_to(const struct parley_collection *c, const char *key, const char *json)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text t = text_of(json);
	struct parley_error err = { 0 };

	parley_store_put(c, key, &t, &err);
	return err.code;
}

static enum parley_code
change(const struct parley_collection *c, const char *key, const char *json)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text t = text_of(json);
	struct parley_error err = { 0 };

	parley_store_patch(c, key, &t, NULL, &err);
	return err.code;
}

static enum parley_code
read_code(const struct parley_collection *c, const char *key)
{
	struct parley_error err = { 0 };
	struct parley_doc *doc = parley_store_get(c, key, &err);

	parley_doc_free(&doc);
	return err.code;
}

/* What the back end has under key. New. */
static char *
stored(const struct parley_collection *c, const char *key)
{
	read_code(c, key);
	assert_string_not_equal(seen(), "");
	return strdup(seen());
}

/* Stores these bytes as they are. */
static void
store_bytes(const struct parley_collection *c, const char *key, const char *bytes)
{
	plant(key, bytes);
	assert_int_equal(write_to(c, key, "{}"), PARLEY_OK);
}

/* ---- documents ---------------------------------------------------------------------------- */

static void
body_put(void)
{
	assert_int_equal(write_to(&diary, "a",
			     "{\"title\":\"One\",\"text\":\"an open window\",\"n\":1,\"mood\":"
			     "[\"blue\",{\"because\":\"of }] rain\"}],\"z\":null}"),
	    PARLEY_OK);
	expect_text(&diary, "a", "title", "One");
	expect_text(&diary, "a", "text", "an open window");
	assert_non_null(strstr(seen(), "\"title\":\"One\""));
	assert_non_null(strstr(seen(), "\"n\":1"));
	assert_non_null(strstr(seen(), "\"z\":null"));
	assert_null(strstr(seen(), "window"));
	assert_null(strstr(seen(), "mood"));
	assert_null(strstr(seen(), "rain"));
	expect_found(&diary,
	    &(struct parley_query){ .where = { { "title", PARLEY_OP_EQ, .text = "One" } } }, "a");
	assert_int_equal(write_to(&diary, "b", "{\"title\":\"Two\"}"), PARLEY_OK);
	expect_text(&diary, "b", "text", NULL);
	assert_string_equal(seen(), "{\"title\":\"Two\"}");
	assert_int_equal(write_to(&diary, "c", " { \"text\" : \"a \\\"q\\\\\" } "), PARLEY_OK);
	expect_text(&diary, "c", "text", "a \"q\\");
	assert_int_equal(write_to(&diary, "d", "{}"), PARLEY_OK);
	expect_text(&diary, "d", "text", NULL);
	assert_int_equal(
	    write_to(&diary, "e", "{\"te\\u0078t\":\"escaped\",\"o\":{\"text\":\"inner\"}}"),
	    PARLEY_OK);
	expect_text(&diary, "e", "text", "escaped");
	assert_null(strstr(seen(), "escaped"));
	assert_non_null(strstr(seen(), "inner")); /* no member of the document itself */
}

static void
secret_members_reach_the_back_end_sealed_and_modules_open(void **state)
{
	with_secrets(body_put);
}

static void
body_members(void)
{
	PARLEY_AUTO(parley_doc_free) struct parley_doc *doc = NULL;
	const struct parley_json *mood;

	assert_int_equal(write_to(&diary, "a",
			     "{\"mood\":[1,-2.5e3,true,\"x\",{\"y\":[]}],\"i\":7,\"text\":\"\"}"),
	    PARLEY_OK);
	doc = get(&diary, "a");
	assert_int_equal(parley_json_len(doc->root), 3);
	assert_int_equal(parley_json_int(parley_json_get(doc->root, "i"), 0), 7);
	mood = parley_json_get(doc->root, "mood");
	assert_int_equal(parley_json_len(mood), 5);
	assert_int_equal(parley_json_int(parley_json_first(mood), 0), 1);
	assert_string_equal(parley_json_string(parley_json_get(doc->root, "text")), "");
}

static void
a_document_has_all_of_its_members_again(void **state)
{
	with_secrets(body_members);
}

static void
body_own_member(void)
{
	assert_int_equal(write_to(&diary, "a", "{\"~\":\"x\"}"), PARLEY_BAD_REQUEST);
	assert_int_equal(write_to(&diary, "a", "{\"\\u007e\":\"x\"}"), PARLEY_BAD_REQUEST);
	assert_int_equal(write_to(&diary, "a", "{\"o\":{\"~\":\"x\"}}"), PARLEY_OK);
	assert_int_equal(change(&diary, "a", "{\"~\":null}"), PARLEY_BAD_REQUEST);
	expect_text(&diary, "a", "~", NULL);
	assert_int_equal(write_to(&diary, "b", "{\"k\\\"~\":\"x\"}"), PARLEY_OK);
	expect_text(&diary, "b", "k\"~", "x");
	assert_int_equal(write_to(&diary, "c", "{\"k\":\",\\\"~\\\":\\\"x\"}"), PARLEY_OK);
	expect_text(&diary, "c", "k", ",\"~\":\"x");
	log_in_use = &mail;
	assert_int_equal(append("s", "", "{'~':'x'}"), -PARLEY_BAD_REQUEST);
	log_in_use = &notes;
}

static void
the_name_of_the_sealed_member_is_the_stores_own(void **state)
{
	with_secrets(body_own_member);
}

static void
body_place(void)
{
	PARLEY_AUTO(parley_docs_fini) struct parley_docs docs = { 0 };
	struct parley_error err = { 0 };
	char *bytes;

	assert_int_equal(write_to(&diary, "a", "{\"text\":\"mine\"}"), PARLEY_OK);
	bytes = stored(&diary, "a");
	store_bytes(&diary, "b", bytes);
	assert_int_equal(read_code(&diary, "b"), PARLEY_INTERNAL);
	store_bytes(&other, "a", bytes);
	assert_int_equal(read_code(&other, "a"), PARLEY_INTERNAL);
	assert_int_equal(parley_store_find(&other, &(struct parley_query){ 0 }, &docs, &err), -1);
	assert_int_equal(err.code, PARLEY_INTERNAL);
	assert_int_equal(change(&other, "a", "{\"text\":\"new\"}"), PARLEY_INTERNAL);
	store_bytes(&diary, "a", bytes);
	expect_text(&diary, "a", "text", "mine");
	assert_int_equal(change(&other, "a", "{\"clear\":\"new\"}"), PARLEY_OK);
	assert_int_equal(read_code(&other, "a"), PARLEY_INTERNAL);
	free(bytes);
}

static void
what_is_moved_to_another_key_or_collection_does_not_open(void **state)
{
	with_secrets(body_place);
}

static void
body_flipped(void)
{
	char *bytes;
	size_t box, len;

	assert_int_equal(
	    write_to(&diary, "a", "{\"title\":\"t\",\"text\":\"something\"}"), PARLEY_OK);
	bytes = stored(&diary, "a");
	len = strlen(bytes);
	box = (size_t)(strstr(bytes, "\"~\":\"") - bytes) + 5;
	for (size_t i = box; i < len - 2; i++) {
		char good = bytes[i];

		bytes[i] = good == 'A' ? 'B' : 'A';
		store_bytes(&diary, "a", bytes);
		assert_int_equal(read_code(&diary, "a"), PARLEY_INTERNAL);
		bytes[i] = good;
	}
	bytes[box] = '!';
	store_bytes(&diary, "a", bytes);
	assert_int_equal(read_code(&diary, "a"), PARLEY_INTERNAL);
	store_bytes(&diary, "a", "{\"title\":\"t\",\"~\":\"\"}");
	assert_int_equal(read_code(&diary, "a"), PARLEY_INTERNAL);
	free(bytes);
}

static void
what_was_changed_on_the_disk_does_not_open(void **state)
{
	with_secrets(body_flipped);
}

static void
body_patch(void)
{
	char *before, *after;

	assert_int_equal(
	    write_to(&diary, "a", "{\"title\":\"t\",\"text\":\"one\",\"mood\":\"m\"}"), PARLEY_OK);
	before = stored(&diary, "a");
	assert_int_equal(change(&diary, "a", "{\"title\":\"u\",\"n\":{\"x\":1}}"), PARLEY_OK);
	after = stored(&diary, "a");
	assert_string_equal(strstr(before, "\"~\""), strstr(after, "\"~\"")); /* not sealed anew */
	free(before);
	free(after);
	expect_text(&diary, "a", "title", "u");
	expect_text(&diary, "a", "text", "one");
	assert_int_equal(change(&diary, "a", "{\"text\":\"two\",\"title\":\"v\"}"), PARLEY_OK);
	expect_text(&diary, "a", "text", "two");
	expect_text(&diary, "a", "mood", "m");
	expect_text(&diary, "a", "title", "v");
	assert_int_equal(change(&diary, "a", "{\"text\":null}"), PARLEY_OK);
	expect_text(&diary, "a", "text", NULL);
	expect_text(&diary, "a", "mood", "m");
	assert_int_equal(change(&diary, "a", "{\"mood\":null,\"n\":null}"), PARLEY_OK);
	expect_text(&diary, "a", "mood", NULL);
	assert_string_equal(seen(), "{\"title\":\"v\"}");
	assert_int_equal(change(&diary, "a", "{\"mood\":{\"deep\":1}}"), PARLEY_OK);
	assert_int_equal(change(&diary, "a", "{\"mood\":{\"deeper\":\"x\"}}"), PARLEY_OK);
	assert_int_equal(change(&diary, "a", "{\"title\":null}"), PARLEY_OK);
	free(stored(&diary, "a"));
	assert_int_equal(strncmp(seen(), "{\"~\":\"", 6), 0);
	assert_int_equal(change(&diary, "a", "{\"title\":\"w\"}"), PARLEY_OK);
	expect_text(&diary, "a", "title", "w");
}

static void
patches_change_clear_and_secret_members(void **state)
{
	with_secrets(body_patch);
}

static void
body_conditions(void)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text json = text_of("{\"text\":\"new\"}");
	struct parley_cond when[] = { { "title", PARLEY_OP_EQ, .text = "t" }, { 0 } };
	struct parley_error err = { 0 };

	assert_int_equal(write_to(&diary, "a", "{\"title\":\"t\",\"text\":\"x\"}"), PARLEY_OK);
	assert_int_equal(
	    write_to(&diary, "b", "{\"title\":\"t\",\"text\":\"x\"}"), PARLEY_CONFLICT);
	assert_int_equal(parley_store_patch(&diary, "a", &json, when, &err), 0);
	expect_text(&diary, "a", "text", "new");
	when[0].text = "u";
	assert_int_equal(parley_store_patch(&diary, "a", &json, when, &err), -1);
	assert_int_equal(err.code, PARLEY_CONFLICT);
	assert_int_equal(parley_store_insert(&diary, "a", &json, NULL), -1);
	assert_int_equal(parley_store_remove(&diary, "a", NULL, NULL), 0);
	assert_int_equal(parley_store_insert(&diary, "a", &json, NULL), 0);
	expect_text(&diary, "a", "text", "new");
}

static void
conditions_and_unique_members_work_beside_secrets(void **state)
{
	with_secrets(body_conditions);
}

static void
body_expiry(void)
{
	char json[100];

	snprintf(json, sizeof json, "{\"title\":\"t\",\"text\":\"x\",\"until\":%lld}",
	    (long long)parley_now() + 1000);
	assert_int_equal(write_to(&diary, "a", json), PARLEY_OK);
	expect_text(&diary, "a", "text", "x");
	clock_advance(1001);
	expect_none(&diary, "a");
	assert_int_equal(write_to(&diary, "b", "{\"title\":\"t\",\"text\":\"y\"}"), PARLEY_OK);
	expect_text(&diary, "b", "text", "y");
}

static void
documents_with_secrets_expire(void **state)
{
	with_secrets(body_expiry);
}

static void
body_earlier_build(void)
{
	store_bytes(&diary, "a", "{\"title\":\"t\",\"text\":\"written before\",\"n\":1}");
	expect_text(&diary, "a", "text", "written before");
	assert_int_equal(change(&diary, "a", "{\"n\":2}"), PARLEY_OK);
	expect_text(&diary, "a", "text", "written before");
	assert_null(strstr(seen(), "written"));
}

static void
documents_of_before_are_read_and_sealed_when_they_change(void **state)
{
	with_secrets(body_earlier_build);
}

static void
body_large(void)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text json = { 0 };
	struct parley_error err = { 0 };
	struct parley_doc *doc;
	size_t len;

	parley_text_puts(&json, "{\"title\":\"t\",\"text\":\"");
	while (json.len < PARLEY_DOC_MAX - 20)
		parley_text_puts(&json, "large ");
	len = json.len;
	parley_text_puts(&json, "\"}");
	assert_int_equal(parley_store_put(&diary, "a", &json, &err), 0);
	doc = get(&diary, "a");
	assert_int_equal(parley_json_len(parley_json_get(doc->root, "text")), len - 21);
	parley_doc_free(&doc);
	assert_int_equal(change(&diary, "a", "{\"title\":\"u\"}"), PARLEY_OK);
	assert_int_equal(
	    change(&diary, "a", "{\"mood\":\"this makes it too large by far\"}"), PARLEY_TOO_LARGE);
	assert_int_equal(change(&diary, "a",
			     "{\"n\":\"and this makes it too large as well as the other did, "
			     "by some bytes\"}"),
	    PARLEY_TOO_LARGE);
	expect_text(&diary, "a", "title", "u");
}

static void
a_document_may_be_as_large_as_without_secrets(void **state)
{
	with_secrets(body_large);
}

/* ---- keys --------------------------------------------------------------------------------- */

static void
expect_key(const char *bytes, uint32_t id)
{
	const char *box = strstr(bytes, "\"~\":\"");

	assert_non_null(box);
	assert_int_equal(box_key(box + 5, strlen(box + 5) - 2), id);
}

static void
body_keys(void)
{
	static const uint8_t second[32] = { 2 };

	assert_int_equal(write_to(&diary, "a", "{\"text\":\"old\"}"), PARLEY_OK);
	free(stored(&diary, "a"));
	expect_key(seen(), 1);
	assert_int_equal(seal_key_add(2, second), 0);
	seal_key_use(2);
	assert_int_equal(write_to(&diary, "b", "{\"text\":\"new\"}"), PARLEY_OK);
	free(stored(&diary, "b"));
	expect_key(seen(), 2);
	expect_text(&diary, "a", "text", "old");
	assert_int_equal(change(&diary, "a", "{\"n\":1}"), PARLEY_OK);
	expect_text(&diary, "a", "text", "old");
	expect_key(seen(), 1);
	assert_int_equal(change(&diary, "a", "{}"), PARLEY_OK);
	expect_text(&diary, "a", "text", "old");
	expect_key(seen(), 2);
}

static void
a_patch_of_nothing_seals_anew_under_the_current_key(void **state)
{
	with_secrets(body_keys);
}

static void
append_one(unsigned i)
{
	char stream[8], json[60];

	snprintf(stream, sizeof stream, "%u", i % 7);
	snprintf(json, sizeof json, "{'text':'number %u'}", i);
	assert_true(append(stream, "", json) > 0);
}

/* Walks to the end. */
static struct store_walk
walk_over(const struct parley_collection *c)
{
	struct store_walk walk = { .c = c };

	while (!walk.ended)
		assert_int_equal(store_walk_on(&walk, NULL), 0);
	return walk;
}

static void
use_new_key(void)
{
	static const uint8_t second[32] = { 2 };

	assert_int_equal(seal_key_add(2, second), 0);
	seal_key_use(2);
}

static void
body_walk(void)
{
	struct store_walk walk;
	char key[20], json[40];

	for (int i = 0; i < 300; i++) {
		snprintf(key, sizeof key, "%d", i);
		snprintf(json, sizeof json, "{\"text\":\"text %d\"}", i);
		if (i % 3 == 0)
			store_bytes(&other, key, json); /* of an earlier build */
		else
			assert_int_equal(
			    write_to(&other, key, i % 3 == 1 ? json : "{}"), PARLEY_OK);
	}
	walk = walk_over(&other);
	assert_int_equal(walk.seen, 300);
	assert_int_equal(walk.sealed, 100);
	use_new_key();
	walk = walk_over(&other);
	assert_int_equal(walk.seen, 300);
	assert_int_equal(walk.sealed, 200);
	assert_int_equal(walk.failed, 0);
	assert_int_equal(walk_over(&other).sealed, 0);
	for (int i = 0; i < 300; i++) {
		snprintf(key, sizeof key, "%d", i);
		snprintf(json, sizeof json, "text %d", i);
		expect_text(&other, key, "text", i % 3 == 2 ? NULL : json);
		if (i % 3 != 2)
			expect_key(seen(), 2);
	}
}

static void
a_walk_seals_anew_all_that_is_not_as_it_would_be_now(void **state)
{
	with_secrets(body_walk);
}

static void
body_walk_log(void)
{
	struct store_walk walk;
	char key[20];

	side_by_side(700, append_one);
	use_new_key();
	assert_true(append("3", "", "{'text':'under the new key'}") > 0);
	walk = walk_over(log_in_use);
	assert_int_equal(walk.seen, 701);
	assert_int_equal(walk.sealed, 700);
	assert_int_equal(walk_over(log_in_use).sealed, 0);
	for (int i = 1; i <= 100; i++) {
		snprintf(key, sizeof key, "5/%d", i);
		free(stored(log_in_use, key));
		expect_key(seen(), 2);
	}
}

static void
a_walk_goes_over_every_stream_of_a_log(void **state)
{
	with_each_secret_log(body_walk_log);
}

static void
body_walk_bad(void)
{
	struct store_walk walk;
	char *bytes;

	assert_int_equal(write_to(&other, "a", "{\"text\":\"x\"}"), PARLEY_OK);
	assert_int_equal(write_to(&other, "c", "{\"text\":\"y\"}"), PARLEY_OK);
	bytes = stored(&other, "a");
	store_bytes(&other, "b", bytes);
	free(bytes);
	use_new_key();
	walk = walk_over(&other);
	assert_int_equal(walk.seen, 3);
	assert_int_equal(walk.sealed, 2);
	assert_int_equal(walk.failed, 1);
	assert_int_equal(read_code(&other, "b"), PARLEY_INTERNAL);
	expect_text(&other, "c", "text", "y");
}

static void
a_walk_counts_what_does_not_open_and_goes_on(void **state)
{
	with_secrets(body_walk_bad);
}

static void
body_other_key(void)
{
	static const uint8_t key[32] = { 9 };

	assert_int_equal(write_to(&diary, "a", "{\"text\":\"mine\"}"), PARLEY_OK);
	expect_text(&diary, "a", "text", "mine");
	seal_open_bytes(key);
	assert_int_equal(read_code(&diary, "a"), PARLEY_INTERNAL);
}

static void
nothing_opens_with_another_key(void **state)
{
	with_secrets(body_other_key);
}

/* ---- logs --------------------------------------------------------------------------------- */

static void
body_log(void)
{
	struct parley_query q = { .where = { { "stream", PARLEY_OP_EQ, .text = "s" } } };
	PARLEY_AUTO(parley_docs_fini) struct parley_docs docs = { 0 };
	struct parley_append a = { .stream = "s", .origin = "o" };
	char json[80];

	assert_int_equal(append("s", "o", "{'kind':'k','text':'the first','mid':'1'}"), 1);
	for (int i = 2; i <= 40; i++) {
		snprintf(json, sizeof json, "{'text':'text %d','mid':'%d'}", i, i);
		assert_int_equal(append("s", "", json), i);
	}
	expect_text(log_in_use, "s/1", "text", "the first");
	assert_null(strstr(seen(), "first"));
	assert_non_null(strstr(seen(), "\"kind\":\"k\""));
	expect_text(log_in_use, "s/40", "text", "text 40");
	assert_int_equal(parley_store_find(log_in_use, &q, &docs, NULL), 0);
	assert_int_equal(docs.count, 40);
	assert_string_equal(
	    parley_json_string(parley_json_get(docs.docs[16]->root, "text")), "text 17");
	parley_text_puts(&a.json, "{\"text\":\"again\",\"mid\":\"41\"}");
	parley_store_append(log_in_use, &a);
	assert_int_equal(parley_await_event(&a.done, -1), 0);
	assert_int_equal(a.seq, 1);
	assert_string_equal(
	    parley_json_string(parley_json_get(a.earlier->root, "text")), "the first");
	parley_doc_free(&a.earlier);
}

static void
logs_keep_secrets_and_answer_a_retry_with_them(void **state)
{
	with_each_secret_log(body_log);
}

static void
body_log_patch(void)
{
	for (int i = 1; i <= 5; i++)
		assert_int_equal(append("s", "", "{'text':'words','kind':'k'}"), i);
	assert_int_equal(change(log_in_use, "s/3", "{\"kind\":\"l\"}"), PARLEY_OK);
	expect_text(log_in_use, "s/3", "text", "words");
	assert_int_equal(change(log_in_use, "s/3", "{\"text\":\"others\"}"), PARLEY_OK);
	expect_text(log_in_use, "s/3", "text", "others");
	assert_null(strstr(seen(), "others"));
	expect_text(log_in_use, "s/3", "kind", "l");
	assert_int_equal(parley_store_remove(log_in_use, "s/2", NULL, NULL), 0);
	expect_text(log_in_use, "s/4", "text", "words");
}

static void
documents_of_logs_are_patched(void **state)
{
	with_each_secret_log(body_log_patch);
}

static void
body_log_place(void)
{
	char *bytes;

	assert_int_equal(append("s", "", "{'text':'mine'}"), 1);
	bytes = stored(log_in_use, "s/1");
	plant("s", bytes);
	assert_int_equal(append("s", "", "{}"), 2);
	assert_int_equal(read_code(log_in_use, "s/2"), PARLEY_INTERNAL);
	plant("t", bytes);
	assert_int_equal(append("t", "", "{}"), 1);
	assert_int_equal(read_code(log_in_use, "t/1"), PARLEY_INTERNAL);
	expect_text(log_in_use, "s/1", "text", "mine");
	free(bytes);
}

static void
an_entry_of_a_log_opens_only_in_its_place(void **state)
{
	with_each_secret_log(body_log_place);
}

static void
body_many(void)
{
	PARLEY_AUTO(parley_docs_fini) struct parley_docs docs = { 0 };
	struct parley_query q = { .limit = PARLEY_FIND_LIMIT };
	unsigned sum = 0, n;

	side_by_side(700, append_one);
	assert_int_equal(parley_store_find(log_in_use, &q, &docs, NULL), 0);
	assert_int_equal(docs.count, 700);
	for (uint32_t i = 0; i < docs.count; i++) {
		assert_int_equal(
		    sscanf(parley_json_string(parley_json_get(docs.docs[i]->root, "text")),
			"number %u", &n),
		    1);
		sum += n;
	}
	assert_int_equal(sum, 699 * 700 / 2);
}

static void
entries_of_one_commit_are_sealed_each_for_its_place(void **state)
{
	with_each_secret_log(body_many);
}

/* ---- declarations -------------------------------------------------------------------------- */

static void
body_declared(void)
{
	static const char *const field[] = { "title", NULL }, *const own[] = { "~", NULL };
	struct parley_collection c = { .name = "c", .fields = diary_fields, .secret = field };
	struct parley_error err = { 0 };

	assert_int_equal(store_declare(&c, &err), -1);
	assert_non_null(strstr(err.text, "a field cannot be secret: 'title'"));
	c.secret = own;
	assert_int_equal(store_declare(&c, &err), -1);
}

static void
what_is_indexed_cannot_be_secret(void **state)
{
	with_secrets(body_declared);
}

static void
body_no_longer(void)
{
	static const struct parley_collection open = { .name = "other", .version = 1 };

	assert_int_equal(write_to(&other, "a", "{\"text\":\"was secret\"}"), PARLEY_OK);
	assert_int_equal(store_declare(&open, NULL), 0);
	expect_text(&open, "a", "text", "was secret");
	assert_int_equal(change(&open, "a", "{\"n\":1}"), PARLEY_OK);
	expect_text(&open, "a", "text", "was secret");
	assert_int_equal(change(&open, "a", "{}"), PARLEY_OK);
	expect_text(&open, "a", "text", "was secret");
	assert_non_null(strstr(seen(), "was secret"));
}

static void
what_a_collection_no_longer_keeps_secret_still_opens(void **state)
{
	with_secrets(body_no_longer);
}

const struct CMUnitTest secret_tests[] = {
	cmocka_unit_test(secret_members_reach_the_back_end_sealed_and_modules_open),
	cmocka_unit_test(a_document_has_all_of_its_members_again),
	cmocka_unit_test(the_name_of_the_sealed_member_is_the_stores_own),
	cmocka_unit_test(what_is_moved_to_another_key_or_collection_does_not_open),
	cmocka_unit_test(what_was_changed_on_the_disk_does_not_open),
	cmocka_unit_test(patches_change_clear_and_secret_members),
	cmocka_unit_test(conditions_and_unique_members_work_beside_secrets),
	cmocka_unit_test(documents_with_secrets_expire),
	cmocka_unit_test(documents_of_before_are_read_and_sealed_when_they_change),
	cmocka_unit_test(a_document_may_be_as_large_as_without_secrets),
	cmocka_unit_test(a_patch_of_nothing_seals_anew_under_the_current_key),
	cmocka_unit_test(a_walk_seals_anew_all_that_is_not_as_it_would_be_now),
	cmocka_unit_test(a_walk_goes_over_every_stream_of_a_log),
	cmocka_unit_test(a_walk_counts_what_does_not_open_and_goes_on),
	cmocka_unit_test(nothing_opens_with_another_key),
	cmocka_unit_test(logs_keep_secrets_and_answer_a_retry_with_them),
	cmocka_unit_test(documents_of_logs_are_patched),
	cmocka_unit_test(an_entry_of_a_log_opens_only_in_its_place),
	cmocka_unit_test(entries_of_one_commit_are_sealed_each_for_its_place),
	cmocka_unit_test(what_is_indexed_cannot_be_secret),
	cmocka_unit_test(what_a_collection_no_longer_keeps_secret_still_opens),
	{ 0 },
};
