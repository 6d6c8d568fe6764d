/* SPDX-License-Identifier: MIT */
/* test_config_slips.c - no slip in parley.conf ever opens a door: it is refused, or lets in no more
 * than what was meant. */
#include "support/test.h"

#include "core/config.h"

#include <stdlib.h>
#include <string.h>

static const char careful[] = "node {\n"
			      "	domain = \"chat.example\"\n"
			      "	modules = \"register\"\n"
			      "}\n"
			      "tls {\n"
			      "	certificate = \"/etc/c.pem\"\n"
			      "	key = \"/etc/k.pem\"\n"
			      "}\n"
			      "listen json {\n"
			      "	address = \"192.0.2.1 2001:db8::1\"\n"
			      "}\n"
			      "listen http {\n"
			      "	address = \"127.0.0.1\"\n"
			      "}\n"
			      "store {\n"
			      "	backend = memory\n"
			      "}\n"
			      "web {\n"
			      "	origins = \"https://chat.example\"\n"
			      "	proxies = \"10.1.0.0/16 2001:db8:1::/48\"\n"
			      "}\n"
			      "module register {\n"
			      "	open = no\n"
			      "}\n";

struct door {
	bool open;
};
static const struct parley_option door_rows[] = {
	PARLEY_OPT_BOOL(struct door, open, false, "anybody may register"),
	{ 0 },
};

static bool
module_is_closed(const struct config *c)
{
	struct option_errors errors = { 0 };
	struct door door = { false };
	int rc = option_apply(door_rows, config_module(c, "register"), &door, &errors);

	option_errors_fini(&errors);
	return rc != 0 || !door.open;
}

static bool
listeners_are_not_wider(const struct config *c)
{
	for (size_t i = 0; i < c->listener_count; i++) {
		const struct listen_config *l = &c->listeners[i];

		if (strcmp(l->address, "*") == 0)
			return false;
		if (l->kind == LISTEN_HTTP && strncmp(l->address, "127.", 4) != 0 &&
		    strcmp(l->address, "::1") != 0)
			return false;
		if (l->kind == LISTEN_JSON &&
		    (c->tls.certificate[0] == '\0' || c->tls.key[0] == '\0'))
			return false;
	}
	return c->listener_count <= 4;
}

/* Typing slips may name another host or network, but never "all" or a larger one. */
static bool
lists_are_not_wider(const struct config *c)
{
	size_t n = 0;

	for (; c->origins[n] != NULL; n++)
		if (strchr(c->origins[n], '*') != NULL)
			return false;
	if (n > 1)
		return false;
	for (n = 0; c->proxies[n] != NULL; n++) {
		const char *slash = strchr(c->proxies[n], '/');

		if (slash != NULL && atoi(slash + 1) < (strchr(c->proxies[n], ':') ? 48 : 16))
			return false;
		if (strcmp(c->proxies[n], "unix") == 0)
			return false;
	}
	return n <= 2;
}

static unsigned accepted, mutants;

static void
not_wider(const char *text, size_t len, const char *how, size_t at)
{
	struct option_errors errors = { 0 };
	struct config *c = config_load_text("t.conf", text, len, &errors);

	mutants++;
	accepted += c != NULL;
	if ((c == NULL) != (errors.count > 0))
		fail_msg("%s at %zu: no configuration, and no reason", how, at);
	if (c != NULL &&
	    (!listeners_are_not_wider(c) || !lists_are_not_wider(c) || !module_is_closed(c)))
		fail_msg("%s at %zu opened a door:\n%s", how, at, text);
	config_free(&c);
	option_errors_fini(&errors);
}

/* Copies careful with cut bytes at at replaced by put. */
static void
mutate(size_t at, size_t cut, const char *put, size_t put_len, const char *how)
{
	char text[sizeof careful + 128];
	size_t len = 0;

	memcpy(text, careful, at);
	len = at;
	memcpy(text + len, put, put_len);
	len += put_len;
	memcpy(text + len, careful + at + cut, sizeof careful - at - cut);
	len += sizeof careful - 1 - at - cut;
	not_wider(text, len, how, at);
}

static void
t100_no_slip_of_a_character_opens_a_door(void **state)
{
	static const char slips[] = "\"'{}=#/*\\$ \n0x,.-";

	accepted = mutants = 0;
	not_wider(careful, sizeof careful - 1, "nothing", 0);
	assert_int_equal(accepted, 1);
	for (size_t at = 0; at < sizeof careful - 1; at++) {
		mutate(at, 1, "", 0, "a lost character");
		mutate(at, sizeof careful - 1 - at, "", 0, "a cut file");
		for (size_t i = 0; i < sizeof slips - 1; i++) {
			mutate(at, 0, &slips[i], 1, "a character too many");
			mutate(at, 1, &slips[i], 1, "a wrong character");
		}
	}
	assert_true(mutants > 10000);
	assert_true(accepted < mutants / 2);
}

static void
t100_no_slip_of_a_line_opens_a_door(void **state)
{
	const char *line = careful;

	for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		size_t at = (size_t)(line - careful), len = (size_t)(end + 1 - line);

		mutate(at, len, "", 0, "a lost line");
		mutate(at, 0, line, len, "a line twice");
		mutate(at, len, "# off\n", 6, "a line commented out");
		mutate(at, len, "\t}\n", 3, "a brace in place of a line");
		mutate(at + len - 1, 1, "", 0, "a line joined with the next");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t100_no_slip_of_a_character_opens_a_door),
		cmocka_unit_test(t100_no_slip_of_a_line_opens_a_door),
	};

	return cmocka_run_group_tests_name("config_slips", tests, NULL, NULL);
}
