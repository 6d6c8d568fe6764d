/* SPDX-License-Identifier: MIT */
/* search_terms.c - the terms of messages: hashes of words, of their beginnings, and of what else
 * can be asked for. */
#include "search.h"
#include "words.h"

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

/* Whose words they are. */
struct telling {
	const struct search *search;
	uint32_t message;
	struct postings *out;
};

static void
add_term(const struct telling *t, uint32_t term)
{
	postings_add(t->out, posting(term, t->message));
}

/* As term_word and term_prefix have it, but the bytes are copied once. */
static void
add_word(void *arg, const struct word *word)
{
	const struct telling *t = arg;
	const struct parley_hash_key *key = &t->search->term_key;
	unsigned last = word->chars < PREFIX_MAX ? word->chars : PREFIX_MAX;
	size_t len = word->bytes < PARLEY_KEY_MAX ? word->bytes : PARLEY_KEY_MAX;
	char bytes[PARLEY_KEY_MAX + 1];

	memcpy(bytes + 1, word->s, len);
	bytes[0] = 'w';
	add_term(t, (uint32_t)parley_keyed_hash(key, bytes, len + 1));
	if (word->part)
		return;
	bytes[0] = 'p';
	for (unsigned n = PREFIX_MIN; n <= last; n++)
		add_term(t, (uint32_t)parley_keyed_hash(key, bytes, word->ends[n - 1] + 1));
}

void
terms_of(const struct search *s, const struct waiting *w, uint32_t message, struct postings *out)
{
	struct telling t = { s, message, out };

	words_each(w->text, strlen(w->text), false, add_word, &t);
	add_term(&t, term_chat(s, w->chat));
	add_term(&t, term_from(s, w->from));
	if (text_has_link(w->text))
		add_term(&t, term_has(s, "link"));
}
