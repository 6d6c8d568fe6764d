/* SPDX-License-Identifier: MIT */
/* note.c - the text of a message: "b!", the run, the time and two numbers in hexadecimal, padding.
 */
#include "load.h"

#include <stdio.h>
#include <string.h>

void
note_write(const struct note *n, char text[NOTE_MAX + 1])
{
	snprintf(text, NOTE_MIN + 1, "b!%08x%016llx%08x%08x", load.run, (unsigned long long)n->at,
	    n->a, n->b);
	memset(text + NOTE_MIN, 'x', options.body - NOTE_MIN);
	text[options.body] = '\0';
}

/* digits of hexadecimal; false when they are something else. */
static bool
read_hex(const char *text, unsigned digits, uint64_t *out)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < digits; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			n = n << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	*out = n;
	return true;
}

bool
note_read(struct note *n, const char *text, size_t len)
{
	uint64_t run, at, a, b;

	if (len < NOTE_MIN || text[0] != 'b' || text[1] != '!' || !read_hex(text + 2, 8, &run) ||
	    run != load.run || !read_hex(text + 10, 16, &at) || !read_hex(text + 26, 8, &a) ||
	    !read_hex(text + 34, 8, &b))
		return false;
	*n = (struct note){ (int64_t)at, (uint32_t)a, (uint32_t)b };
	return true;
}

void
note_delivered(const struct note *n)
{
	load.received++;
	if (load.measuring)
		histogram_add(&load.latencies, load_now() - n->at);
}
