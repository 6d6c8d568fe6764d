/* SPDX-License-Identifier: MIT */
/* module.h - the loader: shared objects in, hooks and methods registered, and back. Router thread.
 */
#ifndef CORE_MODULE_H
#define CORE_MODULE_H

#include "core/config.h"

#include <parley/module.h>

#define MODULES_MAX 64 /* at once, the built-in ones included */

struct schema_set;

/* Opens every module that the configuration names, its store's back end, and what these need, in an
 * order in which needs come first; the built-in ones before all. Checks name, ABI and size. Nothing
 * runs yet. What cannot be opened goes to errors, and the others are opened all the same. */
void modules_open(const struct config *config, struct option_errors *errors);

/* The back end called name: "memory", or that of a module, which is opened for it; NULL with err.
 */
const struct parley_backend *modules_backend(
    const char *name, const struct config *config, struct parley_error *err);

/* The one whose locations are URIs like this; all that there are are opened for that. Or NULL. */
const struct parley_backend *modules_backend_of(const char *uri, const struct config *config);

/* Checks the modules' options, and that each "module NAME" section has its module, into errors. For
 * parleyd -n, the start and every reload. */
void modules_check(const struct config *config, struct option_errors *errors);

/* Applies options, declares collections, registers hooks, methods and services, then calls load,
 * one module after the other. On a fiber. 0, or -1 with err naming the module; modules_unload then
 * undoes what was done. */
int modules_load(const struct config *config, const struct schema_set *schemas,
    struct scope *parent, struct parley_error *err);

/* New option values, checked before with modules_check, then each module's reload. */
void modules_reload(const struct config *config);

/* The modules' own fibers are cancelled and waited for, then unload is called, last loaded first.
 * On a fiber. modules_close then forgets the modules; their code stays mapped until the end. */
void modules_unload(void);
void modules_close(void);

/* The nth module, from 0, in the order of loading; NULL at the end. With its state in *self_r,
 * which may be NULL. */
const struct parley_module *modules_nth(unsigned n, void **self_r);

/* For config_print_*: the modules' options; one block, free() it. */
struct config_doc *modules_docs(void);

#endif
