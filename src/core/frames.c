/* SPDX-License-Identifier: MIT */
/* frames.c - the frames that the core itself writes. */
#include "core/frames.h"

#include "net/payload.h"

#include <string.h>

/* What a frame needs besides the text of a message, so that most grow once at most. */
#define RESULT_ROOM  160
#define MESSAGE_ROOM 240

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

struct parley_payload *
sent_payload(const struct parley_message *m)
{
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	parley_text_reserve(&text, RESULT_ROOM);
	parley_writer_init(&w, &text);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "type", "result");
	parley_put_string(&w, "id", m->id);
	parley_put_string(&w, "mid", m->mid);
	parley_put_int(&w, "seq", m->seq);
	parley_put_time(&w, "time", m->time);
	if (m->repeated)
		parley_put_bool(&w, "repeated", true);
	parley_put_end(&w);
	p = parley_payload_new(&text);
	p->patient = true;
	return p;
}

/* What every reader sees, without the closing brace. */
static void
message_write(struct parley_writer *w, const char *key, const struct parley_message *m,
    const char *id, const char *chat)
{
	char address[PARLEY_ADDRESS_SIZE];

	parley_put_object(w, key);
	parley_put_string(w, "type", "message");
	parley_put_string(w, "mid", m->mid);
	parley_put_string(w, "id", id);
	parley_address_format(&m->from, true, address, sizeof address);
	parley_put_string(w, "from", address);
	parley_address_format(&m->to, false, address, sizeof address);
	parley_put_string(w, "to", address);
	parley_put_string(w, "chat", chat);
	parley_put_int(w, "seq", m->seq);
	parley_put_time(w, "time", m->time);
	parley_put_string(w, "text", m->text);
	parley_text_add(w->out, m->extra.s, m->extra.len);
}

void
parley_message_write(
    struct parley_writer *w, const char *key, const struct parley_message *m, const char *chat)
{
	message_write(w, key, m, m->id, chat);
	parley_put_end(w);
}

struct parley_payload *
message_payload(
    const struct parley_message *m, const char *chat, bool with_id, enum parley_grade grade)
{
	static const char *const notify[] = { NULL, "message", "mention" };
	struct parley_text text = { 0 };
	struct parley_writer w;
	struct parley_payload *p;

	parley_text_reserve(&text, MESSAGE_ROOM + strlen(m->text) + m->extra.len);
	parley_writer_init(&w, &text);
	message_write(&w, NULL, m, with_id ? m->id : NULL, chat);
	parley_put_string(&w, "notify", notify[grade]);
	parley_put_end(&w);
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
