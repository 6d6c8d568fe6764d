/* SPDX-License-Identifier: MIT */
/* mongo_doubt.c - documents whose insert may come once more: from a connection that was given up,
 * out of the buffers of a server or a network that stood still.
 *
 * While the document is there a late insert is refused, its key being taken; and a late change or
 * removal finds a later number in v. So for as long as an insert may be late, its document is not
 * removed: it would rise from the dead. And of what was given up in favour of something else, what
 * has come all the same is removed afterwards. */
#include "mongo.h"

#include <parley/await.h>
#include <parley/log.h>
#include <parley/memory.h>
#include <stdlib.h>
#include <string.h>

/* A kernel sends what is left of a closed connection for 100 s. */
#define LATE_MS   120000
#define COUNT_MAX 65536

struct mg_doubt {
	struct mg_doubt *next; /* older ones first */
	char *collection, *key;
	int64_t v;     /* of the flush */
	int64_t until; /* parley_monotonic() */
	bool unwanted; /* it is not to be there */
};

void
mg_doubt(struct mg_store *s, const char *collection, const char *key, int64_t v, bool unwanted)
{
	struct mg_doubts *d = &s->doubts;
	struct mg_doubt *one;

	if (d->count == COUNT_MAX)
		mg_doubt_forget(s);
	one = parley_alloc(sizeof *one);
	one->collection = parley_strdup(collection);
	one->key = parley_strdup(key);
	one->v = v;
	one->until = parley_monotonic() + LATE_MS;
	one->unwanted = unwanted;
	*(d->first != NULL ? &d->last->next : &d->first) = one;
	d->last = one;
	d->count++;
}

void
mg_doubt_forget(struct mg_store *s)
{
	struct mg_doubt *gone = s->doubts.first;

	if (gone == NULL)
		return;
	s->doubts.first = gone->next;
	s->doubts.count--;
	free(gone->collection);
	free(gone->key);
	free(gone);
}

bool
mg_is_doubtful(const struct mg_store *s, const char *collection, const char *key)
{
	int64_t now;

	if (s->doubts.first == NULL)
		return false;
	now = parley_monotonic();
	for (const struct mg_doubt *d = s->doubts.first; d != NULL; d = d->next)
		if (!d->unwanted && d->until > now && strcmp(d->key, key) == 0 &&
		    strcmp(d->collection, collection) == 0)
			return true;
	return false;
}

/* Removes what has come although it was given up. 0 or -1. */
static int
clear_away(struct mg_store *s, const struct mg_doubt *d)
{
	mongoc_collection_t *docs =
	    mongoc_client_get_collection(s->client, s->database, d->collection);
	bson_t *filter = BCON_NEW("_id", BCON_UTF8(d->key), "v", BCON_INT64(d->v));
	bson_error_t error;
	int rc = 0;

	if (!mongoc_collection_delete_many(docs, filter, NULL, NULL, &error))
		rc = mg_fail(&s->breaker, &error, "remove what came late", NULL);
	mongoc_collection_destroy(docs);
	bson_destroy(filter);
	return rc;
}

void
mg_doubts_look(struct mg_store *s)
{
	int64_t now;

	if (s->doubts.first == NULL)
		return;
	now = parley_monotonic();
	while (s->doubts.first != NULL && s->doubts.first->until <= now) {
		if (s->doubts.first->unwanted && clear_away(s, s->doubts.first) != 0)
			return;
		mg_doubt_forget(s);
	}
}
