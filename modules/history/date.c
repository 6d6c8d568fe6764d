/* SPDX-License-Identifier: MIT */
/* date.c - where a day begins in a chat. */
#include "history.h"

#include <stdio.h>
#include <time.h>

/* The first entry from seq on, or the first that is no change; its place and time. 1, 0 or -1. */
static int
entry_from(const struct chat *c, int64_t seq, bool message, int64_t *seq_r, int64_t *time_r,
    struct parley_error *err)
{
	struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = c->key },
		    { .field = "seq", .op = PARLEY_OP_GE } },
		.order_by = "seq",
		.limit = message ? 50 : 1,
	};
	struct parley_docs docs = { 0 };
	uint32_t count;
	int found = 0;

	do {
		query.where[1].integer = seq;
		if (parley_store_find(&messages_collection, &query, &docs, err) != 0)
			return -1;
		count = docs.count;
		for (uint32_t i = 0; i < count && !found; i++) {
			const struct parley_doc *doc = docs.docs[i];

			seq = doc->seq + 1;
			found = !message || !document_is_change(doc);
			*seq_r = doc->seq;
			*time_r = parley_json_int(parley_json_get(doc->root, "time"), 0);
		}
		parley_docs_fini(&docs);
	} while (!found && count == query.limit);
	return found;
}

/* Halves the chat: its times grow, unless the clock was set back. */
static int
date_find(const struct chat *c, int64_t low, int64_t time, int64_t *seq_r, struct parley_error *err)
{
	int64_t high = c->head + 1, at = 0, then = 0;
	int found;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;

		found = entry_from(c, middle, false, &at, &then, err);
		if (found < 0)
			return -1;
		if (found > 0 && then < time)
			low = at + 1;
		else
			high = middle;
	}
	found = entry_from(c, low, true, &at, &then, err);
	*seq_r = found > 0 ? at : 0;
	return found < 0 ? -1 : 0;
}

int
history_parse_time(const char *s, int64_t *ms_r)
{
	struct tm tm = { 0 }, same;
	time_t seconds;
	int ms = 0;

	if (sscanf(s, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
		&tm.tm_hour, &tm.tm_min, &tm.tm_sec, &ms) != 7)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	same = tm;
	seconds = timegm(&tm); /* which makes the 2nd of March of the 30th of February */
	if (tm.tm_mon != same.tm_mon || tm.tm_mday != same.tm_mday || tm.tm_hour != same.tm_hour)
		return -1;
	*ms_r = (int64_t)seconds * 1000 + ms;
	return 0;
}

void
history_date(void *self, struct parley_request *r)
{
	const char *text = parley_json_string(parley_json_get(parley_request_params(r), "time"));
	struct parley_error err = { 0 };
	int64_t time, seq = 0;
	struct member *m;
	struct chat *c;

	if (history_parse_time(text, &time) != 0) {
		parley_refuse(r, PARLEY_BAD_REQUEST, "/params/time", "is not a time");
		return;
	}
	c = history_chat_get(self, r, &m);
	if (c == NULL)
		return;
	if (date_find(c, chat_floor(c, m), time, &seq, &err) == 0) {
		parley_put_int(parley_answer(r), "seq", seq);
		if (c->keep.first > 1)
			parley_put_int(parley_answer(r), "begins", c->keep.first);
	} else
		parley_refuse_error(r, &err);
	chat_put(self, &c);
}
