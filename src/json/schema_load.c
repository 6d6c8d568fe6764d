/* SPDX-License-Identifier: MIT */
/* schema_load.c - reads folders of schemas and keeps them by name. */
#include "json/schema_compile.h"

#include "base/xalloc.h"
#include "json/json.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX  (256 * 1024) /* bytes of one file */
#define FILES_MAX 2000

struct schema_set {
	struct arena arena;
	struct schema *schemas; /* frames, by name */
	size_t schema_count;
	struct schema_method *methods; /* by name */
	size_t method_count;
};

/* What is read before anything is compiled, and gone after. */
struct loading {
	struct arena arena;
	struct schema_source *sources;
	size_t count, room;
	struct parley_error *err;
};

/* ---- one text ----------------------------------------------------------------------------- */

struct schema *
schema_compile(const char *json, size_t len, struct parley_error *err)
{
	struct arena text = { 0 };
	struct schema *s = xcalloc(1, sizeof *s);
	struct schema_source source = { .name = "" };
	struct schema_compiler c = { .arena = &s->arena, .sources = &source, .source_count = 1 };

	c.err = err;
	s->name = "";
	source.root = json_parse_copy(&text, json, len, &json_limits_own, err);
	if (source.root != NULL)
		s->rule = schema_compile_source(&c, &source);
	schema_compiler_fini(&c);
	arena_fini(&text);
	if (s->rule == NULL)
		schema_free(&s);
	return s;
}

void
schema_free(struct schema **s)
{
	if (*s == NULL)
		return;
	arena_fini(&(*s)->arena);
	free(*s);
	*s = NULL;
}

/* ---- reading ------------------------------------------------------------------------------ */

/* The whole file with room for one more byte, in the arena; NULL with err. */
static char *
read_file(struct loading *l, const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text;

	if (f == NULL) {
		parley_fail(l->err, PARLEY_INTERNAL, NULL, "%s: %s", path, strerror(errno));
		return NULL;
	}
	text = arena_take(&l->arena, FILE_MAX + 1);
	*len = fread(text, 1, FILE_MAX + 1, f);
	if (ferror(f) || *len > FILE_MAX) {
		parley_fail(l->err, PARLEY_INTERNAL, NULL, "%s: %s", path,
		    ferror(f) ? strerror(errno) : "over 256 KiB");
		fclose(f);
		return NULL;
	}
	fclose(f);
	return arena_resize(&l->arena, text, FILE_MAX + 1, *len + 1);
}

static bool
is_new(struct loading *l, const char *name, const char *path)
{
	for (size_t i = 0; i < l->count; i++) {
		if (strcmp(l->sources[i].name, name) != 0)
			continue;
		parley_fail(l->err, PARLEY_CONFLICT, NULL, "%s: %s defines that already", path,
		    l->sources[i].file);
		return false;
	}
	return true;
}

static int
load_file(struct loading *l, const char *name, const char *path)
{
	struct parley_error err = { 0 };
	struct schema_source source;
	size_t len;
	char *text;

	if (!is_new(l, name, path))
		return -1;
	if (l->count == FILES_MAX)
		return parley_fail(
		    l->err, PARLEY_TOO_LARGE, NULL, "%s: more than %d files", path, FILES_MAX);
	text = read_file(l, path, &len);
	if (text == NULL)
		return -1;
	source.name = arena_copy(&l->arena, name, strlen(name));
	source.file = arena_copy(&l->arena, path, strlen(path));
	source.root = json_parse(&l->arena, text, len, &json_limits_own, &err);
	if (source.root == NULL)
		return parley_fail(l->err, err.code, err.where, "%.100s: %s", path, err.text);
	if (l->count == l->room) {
		l->room = l->room > 0 ? l->room * 2 : 64;
		l->sources = xrealloc(l->sources, l->room * sizeof *l->sources);
	}
	l->sources[l->count++] = source;
	return 0;
}

static int
is_schema(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 5, ".json") == 0;
}

/* The files of one folder of a directory, in the order of their names. */
static int
load_folder(struct loading *l, const char *directory, const char *folder)
{
	struct parley_text path = { 0 }, name = { 0 };
	struct dirent **entries = NULL;
	int count, rc = 0;

	parley_text_printf(&path, "%s/%s", directory, folder);
	count = scandir(path.s, &entries, is_schema, alphasort);
	if (count < 0 && (errno != ENOENT || *folder == '\0'))
		rc = parley_fail(l->err, PARLEY_INTERNAL, NULL, "%s: %s", path.s, strerror(errno));
	for (int i = 0; i < count; i++) {
		const char *file = entries[i]->d_name;

		parley_text_clear(&path);
		parley_text_clear(&name);
		parley_text_printf(&path, "%s/%s%s", directory, folder, file);
		parley_text_printf(&name, "%s%.*s", folder, (int)strlen(file) - 5, file);
		if (rc == 0)
			rc = load_file(l, name.s, path.s);
		free(entries[i]);
	}
	free(entries);
	parley_text_fini(&path);
	parley_text_fini(&name);
	return rc;
}

static int
load_directory(struct loading *l, const char *directory)
{
	static const char *const folders[] = { "", "client/", "server/", "methods/" };

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (load_folder(l, directory, folders[i]) != 0)
			return -1;
	return 0;
}

/* ---- compiling ---------------------------------------------------------------------------- */

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static char *
keep(struct schema_set *set, const char *s)
{
	return arena_copy(&set->arena, s, strlen(s));
}

static struct schema *
keep_schema(struct schema_set *set, const char *name, const struct rule *rule)
{
	struct schema *s = arena_zero(&set->arena, sizeof *s);

	s->name = name;
	s->rule = rule;
	return s;
}

static int
add_method(struct schema_set *set, struct schema_compiler *c, const struct schema_source *source)
{
	struct schema_method *m = &set->methods[set->method_count];
	const struct rule *params = schema_compile_def(c, source, "params");
	const struct rule *result = params != NULL ? schema_compile_def(c, source, "result") : NULL;

	if (result == NULL)
		return -1;
	m->name = keep(set, source->name + strlen("methods/"));
	m->description =
	    keep(set, parley_json_string_or(parley_json_get(source->root, "description"), ""));
	m->params = keep_schema(set, m->name, params);
	m->result = keep_schema(set, m->name, result);
	set->method_count++;
	return 0;
}

/* A source becomes a frame, a method, or only a place for others to refer to. */
static int
add_source(struct schema_set *set, struct schema_compiler *c, const struct schema_source *source)
{
	const struct rule *rule = schema_compile_source(c, source);

	if (rule == NULL)
		return -1;
	if (begins(source->name, "methods/"))
		return add_method(set, c, source);
	if (begins(source->name, "client/") || begins(source->name, "server/"))
		set->schemas[set->schema_count++] = (struct schema){
			.name = keep(set, source->name),
			.rule = rule,
		};
	return 0;
}

static int
by_schema_name(const void *a, const void *b)
{
	const struct schema *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
by_method_name(const void *a, const void *b)
{
	const struct schema_method *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
compile_all(struct schema_set *set, const struct loading *l)
{
	struct schema_compiler c = { .arena = &set->arena, .err = l->err };
	int rc = 0;

	c.sources = l->sources;
	c.source_count = l->count;
	set->schemas = arena_zero(&set->arena, l->count * sizeof *set->schemas);
	set->methods = arena_zero(&set->arena, l->count * sizeof *set->methods);
	for (size_t i = 0; i < l->count && rc == 0; i++)
		rc = add_source(set, &c, &l->sources[i]);
	qsort(set->schemas, set->schema_count, sizeof *set->schemas, by_schema_name);
	qsort(set->methods, set->method_count, sizeof *set->methods, by_method_name);
	schema_compiler_fini(&c);
	return rc;
}

struct schema_set *
schema_set_load(const char *const *directories, struct parley_error *err)
{
	struct schema_set *set = xcalloc(1, sizeof *set);
	struct loading l = { .err = err };
	int rc = 0;

	for (; *directories != NULL && rc == 0; directories++)
		rc = load_directory(&l, *directories);
	if (rc == 0)
		rc = compile_all(set, &l);
	free(l.sources);
	arena_fini(&l.arena);
	if (rc != 0)
		schema_set_free(&set);
	return set;
}

void
schema_set_free(struct schema_set **set)
{
	if (*set == NULL)
		return;
	arena_fini(&(*set)->arena);
	free(*set);
	*set = NULL;
}

/* ---- finding ------------------------------------------------------------------------------ */

const struct schema *
schema_find(const struct schema_set *set, const char *name)
{
	struct schema key = { .name = name };

	return bsearch(&key, set->schemas, set->schema_count, sizeof key, by_schema_name);
}

const struct schema_method *
schema_find_method(const struct schema_set *set, const char *name)
{
	struct schema_method key = { .name = name };

	return bsearch(&key, set->methods, set->method_count, sizeof key, by_method_name);
}
