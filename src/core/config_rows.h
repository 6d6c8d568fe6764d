/* SPDX-License-Identifier: MIT */
/* config_rows.h - the sections of parley.conf, as tables. */
#ifndef CONFIG_ROWS_H
#define CONFIG_ROWS_H

#include "core/config.h"
#include "core/config_scan.h"

/* The values of a section "listen KIND". */
struct config_listen {
	const char *address; /* words */
	const char *path;
	int64_t port;
};

/* A section that is there once at most; its values go to a struct at offset in struct config. */
struct config_core_section {
	const char *name;
	const char *doc; /* one sentence */
	size_t offset;
	const struct parley_option *rows;
};
extern const struct config_core_section config_core_sections[]; /* ends with { 0 } */

/* A section "listen NAME" or "listen NAME-ANYTHING". */
struct config_listen_section {
	const char *name;
	const char *doc;
	enum listen_kind kind;
	bool example; /* on in the example configuration */
	const struct parley_option *rows;
};
extern const struct config_listen_section config_listen_sections[]; /* ends with { 0 } */

#define CONFIG_KINDS 10
extern const struct config_kind config_kinds[CONFIG_KINDS + 1]; /* of every section */

#endif
