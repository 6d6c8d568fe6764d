/* SPDX-License-Identifier: MIT */
/* search_find.c - history.search: what the index says may be it is read, and looked at. */
#include "search.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASKED_MAX   16   /* words */
#define RESULTS_MAX 50   /* the schema's */
#define LOOKS_MAX   400  /* messages that are read for one answer */
#define SEARCH_MS   2000 /* it has less after that, and a cursor */

struct asked {
	struct word word;
	bool open; /* the text goes on: also what begins so */
};

/* A chat that is searched. */
struct searched {
	uint64_t hash;
	char peer[PEER_SIZE];
	char key[PARLEY_KEY_MAX];
};

struct hunt {
	struct history *history;
	struct search *search;
	const char *account;
	struct asked asked[ASKED_MAX];
	unsigned asked_count;
	bool link;
	char from[PARLEY_NAME_MAX + 1]; /* "": anybody */
	int64_t after, before;          /* ms since 1970 */
	char after_mid[37], before_mid[37];
	uint32_t terms[ASKED_MAX + 3];
	unsigned term_count;
	struct searched *chats;
	uint32_t *chat_terms;
	size_t chat_count;

	int64_t below; /* numbers of messages that are to be looked at */
	int64_t until; /* monotonic */
	unsigned looks, limit;
	struct place places[PLACES_MAX]; /* of the block that was read last */
	struct parley_doc *results[RESULTS_MAX];
	unsigned count;
	bool more;
	bool partial; /* the index is behind */
};

/* ---- what is asked ------------------------------------------------------------------------ */

static void
ask_word(void *arg, const struct word *word)
{
	struct hunt *hunt = arg;

	if (hunt->asked_count < ASKED_MAX)
		hunt->asked[hunt->asked_count++].word = *word;
}

static void
add_term(struct hunt *hunt, uint32_t term)
{
	hunt->terms[hunt->term_count++] = term;
}

static void
ask_text(struct hunt *hunt, const char *text)
{
	size_t len = strlen(text);

	words_each(text, len, true, ask_word, hunt);
	if (hunt->asked_count > 0)
		hunt->asked[hunt->asked_count - 1].open =
		    words_end_open(text, len) && !hunt->asked[hunt->asked_count - 1].word.part;
	for (unsigned i = 0; i < hunt->asked_count; i++) {
		const struct word *w = &hunt->asked[i].word;
		unsigned last = w->chars < PREFIX_MAX ? w->chars : PREFIX_MAX;

		if (!hunt->asked[i].open)
			add_term(hunt, term_word(hunt->search, w->s, w->bytes));
		else if (last >= PREFIX_MIN)
			add_term(hunt, term_prefix(hunt->search, w->s, w->ends[last - 1]));
	}
}

/* A time; where it is not there, otherwise. 0 or -1. */
static int
ask_time(const struct parley_json *params, const char *name, int64_t *out, struct parley_error *err)
{
	const char *s = parley_json_string(parley_json_get(params, name));

	if (s == NULL || history_parse_time(s, out) == 0)
		return 0;
	parley_fail(err, PARLEY_BAD_REQUEST, NULL, "is not a time");
	snprintf(err->where, sizeof err->where, "/params/%s", name);
	return -1;
}

static int
ask_from(struct hunt *hunt, const char *address, struct parley_error *err)
{
	char peer[PEER_SIZE];

	if (address == NULL)
		return 0;
	if (peer_parse(address, peer, err) != 0 || peer[0] == '#')
		return parley_fail(
		    err, PARLEY_NOT_FOUND, "/params/from", "there is no such account");
	snprintf(hunt->from, sizeof hunt->from, "%.*s", PARLEY_NAME_MAX, peer);
	add_term(hunt, term_from(hunt->search, peer));
	return 0;
}

/* All but the chats. */
static int
ask(struct hunt *hunt, const struct parley_json *params, struct parley_error *err)
{
	const char *text = parley_json_string(parley_json_get(params, "text"));
	const char *cursor = parley_json_string(parley_json_get(params, "cursor"));

	hunt->limit = (unsigned)parley_json_int(parley_json_get(params, "limit"), 20);
	hunt->below = cursor != NULL ? strtoll(cursor, NULL, 10) : INT64_MAX;
	hunt->before = INT64_MAX;
	if (text != NULL)
		ask_text(hunt, text);
	if (ask_from(hunt, parley_json_string(parley_json_get(params, "from")), err) != 0 ||
	    ask_time(params, "after", &hunt->after, err) != 0 ||
	    ask_time(params, "before", &hunt->before, err) != 0)
		return -1;
	hunt->link = parley_json_get(params, "has") != NULL;
	if (hunt->link)
		add_term(hunt, term_has(hunt->search, "link"));
	search_mid_at(hunt->after_mid, hunt->after);
	search_mid_at(hunt->before_mid, hunt->before);
	if (hunt->term_count > 0)
		return 0;
	return parley_fail(err, PARLEY_BAD_REQUEST, "/params/text",
	    "needs a word, or two letters that a word begins with");
}

/* ---- where -------------------------------------------------------------------------------- */

static void
make_room(struct hunt *hunt, size_t chats)
{
	hunt->chats = parley_alloc(chats * sizeof *hunt->chats);
	hunt->chat_terms = parley_alloc(chats * sizeof *hunt->chat_terms);
}

static void
add_chat(struct hunt *hunt, const char *peer)
{
	struct searched *c = &hunt->chats[hunt->chat_count];

	snprintf(c->peer, sizeof c->peer, "%s", peer);
	if (peer[0] == '#')
		snprintf(c->key, sizeof c->key, "%s", peer);
	else
		parley_chat_key(hunt->account, peer, c->key);
	c->hash = place_chat(hunt->search, c->key);
	hunt->chat_terms[hunt->chat_count++] = term_chat(hunt->search, c->key);
}

static int
by_hash(const void *a, const void *b)
{
	const struct searched *x = a, *y = b;

	return (x->hash > y->hash) - (x->hash < y->hash);
}

static const struct searched *
find_chat(const struct hunt *hunt, uint64_t hash)
{
	const struct searched key = { .hash = hash };

	return bsearch(&key, hunt->chats, hunt->chat_count, sizeof key, by_hash);
}

/* All chats of the account. */
static int
add_chats(struct hunt *hunt, struct parley_error *err)
{
	struct parley_docs docs;

	if (history_members(hunt->account, &docs, err) != 0)
		return -1;
	make_room(hunt, docs.count + 1);
	for (uint32_t i = 0; i < docs.count; i++)
		add_chat(
		    hunt, parley_json_string_or(parley_json_get(docs.docs[i]->root, "peer"), ""));
	parley_docs_fini(&docs);
	qsort(hunt->chats, hunt->chat_count, sizeof *hunt->chats, by_hash);
	return 0;
}

/* ---- a message ---------------------------------------------------------------------------- */

struct looking {
	const struct hunt *hunt;
	unsigned found; /* a bit for each word */
};

static void
look_at_word(void *arg, const struct word *word)
{
	struct looking *l = arg;

	for (unsigned i = 0; i < l->hunt->asked_count; i++) {
		const struct asked *a = &l->hunt->asked[i];

		if (word->bytes < a->word.bytes || (!a->open && word->bytes != a->word.bytes))
			continue;
		if (memcmp(word->s, a->word.s, a->word.bytes) == 0)
			l->found |= 1U << i;
	}
}

static bool
is_it(const struct hunt *hunt, const struct parley_doc *doc)
{
	const char *text = parley_json_string(parley_json_get(doc->root, "text"));
	const char *from = parley_json_string_or(parley_json_get(doc->root, "from"), "");
	int64_t time = parley_json_int(parley_json_get(doc->root, "time"), 0);
	struct looking l = { .hunt = hunt };

	if (text == NULL || document_is_change(doc) || time < hunt->after || time >= hunt->before)
		return false;
	if ((hunt->from[0] != '\0' && strcmp(from, hunt->from) != 0) ||
	    (hunt->link && !text_has_link(text)))
		return false;
	words_each(text, strlen(text), false, look_at_word, &l);
	return l.found == (1U << hunt->asked_count) - 1;
}

static bool
is_known(const struct hunt *hunt, const struct parley_doc *doc)
{
	for (unsigned i = 0; i < hunt->count; i++)
		if (strcmp(hunt->results[i]->key, doc->key) == 0)
			return true;
	return false;
}

/* Whether the account may read that entry of a chat. 1, 0 or -1. */
static int
may_read(struct hunt *hunt, const struct searched *chat, int64_t seq, struct parley_error *err)
{
	struct parley_error why = { 0 };
	struct chat *c = chat_get(hunt->history, hunt->account, chat->peer, &why);
	struct member *m = c != NULL ? member_reader(hunt->history, c, hunt->account, &why) : NULL;
	int may = m != NULL ? seq >= chat_floor(c, m)
		  : why.code == PARLEY_NOT_FOUND || why.code == PARLEY_NOT_ALLOWED ? 0
										   : -1;

	chat_put(hunt->history, &c);
	if (may < 0)
		*err = why;
	return may;
}

/* Takes the message into the results if it is one. 0 or -1. */
static int
look(struct hunt *hunt, const struct place *place, struct parley_error *err)
{
	const struct searched *chat = place->seq > 0 ? find_chat(hunt, place->chat) : NULL;
	struct parley_error why = { 0 };
	struct parley_doc *doc;
	char key[PARLEY_KEY_MAX + 24];
	int may;

	if (chat == NULL)
		return 0;
	may = may_read(hunt, chat, place->seq, err);
	if (may <= 0)
		return may;
	hunt->looks++;
	hunt->history->search_looks++;
	snprintf(key, sizeof key, "%s/%lu", chat->key, (unsigned long)place->seq);
	doc = parley_store_get(&messages_collection, key, &why);
	if (doc != NULL && is_it(hunt, doc) && !is_known(hunt, doc)) {
		hunt->results[hunt->count++] = doc;
		return 0;
	}
	if (doc == NULL && why.code != PARLEY_NOT_FOUND) {
		*err = why;
		return -1;
	}
	parley_doc_free(&doc);
	return 0;
}

static bool
is_over(const struct hunt *hunt)
{
	return hunt->count == hunt->limit || hunt->looks >= LOOKS_MAX ||
	       parley_monotonic() >= hunt->until;
}

/* Where a message of the source is; block is the one of which the places are at hand. */
static int
find_place(struct hunt *hunt, const struct source *from, uint32_t number, uint32_t *block,
    struct place *out, struct parley_error *err)
{
	struct parley_docs docs = { 0 };
	uint32_t wanted;
	int rc;

	if (from->part != NULL) {
		*out = from->part->places[number];
		return 0;
	}
	wanted = number / from->seg->places;
	if (*block != wanted) {
		if (segment_read(from->seg, 'p', wanted, 1, &docs, err) != 0)
			return -1;
		rc = block_places(docs.docs[0], hunt->places, err);
		parley_docs_fini(&docs);
		if (rc != 0)
			return -1;
		*block = wanted;
	}
	*out = hunt->places[number % from->seg->places];
	return 0;
}

/* Looks at messages of which the index says that they are it, the last first. */
static int
look_at_all(struct hunt *hunt, const struct source *from, const struct numbers *numbers,
    struct parley_error *err)
{
	uint32_t block = UINT32_MAX;

	for (size_t i = numbers->count; i > 0; i--) {
		uint32_t number = numbers->list[i - 1];
		struct place place;

		if (from->base + number >= hunt->below)
			continue;
		hunt->more = is_over(hunt);
		if (hunt->more)
			return 0;
		hunt->below = from->base + number;
		if (find_place(hunt, from, number, &block, &place, err) != 0 ||
		    look(hunt, &place, err) != 0)
			return -1;
	}
	return 0;
}

static int
search_one(struct hunt *hunt, struct source *from, struct parley_error *err)
{
	struct numbers numbers = { 0 };
	int rc;

	source_use(from);
	rc = source_find(from, hunt->terms, hunt->term_count, &numbers, err);
	if (rc == 0)
		rc = source_keep_chats(from, hunt->chat_terms, hunt->chat_count, &numbers, err);
	if (rc == 0)
		rc = look_at_all(hunt, from, &numbers, err);
	numbers_fini(&numbers);
	source_release(from);
	return rc;
}

static int
search_all(struct hunt *hunt, struct parley_error *err)
{
	int64_t below = hunt->below;
	struct source from;
	int rc = 0;

	hunt->until = parley_monotonic() + SEARCH_MS;
	while (rc == 0 && !hunt->more && source_next(hunt->search, below, &from)) {
		if (source_is_between(&from, hunt->after_mid, hunt->before_mid)) {
			if (parley_monotonic() >= hunt->until) {
				hunt->below = below < hunt->below ? below : hunt->below;
				hunt->more = true;
				break;
			}
			rc = search_one(hunt, &from, err);
		}
		below = from.base;
	}
	return rc;
}

/* ---- the method --------------------------------------------------------------------------- */

static void
answer(struct hunt *hunt, struct parley_request *r)
{
	struct parley_writer *w = parley_answer(r);
	char cursor[24];
	unsigned told = 0;

	parley_put_array(w, "messages");
	for (; told < hunt->count && w->out->len < ANSWER_BYTES; told++)
		document_put(w, NULL, hunt->results[told], hunt->account, 0); /* no changes */
	parley_put_end(w);
	if (hunt->more) {
		snprintf(cursor, sizeof cursor, "%lld", (long long)hunt->below);
		parley_put_string(w, "cursor", cursor);
	}
	if (hunt->partial)
		parley_put_bool(w, "partial", true);
}

/* The chat that is asked for, or all. */
static int
ask_where(struct hunt *hunt, struct parley_request *r)
{
	struct parley_error err = { 0 };
	struct member *m;
	struct chat *c;
	char peer[PEER_SIZE];

	if (parley_json_get(parley_request_params(r), "chat") == NULL) {
		if (add_chats(hunt, &err) == 0)
			return 0;
		parley_refuse_error(r, &err);
		return -1;
	}
	if (history_chat_param(r, peer) != 0)
		return -1;
	c = history_chat_get(hunt->history, r, &m);
	if (c == NULL)
		return -1;
	make_room(hunt, 1);
	add_chat(hunt, peer);
	add_term(hunt, hunt->chat_terms[0]);
	chat_put(hunt->history, &c);
	return 0;
}

void
history_search(void *self, struct parley_request *r)
{
	struct history *h = self;
	struct parley_error err = { 0 };
	struct hunt *hunt;

	if (h->search == NULL) {
		parley_refuse(
		    r, PARLEY_NOT_ALLOWED, NULL, "messages cannot be searched on this node");
		return;
	}
	h->searches++;
	hunt = parley_alloc(sizeof *hunt);
	hunt->history = h;
	hunt->search = h->search;
	hunt->account = parley_request_account(r);
	if (ask(hunt, parley_request_params(r), &err) != 0) {
		parley_refuse_error(r, &err);
	} else if (ask_where(hunt, r) == 0) {
		if (search_catch_up(h, &hunt->partial, &err) == 0 && search_all(hunt, &err) == 0)
			answer(hunt, r);
		else
			parley_refuse_error(r, &err);
	}
	for (unsigned i = 0; i < hunt->count; i++)
		parley_doc_free(&hunt->results[i]);
	free(hunt->chat_terms);
	free(hunt->chats);
	free(hunt);
}
