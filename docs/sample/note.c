/* SPDX-License-Identifier: MIT */
/* note.c - notes that people keep about their contacts; nobody else can read them. */
#include <inttypes.h>
#include <parley/module.h>
#include <parley/roster.h>
#include <stdio.h>
#include <string.h>

struct note {
	int64_t longest;  /* option */
	uint64_t written; /* metric */
	const struct parley_roster_1 *roster;
	void *roster_self;
};

/* Key: who wrote the note and about whom, "alice/bob". What it says is sealed on the disk. */
static const char *const secret[] = { "text", NULL };
static const struct parley_collection notes = {
	.name = "contact_notes",
	.version = 1,
	.secret = secret,
};

/* ---- the methods -------------------------------------------------------------------------- */

/* The key of the note that the caller means; else refuses the request and returns -1. Awaits. */
static int
note_key(const struct note *n, struct parley_request *r, char key[PARLEY_KEY_MAX])
{
	const struct parley_json *params = parley_request_params(r);
	enum parley_relation relation;
	struct parley_address whom;
	struct parley_error err = { 0 };

	if (parley_address_parse(
		parley_json_string(parley_json_get(params, "address")), &whom, &err) != 0 ||
	    n->roster->relation(
		n->roster_self, parley_request_account(r), whom.name, &relation, &err) != 0) {
		parley_refuse_error(r, &err);
		return -1;
	}
	if (strcmp(whom.domain, parley_domain()) != 0 || relation != PARLEY_RELATION_CONTACT) {
		parley_refuse(
		    r, PARLEY_NOT_FOUND, "/params/address", "this is none of your contacts");
		return -1;
	}
	snprintf(key, PARLEY_KEY_MAX, "%s/%s", parley_request_account(r), whom.name);
	return 0;
}

static void
note_set(void *self, struct parley_request *r)
{
	const char *text = parley_json_string(parley_json_get(parley_request_params(r), "text"));
	struct note *n = self;
	PARLEY_AUTO(parley_text_fini) struct parley_text doc = { 0 };
	struct parley_writer w;
	struct parley_error err = { 0 };
	char key[PARLEY_KEY_MAX];

	if ((int64_t)parley_utf8_length(text, strlen(text)) > n->longest) {
		parley_refuse(r, PARLEY_TOO_LARGE, "/params/text",
		    "must be at most %" PRId64 " characters", n->longest);
		return;
	}
	if (note_key(n, r, key) != 0)
		return;
	parley_writer_init(&w, &doc);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "text", text);
	parley_put_int(&w, "time", parley_now());
	parley_put_end(&w);
	if (parley_store_put(&notes, key, &doc, &err) != 0) /* awaits */
		parley_refuse_error(r, &err);
	else
		n->written++;
}

static void
note_get(void *self, struct parley_request *r)
{
	PARLEY_AUTO(parley_doc_free) struct parley_doc *doc = NULL;
	struct parley_writer *w;
	struct parley_error err = { 0 };
	char key[PARLEY_KEY_MAX];

	if (note_key(self, r, key) != 0)
		return;
	doc = parley_store_get(&notes, key, &err); /* awaits */
	if (doc == NULL && err.code != PARLEY_NOT_FOUND) {
		parley_refuse_error(r, &err);
		return;
	}
	w = parley_answer(r);
	parley_put_string(
	    w, "text", doc != NULL ? parley_json_string(parley_json_get(doc->root, "text")) : "");
	if (doc != NULL)
		parley_put_time(w, "time", parley_json_int(parley_json_get(doc->root, "time"), 0));
}

/* ---- a hook ------------------------------------------------------------------------------- */

static void
note_forget(const char *who, const char *whom)
{
	struct parley_error err = { 0 };
	char key[PARLEY_KEY_MAX];

	snprintf(key, sizeof key, "%s/%s", who, whom);
	if (parley_store_remove(&notes, key, NULL, &err) != 0 && err.code != PARLEY_NOT_FOUND)
		parley_log_warn("note", "a note was not removed, going on: %s", err.text);
}

/* People who are no longer contacts keep no notes about each other. */
static enum parley_verdict
note_contact(void *self, const char *a, const char *b, bool are_contacts)
{
	if (!are_contacts) {
		note_forget(a, b);
		note_forget(b, a);
	}
	return PARLEY_PASS;
}

/* ---- what it is --------------------------------------------------------------------------- */

static int
note_load(void *self, struct parley_error *err)
{
	struct note *n = self;

	n->roster = parley_service_find("roster/1", &n->roster_self);
	if (n->roster == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "no module offers roster/1");
	return 0;
}

static const char *const note_needs[] = { "roster", NULL };

static const struct parley_hook note_hooks[] = {
	{ .name = "contact-changed", .contact = note_contact },
	{ 0 },
};

static const struct parley_method note_methods[] = {
	{ "note.set", PARLEY_ROLES_USERS, note_set },
	{ "note.get", PARLEY_ROLES_USERS, note_get },
	{ 0 },
};

static const struct parley_option note_options[] = {
	PARLEY_OPT_INT(struct note, longest, 1000, 1, 10000, "characters of a note"),
	{ 0 },
};

static const struct parley_collection *const note_collections[] = { &notes, NULL };

static const struct parley_metric note_metrics[] = {
	PARLEY_COUNTER(struct note, written, "notes written"),
	{ 0 },
};

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "note",
	.summary = "notes that people keep about their contacts",
	.needs = note_needs,
	.hooks = note_hooks,
	.methods = note_methods,
	.options = note_options,
	.collections = note_collections,
	.metrics = note_metrics,
	.state_size = sizeof(struct note),
	.load = note_load,
};
