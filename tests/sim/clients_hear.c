/* SPDX-License-Identifier: MIT */
/* clients_hear.c - what clients are told by the node, and what they tell the judge of it. */
#include "support/test.h"

#include "sim/clients.h"

#include "base/arena.h"
#include "json/json.h"

#include <parley/json.h>
#include <stdlib.h>
#include <string.h>

static const char *
text_of(const struct parley_json *frame, const char *name)
{
	return parley_json_string_or(parley_json_get(frame, name), "");
}

static int64_t
int_of(const struct parley_json *frame, const char *name)
{
	return parley_json_int(parley_json_get(frame, name), 0);
}

static bool
bool_of(const struct parley_json *frame, const char *name)
{
	return parley_json_bool(parley_json_get(frame, name), false);
}

static bool
begins_with(const char *s, const char *beginning)
{
	return strncmp(s, beginning, strlen(beginning)) == 0;
}

/* The number in "person2@..."; NOBODY when it is none of ours. Groups follow people. */
static unsigned
peer_of(const struct client *c, const char *address)
{
	const char *at = strchr(address, '@'), *domain = c->of->world->domain;
	unsigned number;

	if (at != NULL && sscanf(address, "person%u@", &number) == 1 && number < PEOPLE &&
	    begins_with(at + 1, domain))
		return number;
	if (at != NULL && sscanf(address, "group%u@", &number) == 1 && number < GROUPS &&
	    begins_with(at + 1, "rooms.") && begins_with(at + 7, domain))
		return PEOPLE + number;
	judge_wrong(c->of->world->judge, "%s is nobody here", address);
	return NOBODY;
}

/* ---- entries of chats ---------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum deed deed;
} changes[] = {
	{ "edit", DEED_EDIT },
	{ "delete", DEED_DELETE },
	{ "created", DEED_CREATE },
	{ "added", DEED_ADD },
	{ "joined", DEED_JOIN },
	{ "left", DEED_LEAVE },
	{ "removed", DEED_REMOVE },
};

static enum deed
deed_of(const struct parley_json *change)
{
	const char *kind = text_of(change, "kind");

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		if (strcmp(changes[i].name, kind) == 0)
			return changes[i].deed;
	return change == NULL ? DEED_MESSAGE : DEED_NONE;
}

static void
saw(struct client *c, const struct parley_json *message, enum way way, uint64_t asked,
    unsigned peer)
{
	const struct parley_json *change = parley_json_get(message, "change");
	const char *from = text_of(message, "from"), *whom = text_of(change, "who");
	unsigned by = peer_of(c, from);
	struct seen seen = {
		.way = way,
		.asked = asked,
		.peer = peer,
		.deed = deed_of(change),
		.from = from,
		.text = text_of(change != NULL ? change : message, "text"),
		.mid = text_of(message, "mid"),
		.target = text_of(change, "mid"),
		.whom = whom[0] != '\0' ? peer_of(c, whom) : by,
		.seq = int_of(message, "seq"),
		.rev = int_of(message, "rev"),
		.edited = parley_json_get(message, "edited") != NULL,
		.deleted = parley_json_get(message, "deleted") != NULL,
	};

	if (peer == NOBODY || by == NOBODY)
		return;
	judge_saw(c->of->world->judge, c->session, &seen);
	if (seen.deed == DEED_MESSAGE && way == WAY_LIVE)
		known_add(c, peer, seen.mid, by == c->who.person);
}

static void
take_page(struct client *c, const struct parley_json *result)
{
	const struct parley_json *messages = parley_json_get(result, "messages");
	const struct asked *a = &c->asked;
	struct page page = {
		.session = c->session, .peer = a->peer, .asked = a->at, .after = a->after
	};

	page.all = !bool_of(result, "more");
	for (const struct parley_json *m = parley_json_first(messages); m != NULL;
	     m = parley_json_next(messages, m)) {
		saw(c, m, a->after < 0 ? WAY_BACK : WAY_PAGE, a->at, a->peer);
		if (page.count < sizeof page.seqs / sizeof *page.seqs)
			page.seqs[page.count++] = int_of(m, "seq");
	}
	judge_page(c->of->world->judge, &page);
	if (a->after < 0)
		return;
	if (page.count > 0)
		c->read_to[a->peer] = page.seqs[page.count - 1];
	else if (page.all && a->at_last)
		c->reading++;
}

/* Who is not in a group reads nothing there. */
static void
take_no_page(struct client *c)
{
	const struct asked *a = &c->asked;

	judge_page(c->of->world->judge, &(struct page){ .session = c->session,
					    .peer = a->peer,
					    .asked = a->at,
					    .after = a->after,
					    .denied = true });
	c->reading += a->at_last;
}

static void
take_inbox(struct client *c, const struct parley_json *result)
{
	const struct parley_json *chats = parley_json_get(result, "chats");

	for (const struct parley_json *row = parley_json_first(chats); row != NULL;
	     row = parley_json_next(chats, row)) {
		const struct parley_json *last = parley_json_get(row, "last");

		if (last != NULL)
			saw(c, last, WAY_INBOX, c->asked.at, peer_of(c, text_of(row, "chat")));
	}
}

/* ---- answers ------------------------------------------------------------------------------- */

static void
meet_everybody(struct client *c)
{
	for (unsigned p = 0; p < PEOPLE; p++)
		if (p != c->who.person)
			say(c,
			    "{\"type\":\"request\",\"id\":\"c-%u\",\"method\":\"roster.request\","
			    "\"params\":{\"address\":\"person%u@%s\"}}",
			    p, p, c->of->world->domain);
}

static void
take_ready(struct client *c, const struct parley_json *frame)
{
	bool resumed = bool_of(frame, "resumed");

	snprintf(c->resume, sizeof c->resume, "%s", text_of(frame, "resume"));
	c->ready = c->been = true;
	c->of->resumed += resumed;
	if (!resumed) {
		c->count = 0;
		c->asked.id[0] = '\0';
		c->session = judge_session(c->of->world->judge, c->who, c->missed);
	}
	c->acked = c->count;
	if (!c->of->lively && !c->of->settling && c->who.device == 0)
		meet_everybody(c);
	ask_again(c, true);
}

/* True when nobody was refused who is not in it already. */
static bool
all_came(const struct parley_json *result)
{
	const struct parley_json *refused = parley_json_get(result, "refused");

	for (const struct parley_json *one = parley_json_first(refused); one != NULL;
	     one = parley_json_next(refused, one))
		if (strcmp(text_of(one, "code"), "conflict") != 0)
			return false;
	return parley_json_len(parley_json_get(result, "invited")) == 0;
}

static void
note_move(struct client *c, const struct unanswered *u)
{
	unsigned group = u->peer - PEOPLE;

	if (u->deed == DEED_CREATE) {
		c->of->made[group] = true;
		for (unsigned p = 0; p < PEOPLE; p++)
			c->of->in[group][p] = GROUP_IS_CLOSED(group) || p == u->whom;
	} else {
		c->of->in[group][u->whom] = u->deed == DEED_ADD || u->deed == DEED_JOIN;
	}
}

static void
take_done(struct client *c, struct unanswered *u, const struct parley_json *result)
{
	judge_done(c->of->world->judge, c->who, u->id, int_of(result, "seq"), all_came(result));
	if (u->deed >= DEED_CREATE)
		note_move(c, u);
	unanswered_drop(c, u);
}

static void
take_message_answer(struct client *c, const char *id, const struct parley_json *frame)
{
	struct unanswered *u = unanswered_find(c, id);
	const char *mid = text_of(frame, "mid");

	judge_answered(c->of->world->judge, c->who, id, mid, int_of(frame, "seq"));
	if (u == NULL)
		return;
	known_add(c, u->peer, mid, true);
	unanswered_drop(c, u);
}

static void
take_result(struct client *c, const char *id, const struct parley_json *frame)
{
	const struct parley_json *result = parley_json_get(frame, "result");
	struct unanswered *u = unanswered_find(c, id);

	if (id[0] == 'm') {
		take_message_answer(c, id, frame);
	} else if (u != NULL) {
		take_done(c, u, result);
	} else if (strcmp(id, c->asked.id) == 0) {
		c->asked.id[0] = '\0';
		if (c->asked.page)
			take_page(c, result);
		else if (parley_json_get(result, "chats") != NULL)
			take_inbox(c, result);
		judge_served(c->of->world->judge, c->session, c->asked.at);
	} else if (strcmp(text_of(result, "relation"), "contact") == 0) {
		c->of->friends[c->who.person][atoi(id + 2) % PEOPLE] = true;
	}
}

static bool
is_for_now(const char *code)
{
	return strcmp(code, "limit") == 0 || strcmp(code, "busy") == 0 ||
	       strcmp(code, "internal") == 0;
}

static bool
is_group(unsigned peer)
{
	return peer >= PEOPLE && peer != NOBODY;
}

static void
take_error(struct client *c, const char *id, const char *code)
{
	struct unanswered *u = unanswered_find(c, id);
	struct judge *j = c->of->world->judge;
	bool for_now = is_for_now(code);

	if (strcmp(id, c->asked.id) == 0) {
		c->asked.id[0] = '\0';
		if (!for_now && is_group(c->asked.peer) && c->asked.page)
			take_no_page(c);
		else if (!for_now && !is_group(c->asked.peer))
			judge_wrong(j, "%s was refused: %s", id, code);
	} else if (u != NULL || id[0] == 'm') {
		judge_refused(j, c->who, id, for_now ? NULL : code);
		if (u != NULL && for_now)
			u->refused = true;
		else if (u != NULL)
			unanswered_drop(c, u);
	} else if (!for_now && id[0] == 'c') {
		judge_wrong(j, "%s was refused: %s", id, code);
	}
}

/* ---- frames -------------------------------------------------------------------------------- */

static void
take_counted(struct client *c, const char *type, const struct parley_json *frame)
{
	const struct parley_json *person = parley_json_get(frame, "person");
	const char *id = text_of(frame, "id");
	unsigned peer;

	if (strcmp(type, "message") == 0) {
		saw(c, frame, bool_of(frame, "missed") ? WAY_MISSED : WAY_LIVE, 0,
		    peer_of(c, text_of(frame, "chat")));
	} else if (strcmp(type, "result") == 0) {
		take_result(c, id, frame);
	} else if (strcmp(type, "error") == 0) {
		take_error(c, id, text_of(frame, "code"));
	} else if (strcmp(text_of(frame, "name"), "roster.changed") == 0 &&
		   strcmp(text_of(person, "relation"), "contact") == 0) {
		peer = peer_of(c, text_of(person, "address"));
		if (peer < PEOPLE)
			c->of->friends[c->who.person][peer] = true;
	}
	c->count++;
	say_received(c, 8);
}

/* Who is not let in tries again, anew. */
static void
take_refusal(struct client *c, const struct parley_json *frame)
{
	if (!is_for_now(text_of(frame, "code")))
		judge_wrong(c->of->world->judge, "person%u cannot log in: %s", c->who.person,
		    text_of(frame, "text"));
	network_cut(c->of->world, &c->plug, false);
}

static void
take(struct client *c, const struct parley_json *frame)
{
	const char *type = text_of(frame, "type");

	if (strcmp(type, "ready") == 0)
		take_ready(c, frame);
	else if (!c->ready)
		take_refusal(c, frame);
	else if (!bool_of(frame, "fatal"))
		take_counted(c, type, frame);
}

void
client_hear(struct plug *plug, const char *text)
{
	struct client *c = (struct client *)plug;
	struct world *w = c->of->world;
	struct arena arena = { 0 };

	trace(w, "person%u/%u hears %s", c->who.person, c->who.device,
	    text != NULL ? text : "no more");
	if (text == NULL) {
		c->ready = false;
		return;
	}
	tell_frame(w, c->who, false, text);
	take(c, json_parse_copy(&arena, text, strlen(text), &json_limits_own, NULL));
	arena_fini(&arena);
}
