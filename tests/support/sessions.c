/* SPDX-License-Identifier: MIT */
/* sessions.c - sessions on streams of the test's own. */
#include "support/test.h"

#include "support/sessions.h"

#include "base/clock.h"
#include "core/hook.h"

#include <parley/module.h>
#include <stdio.h>
#include <string.h>

static struct stream streams[256];
static unsigned streams_used;

struct sessions_seen sessions_seen;
int64_t sessions_now = 1800000000000;

static int64_t
clock_read(void)
{
	return sessions_now;
}

void
sessions_clock(void)
{
	clock_replace(clock_read, clock_read);
}

static void
note(const char *hook, parley_session_id id, const char *mid)
{
	unsigned n = sessions_seen.count++;
	const struct parley_session *s = parley_session_find(id);

	if (n >= SESSIONS_SEEN)
		return;
	sessions_seen.hook[n] = hook;
	sessions_seen.id[n] = id;
	sessions_seen.found[n] = s != NULL;
	sessions_seen.ended[n] = s != NULL && parley_session_ended(s);
	snprintf(sessions_seen.mid[n], sizeof sessions_seen.mid[n], "%s", mid);
}

static enum parley_verdict
on_detached(void *self, parley_session_id s, const struct parley_json *frame, bool resumed)
{
	note("detached", s, "");
	return PARLEY_PASS;
}

static enum parley_verdict
on_ended(void *self, parley_session_id s, const struct parley_json *frame, bool resumed)
{
	note("ended", s, "");
	parley_event_set(&sessions_seen.over, 0);
	return PARLEY_PASS;
}

static enum parley_verdict
on_acked(void *self, parley_session_id s, const char *mid)
{
	note("acked", s, mid);
	return PARLEY_PASS;
}

static const struct owner tester = { .module = "test" };

static const struct parley_hook hooks[] = {
	{ .name = "session-detached", .session = on_detached },
	{ .name = "session-ended", .session = on_ended },
	{ .name = "session-acked", .acked = on_acked },
	{ 0 },
};

int
sessions_up(void **state)
{
	memset(&sessions_seen, 0, sizeof sessions_seen);
	streams_used = 0;
	core_up(NULL);
	for (const struct parley_hook *h = hooks; h->name != NULL; h++)
		assert_int_equal(hook_add(h, &tester, NULL), 0);
	return 0;
}

int
sessions_down(void **state)
{
	core_down();
	return 0;
}

struct stream *
sessions_stream(void)
{
	struct stream *s = &streams[streams_used++];

	*s = (struct stream){ .conn = core_connect(false), .roles = PARLEY_ROLE_GUEST };
	s->facts = core_facts(s->conn);
	return s;
}

struct parley_session *
sessions_bind(struct stream *stream, const char *account, const char *device)
{
	return session_bind(stream, account, device, PARLEY_ROLE_USER);
}

struct parley_payload *
sessions_payload(const char *text, const char *mid)
{
	struct parley_text json = { 0 };
	struct parley_payload *p;

	parley_text_puts(&json, text);
	p = parley_payload_new(&json);
	if (mid != NULL)
		parley_payload_set_mid(p, mid);
	return p;
}

void
sessions_send(struct parley_session *s, const char *text, const char *mid)
{
	struct parley_payload *p = sessions_payload(text, mid);

	session_send(s, p);
	parley_payload_unref(&p);
}

void
sessions_send_numbers(struct parley_session *s, unsigned from, unsigned to)
{
	char text[16];

	for (unsigned n = from; n < to; n++) {
		snprintf(text, sizeof text, "%u", n);
		sessions_send(s, text, NULL);
	}
}

void
assert_numbers(conn_id conn, unsigned from, unsigned to)
{
	char text[16];

	assert_int_equal(core_sent(conn), to - from);
	for (unsigned n = from; n < to; n++) {
		snprintf(text, sizeof text, "%u", n);
		assert_string_equal(core_frame(conn, n - from), text);
	}
}

struct session_limits
sessions_limits(uint32_t frames, size_t bytes, unsigned sessions)
{
	return (struct session_limits){ frames, bytes, 300, sessions, 0, 0, 0 };
}
