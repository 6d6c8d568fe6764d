/* SPDX-License-Identifier: MIT */
/* config_rows.c - every option of the node itself: name, default, bounds and a sentence. */
#include "core/config_rows.h"

#define MIB (1024 * 1024)

static const struct parley_option node_rows[] = {
	PARLEY_OPT_TEXT(struct config_node, domain, "", 253,
	    "the name behind the @ of every address, which must be set; it cannot change later"),
	PARLEY_OPT_TEXT(struct config_node, data, PARLEY_DATA_DIR, 1000,
	    "directory for everything the node keeps"),
	PARLEY_OPT_TEXT(struct config_node, key, "", 1000,
	    "file with the node key, without which the data cannot be read; \"\": node.key in the "
	    "data directory, made at the first start; a systemd credential parley.key or "
	    "PARLEY_NODE_KEY in the environment goes before it"),
	PARLEY_OPT_TEXT(struct config_node, log, "info", 10,
	    "the least important lines to log: error, warn, info or debug"),
	PARLEY_OPT_TEXT(struct config_node, modules,
	    "register roster presence notify history groups offline", 2000,
	    "the modules to load, in words"),
	PARLEY_OPT_TEXT(struct config_node, more_modules, "", 2000,
	    "modules to load besides those, your own perhaps, in words"),
	PARLEY_OPT_TEXT(struct config_node, module_path, PARLEY_MODULE_DIR, 2000,
	    "directories to look for modules in, in words; the first that has it wins"),
	PARLEY_OPT_TEXT(struct config_node, schemas, PARLEY_SHARE_DIR "/schemas", 2000,
	    "directories with schemas of frames and methods, in words"),
	{ 0 },
};

static const struct parley_option tls_rows[] = {
	PARLEY_OPT_TEXT(struct config_tls, certificate, "", 1000,
	    "file with the certificate and those above it, in PEM"),
	PARLEY_OPT_TEXT(struct config_tls, key, "", 1000,
	    "file with the certificate's private key, in PEM; nobody else may be able to read it"),
	{ 0 },
};

static const struct parley_option web_rows[] = {
	PARLEY_OPT_TEXT(struct config_web, root, PARLEY_SHARE_DIR "/web", 1000,
	    "directory with the web client; \"\": serve none"),
	PARLEY_OPT_TEXT(struct config_web, origins, "", 4000,
	    "further origins whose pages may connect, in words: \"https://chat.example\"; the "
	    "node's own addresses always may"),
	PARLEY_OPT_TEXT(struct config_web, proxies, "", 4000,
	    "reverse proxies that may tell a client's address, in words: addresses, networks "
	    "like \"10.0.0.0/8\", or \"unix\""),
	{ 0 },
};

static const struct parley_option limits_rows[] = {
	PARLEY_OPT_INT(
	    struct config_limits, guest_frame, 10000, 1000, MIB, "bytes of a frame before login"),
	PARLEY_OPT_INT(struct config_limits, user_frame, 262144, 1000, 16 * MIB,
	    "bytes of a frame after login"),
	PARLEY_OPT_INT(struct config_limits, text, 10000, 100, 10000, "characters of a message"),
	PARLEY_OPT_INT(struct config_limits, out_queue, MIB, 65536, 64 * MIB,
	    "bytes that may wait to be sent on a connection; a slower reader is disconnected and "
	    "catches up from the history"),
	PARLEY_OPT_INT(struct config_limits, window, 16, 1, 1000,
	    "frames of a connection that are worked on at once; more are left in the socket"),
	PARLEY_OPT_INT(
	    struct config_limits, tls_seconds, 10, 1, 300, "seconds for the TLS handshake"),
	PARLEY_OPT_INT(struct config_limits, login_seconds, 30, 1, 3600,
	    "seconds from connecting to being logged in"),
	PARLEY_OPT_INT(struct config_limits, idle_seconds, 300, 10, 86400,
	    "seconds of silence after which a connection is closed"),
	PARLEY_OPT_INT(struct config_limits, guests_per_address, 20, 1, 100000,
	    "connections of one network address that are not logged in; an IPv6 /64 counts as one"),
	PARLEY_OPT_INT(struct config_limits, connections, 10000, 1, 1000000,
	    "connections in all; the system's limit on open files must be higher"),
	PARLEY_OPT_INT(struct config_limits, messages_burst, 500, 1, 100000,
	    "messages that an account may send at once, on all its devices together"),
	PARLEY_OPT_INT(struct config_limits, messages_second, 100, 0, 100000,
	    "messages in a second when it has sent those; 0: any number"),
	PARLEY_OPT_INT(struct config_limits, presence_minute, 60, 0, 100000,
	    "changes of presence of an account in a minute; 0: any number"),
	PARLEY_OPT_INT(struct config_limits, updates_minute, 30, 0, 100000,
	    "changes of an account by its owner in a minute; 0: any number"),
	{ 0 },
};

static const struct parley_option accounts_rows[] = {
	PARLEY_OPT_TEXT(struct config_accounts, reserved, "", 20000,
	    "names that nobody can register, in words, besides those built in"),
	PARLEY_OPT_INT(struct config_accounts, scrypt_threads, 2, 1, 64,
	    "passwords checked at once, each with 32 MiB of memory"),
	PARLEY_OPT_INT(struct config_accounts, scrypt_queue, 64, 1, 10000,
	    "passwords that may wait to be checked"),
	PARLEY_OPT_INT(struct config_accounts, scrypt_log_n, 15, 4, 20,
	    "cost of a new password as a power of two; under 15 only for tests"),
	PARLEY_OPT_INT(struct config_accounts, login_tries, 3, 1, 20,
	    "failed logins after which a connection is closed"),
	PARLEY_OPT_INT(struct config_accounts, address_fails, 20, 1, 10000,
	    "failed logins from one network address in fail_minutes before it has to wait"),
	PARLEY_OPT_INT(struct config_accounts, account_fails, 10, 1, 10000,
	    "failed logins to one account in fail_minutes before unknown networks have to wait"),
	PARLEY_OPT_INT(struct config_accounts, fail_minutes, 15, 1, 1440,
	    "minutes after which failed logins are forgotten"),
	PARLEY_OPT_INT(struct config_accounts, token_days, 90, 1, 3650,
	    "days after which a device that was not used has to log in again"),
	{ 0 },
};

static const struct parley_option store_rows[] = {
	PARLEY_OPT_TEXT(struct config_store, backend, "sqlite", 32,
	    "what keeps the data: \"sqlite\" is done by the module store_sqlite, and so on; "
	    "\"memory\" forgets it"),
	PARLEY_OPT_TEXT(struct config_store, location, "", 2000,
	    "where it keeps it: for sqlite a directory, \"\": the data directory; for mongo a URI, "
	    "mongodb://HOST/DATABASE"),
	PARLEY_OPT_INT(struct config_store, readers, 4, 1, 256, "reads under way at once"),
	PARLEY_OPT_INT(struct config_store, write_queue, 4096, 16, 1000000,
	    "writes that may wait; more are refused with \"busy\""),
	PARLEY_OPT_INT(struct config_store, batch, 256, 1, 4096,
	    "writes that become durable together at most"),
	{ 0 },
};

static const struct parley_option runtime_rows[] = {
	PARLEY_OPT_INT(struct config_runtime, fibers, 16384, 64, 1000000,
	    "requests and messages under way at once"),
	PARLEY_OPT_INT(struct config_runtime, workers, 4, 1, 256,
	    "threads for what takes long or waits for the disk"),
	PARLEY_OPT_INT(struct config_runtime, worker_queue, 1024, 16, 1000000,
	    "jobs that may wait for a worker"),
	PARLEY_OPT_INT(struct config_runtime, io_threads, 0, 0, 64,
	    "threads for connections; 0: one for each processor, 4 at most, and none of their own "
	    "if there is one"),
	{ 0 },
};

static const struct parley_option session_rows[] = {
	PARLEY_OPT_INT(struct config_session, resume_seconds, 300, 0, 86400,
	    "seconds that a session waits for its lost connection to come back"),
	PARLEY_OPT_INT(struct config_session, resume_frames, 1000, 10, 100000,
	    "frames that are kept until the client has acknowledged them"),
	PARLEY_OPT_INT(
	    struct config_session, resume_bytes, MIB, 65536, 64 * MIB, "bytes of those frames"),
	PARLEY_OPT_INT(struct config_session, resume_memory, 256 * MIB, MIB, 65536LL * MIB,
	    "bytes of the frames of all sessions; when they are reached, no more is kept"),
	PARLEY_OPT_INT(struct config_session, resume_sessions, 50000, 1, 10000000,
	    "sessions that may wait at once; one more ends with its connection"),
	PARLEY_OPT_INT(
	    struct config_session, per_account, 32, 1, 1000, "sessions of one account at once"),
	{ 0 },
};

const struct config_core_section config_core_sections[] = {
	{ "node", "who this node is, and what it is made of", offsetof(struct config, node),
	    node_rows },
	{ "tls", "the certificate for all encrypted listeners", offsetof(struct config, tls),
	    tls_rows },
	{ "web", "what browsers get", offsetof(struct config, web), web_rows },
	{ "limits", "what one connection, and all together, may use",
	    offsetof(struct config, limits), limits_rows },
	{ "accounts", "logging in", offsetof(struct config, accounts), accounts_rows },
	{ "session", "logged-in clients", offsetof(struct config, session), session_rows },
	{ "store", "where accounts, contacts and messages are kept", offsetof(struct config, store),
	    store_rows },
	{ "runtime", "threads and memory; the defaults suit most machines",
	    offsetof(struct config, runtime), runtime_rows },
	{ 0 },
};

#define ADDRESS_DOC "network addresses to listen on, in words; \"*\": all, and must be said"
#define LOCAL_DOC   "loopback addresses to listen on, in words"
#define PORT_DOC    "TCP port; 0: any that is free"
#define PATH_DOC    "a Unix socket in place of address and port"

static const struct parley_option json_rows[] = {
	PARLEY_OPT_TEXT(struct config_listen, address, "", 1000, ADDRESS_DOC),
	PARLEY_OPT_INT(struct config_listen, port, 5722, 0, 65535, PORT_DOC),
	{ 0 },
};

static const struct parley_option https_rows[] = {
	PARLEY_OPT_TEXT(struct config_listen, address, "", 1000, ADDRESS_DOC),
	PARLEY_OPT_INT(struct config_listen, port, 8443, 0, 65535, PORT_DOC),
	{ 0 },
};

static const struct parley_option http_rows[] = {
	PARLEY_OPT_TEXT(struct config_listen, address, "127.0.0.1 ::1", 1000, LOCAL_DOC),
	PARLEY_OPT_INT(struct config_listen, port, 8080, 0, 65535, PORT_DOC),
	PARLEY_OPT_TEXT(struct config_listen, path, "", 100, PATH_DOC),
	{ 0 },
};

static const struct parley_option metrics_rows[] = {
	PARLEY_OPT_TEXT(struct config_listen, address, "127.0.0.1", 1000, LOCAL_DOC),
	PARLEY_OPT_INT(struct config_listen, port, 9722, 0, 65535, PORT_DOC),
	PARLEY_OPT_TEXT(struct config_listen, path, "", 100, PATH_DOC),
	{ 0 },
};

static const struct parley_option control_rows[] = {
	PARLEY_OPT_TEXT(struct config_listen, path, PARLEY_CONTROL_SOCKET, 100,
	    "the Unix socket of parleyctl, for root and the node's own user only"),
	{ 0 },
};

const struct config_listen_section config_listen_sections[] = {
	{ "json", "JSON lines over TLS", LISTEN_JSON, true, json_rows },
	{ "https", "the web client and WebSockets over TLS", LISTEN_HTTPS, true, https_rows },
	{ "http", "the same without TLS, for a reverse proxy on this machine", LISTEN_HTTP, false,
	    http_rows },
	{ "metrics", "numbers for Prometheus at /metrics", LISTEN_METRICS, false, metrics_rows },
	{ "control", "the socket of parleyctl", LISTEN_CONTROL, true, control_rows },
	{ 0 },
};

const struct config_kind config_kinds[CONFIG_KINDS + 1] = {
	{ "node", false },
	{ "tls", false },
	{ "web", false },
	{ "limits", false },
	{ "accounts", false },
	{ "session", false },
	{ "store", false },
	{ "runtime", false },
	{ "listen", true },
	{ "module", true },
	{ 0 },
};
