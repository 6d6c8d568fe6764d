/* SPDX-License-Identifier: MIT */
/* version.h - which Parley this is, and what it runs with. Any thread. */
#ifndef VERSION_H
#define VERSION_H

#include <stdio.h>

/* "0.1.0". Static. */
const char *version_number(void);

/* The version, and the versions of the libraries that are in use, one a line. */
void version_print(FILE *out);

#endif
