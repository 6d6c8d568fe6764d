/* SPDX-License-Identifier: MIT */
/* mongo_bson.c - documents as BSON, put together and taken apart member by member. */
#include "mongo.h"

#include <stdio.h>
#include <string.h>

const char *
mg_member(const struct parley_collection *c, int field, char buffer[MG_FIELD_MAX])
{
	switch (field) {
	case PARLEY_KEY_FIELD:
		return "_id";
	case PARLEY_STREAM_FIELD:
		return "s";
	case PARLEY_SEQ_FIELD:
		return "q";
	default:
		snprintf(buffer, MG_FIELD_MAX, "f_%s", c->fields[field].name);
		return buffer;
	}
}

static void
put_text(bson_t *out, const char *name, const char *s, size_t len)
{
	parley_assert(bson_append_utf8(out, name, -1, s, (int)len));
}

static void
put_value(
    bson_t *out, const char *name, enum parley_field_type type, const struct parley_value *value)
{
	if (type == PARLEY_FIELD_INT)
		BSON_APPEND_INT64(out, name, value->integer);
	else
		put_text(out, name, value->text, value->len);
}

/* ---- what is unique ----------------------------------------------------------------------- */

bool
mg_is_single(const struct parley_index *index)
{
	return index->fields[1] == NULL;
}

const char *
mg_unique_member(const struct parley_collection *c, unsigned index, char buffer[MG_FIELD_MAX])
{
	if (mg_is_single(&c->indexes[index]))
		return mg_member(c, parley_field_number(c, c->indexes[index].fields[0]), buffer);
	snprintf(buffer, MG_FIELD_MAX, "u%u", index);
	return buffer;
}

/* Several members as one text, so that other members never give the same. */
static void
put_part(struct parley_text *out, enum parley_field_type type, const struct parley_value *value)
{
	if (type == PARLEY_FIELD_INT) {
		parley_text_printf(out, "%lld,", (long long)value->integer);
		return;
	}
	parley_text_printf(out, "%zu:", value->len);
	parley_text_add(out, value->text, value->len);
	parley_text_putc(out, ',');
}

bool
mg_put_unique(bson_t *out, const struct parley_collection *c, unsigned index,
    const struct parley_value *values)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text parts = { 0 };
	const struct parley_index *declared = &c->indexes[index];
	char name[MG_FIELD_MAX];

	for (unsigned i = 0; i < 4 && declared->fields[i] != NULL; i++) {
		int field = parley_field_number(c, declared->fields[i]);

		parley_assert(field >= 0);
		if (!values[field].present)
			return false;
		if (mg_is_single(declared))
			put_value(
			    out, mg_member(c, field, name), c->fields[field].type, &values[field]);
		else
			put_part(&parts, c->fields[field].type, &values[field]);
	}
	if (!mg_is_single(declared))
		put_text(out, mg_unique_member(c, index, name), parts.s, parts.len);
	return true;
}

bool
mg_same_unique(const struct parley_collection *c, unsigned index, const struct parley_value *a,
    const struct parley_value *b)
{
	const struct parley_index *declared = &c->indexes[index];

	for (unsigned i = 0; i < 4 && declared->fields[i] != NULL; i++) {
		int field = parley_field_number(c, declared->fields[i]);

		if (!a[field].present || !b[field].present)
			return false;
		if (c->fields[field].type == PARLEY_FIELD_INT
			? a[field].integer != b[field].integer
			: a[field].len != b[field].len ||
			      memcmp(a[field].text, b[field].text, a[field].len) != 0)
			return false;
	}
	return true;
}

/* ---- whole documents ---------------------------------------------------------------------- */

int64_t
mg_expiry(const struct mg_collection *mc, const struct parley_value *values)
{
	if (mc->expires == PARLEY_NO_FIELD || !values[mc->expires].present)
		return MG_NEVER;
	return values[mc->expires].integer;
}

void
mg_put_doc(bson_t *out, const struct mg_collection *mc, const struct mg_doc *doc, int64_t v)
{
	const struct parley_collection *c = mc->c;
	char name[MG_FIELD_MAX];

	put_text(out, "_id", doc->key, strlen(doc->key));
	BSON_APPEND_INT64(out, "v", v);
	if (c->log) {
		put_text(out, "s", doc->stream, strlen(doc->stream));
		BSON_APPEND_INT64(out, "q", doc->seq);
		if (doc->origin[0] != '\0')
			put_text(out, "o", doc->origin, strlen(doc->origin));
	}
	if (mc->expires != PARLEY_NO_FIELD)
		BSON_APPEND_INT64(out, "x", mg_expiry(mc, doc->values));
	for (unsigned i = 0; i < mc->fields; i++)
		if (doc->values[i].present)
			put_value(
			    out, mg_member(c, (int)i, name), c->fields[i].type, &doc->values[i]);
	for (unsigned i = 0; i < mc->indexes; i++)
		if (c->indexes[i].unique && !mg_is_single(&c->indexes[i]))
			mg_put_unique(out, c, i, doc->values);
	put_text(out, "j", doc->json, doc->json_len);
}

static bool
read_member(const bson_iter_t *at, struct mg_doc *out, int64_t *expiry_r, int64_t *v_r)
{
	const char *name = bson_iter_key(at);
	uint32_t len = 0;

	if (BSON_ITER_HOLDS_INT64(at)) {
		if (strcmp(name, "v") == 0)
			*v_r = bson_iter_int64(at);
		else if (strcmp(name, "q") == 0)
			out->seq = bson_iter_int64(at);
		else if (strcmp(name, "x") == 0)
			*expiry_r = bson_iter_int64(at);
		return true;
	}
	if (!BSON_ITER_HOLDS_UTF8(at))
		return false;
	if (strcmp(name, "_id") == 0)
		out->key = bson_iter_utf8(at, NULL);
	else if (strcmp(name, "s") == 0)
		out->stream = bson_iter_utf8(at, NULL);
	else if (strcmp(name, "o") == 0)
		out->origin = bson_iter_utf8(at, NULL);
	else if (strcmp(name, "j") == 0) {
		out->json = bson_iter_utf8(at, &len);
		out->json_len = len;
	}
	return true;
}

bool
mg_read_doc(const bson_t *doc, struct mg_doc *out, int64_t *expiry_r, int64_t *v_r)
{
	bson_iter_t at;

	*out = (struct mg_doc){ .origin = "" };
	*expiry_r = MG_NEVER;
	*v_r = 0;
	if (!bson_iter_init(&at, doc))
		return false;
	while (bson_iter_next(&at))
		if (!read_member(&at, out, expiry_r, v_r))
			return false;
	return out->key != NULL;
}
