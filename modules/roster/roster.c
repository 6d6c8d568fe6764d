/* SPDX-License-Identifier: MIT */
/* roster.c - contacts and requests to chat, search and suggestions; only contacts may write. */
#include "roster.h"

#include <stdlib.h>
#include <string.h>

static const struct parley_field relation_fields[] = {
	{ "a", PARLEY_FIELD_TEXT },
	{ "b", PARLEY_FIELD_TEXT },
	{ 0 },
};
static const struct parley_index relation_indexes[] = {
	{ .fields = { "a", "b" } },
	{ .fields = { "b", "a" } },
	{ .fields = { NULL } },
};
/* One document for a pair of accounts, key "alice+bob". */
/* What a request says. */
static const char *const relation_secret[] = { "text", NULL };
const struct parley_collection relations_collection = {
	.name = "relations",
	.version = 2,
	.fields = relation_fields,
	.indexes = relation_indexes,
	.secret = relation_secret,
};

/* Suggestions that somebody does not want, key "alice/bob". */
const struct parley_collection dismissed_collection = { .name = "dismissed", .version = 1 };

/* ---- hooks -------------------------------------------------------------------------------- */

/* A stranger, somebody who has blocked the sender and nobody at all get the same answer. */
static enum parley_verdict
roster_check(void *self, struct parley_message *m)
{
	enum parley_relation relation;
	struct parley_error err = { 0 };

	if (parley_message_to_group(m))
		return PARLEY_PASS; /* there the group decides */
	if (roster_relation(self, m->from.name, m->to.name, &relation, &err) != 0)
		return parley_message_refuse(m, err.code, "%s", err.text);
	if (relation == PARLEY_RELATION_CONTACT || relation == PARLEY_RELATION_SELF)
		return PARLEY_PASS;
	if (relation == PARLEY_RELATION_BLOCKED)
		return parley_message_refuse(m, PARLEY_NOT_ALLOWED, "you have blocked this person");
	return parley_message_refuse(m, PARLEY_NOT_ALLOWED,
	    "this person is not among your contacts: send a request to chat first");
}

static enum parley_verdict
roster_index(void *self, const struct parley_account *a)
{
	struct parley_error err = { 0 };

	if (names_write(self, a->name, &err) != 0)
		parley_log_warn(
		    "roster", "the index of names was not written, going on: %s", err.text);
	return PARLEY_PASS;
}

struct tell_all {
	char (*names)[PARLEY_NAME_MAX + 1];
	uint32_t count;
};

static void
tell_all_add(void *arg, const char *contact)
{
	struct tell_all *t = arg;

	if (t->count < PARLEY_FIND_LIMIT && parley_account_session(contact, 0) != 0)
		strcpy(t->names[t->count++], contact);
}

/* A new display name: contacts who are connected see it at once. */
static enum parley_verdict
roster_account_changed(void *self, const struct parley_account *a)
{
	struct tell_all t = { parley_alloc(PARLEY_FIND_LIMIT * sizeof *t.names), 0 };
	struct parley_account account = *a;

	roster_index(self, &account);
	if (roster_contacts(self, account.name, tell_all_add, &t, NULL) == 0)
		for (uint32_t i = 0; i < t.count; i++)
			person_tell(self, t.names[i], account.name);
	free(t.names);
	return PARLEY_PASS;
}

/* The node may have gone down between the making or renaming of an account and of its index. */
static enum parley_verdict
roster_bound(void *self, parley_session_id session, const struct parley_json *frame, bool resumed)
{
	const struct parley_session *s = parley_session_find(session);
	struct parley_account account;

	if (s == NULL || resumed)
		return PARLEY_PASS;
	if (parley_account_get(parley_session_account(s), &account, NULL) == 0 &&
	    !names_indexed(&account))
		roster_index(self, &account);
	return PARLEY_PASS;
}

/* ---- roster.list -------------------------------------------------------------------------- */

struct others {
	char (*names)[PARLEY_NAME_MAX + 1];
	size_t count;
};

static void
others_of(const struct book *b, struct others *o)
{
	const struct pair *p;
	uint32_t at = 0;

	o->names = parley_alloc((parley_table_count(b->pairs) + 1) * sizeof *o->names);
	while ((p = parley_table_each(b->pairs, &at)) != NULL)
		if (pair_shown(p, b->account) != PARLEY_RELATION_NONE)
			strcpy(o->names[o->count++], p->names[1 - pair_side(p, b->account)]);
}

void
roster_list(void *self, struct parley_request *r)
{
	struct book *b;
	struct others others = { 0 };
	struct parley_error err = { 0 };
	struct parley_writer *w;
	int rc = 0;

	b = book_get(self, parley_request_account(r), &err);
	if (b == NULL) {
		parley_refuse_error(r, &err);
		return;
	}
	others_of(b, &others);
	book_put(self, &b);
	w = parley_answer(r);
	parley_put_array(w, "people");
	for (size_t i = 0; i < others.count && rc == 0; i++)
		rc = roster_put_person(
		    self, w, NULL, parley_request_account(r), others.names[i], &err);
	parley_put_end(w);
	if (rc != 0)
		parley_refuse_error(r, &err);
	free(others.names);
}

/* ---- load and unload ---------------------------------------------------------------------- */

static int
roster_load(void *self, struct parley_error *err)
{
	struct roster *g = self;

	g->books = parley_table_new();
	g->rates = parley_table_new();
	g->indexings = parley_table_new();
	return 0;
}

static void
roster_unload(void *self)
{
	struct roster *g = self;
	void *rate;
	uint32_t at = 0;

	if (g->books == NULL)
		return;
	book_free_all(g);
	while ((rate = parley_table_each(g->rates, &at)) != NULL)
		free(rate);
	parley_table_free(&g->books);
	parley_table_free(&g->rates);
	parley_table_free(&g->indexings);
}

static const struct parley_hook roster_hooks[] = {
	{ .name = "message-check", .message = roster_check },
	{ .name = "account-created", .account = roster_index },
	{ .name = "account-changed", .account = roster_account_changed },
	{ .name = "session-bound", .session = roster_bound },
	{ 0 },
};

static const struct parley_method roster_methods[] = {
	{ "roster.list", PARLEY_ROLES_USERS, roster_list },
	{ "roster.search", PARLEY_ROLES_USERS, roster_search },
	{ "roster.suggestions", PARLEY_ROLES_USERS, roster_suggestions },
	{ "roster.dismiss", PARLEY_ROLES_USERS, roster_dismiss },
	{ "roster.request", PARLEY_ROLES_USERS, roster_request },
	{ "roster.withdraw", PARLEY_ROLES_USERS, roster_withdraw },
	{ "roster.accept", PARLEY_ROLES_USERS, roster_accept },
	{ "roster.decline", PARLEY_ROLES_USERS, roster_decline },
	{ "roster.remove", PARLEY_ROLES_USERS, roster_remove },
	{ "roster.block", PARLEY_ROLES_USERS, roster_block },
	{ "roster.unblock", PARLEY_ROLES_USERS, roster_unblock },
	{ 0 },
};

static const struct parley_option roster_options[] = {
	PARLEY_OPT_INT(struct roster, people_cached, 5000, 10, 1000000,
	    "accounts whose relations are kept in memory"),
	PARLEY_OPT_INT(struct roster, contacts_max, 900, 1, 900,
	    "people one account can know: contacts, requests and blocked people together"),
	PARLEY_OPT_INT(struct roster, requests_hour, 30, 1, 100000,
	    "requests to chat that one account may send in an hour"),
	{ 0 },
};

static void
roster_people_limit(const void *self, struct parley_fill *fill)
{
	const struct roster *s = self;

	fill->used = s->books_in_memory;
	fill->max = (uint64_t)s->people_cached;
}

static void
roster_rates_limit(const void *self, struct parley_fill *fill)
{
	const struct roster *s = self;

	fill->used = parley_table_count(s->rates);
	fill->max = RATES_MAX;
}

static const struct parley_limit roster_limits[] = {
	{ "people", roster_people_limit },
	{ "rates", roster_rates_limit },
	{ 0 },
};

static const struct parley_metric roster_metrics[] = {
	PARLEY_COUNTER(struct roster, requests, "requests to chat"),
	PARLEY_COUNTER(struct roster, accepted, "requests that were accepted"),
	PARLEY_COUNTER(struct roster, searches, "searches for people"),
	PARLEY_GAUGE(struct roster, books_in_memory, "accounts whose relations are in memory"),
	{ 0 },
};

static const struct parley_roster_1 roster_functions = {
	.relation = roster_relation,
	.put_person = roster_put_person,
	.contacts = roster_contacts,
};
static const struct parley_service roster_services[] = {
	{ "roster/1", &roster_functions },
	{ 0 },
};

static const struct parley_collection *const roster_collections[] = {
	&relations_collection,
	&names_collection,
	&dismissed_collection,
	NULL,
};

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "roster",
	.summary = "contacts and requests to chat, search and suggestions",
	.hooks = roster_hooks,
	.methods = roster_methods,
	.options = roster_options,
	.collections = roster_collections,
	.services = roster_services,
	.metrics = roster_metrics,
	.limits = roster_limits,
	.state_size = sizeof(struct roster),
	.load = roster_load,
	.unload = roster_unload,
};
