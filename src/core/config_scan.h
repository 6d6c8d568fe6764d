/* SPDX-License-Identifier: MIT */
/* config_scan.h - what libconfuse lets pass is found here first: sections that are not closed,
 * options and sections told twice, variables that are not set, files that others may write to. It
 * also knows the line of everything, which libconfuse forgets. */
#ifndef CONFIG_SCAN_H
#define CONFIG_SCAN_H

#include "core/option.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A section that the file may have. */
struct config_kind {
	const char *name;
	bool titled; /* "module roster {": may be there more than once, under different titles */
};

struct config_source {
	const char *name; /* as errors call it; interned */
	char *text;
	mode_t mode; /* of the file; 0: it was no file */
};

struct config_scan {
	const struct config_kind *kinds; /* ends with { 0 } */
	struct option_errors *errors;
	bool include; /* include() is allowed */

	struct config_source *sources; /* in the order of reading; each text is free of include() */
	size_t source_count;
	struct option_section *sections; /* values with variables in them are still NULL */
	size_t section_count;
};

/* Reads a file and those it includes. What is wrong goes to s->errors; when nothing was, libconfuse
 * reads the same sections and keys from the sources as s->sections lists. */
void config_scan_file(struct config_scan *s, const char *file);

/* The same of text. */
void config_scan_text(struct config_scan *s, const char *name, const char *text, size_t len);

/* Frees the sources, and the sections unless they were taken (set to NULL). */
void config_scan_fini(struct config_scan *s);
void config_sections_free(struct option_section *sections, size_t count);

#endif
