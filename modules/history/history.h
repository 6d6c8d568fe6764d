/* SPDX-License-Identifier: MIT */
/* history.h - the archive of chats: the parts of the module history among themselves. */
#ifndef HISTORY_H
#define HISTORY_H

#include "owed.h"

#include <parley/groups.h>
#include <parley/history.h>
#include <parley/memory.h>
#include <parley/module.h>
#include <parley/notify.h>
#include <parley/roster.h>
#include <parley/table.h>

/* An answer ends behind the message that makes it longer: what is much longer would fill the queue
 * of a slow connection, and could not be kept for a resume. */
#define ANSWER_BYTES (256 * 1024)

/* Whom somebody talks with: the name of an account, or "#" and that of a group. */
/* People of groups who may be in memory, for each chat that may. */
#define MEMBERS_PER_CHAT 8
#define PEER_SIZE        (PARLEY_NAME_MAX + 2)

/* A rule: what is older than so many days goes. */
struct keep_rule {
	int64_t days;  /* 0: nothing goes; -1: there is no rule */
	int64_t since; /* ms since 1970: when it was made */
};

/* What is stored of how long a chat keeps its messages. */
struct keep_state {
	struct keep_rule own;      /* made by those in the chat */
	struct keep_rule operator; /* by the operator for this chat */
	int64_t first;             /* everything before this seq is gone; 1 or more */
	int64_t swept;             /* ms since 1970: when first last moved; 0: never */
	char until[37];            /* the highest mid that is gone, or "" */
};

/* One who takes part in a chat. */
struct member {
	char name[PARLEY_NAME_MAX + 1];
	int64_t from;            /* the first seq that may be read; 0: everything */
	int64_t joined;          /* of a group: the entry that told of it, */
	int64_t ended;           /* and that which told that it is over; 0: still in it */
	int64_t read;            /* the read position as it is stored */
	int64_t received, saved; /* the last message a device of theirs has; and as it is stored */
	int64_t received_at; /* ms since 1970: when received last moved; 0: before it was loaded */
	int64_t own;    /* seq of the last message this one wrote: it has read at least that far */
	int64_t marked; /* marked as unread from this seq on, when it was read; 0: not, */
	int64_t marked_to; /* and the last entry then: own messages behind it end it */
	int64_t own_behind, own_to, own_count; /* so many own ones between these: a cache */
	int64_t since;                         /* ms since 1970: when it joined the group */
	int64_t changed; /* the same: when read last moved, or it joined or left */
	bool stored;     /* has its document in members_collection */
	bool loaded;
	int64_t counted_to, counted; /* so many changes up to that seq: a cache */
	int64_t named;               /* a message that mentions them, not yet read; -1: perhaps */
	int64_t mentions, mentions_behind; /* how many, behind that seq, as it was counted */
	uint64_t mentions_revision;        /* at mention_revision + 1 */
	bool mentions_deaf;                /* without those of everybody */
};

/* A chat in memory. Names its stream in the archive. */
struct chat {
	char key[PARLEY_KEY_MAX];     /* parley_chat_key, or "#name" */
	struct member sides[2];       /* of a chat of accounts, in the order of the key */
	unsigned side_count;          /* 1 in a chat with oneself */
	struct parley_table *members; /* of a group: those who are in use; else NULL */

	int64_t head;      /* seq of the last entry; 0: none yet */
	int64_t head_time; /* its time */
	int64_t changed;   /* ms since 1970: when it was archived */
	char head_mid[37];
	int64_t last, last_time; /* the same of the last message */
	char last_mid[37];

	bool counted;            /* what follows is known */
	int64_t changes;         /* how many there are */
	int64_t last_change;     /* the seq of the last of them */
	struct parley_lane lane; /* of those who make changes */
	bool applying;           /* one is on its way */
	bool stuck;              /* one is durable and not applied: the store failed */
	bool owed;               /* one of another module is durable and not marked as done */
	char leaver[PARLEY_NAME_MAX + 1]; /* who left with it, which may not be stored yet */
	int64_t left;                     /* its seq; 0: nobody */
	uint64_t revision;                /* how many were made since it was loaded */

	struct parley_lane mentioning; /* of those who keep mentions */
	uint64_t mention_revision;
	int64_t named; /* behind this seq nobody is mentioned */

	struct keep_state keep; /* how long messages are kept, and what is left of the chat */

	bool unsaved; /* what was received is to be stored */
	struct chat *next_unsaved;

	struct watch *watch; /* the shelves it stands on; NULL: none */

	bool loaded;
	unsigned pins; /* in use: not evicted */
	struct parley_lane loading;
	struct chat *newer, *older; /* by use, for eviction */
};

struct history {
	int64_t chats_cached, edit_window, delete_window; /* options */
	int64_t keep_direct_days, keep_group_days;
	int64_t search_fresh, search_pending, search_share;
	bool keep_versions, searching;
	uint64_t appended, changed, indexed, searches, search_segments, search_gone, search_purged,
	    search_overflows, search_looks, chats_in_memory, chats_loaded, removed, walks,
	    sized_chats, sized_messages, sized_bytes, sized_oldest, disk_free_bytes; /* metrics */
	uint64_t members_in_memory, owed_chats, damaged_chats;
	struct keeper *keeper;
	struct owed owed;
	struct parley_table *chats;
	struct chat *newest, *oldest;
	struct parley_table *shelves, *watches; /* shelf.h: by account; by the key of the chat */
	struct shelf *newest_shelf, *oldest_shelf;
	uint64_t spots_in_memory;
	struct search *search;
	struct parley_table *awaited; /* who has yet to acknowledge messages, and from whom */
	struct chat *unsaved;
	char latest[37]; /* mid of the last entry that is known to be archived; "" for none */
};

extern const struct parley_collection messages_collection, members_collection, own_collection;

/* chat.c: the cache. chat_get awaits and pins; NULL with err. The chat is that of account and peer;
 * account counts only when peer is one, too. chat_put unpins and clears the pointer. */
struct chat *chat_get(
    struct history *h, const char *account, const char *peer, struct parley_error *err);
struct chat *chat_known(struct history *h, const char *key); /* or NULL; maybe not yet loaded */
void chat_put(struct history *h, struct chat **c);
void chat_free_all(struct history *h);
bool chat_is_group(const struct chat *c);
/* Whom account talks with in it. */
const char *chat_peer(const struct chat *c, const char *account);
/* Takes note of a message that is archived, unless a later one is known. A chat that is still being
 * read must be told too: its query may have run before the commit. */
void chat_note(
    struct chat *c, const char *mid, const char *from, int64_t seq, int64_t time, int64_t changed);
/* The same of a change. */
void chat_note_change(struct chat *c, const char *mid, int64_t seq, int64_t time);
/* When an entry was archived, in ms since 1970. */
int64_t entry_time(const struct parley_doc *doc);
/* When a chat with this last entry changed: with it, or when what is too old was removed since. */
int64_t entry_changed(const struct parley_doc *doc);
/* An entry of any chat is archived: everything that was queued before it is, too. */
void history_note(struct history *h, const char *mid);
/* Sees to it that changes and last_change are known. Awaits. */
int chat_count_changes(struct chat *c, struct parley_error *err);

/* The first seq that m may read; and that there is for anybody. */
int64_t chat_floor(const struct chat *c, const struct member *m);

/* member.c: who takes part. chat_member: those in memory, or NULL. member_get awaits; NULL with
 * err, which is PARLEY_NOT_FOUND when the account never took part in the group. */
struct member *chat_member(struct chat *c, const char *name);
struct member *member_get(
    struct history *h, struct chat *c, const char *name, struct parley_error *err);
/* As member_get, but only one who may read the chat now. */
struct member *member_reader(
    struct history *h, struct chat *c, const char *name, struct parley_error *err);
/* Who has awaited something asks it again: 0; or -1 when m may not read the chat any more. */
int member_still(const struct member *m, struct parley_error *err);
void member_key(char key[PARLEY_KEY_MAX], const char *name, const struct chat *c);
int member_load(struct chat *c, struct member *m, struct parley_error *err);
/* What m wrote it has read, also when its read position was stored before. */
int member_load_own(struct chat *c, struct member *m, struct parley_error *err);
/* Forgets those of a group. */
void chat_free_members(struct history *h, struct chat *c);
/* Makes the documents of both sides, once in the life of a chat. Awaits. */
int chat_store_members(struct history *h, struct chat *c, struct parley_error *err);
int history_join(void *self, const char *key, const char *account, int64_t seq, bool whole,
    struct parley_error *err);
int history_leave(
    void *self, const char *key, const char *account, int64_t seq, struct parley_error *err);

/* unread.c: how far they have read, and what is unread. member_behind: as far as it has read, or
 * need not read: what is gone is not unread. */
int64_t member_read(const struct member *m);
int64_t member_behind(const struct chat *c, const struct member *m);
/* The seq from which on it is marked as unread, or 0. */
int64_t member_marked(const struct chat *c, const struct member *m);
/* How many messages are unread. Awaits, but mostly not. -1 with err. */
int64_t member_unread(struct chat *c, struct member *m, struct parley_error *err);
/* Moves and stores it. Awaits. 0 or -1. */
int member_move(struct history *h, const struct chat *c, struct member *m, int64_t read,
    int64_t marked, int64_t marked_to, struct parley_error *err);
/* The members of its document that mark it. */
void member_put_mark(struct parley_writer *w, const struct member *m);
/* Of an answer: "unread" and "unread_from". */
void position_put(
    struct parley_writer *w, const struct chat *c, const struct member *m, int64_t unread);
/* Tells the account's other sessions. */
void position_tell(
    const struct chat *c, const struct member *m, int64_t unread, parley_session_id but);

/* A part of a text that names somebody: an account, or "@all" or "@here". */
#define MENTION_SIZE (PARLEY_NAME_MAX + 2)
#define MENTIONS_MAX 50
struct mention {
	uint32_t start, length; /* in characters; the @ counts */
	char who[MENTION_SIZE];
};
struct mentions {
	unsigned count;
	struct mention list[MENTIONS_MAX];
};

/* mention.c. mentions_find: those that author may name in a text for the chat with this key. Awaits
 * when there is an @. 0 or -1. */
int mentions_find(const char *chat, const char *author, const char *text, struct mentions *out,
    struct parley_error *err);
void mentions_read(struct mentions *out, const struct parley_json *list); /* of a document */
void mentions_put_document(struct parley_writer *w, const struct mentions *mentions);
void mentions_put_frame(struct parley_writer *w, const struct mentions *mentions);

/* mentioned.c: who has not read yet that they were mentioned. */
extern const struct parley_collection mentions_collection;
#define MENTIONS_TODO ",\"todo\":\"history\"" /* in a document whose mentions are not kept yet */
/* here: who had a session then, ",alice,bob,", or NULL. */
int mentioned_add(struct history *h, const struct parley_doc *message, const char *here,
    struct parley_error *err);
/* The same for a message that has just been archived, on a fiber of its own. c may be NULL. */
void mentioned_keep(struct history *h, struct chat *c, const struct parley_message *m);
/* Forgets those of a message that are not in still. */
int mentioned_drop(struct history *h, const struct parley_doc *message,
    const struct mentions *still, struct parley_error *err);
/* Forgets those that m has read. */
int mentioned_read(struct chat *c, struct member *m, struct parley_error *err);
/* How many unread messages mention m. -1 with err. */
int64_t mentioned_count(struct chat *c, struct member *m, struct parley_error *err);

/* quote.c: finds what a message answers, forwards and mentions, and adds it. Awaits when there is
 * something. 0, or -1 with what is wrong with it. */
int quote_check(struct history *h, struct parley_message *m, const struct chat *c,
    const struct member *from, struct parley_error *err);

/* A change of a message or of a group, as it is written in the journal. Texts are borrowed. */
struct change {
	const char *kind;
	const char *target; /* the mid of the message that changed */
	const char *text;   /* what it says now; or of a group */
	const char *emoji, *who, *role;
	const char *old; /* of an edit: what was written first, to be kept; or NULL */
	int64_t place;   /* of an edit: the seq of the message; 0: it was not noted */
	int on;          /* 0, 1, or -1 for none */
	bool has_days;   /* of "keep": else there is no rule from now on */
	int64_t days;
	bool operator; /* an operator did it: then from is "" */
	struct mentions mentions;
};

/* change.c: the members that tell of it. */
void change_read(struct change *out, const struct parley_json *doc);
void change_put_document(struct parley_writer *w, const struct change *change);
/* For one who may read what is from this seq on: what was written before and was edited since is
 * told to be edited, and not what it says. */
void change_put_frame(struct parley_writer *w, const struct change *change, int64_t from);

/* journal.c: one change of a chat at a time. */
struct entry {
	struct chat *chat;
	struct parley_ticket turn;
	const char *from, *device; /* device may be NULL */
	struct change change;
	const char
	    *todo; /* the module that still has to do something once it is durable, or NULL */
	char mid[37];
	int64_t seq, time; /* when it is durable */
	bool admitted;     /* owed_admit has a place for it */
};

/* Waits for its turn; from then until entry_end no other change is made to the chat. 0 or -1; call
 * entry_end in either case. */
int entry_begin(struct history *h, struct entry *e, struct parley_error *err);
/* Makes it durable. What follows is not cancelled. 0, or -1 when nothing has happened. */
int entry_append(struct history *h, struct entry *e, struct parley_error *err);
/* A document has nothing left to be done. */
int journal_clear_todo(const char *key, struct parley_error *err);
/* New: the frame that tells account of it. */
struct parley_payload *entry_frame(const struct entry *e, const char *account, int64_t from);
/* Before an entry that some of the members must not read: has those in memory who are connected, so
 * that entry_send knows them. Awaits. 0 or -1. */
int entry_meet(struct history *h, const struct entry *e, struct parley_error *err);
/* Sends it to everybody in the chat. Awaits when the group is not in memory: else does not. */
void entry_send(const struct entry *e);
/* Nothing is left to do. 0 or -1. */
int entry_done(const struct entry *e, struct parley_error *err);
void entry_end(struct history *h, struct entry *e);

/* Who left with the entry seq takes part no more, before it is stored. */
void member_leaves(struct history *h, struct chat *c, const char *name, int64_t seq);

/* Calls fn for each document that still has something to do for a module (stream: in this chat
 * alone; or NULL) in the order of each journal, and clears the mark when it returns 0. 0 or -1. */
int journal_redo(const char *module, const char *stream,
    int (*fn)(void *arg, const struct parley_doc *doc, struct parley_error *err), void *arg,
    struct parley_error *err);

/* apply.c: puts a change of a message in force in the archive. target: the message; NULL: it is no
 * more. May be done again. Awaits. 0 or -1. */
int apply_change(struct history *h, const struct parley_doc *target, const struct change *change,
    const char *from, int64_t seq, int64_t time, struct parley_error *err);
/* The same of an entry that was left undone: for journal_redo. */
int apply_undone(void *history, const struct parley_doc *doc, struct parley_error *err);
/* Takes all of a message that is too old, or of a change, out of the store: mentions, words, and
 * what later changes say of it. husk: the entry itself stays, with nothing that somebody wrote. May
 * be done again. Awaits. 0 or -1. */
int apply_remove(
    struct history *h, const struct parley_doc *doc, bool husk, struct parley_error *err);
bool document_is_husk(const struct parley_doc *doc);
/* The entries of one kind that changed a message before one, the last first, at most so many. */
#define ENTRIES_FOUND 200
int entries_find(const char *mid, const char *kind, const char *stream, int64_t before,
    struct parley_docs *docs, struct parley_error *err);
/* How often somebody may react to a message, all together; a document has its bounds. */
#define REACTIONS_MAX 5000
#define EMOJIS_MAX    20
struct reaction_count {
	unsigned emojis, all;
	bool has_emoji; /* the one that was asked for, */
	bool has_own;   /* from the account that was asked for */
};
struct reaction_count reactions_count(
    const struct parley_json *message, const char *emoji, const char *account);

/* keep.c: how long messages are kept: see keep.h. */
extern const struct parley_collection keep_collection;
/* Reads what is stored of a chat. Awaits. 0 or -1. */
int keep_read(struct history *h, const char *key, struct keep_state *out, struct parley_error *err);
/* Whether a mid that is not there any more is one of what was too old. */
bool keep_is_gone(const struct chat *c, const char *mid);
/* Writes "keep", when messages are not kept for ever, and "begins", when some are gone. */
void keep_put(const struct history *h, struct parley_writer *w, const struct chat *c);
/* Puts an entry in force that made a rule. Awaits. 0 or -1. */
int keep_redo(struct history *h, const struct parley_doc *entry, struct parley_error *err);

/* The chat with this key, pinned. Awaits. NULL with err. */
struct chat *chat_get_key(struct history *h, const char *key, struct parley_error *err);

/* attempt.c: a request to change a message. chat_check_peer: 0 when account may change something in
 * a chat of two, which both must want; else -1. Awaits. */
int chat_check_peer(const struct chat *c, const char *account, struct parley_error *err);
struct attempt {
	struct history *history;
	struct parley_request *request;
	const char *account;
	struct member *member;
	struct parley_doc *target;
	struct entry entry; /* the check fills in change, but for kind and target */
};
/* Looks whether it may be done now, with nothing else changing the chat. 1; or 0 when it is so
 * already; or -1 with err. */
typedef int attempt_check(struct attempt *t, struct parley_error *err);
/* Does it and answers. */
void attempt_run(
    struct history *h, struct parley_request *r, const char *kind, attempt_check *check);

/* The pinned messages of a chat, the last first. */
struct parley_query pins_query(const struct chat *c);

/* reading.c: documents that later changes, sent live, fit to: no change is sent between the reading
 * and the answer without being in what was read.
 *     rc = reading_begin(&rd, h, c, err);
 *     do { ... read ... } while (reading_again(&rd));
 *     ... write the answer; do not await ...
 *     reading_end(&rd); */
struct reading {
	struct history *history;
	struct chat *chat;
	struct parley_ticket turn;
	uint64_t revision;
	bool alone; /* nobody changes the chat */
};
int reading_begin(struct reading *rd, struct history *h, struct chat *c, struct parley_error *err);
bool reading_again(struct reading *rd);
void reading_end(struct reading *rd);

/* The message with this mid in a chat that m may read, or NULL with err. New. */
struct parley_doc *message_find(const struct chat *c, const struct member *m, const char *mid,
    const char *where, struct parley_error *err);
/* Gives fn entries of a chat behind one place and up to another, the last first, until it returns
 * false; most of them at most, 1 or more. Awaits. 0 or -1. */
int entries_scan(const struct chat *c, int64_t behind, int64_t to, unsigned most,
    bool (*fn)(void *arg, const struct parley_doc *entry), void *arg, struct parley_error *err);

/* document.c: documents of the archive, and frames made of them. */
void document_write(struct parley_text *out, const struct parley_message *m);
/* The members that every frame has, as account sees it; the rest follows. */
struct heading {
	const char *mid, *id, *from, *device, *to;
	bool group;
	int64_t seq, time;
};
void heading_put(struct parley_writer *w, const struct heading *heading, const char *account);
/* The frame without its closing brace as account sees it, which may read what is from this seq on:
 * see parley_history_1. */
void document_frame(
    struct parley_text *out, const struct parley_doc *doc, const char *account, int64_t from);
/* The same as a member of an answer. */
void document_put(struct parley_writer *w, const char *key, const struct parley_doc *doc,
    const char *account, int64_t from);
bool document_is_change(const struct parley_doc *doc);
/* ... of a message, which has it in itself. */
bool document_is_message_change(const struct parley_doc *doc);
/* Who wrote what was forwarded, or NULL. */
void forward_put_frame(struct parley_writer *w, const char *source);
/* Name and domain of whom it is talked with. */
void peer_address(char out[PARLEY_ADDRESS_SIZE], const char *peer);

/* gather.c: several reads, at most FINDS_MAX, for one wait. 0 with what each has found, to be freed
 * with finds_fini, or -1 with nothing. Awaits. */
#define FINDS_MAX 32
struct find {
	const struct parley_collection *collection;
	const char *key;           /* of one document; or NULL: */
	struct parley_query query; /* many */
	struct parley_doc *doc;    /* NULL: there is none with that key */
	struct parley_docs docs;
};
int find_many(struct find *finds, unsigned count, struct parley_error *err);
void finds_fini(struct find *finds, unsigned count);

/* own.c: what an account has set for its chats. own_load awaits; 0 or -1; call own_fini either way.
 */
struct own {
	struct parley_table *by_peer;
};
int own_load(struct own *own, const char *account, struct parley_error *err);
void own_fini(struct own *own);
/* Writes one document of it as members of a row; last is the seq of the last message. */
void own_put(struct parley_writer *w, const struct parley_json *own, int64_t last);

/* receipts.c: receipts_read tells the others how far account has read; awaits. receipts_between:
 * whether both want that told; awaits. receipts_save is the fiber that stores what was received. */
void receipts_read(struct chat *c, const char *account, int64_t seq);
int tells_receipts(const char *name, struct parley_error *err); /* 1, 0, or -1; awaits */
bool receipts_between(const char *a, const char *b);
void receipts_save(void *history);
void receipts_free(struct history *h);
enum parley_verdict receipts_delivered(void *self, struct parley_message *m);
enum parley_verdict receipts_acked(void *self, parley_session_id session, const char *mid);
enum parley_verdict receipts_ended(
    void *self, parley_session_id session, const struct parley_json *frame, bool resumed);

/* readers.c: who is in a chat, copied before anything awaits. people_of: everybody in the group, or
 * the other one, but none when there are more than max. How many there are in all, or -1. Awaits.
 * Free names. */
struct people {
	unsigned count, room;
	char (*names)[PARLEY_NAME_MAX + 1];
};
int people_of(
    struct people *p, const struct chat *c, const char *account, int max, struct parley_error *err);

/* moments.c: the times of steps of a position; 0: not known. */
#define MOMENTS_MAX 64
enum moments_kind { MOMENTS_READ, MOMENTS_RECEIVED };
struct moments {
	unsigned count;
	struct moment {
		int64_t seq, time;
	} list[MOMENTS_MAX];
};
extern const struct parley_collection moments_collection;
/* Of a document of it, or of NULL. */
void moments_read(struct moments *out, const struct parley_doc *doc, enum moments_kind kind);
/* When the position came to seq, or 0. */
int64_t moment_of(const struct moments *m, int64_t seq);
/* m's position has moved from before to seq. A kill may lose it. Awaits. */
void moments_add(const struct chat *c, const struct member *m, enum moments_kind kind,
    int64_t before, int64_t seq, int64_t time);

/* The methods and the service. */
void history_set(void *self, struct parley_request *r);
void history_keep(void *self, struct parley_request *r);
int history_put_keep(
    void *self, struct parley_writer *w, const char *key, struct parley_error *err);
void retention_set(void *self, struct parley_request *r);
void retention_run(void *self, struct parley_request *r);
void retention_status(void *self, struct parley_request *r);
void history_typing(void *self, struct parley_request *r);
void history_search(void *self, struct parley_request *r);
void history_readers(void *self, struct parley_request *r);
void history_page(void *self, struct parley_request *r);
void history_inbox(void *self, struct parley_request *r);
void history_read(void *self, struct parley_request *r);
void history_unread(void *self, struct parley_request *r);
void history_get(void *self, struct parley_request *r);
void history_pins(void *self, struct parley_request *r);
void history_date(void *self, struct parley_request *r);
void history_versions(void *self, struct parley_request *r);
void history_edit(void *self, struct parley_request *r);
void history_delete(void *self, struct parley_request *r);
void history_react(void *self, struct parley_request *r);
void history_pin(void *self, struct parley_request *r);
const char *history_latest(void *self);
int history_missed(void *self, const char *account, const char *mid, unsigned limit,
    void (*fn)(void *arg, const char *mid, const char *device, struct parley_text *frame),
    void *arg, bool *more_r, struct parley_error *err);

int history_peers(void *self, const char *account,
    void (*fn)(void *arg, const char *peer, int64_t messages), void *arg, struct parley_error *err);

/* Reads the documents of account's side of all its chats. 0 or -1. */
int history_members(const char *account, struct parley_docs *out, struct parley_error *err);

/* Whom an address stands for. 0, or -1 with err: PARLEY_BAD_REQUEST, or PARLEY_NOT_FOUND for one of
 * another node. */
int peer_parse(const char *address, char peer[PEER_SIZE], struct parley_error *err);
/* Whom the request's chat is with; else refuses the request and returns -1. */
int history_chat_param(struct parley_request *r, char peer[PEER_SIZE]);
/* Says of a chat that is not there which parameter names it. -1. */
int history_no_chat(struct parley_error *err);
/* A time of the schemas' form, "2026-11-22T10:00:00.123Z", in ms since 1970. 0, or -1 when there is
 * no such day. */
int history_parse_time(const char *s, int64_t *ms_r);
/* The request's chat, pinned, and the caller's place in it; else refuses the request and returns
 * NULL. Awaits. */
struct chat *history_chat_get(
    struct history *h, struct parley_request *r, struct member **member_r);
/* The same of a request about a message of the chat, "mid". message_r gets it: new. */
struct chat *history_message_get(struct history *h, struct parley_request *r,
    struct member **member_r, struct parley_doc **message_r);

#endif
