/* SPDX-License-Identifier: MIT */
/* xaes.c - XAES-256-GCM. */
#include "seal/xaes.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <parley/error.h>
#include <string.h>

/* One block of plain AES-256. */
static void
aes_block(const struct xaes *x, const uint8_t in[16], uint8_t out[16])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, ok;

	parley_assert(ctx != NULL);
	ok = EVP_EncryptInit_ex2(ctx, x->ecb, x->key, NULL, NULL) > 0 &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) > 0 && EVP_EncryptUpdate(ctx, out, &n, in, 16) > 0;
	parley_assert(ok && n == 16);
	EVP_CIPHER_CTX_free(ctx);
}

void
xaes_init(struct xaes *x, const uint8_t key[32])
{
	uint8_t block[16] = { 0 };
	unsigned carry = 0;

	x->ecb = EVP_CIPHER_fetch(NULL, "AES-256-ECB", NULL);
	x->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	parley_assert(x->ecb != NULL && x->gcm != NULL);
	memcpy(x->key, key, sizeof x->key);
	aes_block(x, block, block);
	for (int i = 15; i >= 0; i--) {
		unsigned v = (unsigned)block[i] << 1 | carry;

		x->subkey[i] = (uint8_t)v;
		carry = v >> 8;
	}
	x->subkey[15] ^= carry ? 0x87 : 0;
	OPENSSL_cleanse(block, sizeof block);
}

void
xaes_fini(struct xaes *x)
{
	EVP_CIPHER_free(x->ecb);
	EVP_CIPHER_free(x->gcm);
	OPENSSL_cleanse(x, sizeof *x);
}

/* The key of one message: CMAC of a counter, 'X' and the first half of its nonce, twice. */
void
xaes_message_key(const struct xaes *x, const uint8_t half[XAES_HALF], uint8_t out[32])
{
	for (uint8_t part = 0; part < 2; part++) {
		uint8_t block[16] = { 0, (uint8_t)(part + 1), 'X', 0 };

		memcpy(block + 4, half, XAES_HALF);
		for (int i = 0; i < 16; i++)
			block[i] ^= x->subkey[i];
		aes_block(x, block, out + part * 16);
		OPENSSL_cleanse(block, sizeof block);
	}
}

/* New: ready for the text; the context is in. */
static EVP_CIPHER_CTX *
start(const struct xaes *x, bool encrypt, const char *context, const uint8_t nonce[XAES_NONCE])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32];
	int n = 0, ok;

	parley_assert(ctx != NULL);
	xaes_message_key(x, nonce, key);
	ok = EVP_CipherInit_ex2(ctx, x->gcm, key, nonce + XAES_HALF, encrypt, NULL) > 0 &&
	     EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)context, (int)strlen(context)) > 0;
	parley_assert(ok);
	OPENSSL_cleanse(key, sizeof key);
	return ctx;
}

void
xaes_encrypt(const struct xaes *x, const char *context, const uint8_t nonce[XAES_NONCE],
    const void *in, size_t len, void *out, uint8_t tag[XAES_TAG])
{
	EVP_CIPHER_CTX *ctx = start(x, true, context, nonce);
	int n = 0, ok;

	parley_assert(len <= INT_MAX);
	ok = EVP_EncryptUpdate(ctx, out, &n, in, (int)len) > 0 &&
	     EVP_EncryptFinal_ex(ctx, tag, &n) > 0 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, XAES_TAG, tag) > 0;
	parley_assert(ok);
	EVP_CIPHER_CTX_free(ctx);
}

bool
xaes_decrypt(const struct xaes *x, const char *context, const uint8_t nonce[XAES_NONCE],
    const void *in, size_t len, void *out, const uint8_t tag[XAES_TAG])
{
	EVP_CIPHER_CTX *ctx = start(x, false, context, nonce);
	uint8_t expected[XAES_TAG];
	int n = 0;
	bool ok;

	parley_assert(len <= INT_MAX);
	memcpy(expected, tag, sizeof expected);
	ok = EVP_DecryptUpdate(ctx, out, &n, in, (int)len) > 0 &&
	     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, XAES_TAG, expected) > 0 &&
	     EVP_DecryptFinal_ex(ctx, expected, &n) > 0;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		OPENSSL_cleanse(out, len);
	return ok;
}
