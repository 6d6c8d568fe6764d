/* SPDX-License-Identifier: MIT */
/* speak_parley.c - Parley's protocol, over TLS and over WebSocket. */
#include "control.h"
#include "scram.h"
#include "speak.h"
#include "websocket.h"

#include "base/arena.h"
#include "base/xalloc.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACK_EVERY 32 /* frames: what docs/protocol.md says is right */

struct speech {
	char device[64], token[128];
	char cursor[128]; /* of the inbox */
	struct scram scram;
	unsigned counted, acked;
	bool upgraded;
};

static struct speech *
speech_of(struct user *u)
{
	if (u->speech == NULL)
		u->speech = xcalloc(1, sizeof(struct speech));
	return u->speech;
}

static void parley_say(struct user *u, const char *fmt, ...) PARLEY_PRINTF(2, 3);

static void
parley_say(struct user *u, const char *fmt, ...)
{
	char frame[4096];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(frame, sizeof frame, fmt, ap);
	va_end(ap);
	if (len < 0 || (size_t)len + 1 >= sizeof frame)
		load_die("a frame is too long");
	if (options.websocket) {
		websocket_send(&u->wire, frame, (size_t)len);
	} else {
		frame[len] = '\n';
		wire_write(&u->wire, frame, (size_t)len + 1);
	}
}

/* ---- accounts ----------------------------------------------------------------------------- */

static void
parley_make_accounts(unsigned count)
{
	if (options.control != NULL)
		control_make_accounts(count);
	if (options.login == LOGIN_TOKEN)
		users_enroll(); /* for the tokens */
}

/* ---- logging in --------------------------------------------------------------------------- */

/* ",\"device\":{...}" and whether it wants what it has missed. */
static const char *
device_members(const struct speech *s)
{
	static char text[120];

	snprintf(text, sizeof text, ",\"device\":{%s%s%s}%s",
	    s->device[0] != '\0' ? "\"id\":\"" : "\"name\":\"bench", s->device, "\"",
	    load.missed ? ",\"missed\":true" : "");
	return text;
}

static void
auth_scram(struct user *u, struct speech *s)
{
	struct parley_text first = { 0 };
	char name[16];

	snprintf(name, sizeof name, USER_NAME, u->index);
	scram_first(&s->scram, SCRAM_SCRYPT_SHA_256, name, &first);
	parley_say(u,
	    "{\"type\":\"auth\",\"mechanism\":\"SCRAM-SCRYPT-SHA-256\",\"data\":\"%s\"%s}", first.s,
	    device_members(s));
	parley_text_fini(&first);
}

static void
take_hello(struct user *u, struct speech *s)
{
	if (options.login == LOGIN_SCRAM)
		auth_scram(u, s);
	else if (options.login == LOGIN_TOKEN && s->token[0] != '\0')
		parley_say(u,
		    "{\"type\":\"auth\",\"mechanism\":\"TOKEN\",\"user\":\"" USER_NAME
		    "\",\"token\":\"%s\"%s}",
		    u->index, s->token, device_members(s));
	else
		parley_say(u,
		    "{\"type\":\"auth\",\"mechanism\":\"PLAIN\",\"user\":\"" USER_NAME
		    "\",\"password\":\"%s\"%s}",
		    u->index, options.password, device_members(s));
}

static void
take_challenge(struct user *u, struct speech *s, const struct parley_json *frame)
{
	const char *data = parley_json_string_or(parley_json_get(frame, "data"), "");
	struct parley_text final = { 0 };

	if (!scram_final(&s->scram, data, options.password, &final))
		load_die("user %u: a challenge that makes no sense: %s", u->index, data);
	parley_say(u, "{\"type\":\"response\",\"data\":\"%s\"}", final.s);
	parley_text_fini(&final);
}

static void
keep(char *out, size_t size, const struct parley_json *value)
{
	if (parley_json_len(value) >= size)
		load_die("a device or token is too long: %s", parley_json_string(value));
	if (value != NULL)
		snprintf(out, size, "%s", parley_json_string(value));
}

static void
take_ready(struct user *u, struct speech *s, const struct parley_json *frame)
{
	keep(s->device, sizeof s->device, parley_json_get(frame, "device"));
	keep(s->token, sizeof s->token, parley_json_get(frame, "token"));
	s->counted = s->acked = 0;
	parley_say(u, "{\"type\":\"presence\",\"show\":\"available\"}");
	if (load.bare)
		user_is_ready(u);
	else
		parley_say(u, "{\"type\":\"request\",\"id\":\"r\",\"method\":\"roster.list\"}");
}

/* ---- frames ------------------------------------------------------------------------------- */

static void parley_inbox(struct user *u, bool from_nothing);

static void
take_inbox(struct user *u, struct speech *s, const struct parley_json *inbox)
{
	load.chats += parley_json_len(parley_json_get(inbox, "chats"));
	keep(s->cursor, sizeof s->cursor, parley_json_get(inbox, "cursor"));
	if (parley_json_bool(parley_json_get(inbox, "more"), false))
		parley_inbox(u, false);
	else
		user_is_done(u);
}

/* Ids: "r" the roster, "q" a question, "i" the inbox, "mRUN-USER-NUMBER" a message. */
static void
take_result(struct user *u, struct speech *s, const struct parley_json *frame)
{
	const char *id = parley_json_string_or(parley_json_get(frame, "id"), "");
	const char *number = strrchr(id, '-');

	if (id[0] == 'm' && number != NULL)
		user_has_sent(u, (unsigned)strtoul(number + 1, NULL, 10));
	else if (id[0] == 'r')
		user_is_ready(u);
	else if (id[0] == 'i')
		take_inbox(u, s, parley_json_get(frame, "result"));
	else
		user_is_done(u);
}

static void
count_frame(struct user *u, struct speech *s)
{
	s->counted++;
	if (s->counted - s->acked < ACK_EVERY)
		return;
	s->acked = s->counted;
	parley_say(u, "{\"type\":\"ack\",\"count\":%u}", s->counted);
}

static void
take_counted(struct user *u, struct speech *s, const char *type, const struct parley_json *frame)
{
	count_frame(u, s);
	if (strcmp(type, "message") == 0) {
		const struct parley_json *text = parley_json_get(frame, "text");

		user_has_message(u, parley_json_string_or(text, ""), parley_json_len(text));
	} else if (strcmp(type, "result") == 0) {
		take_result(u, s, frame);
	}
}

static void
take_frame(struct user *u, char *bytes, size_t len)
{
	struct speech *s = speech_of(u);
	struct parley_error err = { 0 };
	struct arena arena = { 0 };
	const struct parley_json *frame = json_parse(&arena, bytes, len, &json_limits_own, &err);
	const char *type = parley_json_string_or(parley_json_get(frame, "type"), "");

	if (strcmp(type, "hello") == 0)
		take_hello(u, s);
	else if (strcmp(type, "challenge") == 0)
		take_challenge(u, s, frame);
	else if (strcmp(type, "ready") == 0)
		take_ready(u, s, frame);
	else if (strcmp(type, "pong") == 0)
		user_is_done(u);
	else if (strcmp(type, "error") == 0)
		user_is_refused(u, parley_json_string_or(parley_json_get(frame, "id"), ""),
		    parley_json_string_or(parley_json_get(frame, "code"), ""),
		    parley_json_string_or(parley_json_get(frame, "text"), ""));
	else if (frame != NULL)
		take_counted(u, s, type, frame);
	else
		load_die("user %u got what is no JSON: %s", u->index, err.text);
	arena_fini(&arena);
}

static size_t
websocket_input(struct user *u, char *bytes, size_t len)
{
	struct speech *s = speech_of(u);
	unsigned life = u->wire.life;
	struct websocket_frame frame;
	size_t at = 0, used;

	if (!s->upgraded) {
		at = websocket_answer(bytes, len);
		s->upgraded = at > 0;
		if (!s->upgraded)
			return 0;
	}
	while ((used = websocket_cut(bytes + at, len - at, &frame)) > 0) {
		char after =
		    frame.payload[frame.len]; /* of the next frame; the reader ends texts */

		if (frame.opcode == 1)
			take_frame(u, frame.payload, frame.len);
		if (u->wire.life != life)
			break;
		frame.payload[frame.len] = after;
		at += used;
	}
	return at;
}

static void
parley_open(struct user *u)
{
	if (!options.websocket)
		return; /* the node speaks first */
	speech_of(u)->upgraded = false;
	websocket_ask(&u->wire, options.domain, "/ws", "parley.v1");
}

static size_t
parley_input(struct user *u, char *bytes, size_t len)
{
	if (options.websocket)
		return websocket_input(u, bytes, len);
	return user_lines(u, bytes, len, take_frame);
}

/* ---- what users do ------------------------------------------------------------------------ */

static void
parley_message(struct user *u, unsigned to, unsigned number, const char *text)
{
	parley_say(u,
	    "{\"type\":\"message\",\"id\":\"m%08x-%u-%u\",\"to\":\"" USER_NAME
	    "@%s\",\"text\":\"%s\"}",
	    load.run, u->index, number, to, options.domain, text);
}

static void
parley_befriend(struct user *u, unsigned other)
{
	parley_say(u,
	    "{\"type\":\"request\",\"id\":\"q\",\"method\":\"roster.request\",\"params\":{"
	    "\"address\":\"" USER_NAME "@%s\"}}",
	    other, options.domain);
}

/* The name of a room: of this run, as names are given once. */
#define ROOM_NAME "b%08x%u"

/* Users join in the order of their rooms; the first to come makes it. */
static void
parley_join(struct user *u, unsigned room)
{
	static unsigned made;

	if (room == made) {
		made++;
		parley_say(u,
		    "{\"type\":\"request\",\"id\":\"q\",\"method\":\"groups.create\",\"params\":{"
		    "\"name\":\"" ROOM_NAME "\",\"kind\":\"public\",\"title\":\"Room\"}}",
		    load.run, room);
	} else {
		parley_say(u,
		    "{\"type\":\"request\",\"id\":\"q\",\"method\":\"groups.join\",\"params\":{"
		    "\"group\":\"" ROOM_NAME "@rooms.%s\"}}",
		    load.run, room, options.domain);
	}
}

static void
parley_group(struct user *u, unsigned room, unsigned number, const char *text)
{
	static unsigned nth; /* ids are used once, numbers again and again */

	parley_say(u,
	    "{\"type\":\"message\",\"id\":\"m%08x-%u-%u\",\"to\":\"" ROOM_NAME
	    "@rooms.%s\",\"text\":\"%s\"}",
	    load.run, nth++, number, load.run, room, options.domain, text);
}

static void
parley_inbox(struct user *u, bool from_nothing)
{
	const struct speech *s = speech_of(u);

	parley_say(u,
	    "{\"type\":\"request\",\"id\":\"i\",\"method\":\"history.inbox\",\"params\":{%s%s%s}}",
	    from_nothing ? "" : "\"since\":\"", from_nothing ? "" : s->cursor,
	    from_nothing ? "" : "\"");
}

static void
parley_probe(struct user *u)
{
	parley_say(u, "{\"type\":\"ping\"}");
}

static void
parley_page(struct user *u, unsigned other, unsigned before)
{
	parley_say(u,
	    "{\"type\":\"request\",\"id\":\"q\",\"method\":\"history.page\",\"params\":{\"chat\":"
	    "\"" USER_NAME "@%s\",\"before\":%u,\"limit\":50}}",
	    other, options.domain, before);
}

static void
parley_goodbye(struct user *u)
{
	parley_say(u, "{\"type\":\"close\"}");
}

const struct speaker speak_parley = {
	.name = "parley",
	.make_accounts = parley_make_accounts,
	.open = parley_open,
	.input = parley_input,
	.message = parley_message,
	.befriend = parley_befriend,
	.join = parley_join,
	.group = parley_group,
	.answers = true,
	.probe = parley_probe,
	.page = parley_page,
	.inbox = parley_inbox,
	.goodbye = parley_goodbye,
};
