/* SPDX-License-Identifier: MIT */
/* sizes.c - how much is kept: measured by the walk over all chats, of large chats by samples. */
#include "keep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define ALL_OF      64 /* entries of a chat that are read in order to measure it */
#define WINDOWS     16 /* of a larger one: so many places, */
#define WINDOW_READ 4  /* with so many entries each */
#define RULED_MAX   200

static const int ages[AGES] = { 0, 1, 7, 14, 30, 60, 90, 180, 270, 365, 545, 730, 1095, 1460, 1825,
	3650 };

/* ---- one chat ----------------------------------------------------------------------------- */

static int64_t
bytes_of(const struct parley_doc *doc)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	size_t len;

	parley_writer_init(&w, &json);
	parley_put_json(&w, NULL, doc->root);
	len = json.len;
	parley_text_fini(&json);
	return (int64_t)len;
}

static unsigned
age_of(int64_t time)
{
	int64_t days = (parley_now() - time) / DAY_MS;
	unsigned i = AGES - 1;

	while (i > 0 && days < ages[i])
		i--;
	return i;
}

/* Entries of a chat from a place on. 0 or -1. */
static int
read_from(const char *key, int64_t seq, uint32_t limit, bool descending, struct parley_docs *docs,
    struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "stream", .op = PARLEY_OP_EQ, .text = key },
		    { .field = "seq", .op = PARLEY_OP_GE, .integer = seq } },
		.order_by = "seq",
		.descending = descending,
		.limit = limit,
	};

	return parley_store_find(&messages_collection, &query, docs, err);
}

/* Adds what was read, which stands for so many entries. */
static void
count_docs(struct sizes *s, struct amount *chat, const struct parley_docs *docs, int64_t messages)
{
	for (uint32_t i = 0; i < docs->count; i++) {
		int64_t next = messages * (i + 1) / docs->count, part, bytes;
		struct amount *older = &s->older[age_of(entry_time(docs->docs[i]))];

		part = next - messages * i / docs->count;
		bytes = part * bytes_of(docs->docs[i]);
		older->messages += part;
		older->bytes += bytes;
		chat->messages += part;
		chat->bytes += bytes;
	}
}

static int
measure_part(struct sizes *s, struct amount *chat, const char *key, int64_t seq, uint32_t limit,
    int64_t messages, struct parley_error *err)
{
	struct parley_docs docs = { 0 };
	int rc = read_from(key, seq, limit, false, &docs, err);

	if (rc == 0)
		count_docs(s, chat, &docs, messages);
	parley_docs_fini(&docs);
	return rc;
}

/* The places from first to head. */
static int
measure(struct sizes *s, struct amount *chat, const char *key, int64_t first, int64_t head,
    struct parley_error *err)
{
	int64_t count = head - first + 1;

	if (count <= ALL_OF)
		return measure_part(s, chat, key, first, ALL_OF, count, err);
	for (int i = 0; i < WINDOWS; i++) {
		int64_t from = count * i / WINDOWS, to = count * (i + 1) / WINDOWS;

		if (measure_part(s, chat, key, first + from, WINDOW_READ, to - from, err) != 0)
			return -1;
	}
	return 0;
}

/* Keeps it when it is among the largest. */
static void
note_large(struct sizes *s, const char *key, const struct amount *amount, int64_t oldest)
{
	unsigned at = s->largest_count;

	while (at > 0 && s->largest[at - 1].amount.bytes < amount->bytes)
		at--;
	if (at == LARGEST_MAX)
		return;
	if (s->largest_count < LARGEST_MAX)
		s->largest_count++;
	memmove(&s->largest[at + 1], &s->largest[at],
	    (s->largest_count - at - 1) * sizeof s->largest[0]);
	snprintf(s->largest[at].key, sizeof s->largest[at].key, "%s", key);
	s->largest[at].amount = *amount;
	s->largest[at].oldest = oldest;
}

int
sizes_add(
    struct history *h, const char *key, const struct parley_doc *oldest, struct parley_error *err)
{
	struct sizes *s = &h->keeper->next;
	struct amount chat = { 0 };
	struct parley_docs docs = { 0 };
	int64_t first = oldest->seq, head = first, time = entry_time(oldest);
	int rc = read_from(key, first, 1, true, &docs, err);

	if (rc == 0 && docs.count == 1)
		head = docs.docs[0]->seq;
	parley_docs_fini(&docs);
	if (rc != 0 || measure(s, &chat, key, first, head, err) != 0)
		return -1;
	s->chats++;
	s->all.messages += chat.messages;
	s->all.bytes += chat.bytes;
	if (s->oldest == 0 || time < s->oldest)
		s->oldest = time;
	note_large(s, key, &chat, time);
	return 0;
}

/* ---- all of them -------------------------------------------------------------------------- */

static int64_t
disk_free(void)
{
	struct statvfs fs;

	if (statvfs(parley_data_dir(), &fs) != 0)
		return 0;
	return (int64_t)(fs.f_bavail * fs.f_frsize);
}

/* Of the files in the node's folder. */
static int64_t
disk_used(void)
{
	DIR *dir = opendir(parley_data_dir());
	const struct dirent *entry;
	int64_t bytes = 0;
	struct stat st;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			bytes += st.st_size;
	if (dir != NULL)
		closedir(dir);
	return bytes;
}

void
sizes_begin(struct history *h)
{
	h->keeper->next = (struct sizes){ 0 };
	h->keeper->measure = true;
}

void
sizes_done(struct history *h)
{
	struct sizes *s = &h->keeper->sizes;

	*s = h->keeper->next;
	s->time = parley_now();
	h->keeper->measure = false;
	h->sized_chats = (uint64_t)s->chats;
	h->sized_messages = (uint64_t)s->all.messages;
	h->sized_bytes = (uint64_t)s->all.bytes;
	h->sized_oldest = (uint64_t)(s->oldest / 1000);
	h->disk_free_bytes = (uint64_t)disk_free();
}

/* ---- retention.status --------------------------------------------------------------------- */

/* What is older than each age: what a rule of so many days would take away. */
static void
put_older(struct parley_writer *w, const struct sizes *s)
{
	struct amount sums[AGES] = { 0 };

	for (unsigned i = AGES; i > 0; i--) {
		sums[i - 1] = s->older[i - 1];
		if (i < AGES) {
			sums[i - 1].messages += sums[i].messages;
			sums[i - 1].bytes += sums[i].bytes;
		}
	}
	parley_put_array(w, "older");
	for (unsigned i = 1; i < AGES; i++) {
		parley_put_object(w, NULL);
		parley_put_int(w, "days", ages[i]);
		parley_put_int(w, "messages", sums[i].messages);
		parley_put_int(w, "bytes", sums[i].bytes);
		parley_put_end(w);
	}
	parley_put_end(w);
}

static int
put_large(
    struct history *h, struct parley_writer *w, const struct large *large, struct parley_error *err)
{
	struct keep_state state;
	const struct keep_rule *rule;
	const char *by;

	if (keep_read(h, large->key, &state, err) != 0)
		return -1;
	rule = keep_rule_of(h, large->key, &state, &by);
	parley_put_object(w, NULL);
	parley_put_string(w, "chat", large->key);
	parley_put_int(w, "messages", large->amount.messages);
	parley_put_int(w, "bytes", large->amount.bytes);
	parley_put_time(w, "oldest", large->oldest);
	keep_put_rule(w, rule, by);
	parley_put_end(w);
	return 0;
}

static int
put_sizes(struct history *h, struct parley_writer *w, unsigned largest, struct parley_error *err)
{
	struct sizes *s = parley_alloc(sizeof *s);
	int rc = 0;

	*s = h->keeper->sizes; /* what follows awaits */
	if (s->time > 0) {
		parley_put_time(w, "measured", s->time);
		parley_put_int(w, "chats", s->chats);
		parley_put_int(w, "messages", s->all.messages);
		parley_put_int(w, "bytes", s->all.bytes);
		if (s->oldest > 0)
			parley_put_time(w, "oldest", s->oldest);
		put_older(w, s);
	}
	parley_put_array(w, "largest");
	for (unsigned i = 0; i < s->largest_count && i < largest && rc == 0; i++)
		rc = put_large(h, w, &s->largest[i], err);
	parley_put_end(w);
	free(s);
	return rc;
}

/* The chats that have a rule of their own, some of them. */
static int
put_ruled(struct history *h, struct parley_writer *w, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "ruled", .op = PARLEY_OP_EQ, .integer = 1 } },
		.limit = RULED_MAX,
	};
	struct parley_docs docs = { 0 };
	int rc = parley_store_find(&keep_collection, &query, &docs, err);

	parley_put_array(w, "ruled");
	for (uint32_t i = 0; i < docs.count && rc == 0; i++) {
		struct keep_state state;
		const struct keep_rule *rule;
		const char *by;

		rc = keep_read(h, docs.docs[i]->key, &state, err);
		if (rc != 0)
			break;
		rule = keep_rule_of(h, docs.docs[i]->key, &state, &by);
		parley_put_object(w, NULL);
		parley_put_string(w, "chat", docs.docs[i]->key);
		keep_put_rule(w, rule, by);
		parley_put_end(w);
	}
	parley_put_end(w);
	parley_docs_fini(&docs);
	return rc;
}

static void
put_node_rule(struct parley_writer *w, const char *name, const struct keep_rule *rule)
{
	parley_put_object(w, name);
	keep_put_rule(w, rule, "node");
	parley_put_end(w);
}

void
retention_status(void *self, struct parley_request *r)
{
	struct history *h = self;
	const struct parley_json *largest = parley_json_get(parley_request_params(r), "largest");
	struct parley_writer *w = parley_answer(r);
	struct parley_error err = { 0 };

	put_node_rule(w, "direct", &h->keeper->node[0]);
	put_node_rule(w, "group", &h->keeper->node[1]);
	parley_put_int(w, "removed", (int64_t)h->removed);
	parley_put_bool(w, "held", parley_monotonic() < h->keeper->held_until);
	parley_put_int(w, "disk_free", disk_free());
	parley_put_int(w, "disk_used", disk_used());
	if (put_sizes(h, w, (unsigned)parley_json_int(largest, 10), &err) != 0 ||
	    put_ruled(h, w, &err) != 0)
		parley_refuse_error(r, &err);
}
