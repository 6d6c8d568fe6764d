/* SPDX-License-Identifier: MIT */
/* config_print.c - the example configuration and the reference of options, made from the rows. */
#include "core/config_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINE 92 /* columns of a comment in the example */

/* Appends prefix and text, broken into lines at spaces. */
static void
print_wrapped(struct parley_text *out, const char *prefix, const char *text)
{
	while (*text != '\0') {
		size_t len = strlen(text);

		if (len > LINE) {
			for (len = LINE; len > 0 && text[len] != ' '; len--)
				;
			if (len == 0)
				len = strcspn(text, " ");
		}
		parley_text_printf(out, "%s%.*s\n", prefix, (int)len, text);
		text += len;
		text += strspn(text, " ");
	}
}

static void
print_bounds(struct parley_text *out, const struct parley_option *row)
{
	if (row->type == PARLEY_OPTION_INT)
		parley_text_printf(out, "%" PRId64 " to %" PRId64, row->min, row->max);
	else if (row->type == PARLEY_OPTION_BOOL)
		parley_text_puts(out, "yes or no");
	else
		parley_text_printf(out, "text, up to %" PRId64 " bytes", row->max);
}

/* What the example sets, because there is no default or none that may be silent. */
static const char *
example_value(const char *head, const char *option)
{
	static const struct {
		const char *head, *option, *value;
	} values[] = {
		{ "node", "domain", "chat.example" },
		{ "tls", "certificate", "/etc/parley/certificate.pem" },
		{ "tls", "key", "/etc/parley/key.pem" },
		{ "listen json", "address", "*" },
		{ "listen https", "address", "*" },
	};

	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
		if (strcmp(head, values[i].head) == 0 && strcmp(option, values[i].option) == 0)
			return values[i].value;
	return NULL;
}

static void
print_example_row(struct parley_text *out, const char *head, const struct parley_option *row)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text doc = { 0 };
	const char *value = example_value(head, row->name);

	parley_text_puts(&doc, row->doc);
	if (row->type == PARLEY_OPTION_INT) {
		parley_text_puts(&doc, " (");
		print_bounds(&doc, row);
		parley_text_putc(&doc, ')');
	}
	print_wrapped(out, "\t# ", doc.s);
	if (value != NULL) {
		parley_text_printf(out, "\t%s = \"%s\"\n", row->name, value);
		return;
	}
	parley_text_printf(out, "\t#%s = ", row->name);
	option_print_value(out, row, NULL);
	parley_text_puts(out, "\n");
}

/* mark is "#" for a section that is off until the operator takes the marks away, or "". */
static void
print_example_section(struct parley_text *out, const char *mark, const char *head, const char *doc,
    const struct parley_option *rows)
{
	parley_text_putc(out, '\n');
	print_wrapped(out, "# ", doc);
	parley_text_printf(out, "%s%s {\n", mark, head);
	for (; rows->name != NULL; rows++)
		print_example_row(out, head, rows);
	parley_text_printf(out, "%s}\n", mark);
}

static const char example_head[] =
    "# parley.conf - the configuration of parleyd.\n"
    "#\n"
    "# Every option is here, with its default behind \"#\". parleyd -n checks this file and says\n"
    "# everything that is wrong with it; parleyctl reload makes a running node read it again.\n"
    "# Text stands in quotes. In double quotes ${NAME} is a variable of the environment, which "
    "must\n"
    "# be set, or ${NAME:-otherwise}. include(\"FILE\") outside of a section reads another file.\n";

void
config_print_example(struct parley_text *out, const struct config_doc *modules)
{
	char head[96];

	parley_text_puts(out, example_head);
	for (const struct config_core_section *s = config_core_sections; s->name != NULL; s++)
		print_example_section(out, "", s->name, s->doc, s->rows);
	for (const struct config_listen_section *l = config_listen_sections; l->name != NULL; l++) {
		snprintf(head, sizeof head, "listen %s", l->name);
		print_example_section(out, l->example ? "" : "#", head, l->doc, l->rows);
	}
	for (; modules->name != NULL; modules++) {
		snprintf(head, sizeof head, "module %s", modules->name);
		if (modules->options != NULL && modules->options->name != NULL)
			print_example_section(out, "", head, modules->summary, modules->options);
	}
}

/* ---- the reference ------------------------------------------------------------------------- */

static void
print_reference_section(
    struct parley_text *out, const char *head, const char *doc, const struct parley_option *rows)
{
	parley_text_printf(out, "\n## %s\n\n%s.\n", head, doc);
	if (rows == NULL || rows->name == NULL) {
		parley_text_puts(out, "\nIt has no options.\n");
		return;
	}
	parley_text_puts(out, "\n| option | default | values | meaning |\n|---|---|---|---|\n");
	for (; rows->name != NULL; rows++) {
		parley_text_printf(out, "| `%s` | `", rows->name);
		option_print_value(out, rows, NULL);
		parley_text_puts(out, "` | ");
		print_bounds(out, rows);
		parley_text_printf(out, " | %s |\n", rows->doc);
	}
}

static const char reference_head[] =
    "# Options\n"
    "\n"
    "Made by `parleyd --print-options` from the same tables that check `parley.conf`; do not "
    "edit.\n"
    "A mistake anywhere in the file keeps the node from starting, and a reload from changing\n"
    "anything; `parleyd -n` shows all mistakes at once.\n";

void
config_print_reference(struct parley_text *out, const struct config_doc *modules)
{
	char head[96];

	parley_text_puts(out, reference_head);
	for (const struct config_core_section *s = config_core_sections; s->name != NULL; s++)
		print_reference_section(out, s->name, s->doc, s->rows);
	for (const struct config_listen_section *l = config_listen_sections; l->name != NULL; l++) {
		snprintf(head, sizeof head, "listen %s", l->name);
		print_reference_section(out, head, l->doc, l->rows);
	}
	for (; modules->name != NULL; modules++) {
		snprintf(head, sizeof head, "module %s", modules->name);
		print_reference_section(out, head, modules->summary, modules->options);
	}
}
