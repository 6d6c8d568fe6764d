/* SPDX-License-Identifier: MIT */
/* mongo_probe.c - what the deployment is and can do, found out by trying. */
#include "mongo.h"

#include <parley/log.h>
#include <parley/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is alone may be a proxy in front of another data base, that takes a connection for each
 * change in a command and has few of them. */
#define CHANGES     1000
#define FEW_CHANGES 8

#define LONG_KEY 65536 /* bytes, more than some data bases behind a proxy take in an index */

#define UNAUTHORIZED 13

/* The hosts that the URI names, as many as fit, and nothing else of it. */
static void
print_hosts(const struct mg_store *s, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (const mongoc_host_list_t *h = mongoc_uri_get_hosts(s->uri); h != NULL && at < size;
	     h = h->next)
		at += (size_t)snprintf(
		    out + at, size - at, "%s%s", at > 0 ? ", " : "", h->host_and_port);
}

static int
cannot_reach(const struct mg_store *s, const bson_error_t *error, struct parley_error *err)
{
	char hosts[100];

	print_hosts(s, hosts, sizeof hosts);
	if (error->domain == MONGOC_ERROR_CLIENT && error->code == MONGOC_ERROR_CLIENT_AUTHENTICATE)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the data base at %s does not accept the user and the password: %.90s", hosts,
		    error->message);
	return parley_fail(err, PARLEY_INTERNAL, NULL,
	    "the data base at %s cannot be reached: %.110s", hosts, error->message);
}

/* Says what it is, and what that means. */
static int
greet(struct mg_store *s, struct parley_error *err)
{
	bson_t *command = BCON_NEW("hello", BCON_INT32(1)), reply;
	bson_error_t error;
	bson_iter_t at;
	const char *set = NULL;
	int rc = 0;

	if (!mongoc_client_command_simple(s->client, "admin", command, NULL, &reply, &error)) {
		rc = cannot_reach(s, &error, err);
	} else if (bson_iter_init_find(&at, &reply, "msg")) {
		parley_log_info("store", "the data base is a sharded cluster");
		s->changes_max = CHANGES;
	} else {
		if (bson_iter_init_find(&at, &reply, "setName"))
			set = bson_iter_utf8(&at, NULL);
		s->changes_max = set != NULL ? CHANGES : FEW_CHANGES;
		if (set != NULL)
			parley_log_info("store", "the data base is the replica set %s", set);
		else
			parley_log_warn("store", "the data base is no replica set: what is stored "
						 "is on one machine, and "
						 "nobody takes over");
	}
	bson_destroy(&reply);
	bson_destroy(command);
	return rc;
}

/* Makes an index of the probe's collection. */
static bool
try_index(struct mg_store *s, const char *member, bool partial, bson_error_t *error)
{
	bson_t command = BSON_INITIALIZER, list, spec, key, filter, has;
	bool ok;

	BSON_APPEND_UTF8(&command, "createIndexes", "parley.probe");
	BSON_APPEND_ARRAY_BEGIN(&command, "indexes", &list);
	BSON_APPEND_DOCUMENT_BEGIN(&list, "0", &spec);
	BSON_APPEND_DOCUMENT_BEGIN(&spec, "key", &key);
	BSON_APPEND_INT32(&key, member, 1);
	bson_append_document_end(&spec, &key);
	BSON_APPEND_UTF8(&spec, "name", member);
	if (partial) {
		BSON_APPEND_DOCUMENT_BEGIN(&spec, "partialFilterExpression", &filter);
		bson_append_document_begin(&filter, member, -1, &has);
		BSON_APPEND_BOOL(&has, "$exists", true);
		bson_append_document_end(&filter, &has);
		bson_append_document_end(&spec, &filter);
	}
	bson_append_document_end(&list, &spec);
	bson_append_array_end(&command, &list);
	ok = mongoc_client_write_command_with_opts(
	    s->client, s->database, &command, NULL, NULL, error);
	bson_destroy(&command);
	return ok;
}

/* Stores a document with a long text in an index; a text that cannot be packed. */
static bool
try_long_key(struct mg_store *s, bson_error_t *error)
{
	mongoc_collection_t *probe =
	    mongoc_client_get_collection(s->client, s->database, "parley.probe");
	bson_t *filter = BCON_NEW("_id", BCON_UTF8("long")),
	       *opts = BCON_NEW("upsert", BCON_BOOL(true)), doc = BSON_INITIALIZER;
	char *text = parley_alloc(LONG_KEY + 1);
	uint32_t x = 1;
	bool ok;

	for (unsigned i = 0; i < LONG_KEY; i++) {
		x = x * 1664525U + 1013904223U;
		text[i] = (char)('0' + (x >> 25) % 64);
	}
	BSON_APPEND_UTF8(&doc, "_id", "long");
	BSON_APPEND_UTF8(&doc, "long", text);
	ok = try_index(s, "long", false, error) &&
	     mongoc_collection_replace_one(probe, filter, &doc, opts, NULL, error);
	mongoc_collection_destroy(probe);
	bson_destroy(filter);
	bson_destroy(opts);
	bson_destroy(&doc);
	free(text);
	return ok;
}

/* 0 when that only says that it cannot do what was tried; or -1 when nobody knows whether it can.
 */
static int
is_an_answer(struct mg_store *s, const bson_error_t *error, struct parley_error *err)
{
	if (error->domain == MONGOC_ERROR_SERVER && error->code == UNAUTHORIZED)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the user has no right to write to the data base %.60s, readWrite is needed: "
		    "%.110s",
		    s->database, error->message);
	if (mg_is_passing(error) && !mg_is_vague(error))
		return mg_fail(&s->breaker, error, "try what it can do", err);
	return 0;
}

int
mg_probe(struct mg_store *s, struct parley_error *err)
{
	bson_error_t error;

	if (greet(s, err) != 0)
		return -1;
	s->no_partial = !try_index(s, "some", true, &error);
	if (s->no_partial && is_an_answer(s, &error, err) != 0)
		return -1;
	if (s->no_partial)
		parley_log_warn("store",
		    "the data base has no partial indexes (%s): sparse ones hold every document",
		    error.message);
	s->no_long = !try_long_key(s, &error);
	if (s->no_long && is_an_answer(s, &error, err) != 0)
		return -1;
	if (s->no_long)
		parley_log_warn("store",
		    "the data base takes no long texts in indexes (%.120s): there are none of "
		    "texts, and it searches whole collections",
		    error.message);
	return 0;
}
