/* SPDX-License-Identifier: MIT */
/* notify.h - what people want to be notified of: the parts of the module notify among themselves.
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include <parley/memory.h>
#include <parley/module.h>
#include <parley/notify.h>
#include <parley/table.h>

#define CHAT_SIZE      (PARLEY_NAME_MAX + 2) /* "alice" or "#club", with its NUL */
#define MUTED_FOR_EVER (-1)

enum level { LEVEL_DEFAULT, LEVEL_ALL, LEVEL_MENTIONS, LEVEL_NOTHING, LEVELS };
enum reason { REASON_CHAT, REASON_DIRECT, REASON_GROUP, REASON_MUTED, REASON_QUIET };

/* Hours in which there are no notifications, in minutes since local midnight. */
struct quiet {
	bool on;
	int start, end;
	int offset; /* minutes that local time is ahead of UTC */
};

/* One chat that differs. */
struct exception {
	char chat[CHAT_SIZE];
	enum level level;
	int64_t muted; /* until then, ms since 1970; 0: it is not; or MUTED_FOR_EVER */
	bool deaf;     /* to @all and @here */
};

/* What one account wants. In memory while the account has a session, or while it is in use. */
struct settings {
	char account[PARLEY_NAME_MAX + 1];
	enum level direct, group;
	bool requests;
	struct quiet quiet;
	struct parley_table *chats; /* of struct exception */
	bool loaded;
	unsigned pins;
	struct parley_lane lane; /* for reading it, and for changes */
};

/* What holds for one chat as things are. */
struct effective {
	enum level level;
	enum reason reason;
	int64_t until; /* ms since 1970; 0: no end is known */
	bool deaf;     /* to @all and @here */
};

struct notify {
	int64_t chats_max;       /* option */
	uint64_t accounts, told; /* metrics */
	struct parley_table *settings;
};

extern const struct parley_collection notify_collection;
extern const char *const level_names[LEVELS];

/* settings.c: settings_get pins them, reading them when needed (awaits); NULL with err.
 * settings_put unpins and clears the pointer. settings_known: NULL when they are not in memory. */
struct settings *settings_get(struct notify *n, const char *account, struct parley_error *err);
void settings_put(struct notify *n, struct settings **s);
struct settings *settings_known(const struct notify *n, const char *account);
void settings_free_all(struct notify *n);
/* Stores what was changed; when that fails, memory is as the store has it again. Call it with the
 * lane's turn. Awaits. 0 or -1. */
int settings_store(struct settings *s, struct parley_error *err);
/* The one of a chat; new when there is none. */
struct exception *settings_exception(struct settings *s, const char *chat);
void settings_drop_exception(struct settings *s, const char *chat);
enum level level_read(const struct parley_json *v, enum level otherwise);
void quiet_read(struct quiet *q, const struct parley_json *v);
void quiet_put(struct parley_writer *w, const struct quiet *q);

/* decide.c: pure. */
void decide_effective(
    const struct settings *s, const char *chat, int64_t now, struct effective *out);
enum parley_grade decide_grade(const struct effective *e, bool mentioned);

/* methods.c */
void notify_get(void *self, struct parley_request *r);
void notify_update(void *self, struct parley_request *r);
void notify_chat(void *self, struct parley_request *r);
void put_effective(struct parley_writer *w, const char *key, const struct effective *e);

#endif
