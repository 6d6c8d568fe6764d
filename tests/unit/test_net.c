/* SPDX-License-Identifier: MIT */
/* test_net.c - JSON lines over TLS from a client's socket to the router and back. */
#include "support/test.h"

#include "support/client.h"
#include "support/rig.h"

#include <string.h>

static int
start(void **state)
{
	static struct net_config config;

	config = rig_config();
	return rig_start(&config, NULL);
}

static int
stop(void **state)
{
	rig_stop();
	return 0;
}

static void
says_hello_and_answers_a_ping_by_itself(void **state)
{
	struct client *c = client_open(net_port(0), NULL);
	const char *line = client_line(c);

	assert_non_null(line);
	assert_non_null(strstr(
	    line, "{\"type\":\"hello\",\"domain\":\"localhost\",\"protocol\":1,\"stream\":\""));
	assert_non_null(strstr(line, "\"auth\":[\"SCRAM-SCRYPT-SHA-256-PLUS\",\"PLAIN\"]}"));
	client_puts(c, "{\"type\":\"ping\",\"id\":\"p\"}\n");
	assert_string_equal(client_line(c), "{\"type\":\"pong\",\"id\":\"p\"}");
	client_close(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    says_hello_and_answers_a_ping_by_itself, start, stop),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
