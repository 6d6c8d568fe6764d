/* SPDX-License-Identifier: MIT */
/* text_lower.c - lower case for all scripts, so that people find what they look for. */
#include <locale.h>
#include <parley/text.h>
#include <pthread.h>
#include <wctype.h>

/* One character of valid UTF-8; its length. */
static size_t
utf8_read(const char *s, wint_t *out)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	*out = len == 1 ? p[0] : p[0] & (0x7fu >> len);
	for (size_t i = 1; i < len; i++)
		*out = *out << 6 | (p[i] & 0x3f);
	return len;
}

static size_t
utf8_write(char *out, wint_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

static locale_t locale; /* or 0: then only ASCII has two cases */
static pthread_once_t locale_once = PTHREAD_ONCE_INIT;

static void
locale_make(void)
{
	locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

size_t
parley_utf8_lower(char *out, const char *text, size_t size)
{
	size_t len = 0;

	pthread_once(&locale_once, locale_make);
	while (*text != '\0' && len + 5 < size) {
		wint_t c;

		text += utf8_read(text, &c);
		len += utf8_write(out + len, locale != (locale_t)0 ? towlower_l(c, locale) : c);
	}
	out[len] = '\0';
	return len;
}
