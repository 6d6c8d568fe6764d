/* SPDX-License-Identifier: MIT */
/* scram_client.h - the client's side of SCRAM-SCRYPT-SHA-256, for tests of the server's. */
#ifndef SCRAM_CLIENT_H
#define SCRAM_CLIENT_H

#include <parley/text.h>
#include <stddef.h>
#include <stdint.h>

/* What a client knows, and what it has said. */
struct scram_client {
	const char *gs2;  /* "n,,"; of the first message */
	const char *bare; /* "n=carol,r=abc"; of the first message */
	const char *password;
	const uint8_t *binding; /* bytes to put behind gs2 in c=; or NULL */
	size_t binding_len;
	const char *claimed_gs2; /* in c=; NULL: gs2 */
};

/* Answers the server-first message: appends the client-final message to out, and the server-final
 * message that must come back to expected. */
void scram_client_answer(const struct scram_client *c, const char *server_first,
    struct parley_text *out, struct parley_text *expected);

#endif
