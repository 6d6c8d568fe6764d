/* SPDX-License-Identifier: MIT */
/* test_schemas.c - the schemas of the protocol themselves: that they compile, accept their examples
 * and the conversation in docs/protocol.md, and leave nothing that a client sends without a bound.
 */
#include "support/test.h"

#include "support/files.h"

#include "json/json.h"
#include "json/schema.h"

#include <parley/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
	struct schema_set *set;
	struct arena arena;
	const struct parley_json *common; /* schemas/common.json */
	int seen;                         /* examples, rules: whatever a test counts */
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	char directory[512];
	const char *directories[] = { directory, NULL };
	struct parley_error err = { 0 };

	snprintf(directory, sizeof directory, "%s", source_path("schemas"));
	f->set = schema_set_load(directories, &err);
	if (f->set == NULL) {
		print_error("%s\n", err.text);
		free(f);
		return -1;
	}
	f->common = source_json(&f->arena, "schemas/common.json");
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	schema_set_free(&f->set);
	arena_fini(&f->arena);
	free(f);
	return 0;
}

static const struct parley_json *
schema_json(struct fixture *f, const char *folder, const char *name)
{
	char path[160];

	snprintf(path, sizeof path, "schemas/%s/%s.json", folder, name);
	return source_json(&f->arena, path);
}

static const struct schema *
frame_schema(const struct fixture *f, const char *folder, const char *type)
{
	char name[64];

	snprintf(name, sizeof name, "%s/%s", folder, type);
	return schema_find(f->set, name);
}

static void
assert_accepts(const struct schema *s, const struct parley_json *value, const char *what)
{
	struct parley_error err = { 0 };

	if (s == NULL)
		fail_msg("%s: there is no schema", what);
	if (schema_check(s, value, "", &err) != 0)
		fail_msg("%s: %s %s", what, err.where, err.text);
}

/* ---- examples ----------------------------------------------------------------------------- */

/* A copy of the object with one more member. */
static const struct parley_json *
with_stranger(struct arena *arena, const struct parley_json *object)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	const struct parley_json *key, *copy;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	for (key = parley_json_first(object); key != NULL; key = parley_json_next(object, key))
		parley_put_json(&w, key->string, parley_json_value(key));
	parley_put_int(&w, "stranger", 1);
	parley_put_end(&w);
	copy = json_parse_copy(arena, text.s, text.len, &json_limits_own, NULL);
	parley_text_fini(&text);
	return copy;
}

/* Each example is accepted; with a member more, if it is an object, it is not. */
static void
check_examples(
    struct fixture *f, const struct schema *s, const struct parley_json *schema, const char *what)
{
	const struct parley_json *examples = parley_json_get(schema, "examples"), *example;

	if (parley_json_len(examples) == 0)
		fail_msg("%s has no examples", what);
	for (example = parley_json_first(examples); example != NULL;
	     example = parley_json_next(examples, example)) {
		struct parley_error err = { 0 };

		assert_accepts(s, example, what);
		f->seen++;
		if (example->type != PARLEY_JSON_OBJECT)
			continue;
		if (schema_check(s, with_stranger(&f->arena, example), "", &err) == 0)
			fail_msg("%s accepts members that it does not know", what);
		assert_string_equal(err.where, "/stranger");
	}
}

static void
check_client(const char *name, void *context)
{
	struct fixture *f = context;

	check_examples(f, frame_schema(f, "client", name), schema_json(f, "client", name), name);
}

static void
check_server(const char *name, void *context)
{
	struct fixture *f = context;

	check_examples(f, frame_schema(f, "server", name), schema_json(f, "server", name), name);
}

static void
check_method(const char *name, void *context)
{
	struct fixture *f = context;
	const struct parley_json *defs = parley_json_get(schema_json(f, "methods", name), "$defs");
	const struct schema_method *m = schema_find_method(f->set, name);

	assert_non_null(m);
	assert_true(strlen(m->description) > 0);
	check_examples(f, m->params, parley_json_get(defs, "params"), name);
	check_examples(f, m->result, parley_json_get(defs, "result"), name);
}

static void
frames_and_methods_accept_their_examples(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(source_each_json("schemas/client", check_client, f), 8);
	assert_int_equal(source_each_json("schemas/server", check_server, f), 9);
	assert_true(source_each_json("schemas/methods", check_method, f) >= 34);
	assert_true(f->seen > 100);
}

/* A schema that is one of common.json's definitions. New. */
static struct schema *
common_schema(const struct parley_json *defs, const char *name)
{
	struct parley_text text = { 0 };
	struct parley_error err = { 0 };
	struct parley_writer w;
	struct schema *s;
	char ref[64];

	snprintf(ref, sizeof ref, "#/$defs/%s", name);
	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "$ref", ref);
	parley_put_json(&w, "$defs", defs);
	parley_put_end(&w);
	s = schema_compile(text.s, text.len, &err);
	if (s == NULL)
		fail_msg("common.json: %s", err.text);
	parley_text_fini(&text);
	return s;
}

static void
common_definitions_accept_their_examples(void **state)
{
	struct fixture *f = *state;
	const struct parley_json *defs = parley_json_get(f->common, "$defs"), *key;

	for (key = parley_json_first(defs); key != NULL; key = parley_json_next(defs, key)) {
		struct schema *s = common_schema(defs, key->string);

		check_examples(f, s, parley_json_value(key), key->string);
		schema_free(&s);
	}
}

/* ---- the text of the protocol ------------------------------------------------------------- */

/* Replaces each needle in t. */
static void
replace(struct parley_text *t, const char *needle, const char *by)
{
	struct parley_text out = { 0 };
	const char *at = t->s, *hit;

	for (; (hit = strstr(at, needle)) != NULL; at = hit + strlen(needle)) {
		parley_text_add(&out, at, (size_t)(hit - at));
		parley_text_puts(&out, by);
	}
	parley_text_puts(&out, at);
	parley_text_fini(t);
	*t = out;
}

/* A line of a conversation, with what stands in it for something longer. */
static const struct parley_json *
parse_line(struct fixture *f, const char *line)
{
	struct parley_text text = { 0 };
	struct parley_error err = { 0 };
	const struct parley_json *v;

	parley_text_puts(&text, line);
	replace(&text, "\"time\":\"…\"", "\"time\":\"2026-11-22T10:00:00.123Z\"");
	replace(&text, "\"019ab…\"", "\"019ab1c2-3d4e-7f60-8a1b-2c3d4e5f6071\"");
	replace(&text, "…", "x");
	v = json_parse_copy(&f->arena, text.s, text.len, &json_limits_user, &err);
	if (v == NULL)
		fail_msg("%s: %s", text.s, err.text);
	parley_text_fini(&text);
	return v;
}

static const char *
member(const struct parley_json *v, const char *name)
{
	return parley_json_string_or(parley_json_get(v, name), "");
}

/* Checks a frame; asked is the method of the request before it, or NULL. */
static void
check_line(struct fixture *f, const char *line, const struct schema_method *asked)
{
	const struct parley_json *v = parse_line(f, line + 2);
	const char *folder = line[0] == 'C' ? "client" : "server", *type = member(v, "type");

	assert_accepts(frame_schema(f, folder, type), v, line);
	if (strcmp(type, "request") == 0)
		assert_accepts(asked->params, parley_json_get(v, "params"), line);
	if (parley_json_get(v, "result") != NULL)
		assert_accepts(asked->result, parley_json_get(v, "result"), line);
	f->seen++;
}

static void
conversation_in_the_protocol_is_valid(void **state)
{
	struct fixture *f = *state;
	const struct schema_method *asked = NULL;
	size_t len;
	char *text = source_read("docs/protocol.md", &len), *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "C {", 3) != 0 && strncmp(line, "S {", 3) != 0)
			continue;
		if (strncmp(member(parse_line(f, line + 2), "type"), "request", 7) == 0)
			asked =
			    schema_find_method(f->set, member(parse_line(f, line + 2), "method"));
		check_line(f, line, asked);
	}
	free(text);
	assert_int_equal(f->seen, 16);
}

/* The methods that the table's row names are there. */
static void
check_row(struct fixture *f, char *row)
{
	char *save = NULL, *name;

	row[strcspn(row + 1, "|") + 1] = '\0';
	for (name = strtok_r(row, "|`, ", &save); name != NULL;
	     name = strtok_r(NULL, "|`, ", &save)) {
		if (schema_find_method(f->set, name) == NULL)
			fail_msg("%s is in docs/protocol.md and not in schemas/methods", name);
		f->seen++;
	}
}

static void
count_for_clients(const char *name, void *context)
{
	struct fixture *f = context;

	f->seen -=
	    strcmp(member(schema_json(f, "methods", name), "$comment"), "who: operator") != 0;
}

static void
methods_in_the_protocol_are_those_with_schemas(void **state)
{
	struct fixture *f = *state;
	size_t len;
	char *text = source_read("docs/protocol.md", &len), *save = NULL;
	char *table = strstr(text, "## 10. Methods"), *end;

	assert_non_null(table);
	end = strstr(table, "\n## 11.");
	assert_non_null(end);
	*end = '\0';
	for (char *line = strtok_r(table, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "| `", 3) == 0)
			check_row(f, line);
	free(text);
	assert_true(f->seen > 20);
	source_each_json("schemas/methods", count_for_clients, f);
	assert_int_equal(f->seen, 0);
}

static void
error_codes_are_those_of_the_table(void **state)
{
	struct fixture *f = *state;
	const struct parley_json *code =
	    parley_json_get(parley_json_get(f->common, "$defs"), "code");
	const struct parley_json *names = parley_json_get(code, "enum");
	const struct parley_json *name = parley_json_first(names);

	assert_int_equal(parley_json_len(names), PARLEY_CODE_COUNT - 1);
	for (int i = PARLEY_OK + 1; i < PARLEY_CODE_COUNT; i++) {
		assert_string_equal(parley_json_string(name), parley_code_name(i));
		name = parley_json_next(names, name);
	}
}

/* ---- what clients send is bounded --------------------------------------------------------- */

/* A schema as it stands in a file. */
struct place {
	struct fixture *f;
	const char *what; /* for messages */
	const struct parley_json *root, *schema;
};

static bool
has(const struct parley_json *schema, const char *keyword)
{
	return parley_json_get(schema, keyword) != NULL;
}

static void assert_bounded(struct place p);

static void
assert_all_bounded(struct place p, const struct parley_json *object)
{
	const struct parley_json *key;

	for (key = parley_json_first(object); key != NULL; key = parley_json_next(object, key)) {
		p.schema = parley_json_value(key);
		p.what = key->string;
		assert_bounded(p);
	}
}

static void
follow(struct place p, const char *ref)
{
	const char *name = strrchr(ref, '/') + 1;

	if (ref[0] != '#')
		p.root = p.f->common;
	p.schema = parley_json_get(parley_json_get(p.root, "$defs"), name);
	assert_bounded(p);
}

static void
assert_branches_bounded(struct place p)
{
	const struct parley_json *branches = parley_json_get(p.schema, "oneOf"), *branch;

	for (branch = parley_json_first(branches); branch != NULL;
	     branch = parley_json_next(branches, branch)) {
		p.schema = branch;
		assert_bounded(p);
	}
}

/* Strings have a longest length, numbers a range, arrays a size, and objects are closed. */
static void
assert_bounded(struct place p)
{
	const struct parley_json *s = p.schema;
	const char *type = member(s, "type");
	bool bounded = has(s, "const") || has(s, "enum");

	p.f->seen++;
	if (has(s, "$ref")) {
		follow(p, member(s, "$ref"));
		return;
	}
	if (strcmp(type, "string") == 0)
		bounded |= has(s, "maxLength");
	if (strcmp(type, "integer") == 0)
		bounded |= has(s, "minimum") && has(s, "maximum");
	if (strcmp(type, "boolean") == 0)
		bounded = true;
	if (strcmp(type, "array") == 0)
		bounded |= has(s, "maxItems") && has(s, "items");
	if (strcmp(type, "object") == 0)
		bounded |= has(s, "oneOf") ||
			   !parley_json_bool(parley_json_get(s, "additionalProperties"), true);
	if (!bounded)
		fail_msg("%s has no bound", p.what);
	assert_all_bounded(p, parley_json_get(s, "properties"));
	assert_branches_bounded(p);
	if (has(s, "items")) {
		p.schema = parley_json_get(s, "items");
		assert_bounded(p);
	}
}

static void
bound_client(const char *name, void *context)
{
	struct fixture *f = context;
	struct place p = { .f = f, .what = name };
	const struct parley_json *properties;

	p.root = p.schema = schema_json(f, "client", name);
	properties = parley_json_get(p.root, "properties");
	if (strcmp(name, "request") != 0) {
		assert_bounded(p);
		return;
	}
	/* params is open: the method's own schema closes it */
	p.schema = parley_json_get(properties, "id");
	assert_bounded(p);
	p.schema = parley_json_get(properties, "method");
	assert_bounded(p);
	assert_int_equal(parley_json_len(properties), 4);
	assert_false(parley_json_bool(parley_json_get(p.root, "additionalProperties"), true));
}

static void
bound_params(const char *name, void *context)
{
	struct fixture *f = context;
	struct place p = { .f = f, .what = name };

	p.root = schema_json(f, "methods", name);
	p.schema = parley_json_get(parley_json_get(p.root, "$defs"), "params");
	assert_bounded(p);
}

static void
everything_a_client_sends_has_a_bound(void **state)
{
	struct fixture *f = *state;

	source_each_json("schemas/client", bound_client, f);
	source_each_json("schemas/methods", bound_params, f);
	assert_true(f->seen > 100);
}

/* ---- the rules that people meet ------------------------------------------------------------ */

static void
assert_refused(struct fixture *f, const char *frame, const char *where, const char *text)
{
	struct parley_error err = { 0 };
	const struct parley_json *v =
	    json_parse_copy(&f->arena, frame, strlen(frame), &json_limits_user, &err);

	assert_non_null(v);
	assert_int_equal(
	    schema_check(frame_schema(f, "client", member(v, "type")), v, "", &err), -1);
	assert_string_equal(err.where, where);
	assert_string_equal(err.text, text);
}

static void
refusals_are_told_in_plain_words(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, "{\"type\":\"message\",\"id\":\"c 1\",\"to\":\"a@b\",\"text\":\"\"}",
	    "/id", "must be 1 to 64 letters, digits or any of . _ : -");
	assert_refused(f, "{\"type\":\"message\",\"id\":\"1\",\"to\":\"alice\",\"text\":\"x\"}",
	    "/to", "must be an address like name@domain");
	assert_refused(f,
	    "{\"type\":\"message\",\"id\":\"1\",\"to\":\"alice@localhost\",\"text\":\"\"}", "/text",
	    "must be 1 to 10000 characters");
	assert_refused(
	    f, "{\"type\":\"message\",\"id\":\"1\",\"text\":\"x\"}", "/to", "is required");
	assert_refused(f, "{\"type\":\"presence\",\"show\":\"gone\"}", "/show",
	    "must be one of \"available\", \"away\", \"busy\", \"offline\"");
	assert_refused(f, "{\"type\":\"close\",\"why\":1}", "/why", "is not a known member");
	assert_refused(f, "{\"type\":\"auth\",\"mechanism\":\"LOGIN\"}", "/mechanism",
	    "must be one of \"PLAIN\", \"SCRAM-SCRYPT-SHA-256\", \"SCRAM-SCRYPT-SHA-256-PLUS\", "
	    "\"TOKEN\", \"COOKIE\"");
	assert_refused(f,
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"al\",\"password\":\"x\","
	    "\"device\":{}}",
	    "/user", "must be 3 to 15 letters, digits or underscores");
	assert_refused(f, "{\"type\":\"ack\",\"count\":1.5}", "/count", "must be a whole number");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_and_methods_accept_their_examples),
		TEST(common_definitions_accept_their_examples),
		TEST(conversation_in_the_protocol_is_valid),
		TEST(methods_in_the_protocol_are_those_with_schemas),
		TEST(error_codes_are_those_of_the_table),
		TEST(everything_a_client_sends_has_a_bound),
		TEST(refusals_are_told_in_plain_words),
	};

	return cmocka_run_group_tests_name("schemas", tests, NULL, NULL);
}
