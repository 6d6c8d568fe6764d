/* SPDX-License-Identifier: MIT */
/* scram.h - the client's side of SCRAM (RFC 5802) with scrypt or PBKDF2. The keys are derived once
 * and kept, so that a login costs the generator little. */
#ifndef SCRAM_H
#define SCRAM_H

#include <parley/text.h>
#include <stdbool.h>
#include <stdint.h>

enum scram_kind { SCRAM_SCRYPT_SHA_256, SCRAM_SHA_1 };

struct scram {
	enum scram_kind kind;
	char bare[64]; /* of the client's first message */
	char cost[96]; /* salt and parameters that the keys were made with; "": none yet */
	uint8_t client_key[32], stored_key[32];
};

/* Appends the first message, in base64, for a new login. */
void scram_first(struct scram *s, enum scram_kind kind, const char *user, struct parley_text *out);

/* Appends the final message for a challenge; both in base64. False when the challenge makes no
 * sense. */
bool scram_final(
    struct scram *s, const char *challenge, const char *password, struct parley_text *out);

#endif
