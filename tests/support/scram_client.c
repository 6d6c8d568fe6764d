/* SPDX-License-Identifier: MIT */
/* scram_client.c - the client's side of SCRAM-SCRYPT-SHA-256. */
#include "support/test.h"

#include "support/scram_client.h"

#include "base/base64.h"

#include <libscrypt.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

static void
hmac(const uint8_t *key, const void *bytes, size_t len, uint8_t out[32])
{
	assert_non_null(HMAC(EVP_sha256(), key, 32, bytes, len, out, NULL));
}

/* Reads r=NONCE,s=SALT,i=LN,b=R,p=P and runs scrypt with what it says. */
static void
salted_password(const char *server_first, const char *password, char nonce[200], uint8_t out[32])
{
	struct parley_text salt = { 0 };
	char encoded[64];
	unsigned log_n, r, p;

	assert_int_equal(sscanf(server_first, "r=%199[^,],s=%63[^,],i=%u,b=%u,p=%u", nonce, encoded,
			     &log_n, &r, &p),
	    5);
	assert_int_equal(base64_decode(&salt, encoded, strlen(encoded), false), 0);
	assert_int_equal(libscrypt_scrypt((const uint8_t *)password, strlen(password),
			     (const uint8_t *)salt.s, salt.len, 1ull << log_n, r, p, out, 32),
	    0);
	parley_text_fini(&salt);
}

static void
without_proof(const struct scram_client *c, const char *nonce, struct parley_text *out)
{
	struct parley_text plain = { 0 };

	parley_text_puts(&plain, c->claimed_gs2 != NULL ? c->claimed_gs2 : c->gs2);
	if (c->binding != NULL)
		parley_text_add(&plain, c->binding, c->binding_len);
	parley_text_puts(out, "c=");
	base64_encode(out, plain.s, plain.len, false);
	parley_text_printf(out, ",r=%s", nonce);
	parley_text_fini(&plain);
}

void
scram_client_answer(const struct scram_client *c, const char *server_first, struct parley_text *out,
    struct parley_text *expected)
{
	uint8_t salted[32], client_key[32], stored_key[32], server_key[32], proof[32], sign[32];
	struct parley_text message = { 0 };
	char nonce[200];

	salted_password(server_first, c->password, nonce, salted);
	hmac(salted, "Client Key", 10, client_key);
	hmac(salted, "Server Key", 10, server_key);
	SHA256(client_key, 32, stored_key);

	without_proof(c, nonce, out);
	parley_text_printf(&message, "%s,%s,%s", c->bare, server_first, out->s);
	hmac(stored_key, message.s, message.len, proof);
	hmac(server_key, message.s, message.len, sign);
	for (int i = 0; i < 32; i++)
		proof[i] ^= client_key[i];

	parley_text_puts(out, ",p=");
	base64_encode(out, proof, 32, false);
	parley_text_puts(expected, "v=");
	base64_encode(expected, sign, 32, false);
	parley_text_fini(&message);
}
