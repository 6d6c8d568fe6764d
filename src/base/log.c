/* SPDX-License-Identifier: MIT */
/* log.c - log lines in JSON, handed to a thread that may wait for stderr so that no other has to.
 */
#include "base/log.h"

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

#define LOG_RING   ((size_t)256 * 1024)
#define LOG_ROOM   64 /* kept free in a line for what closes it */
#define STANZA_MAX 96 /* bytes of a stanza's id in a line: a client chose it */

static const char *const level_names[] = { "error", "warn", "info", "debug" };

static _Atomic int level_max = PARLEY_LOG_INFO;
static void (*context_of)(struct log_context *out);

/* Bytes between tail and head wait for the writer. Both only grow; the lock orders the producers,
 * and the writer reads its part of the ring without it. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t thread;
	int fd;
	bool running, stopping;
	uint64_t dropped_told; /* of dropped, how many a line has told of */
	_Atomic size_t head, tail;
	_Atomic uint64_t lines, dropped;
	_Atomic bool crashed;
	char bytes[LOG_RING];
} ring = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER, .fd = 2 };

/* A line under construction. */
struct line {
	char s[LOG_LINE_MAX];
	size_t len;
};

static void
line_puts(struct line *l, const char *s)
{
	while (*s != '\0' && l->len < sizeof l->s - 1)
		l->s[l->len++] = *s++;
}

static void
line_number(struct line *l, uint64_t n, int width)
{
	char digits[24];
	size_t at = sizeof digits - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0 || (int)(sizeof digits - 1 - at) < width);
	line_puts(l, digits + at);
}

/* The date of a day since 1970 in the Gregorian calendar; gmtime_r takes a lock. */
static void
line_date(struct line *l, int64_t days)
{
	int64_t z = days + 719468, era = z / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t month = mp < 10 ? mp + 3 : mp - 9;

	line_number(l, (uint64_t)(yoe + era * 400 + (month <= 2)), 4);
	line_puts(l, "-");
	line_number(l, (uint64_t)month, 2);
	line_puts(l, "-");
	line_number(l, (uint64_t)(doy - (153 * mp + 2) / 5 + 1), 2);
}

static void
line_time(struct line *l)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	line_date(l, now.tv_sec / 86400);
	line_puts(l, "T");
	line_number(l, (uint64_t)(now.tv_sec / 3600 % 24), 2);
	line_puts(l, ":");
	line_number(l, (uint64_t)(now.tv_sec / 60 % 60), 2);
	line_puts(l, ":");
	line_number(l, (uint64_t)(now.tv_sec % 60), 2);
	line_puts(l, ".");
	line_number(l, (uint64_t)(now.tv_nsec / 1000000), 3);
	line_puts(l, "Z");
}

/* One character of UTF-8 at s: its length in bytes and its code point, or 1 and -1. */
static size_t
utf8_decode(const unsigned char *s, int32_t *code)
{
	static const int32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	int32_t c = s[0];

	*code = n == 1 ? c : -1;
	if (n <= 1 || s[0] > 0xf4)
		return 1;
	c &= 0x7f >> n;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 1;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 1;
	*code = c;
	return n;
}

/* What could end the line, deceive a terminal or turn text around is written as an escape. */
static bool
must_escape(int32_t c)
{
	return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void
line_escape(struct line *l, int32_t c)
{
	static const char hex[] = "0123456789abcdef";

	if (c == '"' || c == '\\') {
		l->s[l->len++] = '\\';
		l->s[l->len++] = (char)c;
		return;
	}
	if (c == '\n') {
		line_puts(l, "\\n");
		return;
	}
	line_puts(l, "\\u");
	for (int shift = 12; shift >= 0; shift -= 4)
		l->s[l->len++] = hex[c >> shift & 15];
}

/* Appends s as the inside of a JSON string, at most limit bytes of it; says whether all fitted. */
static bool
line_text(struct line *l, const char *s, size_t limit)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t end = l->len + limit;

	if (end > sizeof l->s - LOG_ROOM)
		end = sizeof l->s - LOG_ROOM;
	while (*p != '\0') {
		int32_t code;
		size_t n = utf8_decode(p, &code);

		if (l->len + 6 > end)
			return false;
		if (code < 0)
			line_escape(l, 0xfffd);
		else if (must_escape(code))
			line_escape(l, code);
		else
			for (size_t i = 0; i < n; i++)
				l->s[l->len++] = (char)p[i];
		p += n;
	}
	return true;
}

static void
line_member(struct line *l, const char *name, const char *text, size_t limit)
{
	line_puts(l, ",\"");
	line_puts(l, name);
	line_puts(l, "\":\"");
	if (!line_text(l, text, limit))
		line_puts(l, "...");
	line_puts(l, "\"");
}

static void
line_build(struct line *l, enum parley_log_level level, const char *area,
    const struct log_context *context, const char *msg)
{
	l->len = 0;
	line_puts(l, "{\"time\":\"");
	line_time(l);
	line_puts(l, "\"");
	line_member(l, "level", level_names[level], 16);
	line_member(l, "area", area, 64);
	if (context->module != NULL)
		line_member(l, "module", context->module, 64);
	if (context->session != 0) {
		line_puts(l, ",\"session\":\"");
		line_number(l, context->session, 1);
		line_puts(l, "\"");
	}
	if (context->stanza != NULL)
		line_member(l, "stanza", context->stanza, STANZA_MAX);
	line_member(l, "msg", msg, sizeof l->s);
	line_puts(l, "}\n");
}

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
ring_put(const struct line *l)
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
	struct line l;

	if (dropped == ring.dropped_told)
		return;
	snprintf(msg, sizeof msg, "log lines were lost, lines=%llu",
	    (unsigned long long)(dropped - ring.dropped_told));
	line_build(&l, PARLEY_LOG_WARN, "log", &(struct log_context){ 0 }, msg);
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
	size_t len;

	pthread_mutex_lock(&ring.lock);
	for (;;) {
		while ((len = ring_piece(&s)) == 0 && !ring.stopping)
			pthread_cond_wait(&ring.more, &ring.lock);
		if (len == 0 || atomic_load(&ring.crashed))
			break;
		pthread_mutex_unlock(&ring.lock);
		if (!write_all(ring.fd, s, len, -1))
			atomic_fetch_add(&ring.dropped, 1);
		pthread_mutex_lock(&ring.lock);
		atomic_fetch_add(&ring.tail, len);
		ring_tell_dropped();
	}
	pthread_mutex_unlock(&ring.lock);
	return NULL;
}

static void
line_send(const struct line *l)
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
	struct line l;
	va_list ap;

	if (!parley_log_on(level))
		return;
	if (context_of != NULL)
		context_of(&context);
	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	line_build(&l, level, area, &context, msg);
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
log_level_find(const char *name)
{
	for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
		if (strcmp(name, level_names[i]) == 0)
			return (int)i;
	return -1;
}

int
log_start(int fd)
{
	sigset_t all, before;
	int rc;

	ring.fd = fd;
	ring.stopping = false;
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

	if (!ring.running)
		return;
	pthread_mutex_lock(&ring.lock);
	ring.stopping = true;
	pthread_cond_signal(&ring.more);
	pthread_mutex_unlock(&ring.lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	/* A writer that nothing frees from its write() is left behind: the ring is static. */
	if (pthread_timedjoin_np(ring.thread, NULL, &until) != 0) {
		pthread_detach(ring.thread);
		return;
	}
	pthread_mutex_lock(&ring.lock);
	ring.running = false;
	pthread_mutex_unlock(&ring.lock);
}

void
log_crash(const char *what)
{
	const char *s;
	struct line l;
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
	line_build(&l, PARLEY_LOG_ERROR, "crash", &(struct log_context){ 0 }, what);
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
