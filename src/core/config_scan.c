/* SPDX-License-Identifier: MIT */
/* config_scan.c - a first look at parley.conf: its grammar, and where everything stands. */
#include "core/config_scan.h"

#include "base/xalloc.h"

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
#define WORD_LONGEST 4096

enum token { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_SIGN, TOKEN_BAD };

struct cursor {
	struct config_scan *scan;
	const char *file;
	char *at;
	unsigned line;

	enum token token;
	char sign;               /* of TOKEN_SIGN: one of {}()= */
	char word[WORD_LONGEST]; /* of TOKEN_WORD and TOKEN_STRING, as written between the quotes */
	size_t word_len;
	bool has_variable; /* the string has a variable in it */
	unsigned token_line;
};

#define complain(c, ...) option_error((c)->scan->errors, (c)->file, (c)->token_line, __VA_ARGS__)

/* ---- tokens -------------------------------------------------------------------------------- */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("_.:/@-", c) != NULL);
}

static enum token
bad(struct cursor *c, const char *why)
{
	complain(c, "%s", why);
	return TOKEN_BAD;
}

/* Skips white space and comments; false when a comment has no end. */
static bool
skip_blank(struct cursor *c)
{
	for (;;) {
		c->token_line = c->line;
		if (*c->at == '\n') {
			c->line++;
			c->at++;
		} else if (*c->at == ' ' || *c->at == '\t' || *c->at == '\r') {
			c->at++;
		} else if (*c->at == '#' || strncmp(c->at, "//", 2) == 0) {
			c->at += strcspn(c->at, "\n");
		} else if (strncmp(c->at, "/*", 2) == 0) {
			const char *end = strstr(c->at + 2, "*/");

			if (end == NULL)
				return false;
			for (; c->at < end; c->at++)
				c->line += *c->at == '\n';
			c->at += 2;
		} else {
			return true;
		}
	}
}

static bool
word_add(struct cursor *c, char byte)
{
	if (c->word_len + 1 >= sizeof c->word)
		return false;
	c->word[c->word_len++] = byte;
	c->word[c->word_len] = '\0';
	return true;
}

/* "${NAME}" or "${NAME:-otherwise}" at c->at, which stays there. */
static void
check_variable(struct cursor *c)
{
	const char *begin = c->at + 2, *end = begin;
	char name[128];

	while (is_word(*end) && strchr(".:/@-", *end) == NULL)
		end++;
	snprintf(name, sizeof name, "%.*s", (int)(end - begin), begin);
	if (begin[strcspn(begin, "}\"\n")] != '}')
		complain(c, "\"${\" without \"}\"");
	else if (end == begin || (*end != '}' && strncmp(end, ":-", 2) != 0))
		complain(c, "a variable is written ${NAME} or ${NAME:-otherwise}");
	else if (*end == '}' && getenv(name) == NULL)
		complain(c, "the environment has no variable %s", name);
}

/* A string up to its closing quote. In double quotes \ may precede " \ and $. */
static enum token
string_token(struct cursor *c, char quote)
{
	for (c->at++; *c->at != quote; c->at++) {
		if (*c->at == '\0' || *c->at == '\n')
			return bad(c, "the string that begins in this line does not end in it");
		if (*c->at == '\\') {
			if (quote == '\'' || c->at[1] == '\0' || strchr("\"\\$", c->at[1]) == NULL)
				return bad(
				    c, "\"\\\" stands only before \", \\ and $ in double quotes");
			c->at++;
		} else if (quote == '"' && c->at[0] == '$' && c->at[1] == '{') {
			check_variable(c);
			c->has_variable = true;
		}
		if (!word_add(c, *c->at))
			return bad(c, "the string is too long");
	}
	c->at++;
	return TOKEN_STRING;
}

static enum token
word_token(struct cursor *c)
{
	for (; is_word(*c->at); c->at++) {
		if (strncmp(c->at, "//", 2) == 0 || strncmp(c->at, "/*", 2) == 0) {
			c->at += strcspn(c->at, " \t\r\n");
			return bad(c, "put quotes around a value that has \"//\" or \"/*\" in it");
		}
		if (!word_add(c, *c->at))
			return bad(c, "the word is too long");
	}
	return TOKEN_WORD;
}

static enum token
next_token(struct cursor *c)
{
	c->word_len = 0;
	c->word[0] = '\0';
	c->has_variable = false;
	if (!skip_blank(c))
		return c->token = bad(c, "the comment that begins in this line is not closed");
	if (*c->at == '\0')
		return c->token = TOKEN_END;
	if (strchr("{}()=", *c->at) != NULL) {
		c->sign = *c->at++;
		return c->token = TOKEN_SIGN;
	}
	if (*c->at == '"' || *c->at == '\'')
		return c->token = string_token(c, *c->at);
	if (is_word(*c->at))
		return c->token = word_token(c);
	c->at += strcspn(c->at, " \t\r\n");
	return c->token = bad(c, "put quotes around a value with characters other than letters, "
				 "digits and _.:/@-");
}

static bool
is_sign(const struct cursor *c, char sign)
{
	return c->token == TOKEN_SIGN && c->sign == sign;
}

/* After a mistake: goes on in the next line. */
static void
next_line(struct cursor *c)
{
	c->at += strcspn(c->at, "\n");
	next_token(c);
}

/* After a mistake in a section: the same, but not past its end. */
static void
next_option(struct cursor *c)
{
	if (is_sign(c, '}') || c->token == TOKEN_END)
		return;
	c->at += strcspn(c->at, "}\n");
	next_token(c);
}

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
complain_unknown_section(const struct cursor *c, const char *name)
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
section_add(struct cursor *c, const char *name, const char *title)
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
value_add(struct cursor *c, struct option_section *section, const char *key, unsigned line)
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
scan_value(struct cursor *c, struct option_section *section)
{
	unsigned line = c->token_line;
	char *back = c->at, key[64];
	bool overlong = c->word_len >= sizeof key;

	memcpy(key, c->word, overlong ? sizeof key - 1 : c->word_len);
	key[overlong ? sizeof key - 1 : c->word_len] = '\0';
	next_token(c);
	if (!is_sign(c, '=')) {
		if (kind_find(c->scan, key) != NULL &&
		    (is_sign(c, '{') || c->token == TOKEN_WORD)) {
			c->at = back;
			c->line = line;
			c->word_len = strlen(key);
			memcpy(c->word, key, c->word_len + 1);
			c->token = TOKEN_WORD;
			return false;
		}
		if (c->token != TOKEN_BAD)
			complain(c, "\"=\" must follow \"%s\"", key);
		next_option(c);
		return true;
	}
	next_token(c);
	if (c->token != TOKEN_WORD && c->token != TOKEN_STRING) {
		if (c->token != TOKEN_BAD)
			complain(c, "a value must follow \"%s =\"; a list is words in quotes", key);
		if (is_sign(c, '{') && c->at[strcspn(c->at, "}\n")] == '}')
			c->at = strchr(c->at, '}') + 1;
		next_option(c);
		return true;
	}
	if (overlong || line != c->token_line)
		complain(c, overlong ? "the name is too long"
				     : "the value must be in the line of its name");
	else
		value_add(c, section, key, line);
	next_token(c);
	return true;
}

/* The inside of a section, from behind "{" to behind "}". */
static void
scan_section(struct cursor *c, struct option_section *section, const char *name, unsigned line)
{
	next_token(c);
	while (!is_sign(c, '}')) {
		if (c->token == TOKEN_WORD && scan_value(c, section))
			continue;
		if (c->token == TOKEN_END || c->token == TOKEN_WORD) {
			option_error(c->scan->errors, c->file, line,
			    "the section %s that begins in this line is not closed", name);
			return;
		}
		if (c->token != TOKEN_BAD)
			complain(c, "the name of an option must stand here");
		next_option(c);
	}
	next_token(c);
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
include_file(struct cursor *c, const char *name)
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
scan_include(struct cursor *c, char *begin)
{
	char name[PATH_MAX] = "";
	bool good = next_token(c) == TOKEN_SIGN && c->sign == '(';

	good = good && next_token(c) == TOKEN_STRING && c->word_len > 0 &&
	       c->word_len < sizeof name && strchr(c->word, '$') == NULL;
	if (good)
		memcpy(name, c->word, c->word_len + 1);
	good = good && next_token(c) == TOKEN_SIGN && c->sign == ')';
	if (!good) {
		if (c->token != TOKEN_BAD)
			complain(c, "a file is included with include(\"FILE\"), without variables");
		next_line(c);
		return;
	}
	blank_out(begin, c->at);
	include_file(c, name);
	next_token(c);
}

/* ---- files --------------------------------------------------------------------------------- */

/* "NAME {", "NAME TITLE {" or "include(...)", the name being the current token. */
static void
scan_statement(struct cursor *c)
{
	char *begin = c->at - c->word_len;
	char name[64], title[64] = "";
	unsigned line = c->token_line;
	struct option_section *section;
	bool titled;

	if (c->word_len >= sizeof name) {
		complain(c, "the name is too long");
		next_line(c);
		return;
	}
	memcpy(name, c->word, c->word_len + 1);
	if (strcmp(name, "include") == 0) {
		scan_include(c, begin);
		return;
	}
	next_token(c);
	titled = c->token == TOKEN_WORD && c->word_len < sizeof title;
	if (titled) {
		memcpy(title, c->word, c->word_len + 1);
		next_token(c);
	}
	if (!is_sign(c, '{')) {
		if (is_sign(c, '='))
			complain(c, "\"%s\" stands outside of a section", name);
		else if (c->token != TOKEN_BAD)
			complain(c, "\"{\" must follow \"%s\"", titled ? title : name);
		next_line(c);
		return;
	}
	section = section_add(c, name, titled ? title : NULL);
	scan_section(c, section, name, line);
}

static void
source_scan(struct config_scan *s, const char *name, char *text, mode_t mode)
{
	/* On the heap: it has a long word in it, and includes nest. */
	struct cursor *c = xcalloc(1, sizeof *c);

	*c = (struct cursor){ .scan = s, .file = option_intern(name), .at = text, .line = 1 };
	s->sources = xrealloc(s->sources, (s->source_count + 1) * sizeof *s->sources);
	s->sources[s->source_count++] = (struct config_source){ c->file, text, mode };

	next_token(c);
	while (c->token != TOKEN_END) {
		if (c->token == TOKEN_WORD) {
			scan_statement(c);
			continue;
		}
		if (c->token != TOKEN_BAD)
			complain(c, "the name of a section must stand here");
		next_line(c);
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
