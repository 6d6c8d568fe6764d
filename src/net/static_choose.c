/* SPDX-License-Identifier: MIT */
/* static_choose.c - which coding of a file a client would like (RFC 9110 section 12.5.3). */
#include "net/http_head.h"
#include "net/static.h"

#include <string.h>

#define UNSAID (-1)

/* What a client likes how much, in thousandths. */
struct liking {
	int coding[STATIC_CODINGS], others;
};

const char *
static_coding_name(enum static_coding c)
{
	static const char *const names[STATIC_CODINGS] = { "br", "gzip", NULL };

	return names[c];
}

static struct http_span
trimmed(struct http_span s)
{
	while (s.len > 0 && (s.s[0] == ' ' || s.s[0] == '\t')) {
		s.s++;
		s.len--;
	}
	while (s.len > 0 && (s.s[s.len - 1] == ' ' || s.s[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* "0.125" as 125; 0 for what is no weight: who cannot say what he likes does not get it. */
static int
weight_value(struct http_span s)
{
	int value = 0, scale = 1000;

	if (s.len == 0 || s.len > 5 || (s.s[0] != '0' && s.s[0] != '1') ||
	    (s.len > 1 && s.s[1] != '.'))
		return 0;
	for (size_t i = 0; i < s.len; i++) {
		if (i == 1)
			continue;
		if (s.s[i] < '0' || s.s[i] > '9')
			return 0;
		value += (s.s[i] - '0') * scale;
		scale /= 10;
	}
	return value <= 1000 ? value : 0;
}

/* Cuts "name ; q=0.5" in two. */
static int
weight_take(struct http_span *item)
{
	const char *mark = memchr(item->s, ';', item->len);
	struct http_span weight;

	if (mark == NULL)
		return 1000;
	weight.s = mark + 1;
	weight.len = item->len - (size_t)(mark + 1 - item->s);
	weight = trimmed(weight);
	item->len = (size_t)(mark - item->s);
	*item = trimmed(*item);
	if (weight.len < 2 || (weight.s[0] | 0x20) != 'q' || weight.s[1] != '=')
		return 0;
	return weight_value((struct http_span){ weight.s + 2, weight.len - 2 });
}

static void
liking_enter(struct liking *l, struct http_span item)
{
	int weight = weight_take(&item);

	if (http_span_is(item, "br"))
		l->coding[STATIC_BROTLI] = weight;
	else if (http_span_is(item, "gzip") || http_span_is(item, "x-gzip"))
		l->coding[STATIC_GZIP] = weight;
	else if (http_span_is(item, "identity"))
		l->coding[STATIC_IDENTITY] = weight;
	else if (http_span_is(item, "*"))
		l->others = weight;
}

/* What is not named is liked as "*" says; without that identity is liked a little, for it must be
 * sent when nothing else is to be had, and the others are not liked at all. */
static int
liking_of(const struct liking *l, enum static_coding c)
{
	if (l->coding[c] != UNSAID)
		return l->coding[c];
	if (l->others != UNSAID)
		return l->others;
	return c == STATIC_IDENTITY ? 1 : 0;
}

enum static_coding
static_choose(const struct static_file *f, const char *accept, size_t len)
{
	struct liking l = { { UNSAID, UNSAID, UNSAID }, UNSAID };
	struct http_span rest = { accept, len }, item;
	enum static_coding best = STATIC_IDENTITY;
	int most = 0;

	while (http_list_next(&rest, &item))
		liking_enter(&l, item);
	for (size_t i = 0; i < STATIC_CODINGS; i++) {
		int liked = liking_of(&l, (enum static_coding)i);

		if (f->variants[i].payload == NULL || liked <= most)
			continue;
		most = liked;
		best = (enum static_coding)i;
	}
	return best;
}
