/* SPDX-License-Identifier: MIT */
/* channel.c - sets of accounts that are sent the same things. Those who have a session stand first
 * in the array of each channel they are in, so that nobody looks at the others when something is
 * sent: they cost a swap when they come and when they go. */
#include "core/channel.h"

#include "base/table.h"
#include "base/xalloc.h"
#include "core/session.h"
#include "runtime/task.h"

#include <parley/error.h>
#include <parley/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An account that is in a channel. */
struct person {
	char name[PARLEY_NAME_MAX + 1];
	struct parley_session *first; /* NULL: it is away */
	struct membership *memberships;
};

struct membership {
	struct parley_channel *channel;
	struct person *person;
	struct membership *next, *prev; /* of the person */
	uint32_t at;                    /* in the channel's members */
};

struct parley_channel {
	struct membership **members; /* the first of them are here, the others away */
	uint32_t count, here, room;
	unsigned refs;
	bool freed; /* by who made it: only messages hold it */
};

static struct {
	struct table people; /* by name */
	struct channel_stats stats;
} C;

/* ---- people ------------------------------------------------------------------------------- */

static struct person *
person_get(const char *name)
{
	struct person *p = table_get(&C.people, name);

	if (p != NULL)
		return p;
	p = xcalloc(1, sizeof *p);
	snprintf(p->name, sizeof p->name, "%s", name);
	p->first = session_first(name);
	table_put(&C.people, p->name, p);
	return p;
}

static void
person_drop_if_idle(struct person *p)
{
	if (p->memberships != NULL)
		return;
	table_remove(&C.people, p->name);
	free(p);
}

static struct membership *
membership_find(const struct parley_channel *ch, const char *account)
{
	const struct person *p = table_get(&C.people, account);
	struct membership *m = p != NULL ? p->memberships : NULL;

	while (m != NULL && m->channel != ch)
		m = m->next;
	return m;
}

/* ---- the array ---------------------------------------------------------------------------- */

static void
member_move(struct parley_channel *ch, struct membership *m, uint32_t to)
{
	struct membership *other = ch->members[to];

	ch->members[m->at] = other;
	other->at = m->at;
	ch->members[to] = m;
	m->at = to;
}

static void
member_comes(struct membership *m)
{
	member_move(m->channel, m, m->channel->here++);
	C.stats.here++;
}

static void
member_goes(struct membership *m)
{
	member_move(m->channel, m, --m->channel->here);
	C.stats.here--;
}

static void
member_append(struct parley_channel *ch, struct membership *m)
{
	if (ch->count == ch->room) {
		ch->room = ch->room == 0 ? 8 : ch->room * 2;
		ch->members = xrealloc(ch->members, ch->room * sizeof *ch->members);
	}
	m->at = ch->count++;
	ch->members[m->at] = m;
	C.stats.accounts++;
	if (m->person->first != NULL)
		member_comes(m);
}

static void
membership_free(struct membership *m)
{
	struct parley_channel *ch = m->channel;

	if (m->at < ch->here)
		member_goes(m);
	member_move(ch, m, --ch->count);
	C.stats.accounts--;
	*(m->prev != NULL ? &m->prev->next : &m->person->memberships) = m->next;
	if (m->next != NULL)
		m->next->prev = m->prev;
	person_drop_if_idle(m->person);
	free(m);
}

void
channel_note_session(const char *account, struct parley_session *first)
{
	struct person *p = table_get(&C.people, account);
	bool was_here;

	if (p == NULL)
		return;
	was_here = p->first != NULL;
	p->first = first;
	for (struct membership *m = p->memberships; m != NULL; m = m->next) {
		if (was_here && first == NULL)
			member_goes(m);
		else if (!was_here && first != NULL)
			member_comes(m);
	}
}

/* ---- channels ----------------------------------------------------------------------------- */

struct parley_channel *
parley_channel_new(void)
{
	struct parley_channel *ch = xcalloc(1, sizeof *ch);

	assert_router();
	ch->refs = 1;
	C.stats.channels++;
	return ch;
}

struct parley_channel *
channel_ref(struct parley_channel *ch)
{
	ch->refs++;
	return ch;
}

void
channel_unref(struct parley_channel **ch)
{
	struct parley_channel *gone = *ch;

	*ch = NULL;
	if (gone == NULL || --gone->refs > 0)
		return;
	free(gone->members);
	free(gone);
	C.stats.channels--;
}

void
parley_channel_free(struct parley_channel **ch)
{
	if (*ch == NULL)
		return;
	while ((*ch)->count > 0)
		membership_free((*ch)->members[(*ch)->count - 1]);
	(*ch)->freed = true;
	channel_unref(ch);
}

bool
parley_channel_add(struct parley_channel *ch, const char *account)
{
	struct membership *m;

	parley_assert(!ch->freed);
	if (membership_find(ch, account) != NULL)
		return false;
	m = xcalloc(1, sizeof *m);
	m->channel = ch;
	m->person = person_get(account);
	m->next = m->person->memberships;
	if (m->next != NULL)
		m->next->prev = m;
	m->person->memberships = m;
	member_append(ch, m);
	return true;
}

bool
parley_channel_remove(struct parley_channel *ch, const char *account)
{
	struct membership *m = membership_find(ch, account);

	if (m != NULL)
		membership_free(m);
	return m != NULL;
}

bool
parley_channel_has(const struct parley_channel *ch, const char *account)
{
	return membership_find(ch, account) != NULL;
}

unsigned
parley_channel_count(const struct parley_channel *ch)
{
	return ch->count;
}

unsigned
parley_channel_here(const struct parley_channel *ch)
{
	return ch->here;
}

void
parley_channel_each_here(
    const struct parley_channel *ch, void (*fn)(void *arg, const char *account), void *arg)
{
	for (uint32_t i = 0; i < ch->here; i++)
		fn(arg, ch->members[i]->person->name);
}

bool
parley_channel_in_use(const struct parley_channel *ch)
{
	return ch->refs > 1;
}

/* ---- sending ------------------------------------------------------------------------------ */

/* From the end on: sending may end a session that has overflowed, and the account that goes with it
 * changes places with one that was seen already. */
void
channel_each(const struct parley_channel *ch,
    void (*fn)(void *arg, const char *account, struct parley_session *first), void *arg)
{
	C.stats.sent++;
	for (uint32_t i = ch->here; i-- > 0;)
		fn(arg, ch->members[i]->person->name, ch->members[i]->person->first);
}

struct sending {
	struct parley_payload *payload;
	parley_session_id but;
	unsigned sent;
};

static void
send_to(void *arg, const char *account, struct parley_session *first)
{
	struct sending *s = arg;

	s->sent += session_send_all(first, s->payload, s->but);
}

unsigned
parley_send_channel(
    const struct parley_channel *ch, struct parley_payload *p, parley_session_id but)
{
	struct sending s = { p, but, 0 };

	channel_each(ch, send_to, &s);
	return s.sent;
}

void
channel_stop(void)
{
	if (table_count(&C.people) > 0)
		parley_log_error("channel", "a module did not free its channels");
	table_fini(&C.people);
	memset(&C, 0, sizeof C);
}

struct channel_stats
channel_stats(void)
{
	return C.stats;
}
