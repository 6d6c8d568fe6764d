/* SPDX-License-Identifier: MIT */
/* device_token.c - tokens and cookies as texts. */
#include "auth/device_token.h"

#include "base/base64.h"
#include "base/random.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <string.h>

#define SECRET_BYTES 32
#define SECRET_CHARS 43
#define ID_CHARS     8

/* Letters, digits, '_' and '-': of ids and of base64url. */
static bool
is_word(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '_' || c == '-'))
			return false;
	}
	return len > 0;
}

bool
device_id_valid(const char *id)
{
	size_t len = strlen(id);

	return len <= PARLEY_DEVICE_MAX && is_word(id, len);
}

void
device_id_make(char id[PARLEY_DEVICE_MAX + 1])
{
	static const char letters[33] = "abcdefghijklmnopqrstuvwxyz234567";
	uint8_t bytes[ID_CHARS];

	random_bytes(bytes, sizeof bytes);
	for (int i = 0; i < ID_CHARS; i++)
		id[i] = letters[bytes[i] & 31];
	id[ID_CHARS] = '\0';
}

void
device_token_make(const char *id, char token[DEVICE_TOKEN_SIZE])
{
	uint8_t secret[SECRET_BYTES];
	struct parley_text text = { 0 };

	random_bytes(secret, sizeof secret);
	parley_text_reserve(&text, DEVICE_TOKEN_SIZE); /* so that it is not moved */
	parley_text_printf(&text, "%s:", id);
	base64_encode(&text, secret, sizeof secret, true);
	parley_assert(text.len < DEVICE_TOKEN_SIZE);
	memcpy(token, text.s, text.len + 1);
	OPENSSL_cleanse(secret, sizeof secret);
	OPENSSL_cleanse(text.s, text.len);
	parley_text_fini(&text);
}

const char *
device_token_parse(const char *token, char id[PARLEY_DEVICE_MAX + 1])
{
	const char *colon = strchr(token, ':');
	size_t len = colon != NULL ? (size_t)(colon - token) : 0;

	if (len == 0 || len > PARLEY_DEVICE_MAX || !is_word(token, len))
		return NULL;
	if (strlen(colon + 1) != SECRET_CHARS || !is_word(colon + 1, SECRET_CHARS))
		return NULL;
	memcpy(id, token, len);
	id[len] = '\0';
	return colon + 1;
}

void
device_token_hash(const char *secret, struct parley_text *out)
{
	uint8_t hash[SHA256_DIGEST_LENGTH];

	SHA256((const uint8_t *)secret, strlen(secret), hash);
	base64_encode(out, hash, sizeof hash, true);
}

void
device_cookie(const char *account, const char *token, char out[DEVICE_COOKIE_SIZE])
{
	int n = snprintf(out, DEVICE_COOKIE_SIZE, "%s:%s", account, token);

	parley_assert(n < DEVICE_COOKIE_SIZE);
}

int
device_cookie_parse(
    const char *cookie, char account[PARLEY_NAME_MAX + 1], char token[DEVICE_TOKEN_SIZE])
{
	const char *colon = strchr(cookie, ':');
	size_t len = colon != NULL ? (size_t)(colon - cookie) : 0;
	char name[PARLEY_NAME_MAX + 1], id[PARLEY_DEVICE_MAX + 1];

	if (len == 0 || len > PARLEY_NAME_MAX || device_token_parse(colon + 1, id) == NULL)
		return -1;
	memcpy(name, cookie, len);
	name[len] = '\0';
	if (!parley_name_valid(name))
		return -1;
	parley_ascii_lower(account, name, len);
	snprintf(token, DEVICE_TOKEN_SIZE, "%s", colon + 1);
	return 0;
}
