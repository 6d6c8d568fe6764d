/* SPDX-License-Identifier: MIT */
/* image.c - a whole node as a shared object: the daemon's own server with its modules, whose time
 * and chance are the simulation's. Linked with --wrap for what comes from the C library. */
#include "sim/image.h"

#include "base/clock.h"
#include "base/random.h"
#include "core/config.h"
#include "core/module.h"
#include "core/module_trust.h"
#include "core/server.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <parley/api.h>
#include <parley/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

const struct sim_host *host;

/* ---- time and chance ---------------------------------------------------------------------- */

static int64_t
now_ms(void)
{
	return host->wall(host->life);
}

static int64_t
monotonic_ms(void)
{
	return host->monotonic(host->life);
}

int __wrap_clock_gettime(clockid_t id, struct timespec *out);
int
__wrap_clock_gettime(clockid_t id, struct timespec *out)
{
	int64_t ms = id == CLOCK_REALTIME ? now_ms() : monotonic_ms();

	*out = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	return 0;
}

int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int
__wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	host->pause((int64_t)time->tv_sec * 1000000 + time->tv_nsec / 1000 + 1);
	return 0;
}

/* In place of src/base/random.c. */
void
random_bytes(void *out, size_t len)
{
	host->random(host->life, out, len);
}

ssize_t __wrap_getrandom(void *out, size_t len, unsigned flags);
ssize_t
__wrap_getrandom(void *out, size_t len, unsigned flags)
{
	random_bytes(out, len);
	return (ssize_t)len;
}

bool
image_once_in(unsigned n)
{
	return host->below(host->life, n) == 0;
}

/* ---- modules are in here, and not in files ------------------------------------------------ */

#define MODULES "/modules/"

const struct parley_module *groups_module(void), *history_module(void), *offline_module(void),
    *presence_module(void), *roster_module(void), *store_sqlite_module(void);

static const struct {
	const char *path;
	const struct parley_module *(*entry)(void);
} images[] = {
	{ MODULES "groups.so", groups_module },
	{ MODULES "history.so", history_module },
	{ MODULES "offline.so", offline_module },
	{ MODULES "presence.so", presence_module },
	{ MODULES "roster.so", roster_module },
	{ MODULES "store_sqlite.so", store_sqlite_module },
};

int __wrap_access(const char *path, int mode);
int __real_access(const char *path, int mode);
int
__wrap_access(const char *path, int mode)
{
	return strncmp(path, MODULES, strlen(MODULES)) == 0 ? 0 : __real_access(path, mode);
}

int
module_trust(const char *name, const char *path, struct parley_error *err)
{
	return 0;
}

void *__wrap_dlopen(const char *path, int flags);
void *
__wrap_dlopen(const char *path, int flags)
{
	for (size_t i = 0; i < sizeof images / sizeof *images; i++)
		if (strcmp(images[i].path, path) == 0) {
			void *entry;

			memcpy(&entry, &images[i].entry, sizeof entry);
			return entry;
		}
	return NULL;
}

void *__wrap_dlsym(void *handle, const char *name);
void *
__wrap_dlsym(void *handle, const char *name)
{
	return handle;
}

/* ---- the log ------------------------------------------------------------------------------ */

int __wrap_log_start(int fd);
int __real_log_start(int fd);
int
__wrap_log_start(int fd)
{
	if (getenv("PARLEY_SIM_TRACE") == NULL)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return __real_log_start(fd);
}

/* ---- life and death ----------------------------------------------------------------------- */

void __wrap__exit(int status) __attribute__((noreturn));
void
__wrap__exit(int status)
{
	host->exit(host->life, status);
}

static struct config *
config_read(void)
{
	struct option_errors errors = { 0 };
	struct config *config = config_draft(host->config, &errors);

	if (config != NULL) {
		modules_open(config, &errors);
		modules_check(config, &errors);
	}
	if (errors.count > 0)
		fprintf(stderr, "%s", errors.text.s);
	parley_assert(config != NULL && errors.count == 0);
	return config;
}

PARLEY_API void
sim_image(const struct sim_host *h)
{
	host = h;
	clock_replace(now_ms, monotonic_ms);
	host->exit(host->life, server_run(config_read()));
}
