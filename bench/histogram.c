/* SPDX-License-Identifier: MIT */
/* histogram.c - a power of two picks the row, the next six bits the bucket. */
#include "histogram.h"

#include <string.h>

void
histogram_clear(struct histogram *h)
{
	memset(h, 0, sizeof *h);
}

static unsigned
bucket_of(uint64_t ns)
{
	unsigned row;

	if (ns < HISTOGRAM_SUB)
		return (unsigned)ns;
	row = 63 - (unsigned)__builtin_clzll(ns) - 6; /* ns >> row has seven bits */
	return row * HISTOGRAM_SUB + (unsigned)(ns >> row);
}

static int64_t
bucket_end(unsigned bucket)
{
	unsigned row = bucket / HISTOGRAM_SUB;

	if (row < 2)
		return bucket;
	row--;
	return (int64_t)(((uint64_t)(bucket - row * HISTOGRAM_SUB + 1) << row) - 1);
}

void
histogram_add(struct histogram *h, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	h->counts[bucket_of((uint64_t)ns)]++;
	h->total++;
	if (ns > h->max)
		h->max = ns;
}

int64_t
histogram_quantile(const struct histogram *h, double q)
{
	uint64_t rank = (uint64_t)(q * (double)h->total), seen = 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->counts[i];
		if (seen > rank)
			return bucket_end(i) < h->max ? bucket_end(i) : h->max;
	}
	return h->max;
}
