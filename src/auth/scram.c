/* SPDX-License-Identifier: MIT */
/* scram.c - the server side of SCRAM over keys that scrypt made. */
#include "auth/scram.h"

#include "auth/scram_parse.h"
#include "base/base64.h"
#include "base/random.h"
#include "seal/hmac.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

#define SCRAM_HASH      32
#define SCRAM_OWN_NONCE 18 /* random bytes of ours: 24 letters */
#define SCRAM_NONCE_MAX 128
#define SCRAM_KEYS_ONE  1 /* version of the packed form */
#define SCRAM_LOG_N_MAX 20

/* ---- client-first -------------------------------------------------------------------------- */

static int
choose_binding(struct scram *s, const struct scram_bindings *b, struct scram_piece name,
    struct parley_error *err)
{
	const uint8_t *data = NULL;
	size_t len = 0;

	if (piece_is(name, "tls-exporter")) {
		data = b->exporter;
		len = b->exporter_len;
	} else if (piece_is(name, "tls-server-end-point")) {
		data = b->endpoint;
		len = b->endpoint_len;
	}
	if (len == 0)
		return parley_fail(err, PARLEY_BAD_REQUEST, "/data",
		    "this channel binding is not to be had on this connection");
	parley_assert(len <= sizeof s->binding);
	memcpy(s->binding, data, len);
	s->binding_len = (uint8_t)len;
	return 0;
}

/* The flag says what the client knows of channel binding; RFC 5802 section 6. */
static int
check_flag(struct scram *s, const struct scram_bindings *b, const struct scram_first_parts *parts,
    struct parley_error *err)
{
	if (parts->flag == 'p' && s->plus)
		return choose_binding(s, b, parts->binding, err);
	if (parts->flag == 'p')
		return parley_fail(err, PARLEY_BAD_REQUEST, "/data",
		    "channel binding needs the mechanism that ends in -PLUS");
	if (s->plus)
		return parley_fail(
		    err, PARLEY_BAD_REQUEST, "/data", "this mechanism needs a channel binding");
	if (parts->flag == 'y' && b->plus_offered)
		return parley_fail(err, PARLEY_NOT_AUTHORIZED, NULL,
		    "someone on the way hid channel binding from you: it was offered");
	return 0;
}

/* Empty, or user@domain: nobody acts for another. */
static bool
may_act_for(const char *authzid, const char *user, const char *domain)
{
	size_t len = strlen(user);

	if (authzid[0] == '\0')
		return true;
	return strncasecmp(authzid, user, len) == 0 && authzid[len] == '@' &&
	       strcasecmp(authzid + len + 1, domain) == 0;
}

static int
malformed(struct parley_error *err, const char *what)
{
	return parley_fail(err, PARLEY_BAD_REQUEST, "/data", "malformed SCRAM message: %s", what);
}

int
scram_first(struct scram *s, bool plus, const struct scram_bindings *bindings, const char *domain,
    const char *message, size_t len, struct parley_error *err)
{
	struct scram_first_parts parts;
	char authzid[sizeof s->gs2];
	const char *wrong = scram_parse_first(message, len, &parts);

	*s = (struct scram){ .plus = plus };
	if (wrong != NULL)
		return malformed(err, wrong);
	if (piece_copy(parts.gs2, s->gs2, sizeof s->gs2) < 0 ||
	    piece_copy(parts.bare, s->client_first_bare, sizeof s->client_first_bare) < 0 ||
	    parts.nonce.len > SCRAM_NONCE_MAX)
		return malformed(err, "too long");
	if (piece_unescape(parts.user, s->user, sizeof s->user) < 0 || s->user[0] == '\0')
		return malformed(err, "the user name");
	if (piece_unescape(parts.authzid, authzid, sizeof authzid) < 0)
		return malformed(err, "the authorization identity");
	if (piece_copy(parts.nonce, s->nonce, sizeof s->nonce) < 0)
		return malformed(err, "the nonce");
	if (check_flag(s, bindings, &parts, err) < 0)
		return -1;
	if (!may_act_for(authzid, s->user, domain))
		return parley_fail(
		    err, PARLEY_NOT_AUTHORIZED, NULL, "you may only act for yourself");
	return 0;
}

void
scram_challenge(struct scram *s, const struct scram_keys *keys)
{
	struct parley_text text = { 0 };
	uint8_t own[SCRAM_OWN_NONCE];

	random_bytes(own, sizeof own);
	parley_text_puts(&text, s->nonce);
	base64_encode(&text, own, sizeof own, true);
	parley_assert(text.len < sizeof s->nonce);
	memcpy(s->nonce, text.s, text.len + 1);

	parley_text_clear(&text);
	parley_text_printf(&text, "r=%s,s=", s->nonce);
	base64_encode(&text, keys->salt, sizeof keys->salt, false);
	parley_text_printf(&text, ",i=%u,b=%u,p=%u", keys->log_n, keys->r, keys->p);
	parley_assert(text.len < sizeof s->server_first);
	memcpy(s->server_first, text.s, text.len + 1);
	parley_text_fini(&text);
}

/* ---- client-final -------------------------------------------------------------------------- */

/* c= repeats the GS2 header and brings the binding's data; what we expect is known, so the two
 * texts are compared, after a look whether it is base64 at all. */
static int
check_binding(const struct scram *s, struct scram_piece got, struct parley_error *err)
{
	struct parley_text plain = { 0 }, want = { 0 };
	bool well_formed = base64_decode(&plain, got.at, got.len, false) == 0, same;

	parley_text_clear(&plain);
	parley_text_puts(&plain, s->gs2);
	parley_text_add(&plain, s->binding, s->binding_len);
	base64_encode(&want, plain.s, plain.len, false);
	same = want.len == got.len && CRYPTO_memcmp(want.s, got.at, got.len) == 0;
	parley_text_fini(&plain);
	parley_text_fini(&want);
	if (!well_formed)
		return malformed(err, "the channel binding is not base64");
	if (!same)
		return parley_fail(err, PARLEY_NOT_AUTHORIZED, NULL,
		    "the channel binding does not fit this connection");
	return 0;
}

static int
read_proof(struct scram_piece text, uint8_t proof[SCRAM_HASH], struct parley_error *err)
{
	struct parley_text plain = { 0 };
	bool ok = base64_decode(&plain, text.at, text.len, false) == 0 && plain.len == SCRAM_HASH;

	if (ok)
		memcpy(proof, plain.s, SCRAM_HASH);
	parley_text_fini(&plain);
	return ok ? 0 : malformed(err, "the proof");
}

/* The three messages, without the proof, joined by commas. */
static void
auth_message(const struct scram *s, struct scram_piece final, struct parley_text *out)
{
	parley_text_printf(out, "%s,%s,", s->client_first_bare, s->server_first);
	parley_text_add(out, final.at, final.len);
}

/* ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage); its hash must be StoredKey. */
static bool
proof_fits(const uint8_t proof[SCRAM_HASH], const struct parley_text *message,
    const struct scram_keys *keys)
{
	uint8_t key[SCRAM_HASH], hash[SCRAM_HASH];
	bool fits;

	hmac_sha256(keys->stored_key, message->s, message->len, key);
	for (int i = 0; i < SCRAM_HASH; i++)
		key[i] ^= proof[i];
	SHA256(key, sizeof key, hash);
	fits = CRYPTO_memcmp(hash, keys->stored_key, sizeof hash) == 0;
	OPENSSL_cleanse(key, sizeof key);
	return fits;
}

static void
server_final(
    const struct parley_text *message, const struct scram_keys *keys, struct parley_text *out)
{
	uint8_t signature[SCRAM_HASH];

	hmac_sha256(keys->server_key, message->s, message->len, signature);
	parley_text_puts(out, "v=");
	base64_encode(out, signature, sizeof signature, false);
}

int
scram_final(const struct scram *s, const struct scram_keys *keys, const char *message, size_t len,
    struct parley_text *out, struct parley_error *err)
{
	struct scram_final_parts parts;
	struct parley_text signed_text = { 0 };
	uint8_t proof[SCRAM_HASH];
	const char *wrong = scram_parse_final(message, len, &parts);
	bool fits;

	if (wrong != NULL)
		return malformed(err, wrong);
	if (read_proof(parts.proof, proof, err) < 0 || check_binding(s, parts.binding, err) < 0)
		return -1;
	if (!piece_is(parts.nonce, s->nonce))
		return parley_fail(
		    err, PARLEY_NOT_AUTHORIZED, NULL, "the nonce is not the one of this exchange");
	auth_message(s, parts.without_proof, &signed_text);
	fits = proof_fits(proof, &signed_text, keys);
	if (fits)
		server_final(&signed_text, keys, out);
	parley_text_fini(&signed_text);
	if (!fits)
		return parley_fail(err, PARLEY_NOT_AUTHORIZED, NULL, "wrong user name or password");
	return 0;
}

void
scram_wipe(struct scram *s)
{
	OPENSSL_cleanse(s, sizeof *s);
}

/* ---- keys ---------------------------------------------------------------------------------- */

void
scram_derive(const uint8_t salted[32], struct scram_keys *keys)
{
	uint8_t client_key[SCRAM_HASH];

	hmac_sha256(salted, "Client Key", 10, client_key);
	SHA256(client_key, sizeof client_key, keys->stored_key);
	hmac_sha256(salted, "Server Key", 10, keys->server_key);
	OPENSSL_cleanse(client_key, sizeof client_key);
}

bool
scram_matches(const uint8_t salted[32], const struct scram_keys *keys)
{
	struct scram_keys tried = { 0 };
	bool same;

	scram_derive(salted, &tried);
	same = CRYPTO_memcmp(tried.stored_key, keys->stored_key, SCRAM_HASH) == 0;
	OPENSSL_cleanse(&tried, sizeof tried);
	return same;
}

void
scram_fake_keys(const char *user, const uint8_t secret[32], uint8_t log_n, struct scram_keys *out)
{
	char name[sizeof((struct scram *)0)->user + 1] = "";
	size_t len = strnlen(user, sizeof name - 2);
	uint8_t hash[SCRAM_HASH];

	parley_ascii_lower(name + 1, user, len);
	name[0] = 's';
	hmac_sha256(secret, name, len + 1, hash);
	memcpy(out->salt, hash, sizeof out->salt);
	name[0] = 'k';
	hmac_sha256(secret, name, len + 1, out->stored_key);
	name[0] = 'v';
	hmac_sha256(secret, name, len + 1, out->server_key);
	out->log_n = log_n;
	out->r = SCRAM_SCRYPT_R;
	out->p = SCRAM_SCRYPT_P;
}

void
scram_keys_pack(const struct scram_keys *keys, uint8_t out[SCRAM_KEYS_SIZE])
{
	out[0] = SCRAM_KEYS_ONE;
	memcpy(out + 1, keys->salt, 16);
	out[17] = keys->log_n;
	out[18] = keys->r;
	out[19] = keys->p;
	memcpy(out + 20, keys->stored_key, 32);
	memcpy(out + 52, keys->server_key, 32);
}

int
scram_keys_unpack(const uint8_t *bytes, size_t len, struct scram_keys *out)
{
	if (len != SCRAM_KEYS_SIZE || bytes[0] != SCRAM_KEYS_ONE)
		return -1;
	if (bytes[17] < 1 || bytes[17] > SCRAM_LOG_N_MAX || bytes[18] == 0 || bytes[19] == 0)
		return -1;
	memcpy(out->salt, bytes + 1, 16);
	out->log_n = bytes[17];
	out->r = bytes[18];
	out->p = bytes[19];
	memcpy(out->stored_key, bytes + 20, 32);
	memcpy(out->server_key, bytes + 52, 32);
	return 0;
}
