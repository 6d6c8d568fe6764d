/* SPDX-License-Identifier: MIT */
/* store_query.c - which index answers a query, and what a condition means: said once, so that every
 * back end gives the same answers. */
#include "store/doc.h"

#include <stdlib.h>
#include <string.h>

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

bool
parley_op_holds(enum parley_op op, int sign)
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
		return parley_op_holds(
		    cond->op, (v->integer > cond->integer) - (v->integer < cond->integer));
	if (cond->text == NULL)
		return false;
	len = strlen(cond->text);
	if (cond->op == PARLEY_OP_PREFIX)
		return v->len >= len && memcmp(v->text, cond->text, len) == 0;
	return parley_op_holds(cond->op, compare_bytes(v->text, v->len, cond->text, len));
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
