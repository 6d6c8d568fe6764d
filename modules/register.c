/* SPDX-License-Identifier: MIT */
/* register.c - signing up: who may, under which terms, with which name and password. */
#include <ctype.h>
#include <parley/memory.h>
#include <parley/module.h>
#include <parley/rate.h>
#include <parley/table.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zxcvbn.h>

#define LEGAL_MAX    (64 * 1024) /* bytes of terms or privacy policy */
#define HOUR_MS      (60 * 60 * 1000)
#define PEERS_MAX    10000 /* networks whose sign-ups are counted at once */
#define TRIES_PER    10    /* attempts for each account that a network may make */
#define PASSWORD_MIN 8
#define PASSWORD_MAX 256

/* Sign-ups from one network in the current hour. */
struct peer {
	char network[PARLEY_NETWORK_SIZE];
	int64_t since;       /* ms, monotonic */
	int64_t made, tries; /* accounts, and attempts that had to be looked at */
};

struct registration {
	bool open; /* options */
	int64_t password_bits, per_address_hour, checks_minute;
	const char *version, *terms_file, *privacy_file;
	uint64_t created, refused; /* metrics */
	char *terms, *privacy;     /* texts */
	const char *current;       /* their version: it changes with them only */
	struct parley_table *peers;
};

static const char default_terms[] =
    "Be kind to the people you meet here. Do not break the law, do not send what others have asked "
    "you "
    "not to send, and do not try to harm this service or the people who use it. Whoever runs this "
    "node "
    "may remove messages and close accounts that break these rules.";
static const char default_privacy[] =
    "This node stores your name, your password in a form that cannot be turned back, what you "
    "enter in "
    "your profile, whom you are in contact with, and your messages, so that you and the people you "
    "write "
    "to can read them. It notes the network address of your logins to protect your account. "
    "Nothing is "
    "sold or shown to anybody else. You can ask whoever runs this node for a copy, or to erase it.";

/* ---- how many from one network ------------------------------------------------------------ */

static void
peer_forget(struct registration *g, struct peer *p)
{
	parley_table_remove(g->peers, p->network);
	free(p);
}

/* They are in the order in which their hours began. */
static void
peers_forget(struct registration *g, int64_t before)
{
	struct peer *p;
	uint32_t at = 0;

	while ((p = parley_table_each(g->peers, &at)) != NULL && p->since <= before)
		peer_forget(g, p);
}

/* The counts of this hour for a network. When too many are counted, the oldest makes room. */
static struct peer *
peer_get(struct registration *g, const char *network)
{
	int64_t now = parley_monotonic();
	struct peer *p;
	uint32_t at = 0;

	peers_forget(g, now - HOUR_MS);
	p = parley_table_get(g->peers, network);
	if (p != NULL)
		return p;
	if (parley_table_count(g->peers) >= PEERS_MAX)
		peer_forget(g, parley_table_each(g->peers, &at));
	p = parley_alloc(sizeof *p);
	snprintf(p->network, sizeof p->network, "%s", network);
	p->since = now;
	parley_table_put(g->peers, p->network, p);
	return p;
}

/* Counts an attempt, as if it made an account. False, and the request is refused, when this network
 * has had its share of them. */
static bool
peer_may(struct registration *g, struct parley_request *r, const char *network)
{
	struct parley_error err = { 0 };
	struct peer *p;

	if (g->per_address_hour == 0)
		return true;
	p = peer_get(g, network);
	if (p->made < g->per_address_hour && p->tries < g->per_address_hour * TRIES_PER) {
		p->made++;
		p->tries++;
		return true;
	}
	parley_fail(&err, PARLEY_LIMIT, NULL, "too many people have signed up from your network");
	err.retry_after = (uint32_t)((p->since + HOUR_MS - parley_monotonic()) / 1000 + 1);
	parley_refuse_error(r, &err);
	return false;
}

/* No account has come of it. */
static void
peer_failed(struct registration *g, const char *network)
{
	struct peer *p = parley_table_get(g->peers, network);

	if (p != NULL && p->made > 0)
		p->made--;
}

/* ---- methods ------------------------------------------------------------------------------ */

static void
put_legal(struct parley_writer *w, const char *key, const char *version, const char *text)
{
	parley_put_object(w, key);
	parley_put_string(w, "version", version);
	parley_put_string(w, "text", text);
	parley_put_end(w);
}

static void
put_range(struct parley_writer *w, const char *key, int min, int max)
{
	parley_put_object(w, key);
	parley_put_int(w, "min", min);
	parley_put_int(w, "max", max);
	parley_put_end(w);
}

static void
register_policy(void *self, struct parley_request *r)
{
	const struct registration *g = self;
	struct parley_writer *w = parley_answer(r);

	parley_put_string(w, "register", g->open ? "open" : "closed");
	put_legal(w, "terms", g->current, g->terms);
	put_legal(w, "privacy", g->current, g->privacy);
	put_range(w, "name", PARLEY_NAME_MIN, PARLEY_NAME_MAX);
	put_range(w, "password", PASSWORD_MIN, PASSWORD_MAX);
}

/* Why a name cannot be had, or NULL; with err when that cannot be told now. Awaits. */
static const char *
name_trouble(const char *name, struct parley_error *err)
{
	struct parley_account account;

	if (!parley_name_valid(name))
		return "invalid";
	if (parley_name_reserved(name))
		return "reserved";
	if (parley_account_get(name, &account, err) == 0)
		return "taken";
	if (err->code == PARLEY_NOT_FOUND)
		*err = (struct parley_error){ 0 };
	return NULL;
}

static void
register_check(void *self, struct parley_request *r)
{
	const char *name = parley_json_string(parley_json_get(parley_request_params(r), "name"));
	const struct registration *g = self;
	char network[PARLEY_NETWORK_SIZE];
	struct parley_error err = { 0 };
	const char *trouble = NULL;
	struct parley_writer *w;

	parley_request_network(r, network);
	if (parley_rate_take("register.check", network, g->checks_minute, g->checks_minute, &err) ==
	    0)
		trouble = name_trouble(name, &err);
	if (err.code != PARLEY_OK) {
		parley_refuse_error(r, &err);
		return;
	}
	w = parley_answer(r);
	parley_put_bool(w, "available", trouble == NULL);
	parley_put_string(w, "reason", trouble);
}

/* How hard a password is to guess, given what else the person has entered. */
struct strength {
	const char *password, *name, *display;
	double bits;
};

/* On a worker: some passwords take several ms. */
static void
strength_find(void *arg)
{
	struct strength *s = arg;
	const char *display = s->display != NULL && s->display[0] != '\0' ? s->display : "parley";
	const char *known[] = { s->name, display, "parley", NULL };
	char head[129];

	snprintf(head, sizeof head, "%s", s->password); /* the rest adds time, not insight */
	s->bits = ZxcvbnMatch(head, known, NULL);
	explicit_bzero(head, sizeof head);
}

/* The service "password/1". */
static int
password_check(void *self, const char *password, const char *name, const char *display,
    struct parley_error *err)
{
	const struct registration *g = self;
	struct strength s = { password, name, display, 0 };

	if (parley_await_work(strength_find, &s) != 0) {
		parley_fail(err, PARLEY_BUSY, NULL, "the node is busy: try again");
		err->retry_after = 1;
		return -1;
	}
	if (strcasecmp(password, name) != 0 && s.bits >= (double)g->password_bits)
		return 0;
	return parley_fail(err, PARLEY_BAD_REQUEST, "/params/password",
	    "must not be so easy to guess: use more characters, or several words that do not "
	    "belong together");
}

static bool
terms_may(
    const struct registration *g, struct parley_request *r, const struct parley_account_new *new)
{
	if (!g->open)
		parley_refuse(r, PARLEY_NOT_ALLOWED, NULL, "this node takes no new members");
	else if (strcmp(new->terms, g->current) != 0)
		parley_refuse(r, PARLEY_CONFLICT, "/params/terms",
		    "must be %s, the version of the terms and the privacy policy now", g->current);
	else
		return true;
	return false;
}

/* Makes the account, or refuses the request. Awaits. */
static bool
create(struct registration *g, struct parley_request *r, const struct parley_account_new *new)
{
	struct parley_error err = { 0 };

	if (password_check(g, new->password, new->name, new->display, &err) == 0 &&
	    parley_account_create(new, &err) == 0)
		return true;
	parley_refuse_error(r, &err);
	return false;
}

static void
register_create(void *self, struct parley_request *r)
{
	const struct parley_json *params = parley_request_params(r);
	struct registration *g = self;
	char name[PARLEY_NAME_MAX + 1], network[PARLEY_NETWORK_SIZE];
	const struct parley_account_new new = {
		.name = parley_json_string(parley_json_get(params, "name")),
		.password = parley_json_string(parley_json_get(params, "password")),
		.display = parley_json_string(parley_json_get(params, "display")),
		.email = parley_json_string(parley_json_get(params, "email")),
		.terms = parley_json_string(parley_json_get(params, "terms")),
		.peer = parley_request_peer(r),
	};

	parley_request_network(r, network);
	if (!terms_may(g, r, &new) || !peer_may(g, r, network)) {
		g->refused++;
		return;
	}
	if (!create(g, r, &new)) {
		g->refused++;
		peer_failed(g, network);
		return;
	}
	g->created++;
	parley_ascii_lower(name, new.name, strlen(new.name));
	parley_put_string(parley_answer(r), "name", name);
}

/* ---- load and unload ---------------------------------------------------------------------- */

/* New: the text of file, or otherwise when none is named. NULL with err. */
static char *
legal_read(const char *file, const char *otherwise, struct parley_error *err)
{
	char *text;
	size_t len;
	FILE *f;

	if (file[0] == '\0')
		return parley_strdup(otherwise);
	f = fopen(file, "re");
	if (f == NULL) {
		parley_fail(err, PARLEY_INTERNAL, NULL, "cannot read %s: %m", file);
		return NULL;
	}
	text = parley_alloc(LEGAL_MAX + 1);
	len = fread(text, 1, LEGAL_MAX + 1, f);
	fclose(f);
	if (len > LEGAL_MAX || !parley_utf8_valid(text, len) || memchr(text, '\0', len) != NULL) {
		parley_fail(err, PARLEY_INTERNAL, NULL, "%s must be UTF-8 text of at most %d bytes",
		    file, LEGAL_MAX);
		free(text);
		return NULL;
	}
	return text;
}

static int
texts_load(struct registration *g, struct parley_error *err)
{
	char *terms = legal_read(g->terms_file, default_terms, err);
	char *privacy = terms != NULL ? legal_read(g->privacy_file, default_privacy, err) : NULL;

	if (privacy == NULL) {
		free(terms);
		return -1;
	}
	free(g->terms);
	free(g->privacy);
	g->terms = terms;
	g->privacy = privacy;
	g->current = g->version;
	parley_hello_set("register", g->open ? "open" : "closed");
	parley_hello_set("terms", g->current);
	return 0;
}

static int
register_load(void *self, struct parley_error *err)
{
	struct registration *g = self;

	g->peers = parley_table_new();
	return texts_load(g, err);
}

static void
register_reload(void *self)
{
	struct parley_error err = { 0 };

	if (texts_load(self, &err) != 0)
		parley_log_warn("register", "the texts stay as they were: %s", err.text);
}

static void
register_unload(void *self)
{
	struct registration *g = self;

	if (g->peers != NULL)
		peers_forget(g, INT64_MAX);
	parley_table_free(&g->peers);
	free(g->terms);
	free(g->privacy);
}

static const struct parley_method register_methods[] = {
	{ "register.policy", PARLEY_ROLE_GUEST | PARLEY_ROLES_USERS, register_policy },
	{ "register.check", PARLEY_ROLE_GUEST, register_check },
	{ "register.create", PARLEY_ROLE_GUEST, register_create },
	{ 0 },
};

static const struct parley_password register_password = { password_check };

static const struct parley_service register_services[] = {
	{ "password/1", &register_password },
	{ 0 },
};

static const struct parley_option register_options[] = {
	PARLEY_OPT_BOOL(struct registration, open, true, "whether anybody may sign up"),
	PARLEY_OPT_INT(struct registration, password_bits, 27, 0, 100,
	    "how hard a password must be to guess, in bits: 27 is about 100 million guesses"),
	PARLEY_OPT_INT(struct registration, per_address_hour, 20, 0, 100000,
	    "sign-ups from one network address in an hour, an IPv6 /64 counting as one; 0: any "
	    "number"),
	PARLEY_OPT_INT(struct registration, checks_minute, 120, 0, 100000,
	    "names that one network address may ask for in a minute, whether they are free; 0: any "
	    "number"),
	PARLEY_OPT_TEXT(struct registration, version, "1", 20,
	    "version of the terms and the privacy policy; raise it when they change"),
	PARLEY_OPT_TEXT(struct registration, terms_file, "", 1000,
	    "file with the terms of service, UTF-8 text; empty: a short default"),
	PARLEY_OPT_TEXT(struct registration, privacy_file, "", 1000,
	    "file with the privacy policy, UTF-8 text; empty: a short default"),
	{ 0 },
};

static void
register_networks_limit(const void *self, struct parley_fill *fill)
{
	const struct registration *s = self;

	fill->used = parley_table_count(s->peers);
	fill->max = PEERS_MAX;
}

static const struct parley_limit register_limits[] = {
	{ "networks", register_networks_limit },
	{ 0 },
};

static const struct parley_metric register_metrics[] = {
	PARLEY_COUNTER(struct registration, created, "accounts that people made for themselves"),
	PARLEY_COUNTER(struct registration, refused, "sign-ups that were refused"),
	{ 0 },
};

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "register",
	.summary = "signing up: who may, under which terms, with which name and password",
	.methods = register_methods,
	.services = register_services,
	.options = register_options,
	.metrics = register_metrics,
	.limits = register_limits,
	.state_size = sizeof(struct registration),
	.load = register_load,
	.reload = register_reload,
	.unload = register_unload,
};
