/* SPDX-License-Identifier: MIT */
/* json.h - reading and writing JSON (RFC 8259, I-JSON RFC 7493). Any thread; a value belongs to one.
 *
 * Reading: a parsed text is a flat array of nodes that never changes. A value is a pointer to its
 * node, borrowed from whoever holds the text. Every accessor takes NULL (a member that is absent)
 * and answers with its default, so chains need no checks:
 *     parley_json_string(parley_json_get(params, "name"))
 * Writing: one streaming writer into a struct parley_text, no tree. */
#ifndef PARLEY_JSON_H
#define PARLEY_JSON_H

#include <parley/api.h>
#include <parley/error.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stdint.h>

enum parley_json_type {
	PARLEY_JSON_NULL,
	PARLEY_JSON_BOOL,
	PARLEY_JSON_INT,  /* a number without fraction or exponent that fits int64_t */
	PARLEY_JSON_REAL, /* any other number */
	PARLEY_JSON_STRING,
	PARLEY_JSON_ARRAY,
	PARLEY_JSON_OBJECT
};

/* One node of the tape. Use the functions below rather than the fields. */
struct parley_json {
	enum parley_json_type type;
	uint32_t span; /* nodes of this value, itself included: value + span is what follows */
	uint32_t len;  /* string: bytes; array: items; object: members */
	union {
		bool boolean;
		int64_t integer;
		double real;
		const char *string; /* unescaped UTF-8, NUL-terminated, no NUL inside */
	};
};

/* The member of an object, or NULL when v is no object or has none of that name. */
PARLEY_API const struct parley_json *parley_json_get(const struct parley_json *v, const char *name);

/* The bytes of a string, or NULL when v is absent or no string. */
PARLEY_API const char *parley_json_string(const struct parley_json *v);

/* The same, with a default in place of NULL. */
PARLEY_API const char *parley_json_string_or(const struct parley_json *v, const char *otherwise);

/* Bytes of a string, items of an array, members of an object; else 0. */
PARLEY_API size_t parley_json_len(const struct parley_json *v);

/* The number. An int also for a real without fraction, up to 2^53 either way; a real also for an
 * int. */
PARLEY_API int64_t parley_json_int(const struct parley_json *v, int64_t otherwise);
PARLEY_API double parley_json_real(const struct parley_json *v, double otherwise);

PARLEY_API bool parley_json_bool(const struct parley_json *v, bool otherwise);

/* First item of an array, or first key of an object; NULL when empty or neither. */
PARLEY_API const struct parley_json *parley_json_first(const struct parley_json *v);

/* What follows item (array) or key (object) in v; NULL at the end. */
PARLEY_API const struct parley_json *parley_json_next(const struct parley_json *v,
	const struct parley_json *item);

/* The value behind a key node of an object. */
PARLEY_API const struct parley_json *parley_json_value(const struct parley_json *key);

/* Writes one JSON text. Misuse (two roots, a key in an array, more than 64 levels) is our bug and
 * aborts.
 * key is NULL inside arrays and at the root. Strings must be valid UTF-8. */
struct parley_writer {
	struct parley_text *out;
	uint32_t depth;
	uint64_t arrays; /* bit per depth: 1 in an array */
	bool comma;
};

/* Borrows out for the writer's life; appends to what is there. */
PARLEY_API void parley_writer_init(struct parley_writer *w, struct parley_text *out);
PARLEY_API void parley_put_object(struct parley_writer *w, const char *key); /* opens */
PARLEY_API void parley_put_array(struct parley_writer *w, const char *key);  /* opens */
PARLEY_API void parley_put_end(struct parley_writer *w); /* closes the innermost */
PARLEY_API void parley_put_null(struct parley_writer *w, const char *key);
PARLEY_API void parley_put_bool(struct parley_writer *w, const char *key, bool value);
PARLEY_API void parley_put_int(struct parley_writer *w, const char *key, int64_t value);
/* The shortest text that reads back as value, which is finite. */
PARLEY_API void parley_put_real(struct parley_writer *w, const char *key, double value);
/* A NULL string writes nothing at all: the member is left out. */
PARLEY_API void parley_put_string(struct parley_writer *w, const char *key, const char *value);
PARLEY_API void parley_put_bytes(struct parley_writer *w, const char *key, const char *value,
	size_t len);
/* Milliseconds since 1970 as RFC 3339 UTC text, "2026-11-22T10:00:00.123Z"; what is
 * outside the years 0000 to 9999 becomes their first or last millisecond. */
PARLEY_API void parley_put_time(struct parley_writer *w, const char *key, int64_t ms);
/* A copy of a parsed value; NULL writes nothing. */
PARLEY_API void parley_put_json(struct parley_writer *w, const char *key,
	const struct parley_json *value);
/* JSON text that this program wrote: trusted, not checked. */
PARLEY_API void parley_put_raw(struct parley_writer *w, const char *key, const char *json,
	size_t len);

#endif
