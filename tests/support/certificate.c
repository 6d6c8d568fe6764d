/* SPDX-License-Identifier: MIT */
/* certificate.c - a directory for a test's files, and certificates in it. */
#include "support/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <parley/error.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/parley-test-XXXXXX";
static bool made;

static void
remove_directory(void)
{
	char command[80];

	snprintf(command, sizeof command, "rm -rf '%s'", directory);
	if (system(command) != 0)
		fprintf(stderr, "cannot remove %s\n", directory);
}

const char *
test_directory(void)
{
	if (!made) {
		parley_assert(mkdtemp(directory) != NULL);
		made = true;
		atexit(remove_directory);
	}
	return directory;
}

const char *
test_path(const char *name)
{
	static char paths[8][120];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", test_directory(), name);
	return path;
}

static void
add_names(X509 *cert, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	X509_EXTENSION *ext;
	char alternative[80];

	X509_NAME_add_entry_by_txt(
	    subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, subject);
	snprintf(alternative, sizeof alternative, "DNS:%s", name);
	ext = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, alternative);
	parley_assert(ext != NULL && X509_add_ext(cert, ext, -1) == 1);
	X509_EXTENSION_free(ext);
}

static EVP_PKEY *
make_key(const char *signature)
{
	if (strcmp(signature, "ED25519") == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	return strcmp(signature, "RSA-SHA256") == 0 ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
}

void
certificate_write(const char *certificate, const char *key, const char *name, const char *signature)
{
	bool edwards = strcmp(signature, "ED25519") == 0;
	EVP_PKEY *pkey = make_key(signature);
	X509 *cert = X509_new();
	FILE *file;

	parley_assert(pkey != NULL && cert != NULL);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 30 * 24 * 3600);
	X509_set_pubkey(cert, pkey);
	add_names(cert, name);
	parley_assert(X509_sign(cert, pkey, edwards ? NULL : EVP_get_digestbyname(signature)) > 0);
	file = fopen(certificate, "w");
	parley_assert(file != NULL && PEM_write_X509(file, cert) == 1 && fclose(file) == 0);
	file = fopen(key, "w");
	parley_assert(file != NULL && fchmod(fileno(file), 0600) == 0);
	parley_assert(PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL) == 1);
	parley_assert(fclose(file) == 0);
	X509_free(cert);
	EVP_PKEY_free(pkey);
}
