/* SPDX-License-Identifier: MIT */
/* files.c - test data from the source tree. */
#include "support/files.h"

#include "support/test.h"

#include "base/xalloc.h"
#include "json/json.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
source_path(const char *path)
{
	static char whole[PATH_MAX];
	const char *srcdir = getenv("srcdir");

	snprintf(whole, sizeof whole, "%s/%s", srcdir != NULL ? srcdir : ".", path);
	return whole;
}

char *
source_read(const char *path, size_t *len_r)
{
	struct parley_text t = { 0 };
	FILE *f = fopen(source_path(path), "rb");
	size_t n;

	if (f == NULL)
		fail_msg("%s cannot be read", source_path(path));
	do {
		n = fread(parley_text_reserve(&t, 4096), 1, 4096, f);
		t.len += n;
		t.s[t.len] = '\0';
	} while (n > 0);
	fclose(f);
	*len_r = t.len;
	return t.s;
}

const struct parley_json *
source_json(struct arena *arena, const char *path)
{
	struct parley_error err = { 0 };
	const struct parley_json *v;
	size_t len;
	char *text = source_read(path, &len);

	v = json_parse_copy(arena, text, len, &json_limits_own, &err);
	free(text);
	if (v == NULL)
		fail_msg("%s: %s %s", path, err.where, err.text);
	return v;
}

static int
is_json(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot != NULL && strcmp(dot, ".json") == 0;
}

int
source_each_json(const char *folder, void (*each)(const char *name, void *context), void *context)
{
	struct dirent **entries;
	int count = scandir(source_path(folder), &entries, is_json, alphasort);

	for (int i = 0; i < count; i++) {
		*strrchr(entries[i]->d_name, '.') = '\0';
		each(entries[i]->d_name, context);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return count;
}
