/* SPDX-License-Identifier: MIT */
/* node_methods.c - what operators ask the node on its control socket: parleyctl is their client. */
#include "core/builtin.h"
#include "core/node_modules.h"
#include "core/router.h"
#include "core/server.h"
#include "core/session.h"
#include "net/net.h"
#include "runtime/task.h"
#include "version.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DUMP_MAX 200000 /* bytes of backtraces in one answer */

static int64_t
resident_bytes(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long long size, resident = 0;

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lld %lld", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * sysconf(_SC_PAGESIZE);
}

static void
node_status(void *self, struct parley_request *r)
{
	struct parley_writer *w = parley_answer(r);
	struct session_stats sessions = session_stats();
	struct router_stats router = router_stats();

	parley_put_string(w, "version", version_number());
	parley_put_string(w, "domain", parley_domain());
	parley_put_int(w, "pid", getpid());
	parley_put_time(w, "started", server_started());
	parley_put_int(w, "uptime", (parley_now() - server_started()) / 1000);
	parley_put_int(w, "connections", (int64_t)net_stats().connections);
	parley_put_int(w, "sessions", sessions.sessions);
	parley_put_int(w, "detached", sessions.detached);
	parley_put_int(w, "messages", (int64_t)router.stanzas[STANZA_MESSAGE]);
	parley_put_string(w, "store", server_config()->store.backend);
	parley_put_int(w, "memory", resident_bytes());
}

static void
put_session(struct parley_writer *w, const struct parley_session *s)
{
	char id[24];

	snprintf(id, sizeof id, "%" PRIu64, s->id);
	parley_put_object(w, NULL);
	parley_put_string(w, "session", id);
	parley_put_string(w, "address", s->address);
	parley_put_string(w, "peer", parley_session_peer(s));
	parley_put_bool(w, "connected", s->stream != NULL);
	parley_put_time(w, "since", s->since);
	parley_put_int(w, "waiting", (int64_t)(s->sent - s->acked));
	put_roles(w, s->roles);
	parley_put_end(w);
}

static void
node_sessions(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const char *name = parley_json_string(parley_json_get(params, "account"));
	int64_t limit = parley_json_int(parley_json_get(params, "limit"), 100), total = 0;
	struct parley_writer *w = parley_answer(r);
	const struct parley_session *s;
	uint32_t at = 0;

	parley_put_array(w, "sessions");
	while ((s = session_each(&at)) != NULL) {
		if (name != NULL && strcasecmp(name, s->account) != 0)
			continue;
		if (total++ < limit)
			put_session(w, s);
	}
	parley_put_end(w);
	parley_put_int(w, "total", total);
}

static void
session_end_method(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	const char *id = parley_json_string(parley_json_get(params, "session"));
	const char *text = parley_json_string_or(
	    parley_json_get(params, "text"), "an operator has ended this session");
	parley_session_id session = strtoull(id, NULL, 10);
	const struct parley_session *s = parley_session_find(session);

	if (s == NULL || s->ended)
		parley_refuse(r, PARLEY_NOT_FOUND, "/params/session", "there is no session %s", id);
	else
		parley_session_end(session, PARLEY_GONE, text);
}

/* "parley.conf:12: unknown option" -> where and text. */
static void
put_problem(struct parley_writer *w, char *line)
{
	char *text = strstr(line, ": ");

	if (text != NULL)
		*text = '\0';
	parley_put_object(w, NULL);
	parley_put_string(w, "where", text != NULL ? line : "");
	parley_put_string(w, "text", text != NULL ? text + 2 : line);
	parley_put_end(w);
}

static void
put_names(struct parley_writer *w, const char *key, const char *const *names)
{
	parley_put_array(w, key);
	for (; *names != NULL; names++)
		parley_put_string(w, NULL, *names);
	parley_put_end(w);
}

static void
answer_problems(struct parley_request *r, struct option_errors *errors)
{
	struct parley_writer *w = parley_answer(r);
	char *next = errors->text.s, *line;

	parley_put_bool(w, "ok", errors->count == 0);
	parley_put_array(w, "problems");
	while ((line = strsep(&next, "\n")) != NULL)
		if (line[0] != '\0')
			put_problem(w, line);
	parley_put_end(w);
	option_errors_fini(errors);
}

static void
node_check(void *self, struct parley_request *r)
{
	struct option_errors errors = { 0 };

	server_check(&errors);
	answer_problems(r, &errors);
}

static void
node_reload(void *self, struct parley_request *r)
{
	struct option_errors errors = { 0 };
	struct parley_text waiting = { 0 };
	const char **names;

	if (server_reload(&errors, &waiting) == 0 && waiting.len > 0) {
		names = option_words(waiting.s);
		put_names(parley_answer(r), "restart", names);
		free(names);
	}
	answer_problems(r, &errors);
	parley_text_fini(&waiting);
}

static void
node_fibers(void *self, struct parley_request *r)
{
	struct runtime_stats stats = runtime_stats();
	struct parley_writer *w = parley_answer(r);
	int fd = memfd_create("fibers", MFD_CLOEXEC);
	char *dump = malloc(DUMP_MAX);
	ssize_t len = 0;

	if (fd >= 0 && dump != NULL) {
		runtime_dump(fd);
		len = pread(fd, dump, DUMP_MAX, 0);
	}
	if (fd >= 0)
		close(fd);
	parley_put_int(w, "live", stats.fibers_live);
	parley_put_int(w, "peak", stats.fibers_peak);
	parley_put_int(w, "max", stats.fibers_max);
	parley_put_bytes(w, "dump", dump, len > 0 ? (size_t)len : 0);
	free(dump);
}

static const struct parley_method node_methods[] = {
	{ "node.status", PARLEY_ROLE_OPERATOR, node_status },
	{ "node.sessions", PARLEY_ROLE_OPERATOR, node_sessions },
	{ "node.check", PARLEY_ROLE_OPERATOR, node_check },
	{ "node.reload", PARLEY_ROLE_OPERATOR, node_reload },
	{ "node.fibers", PARLEY_ROLE_OPERATOR, node_fibers },
	{ "node.hooks", PARLEY_ROLE_OPERATOR, node_hooks },
	{ "node.modules", PARLEY_ROLE_OPERATOR, node_modules },
	{ "node.module", PARLEY_ROLE_OPERATOR, node_module_info },
	{ "node.limits", PARLEY_ROLE_OPERATOR, node_limits },
	{ "session.end", PARLEY_ROLE_OPERATOR, session_end_method },
	{ 0 },
};

const struct parley_module node_module = {
	PARLEY_ABI,
	.name = "node",
	.summary = "what operators ask the node on its control socket",
	.methods = node_methods,
};
