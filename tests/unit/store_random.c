/* SPDX-License-Identifier: MIT */
/* store_random.c - random operations on the store and on a model of it that is too simple to be
 * wrong: arrays, walked from end to end. PARLEY_SEED repeats a run, PARLEY_STEPS makes it longer.
 */
#include "unit/store_conformance.h"

#include "base/xalloc.h"
#include "store/store.h"
#include "support/chance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCS_MAX 4000
#define FIELDS   5

static unsigned
steps(void)
{
	const char *given = getenv("PARLEY_STEPS");

	return given != NULL ? (unsigned)strtoul(given, NULL, 10) : 1500;
}

static const char *const texts[] = { "", "a", "A", "ab", "abc", "b", "\xc3\xa9", "'", "\"x\"",
	"$gt", "zz", "ab\xf0\x9f\x98\x80", "a\tb", "%" };
#define TEXTS (sizeof texts / sizeof *texts)

static const int64_t numbers[] = { 0, 1, -1, 2, 3, 17, 999999999999999999, -999999999999999999 };
#define NUMBERS (sizeof numbers / sizeof *numbers)

/* ---- the model ---------------------------------------------------------------------------- */

/* A value, of a text field the number of the text. */
struct value {
	bool present;
	int64_t n;
};

struct entry {
	char key[32]; /* or the stream */
	int64_t seq;
	char origin[8];
	struct value v[FIELDS]; /* in the order of the collection's fields */
	int extra;              /* a member that is in no index */
};

static struct {
	const struct parley_collection *c;
	struct entry docs[DOCS_MAX];
	unsigned count;
	int64_t top[8]; /* of each stream */
} model;

static int
compare_value(int field, struct value a, struct value b)
{
	if (!a.present || !b.present)
		return a.present - b.present;
	if (model.c->fields[field].type == PARLEY_FIELD_TEXT)
		return strcmp(texts[a.n], texts[b.n]); /* as unsigned bytes, says POSIX */
	return (a.n > b.n) - (a.n < b.n);
}

static bool
gone(const struct entry *e)
{
	return !model.c->log && e->v[4].present && e->v[4].n <= parley_now();
}

static struct entry *
model_get(const char *key, int64_t seq)
{
	for (unsigned i = 0; i < model.count; i++)
		if (strcmp(model.docs[i].key, key) == 0 && model.docs[i].seq == seq)
			return gone(&model.docs[i]) ? NULL : &model.docs[i];
	return NULL;
}

static void
model_remove(const char *key, int64_t seq)
{
	for (unsigned i = 0; i < model.count; i++)
		if (strcmp(model.docs[i].key, key) == 0 && model.docs[i].seq == seq)
			model.docs[i--] = model.docs[--model.count];
}

/* True when another document than that of e's key has e's unique member. */
static bool
model_conflicts(const struct entry *e)
{
	int field = model.c->log ? 1 : 3;

	for (unsigned i = 0; i < model.count; i++) {
		const struct entry *o = &model.docs[i];

		if (gone(o) || (strcmp(o->key, e->key) == 0 && o->seq == e->seq))
			continue;
		if (e->v[field].present && compare_value(field, e->v[field], o->v[field]) == 0)
			return true;
	}
	return false;
}

static bool
op_holds(enum parley_op op, int sign)
{
	return (op == PARLEY_OP_EQ && sign == 0) || (op == PARLEY_OP_LT && sign < 0) ||
	       (op == PARLEY_OP_LE && sign <= 0) || (op == PARLEY_OP_GT && sign > 0) ||
	       (op == PARLEY_OP_GE && sign >= 0);
}

static bool
model_holds(const struct entry *e, const struct parley_cond *cond)
{
	int field = parley_field_number(model.c, cond->field);
	const char *text = e->key;

	if (field >= 0 && !e->v[field].present)
		return false;
	if (field == PARLEY_SEQ_FIELD ||
	    (field >= 0 && model.c->fields[field].type == PARLEY_FIELD_INT)) {
		int64_t n = field >= 0 ? e->v[field].n : e->seq;

		return op_holds(cond->op, (n > cond->integer) - (n < cond->integer));
	}
	if (field >= 0)
		text = texts[e->v[field].n];
	if (cond->op == PARLEY_OP_PREFIX)
		return strncmp(text, cond->text, strlen(cond->text)) == 0;
	return op_holds(cond->op, strcmp(text, cond->text));
}

static bool
model_all_hold(const struct entry *e, const struct parley_cond *conds, unsigned max)
{
	for (unsigned i = 0; i < max && conds[i].op != PARLEY_OP_END; i++)
		if (!model_holds(e, &conds[i]))
			return false;
	return true;
}

static struct parley_plan plan; /* of the find that is being checked */

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	for (unsigned i = 0; i < plan.orders; i++) {
		int field = plan.order[i], sign;

		if (field >= 0)
			sign = compare_value(field, x->v[field], y->v[field]);
		else if (field == PARLEY_SEQ_FIELD)
			sign = (x->seq > y->seq) - (x->seq < y->seq);
		else
			sign = strcmp(x->key, y->key);
		if (sign != 0)
			return sign;
	}
	return 0;
}

/* ---- documents made of entries ------------------------------------------------------------ */

static struct value
random_value(int field)
{
	struct value v = { .present = chance(6) > 0 };

	if (!v.present)
		return v;
	if (model.c->fields[field].type == PARLEY_FIELD_TEXT)
		v.n = chance(TEXTS);
	else if (!model.c->log && field == 4)
		v.n = parley_now() + (int64_t)chance(20) * 100000 - 50000;
	else
		v.n = numbers[chance(NUMBERS)];
	return v;
}

static void
put_member(struct parley_writer *w, int field, struct value v)
{
	const char *name = model.c->fields[field].name;

	if (!v.present)
		parley_put_null(w, name);
	else if (model.c->fields[field].type == PARLEY_FIELD_TEXT)
		parley_put_string(w, name, texts[v.n]);
	else
		parley_put_int(w, name, v.n);
}

/* The document of e; of only some members when that is given. */
static struct parley_text
write_entry(const struct entry *e, const bool *only)
{
	struct parley_text t = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &t);
	parley_put_object(&w, NULL);
	for (int i = 0; i < (int)parley_field_count(model.c); i++)
		if (only == NULL || only[i])
			put_member(&w, i, e->v[i]);
	if (only == NULL)
		parley_put_int(&w, "extra", e->extra);
	parley_put_end(&w);
	return t;
}

static void
expect_same(const struct parley_doc *doc, const struct entry *e)
{
	char key[64];

	if (model.c->log)
		snprintf(key, sizeof key, "%s/%lld", e->key, (long long)e->seq);
	else
		snprintf(key, sizeof key, "%s", e->key);
	assert_string_equal(doc->key, key);
	assert_int_equal(doc->seq, e->seq);
	assert_int_equal(parley_json_int(parley_json_get(doc->root, "extra"), -1), e->extra);
	for (int i = 0; i < (int)parley_field_count(model.c); i++) {
		const struct parley_json *v = parley_json_get(doc->root, model.c->fields[i].name);

		if (!e->v[i].present)
			assert_true(v == NULL || v->type == PARLEY_JSON_NULL);
		else if (model.c->fields[i].type == PARLEY_FIELD_TEXT)
			assert_string_equal(parley_json_string(v), texts[e->v[i].n]);
		else
			assert_int_equal(parley_json_int(v, 77), e->v[i].n);
	}
}

static struct entry
random_entry(const char *key)
{
	struct entry e = { .extra = (int)chance(1000) };

	snprintf(e.key, sizeof e.key, "%s", key);
	for (int i = 0; i < (int)parley_field_count(model.c); i++)
		e.v[i] = random_value(i);
	return e;
}

static struct parley_cond
random_cond(const char *field, bool equal)
{
	int number = parley_field_number(model.c, field);
	struct parley_cond cond = { .field = field, .op = PARLEY_OP_EQ };

	if (!equal)
		cond.op = PARLEY_OP_LT + chance(4);
	if (parley_field_type(model.c, number) == PARLEY_FIELD_INT) {
		cond.integer = chance(2) ? (int64_t)chance(40) : numbers[chance(NUMBERS)];
		return cond;
	}
	if (!equal && chance(3) == 0)
		cond.op = PARLEY_OP_PREFIX;
	cond.text = texts[chance(TEXTS)];
	if (number < 0 && chance(4) > 0 && model.count > 0)
		cond.text = model.docs[chance(model.count)].key;
	return cond;
}

/* ---- random steps ------------------------------------------------------------------------- */

static enum parley_code
model_put(const struct entry *e, bool only_new)
{
	if (only_new && model_get(e->key, 0) != NULL)
		return PARLEY_CONFLICT;
	if (model_conflicts(e))
		return PARLEY_CONFLICT;
	model_remove(e->key, 0);
	parley_assert(model.count < DOCS_MAX);
	model.docs[model.count++] = *e;
	return PARLEY_OK;
}

static void
step_put(const char *key)
{
	struct entry e = random_entry(key);
	PARLEY_AUTO(parley_text_fini) struct parley_text json = write_entry(&e, NULL);
	bool only_new = chance(2);
	struct parley_error err = { 0 };

	if (only_new)
		parley_store_insert(&people, key, &json, &err);
	else
		parley_store_put(&people, key, &json, &err);
	assert_int_equal(err.code, model_put(&e, only_new));
}

static enum parley_code
model_patch(const char *key, int64_t seq, const struct entry *e, const bool *only,
    const struct parley_cond *when)
{
	struct entry *old = model_get(key, seq), changed;

	if (old == NULL)
		return PARLEY_NOT_FOUND;
	if (!model_all_hold(old, when, 1))
		return PARLEY_CONFLICT;
	changed = *old;
	for (int i = 0; i < FIELDS; i++)
		if (only[i])
			changed.v[i] = e->v[i];
	if (model_conflicts(&changed))
		return PARLEY_CONFLICT;
	*old = changed;
	return PARLEY_OK;
}

/* The key that the store knows the document by. */
static const char *
store_key(const char *key, int64_t seq)
{
	static char full[64];

	if (!model.c->log)
		return key;
	snprintf(full, sizeof full, "%s/%lld", key, (long long)seq);
	return full;
}

static void
random_when(struct parley_cond when[2])
{
	memset(when, 0, 2 * sizeof *when);
	if (chance(2))
		when[0] = random_cond(
		    model.c->fields[chance(parley_field_count(model.c))].name, chance(2));
}

static void
step_patch(const char *key, int64_t seq)
{
	struct entry e = random_entry(key);
	bool only[FIELDS] = { chance(2), chance(2), chance(2), chance(2), chance(8) == 0 };
	PARLEY_AUTO(parley_text_fini) struct parley_text json = write_entry(&e, only);
	struct parley_error err = { 0 };
	struct parley_cond when[2];

	random_when(when);
	parley_store_patch(model.c, store_key(key, seq), &json, when, &err);
	assert_int_equal(err.code, model_patch(key, seq, &e, only, when));
}

static void
step_remove(const char *key, int64_t seq)
{
	const struct entry *e = model_get(key, seq);
	enum parley_code expected = PARLEY_OK;
	struct parley_error err = { 0 };
	struct parley_cond when[2];

	random_when(when);
	if (e == NULL)
		expected = PARLEY_NOT_FOUND;
	else if (!model_all_hold(e, when, 1))
		expected = PARLEY_CONFLICT;
	parley_store_remove(model.c, store_key(key, seq), when, &err);
	assert_int_equal(err.code, expected);
	if (expected == PARLEY_OK)
		model_remove(key, seq);
}

static void
step_get(const char *key, int64_t seq)
{
	PARLEY_AUTO(parley_doc_free) struct parley_doc *doc = get(model.c, store_key(key, seq));
	const struct entry *e = model_get(key, seq);

	assert_int_equal(doc != NULL, e != NULL);
	if (e != NULL)
		expect_same(doc, e);
}

/* A query that some index serves, unless that is sparse: a number of its leading fields, with the
 * last as a range or the order, or neither. */
static struct parley_query
random_query(bool *sparse_r)
{
	unsigned indexes = parley_index_count(model.c), fields = 0, n, i = 0;
	const char *key[] = { "key", NULL }, *log[] = { "stream", "seq", NULL };
	const char *const *names = model.c->log ? log : key;
	unsigned pick = chance(indexes + 1), style = chance(3);
	struct parley_query q = { .descending = chance(2), .limit = chance(3) ? chance(20) : 1000 };

	*sparse_r = pick < indexes && model.c->indexes[pick].sparse;
	if (pick < indexes)
		names = model.c->indexes[pick].fields;
	while (fields < 4 && names[fields] != NULL)
		fields++;
	n = chance(fields + 1);
	for (; i < n; i++)
		q.where[i] = random_cond(names[i], true);
	if (n == fields || style == 0)
		return q;
	if (style == 1)
		q.order_by = names[n];
	else
		q.where[i++] = random_cond(names[n], false);
	if (style == 2 && q.where[n].op != PARLEY_OP_PREFIX && chance(2)) {
		q.where[i] = random_cond(names[n], false);
		if (q.where[i].op == PARLEY_OP_PREFIX)
			q.where[i].op = PARLEY_OP_GE;
	}
	return q;
}

static void
step_find(void)
{
	static struct entry hits[DOCS_MAX];
	bool sparse;
	struct parley_query q = random_query(&sparse);
	struct parley_docs docs;
	unsigned n = 0;
	int64_t counted;

	if (parley_plan_query(model.c, &q, &plan) != 0) {
		assert_true(sparse);
		return;
	}
	for (unsigned i = 0; i < model.count; i++) {
		const struct entry *e = &model.docs[i];

		if (gone(e) || !model_all_hold(e, q.where, 5))
			continue;
		if (plan.order_by < 0 || e->v[plan.order_by].present)
			hits[n++] = *e;
	}
	qsort(hits, n, sizeof *hits, compare_entries);
	counted = parley_store_count(model.c, &q, 30, NULL);
	assert_int_equal(counted, n < 30 ? n : 30);
	assert_int_equal(parley_store_find(model.c, &q, &docs, NULL), 0);
	assert_int_equal(docs.count, n < plan.limit ? n : plan.limit);
	for (unsigned i = 0; i < docs.count; i++)
		expect_same(docs.docs[i], &hits[q.descending ? n - 1 - i : i]);
	parley_docs_fini(&docs);
}

static const char *
random_key(void)
{
	static char key[32];

	snprintf(key, sizeof key, "%s%u", texts[chance(TEXTS)], chance(4));
	return key;
}

static void
body_documents(void)
{
	model.c = &people;
	model.count = 0;
	for (unsigned i = steps(); i > 0; i--) {
		unsigned what = chance(100);

		if (what < 35)
			step_put(random_key());
		else if (what < 50)
			step_patch(random_key(), 0);
		else if (what < 55)
			step_remove(random_key(), 0);
		else if (what < 65)
			step_get(random_key(), 0);
		else if (what < 98)
			step_find();
		else if (what < 99)
			clock_advance(chance(200000));
		else
			store_sweep();
	}
}

static void
random_documents_match_a_model(void **state)
{
	chance_begin();
	with_store(body_documents);
}

/* ---- logs --------------------------------------------------------------------------------- */

static const char *const streams[] = { "s", "s/1", "t", "'", "\xc3\xa9", "u", "a+b", "B" };

/* What an append has to answer; e gets its seq when it is new. */
static const struct entry *
model_append(struct entry *e, unsigned stream, enum parley_code *code_r)
{
	*code_r = PARLEY_OK;
	for (unsigned i = 0; i < model.count && e->origin[0] != '\0'; i++)
		if (strcmp(model.docs[i].origin, e->origin) == 0)
			return &model.docs[i];
	if (model_conflicts(e)) {
		*code_r = PARLEY_CONFLICT;
		return NULL;
	}
	e->seq = ++model.top[stream];
	parley_assert(model.count < DOCS_MAX);
	model.docs[model.count] = *e;
	return &model.docs[model.count++];
}

/* Some appends at once, so that some share a commit. */
static void
step_append(void)
{
	struct parley_append *a = xcalloc(8, sizeof *a);
	unsigned n = 1 + chance(8), stream[8];
	struct entry e[8];

	for (unsigned i = 0; i < n; i++) {
		stream[i] = chance(8);
		e[i] = random_entry(streams[stream[i]]);
		if (chance(3) > 0)
			snprintf(e[i].origin, sizeof e[i].origin, "o%u", chance(300));
		if (chance(3) > 0)
			e[i].v[1].present = false;
		strcpy(a[i].stream, e[i].key);
		strcpy(a[i].origin, e[i].origin);
		a[i].json = write_entry(&e[i], NULL);
		parley_store_append(model.c, &a[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		enum parley_code code;
		const struct entry *expected = model_append(&e[i], stream[i], &code);

		assert_int_equal(parley_await_event(&a[i].done, -1), code == PARLEY_OK ? 0 : -1);
		assert_int_equal(a[i].err.code, code);
		if (code == PARLEY_OK)
			assert_int_equal(a[i].seq, expected->seq);
		if (a[i].earlier != NULL)
			expect_same(a[i].earlier, expected);
		parley_doc_free(&a[i].earlier);
	}
	free(a);
}

void
random_log_begin(void)
{
	model.c = log_in_use;
	model.count = 0;
	memset(model.top, 0, sizeof model.top);
}

void
random_log_steps(unsigned n)
{
	for (unsigned i = n; i > 0; i--) {
		const struct entry *some =
		    model.count > 0 ? &model.docs[chance(model.count)] : NULL;
		char stream[32];
		int64_t seq = some != NULL ? some->seq + (chance(8) == 0) : 1;
		unsigned what = chance(100);

		strcpy(stream, some != NULL ? some->key : "s");
		if (what < 30)
			step_append();
		else if (what < 40)
			step_patch(stream, seq);
		else if (what < 55)
			step_remove(stream, seq);
		else if (what < 65)
			step_get(stream, seq);
		else
			step_find();
	}
}

static void
body_logs(void)
{
	random_log_begin();
	random_log_steps(steps() / 2);
}

static void
random_logs_match_a_model(void **state)
{
	chance_begin();
	with_each_log(body_logs);
}

const struct CMUnitTest random_tests[] = {
	cmocka_unit_test(random_documents_match_a_model),
	cmocka_unit_test(random_logs_match_a_model),
	{ 0 },
};
