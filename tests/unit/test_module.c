/* SPDX-License-Identifier: MIT */
/* test_module.c - the loader, with real shared objects: copies of module_shapes.so, each of which
 * is what its file's name says. */
#include "support/test.h"

#include "core/builtin.h"
#include "core/hook.h"
#include "core/module.h"
#include "core/module_trust.h"
#include "module_shapes.h"
#include "net/link.h"
#include "store/store.h"
#include "support/core.h"
#include "support/fiber.h"
#include "support/folder.h"
#include "json/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHAPES "tests/unit/.libs/module_shapes.so"
#define NONE   "tests/unit/.libs/module_none.so"

static struct shape built_in;

static int
built_in_load(void *self, struct parley_error *err)
{
	built_in.loaded = shape_tick();
	return 0;
}

static const struct parley_module in_built = {
	PARLEY_ABI,
	.name = "inside",
	.summary = "part of the daemon",
	.load = built_in_load,
};
const struct parley_module *const builtin_modules[] = { &in_built, NULL };

static unsigned ticks;

unsigned
shape_tick(void)
{
	return ++ticks;
}

static char folder[FOLDER_PATH]; /* modules/ and schemas/methods/ */

static struct {
	struct config *config;
	struct schema_set *schemas;
	struct scope scope;
} node;

/* ---- files -------------------------------------------------------------------------------- */

/* A module's copy is made when a test first names it: dlopen gives back a file it has open. */
static void
shapes_make(const char *names)
{
	char list[2048], path[FOLDER_PATH + 80], file[80], *rest = list, *name;

	snprintf(list, sizeof list, "%s", names);
	while ((name = strsep(&rest, " ")) != NULL) {
		snprintf(file, sizeof file, "modules/%.60s.so", name);
		snprintf(path, sizeof path, "%s/%s", folder, file);
		if (access(path, F_OK) != 0)
			folder_copy(folder, file, SHAPES);
	}
}

static int
folder_up(void **state)
{
	folder_make(folder);
	folder_add(folder, "modules");
	folder_add(folder, "schemas");
	folder_add(folder, "schemas/methods");
	folder_write(folder, "schemas/methods/shape.ask.json",
	    "{\"description\":\"Asks a shape.\",\"$defs\":{"
	    "\"params\":{\"type\":\"object\",\"additionalProperties\":false},"
	    "\"result\":{\"type\":\"object\",\"properties\":{\"word\":{\"type\":\"string\"}},"
	    "\"required\":[\"word\"],\"additionalProperties\":false}}}");
	return 0;
}

static int
folder_down(void **state)
{
	folder_remove(folder);
	return 0;
}

/* ---- a node ------------------------------------------------------------------------------- */

static struct config *
config_of(const char *modules, const char *more)
{
	struct option_errors errors = { 0 };
	struct config *config;
	char text[FOLDER_PATH * 3 + 512];

	snprintf(text, sizeof text,
	    "node { domain = \"localhost\" modules = \"%s\" "
	    "module_path = \"/nonexistent %s/modules\" schemas = \"%s/schemas\" }\n"
	    "store { backend = memory } listen control { path = \"/nonexistent/c.sock\" }\n%s",
	    modules, folder, folder, more);
	config = config_load_text("t.conf", text, strlen(text), &errors);
	if (config == NULL)
		fail_msg("%s", errors.text.s);
	return config;
}

static int
up(void **state)
{
	struct store_config store = {
		.location = "", .readers = 1, .read_queue = 16, .write_queue = 16, .batch = 4
	};
	const char *schemas[2] = { NULL, NULL };
	char path[FOLDER_PATH + 64];
	struct parley_error err = { 0 };

	ticks = 0;
	built_in = (struct shape){ 0 };
	core_up(NULL);
	scope_open(&node.scope, NULL);
	assert_int_equal(store_start(&store_memory, &store, NULL), 0);
	snprintf(path, sizeof path, "%s/schemas", folder);
	schemas[0] = path;
	node.schemas = schema_set_load(schemas, &err);
	if (node.schemas == NULL)
		fail_msg("%s", err.text);
	return 0;
}

static int
down(void **state)
{
	modules_unload();
	modules_close();
	store_stop();
	core_down();
	scope_close(&node.scope);
	schema_set_free(&node.schemas);
	config_free(&node.config);
	return 0;
}

static void
try_open(const char *modules, const char *more, struct option_errors *errors)
{
	shapes_make(modules);
	node.config = config_of(modules, more);
	modules_open(node.config, errors);
}

static void
open_all(const char *modules, const char *more)
{
	struct option_errors errors = { 0 };

	try_open(modules, more, &errors);
	if (errors.count > 0)
		fail_msg("%s", errors.text.s);
}

static void
load_all(const char *modules, const char *more)
{
	struct parley_error err = { 0 };

	open_all(modules, more);
	if (modules_load(node.config, node.schemas, &node.scope, &err) != 0)
		fail_msg("%s", err.text);
}

/* The text of the first mistake, without its place and line break. */
static char *
first_mistake(struct option_errors *errors)
{
	char *end = strchr(errors->text.s, '\n');

	*end = '\0';
	return strstr(errors->text.s, ": ") + 2;
}

static void
assert_not_opened(const char *modules, const char *why)
{
	struct option_errors errors = { 0 };

	try_open(modules, "", &errors);
	assert_int_equal(errors.count, 1);
	assert_string_equal(first_mistake(&errors), why);
	option_errors_fini(&errors);
}

static void
assert_not_loaded(const char *modules, const char *why)
{
	struct parley_error err = { 0 };

	open_all(modules, "");
	assert_int_equal(modules_load(node.config, node.schemas, &node.scope, &err), -1);
	assert_string_equal(err.text, why);
}

/* NULL when it is not there. */
static struct shape *
shape_of(const char *name)
{
	const struct parley_module *m;
	void *self;

	for (unsigned n = 0; (m = modules_nth(n, &self)) != NULL; n++)
		if (strcmp(m->name, name) == 0)
			return self;
	return NULL;
}

static void
assert_order(const char *order)
{
	const struct parley_module *m;
	char names[2048] = "";

	for (unsigned n = 0; (m = modules_nth(n, NULL)) != NULL; n++) {
		strcat(names, n > 0 ? " " : "");
		strcat(names, m->name);
	}
	assert_string_equal(names, order);
}

static void
count_handler(void *arg, const char *module, int priority)
{
	++*(unsigned *)arg;
}

static unsigned
handlers(void)
{
	unsigned count = 0;

	for (int n = 0; n < HOOK_NAMES; n++)
		hook_each((enum hook_name)n, count_handler, &count);
	return count;
}

/* What an operator who asks shape.ask is answered. */
static const char *
ask(void)
{
	static conn_id conn;

	conn = core_connect(true);
	core_receive(conn, "{\"type\":\"request\",\"id\":\"1\",\"method\":\"shape.ask\"}");
	core_settle();
	return core_last(conn);
}

/* ---- opening ------------------------------------------------------------------------------ */

static void
modules_are_opened_in_the_order_of_the_configuration(void **state)
{
	open_all("plain good", "");

	assert_order("inside plain good");
	assert_int_equal(ticks, 0); /* nothing has run */
	assert_null(modules_nth(3, NULL));
}

static void
what_a_module_needs_comes_before_it_and_once(void **state)
{
	shapes_make("good needy");
	open_all("needier plain good", "");

	assert_order("inside good needy needier plain");
}

static void
a_long_chain_of_needs_fits_on_a_fiber(void **state)
{
	char names[64 * 10] = "";

	for (int i = 1; i <= 62; i++)
		sprintf(names + strlen(names), "%slink_%02d", i > 1 ? " " : "", i);
	shapes_make(names);
	open_all("link_01", "");

	assert_string_equal(modules_nth(1, NULL)->name, "link_62");
	assert_string_equal(modules_nth(62, NULL)->name, "link_01");
}

static void
there_is_room_for_64_modules(void **state)
{
	char names[64 * 10] = "";

	for (int i = 1; i <= 62; i++)
		sprintf(names + strlen(names), "link_%02d ", i);
	strcat(names, "plain");
	open_all(names, "");
	modules_close();
	config_free(&node.config);
	strcat(names, " good");
	assert_not_opened(names, "more than 64 modules");
}

static void
a_missing_file_is_told_with_where_it_was_looked_for(void **state)
{
	char why[FOLDER_PATH + 128];
	struct option_errors errors = { 0 };

	node.config = config_of("absent", "");
	modules_open(node.config, &errors);
	snprintf(why, sizeof why, "module absent: there is no absent.so in /nonexistent %s/modules",
	    folder);
	assert_string_equal(first_mistake(&errors), why);
	option_errors_fini(&errors);
}

static void
a_missing_need_is_told_with_who_needs_it(void **state)
{
	struct option_errors errors = { 0 };

	try_open("lonely", "", &errors);
	assert_non_null(strstr(errors.text.s, "there is no absent.so in"));
	assert_non_null(strstr(errors.text.s, "(module lonely needs it)"));
	option_errors_fini(&errors);
	assert_order("inside");
}

static void
circles_of_needs_are_refused(void **state)
{
	shapes_make("round square");
	assert_not_opened("narcissus",
	    "module narcissus needs a module that needs it (module narcissus needs it)");
	modules_close();
	config_free(&node.config);
	assert_not_opened("round", "module round needs a module that needs it "
				   "(module square needs it) (module round needs it)");
	assert_order("inside");
}

static void
a_file_that_is_no_module_is_refused(void **state)
{
	struct option_errors errors = { 0 };
	char why[FOLDER_PATH + 128];

	folder_copy(folder, "modules/none.so", NONE);
	folder_write(folder, "modules/text.so", "not a shared object\n");
	snprintf(why, sizeof why, "module none: %s/modules/none.so has no parley_module()", folder);
	assert_not_opened("none", why);
	modules_close();
	config_free(&node.config);
	try_open("text", "", &errors);
	assert_non_null(strstr(errors.text.s, ": module text: "));
	assert_non_null(strstr(errors.text.s, "text.so"));
	option_errors_fini(&errors);
}

/* Whoever can write the file, or put another in its place, could be the node. */
static void
t96_a_file_that_others_can_change_is_refused(void **state)
{
	static const struct {
		mode_t file, directory;
		bool refused;
	} modes[] = {
		{ 0644, 0755, false },
		{ 0600, 0700, false },
		{ 0666, 0755, true },
		{ 0644, 0777, true },
		{ 0644, 01777, true },
	};
	char file[FOLDER_PATH + 120], directory[FOLDER_PATH + 80];

	folder_copy(folder, "modules/shape.so", SHAPES);
	snprintf(directory, sizeof directory, "%s/modules", folder);
	snprintf(file, sizeof file, "%s/shape.so", directory);
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		struct parley_error err = { 0 };

		assert_int_equal(chmod(file, modes[i].file), 0);
		assert_int_equal(chmod(directory, modes[i].directory), 0);
		assert_int_equal(module_trust("shape", file, &err), modes[i].refused ? -1 : 0);
		if (modes[i].refused)
			assert_non_null(strstr(err.text, "can be changed by others"));
	}
	assert_int_equal(chmod(directory, 0755), 0);
	assert_int_equal(chmod(file, 0644), 0);
	assert_int_equal(module_trust("shape", directory, NULL), -1);
}

/* A link is not looked at, but where it leads. */
static void
t96_a_link_is_as_good_as_what_it_leads_to(void **state)
{
	char file[FOLDER_PATH + 80], link[FOLDER_PATH + 80];
	struct parley_error err = { 0 };

	folder_copy(folder, "elsewhere.so", SHAPES);
	snprintf(file, sizeof file, "%s/elsewhere.so", folder);
	snprintf(link, sizeof link, "%s/modules/linked.so", folder);
	assert_int_equal(symlink(file, link), 0);
	assert_int_equal(module_trust("linked", link, &err), 0);
	assert_int_equal(chmod(file, 0666), 0);
	assert_int_equal(module_trust("linked", link, &err), -1);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(module_trust("linked", link, &err), -1);
	assert_int_equal(unlink(link), 0);
}

static void
assert_other_interface(const char *module, int major, int minor)
{
	char why[160];

	snprintf(why, sizeof why,
	    "module %s was made for the module interface %d.%d, this node has %d.%d: build it "
	    "anew against this version's headers",
	    module, major, minor, PARLEY_ABI_MAJOR, PARLEY_ABI_MINOR);
	assert_not_opened(module, why);
}

static void
t96_another_interface_is_refused(void **state)
{
	assert_other_interface("major", PARLEY_ABI_MAJOR + 1, 0);
}

static void
a_newer_interface_is_refused(void **state)
{
	assert_other_interface("minor", PARLEY_ABI_MAJOR, 99);
}

static void
another_size_is_refused(void **state)
{
	char why[128];

	snprintf(why, sizeof why,
	    "module small describes itself in 64 bytes, expected %zu: build it anew",
	    sizeof(struct parley_module));
	assert_not_opened("small", why);
	modules_close();
	config_free(&node.config);
	snprintf(why, sizeof why,
	    "module large describes itself in %zu bytes, expected %zu: build it anew",
	    sizeof(struct parley_module) + 8, sizeof(struct parley_module));
	assert_not_opened("large", why);
}

static void
t96_another_name_than_the_files_is_refused(void **state)
{
	assert_not_opened("renamed", "the file of module renamed says that it is module plain");
	modules_close();
	config_free(&node.config);
	assert_not_opened(
	    "anonymous", "the file of module anonymous says that it is module (none)");
}

static void
slips_in_its_tables_are_refused(void **state)
{
	static const struct {
		const char *module, *why;
	} slips[] = {
		{ "silent", "module silent has no summary" },
		{ "roleless", "method \"shape.ask\" has no roles: nobody could call it" },
		{ "strange_role", "method \"shape.ask\" has roles that there are not" },
		{ "idle_method", "method \"shape.ask\" has no handler" },
		{ "empty_service", "service \"shape/2\" has no functions" },
		{ "outside_option", "option \"number\" lies outside of the module's state" },
		{ "stateless", "option \"flag\" lies outside of the module's state" },
		{ "wrong_default", "option \"number\" has a default out of its own bounds" },
		{ "long_default", "option \"word\" has a default out of its own bounds" },
		{ "typeless_option", "option \"number\" has no known type" },
		{ "silent_option", "option \"number\" has no sentence that explains it" },
		{ "outside_metric", "metric \"asked\" lies outside of the module's state" },
	};

	for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
		struct option_errors errors = { 0 };

		try_open(slips[i].module, "", &errors);
		if (errors.count != 1 || strstr(errors.text.s, slips[i].why) == NULL)
			fail_msg("%s: %s", slips[i].module, errors.text.s);
		option_errors_fini(&errors);
		assert_order("inside");
		modules_close();
		config_free(&node.config);
	}
}

static void
a_back_end_is_a_module_with_a_back_end(void **state)
{
	const struct parley_backend *b;
	struct parley_error err = { 0 };

	shapes_make("store_real store_fake");
	open_all("plain", "");
	assert_ptr_equal(modules_backend("memory", node.config, &err), &store_memory);
	assert_order("inside plain");
	b = modules_backend("real", node.config, &err);
	assert_non_null(b);
	assert_string_equal(b->name, "shape");
	assert_order("inside plain store_real");
	assert_ptr_equal(modules_backend("real", node.config, &err), b);
	assert_null(modules_backend("fake", node.config, &err));
	assert_string_equal(err.text, "module store_fake is no store back end");
	assert_null(modules_backend("absent", node.config, &err));
	assert_memory_equal(err.text, "module store_absent: ", 21);
}

/* ---- loading ------------------------------------------------------------------------------ */

static void
a_loaded_module_has_all_that_it_declares(void **state)
{
	struct parley_doc *doc;
	struct parley_error err = { 0 };
	const struct parley_module *m;
	struct shape *s;
	void *self;

	load_all("good", "");
	s = shape_of("good");
	assert_int_equal(built_in.loaded, 1);
	assert_int_equal(s->loaded, 2);
	assert_true(s->flag);
	assert_int_equal(s->number, 5);
	assert_string_equal(s->word, "hello");
	assert_int_equal(handlers(), 1);
	assert_string_equal(
	    ask(), "{\"type\":\"result\",\"id\":\"1\",\"result\":{\"word\":\"hello\"}}");
	assert_int_equal(s->asked, 1);
	assert_int_equal(*(const int *)parley_service_find("shape/1", &self), 42);
	assert_ptr_equal(self, s);
	assert_null(parley_service_find("shape/2", &self));
	m = modules_nth(1, NULL);
	doc = parley_store_get(m->collections[0], "key", &err); /* it is declared */
	assert_null(doc);
	assert_int_equal(err.code, PARLEY_NOT_FOUND);
}

static void
modules_load_in_order_and_unload_backwards(void **state)
{
	struct shape *good, *needy, *needier;

	load_all("needier plain", "");
	good = shape_of("good");
	needy = shape_of("needy");
	needier = shape_of("needier");
	assert_true(good->loaded < needy->loaded && needy->loaded < needier->loaded);
	modules_unload();

	assert_true(needier->unloaded < needy->unloaded && needy->unloaded < good->unloaded);
	assert_true(shape_of("plain")->unloaded < needier->unloaded);
}

static void
an_unloaded_module_has_left_nothing_behind(void **state)
{
	void *self;

	load_all("good", "");
	modules_unload();

	assert_int_equal(shape_of("good")->unloaded, 3);
	assert_int_equal(handlers(), 0);
	assert_non_null(strstr(ask(), "\"code\":\"not-implemented\""));
	assert_null(parley_service_find("shape/1", &self));
	modules_unload(); /* again does nothing */
	assert_int_equal(shape_of("good")->unloaded, 3);
	assert_int_equal(node.scope.count, 0);
	assert_null(node.scope.child);
}

static void
a_module_needs_neither_state_nor_functions(void **state)
{
	load_all("bare", "");
	modules_unload();
}

static void
a_modules_fibers_end_before_it_is_unloaded(void **state)
{
	struct shape *s;

	load_all("spawning", "");
	s = shape_of("spawning");
	test_yield();
	assert_int_equal(s->fiber_ended, 0);
	modules_unload();

	assert_int_equal(s->fiber_ended, 3);
	assert_int_equal(s->unloaded, 4);
}

static void
a_module_that_fails_to_load_is_undone(void **state)
{
	void *self;

	assert_not_loaded("plain failing", "module failing: the moon is full");
	assert_int_equal(handlers(), 1); /* until the node takes everything down: */
	modules_unload();

	assert_int_equal(shape_of("plain")->unloaded, 5);
	assert_int_equal(shape_of("failing")->loaded, 3);
	assert_int_equal(shape_of("failing")->unloaded, 4);
	assert_int_equal(handlers(), 0);
	assert_non_null(strstr(ask(), "\"code\":\"not-implemented\""));
	assert_null(parley_service_find("shape/1", &self));
}

static void
modules_behind_one_that_fails_are_never_touched(void **state)
{
	assert_not_loaded("failing spawning", "module failing: the moon is full");
	modules_unload();

	assert_int_equal(shape_of("spawning")->loaded, 0);
	assert_int_equal(shape_of("spawning")->unloaded, 0);
}

static void
wrong_hooks_methods_and_collections_are_undone(void **state)
{
	static const struct {
		const char *modules, *why;
	} slips[] = {
		{ "unknown_hook",
		    "module unknown_hook: there is no hook \"message-eaten\"; docs/hooks.md lists "
		    "them" },
		{ "crossed_hook", "module crossed_hook: hook \"session-bound\" needs the function "
				  ".session and no other" },
		{ "schemaless", "module schemaless: schemas/methods/shape.none.json is missing" },
		{ "good same_method",
		    "module same_method: the method \"shape.ask\" exists already" },
		{ "good same_service",
		    "module same_service: another module offers the service \"shape/1\"" },
		{ "good same_collection",
		    "module same_collection: another module has a collection \"shapes\"" },
		{ "wrong_collection", NULL },
	};

	for (size_t i = 0; i < sizeof slips / sizeof slips[0]; i++) {
		struct parley_error err = { 0 };

		open_all(slips[i].modules, "");
		assert_int_equal(modules_load(node.config, node.schemas, &node.scope, &err), -1);
		if (slips[i].why != NULL)
			assert_string_equal(err.text, slips[i].why);
		modules_unload();
		assert_int_equal(handlers(), 0);
		assert_non_null(strstr(ask(), "\"code\":\"not-implemented\""));
		modules_close();
		config_free(&node.config);
	}
}

/* ---- options ------------------------------------------------------------------------------ */

static void
assert_mistake(const char *more, const char *mistake)
{
	struct option_errors errors = { 0 };

	open_all("good", more);
	modules_check(node.config, &errors);
	assert_string_equal(errors.text.s, mistake);
	assert_int_equal(errors.count, 1);
	option_errors_fini(&errors);
	modules_close();
	config_free(&node.config);
}

static void
options_come_from_the_modules_section(void **state)
{
	struct option_errors errors = { 0 };

	load_all("good plain", "module good { flag = no number = 9 word = \"bye\" }");
	modules_check(node.config, &errors);

	assert_int_equal(errors.count, 0);
	assert_false(shape_of("good")->flag);
	assert_int_equal(shape_of("good")->number, 9);
	assert_string_equal(shape_of("good")->word, "bye");
}

static void
mistakes_in_a_modules_section_are_found_before_anything_runs(void **state)
{
	assert_mistake(
	    "module good { number = 10 }", "t.conf:3: number must be a whole number from 1 to 9\n");
	assert_mistake("module good { numbr = 1 }",
	    "t.conf:3: \"numbr\" is not an option of module good; did you mean \"number\"?\n");
	assert_mistake(
	    "module godo { }", "t.conf:3: module \"godo\" is not loaded; did you mean \"good\"?\n");
	assert_mistake("module elsewhere { }",
	    "t.conf:3: module \"elsewhere\" is not loaded; name it in modules or "
	    "more_modules\n");
	assert_mistake("module inside { depth = 1 }",
	    "t.conf:3: \"depth\" is not an option of module inside\n");
	assert_int_equal(ticks, 0);
}

/* Everything that is wrong with a file, as parleyd -n tells it. */
static void
assert_all_mistakes(const char *modules, const char *more, const char *mistakes)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text file = { 0 };
	struct option_errors errors = { 0 };

	parley_text_printf(&file,
	    "node { domain = \"localhost\" modules = \"%s\" module_path = \"%s/modules\" }\n"
	    "listen control { path = \"/nonexistent/c.sock\" }\n%s",
	    modules, folder, more);
	node.config = config_draft_text("t.conf", file.s, file.len, &errors);
	assert_non_null(node.config);
	modules_open(node.config, &errors);
	modules_check(node.config, &errors);
	assert_string_equal(errors.text.s, mistakes);
	option_errors_fini(&errors);
	modules_close();
	config_free(&node.config);
}

static void
mistakes_of_the_node_and_of_its_modules_are_told_at_once(void **state)
{
	shapes_make("good plain");
	assert_all_mistakes("good plain",
	    "store { backend = memory }\n"
	    "limits { window = 0 txt = 3 }\n"
	    "module good { number = 10\n numbr = 1 }\n"
	    "module godo { }\n",
	    "t.conf:4: window must be a whole number from 1 to 1000\n"
	    "t.conf:4: \"txt\" is not an option of limits; did you mean \"text\"?\n"
	    "t.conf:5: number must be a whole number from 1 to 9\n"
	    "t.conf:6: \"numbr\" is not an option of module good; did you mean \"number\"?\n"
	    "t.conf:7: module \"godo\" is not loaded; did you mean \"good\"?\n");
}

static void
where_the_grammar_is_broken_the_rest_is_checked_all_the_same(void **state)
{
	shapes_make("good plain");
	assert_all_mistakes("good plain",
	    "store { backend = memory }\n"
	    "limits { window 3\n idle_seconds = soon }\n"
	    "modul plain { }\n"
	    "module good { number = 10\n flag }\n",
	    "t.conf:4: \"=\" must follow \"window\"\n"
	    "t.conf:6: there is no section \"modul\"; did you mean \"module\"?\n"
	    "t.conf:8: \"=\" must follow \"flag\"\n"
	    "t.conf:5: idle_seconds must be a whole number from 10 to 86400\n"
	    "t.conf:7: number must be a whole number from 1 to 9\n");
}

static void
modules_that_cannot_be_opened_do_not_hide_mistakes_of_others(void **state)
{
	char mistakes[FOLDER_PATH * 3 + 400];

	shapes_make("good store_real plain");
	snprintf(mistakes, sizeof mistakes,
	    "t.conf:1: module goood: there is no goood.so (did you mean \"good\"?) in %s/modules\n"
	    "t.conf:3: module store_rael: there is no store_rael.so (did you mean "
	    "\"store_real\"?) in %s/modules\n"
	    "t.conf:5: number must be a whole number from 1 to 9\n",
	    folder, folder);
	assert_all_mistakes("goood good",
	    "store { backend = rael }\n"
	    "module goood { number = 10 }\n" /* nobody knows its options */
	    "module good { number = 10 }\n",
	    mistakes);
}

static void
more_modules_are_opened_too_and_told_of_in_their_line(void **state)
{
	char mistakes[FOLDER_PATH + 200];

	shapes_make("good plain");
	snprintf(mistakes, sizeof mistakes,
	    "t.conf:2: module pause: there is no pause.so in %s/modules\n"
	    "t.conf:4: number must be a whole number from 1 to 9\n",
	    folder);
	assert_all_mistakes("plain\"\nmore_modules = \"plain pause good",
	    "module good { number = 10 }\n"
	    "store { backend = memory }\n",
	    mistakes);
}

static void
a_reload_writes_new_values_and_tells_the_module(void **state)
{
	struct config *next;

	load_all("good plain", "module good { number = 3 }");
	next = config_of("good plain", "module good { word = \"new\" }");
	modules_reload(next);

	assert_int_equal(shape_of("good")->number, 5); /* its default again */
	assert_string_equal(shape_of("good")->word, "new");
	assert_int_equal(shape_of("good")->reloaded, 4);
	assert_int_equal(shape_of("plain")->reloaded, 0);
	config_free(&next);
}

static void
the_reference_lists_modules_with_options(void **state)
{
	struct config_doc *docs;

	open_all("plain good", "");
	docs = modules_docs();
	assert_string_equal(docs[0].name, "good");
	assert_string_equal(docs[0].options[1].name, "number");
	assert_null(docs[1].name);
	free(docs);
}

static int
tests(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
	const struct CMUnitTest all[] = {
		TEST(modules_are_opened_in_the_order_of_the_configuration),
		TEST(what_a_module_needs_comes_before_it_and_once),
		TEST(a_long_chain_of_needs_fits_on_a_fiber),
		TEST(there_is_room_for_64_modules),
		TEST(a_missing_file_is_told_with_where_it_was_looked_for),
		TEST(a_missing_need_is_told_with_who_needs_it),
		TEST(circles_of_needs_are_refused),
		TEST(a_file_that_is_no_module_is_refused),
		TEST(t96_a_file_that_others_can_change_is_refused),
		TEST(t96_a_link_is_as_good_as_what_it_leads_to),
		TEST(t96_another_interface_is_refused),
		TEST(a_newer_interface_is_refused),
		TEST(another_size_is_refused),
		TEST(t96_another_name_than_the_files_is_refused),
		TEST(slips_in_its_tables_are_refused),
		TEST(a_back_end_is_a_module_with_a_back_end),
		TEST(a_loaded_module_has_all_that_it_declares),
		TEST(modules_load_in_order_and_unload_backwards),
		TEST(an_unloaded_module_has_left_nothing_behind),
		TEST(a_module_needs_neither_state_nor_functions),
		TEST(a_modules_fibers_end_before_it_is_unloaded),
		TEST(a_module_that_fails_to_load_is_undone),
		TEST(modules_behind_one_that_fails_are_never_touched),
		TEST(wrong_hooks_methods_and_collections_are_undone),
		TEST(options_come_from_the_modules_section),
		TEST(mistakes_in_a_modules_section_are_found_before_anything_runs),
		TEST(mistakes_of_the_node_and_of_its_modules_are_told_at_once),
		TEST(where_the_grammar_is_broken_the_rest_is_checked_all_the_same),
		TEST(modules_that_cannot_be_opened_do_not_hide_mistakes_of_others),
		TEST(more_modules_are_opened_too_and_told_of_in_their_line),
		TEST(a_reload_writes_new_values_and_tells_the_module),
		TEST(the_reference_lists_modules_with_options),
	};

	return cmocka_run_group_tests_name("module", all, folder_up, folder_down);
}

int
main(void)
{
	return test_on_fiber(tests);
}
