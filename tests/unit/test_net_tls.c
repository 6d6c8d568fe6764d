/* SPDX-License-Identifier: MIT */
/* test_net_tls.c - what TLS connections are taken, what a login can bind to, and new certificates.
 */
#include "support/test.h"

#include "net/tls.h"
#include "support/certificate.h"
#include "support/client.h"
#include "support/rig.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- ALPN and versions ---- */

static void
a_client_that_offers_our_protocol_gets_it(void **state)
{
	static const struct client_options ours = { .alpn = "parley-client/1" };
	const unsigned char *chosen;
	struct client *c;
	unsigned len;

	rig_up();
	c = rig_guest(&ours);
	SSL_get0_alpn_selected(c->ssl, &chosen, &len);
	assert_int_equal(len, 15);
	assert_memory_equal(chosen, "parley-client/1", 15);
	client_close(&c);
}

static bool
six_were_refused(const struct net_stats *s)
{
	return s->refused[NET_REFUSED_TLS] == 6;
}

static void
t18_a_client_that_offers_only_others_gets_an_alert(void **state)
{
	static const char *const others[] = { "h2", "http/1.1", "xmpp-client", "parley-server/1",
		"parley-client/11", "parley-client/" };

	rig_up();
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		struct client_options options = { .alpn = others[i] };
		const char *why = NULL;

		assert_null(client_try(net_port(0), &options, &why));
		assert_string_equal(why, "tlsv1 alert no application protocol");
	}
	assert_true(rig_until(six_were_refused));
}

static void
t18_a_client_that_offers_none_is_taken(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	client_close(&c);
}

static const char *
try_with(int (*change)(SSL_CTX *ctx))
{
	static const struct client_options plain = { .plain = true };
	struct client *c = client_open(net_port(0), &plain);
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	const char *verdict;

	assert_int_equal(change(ctx), 1);
	SSL_CTX_set_security_level(ctx, 0);
	c->ssl = SSL_new(ctx);
	SSL_set_fd(c->ssl, c->fd);
	verdict = SSL_connect(c->ssl) == 1 ? SSL_get_version(c->ssl) : "refused";
	SSL_CTX_free(ctx);
	client_close(&c);
	return verdict;
}

static int
only_tls11(SSL_CTX *ctx)
{
	return SSL_CTX_set_max_proto_version(ctx, TLS1_1_VERSION);
}

static int
only_static_keys(SSL_CTX *ctx)
{
	return SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) &&
	       SSL_CTX_set_cipher_list(ctx, "kRSA:kPSK:ECDHE+CBC:ECDHE+SHA");
}

static int
good_tls12(SSL_CTX *ctx)
{
	return SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
}

static int
anything(SSL_CTX *ctx)
{
	return 1;
}

static void
t15_only_tls_with_forward_secrecy_is_spoken(void **state)
{
	rig_up();
	assert_string_equal(try_with(only_tls11), "refused");
	assert_string_equal(try_with(only_static_keys), "refused");
	assert_string_equal(try_with(good_tls12), "TLSv1.2");
	assert_string_equal(try_with(anything), "TLSv1.3");
}

static void
t16_renegotiation_is_refused(void **state)
{
	static const struct client_options old = { .tls12 = true };
	struct client *c;

	rig_up();
	c = rig_guest(&old);
	assert_int_equal(SSL_renegotiate(c->ssl), 1);
	assert_int_not_equal(SSL_do_handshake(c->ssl), 1);
	client_abort(&c);
}

/* Whether a client that has been greeted holds a ticket. */
static bool
has_ticket(const struct client_options *options)
{
	struct client *c = rig_guest(options);
	SSL_SESSION *session = SSL_get1_session(c->ssl);
	bool has = SSL_SESSION_has_ticket(session);

	assert_int_equal(SSL_SESSION_get_max_early_data(session), 0);
	SSL_SESSION_free(session);
	client_close(&c);
	return has;
}

static void
tickets_are_given_where_they_save_more_than_they_cost(void **state)
{
	static const struct client_options old = { .tls12 = true };

	rig_up();
	assert_false(has_ticket(NULL));
	assert_true(has_ticket(&old));
}

static void
t17_a_ticket_without_early_data_saves_a_signature_with_rsa(void **state)
{
	certificate_write(test_path("rsa.pem"), test_path("rsa.key"), "localhost", "RSA-SHA256");
	rig_settings.certificate = test_path("rsa.pem");
	rig_settings.key = test_path("rsa.key");
	rig_up();
	assert_true(has_ticket(NULL));
}

static void
t18_something_else_than_tls_is_closed(void **state)
{
	static const struct client_options plain = { .plain = true };
	struct client *c;

	rig_up();
	c = client_open(net_port(0), &plain);
	client_puts(c, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_true(client_ended(c));
	assert_int_equal(rig_stats().refused[NET_REFUSED_TLS], 1);
	client_close(&c);
}

/* ---- channel bindings ---- */

/* Begins to log in, and returns the stanza. */
static struct stanza *
login_of(struct client *c, const char *mechanism)
{
	client_puts(c, "{\"type\":\"auth\",\"data\":\"cCwsbj1hLHI9YWJjZA==\",\"mechanism\":\"");
	client_puts(c, mechanism);
	client_puts(c, "\"}\n");
	return rig_stanza();
}

static void
check_bindings(const struct client_options *options, const EVP_MD *md)
{
	struct client *c = rig_guest(options);
	struct stanza *s = login_of(c, "SCRAM-SCRYPT-SHA-256-PLUS");
	unsigned char exporter[32], endpoint[64];
	unsigned len = 0;
	X509 *cert = SSL_get1_peer_certificate(c->ssl);

	assert_int_equal(SSL_export_keying_material(c->ssl, exporter, 32,
			     "EXPORTER-Channel-Binding", 24, (const unsigned char *)"", 0, 1),
	    1);
	assert_true(s->facts->bindable);
	assert_non_null(s->bindings);
	assert_int_equal(s->bindings->exporter_len, 32);
	assert_memory_equal(s->bindings->exporter, exporter, 32);
	if (md != NULL)
		assert_int_equal(X509_digest(cert, md, endpoint, &len), 1);
	assert_int_equal(s->bindings->endpoint_len, len);
	assert_memory_equal(s->bindings->endpoint, endpoint, len);
	X509_free(cert);
	rig_free(s);
	s = login_of(c, "SCRAM-SCRYPT-SHA-256");
	assert_null(s->bindings); /* nobody needs them */
	rig_free(s);
	client_close(&c);
}

static void
both_ends_see_the_same_bindings(void **state)
{
	static const struct client_options old = { .tls12 = true };

	rig_up();
	check_bindings(NULL, EVP_sha256());
	check_bindings(&old, EVP_sha256());
}

static void
the_endpoint_is_hashed_as_the_certificate_is_signed(void **state)
{
	certificate_write(test_path("cert384.pem"), test_path("key384.pem"), "localhost", "SHA384");
	rig_settings.certificate = test_path("cert384.pem");
	rig_settings.key = test_path("key384.pem");
	rig_up();
	check_bindings(NULL, EVP_sha384());
}

static void
a_signature_without_hash_leaves_the_exporter_alone(void **state)
{
	certificate_write(test_path("ed.pem"), test_path("ed.key"), "localhost", "ED25519");
	rig_settings.certificate = test_path("ed.pem");
	rig_settings.key = test_path("ed.key");
	rig_up();
	check_bindings(NULL, NULL);
}

/* ---- certificates ---- */

static void
name_of_server(struct client *c, char *out, int size)
{
	X509 *cert = SSL_get1_peer_certificate(c->ssl);

	X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, out, size);
	X509_free(cert);
}

static void
r23_a_reload_brings_a_new_certificate_to_new_connections(void **state)
{
	struct net_config after = rig_settings;
	struct client *before, *c;
	char name[80];

	rig_up();
	before = rig_guest(NULL);
	certificate_write(test_path("new.pem"), test_path("new.key"), "new.example", "SHA256");
	after.certificate = test_path("new.pem");
	after.key = test_path("new.key");
	after.domain = "new.example";

	assert_int_equal(rig_reload(&after, NULL), 0);

	c = client_open(net_port(0), NULL);
	name_of_server(c, name, sizeof name);
	assert_string_equal(name, "new.example");
	assert_non_null(strstr(client_line(c), "\"domain\":\"new.example\""));
	client_puts(before, "{\"type\":\"ping\"}\n");
	assert_string_equal(client_line(before), "{\"type\":\"pong\"}");
	client_close(&before);
	client_close(&c);
}

static void
r22_r23_a_reload_that_fails_leaves_everything_as_it_was(void **state)
{
	struct net_config after = rig_settings;
	struct parley_error err = { 0 };
	struct client *c;
	char name[80];

	rig_up();
	after.certificate = test_path("nowhere.pem");
	assert_int_equal(rig_reload(&after, &err), -1);
	assert_non_null(strstr(err.text, "nowhere.pem: no certificate that can be used"));
	after.certificate = after.key = NULL;
	assert_int_equal(rig_reload(&after, &err), -1);

	c = rig_guest(NULL);
	name_of_server(c, name, sizeof name);
	assert_string_equal(name, "localhost");
	client_close(&c);
}

static void
check_files(const char *certificate, const char *key, const char *why)
{
	struct parley_error err = { 0 };
	struct tls *t = tls_new(certificate, key, "localhost", &err);

	assert_null(t);
	if (strstr(err.text, why) == NULL)
		print_message("%s\n", err.text);
	assert_non_null(strstr(err.text, why));
}

static void
t97_keys_that_are_wrong_or_readable_by_all_are_refused(void **state)
{
	const char *good = test_path("cert.pem"), *other = test_path("other.pem");
	const char *other_key = test_path("other.key"), *open_key = test_path("open.key");

	rig_config(); /* writes cert.pem */
	certificate_write(other, other_key, "localhost", "SHA256");
	certificate_write(other, open_key, "localhost", "SHA256");
	assert_int_equal(chmod(open_key, 0644), 0);
	check_files(other, open_key, "everybody may read or change this key");
	assert_int_equal(chmod(open_key, 0640), 0);
	check_files(good, other_key, "does not fit the certificate");
	check_files(good, good, "everybody");
	check_files(good, test_directory(), "not a file");
	check_files(good, "/nowhere", "No such file");
	check_files(other_key, other_key, "no certificate that can be used");
	assert_int_equal(chmod(other, 0600), 0);
	check_files(good, other, "no private key that can be read");
}

#define TLS_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TLS_TEST(a_client_that_offers_our_protocol_gets_it),
		TLS_TEST(t18_a_client_that_offers_only_others_gets_an_alert),
		TLS_TEST(t18_a_client_that_offers_none_is_taken),
		TLS_TEST(t15_only_tls_with_forward_secrecy_is_spoken),
		TLS_TEST(t16_renegotiation_is_refused),
		TLS_TEST(tickets_are_given_where_they_save_more_than_they_cost),
		TLS_TEST(t17_a_ticket_without_early_data_saves_a_signature_with_rsa),
		TLS_TEST(t18_something_else_than_tls_is_closed),
		TLS_TEST(both_ends_see_the_same_bindings),
		TLS_TEST(the_endpoint_is_hashed_as_the_certificate_is_signed),
		TLS_TEST(a_signature_without_hash_leaves_the_exporter_alone),
		TLS_TEST(r23_a_reload_brings_a_new_certificate_to_new_connections),
		TLS_TEST(r22_r23_a_reload_that_fails_leaves_everything_as_it_was),
		cmocka_unit_test(t97_keys_that_are_wrong_or_readable_by_all_are_refused),
	};

	return cmocka_run_group_tests_name("net_tls", tests, NULL, NULL);
}
