/* SPDX-License-Identifier: MIT */
/* listen_socket.h - binding: addresses, ports, Unix socket paths. Router thread. */
#ifndef LISTEN_SOCKET_H
#define LISTEN_SOCKET_H

#include "net/net.h"

struct listen_socket {
	int fd;
	int port;   /* 0: a Unix socket */
	char *path; /* of the Unix socket, or NULL */
};

/* Binds and listens; non-blocking. What is not encrypted only on loopback addresses and Unix
 * sockets. 0, or -1 with err. */
int listen_socket_open(
    struct listen_socket *s, const struct listen_config *config, struct parley_error *err);

/* Closes it and removes its path. */
void listen_socket_close(struct listen_socket *s);

#endif
