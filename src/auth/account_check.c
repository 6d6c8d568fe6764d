/* SPDX-License-Identifier: MIT */
/* account_check.c - what a name, a password, a display name, an e-mail address may be. */
#include "auth/account_check.h"

#include "auth/password.h"
#include "base/xalloc.h"

#include <parley/text.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define EMAIL_MAX 254 /* RFC 5321, 4.5.3.1.3 */
#define TERMS_MAX 32

/* Names that could pass for the node's voice, or that mail and software give a meaning of their
 * own (RFC 2142). */
static const char *const reserved[] = { "abuse", "admin", "administrator", "admins", "all",
	"announce", "anonymous", "anyone", "api", "channel", "daemon", "deleted", "everybody",
	"everyone", "federation", "group", "groups", "guest", "help", "helpdesk", "here",
	"hostmaster", "info", "localhost", "mailer_daemon", "mod", "moderator", "moderators",
	"node", "nobody", "noreply", "no_reply", "none", "null", "official", "operator", "parley",
	"parleyd", "postmaster", "register", "room", "rooms", "root", "security", "self", "server",
	"service", "staff", "superuser", "support", "sysadmin", "sysop", "system", "undefined",
	"webmaster", "www", "you", NULL };

static char **more_reserved;

void
account_reserve(const char *const *names)
{
	size_t n = 0;

	for (char **p = more_reserved; p != NULL && *p != NULL; p++)
		free(*p);
	free(more_reserved);
	more_reserved = NULL;
	if (names == NULL)
		return;
	while (names[n] != NULL)
		n++;
	more_reserved = xcalloc(n + 1, sizeof *more_reserved);
	for (size_t i = 0; i < n; i++)
		more_reserved[i] = xstrdup(names[i]);
}

bool
parley_name_reserved(const char *name)
{
	for (const char *const *p = reserved; *p != NULL; p++)
		if (strcasecmp(*p, name) == 0)
			return true;
	for (char **p = more_reserved; p != NULL && *p != NULL; p++)
		if (strcasecmp(*p, name) == 0)
			return true;
	return false;
}

static int
refuse(const char *where, const char *rule, struct parley_error *err)
{
	return parley_fail(err, PARLEY_BAD_REQUEST, where, "%s", rule);
}

int
account_check_password(const char *password, struct parley_error *err)
{
	size_t len = strlen(password);

	if (len < PASSWORD_MIN || len > PASSWORD_MAX)
		return refuse("/params/password", "must be 8 to 256 bytes long", err);
	return 0;
}

int
account_check_display(const char *display, struct parley_error *err)
{
	if (!parley_utf8_is_line(display, PARLEY_DISPLAY_MAX))
		return refuse("/params/display",
		    "must be at most 64 characters on one line, and not blank", err);
	return 0;
}

/* Not whether mail arrives: only that it cannot be more, or less, than one address. */
static bool
is_email(const char *email)
{
	const char *at = strrchr(email, '@');

	if (at == NULL || at == email || at[1] == '\0' || strlen(email) > EMAIL_MAX)
		return false;
	return strpbrk(email, " ,;:<>()[]\"\\") == NULL && strchr(email, '@') == at &&
	       parley_utf8_is_line(email, EMAIL_MAX);
}

int
account_check_new(const struct parley_account_new *what, struct parley_error *err)
{
	if (!parley_name_valid(what->name))
		return refuse(
		    "/params/name", "must be 3 to 15 letters, digits or underscores", err);
	if (account_check_password(what->password, err) < 0)
		return -1;
	if (what->display != NULL && account_check_display(what->display, err) < 0)
		return -1;
	if (what->email != NULL && !is_email(what->email))
		return refuse("/params/email", "must be one e-mail address", err);
	if (what->terms != NULL && !parley_utf8_is_line(what->terms, TERMS_MAX))
		return refuse("/params/terms", "must be at most 32 characters", err);
	return 0;
}
