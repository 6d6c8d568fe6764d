/* SPDX-License-Identifier: MIT */
/* conn_output.c - what a connection sends: pieces gathered over a round, written at its end. */
#include "net/conn_private.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

static void
output_append(struct conn *c, struct chunk *k)
{
	bool patient = k->payload != NULL && k->payload->patient;

	if (c->out == NULL) {
		c->out = k;
		c->patient = patient;
		c->patience = PATIENCE;
	} else {
		c->out_last->next = k;
		c->patient = c->patient && patient;
	}
	c->out_last = k;
	c->pending += k->head_len + k->len + k->tail_len;
	stat_add(&c->io->stats.out_queued, k->head_len + k->len + k->tail_len);
	io_mark(c->io, c);
}

/* False when nothing may be written: the connection ends, or its peer does not read. What this
 * round has gathered is tried first, so that only what the kernel refuses counts against the peer.
 */
static bool
output_allowed(struct conn *c)
{
	size_t most = c->io->settings->out_queue;

	if (c->stage != CONN_OPEN)
		return false;
	if (c->pending <= most)
		return true;
	conn_flush(c);
	if (c->stage != CONN_OPEN)
		return false;
	if (c->pending <= most)
		return true;
	io_refused(c->io, NET_REFUSED_SLOW);
	conn_drop(c, "it does not read what it is sent");
	return false;
}

void
conn_write(struct conn *c, const void *bytes, size_t len)
{
	struct chunk *k;
	char *body;

	if (len == 0 || !output_allowed(c))
		return;
	k = xmalloc(sizeof *k + len);
	*k = (struct chunk){ .len = len };
	body = (char *)(k + 1);
	memcpy(body, bytes, len);
	k->body = body;
	output_append(c, k);
}

void
conn_write_payload(struct conn *c, const void *head, size_t head_len, struct parley_payload *p,
    size_t at, size_t len, const char *tail)
{
	struct chunk *k;

	parley_assert(at <= p->len && len <= p->len - at && head_len <= sizeof k->head);
	if (!output_allowed(c))
		return;
	k = xmalloc(sizeof *k);
	*k = (struct chunk){ .payload = parley_payload_ref(p), .body = p->json + at, .len = len };
	if (head != NULL && head_len > 0) {
		memcpy(k->head, head, head_len);
		k->head_len = (uint8_t)head_len;
	}
	if (tail != NULL && *tail != '\0') {
		k->tail = *tail;
		k->tail_len = 1;
	}
	output_append(c, k);
}

size_t
conn_pending(const struct conn *c)
{
	return c->pending;
}

void
conn_want_drained(struct conn *c)
{
	if (c->front->drained == NULL)
		return;
	c->want_drained = true;
	io_mark(c->io, c);
}

/* Copies as much of part as there is room for, without its first *skip bytes; lowers *skip by what
 * was skipped. Returns the bytes copied. */
static size_t
gather_part(char *to, size_t room, const char *part, size_t len, size_t *skip)
{
	size_t skipped = *skip < len ? *skip : len, n = len - skipped;

	*skip -= skipped;
	if (n > room)
		n = room;
	if (n > 0)
		memcpy(to, part + skipped, n);
	return n;
}

/* Copies the beginning of what is pending, so that it leaves in one record. Nothing is taken out:
 * the same bytes, and perhaps more, are gathered again when the kernel did not take them. */
static size_t
output_gather(const struct conn *c, char *to, size_t room)
{
	size_t n = 0;

	for (const struct chunk *k = c->out; k != NULL && n < room; k = k->next) {
		size_t skip = k->done;

		n += gather_part(to + n, room - n, k->head, k->head_len, &skip);
		n += gather_part(to + n, room - n, k->body, k->len, &skip);
		n += gather_part(to + n, room - n, &k->tail, k->tail_len, &skip);
	}
	return n;
}

static void
chunk_free(struct chunk *k)
{
	parley_payload_unref(&k->payload);
	free(k);
}

static void
output_sent(struct conn *c, size_t n)
{
	c->pending -= n;
	stat_add(&c->io->stats.out_queued, -(uint64_t)n);
	while (c->out != NULL) {
		struct chunk *k = c->out;
		size_t left = k->head_len + k->len + k->tail_len - k->done;

		if (n < left) {
			k->done += n;
			return;
		}
		n -= left;
		c->out = k->next;
		chunk_free(k);
	}
	c->out_last = NULL;
}

void
conn_flush(struct conn *c)
{
	ssize_t n;

	c->patient = false;
	c->left = true;
	while (c->out != NULL) {
		n = transport_write(
		    &c->transport, c->io->out, output_gather(c, c->io->out, sizeof c->io->out));
		if (n == TRANSPORT_AGAIN)
			return;
		if (n < 0) {
			conn_drop(c, transport_reason());
			return;
		}
		stat_add(&c->io->stats.bytes_out, (uint64_t)n);
		output_sent(c, (size_t)n);
	}
}

void
conn_free_output(struct conn *c)
{
	struct chunk *next;

	for (struct chunk *k = c->out; k != NULL; k = next) {
		next = k->next;
		chunk_free(k);
	}
	c->out = c->out_last = NULL;
	stat_add(&c->io->stats.out_queued, -(uint64_t)c->pending);
	c->pending = 0;
}
