/* SPDX-License-Identifier: MIT */
/* config_check.h - the rules of parley.conf that one row cannot tell. Whatever is in doubt is a
 * mistake: nothing here ever opens a door that the file does not name. */
#ifndef CONFIG_CHECK_H
#define CONFIG_CHECK_H

#include "core/config_rows.h"

/* 0, or -1 with errors. */
int config_check_listen(const struct config *config, const struct config_listen_section *kind,
    const struct option_section *section, const struct config_listen *values,
    struct option_errors *errors);

/* Everything else. The sources tell who can read the file. */
void config_check(
    const struct config *config, const struct config_scan *scan, struct option_errors *errors);

#endif
