/* SPDX-License-Identifier: MIT */
/* print.c - answers of the node as tables and lines. */
#include "ctl/ctl.h"

#include "base/xalloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS_MAX 12

/* What a terminal could take for a command, or what turns text around: C0, DEL, C1, bidi marks. */
static size_t
dangerous(const unsigned char *p)
{
	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
		return 2;
	if (p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae)
		return 3;
	return p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9 ? 3 : 0;
}

void
ctl_print_safe(struct parley_text *out, const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p != '\0';) {
		size_t n = dangerous(p);

		parley_text_putc(out, n > 0 ? '?' : (char)*p);
		p += n > 0 ? n : 1;
	}
}

static void
put_bytes(struct parley_text *out, int64_t n)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)n;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
		value /= 1024;
		unit++;
	}
	parley_text_printf(out, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
}

static void
put_seconds(struct parley_text *out, int64_t n)
{
	if (n >= 86400)
		parley_text_printf(out, "%" PRId64 " d ", n / 86400);
	if (n >= 3600)
		parley_text_printf(out, "%" PRId64 " h ", n / 3600 % 24);
	if (n >= 60)
		parley_text_printf(out, "%" PRId64 " min ", n / 60 % 60);
	parley_text_printf(out, "%" PRId64 " s", n % 60);
}

/* "2026-11-22T10:00:00.123Z" -> "2026-11-22 10:00:00Z" */
static void
put_time(struct parley_text *out, const char *s)
{
	struct parley_text text = { 0 };

	ctl_print_safe(&text, s);
	if (text.len >= 20 && text.s[10] == 'T') {
		text.s[10] = ' ';
		parley_text_printf(out, "%.19sZ", text.s);
	} else if (text.len > 0) {
		parley_text_puts(out, text.s);
	}
	parley_text_fini(&text);
}

static void
put_any(struct parley_text *out, const struct parley_json *v)
{
	if (v == NULL || v->type == PARLEY_JSON_NULL)
		return;
	if (v->type == PARLEY_JSON_STRING)
		ctl_print_safe(out, v->string);
	else if (v->type == PARLEY_JSON_BOOL)
		parley_text_puts(out, v->boolean ? "yes" : "no");
	else
		parley_text_printf(out, "%" PRId64, parley_json_int(v, 0));
}

static void
put_list(struct parley_text *out, const struct parley_json *list)
{
	for (const struct parley_json *v = parley_json_first(list); v != NULL;
	     v = parley_json_next(list, v)) {
		if (v != parley_json_first(list))
			parley_text_putc(out, ' ');
		put_any(out, v);
	}
}

/* New: the member as text. */
static char *
cell(const struct parley_json *object, const struct ctl_column *column)
{
	const struct parley_json *v = parley_json_get(object, column->member);
	struct parley_text out = { 0 };

	parley_text_reserve(&out, 1);
	out.s[0] = '\0';
	switch (column->kind) {
	case CTL_TEXT:
	case CTL_COUNT:
		put_any(&out, v);
		break;
	case CTL_YES:
		parley_text_puts(&out, parley_json_bool(v, false) ? "yes" : "");
		break;
	case CTL_TIME:
		put_time(&out, parley_json_string_or(v, ""));
		break;
	case CTL_BYTES:
		put_bytes(&out, parley_json_int(v, 0));
		break;
	case CTL_SECONDS:
		put_seconds(&out, parley_json_int(v, 0));
		break;
	case CTL_DAYS:
		if (parley_json_int(v, 0) == 0)
			parley_text_puts(&out, v != NULL ? "ever" : "");
		else
			put_any(&out, v);
		break;
	case CTL_LIST:
		put_list(&out, v);
		break;
	}
	return out.s;
}

static bool
to_the_right(const struct ctl_column *column)
{
	return column->kind == CTL_COUNT || column->kind == CTL_BYTES ||
	       column->kind == CTL_SECONDS || column->kind == CTL_DAYS;
}

/* Prints s in a field of width characters; the last column of a line is not filled up. */
static void
print_cell(const char *s, size_t width, bool right, bool last)
{
	size_t len = parley_utf8_length(s, strlen(s)), fill = width > len ? width - len : 0;

	if (right)
		printf("%*s%s", (int)fill, "", s);
	else
		printf("%s%*s", s, last ? 0 : (int)fill, "");
	fputs(last ? "\n" : "  ", stdout);
}

void
ctl_print_table(const struct parley_json *items, const struct ctl_column *columns, int indent)
{
	size_t widths[COLUMNS_MAX], count = 0, rows = parley_json_len(items), n = 0;
	char **cells;

	for (; columns[count].title != NULL; count++)
		widths[count] = strlen(columns[count].title);
	cells = xcalloc(rows * count, sizeof *cells);
	for (const struct parley_json *item = parley_json_first(items); item != NULL;
	     item = parley_json_next(items, item)) {
		for (size_t i = 0; i < count; i++, n++) {
			size_t len;

			cells[n] = cell(item, &columns[i]);
			len = parley_utf8_length(cells[n], strlen(cells[n]));
			widths[i] = len > widths[i] ? len : widths[i];
		}
	}
	printf("%*s", indent, "");
	for (size_t i = 0; i < count; i++)
		print_cell(columns[i].title, widths[i], to_the_right(&columns[i]), i + 1 == count);
	for (size_t i = 0; i < n; i++) {
		size_t at = i % count;

		if (at == 0)
			printf("%*s", indent, "");
		print_cell(cells[i], widths[at], to_the_right(&columns[at]), at + 1 == count);
		free(cells[i]);
	}
	free(cells);
}

void
ctl_print_members(const struct parley_json *object, const struct ctl_column *members)
{
	size_t width = 0;

	for (const struct ctl_column *m = members; m->title != NULL; m++)
		width = strlen(m->title) > width ? strlen(m->title) : width;
	for (const struct ctl_column *m = members; m->title != NULL; m++) {
		char *text = cell(object, m);

		printf("%-*s  %s\n", (int)width, m->title, text);
		free(text);
	}
}
