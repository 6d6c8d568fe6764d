/* SPDX-License-Identifier: MIT */
/* request.h - questions and their answers: the table of methods. Router thread. */
#ifndef REQUEST_H
#define REQUEST_H

#include "core/owner.h"
#include "core/session.h"

#include <parley/module.h>

struct schema_set;

/* Adds a module's method. 0, or -1 with err: the name is taken, or schemas has no file for it.
 * method is static; owner lives until request_remove_methods or request_stop. */
int request_add_method(const struct parley_method *method, const struct owner *owner,
    const struct schema_set *schemas, struct parley_error *err);
void request_remove_methods(const char *module);
void request_stop(void);

/* Answers one request frame. On a fiber. Borrows both. */
void request_run(struct stream *stream, struct stanza *stanza);

#endif
