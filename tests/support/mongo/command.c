/* SPDX-License-Identifier: MIT */
/* Sends one command to a MongoDB and prints its reply: for tests that start, stop and hinder one. */

#include <mongoc/mongoc.h>
#include <stdio.h>
#include <stdlib.h>

enum { PATIENCE_MS = 2000 };

static int
fail(const char *what, const bson_error_t *error)
{
	fprintf(stderr, "mongo command: %s: %s\n", what, error->message);
	return EXIT_FAILURE;
}

static int
send_command(mongoc_client_t *client, const char *database, const bson_t *command)
{
	bson_error_t error;
	bson_t reply;
	bool done = mongoc_client_command_simple(client, database, command, NULL, &reply, &error);
	char *text = bson_as_relaxed_extended_json(&reply, NULL);

	puts(text);
	bson_free(text);
	bson_destroy(&reply);
	return done ? EXIT_SUCCESS : fail("refused", &error);
}

static int
run(mongoc_uri_t *uri, const char *database, const bson_t *command)
{
	mongoc_client_t *client;
	bson_error_t error;
	int status;

	mongoc_uri_set_option_as_int32(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, PATIENCE_MS);
	mongoc_uri_set_option_as_int32(uri, MONGOC_URI_CONNECTTIMEOUTMS, PATIENCE_MS);
	client = mongoc_client_new_from_uri_with_error(uri, &error);
	if (!client)
		return fail("address", &error);
	status = send_command(client, database, command);
	mongoc_client_destroy(client);
	return status;
}

int
main(int argc, char **argv)
{
	bson_error_t error;
	mongoc_uri_t *uri;
	bson_t *command;
	int status;

	if (argc != 4) {
		fputs("usage: command URI DATABASE COMMAND-AS-JSON\n", stderr);
		return 64;
	}
	mongoc_init();
	uri = mongoc_uri_new_with_error(argv[1], &error);
	if (!uri)
		return fail("address", &error);
	command = bson_new_from_json((const uint8_t *)argv[3], -1, &error);
	if (!command)
		return fail("command", &error);
	status = run(uri, argv[2], command);
	bson_destroy(command);
	mongoc_uri_destroy(uri);
	mongoc_cleanup();
	return status;
}
