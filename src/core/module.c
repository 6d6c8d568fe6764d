/* SPDX-License-Identifier: MIT */
/* module.c - the loader: shared objects in, hooks and methods registered, and back. */
#include "core/module.h"

#include "base/xalloc.h"
#include "core/builtin.h"
#include "core/hook.h"
#include "core/request.h"
#include "store/store.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULES_MAX  64
#define UNLOAD_MS    5000
#define MODULE_SIZE1 offsetof(struct parley_module, backend) /* of the struct in ABI 1.0 */

#ifdef PARLEY_SANITIZED
#define OPEN_FLAGS                                                                                 \
	(RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) /* so that reports can name the module             \
						 */
#else
#define OPEN_FLAGS (RTLD_NOW | RTLD_LOCAL)
#endif

struct loaded {
	const struct parley_module *m;
	void *self;
	struct scope scope; /* its own fibers */
	bool registered, scoped;
};

static struct {
	struct loaded list[MODULES_MAX];
	unsigned count;
} L;

/* ---- opening ------------------------------------------------------------------------------ */

static struct loaded *
loaded_find(const char *name)
{
	for (unsigned i = 0; i < L.count; i++)
		if (strcmp(L.list[i].m->name, name) == 0)
			return &L.list[i];
	return NULL;
}

static int
module_check_abi(const struct parley_module *m, const char *name, struct parley_error *err)
{
	if (m->abi_major != PARLEY_ABI_MAJOR || m->abi_minor > PARLEY_ABI_MINOR)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "module %s was made for the module interface %u.%u, this node has %u.%u: build "
		    "it "
		    "anew against this version's headers",
		    name, m->abi_major, m->abi_minor, PARLEY_ABI_MAJOR, PARLEY_ABI_MINOR);
	if (m->size < MODULE_SIZE1 || m->size > sizeof *m)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "module %s describes itself in %u bytes, expected %zu: build it anew", name,
		    m->size, sizeof *m);
	if (m->name == NULL || strcmp(m->name, name) != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the file of module %s says that it is module %s", name,
		    m->name != NULL ? m->name : "(none)");
	return 0;
}

/* The first directory of the module path that has NAME.so; 0 or -1. */
static int
module_locate(const char *name, const struct config *config, char *path, size_t size,
    struct parley_error *err)
{
	for (const char *const *dir = (const char *const *)config->module_paths; *dir != NULL;
	     dir++) {
		snprintf(path, size, "%s/%s.so", *dir, name);
		if (access(path, R_OK) == 0)
			return 0;
	}
	return parley_fail(err, PARLEY_INTERNAL, NULL, "module %s: there is no %s.so in %s", name,
	    name, config->node.module_path);
}

static const struct parley_module *
module_dlopen(const char *name, const struct config *config, struct parley_error *err)
{
	const struct parley_module *(*entry)(void);
	const struct parley_module *m;
	char path[4096];
	void *handle, *symbol;

	if (module_locate(name, config, path, sizeof path, err) != 0)
		return NULL;
	handle = dlopen(path, OPEN_FLAGS);
	if (handle == NULL) {
		parley_fail(err, PARLEY_INTERNAL, NULL, "module %s: %s", name, dlerror());
		return NULL;
	}
	symbol = dlsym(handle, "parley_module");
	if (symbol == NULL) {
		parley_fail(
		    err, PARLEY_INTERNAL, NULL, "module %s: %s has no parley_module()", name, path);
		return NULL;
	}
	memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from an object to a function */
	m = entry();
	return module_check_abi(m, name, err) == 0 ? m : NULL;
}

static int
module_add(const struct parley_module *m, struct parley_error *err)
{
	struct loaded *l;

	if (L.count == MODULES_MAX)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "more than %d modules", MODULES_MAX);
	l = &L.list[L.count++];
	*l = (struct loaded){ .m = m };
	l->self = xcalloc(1, m->state_size);
	return 0;
}

/* Opens a module after what it needs. depth ends circles. */
static int
module_open(const char *name, const struct config *config, int depth, struct parley_error *err)
{
	const struct parley_module *m;

	if (loaded_find(name) != NULL)
		return 0;
	if (depth > MODULES_MAX)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "module %s needs a module that needs it", name);
	m = module_dlopen(name, config, err);
	if (m == NULL)
		return -1;
	for (const char *const *need = m->needs; need != NULL && *need != NULL; need++)
		if (module_open(*need, config, depth + 1, err) != 0)
			return -1;
	return module_add(m, err);
}

int
modules_open(const struct config *config, struct parley_error *err)
{
	for (const struct parley_module *const *b = builtin_modules; *b != NULL; b++)
		if (module_add(*b, err) != 0)
			return -1;
	for (const char *const *name = (const char *const *)config->modules; *name != NULL; name++)
		if (module_open(*name, config, 0, err) != 0)
			return -1;
	return 0;
}

const struct parley_backend *
modules_backend(const char *name, const struct config *config, struct parley_error *err)
{
	char module[72];

	if (strcmp(name, "memory") == 0)
		return &store_memory;
	snprintf(module, sizeof module, "store_%s", name);
	if (module_open(module, config, 0, err) != 0)
		return NULL;
	if (loaded_find(module)->m->backend == NULL) {
		parley_fail(err, PARLEY_INTERNAL, NULL, "module %s is no store back end", module);
		return NULL;
	}
	return loaded_find(module)->m->backend;
}

/* ---- options ------------------------------------------------------------------------------ */

void
modules_check(const struct config *config, struct option_errors *errors)
{
	const char *names[MODULES_MAX + 1] = { 0 };

	for (unsigned i = 0; i < L.count; i++) {
		const struct parley_module *m = L.list[i].m;

		names[i] = m->name;
		option_apply(m->options, config_module(config, m->name), NULL, errors);
	}
	for (size_t i = 0; i < config->section_count; i++) {
		const struct option_section *s = &config->sections[i];
		const char *nearest;

		if (strcmp(s->name, "module") != 0 || loaded_find(s->title) != NULL)
			continue;
		nearest = option_nearest(s->title, names);
		option_error(errors, s->file, s->line, "module \"%s\" is not loaded%s%s%s",
		    s->title, nearest != NULL ? "; did you mean \"" : "",
		    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	}
}

static void
module_apply(struct loaded *l, const struct config *config)
{
	struct option_errors errors = { 0 };

	option_apply(l->m->options, config_module(config, l->m->name), l->self, &errors);
	parley_assert(errors.count == 0); /* modules_check has seen them */
	option_errors_fini(&errors);
}

void
modules_reload(const struct config *config)
{
	for (unsigned i = 0; i < L.count; i++) {
		module_apply(&L.list[i], config);
		if (L.list[i].m->reload != NULL)
			L.list[i].m->reload(L.list[i].self);
	}
}

/* ---- loading and unloading ---------------------------------------------------------------- */

static int
module_register(struct loaded *l, const struct schema_set *schemas, struct parley_error *err)
{
	const struct parley_module *m = l->m;

	l->registered = true;
	for (const struct parley_collection *const *c = m->collections; c != NULL && *c != NULL;
	     c++)
		if (store_declare(*c, err) != 0)
			return -1;
	for (const struct parley_hook *h = m->hooks; h != NULL && h->name != NULL; h++)
		if (hook_add(h, m->name, l->self, err) != 0)
			return -1;
	for (const struct parley_method *f = m->methods; f != NULL && f->name != NULL; f++)
		if (request_add_method(f, m->name, l->self, schemas, err) != 0)
			return -1;
	return 0;
}

struct load_call {
	struct loaded *l;
	struct parley_error *err;
	int rc;
	struct parley_event done;
};

/* On a fiber of the module's own scope, so that what load spawns belongs to the module. */
static void
module_call_load(void *arg)
{
	struct load_call *call = arg;

	task_context()->module = call->l->m->name;
	call->rc = call->l->m->load(call->l->self, call->err);
	parley_event_set(&call->done, 0);
}

static int
module_load(struct loaded *l, struct scope *parent, struct parley_error *err)
{
	struct load_call call = { .l = l, .err = err };
	char text[sizeof err->text];

	scope_open(&l->scope, parent);
	l->scoped = true;
	if (l->m->load == NULL)
		return 0;
	if (task_spawn(&l->scope, "module-load", module_call_load, &call) != 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "module %s: no fiber is free", l->m->name);
	parley_await_event(&call.done, -1);
	if (call.rc == 0)
		return 0;
	memcpy(text, err->text, sizeof text);
	return parley_fail(err, err->code, NULL, "module %s: %.200s", l->m->name, text);
}

int
modules_load(const struct config *config, const struct schema_set *schemas, struct scope *parent,
    struct parley_error *err)
{
	for (unsigned i = 0; i < L.count; i++) {
		struct loaded *l = &L.list[i];

		module_apply(l, config);
		if (module_register(l, schemas, err) != 0 || module_load(l, parent, err) != 0)
			return -1;
		parley_log_debug("module", "loaded name=%s", l->m->name);
	}
	return 0;
}

void
modules_unload(void)
{
	for (unsigned i = L.count; i-- > 0;) {
		struct loaded *l = &L.list[i];

		if (!l->registered)
			continue;
		hook_remove(l->m->name);
		request_remove_methods(l->m->name);
		if (l->scoped) {
			scope_cancel(&l->scope);
			if (await_scope_idle(&l->scope, UNLOAD_MS) != 0) {
				parley_log_error("module",
				    "name=%s still runs after %d ms, leaving it", l->m->name,
				    UNLOAD_MS);
				continue;
			}
			scope_close(&l->scope);
			l->scoped = false;
		}
		if (l->m->unload != NULL)
			l->m->unload(l->self);
		l->registered = false;
	}
}

void
modules_close(void)
{
	for (unsigned i = 0; i < L.count; i++)
		free(L.list[i].self);
	L.count = 0;
}

/* ---- looking ------------------------------------------------------------------------------ */

const struct parley_module *
modules_nth(unsigned n, void **self_r)
{
	if (n >= L.count)
		return NULL;
	if (self_r != NULL)
		*self_r = L.list[n].self;
	return L.list[n].m;
}

struct config_doc *
modules_docs(void)
{
	struct config_doc *docs = xcalloc(L.count + 1, sizeof *docs);
	unsigned n = 0;

	for (unsigned i = 0; i < L.count; i++)
		if (L.list[i].m->options != NULL)
			docs[n++] = (struct config_doc){ L.list[i].m->name, L.list[i].m->summary,
				L.list[i].m->options };
	return docs;
}

const void *
parley_service_find(const char *name, void **self_r)
{
	for (unsigned i = 0; i < L.count; i++) {
		const struct parley_service *s = L.list[i].m->services;

		if (!L.list[i].registered)
			continue;
		for (; s != NULL && s->name != NULL; s++) {
			if (strcmp(s->name, name) != 0)
				continue;
			*self_r = L.list[i].self;
			return s->functions;
		}
	}
	return NULL;
}
