/* SPDX-License-Identifier: MIT */
/* log.c - log lines in JSON, handed to a thread that may wait for stderr so that no other has to.
 */
#include "base/log.h"

#include "base/log_line.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOG_RING ((size_t)256 * 1024)

static _Atomic int level_max = PARLEY_LOG_INFO;
static void (*context_of)(struct log_context *out);

/* Bytes between tail and head wait for the writer. Both only grow; the lock orders the producers,
 * and the writer reads its part of the ring without it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t more, done;
	pthread_t thread;
	int fd;
	bool running, stopping, stopped;
	uint64_t dropped_told; /* of dropped, how many a line has told of */
	_Atomic size_t head, tail;
	_Atomic uint64_t lines, dropped;
	_Atomic bool crashed;
	char bytes[LOG_RING];
} ring = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.more = PTHREAD_COND_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER,
	.fd = 2 };

/* Writes all of it, or gives up on an error; waits at most wait_ms in a row (negative: for ever).
 */
static bool
write_all(int fd, const char *s, size_t len, int wait_ms)
{
	while (len > 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n;

		if (wait_ms >= 0 && poll(&p, 1, wait_ms) <= 0)
			return false;
		n = write(fd, s, len);
		if (n < 0 && (errno == EAGAIN)) {
			if (wait_ms < 0)
				poll(&p, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			return false;
		}
		if (n > 0) {
			s += n;
			len -= (size_t)n;
		}
	}
	return true;
}

/* Puts a line in the ring; the lock is held. */
static bool
ring_put(const struct log_line *l)
{
	size_t head = atomic_load(&ring.head), at = head % LOG_RING, first = LOG_RING - at;

	if (LOG_RING - (head - atomic_load(&ring.tail)) < l->len)
		return false;
	if (first > l->len)
		first = l->len;
	memcpy(ring.bytes + at, l->s, first);
	memcpy(ring.bytes, l->s + first, l->len - first);
	atomic_store(&ring.head, head + l->len);
	atomic_fetch_add(&ring.lines, 1);
	return true;
}

/* Tells of dropped lines once there is room again; the lock is held. */
static void
ring_tell_dropped(void)
{
	uint64_t dropped = atomic_load(&ring.dropped);
	char msg[96];
	struct log_line l;

	if (dropped == ring.dropped_told)
		return;
	snprintf(msg, sizeof msg, "log lines were lost, lines=%llu",
	    (unsigned long long)(dropped - ring.dropped_told));
	log_line_build(&l, PARLEY_LOG_WARN, "log", &(struct log_context){ 0 }, msg);
	if (ring_put(&l))
		ring.dropped_told = dropped;
}

/* The part of the ring that can be written in one piece. */
static size_t
ring_piece(const char **s)
{
	size_t tail = atomic_load(&ring.tail), len = atomic_load(&ring.head) - tail;
	size_t at = tail % LOG_RING;

	*s = ring.bytes + at;
	return len < LOG_RING - at ? len : LOG_RING - at;
}

/* The writer thread. */
static void *
ring_write(void *arg)
{
	const char *s;
	bool written;
	size_t len;

	pthread_mutex_lock(&ring.lock);
	for (;;) {
		while ((len = ring_piece(&s)) == 0 && !ring.stopping)
			pthread_cond_wait(&ring.more, &ring.lock);
		if (len == 0 || atomic_load(&ring.crashed))
			break;
		pthread_mutex_unlock(&ring.lock);
		written = write_all(ring.fd, s, len, -1);
		pthread_mutex_lock(&ring.lock);
		if (!written) { /* nobody is left to tell, and trying would never end */
			atomic_fetch_add(&ring.dropped, 1);
			ring.dropped_told++;
		}
		atomic_fetch_add(&ring.tail, len);
		ring_tell_dropped();
	}
	ring.stopped = true;
	pthread_cond_signal(&ring.done);
	pthread_mutex_unlock(&ring.lock);
	return NULL;
}

static void
line_send(const struct log_line *l)
{
	pthread_mutex_lock(&ring.lock);
	if (!ring.running) {
		if (write_all(ring.fd, l->s, l->len, -1))
			atomic_fetch_add(&ring.lines, 1);
		else
			atomic_fetch_add(&ring.dropped, 1);
	} else if (ring_put(l)) {
		pthread_cond_signal(&ring.more);
	} else {
		atomic_fetch_add(&ring.dropped, 1);
	}
	pthread_mutex_unlock(&ring.lock);
}

void
parley_log(enum parley_log_level level, const char *area, const char *fmt, ...)
{
	struct log_context context = { 0 };
	int saved = errno;
	char msg[LOG_LINE_MAX];
	struct log_line l;
	va_list ap;

	if (!parley_log_on(level))
		return;
	if (context_of != NULL)
		context_of(&context);
	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	log_line_build(&l, level, area, &context, msg);
	line_send(&l);
	errno = saved;
}

int
parley_log_on(enum parley_log_level level)
{
	return (int)level <= atomic_load_explicit(&level_max, memory_order_relaxed);
}

void
log_set_context(void (*fn)(struct log_context *out))
{
	context_of = fn;
}

void
log_set_level(enum parley_log_level level)
{
	atomic_store(&level_max, (int)level);
}

int
log_start(int fd)
{
	sigset_t all, before;
	int rc;

	ring.fd = fd;
	ring.stopping = ring.stopped = false;
	/* Signals are for other threads; SIGPIPE becomes EPIPE. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&ring.thread, NULL, ring_write, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		errno = rc;
		return -1;
	}
	pthread_mutex_lock(&ring.lock);
	ring.running = true;
	pthread_mutex_unlock(&ring.lock);
	return 0;
}

void
log_stop(void)
{
	struct timespec until;

	bool stopped;
	int rc = 0;

	if (!ring.running)
		return;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&ring.lock);
	ring.stopping = true;
	pthread_cond_signal(&ring.more);
	while (!ring.stopped && rc == 0)
		rc = pthread_cond_timedwait(&ring.done, &ring.lock, &until);
	stopped = ring.stopped;
	ring.running = !stopped;
	pthread_mutex_unlock(&ring.lock);
	/* A writer that nothing frees from its write() is left behind: the ring is static. */
	if (stopped)
		pthread_join(ring.thread, NULL);
	else
		pthread_detach(ring.thread);
}

void
log_crash(const char *what)
{
	const char *s;
	struct log_line l;
	size_t len;

	if (atomic_exchange(&ring.crashed, true))
		return;
	/* Twice at most: the ring may wrap around once. The writer thread may be in the middle of
	 * the same bytes, so a line can appear twice; better than not at all. */
	for (int i = 0; i < 2 && (len = ring_piece(&s)) > 0; i++) {
		if (!write_all(ring.fd, s, len, 100))
			break;
		atomic_fetch_add(&ring.tail, len);
	}
	log_line_build(&l, PARLEY_LOG_ERROR, "crash", &(struct log_context){ 0 }, what);
	write_all(ring.fd, l.s, l.len, 100);
}

#ifndef PARLEY_SANITIZED
static void
crash_signal(int sig)
{
	switch (sig) {
	case SIGSEGV:
		log_crash("killed by SIGSEGV: a bad pointer, or a stack that is full");
		break;
	case SIGBUS:
		log_crash(
		    "killed by SIGBUS: a file that is mapped has become shorter, or a bad pointer");
		break;
	case SIGABRT:
		log_crash("aborted; an earlier line may say why");
		break;
	default:
		log_crash("killed by SIGILL or SIGFPE");
	}
	raise(sig); /* SA_RESETHAND: this time it kills */
}
#endif

void
log_catch_crashes(void)
{
#ifndef PARLEY_SANITIZED
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	struct sigaction a = { .sa_handler = crash_signal,
		.sa_flags = (int)(SA_RESETHAND | SA_ONSTACK | SA_NODEFER) };

	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &a, NULL);
#endif
}

struct log_stats
log_stats(void)
{
	return (struct log_stats){
		.lines = atomic_load(&ring.lines),
		.dropped = atomic_load(&ring.dropped),
		.queued = atomic_load(&ring.head) - atomic_load(&ring.tail),
		.queue_max = LOG_RING,
	};
}
