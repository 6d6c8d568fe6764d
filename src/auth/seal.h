/* SPDX-License-Identifier: MIT */
/* seal.h - the node key, and AES-256-GCM under keys derived from it (HKDF-SHA-256). Any thread
 * after seal_open. */
#ifndef SEAL_H
#define SEAL_H

#include <parley/error.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the key (32 bytes as 64 hex digits) from file; refuses one that others can read, or that is
 * not ours; makes it (mode 0600) when it is missing and create is set. 0 or -1. */
int seal_open(const char *file, bool create, struct parley_error *err);
/* A key given as bytes: for tests. */
void seal_open_bytes(const uint8_t key[32]);
void seal_close(void); /* wipes it */

/* A key for one purpose, "fake-salt": the same in every run with this node key. */
void seal_derive(const char *purpose, uint8_t out[32]);

/* Appends version, nonce, ciphertext and tag, base64url, to out. context binds it to its place
 * ("accounts/alice"): it opens nowhere else. */
void seal_put(const char *context, const void *bytes, size_t len, struct parley_text *out);

/* Appends the plain bytes to out. 0, or -1 with PARLEY_INTERNAL when it was made elsewhere, with
 * another key, or changed. */
int seal_get(const char *context, const char *sealed, size_t len, struct parley_text *out,
	struct parley_error *err);

/* base64 (RFC 4648). Encode appends; decode appends and returns 0, or -1 for anything but canonical
 * text. url: the URL alphabet without padding. */
void base64_encode(struct parley_text *out, const void *bytes, size_t len, bool url);
int base64_decode(struct parley_text *out, const char *text, size_t len, bool url);

/* The CSPRNG; cannot fail. Any thread. */
void random_bytes(void *out, size_t len);

#endif
