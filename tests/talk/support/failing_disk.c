/* SPDX-License-Identifier: MIT */
/* failing_disk.c - for LD_PRELOAD: writes and syncs that fail when a test says so. The file that
 * FAILING_DISK names has lines CALL NAME WHAT NTH:
 *
 *   write parley.db-wal 5 0     every write to a file of this name fails with this errno
 *   sync parley.db 5 3          the third sync from the start of the process, and no other
 *   write parley.db-wal kill 7  the process dies at the seventh write, before it
 *
 * Every sync is noted in the file FAILING_DISK_LOG. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define LINES_MAX 16

static int calls[LINES_MAX]; /* that each line has counted */

/* The name of the open file, without its folder; "" when it has none. */
static const char *
name_of(int fd, char path[4096])
{
	char link[64];
	ssize_t n;
	char *slash;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, 4095);
	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	return slash != NULL ? slash + 1 : "";
}

/* The errno that a call is to fail with, or 0. */
static int
fault(const char *call, const char *name)
{
	FILE *file = getenv("FAILING_DISK") != NULL ? fopen(getenv("FAILING_DISK"), "re") : NULL;
	char line[300], said[20], of[200], what[20];
	int nth, found = 0;

	for (int i = 0; file != NULL && i < LINES_MAX && fgets(line, sizeof line, file) != NULL; i++) {
		if (sscanf(line, "%19s %199s %19s %d", said, of, what, &nth) != 4 ||
		    strcmp(said, call) != 0 || strcmp(of, name) != 0)
			continue;
		if (++calls[i] != nth && nth != 0)
			continue;
		if (strcmp(what, "kill") == 0)
			kill(getpid(), SIGKILL);
		found = atoi(what);
	}
	if (file != NULL)
		fclose(file);
	return found;
}

static void
note_sync(const char *name, int failed)
{
	int fd = getenv("FAILING_DISK_LOG") != NULL
		     ? open(getenv("FAILING_DISK_LOG"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
		     : -1;

	if (fd < 0)
		return;
	dprintf(fd, "%s %s\n", name, failed ? "failed" : "ok");
	close(fd);
}

static ssize_t
write_at(int fd, const void *bytes, size_t len, off64_t offset)
{
	static ssize_t (*real)(int fd, const void *bytes, size_t len, off64_t offset);
	char path[4096];
	const char *name = name_of(fd, path);
	int failed = strncmp(name, "parley.db", 9) == 0 ? fault("write", name) : 0;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "pwrite64");
	if (failed == 0)
		return real(fd, bytes, len, offset);
	errno = failed;
	return -1;
}

ssize_t
pwrite64(int fd, const void *bytes, size_t len, off64_t offset)
{
	return write_at(fd, bytes, len, offset);
}

ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
	return write_at(fd, bytes, len, offset);
}

static int
sync_with(const char *call, int fd)
{
	int (*real)(int fd);
	char path[4096];
	const char *name = name_of(fd, path);
	int ours = strncmp(name, "parley.db", 9) == 0, failed = ours ? fault("sync", name) : 0;

	if (ours)
		note_sync(name, failed);
	*(void **)&real = dlsym(RTLD_NEXT, call);
	if (failed == 0)
		return real(fd);
	errno = failed;
	return -1;
}

int
fsync(int fd)
{
	return sync_with("fsync", fd);
}

int
fdatasync(int fd)
{
	return sync_with("fdatasync", fd);
}
