/* SPDX-License-Identifier: MIT */
/* box.h - what a document keeps secret, sealed under a data key: XAES-256-GCM, bound to the
 * document's collection and key. Any thread.
 *
 * The bytes are, as base64url: version, id of the data key (4 bytes, big-endian), nonce,
 * ciphertext, tag. */
#ifndef BOX_H
#define BOX_H

#include "base/base64.h"
#include "seal/xaes.h"

#define BOX_HEAD  (1 + 4 + XAES_NONCE)
#define BOX_EXTRA (BOX_HEAD + XAES_TAG)

/* Where a document is. */
struct box_place {
	const char *collection; /* at most 30 bytes */
	const char *key;        /* at most BOX_KEY_MAX */
};
#define BOX_KEY_MAX 256

/* How many characters len bytes become. */
static inline size_t
box_size(size_t len)
{
	return base64_length(len + BOX_EXTRA, true);
}

/* Writes box_size(len) characters to out, under the current data key; nothing ends with NUL. */
void box_close(struct box_place place, const void *bytes, size_t len, char *out);

/* Opens what was closed. room takes len bytes. Returns the plain bytes, BOX_HEAD bytes from the
 * beginning of room, with a NUL behind them; or NULL when text was made for another place, under a
 * key that is not there, or changed. */
char *box_open(struct box_place place, const char *text, size_t len, char *room, size_t *len_r);

/* The id of the data key; 0 when text is none that box_close has written. */
uint32_t box_key(const char *text, size_t len);

/* Forgets the keys that this thread has ready; other threads do so when they end. */
void box_forget(void);

#endif
