/* SPDX-License-Identifier: MIT */
/* listen_socket.c - opens the sockets that the node listens on. */
#include "net/listen_socket.h"

#include "base/xalloc.h"
#include "net/netaddr.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_FLAGS (SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)

static int
listen_fail(struct listen_socket *s, const struct listen_config *config, const char *what,
    struct parley_error *err)
{
	int saved = errno;

	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	if (config->port != 0)
		return parley_fail(err, PARLEY_INTERNAL, NULL, "cannot %s %s port %d: %s", what,
		    config->address, config->port, strerror(saved));
	return parley_fail(
	    err, PARLEY_INTERNAL, NULL, "cannot %s %s: %s", what, config->address, strerror(saved));
}

/* ---- Unix sockets ---- */

/* A path that a node which was killed has left behind is removed; one that is in use is not. */
static int
unix_clear_path(const struct sockaddr_un *sa)
{
	struct stat st;
	int fd, rc;

	if (lstat(sa->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	fd = socket(AF_UNIX, LISTEN_FLAGS, 0);
	if (fd < 0)
		return -1;
	rc = connect(fd, (const struct sockaddr *)sa, sizeof *sa);
	if (rc != 0 && errno == ECONNREFUSED) {
		close(fd);
		return unlink(sa->sun_path);
	}
	close(fd);
	errno = EADDRINUSE;
	return -1;
}

static int
unix_open(struct listen_socket *s, const struct listen_config *config, struct parley_error *err)
{
	mode_t mode = config->kind == LISTEN_CONTROL ? 0600 : 0660;
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	errno = ENAMETOOLONG;
	if (strlen(config->address) >= sizeof sa.sun_path)
		return listen_fail(s, config, "bind", err);
	strcpy(sa.sun_path, config->address);
	if (unix_clear_path(&sa) != 0)
		return listen_fail(s, config, "bind", err);
	s->fd = socket(AF_UNIX, LISTEN_FLAGS, 0);
	if (s->fd < 0 || bind(s->fd, (const struct sockaddr *)&sa, sizeof sa) != 0)
		return listen_fail(s, config, "bind", err);
	s->path = xstrdup(config->address);
	/* Nobody can connect before listen, so there is no moment with the wrong mode. */
	if (chmod(s->path, mode) != 0 || listen(s->fd, SOMAXCONN) != 0) {
		listen_fail(s, config, "listen on", err);
		listen_socket_close(s);
		return -1;
	}
	return 0;
}

/* ---- TCP ---- */

static bool
listen_is_plain(enum listen_kind kind)
{
	return kind == LISTEN_HTTP || kind == LISTEN_METRICS || kind == LISTEN_CONTROL;
}

static int
tcp_bind(struct listen_socket *s, const struct netaddr *address, bool v4, bool both, int port)
{
	struct sockaddr_in sa4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
	int on = 1, only = !both;

	memcpy(&sa4.sin_addr, address->bytes + 12, 4);
	memcpy(&sa6.sin6_addr, address->bytes, 16);
	s->fd = socket(v4 ? AF_INET : AF_INET6, LISTEN_FLAGS, 0);
	if (s->fd < 0 || setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0)
		return -1;
	if (v4)
		return bind(s->fd, (const struct sockaddr *)&sa4, sizeof sa4);
	if (setsockopt(s->fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) != 0)
		return -1;
	return bind(s->fd, (const struct sockaddr *)&sa6, sizeof sa6);
}

/* Every address, of both families; on a machine without IPv6 of the one. */
static int
tcp_bind_any(struct listen_socket *s, int port)
{
	static const struct netaddr any;

	if (tcp_bind(s, &any, false, true, port) == 0)
		return 0;
	if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
		return -1;
	if (s->fd >= 0)
		close(s->fd);
	return tcp_bind(s, &any, true, false, port);
}

static int
tcp_read_port(struct listen_socket *s)
{
	struct sockaddr_storage sa = { 0 };
	struct sockaddr_in sa4;
	socklen_t len = sizeof sa;

	if (getsockname(s->fd, (struct sockaddr *)&sa, &len) != 0)
		return -1;
	memcpy(&sa4, &sa, sizeof sa4); /* the port is at the same place in both families */
	s->port = ntohs(sa4.sin_port);
	return 0;
}

static int
tcp_open(struct listen_socket *s, const struct listen_config *config, struct parley_error *err)
{
	bool any = strcmp(config->address, "*") == 0;
	struct netaddr address;
	int rc;

	if (!any && !netaddr_parse(config->address, &address))
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "cannot listen on \"%s\": neither *, nor an address, nor a path",
		    config->address);
	if (listen_is_plain(config->kind) && (any || !netaddr_is_loopback(&address)))
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "%s: without TLS only loopback addresses and Unix sockets", config->address);
	if (any)
		rc = tcp_bind_any(s, config->port);
	else
		rc = tcp_bind(s, &address, netaddr_is_v4(&address), false, config->port);
	if (rc != 0)
		return listen_fail(s, config, "bind", err);
	if (listen(s->fd, SOMAXCONN) != 0 || tcp_read_port(s) != 0)
		return listen_fail(s, config, "listen on", err);
	return 0;
}

int
listen_socket_open(
    struct listen_socket *s, const struct listen_config *config, struct parley_error *err)
{
	*s = (struct listen_socket){ .fd = -1 };
	if (config->address[0] == '/')
		return unix_open(s, config, err);
	if (config->kind == LISTEN_CONTROL)
		return parley_fail(err, PARLEY_INTERNAL, NULL,
		    "%s: the control socket must be the absolute path of a Unix socket",
		    config->address);
	return tcp_open(s, config, err);
}

void
listen_socket_close(struct listen_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->path != NULL)
		unlink(s->path);
	free(s->path);
	*s = (struct listen_socket){ .fd = -1 };
}
