/* SPDX-License-Identifier: MIT */
/* test_scram.c - the exchange against published and independently computed values, and everything
 * that must be refused. */
#include "support/test.h"

#include "auth/scram.h"
#include "support/scram_client.h"

#include <libscrypt.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const uint8_t exporter[32] = { 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
	112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129,
	130, 131 };
static const uint8_t endpoint[64] = { 7, 8, 9 };
static const struct scram_bindings bound = { exporter, 32, endpoint, 64, true };
static const struct scram_bindings unbound = { 0 };

static void
unhex(const char *hex, uint8_t *out)
{
	for (; *hex != '\0'; hex += 2)
		assert_int_equal(sscanf(hex, "%2hhx", out++), 1);
}

static int
first(struct scram *s, bool plus, const struct scram_bindings *b, const char *message,
    struct parley_error *err)
{
	return scram_first(s, plus, b, "chat.example", message, strlen(message), err);
}

/* ---- known answers ------------------------------------------------------------------------- */

/* RFC 7677 section 3. Only the derivation of SaltedPassword differs from ours; the value here is
 * PBKDF2's, computed with Python's hashlib. */
static void
scram_agrees_with_rfc_7677(void **state)
{
	static const char final[] = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
				    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
	struct scram_keys keys = { 0 };
	struct parley_text out = { 0 };
	struct scram s;
	uint8_t salted[32];

	unhex("c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d", salted);
	scram_derive(salted, &keys);
	assert_true(scram_matches(salted, &keys));
	assert_int_equal(first(&s, false, &unbound, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", NULL), 0);
	strcpy(s.nonce, "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
	strcpy(s.server_first, "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
			       "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");

	assert_int_equal(scram_final(&s, &keys, final, strlen(final), &out, NULL), 0);

	assert_string_equal(out.s, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
	parley_text_fini(&out);
}

/* Every value computed with Python's hashlib.scrypt and hmac, from the text of the protocol. */
static void
scram_agrees_with_an_independent_client(void **state)
{
	static const char final[] =
	    "c=cD10bHMtZXhwb3J0ZXIsLGRlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn+AgYKD,"
	    "r=fyko+d2lbbFgONRv9qkxdawLSERVERNONCE,"
	    "p=eYpJ4ezM/6cLlVmV0Kx+MkI30kUlOCZ7AU7sJojjBu0=";
	struct scram_keys keys = { .log_n = 15, .r = 8, .p = 1 };
	struct parley_text out = { 0 };
	struct scram s;
	uint8_t salted[32], tried[32], expected[32];

	for (uint8_t i = 0; i < 16; i++)
		keys.salt[i] = i;
	assert_int_equal(libscrypt_scrypt((const uint8_t *)"correct horse battery", 21, keys.salt,
			     16, 1 << 15, 8, 1, tried, 32),
	    0);
	unhex("c72e940880b3f15bff3fa26a3a49140f80ce9a1c4dd2d5d27bab10014071ba94", salted);
	assert_memory_equal(tried, salted, 32);
	scram_derive(salted, &keys);
	unhex("2cf32f40a977b56ed37985d0a5258aaf05a96270509a7d90c3311fa15ff76a0c", expected);
	assert_memory_equal(keys.stored_key, expected, 32);
	unhex("0bdb2f4c2169ad29dadde556f2bfc234eb0c5678b23d568355c34212e0a39910", expected);
	assert_memory_equal(keys.server_key, expected, 32);

	assert_int_equal(
	    first(&s, true, &bound, "p=tls-exporter,,n=Carol,r=fyko+d2lbbFgONRv9qkxdawL", NULL), 0);
	assert_string_equal(s.user, "Carol");
	scram_challenge(&s, &keys);
	assert_non_null(strstr(s.server_first, ",s=AAECAwQFBgcICQoLDA0ODw==,i=15,b=8,p=1"));
	strcpy(s.nonce, "fyko+d2lbbFgONRv9qkxdawLSERVERNONCE");
	strcpy(s.server_first, "r=fyko+d2lbbFgONRv9qkxdawLSERVERNONCE,"
			       "s=AAECAwQFBgcICQoLDA0ODw==,i=15,b=8,p=1");
	assert_int_equal(scram_final(&s, &keys, final, strlen(final), &out, NULL), 0);
	assert_string_equal(out.s, "v=0SSnzYYhQcCsE/xnpmllDwfHjH+vIP49F1nmZj01saI=");
	parley_text_fini(&out);
}

/* ---- whole exchanges ----------------------------------------------------------------------- */

/* Keys for "pencil", cheap. */
static void
make_keys(struct scram_keys *keys)
{
	uint8_t salted[32];

	*keys = (struct scram_keys){ .salt = "0123456789abcde", .log_n = 4, .r = 8, .p = 1 };
	libscrypt_scrypt((const uint8_t *)"pencil", 6, keys->salt, 16, 16, 8, 1, salted, 32);
	scram_derive(salted, keys);
}

/* Runs an exchange of c with a server that has these bindings; the code it ended with. */
static enum parley_code
exchange(const struct scram_client *c, bool plus, const struct scram_bindings *bindings)
{
	struct parley_text message = { 0 }, answer = { 0 }, expected = { 0 }, out = { 0 };
	struct parley_error err = { 0 };
	struct scram_keys keys;
	struct scram s;

	make_keys(&keys);
	parley_text_printf(&message, "%s%s", c->gs2, c->bare);
	if (first(&s, plus, bindings, message.s, &err) == 0) {
		scram_challenge(&s, &keys);
		scram_client_answer(c, s.server_first, &answer, &expected);
		if (scram_final(&s, &keys, answer.s, answer.len, &out, &err) == 0)
			assert_string_equal(out.s, expected.s);
		else
			assert_int_equal(out.len, 0);
	}
	parley_text_fini(&message);
	parley_text_fini(&answer);
	parley_text_fini(&expected);
	parley_text_fini(&out);
	return err.code;
}

static void
scram_lets_the_right_password_in(void **state)
{
	static const struct {
		const char *gs2;
		bool plus;
		const struct scram_bindings *bindings;
		const uint8_t *binding;
		size_t binding_len;
	} rows[] = {
		{ "n,,", false, &unbound, NULL, 0 },
		{ "n,,", false, &bound, NULL, 0 },
		{ "y,,", false, &unbound, NULL, 0 },
		{ "p=tls-exporter,,", true, &bound, exporter, 32 },
		{ "p=tls-server-end-point,,", true, &bound, endpoint, 64 },
		{ "n,a=carol@chat.example,", false, &unbound, NULL, 0 },
		{ "n,a=CAROL@Chat.Example,", false, &unbound, NULL, 0 },
		{ "p=tls-exporter,a=carol@chat.example,", true, &bound, exporter, 32 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct scram_client c = { rows[i].gs2, "n=Carol,r=abc", "pencil", rows[i].binding,
			rows[i].binding_len, NULL };

		if (exchange(&c, rows[i].plus, rows[i].bindings) != PARLEY_OK)
			fail_msg("refused row %zu, %s", i, rows[i].gs2);
	}
}

static void
scram_refuses_a_wrong_password(void **state)
{
	struct scram_client c = { "n,,", "n=carol,r=abc", "pencil2", NULL, 0, NULL };

	assert_int_equal(exchange(&c, false, &unbound), PARLEY_NOT_AUTHORIZED);
}

/* T23: a man in the middle has another TLS channel to us than the client has to him. */
static void
scram_refuses_the_binding_of_another_channel(void **state)
{
	static const uint8_t other[32] = { 1 };
	struct scram_client c = { "p=tls-exporter,,", "n=carol,r=abc", "pencil", other, 32, NULL };

	assert_int_equal(exchange(&c, true, &bound), PARLEY_NOT_AUTHORIZED);
	c.binding = exporter;
	c.binding_len = 31;
	assert_int_equal(exchange(&c, true, &bound), PARLEY_NOT_AUTHORIZED);
	c.binding = NULL;
	assert_int_equal(exchange(&c, true, &bound), PARLEY_NOT_AUTHORIZED);
	c.binding = endpoint;
	c.binding_len = 64;
	assert_int_equal(exchange(&c, true, &bound), PARLEY_NOT_AUTHORIZED);
}

/* T23: he rewrites the first message so that the binding seems not to be wanted. */
static void
scram_refuses_a_stripped_binding(void **state)
{
	struct scram_client c = { "n,,", "n=carol,r=abc", "pencil", exporter, 32,
		"p=tls-exporter,," };

	assert_int_equal(exchange(&c, false, &bound), PARLEY_NOT_AUTHORIZED);
	c = (struct scram_client){ "n,,", "n=carol,r=abc", "pencil", NULL, 0, "y,," };
	assert_int_equal(exchange(&c, false, &bound), PARLEY_NOT_AUTHORIZED);
	c = (struct scram_client){ "n,,", "n=carol,r=abc", "pencil", NULL, 0,
		"n,a=carol@chat.example," };
	assert_int_equal(exchange(&c, false, &bound), PARLEY_NOT_AUTHORIZED);
}

/* ---- refused first messages ---------------------------------------------------------------- */

#define A10  "aaaaaaaaaa"
#define A100 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10

static void
t24_scram_refuses_bad_first_messages(void **state)
{
	static const struct {
		const char *message;
		bool plus;
		enum parley_code code;
	} rows[] = {
		{ "", false, PARLEY_BAD_REQUEST },
		{ "n", false, PARLEY_BAD_REQUEST },
		{ "n,", false, PARLEY_BAD_REQUEST },
		{ "n,,", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=a b", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=a\x7f", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=\xc3\xa9", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=" A100 A10 A10 A10, false, PARLEY_BAD_REQUEST },
		{ "n,,n=,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,n=" A10 A10 A10 A10 A10 A10 A10 ",r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,r=abc,n=carol", false, PARLEY_BAD_REQUEST },
		{ "n,,carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,n=c=arol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol=,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol=2,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol=2c,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol=41,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,n=\xff\xfe,r=abc", false, PARLEY_BAD_REQUEST },
		/* extensions: none is mandatory for us, and none may be malformed */
		{ "n,,m=x,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,m=,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=abc,", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=abc,x", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=abc,x=", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=abc,1=a", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=abc,x=y,", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=abc,x=" A100 A100 A100, false, PARLEY_BAD_REQUEST },
		/* the GS2 header */
		{ ",,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "N,,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "nn,,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "F,n,,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,x,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,a=,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,a==,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,a=" A100 A100 A100 A100 ",n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "p,,n=carol,r=abc", true, PARLEY_BAD_REQUEST },
		{ "p=,,n=carol,r=abc", true, PARLEY_BAD_REQUEST },
		{ "p=tls exporter,,n=carol,r=abc", true, PARLEY_BAD_REQUEST },
		{ "p=tls-unique,,n=carol,r=abc", true, PARLEY_BAD_REQUEST },
		{ "p=TLS-EXPORTER,,n=carol,r=abc", true, PARLEY_BAD_REQUEST },
		{ "p=tls-exporter,,n=carol,r=abc", false, PARLEY_BAD_REQUEST },
		{ "n,,n=carol,r=abc", true, PARLEY_BAD_REQUEST },
		{ "y,,n=carol,r=abc", true, PARLEY_BAD_REQUEST },
		/* T23: "I could, but you do not offer it" to a node that does */
		{ "y,,n=carol,r=abc", false, PARLEY_NOT_AUTHORIZED },
		/* T25: acting for somebody else */
		{ "n,a=admin,n=carol,r=abc", false, PARLEY_NOT_AUTHORIZED },
		{ "n,a=carol,n=carol,r=abc", false, PARLEY_NOT_AUTHORIZED },
		{ "n,a=admin@chat.example,n=carol,r=abc", false, PARLEY_NOT_AUTHORIZED },
		{ "n,a=carol@other.example,n=carol,r=abc", false, PARLEY_NOT_AUTHORIZED },
		{ "n,a=carol@chat.example/x,n=carol,r=abc", false, PARLEY_NOT_AUTHORIZED },
		{ "n,a=carol@chat.example.org,n=carol,r=abc", false, PARLEY_NOT_AUTHORIZED },
		{ "n,a=carol2@chat.example,n=carol,r=abc", false, PARLEY_NOT_AUTHORIZED },
		{ "n,a=caro,n=carol,r=abc", false, PARLEY_NOT_AUTHORIZED },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parley_error err = { 0 };
		struct scram s;

		if (first(&s, rows[i].plus, &bound, rows[i].message, &err) == 0)
			fail_msg("accepted \"%s\"", rows[i].message);
		if (err.code != rows[i].code)
			fail_msg("\"%s\": %s", rows[i].message, parley_code_name(err.code));
	}
}

static void
scram_refuses_nul_bytes(void **state)
{
	static const char message[] = "n,,n=carol\0admin,r=abc", final[] = "c=biws,r=a\0b,p=AAAA";
	struct parley_text out = { 0 };
	struct scram_keys keys;
	struct scram s;

	assert_int_equal(
	    scram_first(&s, false, &unbound, "chat.example", message, sizeof message - 1, NULL),
	    -1);
	make_keys(&keys);
	assert_int_equal(scram_final(&s, &keys, final, sizeof final - 1, &out, NULL), -1);
}

static void
scram_refuses_a_binding_that_the_connection_has_not(void **state)
{
	struct parley_error err = { 0 };
	struct scram s;

	assert_int_equal(first(&s, true, &unbound, "p=tls-exporter,,n=carol,r=abc", &err), -1);
	assert_int_equal(err.code, PARLEY_BAD_REQUEST);
	assert_int_equal(
	    first(&s, true, &unbound, "p=tls-server-end-point,,n=carol,r=abc", NULL), -1);
}

static void
t24_scram_unescapes_names(void **state)
{
	struct scram s;

	assert_int_equal(first(&s, false, &unbound, "n,,n=a=2Cb=3Dc,r=abc", NULL), 0);
	assert_string_equal(s.user, "a,b=c");
	assert_string_equal(s.client_first_bare, "n=a=2Cb=3Dc,r=abc");
}

static void
scram_ignores_optional_extensions(void **state)
{
	struct scram s;

	assert_int_equal(first(&s, false, &unbound, "n,,n=carol,r=abc,x=y,z=1=2", NULL), 0);
	assert_string_equal(s.nonce, "abc");
}

static void
scram_takes_the_longest_nonce(void **state)
{
	struct scram_keys keys;
	struct scram s;

	make_keys(&keys);
	assert_int_equal(
	    first(&s, false, &unbound, "n,,n=carol,r=" A100 A10 A10 "12345678", NULL), 0);
	scram_challenge(&s, &keys);
	assert_int_equal(strlen(s.nonce), 128 + 24);
}

/* ---- refused final messages ---------------------------------------------------------------- */

/* ${r} in a row stands for the nonce of the exchange, ${p} for the right proof. */
static void
expand(const char *pattern, const char *nonce, const char *proof, struct parley_text *out)
{
	for (; *pattern != '\0'; pattern++) {
		if (strncmp(pattern, "${", 2) != 0) {
			parley_text_putc(out, *pattern);
			continue;
		}
		parley_text_puts(out, pattern[2] == 'r' ? nonce : proof);
		pattern += 3;
	}
}

static void
t24_scram_refuses_bad_final_messages(void **state)
{
	static const struct {
		const char *message;
		enum parley_code code;
	} rows[] = {
		{ "c=biws,r=${r},p=${p}", PARLEY_OK },
		{ "", PARLEY_BAD_REQUEST },
		{ ",", PARLEY_BAD_REQUEST },
		{ "c=biws", PARLEY_BAD_REQUEST },
		{ "c=biws,r=${r}", PARLEY_BAD_REQUEST },
		{ "c=biws,p=${p}", PARLEY_BAD_REQUEST },
		{ "r=${r},c=biws,p=${p}", PARLEY_BAD_REQUEST },
		{ "c=biws,p=${p},r=${r}", PARLEY_BAD_REQUEST },
		{ "c=,r=${r},p=${p}", PARLEY_BAD_REQUEST },
		{ "c=!!!!,r=${r},p=${p}", PARLEY_BAD_REQUEST },
		{ "c=biw,r=${r},p=${p}", PARLEY_BAD_REQUEST },
		{ "c=biwt,r=${r},p=${p}", PARLEY_NOT_AUTHORIZED },
		{ "c=eSws,r=${r},p=${p}", PARLEY_NOT_AUTHORIZED },
		{ "c=biwsAAAA,r=${r},p=${p}", PARLEY_NOT_AUTHORIZED },
		{ "c=biws,r=,p=${p}", PARLEY_BAD_REQUEST },
		/* T24: a nonce that is not ours, altered, cut short or prolonged */
		{ "c=biws,r=abc,p=${p}", PARLEY_NOT_AUTHORIZED },
		{ "c=biws,r=${r}x,p=${p}", PARLEY_NOT_AUTHORIZED },
		{ "c=biws,r=x${r},p=${p}", PARLEY_NOT_AUTHORIZED },
		/* T24: proofs that are none */
		{ "c=biws,r=${r},p=", PARLEY_BAD_REQUEST },
		{ "c=biws,r=${r},p==", PARLEY_BAD_REQUEST },
		{ "c=biws,r=${r},p=AAAA", PARLEY_BAD_REQUEST },
		{ "c=biws,r=${r},p=${p}AAAA", PARLEY_BAD_REQUEST },
		{ "c=biws,r=${r},p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		    PARLEY_NOT_AUTHORIZED },
		{ "c=biws,r=${r},P=${p}", PARLEY_BAD_REQUEST },
		{ "c=biws,r=${r},p=${p},x=y", PARLEY_BAD_REQUEST },
		{ "c=biws,r=${r},x=y,p=${p}", PARLEY_NOT_AUTHORIZED }, /* not what was signed */
		{ "c=biws,r=${r},,p=${p}", PARLEY_BAD_REQUEST },
		{ "c=biws,r=${r},m=,p=${p}", PARLEY_BAD_REQUEST },
		{ "c=biws,r=${r},p=\xff", PARLEY_BAD_REQUEST },
	};
	struct scram_client c = { "n,,", "n=carol,r=abc", "pencil", NULL, 0, NULL };
	struct parley_text right = { 0 }, expected = { 0 };
	struct scram_keys keys;
	struct scram s;

	make_keys(&keys);
	assert_int_equal(first(&s, false, &unbound, "n,,n=carol,r=abc", NULL), 0);
	scram_challenge(&s, &keys);
	scram_client_answer(&c, s.server_first, &right, &expected);

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct parley_text message = { 0 }, out = { 0 };
		struct parley_error err = { 0 };

		expand(rows[i].message, s.nonce, strstr(right.s, ",p=") + 3, &message);
		parley_text_puts(&message, "");
		scram_final(&s, &keys, message.s, message.len, &out, &err);
		if (err.code != rows[i].code)
			fail_msg("\"%s\": %s", rows[i].message, parley_code_name(err.code));
		parley_text_fini(&message);
		parley_text_fini(&out);
	}
	parley_text_fini(&right);
	parley_text_fini(&expected);
}

/* T24: what was right once is worth nothing in the next exchange. */
static void
t58_scram_refuses_a_replayed_final_message(void **state)
{
	struct scram_client c = { "n,,", "n=carol,r=abc", "pencil", NULL, 0, NULL };
	struct parley_text right = { 0 }, expected = { 0 }, out = { 0 };
	struct parley_error err = { 0 };
	struct scram_keys keys;
	struct scram s;

	make_keys(&keys);
	assert_int_equal(first(&s, false, &unbound, "n,,n=carol,r=abc", NULL), 0);
	scram_challenge(&s, &keys);
	scram_client_answer(&c, s.server_first, &right, &expected);
	assert_int_equal(first(&s, false, &unbound, "n,,n=carol,r=abc", NULL), 0);
	scram_challenge(&s, &keys);

	assert_int_equal(scram_final(&s, &keys, right.s, right.len, &out, &err), -1);

	assert_int_equal(err.code, PARLEY_NOT_AUTHORIZED);
	parley_text_fini(&right);
	parley_text_fini(&expected);
}

/* ---- keys ---------------------------------------------------------------------------------- */

static void
t40_scram_nonces_never_repeat(void **state)
{
	struct scram_keys keys;
	struct scram a, b;

	make_keys(&keys);
	assert_int_equal(first(&a, false, &unbound, "n,,n=carol,r=abc", NULL), 0);
	assert_int_equal(first(&b, false, &unbound, "n,,n=carol,r=abc", NULL), 0);
	scram_challenge(&a, &keys);
	scram_challenge(&b, &keys);
	assert_string_not_equal(a.nonce, b.nonce);
}

/* T24: two probes of an unknown name give one salt, and look like those of a known one. */
static void
t24_scram_fake_keys_are_stable_for_a_name(void **state)
{
	static const uint8_t secret[32] = { 1 }, other[32] = { 2 };
	struct scram_keys a, b, c, d;

	scram_fake_keys("Nobody", secret, 15, &a);
	scram_fake_keys("nobody", secret, 15, &b);
	scram_fake_keys("nobody2", secret, 15, &c);
	scram_fake_keys("nobody", other, 15, &d);

	assert_memory_equal(&a, &b, sizeof a);
	assert_memory_not_equal(a.salt, c.salt, sizeof a.salt);
	assert_memory_not_equal(a.salt, d.salt, sizeof a.salt);
	assert_memory_not_equal(a.stored_key, a.server_key, sizeof a.stored_key);
	assert_int_equal(a.log_n, 15);
	assert_int_equal(a.r, 8);
	assert_int_equal(a.p, 1);
}

static void
scram_fake_keys_take_any_name(void **state)
{
	static const uint8_t secret[32] = { 1 };
	struct scram_keys a;

	scram_fake_keys("", secret, 15, &a);
	scram_fake_keys(A100 A100, secret, 15, &a);
}

static void
scram_keys_survive_packing(void **state)
{
	uint8_t bytes[SCRAM_KEYS_SIZE];
	struct scram_keys a, b = { 0 };

	make_keys(&a);
	scram_keys_pack(&a, bytes);
	assert_int_equal(scram_keys_unpack(bytes, sizeof bytes, &b), 0);
	assert_memory_equal(&a, &b, sizeof a);
	assert_int_equal(scram_keys_unpack(bytes, sizeof bytes - 1, &b), -1);
	bytes[17] = 40; /* 2^40 blocks: would take all memory */
	assert_int_equal(scram_keys_unpack(bytes, sizeof bytes, &b), -1);
	bytes[17] = 4;
	bytes[0] = 9;
	assert_int_equal(scram_keys_unpack(bytes, sizeof bytes, &b), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scram_agrees_with_rfc_7677),
		cmocka_unit_test(scram_agrees_with_an_independent_client),
		cmocka_unit_test(scram_lets_the_right_password_in),
		cmocka_unit_test(scram_refuses_a_wrong_password),
		cmocka_unit_test(scram_refuses_the_binding_of_another_channel),
		cmocka_unit_test(scram_refuses_a_stripped_binding),
		cmocka_unit_test(t24_scram_refuses_bad_first_messages),
		cmocka_unit_test(scram_refuses_nul_bytes),
		cmocka_unit_test(scram_refuses_a_binding_that_the_connection_has_not),
		cmocka_unit_test(t24_scram_unescapes_names),
		cmocka_unit_test(scram_ignores_optional_extensions),
		cmocka_unit_test(scram_takes_the_longest_nonce),
		cmocka_unit_test(t24_scram_refuses_bad_final_messages),
		cmocka_unit_test(t58_scram_refuses_a_replayed_final_message),
		cmocka_unit_test(t40_scram_nonces_never_repeat),
		cmocka_unit_test(t24_scram_fake_keys_are_stable_for_a_name),
		cmocka_unit_test(scram_fake_keys_take_any_name),
		cmocka_unit_test(scram_keys_survive_packing),
	};

	return cmocka_run_group_tests_name("scram", tests, NULL, NULL);
}
