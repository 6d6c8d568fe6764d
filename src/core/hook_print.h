/* SPDX-License-Identifier: MIT */
/* hook_print.h - docs/hooks.md, made from the list of hooks. Router thread, or before threads
 * start. */
#ifndef HOOK_PRINT_H
#define HOOK_PRINT_H

#include <parley/module.h>

/* Appends the reference of all hooks, in Markdown, with who of these modules handles each. modules
 * ends with NULL. */
void hooks_print_reference(struct parley_text *out, const struct parley_module *const *modules);

#endif
