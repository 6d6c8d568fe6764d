/* SPDX-License-Identifier: MIT */
/* test_http_who.c - who asks: proxies that are trusted or not, cookies, pages of other origins. */
#include "support/test.h"

#include "support/certificate.h"
#include "support/client.h"
#include "support/rig.h"
#include "support/web.h"

#include <stdio.h>
#include <string.h>

/* What the router is told of a request with these fields; NULL: it was refused with *status_r. */
static struct http_call *
ask(struct client *c, const char *fields, int *status_r)
{
	char request[1000];
	struct web_answer a;

	/* The second is answered without the router: so the first was, when that is all there is.
	 */
	snprintf(request, sizeof request, "DELETE /session HTTP/1.1\r\nHost: localhost\r\n%s\r\n",
	    fields);
	client_puts(c, request);
	if (*status_r == 0)
		return rig_http();
	a = web_read(c, false);
	*status_r = a.status;
	web_answer_fini(&a);
	return NULL;
}

static void
done(struct client *c, struct http_call *call)
{
	struct web_answer a;

	call->status = 204;
	rig_answer(call);
	a = web_read(c, false);
	assert_int_equal(a.status, 204);
	web_answer_fini(&a);
}

/* ---- proxies ---- */

static const struct {
	const char *fields;
	const char *peer; /* NULL: refused */
	bool secure;
} forwarded[] = {
	{ "", "127.0.0.1", true },
	{ "X-Forwarded-For: 192.0.2.1\r\n", "192.0.2.1", false },
	{ "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n", "192.0.2.1", true },
	{ "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: HTTPS\r\n", "192.0.2.1", true },
	{ "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n", "192.0.2.1", false },
	{ "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https, http\r\n", "192.0.2.1", false },
	{ "X-Forwarded-Proto: https\r\n", "127.0.0.1", true },
	{ "X-Forwarded-Proto: http\r\n", "127.0.0.1", false },
	{ "X-Forwarded-For: 2001:DB8::1\r\n", "2001:db8::1", false },
	{ "X-Forwarded-For: [2001:db8::1]:4711\r\n", "2001:db8::1", false },
	{ "X-Forwarded-For: 192.0.2.1:4711\r\n", "192.0.2.1", false },
	{ "X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\n", "192.0.2.1", false },
	{ "X-Forwarded-For: 192.0.2.1, 10.1.2.3\r\n", "192.0.2.1", false },
	{ "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 10.1.2.3,10.9.9.9\r\n", "192.0.2.1",
	    false },
	{ "X-Forwarded-For: anything at all, 192.0.2.1\r\n", "192.0.2.1", false },
	{ "X-Forwarded-For: 10.0.0.1, 10.0.0.2\r\n", "10.0.0.1", false },
	{ "X-Forwarded-For: 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,192.0.2.1\r\n", "192.0.2.1",
	    false },
	{ "X-Forwarded-For: unknown\r\n", NULL, false },
	{ "X-Forwarded-For: 192.0.2.1, \"x\"\r\n", NULL, false },
	{ "X-Forwarded-For: 192.0.2.1, 10.1.2.3, nonsense, 10.1.2.3\r\n", NULL, false },
	{ "X-Forwarded-For: [192.0.2.1\r\n", NULL, false },
	{ "X-Forwarded-For: unix\r\n", NULL, false },
	{ "X-Forwarded-For: 1111111111111111111111111111111111111111111111111111\r\n", NULL,
	    false },
	{ "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Host: a/b\r\n", NULL, false },
};

static void
a_trusted_proxy_says_for_whom_it_speaks(void **state)
{
	static const char *const proxies[] = { "127.0.0.1", "10.0.0.0/8", NULL };

	rig_settings.proxies = proxies;
	rig_up();
	for (size_t i = 0; i < sizeof forwarded / sizeof forwarded[0]; i++) {
		struct client *c = web_dial(WEB_PLAIN);
		int status = forwarded[i].peer == NULL;
		struct http_call *call = ask(c, forwarded[i].fields, &status);

		if (call == NULL) {
			if (status != 400)
				fail_msg("%d: %s", status, forwarded[i].fields);
			client_close(&c);
			continue;
		}
		if (strcmp(call->facts->peer, forwarded[i].peer) != 0 ||
		    call->facts->secure != forwarded[i].secure)
			fail_msg("%s: %s", call->facts->peer, forwarded[i].fields);
		done(c, call);
		client_close(&c);
	}
}

static void
nobody_else_is_believed(void **state)
{
	struct client *c;
	struct http_call *call;
	int status = 0;

	rig_up();
	c = web_dial(WEB_PLAIN);
	call = ask(c,
	    "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: http\r\n"
	    "X-Forwarded-Host: a/b\r\n",
	    &status);
	assert_string_equal(call->facts->peer, "127.0.0.1");
	assert_true(call->facts->secure);
	done(c, call);
	client_close(&c);
}

static void
a_proxy_speaks_for_many_on_one_connection(void **state)
{
	static const char *const proxies[] = { "127.0.0.1", NULL };
	struct http_call *first, *second;
	struct client *c;
	int status = 0;

	rig_settings.proxies = proxies;
	rig_up();
	c = web_dial(WEB_PLAIN);
	first = ask(c,
	    "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
	    "Cookie: __Host-parley=one\r\nSec-Fetch-Site: same-origin\r\n",
	    &status);
	assert_string_equal(first->facts->cookie, "one");
	done(c, first);
	second = ask(c, "X-Forwarded-For: 192.0.2.2\r\n", &status);
	assert_string_equal(second->facts->peer, "192.0.2.2");
	assert_false(second->facts->secure);
	assert_null(second->facts->cookie);
	done(c, second);
	web_expect(c, 400, NULL, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_null(client_line(c));
	client_close(&c);
}

static bool
none_is_left(const struct net_stats *s)
{
	return s->connections == 0;
}

static void
guests_behind_a_proxy_are_counted_each_for_itself(void **state)
{
	static const char *const proxies[] = { "127.0.0.1", NULL };
	static const char page[] =
	    "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.%d\r\n\r\n";
	struct client *c[4];

	rig_settings.proxies = proxies;
	rig_settings.guests_per_address = 2;
	rig_up();
	for (int i = 0; i < 4; i++)
		c[i] = web_dial(WEB_PLAIN);
	web_expect(c[0], 200, NULL, page, 1);
	web_expect(c[1], 200, NULL, page, 1);
	web_expect(c[2], 200, NULL, page, 2);
	web_expect(c[3], 429, NULL, page, 1);
	web_expect(c[0], 200, NULL, page, 2); /* which frees a place of 192.0.2.1 */
	web_expect(c[1], 200, NULL, page, 1);
	client_close(&c[3]);
	c[3] = web_dial(WEB_PLAIN);
	web_expect(c[3], 200, NULL, page, 1);
	for (int i = 0; i < 4; i++)
		client_close(&c[i]);
	assert_true(rig_until(none_is_left));
	c[0] = web_dial(WEB_PLAIN);
	web_expect(c[0], 200, NULL, page, 1);
	client_close(&c[0]);
}

static void
a_proxy_may_come_over_a_unix_socket(void **state)
{
	static const char *const proxies[] = { "unix", NULL };
	struct client_options local = { .plain = true, .path = test_path("http.sock") };
	const struct listen_config listeners[] = { { LISTEN_HTTP, local.path, 0 } };
	struct client *c;
	struct http_call *call;
	int status = 0;

	rig_settings.listeners = listeners;
	rig_settings.listener_count = 1;
	rig_settings.proxies = proxies;
	rig_up();
	c = client_open(0, &local);
	call = ask(c, "", &status);
	assert_string_equal(call->facts->peer, "unix");
	assert_true(call->facts->secure);
	done(c, call);
	call = ask(c, "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n", &status);
	assert_string_equal(call->facts->peer, "192.0.2.1");
	assert_true(call->facts->secure);
	done(c, call);
	client_close(&c);
}

/* ---- cookies ---- */

static const struct {
	int listener;
	const char *fields, *cookie;
} cookies[] = {
	{ WEB_PLAIN, "Cookie: parley=abc\r\n", "abc" },
	{ WEB_PLAIN, "Cookie: parley=a-b.c_d~e+f/g=h:i\r\n", "a-b.c_d~e+f/g=h:i" },
	{ WEB_PLAIN, "Cookie: x=y; parley=abc; z=w\r\n", "abc" },
	{ WEB_PLAIN, "Cookie: x=y;parley=abc\r\n", "abc" },
	{ WEB_PLAIN, "Cookie: parley=abc;\r\n", "abc" },
	{ WEB_PLAIN, "Cookie: Parley=abc\r\n", NULL },
	{ WEB_PLAIN, "Cookie: xparley=abc\r\n", NULL },
	{ WEB_PLAIN, "Cookie: parley\r\n", NULL },
	{ WEB_PLAIN, "Cookie: parley=\r\n", NULL },
	{ WEB_PLAIN, "Cookie: ;;; =; \r\n", NULL },
	{ WEB_PLAIN, "Cookie: parley=a b\r\n", NULL },
	{ WEB_PLAIN, "Cookie: parley=\"abc\"\r\n", NULL },
	{ WEB_PLAIN, "Cookie: parley=\xc3\xa9\r\n", NULL },
	{ WEB_PLAIN, "Cookie: parley=abc; parley=def\r\n", NULL },
	{ WEB_PLAIN, "Cookie: __Host-parley=abc\r\n", NULL },
	{ WEB_PLAIN, "Cookie: __Host-parley=abc; parley=def\r\n", "def" },
	{ WEB_PLAIN, "", NULL },
	{ WEB_TLS, "Cookie: __Host-parley=abc\r\n", "abc" },
	{ WEB_TLS, "Cookie: parley=def; __Host-parley=abc\r\n", "abc" },
	{ WEB_TLS, "Cookie: parley=def\r\n", NULL },
	{ WEB_TLS, "Cookie: __host-parley=abc\r\n", NULL },
};

static void
the_cookie_is_found(void **state)
{
	rig_up();
	for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
		struct client *c = web_dial(cookies[i].listener);
		char fields[300];
		struct http_call *call;
		int status = 0;

		snprintf(
		    fields, sizeof fields, "Sec-Fetch-Site: same-origin\r\n%s", cookies[i].fields);
		call = ask(c, fields, &status);
		if ((call->facts->cookie == NULL) != (cookies[i].cookie == NULL))
			fail_msg("%s", cookies[i].fields);
		if (cookies[i].cookie != NULL)
			assert_string_equal(call->facts->cookie, cookies[i].cookie);
		done(c, call);
		client_close(&c);
	}
}

static void
a_cookie_may_have_512_bytes(void **state)
{
	struct client *c;

	rig_up();
	c = web_dial(WEB_PLAIN);
	for (int more = 0; more < 2; more++) {
		char fields[700], value[600];
		struct http_call *call;
		int status = 0;

		memset(value, 'x', sizeof value);
		value[512 + more] = '\0';
		snprintf(fields, sizeof fields,
		    "Sec-Fetch-Site: same-origin\r\nCookie: parley=%s\r\n", value);
		call = ask(c, fields, &status);
		assert_int_equal(call->facts->cookie == NULL, more);
		done(c, call);
	}
	web_expect(c, 400, NULL,
	    "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: a=b\r\nCookie: parley=c\r\n\r\n");
	client_close(&c);
}

/* ---- origins ---- */

static const struct {
	int listener;
	const char *host, *origin;
	bool allowed;
} origins[] = {
	{ WEB_PLAIN, "localhost:8080", "http://localhost:8080", true },
	{ WEB_PLAIN, "LocalHost:8080", "http://localhost:8080", true },
	{ WEB_PLAIN, "localhost", "http://localhost", true },
	{ WEB_PLAIN, "localhost:80", "http://localhost", true },
	{ WEB_PLAIN, "localhost", "http://localhost:80", true },
	{ WEB_PLAIN, "[::1]:8080", "http://[::1]:8080", true },
	{ WEB_TLS, "localhost:8443", "https://localhost:8443", true },
	{ WEB_TLS, "chat.example", "https://chat.example", true },
	{ WEB_TLS, "chat.example:443", "https://chat.example", true },
	{ WEB_PLAIN, "localhost:8080", "https://listed.example", true },
	{ WEB_PLAIN, "localhost:8080", "https://listed.example:443", true },
	{ WEB_PLAIN, "localhost:8080", "http://other.example:8000", true },
	{ WEB_PLAIN, "localhost:8080", "http://other.example", false },
	{ WEB_PLAIN, "localhost:8080", "http://listed.example", false },
	{ WEB_PLAIN, "localhost:8080", "https://listed.example:444", false },
	{ WEB_PLAIN, "localhost:8080", "https://listed.example.evil.test", false },
	{ WEB_PLAIN, "localhost:8080", "https://evil-listed.example", false },
	{ WEB_PLAIN, "localhost:8080", "https://listed.example@evil.test", false },
	{ WEB_PLAIN, "localhost:8080", "https://localhost:8080", false },
	{ WEB_PLAIN, "localhost:8080", "http://localhost", false },
	{ WEB_PLAIN, "localhost:8080", "http://localhost:80800", false },
	{ WEB_PLAIN, "localhost:8080", "http://127.0.0.1:8080", false },
	{ WEB_TLS, "localhost:8443", "http://localhost:8443", false },
	{ WEB_TLS, "chat.example", "https://chat.example:8443", false },
	{ WEB_TLS, "chat.example", "https://chat.example.evil.test", false },
	{ WEB_TLS, "chat.example", "https://chat.example/", false },
	{ WEB_TLS, "chat.example", "https://chat.example https://chat.example", false },
	{ WEB_TLS, "chat.example", "HTTPS://chat.example", false },
	{ WEB_TLS, "chat.example", "null", false },
	{ WEB_TLS, "chat.example", "", false },
	{ WEB_TLS, "chat.example", "chat.example", false },
	{ WEB_TLS, "chat.example", "file://", false },
};

static void
pages_of_other_origins_are_told_apart(void **state)
{
	static const char *const listed[] = { "https://listed.example", "http://other.example:8000",
		NULL };

	rig_settings.origins = listed;
	rig_up();
	for (size_t i = 0; i < sizeof origins / sizeof origins[0]; i++) {
		struct client *c = web_dial(origins[i].listener);
		char request[300];
		struct web_answer a;

		snprintf(request, sizeof request,
		    "DELETE /session HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\n\r\n", origins[i].host,
		    origins[i].origin);
		client_puts(c, request);
		if (origins[i].allowed) {
			struct http_call *call = rig_http();

			call->status = 204;
			rig_answer(call);
		}
		a = web_read(c, false);
		if (a.status != (origins[i].allowed ? 204 : 403))
			fail_msg("%d: %s at %s", a.status, origins[i].origin, origins[i].host);
		web_answer_fini(&a);
		client_close(&c);
	}
}

static const struct {
	const char *fields;
	bool allowed;
} sites[] = {
	{ "", true }, /* no browser, and nothing to steal */
	{ "Cookie: parley=abc\r\n", false },
	{ "Sec-Fetch-Site: same-origin\r\nCookie: parley=abc\r\n", true },
	{ "Sec-Fetch-Site: same-origin\r\n", true },
	{ "Sec-Fetch-Site: same-site\r\n", false },
	{ "Sec-Fetch-Site: cross-site\r\n", false },
	{ "Sec-Fetch-Site: none\r\n", false },
	{ "Sec-Fetch-Site: cross-site\r\nOrigin: http://localhost\r\n", false },
	{ "Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.test\r\n", false },
	{ "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: same-origin\r\n", false },
	{ "Origin: http://localhost\r\nCookie: parley=abc\r\n", true },
	{ "Origin: http://localhost\r\nOrigin: http://evil.test\r\n", false },
	{ "Origin: http://evil.test\r\n", false },
};

static void
t46_requests_from_other_sites_are_refused(void **state)
{
	rig_up();
	for (size_t i = 0; i < sizeof sites / sizeof sites[0]; i++) {
		struct client *c = web_dial(WEB_PLAIN);
		int status = !sites[i].allowed;
		struct http_call *call = ask(c, sites[i].fields, &status);

		if (call != NULL)
			done(c, call);
		else if (status != 403)
			fail_msg("%d: %s", status, sites[i].fields);
		client_close(&c);
	}
}

static void
a_proxy_says_under_which_name_it_is_known(void **state)
{
	static const char *const proxies[] = { "127.0.0.1", NULL };
	static const char fields[] = "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n"
				     "X-Forwarded-Host: chat.example\r\n";
	char all[300];
	struct client *c;
	struct http_call *call;
	int status = 0;

	rig_settings.proxies = proxies;
	rig_up();
	c = web_dial(WEB_PLAIN);
	snprintf(all, sizeof all, "%sOrigin: https://chat.example\r\n", fields);
	call = ask(c, all, &status);
	done(c, call);
	snprintf(all, sizeof all, "%sOrigin: http://localhost\r\n", fields);
	status = 1;
	assert_null(ask(c, all, &status));
	assert_int_equal(status, 403);
	client_close(&c);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, web_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_trusted_proxy_says_for_whom_it_speaks),
		TEST(nobody_else_is_believed),
		TEST(a_proxy_speaks_for_many_on_one_connection),
		TEST(guests_behind_a_proxy_are_counted_each_for_itself),
		TEST(a_proxy_may_come_over_a_unix_socket),
		TEST(the_cookie_is_found),
		TEST(a_cookie_may_have_512_bytes),
		TEST(pages_of_other_origins_are_told_apart),
		TEST(t46_requests_from_other_sites_are_refused),
		TEST(a_proxy_says_under_which_name_it_is_known),
	};

	return cmocka_run_group_tests_name("http_who", tests, NULL, NULL);
}
