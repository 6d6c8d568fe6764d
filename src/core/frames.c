/* SPDX-License-Identifier: MIT */
/* frames.c - the frames that the core itself writes. */
#include "core/frames.h"

#include "net/payload.h"
#include "json/json_put.h"

#include <string.h>

/* What the frames below need for their fixed parts, numbers and mids. */
#define RESULT_ROOM  160
#define MESSAGE_ROOM 220

struct parley_payload *
error_payload(const char *id, const struct parley_error *err, bool fatal)
{
	/* busy is always said with a time, also where none was thought of */
	uint32_t wait = err->retry_after == 0 && err->code == PARLEY_BUSY ? 1 : err->retry_after;
	struct parley_text text = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "error");
	parley_put_string(&w, "id", id);
	parley_put_string(&w, "code", parley_code_name(err->code));
	parley_put_string(&w, "text", err->text);
	if (err->where[0] != '\0')
		parley_put_string(&w, "where", err->where);
	if (wait > 0)
		parley_put_int(&w, "retry_after", wait);
	if (fatal)
		parley_put_bool(&w, "fatal", true);
	parley_put_end(&w);
	return parley_payload_new(&text);
}

/* What was written up to to belongs to the text. */
static void
text_reaches(struct parley_text *text, const char *to)
{
	text->len = (size_t)(to - text->s);
	parley_assert(text->len < text->cap);
	text->s[text->len] = '\0';
}

/* This frame and the next are made for every message, so they are not written member by member:
 * that took four times as long, and an eighth of all that a message cost. */
struct parley_payload *
sent_payload(const struct parley_message *m)
{
	struct parley_text text = { 0 };
	struct parley_payload *p;
	char *to = parley_text_reserve(&text, RESULT_ROOM + strlen(m->id));

	to = json_put_plain(to, "{\"type\":\"result\",\"id\":\"");
	to = json_put_plain(to, m->id);
	to = json_put_plain(to, "\",\"mid\":\"");
	to = json_put_plain(to, m->mid);
	to = json_put_plain(to, "\",\"seq\":");
	to = json_put_uint(to, (uint64_t)m->seq);
	to = json_put_plain(to, ",\"time\":\"");
	to = json_put_time(to, m->time);
	to = json_put_plain(to, m->repeated ? "\",\"repeated\":true}" : "\"}");
	text_reaches(&text, to);
	p = parley_payload_new(&text);
	p->patient = true;
	return p;
}

/* What every reader sees, without the closing brace. The id, addresses and mids have nothing that
 * would have to be escaped. */
static void
message_write(
    struct parley_text *text, const struct parley_message *m, const char *id, const char *chat)
{
	char sender[PARLEY_ADDRESS_SIZE], receiver[PARLEY_ADDRESS_SIZE];
	size_t more = strlen(chat) + (id != NULL ? strlen(id) : 0);
	struct parley_writer w;
	char *to;

	more += parley_address_format(&m->from, true, sender, sizeof sender);
	more += parley_address_format(&m->to, false, receiver, sizeof receiver);
	to = parley_text_reserve(text, MESSAGE_ROOM + more);
	to = json_put_plain(to, "{\"type\":\"message\",\"mid\":\"");
	to = json_put_plain(to, m->mid);
	if (id != NULL) {
		to = json_put_plain(to, "\",\"id\":\"");
		to = json_put_plain(to, id);
	}
	to = json_put_plain(to, "\",\"from\":\"");
	to = json_put_plain(to, sender);
	to = json_put_plain(to, "\",\"to\":\"");
	to = json_put_plain(to, receiver);
	to = json_put_plain(to, "\",\"chat\":\"");
	to = json_put_plain(to, chat);
	to = json_put_plain(to, "\",\"seq\":");
	to = json_put_uint(to, (uint64_t)m->seq);
	to = json_put_plain(to, ",\"time\":\"");
	to = json_put_time(to, m->time);
	to = json_put_plain(to, "\",\"text\":");
	text_reaches(text, to);
	parley_writer_init(&w, text);
	parley_put_string(&w, NULL, m->text);
	parley_text_add(text, m->extra.s, m->extra.len);
}

void
parley_message_write(
    struct parley_writer *w, const char *key, const struct parley_message *m, const char *chat)
{
	parley_put_raw(w, key, "", 0); /* the place of the value */
	message_write(w->out, m, m->id, chat);
	parley_text_putc(w->out, '}');
}

struct parley_payload *
message_payload(
    const struct parley_message *m, const char *chat, bool with_id, enum parley_grade grade)
{
	static const char *const end[] = { "}", ",\"notify\":\"message\"}",
		",\"notify\":\"mention\"}" };
	struct parley_text text = { 0 };
	struct parley_payload *p;

	/* so that it need not grow again, unless addresses are very long */
	parley_text_reserve(&text, MESSAGE_ROOM + 80 + strlen(m->text) + m->extra.len);
	message_write(&text, m, with_id ? m->id : NULL, chat);
	parley_text_puts(&text, end[grade]);
	p = parley_payload_new(&text);
	parley_payload_set_mid(p, m->mid);
	return p;
}

void
parley_event_open(struct parley_writer *w, struct parley_text *out, const char *name)
{
	parley_writer_init(w, out);
	parley_put_object(w, NULL);
	parley_put_string(w, "type", "event");
	parley_put_string(w, "name", name);
}
