/* SPDX-License-Identifier: MIT */
/* quote.c - what a message has besides its text when it is sent: what it answers, what it forwards,
 * and whom it mentions. */
#include "history.h"

#include <stdio.h>
#include <string.h>

/* Adds the members of an object to those that a message brings. */
static void
add_members(struct parley_text *to, struct parley_text *object)
{
	if (object->len > 2) { /* {} */
		parley_text_putc(to, ',');
		parley_text_add(to, object->s + 1, object->len - 2);
	}
	parley_text_fini(object);
}

/* ---- replies ------------------------------------------------------------------------------ */

static int
quote_reply(struct parley_message *m, const struct chat *c, const struct member *from,
    struct parley_error *err)
{
	const char *mid = parley_json_string(parley_json_get(m->frame, "reply"));
	struct parley_doc *doc;

	if (mid == NULL)
		return 0;
	doc = message_find(c, from, mid, "/reply", err);
	if (doc == NULL && err->code == PARLEY_NOT_FOUND)
		err->code = PARLEY_BAD_REQUEST;
	if (doc == NULL && err->code == PARLEY_GONE)
		*err = (struct parley_error){ 0 }; /* as one that was deleted can be answered */
	else if (doc == NULL)
		return -1;
	parley_doc_free(&doc);
	parley_text_printf(&m->extra, ",\"reply\":\"%s\"", mid);
	parley_text_printf(&m->kept, ",\"reply\":\"%s\"", mid);
	return 0;
}

/* ---- what is forwarded -------------------------------------------------------------------- */

/* The message that account may read in the chat with this address. New, or NULL with err. */
static struct parley_doc *
forward_find(struct history *h, const char *account, const struct parley_json *forward,
    struct parley_error *err)
{
	const char *mid = parley_json_string_or(parley_json_get(forward, "mid"), "");
	struct parley_doc *doc = NULL;
	struct member *m = NULL;
	struct chat *c = NULL;
	char peer[PEER_SIZE];

	if (peer_parse(parley_json_string(parley_json_get(forward, "chat")), peer, err) == 0) {
		c = chat_get(h, account, peer, err);
		m = c != NULL ? member_reader(h, c, account, err) : NULL;
	}
	if (m == NULL && (err->code == PARLEY_NOT_FOUND || err->code == PARLEY_BAD_REQUEST))
		parley_fail(err, PARLEY_BAD_REQUEST, "/forward/chat", "there is no such chat");
	if (m != NULL)
		doc = message_find(c, m, mid, "/forward/mid", err);
	if (m != NULL && doc == NULL && err->code == PARLEY_NOT_FOUND)
		err->code = PARLEY_BAD_REQUEST;
	chat_put(h, &c);
	return doc;
}

/* Who wrote what is forwarded: of a message that was forwarded itself, what that says. */
static const char *
forward_source(const struct parley_doc *doc)
{
	const struct parley_json *forward = parley_json_get(doc->root, "forward");

	return parley_json_string(parley_json_get(forward != NULL ? forward : doc->root, "from"));
}

static void
forward_put(struct parley_message *m, const char *source)
{
	struct parley_text frame = { 0 }, document = { 0 };
	struct parley_writer w;

	parley_writer_init(&w, &frame);
	parley_put_object(&w, NULL);
	forward_put_frame(&w, source);
	parley_put_end(&w);
	add_members(&m->extra, &frame);
	parley_writer_init(&w, &document);
	parley_put_object(&w, NULL);
	parley_put_object(&w, "forward");
	parley_put_string(&w, "from", source);
	parley_put_end(&w);
	parley_put_end(&w);
	add_members(&m->kept, &document);
}

static int
quote_forward(struct history *h, struct parley_message *m, const struct parley_json *forward,
    struct parley_error *err)
{
	struct parley_doc *doc;
	const struct parley_json *text;

	if (m->text != NULL)
		return parley_fail(
		    err, PARLEY_BAD_REQUEST, "/forward", "stands in place of a text");
	doc = forward_find(h, m->from.name, forward, err);
	if (doc == NULL)
		return -1;
	text = parley_json_get(doc->root, "text");
	if (text == NULL) {
		parley_doc_free(&doc);
		return parley_fail(
		    err, PARLEY_BAD_REQUEST, "/forward/mid", "this message was deleted");
	}
	parley_message_set_text(m, parley_json_string(text), parley_json_len(text));
	forward_put(m, parley_json_bool(parley_json_get(forward, "source"), false)
			   ? forward_source(doc)
			   : NULL);
	parley_doc_free(&doc);
	return 0;
}

/* ---- mentions ----------------------------------------------------------------------------- */

static int
quote_mentions(struct parley_message *m, struct parley_error *err)
{
	struct parley_text frame = { 0 }, document = { 0 };
	struct mentions found;
	struct parley_writer w;

	if (mentions_find(m->chat, m->from.name, m->text, &found, err) != 0)
		return -1;
	if (found.count == 0)
		return 0;
	for (unsigned i = 0; i < found.count; i++)
		parley_message_mention(m, found.list[i].who[0] == '@' ? "*" : found.list[i].who);
	parley_writer_init(&w, &frame);
	parley_put_object(&w, NULL);
	mentions_put_frame(&w, &found);
	parley_put_end(&w);
	add_members(&m->extra, &frame);
	parley_writer_init(&w, &document);
	parley_put_object(&w, NULL);
	mentions_put_document(&w, &found);
	parley_put_end(&w);
	add_members(&m->kept, &document);
	parley_text_puts(&m->kept, MENTIONS_TODO);
	return 0;
}

/* ---- all of it ---------------------------------------------------------------------------- */

int
quote_check(struct history *h, struct parley_message *m, const struct chat *c,
    const struct member *from, struct parley_error *err)
{
	const struct parley_json *forward = parley_json_get(m->frame, "forward");

	if (quote_reply(m, c, from, err) != 0)
		return -1;
	if (forward != NULL)
		return quote_forward(h, m, forward, err); /* which mentions nobody */
	if (m->text == NULL || strchr(m->text, '@') == NULL)
		return 0;
	return quote_mentions(m, err);
}
