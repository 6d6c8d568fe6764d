/* SPDX-License-Identifier: MIT */
/* settings.h - what each part of the core is told of the configuration, at the start and at a
 * reload. Router thread. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "core/config.h"

void settings_log(const struct config *config);

/* first: starts the parts; else gives them new values. */
void settings_sessions(const struct config *config, bool first);
void settings_auth(const struct config *config, bool first);

/* Whether the files that it names are good, into errors. */
void settings_check_files(const struct config *config, struct option_errors *errors);

/* What net_start and net_prepare want; borrows config and hello's text. */
void settings_net(const struct config *config, struct net_config *out);

#endif
