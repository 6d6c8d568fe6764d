/* SPDX-License-Identifier: MIT */
/* message.c - the way of one message: checked, archived, delivered, answered.
 *
 * Order: a message keeps its sender's ticket from its arrival until it is queued for the archive,
 * so checks may suspend and overtake each other. The archive commits in the order it was asked, and
 * tells in the order it committed; nothing suspends between that and the delivery. So the order of
 * the archive is the order that every reader sees, and no second lane is needed for the chat.
 *
 * While the archive has a message no fiber waits for it: hundreds of stacks would leave the
 * processor's cache, and each message paid for that. One fiber takes all that a commit has made
 * durable the rest of their way. */
#include "core/message.h"

#include "base/xalloc.h"
#include "core/channel.h"
#include "core/frames.h"
#include "core/hook.h"
#include "core/intake.h"
#include "core/patience.h"
#include "core/router.h"

#include <inttypes.h>
#include <parley/module.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef PARLEY_SANITIZED
#define SPARES 0 /* they see what is used after its end */
#else
#define SPARES 256
#endif

static int64_t longest = INT64_MAX; /* characters of a message */

/* A message and what only the core needs to know of it. */
struct passage {
	struct parley_message m; /* first: modules see only this */
	struct stream *stream;
	struct stanza *stanza;
	struct parley_session *session;
	struct parley_ticket arrival;
	struct parley_text text;     /* one that a check has set, or empty */
	struct parley_text mentions; /* ",alice,bob," */
	struct patience patience;
	struct scope *scope;  /* held while the archive has it */
	struct passage *next; /* in a list */
	bool shielded;        /* from the archive on */
	struct parley_error refused;
	char chat[PARLEY_KEY_MAX];
};

struct passages {
	struct passage *first, *last;
};

static struct {
	struct passages told; /* message-delivered has yet to be called for them */
	bool called;          /* a fiber is on its way to them */
	struct passage *spare;
	unsigned spares;
} P;

static void
passages_add(struct passages *list, struct passage *p)
{
	p->next = NULL;
	if (list->first == NULL)
		list->first = p;
	else
		list->last->next = p;
	list->last = p;
}

static struct passage *
passages_take(struct passages *list)
{
	struct passage *p = list->first;

	if (p != NULL)
		list->first = p->next;
	return p;
}

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

/* Names the chat. 0 or -1 with p->refused. */
static int
message_chat(struct passage *p)
{
	struct parley_message *m = &p->m;

	if (strcmp(m->to.domain, parley_domain()) == 0) {
		parley_chat_key(m->from.name, m->to.name, p->chat);
	} else if (strcmp(m->to.domain, parley_rooms_domain()) == 0) {
		p->chat[0] = '#';
		memcpy(p->chat + 1, m->to.name, sizeof m->to.name);
	} else {
		return parley_fail(&p->refused, PARLEY_NOT_IMPLEMENTED, "/to",
		    "this node serves only %s so far", parley_domain());
	}
	m->chat = p->chat;
	return 0;
}

/* To whom, in which chat. 0 or -1 with p->refused. */
static int
message_address(struct passage *p)
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
	return message_chat(p);
}

static void
message_from(struct parley_message *m, const struct parley_session *s)
{
	const char *domain = parley_domain();

	memcpy(m->from.name, s->account, strlen(s->account) + 1);
	memcpy(m->from.device, s->device, strlen(s->device) + 1);
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

/* Stamps it and queues it in its sender's order; m->archiving says whether an archive has taken it.
 * 0 or -1 with p->refused. */
static int
message_archive(struct passage *p)
{
	struct parley_message *m = &p->m;

	if (parley_await_turn(&p->arrival) != 0)
		return parley_fail(&p->refused, PARLEY_BUSY, NULL, "this node is shutting down");
	parley_shield(true); /* archived implies delivered, also when the sender goes away */
	p->shielded = true;
	parley_mid_new(m->mid);
	m->time = parley_now();
	hook_message(HOOK_MESSAGE_ARCHIVE, m);
	if (!m->archiving && p->refused.code != PARLEY_OK)
		return -1;
	parley_lane_leave(&p->arrival);
	return 0;
}

/* What is refused may be a retry of what was not: that is answered as the first one was, whatever
 * has changed since. In turn, so that the first one has been queued. Awaits. */
static void
message_seek(struct passage *p)
{
	struct parley_message *m = &p->m;

	if (p->refused.code == PARLEY_BUSY || p->refused.code == PARLEY_INTERNAL ||
	    parley_await_turn(&p->arrival) != 0)
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

	if (patience_end(&p->patience))
		return;
	if (p->refused.code != PARLEY_OK) {
		stream_refuse(p->stream, p->m.id, &p->refused, false);
		return;
	}
	answer = sent_payload(&p->m);
	stream_send(p->stream, answer);
	parley_payload_unref(&answer);
}

/* ---- a passage ---------------------------------------------------------------------------- */

static struct passage *
passage_take(void)
{
	struct passage *p = P.spare;

	if (p == NULL)
		return xmalloc(sizeof *p);
	P.spare = p->next;
	P.spares--;
	return p;
}

static void
passage_give(struct passage *p)
{
	if (P.spares + 1 > SPARES) { /* not >=: compilers know how that is with 0 */
		free(p);
		return;
	}
	p->next = P.spare;
	P.spare = p;
	P.spares++;
}

static void
address_clear(struct parley_address *a)
{
	a->name[0] = a->domain[0] = a->device[0] = '\0';
}

static void
error_clear(struct parley_error *err)
{
	err->code = PARLEY_OK;
	err->retry_after = 0;
	err->where[0] = err->text[0] = '\0';
}

/* All of it is 1,900 bytes in 30 lines of the cache that a message would have no other use for. */
static struct passage *
passage_new(struct stream *stream, struct stanza *stanza, struct parley_session *s)
{
	struct passage *p = passage_take();
	struct parley_message *m = &p->m;

	memset(m, 0, offsetof(struct parley_message, append.err));
	error_clear(&m->append.err);
	m->append.stream[0] = m->append.origin[0] = '\0';
	address_clear(&m->from);
	address_clear(&m->to);
	memset(&p->stream, 0, offsetof(struct passage, refused) - offsetof(struct passage, stream));
	error_clear(&p->refused);
	p->chat[0] = '\0';
	p->stream = stream;
	p->stanza = stanza;
	p->session = s;
	session_use(s);
	m->session = s->id;
	m->id = stanza->id;
	m->text = parley_json_string(parley_json_get(stanza->root, "text"));
	m->frame = stanza->root;
	message_from(m, s);
	patience_begin(&p->patience, stream, stanza);
	return p;
}

static void
passage_end(struct passage *p)
{
	channel_unref(&p->m.channel);
	parley_text_fini(&p->m.extra);
	parley_text_fini(&p->m.kept);
	parley_text_fini(&p->text);
	parley_text_fini(&p->mentions);
	stanza_end(p->stream, p->stanza);
	passage_give(p);
}

/* Log lines name it. */
static void
speak_of(const struct passage *p)
{
	struct task_context *context = task_context();

	context->stanza = p != NULL ? p->m.id : NULL;
	context->session = p != NULL ? p->m.session : 0;
}

/* ---- the rest of the way ------------------------------------------------------------------ */

/* To its readers, and the answer. Does not suspend. */
static void
passage_tell(struct passage *p)
{
	if (p->refused.code == PARLEY_OK && !p->m.repeated)
		message_deliver(&p->m);
	parley_lane_leave(&p->arrival);
	session_unuse(p->session);
	message_answer(p);
}

static void
passage_told(struct passage *p)
{
	if (p->refused.code == PARLEY_OK && !p->m.repeated)
		hook_message(HOOK_MESSAGE_DELIVERED, &p->m);
	speak_of(NULL);
	passage_end(p);
}

/* The archive has told how it went. */
static void
passage_archived(struct passage *p)
{
	if (p->m.append.done.rc != 0)
		p->refused = p->m.append.err;
	else
		hook_message(HOOK_MESSAGE_ARCHIVED, &p->m);
}

/* What modules do afterwards. What they await holds up the others until the end of the round. */
static void
passages_run(void *arg)
{
	struct passage *p;
	struct scope *scope;

	P.called = false;
	parley_shield(true);
	while ((p = passages_take(&P.told)) != NULL) {
		speak_of(p);
		scope = p->scope;
		passage_told(p);
		scope_release(scope);
	}
	parley_shield(false);
}

static void
passages_call(void)
{
	if (P.called)
		return;
	P.called = true;
	intake_run("messages", passages_run, NULL);
}

void
message_round(void)
{
	if (P.told.first != NULL)
		passages_call();
}

/* On the fiber that tells of all appends in their order. */
static void
on_archived(struct parley_event *done)
{
	struct passage *p =
	    (struct passage *)((char *)done - offsetof(struct passage, m.append.done));
	struct task_context *context = task_context(), before = *context;

	speak_of(p);
	context->scope = p->scope;
	parley_noawait_begin();
	passage_archived(p);
	passage_tell(p);
	parley_noawait_end();
	*context = before;
	passages_add(&P.told, p);
	passages_call();
}

void
message_run(struct stream *stream, struct stanza *stanza)
{
	struct parley_session *s = parley_session_find(stream->session);
	struct passage *p;
	bool shielded;

	if (s == NULL) { /* it has ended since the stanza came: the client will send again */
		stanza_end(stream, stanza);
		return;
	}
	p = passage_new(stream, stanza, s);
	parley_lane_join(&s->lane, &p->arrival);
	if (message_length(p) != 0 || message_address(p) != 0 || message_check(p) != 0 ||
	    message_archive(p) != 0) {
		message_seek(p);
	} else if (p->m.archiving && !p->m.append.done.set) {
		p->scope = scope_current();
		scope_hold(p->scope);
		p->m.append.done.then = on_archived;
		parley_shield(false);
		return;
	} else if (p->m.archiving) {
		passage_archived(p);
	}
	shielded = p->shielded;
	passage_tell(p);
	passage_told(p);
	if (shielded)
		parley_shield(false);
}

void
message_stop(void)
{
	parley_assert(P.told.first == NULL);
	while (P.spare != NULL)
		free(passage_take());
	P.spares = 0;
	P.called = false;
}
