/* SPDX-License-Identifier: MIT */
/* mongo_bson.c - documents as BSON, put together and taken apart member by member. What is written
 * is put together here and not by the driver: that saves more than half of the instructions of an
 * append. */
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

void
mg_name_members(struct mg_collection *mc)
{
	for (unsigned i = 0; i < mc->fields; i++)
		parley_assert(mg_member(mc->c, (int)i, mc->members[i]) == mc->members[i]);
}

/* ---- writing ------------------------------------------------------------------------------ */

/* The head of a member, and room for more bytes behind it: where they go. */
static char *
put_head(struct parley_text *out, bson_type_t type, const char *name, size_t more)
{
	size_t len = strlen(name) + 1;
	char *at = parley_text_reserve(out, 1 + len + more);

	*at = (char)type;
	memcpy(at + 1, name, len);
	out->len += 1 + len + more;
	return at + 1 + len;
}

static char *
put_uint32(char *at, size_t n)
{
	uint32_t le = BSON_UINT32_TO_LE((uint32_t)n);

	memcpy(at, &le, sizeof le);
	return at + sizeof le;
}

/* The length comes at the end. */
static size_t
begin(struct parley_text *out, bson_type_t type, const char *name)
{
	if (name != NULL) {
		put_head(out, type, name, 4);
	} else {
		parley_text_reserve(out, 4);
		out->len += 4;
	}
	return out->len - 4;
}

size_t
mg_begin(struct parley_text *out, const char *name)
{
	return begin(out, BSON_TYPE_DOCUMENT, name);
}

size_t
mg_begin_array(struct parley_text *out, const char *name)
{
	return begin(out, BSON_TYPE_ARRAY, name);
}

void
mg_end(struct parley_text *out, size_t began)
{
	parley_text_putc(out, '\0');
	put_uint32(out->s + began, out->len - began);
}

void
mg_put_text(struct parley_text *out, const char *name, const char *s, size_t len)
{
	char *at = put_uint32(put_head(out, BSON_TYPE_UTF8, name, 4 + len + 1), len + 1);

	if (len > 0)
		memcpy(at, s, len);
	at[len] = '\0';
}

void
mg_put_int(struct parley_text *out, const char *name, int64_t n)
{
	uint64_t le = BSON_UINT64_TO_LE((uint64_t)n);

	memcpy(put_head(out, BSON_TYPE_INT64, name, sizeof le), &le, sizeof le);
}

void
mg_put_int32(struct parley_text *out, const char *name, int32_t n)
{
	put_uint32(put_head(out, BSON_TYPE_INT32, name, sizeof n), (size_t)n);
}

void
mg_put_bool(struct parley_text *out, const char *name, bool value)
{
	*put_head(out, BSON_TYPE_BOOL, name, 1) = value ? 1 : 0;
}

void
mg_view(const struct parley_text *out, bson_t *bson_r)
{
	parley_assert(bson_init_static(bson_r, (const uint8_t *)out->s, out->len));
}

static void
put_value(struct parley_text *out, const char *name, enum parley_field_type type,
    const struct parley_value *value)
{
	if (type == PARLEY_FIELD_INT)
		mg_put_int(out, name, value->integer);
	else
		mg_put_text(out, name, value->text, value->len);
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
mg_put_unique(struct parley_text *out, const struct mg_collection *mc, unsigned index,
    const struct parley_value *values)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text parts = { 0 };
	const struct parley_index *declared = &mc->c->indexes[index];
	char name[MG_FIELD_MAX];

	for (unsigned i = 0; i < 4 && declared->fields[i] != NULL; i++) {
		int field = parley_field_number(mc->c, declared->fields[i]);

		parley_assert(field >= 0);
		if (!values[field].present)
			return false;
		if (mg_is_single(declared))
			put_value(
			    out, mc->members[field], mc->c->fields[field].type, &values[field]);
		else
			put_part(&parts, mc->c->fields[field].type, &values[field]);
	}
	if (!mg_is_single(declared))
		mg_put_text(out, mg_unique_member(mc->c, index, name), parts.s, parts.len);
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
mg_put_doc(struct parley_text *out, const char *name, const struct mg_collection *mc,
    const struct mg_doc *doc, int64_t v)
{
	const struct parley_collection *c = mc->c;
	size_t began = mg_begin(out, name);

	mg_put_text(out, "_id", doc->key, strlen(doc->key));
	mg_put_int(out, "v", v);
	if (c->log) {
		mg_put_text(out, "s", doc->stream, strlen(doc->stream));
		mg_put_int(out, "q", doc->seq);
		if (doc->origin[0] != '\0')
			mg_put_text(out, "o", doc->origin, strlen(doc->origin));
	}
	if (mc->expires != PARLEY_NO_FIELD)
		mg_put_int(out, "x", mg_expiry(mc, doc->values));
	for (unsigned i = 0; i < mc->fields; i++)
		if (doc->values[i].present)
			put_value(out, mc->members[i], c->fields[i].type, &doc->values[i]);
	for (unsigned i = 0; i < mc->indexes; i++)
		if (c->indexes[i].unique && !mg_is_single(&c->indexes[i]))
			mg_put_unique(out, mc, i, doc->values);
	mg_put_text(out, "j", doc->json, doc->json_len);
	mg_end(out, began);
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
