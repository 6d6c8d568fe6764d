/* SPDX-License-Identifier: MIT */
/* throttle.c - how many guesses strangers get.
 *
 * A bucket is one number: the time when it will be empty. A failure moves it by window / limit; it
 * is full when one more would move it further than a window from now (the generic cell rate
 * algorithm). Empty buckets have times in the past, so that stamps forget those first. */
#include "auth/throttle.h"

#include "auth/peer.h"
#include "auth/stamps.h"

#include <parley/await.h>
#include <string.h>

struct rate {
	int64_t window, cost; /* ms */
};

static struct {
	struct rate per_account, per_network;
	struct stamps accounts, networks;
	struct stamps known; /* account and network -> last login */
	uint64_t refused_account, refused_network;
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
	throttle.per_account =
	    make_rate(or_default(c->account_failures, 10), or_default(c->account_seconds, 900));
	throttle.per_network =
	    make_rate(or_default(c->network_failures, 50), or_default(c->network_seconds, 900));
}

void
throttle_start(const struct throttle_config *c)
{
	unsigned entries = or_default(c->entries, 8192);

	throttle_stop();
	throttle_reload(c);
	stamps_init(&throttle.accounts, entries);
	stamps_init(&throttle.networks, entries);
	stamps_init(&throttle.known, entries);
}

void
throttle_stop(void)
{
	stamps_fini(&throttle.accounts);
	stamps_fini(&throttle.networks);
	stamps_fini(&throttle.known);
	memset(&throttle, 0, sizeof throttle);
}

/* How long until the bucket takes one more, in ms; 0: at once. */
static int64_t
wait_for(const struct stamps *buckets, struct rate rate, uint64_t key, int64_t now)
{
	int64_t level = key != 0 ? stamps_get(buckets, key) - now : 0;

	if (level < 0)
		level = 0;
	return level + rate.cost > rate.window ? level + rate.cost - rate.window : 0;
}

static void
fill(struct stamps *buckets, struct rate rate, uint64_t key, int64_t now)
{
	int64_t empty_at;

	if (key == 0)
		return;
	empty_at = stamps_get(buckets, key);
	stamps_put(buckets, key, (empty_at > now ? empty_at : now) + rate.cost);
}

static void
take_back(struct stamps *buckets, struct rate rate, uint64_t key)
{
	int64_t empty_at = key != 0 ? stamps_get(buckets, key) : 0;

	if (empty_at > rate.cost)
		stamps_put(buckets, key, empty_at - rate.cost);
}

static int
refuse(int64_t wait, const char *what, struct parley_error *err)
{
	parley_fail(err, PARLEY_LIMIT, NULL, "too many failed logins %s: try again later", what);
	if (err != NULL)
		err->retry_after = (uint32_t)((wait + 999) / 1000);
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

int
throttle_begin(struct throttle_try *t, const char *account, const char *peer, bool known,
    struct parley_error *err)
{
	struct throttle_try keys = buckets_of(account, peer, known);
	int64_t now = parley_monotonic(), wait;

	*t = (struct throttle_try){ 0 };
	wait = wait_for(&throttle.networks, throttle.per_network, keys.network, now);
	if (wait > 0) {
		throttle.refused_network++;
		return refuse(wait, "from your network", err);
	}
	wait = wait_for(&throttle.accounts, throttle.per_account, keys.account, now);
	if (wait > 0) {
		t->by_account = true;
		throttle.refused_account++;
		return refuse(wait, "for this account", err);
	}
	*t = keys;
	fill(&throttle.networks, throttle.per_network, keys.network, now);
	fill(&throttle.accounts, throttle.per_account, keys.account, now);
	return 0;
}

void
throttle_undo(struct throttle_try *t)
{
	take_back(&throttle.networks, throttle.per_network, t->network);
	take_back(&throttle.accounts, throttle.per_account, t->account);
	*t = (struct throttle_try){ 0 };
}

void
throttle_passed(struct throttle_try *t, const char *account, const char *peer)
{
	throttle_undo(t);
	throttle_know(account, peer);
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
		.refused_account = throttle.refused_account,
		.refused_network = throttle.refused_network,
		.evicted = throttle.accounts.evicted + throttle.networks.evicted,
	};
}
