/* SPDX-License-Identifier: MIT */
/* document.c - documents of the archive, and the frames made of them. No domain is stored: a node
 * can be given another name. */
#include "history.h"

#include <stdio.h>
#include <string.h>

/* What a document needs besides the text and the id, so that most grow once at most. */
#define DOCUMENT_ROOM 256

static char *
put_plain(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len);
	return to + len;
}

/* For every message, so what has nothing to be escaped is not written member by member. */
void
document_write(struct parley_text *out, const struct parley_message *m)
{
	struct parley_writer w;
	char *to;

	parley_text_reserve(out, DOCUMENT_ROOM + strlen(m->id) + strlen(m->text) + m->kept.len);
	parley_writer_init(&w, out);
	parley_put_object(&w, NULL);
	parley_put_int(&w, "time", m->time);
	parley_put_string(&w, "text", m->text);
	to = parley_text_reserve(out, DOCUMENT_ROOM + strlen(m->id));
	to = put_plain(to, ",\"mid\":\"");
	to = put_plain(to, m->mid);
	to = put_plain(to, "\",\"id\":\"");
	to = put_plain(to, m->id);
	to = put_plain(to, "\",\"from\":\"");
	to = put_plain(to, m->from.name);
	to = put_plain(to, "\",\"device\":\"");
	to = put_plain(to, m->from.device);
	to = put_plain(to, "\",\"to\":\"");
	to = put_plain(to, m->to.name);
	to = put_plain(to, "\"");
	*to = '\0';
	out->len = (size_t)(to - out->s);
	parley_text_add(out, m->kept.s, m->kept.len);
	parley_put_end(&w);
}

void
peer_address(char out[PARLEY_ADDRESS_SIZE], const char *peer)
{
	bool group = peer[0] == '#';

	snprintf(out, PARLEY_ADDRESS_SIZE, "%s@%s", peer + group,
	    group ? parley_rooms_domain() : parley_domain());
}

static void
put_address(
    struct parley_writer *w, const char *key, const char *name, const char *device, bool group)
{
	char address[PARLEY_ADDRESS_SIZE];

	snprintf(address, sizeof address, "%s@%s%s%s", name,
	    group ? parley_rooms_domain() : parley_domain(), device != NULL ? "/" : "",
	    device != NULL ? device : "");
	parley_put_string(w, key, address);
}

/* Of what an operator did it is the chat that tells. */
static void
heading_put_of_node(struct parley_writer *w, const struct heading *h, const char *account)
{
	const char *to = h->to + (h->to[0] == '#');

	parley_put_string(w, "type", "message");
	parley_put_string(w, "mid", h->mid);
	put_address(w, "from", to, NULL, h->group);
	put_address(w, "to", h->group ? to : account, NULL, h->group);
	put_address(w, "chat", to, NULL, h->group);
	parley_put_int(w, "seq", h->seq);
	parley_put_time(w, "time", h->time);
}

void
heading_put(struct parley_writer *w, const struct heading *h, const char *account)
{
	bool own = strcmp(h->from, account) == 0;
	const char *to = h->to + (h->to[0] == '#');

	if (h->from[0] == '\0') {
		heading_put_of_node(w, h, account);
		return;
	}
	parley_put_string(w, "type", "message");
	parley_put_string(w, "mid", h->mid);
	if (own)
		parley_put_string(w, "id", h->id);
	put_address(w, "from", h->from, h->device, false);
	put_address(w, "to", to, NULL, h->group);
	put_address(w, "chat", own || h->group ? to : h->from, NULL, h->group);
	parley_put_int(w, "seq", h->seq);
	parley_put_time(w, "time", h->time);
}

bool
document_is_change(const struct parley_doc *doc)
{
	return parley_json_get(doc->root, "change") != NULL;
}

bool
document_is_message_change(const struct parley_doc *doc)
{
	return parley_json_get(doc->root, "target") != NULL;
}

/* Whom an entry of a chat between accounts was for: its key has both. */
static void
other_side(const struct parley_doc *doc, const char *from, char out[PEER_SIZE])
{
	size_t first = strcspn(doc->key, "+"), len = strlen(from);
	bool is_first = first == len && memcmp(doc->key, from, len) == 0;

	if (is_first)
		snprintf(out, PEER_SIZE, "%.*s", (int)strcspn(doc->key + first + 1, "/"),
		    doc->key + first + 1);
	else
		snprintf(out, PEER_SIZE, "%.*s", (int)first, doc->key);
}

/* ---- what a message has besides ----------------------------------------------------------- */

#define REACTORS_TOLD 20

/* One emoji and who put it on: ["x", "alice", ...]. */
static void
reaction_put(struct parley_writer *w, const struct parley_json *item, const char *account)
{
	const struct parley_json *who = parley_json_first(item);
	char address[PARLEY_ADDRESS_SIZE];
	unsigned count = 0;
	bool own = false;

	parley_put_object(w, NULL);
	parley_put_json(w, "emoji", who);
	parley_put_array(w, "by");
	while ((who = parley_json_next(item, who)) != NULL) {
		own = own || strcmp(parley_json_string_or(who, ""), account) == 0;
		if (count++ >= REACTORS_TOLD)
			continue;
		peer_address(address, parley_json_string_or(who, ""));
		parley_put_string(w, NULL, address);
	}
	parley_put_end(w);
	parley_put_int(w, "count", count);
	if (own)
		parley_put_bool(w, "own", true);
	parley_put_end(w);
}

static void
reactions_put(struct parley_writer *w, const struct parley_json *reactions, const char *account)
{
	const struct parley_json *item = parley_json_first(reactions);

	if (item == NULL)
		return;
	parley_put_array(w, "reactions");
	for (; item != NULL; item = parley_json_next(reactions, item))
		reaction_put(w, item, account);
	parley_put_end(w);
}

static void
deleted_put(struct parley_writer *w, const struct parley_json *deleted)
{
	if (deleted == NULL)
		return;
	parley_put_object(w, "deleted");
	put_address(
	    w, "by", parley_json_string_or(parley_json_get(deleted, "by"), ""), NULL, false);
	parley_put_time(w, "time", parley_json_int(parley_json_get(deleted, "time"), 0));
	parley_put_end(w);
}

void
forward_put_frame(struct parley_writer *w, const char *source)
{
	parley_put_object(w, "forward");
	if (source != NULL)
		put_address(w, "from", source, NULL, false);
	parley_put_end(w);
}

/* What a message answers, forwards and mentions, and how it was changed. */
static void
message_put(struct parley_writer *w, const struct parley_json *root, const char *account)
{
	const struct parley_json *edited = parley_json_get(root, "edited");
	const struct parley_json *forward = parley_json_get(root, "forward");
	struct mentions mentions;

	parley_put_json(w, "reply", parley_json_get(root, "reply"));
	if (forward != NULL)
		forward_put_frame(w, parley_json_string(parley_json_get(forward, "from")));
	mentions_read(&mentions, parley_json_get(root, "mentions"));
	mentions_put_frame(w, &mentions);
	if (edited != NULL)
		parley_put_time(w, "edited", parley_json_int(edited, 0));
	deleted_put(w, parley_json_get(root, "deleted"));
	reactions_put(w, parley_json_get(root, "reactions"), account);
	if (parley_json_get(root, "pinned") != NULL)
		parley_put_bool(w, "pinned", true);
	parley_put_json(w, "rev", parley_json_get(root, "rev"));
}

/* ---- frames ------------------------------------------------------------------------------- */

static void
put_members(
    struct parley_writer *w, const struct parley_doc *doc, const char *account, int64_t from)
{
	const struct parley_json *root = doc->root;
	struct heading heading = {
		.mid = parley_json_string(parley_json_get(root, "mid")),
		.id = parley_json_string(parley_json_get(root, "id")),
		.from = parley_json_string_or(parley_json_get(root, "from"), ""),
		.device = parley_json_string(parley_json_get(root, "device")),
		.group = doc->key[0] == '#',
		.seq = doc->seq,
		.time = parley_json_int(parley_json_get(root, "time"), 0),
	};
	char to[PEER_SIZE];
	struct change change;

	if (heading.group)
		snprintf(to, sizeof to, "%.*s", (int)strcspn(doc->key, "/"), doc->key);
	else
		other_side(doc, heading.from[0] != '\0' ? heading.from : account, to);
	heading.to = to;
	heading_put(w, &heading, account);
	if (document_is_change(doc)) {
		change_read(&change, root);
		change_put_frame(w, &change, from);
	} else {
		parley_put_json(w, "text", parley_json_get(root, "text"));
		message_put(w, root, account);
	}
}

void
document_frame(
    struct parley_text *out, const struct parley_doc *doc, const char *account, int64_t from)
{
	struct parley_writer w;

	parley_writer_init(&w, out);
	parley_put_object(&w, NULL);
	put_members(&w, doc, account, from);
}

void
document_put(struct parley_writer *w, const char *key, const struct parley_doc *doc,
    const char *account, int64_t from)
{
	parley_put_object(w, key);
	put_members(w, doc, account, from);
	parley_put_end(w);
}
