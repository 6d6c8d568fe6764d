/* SPDX-License-Identifier: MIT */
/* files.h - test data from the source tree. */
#ifndef FILES_H
#define FILES_H

#include <stddef.h>

struct arena;
struct parley_json;

/* The path of a file or folder of the source tree. Borrowed until the next call. */
const char *source_path(const char *path);

/* The whole of a file of the source tree, NUL behind it; ends the test when there is none. New:
 * free it. */
char *source_read(const char *path, size_t *len_r);

/* The same, parsed; the arena holds it. */
const struct parley_json *source_json(struct arena *arena, const char *path);

/* Calls each(name without ".json", context) for the .json files of a folder in the order of their
 * names; returns how many there were. */
int source_each_json(
    const char *folder, void (*each)(const char *name, void *context), void *context);

#endif
