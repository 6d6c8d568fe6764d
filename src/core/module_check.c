/* SPDX-License-Identifier: MIT */
/* module_check.c - whether what a module says of itself can be true: a slip in its tables must not
 * become a write behind its state, or a method that anybody may call. */
#include "core/module_check.h"

#include <stddef.h>
#include <string.h>

/* Up to the last member of ABI 1.0. */
#define SIZE_1_0 (offsetof(struct parley_module, backend) + sizeof(void *))

#define ALL_ROLES (PARLEY_ROLE_GUEST | PARLEY_ROLE_USER | PARLEY_ROLE_ADMIN | PARLEY_ROLE_OPERATOR)

int
module_check_abi(const struct parley_module *m, const char *name, struct parley_error *err)
{
	if (m->abi_major != PARLEY_ABI_MAJOR || m->abi_minor > PARLEY_ABI_MINOR)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "module %s was made for the module interface %u.%u, this node has %u.%u: build "
		    "it anew against this version's headers",
		    name, m->abi_major, m->abi_minor, PARLEY_ABI_MAJOR, PARLEY_ABI_MINOR);
	if (m->size < SIZE_1_0 || m->size > sizeof *m)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "module %s describes itself in %u bytes, expected %zu: build it anew", name,
		    m->size, sizeof *m);
	if (m->name == NULL || strcmp(m->name, name) != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "the file of module %s says that it is module %s", name,
		    m->name != NULL ? m->name : "(none)");
	return 0;
}

/* ---- options ------------------------------------------------------------------------------ */

static size_t
option_size(const struct parley_option *o)
{
	static const size_t sizes[] = {
		[PARLEY_OPTION_BOOL] = sizeof(bool),
		[PARLEY_OPTION_INT] = sizeof(int64_t),
		[PARLEY_OPTION_TEXT] = sizeof(const char *),
	};

	return sizes[o->type];
}

static bool
lies_in(const struct parley_module *m, size_t offset, size_t size)
{
	return size <= m->state_size && offset <= m->state_size - size;
}

static bool
default_fits(const struct parley_option *o)
{
	int64_t len = o->text != NULL ? (int64_t)strlen(o->text) : 0;

	if (o->type == PARLEY_OPTION_INT)
		return o->number >= o->min && o->number <= o->max;
	return o->type == PARLEY_OPTION_BOOL || (len >= o->min && len <= o->max);
}

static int
check_option(const struct parley_module *m, const struct parley_option *o, struct parley_error *err)
{
	const char *wrong = NULL;

	if (o->type != PARLEY_OPTION_BOOL && o->type != PARLEY_OPTION_INT &&
	    o->type != PARLEY_OPTION_TEXT)
		wrong = "has no known type";
	else if (!lies_in(m, o->offset, option_size(o)))
		wrong = "lies outside of the module's state";
	else if (!default_fits(o))
		wrong = "has a default out of its own bounds";
	else if (o->doc == NULL)
		wrong = "has no sentence that explains it";
	if (wrong == NULL)
		return 0;
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "module %s: option \"%s\" %s", m->name, o->name, wrong);
}

/* ---- the rest ----------------------------------------------------------------------------- */

static int
check_metric(const struct parley_module *m, const struct parley_metric *c, struct parley_error *err)
{
	if (lies_in(m, c->offset, sizeof(uint64_t)) && c->doc != NULL)
		return 0;
	return parley_fail(err, PARLEY_INTERNAL, NULL, "module %s: metric \"%s\" %s", m->name,
	    c->name,
	    c->doc == NULL ? "has no sentence that explains it"
			   : "lies outside of the module's state");
}

static int
check_method(const struct parley_module *m, const struct parley_method *f, struct parley_error *err)
{
	const char *wrong = NULL;

	if (f->handle == NULL)
		wrong = "has no handler";
	else if (f->roles == 0)
		wrong = "has no roles: nobody could call it";
	else if ((f->roles & ~(unsigned)ALL_ROLES) != 0)
		wrong = "has roles that there are not";
	if (wrong == NULL)
		return 0;
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "module %s: method \"%s\" %s", m->name, f->name, wrong);
}

int
module_check_rows(const struct parley_module *m, struct parley_error *err)
{
	if (m->summary == NULL || m->summary[0] == '\0')
		return parley_fail(err, PARLEY_INTERNAL, NULL, "module %s has no summary", m->name);
	for (const struct parley_option *o = m->options; o != NULL && o->name != NULL; o++)
		if (check_option(m, o, err) != 0)
			return -1;
	for (const struct parley_metric *c = m->metrics; c != NULL && c->name != NULL; c++)
		if (check_metric(m, c, err) != 0)
			return -1;
	for (const struct parley_limit *l = m->limits; l != NULL && l->name != NULL; l++)
		if (l->look == NULL)
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "module %s: limit \"%s\" has no function", m->name, l->name);
	for (const struct parley_method *f = m->methods; f != NULL && f->name != NULL; f++)
		if (check_method(m, f, err) != 0)
			return -1;
	for (const struct parley_service *s = m->services; s != NULL && s->name != NULL; s++)
		if (s->functions == NULL)
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "module %s: service \"%s\" has no functions", m->name, s->name);
	return 0;
}
