/* SPDX-License-Identifier: MIT */
/* settings.c - the frozen copy of the configuration that the I/O threads share. */
#include "net/settings.h"

#include "base/xalloc.h"
#include "net/static.h"
#include "net/tls.h"
#include "json/schema.h"

#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const frame_names[FRAME_KINDS] = {
	[FRAME_AUTH] = "auth",
	[FRAME_RESPONSE] = "response",
	[FRAME_MESSAGE] = "message",
	[FRAME_REQUEST] = "request",
	[FRAME_PRESENCE] = "presence",
	[FRAME_ACK] = "ack",
	[FRAME_CLOSE] = "close",
	[FRAME_PING] = "ping",
};

static size_t
list_count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

static char **
list_copy(const char *const *list)
{
	size_t n = list_count(list);
	char **copy = xcalloc(n + 1, sizeof *copy);

	for (size_t i = 0; i < n; i++)
		copy[i] = xstrdup(list[i]);
	return copy;
}

static int
settings_set_proxies(struct net_settings *s, const char *const *list, struct parley_error *err)
{
	s->proxies = xcalloc(list_count(list) + 1, sizeof *s->proxies);
	for (; list != NULL && *list != NULL; list++) {
		if (strcmp(*list, "unix") == 0)
			s->proxy_unix = true;
		else if (!network_parse(*list, &s->proxies[s->proxy_count++]))
			return parley_fail(err, PARLEY_INTERNAL, NULL,
			    "proxy \"%s\": neither an address, nor a network, nor unix", *list);
	}
	return 0;
}

static int
settings_set_schemas(struct net_settings *s, const struct schema_set *set, struct parley_error *err)
{
	char name[32];

	s->schemas = set;
	for (size_t i = 0; i < FRAME_KINDS; i++) {
		snprintf(name, sizeof name, "client/%s", frame_names[i]);
		s->frames[i] = schema_find(set, name);
		if (s->frames[i] == NULL)
			return parley_fail(
			    err, PARLEY_INTERNAL, NULL, "schema %s is missing", name);
	}
	return 0;
}

/* A node without its web client still serves everybody else. */
static int
settings_set_web(struct net_settings *s, const char *root, struct parley_error *err)
{
	if (root == NULL || *root == '\0')
		return 0;
	if (access(root, F_OK) != 0) {
		parley_log_warn("web", "there is no web client at %s: none is served", root);
		return 0;
	}
	s->web = static_load(root, err);
	return s->web != NULL ? 0 : -1;
}

static void
settings_set_limits(struct net_settings *s, const struct net_config *config)
{
	s->guest_frame = config->guest_frame;
	s->user_frame = config->user_frame;
	s->out_queue = config->out_queue;
	s->tls_seconds = config->tls_seconds;
	s->login_seconds = config->login_seconds;
	s->idle_seconds = config->idle_seconds;
	s->window = config->window > 0 ? config->window : 1;
	s->guests_per_address = config->guests_per_address;
	s->connections = config->connections;
}

static const char *
or_else(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

static void
hello_free(struct net_settings *s)
{
	for (int i = 0; i < 4; i++)
		free(s->hello[i / 2][i % 2]);
}

void
settings_set_hello(struct net_settings *s, const struct net_config *config)
{
	const char *unbound = or_else(config->hello_unbound, config->hello);

	hello_free(s);
	s->hello[false][true] = xstrdup(config->hello);
	s->hello[false][false] = xstrdup(unbound);
	s->hello[true][true] = xstrdup(or_else(config->hello_web, config->hello));
	s->hello[true][false] = xstrdup(or_else(config->hello_web_unbound, unbound));
}

struct net_settings *
settings_new(const struct net_config *config, struct parley_error *err)
{
	struct net_settings *s = xcalloc(1, sizeof *s);

	atomic_init(&s->refs, 1);
	s->domain = xstrdup(config->domain);
	s->origins = list_copy(config->origins);
	settings_set_hello(s, config);
	s->http = config->http;
	settings_set_limits(s, config);
	if (settings_set_proxies(s, config->proxies, err) != 0 ||
	    settings_set_schemas(s, config->schemas, err) != 0 ||
	    settings_set_web(s, config->web_root, err) != 0)
		settings_unref(&s);
	else if (config->certificate != NULL &&
		 (s->tls = tls_new(config->certificate, config->key, config->domain, err)) == NULL)
		settings_unref(&s);
	return s;
}

struct net_settings *
settings_ref(struct net_settings *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void
settings_unref(struct net_settings **s)
{
	struct net_settings *gone = *s;

	*s = NULL;
	if (gone == NULL || atomic_fetch_sub_explicit(&gone->refs, 1, memory_order_acq_rel) > 1)
		return;
	tls_free(&gone->tls);
	for (char **origin = gone->origins; *origin != NULL; origin++)
		free(*origin);
	free(gone->origins);
	free(gone->proxies);
	free(gone->domain);
	static_free(&gone->web);
	hello_free(gone);
	free(gone);
}

bool
settings_is_proxy(const struct net_settings *s, const char *address)
{
	struct netaddr a;

	if (strcmp(address, "unix") == 0)
		return s->proxy_unix;
	if (!netaddr_parse(address, &a))
		return false;
	for (size_t i = 0; i < s->proxy_count; i++)
		if (network_contains(&s->proxies[i], &a))
			return true;
	return false;
}

enum frame_kind
settings_frame_kind(const char *type)
{
	for (size_t i = 0; i < FRAME_KINDS; i++)
		if (strcmp(frame_names[i], type) == 0)
			return (enum frame_kind)i;
	return FRAME_KINDS;
}
