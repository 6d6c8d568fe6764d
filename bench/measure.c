/* SPDX-License-Identifier: MIT */
/* measure.c - what the server has used while something was done, as a line of JSON. */
#include "load.h"
#include "speak.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static int64_t
own_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static void
measure_now(struct measure *m)
{
	m->cpu = processes_cpu(&options.server);
	m->own_cpu = own_cpu();
	m->received = load.received;
	m->acked = load.acked;
	m->commits = metric_read("parley_store_commits_total");
	m->at = load_now();
}

void
measure_begin(struct measure *m)
{
	histogram_clear(&load.latencies);
	load.measuring = true;
	measure_now(m);
}

static void
print_latencies(void)
{
	const struct histogram *h = &load.latencies;

	if (h->total == 0)
		return;
	printf(",\"p50_us\":%.1f,\"p99_us\":%.1f,\"p999_us\":%.1f,\"max_us\":%.1f",
	    (double)histogram_quantile(h, 0.5) / 1e3, (double)histogram_quantile(h, 0.99) / 1e3,
	    (double)histogram_quantile(h, 0.999) / 1e3, (double)h->max / 1e3);
}

void
measure_end(const struct measure *m, const char *mode, uint64_t operations, const char *extra)
{
	struct measure now;
	double seconds, count = (double)operations;

	measure_now(&now);
	load.measuring = false;
	seconds = (double)(now.at - m->at) / NS;
	printf("{\"server\":\"%s\",\"mode\":\"%s\",\"tls\":\"%s\",\"seconds\":%.3f,\"operations\":"
	       "%llu,\"rate\":%.1f,\"acked\":%llu",
	    options.label, mode, wire_cipher(), seconds, (unsigned long long)operations,
	    count / seconds, (unsigned long long)(now.acked - m->acked));
	if (now.cpu >= 0 && m->cpu >= 0 && operations > 0)
		printf(",\"cpu_us\":%.3f,\"core\":%.3f", (double)(now.cpu - m->cpu) / count / 1e3,
		    (double)(now.cpu - m->cpu) / (double)(now.at - m->at));
	if (now.commits > m->commits)
		printf(",\"batch\":%.1f",
		    (double)(now.acked - m->acked) / (double)(now.commits - m->commits));
	printf(",\"own_core\":%.3f", (double)(now.own_cpu - m->own_cpu) / (double)(now.at - m->at));
	print_latencies();
	printf("%s}\n", extra);
	fflush(stdout);
}

void
report(const char *mode, const char *fmt, ...)
{
	va_list ap;

	printf("{\"server\":\"%s\",\"mode\":\"%s\",\"tls\":\"%s\"", options.label, mode,
	    wire_cipher());
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("}\n");
	fflush(stdout);
}
