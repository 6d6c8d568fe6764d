/* SPDX-License-Identifier: MIT */
/* config_scan.c - a first look at parley.conf: its grammar, and where everything stands. */
#include "core/config_scan.h"

#include "base/xalloc.h"
#include "core/config_token.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_LARGEST ((size_t)1024 * 1024)
#define SOURCES_MAX  32 /* files, all includes together */
#define SECTIONS_MAX 256
#define VALUES_MAX   256 /* in one section */

#define complain(c, ...) option_error((c)->errors, (c)->file, (c)->token_line, __VA_ARGS__)

/* ---- sections ------------------------------------------------------------------------------ */

static const struct config_kind *
kind_find(const struct config_scan *s, const char *name)
{
	for (const struct config_kind *k = s->kinds; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static void
complain_unknown_section(const struct config_cursor *c, const char *name)
{
	const char *names[32] = { NULL }, *nearest;

	for (size_t i = 0; c->scan->kinds[i].name != NULL && i + 1 < 32; i++)
		names[i] = c->scan->kinds[i].name;
	nearest = option_nearest(name, names);
	complain(c, "there is no section \"%s\"%s%s%s", name,
	    nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
	    nearest != NULL ? "\"?" : "");
}

static const struct option_section *
section_find(const struct config_scan *s, const char *name, const char *title)
{
	for (size_t i = 0; i < s->section_count; i++) {
		const struct option_section *other = &s->sections[i];

		if (strcmp(other->name, name) == 0 &&
		    (title == NULL || strcmp(other->title, title) == 0))
			return other;
	}
	return NULL;
}

/* A new section, or NULL when the name, its title or its being there again is wrong. */
static struct option_section *
section_add(struct config_cursor *c, const char *name, const char *title)
{
	struct config_scan *s = c->scan;
	const struct config_kind *kind = kind_find(s, name);
	const struct option_section *earlier;
	struct option_section *section;

	if (kind == NULL) {
		complain_unknown_section(c, name);
		return NULL;
	}
	if (kind->titled != (title != NULL)) {
		complain(c,
		    kind->titled ? "a section %s needs a name: %s NAME { ... }"
				 : "a section %s has no name: %s { ... }",
		    name, name);
		return NULL;
	}
	earlier = section_find(s, name, title);
	if (earlier != NULL) {
		complain(c, "the section %s%s%s is already in %s, line %u", name,
		    title != NULL ? " " : "", title != NULL ? title : "", earlier->file,
		    earlier->line);
		return NULL;
	}
	if (s->section_count == SECTIONS_MAX) {
		complain(c, "there are too many sections");
		return NULL;
	}
	s->sections = xrealloc(s->sections, (s->section_count + 1) * sizeof *s->sections);
	section = &s->sections[s->section_count++];
	*section = (struct option_section){ .name = option_intern(name),
		.title = title != NULL ? option_intern(title) : NULL,
		.file = c->file,
		.line = c->token_line };
	return section;
}

/* section may be NULL: what belongs to a section that is wrong is read and dropped. */
static void
value_add(struct config_cursor *c, struct option_section *section, const char *key, unsigned line)
{
	struct option_value *v;

	if (section == NULL)
		return;
	for (size_t i = 0; i < section->count; i++) {
		if (strcmp(section->values[i].key, key) == 0) {
			complain(c, "%s is already set in line %u", key, section->values[i].line);
			return;
		}
	}
	if (section->count == VALUES_MAX) {
		complain(c, "there are too many options in this section");
		return;
	}
	section->values = xrealloc(section->values, (section->count + 1) * sizeof *v);
	v = &section->values[section->count++];
	*v = (struct option_value){ .key = option_intern(key),
		.value = c->has_variable ? NULL : option_intern(c->word),
		.file = c->file,
		.line = line };
}

/* "key = value", the key being the current token. False when "KEY {" or "KEY NAME {" stood there:
 * then the section before was not closed. */
static bool
scan_value(struct config_cursor *c, struct option_section *section)
{
	unsigned line = c->token_line;
	char *back = c->at, key[64];
	bool overlong = c->word_len >= sizeof key;

	memcpy(key, c->word, overlong ? sizeof key - 1 : c->word_len);
	key[overlong ? sizeof key - 1 : c->word_len] = '\0';
	config_token_next(c);
	if (!config_token_is(c, '=')) {
		if (kind_find(c->scan, key) != NULL &&
		    (config_token_is(c, '{') || c->token == TOKEN_WORD)) {
			c->at = back;
			c->line = line;
			c->word_len = strlen(key);
			memcpy(c->word, key, c->word_len + 1);
			c->token = TOKEN_WORD;
			return false;
		}
		if (c->token != TOKEN_BAD)
			complain(c, "\"=\" must follow \"%s\"", key);
		config_token_skip_option(c);
		return true;
	}
	config_token_next(c);
	if (c->token != TOKEN_WORD && c->token != TOKEN_STRING) {
		if (c->token != TOKEN_BAD)
			complain(c, "a value must follow \"%s =\"; a list is words in quotes", key);
		if (config_token_is(c, '{') && c->at[strcspn(c->at, "}\n")] == '}')
			c->at = strchr(c->at, '}') + 1;
		config_token_skip_option(c);
		return true;
	}
	if (overlong || line != c->token_line)
		complain(c, overlong ? "the name is too long"
				     : "the value must be in the line of its name");
	else
		value_add(c, section, key, line);
	config_token_next(c);
	return true;
}

/* The inside of a section, from behind "{" to behind "}". */
static void
scan_section(
    struct config_cursor *c, struct option_section *section, const char *name, unsigned line)
{
	config_token_next(c);
	while (!config_token_is(c, '}')) {
		if (c->token == TOKEN_WORD && scan_value(c, section))
			continue;
		if (c->token == TOKEN_END || c->token == TOKEN_WORD) {
			option_error(c->errors, c->file, line,
			    "the section %s that begins in this line is not closed", name);
			return;
		}
		if (c->token != TOKEN_BAD)
			complain(c, "the name of an option must stand here");
		config_token_skip_option(c);
	}
	config_token_next(c);
}

/* ---- include("file") ----------------------------------------------------------------------- */

/* Overwrites the statement with blanks: libconfuse gets one source after the other. */
static void
blank_out(char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\n')
			*from = ' ';
}

static void
include_file(struct config_cursor *c, const char *name)
{
	const char *slash = strrchr(c->file, '/');
	char path[PATH_MAX];
	int n;

	if (!c->scan->include) {
		complain(c, "include is not allowed here");
		return;
	}
	if (name[0] == '/' || slash == NULL)
		n = snprintf(path, sizeof path, "%s", name);
	else
		n = snprintf(path, sizeof path, "%.*s/%s", (int)(slash - c->file), c->file, name);
	if (n < 0 || (size_t)n >= sizeof path) {
		complain(c, "the name of the file is too long");
		return;
	}
	for (size_t i = 0; i < c->scan->source_count; i++) {
		if (strcmp(c->scan->sources[i].name, path) == 0) {
			complain(c, "%s is read already", path);
			return;
		}
	}
	config_scan_file(c->scan, path);
}

static void
scan_include(struct config_cursor *c, char *begin)
{
	char name[PATH_MAX] = "";
	bool good = config_token_next(c) == TOKEN_SIGN && c->sign == '(';

	good = good && config_token_next(c) == TOKEN_STRING && c->word_len > 0 &&
	       c->word_len < sizeof name && strchr(c->word, '$') == NULL;
	if (good)
		memcpy(name, c->word, c->word_len + 1);
	good = good && config_token_next(c) == TOKEN_SIGN && c->sign == ')';
	if (!good) {
		if (c->token != TOKEN_BAD)
			complain(c, "a file is included with include(\"FILE\"), without variables");
		config_token_skip_line(c);
		return;
	}
	blank_out(begin, c->at);
	include_file(c, name);
	config_token_next(c);
}

/* ---- files --------------------------------------------------------------------------------- */

/* "NAME {", "NAME TITLE {" or "include(...)", the name being the current token. */
static void
scan_statement(struct config_cursor *c)
{
	char *begin = c->at - c->word_len;
	char name[64], title[64] = "";
	unsigned line = c->token_line;
	struct option_section *section;
	bool titled;

	if (c->word_len >= sizeof name) {
		complain(c, "the name is too long");
		config_token_skip_line(c);
		return;
	}
	memcpy(name, c->word, c->word_len + 1);
	if (strcmp(name, "include") == 0) {
		scan_include(c, begin);
		return;
	}
	config_token_next(c);
	titled = c->token == TOKEN_WORD && c->word_len < sizeof title;
	if (titled) {
		memcpy(title, c->word, c->word_len + 1);
		config_token_next(c);
	}
	if (!config_token_is(c, '{')) {
		if (config_token_is(c, '='))
			complain(c, "\"%s\" stands outside of a section", name);
		else if (c->token != TOKEN_BAD)
			complain(c, "\"{\" must follow \"%s\"", titled ? title : name);
		config_token_skip_line(c);
		return;
	}
	section = section_add(c, name, titled ? title : NULL);
	scan_section(c, section, name, line);
}

static void
source_scan(struct config_scan *s, const char *name, char *text, mode_t mode)
{
	/* On the heap: it has a long word in it, and includes nest. */
	struct config_cursor *c = xcalloc(1, sizeof *c);

	*c = (struct config_cursor){
		.scan = s, .errors = s->errors, .file = option_intern(name), .at = text, .line = 1
	};
	s->sources = xrealloc(s->sources, (s->source_count + 1) * sizeof *s->sources);
	s->sources[s->source_count++] = (struct config_source){ c->file, text, mode };

	config_token_next(c);
	while (c->token != TOKEN_END) {
		if (c->token == TOKEN_WORD) {
			scan_statement(c);
			continue;
		}
		if (c->token != TOKEN_BAD)
			complain(c, "the name of a section must stand here");
		config_token_skip_line(c);
	}
	free(c);
}

void
config_scan_text(struct config_scan *s, const char *name, const char *text, size_t len)
{
	unsigned line = 1;

	if (len > FILE_LARGEST) {
		option_error(s->errors, name, 0, "is larger than 1 MiB");
		return;
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < ' ' && memchr("\n\r\t", text[i], 3) == NULL) {
			option_error(s->errors, name, line, "there is a control character here");
			return;
		}
		line += text[i] == '\n';
	}
	source_scan(s, name, xstrndup(text, len), 0);
}

/* The whole of fd, or NULL (errno). */
static char *
read_whole(int fd, size_t *len)
{
	char *text = xmalloc(FILE_LARGEST + 2);
	ssize_t n = 1;

	for (*len = 0; *len <= FILE_LARGEST && n > 0; *len += n > 0 ? (size_t)n : 0)
		n = read(fd, text + *len, FILE_LARGEST + 1 - *len);
	if (n >= 0)
		return text;
	free(text);
	return NULL;
}

void
config_scan_file(struct config_scan *s, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	struct stat st;
	size_t len = 0;

	if (s->source_count >= SOURCES_MAX) {
		option_error(s->errors, file, 0, "too many files are included");
	} else if (fd < 0 || fstat(fd, &st) != 0) {
		option_error(s->errors, file, 0, "cannot be read: %s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		option_error(s->errors, file, 0, "is not a file");
	} else if (st.st_mode & S_IWOTH) {
		option_error(s->errors, file, 0, "anybody can write to it: chmod o-w %s", file);
	} else if ((text = read_whole(fd, &len)) == NULL) {
		option_error(s->errors, file, 0, "cannot be read: %s", strerror(errno));
	} else {
		size_t before = s->source_count;

		config_scan_text(s, file, text, len);
		if (s->source_count > before)
			s->sources[before].mode = st.st_mode;
	}
	free(text);
	if (fd >= 0)
		close(fd);
}

void
config_sections_free(struct option_section *sections, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(sections[i].values);
	free(sections);
}

void
config_scan_fini(struct config_scan *s)
{
	for (size_t i = 0; i < s->source_count; i++)
		free(s->sources[i].text);
	free(s->sources);
	if (s->sections != NULL)
		config_sections_free(s->sections, s->section_count);
}
