/* SPDX-License-Identifier: MIT */
/* config.h - parley.conf, read and checked as a whole. Router thread, or before threads start. */
#ifndef CONFIG_H
#define CONFIG_H

#include "core/option.h"
#include "net/net.h"
#include "runtime/task.h"
#include "store/store.h"

#include <stdint.h>
#include <stdio.h>

/* Each section of the file is one struct, filled through its rows (config_rows.c), where the
 * defaults, bounds and sentences are. Texts are interned: they outlive the config. */

struct config_node {
	const char *domain;
	const char *data;         /* directory, without a final slash */
	const char *key;          /* the node key's file; never "" after loading */
	const char *log;          /* level */
	const char *modules;      /* names to load, in words */
	const char *more_modules; /* those besides, in words */
	const char *module_path;  /* directories of modules, in words; the first that has it wins */
	const char *schemas;      /* directories of schemas, in words */
};

struct config_tls {
	const char *certificate; /* "" when no listener uses TLS */
	const char *key;
};

struct config_web {
	const char *root; /* "": serve no web client */
	const char *origins;
	const char *proxies;
};

struct config_limits {
	int64_t guest_frame, user_frame, out_queue;
	int64_t tls_seconds, login_seconds, idle_seconds;
	int64_t window, guests_per_address, connections;
	int64_t text; /* characters of a message */
	int64_t messages_burst, messages_second, presence_minute, updates_minute;
};

struct config_accounts {
	const char *reserved; /* names nobody can register, in words, besides those built in */
	int64_t scrypt_threads, scrypt_queue, scrypt_log_n;
	int64_t login_tries;   /* on one connection */
	int64_t address_fails; /* failed logins of one network address in fail_minutes */
	int64_t account_fails; /* of one account from strangers' addresses */
	int64_t fail_minutes;
	int64_t token_days; /* a device that is not used so long has to log in again */
};

struct config_store {
	const char *backend;  /* "memory", or "sqlite" for the module store_sqlite */
	const char *location; /* "" after loading only for "memory" */
	int64_t readers, write_queue, batch;
};

struct config_runtime {
	int64_t fibers, workers, worker_queue, io_threads;
};

struct config_session {
	int64_t resume_seconds, resume_frames, resume_bytes, resume_memory, resume_sessions;
	int64_t per_account; /* sessions of one account at once */
};

struct config {
	const char *file; /* what was given to config_load */
	struct config_node node;
	struct config_tls tls;
	struct config_web web;
	struct config_limits limits;
	struct config_accounts accounts;
	struct config_store store;
	struct config_runtime runtime;
	struct config_session session;

	struct listen_config *listeners; /* one for each address of each listen section */
	size_t listener_count;

	/* The lists above, cut into words; each ends with NULL. */
	const char **modules, **more_modules, **module_paths, **schema_paths, **origins, **proxies,
	    **reserved;

	struct option_section *sections; /* as the file has them, for the modules */
	size_t section_count;
	bool broken; /* mistakes in the grammar: what is missing may stand where they are */
};

/* New: the checked configuration of a file, or NULL with every mistake in errors. Nothing of it is
 * in force yet. */
struct config *config_load(const char *file, struct option_errors *errors);

/* The same of text; name stands for the file in errors, and include() is refused. */
struct config *config_load_text(
    const char *name, const char *text, size_t len, struct option_errors *errors);

/* New: as config_load, but also what could be read of a file with mistakes, so that modules_open
 * and modules_check can tell theirs too. When errors has any, it serves nothing else. NULL when
 * nothing could be read. */
struct config *config_draft(const char *file, struct option_errors *errors);
struct config *config_draft_text(
    const char *name, const char *text, size_t len, struct option_errors *errors);

void config_free(struct config **config);

/* The section "module NAME", for option_apply; NULL when there is none. A reload first checks all
 * modules' rows (state NULL), then applies them: a mistake then changes nothing. */
const struct option_section *config_module(const struct config *config, const char *name);

/* Where a mistake is: at "key" in the section, else at the section, else just in the file. Only of
 * a key has it a key, and only of one that could be read a value. */
struct option_value config_place(const struct config *config, const char *section, const char *key);

/* Tells of a mistake there, unless that may be due to one in the grammar. */
void config_mistake(const struct config *config, const char *section, const char *key,
    struct option_errors *errors, const char *fmt, ...) PARLEY_PRINTF(5, 6);

/* a-z, 0-9 and _: nothing that could lead out of module_path. */
bool config_is_module_name(const char *s);

/* What the lower layers need of it. They borrow; hello and domain-independent parts that the
 * config does not know are left NULL. */
void config_net(const struct config *config, struct net_config *out);
void config_runtime(const struct config *config, struct runtime_config *out);
void config_store(const struct config *config, struct store_config *out);

/* A module whose options a printout shows. */
struct config_doc {
	const char *name, *summary;
	const struct parley_option *options;
};

/* Appends the example configuration, or the reference in Markdown: every option with its default,
 * bounds and sentence. modules ends with { 0 }. */
void config_print_example(struct parley_text *out, const struct config_doc *modules);
void config_print_reference(struct parley_text *out, const struct config_doc *modules);

#endif
