/* SPDX-License-Identifier: MIT */
/* static.h - the built web client in memory: read once, then never touched again, so that serving
 * it needs no system call and no name that a client sends ever meets a file system. */
#ifndef STATIC_H
#define STATIC_H

#include <parley/error.h>
#include <parley/session.h>
#include <stdbool.h>
#include <stddef.h>

struct static_tree;

/* In the order of preference when a client likes them alike. */
enum static_coding { STATIC_BROTLI, STATIC_GZIP, STATIC_IDENTITY, STATIC_CODINGS };

/* The bytes of a file in one coding. */
struct static_variant {
	struct parley_payload *payload; /* NULL: not to be had */
	char etag[25];                  /* strong, with its quotes */
};

struct static_file {
	const char *path; /* "/assets/main-0123456789ab.js" */
	const char *type; /* of content, static */
	bool immutable;   /* its name changes when its content does */
	struct static_variant variants[STATIC_CODINGS];
};

/* What the limits are, for messages and tests. */
#define STATIC_BYTES_MAX (32u * 1024 * 1024)
#define STATIC_FILES_MAX 4096
#define STATIC_DEPTH_MAX 8

/* New: the regular files under root. FILE.br and FILE.gz become variants of FILE. Symbolic links,
 * names that begin with a dot and whatever is no file are passed over. NULL with err. */
struct static_tree *static_load(const char *root, struct parley_error *err);

/* Accepts NULL. Payloads that are being sent stay. */
void static_free(struct static_tree **t);

/* The file of that path, or NULL. Borrowed for the life of the tree. Any thread. */
const struct static_file *static_find(const struct static_tree *t, const char *path);

/* The coding to send: what accept (all Accept-Encoding of a request, joined by commas; "": none)
 * likes best of what the file has. RFC 9110 section 12.5.3. Any thread. */
enum static_coding static_choose(const struct static_file *f, const char *accept, size_t len);

/* "br", or NULL for identity. */
const char *static_coding_name(enum static_coding c);

#endif
