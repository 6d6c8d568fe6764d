/* SPDX-License-Identifier: MIT */
/* clients.c - people who write to one another on several devices: they lose their connections,
 * resume, send again what has no answer, are away, and read what they have missed. */
#include "support/test.h"

#include "sim/sim.h"

#include "base/arena.h"
#include "base/xalloc.h"
#include "json/json.h"

#include <parley/error.h>
#include <parley/json.h>
#include <stdlib.h>
#include <string.h>

#define MS          1000
#define DEVICES     2 /* of each of the first MANY people; the others have one */
#define MANY        2
#define CLIENTS     (PEOPLE + MANY)
#define WAITING_MAX 6
#define AWAY        (2500 * MS) /* at most: a session is kept for a second */
#define PASSWORD    "correct horse battery"
#define NOBODY      PEOPLE

struct unsent {
	char id[24], text[24];
	unsigned to;
	bool refused; /* it is sent again when there is time */
};

/* A request under way. */
struct asked {
	char id[24];        /* "": none */
	bool page, at_last; /* at_last: to read everything once more */
	unsigned peer;
	int64_t after;
	uint64_t at; /* judge_now */
};

struct client {
	struct plug plug; /* first: it is found by it */
	struct clients *of;
	struct who who;
	char resume[64];
	bool been;             /* has logged in at least once */
	bool ready, missed;    /* missed: it asks the node for what it missed */
	bool again, told_all;  /* at the end: has begun anew; has been told what it missed */
	uint64_t count, acked; /* frames that were received, and of which the node knows */
	unsigned session, ids;
	int64_t away_until;
	struct unsent waiting[WAITING_MAX];
	unsigned waiting_count;
	struct asked asked;
	int64_t known[PEOPLE]; /* how far it has read the chat with each */
	unsigned reading;      /* at the end: the next chat to read */
};

struct clients {
	struct world *world;
	struct client clients[CLIENTS];
	struct plug operator;
	unsigned accounts, resumed;
	bool friends[PEOPLE][PEOPLE]; /* who was told that whom is a contact */
	bool lively, settling;
};

/* ---- saying ------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) say(struct client *c, const char *fmt, ...)
{
	char frame[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(frame, sizeof frame, fmt, ap);
	va_end(ap);
	if (c->plug.conn == 0)
		return;
	tell_frame(c->of->world, c->who, true, frame);
	network_say(c->of->world, &c->plug, frame);
}

static void
send_unsent(struct client *c, struct unsent *u)
{
	u->refused = false;
	say(c, "{\"type\":\"message\",\"id\":\"%s\",\"to\":\"person%u@%s\",\"text\":\"%s\"}", u->id,
	    u->to, c->of->world->domain, u->text);
}

static void
write_one(struct client *c)
{
	struct unsent *u = &c->waiting[c->waiting_count++];
	unsigned to = (unsigned)chance_below(c->of->world, PEOPLE - 1);

	u->to = to + (to >= c->who.person);
	snprintf(u->id, sizeof u->id, "m%u-%u", c->who.device, ++c->ids);
	snprintf(u->text, sizeof u->text, "%u-%u", c->of->world->number,
	    judge_number(c->of->world->judge, c->who, u->to, u->id));
	send_unsent(c, u);
}

/* False when it still waits for an answer. */
static bool
ask(struct client *c, const char *method, unsigned peer, int64_t after)
{
	struct asked *a = &c->asked;

	if (a->id[0] != '\0')
		return false;
	*a = (struct asked){ .at_last = c->again,
		.page = strcmp(method, "history.page") == 0,
		.peer = peer,
		.after = after };
	snprintf(a->id, sizeof a->id, "r%u-%u", c->who.device, ++c->ids);
	a->at = judge_now(c->of->world->judge);
	if (a->page)
		say(c,
		    "{\"type\":\"request\",\"id\":\"%s\",\"method\":\"%s\",\"params\":{\"chat\":"
		    "\"person%u@%s\",\"after\":%lld,\"limit\":20}}",
		    a->id, method, peer, c->of->world->domain, (long long)after);
	else if (peer != NOBODY)
		say(c,
		    "{\"type\":\"request\",\"id\":\"%s\",\"method\":\"%s\",\"params\":{\"chat\":"
		    "\"person%u@%s\",\"seq\":%lld}}",
		    a->id, method, peer, c->of->world->domain, (long long)after);
	else
		say(c, "{\"type\":\"request\",\"id\":\"%s\",\"method\":\"%s\",\"params\":{}}",
		    a->id, method);
	return true;
}

/* ---- frames ------------------------------------------------------------------------------- */

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

/* The number in "person2@..."; NOBODY when it is none of ours. */
static unsigned
person_of(const struct client *c, const char *address)
{
	const char *at = strchr(address, '@');
	unsigned person = NOBODY;

	if (sscanf(address, "person%u@", &person) != 1 || person >= PEOPLE || at == NULL ||
	    strncmp(at + 1, c->of->world->domain, strlen(c->of->world->domain)) != 0)
		judge_wrong(c->of->world->judge, "%s is nobody here", address);
	return person < PEOPLE ? person : 0;
}

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
	for (unsigned i = 0; i < c->waiting_count; i++)
		send_unsent(c, &c->waiting[i]);
}

static void
saw(struct client *c, const struct parley_json *message, enum way way, unsigned peer)
{
	judge_saw(c->of->world->judge, c->session, way, peer, text_of(message, "from"),
	    text_of(message, "text"), text_of(message, "mid"), int_of(message, "seq"));
}

static void
take_page(struct client *c, const struct parley_json *result)
{
	const struct parley_json *messages = parley_json_get(result, "messages");
	struct page page = { c->session, c->asked.peer, c->asked.at, c->asked.after, { 0 }, 0,
		!bool_of(result, "more") };

	for (const struct parley_json *m = parley_json_first(messages); m != NULL;
	     m = parley_json_next(messages, m)) {
		saw(c, m, WAY_PAGE, c->asked.peer);
		if (page.count < sizeof page.seqs / sizeof *page.seqs)
			page.seqs[page.count++] = int_of(m, "seq");
	}
	judge_page(c->of->world->judge, &page);
	if (page.count > 0)
		c->known[c->asked.peer] = page.seqs[page.count - 1];
	else if (page.all && c->asked.at_last)
		c->reading++;
}

static void
take_inbox(struct client *c, const struct parley_json *result)
{
	const struct parley_json *chats = parley_json_get(result, "chats");

	for (const struct parley_json *row = parley_json_first(chats); row != NULL;
	     row = parley_json_next(chats, row)) {
		const struct parley_json *last = parley_json_get(row, "last");

		if (last != NULL)
			saw(c, last, WAY_INBOX, person_of(c, text_of(row, "chat")));
	}
}

static void
take_result(struct client *c, const char *id, const struct parley_json *frame)
{
	const struct parley_json *result = parley_json_get(frame, "result");
	struct judge *j = c->of->world->judge;

	if (strncmp(id, "m", 1) == 0) {
		judge_answered(j, c->who, id, text_of(frame, "mid"), int_of(frame, "seq"));
	} else if (strcmp(id, c->asked.id) == 0) {
		c->asked.id[0] = '\0';
		if (c->asked.page)
			take_page(c, result);
		else if (parley_json_get(result, "chats") != NULL)
			take_inbox(c, result);
		judge_served(j, c->session, c->asked.at);
	} else if (strcmp(text_of(result, "relation"), "contact") == 0) {
		c->of->friends[c->who.person][atoi(id + 2) % PEOPLE] = true;
	}
}

/* The message with this id, which waits; or NULL. */
static struct unsent *
waiting(struct client *c, const char *id)
{
	for (unsigned i = 0; i < c->waiting_count; i++)
		if (strcmp(c->waiting[i].id, id) == 0)
			return &c->waiting[i];
	return NULL;
}

static void
forget_waiting(struct client *c, struct unsent *u)
{
	if (u == NULL)
		return;
	memmove(u, u + 1, (size_t)(&c->waiting[--c->waiting_count] - u) * sizeof *u);
}

static bool
is_for_now(const char *code)
{
	return strcmp(code, "limit") == 0 || strcmp(code, "busy") == 0 ||
	       strcmp(code, "internal") == 0;
}

static void
take_error(struct client *c, const char *id, const char *code)
{
	struct unsent *u = waiting(c, id);

	if (!is_for_now(code))
		judge_wrong(c->of->world->judge, "%s was refused: %s", id, code);
	if (strcmp(id, c->asked.id) == 0)
		c->asked.id[0] = '\0';
	if (u == NULL)
		return;
	u->refused = true;
	judge_refused(c->of->world->judge, c->who, id);
}

static void
take_counted(struct client *c, const char *type, const struct parley_json *frame)
{
	const struct parley_json *person = parley_json_get(frame, "person");
	const char *id = text_of(frame, "id");

	if (strcmp(type, "message") == 0) {
		bool missed = bool_of(frame, "missed");

		saw(c, frame, missed ? WAY_MISSED : WAY_LIVE, person_of(c, text_of(frame, "chat")));
	} else if (strcmp(type, "result") == 0) {
		take_result(c, id, frame);
		forget_waiting(c, waiting(c, id));
	} else if (strcmp(type, "error") == 0) {
		take_error(c, id, text_of(frame, "code"));
	} else if (strcmp(text_of(frame, "name"), "roster.changed") == 0 &&
		   strcmp(text_of(person, "relation"), "contact") == 0) {
		c->of->friends[c->who.person][person_of(c, text_of(person, "address"))] = true;
	}
	if (++c->count - c->acked < 8)
		return;
	c->acked = c->count;
	say(c, "{\"type\":\"ack\",\"count\":%llu}", (unsigned long long)c->count);
}

/* Who is not let in tries again, anew. */
static void
take_refusal(struct client *c, const struct parley_json *frame)
{
	if (!is_for_now(text_of(frame, "code")))
		judge_wrong(c->of->world->judge, "person%u cannot log in: %s", c->who.person,
		    text_of(frame, "text"));
	network_cut(c->of->world, &c->plug);
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

static void
client_take(struct plug *plug, const char *text)
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

/* ---- living ------------------------------------------------------------------------------- */

static void
connect_to_node(struct client *c)
{
	struct world *w = c->of->world;
	char resume[128] = "";

	network_connect(w, &c->plug, false);
	if (c->resume[0] != '\0')
		snprintf(resume, sizeof resume, ",\"resume\":{\"id\":\"%s\",\"count\":%llu}",
		    c->resume, (unsigned long long)c->count);
	say(c,
	    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"person%u\",\"password\":"
	    "\"" PASSWORD "\",\"device\":{\"id\":\"d%u\"}%s%s}",
	    c->who.person, c->who.device, c->missed ? ",\"missed\":true" : "", resume);
}

/* Its connection is lost; and perhaps it is away for a while, or forgets its session. */
static void
lose_connection(struct client *c)
{
	struct world *w = c->of->world;

	c->plug.deaf = chance_once_in(w, 2);
	network_cut(w, &c->plug);
	if (chance_once_in(w, 3))
		c->away_until = sim_now() + (int64_t)chance_below(w, AWAY);
	if (chance_once_in(w, 4))
		c->resume[0] = '\0';
}

static void
send_refused(struct client *c)
{
	for (unsigned i = 0; i < c->waiting_count; i++)
		if (c->waiting[i].refused)
			send_unsent(c, &c->waiting[i]);
}

static void
look_something_up(struct client *c)
{
	struct world *w = c->of->world;
	unsigned peer = (c->who.person + 1 + (unsigned)chance_below(w, PEOPLE - 1)) % PEOPLE;

	switch (chance_below(w, 4)) {
	case 0:
		ask(c, "history.inbox", NOBODY, 0);
		break;
	case 1:
		if (c->known[peer] > 0)
			ask(c, "history.read", peer, c->known[peer]);
		break;
	default:
		ask(c, "history.page", peer, c->known[peer]);
	}
}

static void
be_lively(struct client *c)
{
	struct world *w = c->of->world;

	if (chance_once_in(w, 40))
		lose_connection(c);
	else if (!c->ready)
		return;
	else if (c->waiting_count < WAITING_MAX && chance_once_in(w, 2))
		write_one(c);
	else if (chance_once_in(w, 3))
		look_something_up(c);
	else if (chance_once_in(w, 3))
		send_refused(c);
	if (c->count > c->acked && c->ready && chance_once_in(w, 4)) {
		c->acked = c->count;
		say(c, "{\"type\":\"ack\",\"count\":%llu}", (unsigned long long)c->count);
	}
}

static bool
all_is_answered(const struct clients *cs)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (cs->clients[i].waiting_count > 0)
			return false;
	return true;
}

static void
be_told_all(void *arg)
{
	struct client *c = arg;

	c->told_all = true;
}

/* Who is told what it missed logs in once more; then everybody reads every chat from its beginning.
 */
static void
come_to_an_end(struct client *c)
{
	if (!c->ready)
		return;
	send_refused(c);
	if (!all_is_answered(c->of) || c->asked.id[0] != '\0')
		return;
	if (!c->again) {
		c->again = true;
		memset(c->known, 0, sizeof c->known);
		sim_after(3000 * MS, be_told_all, c);
		if (!c->missed)
			return;
		c->resume[0] = '\0';
		network_cut(c->of->world, &c->plug);
		return;
	}
	if (c->count > c->acked) {
		c->acked = c->count;
		say(c, "{\"type\":\"ack\",\"count\":%llu}", (unsigned long long)c->count);
	}
	c->reading += c->reading == c->who.person;
	if (c->reading < PEOPLE)
		ask(c, "history.page", c->reading, c->known[c->reading]);
}

static void
act(void *arg)
{
	struct client *c = arg;
	struct world *w = c->of->world;

	sim_after(1000 + (int64_t)chance_below(w, 15000), act, c);
	if (c->plug.conn == 0) {
		bool here = c->of->settling || sim_now() >= c->away_until;

		if (node_is_up(w) && here && chance_once_in(w, 4))
			connect_to_node(c);
	} else if (c->of->settling) {
		come_to_an_end(c);
	} else if (c->of->lively) {
		be_lively(c);
	}
}

/* ---- beginning and ending ----------------------------------------------------------------- */

static void
operator_take(struct plug *plug, const char *frame)
{
	struct clients *cs =
	    (struct clients *)(void *)((char *)plug - offsetof(struct clients, operator));

	if (frame == NULL)
		return;
	if (strstr(frame, "\"type\":\"result\"") == NULL)
		fail_msg("no account: %s", frame);
	if (++cs->accounts < PEOPLE)
		return;
	network_cut(cs->world, plug);
	for (unsigned i = 0; i < CLIENTS; i++)
		act(&cs->clients[i]);
}

static void
make_accounts(void *arg)
{
	struct clients *cs = arg;

	if (!node_is_up(cs->world)) {
		sim_after(10 * MS, make_accounts, cs);
		return;
	}
	network_connect(cs->world, &cs->operator, true);
	for (unsigned p = 0; p < PEOPLE; p++) {
		char frame[256];

		snprintf(frame, sizeof frame,
		    "{\"type\":\"request\",\"id\":\"a-%u\",\"method\":\"account.create\","
		    "\"params\":"
		    "{\"name\":\"person%u\",\"password\":\"" PASSWORD "\"}}",
		    p, p);
		network_say(cs->world, &cs->operator, frame);
	}
}

struct clients *
clients_new(struct world *w)
{
	struct clients *cs = xcalloc(1, sizeof *cs);

	cs->world = w;
	cs->operator.take = operator_take;
	for (unsigned i = 0; i < CLIENTS; i++) {
		struct client *c = &cs->clients[i];

		c->of = cs;
		c->plug.take = client_take;
		c->who = (struct who){ i % PEOPLE, i / PEOPLE };
		c->missed = i % 2 == 0;
	}
	make_accounts(cs);
	return cs;
}

/* Each of two is told of the other, and every device has been there. */
bool
clients_are_acquainted(const struct clients *cs)
{
	for (unsigned a = 0; a < PEOPLE; a++)
		for (unsigned b = 0; b < PEOPLE; b++)
			if (a != b && !cs->friends[a][b])
				return false;
	for (unsigned i = 0; i < CLIENTS; i++)
		if (!cs->clients[i].been)
			return false;
	return true;
}

void
clients_begin(struct clients *cs)
{
	cs->lively = true;
}

void
clients_settle(struct clients *cs)
{
	cs->lively = false;
	cs->settling = true;
}

bool
clients_are_settled(const struct clients *cs)
{
	for (unsigned i = 0; i < CLIENTS; i++)
		if (cs->clients[i].reading < PEOPLE || !cs->clients[i].told_all)
			return false;
	return true;
}

unsigned
clients_resumed(const struct clients *cs)
{
	return cs->resumed;
}
