/* SPDX-License-Identifier: MIT */
/* test_secrets.c - passwords are overwritten before the memory that held them is given back: every
 * free() of the node's threads is looked into, and OpenSSL's too. */
#include "support/test.h"

#include "base/arena.h"
#include "support/client.h"
#include "support/rig.h"
#include "support/web.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "Tr0ub4dor&3-7h3-5ecr37"
#define OPENLY "0p3nly-5aid-t0-e4ery0ne"

void __real_free(void *p);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

static pthread_t test_thread;
static _Atomic(unsigned) ours, openssls, openly;

/* The test's own memory may hold secrets, but none of it may be taken for the node's later. */
static void
look_into(void *p, _Atomic(unsigned) *found)
{
	size_t size = p != NULL ? malloc_usable_size(p) : 0;

	if (pthread_equal(pthread_self(), test_thread)) {
		OPENSSL_cleanse(p, size);
		return;
	}
	if (size >= sizeof SECRET && memmem(p, size, SECRET, sizeof SECRET - 1) != NULL)
		atomic_fetch_add(found, 1);
	if (size >= sizeof OPENLY && memmem(p, size, OPENLY, sizeof OPENLY - 1) != NULL)
		atomic_fetch_add(&openly, 1);
}

void
__wrap_free(void *p)
{
	look_into(p, &ours);
	__real_free(p);
}

static void *
move(void *p, size_t size, _Atomic(unsigned) *found)
{
	size_t had = p != NULL ? malloc_usable_size(p) : 0;
	void *moved = malloc(size);

	if (moved == NULL)
		return NULL;
	if (had > 0)
		memcpy(moved, p, had < size ? had : size);
	look_into(p, found);
	__real_free(p);
	return moved;
}

void *
__wrap_realloc(void *p, size_t size)
{
	return move(p, size, &ours);
}

static void *
openssl_malloc(size_t size, const char *file, int line)
{
	return size > 0 ? malloc(size) : NULL;
}

static void *
openssl_realloc(void *p, size_t size, const char *file, int line)
{
	return move(p, size, &openssls);
}

static void
openssl_free(void *p, const char *file, int line)
{
	look_into(p, &openssls);
	__real_free(p);
}

static int
setup(void **state)
{
	ours = openssls = openly = 0;
	return rig_setup(state);
}

static int
setup_web(void **state)
{
	ours = openssls = openly = 0;
	return web_setup(state);
}

/* ---- the tests ----------------------------------------------------------------------------- */

static const char auth[] = "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"alice\","
			   "\"password\":\"" SECRET "\"}\n";
static const char sign_up[] =
    "{\"type\":\"request\",\"id\":\"r\",\"method\":\"register.create\","
    "\"params\":{\"name\":\"alice\",\"password\":\"" SECRET "\",\"terms\":\"1\"}}\n";

static void
take(enum stanza_type type)
{
	struct stanza *s = rig_stanza();

	assert_int_equal(s->type, type);
	rig_free(s);
}

static void
nothing_is_left(void)
{
	rig_stop();
	assert_int_equal(ours, 0);
	assert_int_equal(openssls, 0);
	rig_up(); /* for the teardown */
}

static void
what_is_no_secret_is_found(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	rig_user(c);
	client_puts(c, "{\"type\":\"presence\",\"show\":\"away\",\"status\":\"" OPENLY "\"}\n");
	take(STANZA_PRESENCE);
	client_close(&c);
	assert_true(openly > 0);
	nothing_is_left();
}

static void
t97_a_password_in_a_login_is_overwritten(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	client_puts(c, auth);
	take(STANZA_AUTH);
	client_close(&c);
	nothing_is_left();
}

static void
a_password_that_comes_in_pieces_is_overwritten(void **state)
{
	struct client *c;
	size_t len = sizeof auth - 1;

	rig_up();
	c = rig_guest(NULL);
	rig_put(c, auth, 80);
	rig_put(c, auth + 80, len - 80);
	take(STANZA_AUTH);
	for (size_t at = 0; at < len; at++)
		rig_put(c, auth + at, 1);
	take(STANZA_AUTH);
	client_puts(c, "{\"type\":\"auth\",\"padding\":\"");
	for (int i = 0; i < 40; i++) /* makes the buffer grow */
		rig_put(c, SECRET, sizeof SECRET - 1);
	client_puts(c, "\"}\n");
	take(STANZA_REFUSED);
	client_close(&c);
	nothing_is_left();
}

static void
a_password_that_never_ends_is_overwritten(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	rig_put(c, auth, sizeof auth - 4);
	client_abort(&c);
	assert_true(rig_until(rig_is_empty));
	nothing_is_left();
}

static void
a_password_in_a_sign_up_is_overwritten(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	client_puts(c, sign_up);
	take(STANZA_REQUEST);
	client_close(&c);
	nothing_is_left();
}

static void
a_password_in_a_wrong_frame_is_overwritten(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	client_puts(c, "{\"type\":\"auth\",\"pasword\":\"" SECRET "\"}\n");
	take(STANZA_REFUSED);
	client_puts(c, "{\"type\":\"auth\",\"password\":" SECRET "}\n");
	take(STANZA_REFUSED);
	client_close(&c);
	nothing_is_left();
}

static void
a_password_over_websocket_is_overwritten(void **state)
{
	struct client *c;
	char text[sizeof auth];

	snprintf(text, sizeof text, "%s", auth);
	rig_up();
	c = web_dial(WEB_TLS);
	web_upgrade(c, "");
	web_text_send(c, text);
	take(STANZA_AUTH);
	client_close(&c);
	OPENSSL_cleanse(text, sizeof text);
	nothing_is_left();
}

/* OpenSSL's own buffers are looked after until the login only. */
static void
a_new_password_of_someone_logged_in_is_overwritten(void **state)
{
	struct client *c;

	rig_up();
	c = rig_guest(NULL);
	rig_user(c);
	client_puts(c, sign_up);
	take(STANZA_REQUEST);
	rig_put(c, sign_up, 90);
	rig_put(c, sign_up + 90, sizeof sign_up - 91);
	take(STANZA_REQUEST);
	client_close(&c);
	rig_stop();
	assert_int_equal(ours, 0);
	rig_up();
}

static void
t97_an_arena_is_wiped_block_by_block(void **state)
{
	struct arena a = { 0 };
	char *first = arena_copy(&a, SECRET, sizeof SECRET), *second;

	second = arena_take(&a, 100000);
	memcpy(second + 99000, SECRET, sizeof SECRET);
	assert_string_equal(first, SECRET);
	arena_wipe(&a);
	assert_null(a.blocks);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_no_secret_is_found),
		TEST(t97_a_password_in_a_login_is_overwritten),
		TEST(a_password_that_comes_in_pieces_is_overwritten),
		TEST(a_password_that_never_ends_is_overwritten),
		TEST(a_password_in_a_sign_up_is_overwritten),
		TEST(a_password_in_a_wrong_frame_is_overwritten),
		cmocka_unit_test_setup_teardown(
		    a_password_over_websocket_is_overwritten, setup_web, rig_teardown),
		TEST(a_new_password_of_someone_logged_in_is_overwritten),
		cmocka_unit_test(t97_an_arena_is_wiped_block_by_block),
	};

	test_thread = pthread_self();
	if (CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) != 1)
		return 1;
	return cmocka_run_group_tests_name("secrets", tests, NULL, NULL);
}
