/* SPDX-License-Identifier: MIT */
/* ctl.h - parleyctl: one connection to the control socket, and its answers as text for people. */
#ifndef CTL_H
#define CTL_H

#include "base/arena.h"

#include <parley/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Exit statuses besides 0. */
enum {
	CTL_REFUSED = 1,     /* the node said no, or a check found mistakes */
	CTL_UNREACHABLE = 2, /* no node behind the socket, or it went away */
	CTL_USAGE = 64
};

struct ctl {
	const char *socket;    /* path */
	const char *config;    /* file, for what parleyd does without a socket; NULL: its own */
	bool json;             /* print answers as they come, one a line */
	int fd;                /* -1: not yet connected */
	struct parley_text in; /* what was read behind the last line */
	unsigned id;
	struct arena memory; /* of the last answer */
};

/* Calls a method; params is the text of an object, or NULL. Returns the result, valid until the
 * next call; or NULL, with the reason on stderr and the exit status in *status. With ctl->json the
 * result is printed already. */
const struct parley_json *ctl_call(
    struct ctl *ctl, const char *method, const struct parley_text *params, int *status);
void ctl_close(struct ctl *ctl);

/* ---- arguments (args.c) --------------------------------------------------------------------- */

/* Says on stderr what is wrong with the arguments. Returns CTL_USAGE. */
int ctl_usage(const char *what);

/* Goes over "--name VALUE" and "--flag" before the other arguments. known has the names, those that
 * stand alone with a "!" before, and ends with NULL; their values go to values[], in the order of
 * known, borrowed from argv. Returns how many arguments were taken, or -1. */
int ctl_take_options(int argc, char **argv, const char *const *known, const char **values);

/* True for 1 to 18 digits. */
bool ctl_is_number(const char *s);

/* ---- output -------------------------------------------------------------------------------- */

/* How a member of each item is shown. */
enum ctl_kind {
	CTL_TEXT,
	CTL_COUNT, /* aligned to the right */
	CTL_YES,   /* "yes", or nothing */
	CTL_TIME,
	CTL_BYTES,
	CTL_SECONDS,
	CTL_DAYS, /* 0: for ever */
	CTL_LIST  /* an array of texts */
};
struct ctl_column {
	const char *title, *member;
	enum ctl_kind kind;
};

/* Prints the items of an array as a table, indent characters from the left; columns ends with { 0
 * }. */
void ctl_print_table(const struct parley_json *items, const struct ctl_column *columns, int indent);

/* Prints members of an object, one a line. */
void ctl_print_members(const struct parley_json *object, const struct ctl_column *members);

/* Appends a text from the node so that it cannot control the terminal. */
void ctl_print_safe(struct parley_text *out, const char *s);

/* ---- passwords ----------------------------------------------------------------------------- */

#define CTL_PASSWORD_SIZE 1024

/* Reads a new password: twice from the terminal without showing it, or a line of stdin when that is
 * no terminal. 0, or -1 with the reason on stderr. The caller wipes out. */
int ctl_read_password(char out[CTL_PASSWORD_SIZE]);

/* ---- what needs no node -------------------------------------------------------------------- */

/* Becomes parleyd with these arguments, which end with NULL, and with ctl's configuration. Returns
 * only when there is none: an exit status, the reason on stderr. */
int ctl_daemon(const struct ctl *ctl, const char *const *arguments);

int ctl_store_check(struct ctl *ctl, int argc, char **argv);
int ctl_store_recover(struct ctl *ctl, int argc, char **argv);
int ctl_store_copy(struct ctl *ctl, int argc, char **argv);
int ctl_store_compare(struct ctl *ctl, int argc, char **argv);
int ctl_backup(struct ctl *ctl, int argc, char **argv);
int ctl_restore(struct ctl *ctl, int argc, char **argv);

/* ---- commands ------------------------------------------------------------------------------ */

/* account.c */
int ctl_account_create(struct ctl *ctl, int argc, char **argv);
int ctl_account_change(struct ctl *ctl, int argc, char **argv);
int ctl_account_password(struct ctl *ctl, int argc, char **argv);
int ctl_account_list(struct ctl *ctl, int argc, char **argv);

/* key.c */
int ctl_key_make(struct ctl *ctl, int argc, char **argv);
int ctl_key_status(struct ctl *ctl, int argc, char **argv);
int ctl_key_rotate(struct ctl *ctl, int argc, char **argv);
int ctl_key_rewrap(struct ctl *ctl, int argc, char **argv);

/* retention.c */
int ctl_retention_status(struct ctl *ctl, int argc, char **argv);
int ctl_retention_set(struct ctl *ctl, int argc, char **argv);
int ctl_retention_run(struct ctl *ctl, int argc, char **argv);

struct ctl_command {
	const char *words;                                  /* "account create" */
	const char *usage;                                  /* what may follow, or "" */
	const char *summary;                                /* one line */
	int (*run)(struct ctl *ctl, int argc, char **argv); /* the arguments behind the words */
};
extern const struct ctl_command ctl_commands[]; /* ends with { 0 } */

#endif
