/* SPDX-License-Identifier: MIT */
/* secret.h - what documents keep secret, inside the store. Any thread.
 *
 * What is stored is the document without its secret members, and with one member more, the last:
 * "~", a box (seal/box.h) that holds the JSON object of them. */
#ifndef STORE_SECRET_H
#define STORE_SECRET_H

#include "base/arena.h"

#include <parley/backend.h>

/* The box in a stored document. */
struct secret_box {
	size_t clear; /* bytes in front of the member, and of the comma before it */
	const char *text;
	size_t len;
};

/* False when the document has none. */
bool secret_find(const char *json, size_t len, struct secret_box *out);

/* The whole document, as text that json_parse may work on; or NULL when the box does not open,
 * which is logged. */
char *secret_open(struct arena *arena, const struct parley_collection *c, const char *key,
    const char *json, const struct secret_box *box, size_t *len_r, struct parley_error *err);

/* Puts a document that has been parsed into its stored form, in arena, when it has secret members:
 * for its key, or in a log with a hole for parley_write_place. */
void secret_seal(struct parley_write *w, struct arena *arena);

/* The same with the text in out from start on, and its key. */
void secret_seal_text(const struct parley_collection *c, const char *key, struct arena *arena,
    struct parley_text *out, size_t start);

/* True when what is stored is not sealed as it would be now. */
bool secret_is_stale(const struct parley_collection *c, const char *json, size_t len);

/* How many bytes of JSON are in a box, at least. */
size_t secret_size(const struct secret_box *box);

/* Puts the box back behind the members in out. */
void secret_add_box(struct parley_text *out, const struct secret_box *box);

/* True when the object has a member that c keeps secret. */
bool secret_in(const struct parley_collection *c, const struct parley_json *object);

#endif
