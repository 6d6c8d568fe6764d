/* SPDX-License-Identifier: MIT */
/* prepare.c - one form for passwords that are the same to the person who types them. */
#include "auth/prepare.h"

#include "base/xalloc.h"

#include <openssl/crypto.h>
#include <parley/error.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* U+0390 has two bytes and decomposes into three characters; nothing does worse. */
#define CHARACTERS(bytes) ((bytes)*3 / 2 + 1)

#define COMPOSED (UTF8PROC_STABLE | UTF8PROC_COMPOSE)

static bool
is_ascii(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

static utf8proc_int32_t
space_to_ascii(utf8proc_int32_t c, void *arg)
{
	return utf8proc_category(c) == UTF8PROC_CATEGORY_ZS ? ' ' : c;
}

/* NFC of len bytes in place of the characters' room; the bytes, or -1 for what is no UTF-8. */
static utf8proc_ssize_t
compose(const char *s, size_t len, utf8proc_int32_t *room, size_t count)
{
	utf8proc_ssize_t n = utf8proc_decompose_custom((const utf8proc_uint8_t *)s,
	    (utf8proc_ssize_t)len, room, (utf8proc_ssize_t)count, COMPOSED, space_to_ascii, NULL);

	return n < 0 || (size_t)n > count ? -1 : utf8proc_reencode(room, n, COMPOSED);
}

size_t
password_prepare(const char *password, size_t max, char *out)
{
	size_t len = strlen(password), count = CHARACTERS(len);
	utf8proc_int32_t *room;
	utf8proc_ssize_t n;

	parley_assert(len <= max);
	memcpy(out, password, len + 1);
	if (is_ascii(password, len))
		return len;
	room = xcalloc(count + 1, sizeof *room); /* reencode adds a NUL */
	n = compose(password, len, room, count);
	if (n >= 0 && (size_t)n < PREPARED_SIZE(max)) {
		len = (size_t)n;
		memcpy(out, room, len);
		out[len] = '\0';
	}
	OPENSSL_cleanse(room, (count + 1) * sizeof *room);
	free(room);
	return len;
}
