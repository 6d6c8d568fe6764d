/* SPDX-License-Identifier: MIT */
/* box.c - seals what documents keep secret. Preparing a key takes longer than the rest, so each
 * thread keeps some ready, and its own documents share half of their nonces and with it a key. */
#include "seal/box.h"

#include "base/random.h"
#include "seal/seal.h"

#include <endian.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <parley/error.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define BOX_VERSION 1
#define READY       16        /* keys that a thread has ready to open with */
#define SHARED      (1 << 20) /* documents that share half of a nonce at most */

/* A key of AES-256-GCM that is ready. */
struct ready {
	EVP_CIPHER_CTX *ctx; /* NULL: none */
	uint32_t id;         /* of the data key */
	uint8_t half[XAES_HALF];
};

static _Thread_local struct {
	struct ready closing, opening[READY];
	unsigned next;   /* of opening: to be replaced */
	uint32_t closed; /* with closing */
	unsigned opened; /* as seal_opened told */
	bool known;      /* to the thread's end */
} mine;

static pthread_key_t at_end;

static void
ready_fini(struct ready *r)
{
	EVP_CIPHER_CTX_free(r->ctx); /* wipes it */
	r->ctx = NULL;
}

void
box_forget(void)
{
	ready_fini(&mine.closing);
	for (unsigned i = 0; i < READY; i++)
		ready_fini(&mine.opening[i]);
}

static void
forget_at_end(void *unused)
{
	box_forget();
}

static void
make_at_end(void)
{
	parley_assert(pthread_key_create(&at_end, forget_at_end) == 0);
}

/* Keys that were ready before others were opened are not theirs. */
static void
look_around(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (mine.known && mine.opened == seal_opened())
		return;
	box_forget();
	mine.opened = seal_opened();
	if (mine.known)
		return;
	mine.known = true;
	pthread_once(&once, make_at_end);
	parley_assert(pthread_setspecific(at_end, &mine) == 0);
}

static void
make_ready(
    struct ready *r, const struct xaes *x, uint32_t id, const uint8_t half[XAES_HALF], bool closing)
{
	uint8_t key[32];

	if (r->ctx == NULL)
		r->ctx = EVP_CIPHER_CTX_new();
	parley_assert(r->ctx != NULL);
	xaes_message_key(x, half, key);
	parley_assert(EVP_CipherInit_ex2(r->ctx, x->gcm, key, NULL, closing, NULL) > 0);
	OPENSSL_cleanse(key, sizeof key);
	r->id = id;
	memcpy(r->half, half, XAES_HALF);
}

/* Begins with a document: its nonce and its place. */
static void
start(const struct ready *r, const uint8_t rest[XAES_NONCE - XAES_HALF], struct box_place place)
{
	size_t collection = strlen(place.collection), key = strlen(place.key);
	uint8_t bytes[32 + BOX_KEY_MAX];
	int n = 0, ok;

	parley_assert(collection <= 30 && key <= BOX_KEY_MAX);
	memcpy(bytes, place.collection, collection + 1);
	memcpy(bytes + collection + 1, place.key, key);
	ok = EVP_CipherInit_ex2(r->ctx, NULL, NULL, rest, -1, NULL) > 0 &&
	     EVP_CipherUpdate(r->ctx, NULL, &n, bytes, (int)(collection + 1 + key)) > 0;
	parley_assert(ok);
}

/* ---- closing ------------------------------------------------------------------------------ */

static void
be_ready_to_close(void)
{
	uint32_t id = seal_key_current();
	uint8_t half[XAES_HALF];

	look_around();
	if (mine.closing.ctx != NULL && mine.closing.id == id && mine.closed < SHARED)
		return;
	random_bytes(half, sizeof half);
	make_ready(&mine.closing, seal_key(id), id, half, true);
	mine.closed = 0;
}

/* A number makes the second half differ from all with the same first half. The time is for a
 * machine whose memory was stored and then goes on twice. */
static void
put_nonce(uint8_t nonce[XAES_NONCE])
{
	uint32_t number = htobe32(mine.closed++);
	struct timespec now;
	uint64_t time;

	clock_gettime(CLOCK_REALTIME, &now);
	time = htobe64((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
	memcpy(nonce, mine.closing.half, XAES_HALF);
	memcpy(nonce + XAES_HALF, &number, sizeof number);
	memcpy(nonce + XAES_HALF + sizeof number, &time, sizeof time);
}

void
box_close(struct box_place place, const void *bytes, size_t len, char *out)
{
	uint8_t *p = (uint8_t *)out + box_size(len) - (len + BOX_EXTRA), *text = p + BOX_HEAD;
	uint32_t id;
	int n = 0, ok;

	parley_assert(len <= INT_MAX - BOX_EXTRA);
	be_ready_to_close();
	id = htobe32(mine.closing.id);
	p[0] = BOX_VERSION;
	memcpy(p + 1, &id, sizeof id);
	put_nonce(p + 5);
	start(&mine.closing, p + 5 + XAES_HALF, place);
	ok = EVP_EncryptUpdate(mine.closing.ctx, text, &n, bytes, (int)len) > 0 &&
	     EVP_EncryptFinal_ex(mine.closing.ctx, text + len, &n) > 0 &&
	     EVP_CIPHER_CTX_ctrl(mine.closing.ctx, EVP_CTRL_AEAD_GET_TAG, XAES_TAG, text + len) > 0;
	parley_assert(ok);
	base64_put(out, p, len + BOX_EXTRA);
}

/* ---- opening ------------------------------------------------------------------------------ */

uint32_t
box_key(const char *text, size_t len)
{
	uint8_t head[8];
	uint32_t id;

	if (len < base64_length(BOX_EXTRA, true) || base64_take(head, text, 8) < 0 ||
	    head[0] != BOX_VERSION)
		return 0;
	memcpy(&id, head + 1, sizeof id);
	return be32toh(id);
}

/* NULL: there is no such data key. */
static const struct ready *
ready_to_open(uint32_t id, const uint8_t half[XAES_HALF])
{
	const struct xaes *x;
	struct ready *r;

	look_around();
	for (unsigned i = 0; i < READY; i++) {
		r = &mine.opening[i];
		if (r->ctx != NULL && r->id == id && memcmp(r->half, half, XAES_HALF) == 0)
			return r;
	}
	x = seal_key(id);
	if (x == NULL)
		return NULL;
	r = &mine.opening[mine.next];
	mine.next = (mine.next + 1) % READY;
	make_ready(r, x, id, half, false);
	return r;
}

char *
box_open(struct box_place place, const char *text, size_t len, char *room, size_t *len_r)
{
	uint32_t id = box_key(text, len);
	uint8_t *p = (uint8_t *)room, *plain = p + BOX_HEAD;
	ssize_t size = len <= INT_MAX ? base64_take(room, text, len) : -1;
	const struct ready *r;
	int n = 0, rest;
	bool ok;

	if (id == 0 || size < BOX_EXTRA)
		return NULL;
	r = ready_to_open(id, p + 5);
	if (r == NULL)
		return NULL;
	rest = (int)(size - BOX_EXTRA);
	start(r, p + 5 + XAES_HALF, place);
	ok = EVP_DecryptUpdate(r->ctx, plain, &n, plain, rest) > 0 &&
	     EVP_CIPHER_CTX_ctrl(r->ctx, EVP_CTRL_AEAD_SET_TAG, XAES_TAG, plain + rest) > 0 &&
	     EVP_DecryptFinal_ex(r->ctx, plain + rest, &n) > 0;
	if (!ok) {
		OPENSSL_cleanse(plain, (size_t)rest);
		return NULL;
	}
	plain[rest] = '\0';
	*len_r = (size_t)rest;
	return (char *)plain;
}
