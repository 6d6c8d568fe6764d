/* SPDX-License-Identifier: MIT */
/* password.c - reads a password from the terminal without showing it, or from a pipe. */
#include "ctl/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* A signal that came while the terminal did not show what is typed; it is sent again after. */
static volatile sig_atomic_t caught;

static void catch (int sig)
{
	caught = sig;
}

/* Reads up to the end of the line. 0, or -1 at the end of the file, after a signal, or when the
 * line is too long. */
static int
read_line(int fd, char out[CTL_PASSWORD_SIZE])
{
	size_t len = 0;

	for (;;) {
		ssize_t n = read(fd, out + len, 1);

		if (n < 0 && errno == EINTR && caught == 0)
			continue;
		if (n < 0 || (n == 0 && len == 0))
			return -1;
		if (n == 0 || out[len] == '\n')
			break;
		if (++len == CTL_PASSWORD_SIZE)
			return -1;
	}
	if (len > 0 && out[len - 1] == '\r')
		len--;
	out[len] = '\0';
	return 0;
}

static int
ask(int tty, const char *prompt, char out[CTL_PASSWORD_SIZE])
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	struct sigaction before[sizeof signals / sizeof signals[0]];
	struct sigaction action = { .sa_handler = catch };
	struct termios shown, hidden;
	int rc;

	if (tcgetattr(tty, &shown) != 0)
		return -1;
	caught = 0;
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &action, &before[i]);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(tty, TCSAFLUSH, &hidden);
	dprintf(tty, "%s", prompt);
	rc = read_line(tty, out);
	dprintf(tty, "\n");
	tcsetattr(tty, TCSAFLUSH, &shown);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &before[i], NULL);
	if (caught != 0)
		raise(caught);
	return rc;
}

static int
ask_twice(int tty, char out[CTL_PASSWORD_SIZE])
{
	char again[CTL_PASSWORD_SIZE];
	int rc = ask(tty, "Password: ", out);

	if (rc == 0)
		rc = ask(tty, "The same again: ", again);
	if (rc != 0)
		fputs("parleyctl: no password was given\n", stderr);
	else if (strcmp(out, again) != 0) {
		fputs("parleyctl: the passwords are not the same\n", stderr);
		rc = -1;
	}
	OPENSSL_cleanse(again, sizeof again);
	return rc;
}

int
ctl_read_password(char out[CTL_PASSWORD_SIZE])
{
	int tty, rc;

	if (!isatty(STDIN_FILENO)) {
		if (read_line(STDIN_FILENO, out) == 0)
			return 0;
		fputs("parleyctl: no password came from stdin\n", stderr);
		return -1;
	}
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	rc = ask_twice(tty >= 0 ? tty : STDIN_FILENO, out);
	if (tty >= 0)
		close(tty);
	return rc;
}
