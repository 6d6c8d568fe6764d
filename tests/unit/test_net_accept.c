/* SPDX-License-Identifier: MIT */
/* test_net_accept.c - listening: addresses, limits, running out of descriptors, the control socket.
 */
#include "support/test.h"

#include "net/listen_socket.h"
#include "support/certificate.h"
#include "support/client.h"
#include "support/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <parley/error.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct client_options plain = { .plain = true };

static void
check_turned_away(void)
{
	struct client *c = client_open(net_port(0), &plain);

	assert_true(client_ended(c));
	client_close(&c);
}

/* ---- limits ---- */

static bool
one_guest_is_left(const struct net_stats *s)
{
	return s->guests == 1;
}

static void
an_address_has_only_so_many_guests(void **state)
{
	struct client *a, *b, *c;

	rig_settings.guests_per_address = 2;
	rig_up();
	a = rig_guest(NULL);
	b = rig_guest(NULL);
	check_turned_away();
	assert_int_equal(rig_stats().refused[NET_REFUSED_ADDRESS], 1);
	assert_int_equal(rig_stats().guests, 2);

	rig_live(rig_known(a)); /* who has logged in is no guest */
	assert_true(rig_until(one_guest_is_left));
	c = rig_guest(NULL);
	check_turned_away();

	client_close(&a);
	client_close(&b);
	client_close(&c);
}

static bool
two_have_gone(const struct net_stats *s)
{
	return s->connections == 1;
}

static void
guests_that_leave_make_room(void **state)
{
	struct client *c[3];

	rig_settings.guests_per_address = 3;
	rig_up();
	for (int i = 0; i < 3; i++)
		c[i] = rig_guest(NULL);
	check_turned_away();
	client_close(&c[0]);
	client_abort(&c[1]);
	assert_true(rig_until(two_have_gone));
	c[0] = rig_guest(NULL);
	c[1] = rig_guest(NULL);
	check_turned_away();
	for (int i = 0; i < 3; i++)
		client_close(&c[i]);
}

static void
there_is_a_limit_on_all_connections(void **state)
{
	struct client *a, *b;

	rig_settings.connections = 2;
	rig_up();
	a = rig_guest(NULL);
	b = rig_guest(NULL);
	check_turned_away();
	assert_int_equal(rig_stats().refused[NET_REFUSED_TOTAL], 1);
	client_close(&a);
	client_close(&b);
}

static void
connections_are_spread_over_the_threads(void **state)
{
	struct client *c[12];
	unsigned on[4] = { 0 };

	rig_settings.threads = 4;
	rig_up();
	for (int i = 0; i < 12; i++) {
		c[i] = rig_guest(NULL);
		on[(rig_known(c[i]) >> 56) - 1]++;
	}
	for (int i = 0; i < 4; i++)
		assert_int_equal(on[i], 3);
	for (int i = 0; i < 12; i++)
		client_close(&c[i]);
}

/* ---- running out of descriptors ---- */

static bool
accepting_has_paused(const struct net_stats *s)
{
	return s->pauses > 0;
}

static void
r19_without_descriptors_accepting_pauses_and_goes_on_later(void **state)
{
	struct rlimit before, low;
	int spare[64], count = 0;
	struct client *user, *c;
	uint64_t pauses;

	rig_up();
	user = rig_guest(NULL);
	getrlimit(RLIMIT_NOFILE, &before);
	low = before;
	low.rlim_cur = 48;
	setrlimit(RLIMIT_NOFILE, &low);
	while (count < 64 && (spare[count] = open("/dev/null", O_RDONLY)) >= 0)
		count++;
	assert_int_equal(errno, EMFILE);
	close(spare[--count]);

	c = client_open(net_port(0), &plain); /* its own end takes the last descriptor */
	assert_true(rig_until(accepting_has_paused));
	for (int i = 0; i < 50; i++) {
		client_puts(user, "{\"type\":\"ping\"}\n");
		assert_string_equal(client_line(user), "{\"type\":\"pong\"}");
	}
	pauses = rig_stats().pauses;
	assert_true(pauses <= 3); /* no spinning: one try a second */

	while (count > 0)
		close(spare[--count]);
	setrlimit(RLIMIT_NOFILE, &before);
	client_close(&c);
	c = rig_guest(NULL);
	client_close(&c);
	client_close(&user);
}

/* ---- the control socket ---- */

static const char *
control_path(void)
{
	return test_path("control");
}

static void
start_with_control(void)
{
	static struct listen_config listeners[2];

	listeners[0] = rig_settings.listeners[0];
	listeners[1] = (struct listen_config){ LISTEN_CONTROL, control_path(), 0 };
	rig_settings.listeners = listeners;
	rig_settings.listener_count = 2;
	rig_up();
}

static void
the_control_socket_is_ours_alone(void **state)
{
	struct client_options options = { .plain = true, .path = control_path() };
	struct client *c;
	struct stanza *s;
	struct stat st;

	start_with_control();
	assert_int_equal(stat(control_path(), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	c = client_open(0, &options);
	assert_non_null(strstr(client_line(c), "\"auth\":[\"PLAIN\"]}"));
	client_puts(c, "{\"type\":\"request\",\"id\":\"1\",\"method\":\"node.nothing\"}\n");
	s = rig_stanza();
	assert_true(s->facts->control);
	assert_true(s->facts->secure);
	assert_false(s->facts->bindable);
	assert_string_equal(s->facts->peer, "unix");
	rig_free(s);
	rig_pass(1000); /* it has no deadline */
	client_puts(c, "{\"type\":\"ping\"}\n");
	assert_string_equal(client_line(c), "{\"type\":\"pong\"}");
	client_close(&c);
}

/* What another user's process reads from the control socket: bytes, or -1 for a failure. */
static int
read_as_nobody(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	pid_t child = fork();
	int status;

	if (child == 0) {
		char byte;
		int fd;

		snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
		if (setuid(65534) != 0)
			_exit(100);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (const struct sockaddr *)&sa, sizeof sa) != 0)
			_exit(101);
		_exit((int)recv(fd, &byte, 1, 0));
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
the_control_socket_knows_other_users_by_the_kernels_word(void **state)
{
	if (geteuid() != 0)
		skip();
	start_with_control();
	assert_int_equal(chmod(test_directory(), 0711), 0);
	assert_int_equal(read_as_nobody(control_path()), 101); /* the mode keeps it out */
	assert_int_equal(chmod(control_path(), 0666), 0);
	assert_int_equal(read_as_nobody(control_path()), 0); /* and if it did not */
	assert_int_equal(rig_stats().refused[NET_REFUSED_PEER], 1);
}

/* ---- sockets ---- */

static void
check_refused(enum listen_kind kind, const char *address, int port, const char *why)
{
	struct listen_config c = { kind, address, port };
	struct parley_error err = { 0 };
	struct listen_socket s;

	assert_int_equal(listen_socket_open(&s, &c, &err), -1);
	if (strstr(err.text, why) == NULL)
		print_message("%s\n", err.text);
	assert_non_null(strstr(err.text, why));
}

static void
what_is_not_encrypted_stays_on_this_machine(void **state)
{
	struct listen_config c = { LISTEN_HTTP, "127.0.0.1", 0 };
	struct listen_socket s;

	check_refused(LISTEN_HTTP, "*", 0, "without TLS only loopback");
	check_refused(LISTEN_METRICS, "0.0.0.0", 0, "without TLS only loopback");
	check_refused(LISTEN_METRICS, "192.0.2.1", 0, "without TLS only loopback");
	check_refused(LISTEN_CONTROL, "127.0.0.1", 0, "must be the absolute path");
	assert_int_equal(listen_socket_open(&s, &c, NULL), 0);
	assert_true(s.port > 0);
	listen_socket_close(&s);
}

static void
addresses_that_are_wrong_or_taken_are_told(void **state)
{
	struct listen_config c = { LISTEN_JSON, "127.0.0.1", 0 };
	struct listen_socket s;
	char port[40];

	check_refused(LISTEN_JSON, "example.org", 0, "neither *, nor an address");
	check_refused(LISTEN_JSON, "192.0.2.1", 9, "cannot bind 192.0.2.1 port 9");
	check_refused(LISTEN_HTTP, "/nowhere/at/all", 0, "cannot bind /nowhere/at/all");
	check_refused(LISTEN_HTTP, test_directory(), 0, "File exists");
	assert_int_equal(listen_socket_open(&s, &c, NULL), 0);
	snprintf(port, sizeof port, "port %d: Address already in use", s.port);
	check_refused(LISTEN_JSON, "127.0.0.1", s.port, port);
	listen_socket_close(&s);
}

static void
a_socket_left_behind_is_replaced_but_one_in_use_is_not(void **state)
{
	struct listen_config c = { LISTEN_CONTROL, test_path("stale"), 0 };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct listen_socket s;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sa.sun_path, sizeof sa.sun_path, "%s", c.address);
	assert_int_equal(bind(fd, (const struct sockaddr *)&sa, sizeof sa), 0);
	close(fd);
	assert_int_equal(listen_socket_open(&s, &c, NULL), 0);
	check_refused(LISTEN_CONTROL, c.address, 0, "Address already in use");
	listen_socket_close(&s);
	assert_int_equal(access(c.address, F_OK), -1);
}

static void
a_listener_that_fails_leaves_nothing_open(void **state)
{
	struct listen_config listeners[] = { { LISTEN_CONTROL, test_path("half"), 0 },
		{ LISTEN_JSON, "192.0.2.1", 9 } };
	struct net_config broken = rig_config();
	struct parley_error err = { 0 };

	broken.listeners = listeners;
	broken.listener_count = 2;
	assert_int_equal(rig_start(&broken, &err), -1);
	assert_non_null(strstr(err.text, "192.0.2.1"));
	assert_int_equal(access(test_path("half"), F_OK), -1);
	broken = rig_config();
	broken.certificate = broken.key = NULL;
	assert_int_equal(rig_start(&broken, &err), -1);
	assert_non_null(strstr(err.text, "needs a certificate"));
}

#define NET_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		NET_TEST(an_address_has_only_so_many_guests),
		NET_TEST(guests_that_leave_make_room),
		NET_TEST(there_is_a_limit_on_all_connections),
		NET_TEST(connections_are_spread_over_the_threads),
		NET_TEST(r19_without_descriptors_accepting_pauses_and_goes_on_later),
		NET_TEST(the_control_socket_is_ours_alone),
		NET_TEST(the_control_socket_knows_other_users_by_the_kernels_word),
		cmocka_unit_test(what_is_not_encrypted_stays_on_this_machine),
		cmocka_unit_test(addresses_that_are_wrong_or_taken_are_told),
		cmocka_unit_test(a_socket_left_behind_is_replaced_but_one_in_use_is_not),
		cmocka_unit_test(a_listener_that_fails_leaves_nothing_open),
	};

	return cmocka_run_group_tests_name("net_accept", tests, NULL, NULL);
}
