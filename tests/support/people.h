/* SPDX-License-Identifier: MIT */
/* people.h - people with accounts on the core without a network, logged in through its router. */
#ifndef PEOPLE_H
#define PEOPLE_H

#include "support/core.h"

/* Fixtures: accounts on a store in memory (support/auth.h) and the core (support/core.h). Call
 * auth_clocks before test_on_fiber. */
int people_up(void **state);
int people_down(void **state);

/* A connection of this account's device, logged in; the account is made at its first login. admin
 * counts then. */
conn_id people_login(const char *name, const char *device);
conn_id people_login_admin(const char *name, const char *device);

/* How many frames had been sent right after the login, hello not among them. */
#define PEOPLE_LOGIN_FRAMES 1

/* The session that a connection has. */
struct parley_session *people_session(const char *name, const char *device);

/* The member of the last ready frame of the connection, "resume"; borrowed until the next call. */
const char *people_ready(conn_id conn, const char *member);

#endif
