/* SPDX-License-Identifier: MIT */
/* store_query.c - what a collection declares, which index answers a query, and what a condition
 * means: said once, so that every back end gives the same answers. */
#include "store/doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 30

unsigned
parley_field_count(const struct parley_collection *c)
{
	unsigned n = 0;

	while (c->fields != NULL && c->fields[n].name != NULL)
		n++;
	return n;
}

unsigned
parley_index_count(const struct parley_collection *c)
{
	unsigned n = 0;

	while (c->indexes != NULL && c->indexes[n].fields[0] != NULL)
		n++;
	return n;
}

int
parley_field_number(const struct parley_collection *c, const char *name)
{
	for (int i = 0; c->fields != NULL && c->fields[i].name != NULL; i++)
		if (strcmp(c->fields[i].name, name) == 0)
			return i;
	if (!c->log)
		return strcmp(name, "key") == 0 ? PARLEY_KEY_FIELD : PARLEY_NO_FIELD;
	if (strcmp(name, "stream") == 0)
		return PARLEY_STREAM_FIELD;
	return strcmp(name, "seq") == 0 ? PARLEY_SEQ_FIELD : PARLEY_NO_FIELD;
}

enum parley_field_type
parley_field_type(const struct parley_collection *c, int field)
{
	if (field >= 0)
		return c->fields[field].type;
	return field == PARLEY_SEQ_FIELD ? PARLEY_FIELD_INT : PARLEY_FIELD_TEXT;
}

static bool
order_has(const int *order, unsigned n, int field)
{
	for (unsigned i = 0; i < n; i++)
		if (order[i] == field)
			return true;
	return false;
}

unsigned
parley_index_order(const struct parley_collection *c, int index, int order_r[PARLEY_ORDER_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; index >= 0 && i < 4 && c->indexes[index].fields[i] != NULL; i++)
		order_r[n++] = parley_field_number(c, c->indexes[index].fields[i]);
	if (!c->log)
		order_r[n++] = PARLEY_KEY_FIELD;
	if (c->log && !order_has(order_r, n, PARLEY_STREAM_FIELD))
		order_r[n++] = PARLEY_STREAM_FIELD;
	if (c->log && !order_has(order_r, n, PARLEY_SEQ_FIELD))
		order_r[n++] = PARLEY_SEQ_FIELD;
	return n;
}

/* ---- plans -------------------------------------------------------------------------------- */

/* What a query asks for, whatever the index. */
struct wish {
	int equal[STORE_CONDS_MAX];
	unsigned equals;
	int range; /* the field, or PARLEY_NO_FIELD */
	int order_by;
};

/* -1 when no index could ever serve it. */
static int
wish_add(struct wish *w, const struct parley_collection *c, const struct parley_cond *cond,
    bool prefixed)
{
	int field = cond->field != NULL ? parley_field_number(c, cond->field) : PARLEY_NO_FIELD;

	if (field == PARLEY_NO_FIELD || cond->op > PARLEY_OP_PREFIX)
		return -1;
	if (cond->op == PARLEY_OP_EQ) {
		if (order_has(w->equal, w->equals, field))
			return -1;
		w->equal[w->equals++] = field;
		return 0;
	}
	if (cond->op == PARLEY_OP_PREFIX && parley_field_type(c, field) != PARLEY_FIELD_TEXT)
		return -1;
	/* a prefix is a whole range, so it stands alone */
	if (w->range != PARLEY_NO_FIELD && (w->range != field || prefixed))
		return -1;
	w->range = field;
	return 0;
}

static int
wish_read(struct wish *w, const struct parley_collection *c, const struct parley_query *q)
{
	unsigned prefixes = 0, ranges = 0;

	*w = (struct wish){ .range = PARLEY_NO_FIELD, .order_by = PARLEY_NO_FIELD };
	for (unsigned i = 0; i < STORE_CONDS_MAX && q->where[i].op != PARLEY_OP_END; i++) {
		prefixes += q->where[i].op == PARLEY_OP_PREFIX;
		ranges += q->where[i].op != PARLEY_OP_EQ;
		if (ranges > 2 || wish_add(w, c, &q->where[i], prefixes > 0) != 0)
			return -1;
	}
	if (q->order_by == NULL)
		return 0;
	w->order_by = parley_field_number(c, q->order_by);
	return w->order_by == PARLEY_NO_FIELD ? -1 : 0;
}

/* True when the fields of the order's first own places are those of the wish. */
static bool
serves(const struct wish *w, const int *order, unsigned own)
{
	int next;

	if (w->equals > own)
		return false;
	for (unsigned i = 0; i < w->equals; i++)
		if (!order_has(order, w->equals, w->equal[i]))
			return false;
	next = w->equals < own ? order[w->equals] : PARLEY_NO_FIELD;
	if (w->range != PARLEY_NO_FIELD && w->range != next)
		return false;
	return w->order_by == PARLEY_NO_FIELD || w->order_by == next ||
	       order_has(order, w->equals, w->order_by);
}

/* True when what the wish finds has every member that a sparse index needs. */
static bool
names_all(const struct wish *w, const int *order, unsigned own)
{
	for (unsigned i = 0; i < own; i++)
		if (order[i] >= 0 && order[i] != w->range && order[i] != w->order_by &&
		    !order_has(w->equal, w->equals, order[i]))
			return false;
	return true;
}

/* Fields that the index itself declares, without those added to tell equals apart. */
static unsigned
own_fields(const struct parley_collection *c, int index)
{
	unsigned n = 0;

	if (index < 0)
		return c->log ? 2 : 1;
	while (n < 4 && c->indexes[index].fields[n] != NULL)
		n++;
	return n;
}

int
parley_plan_query(
    const struct parley_collection *c, const struct parley_query *query, struct parley_plan *plan_r)
{
	int indexes = (int)parley_index_count(c);
	struct parley_plan p;
	struct wish w;

	if (wish_read(&w, c, query) != 0)
		return -1;
	for (int i = -1; i < indexes; i++) {
		p.orders = parley_index_order(c, i, p.order);
		if (!serves(&w, p.order, own_fields(c, i)))
			continue;
		if (i >= 0 && c->indexes[i].sparse && !names_all(&w, p.order, own_fields(c, i)))
			continue;
		p.index = i;
		p.equal = w.equals;
		p.order_by = w.order_by;
		p.limit = query->limit == 0 ? 100 : query->limit;
		if (p.limit > PARLEY_FIND_LIMIT)
			p.limit = PARLEY_FIND_LIMIT;
		*plan_r = p;
		return 0;
	}
	return -1;
}

/* ---- conditions --------------------------------------------------------------------------- */

static bool
sign_holds(enum parley_op op, int sign)
{
	switch (op) {
	case PARLEY_OP_EQ:
		return sign == 0;
	case PARLEY_OP_LT:
		return sign < 0;
	case PARLEY_OP_LE:
		return sign <= 0;
	case PARLEY_OP_GT:
		return sign > 0;
	case PARLEY_OP_GE:
		return sign >= 0;
	default:
		return false;
	}
}

static int
compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int sign = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (sign != 0)
		return sign;
	return (a_len > b_len) - (a_len < b_len);
}

static bool
cond_holds(
    enum parley_field_type type, const struct parley_value *v, const struct parley_cond *cond)
{
	size_t len;

	if (!v->present)
		return false;
	if (type == PARLEY_FIELD_INT)
		return sign_holds(
		    cond->op, (v->integer > cond->integer) - (v->integer < cond->integer));
	if (cond->text == NULL)
		return false;
	len = strlen(cond->text);
	if (cond->op == PARLEY_OP_PREFIX)
		return v->len >= len && memcmp(v->text, cond->text, len) == 0;
	return sign_holds(cond->op, compare_bytes(v->text, v->len, cond->text, len));
}

bool
parley_conds_hold(const struct parley_collection *c, const struct parley_value *values,
    const struct parley_cond *when)
{
	for (; when != NULL && when->op != PARLEY_OP_END; when++) {
		int field = parley_field_number(c, when->field);

		parley_assert(field >= 0);
		if (!cond_holds(c->fields[field].type, &values[field], when))
			return false;
	}
	return true;
}

bool
store_when_is_valid(const struct parley_collection *c, const struct parley_cond *when)
{
	for (; when != NULL && when->op != PARLEY_OP_END; when++) {
		int field =
		    when->field != NULL ? parley_field_number(c, when->field) : PARLEY_NO_FIELD;

		if (field < 0 || when->op > PARLEY_OP_PREFIX)
			return false;
		if (when->op == PARLEY_OP_PREFIX && c->fields[field].type != PARLEY_FIELD_TEXT)
			return false;
	}
	return true;
}

bool
store_conds_are_void(
    const struct parley_collection *c, const struct parley_cond *conds, unsigned max)
{
	for (unsigned i = 0; i < max && conds[i].op != PARLEY_OP_END; i++) {
		int field = parley_field_number(c, conds[i].field);

		if (parley_field_type(c, field) != PARLEY_FIELD_TEXT)
			continue;
		if (conds[i].text == NULL)
			return true;
		if (!parley_utf8_valid(conds[i].text, strlen(conds[i].text)))
			return true;
	}
	return false;
}

bool
parley_prefix_end(const char *prefix, struct parley_text *out)
{
	if (prefix[0] == '\0')
		return false;
	parley_text_clear(out);
	parley_text_puts(out, prefix);
	/* the last byte of UTF-8 is never 0xff, so there is no carry */
	out->s[out->len - 1] = (char)((unsigned char)out->s[out->len - 1] + 1);
	return true;
}

/* ---- keys of log collections -------------------------------------------------------------- */

/* Digits as parley_log_key writes them: no sign, no leading zero, 1 or more. */
static bool
read_seq(const char *s, int64_t *seq_r)
{
	int64_t n = 0;

	if (*s < '1' || *s > '9')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9' || n > (INT64_MAX - 9) / 10)
			return false;
		n = n * 10 + (*s - '0');
	}
	*seq_r = n;
	return true;
}

bool
parley_log_key_split(const char *key, char *stream_r, int64_t *seq_r)
{
	const char *slash = strrchr(key, '/');
	int64_t seq;

	if (slash == NULL || slash == key || slash - key >= PARLEY_KEY_MAX)
		return false;
	if (!read_seq(slash + 1, &seq))
		return false;
	memcpy(stream_r, key, (size_t)(slash - key));
	stream_r[slash - key] = '\0';
	*seq_r = seq;
	return true;
}

size_t
parley_log_key(char out[PARLEY_LOG_KEY_MAX], const char *stream, size_t len, int64_t seq)
{
	char digits[20], *p = digits + sizeof digits;

	parley_assert(len < PARLEY_KEY_MAX && seq > 0);
	for (int64_t n = seq; n > 0; n /= 10)
		*--p = (char)('0' + n % 10);
	memcpy(out, stream, len);
	out[len++] = '/';
	memcpy(out + len, p, (size_t)(digits + sizeof digits - p));
	len += (size_t)(digits + sizeof digits - p);
	out[len] = '\0';
	return len;
}

/* ---- declarations ------------------------------------------------------------------------- */

static bool
name_is_valid(const char *s)
{
	size_t len = s != NULL ? strspn(s, "abcdefghijklmnopqrstuvwxyz_") : 0;

	return len >= 1 && len <= NAME_MAX_BYTES && s[len] == '\0';
}

static int
refuse(
    const struct parley_collection *c, struct parley_error *err, const char *what, const char *name)
{
	return parley_fail(err, PARLEY_INTERNAL, NULL, "collection '%.40s': %s '%.40s'",
	    c->name != NULL ? c->name : "", what, name != NULL ? name : "");
}

static int
check_fields(const struct parley_collection *c, struct parley_error *err)
{
	static const char *const reserved[] = { "key", "stream", "seq" };
	unsigned n = parley_field_count(c);

	if (n > PARLEY_FIELDS_MAX)
		return refuse(c, err, "too many fields, from", c->fields[PARLEY_FIELDS_MAX].name);
	for (unsigned i = 0; i < n; i++) {
		const char *name = c->fields[i].name;

		if (!name_is_valid(name))
			return refuse(c, err, "not a name for a field:", name);
		for (size_t k = 0; k < sizeof reserved / sizeof *reserved; k++)
			if (strcmp(name, reserved[k]) == 0)
				return refuse(c, err, "reserved name of a field:", name);
		if (parley_field_number(c, name) != (int)i)
			return refuse(c, err, "field declared twice:", name);
	}
	return 0;
}

static int
check_index(
    const struct parley_collection *c, const struct parley_index *index, struct parley_error *err)
{
	for (unsigned i = 0; i < 4 && index->fields[i] != NULL; i++) {
		int field = parley_field_number(c, index->fields[i]);

		if (field == PARLEY_NO_FIELD || field == PARLEY_KEY_FIELD)
			return refuse(c, err, "index of an unknown field", index->fields[i]);
		for (unsigned k = 0; k < i; k++)
			if (strcmp(index->fields[i], index->fields[k]) == 0)
				return refuse(
				    c, err, "index with twice the field", index->fields[i]);
	}
	return 0;
}

/* What is sealed cannot be searched for. */
static int
check_secret(const struct parley_collection *c, struct parley_error *err)
{
	for (const char *const *s = c->secret; s != NULL && *s != NULL; s++) {
		if ((*s)[0] == '\0' || strpbrk(*s, "~\"\\") != NULL)
			return refuse(c, err, "not a name for a secret member:", *s);
		if (parley_field_number(c, *s) >= 0)
			return refuse(c, err, "a field cannot be secret:", *s);
	}
	return 0;
}

int
store_check_collection(const struct parley_collection *c, struct parley_error *err)
{
	unsigned indexes = parley_index_count(c);
	int expires;

	if (!name_is_valid(c->name))
		return refuse(c, err, "not a name for a collection:", c->name);
	if (check_fields(c, err) != 0 || check_secret(c, err) != 0)
		return -1;
	if (indexes > PARLEY_INDEXES_MAX)
		return refuse(
		    c, err, "too many indexes, from", c->indexes[PARLEY_INDEXES_MAX].fields[0]);
	for (unsigned i = 0; i < indexes; i++)
		if (check_index(c, &c->indexes[i], err) != 0)
			return -1;
	if (c->expires == NULL)
		return 0;
	expires = parley_field_number(c, c->expires);
	if (expires < 0 || c->fields[expires].type != PARLEY_FIELD_INT)
		return refuse(c, err, "expiry is not by an int field:", c->expires);
	return 0;
}
