/* SPDX-License-Identifier: MIT */
/* test_config.c - parley.conf: what it means, what is refused, what is printed of it.
 */
#include "support/test.h"

#include "core/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NODE   "node { domain = \"chat.example\" }\n"
#define TLS    "tls { certificate = \"/c.pem\" key = \"/k.pem\" }\n"
#define LISTEN "listen json { address = \"*\" }\n"

static struct config *
load(const char *text, struct option_errors *errors)
{
	*errors = (struct option_errors){ 0 };
	return config_load_text("t.conf", text, strlen(text), errors);
}

/* The configuration of a text without mistakes. */
static struct config *
good(const char *text)
{
	struct option_errors errors;
	struct config *config = load(text, &errors);

	if (config == NULL)
		fail_msg("%s", errors.text.s);
	option_errors_fini(&errors);
	return config;
}

/* The text has exactly this mistake. */
static void
refused(const char *text, const char *error)
{
	struct option_errors errors;
	struct config *config = load(text, &errors);

	if (config != NULL)
		fail_msg("was accepted: %s", text);
	if (errors.count != 1 || strcmp(errors.text.s, error) != 0)
		fail_msg("%s: instead of \"%s\" came \"%s\"", text, error, errors.text.s);
	option_errors_fini(&errors);
}

static void
the_smallest_configuration_has_all_defaults(void **state)
{
	struct config *c = good(NODE TLS LISTEN);

	assert_string_equal(c->node.domain, "chat.example");
	assert_string_equal(c->node.data, PARLEY_DATA_DIR);
	assert_string_equal(c->node.key, PARLEY_DATA_DIR "/node.key");
	assert_string_equal(c->store.location, PARLEY_DATA_DIR);
	assert_string_equal(c->modules[0], "register");
	assert_string_equal(c->modules[6], "offline");
	assert_null(c->modules[7]);
	assert_int_equal(c->limits.guest_frame, 10000);
	assert_int_equal(c->listener_count, 1);
	assert_int_equal(c->listeners[0].kind, LISTEN_JSON);
	assert_int_equal(c->listeners[0].port, 5722);
	assert_string_equal(c->listeners[0].address, "*");
	assert_null(c->origins[0]);
	assert_null(c->proxies[0]);
	config_free(&c);
	assert_null(c);
}

static void
every_address_is_a_listener(void **state)
{
	struct config *c =
	    good(NODE TLS "listen json { address = \"192.0.2.1 2001:db8::1\" port = 0 }\n"
			  "listen https-lan { address = \"10.0.0.1\" port = 443 }\n"
			  "listen http { path = \"/run/p.sock\" }\n"
			  "listen metrics { }\n"
			  "listen control { path = \"/run/c.sock\" }\n");

	assert_int_equal(c->listener_count, 6);
	assert_string_equal(c->listeners[1].address, "2001:db8::1");
	assert_int_equal(c->listeners[1].port, 0);
	assert_int_equal(c->listeners[2].kind, LISTEN_HTTPS);
	assert_int_equal(c->listeners[2].port, 443);
	assert_int_equal(c->listeners[3].kind, LISTEN_HTTP);
	assert_string_equal(c->listeners[3].address, "/run/p.sock");
	assert_int_equal(c->listeners[4].kind, LISTEN_METRICS);
	assert_string_equal(c->listeners[4].address, "127.0.0.1");
	assert_int_equal(c->listeners[5].kind, LISTEN_CONTROL);
	config_free(&c);
}

static void
the_lower_layers_get_their_part(void **state)
{
	struct config *c = good(NODE TLS LISTEN
	    "web { root = \"\" origins = \"https://a.example http://b.example:8080\" }\n"
	    "limits { window = 7 idle_seconds = 99 }\n"
	    "runtime { workers = 3 }\n"
	    "store { readers = 2 location = \"/srv\" }\n");
	struct runtime_config runtime;
	struct store_config store;
	struct net_config net;

	config_net(c, &net);
	config_runtime(c, &runtime);
	config_store(c, &store);
	assert_int_equal(net.listener_count, 1);
	assert_string_equal(net.certificate, "/c.pem");
	assert_string_equal(net.domain, "chat.example");
	assert_null(net.web_root);
	assert_string_equal(net.origins[1], "http://b.example:8080");
	assert_null(net.origins[2]);
	assert_int_equal(net.window, 7);
	assert_int_equal(net.idle_seconds, 99);
	assert_int_equal(runtime.workers, 3);
	assert_int_equal(store.readers, 2);
	assert_string_equal(store.location, "/srv");
	config_free(&c);
}

static void
a_modules_section_is_kept_for_the_module(void **state)
{
	struct config *c = good(NODE TLS LISTEN "module roster { a = 1\n\tb = \"two three\" }\n"
						"module history { }\n");
	const struct option_section *s = config_module(c, "roster");

	assert_int_equal(s->count, 2);
	assert_string_equal(s->values[1].key, "b");
	assert_string_equal(s->values[1].value, "two three");
	assert_int_equal(s->values[1].line, 5);
	assert_int_equal(config_module(c, "history")->count, 0);
	assert_null(config_module(c, "register"));
	config_free(&c);
}

static void
modules_can_be_added_to_the_usual_ones(void **state)
{
	struct config *c =
	    good("node { domain = chat.example more_modules = \"pause roster\" }\n" TLS LISTEN);

	assert_string_equal(c->modules[0], "register");
	assert_string_equal(c->more_modules[0], "pause");
	assert_string_equal(c->more_modules[1], "roster");
	assert_null(c->more_modules[2]);
	config_free(&c);
}

static void
comments_and_quotes_mean_what_they_look_like(void **state)
{
	struct config *c = good(
	    "# one\n// two\n/* three\n { \" */ node { domain = chat.example # four\n"
	    "data = '/a${NOT_SET} \"x\"' key = \"/\\\"\\\\\\${NOT_SET}\" } // five\n" TLS LISTEN
	    "/**/");

	assert_string_equal(c->node.domain, "chat.example");
	assert_string_equal(c->node.data, "/a${NOT_SET} \"x\"");
	assert_string_equal(c->node.key, "/\"\\${NOT_SET}");
	config_free(&c);
}

static void
variables_come_from_the_environment(void **state)
{
	struct config *c;

	setenv("PARLEY_TEST_DIR", "/srv/x", 1);
	c = good("node { domain = \"${PARLEY_NO_SUCH:-b.example}\" "
		 "data = \"${PARLEY_TEST_DIR}/parley\" }\n" TLS LISTEN);
	assert_string_equal(c->node.domain, "b.example");
	assert_string_equal(c->node.data, "/srv/x/parley");
	config_free(&c);

	refused(NODE "tls { certificate = \"${PARLEY_NO_SUCH}\" }\n" LISTEN,
	    "t.conf:2: the environment has no variable PARLEY_NO_SUCH\n");
}

static void
grammar_that_would_be_read_otherwise_than_meant_is_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "node {\n domain = \"a.b\"\n",
		    "t.conf:1: the section node that begins in this line is not closed\n" },
		{ "node {\n domain = \"a.b\"\ntls { }\n",
		    "t.conf:1: the section node that begins in this line is not closed\n" },
		{ "node {\n domain = \"a.b\"\nlisten json { }\n",
		    "t.conf:1: the section node that begins in this line is not closed\n" },
		{ "node { domain = \"a.b\"\ndomain = \"b\" }",
		    "t.conf:2: domain is already set in line 1\n" },
		{ "tls { }\nnode { }\ntls { }",
		    "t.conf:3: the section tls is already in t.conf, line 1\n" },
		{ "listen json { }\nlisten json { }",
		    "t.conf:2: the section listen json is already in t.conf, line 1\n" },
		{ "nod { }", "t.conf:1: there is no section \"nod\"; did you mean \"node\"?\n" },
		{ "listen { }", "t.conf:1: a section listen needs a name: listen NAME { ... }\n" },
		{ "tls x { }", "t.conf:1: a section tls has no name: tls { ... }\n" },
		{ "domain = \"a\"", "t.conf:1: \"domain\" stands outside of a section\n" },
		{ "node", "t.conf:1: \"{\" must follow \"node\"\n" },
		{ "node { }\n}", "t.conf:2: the name of a section must stand here\n" },
		{ "node { domain \"a\"\n}", "t.conf:1: \"=\" must follow \"domain\"\n" },
		{ "node { domain =\n}",
		    "t.conf:2: a value must follow \"domain =\"; a list is words in quotes\n" },
		{ "node { domain =\n\"a\" }",
		    "t.conf:2: the value must be in the line of its name\n" },
		{ "node { modules = { a b }\n}",
		    "t.conf:1: a value must follow \"modules =\"; a list is words in quotes\n" },
		{ "node { domain = \"a\n}",
		    "t.conf:1: the string that begins in this line does not end in it\n" },
		{ "node { domain = \"a\\n\"\n}",
		    "t.conf:1: \"\\\" stands only before \", \\ and $ in double quotes\n" },
		{ "node { domain = \"${X\"\n}", "t.conf:1: \"${\" without \"}\"\n" },
		{ "node { domain = \"${X Y}\"\n}",
		    "t.conf:1: a variable is written ${NAME} or ${NAME:-otherwise}\n" },
		{ "node { domain = ${HOME}\n}",
		    "t.conf:1: put quotes around a value with characters other than letters, "
		    "digits and _.:/@-\n" },
		{ "node { data = /a//b\n}",
		    "t.conf:1: put quotes around a value that has \"//\" or \"/*\" in it\n" },
		{ "/* node { }", "t.conf:1: the comment that begins in this line is not closed\n" },
		{ "node { }\n\x01", "t.conf:2: there is a control character here\n" },
		{ "include(\"x.conf\")\n", "t.conf:1: include is not allowed here\n" },
		{ "listen control { }",
		    "t.conf: the node needs its domain: node { domain = \"chat.example\" }\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		refused(cases[i].text, cases[i].error);
}

static void
a_nul_in_the_file_is_refused(void **state)
{
	struct option_errors errors = { 0 };

	assert_null(
	    config_load_text("t.conf", NODE TLS LISTEN "\0}", sizeof NODE TLS LISTEN + 1, &errors));
	assert_int_equal(errors.count, 1);
	option_errors_fini(&errors);
}

static void
values_that_do_not_fit_together_are_refused(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{ "node { domain = \"a_b\" }\n" TLS LISTEN,
		    "t.conf:1: the domain must be a host name in lower case, not \"a_b\"\n" },
		{ "node { domain = \"Chat.example\" }\n" TLS LISTEN,
		    "t.conf:1: the domain must be a host name in lower case, not "
		    "\"Chat.example\"\n" },
		{ "node { domain = \"x@chat.example\" }\n" TLS LISTEN,
		    "t.conf:1: the domain must be a host name in lower case, not "
		    "\"x@chat.example\"\n" },
		{ "node { domain = a.example data = \"data\" key = \"/k\" }\n" TLS LISTEN
		  "store { location = \"/s\" }",
		    "t.conf:1: data must be a directory that begins with \"/\" and does not "
		    "end with it\n" },
		{ "node { domain = a.example log = loud }\n" TLS LISTEN,
		    "t.conf:1: log must be error, warn, info or debug, not \"loud\"\n" },
		{ "node { domain = a.example modules = \"a a\" }\n" TLS LISTEN,
		    "t.conf:1: the module a is there twice\n" },
		{ "node { domain = a.example\n more_modules = \"b a b\" }\n" TLS LISTEN,
		    "t.conf:2: the module b is there twice\n" },
		{ "node { domain = a.example modules = \"../x\" }\n" TLS LISTEN,
		    "t.conf:1: the name of a module is made of a-z, 0-9 and _, not \"../x\"\n" },
		{ NODE TLS LISTEN "store { backend = \"../x\" }",
		    "t.conf:4: the name of a back end is made of a-z, 0-9 and _, not \"../x\"\n" },
		{ "node { domain = a.example module_path = \"m\" }\n" TLS LISTEN,
		    "t.conf:1: each directory of module_path must begin with \"/\", not \"m\"\n" },
		{ NODE LISTEN,
		    "t.conf: listen json and https need a certificate: tls { certificate = "
		    "\"FILE\" }\n" },
		{ NODE "tls { certificate = \"/c.pem\" }\n" LISTEN,
		    "t.conf:2: certificate and key go together: one of them is missing\n" },
		{ NODE TLS, "t.conf: nothing to listen on: there is no section listen\n" },
		{ NODE TLS "listen json { }",
		    "t.conf:3: listen json needs an address; to listen on all, say address = "
		    "\"*\"\n" },
		{ NODE TLS "listen json { address = \"\" }",
		    "t.conf:3: listen json needs an address; to listen on all, say address = "
		    "\"*\"\n" },
		{ NODE TLS "listen json { address = localhost }",
		    "t.conf:3: \"localhost\" is not a network address; write it in digits, or "
		    "\"*\"\n" },
		{ NODE TLS LISTEN "listen http { address = \"*\" }",
		    "t.conf:4: listen http is not encrypted and takes only loopback addresses or "
		    "a Unix socket, not \"*\"\n" },
		{ NODE TLS LISTEN "listen metrics { address = \"127.0.0.1 192.0.2.1\" }",
		    "t.conf:4: listen metrics is not encrypted and takes only loopback addresses "
		    "or a Unix socket, not \"192.0.2.1\"\n" },
		{ NODE TLS LISTEN "listen control { path = \"c.sock\" }",
		    "t.conf:4: the path of listen control must begin with \"/\"\n" },
		{ NODE TLS LISTEN "listen jsn { }",
		    "t.conf:4: listen \"jsn\" is not json, https, http, metrics or control, or "
		    "one of these with -SOMETHING behind it\n" },
		{ NODE TLS LISTEN "web { origins = \"*\" }",
		    "t.conf:4: an origin is written https://host or https://host:port, not "
		    "\"*\"\n" },
		{ NODE TLS LISTEN "web { origins = \"https://a.example/\" }",
		    "t.conf:4: an origin is written https://host or https://host:port, not "
		    "\"https://a.example/\"\n" },
		{ NODE TLS LISTEN "web { origins = \"https://a.example:\" }",
		    "t.conf:4: an origin is written https://host or https://host:port, not "
		    "\"https://a.example:\"\n" },
		{ NODE TLS LISTEN "web { proxies = \"10.0.0.0/0\" }",
		    "t.conf:4: \"10.0.0.0/0\" is not an address, a network without bits behind "
		    "its prefix, or unix\n" },
		{ NODE TLS LISTEN "web { proxies = \"10.0.0.0/1\" }",
		    "t.conf:4: \"10.0.0.0/1\" is not an address, a network without bits behind "
		    "its prefix, or unix\n" },
		{ NODE TLS LISTEN "web { proxies = \"::1/129\" }",
		    "t.conf:4: \"::1/129\" is not an address, a network without bits behind its "
		    "prefix, or unix\n" },
		{ NODE TLS LISTEN "limits { user_frame = 5000 text = 1000 }",
		    "t.conf:4: user_frame must not be below guest_frame\n" },
		{ NODE TLS LISTEN "limits { user_frame = 20000 }",
		    "t.conf:4: text must be at most a quarter of user_frame: a character has up "
		    "to 4 bytes\n" },
		{ NODE TLS LISTEN "accounts { reserved = \"root a!\" }",
		    "t.conf:4: \"a!\" is no user name, so nobody can take it anyway\n" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		refused(cases[i].text, cases[i].error);
}

static void
r21_all_mistakes_are_told_at_once(void **state)
{
	struct option_errors errors;

	assert_null(load("node { domain = a.example lgo = info }\n" TLS LISTEN
			 "limits { window = 0\n idle_seconds = soon }\n"
			 "web { origins = \"a\" proxies = \"b\" }\n",
	    &errors));
	assert_int_equal(errors.count, 5);
	assert_non_null(
	    strstr(errors.text.s, "t.conf:1: \"lgo\" is not an option of node; did you mean "
				  "\"log\"?\n"));
	assert_non_null(strstr(errors.text.s, "t.conf:5: idle_seconds must be"));
	assert_non_null(strstr(errors.text.s, "t.conf:6: \"b\" is not an address"));
	option_errors_fini(&errors);
	assert_null(load("", &errors));
	assert_int_equal(errors.count, 2); /* no domain, and nothing to listen on */
	option_errors_fini(&errors);
}

/* What is missing may stand where the grammar is broken: it is not told of twice. */
static void
broken_grammar_hides_no_other_mistake_and_makes_up_none(void **state)
{
	struct option_errors errors;

	assert_null(load("node { domain a.example\n log = loud data = \"${HOME}\" key = rel }\n"
			 "listen json { addres = \"*\" }\n"
			 "limits { window = 0 user_frame = 2000 }\n",
	    &errors));
	assert_string_equal(errors.text.s,
	    "t.conf:1: \"=\" must follow \"domain\"\n"
	    "t.conf:4: window must be a whole number from 1 to 1000\n"
	    "t.conf:3: \"addres\" is not an option of listen json; did you mean \"address\"?\n"
	    "t.conf:2: key must be a file that begins with \"/\"\n"
	    "t.conf:2: log must be error, warn, info or debug, not \"loud\"\n"
	    "t.conf:4: user_frame must not be below guest_frame\n");
	option_errors_fini(&errors);
}

/* ---- files --------------------------------------------------------------------------------- */

struct folder {
	char path[64];
	char file[96];
};

static int
folder_setup(void **state)
{
	struct folder *f = calloc(1, sizeof *f);

	strcpy(f->path, "/tmp/parley-config-XXXXXX");
	if (mkdtemp(f->path) == NULL)
		return -1;
	snprintf(f->file, sizeof f->file, "%s/main.conf", f->path);
	*state = f;
	return 0;
}

static int
folder_teardown(void **state)
{
	struct folder *f = *state;
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", f->path);
	if (system(command) != 0)
		return -1;
	free(f);
	return 0;
}

static void
write_file(const struct folder *f, const char *name, const char *text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof path, "%s/%s", f->path, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

/* The mistakes of main.conf, with the folder's name cut out. */
static void
file_refused(const struct folder *f, const char *error)
{
	struct option_errors errors = { 0 };
	char *at, *text;

	assert_null(config_load(f->file, &errors));
	text = errors.text.s;
	while ((at = strstr(text, f->path)) != NULL)
		memmove(at, at + strlen(f->path) + 1, strlen(at + strlen(f->path)));
	assert_string_equal(text, error);
	option_errors_fini(&errors);
}

static void
a_file_can_include_others(void **state)
{
	struct folder *f = *state;
	struct option_errors errors = { 0 };
	struct config *c;

	write_file(f, "main.conf", NODE "include(\"more.conf\") " LISTEN);
	write_file(f, "more.conf", "limits { window = 9 }\n" TLS);
	c = config_load(f->file, &errors);
	if (c == NULL)
		fail_msg("%s", errors.text.s);
	assert_int_equal(c->limits.window, 9);
	assert_string_equal(c->tls.key, "/k.pem");
	config_free(&c);

	write_file(f, "more.conf", "\nlimits { window = 0 }\n" TLS);
	file_refused(f, "more.conf:2: window must be a whole number from 1 to 1000\n");
	write_file(f, "more.conf", "\nlimits { window = 1\n" TLS);
	file_refused(f, "more.conf:2: the section limits that begins in this line is not closed\n");
	write_file(f, "more.conf", TLS NODE);
	file_refused(f, "more.conf:2: the section node is already in main.conf, line 1\n");
}

static void
includes_that_are_missing_or_go_round_are_refused(void **state)
{
	struct folder *f = *state;

	write_file(f, "main.conf", NODE TLS LISTEN "include(\"none.conf\")");
	file_refused(f, "none.conf: cannot be read: No such file or directory\n");
	write_file(f, "main.conf", NODE TLS LISTEN "include(\"b.conf\")");
	write_file(f, "b.conf", "include(\"main.conf\")");
	file_refused(f, "b.conf:1: main.conf is read already\n");
	write_file(f, "main.conf", NODE TLS LISTEN "include(b.conf)");
	file_refused(
	    f, "main.conf:4: a file is included with include(\"FILE\"), without variables\n");
	write_file(f, "main.conf", NODE TLS LISTEN "include(\".\")");
	file_refused(f, ".: is not a file\n");
}

static void
a_file_that_anybody_can_write_is_refused(void **state)
{
	struct folder *f = *state;
	char error[256];

	write_file(f, "main.conf", NODE TLS LISTEN);
	assert_int_equal(chmod(f->file, 0666), 0);
	snprintf(error, sizeof error, "main.conf: anybody can write to it: chmod o-w main.conf\n");
	file_refused(f, error);
}

static void
t97_a_password_in_a_file_that_anybody_can_read_is_refused(void **state)
{
	struct folder *f = *state;
	struct option_errors errors = { 0 };
	struct config *c;

	write_file(
	    f, "main.conf", NODE TLS LISTEN "store { location = \"mongodb://u:p@db.example\" }\n");
	assert_int_equal(chmod(f->file, 0644), 0);
	file_refused(f,
	    "main.conf:4: location has a password and anybody can read this file: chmod o-r "
	    "main.conf\n");
	assert_int_equal(chmod(f->file, 0640), 0);
	c = config_load(f->file, &errors);
	assert_non_null(c);
	config_free(&c);
}

struct door {
	bool open;
};
static const struct parley_option door_rows[] = {
	PARLEY_OPT_BOOL(struct door, open, false, "anybody may register"),
	{ 0 },
};

/* ---- what is printed ----------------------------------------------------------------------- */

static const struct config_doc docs[] = { { "register", "who may sign up", door_rows }, { 0 } };

static void
the_example_is_a_good_configuration_with_all_defaults(void **state)
{
	struct parley_text example = { 0 };
	struct config *c, *plain = good(NODE TLS LISTEN);

	config_print_example(&example, docs);
	c = good(example.s);
	assert_memory_equal(&c->limits, &plain->limits, sizeof c->limits);
	assert_memory_equal(&c->store, &plain->store, sizeof c->store);
	assert_non_null(
	    strstr(example.s, "\nmodule register {\n\t# anybody may register\n\t#open = no\n}\n"));
	config_free(&c);
	config_free(&plain);
	parley_text_fini(&example);
}

/* Each commented-out option, with its mark taken away, is accepted too: no default is out of its
 * own bounds, and every line of the example can be switched on as it stands. */
static void
every_line_of_the_example_can_be_switched_on(void **state)
{
	static const struct config_doc none[] = { { 0 } };
	struct parley_text example = { 0 };
	unsigned options = 0;

	config_print_example(&example, none);
	for (char *at = example.s; (at = strchr(at, '\n')) != NULL; at++)
		if (strncmp(at, "\n#listen", 8) == 0 || strncmp(at, "\n#}", 3) == 0)
			at[1] = ' ';
	for (char *at = example.s; (at = strstr(at, "\n\t#")) != NULL; at += 2) {
		struct config *c;

		if (at[3] == ' ')
			continue;
		at[2] = ' ';
		if (strncmp(at + 3, "key = \"\"", 8) != 0 &&
		    strncmp(at + 3, "path = \"\"", 9) != 0) {
			c = good(example.s);
			config_free(&c);
			options++;
		}
		at[2] = '#';
	}
	assert_true(options > 40);
	parley_text_fini(&example);
}

static void
the_reference_has_a_row_for_each_option(void **state)
{
	struct parley_text out = { 0 };

	config_print_reference(&out, docs);
	assert_non_null(strstr(out.s, "\n## limits\n"));
	assert_non_null(strstr(out.s, "\n| `window` | `16` | 1 to 1000 | "));
	assert_non_null(strstr(out.s, "\n## module register\n\nwho may sign up.\n"));
	assert_non_null(strstr(out.s, "\n| `open` | `no` | yes or no | anybody may register |\n"));
	parley_text_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_smallest_configuration_has_all_defaults),
		cmocka_unit_test(every_address_is_a_listener),
		cmocka_unit_test(the_lower_layers_get_their_part),
		cmocka_unit_test(a_modules_section_is_kept_for_the_module),
		cmocka_unit_test(modules_can_be_added_to_the_usual_ones),
		cmocka_unit_test(comments_and_quotes_mean_what_they_look_like),
		cmocka_unit_test(variables_come_from_the_environment),
		cmocka_unit_test(grammar_that_would_be_read_otherwise_than_meant_is_refused),
		cmocka_unit_test(a_nul_in_the_file_is_refused),
		cmocka_unit_test(values_that_do_not_fit_together_are_refused),
		cmocka_unit_test(r21_all_mistakes_are_told_at_once),
		cmocka_unit_test(broken_grammar_hides_no_other_mistake_and_makes_up_none),
		cmocka_unit_test_setup_teardown(
		    a_file_can_include_others, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(includes_that_are_missing_or_go_round_are_refused,
		    folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(
		    a_file_that_anybody_can_write_is_refused, folder_setup, folder_teardown),
		cmocka_unit_test_setup_teardown(
		    t97_a_password_in_a_file_that_anybody_can_read_is_refused, folder_setup,
		    folder_teardown),
		cmocka_unit_test(the_example_is_a_good_configuration_with_all_defaults),
		cmocka_unit_test(every_line_of_the_example_can_be_switched_on),
		cmocka_unit_test(the_reference_has_a_row_for_each_option),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
