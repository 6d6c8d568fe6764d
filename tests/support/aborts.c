/* SPDX-License-Identifier: MIT */
#include "support/test.h"

#include "support/aborts.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

bool
aborts(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		fn();
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}
