/* SPDX-License-Identifier: MIT */
/* xml.h - finds where a stanza ends and what its members are, trusting the server: enough for a
 * generator that must not be the bottleneck. */
#ifndef XML_H
#define XML_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the first whole item of a stream: a stanza, the stream's opening or closing tag, a
 * declaration, or white space. 0: it is not complete. */
size_t xml_cut(const char *s, size_t len);

/* True when the item is an element of that name. */
bool xml_is(const char *s, size_t len, const char *name);

/* True when text occurs in the item. */
bool xml_has(const char *s, size_t len, const char *text);

/* What stands between the first "<name" ... ">" and the next '<'; *len_r its length. NULL: no such
 * element. Entities stay as they are. */
const char *xml_text(const char *s, size_t len, const char *name, size_t *len_r);

#endif
