/* SPDX-License-Identifier: MIT */
/* scram.h - the server side of SCRAM (RFC 5802) with SHA-256 (RFC 7677) over keys that scrypt made:
 * SCRAM-SCRYPT-SHA-256 and -PLUS, as docs/protocol.md section 4 describes. Pure: no I/O, no
 * waiting. Any thread. */
#ifndef SCRAM_H
#define SCRAM_H

#include <parley/error.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCRAM_SCRYPT_R 8
#define SCRAM_SCRYPT_P 1

/* What is stored of a password. */
struct scram_keys {
	uint8_t salt[16];
	uint8_t log_n, r, p; /* scrypt: N = 2^log_n */
	uint8_t stored_key[32];
	uint8_t server_key[32];
};

/* One exchange, from scram_first on. Plain memory; wipe it with scram_wipe. */
struct scram {
	bool plus;
	uint8_t binding[64]; /* -PLUS: the data of the binding that the first message chose */
	uint8_t binding_len;
	char gs2[320]; /* the GS2 header: flag and authzid */
	char user[64]; /* unescaped, as the client wrote it */
	char client_first_bare[256];
	char nonce[160]; /* the client's, and ours from scram_challenge on */
	char server_first[256];
};

/* The channel bindings a connection offers; len 0: not to be had. Borrows the bytes. */
struct scram_bindings {
	const uint8_t *exporter; /* tls-exporter, RFC 9266 */
	size_t exporter_len;
	const uint8_t *endpoint; /* tls-server-end-point, RFC 5929 */
	size_t endpoint_len;
	bool plus_offered; /* hello listed -PLUS: the GS2 flag "y" is then an attack */
};

/* Reads the client-first message (decoded from base64): fills s, including user. An authzid must be
 * the user's own bare address, user@domain, in any case. 0, or -1: bad-request for a malformed
 * message or a binding that this connection has not, not-authorized for a foreign authzid and for
 * the flag "y" where -PLUS was offered (RFC 5802 section 6). */
int scram_first(struct scram *s, bool plus, const struct scram_bindings *bindings,
    const char *domain, const char *message, size_t len, struct parley_error *err);

/* Adds our nonce, and writes the server-first message for these keys into s->server_first. */
void scram_challenge(struct scram *s, const struct scram_keys *keys);

/* Checks the client-final message; on success appends the server-final message "v=..." to out.
 * 0, or -1: not-authorized for a wrong proof, nonce or binding, bad-request for a malformed
 * message. */
int scram_final(const struct scram *s, const struct scram_keys *keys, const char *message,
    size_t len, struct parley_text *out, struct parley_error *err);

void scram_wipe(struct scram *s);

/* Keys for a user that does not exist: the same salt at every try and in any case of the name, from
 * secret (seal_derive), so that nobody can tell. Its proof never matches. log_n: as for the keys of
 * those who exist. */
void scram_fake_keys(
    const char *user, const uint8_t secret[32], uint8_t log_n, struct scram_keys *out);

/* SaltedPassword -> stored_key and server_key. */
void scram_derive(const uint8_t salted[32], struct scram_keys *keys);

/* True when salted, derived from a password that was tried, fits the stored key. Constant time. */
bool scram_matches(const uint8_t salted[32], const struct scram_keys *keys);

/* Keys as bytes, for sealing: SCRAM_KEYS_SIZE of them, a version first. Unpack returns -1 for
 * anything that pack did not write. */
#define SCRAM_KEYS_SIZE (1 + 16 + 3 + 32 + 32)
void scram_keys_pack(const struct scram_keys *keys, uint8_t out[SCRAM_KEYS_SIZE]);
int scram_keys_unpack(const uint8_t *bytes, size_t len, struct scram_keys *out);

#endif
