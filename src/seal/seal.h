/* SPDX-License-Identifier: MIT */
/* seal.h - the keys in force, and authenticated encryption under keys derived from their root:
 * HKDF-SHA-256 (RFC 5869), then XAES-256-GCM (C2SP), which is AES-256-GCM with nonces of 24 bytes,
 * so that random nonces never repeat however much a node stores. Any thread after seal_open_ring.
 */
#ifndef SEAL_H
#define SEAL_H

#include "base/base64.h"
#include "base/random.h"
#include "seal/ring.h"
#include "seal/xaes.h"

#include <parley/error.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Puts the keys of a ring in force. */
void seal_open_ring(const struct ring *ring);
/* The ring that is made of a node key: for tests. */
void seal_open_bytes(const uint8_t key[32]);
void seal_close(void); /* wipes it */

/* ---- data keys: for what documents keep secret (box.h) ------------------------------------- */

#define SEAL_KEYS_MAX 64 /* added while the program runs */

/* Adds a key, or does nothing when there is one with this id, which is not 0. -1 when there are too
 * many. Router thread, or before there are others; so the next. */
int seal_key_add(uint32_t id, const uint8_t key[32]);
/* New documents are sealed with it. */
void seal_key_use(uint32_t id);
uint32_t seal_key_current(void);
/* NULL: there is none with this id. Stays until seal_close. */
const struct xaes *seal_key(uint32_t id);
/* Another number after each time keys were opened. */
unsigned seal_opened(void);

/* ---- keys for all else ---------------------------------------------------------------------- */

/* A key for one purpose, "fake-salt", of at most 63 bytes: the same in every run with this node
 * key. */
void seal_derive(const char *purpose, uint8_t out[32]);

/* A keyed hash of a value that must be found again but not read ("email-index"): appends base64url
 * of HMAC-SHA-256 under the purpose's key. */
void seal_hash(const char *purpose, const void *bytes, size_t len, struct parley_text *out);

/* Appends version, nonce, ciphertext and tag, base64url, to out. context binds it to its place
 * ("accounts/alice"): it opens nowhere else. */
void seal_put(const char *context, const void *bytes, size_t len, struct parley_text *out);

/* Appends the plain bytes to out. 0, or -1 with PARLEY_INTERNAL when it was made elsewhere, with
 * another key, or changed; out is then untouched. */
int seal_get(const char *context, const char *sealed, size_t len, struct parley_text *out,
    struct parley_error *err);

#endif
