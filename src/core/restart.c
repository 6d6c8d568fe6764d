/* SPDX-License-Identifier: MIT */
/* restart.c - options that a running node cannot change. */
#include "core/restart.h"

#include "core/config_rows.h"

#include <string.h>

/* Sections that only count at the start, or such options of a section. */
static const struct {
	const char *section;
	const char *options[9]; /* ends with NULL; none: all */
} fixed[] = {
	{ "node",
	    { "domain", "data", "key", "modules", "more_modules", "module_path", "schemas" } },
	{ "accounts", { "scrypt_threads", "scrypt_queue", "scrypt_log_n" } },
	{ "store", { NULL } },
	{ "runtime", { NULL } },
};

static bool
is_fixed(const char *section, const char *option)
{
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
		const char *const *o = fixed[i].options;

		if (strcmp(section, fixed[i].section) != 0)
			continue;
		if (*o == NULL)
			return true;
		for (; *o != NULL; o++)
			if (strcmp(option, *o) == 0)
				return true;
	}
	return false;
}

/* Texts are interned: the same pointer is the same text. */
static size_t
value_size(const struct parley_option *row)
{
	switch (row->type) {
	case PARLEY_OPTION_BOOL:
		return sizeof(bool);
	case PARLEY_OPTION_INT:
		return sizeof(int64_t);
	case PARLEY_OPTION_TEXT:
		break;
	}
	return sizeof(const char *);
}

void
restart_keep(const struct config *now, struct config *next, struct parley_text *waiting)
{
	for (const struct config_core_section *s = config_core_sections; s->name != NULL; s++) {
		for (const struct parley_option *row = s->rows; row->name != NULL; row++) {
			const char *from = (const char *)now + s->offset + row->offset;
			char *to = (char *)next + s->offset + row->offset;

			if (!is_fixed(s->name, row->name) || memcmp(from, to, value_size(row)) == 0)
				continue;
			memcpy(to, from, value_size(row));
			parley_text_printf(waiting, " %s.%s", s->name, row->name);
		}
	}
}
