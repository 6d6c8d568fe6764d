/* SPDX-License-Identifier: MIT */
/* once.c - what is made once, however often it is asked for: its name follows from who asks and
 * from the id that the client chose for it, so whoever asks again comes to the same. */
#include "groups.h"

#include <stdio.h>
#include <string.h>

bool
once_read(const struct parley_request *r, const char *group, struct once *out)
{
	const char *id = parley_json_string(parley_json_get(parley_request_params(r), "once"));
	struct parley_text bytes = { 0 }, hash = { 0 };

	*out = (struct once){ { 0 } };
	if (id == NULL)
		return false;
	parley_text_printf(&bytes, "%s %s %s", parley_request_account(r), group, id);
	parley_sealed_hash("groups/once", bytes.s, bytes.len, &hash);
	snprintf(out->hash, sizeof out->hash, "%s", hash.s);
	parley_text_fini(&bytes);
	parley_text_fini(&hash);
	return true;
}

/* Of the alphabet that made names have. */
void
once_name(const struct once *once, int n, char *out, size_t len)
{
	static const char alphabet[33] = "abcdefghijkmnpqrstuvwxyz23456789";
	struct parley_text from = { 0 }, hash = { 0 }, bytes = { 0 };

	parley_text_printf(&from, "%s %d", once->hash, n);
	parley_sealed_hash("groups/once/name", from.s, from.len, &hash);
	parley_base64_get(&bytes, hash.s, hash.len);
	parley_assert(len <= bytes.len);
	for (size_t i = 0; i < len; i++)
		out[i] = alphabet[bytes.s[i] & 31];
	out[len] = '\0';
	parley_text_fini(&from);
	parley_text_fini(&hash);
	parley_text_fini(&bytes);
}

/* ---- of a group ---------------------------------------------------------------------------- */

void
once_put(struct parley_writer *w, const struct once *once, const struct guests *guests)
{
	if (once->hash[0] == '\0')
		return;
	parley_put_object(w, "once");
	parley_put_string(w, "by", once->hash);
	if (guests != NULL)
		guests_answer(guests, w);
	parley_put_end(w);
}

/* Else a node died before its first entry, and it is as if it were not there. */
static bool
has_begun(const struct group *g, const struct parley_json *group)
{
	return (g->members_loaded && g->count > 0) || /* perhaps memory alone knows it */
	       parley_json_int(parley_json_get(group, "members"), 0) > 0 ||
	       parley_json_get(group, "ended") != NULL;
}

static bool
is_of(const struct parley_json *group, const struct once *once)
{
	const struct parley_json *o = parley_json_get(group, "once");

	return strcmp(parley_json_string_or(parley_json_get(o, "by"), ""), once->hash) == 0;
}

int
once_find(const struct once *once, const struct group *g, struct parley_doc **doc_r,
    struct parley_error *err)
{
	struct parley_error missing = { 0 };

	*doc_r = parley_store_get(&groups_collection, g->name, &missing);
	if (*doc_r == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	if (*doc_r != NULL && has_begun(g, (*doc_r)->root) && is_of((*doc_r)->root, once))
		return 1;
	parley_doc_free(doc_r);
	return 0;
}

bool
once_is_answered(const struct parley_doc *doc)
{
	return parley_json_get(parley_json_get(doc->root, "once"), "added") != NULL;
}

void
once_answer(struct parley_writer *w, const struct parley_doc *doc)
{
	static const char *const names[] = { "added", "invited", "refused" };
	const struct parley_json *once = parley_json_get(doc->root, "once");

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		parley_put_json(w, names[i], parley_json_get(once, names[i]));
}

int
once_store(const struct once *once, const struct group *g, const struct guests *guests,
    struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	int rc;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	once_put(&w, once, guests);
	parley_put_end(&w);
	rc = parley_store_patch(&groups_collection, g->name, &json, NULL, err);
	parley_text_fini(&json);
	return rc;
}
