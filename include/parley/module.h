/* SPDX-License-Identifier: MIT */
/* module.h - all that a module's author needs. A module is a shared object with one exported
 * function, parley_module(), which returns one const struct; loading and unloading are loops over
 * its tables. Everything runs on the router thread: no locks. Read docs/module-guide.md first. */
#ifndef PARLEY_MODULE_H
#define PARLEY_MODULE_H

#include <parley/account.h>
#include <parley/address.h>
#include <parley/api.h>
#include <parley/await.h>
#include <parley/error.h>
#include <parley/json.h>
#include <parley/log.h>
#include <parley/seal.h>
#include <parley/session.h>
#include <parley/store.h>
#include <parley/text.h>

/* ABI history. Major rises when a struct changes shape or a function its meaning; minor when
 * something is added at an end. A module loads when major is equal and minor is not above ours.
 * 1.0  first.
 * 2.0  struct parley_account: privacy; struct parley_message: extra, channel, grade; channels;
 *      parley_rooms_domain; parley/seal.h; parley_utf8_lower.
 * 2.1  parley_hello_limit.
 * 3.0  struct parley_collection: secret; back ends: parley_write_place, the key in parley_merge.
 * 3.1  parley_markdown_in_code; parley_channel_each_here;
 *      parley_message_names; hook message-refused; struct parley_append: seek, at its end, and PARLEY_WRITE_SEEK.
 * 3.2  struct parley_module: limits, at its end; parley_session_most.
 * 4.0  back ends: floors, struct parley_found: origin, struct parley_write: place, PARLEY_WRITE_FLOOR.
 *      struct parley_event: then; struct parley_append and parley_message: another order.
 * 4.1  back ends: parley_describe, parley_op_holds; struct parley_backend: health, hurry, schemes, so
 *      a back end has to be compiled anew.
 * 4.2  parley_utf8_is_line, parley_write_next; struct parley_backend: stored, exists: the same. */
#define PARLEY_ABI_MAJOR 4
#define PARLEY_ABI_MINOR 2

/* ---- options ------------------------------------------------------------------------------ */

enum parley_option_type { PARLEY_OPTION_BOOL, PARLEY_OPTION_INT, PARLEY_OPTION_TEXT };

/* One row per option. From the same row come parsing, bounds, parleyd -n, reload, etc/parley.conf
 * and docs/options.md. Values are written into the state: bool, int64_t or const char *. Texts are
 * never freed while the node runs. */
struct parley_option {
	const char *name;
	enum parley_option_type type;
	size_t offset;
	int64_t number;   /* default of bool and int */
	const char *text; /* default of text */
	int64_t min, max; /* of int; of text: bytes */
	const char *doc;  /* one sentence, with the unit */
};
/* clang-format off */
#define PARLEY_OPT_INT(state, field, def, lo, hi, doc) \
	{ #field, PARLEY_OPTION_INT, offsetof(state, field), (def), NULL, (lo), (hi), (doc) }
#define PARLEY_OPT_BOOL(state, field, def, doc) \
	{ #field, PARLEY_OPTION_BOOL, offsetof(state, field), (def), NULL, 0, 1, (doc) }
#define PARLEY_OPT_TEXT(state, field, def, longest, doc) \
	{ #field, PARLEY_OPTION_TEXT, offsetof(state, field), 0, (def), 0, (longest), (doc) }
/* clang-format on */

/* ---- requests ----------------------------------------------------------------------------- */

/* A question from a client, already checked against the method's schema and roles. Lives until the
 * handler returns, also when the client has gone. */
struct parley_request;

/* What they return is borrowed, as long as r lives. */
PARLEY_API const struct parley_json *parley_request_params(const struct parley_request *r);
PARLEY_API const char *parley_request_account(const struct parley_request *r); /* "" for a guest */
PARLEY_API parley_session_id parley_request_session(const struct parley_request *r);
PARLEY_API unsigned parley_request_roles(const struct parley_request *r);
PARLEY_API const char *parley_request_peer(const struct parley_request *r); /* network address */

/* What to count a client's doings by: its address, or the /64 of an IPv6 one, which is what one
 * customer is given. */
#define PARLEY_NETWORK_SIZE 47
PARLEY_API void parley_request_network(
    const struct parley_request *r, char out[PARLEY_NETWORK_SIZE]);

/* Opens the result object; add members with the writer. It is closed and sent when the handler
 * returns. A handler that returns without answering has succeeded with {}. */
PARLEY_API struct parley_writer *parley_answer(struct parley_request *r);

/* Answers with an error; drops what parley_answer collected. where is a JSON pointer or NULL. */
PARLEY_API void parley_refuse(struct parley_request *r, enum parley_code code, const char *where,
    const char *fmt, ...) PARLEY_PRINTF(4, 5);
/* The same with what a call that failed has said. */
PARLEY_API void parley_refuse_error(struct parley_request *r, const struct parley_error *err);

struct parley_method {
	const char *name; /* "roster.search"; its schemas are schemas/methods/roster.search.json */
	unsigned roles;   /* of enum parley_role: who may call it */
	void (*handle)(void *self, struct parley_request *r); /* on a fiber: may await */
};

/* ---- hooks -------------------------------------------------------------------------------- */

enum parley_verdict {
	PARLEY_PASS, /* go on with the next handler */
	PARLEY_DONE  /* this one has dealt with it: no further handler sees it */
};

/* How much a message is to draw its reader's attention: "notify" of its frame. */
enum parley_grade { PARLEY_GRADE_NONE, PARLEY_GRADE_MESSAGE, PARLEY_GRADE_MENTION };

/* A message on its way. Lives until the chain ends. What is long comes last: of that only the first
 * byte is cleared for each message. */
struct parley_message {
	parley_session_id session; /* the sender's */
	const char *id;            /* the sender's id, for retries; never NULL */
	const char *chat;          /* archive stream: see parley_chat_key; of a group "#name" */
	const char
	    *text; /* NULL in one that forwards, until the archive's check has filled it in */
	const struct parley_json *frame; /* as the client sent it, checked */
	int64_t time;                    /* ms since 1970, from the moment it is stamped */
	int64_t seq;                     /* 0 until it is archived */
	bool archiving; /* the archive has queued it: the router waits for append.done */
	bool repeated;  /* the archive knew the id already: answer again, deliver nothing */
	struct parley_text extra;       /* further members of its frames, as JSON text with a comma
					   before each: ,"reply":"..."; for checks to add to */
	struct parley_text kept;        /* what the document has for them: no domain is kept */
	struct parley_channel *channel; /* who receives it (parley_message_set_channel); NULL: the
					   account "to" */
	/* Whether the message is to draw account's attention; set when it is archived. Must not
	 * await. NULL: no. */
	enum parley_grade (*grade)(void *self, const char *account, const struct parley_message *m);
	void *grade_self;
	char mid[37];                /* "" until it is stamped, just before message-archive */
	struct parley_append append; /* for the archive to fill and queue */
	struct parley_address from, to;
};

/* Refuses the message with an error to its sender, and returns PARLEY_DONE. */
PARLEY_API enum parley_verdict parley_message_refuse(
    struct parley_message *m, enum parley_code code, const char *fmt, ...) PARLEY_PRINTF(3, 4);

/* The same with a place in the frame and a time to try again. */
PARLEY_API enum parley_verdict parley_message_refuse_error(
    struct parley_message *m, const struct parley_error *err);

/* For checks: sends the message to a channel in place of an account; to a group without one there
 * is no way. The message holds the channel until it has been delivered. */
PARLEY_API void parley_message_set_channel(struct parley_message *m, struct parley_channel *ch);

/* For checks: gives the message a text; a copy of len bytes of valid UTF-8 is kept with it. */
PARLEY_API void parley_message_set_text(struct parley_message *m, const char *text, size_t len);

/* For checks: notes that the text names an account; "*" stands for everybody. */
PARLEY_API void parley_message_mention(struct parley_message *m, const char *account);

/* Whether it does, by name or as one of all; and whether by name. For grades. */
PARLEY_API bool parley_message_mentions(const struct parley_message *m, const char *account);
PARLEY_API bool parley_message_names(const struct parley_message *m, const char *account);

/* How many characters the text of a message may have on this node. */
PARLEY_API int64_t parley_message_longest(void);

/* True when it is for a group. */
PARLEY_API bool parley_message_to_group(const struct parley_message *m);

/* Names the archive stream of a chat between two accounts of this node, the same from both sides:
 * "alice+bob". out has PARLEY_KEY_MAX bytes. */
PARLEY_API void parley_chat_key(const char *a, const char *b, char *out);

/* Writes the members of a message as one reader sees it: type, mid, id, from, to, chat (whom the
 * reader talks with), seq, time, text, extra. Opens and closes the object under key. */
PARLEY_API void parley_message_write(
    struct parley_writer *w, const char *key, const struct parley_message *m, const char *chat);

#define PARLEY_STATUS_MAX 100 /* characters of a status */

struct parley_presence {
	parley_session_id session;
	const char *show;   /* "available", "away", "busy", "offline" */
	const char *status; /* custom text, one line (parley_utf8_is_line), or NULL */
};

/* Exactly one of the functions is set, the one that the hook's name calls for (docs/hooks.md is
 * made from the same list):
 *   message-check      message  may it be sent? may await; refuse with parley_message_refuse
 *   message-refused    message  look for what it may be a retry of; must not await; set archiving
 *   message-archive    message  queue it for the archive, or refuse; must not await; set archiving
 *   message-archived   message  it is durable, with its seq, and not yet sent; must not await
 *   message-delivered  message  it was sent to who is connected; may await
 *   session-bound      session  logged in or resumed; frame is the auth frame; may await; the
 *                               session may have gone by the time it runs
 *   session-detached   session  connection lost, resumable for a while; frame is NULL; may await
 *   session-ended      session  gone for good; can be looked up until the chain ends, but not
 *                               sent to; frame is NULL; may await
 *   session-acked      acked    the client has all messages up to mid; must not await
 *   presence           presence a client told its presence; may await
 *   account-created    account  may await
 *   account-changed    account  display name or visibility changed; may await
 *   contact-changed    contact  two accounts became contacts, or are no longer; may await
 */
struct parley_hook {
	const char *name;
	int priority; /* lower runs first; same: by module name */
	enum parley_verdict (*message)(void *self, struct parley_message *m);
	enum parley_verdict (*session)(
	    void *self, parley_session_id s, const struct parley_json *frame, bool resumed);
	enum parley_verdict (*acked)(void *self, parley_session_id s, const char *mid);
	enum parley_verdict (*presence)(void *self, const struct parley_presence *p);
	enum parley_verdict (*account)(void *self, const struct parley_account *a);
	enum parley_verdict (*contact)(void *self, const char *a, const char *b, bool are_contacts);
};

/* For the module that keeps the contacts. Awaits. */
PARLEY_API void parley_fire_contact_changed(const char *a, const char *b, bool are_contacts);

/* ---- services: what modules offer each other ---------------------------------------------- */

/* A table of functions under a name with a version in it, "roster/1". Static. */
struct parley_service {
	const char *name;
	const void *functions; /* the struct that the service's header in include/parley declares */
};

/* The functions, with *self_r the offering module's state; NULL when no loaded module offers it. */
PARLEY_API const void *parley_service_find(const char *name, void **self_r);

/* ---- metrics ------------------------------------------------------------------------------ */

/* A counter or gauge of the module's own, shown as parley_MODULE_NAME (a counter with _total
 * behind) on the metrics listener. Written on the router thread only. */
struct parley_metric {
	const char *name;
	bool gauge;
	size_t offset;   /* of a uint64_t in the state */
	const char *doc; /* one sentence */
};
/* clang-format off */
#define PARLEY_COUNTER(state, field, doc) { #field, false, offsetof(state, field), (doc) }
#define PARLEY_GAUGE(state, field, doc)   { #field, true, offsetof(state, field), (doc) }
/* clang-format on */

/* ---- limits: how full what has a bound is ------------------------------------------------- */

struct parley_fill {
	uint64_t used, max;
	uint64_t refused; /* how often it was full; 0 where that is not counted */
};

/* A queue, cache or pool of the module's own; parleyctl debug limits and the metrics show it as
 * MODULE.NAME. */
struct parley_limit {
	const char *name;
	void (*look)(const void *self, struct parley_fill *fill); /* fill is zeroed; no awaiting */
};

/* ---- the module --------------------------------------------------------------------------- */

struct parley_module {
	uint32_t abi_major, abi_minor;   /* set by PARLEY_ABI */
	uint32_t size;                   /* of this struct when the module was compiled */
	const char *name;                /* "lastseen": lastseen.so, config section, log area */
	const char *summary;             /* one line for parleyctl and docs */
	const char *const *needs;        /* loaded before us; ends with NULL; or NULL */
	const struct parley_hook *hooks; /* each array ends with { 0 }, or is NULL */
	const struct parley_method *methods;
	const struct parley_option *options;
	const struct parley_collection *const *collections; /* ends with NULL */
	const struct parley_service *services;
	const struct parley_metric *metrics;
	size_t state_size; /* zeroed state, passed as self; options and metrics live in it */
	/* On a fiber, after options and collections are ready; may await. 0, or -1 with err. */
	int (*load)(void *self, struct parley_error *err);
	/* After a settings reload has written new option values; must not await. May be NULL. */
	void (*reload)(void *self);
	void (*unload)(void *self); /* also after a failed load, so it accepts half-made state */
	const struct parley_backend *backend; /* store back ends only: parley/backend.h */
	const struct parley_limit *limits;    /* ends with { 0 } */
};

#define PARLEY_ABI                                                                                 \
	.abi_major = PARLEY_ABI_MAJOR, .abi_minor = PARLEY_ABI_MINOR,                              \
	.size = sizeof(struct parley_module)

/* PARLEY_MODULE = { PARLEY_ABI, .name = "ping", ... }; */
#define PARLEY_MODULE                                                                              \
	static const struct parley_module parley_module_data;                                      \
	PARLEY_API const struct parley_module *parley_module(void);                                \
	const struct parley_module *parley_module(void)                                            \
	{                                                                                          \
		return &parley_module_data;                                                        \
	}                                                                                          \
	static const struct parley_module parley_module_data

/* The domain of this node, "chat.example". Static. */
PARLEY_API const char *parley_domain(void);

/* The domain of the groups of this node, "rooms.chat.example". Static. */
PARLEY_API const char *parley_rooms_domain(void);

/* The directory for the node's files, without a final slash. Static. */
PARLEY_API const char *parley_data_dir(void);

/* Puts a text member into the hello frame of every new connection: register puts "register" and
 * "terms". From load and reload. name is static, value is copied. */
PARLEY_API void parley_hello_set(const char *name, const char *value);

/* The same for a number in its member "limits": history puts "edit" and "delete". */
PARLEY_API void parley_hello_limit(const char *name, int64_t value);

/* Random text of n characters from [a-z0-9] but without look-alikes (5 bits each); CSPRNG. */
PARLEY_API void parley_random_text(char *out, size_t n);

/* A new UUIDv7 (RFC 9562), greater than all before it: 36 characters and a NUL. */
PARLEY_API void parley_mid_new(char out[37]);

/* For the archive, when it is loaded: ids are greater than mid from now on, although the clock may
 * have been set back since. */
PARLEY_API void parley_mid_start_after(const char *mid);

#endif
