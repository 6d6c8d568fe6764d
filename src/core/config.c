/* SPDX-License-Identifier: MIT */
/* config.c - reads parley.conf: a first look by config_scan, values by libconfuse, types and bounds
 * by rows, and the rules across sections by config_check. */
#include "core/config.h"

#include "base/xalloc.h"
#include "core/config_check.h"
#include "core/config_rows.h"
#include "core/config_scan.h"

#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- libconfuse ---------------------------------------------------------------------------- */

/* Where the mistakes go that libconfuse finds: its callback has no argument for that. */
static struct {
	struct option_errors *errors;
	const char *file;
} reading;

static void confuse_error(cfg_t *cfg, const char *fmt, va_list ap) PARLEY_PRINTF(2, 0);

static void
confuse_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char msg[256];

	vsnprintf(msg, sizeof msg, fmt, ap);
	option_error(reading.errors, reading.file, cfg != NULL ? (unsigned)cfg->line : 0,
	    "libconfuse: %s", msg);
}

static bool
has_option(const cfg_opt_t *opts, const char *name)
{
	for (; opts->name != NULL; opts++)
		if (strcmp(opts->name, name) == 0)
			return true;
	return false;
}

/* New: the keys that the scan found in sections of this kind, all strings: the rows know the types.
 * (libconfuse has free-form sections, but 3.3 complains of each key in them.) */
static cfg_opt_t *
confuse_options(const struct config_scan *scan, const char *kind)
{
	cfg_opt_t end = CFG_END(), *opts = xmalloc(sizeof *opts);
	size_t n = 0;

	opts[0] = end;
	for (size_t i = 0; i < scan->section_count; i++) {
		const struct option_section *section = &scan->sections[i];

		if (strcmp(section->name, kind) != 0)
			continue;
		for (size_t j = 0; j < section->count; j++) {
			cfg_opt_t option = CFG_STR(section->values[j].key, NULL, CFGF_NONE);

			if (has_option(opts, option.name))
				continue;
			opts = xrealloc(opts, (n + 2) * sizeof *opts);
			opts[n++] = option;
			opts[n] = end;
		}
	}
	return opts;
}

static cfg_t *
confuse_new(const struct config_scan *scan)
{
	cfg_opt_t sections[CONFIG_KINDS + 1], *opts[CONFIG_KINDS], end = CFG_END();
	cfg_t *cfg;

	for (size_t i = 0; i < CONFIG_KINDS; i++) {
		const struct config_kind *kind = &config_kinds[i];

		opts[i] = confuse_options(scan, kind->name);
		sections[i] = (cfg_opt_t)CFG_SEC(
		    kind->name, opts[i], kind->titled ? CFGF_MULTI | CFGF_TITLE : CFGF_NONE);
	}
	sections[CONFIG_KINDS] = end;
	cfg = cfg_init(sections, CFGF_NONE); /* copies it all */
	for (size_t i = 0; i < CONFIG_KINDS; i++)
		free(opts[i]);
	cfg_set_error_function(cfg, confuse_error);
	return cfg;
}

static cfg_t *
confuse_section(cfg_t *cfg, const struct option_section *section)
{
	if (section->title != NULL)
		return cfg_gettsec(cfg, section->name, section->title);
	return cfg_getsec(cfg, section->name);
}

/* Fills in the values of the sections that the scan found. Two readers that disagree are a mistake:
 * nobody could tell which of them the operator would side with. */
static void
confuse_values(cfg_t *cfg, struct config_scan *scan)
{
	for (size_t i = 0; i < scan->section_count; i++) {
		struct option_section *section = &scan->sections[i];
		cfg_t *from = confuse_section(cfg, section);

		for (size_t j = 0; j < section->count; j++) {
			struct option_value *v = &section->values[j];
			const char *text = from != NULL ? cfg_getstr(from, v->key) : NULL;

			if (text == NULL || (v->value != NULL && strcmp(v->value, text) != 0))
				option_error(scan->errors, v->file, v->line,
				    "libconfuse reads %s otherwise", v->key);
			else
				v->value = option_intern(text);
		}
	}
}

static void
confuse_read(struct config_scan *scan)
{
	unsigned before = scan->errors->count;
	cfg_t *cfg = confuse_new(scan);

	for (size_t i = 0; i < scan->source_count; i++) {
		const struct config_source *source = &scan->sources[i];

		reading.errors = scan->errors;
		reading.file = source->name;
		if (source->text[0] != '\0' && cfg_parse_buf(cfg, source->text) != CFG_SUCCESS &&
		    scan->errors->count == before)
			option_error(scan->errors, source->name, 0, "libconfuse cannot read this");
	}
	if (scan->errors->count == before)
		confuse_values(cfg, scan);
	cfg_free(cfg);
}

/* ---- sections to structs ------------------------------------------------------------------- */

static const struct option_section *
find_section(const struct config *config, const char *name, const char *title)
{
	for (size_t i = 0; i < config->section_count; i++) {
		const struct option_section *s = &config->sections[i];

		if (strcmp(s->name, name) == 0 &&
		    (title == NULL || (s->title != NULL && strcmp(s->title, title) == 0)))
			return s;
	}
	return NULL;
}

const struct option_section *
config_module(const struct config *config, const char *name)
{
	return find_section(config, "module", name);
}

struct option_value
config_place(const struct config *config, const char *section, const char *key)
{
	const struct option_section *s = find_section(config, section, NULL);

	if (s == NULL)
		return (struct option_value){ .file = config->file };
	for (size_t i = 0; key != NULL && i < s->count; i++)
		if (strcmp(s->values[i].key, key) == 0)
			return s->values[i];
	return (struct option_value){ .file = s->file, .line = s->line };
}

void
config_mistake(const struct config *config, const char *section, const char *key,
    struct option_errors *errors, const char *fmt, ...)
{
	struct option_value at = config_place(config, section, key);
	char msg[512];
	va_list ap;

	if (config->broken && (at.key == NULL || at.value == NULL))
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	option_error(errors, at.file, at.line, "%s", msg);
}

/* "https" and "https-lan" are both of the kind https. */
static const struct config_listen_section *
listen_kind_of(const char *title)
{
	for (const struct config_listen_section *l = config_listen_sections; l->name != NULL; l++) {
		size_t len = strlen(l->name);

		if (strncmp(title, l->name, len) == 0 && (title[len] == '\0' || title[len] == '-'))
			return l;
	}
	return NULL;
}

static void
add_listener(struct config *config, enum listen_kind kind, const char *address, int port)
{
	config->listeners =
	    xrealloc(config->listeners, (config->listener_count + 1) * sizeof *config->listeners);
	config->listeners[config->listener_count++] =
	    (struct listen_config){ .kind = kind, .address = address, .port = port };
}

static void
read_listener(
    struct config *config, const struct option_section *section, struct option_errors *errors)
{
	const struct config_listen_section *kind = listen_kind_of(section->title);
	struct config_listen values = { "", "", 0 };
	const char **addresses;

	if (kind == NULL) {
		option_error(errors, section->file, section->line,
		    "listen \"%s\" is not json, https, http, metrics or control, or one of "
		    "these with -SOMETHING behind it",
		    section->title);
		return;
	}
	if (option_apply(kind->rows, section, &values, errors) != 0 ||
	    config_check_listen(config, kind, section, &values, errors) != 0)
		return;
	if (values.path[0] != '\0') {
		add_listener(config, kind->kind, values.path, 0);
		return;
	}
	addresses = option_words(values.address);
	for (const char **a = addresses; *a != NULL; a++)
		add_listener(config, kind->kind, *a, (int)values.port);
	free(addresses);
}

static void
read_sections(struct config *config, struct option_errors *errors)
{
	for (const struct config_core_section *s = config_core_sections; s->name != NULL; s++) {
		option_apply(s->rows, find_section(config, s->name, NULL),
		    (char *)config + s->offset, errors);
	}
	for (size_t i = 0; i < config->section_count; i++)
		if (strcmp(config->sections[i].name, "listen") == 0)
			read_listener(config, &config->sections[i], errors);
}

static const char *
below(const char *directory, const char *file)
{
	PARLEY_AUTO(parley_text_fini) struct parley_text path = { 0 };

	parley_text_printf(&path, "%s/%s", directory, file);
	return option_intern(path.s);
}

static void
fill_in(struct config *config)
{
	if (config->node.key[0] == '\0')
		config->node.key = below(config->node.data, "node.key");
	if (config->store.location[0] == '\0' && strcmp(config->store.backend, "memory") != 0)
		config->store.location = config->node.data;
	config->modules = option_words(config->node.modules);
	config->more_modules = option_words(config->node.more_modules);
	config->module_paths = option_words(config->node.module_path);
	config->schema_paths = option_words(config->node.schemas);
	config->origins = option_words(config->web.origins);
	config->proxies = option_words(config->web.proxies);
	config->reserved = option_words(config->accounts.reserved);
}

static struct config *
config_from_scan(const char *name, struct config_scan *scan)
{
	struct config *config;

	if (scan->errors->count == 0)
		confuse_read(scan);
	if (scan->source_count == 0)
		return NULL;
	config = xcalloc(1, sizeof *config);
	config->file = option_intern(name);
	config->broken = scan->errors->count > 0;
	config->sections = scan->sections;
	config->section_count = scan->section_count;
	scan->sections = NULL;
	read_sections(config, scan->errors);
	fill_in(config);
	config_check(config, scan, scan->errors);
	return config;
}

struct config *
config_draft(const char *file, struct option_errors *errors)
{
	struct config_scan scan = { .kinds = config_kinds, .errors = errors, .include = true };
	struct config *config;

	config_scan_file(&scan, file);
	config = config_from_scan(file, &scan);
	config_scan_fini(&scan);
	return config;
}

struct config *
config_draft_text(const char *name, const char *text, size_t len, struct option_errors *errors)
{
	struct config_scan scan = { .kinds = config_kinds, .errors = errors };
	struct config *config;

	config_scan_text(&scan, name, text, len);
	config = config_from_scan(name, &scan);
	config_scan_fini(&scan);
	return config;
}

static struct config *
without_mistakes(struct config *draft, const struct option_errors *errors)
{
	if (errors->count > 0)
		config_free(&draft);
	return draft;
}

struct config *
config_load(const char *file, struct option_errors *errors)
{
	return without_mistakes(config_draft(file, errors), errors);
}

struct config *
config_load_text(const char *name, const char *text, size_t len, struct option_errors *errors)
{
	return without_mistakes(config_draft_text(name, text, len, errors), errors);
}

void
config_free(struct config **config)
{
	struct config *c = *config;

	if (c == NULL)
		return;
	config_sections_free(c->sections, c->section_count);
	free(c->listeners);
	free(c->modules);
	free(c->more_modules);
	free(c->module_paths);
	free(c->schema_paths);
	free(c->origins);
	free(c->proxies);
	free(c->reserved);
	free(c);
	*config = NULL;
}

/* ---- for the lower layers ------------------------------------------------------------------ */

static const char *
null_if_empty(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

void
config_net(const struct config *config, struct net_config *out)
{
	const struct config_limits *l = &config->limits;

	*out = (struct net_config){
		.listeners = config->listeners,
		.listener_count = config->listener_count,
		.threads = (unsigned)config->runtime.io_threads,
		.certificate = null_if_empty(config->tls.certificate),
		.key = null_if_empty(config->tls.key),
		.domain = config->node.domain,
		.web_root = null_if_empty(config->web.root),
		.origins = config->origins,
		.proxies = config->proxies,
		.guest_frame = (size_t)l->guest_frame,
		.user_frame = (size_t)l->user_frame,
		.out_queue = (size_t)l->out_queue,
		.tls_seconds = (int)l->tls_seconds,
		.login_seconds = (int)l->login_seconds,
		.idle_seconds = (int)l->idle_seconds,
		.window = (unsigned)l->window,
		.guests_per_address = (unsigned)l->guests_per_address,
		.connections = (unsigned)l->connections,
	};
}

void
config_runtime(const struct config *config, struct runtime_config *out)
{
	*out = (struct runtime_config){
		.fibers = (unsigned)config->runtime.fibers,
		.workers = (unsigned)config->runtime.workers,
		.worker_queue = (unsigned)config->runtime.worker_queue,
	};
}

void
config_store(const struct config *config, struct store_config *out)
{
	*out = (struct store_config){
		.location = config->store.location,
		.readers = (unsigned)config->store.readers,
		.write_queue = (unsigned)config->store.write_queue,
		.batch = (unsigned)config->store.batch,
	};
}
