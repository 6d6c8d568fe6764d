/* SPDX-License-Identifier: MIT */
/* throttle.c - how many guesses strangers get.
 *
 * A bucket is one number: the time when it will be empty. A failure moves it by window / limit; it
 * is full when one more would move it further than a window from now (the generic cell rate
 * algorithm). Empty buckets have times in the past, so that stamps forget those first.
 *
 * Guesses that are under way are counted beside it, by key, and only as long: as many may be as
 * failures have room, so that a thousand at once are no way past the limit, and logins that succeed
 * never use it up. */
#include "auth/throttle.h"

#include "auth/peer.h"
#include "auth/stamps.h"
#include "base/table.h"
#include "base/xalloc.h"

#include <parley/await.h>
#include <stdlib.h>
#include <string.h>

#define WAITING_MAX 1000  /* logins that wait for others to end */
#define WAIT_MS     10000 /* and how long one does */

struct rate {
	int64_t window, cost; /* ms */
};

/* A login that waits until another one at the same bucket has ended. On its fiber's stack. */
struct waiter {
	struct waiter *prev, *next;
	struct parley_event event;
	bool linked;
};

/* The guesses at one bucket that are under way. There only while there are any. */
struct crowd {
	uint64_t key;
	unsigned running;
	struct waiter *first, *last;
};

/* The buckets of all accounts, or of all networks. */
struct buckets {
	struct rate rate;
	struct stamps levels;
	struct table crowds;
	uint64_t refused;
};

static struct {
	struct buckets accounts, networks;
	struct stamps known; /* account and network -> last login */
	unsigned waiting;
} throttle;

static unsigned
or_default(unsigned value, unsigned otherwise)
{
	return value > 0 ? value : otherwise;
}

static struct rate
make_rate(unsigned failures, unsigned seconds)
{
	int64_t window = (int64_t)seconds * 1000;

	return (struct rate){ window, window / failures };
}

void
throttle_reload(const struct throttle_config *c)
{
	throttle.accounts.rate =
	    make_rate(or_default(c->account_failures, 10), or_default(c->account_seconds, 900));
	throttle.networks.rate =
	    make_rate(or_default(c->network_failures, 50), or_default(c->network_seconds, 900));
}

void
throttle_start(const struct throttle_config *c)
{
	unsigned entries = or_default(c->entries, 8192);

	throttle_stop();
	throttle_reload(c);
	stamps_init(&throttle.accounts.levels, entries);
	stamps_init(&throttle.networks.levels, entries);
	stamps_init(&throttle.known, entries);
}

static void
buckets_fini(struct buckets *b)
{
	struct crowd *c;
	uint32_t at = 0;

	while ((c = table_each(&b->crowds, &at)) != NULL) {
		parley_assert(c->first == NULL);
		table_remove_number(&b->crowds, c->key);
		free(c);
	}
	table_fini(&b->crowds);
	stamps_fini(&b->levels);
}

void
throttle_stop(void)
{
	buckets_fini(&throttle.accounts);
	buckets_fini(&throttle.networks);
	stamps_fini(&throttle.known);
	memset(&throttle, 0, sizeof throttle);
}

/* ---- failures ----------------------------------------------------------------------------- */

/* How long until the bucket takes that many more, in ms; 0: at once. */
static int64_t
wait_for(const struct buckets *b, uint64_t key, int64_t more)
{
	int64_t level = key != 0 ? stamps_get(&b->levels, key) - parley_monotonic() : 0, wait;

	if (key == 0)
		return 0;
	wait = (level > 0 ? level : 0) + more * b->rate.cost - b->rate.window;
	return wait > 0 ? wait : 0;
}

static void
fill(struct buckets *b, uint64_t key)
{
	int64_t now = parley_monotonic(), empty_at;

	if (key == 0)
		return;
	empty_at = stamps_get(&b->levels, key);
	stamps_put(&b->levels, key, (empty_at > now ? empty_at : now) + b->rate.cost);
}

/* ---- guesses under way -------------------------------------------------------------------- */

static unsigned
running(const struct buckets *b, uint64_t key)
{
	const struct crowd *c = key != 0 ? table_get_number(&b->crowds, key) : NULL;

	return c != NULL ? c->running : 0;
}

static void
enter(struct buckets *b, uint64_t key)
{
	struct crowd *c;

	if (key == 0)
		return;
	c = table_get_number(&b->crowds, key);
	if (c == NULL) {
		c = xcalloc(1, sizeof *c);
		c->key = key;
		table_put_number(&b->crowds, key, c);
	}
	c->running++;
}

static void
unlink_waiter(struct crowd *c, struct waiter *w)
{
	*(w->prev != NULL ? &w->prev->next : &c->first) = w->next;
	*(w->next != NULL ? &w->next->prev : &c->last) = w->prev;
	w->linked = false;
	throttle.waiting--;
}

/* Those who wait look again, in their order: there may be room, or none for a long time. */
static void
leave(struct buckets *b, uint64_t key)
{
	struct crowd *c = key != 0 ? table_get_number(&b->crowds, key) : NULL;

	if (c == NULL)
		return;
	while (c->first != NULL) {
		struct waiter *w = c->first;

		unlink_waiter(c, w);
		parley_event_set(&w->event, 0);
	}
	if (--c->running > 0)
		return;
	table_remove_number(&b->crowds, key);
	free(c);
}

int
throttle_await(const struct throttle_try *t)
{
	struct buckets *b = t->by_account ? &throttle.accounts : &throttle.networks;
	struct crowd *c = table_get_number(&b->crowds, t->crowd);
	struct waiter w = { .linked = true };
	int rc;

	if (c == NULL)
		return 0;
	if (throttle.waiting == WAITING_MAX)
		return -1;
	throttle.waiting++;
	w.prev = c->last;
	*(c->last != NULL ? &c->last->next : &c->first) = &w;
	c->last = &w;
	rc = parley_await_event(&w.event, WAIT_MS);
	if (w.linked) /* so the crowd is still there */
		unlink_waiter(c, &w);
	return rc == 0 ? 0 : -1;
}

/* ---- one guess ---------------------------------------------------------------------------- */

static int
refuse(int64_t wait, const char *what, struct parley_error *err)
{
	parley_fail(err, PARLEY_LIMIT, NULL, "too many failed logins %s: try again later", what);
	if (err != NULL)
		err->retry_after = (uint32_t)((wait + 999) / 1000);
	return -1;
}

static int
refuse_crowded(struct throttle_try *t, uint64_t key, struct parley_error *err)
{
	t->crowd = key;
	parley_fail(err, PARLEY_BUSY, NULL, "too many logins at once: try again");
	if (err != NULL)
		err->retry_after = 1;
	return -1;
}

/* Those on the control socket, and those of a proxy that tells no addresses, share one name; they
 * are not one client. */
static bool
is_network(const char *network)
{
	return strcmp(network, "unix") != 0;
}

/* The keys of the buckets that this guess counts in. */
static struct throttle_try
buckets_of(const char *account, const char *peer, bool known)
{
	struct throttle_try t = { 0 };
	char network[PEER_NETWORK_SIZE];

	peer_network(peer, network);
	if (is_network(network))
		t.network = stamps_key(network, "");
	if (!known && stamps_get(&throttle.known, stamps_key(account, network)) == 0)
		t.account = stamps_key(account, "");
	return t;
}

/* Whether the bucket has room for one more guess: 0, or -1 with err and t. */
static int
try_bucket(struct buckets *b, uint64_t key, const char *what, struct throttle_try *t,
    struct parley_error *err)
{
	int64_t wait = wait_for(b, key, 1);

	if (wait > 0) {
		b->refused++;
		return refuse(wait, what, err);
	}
	if (wait_for(b, key, (int64_t)running(b, key) + 1) > 0)
		return refuse_crowded(t, key, err);
	return 0;
}

int
throttle_begin(struct throttle_try *t, const char *account, const char *peer, bool known,
    struct parley_error *err)
{
	struct throttle_try keys = buckets_of(account, peer, known);

	*t = (struct throttle_try){ 0 };
	if (try_bucket(&throttle.networks, keys.network, "from your network", t, err) != 0)
		return -1;
	if (try_bucket(&throttle.accounts, keys.account, "for this account", t, err) != 0) {
		t->by_account = true;
		return -1;
	}
	*t = keys;
	enter(&throttle.networks, keys.network);
	enter(&throttle.accounts, keys.account);
	return 0;
}

void
throttle_undo(struct throttle_try *t)
{
	leave(&throttle.networks, t->network);
	leave(&throttle.accounts, t->account);
	*t = (struct throttle_try){ 0 };
}

void
throttle_failed(struct throttle_try *t)
{
	fill(&throttle.networks, t->network);
	fill(&throttle.accounts, t->account);
	throttle_undo(t);
}

void
throttle_passed(struct throttle_try *t, const char *account, const char *peer)
{
	throttle_know(account, peer);
	throttle_undo(t);
}

void
throttle_know(const char *account, const char *peer)
{
	char network[PEER_NETWORK_SIZE];

	peer_network(peer, network);
	if (is_network(network))
		stamps_put(&throttle.known, stamps_key(account, network), parley_monotonic() + 1);
}

struct throttle_stats
throttle_stats(void)
{
	return (struct throttle_stats){
		.refused_account = throttle.accounts.refused,
		.refused_network = throttle.networks.refused,
		.evicted = throttle.accounts.levels.evicted + throttle.networks.levels.evicted,
		.counted = throttle.accounts.levels.used + throttle.networks.levels.used +
			   throttle.known.used,
		.counted_max = stamps_max(&throttle.accounts.levels) +
			       stamps_max(&throttle.networks.levels) + stamps_max(&throttle.known),
		.waiting = throttle.waiting,
		.waiting_max = WAITING_MAX,
	};
}
