/* SPDX-License-Identifier: MIT */
/* document.c - documents of the archive, and the frames made of them. No domain is stored: a node
 * can be given another name. */
#include "history.h"

#include <stdio.h>
#include <string.h>

/* What a document needs besides the text, so that most grow once at most. */
#define DOCUMENT_ROOM 160

void
document_write(struct parley_text *out, const struct parley_message *m)
{
	struct parley_writer w;

	parley_text_reserve(out, DOCUMENT_ROOM + strlen(m->text));
	parley_writer_init(&w, out);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "mid", m->mid);
	parley_put_string(&w, "id", m->id);
	parley_put_string(&w, "from", m->from.name);
	parley_put_string(&w, "device", m->from.device);
	parley_put_string(&w, "to", m->to.name);
	parley_put_int(&w, "time", m->time);
	parley_put_string(&w, "text", m->text);
	parley_put_end(&w);
}

static void
put_address(struct parley_writer *w, const char *key, const char *name, const char *device)
{
	char address[PARLEY_ADDRESS_SIZE];

	snprintf(address, sizeof address, "%s@%s%s%s", name, parley_domain(),
	    device != NULL ? "/" : "", device != NULL ? device : "");
	parley_put_string(w, key, address);
}

static void
put_members(
    struct parley_writer *w, const struct parley_json *doc, int64_t seq, const char *account)
{
	const char *from = parley_json_string_or(parley_json_get(doc, "from"), "");
	const char *to = parley_json_string_or(parley_json_get(doc, "to"), "");
	bool own = strcmp(from, account) == 0;

	parley_put_string(w, "type", "message");
	parley_put_json(w, "mid", parley_json_get(doc, "mid"));
	if (own)
		parley_put_json(w, "id", parley_json_get(doc, "id"));
	put_address(w, "from", from, parley_json_string(parley_json_get(doc, "device")));
	put_address(w, "to", to, NULL);
	put_address(w, "chat", own ? to : from, NULL);
	parley_put_int(w, "seq", seq);
	parley_put_time(w, "time", parley_json_int(parley_json_get(doc, "time"), 0));
	parley_put_json(w, "text", parley_json_get(doc, "text"));
}

void
document_frame(
    struct parley_text *out, const struct parley_json *doc, int64_t seq, const char *account)
{
	struct parley_writer w;

	parley_writer_init(&w, out);
	parley_put_object(&w, NULL);
	put_members(&w, doc, seq, account);
}

void
document_put(struct parley_writer *w, const char *key, const struct parley_json *doc, int64_t seq,
    const char *account)
{
	parley_put_object(w, key);
	put_members(w, doc, seq, account);
	parley_put_end(w);
}
