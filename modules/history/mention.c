/* SPDX-License-Identifier: MIT */
/* mention.c - who is named in a text: found here and nowhere else, and kept as places in it. */
#include "history.h"

#include <parley/markdown.h>
#include <stdio.h>
#include <string.h>

/* ---- finding them ------------------------------------------------------------------------- */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* The text that is looked through, and for whom. */
struct search {
	const struct parley_groups_1 *groups;
	void *groups_self;
	const char *chat, *author;
	int everybody; /* whether the author may name all: 1, 0, or -1 when it is not known yet */
};

static bool
may_name_all(struct search *s)
{
	if (s->everybody < 0)
		s->everybody = s->groups->may(s->groups_self, s->chat + 1, s->author,
				   PARLEY_GROUP_MENTION, NULL, NULL) == 0;
	return s->everybody > 0;
}

/* Whether name is somebody in the chat, or everybody; then who is what to keep. 1, 0, or -1. */
static int
look_up(struct search *s, const char *name, char who[MENTION_SIZE], struct parley_error *err)
{
	char key[PARLEY_KEY_MAX];

	snprintf(who, MENTION_SIZE, "%s", name);
	if (s->chat[0] != '#') {
		parley_chat_key(s->author, name, key);
		return strcmp(name, s->author) == 0 || strcmp(key, s->chat) == 0;
	}
	if (s->groups == NULL)
		return 0;
	if (strcmp(name, "all") == 0 || strcmp(name, "here") == 0) {
		snprintf(who, MENTION_SIZE, "@%s", name);
		return may_name_all(s);
	}
	return s->groups->is_member(s->groups_self, s->chat + 1, name, err);
}

/* Adds what stands behind the @ at at, when it is somebody. 0 or -1. */
static int
try_name(struct search *s, const char *at, uint32_t start, struct mentions *out,
    struct parley_error *err)
{
	struct mention *m = &out->list[out->count];
	char name[PARLEY_NAME_MAX + 1];
	size_t len = 0;
	int found;

	while (is_word(at[1 + len]))
		len++;
	if (len < PARLEY_NAME_MIN || len > PARLEY_NAME_MAX || at[1 + len] == '@')
		return 0;
	parley_ascii_lower(name, at + 1, len);
	found = look_up(s, name, m->who, err);
	if (found <= 0)
		return found;
	m->start = start;
	m->length = (uint32_t)len + 1;
	out->count++;
	return 0;
}

/* A name in code is a name of something else. */
static void
drop_in_code(const char *text, struct mentions *m)
{
	struct parley_range places[MENTIONS_MAX];
	bool in_code[MENTIONS_MAX];
	unsigned kept = 0;

	for (unsigned i = 0; i < m->count; i++)
		places[i] = (struct parley_range){ m->list[i].start, m->list[i].length };
	parley_markdown_in_code(text, places, m->count, in_code);
	for (unsigned i = 0; i < m->count; i++)
		if (!in_code[i])
			m->list[kept++] = m->list[i];
	m->count = kept;
}

int
mentions_find(const char *chat, const char *author, const char *text, struct mentions *out,
    struct parley_error *err)
{
	struct search s = { .chat = chat, .author = author, .everybody = -1 };
	uint32_t characters = 0;

	out->count = 0;
	if (strchr(text, '@') == NULL)
		return 0;
	s.groups = parley_service_find("groups/1", &s.groups_self);
	for (const char *p = text; *p != '\0' && out->count < MENTIONS_MAX; p++) {
		bool follows = p > text && (is_word(p[-1]) || p[-1] == '@' || p[-1] == '/');

		if (*p == '@' && !follows && try_name(&s, p, characters, out, err) != 0)
			return -1;
		characters += ((unsigned char)*p & 0xc0) != 0x80;
	}
	drop_in_code(text, out);
	return 0;
}

/* ---- keeping them ------------------------------------------------------------------------- */

void
mentions_put_document(struct parley_writer *w, const struct mentions *mentions)
{
	if (mentions->count == 0)
		return;
	parley_put_array(w, "mentions");
	for (unsigned i = 0; i < mentions->count; i++) {
		parley_put_array(w, NULL);
		parley_put_int(w, NULL, mentions->list[i].start);
		parley_put_int(w, NULL, mentions->list[i].length);
		parley_put_string(w, NULL, mentions->list[i].who);
		parley_put_end(w);
	}
	parley_put_end(w);
}

void
mentions_read(struct mentions *out, const struct parley_json *list)
{
	const struct parley_json *item = parley_json_first(list), *part;

	out->count = 0;
	for (; item != NULL && out->count < MENTIONS_MAX; item = parley_json_next(list, item)) {
		struct mention *m = &out->list[out->count++];

		part = parley_json_first(item);
		m->start = (uint32_t)parley_json_int(part, 0);
		part = part != NULL ? parley_json_next(item, part) : NULL;
		m->length = (uint32_t)parley_json_int(part, 0);
		part = part != NULL ? parley_json_next(item, part) : NULL;
		snprintf(m->who, sizeof m->who, "%s", parley_json_string_or(part, ""));
	}
}

void
mentions_put_frame(struct parley_writer *w, const struct mentions *mentions)
{
	char address[PARLEY_ADDRESS_SIZE];

	if (mentions->count == 0)
		return;
	parley_put_array(w, "mentions");
	for (unsigned i = 0; i < mentions->count; i++) {
		const struct mention *m = &mentions->list[i];

		parley_put_object(w, NULL);
		parley_put_int(w, "start", m->start);
		parley_put_int(w, "length", m->length);
		peer_address(address, m->who);
		if (m->who[0] == '@')
			parley_put_string(w, "all", m->who + 1);
		else
			parley_put_string(w, "who", address);
		parley_put_end(w);
	}
	parley_put_end(w);
}
