/* SPDX-License-Identifier: MIT */
/* commands.c - all that parleyctl can do, and what it asks a node of its state. */
#include "ctl/ctl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the node ------------------------------------------------------------------------------ */

static int
run_status(struct ctl *ctl, int argc, char **argv)
{
	static const struct ctl_column members[] = {
		{ "domain", "domain", CTL_TEXT },
		{ "version", "version", CTL_TEXT },
		{ "process", "pid", CTL_COUNT },
		{ "started", "started", CTL_TIME },
		{ "running for", "uptime", CTL_SECONDS },
		{ "connections", "connections", CTL_COUNT },
		{ "sessions", "sessions", CTL_COUNT },
		{ "  of them without a connection", "detached", CTL_COUNT },
		{ "messages since the start", "messages", CTL_COUNT },
		{ "store", "store", CTL_TEXT },
		{ "memory", "memory", CTL_BYTES },
		{ 0 },
	};
	const struct parley_json *result;
	int status;

	if (argc > 0)
		return ctl_usage("status takes no arguments");
	result = ctl_call(ctl, "node.status", NULL, &status);
	if (result != NULL && !ctl->json)
		ctl_print_members(result, members);
	return status;
}

static void
print_problems(const struct parley_json *problems)
{
	for (const struct parley_json *p = parley_json_first(problems); p != NULL;
	     p = parley_json_next(problems, p)) {
		struct parley_text line = { 0 };

		ctl_print_safe(&line, parley_json_string_or(parley_json_get(p, "where"), ""));
		if (line.len > 0)
			parley_text_puts(&line, ": ");
		ctl_print_safe(&line, parley_json_string_or(parley_json_get(p, "text"), ""));
		puts(line.s);
		parley_text_fini(&line);
	}
}

static void
print_waiting(const struct parley_json *names)
{
	struct parley_text line = { 0 };

	for (const struct parley_json *n = parley_json_first(names); n != NULL;
	     n = parley_json_next(names, n)) {
		parley_text_puts(&line, line.len > 0 ? " " : "not in force before a restart: ");
		ctl_print_safe(&line, parley_json_string_or(n, ""));
	}
	if (line.len > 0)
		puts(line.s);
	parley_text_fini(&line);
}

/* Both answer with the mistakes that they found, each with its file and line. */
static int
run_config(struct ctl *ctl, const char *method, const char *good, const char *bad)
{
	const struct parley_json *result;
	int status;
	bool ok;

	result = ctl_call(ctl, method, NULL, &status);
	if (result == NULL)
		return status;
	ok = parley_json_bool(parley_json_get(result, "ok"), false);
	if (!ctl->json) {
		print_problems(parley_json_get(result, "problems"));
		puts(ok ? good : bad);
		print_waiting(parley_json_get(result, "restart"));
	}
	return ok ? 0 : CTL_REFUSED;
}

static int
run_check(struct ctl *ctl, int argc, char **argv)
{
	if (argc > 0)
		return ctl_usage("check takes no arguments");
	return run_config(ctl, "node.check", "no mistakes", "a reload would be refused");
}

static int
run_reload(struct ctl *ctl, int argc, char **argv)
{
	if (argc > 0)
		return ctl_usage("reload takes no arguments");
	return run_config(ctl, "node.reload", "reloaded", "nothing has changed");
}

/* ---- sessions ------------------------------------------------------------------------------ */

static int
run_sessions(struct ctl *ctl, int argc, char **argv)
{
	static const struct ctl_column columns[] = {
		{ "SESSION", "session", CTL_COUNT },
		{ "ADDRESS", "address", CTL_TEXT },
		{ "FROM", "peer", CTL_TEXT },
		{ "CONNECTED", "connected", CTL_YES },
		{ "SINCE", "since", CTL_TIME },
		{ "WAITING", "waiting", CTL_COUNT },
		{ 0 },
	};
	static const char *const known[] = { "account", "limit", NULL };
	const char *values[2] = { NULL };
	struct parley_text params = { 0 };
	const struct parley_json *result;
	struct parley_writer w;
	int64_t total;
	int status;

	if (ctl_take_options(argc, argv, known, values) != argc ||
	    (values[1] != NULL && !ctl_is_number(values[1])))
		return ctl_usage("sessions takes --account NAME and --limit NUMBER");
	parley_writer_init(&w, &params);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "account", values[0]);
	if (values[1] != NULL)
		parley_put_int(&w, "limit", strtoll(values[1], NULL, 10));
	parley_put_end(&w);
	result = ctl_call(ctl, "node.sessions", &params, &status);
	parley_text_fini(&params);
	if (result == NULL || ctl->json)
		return status;
	ctl_print_table(parley_json_get(result, "sessions"), columns, 0);
	total = parley_json_int(parley_json_get(result, "total"), 0);
	if (total > (int64_t)parley_json_len(parley_json_get(result, "sessions")))
		printf("and more, %" PRId64 " in all: say --limit\n", total);
	return 0;
}

static int
run_session_end(struct ctl *ctl, int argc, char **argv)
{
	static const char *const known[] = { "text", NULL };
	const char *values[1] = { NULL };
	int at = ctl_take_options(argc, argv, known, values);
	struct parley_text params = { 0 };
	struct parley_writer w;
	int status;

	if (at < 0 || argc - at != 1 || !ctl_is_number(argv[at]))
		return ctl_usage("session end takes the number of a session");
	parley_writer_init(&w, &params);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "session", argv[at]);
	parley_put_string(&w, "text", values[0]);
	parley_put_end(&w);
	if (ctl_call(ctl, "session.end", &params, &status) != NULL && !ctl->json)
		puts("ended");
	parley_text_fini(&params);
	return status;
}

/* ---- modules ------------------------------------------------------------------------------- */

static int
run_hooks(struct ctl *ctl, int argc, char **argv)
{
	static const struct ctl_column columns[] = {
		{ "PRIORITY", "priority", CTL_COUNT },
		{ "MODULE", "module", CTL_TEXT },
		{ 0 },
	};
	const struct parley_json *result, *hooks;
	int status;

	if (argc > 0)
		return ctl_usage("hooks takes no arguments");
	result = ctl_call(ctl, "node.hooks", NULL, &status);
	if (result == NULL || ctl->json)
		return status;
	hooks = parley_json_get(result, "hooks");
	for (const struct parley_json *h = parley_json_first(hooks); h != NULL;
	     h = parley_json_next(hooks, h)) {
		const struct parley_json *handlers = parley_json_get(h, "handlers");

		printf("%s\n", parley_json_string_or(parley_json_get(h, "name"), "?"));
		if (parley_json_len(handlers) > 0)
			ctl_print_table(handlers, columns, 2);
	}
	return 0;
}

static int
run_module_list(struct ctl *ctl, int argc, char **argv)
{
	static const struct ctl_column columns[] = {
		{ "MODULE", "name", CTL_TEXT },
		{ "ABI", "abi", CTL_TEXT },
		{ "NEEDS", "needs", CTL_LIST },
		{ "SUMMARY", "summary", CTL_TEXT },
		{ 0 },
	};
	const struct parley_json *result;
	int status;

	if (argc > 0)
		return ctl_usage("module list takes no arguments");
	result = ctl_call(ctl, "node.modules", NULL, &status);
	if (result != NULL && !ctl->json)
		ctl_print_table(parley_json_get(result, "modules"), columns, 0);
	return status;
}

static void
print_part(const struct parley_json *module, const char *member, const struct ctl_column *columns)
{
	const struct parley_json *items = parley_json_get(module, member);

	if (parley_json_len(items) == 0)
		return;
	printf("\n%s\n", member);
	ctl_print_table(items, columns, 2);
}

static void
print_module(const struct parley_json *module)
{
	static const struct ctl_column head[] = {
		{ "module", "name", CTL_TEXT },
		{ "summary", "summary", CTL_TEXT },
		{ "interface", "abi", CTL_TEXT },
		{ "file", "file", CTL_TEXT },
		{ "needs", "needs", CTL_LIST },
		{ "keeps", "collections", CTL_LIST },
		{ "offers", "services", CTL_LIST },
		{ 0 },
	};
	static const struct ctl_column methods[] = { { "METHOD", "name", CTL_TEXT },
		{ "FOR", "roles", CTL_LIST }, { 0 } };
	static const struct ctl_column hooks[] = { { "PRIORITY", "priority", CTL_COUNT },
		{ "HOOK", "name", CTL_TEXT }, { 0 } };
	static const struct ctl_column options[] = {
		{ "OPTION", "name", CTL_TEXT },
		{ "VALUE", "value", CTL_TEXT },
		{ "DEFAULT", "default", CTL_TEXT },
		{ "MEANING", "text", CTL_TEXT },
		{ 0 },
	};
	static const struct ctl_column metrics[] = {
		{ "METRIC", "name", CTL_TEXT },
		{ "VALUE", "value", CTL_COUNT },
		{ "MEANING", "text", CTL_TEXT },
		{ 0 },
	};

	ctl_print_members(module, head);
	print_part(module, "methods", methods);
	print_part(module, "hooks", hooks);
	print_part(module, "options", options);
	print_part(module, "metrics", metrics);
}

static int
run_module_info(struct ctl *ctl, int argc, char **argv)
{
	struct parley_text params = { 0 };
	const struct parley_json *result;
	struct parley_writer w;
	int status;

	if (argc != 1)
		return ctl_usage("module info takes the name of a module");
	parley_writer_init(&w, &params);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "name", argv[0]);
	parley_put_end(&w);
	result = ctl_call(ctl, "node.module", &params, &status);
	parley_text_fini(&params);
	if (result != NULL && !ctl->json)
		print_module(result);
	return status;
}

/* ---- inside -------------------------------------------------------------------------------- */

static int
run_debug_fibers(struct ctl *ctl, int argc, char **argv)
{
	static const struct ctl_column members[] = {
		{ "fibers", "live", CTL_COUNT },
		{ "at most so far", "peak", CTL_COUNT },
		{ "limit", "max", CTL_COUNT },
		{ 0 },
	};
	const struct parley_json *result;
	int status;

	if (argc > 0)
		return ctl_usage("debug fibers takes no arguments");
	result = ctl_call(ctl, "node.fibers", NULL, &status);
	if (result == NULL || ctl->json)
		return status;
	ctl_print_members(result, members);
	/* Lines of the node's own making, and meant to be lines. */
	printf("\n%s", parley_json_string_or(parley_json_get(result, "dump"), ""));
	return 0;
}

static int
run_debug_limits(struct ctl *ctl, int argc, char **argv)
{
	static const struct ctl_column columns[] = {
		{ "LIMIT", "name", CTL_TEXT },
		{ "USED", "used", CTL_COUNT },
		{ "PEAK", "peak", CTL_COUNT },
		{ "MAX", "max", CTL_COUNT },
		{ "REFUSED", "refused", CTL_COUNT },
		{ 0 },
	};
	const struct parley_json *result;
	int status;

	if (argc > 0)
		return ctl_usage("debug limits takes no arguments");
	result = ctl_call(ctl, "node.limits", NULL, &status);
	if (result != NULL && !ctl->json)
		ctl_print_table(parley_json_get(result, "limits"), columns, 0);
	return status;
}

const struct ctl_command ctl_commands[] = {
	{ "status", "", "how the node is", run_status },
	{ "account create", "[--admin] [--display TEXT] [--email ADDRESS] NAME",
	    "make an account; its password is asked for, or read from a pipe", ctl_account_create },
	{ "account change", "[--admin yes|no] [--disabled yes|no] NAME",
	    "what it may do; one that is disabled is signed out everywhere", ctl_account_change },
	{ "account password", "NAME",
	    "a new password, asked for or read from a pipe; all its devices are signed out",
	    ctl_account_password },
	{ "account list", "", "all accounts by name", ctl_account_list },
	{ "sessions", "[--account NAME] [--limit NUMBER]", "who is logged in", run_sessions },
	{ "session end", "[--text TEXT] SESSION", "end a session; the text is shown to its user",
	    run_session_end },
	{ "key make", "FILE", "make a node key, on this machine; the node is not asked",
	    ctl_key_make },
	{ "key status", "",
	    "the keys under which data is sealed, and what is yet to be sealed anew",
	    ctl_key_status },
	{ "key rotate", "",
	    "seal with a new data key from now on, and bit by bit all that there is",
	    ctl_key_rotate },
	{ "key rewrap", "FILE", "let the node be started with the node key in FILE next",
	    ctl_key_rewrap },
	{ "check", "", "what is wrong with the configuration file", run_check },
	{ "reload", "", "read the configuration file again and put it in force", run_reload },
	{ "backup", "FILE", "write all that is stored to a new file, also while the node runs",
	    ctl_backup },
	{ "restore", "[--verify] [--replace] FILE",
	    "make the store of a backup, while no node runs; --verify only reads the backup, and "
	    "--replace puts a store that is there aside",
	    ctl_restore },
	{ "store check", "", "read the whole store and tell what is damaged", ctl_store_check },
	{ "store recover", "", "put what can be read of a damaged store into a new one",
	    ctl_store_recover },
	{ "store copy", "[--without NAMES] FROM TO",
	    "copy all of one store to an empty one and compare them, while no node runs; each is "
	    "sqlite:FOLDER, the URI of a MongoDB deployment, or \"configured\" for the one that "
	    "the "
	    "configuration names; --without leaves collections behind",
	    ctl_store_copy },
	{ "store compare", "[--without NAMES] FROM TO",
	    "tell whether two stores have the same, while no node runs", ctl_store_compare },
	{ "retention status", "[--largest NUMBER]",
	    "how long messages are kept, how much there is, and what rules would remove",
	    ctl_retention_status },
	{ "retention set", "--days NUMBER|--forever|--default CHAT",
	    "how long one chat is kept, whatever others say: alice+bob, or the address of a group",
	    ctl_retention_set },
	{ "retention run", "", "look now for what is too old, and measure all chats",
	    ctl_retention_run },
	{ "module list", "", "the modules that are loaded", run_module_list },
	{ "module info", "NAME", "all about one of them", run_module_info },
	{ "hooks", "", "which modules see a message, in which order", run_hooks },
	{ "debug fibers", "", "what each request under way waits for", run_debug_fibers },
	{ "debug limits", "", "how full every queue, cache and pool is", run_debug_limits },
	{ 0 },
};
