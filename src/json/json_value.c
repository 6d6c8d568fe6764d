/* SPDX-License-Identifier: MIT */
/* json_value.c - looking at parsed JSON. */
#include <parley/json.h>

#include <math.h>
#include <string.h>

const struct parley_json *
parley_json_get(const struct parley_json *v, const char *name)
{
	const struct parley_json *key, *end;
	size_t len;

	if (v == NULL || v->type != PARLEY_JSON_OBJECT)
		return NULL;
	len = strlen(name);
	end = v + v->span;
	for (key = v + 1; key < end; key += key->span)
		if (key->len == len && memcmp(key->string, name, len) == 0)
			return key + 1;
	return NULL;
}

const char *
parley_json_string(const struct parley_json *v)
{
	return parley_json_string_or(v, NULL);
}

const char *
parley_json_string_or(const struct parley_json *v, const char *otherwise)
{
	return v != NULL && v->type == PARLEY_JSON_STRING ? v->string : otherwise;
}

size_t
parley_json_len(const struct parley_json *v)
{
	return v != NULL ? v->len : 0;
}

int64_t
parley_json_int(const struct parley_json *v, int64_t otherwise)
{
	if (v == NULL)
		return otherwise;
	if (v->type == PARLEY_JSON_INT)
		return v->integer;
	/* Doubles hold every integer up to 2^53: beyond it the text may have said another one. */
	if (v->type == PARLEY_JSON_REAL && fabs(v->real) <= 0x1p53 && trunc(v->real) == v->real)
		return (int64_t)v->real;
	return otherwise;
}

double
parley_json_real(const struct parley_json *v, double otherwise)
{
	if (v == NULL)
		return otherwise;
	if (v->type == PARLEY_JSON_REAL)
		return v->real;
	return v->type == PARLEY_JSON_INT ? (double)v->integer : otherwise;
}

bool
parley_json_bool(const struct parley_json *v, bool otherwise)
{
	return v != NULL && v->type == PARLEY_JSON_BOOL ? v->boolean : otherwise;
}

const struct parley_json *
parley_json_first(const struct parley_json *v)
{
	if (v == NULL || v->type < PARLEY_JSON_ARRAY || v->len == 0)
		return NULL;
	return v + 1;
}

const struct parley_json *
parley_json_next(const struct parley_json *v, const struct parley_json *item)
{
	if (v == NULL || item == NULL)
		return NULL;
	item += item->span;
	return item < v + v->span ? item : NULL;
}

const struct parley_json *
parley_json_value(const struct parley_json *key)
{
	return key != NULL ? key + 1 : NULL;
}
