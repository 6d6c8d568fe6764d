/* SPDX-License-Identifier: MIT */
/* scram_parse.h - the grammar of SCRAM's client messages (RFC 5802 section 7). Any thread. */
#ifndef SCRAM_PARSE_H
#define SCRAM_PARSE_H

#include <stdbool.h>
#include <stddef.h>

/* A part of the message it was found in: borrowed from it, not terminated. */
struct scram_piece {
	const char *at;
	size_t len;
};

struct scram_first_parts {
	char flag;                  /* 'n', 'y' or 'p' */
	struct scram_piece binding; /* name after "p=" */
	struct scram_piece authzid; /* still escaped; empty when absent */
	struct scram_piece gs2;     /* flag, authzid and both commas */
	struct scram_piece bare;    /* all that follows gs2 */
	struct scram_piece user;    /* still escaped */
	struct scram_piece nonce;
};

struct scram_final_parts {
	struct scram_piece binding; /* base64 after "c=" */
	struct scram_piece nonce;
	struct scram_piece proof;         /* base64 after "p=" */
	struct scram_piece without_proof; /* the message up to ",p=" */
};

/* NULL when the message is well formed, with out filled; else what is wrong with it, static. */
const char *scram_parse_first(const char *message, size_t len, struct scram_first_parts *out);
const char *scram_parse_final(const char *message, size_t len, struct scram_final_parts *out);

bool piece_is(struct scram_piece p, const char *text);

/* With a NUL behind. 0, or -1 when size does not hold it. */
int piece_copy(struct scram_piece p, char *out, size_t size);

/* The same for a saslname: =2C and =3D become comma and equals sign; any other equals sign is -1.
 */
int piece_unescape(struct scram_piece p, char *out, size_t size);

#endif
