/* SPDX-License-Identifier: MIT */
/* store_secret.c - takes secret members out of documents and puts them back, so that neither
 * modules nor back ends need to know of it. */
#include "store/secret.h"

#include "seal/box.h"
#include "seal/seal.h"
#include "store/doc.h"
#include "json/json.h"

#include <parley/log.h>
#include <string.h>

/* In front of the box; behind it are a quote and a brace. */
static const char box_name[] = "\"~\":\"";
#define BOX_LEN (sizeof box_name - 1)

/* ---- finding ------------------------------------------------------------------------------ */

/* The text is JSON, which the store has written. It ends with the root's brace; what stands right
 * before it in quotes, none of them escaped, is a member of the root. */
bool
secret_find(const char *json, size_t len, struct secret_box *out)
{
	const char *quote;
	size_t before;

	if (len < BOX_LEN + 3 || json[len - 1] != '}' || json[len - 2] != '"')
		return false;
	quote = memrchr(json, '"', len - 2);
	if (quote == NULL || (size_t)(quote - json) < BOX_LEN)
		return false;
	before = (size_t)(quote - json) + 1 - BOX_LEN;
	if (memcmp(json + before, box_name, BOX_LEN) != 0 ||
	    (json[before - 1] != ',' && json[before - 1] != '{'))
		return false;
	out->clear = before - 1 + (json[before - 1] == '{');
	out->text = quote + 1;
	out->len = (size_t)(json + len - 2 - out->text);
	return true;
}

size_t
secret_size(const struct secret_box *box)
{
	size_t bytes = box->len / 4 * 3;

	return bytes > BOX_EXTRA ? bytes - BOX_EXTRA : 0;
}

static bool
is_secret(const struct parley_collection *c, const char *name, size_t len)
{
	for (const char *const *s = c->secret; *s != NULL; s++)
		if ((*s)[0] == name[0] && strncmp(*s, name, len) == 0 && (*s)[len] == '\0')
			return true;
	return false;
}

bool
secret_in(const struct parley_collection *c, const struct parley_json *object)
{
	for (const char *const *s = c->secret; s != NULL && *s != NULL; s++)
		if (parley_json_get(object, *s) != NULL)
			return true;
	return false;
}

/* ---- opening ------------------------------------------------------------------------------ */

char *
secret_open(struct arena *arena, const struct parley_collection *c, const char *key,
    const char *json, const struct secret_box *box, size_t *len_r, struct parley_error *err)
{
	struct box_place place = { c->name, key };
	/* The head of the box comes to lie where the clear members are copied to then. */
	char *room = arena_take(arena, BOX_HEAD + box->clear + box->len + 1);
	char *plain = box_open(place, box->text, box->len, room + box->clear, len_r);

	if (plain == NULL || *len_r < 2) {
		if (store_is_to_be_told(c, key))
			parley_log_error("store",
			    "collection=%s key=%s what the document keeps secret does not open: it "
			    "was "
			    "changed, or sealed for another place or with another key",
			    c->name, key);
		parley_fail(err, PARLEY_INTERNAL, NULL, "a stored document does not open");
		return NULL;
	}
	if (box->clear == 1) /* it has no other members */
		return plain;
	memcpy(room + BOX_HEAD, json, box->clear);
	plain[0] = ',';
	*len_r += box->clear;
	return room + BOX_HEAD;
}

/* ---- taking apart ------------------------------------------------------------------------- */

static const char *
skip_space(const char *p)
{
	while (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')
		p++;
	return p;
}

static bool
is_escaped(const char *quote)
{
	const char *p = quote;

	while (p[-1] == '\\')
		p--;
	return (quote - p) % 2 == 1;
}

/* Behind the string that begins at p. The text was parsed: it is there. */
static const char *
skip_string(const char *p)
{
	do
		p = strchr(p + 1, '"');
	while (is_escaped(p));
	return p + 1;
}

static const char *
skip_value(const char *p)
{
	int depth = 0;

	do {
		if (*p == '"') {
			p = skip_string(p);
			continue;
		}
		depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
		p++;
	} while (depth > 0);
	/* of a number or a word only the first letter is behind us */
	return p + strcspn(p, ",}] \t\r\n\"");
}

/* A document that is taken apart. */
struct parts {
	char *clear, *secret; /* where the next ones go */
	char *clear_at, *secret_at;
};

static char *
put_members(char *to, const char *start, const char *members, const char *end)
{
	if (to > start + 1)
		*to++ = ',';
	memcpy(to, members, (size_t)(end - members));
	return to + (end - members);
}

/* A member of an object, as it is written: from name to end. */
struct member {
	const char *name, *end;
	bool secret;
};

/* The member at p, which is moved behind it and its comma. False at the end. Names with escapes are
 * nobody's: they are kept secret. */
static bool
next_member(const struct parley_collection *c, const char **p, struct member *m)
{
	const char *behind;

	if (**p != '"')
		return false;
	m->name = *p;
	behind = skip_string(*p);
	m->secret = memchr(m->name, '\\', (size_t)(behind - m->name)) != NULL ||
		    is_secret(c, m->name + 1, (size_t)(behind - m->name) - 2);
	m->end = skip_value(skip_space(skip_space(behind) + 1));
	*p = skip_space(m->end);
	if (**p == ',')
		*p = skip_space(*p + 1);
	return true;
}

/* Copies each member of the object to one side or the other. */
static void
take_apart(const struct parley_collection *c, const char *json, struct parts *parts)
{
	const char *p = skip_space(skip_space(json) + 1);
	struct member m;

	*parts->clear_at++ = '{';
	*parts->secret_at++ = '{';
	while (next_member(c, &p, &m)) {
		if (m.secret)
			parts->secret_at =
			    put_members(parts->secret_at, parts->secret, m.name, m.end);
		else
			parts->clear_at = put_members(parts->clear_at, parts->clear, m.name, m.end);
	}
}

bool
secret_is_stale(const struct parley_collection *c, const char *json, size_t len)
{
	struct arena arena = { 0 };
	struct secret_box box;
	bool stale;

	if (secret_find(json, len, &box) &&
	    (c->secret == NULL || box_key(box.text, box.len) != seal_key_current()))
		return true;
	stale = c->secret != NULL &&
		secret_in(c, json_parse_copy(&arena, json, len, &json_limits_own, NULL));
	arena_fini(&arena);
	return stale;
}

/* The stored form with a hole, of the length that box_size tells, in arena; NULL: nothing is
 * secret. */
static char *
make_stored(const struct parley_collection *c, struct arena *arena, const char *json, size_t len,
    struct parley_write *w)
{
	struct parts parts;
	size_t room = len + 3 + BOX_LEN + box_size(len + 3), hole;

	parts.secret = parts.secret_at = arena_take(arena, len + 3);
	parts.clear = parts.clear_at = arena_take(arena, room);
	take_apart(c, json, &parts);
	if (parts.secret_at == parts.secret + 1)
		return NULL;
	*parts.secret_at++ = '}';
	w->secret = parts.secret;
	w->secret_len = (size_t)(parts.secret_at - parts.secret);
	hole = box_size(w->secret_len);
	parts.clear_at = put_members(parts.clear_at, parts.clear, box_name, box_name + BOX_LEN);
	w->hole = parts.clear_at;
	memset(w->hole, '!', hole);
	memcpy(w->hole + hole, "\"}", 3);
	w->json_len = (size_t)(w->hole - parts.clear) + hole + 2;
	return parts.clear;
}

/* ---- sealing ------------------------------------------------------------------------------ */

void
secret_seal(struct parley_write *w, struct arena *arena)
{
	struct box_place place = { w->collection->name, w->key };
	char *stored;

	if (w->collection->secret == NULL)
		return;
	stored = make_stored(w->collection, arena, w->json, w->json_len, w);
	if (stored == NULL)
		return;
	w->json = stored;
	if (w->op != PARLEY_WRITE_APPEND)
		box_close(place, w->secret, w->secret_len, w->hole);
}

void
parley_write_place(struct parley_write *w, int64_t seq)
{
	char key[PARLEY_LOG_KEY_MAX];
	struct box_place place = { w->collection->name, key };

	if (w->hole == NULL)
		return;
	parley_log_key(key, w->key, strlen(w->key), seq);
	box_close(place, w->secret, w->secret_len, w->hole);
}

void
secret_seal_text(const struct parley_collection *c, const char *key, struct arena *arena,
    struct parley_text *out, size_t start)
{
	struct box_place place = { c->name, key };
	struct parley_write w = { 0 };
	char *stored;

	if (c->secret == NULL)
		return;
	stored = make_stored(c, arena, out->s + start, out->len - start, &w);
	if (stored == NULL)
		return;
	box_close(place, w.secret, w.secret_len, w.hole);
	out->len = start;
	parley_text_add(out, stored, w.json_len);
}

void
secret_add_box(struct parley_text *out, const struct secret_box *box)
{
	out->len--; /* the brace */
	if (out->s[out->len - 1] != '{')
		parley_text_add(out, ",", 1);
	parley_text_add(out, box_name, BOX_LEN);
	parley_text_add(out, box->text, box->len);
	parley_text_add(out, "\"}", 2);
}
