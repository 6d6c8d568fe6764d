/* SPDX-License-Identifier: MIT */
/* control.h - makes accounts over Parley's control socket. */
#ifndef CONTROL_H
#define CONTROL_H

/* So many accounts by the users' names; one that exists already is left as it is. Dies when it
 * cannot. */
void control_make_accounts(unsigned count);

#endif
