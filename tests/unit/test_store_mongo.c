/* SPDX-License-Identifier: MIT */
/* test_store_mongo.c - the MongoDB back end does what every back end does, on the deployment that
 * PARLEY_TEST_MONGODB names. */
#include "base/log.h"
#include "modules/store_mongo/mongo.h"
#include "store/store.h"
#include "unit/store_conformance.h"

#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SKIPPED 77 /* for automake */

const struct parley_module *parley_module(void);

static const char *deployment;
static unsigned databases;

static void
name_database(char *out, size_t size, unsigned n)
{
	snprintf(out, size, "parley_test_%d_%u", (int)getpid(), n);
}

/* The URI with a data base in it: what was behind the host stays behind that. */
static void
put_location(char *out, size_t size, unsigned n)
{
	const char *host = strstr(deployment, "://");
	size_t hosts = strcspn(host + 3, "/?");
	const char *rest = strchr(host + 3 + hosts, '?');
	char name[64];

	name_database(name, sizeof name, n);
	snprintf(out, size, "%.*s/%s%s", (int)(host + 3 + hosts - deployment), deployment, name,
	    rest != NULL ? rest : "");
}

static void
drop_database(unsigned n)
{
	mongoc_client_t *client = mongoc_client_new(deployment);
	mongoc_database_t *database;
	char name[64];

	name_database(name, sizeof name, n);
	database = mongoc_client_get_database(client, name);
	mongoc_database_drop(database, NULL);
	mongoc_database_destroy(database);
	mongoc_client_destroy(client);
}

static const char *
fresh(void)
{
	static char location[600];

	if (databases > 1) /* some tests have two */
		drop_database(databases - 2);
	put_location(location, sizeof location, databases++);
	return location;
}

/* ---- restarts and declarations ------------------------------------------------------------ */

static void
documents_survive_a_restart(void **state)
{
	char here[600];

	snprintf(here, sizeof here, "%s", fresh());
	with_store_at(here, body_before);
	with_store_at(here, body_after);
}

static const struct parley_index by_name[] = { { .fields = { "name" } }, { 0 } };
static struct parley_collection changed;

static void
body_newer(void)
{
	struct parley_query q = { .order_by = "name" };
	struct parley_error err = { 0 };

	assert_int_equal(store_declare(&changed, &err), 0);
	expect_found(&changed, &q, "a");
}

static void
body_older(void)
{
	struct parley_error err = { 0 };

	assert_int_equal(store_declare(&people, &err), -1);
	assert_non_null(strstr(err.text, "newer"));
}

static void
body_same_version(void)
{
	struct parley_error err = { 0 };

	assert_int_equal(store_declare(&changed, &err), -1);
	assert_non_null(strstr(err.text, "raise its version"));
}

static void
a_newer_declaration_migrates_and_an_older_one_is_refused(void **state)
{
	char here[600];

	changed = people;
	changed.indexes = by_name;
	snprintf(here, sizeof here, "%s", fresh());
	with_store_at(here, body_before);
	with_store_at(here, body_same_version);
	changed.version = 2;
	with_store_at(here, body_newer);
	with_store_at(here, body_newer);
	with_store_at(here, body_older);
}

/* ---- the group ---------------------------------------------------------------------------- */

int
main(void)
{
	static const struct CMUnitTest own_tests[] = {
		cmocka_unit_test(documents_survive_a_restart),
		cmocka_unit_test(a_newer_declaration_migrates_and_an_older_one_is_refused),
		{ 0 },
	};
	const struct CMUnitTest *const more[] = { own_tests, copy_tests, NULL };
	struct conformance c = { "store_mongo", parley_module()->backend, fresh };
	int failed;

	deployment = getenv("PARLEY_TEST_MONGODB");
	if (deployment == NULL || strstr(deployment, "://") == NULL) {
		fprintf(stderr, "SKIPPED: PARLEY_TEST_MONGODB names no MongoDB deployment\n");
		return getenv("CI") != NULL ? 1 : SKIPPED;
	}
	log_set_level(getenv("PARLEY_TEST_LOG") != NULL ? PARLEY_LOG_INFO : PARLEY_LOG_ERROR);
	failed = conformance_run(&c, more);
	for (unsigned n = databases > 2 ? databases - 2 : 0; n < databases; n++)
		drop_database(n);
	return failed;
}
