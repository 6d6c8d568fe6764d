/* SPDX-License-Identifier: MIT */
/* request.h - questions and their answers: the table of methods. Router thread. */
#ifndef REQUEST_H
#define REQUEST_H

#include "core/session.h"

#include <parley/module.h>

struct schema_set;

/* Adds a module's method. 0, or -1 with err: the name is taken, is not module.verb, or schemas has
 * no file for it. All is static but self. */
int request_add_method(const struct parley_method *method, const char *module, void *self,
    const struct schema_set *schemas, struct parley_error *err);
void request_remove_methods(const char *module);
void request_stop(void);

/* Answers one request frame. On a fiber. Borrows both. */
void request_run(struct stream *stream, struct stanza *stanza);

/* Calls fn for every method. For parleyctl module info. */
void request_each(
    void (*fn)(void *arg, const char *module, const struct parley_method *method), void *arg);

#endif
