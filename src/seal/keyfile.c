/* SPDX-License-Identifier: MIT */
/* keyfile.c - the file that holds the node key. */
#include "seal/keyfile.h"

#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYFILE_DIGITS 64
#define KEYFILE_PATH   4096

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int
keyfile_parse(const char *text, size_t len, uint8_t key[32])
{
	if (len == KEYFILE_DIGITS + 1 && text[KEYFILE_DIGITS] == '\n')
		len--;
	if (len != KEYFILE_DIGITS)
		return -1;
	for (size_t i = 0; i < 32; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		key[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

/* A key that others may read or change protects nothing. What systemd lends lies in a directory of
 * the service's own, and may be readable by an access list, which shows as that of the group. */
static int
check_owner(const char *file, int fd, bool lent, struct parley_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "node key %s: %s", file, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return parley_fail(err, PARLEY_INTERNAL, NULL, "node key %s is not a file", file);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "node key %s belongs to another user: chown it to the node's", file);
	if ((st.st_mode & (lent ? 037 : 077)) != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "node key %s is open to others (mode %04o): chmod 600 it", file,
		    (unsigned)st.st_mode & 07777);
	return 0;
}

static int
read_fd(const char *file, int fd, bool lent, uint8_t key[32], struct parley_error *err)
{
	char text[KEYFILE_DIGITS + 2];
	ssize_t n;
	int rc;

	if (check_owner(file, fd, lent, err) < 0)
		return -1;
	n = read(fd, text, sizeof text);
	if (n < 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "node key %s: %s", file, strerror(errno));
	rc = keyfile_parse(text, (size_t)n, key);
	OPENSSL_cleanse(text, sizeof text);
	if (rc < 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "node key %s does not hold 64 hex digits", file);
	return 0;
}

int
keyfile_read(const char *file, bool lent, uint8_t key[32], struct parley_error *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;

	if (fd < 0)
		return parley_fail(err, errno == ENOENT ? PARLEY_NOT_FOUND : PARLEY_INTERNAL, NULL,
		    "node key %s: %s", file, strerror(errno));
	rc = read_fd(file, fd, lent, key, err);
	close(fd);
	return rc;
}

static int
write_key(int fd, const uint8_t key[32])
{
	char text[KEYFILE_DIGITS + 2];
	ssize_t n;

	for (size_t i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", key[i]);
	text[KEYFILE_DIGITS] = '\n';
	n = write(fd, text, KEYFILE_DIGITS + 1);
	OPENSSL_cleanse(text, sizeof text);
	if (n >= 0 && n != KEYFILE_DIGITS + 1)
		errno = ENOSPC;
	return n == KEYFILE_DIGITS + 1 ? fsync(fd) : -1;
}

static int
sync_directory(const char *file)
{
	char path[KEYFILE_PATH];
	int fd, rc;

	snprintf(path, sizeof path, "%s", file);
	fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

/* Under another name first: a crash leaves the whole key or none. link, unlike rename, refuses to
 * replace a key that another process made meanwhile. */
static int
publish(const char *fresh, const char *file, const uint8_t key[32])
{
	int fd, rc;

	unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = write_key(fd, key);
	if (close(fd) < 0)
		rc = -1;
	if (rc == 0)
		rc = link(fresh, file);
	if (rc == 0)
		rc = sync_directory(file);
	return rc;
}

int
keyfile_make(const char *file, uint8_t key[32], struct parley_error *err)
{
	char fresh[KEYFILE_PATH];
	int error;

	if ((size_t)snprintf(fresh, sizeof fresh, "%s.new", file) >= sizeof fresh)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "node key: the path is too long");
	random_bytes(key, 32);
	error = publish(fresh, file, key) < 0 ? errno : 0;
	unlink(fresh);
	if (error == 0)
		return 0;
	OPENSSL_cleanse(key, 32);
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "cannot make node key %s: %s", file, strerror(error));
}
