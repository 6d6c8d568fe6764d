/* SPDX-License-Identifier: MIT */
/* metrics.h - everything that is counted, in Prometheus' text format (version 0.0.4). Router
 * thread. */
#ifndef METRICS_H
#define METRICS_H

#include <parley/text.h>

/* Appends the core's metrics and the modules'. */
void metrics_write(struct parley_text *out);

#endif
