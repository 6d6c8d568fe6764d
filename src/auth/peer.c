/* SPDX-License-Identifier: MIT */
/* peer.c - which network a client comes from. */
#include "auth/peer.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

void
peer_network(const char *peer, char out[PEER_NETWORK_SIZE])
{
	struct in6_addr address;

	if (inet_pton(AF_INET6, peer, &address) != 1) {
		snprintf(out, PEER_NETWORK_SIZE, "%s", peer);
		return;
	}
	if (IN6_IS_ADDR_V4MAPPED(&address)) {
		inet_ntop(AF_INET, address.s6_addr + 12, out, PEER_NETWORK_SIZE);
		return;
	}
	memset(address.s6_addr + 8, 0, 8);
	inet_ntop(AF_INET6, &address, out, PEER_NETWORK_SIZE);
}
