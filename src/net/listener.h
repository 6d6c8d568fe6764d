/* SPDX-License-Identifier: MIT */
/* listener.h - listening sockets. One I/O thread accepts for each and deals the connections out. */
#ifndef LISTENER_H
#define LISTENER_H

#include "net/net.h"

struct io;
struct listener;

/* New: bound and listening, not yet accepting. NULL with err. Router thread. */
struct listener *listener_open(const struct listen_config *config, struct parley_error *err);

int listener_port(const struct listener *l);

/* io accepts for it from now on and owns it. Before io's thread runs. */
void listener_attach(struct listener *l, struct io *io);

struct listener *listener_next(struct listener *l);

/* Accepts again after descriptors or memory had run out. The I/O thread, once a second. */
void listener_retry(struct listener *l);

/* Closes *at and puts the next of its list in its place. Its I/O thread, or when that has ended. */
void listener_free(struct listener **at);

#endif
