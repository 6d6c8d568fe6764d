/* SPDX-License-Identifier: MIT */
/* death.h - code that must end the process, and say why. Include after support/test.h. */
#ifndef DEATH_H
#define DEATH_H

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void
death_child(int fd, void (*fn)(void))
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	signal(SIGABRT, SIG_DFL); /* cmocka catches them */
	signal(SIGSEGV, SIG_DFL);
	dup2(fd, STDERR_FILENO);
	fn();
	_exit(0);
}

/* Runs fn in a child, which has to end badly with words on its stderr that contain why. */
static void
assert_dies(void (*fn)(void), const char *why)
{
	char said[16384];
	size_t len = 0;
	ssize_t got;
	int fds[2], status;
	pid_t child;

	fflush(NULL);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		death_child(fds[1], fn);
	close(fds[1]);
	while ((got = read(fds[0], said + len, sizeof said - 1 - len)) > 0)
		len += (size_t)got;
	close(fds[0]);
	said[len] = '\0';
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		fail_msg("it lived, and said: %s", said);
	if (strstr(said, why) == NULL)
		fail_msg("it died without \"%s\", and said: %s", why, said);
}

#endif
