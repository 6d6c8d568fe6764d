/* SPDX-License-Identifier: MIT */
/* peer.h - which network a client comes from: what limits are counted by. Any thread. */
#ifndef PEER_H
#define PEER_H

#define PEER_NETWORK_SIZE 47

/* Writes the network of an address: an IPv4 address itself, also when it comes as ::ffff:a.b.c.d;
 * the /64 of an IPv6 address, which is what one customer is given. Anything else, "unix" or "",
 * is copied. */
void peer_network(const char *peer, char out[PEER_NETWORK_SIZE]);

#endif
