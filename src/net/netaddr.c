/* SPDX-License-Identifier: MIT */
/* netaddr.c - network addresses as text and as 16 bytes. */
#include "net/netaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

static void
netaddr_set_v4(struct netaddr *out, const void *four)
{
	memcpy(out->bytes, v4_prefix, sizeof v4_prefix);
	memcpy(out->bytes + sizeof v4_prefix, four, 4);
}

bool
netaddr_parse(const char *text, struct netaddr *out)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		netaddr_set_v4(out, &v4);
		return true;
	}
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	memcpy(out->bytes, &v6, sizeof out->bytes);
	return true;
}

bool
netaddr_from(const struct sockaddr *sa, struct netaddr *out)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof v4);
		netaddr_set_v4(out, &v4.sin_addr);
		return true;
	}
	if (sa->sa_family != AF_INET6)
		return false;
	memcpy(&v6, sa, sizeof v6);
	memcpy(out->bytes, &v6.sin6_addr, sizeof out->bytes);
	return true;
}

void
netaddr_text(const struct netaddr *a, char out[NETADDR_TEXT])
{
	if (netaddr_is_v4(a))
		inet_ntop(AF_INET, a->bytes + sizeof v4_prefix, out, NETADDR_TEXT);
	else
		inet_ntop(AF_INET6, a->bytes, out, NETADDR_TEXT);
}

bool
netaddr_is_v4(const struct netaddr *a)
{
	return memcmp(a->bytes, v4_prefix, sizeof v4_prefix) == 0;
}

bool
netaddr_is_loopback(const struct netaddr *a)
{
	static const unsigned char one[16] = { [15] = 1 };

	if (netaddr_is_v4(a))
		return a->bytes[12] == 127;
	return memcmp(a->bytes, one, sizeof one) == 0;
}

bool
network_parse(const char *text, struct network *out)
{
	char address[NETADDR_TEXT];
	const char *slash = strchr(text, '/');
	size_t len = slash != NULL ? (size_t)(slash - text) : strlen(text);
	unsigned most, bits;
	char *end;

	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!netaddr_parse(address, &out->address))
		return false;
	most = strchr(address, ':') == NULL ? 32 : 128;
	bits = most;
	if (slash != NULL) {
		if (slash[1] < '0' || slash[1] > '9')
			return false;
		bits = (unsigned)strtoul(slash + 1, &end, 10);
		if (*end != '\0' || bits > most || end - slash > 4)
			return false;
	}
	out->bits = bits + 128 - most;
	return true;
}

bool
network_contains(const struct network *n, const struct netaddr *a)
{
	unsigned whole = n->bits / 8, rest = n->bits % 8;
	unsigned char mask = (unsigned char)(0xff00 >> rest);

	if (memcmp(n->address.bytes, a->bytes, whole) != 0)
		return false;
	return rest == 0 || ((n->address.bytes[whole] ^ a->bytes[whole]) & mask) == 0;
}
