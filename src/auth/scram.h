/* SPDX-License-Identifier: MIT */
/* scram.h - the server side of SCRAM (RFC 5802) with SHA-256 (RFC 7677) over keys that scrypt made:
 * SCRAM-SCRYPT-SHA-256 and -PLUS, as docs/protocol.md section 4 describes. Pure: no I/O, no waiting. */
#ifndef SCRAM_H
#define SCRAM_H

#include <parley/error.h>
#include <parley/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is stored of a password. */
struct scram_keys {
	uint8_t salt[16];
	uint8_t log_n, r, p; /* scrypt: N = 2^log_n */
	uint8_t stored_key[32];
	uint8_t server_key[32];
};

struct scram {
	bool plus;
	const char *binding_name;    /* -PLUS: as chosen in the first message */
	uint8_t binding[64];
	uint8_t binding_len;
	char gs2[96];
	char user[64];               /* unescaped, as the client wrote it */
	char client_first_bare[256];
	char nonce[160];
	char server_first[256];
};

/* The channel bindings a connection offers; len 0: not to be had. */
struct scram_bindings {
	const uint8_t *exporter;
	size_t exporter_len;
	const uint8_t *endpoint;
	size_t endpoint_len;
	bool plus_offered; /* hello listed -PLUS: the GS2 flag "y" is then an attack */
};

/* Reads the client-first message (decoded from base64): fills s, including user. own_address is the
 * prefix-free bare domain, used to accept an authzid equal to "user@domain". 0 or -1 (bad-request,
 * not-authorized). */
int scram_first(struct scram *s, bool plus, const struct scram_bindings *bindings,
	const char *domain, const char *message, size_t len, struct parley_error *err);

/* Writes the server-first message for these keys into s->server_first. */
void scram_challenge(struct scram *s, const struct scram_keys *keys);

/* Checks the client-final message; on success appends the server-final message "v=..." to out.
 * 0, or -1: not-authorized for a wrong proof or binding, bad-request for a malformed message. */
int scram_final(const struct scram *s, const struct scram_keys *keys, const char *message,
	size_t len, struct parley_text *out, struct parley_error *err);

/* Keys for a user that does not exist: the same salt at every try, from the node key, so that
 * nobody can tell. Its proof never matches. */
void scram_fake_keys(const char *user, const uint8_t node_key[32], struct scram_keys *out);

/* SaltedPassword -> keys. */
void scram_derive(const uint8_t salted[32], struct scram_keys *keys);

/* True when salted, derived from a password that was tried, fits the stored key. Constant time. */
bool scram_matches(const uint8_t salted[32], const struct scram_keys *keys);

#endif
