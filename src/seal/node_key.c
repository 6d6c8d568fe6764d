/* SPDX-License-Identifier: MIT */
/* node_key.c - finds the node key: environment, systemd credential or file. */
#include "seal/node_key.h"

#include "base/base64.h"
#include "seal/keyfile.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLE   "PARLEY_NODE_KEY"
#define CREDENTIAL "parley.key"

static void
name(struct node_key *k, const char *from)
{
	snprintf(k->from, sizeof k->from, "%s", from);
	ring_print(k->key, k->print);
}

/* ---- environment -------------------------------------------------------------------------- */

static int
parse(const char *text, uint8_t key[32])
{
	struct parley_text bytes = { 0 };
	size_t len = strlen(text);
	int rc = -1;

	if (len > 100 || keyfile_parse(text, len, key) == 0)
		return len > 100 ? -1 : 0;
	parley_text_reserve(&bytes, 100); /* it must not move and leave a copy */
	if ((base64_decode(&bytes, text, len, false) == 0 ||
		base64_decode(&bytes, text, len, true) == 0) &&
	    bytes.len == 32) {
		memcpy(key, bytes.s, 32);
		rc = 0;
	}
	OPENSSL_cleanse(bytes.s, bytes.cap);
	parley_text_fini(&bytes);
	return rc;
}

/* What a process was started with can be read in /proc: wiped there, it is gone from it. */
static int
take_variable(struct node_key *out, struct parley_error *err)
{
	char *text = getenv(VARIABLE);
	int rc = parse(text, out->key);

	OPENSSL_cleanse(text, strlen(text));
	unsetenv(VARIABLE);
	if (rc != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "%s in the environment is neither 32 bytes in base64 nor 64 hex digits",
		    VARIABLE);
	name(out, VARIABLE " in the environment");
	return 0;
}

/* ---- files -------------------------------------------------------------------------------- */

/* The path of the credential, or "" when there is none. */
static void
find_credential(char *path, size_t size)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	path[0] = '\0';
	if (directory != NULL && (size_t)snprintf(path, size, "%s/" CREDENTIAL, directory) < size &&
	    access(path, F_OK) == 0)
		return;
	path[0] = '\0';
}

int
node_key_read_file(const char *file, struct node_key *out, struct parley_error *err)
{
	memset(out, 0, sizeof *out);
	if (keyfile_read(file, false, out->key, err) < 0)
		return -1;
	name(out, file);
	return 0;
}

static int
read_or_make(const char *file, struct node_key *out, struct parley_error *err)
{
	struct parley_error why = { 0 };
	int rc = keyfile_read(file, false, out->key, &why);

	if (rc < 0 && why.code == PARLEY_NOT_FOUND) {
		rc = keyfile_make(file, out->key, &why);
		out->made = rc == 0;
	}
	if (rc < 0) {
		*err = why;
		return -1;
	}
	name(out, file);
	return 0;
}

int
node_key_read(const char *file, struct node_key *out, struct parley_error *err)
{
	char credential[4096];

	memset(out, 0, sizeof *out);
	find_credential(credential, sizeof credential);
	if (getenv(VARIABLE) != NULL && credential[0] != '\0')
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "there are two node keys: " VARIABLE
		    " in the environment and the credential " CREDENTIAL);
	if (getenv(VARIABLE) != NULL)
		return take_variable(out, err);
	if (credential[0] == '\0')
		return read_or_make(file, out, err);
	if (keyfile_read(credential, true, out->key, err) < 0)
		return -1;
	name(out, "the credential " CREDENTIAL);
	return 0;
}
