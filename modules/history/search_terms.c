/* SPDX-License-Identifier: MIT */
/* search_terms.c - the terms of messages: hashes of words, of their beginnings, and of what else
 * can be asked for. */
#include "search.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- hashes ------------------------------------------------------------------------------- */

static uint32_t
term(const struct parley_hash_key *key, char kind, const char *s, size_t len)
{
	char bytes[PARLEY_KEY_MAX + 1];

	bytes[0] = kind;
	len = len < PARLEY_KEY_MAX ? len : PARLEY_KEY_MAX;
	memcpy(bytes + 1, s, len);
	return (uint32_t)parley_keyed_hash(key, bytes, len + 1);
}

uint32_t
term_word(const struct search *s, const char *word, size_t bytes)
{
	return term(&s->term_key, 'w', word, bytes);
}

uint32_t
term_prefix(const struct search *s, const char *word, size_t bytes)
{
	return term(&s->term_key, 'p', word, bytes);
}

uint32_t
term_chat(const struct search *s, const char *key)
{
	return term(&s->term_key, 'c', key, strlen(key));
}

uint32_t
term_from(const struct search *s, const char *account)
{
	return term(&s->term_key, 'f', account, strlen(account));
}

uint32_t
term_has(const struct search *s, const char *what)
{
	return term(&s->term_key, 'h', what, strlen(what));
}

uint64_t
place_chat(const struct search *s, const char *key)
{
	return parley_keyed_hash(&s->chat_key, key, strlen(key));
}

bool
text_has_link(const char *text)
{
	return strstr(text, "http://") != NULL || strstr(text, "https://") != NULL;
}

/* ---- messages ----------------------------------------------------------------------------- */

/* What a worker does; the keys are as they are for as long as the node runs. */
struct taking {
	const struct search *search;
	struct pending *first;
	uint32_t base, number;
	struct postings postings;
	struct place places[TAKE_MAX];
};

static void
add_term(struct taking *t, uint32_t term)
{
	postings_add(&t->postings, posting(term, t->number));
}

static void
add_word(void *arg, const struct word *word)
{
	struct taking *t = arg;
	unsigned last = word->chars < PREFIX_MAX ? word->chars : PREFIX_MAX;

	add_term(t, term_word(t->search, word->s, word->bytes));
	if (word->part)
		return;
	for (unsigned n = PREFIX_MIN; n <= last; n++)
		add_term(t, term_prefix(t->search, word->s, word->ends[n - 1]));
}

static void
take_on_worker(void *arg)
{
	struct taking *t = arg;

	t->number = t->base;
	for (const struct pending *p = t->first; p != NULL; p = p->next) {
		struct place *place = &t->places[t->number - t->base];

		place->chat = place_chat(t->search, p->chat);
		place->seq = (uint32_t)p->seq;
		words_each(p->text, strlen(p->text), false, add_word, t);
		add_term(t, term_chat(t->search, p->chat));
		add_term(t, term_from(t->search, p->from));
		if (text_has_link(p->text))
			add_term(t, term_has(t->search, "link"));
		t->number++;
	}
}

static void
note_mid(struct fresh *f, const char *mid)
{
	if (f->first[0] == '\0' || strcmp(mid, f->first) < 0)
		snprintf(f->first, sizeof f->first, "%s", mid);
	if (strcmp(mid, f->last) > 0)
		snprintf(f->last, sizeof f->last, "%s", mid);
}

/* The first of the pending, as many as there is room for. */
static struct pending *
take_pending(struct search *s, unsigned max, unsigned *count_r)
{
	struct pending *first = s->pending, **end = &s->pending;
	unsigned n = 0;

	while (*end != NULL && n < max) {
		end = &(*end)->next;
		n++;
	}
	s->pending = *end;
	if (s->pending == NULL)
		s->pending_end = &s->pending;
	*end = NULL;
	s->pending_count -= n;
	*count_r = n;
	return n > 0 ? first : NULL;
}

int
search_take(struct search *s)
{
	struct fresh *f = &s->fresh;
	unsigned room = s->fresh_max - f->count, count;
	struct taking *t = parley_alloc(sizeof *t);
	int rc;

	t->search = s;
	t->base = f->count;
	t->first = take_pending(s, room < TAKE_MAX ? room : TAKE_MAX, &count);
	rc = count > 0 ? parley_await_work(take_on_worker, t) : 0;
	if (rc == PARLEY_AGAIN) { /* the workers have enough to do */
		rc = parley_await_sleep(100);
		if (rc == 0)
			take_on_worker(t);
	}
	for (size_t i = 0; rc == 0 && i < t->postings.count; i++)
		postings_add(&f->postings, t->postings.list[i]);
	for (unsigned i = 0; rc == 0 && i < count; i++)
		f->places[f->count++] = t->places[i];
	while (t->first != NULL) {
		struct pending *p = t->first;

		t->first = p->next;
		if (rc == 0)
			note_mid(f, p->mid);
		free(p);
	}
	postings_fini(&t->postings);
	free(t);
	return rc == 0 ? (int)count : -1;
}
