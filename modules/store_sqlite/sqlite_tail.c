/* SPDX-License-Identifier: MIT */
/* sqlite_tail.c - the documents of a log that are in its journal, in memory: by commit, by stream,
 * and by the head of their origin. */
#include "sqlite_log.h"

#include <parley/memory.h>
#include <stdlib.h>
#include <string.h>

#define HEADS_MAX 16384 /* heads without documents in the tail may be so many */

/* ---- blocks -----------------------------------------------------------------------------------
 */

struct sq_block *
sq_block_new(unsigned count, unsigned names, size_t bytes, size_t texts)
{
	size_t docs = sizeof(struct sq_block) + count * sizeof(struct sq_fresh);
	size_t pointers = (size_t)count * names * sizeof(char *);
	struct sq_block *block = malloc(docs + pointers + bytes + texts);
	const char **name;

	if (block == NULL)
		block = sq_alloc(docs + pointers + bytes + texts); /* says so, and aborts */
	memset(block, 0, docs + pointers);
	block->refs = 1;
	block->room = count;
	name = (const char **)(void *)((char *)block + docs);
	for (unsigned i = 0; i < count; i++)
		block->docs[i].names = name + (size_t)i * names;
	block->bytes = block->end = (char *)block + docs + pointers;
	block->texts = block->bytes + bytes;
	return block;
}

void
sq_block_unref(struct sq_block *block)
{
	if (block != NULL && atomic_fetch_sub(&block->refs, 1) == 1)
		free(block);
}

void
sq_tail_begin(struct sq_log *log, const struct parley_write *w)
{
	size_t bytes = 0, texts = 0;
	unsigned count = 0;

	for (; w != NULL; w = w->next) {
		struct sq_record r = { .json_len = w->json_len };

		if (w->op != PARLEY_WRITE_APPEND || w->collection != log->c)
			continue;
		r.stream_len = strlen(w->key);
		r.origin_len = strlen(w->origin);
		bytes += sq_record_size(&r);
		for (unsigned i = 0; i < log->name_count; i++)
			if (w->values[log->names[i]].present)
				texts += w->values[log->names[i]].len + 1;
		count++;
	}
	log->now = sq_block_new(count, log->name_count, bytes, texts);
}

/* ---- streams ----------------------------------------------------------------------------------
 */

static void
stream_add(struct sq_log *log, struct sq_fresh *doc)
{
	struct sq_stream *stream = parley_table_get(log->streams, doc->r.stream);

	if (stream == NULL) {
		stream = parley_alloc(sizeof *stream + doc->r.stream_len + 1);
		memcpy(stream->name, doc->r.stream, doc->r.stream_len);
		parley_table_put(log->streams, stream->name, stream);
	}
	if (stream->count == stream->room) {
		stream->room = stream->room == 0 ? 8 : 2 * stream->room;
		stream->docs = realloc(stream->docs, stream->room * sizeof *stream->docs);
		parley_assert(stream->docs != NULL);
	}
	stream->docs[stream->count++] = doc;
}

static void
stream_free(struct sq_log *log, struct sq_stream *stream)
{
	parley_table_remove(log->streams, stream->name);
	free(stream->docs);
	free(stream);
}

struct sq_fresh *
sq_stream_find(const struct sq_log *log, const char *name, int64_t seq)
{
	const struct sq_stream *stream = parley_table_get(log->streams, name);
	unsigned low = 0, high = stream != NULL ? stream->count : 0;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (stream->docs[middle]->r.seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	if (stream == NULL || low == stream->count || stream->docs[low]->r.seq != seq)
		return NULL;
	return stream->docs[low];
}

struct sq_fresh *
sq_tail_find(const struct sq_log *log, const char *stream, int64_t seq)
{
	for (unsigned i = 0; log->now != NULL && i < log->now->count; i++) {
		struct sq_fresh *doc = &log->now->docs[i];

		if (doc->r.seq == seq && strcmp(doc->r.stream, stream) == 0)
			return doc;
	}
	return sq_stream_find(log, stream, seq);
}

int64_t
sq_tail_top(const struct sq_log *log, const char *name)
{
	const struct sq_stream *stream;

	for (unsigned i = log->now != NULL ? log->now->count : 0; i > 0; i--)
		if (strcmp(log->now->docs[i - 1].r.stream, name) == 0)
			return log->now->docs[i - 1].r.seq;
	stream = parley_table_get(log->streams, name);
	return stream != NULL ? stream->docs[stream->count - 1]->r.seq : 0;
}

/* ---- adding -----------------------------------------------------------------------------------
 */

static void
add_names(struct sq_log *log, struct sq_fresh *doc, const struct parley_value *values)
{
	for (unsigned i = 0; i < log->name_count; i++) {
		const struct parley_value *v = &values[log->names[i]];

		if (!v->present)
			continue;
		doc->names[i] = doc->block->texts;
		memcpy(doc->block->texts, v->text, v->len);
		doc->block->texts[v->len] = '\0';
		doc->block->texts += v->len + 1;
	}
}

struct sq_fresh *
sq_tail_add(struct sq_log *log, const struct sq_record *r, const struct parley_value *values)
{
	struct sq_block *block = log->now;
	struct sq_fresh *doc;

	parley_assert(block->count < block->room);
	doc = &block->docs[block->count++];
	doc->block = block;
	block->end = sq_record_put(block->end, r, &doc->r);
	add_names(log, doc, values);
	return doc;
}

void
sq_touch(struct sq_log *log, struct sq_fresh *doc)
{
	if (log->touched_count == log->touched_room) {
		log->touched_room = log->touched_room == 0 ? 256 : 2 * log->touched_room;
		log->touched = realloc(log->touched, log->touched_room * sizeof *log->touched);
		parley_assert(log->touched != NULL);
	}
	log->touched[log->touched_count++] = doc;
}

/* ---- after the commit ---------------------------------------------------------------------------
 */

static void
drop_from_streams(struct sq_log *log, int64_t last)
{
	struct sq_stream *stream;
	uint32_t at = 0;

	while ((stream = parley_table_each(log->streams, &at)) != NULL) {
		unsigned n = 0;

		while (n < stream->count && stream->docs[n]->block->id <= last)
			n++;
		stream->count -= n;
		memmove(stream->docs, stream->docs + n, stream->count * sizeof *stream->docs);
		if (stream->count == 0)
			stream_free(log, stream);
	}
}

/* Heads keep their number, so that the next origin need not be looked up; but not all of them. */
static void
drop_from_heads(struct sq_log *log, int64_t last)
{
	bool forget = parley_table_count(log->heads) > HEADS_MAX;
	struct sq_head *head;
	uint32_t at = 0;

	while ((head = parley_table_each(log->heads, &at)) != NULL) {
		struct sq_fresh **doc = &head->newest;

		while (*doc != NULL && (*doc)->block->id > last)
			doc = &(*doc)->older;
		*doc = NULL;
		if (forget && head->newest == NULL) {
			parley_table_remove(log->heads, head->text);
			free(head);
		}
	}
}

static void
settling_fini(struct sq_settling *settling)
{
	free(settling->runs);
	free(settling->origins);
	free(settling->names);
	*settling = (struct sq_settling){ 0 };
}

/* The blocks up to the row last of the journal, out of the list. */
static struct sq_block *
take_blocks(struct sq_log *log, int64_t last)
{
	struct sq_block *taken = log->first, **end = &log->first;

	while (*end != NULL && (*end)->id <= last)
		end = &(*end)->next;
	if (end == &log->first)
		return NULL;
	log->first = *end;
	*end = NULL;
	if (log->first == NULL)
		log->end = &log->first;
	return taken;
}

static struct sq_block *
drop_settled(struct sq_log *log)
{
	int64_t last = log->settling.last;

	drop_from_streams(log, last);
	drop_from_heads(log, last);
	settling_fini(&log->settling);
	return take_blocks(log, last);
}

static void
unref_all(struct sq_block *block)
{
	struct sq_block *next;

	for (; block != NULL; block = next) {
		next = block->next;
		sq_block_unref(block);
	}
}

/* Puts the batch's documents where readers find them. Locked. */
static void
show_block(struct sq_log *log)
{
	struct sq_block *block = log->now;

	for (unsigned i = 0; i < block->count; i++)
		stream_add(log, &block->docs[i]);
	*log->end = block;
	log->end = &block->next;
	log->docs += block->count;
	log->bytes += (size_t)(block->end - block->bytes);
	log->now = NULL;
}

void
sq_tail_show(struct sq_log *log)
{
	struct sq_block *gone = NULL;

	if (log->now == NULL && log->touched_count == 0 && !log->settling.now.ended)
		return;
	pthread_mutex_lock(&log->lock);
	for (unsigned i = 0; i < log->touched_count; i++) {
		atomic_store(&log->touched[i]->in_run, log->touched[i]->run != 0);
		atomic_store(&log->touched[i]->in_maps, log->touched[i]->noted);
	}
	log->touched_count = 0;
	if (log->now != NULL)
		show_block(log);
	if (log->settling.now.ended)
		gone = drop_settled(log);
	pthread_mutex_unlock(&log->lock);
	log->settling.before = log->settling.now;
	unref_all(gone);
}

void
sq_tail_undo(struct sq_log *log)
{
	struct sq_head *head;
	uint32_t at = 0;

	while (log->now != NULL && (head = parley_table_each(log->heads, &at)) != NULL)
		while (head->newest != NULL && head->newest->block == log->now)
			head->newest = head->newest->older;
	for (unsigned i = 0; i < log->touched_count; i++) {
		struct sq_fresh *doc = log->touched[i];

		if (!atomic_load(&doc->in_run))
			doc->run = 0;
		doc->noted = atomic_load(&doc->in_maps);
	}
	log->touched_count = 0;
	log->settling.now = log->settling.before;
	sq_block_unref(log->now);
	log->now = NULL;
}

/* ---- the whole ----------------------------------------------------------------------------------
 */

void
sq_tail_clear(struct sq_log *log)
{
	struct sq_stream *stream;
	struct sq_head *head;
	uint32_t at = 0;

	while ((stream = parley_table_each(log->streams, &at)) != NULL)
		stream_free(log, stream);
	at = 0;
	while ((head = parley_table_each(log->heads, &at)) != NULL) {
		parley_table_remove(log->heads, head->text);
		free(head);
	}
	settling_fini(&log->settling);
	unref_all(log->first);
	log->first = NULL;
	log->end = &log->first;
	sq_block_unref(log->now);
	log->now = NULL;
	log->docs = 0;
	log->bytes = 0;
	log->touched_count = 0;
}
