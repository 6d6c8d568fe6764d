/* SPDX-License-Identifier: MIT */
/* mongo_open.c - the deployment that a URI names, and the clients that speak to it. */
#include "mongo.h"

#include <parley/log.h>
#include <parley/memory.h>
#include <stdlib.h>
#include <string.h>

/* Together the time that a question takes at most: 5 s. */
#define SELECT_MS 2000 /* until a server is found that can answer */
#define SOCKET_MS 3000 /* until it does */
#define COMMIT_MS 2500 /* until most of them have a write */

/* ---- the driver --------------------------------------------------------------------------- */

static void
on_driver_log(mongoc_log_level_t level, const char *area, const char *message, void *arg)
{
	parley_log(level <= MONGOC_LOG_LEVEL_WARNING ? PARLEY_LOG_WARN : PARLEY_LOG_DEBUG, "store",
	    "mongodb driver, %s: %s", area, message);
}

static void
limit_ms(mongoc_uri_t *uri, const char *option, int32_t max)
{
	int32_t given = mongoc_uri_get_option_as_int32(uri, option, 0);

	if (given <= 0 || given > max)
		mongoc_uri_set_option_as_int32(uri, option, max);
}

/* What is promised to clients does not depend on what the URI says. */
static void
set_promises(mongoc_uri_t *uri)
{
	mongoc_write_concern_t *write = mongoc_write_concern_new();
	mongoc_read_concern_t *read = mongoc_read_concern_new();
	mongoc_read_prefs_t *primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);

	mongoc_write_concern_set_wmajority(write, COMMIT_MS);
	mongoc_write_concern_set_journal(write, true);
	mongoc_uri_set_write_concern(uri, write);
	mongoc_read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
	mongoc_uri_set_read_concern(uri, read);
	mongoc_uri_set_read_prefs_t(uri, primary);
	mongoc_write_concern_destroy(write);
	mongoc_read_concern_destroy(read);
	mongoc_read_prefs_destroy(primary);
	limit_ms(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, SELECT_MS);
	limit_ms(uri, MONGOC_URI_CONNECTTIMEOUTMS, SELECT_MS);
	limit_ms(uri, MONGOC_URI_SOCKETTIMEOUTMS, SOCKET_MS);
	/* the driver's second try would take as long again */
	mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
	mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false);
	if (mongoc_uri_get_appname(uri) == NULL)
		mongoc_uri_set_appname(uri, "parley");
}

static int
make_pool(struct mg_store *s, const char *location, struct parley_error *err)
{
	bson_error_t error;
	const char *database;

	s->uri = mongoc_uri_new_with_error(location, &error);
	if (s->uri == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the location is no URI of a MongoDB deployment: %.120s", error.message);
	database = mongoc_uri_get_database(s->uri);
	s->database = parley_strdup(database != NULL ? database : "parley");
	set_promises(s->uri);
	s->pool = mongoc_client_pool_new_with_error(s->uri, &error);
	if (s->pool == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the URI of the MongoDB deployment cannot be used: %.150s", error.message);
	mongoc_client_pool_set_error_api(s->pool, MONGOC_ERROR_API_VERSION_2);
	return 0;
}

int
mg_open(const char *location, void **state_r, struct parley_error *err)
{
	struct mg_store *s = parley_alloc(sizeof *s);

	mg_breaker_init(&s->breaker);
	mongoc_init(); /* once, whoever calls it again; its end would be for good */
	mongoc_log_set_handler(on_driver_log, NULL);
	if (make_pool(s, location, err) != 0) {
		mg_close(s);
		return -1;
	}
	s->client = mongoc_client_pool_pop(s->pool);
	s->floors = mongoc_client_get_collection(s->client, s->database, "parley.floors");
	s->versions = mongoc_client_get_collection(s->client, s->database, "parley.collections");
	if (mg_probe(s, err) != 0 || mg_lease_take(s, err) != 0) {
		mg_close(s);
		return -1;
	}
	*state_r = s;
	return 0;
}

void
mg_close(void *state)
{
	struct mg_store *s = state;

	mg_lease_end(s);
	while (s->doubts.count > 0)
		mg_doubt_forget(s);
	mg_collections_free(s);
	mongoc_collection_destroy(s->floors);
	mongoc_collection_destroy(s->versions);
	if (s->client != NULL)
		mongoc_client_pool_push(s->pool, s->client);
	if (s->pool != NULL)
		mongoc_client_pool_destroy(s->pool);
	mongoc_uri_destroy(s->uri);
	mg_breaker_fini(&s->breaker);
	parley_text_fini(&s->command);
	free(s->database);
	free(s);
}

int
mg_is_well(void *state, struct parley_error *err)
{
	struct mg_store *s = state;

	return mg_health(&s->breaker, err);
}

void
mg_stop_waiting(void *state)
{
	struct mg_store *s = state;

	mg_hurry(&s->breaker);
}

int
mg_reader_open(void *state, void **reader_r, struct parley_error *err)
{
	struct mg_reader *r = parley_alloc(sizeof *r);

	r->s = state;
	r->client = mongoc_client_pool_try_pop(r->s->pool);
	if (r->client == NULL) {
		free(r);
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "maxPoolSize in store.location is less than the readers of the store");
	}
	*reader_r = r;
	return 0;
}

void
mg_reader_close(void *reader)
{
	struct mg_reader *r = reader;

	mongoc_client_pool_push(r->s->pool, r->client);
	free(r);
}
