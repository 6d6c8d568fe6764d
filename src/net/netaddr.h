/* SPDX-License-Identifier: MIT */
/* netaddr.h - network addresses as text and as 16 bytes (IPv4 as ::ffff:a.b.c.d). Any thread. */
#ifndef NETADDR_H
#define NETADDR_H

#include <stdbool.h>
#include <sys/socket.h>

#define NETADDR_TEXT 46 /* longest text, with its NUL */

struct netaddr {
	unsigned char bytes[16];
};

/* A network: the first bits of an address. */
struct network {
	struct netaddr address;
	unsigned bits;
};

/* Reads "192.0.2.1" or "2001:db8::1". False when it is neither. */
bool netaddr_parse(const char *text, struct netaddr *out);

/* From what accept tells. False for families other than IPv4 and IPv6. */
bool netaddr_from(const struct sockaddr *sa, struct netaddr *out);

/* The shortest usual text; an IPv4 address in its own form. */
void netaddr_text(const struct netaddr *a, char out[NETADDR_TEXT]);

bool netaddr_is_v4(const struct netaddr *a);
bool netaddr_is_loopback(const struct netaddr *a);

/* Reads an address, or a network such as "10.0.0.0/8". */
bool network_parse(const char *text, struct network *out);
bool network_contains(const struct network *n, const struct netaddr *a);

#endif
