/* SPDX-License-Identifier: MIT */
/* keyfile.h - the file that holds the node key: 64 hex digits and a line feed. */
#ifndef KEYFILE_H
#define KEYFILE_H

#include <parley/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads it; lent: it is a credential that systemd has put there. 0, or -1: PARLEY_NOT_FOUND when
 * there is no such file, else PARLEY_INTERNAL with what is wrong with it. */
int keyfile_read(const char *file, bool lent, uint8_t key[32], struct parley_error *err);

/* What is in such a file, with or without the line feed. 0 or -1. */
int keyfile_parse(const char *text, size_t len, uint8_t key[32]);

/* Makes it with a new random key, mode 0600, and has it on disk before returning: what is sealed
 * with a key that was lost is lost. Never replaces a file. 0 or -1. */
int keyfile_make(const char *file, uint8_t key[32], struct parley_error *err);

#endif
