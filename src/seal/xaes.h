/* SPDX-License-Identifier: MIT */
/* xaes.h - XAES-256-GCM as C2SP specifies it: AES-256-GCM under a key derived for each message from
 * half of a nonce of 24 bytes. Any thread once the key is made. */
#ifndef XAES_H
#define XAES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define XAES_NONCE 24
#define XAES_TAG   16

struct evp_cipher_st;

struct xaes {
	uint8_t key[32];
	uint8_t subkey[16]; /* K1 of CMAC (RFC 4493) under key */
	struct evp_cipher_st *ecb, *gcm;
};

void xaes_init(struct xaes *x, const uint8_t key[32]);
void xaes_fini(struct xaes *x); /* wipes it; accepts { 0 } */

/* The key of all messages whose nonces begin with the same half: they differ in the other, which is
 * that of AES-256-GCM. */
#define XAES_HALF (XAES_NONCE / 2)
void xaes_message_key(const struct xaes *x, const uint8_t half[XAES_HALF], uint8_t out[32]);

/* len bytes from in to out, which may be the same place; context is authenticated with them. */
void xaes_encrypt(const struct xaes *x, const char *context, const uint8_t nonce[XAES_NONCE],
    const void *in, size_t len, void *out, uint8_t tag[XAES_TAG]);

/* False, with out wiped, when the tag does not fit. */
bool xaes_decrypt(const struct xaes *x, const char *context, const uint8_t nonce[XAES_NONCE],
    const void *in, size_t len, void *out, const uint8_t tag[XAES_TAG]);

#endif
