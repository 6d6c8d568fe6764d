/* SPDX-License-Identifier: MIT */
/* replay.c - feeds a fuzz target the files and folders named as arguments; without any, the corpus
 * of its name: fuzz_json reads tests/fuzz/corpus/json. Fails when there was nothing to read. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static unsigned long replayed;

static int
replay_file(const char *path, size_t size)
{
	/* Exactly as long as the input, so that a sanitizer sees a read past its end. */
	uint8_t *data = malloc(size > 0 ? size : 1);
	FILE *f = fopen(path, "rb");

	if (data == NULL || f == NULL || fread(data, 1, size, f) != size) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(1);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	replayed++;
	return 0;
}

static int
replay(const char *path)
{
	struct dirent *entry = NULL;
	char inside[PATH_MAX];
	struct stat st;
	DIR *dir;

	if (stat(path, &st) != 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path, (size_t)st.st_size);
	dir = opendir(path);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name);
		if (replay(inside) != 0)
			break;
	}
	if (dir != NULL)
		closedir(dir);
	return dir != NULL && entry == NULL ? 0 : -1;
}

static int
replay_own_corpus(const char *program)
{
	const char *srcdir = getenv("srcdir"), *name = strstr(program, "fuzz_");
	char path[PATH_MAX];

	while (name != NULL && strstr(name + 1, "fuzz_") != NULL)
		name = strstr(name + 1, "fuzz_");
	if (name == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/tests/fuzz/corpus/%s", srcdir != NULL ? srcdir : ".",
	    name + strlen("fuzz_"));
	return replay(path);
}

int
main(int argc, char **argv)
{
	int rc = 0;

	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	if (argc < 2)
		rc = replay_own_corpus(argv[0]);
	for (int i = 1; i < argc && rc == 0; i++)
		rc = replay(argv[i]);
	printf("%lu inputs replayed\n", replayed);
	return rc == 0 && replayed > 0 ? 0 : 1;
}
