/* SPDX-License-Identifier: MIT */
/* test_seal.c - the node key and what is sealed with it. */
#include "support/test.h"

#include "seal/node_key.h"
#include "seal/seal.h"
#include "seal/xaes.h"

#include <parley/seal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t node_key[32] = { 1, 2, 3 };

#define DIGITS "0123456789abcdef0123456789abcdef0123456789ABCDEF0123456789abcdef"

struct fixture {
	char dir[64];
	char file[96];
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);

	snprintf(f->dir, sizeof f->dir, "/tmp/parley-seal-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->file, sizeof f->file, "%s/node.key", f->dir);
	seal_open_bytes(node_key);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	seal_close();
	unlink(f->file);
	rmdir(f->dir); /* fails, and leaves traces, when a test left more than the key */
	assert_int_not_equal(access(f->dir, F_OK), 0);
	free(f);
	return 0;
}

static void
write_file(const char *file, const char *text, mode_t mode)
{
	FILE *f = fopen(file, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(file, mode), 0);
}

static void
what_a_module_sealed_opens_in_its_place_only(void **state)
{
	struct parley_text sealed = { 0 }, plain = { 0 };
	struct parley_error err = { 0 };

	parley_seal("groups/club", "secret", 6, &sealed);
	assert_int_equal(parley_unseal("groups/club", sealed.s, &plain, &err), 0);
	assert_string_equal(plain.s, "secret");
	assert_int_equal(parley_unseal("groups/other", sealed.s, &plain, &err), -1);
	assert_int_equal(err.code, PARLEY_INTERNAL);
	assert_int_equal(seal_get("groups/club", sealed.s, sealed.len, &plain, NULL), -1);
	parley_text_fini(&sealed);
	parley_text_fini(&plain);
}

static void
a_module_finds_a_secret_by_its_hash(void **state)
{
	struct parley_text one = { 0 }, two = { 0 }, other = { 0 }, core = { 0 };

	parley_sealed_hash("groups/link", "secret", 6, &one);
	parley_sealed_hash("groups/link", "secret", 6, &two);
	parley_sealed_hash("groups/other", "secret", 6, &other);
	seal_hash("groups/link", "secret", 6, &core);
	assert_string_equal(one.s, two.s);
	assert_int_equal(one.len, 43);
	assert_string_not_equal(one.s, other.s);
	assert_string_not_equal(one.s, core.s);
	parley_text_fini(&one);
	parley_text_fini(&two);
	parley_text_fini(&other);
	parley_text_fini(&core);
}

/* The two test vectors of the specification (C2SP, XAES-256-GCM). */
static void
xaes_matches_its_specification(void **state)
{
	static const struct {
		uint8_t key;
		const char *context;
		const char *expected;
	} rows[] = {
		{ 1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271" },
		{ 3, "c2sp.org/XAES-256-GCM",
		    "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d" },
	};
	static const char plain[] = "XAES-256-GCM";
	const uint8_t *nonce = (const uint8_t *)"ABCDEFGHIJKLMNOPQRSTUVWX";

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct xaes x = { 0 };
		uint8_t key[32], out[12 + XAES_TAG];
		char hex[2 * sizeof out + 1], back[12];

		memset(key, rows[i].key, sizeof key);
		xaes_init(&x, key);
		xaes_encrypt(&x, rows[i].context, nonce, plain, 12, out, out + 12);
		for (size_t k = 0; k < sizeof out; k++)
			snprintf(hex + 2 * k, 3, "%02x", out[k]);
		assert_string_equal(hex, rows[i].expected);
		assert_true(xaes_decrypt(&x, rows[i].context, nonce, out, 12, back, out + 12));
		assert_memory_equal(back, plain, 12);
		xaes_fini(&x);
	}
}

static void
seal_gives_back_what_was_sealed(void **state)
{
	for (size_t len = 0; len < 70; len++) {
		struct parley_text sealed = { 0 }, plain = { 0 };
		uint8_t bytes[70];

		random_bytes(bytes, sizeof bytes);
		seal_put("accounts/alice", bytes, len, &sealed);
		assert_int_equal(seal_get("accounts/alice", sealed.s, sealed.len, &plain, NULL), 0);
		assert_int_equal(plain.len, len);
		if (len > 0)
			assert_memory_equal(plain.s, bytes, len);
		parley_text_fini(&sealed);
		parley_text_fini(&plain);
	}
}

static void
seal_never_writes_the_same_twice(void **state)
{
	struct parley_text a = { 0 }, b = { 0 };

	seal_put("x", "secret", 6, &a);
	seal_put("x", "secret", 6, &b);
	assert_string_not_equal(a.s, b.s);
	assert_null(strstr(a.s, "secret"));
	parley_text_fini(&a);
	parley_text_fini(&b);
}

static void
t98_seal_opens_only_in_its_place(void **state)
{
	struct parley_text sealed = { 0 }, plain = { 0 };
	struct parley_error err = { 0 };

	seal_put("accounts/alice", "secret", 6, &sealed);
	parley_text_puts(&plain, "kept");
	assert_int_equal(seal_get("accounts/mallory", sealed.s, sealed.len, &plain, &err), -1);
	assert_int_equal(err.code, PARLEY_INTERNAL);
	assert_string_equal(plain.s, "kept");
	parley_text_fini(&sealed);
	parley_text_fini(&plain);
}

static void
seal_opens_only_with_its_key(void **state)
{
	static const uint8_t other[32] = { 9 };
	struct parley_text sealed = { 0 }, plain = { 0 };

	seal_put("x", "secret", 6, &sealed);
	seal_open_bytes(other);
	assert_int_equal(seal_get("x", sealed.s, sealed.len, &plain, NULL), -1);
	seal_open_bytes(node_key);
	assert_int_equal(seal_get("x", sealed.s, sealed.len, &plain, NULL), 0);
	parley_text_fini(&sealed);
	parley_text_fini(&plain);
}

static void
seal_notices_every_changed_character(void **state)
{
	struct parley_text sealed = { 0 }, plain = { 0 };

	seal_put("x", "secret", 6, &sealed);
	for (size_t i = 0; i < sealed.len; i++) {
		char was = sealed.s[i];

		sealed.s[i] = was == 'B' ? 'C' : 'B';
		assert_int_equal(seal_get("x", sealed.s, sealed.len, &plain, NULL), -1);
		sealed.s[i] = was;
	}
	for (size_t len = 0; len < sealed.len; len++)
		assert_int_equal(seal_get("x", sealed.s, len, &plain, NULL), -1);
	assert_int_equal(seal_get("x", sealed.s, sealed.len, &plain, NULL), 0);
	parley_text_fini(&sealed);
	parley_text_fini(&plain);
}

/* The expected value was computed with Python's hmac module: HKDF with an empty salt. */
static void
seal_derives_by_hkdf_and_purpose(void **state)
{
	static const uint8_t expected[8] = { 0x56, 0x34, 0xba, 0xb6, 0xd5, 0xa4, 0x26, 0xfd };
	uint8_t a[32], b[32];

	seal_derive("fake-salt", a);
	assert_memory_equal(a, expected, sizeof expected);
	seal_derive("other", b);
	assert_memory_not_equal(a, b, sizeof a);
}

static void
seal_hash_is_the_same_in_every_run_of_a_node(void **state)
{
	static const uint8_t other[32] = { 9 };
	struct parley_text a = { 0 }, b = { 0 }, c = { 0 };

	seal_hash("email", "a@b.example", 11, &a);
	seal_open_bytes(node_key);
	seal_hash("email", "a@b.example", 11, &b);
	seal_open_bytes(other);
	seal_hash("email", "a@b.example", 11, &c);
	assert_string_equal(a.s, b.s);
	assert_string_not_equal(a.s, c.s);
	parley_text_fini(&a);
	parley_text_fini(&b);
	parley_text_fini(&c);
}

static void
key_file_is_made_once_and_found_again(void **state)
{
	struct fixture *f = *state;
	struct node_key first, second;
	struct stat st;

	assert_int_equal(node_key_read(f->file, &first, NULL), 0);
	assert_true(first.made);
	assert_int_equal(node_key_read(f->file, &second, NULL), 0);
	assert_false(second.made);
	assert_memory_equal(first.key, second.key, sizeof first.key);
	assert_string_equal(first.print, second.print);
	assert_int_equal(strlen(first.print), 16);
	assert_string_equal(second.from, f->file);
	assert_int_equal(stat(f->file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 65);
}

static void
key_file_is_not_made_unasked(void **state)
{
	struct fixture *f = *state;
	struct parley_error err = { 0 };
	struct node_key key;

	assert_int_equal(node_key_read_file(f->file, &key, &err), -1);
	assert_int_equal(err.code, PARLEY_NOT_FOUND);
	assert_int_equal(access(f->file, F_OK), -1);
}

static void
t97_key_file_that_others_can_read_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0660, 0644, 0601, 0610 };
	struct fixture *f = *state;
	struct node_key key;

	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		struct parley_error err = { 0 };

		write_file(f->file, DIGITS "\n", modes[i]);
		assert_int_equal(node_key_read(f->file, &key, &err), -1);
		assert_non_null(strstr(err.text, "chmod 600"));
	}
	write_file(f->file, DIGITS "\n", 0400);
	assert_int_equal(node_key_read(f->file, &key, NULL), 0);
}

static void
key_file_of_another_user_is_refused(void **state)
{
	struct fixture *f = *state;
	struct parley_error err = { 0 };
	struct node_key key;

	if (geteuid() != 0)
		skip();
	write_file(f->file, DIGITS "\n", 0600);
	assert_int_equal(chown(f->file, 4711, (gid_t)-1), 0);
	assert_int_equal(node_key_read(f->file, &key, &err), -1);
	assert_non_null(strstr(err.text, "another user"));
}

static void
key_file_with_anything_else_in_it_is_refused(void **state)
{
	static const char *const texts[] = { "", "\n", "00", DIGITS "0", DIGITS "\n\n", DIGITS " ",
		" " DIGITS, "g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"-1" DIGITS };
	struct fixture *f = *state;
	struct node_key key;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct parley_error err = { 0 };

		write_file(f->file, texts[i], 0600);
		assert_int_equal(node_key_read(f->file, &key, &err), -1);
		assert_non_null(strstr(err.text, "64 hex digits"));
	}
}

static void
key_file_that_is_a_directory_is_refused(void **state)
{
	struct fixture *f = *state;
	struct parley_error err = { 0 };
	struct node_key key;

	assert_int_equal(node_key_read(f->dir, &key, &err), -1);
}

/* ---- other places for the node key ---------------------------------------------------------- */

#define BASE64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

static void
key_in_the_environment_is_taken_out_of_it(void **state)
{
	static const char *const good[] = { BASE64, BASE64 "=",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" };
	static const char *const bad[] = { "", "short", BASE64 "==", BASE64 "AAAA" };
	struct fixture *f = *state;
	struct node_key key;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const char *there;

		setenv("PARLEY_NODE_KEY", good[i], 1);
		there = getenv("PARLEY_NODE_KEY");
		assert_int_equal(node_key_read(f->file, &key, NULL), 0);
		for (int k = 0; k < 32; k++)
			assert_int_equal(key.key[k], k);
		assert_null(getenv("PARLEY_NODE_KEY"));
		assert_int_equal(there[0], '\0'); /* where /proc shows it */
		assert_int_equal(access(f->file, F_OK), -1);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct parley_error err = { 0 };

		setenv("PARLEY_NODE_KEY", bad[i], 1);
		assert_int_equal(node_key_read(f->file, &key, &err), -1);
		assert_non_null(strstr(err.text, "PARLEY_NODE_KEY"));
		assert_null(getenv("PARLEY_NODE_KEY"));
	}
}

static void
key_in_a_credential_is_taken(void **state)
{
	struct fixture *f = *state;
	struct parley_error err = { 0 };
	struct node_key key;
	char file[128];

	snprintf(file, sizeof file, "%s/parley.key", f->dir);
	setenv("CREDENTIALS_DIRECTORY", f->dir, 1);
	assert_int_equal(node_key_read(f->file, &key, NULL), 0); /* there is none */
	assert_string_equal(key.from, f->file);
	write_file(file, DIGITS, 0440); /* as systemd shows its access list */
	assert_int_equal(node_key_read(f->file, &key, NULL), 0);
	assert_string_equal(key.from, "the credential parley.key");
	setenv("PARLEY_NODE_KEY", BASE64, 1);
	assert_int_equal(node_key_read(f->file, &key, &err), -1);
	assert_non_null(strstr(err.text, "two node keys"));
	unsetenv("PARLEY_NODE_KEY");
	write_file(file, DIGITS, 0444);
	assert_int_equal(node_key_read(f->file, &key, &err), -1);
	unsetenv("CREDENTIALS_DIRECTORY");
	unlink(file);
}

/* ---- the keyring ---------------------------------------------------------------------------- */

static void
ring_opens_with_its_node_key_alone(void **state)
{
	static const uint8_t other[32] = { 9 };
	struct ring ring, back;
	struct parley_text text = { 0 };

	ring_make(&ring, 1234567890123);
	assert_int_equal(ring_add(&ring, 1234567890124), 0);
	assert_int_equal(ring.current, 2);
	ring_wrap(&ring, node_key, &text);
	assert_int_equal(ring_unwrap(&back, node_key, text.s, text.len), 0);
	assert_memory_equal(&ring, &back, sizeof ring);
	assert_int_equal(ring_unwrap(&back, other, text.s, text.len), -1);
	for (size_t i = 0; i < text.len; i += 3) {
		char was = text.s[i];

		text.s[i] = was == 'A' ? 'B' : 'A';
		assert_int_equal(ring_unwrap(&back, node_key, text.s, text.len), -1);
		text.s[i] = was;
	}
	assert_int_equal(ring_unwrap(&back, node_key, text.s, text.len - 4), -1);
	assert_int_equal(ring_unwrap(&back, node_key, "", 0), -1);
	parley_text_fini(&text);
}

static void
ring_is_bounded_and_forgets_old_keys(void **state)
{
	struct parley_text text = { 0 };
	struct ring ring, back;

	ring_make(&ring, 1);
	for (unsigned i = 1; i < RING_KEYS; i++)
		assert_int_equal(ring_add(&ring, i), 0);
	assert_int_equal(ring_add(&ring, 99), -1);
	ring_wrap(&ring, node_key, &text);
	assert_int_equal(ring_unwrap(&back, node_key, text.s, text.len), 0);
	assert_int_equal(back.count, RING_KEYS);
	assert_int_equal(ring_drop_below(&ring, 0), 0);
	assert_int_equal(ring_drop_below(&ring, RING_KEYS - 1), RING_KEYS - 2);
	assert_int_equal(ring.count, 2);
	assert_int_equal(ring.keys[0].id, RING_KEYS - 1);
	assert_int_equal(ring_drop_below(&ring, RING_KEYS + 7), 1);
	assert_int_equal(ring.keys[0].id, ring.current);
	assert_int_equal(ring_add(&ring, 5), 0);
	assert_int_equal(ring.current, RING_KEYS + 1); /* no id comes twice */
	parley_text_fini(&text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xaes_matches_its_specification),
		CASE(what_a_module_sealed_opens_in_its_place_only),
		CASE(a_module_finds_a_secret_by_its_hash),
		CASE(seal_gives_back_what_was_sealed),
		CASE(seal_never_writes_the_same_twice),
		CASE(t98_seal_opens_only_in_its_place),
		CASE(seal_opens_only_with_its_key),
		CASE(seal_notices_every_changed_character),
		CASE(seal_derives_by_hkdf_and_purpose),
		CASE(seal_hash_is_the_same_in_every_run_of_a_node),
		CASE(key_file_is_made_once_and_found_again),
		CASE(key_file_is_not_made_unasked),
		CASE(t97_key_file_that_others_can_read_is_refused),
		CASE(key_file_of_another_user_is_refused),
		CASE(key_file_with_anything_else_in_it_is_refused),
		CASE(key_file_that_is_a_directory_is_refused),
		CASE(key_in_the_environment_is_taken_out_of_it),
		CASE(key_in_a_credential_is_taken),
		CASE(ring_opens_with_its_node_key_alone),
		CASE(ring_is_bounded_and_forgets_old_keys),
	};

	return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
