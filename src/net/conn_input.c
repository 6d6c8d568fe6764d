/* SPDX-License-Identifier: MIT */
/* conn_input.c - what a connection receives: from the socket, through the thread's scratch memory,
 * to the front end; only what it cannot use yet is kept. */
#include "net/conn_private.h"

#include "base/xalloc.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_FIRST 512         /* the first size of a connection's own buffer */
#define INPUT_SHARE (64 * 1024) /* bytes of one connection in one round */
#define INPUT_ROUND 64          /* records of one connection in one round */

/* Overwrites what may be a password: anything that comes before the login, and some frames. */
static void
input_wipe(const struct conn *c, char *bytes, size_t len)
{
	if (!c->live || c->wipe)
		OPENSSL_cleanse(bytes, len);
}

void
conn_free_input(struct conn *c)
{
	if (c->in != NULL)
		input_wipe(c, c->in->bytes, c->in->len);
	free(c->in);
	c->in = NULL;
}

static struct input *
input_new(size_t cap)
{
	struct input *in = xmalloc(sizeof *in + cap);

	in->len = in->seen = 0;
	in->cap = cap;
	return in;
}

static void
input_grow(struct conn *c, size_t need)
{
	size_t cap = c->in != NULL ? c->in->cap : INPUT_FIRST;
	struct input *in;

	while (cap < need)
		cap *= 2;
	if (c->in != NULL && cap == c->in->cap)
		return;
	in = input_new(cap);
	if (c->in != NULL) {
		in->len = c->in->len;
		in->seen = c->in->seen;
		memcpy(in->bytes, c->in->bytes, in->len);
	}
	conn_free_input(c);
	c->in = in;
}

static void
input_append(struct conn *c, const char *bytes, size_t len)
{
	input_grow(c, (c->in != NULL ? c->in->len : 0) + len);
	memcpy(c->in->bytes + c->in->len, bytes, len);
	c->in->len += len;
}

/* Hands bytes to the front end, and to the next one when the first gives way. Returns how many were
 * used up. */
static size_t
input_offer(struct conn *c, char *bytes, size_t len, size_t seen)
{
	const struct front *front;
	size_t at = 0;
	ssize_t n;

	do {
		front = c->front;
		c->stale = c->blocked != 0;
		n = front->input(c, bytes + at, len - at, seen);
		if (n < 0) {
			conn_close(c);
			break;
		}
		parley_assert((size_t)n <= len - at);
		at += (size_t)n;
		seen = 0;
	} while (c->front != front && at < len && c->blocked == 0);
	return (c->blocked & BLOCK_END) != 0 ? len : at;
}

/* What the front end has left is looked at again when there is more, or when it was stopped. */
static void
input_left(struct conn *c)
{
	c->in->seen = c->stale ? 0 : c->in->len;
	if (c->in->len > conn_hold_max(c)) {
		io_refused(c->io, NET_REFUSED_INPUT);
		conn_drop(c, "it has sent more than is allowed to wait");
	}
}

static void
input_offer_kept(struct conn *c)
{
	size_t used = input_offer(c, c->in->bytes, c->in->len, c->in->seen);

	if (used == c->in->len) {
		conn_free_input(c);
		return;
	}
	c->in->len -= used;
	memmove(c->in->bytes, c->in->bytes + used, c->in->len);
	input_wipe(c, c->in->bytes + c->in->len, used);
	input_left(c);
}

static void
input_feed(struct conn *c, char *bytes, size_t len)
{
	size_t used;

	if (c->in != NULL) {
		input_append(c, bytes, len);
		input_offer_kept(c);
	} else {
		used = input_offer(c, bytes, len, 0);
		if (used < len) {
			input_append(c, bytes + used, len - used);
			input_left(c);
		}
	}
	input_wipe(c, bytes, len);
	c->wipe = false;
}

static void
input_ended(struct conn *c, ssize_t why)
{
	if (why == TRANSPORT_FAILED)
		conn_drop(c, transport_reason());
	else if (c->front->eof != NULL) {
		conn_block(c, BLOCK_END);
		c->front->eof(c);
	} else {
		conn_close(c);
	}
}

void
conn_read(struct conn *c)
{
	struct io *io = c->io;
	size_t total = 0;
	ssize_t n;

	if (c->blocked == 0 && c->in != NULL && c->in->seen < c->in->len)
		input_offer_kept(c);
	for (unsigned i = 0; c->blocked == 0; i++) {
		if (total >= INPUT_SHARE || i >= INPUT_ROUND) {
			conn_rerun(c);
			return;
		}
		n = transport_read(&c->transport, io->in, sizeof io->in);
		if (n < 0)
			input_ended(c, n);
		if (n <= 0)
			return;
		stat_add(&io->stats.bytes_in, (uint64_t)n);
		if (c->live && io->slots[c->slot].deadline != 0)
			conn_deadline(c, io->settings->idle_seconds);
		input_feed(c, io->in, (size_t)n);
		total += (size_t)n;
		/* Asking the kernel again would only cost a system call: it says when there is
		 * more. */
		if ((size_t)n < sizeof io->in && !transport_pending(&c->transport))
			return;
	}
}
