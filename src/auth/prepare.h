/* SPDX-License-Identifier: MIT */
/* prepare.h - one form for passwords that are the same to the person who types them. Any thread. */
#ifndef PREPARE_H
#define PREPARE_H

#include <stddef.h>

/* Bytes, with the NUL, of a prepared password of at most max bytes: NFC makes some longer. */
#define PREPARED_SIZE(max) ((max)*3 + 1)

/* The profile OpaqueString of RFC 8265 as far as it makes equal: other spaces become U+0020, and
 * all of it NFC. What the profile forbids is left as it is: a password that was taken must not be
 * refused later. password is UTF-8 of at most max bytes; out has PREPARED_SIZE(max). Wipe it after
 * use. Returns its length. */
size_t password_prepare(const char *password, size_t max, char *out);

#endif
