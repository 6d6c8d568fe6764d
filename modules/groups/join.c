/* SPDX-License-Identifier: MIT */
/* join.c - invitations and their answers; joining by oneself. */
#include "groups.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 200 /* invitations in an answer */

/* ---- groups.invite, groups.withdraw -------------------------------------------------------- */

/* Before anybody is looked at: else people could be probed through a group that one is not in. */
static int
invite_check(struct act *a)
{
	return act_needs_role(a, a->group->settings.may[MAY_INVITE], "invite people to this group");
}

void
groups_invite(void *self, struct parley_request *r)
{
	struct guests guests = { 0 };
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0)
		rc = invite_check(&a);
	parley_lane_leave(&a.turn); /* each of them has a turn of its own */
	if (rc == 0)
		rc = guests_read(&guests, self, a.me,
		    parley_json_get(parley_request_params(r), "people"), NULL, &a.err);
	if (rc == 0) {
		guests_bring(&guests, self, a.group, a.me, a.device);
		guests_answer(&guests, parley_answer(r));
	}
	guests_fini(&guests);
	act_end(&a, rc);
}

static int
invitation_remove(const char *group, const char *account, struct parley_error *err)
{
	struct parley_error missing = { 0 };
	char key[PARLEY_KEY_MAX];

	invitation_key(key, group, account);
	if (parley_store_remove(&invitations_collection, key, NULL, &missing) == 0)
		return 1;
	if (missing.code == PARLEY_NOT_FOUND)
		return 0;
	*err = missing;
	return -1;
}

/* Those who invited take it back, and admins. */
static int
withdraw_check(struct act *a)
{
	struct parley_error missing = { 0 };
	char key[PARLEY_KEY_MAX];
	struct parley_doc *doc;
	bool mine;

	if (act_needs_member(a) != 0)
		return -1;
	if (a->role >= ROLE_ADMIN)
		return 0;
	invitation_key(key, a->group->name, a->who);
	doc = parley_store_get(&invitations_collection, key, &missing);
	if (doc == NULL && missing.code != PARLEY_NOT_FOUND) {
		a->err = missing;
		return -1;
	}
	mine = doc == NULL ||
	       strcmp(parley_json_string_or(parley_json_get(doc->root, "by"), ""), a->me) == 0;
	parley_doc_free(&doc);
	return mine ? 0
		    : parley_fail(&a->err, PARLEY_NOT_ALLOWED, NULL,
			  "somebody else has invited this person");
}

/* Whether there was an invitation is not told: who has blocked one seemed to be invited too. */
void
groups_withdraw(void *self, struct parley_request *r)
{
	struct act a;
	int rc = act_begin(&a, self, r, NULL);

	if (rc == 0)
		rc = withdraw_check(&a);
	if (rc == 0) {
		rc = invitation_remove(a.group->name, a.who, &a.err);
		if (rc > 0)
			tell_answered(a.group->name, a.who, 0);
	}
	act_end(&a, rc < 0 ? -1 : 0);
}

int
invitations_end(const char *group, struct parley_error *err)
{
	const struct parley_query query = {
		.where = { { .field = "group", .op = PARLEY_OP_EQ, .text = group } },
		.limit = PARLEY_FIND_LIMIT,
	};
	struct parley_docs docs = { 0 };
	bool more = true;
	int rc = 0;

	while (more && rc == 0) {
		if (parley_store_find(&invitations_collection, &query, &docs, err) != 0)
			return -1;
		for (uint32_t i = 0; i < docs.count && rc == 0; i++) {
			const char *account = parley_json_string_or(
			    parley_json_get(docs.docs[i]->root, "account"), "");

			rc = invitation_remove(group, account, err) < 0 ? -1 : 0;
			if (rc == 0)
				tell_answered(group, account, 0);
		}
		more = docs.count == PARLEY_FIND_LIMIT;
		parley_docs_fini(&docs);
	}
	return rc;
}

/* ---- groups.invitations -------------------------------------------------------------------- */

/* One whose group has ended meanwhile is passed over. */
static int
put_invitation(struct groups *gs, struct parley_writer *w, const char *account,
    const struct parley_json *doc, struct parley_error *err)
{
	const char *by = parley_json_string_or(parley_json_get(doc, "by"), "");
	struct parley_error missing = { 0 };
	struct group *g =
	    group_get(gs, parley_json_string_or(parley_json_get(doc, "group"), ""), &missing);
	int rc;

	if (g == NULL && missing.code == PARLEY_NOT_FOUND)
		return 0;
	if (g == NULL) {
		*err = missing;
		return -1;
	}
	parley_put_object(w, NULL);
	rc = put_group(gs, w, "group", account, g, err);
	if (rc == 0)
		rc = gs->roster->put_person(gs->roster_self, w, "by", account, by, err);
	parley_put_time(w, "time", parley_json_int(parley_json_get(doc, "time"), 0));
	parley_put_end(w);
	group_put(gs, &g);
	return rc;
}

void
groups_invitations(void *self, struct parley_request *r)
{
	const char *account = parley_request_account(r);
	const struct parley_query query = {
		.where = { { .field = "account", .op = PARLEY_OP_EQ, .text = account } },
		.order_by = "time",
		.descending = true,
		.limit = SHOWN_MAX,
	};
	struct parley_docs docs = { 0 };
	struct parley_error err = { 0 };
	struct parley_writer *w = parley_answer(r);
	int rc = parley_store_find(&invitations_collection, &query, &docs, &err);

	parley_put_array(w, "invitations");
	for (uint32_t i = 0; i < docs.count && rc == 0; i++)
		rc = put_invitation(self, w, account, docs.docs[i]->root, &err);
	parley_put_end(w);
	parley_docs_fini(&docs);
	if (rc != 0)
		parley_refuse_error(r, &err);
}

/* For a group that one knows of, whether one was invited or not. */
void
groups_decline(void *self, struct parley_request *r)
{
	const char *account = parley_request_account(r);
	char name[PARLEY_NAME_MAX + 1];
	struct parley_error err = { 0 };
	int rc = group_param(parley_json_string(parley_json_get(parley_request_params(r), "group")),
	    "/params/group", name, &err);

	if (rc == 0)
		rc = invitation_remove(name, account, &err);
	if (rc > 0)
		tell_answered(name, account, parley_request_session(r));
	if (rc < 0)
		parley_refuse_error(r, &err);
}

/* ---- groups.join --------------------------------------------------------------------------- */

static int
join_check(struct act *a, bool by_link)
{
	struct groups *gs = a->groups;
	int64_t in;
	int invited;

	if (a->role == ROLE_BANNED)
		return no_member(a->group, a->role, &a->err);
	invited = is_invited(a->group->name, a->me, &a->err);
	if (invited < 0)
		return -1;
	if (!a->group->settings.open && !by_link && !invited)
		return no_group(&a->err);
	if ((int64_t)a->group->count >= gs->members)
		return parley_fail(&a->err, PARLEY_LIMIT, NULL, "this group has %u members already",
		    a->group->count);
	in = groups_of(a->me, ROLE_MEMBER, (uint32_t)gs->groups_per_account, &a->err);
	if (in < 0)
		return -1;
	if (in >= gs->groups_per_account)
		return parley_fail(
		    &a->err, PARLEY_LIMIT, NULL, "you are in %d groups already", (int)in);
	return 0;
}

/* Those who own it may all be gone, and perhaps everybody else: then it is for whoever comes. */
static void
join_settle(struct act *a)
{
	struct parley_error err = { 0 };

	if (!a->group->settled && owner_settle(a->groups, a->group, NULL, &err) != 0)
		parley_log_warn("groups", "group=%s was not handed on to who joined: %s",
		    a->group->name, err.text);
}

/* With the link's hash, or NULL. */
static int
join_make(struct act *a, const char *link)
{
	int invited;

	if (a->role >= ROLE_MEMBER)
		return 0; /* in it already */
	if (join_check(a, link != NULL) != 0)
		return -1;
	if (link != NULL && link_use(link, a->group->name, -1, &a->err) != 0)
		return -1;
	invited = is_invited(a->group->name, a->me, &a->err);
	if (act_change(a, KIND_JOINED, NULL, ROLE_NONE, NULL) != 0) {
		if (link != NULL)
			link_use(link, a->group->name, 1, NULL);
		return -1;
	}
	join_settle(a);
	if (invited > 0)
		tell_answered(a->group->name, a->me, parley_request_session(a->request));
	tell_changed(a->groups, a->group, a->me, NULL, parley_request_session(a->request));
	return 0;
}

void
groups_join(void *self, struct parley_request *r)
{
	const char *link = parley_json_string(parley_json_get(parley_request_params(r), "link"));
	char hash[PARLEY_KEY_MAX], name[PARLEY_NAME_MAX + 1];
	struct act a = { .groups = self, .request = r };
	int rc = 0;

	if (link == NULL && parley_json_get(parley_request_params(r), "group") == NULL)
		rc = parley_fail(
		    &a.err, PARLEY_BAD_REQUEST, "/params/group", "a group or a link is required");
	else if (link != NULL)
		rc = link_find(self, r, link, hash, name, &a.err);
	if (rc == 0)
		rc = act_begin(&a, self, r, link != NULL ? name : NULL);
	if (rc == 0)
		rc = join_make(&a, link != NULL ? hash : NULL);
	if (rc == 0)
		rc = put_group(self, parley_answer(r), "group", a.me, a.group, &a.err);
	act_end(&a, rc);
}
