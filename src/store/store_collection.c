/* SPDX-License-Identifier: MIT */
/* store_collection.c - what a collection declares, whether it may, and the keys of its documents:
 * said once, so that every back end understands it alike. */
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

void
parley_describe(struct parley_text *out, const struct parley_collection *c)
{
	unsigned fields = parley_field_count(c), indexes = parley_index_count(c);

	for (unsigned i = 0; i < fields; i++)
		parley_text_printf(out, "field %s %s\n", c->fields[i].name,
		    c->fields[i].type == PARLEY_FIELD_INT ? "int" : "text");
	for (unsigned i = 0; i < indexes; i++) {
		parley_text_puts(out, c->indexes[i].unique ? "unique" : "index");
		parley_text_puts(out, c->indexes[i].sparse ? " sparse" : "");
		for (unsigned k = 0; k < 4 && c->indexes[i].fields[k] != NULL; k++)
			parley_text_printf(out, " %s", c->indexes[i].fields[k]);
		parley_text_putc(out, '\n');
	}
	if (c->expires != NULL)
		parley_text_printf(out, "expires %s\n", c->expires);
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

bool
parley_write_next(struct parley_write *w, int64_t top)
{
	if (w->place == 0 && top >= PARLEY_SEQ_MAX) {
		w->rc = parley_fail(&w->err, PARLEY_LIMIT, NULL,
		    "'%s' is full: it has had %lld entries", w->key, (long long)top);
		return false;
	}
	w->seq = w->place != 0 ? w->place : top + 1;
	return true;
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
