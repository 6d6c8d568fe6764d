/* SPDX-License-Identifier: MIT */
/* invite.c - bringing people into a group: who allows it is added, the others are asked; and what
 * those who were asked can do. */
#include "groups.h"

#include <parley/notify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS (60 * 60 * 1000)

static const struct parley_field invitation_fields[] = {
	{ "account", PARLEY_FIELD_TEXT },
	{ "group", PARLEY_FIELD_TEXT },
	{ "time", PARLEY_FIELD_INT },
	{ 0 },
};
static const struct parley_index invitation_indexes[] = {
	{ .fields = { "account", "time" } },
	{ .fields = { "group" } },
	{ .fields = { NULL } },
};
/* Those that wait for an answer. Keys: "ACCOUNT/GROUP". */
const struct parley_collection invitations_collection = {
	.name = "group_invitations",
	.version = 1,
	.fields = invitation_fields,
	.indexes = invitation_indexes,
};

void
invitation_key(char out[PARLEY_KEY_MAX], const char *group, const char *account)
{
	snprintf(out, PARLEY_KEY_MAX, "%s/%s", account, group);
}

/* New, or NULL: with PARLEY_NOT_FOUND when there is none. */
static struct parley_doc *
invitation_get(const char *group, const char *account, struct parley_error *err)
{
	char key[PARLEY_KEY_MAX];

	invitation_key(key, group, account);
	return parley_store_get(&invitations_collection, key, err);
}

int
is_invited(const char *group, const char *account, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	struct parley_doc *doc = invitation_get(group, account, &missing);

	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		*err = missing;
		return -1;
	}
	parley_doc_free(&doc);
	return missing.code != PARLEY_NOT_FOUND;
}

/* ---- looking at people before they are brought --------------------------------------------- */

static void
guest_refuse(struct guest *one, enum parley_code code, const char *why)
{
	one->way = GUEST_REFUSED;
	parley_fail(&one->err, code, NULL, "%s", why);
}

/* What the account allows me. The store's failures are the guest's: the others may still come. */
static void
guest_look(struct guest *one, struct groups *gs, const char *me)
{
	struct parley_account account;
	enum parley_relation relation;

	one->way = GUEST_REFUSED;
	if (parley_account_get(one->name, &account, &one->err) != 0 ||
	    gs->roster->relation(gs->roster_self, me, one->name, &relation, &one->err) != 0)
		return;
	if (account.disabled)
		guest_refuse(one, PARLEY_NOT_FOUND, "there is no such account");
	else if (relation == PARLEY_RELATION_SELF)
		guest_refuse(one, PARLEY_CONFLICT, "this is you");
	else if (relation == PARLEY_RELATION_BLOCKED)
		guest_refuse(one, PARLEY_NOT_ALLOWED, "you have blocked this person");
	else if (relation == PARLEY_RELATION_BLOCKED_BY)
		one->way = GUEST_IGNORED; /* and looks like one who was asked */
	else if (account.privacy.groups == PARLEY_WHO_EVERYONE ||
		 (account.privacy.groups == PARLEY_WHO_CONTACTS &&
		     relation == PARLEY_RELATION_CONTACT))
		one->way = GUEST_ADD;
	else
		one->way = GUEST_INVITE;
}

static bool
guest_is_twice(const struct guests *guests, const char *name)
{
	for (uint32_t i = 0; i < guests->count; i++)
		if (strcmp(guests->list[i].name, name) == 0)
			return true;
	return false;
}

static void
guest_read(struct guests *guests, const struct parley_json *address, const struct group *in)
{
	struct guest *one = &guests->list[guests->count];
	char name[PARLEY_NAME_MAX + 1];

	snprintf(one->address, sizeof one->address, "%s", parley_json_string(address));
	if (account_param(one->address, NULL, name, &one->err) != 0) {
		one->way = GUEST_REFUSED;
		guests->count++;
		return;
	}
	if (guest_is_twice(guests, name))
		return;
	memcpy(one->name, name, sizeof name);
	account_address(one->address, name);
	one->done = in != NULL && member_role(in, name) >= ROLE_MEMBER;
	guests->count++;
}

/* Those who are still to be brought. */
static uint32_t
guests_left(const struct guests *guests)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < guests->count; i++)
		n += !guests->list[i].done;
	return n;
}

int
guests_read(struct guests *guests, struct groups *gs, const char *me,
    const struct parley_json *people, const struct group *in, struct parley_error *err)
{
	char key[PARLEY_NAME_MAX + 2];
	uint32_t left;

	*guests = (struct guests){ .list = parley_alloc(
				       (parley_json_len(people) + 1) * sizeof *guests->list) };
	for (const struct parley_json *p = parley_json_first(people); p != NULL;
	     p = parley_json_next(people, p))
		guest_read(guests, p, in);
	snprintf(key, sizeof key, "+%s", me);
	left = guests_left(guests);
	if (left > 0 && !rate_take(gs, key, left, gs->invitations_hour, HOUR_MS,
			    "you have invited many people", err))
		return -1;
	for (uint32_t i = 0; i < guests->count; i++)
		if (guests->list[i].way != GUEST_REFUSED && !guests->list[i].done)
			guest_look(&guests->list[i], gs, me);
	return 0;
}

void
guests_fini(struct guests *guests)
{
	free(guests->list);
	*guests = (struct guests){ 0 };
}

/* ---- adding ------------------------------------------------------------------------------- */

/* In the lane: nothing that was seen before holds any more. */
static int
bring_check(struct groups *gs, struct group *g, const char *me, const struct guest *one,
    struct parley_error *err)
{
	enum role mine = member_role(g, me), theirs = member_role(g, one->name);

	if (mine < ROLE_MEMBER)
		return no_member(g, mine, err);
	if (mine < g->settings.may[MAY_INVITE])
		return parley_fail(
		    err, PARLEY_NOT_ALLOWED, NULL, "you may not invite people to this group");
	if (theirs >= ROLE_MEMBER)
		return parley_fail(err, PARLEY_CONFLICT, NULL, "is in this group already");
	if (theirs == ROLE_BANNED)
		return parley_fail(err, PARLEY_NOT_ALLOWED, NULL, "was banned from this group");
	if ((int64_t)g->count >= gs->members)
		return parley_fail(
		    err, PARLEY_LIMIT, NULL, "this group has %u members already", g->count);
	return 0;
}

static int
bring_add(struct groups *gs, struct group *g, const char *me, const char *device,
    const struct guest *one, struct parley_error *err)
{
	struct change c = {
		.groups = gs,
		.group = g,
		.kind = KIND_ADDED,
		.from = me,
		.device = device,
		.who = one->name,
	};
	int64_t in = groups_of(one->name, ROLE_MEMBER, (uint32_t)gs->groups_per_account, err);
	bool invited = false;

	if (in < 0)
		return -1;
	if (in >= gs->groups_per_account)
		return parley_fail(err, PARLEY_LIMIT, NULL, "is in too many groups already");
	invited = is_invited(g->name, one->name, err) == 1;
	if (change_make(&c, err) != 0)
		return -1;
	if (invited)
		tell_answered(g->name, one->name, 0);
	tell_changed(gs, g, one->name, me, 0);
	return 0;
}

/* ---- inviting ----------------------------------------------------------------------------- */

static void
tell_invited(struct groups *gs, struct group *g, const char *account, const char *by, int64_t time)
{
	const struct parley_notify_1 *notify;
	void *notify_self;
	struct parley_error err = { 0 };
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;
	int rc;

	if (parley_account_session(account, 0) == 0)
		return;
	notify = parley_service_find("notify/1", &notify_self);
	parley_event_open(&w, &text, "groups.invited");
	parley_put_object(&w, "invitation");
	rc = put_group(gs, &w, "group", account, g, &err);
	if (rc == 0)
		rc = gs->roster->put_person(gs->roster_self, &w, "by", account, by, &err);
	if (rc != 0) {
		parley_log_warn("groups", "an invitation was not told, going on: %s", err.text);
		parley_text_fini(&text);
		return;
	}
	parley_put_time(&w, "time", time);
	parley_put_end(&w);
	if (notify != NULL && notify->wants_requests(notify_self, account))
		parley_put_bool(&w, "notify", true);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	parley_send_account(account, p, 0);
	parley_payload_unref(&p);
}

static int
invitation_store(const struct group *g, const char *account, const char *by, int64_t time,
    struct parley_error *err)
{
	struct parley_text json = { 0 };
	struct parley_writer w;
	char key[PARLEY_KEY_MAX];
	int rc;

	invitation_key(key, g->name, account);
	parley_writer_init(&w, &json);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "account", account);
	parley_put_string(&w, "group", g->name);
	parley_put_string(&w, "by", by);
	parley_put_int(&w, "time", time);
	parley_put_end(&w);
	rc = parley_store_put(&invitations_collection, key, &json, err);
	parley_text_fini(&json);
	return rc;
}

/* Once is enough: who was asked already is not asked again. */
static int
bring_invite(struct groups *gs, struct group *g, const char *me, const struct guest *one,
    struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = one->name } },
	};
	int64_t now = parley_now(), waiting;
	int invited = is_invited(g->name, one->name, err);

	if (invited != 0)
		return invited < 0 ? -1 : 0;
	waiting = parley_store_count(
	    &invitations_collection, &query, (uint32_t)gs->invitations_waiting, err);
	if (waiting < 0)
		return -1;
	if (waiting >= gs->invitations_waiting)
		return parley_fail(err, PARLEY_LIMIT, NULL, "has too many invitations already");
	if (invitation_store(g, one->name, me, now, err) != 0)
		return -1;
	gs->invited++;
	tell_invited(gs, g, one->name, me, now);
	return 0;
}

/* ---- bringing ----------------------------------------------------------------------------- */

static int
bring(struct groups *gs, struct group *g, const char *me, const char *device,
    const struct guest *one, struct parley_error *err)
{
	struct parley_ticket turn = { 0 };
	int rc = lane_enter(gs, g, &turn, err);

	if (rc == 0)
		rc = bring_check(gs, g, me, one, err);
	if (rc == 0 && one->way == GUEST_ADD)
		rc = bring_add(gs, g, me, device, one, err);
	if (rc == 0 && one->way == GUEST_INVITE)
		rc = bring_invite(gs, g, me, one, err);
	parley_lane_leave(&turn);
	return rc;
}

void
guests_bring(
    struct guests *guests, struct groups *gs, struct group *g, const char *me, const char *device)
{
	for (uint32_t i = 0; i < guests->count; i++) {
		struct guest *one = &guests->list[i];

		if (one->way == GUEST_REFUSED || one->done)
			continue;
		one->done = bring(gs, g, me, device, one, &one->err) == 0;
		if (!one->done)
			one->way = GUEST_REFUSED;
	}
}

static void
put_addresses(struct parley_writer *w, const char *key, const struct guests *guests, bool added)
{
	parley_put_array(w, key);
	for (uint32_t i = 0; i < guests->count; i++)
		if (guests->list[i].done && (guests->list[i].way == GUEST_ADD) == added)
			parley_put_string(w, NULL, guests->list[i].address);
	parley_put_end(w);
}

void
guests_answer(const struct guests *guests, struct parley_writer *w)
{
	put_addresses(w, "added", guests, true);
	put_addresses(w, "invited", guests, false);
	parley_put_array(w, "refused");
	for (uint32_t i = 0; i < guests->count; i++) {
		const struct guest *one = &guests->list[i];

		if (one->way != GUEST_REFUSED)
			continue;
		parley_put_object(w, NULL);
		parley_put_string(w, "address", one->address);
		parley_put_string(w, "code", parley_code_name(one->err.code));
		parley_put_string(w, "text", one->err.text);
		parley_put_end(w);
	}
	parley_put_end(w);
}
