/* SPDX-License-Identifier: MIT */
/* module.c - the loader: shared objects in, hooks and methods registered, and back. */
#include "core/module.h"

#include "base/xalloc.h"
#include "core/builtin.h"
#include "core/hook.h"
#include "core/keyring.h"
#include "core/module_check.h"
#include "core/module_trust.h"
#include "core/request.h"
#include "store/store.h"

#include <dirent.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_MAX 200 /* of files that a misspelt name is compared with */

#ifdef PARLEY_SANITIZED
/* So that reports can name the module. */
#define OPEN_FLAGS (RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)
#else
#define OPEN_FLAGS (RTLD_NOW | RTLD_LOCAL)
#endif

struct loaded {
	struct parley_module m; /* a copy */
	struct owner owner;
	struct scope scope; /* its own fibers */
	bool started;       /* modules_load has begun with it */
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
		if (strcmp(L.list[i].m.name, name) == 0)
			return &L.list[i];
	return NULL;
}

/* The names of the files in these directories, without ".so"; ends with NULL. */
static void
module_names(const char *const *directories, const char *names[NAMES_MAX + 1])
{
	unsigned n = 0;

	for (; *directories != NULL; directories++) {
		DIR *dir = opendir(*directories);
		struct dirent *entry;

		while (dir != NULL && n < NAMES_MAX && (entry = readdir(dir)) != NULL) {
			size_t len = strlen(entry->d_name);

			if (len <= 3 || strcmp(entry->d_name + len - 3, ".so") != 0)
				continue;
			entry->d_name[len - 3] = '\0';
			if (config_is_module_name(entry->d_name))
				names[n++] = option_intern(entry->d_name);
		}
		if (dir != NULL)
			closedir(dir);
	}
	names[n] = NULL;
}

/* The one whose name comes closest; or NULL. */
static const char *
module_nearest(const char *name, const char *const *directories)
{
	const char *names[NAMES_MAX + 1];

	module_names(directories, names);
	return option_nearest(name, names);
}

/* New: the path of NAME.so in the first directory that has it; or NULL. */
static char *
module_locate(const char *name, const struct config *config, struct parley_error *err)
{
	const char *nearest;

	for (const char *const *dir = (const char *const *)config->module_paths; *dir != NULL;
	     dir++) {
		struct parley_text path = { 0 };

		parley_text_printf(&path, "%s/%s.so", *dir, name);
		if (access(path.s, R_OK) == 0)
			return path.s;
		parley_text_fini(&path);
	}
	nearest = module_nearest(name, (const char *const *)config->module_paths);
	parley_fail(err, PARLEY_INTERNAL, NULL, "module %s: there is no %s.so%s%s%s in %s", name,
	    name, nearest != NULL ? " (did you mean \"" : "", nearest != NULL ? nearest : "",
	    nearest != NULL ? "\"?)" : "", config->node.module_path);
	return NULL;
}

/* What the file says of itself; NULL with err. */
static const struct parley_module *
module_dlopen(const char *name, const char *path, struct parley_error *err)
{
	const struct parley_module *(*entry)(void);
	void *handle, *symbol;

	if (module_trust(name, path, err) != 0)
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
	return entry();
}

static int
module_add(const struct parley_module *m, struct parley_error *err)
{
	struct loaded *l = &L.list[L.count];

	if (L.count == MODULES_MAX)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "more than %d modules", MODULES_MAX);
	*l = (struct loaded){ 0 };
	memcpy(&l->m, m, m->size); /* what an older one has not is zero */
	if (module_check_rows(&l->m, err) != 0)
		return -1;
	l->owner = (struct owner){ l->m.name, xcalloc(1, m->state_size), &l->scope };
	L.count++;
	return 0;
}

/* A module that is being opened, and for whom. */
struct opening {
	const char *name;
	const struct opening *by;
};

static int module_open(const char *name, const struct opening *by, const struct config *config,
    struct parley_error *err);

static int
module_open_needs(const struct parley_module *m, const struct opening *opening,
    const struct config *config, struct parley_error *err)
{
	char why[sizeof err->text];

	for (const char *const *need = m->needs; need != NULL && *need != NULL; need++) {
		if (module_open(*need, opening, config, err) == 0)
			continue;
		memcpy(why, err->text, sizeof why);
		return parley_fail(
		    err, err->code, NULL, "%.180s (module %s needs it)", why, m->name);
	}
	return 0;
}

/* Opens a module after what it needs. */
static int
module_open(const char *name, const struct opening *by, const struct config *config,
    struct parley_error *err)
{
	const struct opening opening = { name, by };
	const struct parley_module *m = NULL;
	char *path;

	if (loaded_find(name) != NULL)
		return 0;
	for (const struct opening *o = by; o != NULL; o = o->by)
		if (strcmp(o->name, name) == 0)
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "module %s needs a module that needs it", name);
	path = module_locate(name, config, err);
	if (path != NULL)
		m = module_dlopen(name, path, err);
	free(path);
	if (m == NULL || module_check_abi(m, name, err) != 0 ||
	    module_open_needs(m, &opening, config, err) != 0)
		return -1;
	return module_add(m, err);
}

const struct parley_backend *
modules_backend(const char *name, const struct config *config, struct parley_error *err)
{
	char module[72];

	if (strcmp(name, "memory") == 0)
		return &store_memory;
	snprintf(module, sizeof module, "store_%s", name);
	if (module_open(module, NULL, config, err) != 0)
		return NULL;
	if (loaded_find(module)->m.backend == NULL) {
		parley_fail(err, PARLEY_INTERNAL, NULL, "module %s is no store back end", module);
		return NULL;
	}
	return loaded_find(module)->m.backend;
}

static bool
backend_has_scheme(const struct parley_backend *b, const char *uri)
{
	for (const char *const *s = b->schemes; s != NULL && *s != NULL; s++)
		if (strncmp(uri, *s, strlen(*s)) == 0)
			return true;
	return false;
}

const struct parley_backend *
modules_backend_of(const char *uri, const struct config *config)
{
	const char *names[NAMES_MAX + 1];
	const struct parley_backend *b;
	struct parley_error err;

	module_names((const char *const *)config->module_paths, names);
	for (const char **name = names; *name != NULL; name++) {
		if (strncmp(*name, "store_", 6) != 0)
			continue;
		b = modules_backend(*name + 6, config, &err);
		if (b != NULL && backend_has_scheme(b, uri))
			return b;
	}
	return NULL;
}

static void
open_named(
    const char *key, const char *name, const struct config *config, struct option_errors *errors)
{
	struct parley_error err = { 0 };

	if (!config_is_module_name(name) || module_open(name, NULL, config, &err) == 0)
		return;
	config_mistake(config, "node", key, errors, "%s", err.text);
}

static void
open_backend(const struct config *config, struct option_errors *errors)
{
	struct parley_error err = { 0 };

	if (config_is_module_name(config->store.backend) &&
	    modules_backend(config->store.backend, config, &err) == NULL)
		config_mistake(config, "store", "backend", errors, "%s", err.text);
}

void
modules_open(const struct config *config, struct option_errors *errors)
{
	struct parley_error err = { 0 };

	for (const struct parley_module *const *b = builtin_modules; *b != NULL; b++)
		if (module_add(*b, &err) != 0)
			option_error(errors, config->file, 0, "%s", err.text);
	for (const char *const *name = config->modules; *name != NULL; name++)
		open_named("modules", *name, config, errors);
	for (const char *const *name = config->more_modules; *name != NULL; name++)
		open_named("more_modules", *name, config, errors);
	open_backend(config, errors);
}

/* ---- options ------------------------------------------------------------------------------ */

static bool
in_list(const char *name, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

void
modules_check(const struct config *config, struct option_errors *errors)
{
	const char *names[MODULES_MAX + 1] = { 0 };

	for (unsigned i = 0; i < L.count; i++) {
		const struct parley_module *m = &L.list[i].m;

		names[i] = m->name;
		option_apply(m->options, config_module(config, m->name), NULL, errors);
	}
	for (size_t i = 0; i < config->section_count; i++) {
		const struct option_section *s = &config->sections[i];
		const char *nearest;

		if (strcmp(s->name, "module") != 0 || loaded_find(s->title) != NULL)
			continue;
		/* What is named could not be opened, or will be at the next start. */
		if (in_list(s->title, config->modules) || in_list(s->title, config->more_modules))
			continue;
		nearest = option_nearest(s->title, names);
		option_error(errors, s->file, s->line, "module \"%s\" is not loaded; %s%s%s",
		    s->title,
		    nearest != NULL ? "did you mean \"" : "name it in modules or more_modules",
		    nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
	}
}

static void
module_apply(struct loaded *l, const struct config *config)
{
	struct option_errors errors = { 0 };

	option_apply(l->m.options, config_module(config, l->m.name), l->owner.self, &errors);
	parley_assert(errors.count == 0); /* modules_check has seen them */
	option_errors_fini(&errors);
}

void
modules_reload(const struct config *config)
{
	parley_noawait_begin(); /* a reload on SIGHUP is on no fiber at all */
	for (unsigned i = 0; i < L.count; i++) {
		module_apply(&L.list[i], config);
		if (L.list[i].m.reload != NULL)
			L.list[i].m.reload(L.list[i].owner.self);
	}
	parley_noawait_end();
}

/* ---- loading and unloading ---------------------------------------------------------------- */

/* Whether a module that was loaded before l offers it. */
static bool
service_is_taken(const struct loaded *l, const char *name)
{
	for (const struct loaded *o = L.list; o < l; o++)
		for (const struct parley_service *s = o->m.services; s != NULL && s->name != NULL;
		     s++)
			if (strcmp(s->name, name) == 0)
				return true;
	return false;
}

static bool
collection_is_taken(const struct loaded *l, const char *name)
{
	for (const struct loaded *o = L.list; o < l; o++)
		for (const struct parley_collection *const *c = o->m.collections;
		     c != NULL && *c != NULL; c++)
			if (strcmp((*c)->name, name) == 0)
				return true;
	return false;
}

static int
register_collections(const struct loaded *l, struct parley_error *err)
{
	for (const struct parley_collection *const *c = l->m.collections; c != NULL && *c != NULL;
	     c++) {
		if (collection_is_taken(l, (*c)->name))
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "module %s: another module has a collection \"%s\"", l->m.name,
			    (*c)->name);
		if (store_declare(*c, err) != 0 || keyring_note(*c, err) != 0)
			return -1;
	}
	return 0;
}

static int
module_register(struct loaded *l, const struct schema_set *schemas, struct parley_error *err)
{
	const struct parley_module *m = &l->m;

	for (const struct parley_service *s = m->services; s != NULL && s->name != NULL; s++)
		if (service_is_taken(l, s->name))
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "module %s: another module offers the service \"%s\"", m->name,
			    s->name);
	if (register_collections(l, err) != 0)
		return -1;
	for (const struct parley_hook *h = m->hooks; h != NULL && h->name != NULL; h++)
		if (hook_add(h, &l->owner, err) != 0)
			return -1;
	for (const struct parley_method *f = m->methods; f != NULL && f->name != NULL; f++)
		if (request_add_method(f, &l->owner, schemas, err) != 0)
			return -1;
	return 0;
}

struct load_call {
	struct loaded *l;
	struct parley_error *err;
	int rc;
	struct parley_event done;
};

/* On a fiber of the module's own scope, so that what load starts belongs to the module. */
static void
module_call_load(void *arg)
{
	struct load_call *call = arg;

	owner_enter(&call->l->owner);
	call->rc = call->l->m.load(call->l->owner.self, call->err);
	parley_event_set(&call->done, 0);
}

static int
module_load(struct loaded *l, struct parley_error *err)
{
	struct load_call call = { .l = l, .err = err };
	char text[sizeof err->text];

	if (l->m.load == NULL)
		return 0;
	if (task_spawn(&l->scope, "module-load", module_call_load, &call) != 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "module %s: no fiber is free", l->m.name);
	parley_await_event(&call.done, -1);
	if (call.rc == 0)
		return 0;
	memcpy(text, err->text, sizeof text);
	return parley_fail(err, err->code, NULL, "module %s: %.200s", l->m.name, text);
}

int
modules_load(const struct config *config, const struct schema_set *schemas, struct scope *parent,
    struct parley_error *err)
{
	for (unsigned i = 0; i < L.count; i++) {
		struct loaded *l = &L.list[i];

		scope_open(&l->scope, parent);
		l->started = true;
		module_apply(l, config);
		if (module_register(l, schemas, err) != 0 || module_load(l, err) != 0)
			return -1;
		parley_log_debug("module", "loaded name=%s", l->m.name);
	}
	return 0;
}

static void
module_unload(struct loaded *l)
{
	hook_remove(l->m.name);
	request_remove_methods(l->m.name);
	scope_cancel(&l->scope);
	await_scope_idle(&l->scope, -1); /* who stops the node has a deadline for it all */
	scope_close(&l->scope);
	if (l->m.unload != NULL)
		l->m.unload(l->owner.self);
	l->started = false;
}

void
modules_unload(void)
{
	for (unsigned i = L.count; i-- > 0;)
		if (L.list[i].started)
			module_unload(&L.list[i]);
}

void
modules_close(void)
{
	for (unsigned i = 0; i < L.count; i++)
		free(L.list[i].owner.self);
	L.count = 0;
}

/* ---- looking ------------------------------------------------------------------------------ */

const struct parley_module *
modules_nth(unsigned n, void **self_r)
{
	if (n >= L.count)
		return NULL;
	if (self_r != NULL)
		*self_r = L.list[n].owner.self;
	return &L.list[n].m;
}

struct config_doc *
modules_docs(void)
{
	struct config_doc *docs = xcalloc(L.count + 1, sizeof *docs);
	unsigned n = 0;

	for (unsigned i = 0; i < L.count; i++)
		if (L.list[i].m.options != NULL)
			docs[n++] = (struct config_doc){ L.list[i].m.name, L.list[i].m.summary,
				L.list[i].m.options };
	return docs;
}

const void *
parley_service_find(const char *name, void **self_r)
{
	for (unsigned i = 0; i < L.count; i++) {
		const struct parley_service *s = L.list[i].m.services;

		if (!L.list[i].started)
			continue;
		for (; s != NULL && s->name != NULL; s++) {
			if (strcmp(s->name, name) != 0)
				continue;
			*self_r = L.list[i].owner.self;
			return s->functions;
		}
	}
	return NULL;
}
