/* SPDX-License-Identifier: MIT */
/* roster.h - contacts, requests, search: the parts of the module roster among themselves. */
#ifndef ROSTER_H
#define ROSTER_H

#include <parley/memory.h>
#include <parley/module.h>
#include <parley/roster.h>
#include <parley/table.h>

#define GREETING_MAX 800    /* bytes of 200 characters */
#define RATES_MAX    100000 /* accounts whose requests are counted at once */
#define NAME_END_MAX 48     /* bytes of an end of a name that are indexed */

enum pair_state { PAIR_NONE, PAIR_ASKED, PAIR_CONTACTS };

/* How two accounts stand to each other; one document for both, so a change is one write. */
struct pair {
	char key[PARLEY_KEY_MAX];           /* "alice+bob" */
	char names[2][PARLEY_NAME_MAX + 1]; /* in the order of the key */
	enum pair_state state;
	int asker;                   /* PAIR_ASKED: index of who asked */
	bool blocked[2];             /* by names[i], the other */
	char text[GREETING_MAX + 1]; /* of the request */
	int64_t time;                /* ms since 1970 of the last change */
	struct parley_lane lane;     /* one change at a time */
	unsigned refs;               /* rosters and changes under way */
};

/* All pairs of one account, in memory. */
struct book {
	char account[PARLEY_NAME_MAX + 1];
	struct parley_table *pairs; /* by the other's name */
	bool loaded;
	unsigned pins;
	struct parley_lane loading;
	struct book *newer, *older;
};

struct roster {
	int64_t people_cached, contacts_max, requests_hour;     /* options */
	uint64_t requests, accepted, searches, books_in_memory; /* metrics */
	struct parley_table *books;
	struct book *newest, *oldest;
	struct parley_table *rates;     /* requests of an account in the current hour */
	struct parley_table *indexings; /* accounts whose names are being written to the index */
};

extern const struct parley_collection relations_collection, names_collection, dismissed_collection;

/* book.c: the cache. book_get awaits and pins; NULL with err. */
struct book *book_get(struct roster *g, const char *account, struct parley_error *err);
void book_put(struct roster *g, struct book **b);
void book_free_all(struct roster *g);

/* pair.c: the pair of two accounts, in both books; with a reference. New in state none when there
 * is no document. Both books must be loaded. */
struct pair *pair_get(struct book *mine, struct book *other);
/* Takes it out of both books when it stands for nothing and nobody waits to change it. The caller
 * has a reference. */
void pair_drop_void(struct book *mine, struct book *other, const struct pair *p);
void pair_unref(struct pair **p);
struct pair *pair_of_doc(const struct parley_json *doc);
int pair_store(const struct pair *p, struct parley_error *err);
int pair_side(const struct pair *p, const char *name); /* 0 or 1 */
enum parley_relation pair_relation(const struct pair *p, const char *viewer);
/* As viewer may see it: who is blocked sees somebody who does not answer. */
enum parley_relation pair_shown(const struct pair *p, const char *viewer);

/* person.c */
const char *relation_name(enum parley_relation r);
/* Opens the object with all members but a closing end, so that more can be added. Awaits. */
int person_open(struct roster *g, struct parley_writer *w, const char *key, const char *viewer,
    const char *other, struct parley_error *err);
int roster_relation(void *self, const char *viewer, const char *other, enum parley_relation *out,
    struct parley_error *err);
int roster_put_person(void *self, struct parley_writer *w, const char *key, const char *viewer,
    const char *other, struct parley_error *err);
int roster_contacts(void *self, const char *account, void (*fn)(void *arg, const char *contact),
    void *arg, struct parley_error *err);
/* Tells all devices of viewer how other stands to it now. Awaits. */
void person_tell(struct roster *g, const char *viewer, const char *other);
void person_tell_request(struct roster *g, const char *viewer, const struct pair *p);
/* The account that the parameter "address" names, other than the caller's; else refuses, -1. */
int person_param(struct parley_request *r, char name[PARLEY_NAME_MAX + 1]);

/* names.c: the index that search uses. */
/* Writes what name is called now, unless that is there. One after the other for one account; what
 * fails or is cut short leaves it not indexed. Awaits. */
int names_write(struct roster *g, const char *name, struct parley_error *err);
/* Whether the index is that of the name it has now; true also when that cannot be told. */
bool names_indexed(const struct parley_account *a);

/* The methods. */
void roster_list(void *self, struct parley_request *r);
void roster_request(void *self, struct parley_request *r);
void roster_withdraw(void *self, struct parley_request *r);
void roster_accept(void *self, struct parley_request *r);
void roster_decline(void *self, struct parley_request *r);
void roster_remove(void *self, struct parley_request *r);
void roster_block(void *self, struct parley_request *r);
void roster_unblock(void *self, struct parley_request *r);
void roster_search(void *self, struct parley_request *r);
void roster_suggestions(void *self, struct parley_request *r);
void roster_dismiss(void *self, struct parley_request *r);

#endif
