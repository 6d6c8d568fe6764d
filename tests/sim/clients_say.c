/* SPDX-License-Identifier: MIT */
/* clients_say.c - what clients ask for, and their books of what has no answer yet. */
#include "support/test.h"

#include "sim/clients.h"

#include <parley/error.h>
#include <string.h>

void
say(struct client *c, const char *fmt, ...)
{
	char frame[FRAME_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(frame, sizeof frame, fmt, ap);
	va_end(ap);
	if (c->plug.conn == 0)
		return;
	tell_frame(c->of->world, c->who, true, frame);
	network_say(c->of->world, &c->plug, frame);
}

void
say_received(struct client *c, unsigned least)
{
	if (c->count - c->acked < least)
		return;
	c->acked = c->count;
	say(c, "{\"type\":\"ack\",\"count\":%llu}", (unsigned long long)c->count);
}

struct address {
	char s[48];
};

static struct address
address(const struct client *c, unsigned peer)
{
	const char *domain = c->of->world->domain;
	struct address a;

	if (peer < PEOPLE)
		snprintf(a.s, sizeof a.s, "person%u@%s", peer, domain);
	else
		snprintf(a.s, sizeof a.s, "group%u@rooms.%s", peer - PEOPLE, domain);
	return a;
}

/* ---- what has no answer -------------------------------------------------------------------- */

struct unanswered *
unanswered_find(struct client *c, const char *id)
{
	for (unsigned i = 0; i < c->waiting_count; i++)
		if (strcmp(c->waiting[i].id, id) == 0)
			return &c->waiting[i];
	return NULL;
}

void
unanswered_drop(struct client *c, struct unanswered *u)
{
	memmove(u, u + 1, (size_t)(&c->waiting[--c->waiting_count] - u) * sizeof *u);
}

static void
ask_once_more(struct client *c, struct unanswered *u)
{
	u->refused = false;
	say(c, "%s", u->frame);
}

void
ask_again(struct client *c, bool all)
{
	for (unsigned i = 0; i < c->waiting_count; i++)
		if (all || c->waiting[i].refused)
			ask_once_more(c, &c->waiting[i]);
	if (all && c->asked.id[0] != '\0')
		say(c, "%s", c->asked.frame);
}

/* A new one; its number at the judge is in *number. */
static struct unanswered *
begin(struct client *c, enum deed deed, unsigned peer, const char *mid, unsigned whom,
    unsigned *number)
{
	struct unanswered *u = &c->waiting[c->waiting_count++];

	parley_assert(c->waiting_count <= WAITING_MAX);
	*u = (struct unanswered){ .deed = deed, .peer = peer, .whom = whom };
	snprintf(u->id, sizeof u->id, "%c%u-%u", deed == DEED_MESSAGE ? 'm' : 'd', c->who.device,
	    ++c->ids);
	*number = judge_asked(
	    c->of->world->judge, c->who, &(struct asking){ deed, peer, u->id, mid, whom });
	return u;
}

static void __attribute__((format(printf, 4, 5)))
request(struct client *c, struct unanswered *u, const char *method, const char *fmt, ...)
{
	int len = snprintf(u->frame, sizeof u->frame,
	    "{\"type\":\"request\",\"id\":\"%s\",\"method\":\"%s\",\"params\":{", u->id, method);
	va_list ap;

	va_start(ap, fmt);
	len += vsnprintf(u->frame + len, sizeof u->frame - (size_t)len, fmt, ap);
	va_end(ap);
	snprintf(u->frame + len, sizeof u->frame - (size_t)len, "}}");
	ask_once_more(c, u);
}

/* ---- messages and their changes ------------------------------------------------------------ */

/* Into a group also when one does not seem to be in it, now and then. */
static unsigned
whom_to_write(const struct client *c)
{
	struct world *w = c->of->world;
	unsigned group = (unsigned)chance_below(w, GROUPS);
	unsigned to = (unsigned)chance_below(w, PEOPLE - 1);
	bool wanted = chance_once_in(w, 2), in = c->of->in[group][c->who.person];

	if (wanted && c->of->made[group] && (in || chance_once_in(w, 8)))
		return PEOPLE + group;
	return to + (to >= c->who.person);
}

static void
write_message(struct client *c)
{
	unsigned number, peer = whom_to_write(c);
	struct unanswered *u = begin(c, DEED_MESSAGE, peer, NULL, NOBODY, &number);

	snprintf(u->frame, sizeof u->frame,
	    "{\"type\":\"message\",\"id\":\"%s\",\"to\":\"%s\",\"text\":\"%u-%u\"}", u->id,
	    address(c, peer).s, c->of->world->number, number);
	ask_once_more(c, u);
}

void
known_add(struct client *c, unsigned peer, const char *mid, bool own)
{
	struct known *k = &c->known[c->known_count++ % KNOWN_MAX];

	k->peer = peer;
	k->own = own;
	snprintf(k->mid, sizeof k->mid, "%s", mid);
}

static const struct known *
any_known(const struct client *c)
{
	unsigned count = c->known_count < KNOWN_MAX ? c->known_count : KNOWN_MAX;

	return count > 0 ? &c->known[chance_below(c->of->world, count)] : NULL;
}

static bool
edit(struct client *c)
{
	const struct known *k = any_known(c);
	struct unanswered *u;
	unsigned number;

	if (k == NULL || !k->own)
		return false;
	u = begin(c, DEED_EDIT, k->peer, k->mid, NOBODY, &number);
	request(c, u, "history.edit", "\"chat\":\"%s\",\"mid\":\"%s\",\"text\":\"%u-%u\"",
	    address(c, k->peer).s, k->mid, c->of->world->number, number);
	return true;
}

/* A founder deletes what others have written there as well. */
static bool delete (struct client *c)
{
	const struct known *k = any_known(c);
	struct unanswered *u;
	unsigned number;

	if (k == NULL || (!k->own && k->peer != PEOPLE + c->who.person))
		return false;
	u = begin(c, DEED_DELETE, k->peer, k->mid, NOBODY, &number);
	request(c, u, "history.delete", "\"chat\":\"%s\",\"mid\":\"%s\"", address(c, k->peer).s,
	    k->mid);
	return true;
}

/* ---- groups -------------------------------------------------------------------------------- */

static void
found(struct client *c)
{
	unsigned group = c->who.person, number;
	struct unanswered *u = begin(c, DEED_CREATE, PEOPLE + group, NULL, c->who.person, &number);
	char people[192] = "";

	for (unsigned p = 0, len = 0; p < PEOPLE && GROUP_IS_CLOSED(group); p++)
		if (p != c->who.person)
			len += (unsigned)snprintf(people + len, sizeof people - len, "%s\"%s\"",
			    len > 0 ? "," : "", address(c, p).s);
	c->founded = true;
	request(c, u, "groups.create",
	    "\"name\":\"group%u\",\"kind\":\"%s\",\"history\":\"%s\",\"people\":[%s],\"once\":\"%"
	    "s\"",
	    group, GROUP_IS_CLOSED(group) ? "private" : "public",
	    GROUP_IS_WHOLE(group) ? "all" : "joined", people, u->id);
}

static void
move_oneself(struct client *c, unsigned group)
{
	bool in = c->of->in[group][c->who.person] != chance_once_in(c->of->world, 6);
	unsigned number;
	struct unanswered *u =
	    begin(c, in ? DEED_LEAVE : DEED_JOIN, PEOPLE + group, NULL, c->who.person, &number);

	request(c, u, in ? "groups.leave" : "groups.join", "\"group\":\"%s\"",
	    address(c, PEOPLE + group).s);
}

static void
move_another(struct client *c, unsigned group)
{
	unsigned number, to = (unsigned)chance_below(c->of->world, PEOPLE - 1);
	unsigned whom = to + (to >= c->who.person);
	bool in = c->of->in[group][whom] != chance_once_in(c->of->world, 6);
	struct unanswered *u =
	    begin(c, in ? DEED_REMOVE : DEED_ADD, PEOPLE + group, NULL, whom, &number);

	if (in)
		request(c, u, "groups.remove", "\"group\":\"%s\",\"address\":\"%s\"",
		    address(c, PEOPLE + group).s, address(c, whom).s);
	else
		request(c, u, "groups.invite", "\"group\":\"%s\",\"people\":[\"%s\"]",
		    address(c, PEOPLE + group).s, address(c, whom).s);
}

static bool
is_on_the_move(const struct client *c)
{
	for (unsigned i = 0; i < c->waiting_count; i++)
		if (c->waiting[i].deed >= DEED_CREATE)
			return true;
	return false;
}

/* A group in which this one may come and go, or the founder has others do so; or GROUPS. */
static unsigned
group_to_move_in(const struct client *c)
{
	unsigned first = (unsigned)chance_below(c->of->world, GROUPS);

	for (unsigned i = 0; i < GROUPS; i++) {
		unsigned group = (first + i) % GROUPS;

		if (c->of->made[group] && (group == c->who.person) == GROUP_IS_CLOSED(group))
			return group;
	}
	return GROUPS;
}

/* One thing after the other, on one device, and one who does it to each: so the judge knows by the
 * answers alone where somebody stands. */
static bool
move(struct client *c)
{
	unsigned group;

	if (c->who.device != 0 || is_on_the_move(c))
		return false;
	if (c->who.person < GROUPS && !c->founded) {
		found(c);
		return true;
	}
	group = group_to_move_in(c);
	if (group < GROUPS && group == c->who.person)
		move_another(c, group);
	else if (group < GROUPS)
		move_oneself(c, group);
	return group < GROUPS;
}

void
do_something(struct client *c)
{
	bool founds = c->who.device == 0 && c->who.person < GROUPS && !c->founded;
	unsigned what = founds ? 9 : (unsigned)chance_below(c->of->world, 10);
	bool done = false;

	if (what >= 9)
		done = move(c);
	else if (what >= 8)
		done = delete (c);
	else if (what >= 6)
		done = edit(c);
	if (!done)
		write_message(c);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 3, 4)))
ask(struct client *c, const char *method, const char *fmt, ...)
{
	struct asked *a = &c->asked;
	va_list ap;
	int len;

	a->at_last = c->again;
	a->at = judge_now(c->of->world->judge);
	snprintf(a->id, sizeof a->id, "r%u-%u", c->who.device, ++c->ids);
	len = snprintf(a->frame, sizeof a->frame,
	    "{\"type\":\"request\",\"id\":\"%s\",\"method\":\"%s\",\"params\":{", a->id, method);
	va_start(ap, fmt);
	len += vsnprintf(a->frame + len, sizeof a->frame - (size_t)len, fmt, ap);
	va_end(ap);
	snprintf(a->frame + len, sizeof a->frame - (size_t)len, "}}");
	say(c, "%s", a->frame);
}

/* False when there is no answer to the last. */
static bool
may_ask(struct client *c)
{
	if (c->asked.id[0] != '\0')
		return false;
	c->asked = (struct asked){ .peer = NOBODY };
	return true;
}

void
ask_page(struct client *c, unsigned peer, int64_t after)
{
	if (!may_ask(c))
		return;
	c->asked.page = true;
	c->asked.peer = peer;
	c->asked.after = after;
	if (after < 0)
		ask(c, "history.page", "\"chat\":\"%s\",\"limit\":20", address(c, peer).s);
	else
		ask(c, "history.page", "\"chat\":\"%s\",\"after\":%lld,\"limit\":20",
		    address(c, peer).s, (long long)after);
}

void
ask_inbox(struct client *c)
{
	if (may_ask(c))
		ask(c, "history.inbox", "%s", "");
}

void
ask_to_have_read(struct client *c, unsigned peer)
{
	if (!may_ask(c))
		return;
	c->asked.peer = peer;
	ask(c, "history.read", "\"chat\":\"%s\",\"seq\":%lld", address(c, peer).s,
	    (long long)c->read_to[peer]);
}
