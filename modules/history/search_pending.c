/* SPDX-License-Identifier: MIT */
/* search_pending.c - messages that wait for being indexed: packed, so that one costs a copy and no
 * block of memory, and bounded in bytes. */
#include "search.h"

#include <stdlib.h>
#include <string.h>

static struct chunk *
chunk_new(size_t least)
{
	size_t room = least > CHUNK_BYTES ? least : CHUNK_BYTES;
	struct chunk *c = malloc(sizeof *c + room); /* not zeroed: it is on the way of messages */

	parley_assert(c != NULL);
	c->next = NULL;
	c->count = 0;
	c->len = 0;
	c->room = room;
	return c;
}

static void
put(struct chunk *c, const void *bytes, size_t len)
{
	memcpy(c->bytes + c->len, bytes, len);
	c->len += len;
}

static bool
has_room(const struct search *s, const struct chunk *more)
{
	size_t bytes = s->pending.bytes + s->caught.bytes + more->room;

	return bytes <= (size_t)s->history->search_pending * 1024;
}

static bool
add(struct search *s, struct chunks *to, const struct waiting *w, bool must)
{
	size_t mid = strlen(w->mid) + 1, chat = strlen(w->chat) + 1;
	size_t from = strlen(w->from) + 1, text = strlen(w->text) + 1;
	size_t len = sizeof w->seq + mid + chat + from + text;
	struct chunk *c = to->last;

	if (c == NULL || c->count == s->chunk_max || c->room - c->len < len) {
		c = chunk_new(len);
		if (!must && !has_room(s, c)) {
			free(c);
			return false;
		}
		*(to->last != NULL ? &to->last->next : &to->first) = c;
		to->last = c;
		to->bytes += c->room;
	}
	put(c, &w->seq, sizeof w->seq);
	put(c, w->mid, mid);
	put(c, w->chat, chat);
	put(c, w->from, from);
	put(c, w->text, text);
	c->count++;
	to->count++;
	return true;
}

bool
pending_add(struct search *s, const struct waiting *w, bool must)
{
	return add(s, &s->pending, w, must);
}

bool
pending_catch(struct search *s, const struct waiting *w)
{
	return add(s, &s->caught, w, false);
}

void
pending_join(struct search *s)
{
	struct chunks *to = &s->pending;

	if (s->caught.first == NULL)
		return;
	*(to->last != NULL ? &to->last->next : &to->first) = s->caught.first;
	to->last = s->caught.last;
	to->bytes += s->caught.bytes;
	to->count += s->caught.count;
	s->caught = (struct chunks){ 0 };
}

void
pending_drop_caught(struct search *s)
{
	chunks_free(&s->caught.first);
	s->caught = (struct chunks){ 0 };
}

struct chunk *
pending_take(struct search *s)
{
	struct chunks *from = &s->pending;
	struct chunk *first = from->first, **end = &from->first;
	unsigned count = 0;
	size_t bytes = 0;

	while (*end != NULL && (count == 0 || (count + (*end)->count <= TAKE_MAX &&
						  bytes + (*end)->len <= 4 * CHUNK_BYTES))) {
		count += (*end)->count;
		bytes += (*end)->len;
		from->bytes -= (*end)->room;
		end = &(*end)->next;
	}
	if (count == 0)
		return NULL;
	from->first = *end;
	if (from->first == NULL)
		from->last = NULL;
	from->count -= count;
	*end = NULL;
	return first;
}

bool
chunk_next(const struct chunk *c, size_t *at, struct waiting *out)
{
	const char *p = c->bytes + *at;

	if (*at == c->len)
		return false;
	memcpy(&out->seq, p, sizeof out->seq);
	out->mid = p + sizeof out->seq;
	out->chat = out->mid + strlen(out->mid) + 1;
	out->from = out->chat + strlen(out->chat) + 1;
	out->text = out->from + strlen(out->from) + 1;
	*at = (size_t)(out->text + strlen(out->text) + 1 - c->bytes);
	return true;
}

void
chunks_free(struct chunk **first)
{
	while (*first != NULL) {
		struct chunk *c = *first;

		*first = c->next;
		free(c);
	}
}

void
pending_free(struct search *s)
{
	chunks_free(&s->pending.first);
	pending_drop_caught(s);
	s->pending = (struct chunks){ 0 };
}
