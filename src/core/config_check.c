/* SPDX-License-Identifier: MIT */
/* config_check.c - the rules of parley.conf that one row cannot tell. */
#include "core/config_check.h"

#include "base/log.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <parley/address.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- addresses ----------------------------------------------------------------------------- */

/* Fills bytes; returns how many, 4 or 16, or 0. */
static size_t
ip_parse(const char *s, unsigned char bytes[16])
{
	if (inet_pton(AF_INET, s, bytes) == 1)
		return 4;
	return inet_pton(AF_INET6, s, bytes) == 1 ? 16 : 0;
}

static bool
ip_is_loopback(const char *s)
{
	unsigned char bytes[16];
	size_t len = ip_parse(s, bytes);

	if (len == 4)
		return bytes[0] == 127;
	return len == 16 && memcmp(bytes, &in6addr_loopback, 16) == 0;
}

/* An address, or a network whose address has no bit set behind its prefix: "10.0.0.0/1" is more
 * likely a slip than a wish to trust half of the world. */
static bool
network_is_valid(const char *s)
{
	const char *slash = strchr(s, '/');
	unsigned char bytes[16];
	char address[64];
	unsigned long prefix;
	size_t len;
	char *end;

	if (slash == NULL)
		return ip_parse(s, bytes) != 0;
	if ((size_t)(slash - s) >= sizeof address || !isdigit((unsigned char)slash[1]))
		return false;
	snprintf(address, sizeof address, "%.*s", (int)(slash - s), s);
	len = ip_parse(address, bytes);
	prefix = strtoul(slash + 1, &end, 10);
	if (len == 0 || *end != '\0' || prefix == 0 || prefix > len * 8)
		return false;
	for (size_t bit = prefix; bit < len * 8; bit++)
		if (bytes[bit / 8] & (0x80 >> bit % 8))
			return false;
	return true;
}

/* "https://host" or "http://host", with or without ":port"; lower case, nothing behind. */
static bool
origin_is_valid(const char *s)
{
	const char *host = strncmp(s, "https://", 8) == 0  ? s + 8
			   : strncmp(s, "http://", 7) == 0 ? s + 7
							   : NULL;
	struct parley_address address;
	char domain[PARLEY_DOMAIN_MAX + 1];
	size_t len;

	if (host == NULL)
		return false;
	len = strcspn(host, ":");
	if (len == 0 || len >= sizeof domain)
		return false;
	memcpy(domain, host, len);
	domain[len] = '\0';
	if (parley_address_parse(domain, &address, NULL) != 0 ||
	    strcmp(address.domain, domain) != 0)
		return false;
	if (host[len] == '\0')
		return true;
	host += len + 1;
	return strspn(host, "0123456789") == strlen(host) && atol(host) > 0 &&
	       atol(host) <= 65535 && strlen(host) <= 5;
}

/* ---- sections ------------------------------------------------------------------------------ */

static int
check_local_addresses(const struct config *config, const struct config_listen_section *kind,
    const struct option_section *section, const char *const *addresses,
    struct option_errors *errors)
{
	bool local = kind->kind == LISTEN_HTTP || kind->kind == LISTEN_METRICS;
	unsigned char bytes[16];

	if (*addresses == NULL && config->broken)
		return -1;
	if (*addresses == NULL) {
		option_error(errors, section->file, section->line,
		    "listen %s needs an address; to listen on all, say address = \"*\"",
		    section->title);
		return -1;
	}
	for (; *addresses != NULL; addresses++) {
		bool any = strcmp(*addresses, "*") == 0;

		if (!any && ip_parse(*addresses, bytes) == 0) {
			option_error(errors, section->file, section->line,
			    "\"%s\" is not a network address; write it in digits, or \"*\"",
			    *addresses);
			return -1;
		}
		if (local && !ip_is_loopback(*addresses)) {
			option_error(errors, section->file, section->line,
			    "listen %s is not encrypted and takes only loopback addresses or a "
			    "Unix socket, not \"%s\"",
			    section->title, *addresses);
			return -1;
		}
	}
	return 0;
}

int
config_check_listen(const struct config *config, const struct config_listen_section *kind,
    const struct option_section *section, const struct config_listen *values,
    struct option_errors *errors)
{
	const char **addresses;
	int rc = 0;

	if (values->path[0] != '\0' || kind->kind == LISTEN_CONTROL) {
		if (values->path[0] == '/')
			return 0;
		option_error(errors, section->file, section->line,
		    "the path of listen %s must begin with \"/\"", section->title);
		return -1;
	}
	addresses = option_words(values->address);
	rc = check_local_addresses(config, kind, section, (const char *const *)addresses, errors);
	free(addresses);
	return rc;
}

static void
check_node(const struct config *config, struct option_errors *errors)
{
	const struct config_node *node = &config->node;
	struct parley_address address;

	if (node->domain[0] == '\0')
		config_mistake(config, "node", "domain", errors,
		    "the node needs its domain: node { domain = \"chat.example\" }");
	else if (parley_address_parse(node->domain, &address, NULL) != 0 ||
		 address.name[0] != '\0' || address.device[0] != '\0' ||
		 strcmp(address.domain, node->domain) != 0)
		config_mistake(config, "node", "domain", errors,
		    "the domain must be a host name in lower case, not \"%s\"", node->domain);
	else if (strlen(node->domain) + strlen("rooms.") > PARLEY_DOMAIN_MAX)
		config_mistake(config, "node", "domain", errors,
		    "the domain must leave room for \"rooms.\" before it: at most %zu bytes",
		    PARLEY_DOMAIN_MAX - strlen("rooms."));
	if (node->data[0] != '/' || node->data[1] == '\0' ||
	    node->data[strlen(node->data) - 1] == '/')
		config_mistake(config, "node", "data", errors,
		    "data must be a directory that begins with \"/\" and does not end with it");
	if (node->key[0] != '/')
		config_mistake(
		    config, "node", "key", errors, "key must be a file that begins with \"/\"");
	if (log_level_find(node->log) < 0)
		config_mistake(config, "node", "log", errors,
		    "log must be error, warn, info or debug, not \"%s\"", node->log);
}

static void
check_directories(const struct config *config, const char *section, const char *key,
    const char *const *words, struct option_errors *errors)
{
	if (*words == NULL)
		config_mistake(config, section, key, errors, "%s must name a directory", key);
	for (; *words != NULL; words++)
		if ((*words)[0] != '/')
			config_mistake(config, section, key, errors,
			    "each directory of %s must begin with \"/\", not \"%s\"", key, *words);
}

bool
config_is_module_name(const char *s)
{
	return s[0] != '\0' && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(s) &&
	       strlen(s) <= 64;
}

static bool
in_list(const char *s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}

/* Whether there are such modules is found out when they are loaded: they may need others that are
 * not listed, and their sections are checked then. */
static void
check_module_names(const struct config *config, const char *key, const char *const *names,
    struct option_errors *errors)
{
	for (const char *const *m = names; *m != NULL; m++) {
		if (!config_is_module_name(*m))
			config_mistake(config, "node", key, errors,
			    "the name of a module is made of a-z, 0-9 and _, not \"%s\"", *m);
		else if (in_list(*m, m + 1))
			config_mistake(
			    config, "node", key, errors, "the module %s is there twice", *m);
	}
}

/* A module may be in both lists: the usual ones become more. */
static void
check_modules(const struct config *config, struct option_errors *errors)
{
	check_module_names(config, "modules", config->modules, errors);
	check_module_names(config, "more_modules", config->more_modules, errors);
	if (!config_is_module_name(config->store.backend))
		config_mistake(config, "store", "backend", errors,
		    "the name of a back end is made of a-z, 0-9 and _, not \"%s\"",
		    config->store.backend);
}

static void
check_tls(const struct config *config, struct option_errors *errors)
{
	const struct config_tls *tls = &config->tls;
	bool needed = false;

	for (size_t i = 0; i < config->listener_count; i++)
		needed |= config->listeners[i].kind == LISTEN_JSON ||
			  config->listeners[i].kind == LISTEN_HTTPS;
	if (needed && tls->certificate[0] == '\0')
		config_mistake(config, "tls", "certificate", errors,
		    "listen json and https need a certificate: tls { certificate = \"FILE\" }");
	if ((tls->certificate[0] == '\0') != (tls->key[0] == '\0'))
		config_mistake(config, "tls", "certificate", errors,
		    "certificate and key go together: one of them is missing");
	if (tls->certificate[0] != '\0' && tls->certificate[0] != '/')
		config_mistake(config, "tls", "certificate", errors,
		    "certificate must be a file that begins with \"/\"");
	if (tls->key[0] != '\0' && tls->key[0] != '/')
		config_mistake(
		    config, "tls", "key", errors, "key must be a file that begins with \"/\"");
}

static void
check_web(const struct config *config, struct option_errors *errors)
{
	if (config->web.root[0] != '\0' && config->web.root[0] != '/')
		config_mistake(config, "web", "root", errors,
		    "root must be a directory that begins with \"/\"");
	for (const char *const *o = config->origins; *o != NULL; o++)
		if (!origin_is_valid(*o))
			config_mistake(config, "web", "origins", errors,
			    "an origin is written https://host or https://host:port, not \"%s\"",
			    *o);
	for (const char *const *p = config->proxies; *p != NULL; p++)
		if (strcmp(*p, "unix") != 0 && !network_is_valid(*p))
			config_mistake(config, "web", "proxies", errors,
			    "\"%s\" is not an address, a network without bits behind its "
			    "prefix, or unix",
			    *p);
}

static void
check_numbers(const struct config *config, struct option_errors *errors)
{
	const struct config_limits *l = &config->limits;

	if (l->user_frame < l->guest_frame)
		config_mistake(config, "limits", "user_frame", errors,
		    "user_frame must not be below guest_frame");
	if (l->out_queue < l->user_frame)
		config_mistake(config, "limits", "out_queue", errors,
		    "out_queue must not be below user_frame: a frame would never fit");
	if (l->text * 4 > l->user_frame)
		config_mistake(config, "limits", "text", errors,
		    "text must be at most a quarter of user_frame: a character has up to 4 bytes");
	if (l->login_seconds < l->tls_seconds)
		config_mistake(config, "limits", "login_seconds", errors,
		    "login_seconds must not be below tls_seconds, which they include");
}

static void
check_accounts(const struct config *config, struct option_errors *errors)
{
	for (const char *const *r = config->reserved; *r != NULL; r++)
		if (!parley_name_valid(*r))
			config_mistake(config, "accounts", "reserved", errors,
			    "\"%s\" is no user name, so nobody can take it anyway", *r);
}

/* "mongodb://user:password@host" in a file that everybody can read is a leak. */
static void
check_secrets(
    const struct config *config, const struct config_scan *scan, struct option_errors *errors)
{
	struct option_value at = config_place(config, "store", "location");

	if (strstr(config->store.location, "://") == NULL ||
	    strchr(config->store.location, '@') == NULL)
		return;
	for (size_t i = 0; i < scan->source_count; i++)
		if (strcmp(scan->sources[i].name, at.file) == 0 &&
		    (scan->sources[i].mode & S_IROTH))
			option_error(errors, at.file, at.line,
			    "location has a password and anybody can read this file: chmod o-r %s",
			    at.file);
}

void
config_check(
    const struct config *config, const struct config_scan *scan, struct option_errors *errors)
{
	check_node(config, errors);
	check_directories(config, "node", "module_path", config->module_paths, errors);
	check_directories(config, "node", "schemas", config->schema_paths, errors);
	check_modules(config, errors);
	check_tls(config, errors);
	check_web(config, errors);
	check_numbers(config, errors);
	check_accounts(config, errors);
	check_secrets(config, scan, errors);
	if (config_place(config, "listen", NULL).line == 0 && !config->broken)
		option_error(
		    errors, config->file, 0, "nothing to listen on: there is no section listen");
}
