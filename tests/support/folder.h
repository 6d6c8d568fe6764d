/* SPDX-License-Identifier: MIT */
/* folder.h - a folder for the length of a test, and files in it. What fails fails the test. */
#ifndef FOLDER_H
#define FOLDER_H

#define FOLDER_PATH 256

/* Makes an empty one and writes its path. */
void folder_make(char path[FOLDER_PATH]);
/* With all that is in it. */
void folder_remove(const char *path);

/* name is below the folder: "modules/good.so". */
void folder_add(const char *path, const char *name); /* a folder */
void folder_write(const char *path, const char *name, const char *text);
void folder_copy(const char *path, const char *name, const char *from);

#endif
