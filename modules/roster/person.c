/* SPDX-License-Identifier: MIT */
/* person.c - somebody else as a viewer may see them; and the service "roster/1". */
#include "roster.h"

#include <parley/notify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *
relation_name(enum parley_relation r)
{
	switch (r) {
	case PARLEY_RELATION_REQUESTED:
		return "requested";
	case PARLEY_RELATION_ASKS:
		return "asks";
	case PARLEY_RELATION_CONTACT:
	case PARLEY_RELATION_SELF:
		return "contact";
	case PARLEY_RELATION_BLOCKED:
		return "blocked";
	default:
		return "none"; /* who is blocked must not learn it */
	}
}

/* How other stands to viewer. */
struct standing {
	enum parley_relation relation, shown; /* shown: as viewer may see it */
	char text[GREETING_MAX + 1];          /* of a request that waits for viewer's answer */
};

/* Awaits. */
static int
standing_load(struct roster *g, const char *viewer, const char *other, struct standing *out,
    struct parley_error *err)
{
	struct book *b;
	const struct pair *p;

	*out = (struct standing){ PARLEY_RELATION_SELF, PARLEY_RELATION_SELF, "" };
	if (strcmp(viewer, other) == 0)
		return 0;
	b = book_get(g, viewer, err);
	if (b == NULL)
		return -1;
	p = parley_table_get(b->pairs, other);
	out->relation = p != NULL ? pair_relation(p, viewer) : PARLEY_RELATION_NONE;
	out->shown = p != NULL ? pair_shown(p, viewer) : PARLEY_RELATION_NONE;
	if (out->relation == PARLEY_RELATION_ASKS)
		snprintf(out->text, sizeof out->text, "%s", p->text);
	book_put(g, &b);
	return 0;
}

int
roster_relation(void *self, const char *viewer, const char *other, enum parley_relation *out,
    struct parley_error *err)
{
	struct standing standing;

	if (standing_load(self, viewer, other, &standing, err) != 0)
		return -1;
	*out = standing.relation;
	return 0;
}

int
person_open(struct roster *g, struct parley_writer *w, const char *key, const char *viewer,
    const char *other, struct parley_error *err)
{
	struct parley_account account = { 0 };
	struct parley_error missing = { 0 };
	struct standing standing;
	char address[PARLEY_ADDRESS_SIZE];

	if (standing_load(g, viewer, other, &standing, err) != 0)
		return -1;
	if (parley_account_get(other, &account, &missing) != 0) {
		if (missing.code != PARLEY_NOT_FOUND) {
			*err = missing;
			return -1;
		}
		snprintf(account.name, sizeof account.name, "%s", other);
		snprintf(account.shown, sizeof account.shown, "%s", other);
	}
	snprintf(address, sizeof address, "%s@%s", account.name, parley_domain());
	parley_put_object(w, key);
	parley_put_string(w, "address", address);
	parley_put_string(w, "name", account.name);
	parley_put_string(w, "shown", account.shown);
	parley_put_string(w, "display", account.display);
	parley_put_string(w, "relation", relation_name(standing.shown));
	if (standing.text[0] != '\0')
		parley_put_string(w, "text", standing.text);
	return 0;
}

int
roster_put_person(void *self, struct parley_writer *w, const char *key, const char *viewer,
    const char *other, struct parley_error *err)
{
	if (person_open(self, w, key, viewer, other, err) != 0)
		return -1;
	parley_put_end(w);
	return 0;
}

int
roster_contacts(void *self, const char *account, void (*fn)(void *arg, const char *contact),
    void *arg, struct parley_error *err)
{
	struct roster *g = self;
	struct book *b = book_get(g, account, err);
	const struct pair *p;
	uint32_t at = 0;

	if (b == NULL)
		return -1;
	while ((p = parley_table_each(b->pairs, &at)) != NULL)
		if (pair_relation(p, account) == PARLEY_RELATION_CONTACT)
			fn(arg, p->names[1 - pair_side(p, account)]);
	book_put(g, &b);
	return 0;
}

void
person_tell(struct roster *g, const char *viewer, const char *other)
{
	struct parley_error err = { 0 };
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	if (parley_account_session(viewer, 0) == 0)
		return;
	parley_event_open(&w, &text, "roster.changed");
	if (roster_put_person(g, &w, "person", viewer, other, &err) != 0) {
		parley_log_warn("roster", "a change was not told, going on: %s", err.text);
		parley_text_fini(&text);
		return;
	}
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(viewer, p, 0);
	parley_payload_unref(&p);
}

/* Without the module notify nobody's attention is drawn. */
static bool
wants_requests(const char *account)
{
	const struct parley_notify_1 *notify;
	void *self;

	notify = parley_service_find("notify/1", &self);
	return notify != NULL && notify->wants_requests(self, account);
}

void
person_tell_request(struct roster *g, const char *viewer, const struct pair *pair)
{
	struct parley_error err = { 0 };
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	parley_event_open(&w, &text, "roster.request");
	if (roster_put_person(g, &w, "person", viewer, pair->names[pair->asker], &err) != 0) {
		parley_log_warn("roster", "a request was not told, going on: %s", err.text);
		parley_text_fini(&text);
		return;
	}
	parley_put_string(&w, "text", pair->text);
	parley_put_time(&w, "time", pair->time);
	if (wants_requests(viewer))
		parley_put_bool(&w, "notify", true);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(viewer, p, 0);
	parley_payload_unref(&p);
}

int
person_param(struct parley_request *r, char name[PARLEY_NAME_MAX + 1])
{
	const struct parley_json *v = parley_json_get(parley_request_params(r), "address");
	struct parley_address address;
	struct parley_error err = { 0 };

	if (parley_address_parse(parley_json_string(v), &address, &err) != 0)
		parley_refuse(r, PARLEY_BAD_REQUEST, "/params/address", "%s", err.text);
	else if (strcmp(address.domain, parley_domain()) != 0)
		parley_refuse(r, PARLEY_NOT_IMPLEMENTED, "/params/address",
		    "this node serves only %s so far", parley_domain());
	else if (strcmp(address.name, parley_request_account(r)) == 0)
		parley_refuse(r, PARLEY_BAD_REQUEST, "/params/address", "this is your own address");
	else {
		snprintf(name, PARLEY_NAME_MAX + 1, "%s", address.name);
		return 0;
	}
	return -1;
}
