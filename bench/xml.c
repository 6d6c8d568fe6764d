/* SPDX-License-Identifier: MIT */
/* xml.c - counts tags. */
#include "xml.h"

#include <ctype.h>
#include <string.h>

/* The length of the tag at s, which is '<', with its '>'; 0: it is not complete. */
static size_t
tag_length(const char *s, size_t len)
{
	char quote = '\0';

	for (size_t i = 1; i < len; i++) {
		if (quote != '\0')
			quote = s[i] == quote ? '\0' : quote;
		else if (s[i] == '"' || s[i] == '\'')
			quote = s[i];
		else if (s[i] == '>')
			return i + 1;
	}
	return 0;
}

static size_t
element_length(const char *s, size_t len)
{
	size_t at = 0;
	int depth = 0;

	do {
		const char *tag = memchr(s + at, '<', len - at);
		size_t size = tag != NULL ? tag_length(tag, len - (size_t)(tag - s)) : 0;

		if (size == 0)
			return 0;
		if (tag[1] == '/')
			depth--;
		else if (tag[size - 2] != '/')
			depth++;
		at = (size_t)(tag - s) + size;
	} while (depth > 0);
	return at;
}

static bool
starts(const char *s, size_t len, const char *with)
{
	size_t size = strlen(with);

	return len >= size && memcmp(s, with, size) == 0;
}

size_t
xml_cut(const char *s, size_t len)
{
	size_t at = 0;

	while (at < len && isspace((unsigned char)s[at]))
		at++;
	if (at > 0 || len == 0)
		return at;
	if (starts(s, len, "<?") || starts(s, len, "<stream:stream") || starts(s, len, "</"))
		return tag_length(s, len);
	if (len < 15 && tag_length(s, len) == 0)
		return 0; /* it may become the stream's tag */
	return element_length(s, len);
}

bool
xml_is(const char *s, size_t len, const char *name)
{
	size_t size = strlen(name);

	return len > size + 1 && s[0] == '<' && memcmp(s + 1, name, size) == 0 &&
	       (isspace((unsigned char)s[size + 1]) || s[size + 1] == '>' || s[size + 1] == '/');
}

bool
xml_has(const char *s, size_t len, const char *text)
{
	return memmem(s, len, text, strlen(text)) != NULL;
}

const char *
xml_text(const char *s, size_t len, const char *name, size_t *len_r)
{
	const char *at = s, *end = s + len, *tag;

	while ((tag = memchr(at, '<', (size_t)(end - at))) != NULL) {
		size_t size = tag_length(tag, (size_t)(end - tag));

		if (size == 0)
			return NULL;
		at = tag + size;
		if (xml_is(tag, size, name)) {
			tag = memchr(at, '<', (size_t)(end - at));
			*len_r = tag != NULL ? (size_t)(tag - at) : 0;
			return at;
		}
	}
	return NULL;
}
