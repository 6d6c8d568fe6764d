/* SPDX-License-Identifier: MIT */
/* hook_print.c - docs/hooks.md, made from the list of hooks. */
#include "core/hook_print.h"

#include "core/hook.h"

#include <string.h>

static const char head[] =
    "# Hooks\n"
    "\n"
    "Made by `parleyd --print-hooks` from the list that the loader checks modules against; do not "
    "edit.\n"
    "[module-guide.md](module-guide.md) tells how to use them.\n"
    "\n"
    "A handler answers `PARLEY_PASS`, and the next one is asked, or `PARLEY_DONE`, and none is. "
    "They "
    "run by\n"
    "priority, lower first, and with the same priority in the order of the modules' names; "
    "`parleyctl hooks`\n"
    "shows the order on a running node. Where a handler must not await, awaiting ends the node "
    "with "
    "a\n"
    "message that names the place.\n";

/* The function that a kind of hook names in struct parley_hook. */
static const char *
prototype(const char *kind)
{
	static const struct {
		const char *kind, *text;
	} prototypes[] = {
		{ "message", "(*message)(void *self, struct parley_message *m)" },
		{ "session", "(*session)(void *self, parley_session_id s,\n"
			     "    const struct parley_json *frame, bool resumed)" },
		{ "acked", "(*acked)(void *self, parley_session_id s, const char *mid)" },
		{ "presence", "(*presence)(void *self, const struct parley_presence *p)" },
		{ "account", "(*account)(void *self, const struct parley_account *a)" },
		{ "contact", "(*contact)(void *self, const char *a, const char *b,\n"
			     "    bool are_contacts)" },
	};

	for (size_t i = 0; i < sizeof prototypes / sizeof prototypes[0]; i++)
		if (strcmp(prototypes[i].kind, kind) == 0)
			return prototypes[i].text;
	return "";
}

struct user {
	const char *module;
	int priority;
};

static bool
comes_before(const struct user *a, const struct user *b)
{
	return a->priority != b->priority ? a->priority < b->priority
					  : strcmp(a->module, b->module) < 0;
}

/* The module's handlers of this hook, put where they run. */
static void
users_add(struct user *users, unsigned *count, unsigned room, const struct parley_module *m,
    const char *hook)
{
	for (const struct parley_hook *h = m->hooks; h != NULL && h->name != NULL; h++) {
		const struct user user = { m->name, h->priority };
		unsigned at = *count;

		if (strcmp(h->name, hook) != 0 || *count == room)
			continue;
		for (; at > 0 && comes_before(&user, &users[at - 1]); at--)
			users[at] = users[at - 1];
		users[at] = user;
		++*count;
	}
}

static void
print_users(struct parley_text *out, const struct parley_module *const *modules, const char *hook)
{
	struct user users[64];
	unsigned count = 0;

	for (; *modules != NULL; modules++)
		users_add(users, &count, sizeof users / sizeof users[0], *modules, hook);
	for (unsigned i = 0; i < count; i++)
		parley_text_printf(out, "%s `%s` (%d)",
		    i == 0 ? " Handlers of the modules that come with the node:" : ",",
		    users[i].module, users[i].priority);
	if (count > 0)
		parley_text_putc(out, '.');
}

void
hooks_print_reference(struct parley_text *out, const struct parley_module *const *modules)
{
	parley_text_puts(out, head);
	for (int n = 0; n < HOOK_NAMES; n++) {
		const struct hook_info *info = &hook_infos[n];

		parley_text_printf(out, "\n## %s\n\n%s\n\n```c\nenum parley_verdict %s;\n```\n\n%s",
		    info->name, info->doc, prototype(info->kind),
		    info->may_await ? "May await." : "Must not await.");
		print_users(out, modules, info->name);
		parley_text_putc(out, '\n');
	}
}
