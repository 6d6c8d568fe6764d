/* SPDX-License-Identifier: MIT */
/* account.c - parleyctl account: the people of the node. */
#include "ctl/ctl.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define PAGE 200 /* accounts in one answer */

/* Opens params for a request with a password, which is read: 0, or an exit status. */
static int
password_params(struct parley_text *params, struct parley_writer *w, const char *name)
{
	char password[CTL_PASSWORD_SIZE];

	if (ctl_read_password(password) != 0)
		return CTL_REFUSED;
	if (!parley_utf8_valid(password, strlen(password))) {
		OPENSSL_cleanse(password, sizeof password);
		return ctl_usage("the password is not UTF-8");
	}
	/* As much as it can become, so that no copy is left behind in memory that was given back.
	 */
	parley_text_reserve(params, 6 * sizeof password + 4096);
	parley_writer_init(w, params);
	parley_put_object(w, NULL);
	parley_put_string(w, "name", name);
	parley_put_string(w, "password", password);
	OPENSSL_cleanse(password, sizeof password);
	return 0;
}

/* Asks, and wipes params. */
static const struct parley_json *
call_with_password(struct ctl *ctl, const char *method, struct parley_text *params, int *status)
{
	const struct parley_json *result = ctl_call(ctl, method, params, status);

	OPENSSL_cleanse(params->s, params->cap);
	parley_text_fini(params);
	return result;
}

static int
create_account(struct ctl *ctl, const char *name, const char *const *values)
{
	struct parley_text params = { 0 };
	const struct parley_json *result;
	struct parley_writer w;
	int status = password_params(&params, &w, name);

	if (status != 0)
		return status;
	parley_put_string(&w, "display", values[1]);
	parley_put_string(&w, "email", values[2]);
	if (values[0] != NULL)
		parley_put_bool(&w, "admin", true);
	parley_put_end(&w);
	result = call_with_password(ctl, "account.create", &params, &status);
	if (result != NULL && !ctl->json)
		printf("%s was made%s\n", name, values[0] != NULL ? ", an administrator" : "");
	return status;
}

int
ctl_account_create(struct ctl *ctl, int argc, char **argv)
{
	static const char *const known[] = { "!admin", "display", "email", NULL };
	const char *values[3] = { NULL };
	int at = ctl_take_options(argc, argv, known, values);

	if (at < 0 || argc - at != 1)
		return ctl_usage("account create takes one name, behind its options");
	for (int i = 0; i < argc; i++)
		if (!parley_utf8_valid(argv[i], strlen(argv[i])) || strlen(argv[i]) > 1000)
			return ctl_usage("an argument is too long or not UTF-8");
	return create_account(ctl, argv[at], values);
}

int
ctl_account_password(struct ctl *ctl, int argc, char **argv)
{
	struct parley_text params = { 0 };
	struct parley_writer w;
	int status;

	if (argc != 1 || !parley_utf8_valid(argv[0], strlen(argv[0])) || strlen(argv[0]) > 1000)
		return ctl_usage("account password takes one name");
	status = password_params(&params, &w, argv[0]);
	if (status != 0)
		return status;
	parley_put_end(&w);
	if (call_with_password(ctl, "account.change", &params, &status) != NULL && !ctl->json)
		printf("%s has a new password; all devices are signed out\n", argv[0]);
	return status;
}

/* "yes" or "no" as a member; false for anything else. */
static bool
put_yes(struct parley_writer *w, const char *name, const char *value)
{
	if (value == NULL)
		return true;
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return false;
	parley_put_bool(w, name, value[0] == 'y');
	return true;
}

int
ctl_account_change(struct ctl *ctl, int argc, char **argv)
{
	static const char *const known[] = { "admin", "disabled", NULL };
	const char *values[2] = { NULL };
	int at = ctl_take_options(argc, argv, known, values), status;
	struct parley_text params = { 0 };
	struct parley_writer w;

	if (at < 0 || argc - at != 1 || (values[0] == NULL && values[1] == NULL) ||
	    !parley_utf8_valid(argv[at], strlen(argv[at])) || strlen(argv[at]) > 1000)
		return ctl_usage(
		    "account change takes --admin yes|no, --disabled yes|no, and a name");
	parley_writer_init(&w, &params);
	parley_put_object(&w, NULL);
	parley_put_string(&w, "name", argv[at]);
	if (!put_yes(&w, "admin", values[0]) || !put_yes(&w, "disabled", values[1])) {
		parley_text_fini(&params);
		return ctl_usage("--admin and --disabled take yes or no");
	}
	parley_put_end(&w);
	if (ctl_call(ctl, "account.change", &params, &status) != NULL && !ctl->json)
		printf("%s was changed\n", argv[at]);
	parley_text_fini(&params);
	return status;
}

static const struct parley_json *
account_page(struct ctl *ctl, const char *after, int *status)
{
	struct parley_text params = { 0 };
	const struct parley_json *result;
	struct parley_writer w;

	parley_writer_init(&w, &params);
	parley_put_object(&w, NULL);
	parley_put_int(&w, "limit", PAGE);
	if (after[0] != '\0')
		parley_put_string(&w, "after", after);
	parley_put_end(&w);
	result = ctl_call(ctl, "account.list", &params, status);
	parley_text_fini(&params);
	return result;
}

static const char *
last_name(const struct parley_json *accounts)
{
	const char *name = "";

	for (const struct parley_json *a = parley_json_first(accounts); a != NULL;
	     a = parley_json_next(accounts, a))
		name = parley_json_string_or(parley_json_get(a, "name"), "");
	return name;
}

int
ctl_account_list(struct ctl *ctl, int argc, char **argv)
{
	static const struct ctl_column columns[] = {
		{ "NAME", "shown", CTL_TEXT },
		{ "DISPLAY", "display", CTL_TEXT },
		{ "ADMIN", "admin", CTL_YES },
		{ "DISABLED", "disabled", CTL_YES },
		{ "HIDDEN", "hidden", CTL_YES },
		{ "CREATED", "created", CTL_TIME },
		{ 0 },
	};
	char after[64] = "";
	bool more = true;
	int status = 0;

	if (argc > 0)
		return ctl_usage("account list takes no arguments");
	while (more) {
		const struct parley_json *result = account_page(ctl, after, &status), *accounts;

		if (result == NULL)
			break;
		accounts = parley_json_get(result, "accounts");
		if (!ctl->json)
			ctl_print_table(accounts, columns, 0);
		snprintf(after, sizeof after, "%s", last_name(accounts));
		more = after[0] != '\0' && parley_json_bool(parley_json_get(result, "more"), false);
	}
	return status;
}
