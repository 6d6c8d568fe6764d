/* SPDX-License-Identifier: MIT */
/* sqlite_origin.c - has this origin been appended before? Clients number what they send, so the
 * answer is nearly always found without looking: no origin with the same head had so great a
 * number. Only what is not greater is looked up, in the tail and in the map. */
#include "sqlite_log.h"

#include <parley/memory.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 15

/* An origin is its head and the digits at its end, which begin with no 0 unless they are one. */
static size_t
head_length(const char *origin, size_t len)
{
	size_t at = len;

	while (at > 0 && len - at < DIGITS_MAX && origin[at - 1] >= '0' && origin[at - 1] <= '9')
		at--;
	while (at + 1 < len && origin[at] == '0')
		at++;
	return at;
}

/* -1: there is none. */
static int64_t
number_of(const char *digits)
{
	int64_t n = *digits != '\0' ? 0 : -1;

	for (; *digits >= '0' && *digits <= '9'; digits++)
		n = n * 10 + (*digits - '0');
	return n;
}

/* Head, a mark, the number of digits as a letter, digits. */
void
sq_origin_key(struct parley_text *key, const char *origin, size_t len)
{
	size_t head = head_length(origin, len);

	parley_text_add(key, origin, head);
	parley_text_putc(key, '\x01');
	parley_text_putc(key, (char)('a' + (len - head)));
	parley_text_add(key, origin + head, len - head);
}

/* Of what follows the mark in a key. INT64_MAX, which no number is above, when an origin has a mark
 * of its own and so only looks like one with this head. */
static int64_t
number_of_key(const char *s)
{
	size_t digits = strspn(s + 1, "0123456789");

	return s[1 + digits] == '\0' && (size_t)(*s - 'a') == digits ? number_of(s + 1) : INT64_MAX;
}

/* The greatest number that the map has with this head. */
static int
greatest_stored(
    struct sq_log *log, const char *head, size_t len, int64_t *number_r, struct parley_error *err)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text bound = { 0 };
	PARLEY_AUTO(parley_text_fini) struct parley_text key = { 0 };

	parley_text_add(&bound, head, len);
	parley_text_puts(&bound, "\x01~");
	if (sq_map_last(&log->origins, bound.s, &key, err) != 0)
		return -1;
	*number_r = INT64_MIN;
	if (key.len >= len + 2 && memcmp(key.s, bound.s, len + 1) == 0)
		*number_r = number_of_key(key.s + len + 1);
	return 0;
}

static struct sq_head *
head_new(struct sq_log *log, const char *text, size_t len, int64_t greatest)
{
	struct sq_head *head = parley_alloc(sizeof *head + len + 1);

	memcpy(head->text, text, len);
	head->greatest = greatest;
	parley_table_put(log->heads, head->text, head);
	return head;
}

/* The head of an origin, made when it is not known. NULL with err. */
static struct sq_head *
head_get(struct sq_log *log, const char *origin, size_t len, struct parley_error *err)
{
	char text[PARLEY_KEY_MAX];
	struct sq_head *head;
	int64_t greatest;

	memcpy(text, origin, len);
	text[len] = '\0';
	head = parley_table_get(log->heads, text);
	if (head != NULL)
		return head;
	if (greatest_stored(log, text, len, &greatest, err) != 0)
		return NULL;
	return head_new(log, text, len, greatest);
}

void
sq_origin_note(struct sq_fresh *doc, const struct sq_origin *origin)
{
	struct sq_head *head = origin->head;

	if (head == NULL)
		return;
	doc->older = head->newest;
	head->newest = doc;
	if (origin->number > head->greatest)
		head->greatest = origin->number;
}

/* A head that is not known yet could have had any number. */
void
sq_origin_recover(struct sq_log *log, struct sq_fresh *doc)
{
	size_t len = head_length(doc->r.origin, doc->r.origin_len);
	struct sq_origin origin = { .number = number_of(doc->r.origin + len) };
	char text[PARLEY_KEY_MAX];

	if (doc->r.origin_len == 0)
		return;
	memcpy(text, doc->r.origin, len);
	text[len] = '\0';
	origin.head = parley_table_get(log->heads, text);
	if (origin.head == NULL)
		origin.head = head_new(log, text, len, INT64_MAX);
	sq_origin_note(doc, &origin);
}

/* ---- answering --------------------------------------------------------------------------------
 */

static void
answer(const struct sq_step *p, const char *stream, size_t stream_len, const struct sq_record *r)
{
	char key[PARLEY_LOG_KEY_MAX];

	p->w->seq = r->seq;
	parley_text_add(&p->w->earlier, r->json, r->json_len);
	parley_text_add(&p->w->earlier_key, key, parley_log_key(key, stream, stream_len, r->seq));
}

/* From a run, where it may have been changed or removed since. */
static int
answer_from_run(const struct sq_step *p, int64_t run, int64_t seq, bool *found_r)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text docs = { 0 };
	char stream[PARLEY_KEY_MAX];
	struct sq_record r;
	int rc;

	if (sq_run_by_id(p->sc->log, run, stream, &docs, p->err) != 0)
		return -1;
	rc = docs.len > 0 ? sq_record_find(docs.s, docs.len, seq, &r) : 0;
	if (rc < 0)
		return sq_damaged(p->err);
	*found_r = rc == 1 && strcmp(r.origin, p->w->origin) == 0;
	if (*found_r)
		answer(p, stream, strlen(stream), &r);
	return 0;
}

static int
answer_from_tail(const struct sq_step *p, const struct sq_head *head, bool *found_r)
{
	for (const struct sq_fresh *doc = head->newest; doc != NULL; doc = doc->older) {
		if (strcmp(doc->r.origin, p->w->origin) != 0)
			continue;
		if (doc->run != 0 && answer_from_run(p, doc->run, doc->r.seq, found_r) != 0)
			return -1;
		if (doc->run == 0) {
			answer(p, doc->r.stream, doc->r.stream_len, &doc->r);
			*found_r = true;
		}
		if (*found_r)
			return 0;
	}
	return 0;
}

static int
answer_from_map(const struct sq_step *p, bool *found_r)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text key = { 0 };
	struct sq_place place;
	bool known;

	sq_origin_key(&key, p->w->origin, strlen(p->w->origin));
	if (sq_map_find(&p->sc->log->origins, key.s, key.len, &place, &known, p->err) != 0)
		return -1;
	return known ? answer_from_run(p, place.run, place.seq, found_r) : 0;
}

int
sq_origin_answer(const struct sq_step *p, struct sq_origin *origin_r, bool *found_r)
{
	const char *origin = p->w->origin;
	size_t len = strlen(origin), head = head_length(origin, len);

	*found_r = false;
	*origin_r = (struct sq_origin){ .number = number_of(origin + head) };
	if (len == 0)
		return 0;
	origin_r->head = head_get(p->sc->log, origin, head, p->err);
	if (origin_r->head == NULL)
		return -1;
	if (origin_r->number > origin_r->head->greatest)
		return 0;
	if (answer_from_tail(p, origin_r->head, found_r) != 0)
		return -1;
	return *found_r ? 0 : answer_from_map(p, found_r);
}
