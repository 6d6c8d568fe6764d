/* SPDX-License-Identifier: MIT */
/* seal.c - the keys in force, and authenticated encryption under keys derived from their root. */
#include "seal/seal.h"

#include "seal/box.h"
#include "seal/hmac.h"
#include "seal/xaes.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <parley/seal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define SEAL_VERSION 1
#define SEAL_HEAD    (1 + XAES_NONCE)
#define SEAL_EXTRA   (SEAL_HEAD + XAES_TAG)

struct data_key {
	uint32_t id;
	struct xaes x;
};

/* Written by seal_open_ring before others use them, read-only from then on; but for data keys,
 * which are added behind those that others may use. */
static struct {
	bool open;
	uint8_t root[32];
	struct xaes seal; /* under a key derived from it */
	struct data_key data[SEAL_KEYS_MAX];
	_Atomic unsigned count;
	_Atomic uint32_t current;
} keys;
static unsigned opened;

/* HKDF's second step, for one block; the root is what the first makes. */
void
seal_derive(const char *purpose, uint8_t out[32])
{
	uint8_t info[64];
	size_t len = strlen(purpose);

	parley_assert(keys.open && len < sizeof info);
	memcpy(info, purpose, len);
	info[len] = 1;
	hmac_sha256(keys.root, info, len + 1, out);
}

void
seal_hash(const char *purpose, const void *bytes, size_t len, struct parley_text *out)
{
	uint8_t key[32], hash[32];

	seal_derive(purpose, key);
	hmac_sha256(key, bytes, len, hash);
	OPENSSL_cleanse(key, sizeof key);
	base64_encode(out, hash, sizeof hash, true);
}

void
seal_put(const char *context, const void *bytes, size_t len, struct parley_text *out)
{
	struct parley_text sealed = { 0 };
	uint8_t *p;

	parley_assert(keys.open && len <= INT_MAX - SEAL_EXTRA);
	p = (uint8_t *)parley_text_reserve(&sealed, len + SEAL_EXTRA);
	p[0] = SEAL_VERSION;
	random_bytes(p + 1, XAES_NONCE);
	xaes_encrypt(&keys.seal, context, p + 1, bytes, len, p + SEAL_HEAD, p + SEAL_HEAD + len);
	base64_encode(out, p, len + SEAL_EXTRA, true);
	parley_text_fini(&sealed);
}

static int
refuse(const char *context, struct parley_error *err)
{
	return parley_fail(err, PARLEY_INTERNAL, NULL,
	    "what is sealed for %s does not open: it was changed, or sealed with another node key",
	    context);
}

int
seal_get(const char *context, const char *sealed, size_t len, struct parley_text *out,
    struct parley_error *err)
{
	struct parley_text bytes = { 0 };
	size_t plain;
	uint8_t *p;
	char *to;
	bool ok;

	parley_assert(keys.open);
	if (len > INT_MAX || base64_decode(&bytes, sealed, len, true) < 0 ||
	    bytes.len < SEAL_EXTRA || bytes.s[0] != SEAL_VERSION) {
		parley_text_fini(&bytes);
		return refuse(context, err);
	}
	p = (uint8_t *)bytes.s;
	plain = bytes.len - SEAL_EXTRA;
	to = parley_text_reserve(out, plain);
	ok = xaes_decrypt(
	    &keys.seal, context, p + 1, p + SEAL_HEAD, plain, to, p + SEAL_HEAD + plain);
	if (ok)
		out->len += plain;
	out->s[out->len] = '\0';
	parley_text_fini(&bytes);
	return ok ? 0 : refuse(context, err);
}

void
seal_open_ring(const struct ring *ring)
{
	uint8_t derived[32];

	parley_assert(ring->count > 0 && ring->count <= SEAL_KEYS_MAX);
	seal_close();
	memcpy(keys.root, ring->root, sizeof keys.root);
	keys.open = true;
	seal_derive("seal", derived);
	xaes_init(&keys.seal, derived);
	OPENSSL_cleanse(derived, sizeof derived);
	for (unsigned i = 0; i < ring->count; i++)
		seal_key_add(ring->keys[i].id, ring->keys[i].key);
	seal_key_use(ring->current);
}

void
seal_open_bytes(const uint8_t key[32])
{
	struct ring ring;

	ring_of_node_key(&ring, key, 0);
	seal_open_ring(&ring);
	OPENSSL_cleanse(&ring, sizeof ring);
}

void
seal_close(void)
{
	box_forget();
	xaes_fini(&keys.seal);
	for (unsigned i = 0; i < keys.count; i++)
		xaes_fini(&keys.data[i].x);
	OPENSSL_cleanse(&keys, sizeof keys);
	opened++;
}

/* ---- data keys ---------------------------------------------------------------------------- */

const struct xaes *
seal_key(uint32_t id)
{
	unsigned count = atomic_load_explicit(&keys.count, memory_order_acquire);

	for (unsigned i = count; i > 0; i--)
		if (keys.data[i - 1].id == id)
			return &keys.data[i - 1].x;
	return NULL;
}

int
seal_key_add(uint32_t id, const uint8_t key[32])
{
	unsigned count = keys.count;

	parley_assert(keys.open && id != 0);
	if (seal_key(id) != NULL)
		return 0;
	if (count == SEAL_KEYS_MAX)
		return -1;
	keys.data[count].id = id;
	xaes_init(&keys.data[count].x, key);
	atomic_store_explicit(&keys.count, count + 1, memory_order_release);
	return 0;
}

void
seal_key_use(uint32_t id)
{
	parley_assert(seal_key(id) != NULL);
	keys.current = id;
}

uint32_t
seal_key_current(void)
{
	return keys.current;
}

unsigned
seal_opened(void)
{
	return opened;
}

/* ---- for modules: under names of their own ------------------------------------------------ */

void
parley_seal(const char *context, const void *bytes, size_t len, struct parley_text *out)
{
	struct parley_text name = { 0 };

	parley_text_printf(&name, "module/%s", context);
	seal_put(name.s, bytes, len, out);
	parley_text_fini(&name);
}

int
parley_unseal(
    const char *context, const char *sealed, struct parley_text *out, struct parley_error *err)
{
	struct parley_text name = { 0 };
	int rc;

	parley_text_printf(&name, "module/%s", context);
	rc = seal_get(name.s, sealed, strlen(sealed), out, err);
	parley_text_fini(&name);
	return rc;
}

void
parley_sealed_hash(const char *purpose, const void *bytes, size_t len, struct parley_text *out)
{
	char name[80];

	snprintf(name, sizeof name, "module/%.63s", purpose);
	seal_hash(name, bytes, len, out);
}
