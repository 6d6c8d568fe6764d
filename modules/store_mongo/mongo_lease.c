/* SPDX-License-Identifier: MIT */
/* mongo_lease.c - the hold of one node on the data base, and the thread that renews it.
 *
 * One document says who holds it until when, by the clock of the deployment, and how often it was
 * taken. Who renews proves as well that the deployment takes writes: so this thread is the one that
 * probes while the breaker is open, and nobody else waits for an answer then. */
#include "mongo.h"

#include <errno.h>
#include <parley/await.h>
#include <parley/log.h>
#include <parley/memory.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LEASE_MS 15000 /* so long without a renewal, and others may take it */
#define RENEW_MS 3000
#define LOOK_MS  500 /* between looks at the hold of another */

/* A program that writes takes a number of its own; flushes count below. */
#define EPOCH_BITS 40

/* Who holds the data base, as the document says. */
struct hold {
	int64_t epoch, until, pid;
	char name[160];  /* for people */
	char place[160]; /* where pid is a process: one start of one machine, or container */
	char begun[40];  /* of the process */
};

/* ---- who we are --------------------------------------------------------------------------- */

/* The first line of a file, "" when there is none. */
static void
read_line(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "re");

	out[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(out, (int)size, f) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(f);
}

/* When the process was started, in the kernel's ticks; "" when there is none to be seen, or its end
 * has only to be noticed, which is true then. */
static bool
read_begun(int64_t pid, char out[40])
{
	char path[40], line[1024], state = '\0';
	const char *rest;

	snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
	read_line(path, line, sizeof line);
	rest = strrchr(line, ')'); /* a name may have spaces and brackets */
	out[0] = '\0';
	if (rest == NULL || sscanf(rest, ") %c", &state) != 1)
		return false;
	if (state == 'Z' || state == 'X')
		return true;
	sscanf(rest,
	    ") %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %39s",
	    out);
	return false;
}

static void
be(struct hold *me)
{
	char boot[64], host[64] = "", space[64] = "";

	*me = (struct hold){ .pid = getpid() };
	gethostname(host, sizeof host - 1);
	read_line("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
	if (readlink("/proc/self/ns/pid", space, sizeof space - 1) < 0)
		space[0] = '\0'; /* no place: then the hold has to run out */
	if (boot[0] != '\0' && space[0] != '\0')
		snprintf(me->place, sizeof me->place, "%s %s", boot, space);
	snprintf(me->name, sizeof me->name, "process %lld on %s", (long long)me->pid, host);
	read_begun(me->pid, me->begun);
}

/* True when it is known that the holder is no more. One of another user may be hidden in /proc, but
 * not from kill(). */
static bool
is_dead(const struct hold *h, const struct hold *me)
{
	char begun[40];

	if (h->begun[0] == '\0' || h->place[0] == '\0' || strcmp(h->place, me->place) != 0)
		return false;
	if (read_begun(h->pid, begun) || (kill((pid_t)h->pid, 0) != 0 && errno == ESRCH))
		return true;
	return begun[0] != '\0' && strcmp(begun, h->begun) != 0;
}

/* ---- the document ------------------------------------------------------------------------- */

static int
server_time(mongoc_client_t *client, int64_t *now_r, bson_error_t *error)
{
	bson_t *command = BCON_NEW("hello", BCON_INT32(1)), reply;
	bson_iter_t at;
	bool ok;

	ok = mongoc_client_command_simple(client, "admin", command, NULL, &reply, error);
	*now_r =
	    ok && bson_iter_init_find(&at, &reply, "localTime") && BSON_ITER_HOLDS_DATE_TIME(&at)
		? bson_iter_date_time(&at)
		: parley_now();
	bson_destroy(&reply);
	bson_destroy(command);
	return ok ? 0 : -1;
}

static void
read_text(const bson_iter_t *at, char *out, size_t size)
{
	if (BSON_ITER_HOLDS_UTF8(at))
		snprintf(out, size, "%s", bson_iter_utf8(at, NULL));
}

static void
read_hold(const bson_t *doc, struct hold *h)
{
	bson_iter_t at;

	if (!bson_iter_init(&at, doc))
		return;
	while (bson_iter_next(&at)) {
		const char *name = bson_iter_key(&at);

		if (strcmp(name, "epoch") == 0)
			h->epoch = bson_iter_as_int64(&at);
		else if (strcmp(name, "until") == 0)
			h->until = bson_iter_as_int64(&at);
		else if (strcmp(name, "pid") == 0)
			h->pid = bson_iter_as_int64(&at);
		else if (strcmp(name, "name") == 0)
			read_text(&at, h->name, sizeof h->name);
		else if (strcmp(name, "place") == 0)
			read_text(&at, h->place, sizeof h->place);
		else if (strcmp(name, "begun") == 0)
			read_text(&at, h->begun, sizeof h->begun);
	}
}

/* epoch is 0 when nobody ever held it. */
static int
find_hold(mongoc_collection_t *nodes, struct hold *h, bson_error_t *error)
{
	bson_t *filter = BCON_NEW("_id", BCON_UTF8("node"));
	mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(nodes, filter, NULL, NULL);
	const bson_t *doc;
	bool failed;

	*h = (struct hold){ 0 };
	if (mongoc_cursor_next(cursor, &doc))
		read_hold(doc, h);
	failed = mongoc_cursor_error(cursor, error);
	mongoc_cursor_destroy(cursor);
	bson_destroy(filter);
	return failed ? -1 : 0;
}

/* 1: it is ours; 0: somebody was faster; -1. */
static int
take_hold(mongoc_collection_t *nodes, int64_t epoch, const struct hold *me, int64_t until,
    bson_error_t *error)
{
	mongoc_find_and_modify_opts_t *opts = mongoc_find_and_modify_opts_new();
	bson_t *filter = BCON_NEW("_id", BCON_UTF8("node"), "epoch", BCON_INT64(epoch)), reply;
	bson_t *update = BCON_NEW("$set", "{", "epoch", BCON_INT64(epoch + 1), "until",
	    BCON_INT64(until), "pid", BCON_INT64(me->pid), "name", BCON_UTF8(me->name), "place",
	    BCON_UTF8(me->place), "begun", BCON_UTF8(me->begun), "}");
	bson_iter_t at;
	int rc = -1;

	mongoc_find_and_modify_opts_set_update(opts, update);
	mongoc_find_and_modify_opts_set_flags(
	    opts, epoch == 0 ? MONGOC_FIND_AND_MODIFY_UPSERT | MONGOC_FIND_AND_MODIFY_RETURN_NEW
			     : MONGOC_FIND_AND_MODIFY_RETURN_NEW);
	if (mongoc_collection_find_and_modify_with_opts(nodes, filter, opts, &reply, error))
		rc = bson_iter_init_find(&at, &reply, "value") && BSON_ITER_HOLDS_DOCUMENT(&at);
	else if (mg_is_duplicate(error))
		rc = 0;
	mongoc_find_and_modify_opts_destroy(opts);
	bson_destroy(filter);
	bson_destroy(update);
	bson_destroy(&reply);
	return rc;
}

/* Moves the end of our hold: 1; 0: it is not ours any more; -1. */
static int
move_end(mongoc_collection_t *nodes, int64_t epoch, int64_t until, bson_error_t *error)
{
	bson_t *filter = BCON_NEW("_id", BCON_UTF8("node"), "epoch", BCON_INT64(epoch)), reply;
	bson_t *update = BCON_NEW("$set", "{", "until", BCON_INT64(until), "}");
	bson_iter_t at;
	int rc = -1;

	if (mongoc_collection_update_one(nodes, filter, update, NULL, &reply, error))
		rc = bson_iter_init_find(&at, &reply, "matchedCount") &&
		     bson_iter_as_int64(&at) == 1;
	bson_destroy(filter);
	bson_destroy(update);
	bson_destroy(&reply);
	return rc;
}

/* ---- taking it ---------------------------------------------------------------------------- */

static int
in_use(const struct hold *h, struct parley_error *err)
{
	time_t until = (time_t)(h->until / 1000);
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&until, &tm) != NULL)
		strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return parley_fail(err, PARLEY_CONFLICT, NULL,
	    "the data base is in use by another node, %.100s, which holds it until %s and renews "
	    "that",
	    h->name, text);
}

/* One look: 1 when it is ours; 0: wait and look again; -1. */
static int
try_to_take(struct mg_store *s, const struct hold *me, struct hold *seen, struct parley_error *err)
{
	int64_t begun = parley_monotonic(), now;
	bson_error_t error;
	struct hold h;
	int rc;

	if (server_time(s->client, &now, &error) != 0 || find_hold(s->nodes, &h, &error) != 0)
		return mg_fail(&s->breaker, &error, "see who holds the data base", err);
	if (h.until > now && !is_dead(&h, me)) {
		if (seen->epoch == h.epoch && seen->until != h.until)
			return in_use(&h, err);
		if (seen->epoch != h.epoch)
			parley_log_warn("store",
			    "the data base is held by %s for another %lld s: waiting whether it is "
			    "renewed",
			    h.name, (long long)(h.until - now) / 1000 + 1);
		*seen = h;
		return 0;
	}
	rc = take_hold(s->nodes, h.epoch, me, now + LEASE_MS, &error);
	if (rc < 0)
		return mg_fail(&s->breaker, &error, "take hold of the data base", err);
	if (rc == 0)
		return 0;
	if (h.until > now)
		parley_log_info("store", "%s, which held the data base, is gone", h.name);
	s->epoch = h.epoch + 1;
	s->flush = s->epoch << EPOCH_BITS;
	mg_answered(&s->breaker, begun + LEASE_MS);
	return 1;
}

static void *
keep(void *arg)
{
	struct mg_store *s = arg;

	while (mg_keeper_rest(&s->breaker, RENEW_MS)) {
		int64_t begun = parley_monotonic(), now;
		bson_error_t error;
		int rc = -1;

		if (server_time(s->keeper_client, &now, &error) == 0)
			rc = move_end(s->keeper_nodes, s->epoch, now + LEASE_MS, &error);
		if (rc > 0) {
			mg_answered(&s->breaker, begun + LEASE_MS);
		} else if (rc < 0) {
			mg_did_not_answer(&s->breaker, &error, "renew the hold on it");
		} else {
			mg_lose(&s->breaker);
			break;
		}
	}
	return NULL;
}

static int
start_keeper(struct mg_store *s, struct parley_error *err)
{
	sigset_t all, before;
	int rc;

	s->keeper_client = mongoc_client_pool_try_pop(s->pool);
	if (s->keeper_client == NULL)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "maxPoolSize in store.location is too small");
	s->keeper_nodes =
	    mongoc_client_get_collection(s->keeper_client, s->database, "parley.node");
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->keeper, NULL, keep, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return parley_fail(
		    err, PARLEY_INTERNAL, NULL, "cannot start the keeper of the data base");
	s->kept = true;
	return 0;
}

int
mg_lease_take(struct mg_store *s, struct parley_error *err)
{
	static const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };
	struct hold me, seen = { .epoch = -1 };
	int rc;

	be(&me);
	s->nodes = mongoc_client_get_collection(s->client, s->database, "parley.node");
	while ((rc = try_to_take(s, &me, &seen, err)) == 0)
		nanosleep(&pause, NULL);
	return rc < 0 ? -1 : start_keeper(s, err);
}

/* A deployment that does not answer is not waited for: the hold runs out. */
void
mg_lease_end(struct mg_store *s)
{
	bson_error_t error;

	if (s->kept) {
		mg_keeper_end(&s->breaker);
		pthread_join(s->keeper, NULL);
		if (mg_health(&s->breaker, NULL) == 0)
			move_end(s->nodes, s->epoch, 0, &error);
	}
	mongoc_collection_destroy(s->nodes);
	mongoc_collection_destroy(s->keeper_nodes);
	if (s->keeper_client != NULL)
		mongoc_client_pool_push(s->pool, s->keeper_client);
}
