/* SPDX-License-Identifier: MIT */
/* test_parleyctl.c - the program against a socket that plays the node. */
#include "support/test.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the node says to one request: the line must have asked in it; answers to other ids come
 * first and are to be passed over. */
struct turn {
	const char *asked, *answer; /* answer NULL: closes the connection */
};

struct node {
	char folder[64], path[96];
	int listener;
	pthread_t thread;
	const struct turn *turns; /* ends with { 0 } */
	char failure[1024];       /* what came instead of a turn's asked; or "" */
};

static void
say(int fd, const char *line)
{
	/* In two pieces, as a network may. */
	size_t half = strlen(line) / 2;

	assert_int_equal(write(fd, line, half), half);
	assert_int_equal(write(fd, line + half, strlen(line) - half), strlen(line) - half);
}

static void *
node_run(void *arg)
{
	struct node *node = arg;
	int fd = accept(node->listener, NULL, NULL);
	FILE *in = fdopen(fd, "r");
	char line[8192], answer[8192];

	say(fd, "{\"type\":\"hello\",\"domain\":\"localhost\"}\n");
	for (unsigned n = 0; node->turns[n].asked != NULL; n++) {
		if (fgets(line, sizeof line, in) == NULL)
			snprintf(node->failure, sizeof node->failure, "nothing was asked");
		else if (strstr(line, node->turns[n].asked) == NULL)
			snprintf(node->failure, sizeof node->failure, "%.1000s", line);
		if (node->failure[0] != '\0' || node->turns[n].answer == NULL)
			break;
		say(fd, "{\"type\":\"event\",\"name\":\"x\"}\n{\"type\":\"result\",\"id\":"
			"\"other\"}\n");
		snprintf(
		    answer, sizeof answer, "{\"id\":\"%u\",%s}\n", n + 1, node->turns[n].answer);
		say(fd, answer);
	}
	fclose(in);
	return NULL;
}

static int
setup(void **state)
{
	struct node *node = calloc(1, sizeof *node);
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	strcpy(node->folder, "/tmp/parleyctl-XXXXXX");
	if (mkdtemp(node->folder) == NULL)
		return -1;
	snprintf(node->path, sizeof node->path, "%s/control.sock", node->folder);
	strcpy(name.sun_path, node->path);
	node->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*state = node;
	return bind(node->listener, (const struct sockaddr *)&name, sizeof name) == 0 &&
		       listen(node->listener, 1) == 0
		   ? 0
		   : -1;
}

static int
teardown(void **state)
{
	struct node *node = *state;

	close(node->listener);
	unlink(node->path);
	rmdir(node->folder);
	free(node);
	return 0;
}

/* Runs parleyctl with input on stdin; its output, both streams, goes to out. Returns its status. */
static int
run(const struct node *node, const char *arguments, const char *input, char *out, size_t size)
{
	char command[512];
	size_t len;
	FILE *pipe;
	int status;

	snprintf(command, sizeof command, "printf '%s' | ./parleyctl --socket %s %s 2>&1", input,
	    node->path, arguments);
	pipe = popen(command, "re");
	assert_non_null(pipe);
	len = fread(out, 1, size - 1, pipe);
	out[len] = '\0';
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The same with the node answering by turns. */
static void
expect(struct node *node, const struct turn *turns, const char *arguments, const char *input,
    int status, const char *output)
{
	char out[16384];
	int got;

	node->turns = turns;
	assert_int_equal(pthread_create(&node->thread, NULL, node_run, node), 0);
	got = run(node, arguments, input, out, sizeof out);
	pthread_join(node->thread, NULL);
	if (node->failure[0] != '\0')
		fail_msg("%s: asked %s", arguments, node->failure);
	assert_string_equal(out, output);
	assert_int_equal(got, status);
}

static void
status_is_told_in_lines(void **state)
{
	static const struct turn turns[] = {
		{ "{\"type\":\"request\",\"id\":\"1\",\"method\":\"node.status\"}",
		    "\"type\":\"result\",\"result\":{\"version\":\"0.1.0\",\"domain\":\"a."
		    "example\","
		    "\"pid\":4711,\"started\":\"2026-11-22T10:00:00.123Z\",\"uptime\":93784,"
		    "\"connections\":12,\"sessions\":11,\"detached\":1,\"messages\":5301,"
		    "\"store\":\"sqlite\",\"memory\":14680064}" },
		{ 0 },
	};

	expect(*state, turns, "status", "", 0,
	    "domain                          a.example\n"
	    "version                         0.1.0\n"
	    "process                         4711\n"
	    "started                         2026-11-22 10:00:00Z\n"
	    "running for                     1 d 2 h 3 min 4 s\n"
	    "connections                     12\n"
	    "sessions                        11\n"
	    "  of them without a connection  1\n"
	    "messages since the start        5301\n"
	    "store                           sqlite\n"
	    "memory                          14.0 MiB\n");
}

static void
json_is_passed_on_in_one_line(void **state)
{
	static const struct turn turns[] = {
		{ "node.hooks", "\"type\":\"result\",\"result\":{\"hooks\": [ ] }" },
		{ 0 },
	};

	expect(*state, turns, "--json hooks", "", 0, "{\"hooks\":[]}\n");
}

static void
an_account_is_made_with_a_password_from_a_pipe(void **state)
{
	static const struct turn turns[] = {
		{ "\"params\":{\"name\":\"Carol\",\"password\":\"corr \\\"horse\",\"display\":\"C. "
		  "A.\","
		  "\"admin\":true}",
		    "\"type\":\"result\",\"result\":{\"name\":\"carol\"}" },
		{ 0 },
	};

	expect(*state, turns, "account create --admin --display 'C. A.' Carol", "corr \"horse\\n",
	    0, "Carol was made, an administrator\n");
}

static void
accounts_are_changed(void **state)
{
	static const struct turn change[] = {
		{ "\"method\":\"account.change\",\"params\":{\"name\":\"carol\",\"admin\":false,"
		  "\"disabled\":true}",
		    "\"type\":\"result\",\"result\":{\"account\":{}}" },
		{ 0 },
	};
	static const struct turn password[] = {
		{ "\"method\":\"account.change\",\"params\":{\"name\":\"carol\","
		  "\"password\":\"battery staple\"}",
		    "\"type\":\"result\",\"result\":{\"account\":{}}" },
		{ 0 },
	};

	expect(*state, change, "account change --admin no --disabled yes carol", "", 0,
	    "carol was changed\n");
	expect(*state, password, "account password carol", "battery staple\n", 0,
	    "carol has a new password; all devices are signed out\n");
}

static void
a_bad_value_is_told_with_its_name(void **state)
{
	static const struct turn turns[] = {
		{ "account.create",
		    "\"type\":\"error\",\"code\":\"bad-request\",\"text\":\"must be longer\","
		    "\"where\":\"/params/password\"" },
		{ 0 },
	};

	expect(*state, turns, "account create carol", "12345678", 1,
	    "parleyctl: password: must be longer (bad-request)\n");
}

static void
what_the_node_refuses_is_told_with_its_code(void **state)
{
	static const struct turn turns[] = {
		{ "account.create",
		    "\"type\":\"error\",\"code\":\"conflict\",\"text\":\"the name is "
		    "taken\",\"retry_after\":30" },
		{ 0 },
	};

	expect(*state, turns, "account create carol", "12345678", 1,
	    "parleyctl: the name is taken (conflict, retry after 30 s)\n");
}

static void
long_lists_are_fetched_page_by_page(void **state)
{
	static const struct turn turns[] = {
		{ "\"params\":{\"limit\":200}",
		    "\"type\":\"result\",\"result\":{\"accounts\":[{\"name\":\"ann\",\"shown\":"
		    "\"Ann\","
		    "\"display\":\"\",\"admin\":true,\"disabled\":false,\"hidden\":false,"
		    "\"created\":\"2026-11-22T10:00:00.123Z\"}],\"more\":true}" },
		{ "\"params\":{\"limit\":200,\"after\":\"ann\"}",
		    "\"type\":\"result\",\"result\":{\"accounts\":[{\"name\":\"bob\",\"shown\":"
		    "\"bob\","
		    "\"display\":\"B\",\"admin\":false,\"disabled\":true,\"hidden\":true,"
		    "\"created\":\"2026-11-22T11:00:00.123Z\"}],\"more\":false}" },
		{ 0 },
	};

	expect(*state, turns, "account list", "", 0,
	    "NAME  DISPLAY  ADMIN  DISABLED  HIDDEN  CREATED\n"
	    "Ann            yes                      2026-11-22 10:00:00Z\n"
	    "NAME  DISPLAY  ADMIN  DISABLED  HIDDEN  CREATED\n"
	    "bob   B               yes       yes     2026-11-22 11:00:00Z\n");
}

static void
t82_a_name_cannot_control_the_terminal(void **state)
{
	static const struct turn turns[] = {
		{ "node.sessions",
		    "\"type\":\"result\",\"result\":{\"sessions\":[{\"session\":\"42\",\"address\":"
		    "\"a\\u009b2J\\u202eb\",\"peer\":\"192.0.2.1\",\"connected\":true,"
		    "\"since\":\"2026-11-22T10:00:00.123Z\",\"waiting\":3}],\"total\":9}" },
		{ 0 },
	};

	expect(*state, turns, "sessions --account ann --limit 1", "", 0,
	    "SESSION  ADDRESS  FROM       CONNECTED  SINCE                 WAITING\n"
	    "     42  a?2J?b   192.0.2.1  yes        2026-11-22 10:00:00Z        3\n"
	    "and more, 9 in all: say --limit\n");
}

static void
mistakes_found_by_a_check_are_told_and_fail(void **state)
{
	static const struct turn turns[] = {
		{ "node.check", "\"type\":\"result\",\"result\":{\"ok\":false,\"problems\":[{"
				"\"where\":\"p.conf:3\","
				"\"text\":\"log must be\"},{\"where\":\"\",\"text\":\"other\"}]}" },
		{ 0 },
	};

	expect(*state, turns, "check", "", 1,
	    "p.conf:3: log must be\nother\na reload would be refused\n");
}

static void
what_a_reload_leaves_to_a_restart_is_told(void **state)
{
	static const struct turn turns[] = {
		{ "node.reload", "\"type\":\"result\",\"result\":{\"ok\":true,\"problems\":[],"
				 "\"restart\":[\"node.modules\",\"listen\"]}" },
		{ 0 },
	};

	expect(*state, turns, "reload", "", 0,
	    "reloaded\nnot in force before a restart: node.modules listen\n");
}

static void
a_module_is_shown_with_its_tables(void **state)
{
	static const struct turn turns[] = {
		{ "\"method\":\"node.module\",\"params\":{\"name\":\"roster\"}",
		    "\"type\":\"result\",\"result\":{\"name\":\"roster\",\"summary\":\"contacts\","
		    "\"abi\":\"1.0\",\"file\":\"/x/roster.so\",\"needs\":[],\"methods\":[{\"name\":"
		    "\"roster.list\",\"roles\":[\"user\",\"admin\"]}],\"hooks\":[],\"options\":[{"
		    "\"name\":\"contacts\",\"type\":\"int\",\"value\":5,\"default\":1000,\"min\":1,"
		    "\"max\":9,\"text\":\"how many\"}],\"collections\":[\"contacts\"],"
		    "\"services\":[\"roster/1\"],\"metrics\":[]}" },
		{ 0 },
	};

	expect(*state, turns, "module info roster", "", 0,
	    "module     roster\n"
	    "summary    contacts\n"
	    "interface  1.0\n"
	    "file       /x/roster.so\n"
	    "needs      \n"
	    "keeps      contacts\n"
	    "offers     roster/1\n"
	    "\nmethods\n"
	    "  METHOD       FOR\n"
	    "  roster.list  user admin\n"
	    "\noptions\n"
	    "  OPTION    VALUE  DEFAULT  MEANING\n"
	    "  contacts  5      1000     how many\n");
}

static void
a_node_that_goes_away_is_no_success(void **state)
{
	static const struct turn turns[] = { { "node.status", NULL }, { 0 } };
	struct node *node = *state;
	char output[256];

	snprintf(output, sizeof output, "parleyctl: %s: the node has closed the connection\n",
	    node->path);
	expect(node, turns, "status", "", 2, output);
}

static void
without_a_node_the_socket_is_named(void **state)
{
	struct node *node = *state;
	char out[1024], output[256];

	snprintf(output, sizeof output,
	    "parleyctl: %s: No such file or directory; does the node run, with listen control?\n",
	    node->path);
	unlink(node->path);
	assert_int_equal(run(node, "status", "", out, sizeof out), 2);
	assert_string_equal(out, output);
}

static void
wrong_usage_asks_nothing(void **state)
{
	static const char *const wrong[] = { "", "stauts", "account", "account create",
		"account create a b", "account create --colour red a", "account create --display",
		"account change a", "account change --admin maybe a", "account change --admin yes",
		"account password", "account password a b", "account list x",
		"sessions --limit many", "session end", "session end x", "module info",
		"status now", "--colour status", "--socket" };
	char out[4096];

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		if (run(*state, wrong[i], "12345678", out, sizeof out) != 64)
			fail_msg("\"%s\" was understood: %s", wrong[i], out);
	run(*state, "debug", "", out, sizeof out);
	assert_string_equal(out,
	    "parleyctl: \"debug\" is followed by \"fibers\" or \"limits\"; see parleyctl --help\n");
}

static void
help_is_found_in_more_than_one_way(void **state)
{
	static const char *const ways[] = { "--help", "-h", "help", "session end --help" };
	char out[4096];

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		assert_int_equal(run(*state, ways[i], "", out, sizeof out), 0);
		assert_non_null(strstr(out, "account create"));
	}
}

static void
no_password_makes_no_account(void **state)
{
	char out[4096];

	assert_int_equal(run(*state, "account create carol", "", out, sizeof out), 1);
	assert_string_equal(out, "parleyctl: no password came from stdin\n");
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(status_is_told_in_lines),
		CASE(json_is_passed_on_in_one_line),
		CASE(an_account_is_made_with_a_password_from_a_pipe),
		CASE(accounts_are_changed),
		CASE(a_bad_value_is_told_with_its_name),
		CASE(what_the_node_refuses_is_told_with_its_code),
		CASE(long_lists_are_fetched_page_by_page),
		CASE(t82_a_name_cannot_control_the_terminal),
		CASE(mistakes_found_by_a_check_are_told_and_fail),
		CASE(what_a_reload_leaves_to_a_restart_is_told),
		CASE(a_module_is_shown_with_its_tables),
		CASE(a_node_that_goes_away_is_no_success),
		CASE(without_a_node_the_socket_is_named),
		CASE(wrong_usage_asks_nothing),
		CASE(help_is_found_in_more_than_one_way),
		CASE(no_password_makes_no_account),
	};

	return cmocka_run_group_tests_name("parleyctl", tests, NULL, NULL);
}
