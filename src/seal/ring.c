/* SPDX-License-Identifier: MIT */
/* ring.c - the keyring: made, packed, and sealed under a node key. */
#include "seal/ring.h"

#include "base/base64.h"
#include "base/random.h"
#include "seal/hmac.h"
#include "seal/xaes.h"

#include <endian.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define VERSION   1
#define CONTEXT   "keyring"
#define HEAD      (1 + 32 + 4 + 4)
#define EACH      (4 + 8 + 32)
#define RING_SIZE (HEAD + RING_KEYS * EACH)

/* HKDF of the node key, for one purpose. */
static void
derive(const uint8_t node_key[32], const char *purpose, uint8_t out[32])
{
	static const uint8_t no_salt[32];
	uint8_t root[32], info[32];
	size_t len = strlen(purpose);

	parley_assert(len < sizeof info);
	memcpy(info, purpose, len);
	info[len] = 1;
	hmac_sha256(no_salt, node_key, 32, root);
	hmac_sha256(root, info, len + 1, out);
	OPENSSL_cleanse(root, sizeof root);
}

void
ring_print(const uint8_t node_key[32], char out[RING_PRINT])
{
	uint8_t hash[32];

	derive(node_key, "print", hash);
	for (size_t i = 0; i < 8; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* ---- making ------------------------------------------------------------------------------- */

static void
put_key(struct ring *ring, uint32_t id, int64_t now)
{
	struct ring_key *k = &ring->keys[ring->count++];

	k->id = ring->current = id;
	k->made = now;
}

void
ring_make(struct ring *ring, int64_t now)
{
	memset(ring, 0, sizeof *ring);
	random_bytes(ring->root, sizeof ring->root);
	put_key(ring, 1, now);
	random_bytes(ring->keys[0].key, sizeof ring->keys[0].key);
}

void
ring_of_node_key(struct ring *ring, const uint8_t node_key[32], int64_t now)
{
	static const uint8_t no_salt[32];

	memset(ring, 0, sizeof *ring);
	hmac_sha256(no_salt, node_key, 32, ring->root);
	put_key(ring, 1, now);
	derive(node_key, "data", ring->keys[0].key);
}

int
ring_add(struct ring *ring, int64_t now)
{
	if (ring->count == RING_KEYS)
		return -1;
	put_key(ring, ring->keys[ring->count - 1].id + 1, now);
	random_bytes(ring->keys[ring->count - 1].key, sizeof ring->keys[0].key);
	return 0;
}

unsigned
ring_drop_below(struct ring *ring, uint32_t id)
{
	unsigned kept = 0, count = ring->count;

	for (unsigned i = 0; i < count; i++)
		if (ring->keys[i].id >= id || ring->keys[i].id == ring->current)
			ring->keys[kept++] = ring->keys[i];
	ring->count = kept;
	OPENSSL_cleanse(&ring->keys[kept], (count - kept) * sizeof *ring->keys);
	return count - kept;
}

/* ---- packing ------------------------------------------------------------------------------ */

static uint8_t *
put_number(uint8_t *to, uint64_t n, size_t bytes)
{
	n = htobe64(n);
	memcpy(to, (const uint8_t *)&n + sizeof n - bytes, bytes);
	return to + bytes;
}

static uint64_t
take_number(const uint8_t **from, size_t bytes)
{
	uint64_t n = 0;

	memcpy((uint8_t *)&n + sizeof n - bytes, *from, bytes);
	*from += bytes;
	return be64toh(n);
}

static size_t
pack(const struct ring *ring, uint8_t *out)
{
	uint8_t *p = out;

	*p++ = VERSION;
	memcpy(p, ring->root, 32);
	p = put_number(p + 32, ring->current, 4);
	p = put_number(p, ring->count, 4);
	for (unsigned i = 0; i < ring->count; i++) {
		p = put_number(p, ring->keys[i].id, 4);
		p = put_number(p, (uint64_t)ring->keys[i].made, 8);
		memcpy(p, ring->keys[i].key, 32);
		p += 32;
	}
	return (size_t)(p - out);
}

static int
unpack(struct ring *ring, const uint8_t *p, size_t len)
{
	bool current = false;

	memset(ring, 0, sizeof *ring);
	if (len < HEAD || *p++ != VERSION)
		return -1;
	memcpy(ring->root, p, 32);
	p += 32;
	ring->current = (uint32_t)take_number(&p, 4);
	ring->count = (uint32_t)take_number(&p, 4);
	if (ring->count < 1 || ring->count > RING_KEYS || len != HEAD + ring->count * EACH)
		return -1;
	for (unsigned i = 0; i < ring->count; i++) {
		struct ring_key *k = &ring->keys[i];

		k->id = (uint32_t)take_number(&p, 4);
		k->made = (int64_t)take_number(&p, 8);
		memcpy(k->key, p, 32);
		p += 32;
		current = current || k->id == ring->current;
		if (k->id == 0 || (i > 0 && k->id <= ring->keys[i - 1].id))
			return -1;
	}
	return current ? 0 : -1;
}

/* ---- sealing ------------------------------------------------------------------------------ */

static void
wrapping_key(const uint8_t node_key[32], struct xaes *x)
{
	uint8_t key[32];

	derive(node_key, "keyring", key);
	xaes_init(x, key);
	OPENSSL_cleanse(key, sizeof key);
}

void
ring_wrap(const struct ring *ring, const uint8_t node_key[32], struct parley_text *out)
{
	uint8_t bytes[XAES_NONCE + RING_SIZE + XAES_TAG], *text = bytes + XAES_NONCE;
	size_t len = pack(ring, text);
	struct xaes x;

	wrapping_key(node_key, &x);
	random_bytes(bytes, XAES_NONCE);
	xaes_encrypt(&x, CONTEXT, bytes, text, len, text, text + len);
	base64_encode(out, bytes, XAES_NONCE + len + XAES_TAG, true);
	xaes_fini(&x);
}

int
ring_unwrap(struct ring *ring, const uint8_t node_key[32], const char *text, size_t len)
{
	uint8_t bytes[XAES_NONCE + RING_SIZE + XAES_TAG + 3], *plain = bytes + XAES_NONCE;
	ssize_t size = -1;
	struct xaes x;
	int rc = -1;

	if (len <= base64_length(XAES_NONCE + RING_SIZE + XAES_TAG, true))
		size = base64_take(bytes, text, len);
	if (size < XAES_NONCE + HEAD + XAES_TAG)
		return -1;
	size -= XAES_NONCE + XAES_TAG;
	wrapping_key(node_key, &x);
	if (xaes_decrypt(&x, CONTEXT, bytes, plain, (size_t)size, plain, plain + size))
		rc = unpack(ring, plain, (size_t)size);
	xaes_fini(&x);
	OPENSSL_cleanse(bytes, sizeof bytes);
	return rc;
}
