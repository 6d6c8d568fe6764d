/* SPDX-License-Identifier: MIT */
/* folder.c - a folder for the length of a test, and files in it. */
#include "support/test.h"

#include "support/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void
folder_make(char path[FOLDER_PATH])
{
	const char *top = getenv("TMPDIR");

	snprintf(path, FOLDER_PATH, "%s/parley-folder-XXXXXX", top != NULL ? top : "/tmp");
	if (mkdtemp(path) == NULL)
		fail_msg("%s: %s", path, strerror(errno));
}

void
folder_remove(const char *path)
{
	struct dirent *e;
	DIR *d = opendir(path);
	char below[PATH_MAX];

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof below, "%s/%s", path, e->d_name);
		folder_remove(below);
	}
	if (d != NULL)
		closedir(d);
	remove(path);
}

static FILE *
open_below(const char *path, const char *name, const char *how)
{
	char below[PATH_MAX];
	FILE *f;

	snprintf(below, sizeof below, "%s/%s", path, name);
	f = fopen(below, how);
	if (f == NULL)
		fail_msg("%s: %s", below, strerror(errno));
	return f;
}

void
folder_add(const char *path, const char *name)
{
	char below[PATH_MAX];

	snprintf(below, sizeof below, "%s/%s", path, name);
	assert_int_equal(mkdir(below, 0700), 0);
}

void
folder_write(const char *path, const char *name, const char *text)
{
	FILE *f = open_below(path, name, "w");

	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

void
folder_copy(const char *path, const char *name, const char *from)
{
	FILE *in = fopen(from, "rb"), *out = open_below(path, name, "wb");
	char bytes[4096];
	size_t n;

	if (in == NULL)
		fail_msg("%s: %s", from, strerror(errno));
	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}
