/* SPDX-License-Identifier: MIT */
/* module_shapes.c - modules of every shape that the loader must take or refuse, in one shared
 * object. The test copies it under many names; each copy asks for the name of its own file and
 * describes itself as the shape of that name. */
#include "module_shapes.h"

#include <dlfcn.h>
#include <parley/backend.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what they do ------------------------------------------------------------------------- */

static enum parley_verdict
shape_check(void *self, struct parley_message *m)
{
	return PARLEY_PASS;
}

static void
shape_ask(void *self, struct parley_request *r)
{
	struct shape *s = self;

	s->asked++;
	parley_put_string(parley_answer(r), "word", s->word);
}

static int
shape_load(void *self, struct parley_error *err)
{
	((struct shape *)self)->loaded = shape_tick();
	return 0;
}

static int
shape_fail(void *self, struct parley_error *err)
{
	((struct shape *)self)->loaded = shape_tick();
	return parley_fail(err, PARLEY_BUSY, NULL, "the moon is full");
}

static void
wait_for_the_end(void *arg)
{
	while (parley_await_sleep(60000) == 0)
		;
	((struct shape *)arg)->fiber_ended = shape_tick();
}

static int
shape_load_and_spawn(void *self, struct parley_error *err)
{
	if (parley_spawn("shape", wait_for_the_end, self) != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "no fiber is free");
	return shape_load(self, err);
}

static void
shape_reload(void *self)
{
	((struct shape *)self)->reloaded = shape_tick();
}

static void
shape_unload(void *self)
{
	((struct shape *)self)->unloaded = shape_tick();
}

/* ---- tables ------------------------------------------------------------------------------- */

static const struct parley_hook good_hooks[] = {
	{ .name = "message-check", .priority = 7, .message = shape_check },
	{ 0 },
};
static const struct parley_hook unknown_hooks[] = {
	{ .name = "message-check", .message = shape_check },
	{ .name = "message-eaten", .message = shape_check },
	{ 0 },
};
static const struct parley_hook crossed_hooks[] = {
	{ .name = "session-bound", .message = shape_check },
	{ 0 },
};

static const struct parley_method good_methods[] = {
	{ "shape.ask", PARLEY_ROLE_OPERATOR, shape_ask },
	{ 0 },
};
static const struct parley_method schemaless_methods[] = {
	{ "shape.none", PARLEY_ROLE_OPERATOR, shape_ask },
	{ 0 },
};
static const struct parley_method roleless_methods[] = {
	{ "shape.ask", 0, shape_ask },
	{ 0 },
};
static const struct parley_method strange_methods[] = {
	{ "shape.ask", PARLEY_ROLE_OPERATOR | 1024, shape_ask },
	{ 0 },
};
static const struct parley_method idle_methods[] = {
	{ "shape.ask", PARLEY_ROLE_OPERATOR, NULL },
	{ 0 },
};

#define DOC "one sentence"
static const struct parley_option good_options[] = {
	PARLEY_OPT_BOOL(struct shape, flag, true, DOC),
	PARLEY_OPT_INT(struct shape, number, 5, 1, 9, DOC),
	PARLEY_OPT_TEXT(struct shape, word, "hello", 10, DOC),
	{ 0 },
};
static const struct parley_option outside_options[] = {
	{ "number", PARLEY_OPTION_INT, sizeof(struct shape) - 4, 5, NULL, 1, 9, DOC },
	{ 0 },
};
static const struct parley_option default_options[] = {
	PARLEY_OPT_INT(struct shape, number, 10, 1, 9, DOC),
	{ 0 },
};
static const struct parley_option long_options[] = {
	PARLEY_OPT_TEXT(struct shape, word, "hello", 4, DOC),
	{ 0 },
};
static const struct parley_option typeless_options[] = {
	{ "number", (enum parley_option_type)7, 0, 5, NULL, 1, 9, DOC },
	{ 0 },
};
static const struct parley_option silent_options[] = {
	PARLEY_OPT_INT(struct shape, number, 5, 1, 9, NULL),
	{ 0 },
};

static const struct parley_metric good_metrics[] = {
	PARLEY_COUNTER(struct shape, asked, DOC),
	{ 0 },
};
static const struct parley_metric outside_metrics[] = {
	{ "asked", false, sizeof(struct shape), DOC },
	{ 0 },
};

static const struct parley_collection shapes = { .name = "shapes", .version = 1 };
static const struct parley_collection shapes_too = { .name = "shapes", .version = 1 };
static const struct parley_collection nameless = { .name = "No Name", .version = 1 };
static const struct parley_collection *const good_collections[] = { &shapes, NULL };
static const struct parley_collection *const same_collections[] = { &shapes_too, NULL };
static const struct parley_collection *const wrong_collections[] = { &nameless, NULL };

static const int functions = 42;
static const struct parley_service good_services[] = { { "shape/1", &functions }, { 0 } };
static const struct parley_service empty_services[] = { { "shape/2", NULL }, { 0 } };

static const struct parley_backend backend = { .name = "shape" };

static const char *const needs_good[] = { "good", NULL };
static const char *const needs_round[] = { "round", NULL };
static const char *const needs_square[] = { "square", NULL };
static const char *const needs_narcissus[] = { "narcissus", NULL };
static const char *const needs_absent[] = { "absent", NULL };
static const char *const needs_needy[] = { "needy", NULL };

/* ---- the shapes --------------------------------------------------------------------------- */

#define USUAL                                                                                      \
	PARLEY_ABI, .summary = DOC, .state_size = sizeof(struct shape), .load = shape_load,        \
		    .unload = shape_unload

static const struct parley_module table[] = {
	{ USUAL, .name = "good", .hooks = good_hooks, .methods = good_methods,
	    .options = good_options, .collections = good_collections, .services = good_services,
	    .metrics = good_metrics, .reload = shape_reload },
	{ USUAL, .name = "plain" },
	{ PARLEY_ABI, .name = "bare", .summary = DOC },
	{ USUAL, .name = "needy", .needs = needs_good },
	{ USUAL, .name = "needier", .needs = needs_needy },
	{ USUAL, .name = "round", .needs = needs_square },
	{ USUAL, .name = "square", .needs = needs_round },
	{ USUAL, .name = "narcissus", .needs = needs_narcissus },
	{ USUAL, .name = "lonely", .needs = needs_absent },

	{ .abi_major = PARLEY_ABI_MAJOR + 1,
	    .size = sizeof(struct parley_module),
	    .name = "major" },
	{ .abi_major = PARLEY_ABI_MAJOR,
	    .abi_minor = 99,
	    .size = sizeof(struct parley_module),
	    .name = "minor" },
	{ .abi_major = PARLEY_ABI_MAJOR, .size = 64, .name = "small" },
	{ .abi_major = PARLEY_ABI_MAJOR,
	    .size = sizeof(struct parley_module) + 8,
	    .name = "large" },
	{ PARLEY_ABI, .name = "anonymous" }, /* see parley_module */
	{ PARLEY_ABI, .name = "silent" },

	{ USUAL, .name = "unknown_hook", .hooks = unknown_hooks },
	{ USUAL, .name = "crossed_hook", .hooks = crossed_hooks },
	{ USUAL, .name = "schemaless", .hooks = good_hooks, .methods = schemaless_methods },
	{ USUAL, .name = "same_method", .methods = good_methods },
	{ USUAL, .name = "same_service", .services = good_services },
	{ USUAL, .name = "same_collection", .collections = same_collections },
	{ USUAL, .name = "wrong_collection", .collections = wrong_collections },
	{ USUAL, .name = "roleless", .methods = roleless_methods },
	{ USUAL, .name = "strange_role", .methods = strange_methods },
	{ USUAL, .name = "idle_method", .methods = idle_methods },
	{ USUAL, .name = "empty_service", .services = empty_services },
	{ USUAL, .name = "outside_option", .options = outside_options },
	{ USUAL, .name = "wrong_default", .options = default_options },
	{ USUAL, .name = "long_default", .options = long_options },
	{ USUAL, .name = "typeless_option", .options = typeless_options },
	{ USUAL, .name = "silent_option", .options = silent_options },
	{ USUAL, .name = "outside_metric", .metrics = outside_metrics },
	{ PARLEY_ABI, .name = "stateless", .summary = DOC, .options = good_options },

	{ PARLEY_ABI, .name = "failing", .summary = DOC, .hooks = good_hooks,
	    .methods = good_methods, .state_size = sizeof(struct shape), .load = shape_fail,
	    .unload = shape_unload },
	{ PARLEY_ABI, .name = "spawning", .summary = DOC, .state_size = sizeof(struct shape),
	    .load = shape_load_and_spawn, .unload = shape_unload },
	{ USUAL, .name = "store_real", .backend = &backend },
	{ USUAL, .name = "store_fake" },
};

/* The name that this copy's file has, without ".so". */
static const char *
own_name(void)
{
	static char name[64];
	const char *slash;
	Dl_info info;

	if (dladdr(table, &info) == 0)
		return "";
	slash = strrchr(info.dli_fname, '/');
	snprintf(name, sizeof name, "%s", slash != NULL ? slash + 1 : info.dli_fname);
	name[strcspn(name, ".")] = '\0';
	return name;
}

/* link_07 needs link_08 and so on, up to link_62. */
static const struct parley_module *
chain_link(const char *name)
{
	static struct parley_module m = { USUAL };
	static char next[24];
	static const char *needs[2] = { next, NULL };
	int number = atoi(name + strlen("link_"));

	snprintf(next, sizeof next, "link_%02d", number + 1);
	m.name = name;
	m.needs = number < 62 ? needs : NULL;
	return &m;
}

PARLEY_API const struct parley_module *parley_module(void);

const struct parley_module *
parley_module(void)
{
	static struct parley_module m;
	const char *name = own_name();

	if (strncmp(name, "link_", 5) == 0)
		return chain_link(name);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		m = table[i];
		if (strcmp(m.name, name) != 0)
			continue;
		if (strcmp(name, "anonymous") == 0)
			m.name = NULL;
		return &m;
	}
	return &table[1]; /* "plain", whatever the file is called */
}
