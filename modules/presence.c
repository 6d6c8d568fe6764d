/* SPDX-License-Identifier: MIT */
/* presence.c - who is there: told to contacts, and to nobody else. An account shows the best that
 * its devices show; a device whose connection was lost counts for a little while longer. */
#include <inttypes.h>
#include <parley/memory.h>
#include <parley/module.h>
#include <parley/presence.h>
#include <parley/roster.h>
#include <parley/table.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWEEP_MS 1000 /* the longest sleep while somebody may have gone */
#define LEAVING  32   /* people of whom is told side by side that they have gone */

enum show { SHOW_OFFLINE, SHOW_AWAY, SHOW_BUSY, SHOW_AVAILABLE, SHOWS }; /* best last */
static const char *const show_names[SHOWS] = { "offline", "away", "busy", "available" };

/* One device. */
struct device {
	parley_session_id session;
	enum show show;
	char status[PARLEY_STATUS_MAX * 4 + 1];
	int64_t lost; /* monotonic ms since when it has no connection; 0: it has one */
	struct person *person;
	struct device *next;
	struct device *earlier, *later; /* in the queue of those whose grace is not over */
	bool queued;
};

/* An account with at least one device. */
struct person {
	char account[PARLEY_NAME_MAX + 1];
	struct device *devices;
	enum show told; /* what its contacts were told last */
	char told_status[PARLEY_STATUS_MAX * 4 + 1];
};

struct presence {
	int64_t grace_seconds;          /* option */
	uint64_t online, told, waiting; /* metrics */
	struct parley_table *people;
	struct device *first, *last; /* without a connection, in the order in which they lost it */
	struct parley_event lost;    /* the queue is no longer empty */
	unsigned leaving;            /* fibers that tell of people who have gone */
	const struct parley_roster_1 *roster;
	void *roster_self;
};

static const struct parley_collection seen_collection = { .name = "seen", .version = 1 };

/* ---- what an account shows ---------------------------------------------------------------- */

static bool
device_counts(const struct presence *p, const struct device *d)
{
	return d->lost == 0 || parley_monotonic() < d->lost + p->grace_seconds * 1000;
}

/* The device that shows the best; NULL: the account is offline. */
static const struct device *
best_device(const struct presence *p, const struct person *person)
{
	const struct device *best = NULL;

	if (person == NULL)
		return NULL;
	for (const struct device *d = person->devices; d != NULL; d = d->next)
		if (d->show != SHOW_OFFLINE && device_counts(p, d) &&
		    (best == NULL || d->show > best->show))
			best = d;
	return best;
}

static void
put_presence(struct parley_writer *w, const char *address_key, const char *account,
    const struct device *best, int64_t since)
{
	char address[PARLEY_ADDRESS_SIZE];

	snprintf(address, sizeof address, "%s@%s", account, parley_domain());
	parley_put_string(w, address_key, address);
	parley_put_string(w, "show", show_names[best != NULL ? best->show : SHOW_OFFLINE]);
	if (best != NULL && best->status[0] != '\0')
		parley_put_string(w, "status", best->status);
	if (best == NULL && since > 0)
		parley_put_time(w, "since", since);
}

/* New: the presence frame of an account as it is now. */
static struct parley_payload *
presence_payload(const struct presence *p, const char *account, int64_t since)
{
	const struct person *person = parley_table_get(p->people, account);
	struct parley_text text = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "presence");
	put_presence(&w, "from", account, best_device(p, person), since);
	parley_put_end(&w);
	return parley_payload_new(&text);
}

/* ---- last seen ---------------------------------------------------------------------------- */

static void
seen_note(const char *account, int64_t now)
{
	struct parley_error err = { 0 };
	struct parley_text json = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_int(&w, "since", now);
	parley_put_end(&w);
	if (parley_store_note(&seen_collection, account, &json, &err) != 0)
		parley_log_warn("presence", "last seen was not stored, going on: %s", err.text);
}

/* ms since 1970; 0: never. 0 or -1. Awaits. */
static int
seen_load(const char *account, int64_t *since_r, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct parley_doc *doc = parley_store_get(&seen_collection, account, &missing);

	*since_r = 0;
	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	if (doc != NULL)
		*since_r = parley_json_int(parley_json_get(doc->root, "since"), 0);
	parley_doc_free(&doc);
	return 0;
}

/* ---- telling ------------------------------------------------------------------------------ */

struct telling {
	struct presence *presence;
	struct parley_payload *payload;
};

static void
tell_contact(void *arg, const char *contact)
{
	struct telling *t = arg;

	t->presence->told += parley_send_account(contact, t->payload, 0);
}

static const char *
shown_status(const struct device *best)
{
	return best != NULL ? best->status : "";
}

/* True when the account shows something else than its contacts were told. */
static bool
has_news(const struct presence *p, const struct person *person)
{
	const struct device *best = best_device(p, person);

	return (best != NULL ? best->show : SHOW_OFFLINE) != person->told ||
	       strcmp(shown_status(best), person->told_status) != 0;
}

static void
note_told(const struct presence *p, struct person *person)
{
	const struct device *best = best_device(p, person);

	person->told = best != NULL ? best->show : SHOW_OFFLINE;
	snprintf(person->told_status, sizeof person->told_status, "%s", shown_status(best));
}

static void
tell(struct presence *p, const char *account, int64_t since)
{
	struct telling t = { p, presence_payload(p, account, since) };
	struct parley_error err = { 0 };

	if (p->roster->contacts(p->roster_self, account, tell_contact, &t, &err) != 0)
		parley_log_warn("presence", "contacts were not told, going on: %s", err.text);
	parley_payload_unref(&t.payload);
}

static void
person_drop_if_idle(struct presence *p, struct person *person)
{
	if (person->devices != NULL)
		return;
	parley_table_remove(p->people, person->account);
	p->online--;
	free(person);
}

/* Tells the contacts when the account shows something new. Awaits. */
static void
person_update(struct presence *p, const char *name)
{
	struct person *person = parley_table_get(p->people, name);
	char account[PARLEY_NAME_MAX + 1];
	bool changed, gone;
	int64_t now = parley_now();

	if (person == NULL)
		return;
	snprintf(account, sizeof account, "%s", name);
	changed = has_news(p, person);
	note_told(p, person);
	gone = person->told == SHOW_OFFLINE;
	person_drop_if_idle(p, person);
	if (!changed)
		return;
	if (gone)
		seen_note(account, now); /* first: who is told may ask */
	tell(p, account, gone ? now : 0);
}

/* ---- devices without a connection --------------------------------------------------------- */

/* At the end: nobody in the queue has lost it later. */
static void
queue_add(struct presence *p, struct device *d)
{
	d->queued = true;
	d->earlier = p->last;
	d->later = NULL;
	*(p->last != NULL ? &p->last->later : &p->first) = d;
	p->last = d;
	p->waiting++;
	parley_event_set(&p->lost, 0);
}

static void
queue_remove(struct presence *p, struct device *d)
{
	if (!d->queued)
		return;
	*(d->earlier != NULL ? &d->earlier->later : &p->first) = d->later;
	*(d->later != NULL ? &d->later->earlier : &p->last) = d->earlier;
	d->queued = false;
	p->waiting--;
}

/* ---- what happens to devices -------------------------------------------------------------- */

static struct device *
device_find(const struct person *person, parley_session_id session)
{
	struct device *d = person != NULL ? person->devices : NULL;

	while (d != NULL && d->session != session)
		d = d->next;
	return d;
}

static struct device *
device_get(struct presence *p, const char *account, parley_session_id session)
{
	struct person *person = parley_table_get(p->people, account);
	struct device *d = device_find(person, session);

	if (d != NULL)
		return d;
	if (person == NULL) {
		person = parley_alloc(sizeof *person);
		snprintf(person->account, sizeof person->account, "%s", account);
		parley_table_put(p->people, person->account, person);
		p->online++;
	}
	d = parley_alloc(sizeof *d);
	d->session = session;
	d->person = person;
	d->show = SHOW_AVAILABLE; /* until it says otherwise: simple clients say nothing */
	d->next = person->devices;
	person->devices = d;
	return d;
}

static void
device_drop(struct presence *p, struct device *d)
{
	struct device **at = &d->person->devices;

	queue_remove(p, d);
	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	free(d);
}

static enum parley_verdict
presence_bound(void *self, parley_session_id session, const struct parley_json *frame, bool resumed)
{
	struct parley_session *s = parley_session_find(session);
	char account[PARLEY_NAME_MAX + 1];
	struct device *d;

	if (s == NULL || !parley_session_connected(s))
		return PARLEY_PASS;
	snprintf(account, sizeof account, "%s", parley_session_account(s));
	d = device_get(self, account, session);
	d->lost = 0;
	queue_remove(self, d);
	person_update(self, account);
	return PARLEY_PASS;
}

static enum parley_verdict
presence_told(void *self, const struct parley_presence *told)
{
	struct parley_session *s = parley_session_find(told->session);
	char account[PARLEY_NAME_MAX + 1];
	struct device *d;

	if (s == NULL || parley_session_ended(s))
		return PARLEY_PASS;
	snprintf(account, sizeof account, "%s", parley_session_account(s));
	d = device_get(self, account, told->session);
	for (int i = 0; i < SHOWS; i++)
		if (strcmp(show_names[i], told->show) == 0)
			d->show = (enum show)i;
	snprintf(d->status, sizeof d->status, "%s", told->status != NULL ? told->status : "");
	person_update(self, account);
	return PARLEY_PASS;
}

/* The connection was lost: most come back at once, and nobody needs to see it. */
static enum parley_verdict
presence_detached(
    void *self, parley_session_id session, const struct parley_json *frame, bool resumed)
{
	struct presence *p = self;
	struct parley_session *s = parley_session_find(session);
	struct device *d;

	if (s == NULL || parley_session_connected(s))
		return PARLEY_PASS;
	d = device_find(parley_table_get(p->people, parley_session_account(s)), session);
	if (d == NULL)
		return PARLEY_PASS;
	queue_remove(p, d);
	d->lost = parley_monotonic();
	queue_add(p, d); /* the sweep sees when its grace is over */
	return PARLEY_PASS;
}

static enum parley_verdict
presence_ended(void *self, parley_session_id session, const struct parley_json *frame, bool resumed)
{
	struct presence *p = self;
	const char *account = parley_session_account(parley_session_find(session));
	struct person *person = parley_table_get(p->people, account);
	struct device *d = device_find(person, session);

	if (d == NULL)
		return PARLEY_PASS;
	device_drop(p, d);
	person_update(p, account);
	return PARLEY_PASS;
}

/* New contacts see each other at once; who is no longer one looks offline. */
static enum parley_verdict
presence_contact(void *self, const char *a, const char *b, bool are_contacts)
{
	struct presence *p = self;
	const char *pair[2] = { a, b };

	for (int i = 0; i < 2; i++) {
		struct parley_payload *payload;

		if (parley_table_get(p->people, pair[i]) == NULL)
			continue;
		if (are_contacts) {
			payload = presence_payload(p, pair[i], 0);
		} else {
			struct parley_text text = { 0 };
			struct parley_writer w;

			parley_writer_init(&w, &text);
			parley_put_object(&w, NULL);
			parley_put_string(&w, "type", "presence");
			put_presence(&w, "from", pair[i], NULL, 0);
			parley_put_end(&w);
			payload = parley_payload_new(&text);
		}
		parley_send_account(pair[1 - i], payload, 0);
		parley_payload_unref(&payload);
	}
	return PARLEY_PASS;
}

struct leaving {
	struct presence *presence;
	char account[PARLEY_NAME_MAX + 1];
};

static void
leave_run(void *arg)
{
	struct leaving *l = arg;

	person_update(l->presence, l->account);
	l->presence->leaving--;
	free(l);
}

/* The grace of a device is over. Many go at once when a network fails: some at a time are told of
 * side by side, so that the store commits them together. Awaits when there are more. */
static void
device_gone(struct presence *p, struct device *d)
{
	struct leaving *l = parley_alloc(sizeof *l);

	queue_remove(p, d);
	l->presence = p;
	memcpy(l->account, d->person->account, sizeof l->account);
	p->leaving++;
	if (p->leaving > LEAVING || parley_spawn("presence-leave", leave_run, l) != 0)
		leave_run(l);
}

/* Until the grace of the first in the queue is over; ms. */
static int64_t
next_due(const struct presence *p)
{
	int64_t due = p->first->lost + p->grace_seconds * 1000 - parley_monotonic();

	return due > 0 ? due : 0;
}

/* A reload may make it shorter meanwhile. */
static int
next_wait(const struct presence *p)
{
	int64_t due = next_due(p);

	return due < SWEEP_MS ? (int)due : SWEEP_MS;
}

static void
sweep_run(void *arg)
{
	struct presence *p = arg;

	for (;;) {
		p->lost = (struct parley_event){ 0 };
		if (p->first == NULL && parley_await_event(&p->lost, -1) != 0)
			return;
		if (p->first != NULL && parley_await_sleep(next_wait(p)) != 0)
			return;
		while (p->first != NULL && next_due(p) == 0)
			device_gone(p, p->first);
	}
}

/* ---- presence.get ------------------------------------------------------------------------- */

struct names {
	char (*names)[PARLEY_NAME_MAX + 1];
	size_t count, room;
};

static void
names_add(void *arg, const char *contact)
{
	struct names *n = arg;

	if (n->count == n->room) {
		size_t room = n->room == 0 ? 32 : n->room * 2;
		void *grown = parley_alloc(room * sizeof *n->names);

		if (n->count > 0)
			memcpy(grown, n->names, n->count * sizeof *n->names);
		free(n->names);
		n->names = grown;
		n->room = room;
	}
	snprintf(n->names[n->count++], PARLEY_NAME_MAX + 1, "%s", contact);
}

static int
put_contact(struct presence *p, struct parley_writer *w, const char *name, struct parley_error *err)
{
	int64_t since = 0;

	if (best_device(p, parley_table_get(p->people, name)) == NULL &&
	    seen_load(name, &since, err) != 0)
		return -1;
	parley_put_object(w, NULL);
	put_presence(w, "address", name, best_device(p, parley_table_get(p->people, name)), since);
	parley_put_end(w);
	return 0;
}

static void
presence_get(void *self, struct parley_request *r)
{
	struct presence *p = self;
	struct parley_writer *w;
	struct parley_error err = { 0 };
	struct names contacts = { 0 };
	int rc = 0;

	if (p->roster->contacts(
		p->roster_self, parley_request_account(r), names_add, &contacts, &err) != 0) {
		parley_refuse_error(r, &err);
		return;
	}
	w = parley_answer(r);
	parley_put_array(w, "people");
	for (size_t i = 0; i < contacts.count && rc == 0; i++)
		rc = put_contact(p, w, contacts.names[i], &err);
	parley_put_end(w);
	if (rc != 0)
		parley_refuse_error(r, &err);
	free(contacts.names);
}

/* ---- for other modules -------------------------------------------------------------------- */

static const char *
presence_show(void *self, const char *account)
{
	const struct presence *p = self;
	const struct device *best = best_device(p, parley_table_get(p->people, account));

	return show_names[best != NULL ? best->show : SHOW_OFFLINE];
}

/* ---- load and unload ---------------------------------------------------------------------- */

static int
presence_load(void *self, struct parley_error *err)
{
	struct presence *p = self;

	p->people = parley_table_new();
	p->roster = parley_service_find("roster/1", &p->roster_self);
	if (p->roster == NULL)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "roster/1 is missing");
	if (parley_spawn("presence-sweep", sweep_run, p) != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "no fiber is free");
	return 0;
}

static void
presence_unload(void *self)
{
	struct presence *p = self;
	struct person *person;
	uint32_t at = 0;

	if (p->people == NULL)
		return;
	while ((person = parley_table_each(p->people, &at)) != NULL) {
		while (person->devices != NULL)
			device_drop(p, person->devices);
		free(person);
	}
	parley_table_free(&p->people);
}

static const struct parley_hook presence_hooks[] = {
	{ .name = "session-bound", .session = presence_bound },
	{ .name = "session-detached", .session = presence_detached },
	{ .name = "session-ended", .session = presence_ended },
	{ .name = "presence", .presence = presence_told },
	{ .name = "contact-changed", .contact = presence_contact },
	{ 0 },
};

static const struct parley_method presence_methods[] = {
	{ "presence.get", PARLEY_ROLES_USERS, presence_get },
	{ 0 },
};

static const struct parley_option presence_options[] = {
	PARLEY_OPT_INT(struct presence, grace_seconds, 20, 0, 300,
	    "seconds after a lost connection before contacts see the person offline"),
	{ 0 },
};

static void
presence_people_limit(const void *self, struct parley_fill *fill)
{
	const struct presence *s = self;

	fill->used = s->online;
	fill->max = parley_session_most();
}

static const struct parley_limit presence_limits[] = {
	{ "people", presence_people_limit },
	{ 0 },
};

static const struct parley_metric presence_metrics[] = {
	PARLEY_GAUGE(struct presence, online, "accounts with a session"),
	PARLEY_GAUGE(
	    struct presence, waiting, "devices that have lost their connection and may come back"),
	PARLEY_COUNTER(struct presence, told, "presence frames sent"),
	{ 0 },
};

static const struct parley_presence_1 presence_functions = { .show = presence_show };
static const struct parley_service presence_services[] = {
	{ "presence/1", &presence_functions },
	{ 0 },
};

static const char *const presence_needs[] = { "roster", NULL };
static const struct parley_collection *const presence_collections[] = { &seen_collection, NULL };

PARLEY_MODULE = {
	PARLEY_ABI,
	.name = "presence",
	.summary = "who is there: online, away, busy, last seen; told to contacts only",
	.needs = presence_needs,
	.hooks = presence_hooks,
	.methods = presence_methods,
	.options = presence_options,
	.collections = presence_collections,
	.services = presence_services,
	.metrics = presence_metrics,
	.limits = presence_limits,
	.state_size = sizeof(struct presence),
	.load = presence_load,
	.unload = presence_unload,
};
