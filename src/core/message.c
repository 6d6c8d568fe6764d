/* SPDX-License-Identifier: MIT */
/* message.c - the way of one message: checked, archived, delivered, answered.
 *
 * Order: a message keeps its sender's ticket from its arrival until it is queued for the archive,
 * so checks may suspend and overtake each other. The archive commits in the order it was asked, and
 * wakes in the order it committed; nothing suspends between that and the delivery. So the order of
 * the archive is the order that every reader sees, and no second lane is needed for the chat. */
#include "core/message.h"

#include "core/channel.h"
#include "core/frames.h"
#include "core/hook.h"
#include "core/router.h"

#include <inttypes.h>
#include <parley/module.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int64_t longest = INT64_MAX; /* characters of a message */

/* A message and what only the core needs to know of it. */
struct passage {
	struct parley_message m; /* first: modules see only this */
	struct stream *stream;
	struct parley_error refused;
	struct parley_text text;     /* one that a check has set, or empty */
	struct parley_text mentions; /* ",alice,bob," */
	bool shielded;               /* from the archive on */
};

enum parley_verdict
parley_message_refuse(struct parley_message *m, enum parley_code code, const char *fmt, ...)
{
	struct passage *p = (struct passage *)m;
	va_list ap;

	p->refused = (struct parley_error){ .code = code };
	va_start(ap, fmt);
	vsnprintf(p->refused.text, sizeof p->refused.text, fmt, ap);
	va_end(ap);
	return PARLEY_DONE;
}

enum parley_verdict
parley_message_refuse_error(struct parley_message *m, const struct parley_error *err)
{
	struct passage *p = (struct passage *)m;

	p->refused = *err;
	if (err->code == PARLEY_OK)
		p->refused.code = PARLEY_INTERNAL;
	return PARLEY_DONE;
}

void
parley_message_set_channel(struct parley_message *m, struct parley_channel *ch)
{
	channel_unref(&m->channel);
	m->channel = channel_ref(ch);
}

void
parley_message_set_text(struct parley_message *m, const char *text, size_t len)
{
	struct passage *p = (struct passage *)m;

	parley_text_clear(&p->text);
	parley_text_add(&p->text, text, len);
	m->text = p->text.s;
}

void
parley_message_mention(struct parley_message *m, const char *account)
{
	struct passage *p = (struct passage *)m;

	parley_text_puts(&p->mentions, p->mentions.len == 0 ? "," : "");
	parley_text_puts(&p->mentions, account);
	parley_text_putc(&p->mentions, ',');
}

bool
parley_message_names(const struct parley_message *m, const char *account)
{
	const struct passage *p = (const struct passage *)m;
	size_t len = strlen(account);
	const char *at = p->mentions.s;

	while (at != NULL && at[1] != '\0') {
		if (strncmp(at + 1, account, len) == 0 && at[1 + len] == ',')
			return true;
		at = strchr(at + 1, ',');
	}
	return false;
}

bool
parley_message_mentions(const struct parley_message *m, const char *account)
{
	return parley_message_names(m, "*") || parley_message_names(m, account);
}

bool
parley_message_to_group(const struct parley_message *m)
{
	return m->chat[0] == '#';
}

void
parley_chat_key(const char *a, const char *b, char *out)
{
	bool swap = strcmp(a, b) > 0;
	const char *first = swap ? b : a, *second = swap ? a : b;
	size_t len = strlen(first), rest = strlen(second);

	/* Not snprintf: that was a sixtieth of all that a message costs. */
	parley_assert(len + 1 + rest < PARLEY_KEY_MAX);
	memcpy(out, first, len);
	out[len] = '+';
	memcpy(out + len + 1, second, rest + 1);
}

/* Names the chat, in out. 0 or -1 with p->refused. */
static int
message_chat(struct passage *p, char out[PARLEY_KEY_MAX])
{
	struct parley_message *m = &p->m;

	if (strcmp(m->to.domain, parley_domain()) == 0) {
		parley_chat_key(m->from.name, m->to.name, out);
	} else if (strcmp(m->to.domain, parley_rooms_domain()) == 0) {
		out[0] = '#';
		memcpy(out + 1, m->to.name, sizeof m->to.name);
	} else {
		return parley_fail(&p->refused, PARLEY_NOT_IMPLEMENTED, "/to",
		    "this node serves only %s so far", parley_domain());
	}
	m->chat = out;
	return 0;
}

/* To whom, in which chat. 0 or -1 with p->refused. */
static int
message_address(struct passage *p, char chat[PARLEY_KEY_MAX])
{
	struct parley_message *m = &p->m;
	const char *to = parley_json_string(parley_json_get(m->frame, "to"));

	if (parley_address_parse(to, &m->to, &p->refused) != 0) {
		snprintf(p->refused.where, sizeof p->refused.where, "/to");
		return -1;
	}
	if (m->to.name[0] == '\0')
		return parley_fail(&p->refused, PARLEY_BAD_REQUEST, "/to", "names no account");
	m->to.device[0] = '\0'; /* a message is for the person, on every device */
	return message_chat(p, chat);
}

static void
message_from(struct parley_message *m, const struct parley_session *s)
{
	const char *domain = parley_domain();

	memcpy(m->from.name, s->account, sizeof m->from.name);
	memcpy(m->from.device, s->device, sizeof m->from.device);
	memcpy(m->from.domain, domain, strlen(domain) + 1);
}

void
message_set_longest(int64_t characters)
{
	longest = characters;
}

int64_t
parley_message_longest(void)
{
	return longest;
}

/* The schema allows what a node may allow at most; this one may allow less. */
static int
message_length(struct passage *p)
{
	size_t bytes;

	if (p->m.text == NULL && parley_json_get(p->m.frame, "forward") != NULL)
		return 0; /* a check fills it in */
	if (p->m.text == NULL)
		return parley_fail(&p->refused, PARLEY_BAD_REQUEST, "/text", "is required");
	bytes = strlen(p->m.text);
	if ((int64_t)bytes > longest && (int64_t)parley_utf8_length(p->m.text, bytes) > longest)
		return parley_fail(&p->refused, PARLEY_TOO_LARGE, "/text",
		    "must be at most %" PRId64 " characters", longest);
	return 0;
}

/* May it be sent? Awaits. 0 or -1 with p->refused. */
static int
message_check(struct passage *p)
{
	struct parley_account account;

	if (hook_message(HOOK_MESSAGE_CHECK, &p->m) == PARLEY_DONE) {
		if (p->refused.code == PARLEY_OK)
			return parley_fail(
			    &p->refused, PARLEY_NOT_ALLOWED, NULL, "this message was refused");
		return -1;
	}
	if (p->m.text == NULL)
		return parley_fail(&p->refused, PARLEY_BAD_REQUEST, "/text", "is required");
	if (p->m.channel != NULL)
		return 0;
	if (parley_message_to_group(&p->m))
		return parley_fail(&p->refused, PARLEY_NOT_FOUND, "/to", "there is no such group");
	return parley_account_get(p->m.to.name, &account, &p->refused);
}

/* Durable from here on: stamps it, queues it in its sender's order, waits for the commit. */
static int
message_archive(struct passage *p, struct parley_ticket *arrival)
{
	struct parley_message *m = &p->m;
	int rc = 0;

	if (parley_await_turn(arrival) != 0)
		return parley_fail(&p->refused, PARLEY_BUSY, NULL, "this node is shutting down");
	parley_shield(true); /* archived implies delivered, also when the sender goes away */
	p->shielded = true;
	parley_mid_new(m->mid);
	m->time = parley_now();
	hook_message(HOOK_MESSAGE_ARCHIVE, m);
	if (!m->archiving && p->refused.code != PARLEY_OK)
		return -1;
	parley_lane_leave(arrival);
	if (m->archiving) {
		rc = parley_await_event(&m->append.done, -1);
		if (rc != 0)
			p->refused = m->append.err;
		else
			hook_message(HOOK_MESSAGE_ARCHIVED, m);
	}
	return rc;
}

/* What is refused may be a retry of what was not: that is answered as the first one was, whatever
 * has changed since. In turn, so that the first one has been queued. Awaits. */
static void
message_seek(struct passage *p, struct parley_ticket *arrival)
{
	struct parley_message *m = &p->m;

	if (m->archiving || p->refused.code == PARLEY_BUSY || p->refused.code == PARLEY_INTERNAL ||
	    parley_await_turn(arrival) != 0)
		return;
	if (!p->shielded)
		parley_shield(true); /* the store has m->append */
	p->shielded = true;
	hook_message(HOOK_MESSAGE_REFUSED, m);
	if (!m->archiving || parley_await_event(&m->append.done, -1) != 0)
		return;
	hook_message(HOOK_MESSAGE_ARCHIVED, m);
	if (m->repeated)
		p->refused = (struct parley_error){ 0 };
}

/* Whether the sender has more than the sending session, which may be gone. */
static bool
has_other_devices(const struct parley_message *m)
{
	const struct parley_session *first = session_first(m->from.name);

	return first != NULL && (first->next != NULL || first->id != m->session);
}

/* The frames of one message: each grade shares one, which is made when the first wants it. */
struct copies {
	const struct parley_message *m;
	const char *chat;
	struct parley_payload *graded[PARLEY_GRADE_MENTION + 1];
	unsigned sent;
};

static void
copies_send(void *arg, const char *account, struct parley_session *first)
{
	struct copies *c = arg;
	const struct parley_message *m = c->m;
	enum parley_grade grade = PARLEY_GRADE_NONE;

	if (first == NULL || strcmp(account, m->from.name) == 0)
		return; /* what the sender's devices get is another frame */
	if (m->grade != NULL)
		grade = m->grade(m->grade_self, account, m);
	if (c->graded[grade] == NULL)
		c->graded[grade] = message_payload(m, c->chat, false, grade);
	c->sent += session_send_all(first, c->graded[grade], 0);
}

/* To every device of the receivers, and to the sender's others. Does not suspend. */
static void
message_deliver(const struct parley_message *m)
{
	char from[PARLEY_ADDRESS_SIZE], to[PARLEY_ADDRESS_SIZE];
	struct copies c = { .m = m, .chat = m->channel != NULL ? to : from };
	struct parley_payload *copy;

	parley_address_format(&m->from, false, from, sizeof from);
	parley_address_format(&m->to, false, to, sizeof to);
	if (m->channel != NULL)
		channel_each(m->channel, copies_send, &c);
	else
		copies_send(&c, m->to.name, session_first(m->to.name));
	if (has_other_devices(m)) {
		copy = message_payload(m, to, true, PARLEY_GRADE_NONE);
		c.sent += parley_send_account(m->from.name, copy, m->session);
		parley_payload_unref(&copy);
	}
	for (int grade = 0; grade <= PARLEY_GRADE_MENTION; grade++)
		parley_payload_unref(&c.graded[grade]);
	router_count_delivered(c.sent);
}

static void
message_answer(struct passage *p)
{
	struct parley_payload *answer;

	if (p->refused.code != PARLEY_OK) {
		stream_refuse(p->stream, p->m.id, &p->refused, false);
		return;
	}
	answer = sent_payload(&p->m);
	stream_send(p->stream, answer);
	parley_payload_unref(&answer);
}

static void
passage_fini(struct passage *p)
{
	channel_unref(&p->m.channel);
	parley_text_fini(&p->m.extra);
	parley_text_fini(&p->m.kept);
	parley_text_fini(&p->text);
	parley_text_fini(&p->mentions);
}

void
message_run(struct stream *stream, struct stanza *stanza)
{
	struct passage p = { .stream = stream };
	struct parley_message *m = &p.m;
	struct parley_ticket arrival = { 0 };
	struct parley_session *s = parley_session_find(stream->session);
	char chat[PARLEY_KEY_MAX];

	if (s == NULL)
		return; /* it has ended since the stanza came: the client will send again */
	session_use(s);
	parley_lane_join(&s->lane, &arrival);
	m->session = s->id;
	m->id = stanza->id;
	m->text = parley_json_string(parley_json_get(stanza->root, "text"));
	m->frame = stanza->root;
	message_from(m, s);
	if (message_length(&p) != 0 || message_address(&p, chat) != 0 || message_check(&p) != 0 ||
	    message_archive(&p, &arrival) != 0)
		message_seek(&p, &arrival);
	else if (!m->repeated)
		message_deliver(m);
	parley_lane_leave(&arrival);
	session_unuse(s);
	message_answer(&p);
	if (p.refused.code == PARLEY_OK && !m->repeated)
		hook_message(HOOK_MESSAGE_DELIVERED, m);
	if (p.shielded)
		parley_shield(false);
	passage_fini(&p);
}
