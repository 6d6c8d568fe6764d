/* SPDX-License-Identifier: MIT */
/* session.c - live sessions: by id and by account, bound to a connection or waiting for one. */
#include "core/session.h"

#include "base/table.h"
#include "base/xalloc.h"
#include "core/channel.h"
#include "core/frames.h"
#include "core/hook.h"
#include "core/intake.h"
#include "core/rate.h"
#include "core/session_kept.h"
#include "net/link.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <parley/module.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ids are (generation << 24) + slot + 1, so a stale one is never found. */
#define SLOT_BITS 24
#define SLOT_MASK ((1u << SLOT_BITS) - 1)

#define RETRY_SECONDS 5 /* what clients are told when the node ends their sessions to restart */

static struct {
	struct parley_session **slots;
	uint64_t *generations;
	uint32_t slot_count, free_hint;
	struct table accounts; /* name -> first session of the account */
	struct session_limits limits;
	struct session_stats stats;
} S;

void
session_start(const struct session_limits *limits)
{
	S.limits = *limits;
}

void
session_set_limits(const struct session_limits *limits)
{
	S.limits = *limits;
}

static void
session_free(struct parley_session *s)
{
	timer_free(&s->expiry);
	kept_clear(s);
	kept_forget_marks(s);
	free(s->passed);
	free(s->address);
	free(s);
}

void
session_stop(void)
{
	for (uint32_t i = 0; i < S.slot_count; i++)
		if (S.slots[i] != NULL)
			session_free(S.slots[i]);
	free(S.slots);
	free(S.generations);
	table_fini(&S.accounts);
	memset(&S, 0, sizeof S);
}

static void
slot_take(struct parley_session *s)
{
	uint32_t slot = S.free_hint;

	while (slot < S.slot_count && S.slots[slot] != NULL)
		slot++;
	if (slot == S.slot_count) {
		uint32_t count = S.slot_count == 0 ? 64 : S.slot_count * 2;

		parley_assert(count <= SLOT_MASK);
		S.slots = xrealloc(S.slots, count * sizeof *S.slots);
		S.generations = xrealloc(S.generations, count * sizeof *S.generations);
		memset(S.slots + S.slot_count, 0, (count - S.slot_count) * sizeof *S.slots);
		memset(S.generations + S.slot_count, 0,
		    (count - S.slot_count) * sizeof *S.generations);
		S.slot_count = count;
	}
	S.slots[slot] = s;
	S.free_hint = slot + 1;
	s->id = (++S.generations[slot] << SLOT_BITS) | (slot + 1);
}

static void
slot_give(const struct parley_session *s)
{
	uint32_t slot = (uint32_t)(s->id & SLOT_MASK) - 1;

	S.slots[slot] = NULL;
	if (slot < S.free_hint)
		S.free_hint = slot;
}

struct parley_session *
parley_session_find(parley_session_id id)
{
	uint32_t slot = (uint32_t)(id & SLOT_MASK) - 1;

	if (id == 0 || slot >= S.slot_count || S.slots[slot] == NULL || S.slots[slot]->id != id)
		return NULL;
	return S.slots[slot];
}

struct parley_session *
session_each(uint32_t *at)
{
	while (*at < S.slot_count) {
		struct parley_session *s = S.slots[(*at)++];

		if (s != NULL && !s->ended)
			return s;
	}
	return NULL;
}

static void
account_add(struct parley_session *s)
{
	struct parley_session *first = table_get(&S.accounts, s->account);

	if (first == NULL) {
		table_put(&S.accounts, s->account, s);
		channel_note_session(s->account, s);
		return;
	}
	s->next = first->next; /* the first stays: the table's value does not change */
	first->next = s;
}

static void
account_remove(struct parley_session *s)
{
	struct parley_session *first = table_get(&S.accounts, s->account);

	if (first == s) {
		table_remove(&S.accounts, s->account); /* the key is a member of s */
		if (s->next != NULL)
			table_put(&S.accounts, s->next->account, s->next);
		channel_note_session(s->account, s->next);
	} else {
		while (first->next != s)
			first = first->next;
		first->next = s->next;
	}
	s->next = NULL;
}

struct parley_session *
session_first(const char *account)
{
	return table_get(&S.accounts, account);
}

parley_session_id
parley_account_session(const char *account, unsigned n)
{
	struct parley_session *s = session_first(account);

	while (s != NULL && n-- > 0)
		s = s->next;
	return s != NULL ? s->id : 0;
}

static struct parley_session *
session_of_device(const char *account, const char *device)
{
	struct parley_session *s = session_first(account);

	while (s != NULL && strcmp(s->device, device) != 0)
		s = s->next;
	return s;
}

static void
session_expired(void *arg)
{
	session_end(arg, NULL);
}

static void
session_attach(struct parley_session *s, struct stream *stream)
{
	s->stream = stream;
	stream->session = s->id;
	stream->roles = s->roles;
	timer_stop(s->expiry);
	link_live(stream->conn);
}

void
stream_close(struct stream *stream, struct parley_payload *last)
{
	stream->dismissed = true;
	link_close(stream->conn, last);
}

/* What of this stream is under way still comes from a guest. */
static void
session_drop_stream(struct parley_session *s, struct parley_payload *last)
{
	stream_close(s->stream, last);
	s->stream->session = 0;
	s->stream->roles = PARLEY_ROLE_GUEST;
	s->stream = NULL;
}

/* The device has logged in anew, or resumes: its old connection is told and closed. */
static void
session_replace_stream(struct parley_session *s)
{
	static const struct parley_error replaced = { .code = PARLEY_CONFLICT,
		.text = "this device has logged in on another connection" };
	struct parley_payload *last = error_payload(NULL, &replaced, true);

	session_drop_stream(s, last);
	parley_payload_unref(&last);
	S.stats.detached++;
}

static struct parley_session *
account_oldest(const char *account, unsigned *count_r)
{
	struct parley_session *oldest = session_first(account);

	*count_r = 0;
	for (struct parley_session *s = oldest; s != NULL; s = s->next) {
		if (s->since < oldest->since)
			oldest = s;
		++*count_r;
	}
	return oldest;
}

/* One more session of the account comes: the oldest make room. A reload may have lowered the limit.
 */
static void
account_make_room(const char *account)
{
	struct parley_session *oldest;
	unsigned count;

	while ((oldest = account_oldest(account, &count)) != NULL && count >= S.limits.per_account)
		parley_session_end(
		    oldest->id, PARLEY_LIMIT, "too many devices are logged in at once");
}

struct parley_session *
session_bind(struct stream *stream, const char *account, const char *device, unsigned roles)
{
	struct parley_session *old = session_of_device(account, device);
	struct parley_session *s = xcalloc(1, sizeof *s);
	size_t size = strlen(account) + strlen(parley_domain()) + strlen(device) + 3;

	if (old != NULL) {
		if (old->stream != NULL)
			session_replace_stream(old);
		session_end(old, NULL);
	}
	account_make_room(account);
	snprintf(s->account, sizeof s->account, "%s", account);
	snprintf(s->device, sizeof s->device, "%s", device);
	s->address = xmalloc(size);
	snprintf(s->address, size, "%s@%s/%s", account, parley_domain(), device);
	s->roles = roles;
	s->message_key = rate_key("message", account);
	s->presence_key = rate_key("presence", account);
	s->since = parley_now();
	parley_random_text(s->resume, sizeof s->resume - 1);
	s->expiry = timer_new(session_expired, s);
	slot_take(s);
	account_add(s);
	session_attach(s, stream);
	S.stats.sessions++;
	S.stats.bound++;
	return s;
}

struct parley_session *
session_resume(struct stream *stream, const char *account, const char *device, const char *resume,
    uint64_t count)
{
	struct parley_session *s = session_of_device(account, device);

	if (s == NULL || s->overflowed || strlen(resume) != sizeof s->resume - 1 ||
	    CRYPTO_memcmp(s->resume, resume, sizeof s->resume - 1) != 0)
		return NULL;
	if (count < s->acked || count > s->sent)
		return NULL;
	if (s->stream != NULL)
		session_replace_stream(s);
	S.stats.detached--;
	session_ack(s, count, NULL);
	session_attach(s, stream);
	S.stats.resumed++;
	return s;
}

void
session_replay(struct parley_session *s)
{
	for (uint64_t n = s->acked; n != s->sent; n++)
		link_send(s->stream->conn, kept_at(s, n));
}

/* True for a message that is not to be sent now, or not again. */
static bool
session_passes_over(struct parley_session *s, const struct parley_payload *p)
{
	if (p->mid == NULL)
		return false;
	if (s->held) {
		s->held_back = true;
		return true;
	}
	if (s->passed == NULL)
		return false;
	if (strcmp(p->mid, s->passed) <= 0)
		return true;
	free(s->passed); /* mids only grow */
	s->passed = NULL;
	return false;
}

void
session_send(struct parley_session *s, struct parley_payload *p)
{
	if (session_passes_over(s, p))
		return;
	S.stats.frames++;
	if (!s->overflowed && !kept_push(s, p, &S.limits)) {
		S.stats.overflows++;
		kept_overflow(s);
	}
	if (s->overflowed)
		kept_mark(s, s->sent, p);
	s->sent++;
	if (s->stream != NULL)
		link_send(s->stream->conn, p);
	else if (s->overflowed)
		session_end(s, NULL); /* it cannot come back any more: it syncs from the archive */
}

unsigned
session_send_all(struct parley_session *first, struct parley_payload *p, parley_session_id but)
{
	struct parley_session *next;
	unsigned sent = 0;

	for (struct parley_session *s = first; s != NULL; s = next) {
		next = s->next; /* sending may end a session that has overflowed */
		if (s->id == but)
			continue;
		session_send(s, p);
		sent++;
	}
	return sent;
}

int
session_ack(struct parley_session *s, uint64_t count, struct parley_error *err)
{
	char mid[37] = "";

	if (count > s->sent)
		return parley_fail(err, PARLEY_BAD_REQUEST, "/count",
		    "is %" PRIu64 ", but only %" PRIu64 " frames were sent", count, s->sent);
	while (s->acked < count) /* nothing to do for an older count that came late */
		kept_pop(s, mid);
	if (mid[0] != '\0')
		hook_acked(s->id, mid);
	return 0;
}

struct ending {
	parley_session_id id;
	enum hook_name hook;
};

/* On a fiber. */
static void
session_fire(void *arg)
{
	struct ending *e = arg;
	struct parley_session *s = parley_session_find(e->id);

	if (s != NULL) {
		hook_session(e->hook, e->id, NULL, false);
		session_unuse(s);
	}
	free(e);
}

static void
session_fire_later(struct parley_session *s, enum hook_name hook)
{
	struct ending *e = xcalloc(1, sizeof *e);

	e->id = s->id;
	e->hook = hook;
	session_use(s);
	intake_run("session-hooks", session_fire, e);
}

void
session_detach(struct parley_session *s)
{
	s->stream = NULL;
	S.stats.detached++;
	if (S.limits.detached > 0 && S.stats.detached > S.limits.detached) {
		S.stats.crowded++;
		session_end(s, NULL);
		return;
	}
	if (s->overflowed || S.limits.resume_seconds == 0) {
		session_end(s, NULL);
		return;
	}
	timer_start(s->expiry, S.limits.resume_seconds * 1000, false);
	session_fire_later(s, HOOK_SESSION_DETACHED);
}

void
session_end(struct parley_session *s, struct parley_payload *last)
{
	if (s->ended)
		return;
	s->ended = true;
	account_remove(s);
	S.stats.sessions--;
	if (s->stream != NULL)
		session_drop_stream(s, last);
	else
		S.stats.detached--;
	timer_stop(s->expiry);
	kept_clear(s);
	session_fire_later(s, HOOK_SESSION_ENDED);
}

void
session_set_roles(const char *account, unsigned roles)
{
	for (struct parley_session *s = table_get(&S.accounts, account); s != NULL; s = s->next) {
		s->roles = roles;
		if (s->stream != NULL)
			s->stream->roles = roles;
	}
}

void
session_use(struct parley_session *s)
{
	s->busy++;
}

void
session_unuse(struct parley_session *s)
{
	if (--s->busy > 0 || !s->ended)
		return;
	slot_give(s);
	session_free(s);
}

struct session_stats
session_stats(void)
{
	S.stats.kept_bytes = kept_in_all();
	return S.stats;
}

/* ---- the public face ---------------------------------------------------------------------- */

parley_session_id
parley_session_get_id(const struct parley_session *s)
{
	return s->id;
}

const char *
parley_session_account(const struct parley_session *s)
{
	return s->account;
}

const char *
parley_session_device(const struct parley_session *s)
{
	return s->device;
}

const char *
parley_session_address(const struct parley_session *s)
{
	return s->address;
}

unsigned
parley_session_roles(const struct parley_session *s)
{
	return s->roles;
}

const char *
parley_session_peer(const struct parley_session *s)
{
	return s->stream != NULL ? s->stream->facts->peer : "";
}

uint64_t
parley_session_most(void)
{
	return S.limits.most;
}

bool
parley_session_connected(const struct parley_session *s)
{
	return s->stream != NULL;
}

bool
parley_session_ended(const struct parley_session *s)
{
	return s->ended;
}

void
parley_session_hold(parley_session_id id, bool on)
{
	struct parley_session *s = parley_session_find(id);

	if (s != NULL)
		s->held = on;
}

void
parley_session_passed(parley_session_id id, const char *mid)
{
	struct parley_session *s = parley_session_find(id);

	if (s == NULL)
		return;
	free(s->passed);
	s->passed = xstrdup(mid);
}

bool
parley_session_held_back(parley_session_id id)
{
	struct parley_session *s = parley_session_find(id);
	bool was = s != NULL && s->held_back;

	if (s != NULL)
		s->held_back = false;
	return was;
}

bool
parley_send(parley_session_id to, struct parley_payload *p)
{
	struct parley_session *s = parley_session_find(to);

	if (s == NULL || s->ended)
		return false;
	session_send(s, p);
	return true;
}

unsigned
parley_send_account(const char *account, struct parley_payload *p, parley_session_id but)
{
	return session_send_all(session_first(account), p, but);
}

void
parley_session_end(parley_session_id id, enum parley_code code, const char *text)
{
	struct parley_session *s = parley_session_find(id);
	struct parley_error err = { .code = code };
	struct parley_payload *last;

	if (s == NULL)
		return;
	if (code == PARLEY_BUSY)
		err.retry_after = RETRY_SECONDS;
	snprintf(err.text, sizeof err.text, "%s", text);
	last = error_payload(NULL, &err, true);
	session_end(s, last);
	parley_payload_unref(&last);
}
