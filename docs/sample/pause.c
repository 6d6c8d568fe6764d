/* SPDX-License-Identifier: MIT */
/* pause.c - while the option reason is set, messages are refused with it. */
#include <parley/module.h>

/* What the module keeps. The node makes one, all zero, writes the options into it, and hands it to
 * every function as self. */
struct pause {
	const char *reason;
};

static const struct parley_option pause_options[] = {
	PARLEY_OPT_TEXT(
	    struct pause, reason, "", 200, "why messages are refused; \"\": they are not"),
	{ 0 },
};

/* May this message be sent? */
static enum parley_verdict
pause_check(void *self, struct parley_message *m)
{
	const struct pause *p = self;

	if (p->reason[0] == '\0')
		return PARLEY_PASS;
	return parley_message_refuse(m, PARLEY_NOT_ALLOWED, "%s", p->reason);
}

static const struct parley_hook pause_hooks[] = {
	{ .name = "message-check", .message = pause_check },
	{ 0 },
};

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "pause",
	.summary = "refuses messages for a while",
	.hooks = pause_hooks,
	.options = pause_options,
	.state_size = sizeof(struct pause),
};
