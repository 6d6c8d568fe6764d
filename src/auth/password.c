/* SPDX-License-Identifier: MIT */
/* password.c - scrypt on its own bounded pool. */
#include "auth/password.h"

#include "auth/peer.h"
#include "auth/prepare.h"
#include "base/random.h"
#include "base/xalloc.h"
#include "runtime/task.h"

#include <errno.h>
#include <libscrypt.h>
#include <openssl/crypto.h>
#include <parley/await.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SHARES       8 /* one network may have so much of the queue: an eighth */
#define TRY_MS       100
#define THREAD_STACK (256 * 1024) /* scrypt maps its memory, it does not use the stack */

enum try_state { TRY_WAITING, TRY_RUNNING, TRY_DONE };

/* One run of scrypt. Lies on the stack of the fiber that waits for it. */
struct
try {
	struct try *prev, *next; /* of all tries that are not done */
	char network[PEER_NETWORK_SIZE];
	const char *password; /* prepared */
	size_t length;
	struct scram_keys params; /* salt and cost */
	uint8_t salted[32];       /* out */
	int rc;                   /* out: of scrypt */
	enum try_state state;     /* the lock's */
	struct parley_event done;
	struct event_post back;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct try *first, *last; /* in order of arrival, running ones included */
	unsigned waiting, running;
	bool stopping;

	/* the router's */
	unsigned threads, queue;
	uint8_t log_n;
	bool quiet;
	pthread_t *thread;
	uint64_t tries, refused, work;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER };

/* ---- the pool's threads -------------------------------------------------------------------- */

static struct try *
next_waiting(void)
{
	struct try *t = pool.first;

	while (t != NULL && t->state != TRY_WAITING)
		t = t->next;
	return t;
}

static void
unlink_try(struct try *t)
{
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		pool.first = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
	else
		pool.last = t->prev;
}

static void
run_scrypt(struct try *t)
{
	t->rc = libscrypt_scrypt((const uint8_t *)t->password, t->length, t->params.salt,
	    sizeof t->params.salt, (uint64_t)1 << t->params.log_n, t->params.r, t->params.p,
	    t->salted, sizeof t->salted);
}

static void *
thread_main(void *arg)
{
	pthread_mutex_lock(&pool.lock);
	while (!pool.stopping) {
		struct try *t = next_waiting();

		if (t == NULL) {
			pthread_cond_wait(&pool.more, &pool.lock);
			continue;
		}
		t->state = TRY_RUNNING;
		pool.waiting--;
		pool.running++;
		pthread_mutex_unlock(&pool.lock);
		run_scrypt(t);
		pthread_mutex_lock(&pool.lock);
		pool.running--;
		t->state = TRY_DONE;
		unlink_try(t);
		event_post(&t->back, &t->done, 0);
	}
	pthread_mutex_unlock(&pool.lock);
	return NULL;
}

/* ---- the router's side --------------------------------------------------------------------- */

static unsigned
tries_of(const char *network)
{
	unsigned n = 0;

	for (const struct try *t = pool.first; t != NULL; t = t->next)
		n += strcmp(t->network, network) == 0;
	return n;
}

/* Seconds until what waits now will have been worked off. */
static uint32_t
retry_after(void)
{
	return 1 + pool.waiting * TRY_MS / (pool.threads * 1000);
}

static int
refuse(const char *why, uint32_t wait, struct parley_error *err)
{
	pool.refused++;
	parley_fail(err, PARLEY_BUSY, NULL, "%s", why);
	if (err != NULL)
		err->retry_after = wait;
	return -1;
}

static int
refuse_stopping(struct parley_error *err)
{
	return refuse("this node is shutting down", 5, err);
}

/* Queues t, unless the queue is full or its network has its share of it. */
static int
submit(struct try *t, struct parley_error *err)
{
	unsigned share = 1 + pool.queue / SHARES;
	uint32_t wait = 0;

	parley_assert(pool.threads > 0);
	if (pool.quiet)
		return refuse_stopping(err);
	pthread_mutex_lock(&pool.lock);
	if (pool.waiting + pool.running >= pool.queue + pool.threads ||
	    (t->network[0] != '\0' && tries_of(t->network) >= share)) {
		wait = retry_after();
	} else {
		t->prev = pool.last;
		*(pool.last != NULL ? &pool.last->next : &pool.first) = t;
		pool.last = t;
		pool.waiting++;
	}
	pthread_mutex_unlock(&pool.lock);
	if (wait == 0) {
		pool.tries++;
		pool.work += ((uint64_t)t->params.r * t->params.p) << t->params.log_n;
		pthread_cond_signal(&pool.more);
		return 0;
	}
	return refuse("too many passwords are being checked: try again", wait, err);
}

/* True when t had not begun, and now never will. */
static bool
withdraw(struct try *t)
{
	bool waiting;

	pthread_mutex_lock(&pool.lock);
	waiting = t->state == TRY_WAITING;
	if (waiting) {
		unlink_try(t);
		pool.waiting--;
	}
	pthread_mutex_unlock(&pool.lock);
	return waiting;
}

/* Waits for t. A fiber that is cancelled leaves only when no thread works for it any more. */
static int
await_try(struct try *t, struct parley_error *err)
{
	if (parley_await_event(&t->done, -1) == PARLEY_CANCELED) {
		if (!withdraw(t)) {
			parley_shield(true);
			parley_await_event(&t->done, -1);
			parley_shield(false);
		}
		return parley_fail(err, PARLEY_BUSY, NULL, "the connection ended");
	}
	if (t->rc == 0)
		return 0;
	if (pool.quiet)
		return refuse_stopping(err);
	return refuse("no memory to check a password: try again", 1, err);
}

/* Runs scrypt with the salt and cost in keys. Awaits. */
static int
derive(const char *password, const char *peer, const struct scram_keys *keys, uint8_t salted[32],
    struct parley_error *err)
{
	char prepared[PREPARED_SIZE(PASSWORD_MAX)];
	struct try t = { .password = prepared, .params = *keys };
	int rc = -1;

	t.length = password_prepare(password, PASSWORD_MAX, prepared);
	peer_network(peer, t.network);
	if (submit(&t, err) == 0)
		rc = await_try(&t, err);
	if (rc == 0)
		memcpy(salted, t.salted, sizeof t.salted);
	OPENSSL_cleanse(t.salted, sizeof t.salted);
	OPENSSL_cleanse(prepared, sizeof prepared);
	return rc;
}

int
password_make(
    const char *password, const char *peer, struct scram_keys *out, struct parley_error *err)
{
	struct scram_keys keys = { .log_n = pool.log_n, .r = SCRAM_SCRYPT_R, .p = SCRAM_SCRYPT_P };
	uint8_t salted[32];

	random_bytes(keys.salt, sizeof keys.salt);
	if (derive(password, peer, &keys, salted, err) < 0)
		return -1;
	scram_derive(salted, &keys);
	OPENSSL_cleanse(salted, sizeof salted);
	*out = keys;
	OPENSSL_cleanse(&keys, sizeof keys);
	return 0;
}

int
password_check(
    const char *password, const char *peer, const struct scram_keys *keys, struct parley_error *err)
{
	uint8_t salted[32];
	bool fits;

	parley_assert(strlen(password) <= PASSWORD_MAX);
	if (derive(password, peer, keys, salted, err) < 0)
		return -1;
	fits = scram_matches(salted, keys);
	OPENSSL_cleanse(salted, sizeof salted);
	if (!fits)
		return parley_fail(err, PARLEY_NOT_AUTHORIZED, NULL, "wrong user name or password");
	return 0;
}

uint8_t
password_log_n(void)
{
	return pool.log_n;
}

struct password_stats
password_stats(void)
{
	struct password_stats s = { .waiting_max = pool.queue,
		.threads = pool.threads,
		.tries = pool.tries,
		.refused = pool.refused,
		.work = pool.work };

	pthread_mutex_lock(&pool.lock);
	s.waiting = pool.waiting;
	s.running = pool.running;
	pthread_mutex_unlock(&pool.lock);
	return s;
}

/* ---- start and stop ------------------------------------------------------------------------ */

/* Signals are the main thread's business. */
static int
start_thread(pthread_t *thread)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int rc;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, THREAD_STACK);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(thread, &attr, thread_main, NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_attr_destroy(&attr);
	if (rc == 0)
		pthread_setname_np(*thread, "password");
	return rc;
}

int
password_start(unsigned threads, unsigned queue, unsigned log_n)
{
	parley_assert(pool.threads == 0 && threads > 0 && log_n >= 1 && log_n <= 20);
	pool.thread = xcalloc(threads, sizeof *pool.thread);
	pool.queue = queue;
	pool.log_n = (uint8_t)log_n;
	pool.stopping = pool.quiet = false;
	while (pool.threads < threads) {
		int rc = start_thread(&pool.thread[pool.threads]);

		if (rc != 0) {
			password_stop();
			errno = rc;
			return -1;
		}
		pool.threads++;
	}
	return 0;
}

void
password_quiesce(void)
{
	struct try *t;

	pool.quiet = true;
	do {
		pthread_mutex_lock(&pool.lock);
		t = next_waiting();
		if (t != NULL) {
			t->state = TRY_DONE;
			unlink_try(t);
			pool.waiting--;
		}
		pthread_mutex_unlock(&pool.lock);
		if (t != NULL) {
			t->rc = -1;
			parley_event_set(&t->done, 0);
		}
	} while (t != NULL);
}

void
password_stop(void)
{
	pthread_mutex_lock(&pool.lock);
	parley_assert(pool.first == NULL);
	pool.stopping = true;
	pthread_cond_broadcast(&pool.more);
	pthread_mutex_unlock(&pool.lock);
	while (pool.threads > 0)
		pthread_join(pool.thread[--pool.threads], NULL);
	free(pool.thread);
	pool.thread = NULL;
}
