/* SPDX-License-Identifier: MIT */
/* histogram.h - times in nanoseconds, counted in buckets that are 1.6 % wide. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SUB     64 /* buckets of one power of two */
#define HISTOGRAM_BUCKETS (64 * HISTOGRAM_SUB)

struct histogram {
	uint64_t counts[HISTOGRAM_BUCKETS];
	uint64_t total;
	int64_t max;
};

void histogram_clear(struct histogram *h);
void histogram_add(struct histogram *h, int64_t ns);

/* The time that a share q of all (0.99) did not exceed; 0 when there are none. */
int64_t histogram_quantile(const struct histogram *h, double q);

#endif
