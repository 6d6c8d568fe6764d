/* SPDX-License-Identifier: MIT */
/* requests.c - how people become contacts, and cease to be: every method that changes a relation.
 *
 * Each is a change function over the pair, run by change_run under the pair's lane: it is told who
 * asks, changes the pair in place, or refuses. What was changed is stored, then told to both sides.
 */
#include "roster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS (60 * 60 * 1000)

struct change {
	struct roster *roster;
	struct parley_request *request;
	struct book *mine, *theirs;
	struct pair *pair;
	int me; /* side of the caller */
	bool changed;
};

/* ---- how often somebody may ask ----------------------------------------------------------- */

struct rate {
	char account[PARLEY_NAME_MAX + 1];
	int64_t since, count;
};

static void
rates_forget(struct roster *g, int64_t before)
{
	struct rate *rate;
	uint32_t at = 0;

	while ((rate = parley_table_each(g->rates, &at)) != NULL) {
		if (rate->since > before)
			return; /* they are in the order in which they began */
		parley_table_remove(g->rates, rate->account);
		free(rate);
	}
}

static bool
rate_allows(struct change *c)
{
	struct roster *g = c->roster;
	const char *account = parley_request_account(c->request);
	struct parley_error err = { 0 };
	struct rate *rate;

	rates_forget(g, parley_monotonic() - HOUR_MS);
	rate = parley_table_get(g->rates, account);
	if (rate == NULL && parley_table_count(g->rates) < RATES_MAX) {
		rate = parley_alloc(sizeof *rate);
		snprintf(rate->account, sizeof rate->account, "%s", account);
		rate->since = parley_monotonic();
		parley_table_put(g->rates, rate->account, rate);
	}
	if (rate != NULL && rate->count < g->requests_hour) {
		rate->count++;
		return true;
	}
	parley_fail(&err, PARLEY_LIMIT, NULL, "you have sent %d requests in the last hour",
	    (int)g->requests_hour);
	err.retry_after =
	    rate == NULL ? 60 : (uint32_t)((rate->since + HOUR_MS - parley_monotonic()) / 1000 + 1);
	parley_refuse_error(c->request, &err);
	return false;
}

/* ---- the changes -------------------------------------------------------------------------- */

static void
pair_set(struct change *c, enum pair_state state)
{
	c->pair->state = state;
	c->pair->time = parley_now();
	c->changed = true;
}

static void
change_accept(struct change *c)
{
	if (c->pair->state != PAIR_ASKED || c->pair->asker == c->me || c->pair->blocked[c->me]) {
		parley_refuse(c->request, PARLEY_NOT_FOUND, "/params/address",
		    "this person has not asked to chat");
		return;
	}
	c->roster->accepted++;
	pair_set(c, PAIR_CONTACTS);
}

/* False, and the request is refused, when the pair, which is in b already, is one too many. */
static bool
book_has_room(struct change *c, const struct book *b)
{
	size_t max = (size_t)c->roster->contacts_max;

	if (parley_table_count(b->pairs) <= max)
		return true;
	parley_refuse(c->request, PARLEY_LIMIT, NULL, "one of you knows %zu people already", max);
	return false;
}

static void
change_request(struct change *c)
{
	const struct parley_json *params = parley_request_params(c->request);
	struct pair *p = c->pair;

	if (p->blocked[c->me]) {
		parley_refuse(c->request, PARLEY_NOT_ALLOWED, "/params/address",
		    "you have blocked this person: unblock them first");
		return;
	}
	if (p->state == PAIR_ASKED && p->asker != c->me) {
		change_accept(c); /* both have asked */
		return;
	}
	if (p->state != PAIR_NONE || !rate_allows(c))
		return;
	if (!book_has_room(c, c->mine) || !book_has_room(c, c->theirs))
		return;
	p->asker = c->me;
	snprintf(p->text, sizeof p->text, "%s",
	    parley_json_string_or(parley_json_get(params, "text"), ""));
	c->roster->requests++;
	pair_set(c, PAIR_ASKED);
}

static void
change_withdraw(struct change *c)
{
	if (c->pair->state == PAIR_ASKED && c->pair->asker == c->me)
		pair_set(c, PAIR_NONE);
}

static void
change_decline(struct change *c)
{
	if (c->pair->state == PAIR_ASKED && c->pair->asker != c->me)
		pair_set(c, PAIR_NONE);
}

static void
change_remove(struct change *c)
{
	if (c->pair->state == PAIR_CONTACTS)
		pair_set(c, PAIR_NONE);
}

static void
change_block(struct change *c)
{
	struct pair *p = c->pair;

	if (p->blocked[c->me])
		return;
	if (pair_shown(p, p->names[c->me]) == PARLEY_RELATION_NONE && !book_has_room(c, c->mine))
		return;
	p->blocked[c->me] = true;
	pair_set(c, PAIR_NONE);
}

static void
change_unblock(struct change *c)
{
	if (!c->pair->blocked[c->me])
		return;
	c->pair->blocked[c->me] = false;
	pair_set(c, PAIR_NONE);
}

/* ---- running one -------------------------------------------------------------------------- */

/* Both sides see the pair as it is now. A side that is blocked sees no difference, but for a
 * contact that is gone; a side that blocks hears nothing of the other. Awaits. */
static void
change_tell(struct change *c, enum pair_state before)
{
	const struct pair *p = c->pair;
	const char *me = p->names[c->me], *other = p->names[1 - c->me];
	bool asked = p->state == PAIR_ASKED && before != PAIR_ASKED;

	person_tell(c->roster, me, other);
	if (p->blocked[1 - c->me])
		return;
	if (asked)
		person_tell_request(c->roster, other, p);
	else if (p->state != before)
		person_tell(c->roster, other, me);
	if ((p->state == PAIR_CONTACTS) != (before == PAIR_CONTACTS))
		parley_fire_contact_changed(me, other, p->state == PAIR_CONTACTS);
}

/* Under the lane: applies the change, stores it; on failure the pair is as it was. */
static int
change_apply(struct change *c, void (*fn)(struct change *c), struct parley_error *err)
{
	enum pair_state state = c->pair->state;
	bool blocked = c->pair->blocked[c->me];
	int asker = c->pair->asker;

	fn(c);
	if (!c->changed)
		return 0;
	if (pair_store(c->pair, err) != 0) {
		c->pair->state = state;
		c->pair->blocked[c->me] = blocked;
		c->pair->asker = asker;
		c->changed = false;
		return -1;
	}
	change_tell(c, state);
	return 0;
}

static int
change_locked(struct change *c, void (*fn)(struct change *c), struct parley_error *err)
{
	struct parley_ticket ticket = { 0 };
	int rc;

	c->pair = pair_get(c->mine, c->theirs);
	c->me = pair_side(c->pair, c->mine->account);
	parley_lane_join(&c->pair->lane, &ticket);
	rc = parley_await_turn(&ticket);
	if (rc != 0)
		parley_fail(err, PARLEY_BUSY, NULL, "this node is shutting down");
	else
		rc = change_apply(c, fn, err);
	parley_lane_leave(&ticket);
	return rc;
}

static void
change_run(struct roster *g, struct parley_request *r, void (*fn)(struct change *c))
{
	struct change c = { .roster = g, .request = r };
	struct parley_account account;
	struct parley_error err = { 0 };
	char other[PARLEY_NAME_MAX + 1];
	int rc;

	if (person_param(r, other) != 0)
		return;
	if (parley_account_get(other, &account, &err) != 0 ||
	    (c.mine = book_get(g, parley_request_account(r), &err)) == NULL ||
	    (c.theirs = book_get(g, other, &err)) == NULL)
		rc = -1;
	else
		rc = change_locked(&c, fn, &err);
	if (rc == 0)
		parley_put_string(parley_answer(r), "relation",
		    relation_name(pair_shown(c.pair, parley_request_account(r))));
	else
		parley_refuse_error(r, &err);
	if (c.pair != NULL)
		pair_drop_void(c.mine, c.theirs, c.pair);
	pair_unref(&c.pair);
	book_put(g, &c.theirs);
	book_put(g, &c.mine);
}

void
roster_request(void *self, struct parley_request *r)
{
	change_run(self, r, change_request);
}

void
roster_withdraw(void *self, struct parley_request *r)
{
	change_run(self, r, change_withdraw);
}

void
roster_accept(void *self, struct parley_request *r)
{
	change_run(self, r, change_accept);
}

void
roster_decline(void *self, struct parley_request *r)
{
	change_run(self, r, change_decline);
}

void
roster_remove(void *self, struct parley_request *r)
{
	change_run(self, r, change_remove);
}

void
roster_block(void *self, struct parley_request *r)
{
	change_run(self, r, change_block);
}

void
roster_unblock(void *self, struct parley_request *r)
{
	change_run(self, r, change_unblock);
}
