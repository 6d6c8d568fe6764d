/* SPDX-License-Identifier: MIT */
/* hmac.c - HMAC-SHA-256 from OpenSSL. A login takes half a dozen, and HMAC() would look for the
 * algorithms by name each time, which takes longer than the rest. */
#include "seal/hmac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <parley/error.h>
#include <pthread.h>

static EVP_MAC_CTX *made; /* with the hash chosen, and without a key: for copies */

static void
make(void)
{
	char hash[] = "SHA256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

	parley_assert(mac != NULL);
	made = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	parley_assert(made != NULL && EVP_MAC_CTX_set_params(made, params) == 1);
}

void
hmac_sha256(const uint8_t key[32], const void *bytes, size_t len, uint8_t out[32])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	EVP_MAC_CTX *ctx;
	size_t out_len;

	pthread_once(&once, make);
	ctx = EVP_MAC_CTX_dup(made);
	parley_assert(ctx != NULL && EVP_MAC_init(ctx, key, 32, NULL) == 1);
	parley_assert(EVP_MAC_update(ctx, bytes, len) == 1);
	parley_assert(EVP_MAC_final(ctx, out, &out_len, 32) == 1 && out_len == 32);
	EVP_MAC_CTX_free(ctx); /* wipes what it made of the key */
}
