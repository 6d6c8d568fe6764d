/* SPDX-License-Identifier: MIT */
/* tls.c - how the node speaks TLS: 1.2 with forward secrecy or 1.3, and nothing that is optional.
 */
#include "net/tls.h"

#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ephemeral keys and authenticated encryption only. TLS 1.3 has nothing else. */
#define TLS12_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

#define TLS_WARN_DAYS 14

struct tls {
	SSL_CTX *ctx;
};

/* Length-prefixed, as on the wire. */
static const unsigned char alpn_client[] = "\x0fparley-client/1";
static const unsigned char alpn_http[] = "\x08http/1.1";

/* The reason of OpenSSL's oldest queued error; empties the queue. */
static const char *
tls_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	ERR_clear_error();
	return reason != NULL ? reason : "no reason given";
}

/* A client that offers protocols and not ours is in the wrong place, or was led there (the ALPACA
 * attacks): it gets a fatal alert. One that offers none is taken for a simple client. */
static int
tls_choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned in_len, void *arg)
{
	const unsigned char *ours = SSL_get_app_data(ssl);
	unsigned char *chosen;

	if (SSL_select_next_proto(&chosen, out_len, ours, ours[0] + 1u, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* Without this OpenSSL would ask at the terminal. */
static int
tls_no_password(char *buf, int size, int writing, void *arg)
{
	return -1;
}

/* Opens the key for reading; -1 with err when it cannot be, or should not be readable so widely. */
static FILE *
tls_open_key(const char *path, struct parley_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	FILE *file;

	if (fd < 0 || fstat(fd, &st) != 0) {
		parley_fail(err, PARLEY_INTERNAL, NULL, "%s: %s", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		parley_fail(err, PARLEY_INTERNAL, NULL, "%s: not a file", path);
	} else if ((st.st_mode & S_IRWXO) != 0) {
		parley_fail(err, PARLEY_INTERNAL, NULL,
		    "%s: everybody may read or change this key; run chmod o= on it", path);
	} else if ((file = fdopen(fd, "r")) != NULL) {
		return file;
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

static int
tls_load_key(SSL_CTX *ctx, const char *path, struct parley_error *err)
{
	FILE *file = tls_open_key(path, err);
	EVP_PKEY *key;
	int rc = 0;

	if (file == NULL)
		return -1;
	key = PEM_read_PrivateKey(file, NULL, tls_no_password, NULL);
	fclose(file);
	if (key == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "%s: no private key that can be read (%s); it must be PEM without password",
		    path, tls_reason());
	if (SSL_CTX_use_PrivateKey(ctx, key) != 1 || SSL_CTX_check_private_key(ctx) != 1)
		rc = parley_fail(err, PARLEY_INTERNAL, NULL,
		    "%s: does not fit the certificate (%s)", path, tls_reason());
	EVP_PKEY_free(key);
	return rc;
}

static int
tls_load_certificate(SSL_CTX *ctx, const char *path, struct parley_error *err)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, path) == 1)
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "%s: no certificate that can be used (%s)",
	    path, tls_reason());
}

/* Clients will refuse such a certificate: better that the log says it first. */
static void
tls_warn(SSL_CTX *ctx, const char *path, const char *domain)
{
	X509 *cert = SSL_CTX_get0_certificate(ctx);
	int days = 0, seconds = 0;

	if (domain != NULL && X509_check_host(cert, domain, 0, 0, NULL) != 1)
		parley_log_warn("tls", "%s is not for the domain \"%s\"", path, domain);
	if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) != 1)
		parley_log_warn("tls", "%s: cannot read when it ends", path);
	else if (days < 0 || seconds < 0)
		parley_log_warn("tls", "%s has expired", path);
	else if (days < TLS_WARN_DAYS)
		parley_log_warn("tls", "%s expires in %d days", path, days);
	ERR_clear_error();
}

/* A ticket lets a client come back without a signature of the node. To make, seal and send one
 * costs more than the signature of an elliptic curve, though, and a fourteenth of one with RSA.
 * TLS 1.2, where it also saves a round trip, has it always. */
static int
tls_set_tickets(SSL_CTX *ctx)
{
	bool costly = EVP_PKEY_is_a(SSL_CTX_get0_privatekey(ctx), "RSA");

	return SSL_CTX_set_num_tickets(ctx, costly ? 1 : 0) == 1 ? 0 : -1;
}

/* Read-ahead saves a system call per record; released buffers save 33 KB per idle connection. */
static int
tls_set_rules(SSL_CTX *ctx)
{
	static char groups[] = "X25519:P-256:P-384";

	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
				     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
				     SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_early_data(ctx, 0);
	SSL_CTX_set_alpn_select_cb(ctx, tls_choose_protocol, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
		       SSL_CTX_set_cipher_list(ctx, TLS12_CIPHERS) == 1 &&
		       SSL_CTX_set1_groups_list(ctx, groups) == 1
		   ? 0
		   : -1;
}

struct tls *
tls_new(const char *certificate, const char *key, const char *domain, struct parley_error *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	struct tls *t;

	if (ctx == NULL || tls_set_rules(ctx) != 0) {
		parley_fail(err, PARLEY_INTERNAL, NULL, "TLS cannot be set up: %s", tls_reason());
	} else if (tls_load_certificate(ctx, certificate, err) == 0 &&
		   tls_load_key(ctx, key, err) == 0 && tls_set_tickets(ctx) == 0) {
		tls_warn(ctx, certificate, domain);
		t = xcalloc(1, sizeof *t);
		t->ctx = ctx;
		return t;
	}
	SSL_CTX_free(ctx);
	return NULL;
}

void
tls_free(struct tls **t)
{
	if (*t != NULL)
		SSL_CTX_free((*t)->ctx);
	free(*t);
	*t = NULL;
}

SSL *
tls_accept(const struct tls *t, int fd, enum tls_protocol protocol)
{
	SSL *ssl = SSL_new(t->ctx);

	if (ssl == NULL || SSL_set_fd(ssl, fd) != 1) {
		SSL_free(ssl);
		ERR_clear_error();
		return NULL;
	}
	SSL_set_app_data(ssl,
	    protocol == TLS_HTTP ? (void *)(uintptr_t)alpn_http : (void *)(uintptr_t)alpn_client);
	SSL_set_options(ssl, SSL_OP_CLEANSE_PLAINTEXT); /* until transport_no_secrets */
	SSL_set_accept_state(ssl);
	return ssl;
}

static bool
tls_has_exporter(SSL *ssl)
{
	return SSL_version(ssl) >= TLS1_3_VERSION || SSL_get_extms_support(ssl) == 1;
}

bool
tls_is_bindable(SSL *ssl)
{
	uint8_t unused[64];

	return tls_has_exporter(ssl) || tls_endpoint(ssl, unused) > 0;
}

size_t
tls_exporter(SSL *ssl, uint8_t out[32])
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (!tls_has_exporter(ssl))
		return 0;
	if (SSL_export_keying_material(
		ssl, out, 32, label, sizeof label - 1, (const unsigned char *)"", 0, 1) == 1)
		return 32;
	ERR_clear_error();
	return 0;
}

size_t
tls_endpoint(SSL *ssl, uint8_t out[64])
{
	X509 *cert = SSL_get_certificate(ssl);
	const EVP_MD *md;
	unsigned len = 0;
	int hash = NID_undef;

	if (cert == NULL || X509_get_signature_info(cert, &hash, NULL, NULL, NULL) != 1 ||
	    hash == NID_undef) {
		ERR_clear_error();
		return 0;
	}
	if (hash == NID_md5 || hash == NID_sha1)
		hash = NID_sha256;
	md = EVP_get_digestbynid(hash);
	if (md == NULL || EVP_MD_get_size(md) > 64 || X509_digest(cert, md, out, &len) != 1) {
		ERR_clear_error();
		return 0;
	}
	return len;
}
