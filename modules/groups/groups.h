/* SPDX-License-Identifier: MIT */
/* groups.h - groups: the parts of the module groups among themselves.
 *
 * A change of a group goes one way: under the group's lane who asks is checked against what is in
 * memory; an entry is appended to the journal of the group's chat (module history); once that is
 * durable it is put in force in memory, and then in the documents. After a crash the entry is there
 * and says what is still to be done, so there is never half a change. */
#ifndef GROUPS_H
#define GROUPS_H

#include <parley/groups.h>
#include <parley/history.h>
#include <parley/memory.h>
#include <parley/module.h>
#include <parley/presence.h>
#include <parley/roster.h>
#include <parley/table.h>

#define TITLE_MAX 80 /* characters, as the schemas have it */
#define ABOUT_MAX 500
#define TOPIC_MAX 200

#define RATES_MAX 100000 /* accounts and networks that are counted at once */
#define MADE_NAME 10     /* characters of a name that the node makes */
#define NAMES_MAX 5      /* people by whom a group without title is shown */

/* How an account stands to a group, least first: stored as these numbers. */
enum role { ROLE_NONE, ROLE_BANNED, ROLE_MEMBER, ROLE_MODERATOR, ROLE_ADMIN, ROLE_OWNER, ROLES };

enum permission { MAY_INVITE, MAY_POST, MAY_PIN, MAY_EDIT, MAY_MENTION, PERMISSIONS };

struct settings {
	bool open;                  /* public */
	bool whole;                 /* new members read everything */
	int64_t slow;               /* seconds between two messages of a member */
	enum role may[PERMISSIONS]; /* the lowest role that may */
};

/* Somebody in a group, or banned from it. */
struct member {
	char name[PARLEY_NAME_MAX + 1];
	enum role role;
	int64_t since;   /* ms since 1970 */
	int64_t posted;  /* for slow mode: when last, ms since 1970; 0: not since it was loaded */
	char *posted_id; /* and with which id */
	char *display;   /* lower case; NULL: not looked up */
};

struct group {
	char name[PARLEY_NAME_MAX + 1];
	char *title, *about, *topic;
	struct settings settings;
	int64_t created; /* ms since 1970 */
	unsigned count;  /* members */
	bool exists;     /* has a document */
	bool ended;      /* nobody is left; only its title is kept, so that its name stays taken */
	bool loaded, loading_members, members_loaded;
	bool displays_loaded;
	struct parley_table *members; /* by name, those who are banned too */
	unsigned banned;
	struct member **sorted; /* members by role and name; NULL: to be made */
	struct parley_channel *channel;
	struct parley_lane loading, lane; /* lane: one change at a time */
	struct parley_lane making;        /* those who ask for it to be made, once */
	const char *going; /* who is being taken out: what they send now could come behind that */
	bool settled;      /* somebody owns it who can log in; false: to be looked at */
	bool stuck;        /* a change is durable and not stored: memory alone knows it */
	unsigned pins;
	struct group *newer, *older; /* by use, for eviction */
};

struct groups {
	bool running; /* what a crash has left is done */
	int64_t members, groups_per_account, groups_owned, invitations_hour, invitations_waiting,
	    links, bans, peeks_minute, groups_cached, members_cached;     /* options */
	uint64_t created, ended, joined, left, invited, searches, slowed; /* metrics */
	uint64_t groups_in_memory, groups_loaded, members_in_memory, rates_in_memory;
	struct parley_table *by_name;
	struct group *newest, *oldest;
	struct parley_table *rates;
	const struct parley_history_1 *history;
	void *history_self;
	const struct parley_roster_1 *roster;
	void *roster_self;
};

extern const struct parley_collection groups_collection, members_collection, invitations_collection,
    links_collection, names_collection;

/* ---- group.c: groups in memory. Both getters pin, await, and are NULL with err: PARLEY_NOT_FOUND
 * also for one that has ended. group_put unpins and clears the pointer. ---- */
struct group *group_get(struct groups *gs, const char *name, struct parley_error *err);
struct group *group_get_members(struct groups *gs, const char *name, struct parley_error *err);
/* One that may have ended, or have no members yet. */
struct group *group_fetch(struct groups *gs, const char *name, struct parley_error *err);
/* For a name that may be free: nothing of it is read. */
struct group *group_pin(struct groups *gs, const char *name);
/* What is missing after group_pin, and again when what is stored has been written anew: 0, or -1
 * with PARLEY_NOT_FOUND when nothing is. Awaits. */
int group_load_head(struct groups *gs, struct group *g, bool again, struct parley_error *err);
/* The document is gone. */
void group_unload_head(struct group *g);
/* What is missing after group_get. 0 or -1. Awaits. */
int group_load_members(struct groups *gs, struct group *g, struct parley_error *err);
void group_put(struct groups *gs, struct group **g);
/* In memory with its members, and not ended; else NULL. Does not await. */
struct group *group_known(const struct groups *gs, const char *name);
void group_free_all(struct groups *gs);

/* NULL: none. With members loaded. */
struct member *member_find(const struct group *g, const char *account);
enum role member_role(const struct group *g, const char *account);
/* Makes account stand so to the group, with ROLE_NONE: not at all; keeps counts and channel. */
void member_set(
    struct groups *gs, struct group *g, const char *account, enum role role, int64_t since);
/* All members by role, most first, and name. Borrowed until one changes. */
struct member **members_sorted(struct group *g);
/* Another display name. */
void members_rename(struct groups *gs, const char *account, const char *display);
int members_load_displays(struct group *g, struct parley_error *err);

/* ---- document.c: as they are stored ---- */
const char *role_name(enum role role);
enum role role_of_name(const char *name); /* ROLE_NONE for what is none */
const char *permission_name(enum permission p);
void settings_default(struct settings *s);
void settings_read(struct settings *s, const struct parley_json *doc);
void settings_put(struct parley_writer *w, const struct settings *s);
bool settings_same(const struct settings *a, const struct settings *b);
void group_read(struct group *g, const struct parley_doc *doc);
/* All members but the braces. */
void group_put_document(struct parley_writer *w, const struct group *g);
void member_key(char out[PARLEY_KEY_MAX], const char *group, const char *account);
/* How account stands to a group whose members are perhaps not loaded. 0 or -1. Awaits. */
int stored_role(
    const struct group *g, const char *account, enum role *out, struct parley_error *err);
/* How many groups account is in, or owns; at most max. -1 with err. Awaits. */
int64_t groups_of(const char *account, enum role least, uint32_t max, struct parley_error *err);

/* ---- writes.c: several documents at once, which the store puts into one commit ---- */
enum write_kind { WRITE_PUT, WRITE_PATCH, WRITE_REMOVE };
struct write {
	const struct parley_collection *collection;
	enum write_kind kind;
	char key[PARLEY_KEY_MAX];
	struct parley_text json;
	struct writes *all;
};
struct writes {
	struct write *list;
	unsigned count, room, open;
	int rc;
	struct parley_error err;
	struct parley_event done;
};
/* Starts as { 0 }. Returns the text for the document, which is borrowed until the next call. */
struct parley_text *writes_add(
    struct writes *w, const struct parley_collection *c, enum write_kind kind, const char *key);
/* Does them all and forgets them; what is to be removed and is not there is no failure. 0 or -1.
 * Awaits, and is not cancelled. */
int writes_run(struct writes *w, struct parley_error *err);

/* ---- update.c ---- */
/* Changes what is said in params; the rest stays. */
void settings_ask(struct settings *s, const struct parley_json *params);
/* Whether the title and the topic in params, if there are any, can be shown. 0, or -1 with
 * PARLEY_BAD_REQUEST and where. */
int check_lines(const struct parley_json *params, struct parley_error *err);

/* ---- change.c: one change ---- */
enum kind {
	KIND_CREATED,
	KIND_ADDED,
	KIND_JOINED,
	KIND_LEFT,
	KIND_REMOVED,
	KIND_BANNED,
	KIND_UNBANNED,
	KIND_ROLE,
	KIND_TITLE,
	KIND_ABOUT,
	KIND_TOPIC,
	KIND_SETTINGS,
	KINDS
};
struct change {
	struct groups *groups;
	struct group *group; /* pinned, members loaded */
	enum kind kind;
	const char *from, *device; /* device NULL: the node does it by itself */
	const char *who;           /* to whom, or NULL */
	enum role role;            /* of KIND_ROLE */
	const char *text;          /* of the texts; NULL: empty */
	struct settings settings;  /* of KIND_SETTINGS: the new ones */
	int64_t time;
};
/* The group's lane: leave it with parley_lane_leave in either case. 0, or -1: the node stops,
 * the group has ended meanwhile, or what happened last cannot be stored yet. Awaits. */
int lane_enter(
    struct groups *gs, struct group *g, struct parley_ticket *ticket, struct parley_error *err);
/* In the lane: makes the change. 0, or -1 when nothing has happened. Awaits. */
int change_make(struct change *c, struct parley_error *err);
/* After a crash: the entry that history has found. */
int change_redo(void *arg, const struct parley_undone *entry, struct parley_error *err);

/* ---- act.c: what the methods have in common ---- */
/* A request about a group, in its lane. */
struct act {
	struct groups *groups;
	struct parley_request *request;
	struct group *group; /* members loaded */
	char me[PARLEY_NAME_MAX + 1];
	char device[PARLEY_DEVICE_MAX + 1];
	enum role role;                /* mine, when it began */
	char who[PARLEY_NAME_MAX + 1]; /* the account that "address" names, or "" */
	struct parley_ticket turn;
	struct parley_error err;
};
/* Reads "group", or takes name when it is not NULL, and "address" when there is one. 0 or -1;
 * act_end in either case, which refuses the request when rc is not 0. */
int act_begin(struct act *a, struct groups *gs, struct parley_request *r, const char *name);
void act_end(struct act *a, int rc);
/* 0 when I am in the group; else -1 in words that fit. */
int act_needs_member(struct act *a);
/* 0 when my role is this one at least. what: "rename this group". */
int act_needs_role(struct act *a, enum role least, const char *what);
int act_change(struct act *a, enum kind kind, const char *who, enum role role, const char *text);
/* The group that a text names as an address, in lower case. 0, or -1 with err. */
int group_param(
    const char *text, const char *where, char out[PARLEY_NAME_MAX + 1], struct parley_error *err);
/* The same of an account of this node. */
int account_param(
    const char *text, const char *where, char out[PARLEY_NAME_MAX + 1], struct parley_error *err);
int no_group(struct parley_error *err);
/* Why somebody who is not in the group may not do something there. -1. */
int no_member(const struct group *g, enum role role, struct parley_error *err);

/* ---- view.c: groups as readers see them, and events. All await. ---- */
void group_address(char out[PARLEY_ADDRESS_SIZE], const char *group);
void account_address(char out[PARLEY_ADDRESS_SIZE], const char *account);
/* Of a group that is pinned. 0, or -1 and nothing is written. */
int put_group(struct groups *gs, struct parley_writer *w, const char *key, const char *viewer,
    struct group *g, struct parley_error *err);
int view_put_group(void *self, struct parley_writer *w, const char *key, const char *viewer,
    const char *group, struct parley_error *err);
/* Event groups.changed to the devices of account but one (0: to all); by may be NULL. */
void tell_changed(
    struct groups *gs, struct group *g, const char *account, const char *by, parley_session_id but);
/* The same to all members who are connected. */
void tell_all_changed(struct groups *gs, struct group *g, parley_session_id but);
void tell_answered(const char *group, const char *account, parley_session_id but);

/* ---- invite.c ---- */
/* People who are to be added or invited: reads "people". */
struct guests {
	struct guest {
		char name[PARLEY_NAME_MAX + 1]; /* "" when the address is no account's */
		char address[PARLEY_ADDRESS_SIZE];
		enum { GUEST_ADD, GUEST_INVITE, GUEST_IGNORED, GUEST_REFUSED } way;
		bool done; /* added, or invited */
		struct parley_error err;
	} * list;
	uint32_t count;
};
/* Looks at each of them as me does; those who are in the group "in" (NULL: none) count as added. 0,
 * or -1: too many in this hour, or the store failed. */
int guests_read(struct guests *guests, struct groups *gs, const char *me,
    const struct parley_json *people, const struct group *in, struct parley_error *err);
/* Adds and invites them. Not in the lane. */
void guests_bring(
    struct guests *guests, struct groups *gs, struct group *g, const char *me, const char *device);
/* Writes "added", "invited" and "refused". */
void guests_answer(const struct guests *guests, struct parley_writer *w);
void guests_fini(struct guests *guests);
/* ---- once.c: what is made once, also when it is asked for again ---- */
struct once {
	char hash[44]; /* "": it may be made again */
};
/* What the request says, for a group or "". False when it says nothing. */
bool once_read(const struct parley_request *r, const char *group, struct once *out);
/* The nth name of len characters that may be given, always the same. */
void once_name(const struct once *once, int n, char *out, size_t len);
/* Writes the member "once" of a group's document, with what became of the guests unless NULL. */
void once_put(struct parley_writer *w, const struct once *once, const struct guests *guests);
/* 1 with the document of the group when this has made it, 0, or -1. Awaits. */
int once_find(const struct once *once, const struct group *g, struct parley_doc **doc_r,
    struct parley_error *err);
/* Whether it was said what became of the guests; and the same again. */
bool once_is_answered(const struct parley_doc *doc);
void once_answer(struct parley_writer *w, const struct parley_doc *doc);
int once_store(const struct once *once, const struct group *g, const struct guests *guests,
    struct parley_error *err);

/* Takes back all invitations to a group. 0 or -1. */
int invitations_end(const char *group, struct parley_error *err);
/* Whether account is invited. 1, 0 or -1. */
int is_invited(const char *group, const char *account, struct parley_error *err);
void invitation_key(char out[PARLEY_KEY_MAX], const char *group, const char *account);

/* ---- rate.c: how often somebody did something ---- */
/* Counts n more for what key names. True when there are at most "most" in the window that began
 * with the first of them; else err is PARLEY_LIMIT with a time, and nothing is counted. */
bool rate_take(struct groups *gs, const char *key, int64_t n, int64_t most, int64_t window_ms,
    const char *what, struct parley_error *err);
void rates_free(struct groups *gs);

/* ---- names.c: the index that search uses ---- */
/* Adds the writes that make the index say how a public group is called now, or nothing of a private
 * one. Awaits. 0 or -1. */
int names_write(struct writes *w, const struct group *g, struct parley_error *err);

/* ---- link.c ---- */
#define LINK_SIZE 27 /* 26 characters: 130 bits */
/* The link that works under this text: its hash and its group. Counts against the network that
 * asks. 0, or -1 with PARLEY_NOT_FOUND, PARLEY_LIMIT, or as the store. */
int link_find(struct groups *gs, const struct parley_request *r, const char *link,
    char hash[PARLEY_KEY_MAX], char group[PARLEY_NAME_MAX + 1], struct parley_error *err);
/* In the group's lane: uses it once (by is -1), or gives that back (1). 0 or -1. */
int link_use(const char *hash, const char *group, int by, struct parley_error *err);
/* Removes those that account has made, or all when it is NULL. */
int links_end(const char *group, const char *account, struct parley_error *err);

/* ---- post.c: messages to groups ---- */
enum parley_verdict groups_check(void *self, struct parley_message *m);
enum parley_verdict groups_check_again(void *self, struct parley_message *m);
int post_may(void *self, const char *group, const char *account, enum parley_group_act act,
    const char *whose, struct parley_error *err);

/* ---- owner.c ---- */
/* In the lane: whether somebody else owns the group who can log in. 1, 0 or -1. Awaits. */
int has_other_owner(const struct group *g, const char *account, struct parley_error *err);
/* In the lane: account is to leave; hands the group on when it is its only owner, or none of the
 * others can log in. 0 or -1. */
int hand_on(struct groups *gs, struct group *g, const char *account, struct parley_error *err);
/* In the lane: makes an owner of the first who can log in when no owner can, in the name of account
 * (NULL: of one of them), which can no longer. 0, also when nobody can, or -1. */
int owner_settle(struct groups *gs, struct group *g, const char *account, struct parley_error *err);
/* The same, unless it is known that an owner can log in; takes the lane. 0 or -1. */
int owner_look(struct groups *gs, struct group *g, struct parley_error *err);
/* The same on a fiber of its own; does not await. */
void owner_look_later(struct groups *gs, const struct group *g);
/* The same for the groups in memory that account (NULL: anybody) is in; or, when it has left, only
 * notes that they are to be looked at. */
void owner_look_all(struct groups *gs, const char *account, bool left);

/* ---- leave.c ---- */
int leave_all(void *self, const char *account, struct parley_error *err);
int hand_on_all(struct groups *gs, const char *account, struct parley_error *err);

/* ---- the methods ---- */
void groups_create(void *self, struct parley_request *r);
void groups_get(void *self, struct parley_request *r);
void groups_list(void *self, struct parley_request *r);
void groups_search(void *self, struct parley_request *r);
void groups_update(void *self, struct parley_request *r);
void groups_members(void *self, struct parley_request *r);
void groups_invite(void *self, struct parley_request *r);
void groups_withdraw(void *self, struct parley_request *r);
void groups_invitations(void *self, struct parley_request *r);
void groups_join(void *self, struct parley_request *r);
void groups_decline(void *self, struct parley_request *r);
void groups_leave(void *self, struct parley_request *r);
void groups_remove(void *self, struct parley_request *r);
void groups_unban(void *self, struct parley_request *r);
void groups_banned(void *self, struct parley_request *r);
void groups_role(void *self, struct parley_request *r);
void groups_link(void *self, struct parley_request *r);
void groups_links(void *self, struct parley_request *r);
void groups_revoke(void *self, struct parley_request *r);
void groups_peek(void *self, struct parley_request *r);

#endif
