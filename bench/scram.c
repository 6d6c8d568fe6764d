/* SPDX-License-Identifier: MIT */
/* scram.c - SCRAM without channel binding; the server's signature is not looked at. */
#include "scram.h"

#include "base/base64.h"

#include <libscrypt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

static const EVP_MD *
scram_hash(const struct scram *s)
{
	return s->kind == SCRAM_SHA_1 ? EVP_sha1() : EVP_sha256();
}

static size_t
scram_size(const struct scram *s)
{
	return s->kind == SCRAM_SHA_1 ? 20 : 32;
}

void
scram_first(struct scram *s, enum scram_kind kind, const char *user, struct parley_text *out)
{
	struct parley_text plain = { 0 };
	uint64_t nonce;

	RAND_bytes((uint8_t *)&nonce, sizeof nonce);
	s->kind = kind;
	snprintf(s->bare, sizeof s->bare, "n=%s,r=%016llx", user, (unsigned long long)nonce);
	parley_text_printf(&plain, "n,,%s", s->bare);
	base64_encode(out, plain.s, plain.len, false);
	parley_text_fini(&plain);
}

/* cost is "s=SALT,i=LOG_N,b=R,p=P" or "s=SALT,i=ROUNDS". */
static bool
salted_password(const struct scram *s, const char *cost, const char *password, uint8_t out[32])
{
	struct parley_text salt = { 0 };
	unsigned i = 0, r = 0, p = 0;
	char encoded[65];
	int fields = sscanf(cost, "s=%64[^,],i=%u,b=%u,p=%u", encoded, &i, &r, &p);
	bool good = false;

	if (fields < 2 || base64_decode(&salt, encoded, strlen(encoded), false) != 0)
		return false;
	if (s->kind == SCRAM_SHA_1)
		good = PKCS5_PBKDF2_HMAC(password, (int)strlen(password), (uint8_t *)salt.s,
			   (int)salt.len, (int)i, EVP_sha1(), 20, out) == 1;
	else if (fields == 4 && i < 24)
		good = libscrypt_scrypt((const uint8_t *)password, strlen(password),
			   (uint8_t *)salt.s, salt.len, 1ull << i, r, p, out, 32) == 0;
	parley_text_fini(&salt);
	return good;
}

static bool
derive_keys(struct scram *s, const char *cost, const char *password)
{
	uint8_t salted[32];

	if (strcmp(s->cost, cost) == 0)
		return true;
	if (strlen(cost) >= sizeof s->cost || !salted_password(s, cost, password, salted))
		return false;
	HMAC(scram_hash(s), salted, (int)scram_size(s), (const uint8_t *)"Client Key", 10,
	    s->client_key, NULL);
	EVP_Digest(s->client_key, scram_size(s), s->stored_key, NULL, scram_hash(s), NULL);
	snprintf(s->cost, sizeof s->cost, "%s", cost);
	return true;
}

static void
append_proof(const struct scram *s, const char *server_first, struct parley_text *final)
{
	struct parley_text message = { 0 };
	uint8_t proof[32];

	parley_text_printf(&message, "%s,%s,%s", s->bare, server_first, final->s);
	HMAC(scram_hash(s), s->stored_key, (int)scram_size(s), (uint8_t *)message.s, message.len,
	    proof, NULL);
	for (size_t i = 0; i < scram_size(s); i++)
		proof[i] ^= s->client_key[i];
	parley_text_puts(final, ",p=");
	base64_encode(final, proof, scram_size(s), false);
	parley_text_fini(&message);
}

bool
scram_final(struct scram *s, const char *challenge, const char *password, struct parley_text *out)
{
	struct parley_text first = { 0 }, final = { 0 };
	const char *cost = NULL;
	bool good = false;

	if (base64_decode(&first, challenge, strlen(challenge), false) == 0 && first.len > 2)
		cost = strstr(first.s, ",s=");
	if (cost != NULL && derive_keys(s, cost + 1, password)) {
		parley_text_printf(&final, "c=biws,r=%.*s", (int)(cost - first.s - 2), first.s + 2);
		append_proof(s, first.s, &final);
		base64_encode(out, final.s, final.len, false);
		good = true;
	}
	parley_text_fini(&first);
	parley_text_fini(&final);
	return good;
}
