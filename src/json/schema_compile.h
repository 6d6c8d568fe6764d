/* SPDX-License-Identifier: MIT */
/* schema_compile.h - from the text of schemas to rules. Private to src/json/schema_*.c. */
#ifndef SCHEMA_COMPILE_H
#define SCHEMA_COMPILE_H

#include "json/schema.h"
#include "json/schema_rule.h"

#include <parley/text.h>

struct schema {
	const char *name; /* "client/message", or "" */
	const struct rule *rule;
	struct arena arena; /* of one that schema_compile made; a set has one for all */
};

/* One file, or one text that stands alone. */
struct schema_source {
	const char *name; /* "client/message", "common"; "" for one that stands alone */
	const char *file; /* for errors: its path, or NULL */
	const struct parley_json *root;
};

/* A member of a source's $defs. */
struct schema_def {
	const struct parley_json *json;
	const struct rule *rule; /* NULL while it is being compiled */
};

struct schema_compiler {
	struct arena *arena; /* rules go here and keep nothing of the sources */
	const struct schema_source *sources;
	size_t source_count;
	struct parley_error *err;
	/* From here on the compiler's own; { 0 } at first. */
	const struct schema_source *source;
	struct parley_text path; /* JSON pointer to what is being compiled */
	struct schema_def *defs;
	size_t def_count, def_room;
	unsigned depth;
};

/* The rule of the whole source. NULL with err. Compiles its $defs too. */
const struct rule *schema_compile_source(
    struct schema_compiler *c, const struct schema_source *source);

/* The rule of one of its $defs, or NULL with err. */
const struct rule *schema_compile_def(
    struct schema_compiler *c, const struct schema_source *source, const char *name);

void schema_compiler_fini(struct schema_compiler *c);

/* ---- between the files of the compiler ---------------------------------------------------- */

/* A rule that is being put together, and the keywords that have to be seen together. */
struct schema_draft {
	struct rule *rule;
	bool top; /* the root of its source */
	const char *title;
	const struct parley_json *properties, *required, *additional, *one_of;
};

/* Reads one keyword. False with the compiler's err. */
bool schema_keyword(
    struct schema_compiler *c, struct schema_draft *d, const struct parley_json *name);

/* True for a keyword that says nothing about values: title, examples ... */
bool schema_keyword_is_note(const char *name);

/* The rule for a schema inside another; step is the pointer's next part. NULL with err. */
const struct rule *schema_compile_inner(
    struct schema_compiler *c, const char *step, const struct parley_json *json);

/* Put together the object's and the choice's part of a rule. False with err. */
bool schema_compile_object(struct schema_compiler *c, struct schema_draft *d);
bool schema_compile_choice(struct schema_compiler *c, struct schema_draft *d);

/* Fills err with the place and the sentence. Returns false. */
bool schema_compile_fail(struct schema_compiler *c, const char *fmt, ...) PARLEY_PRINTF(2, 3);

/* Adds a step to the path and returns its length before, for schema_path_back. */
size_t schema_path_add(struct schema_compiler *c, const char *step);
void schema_path_back(struct schema_compiler *c, size_t len);

#endif
